// What the tests and the pictures of the page share: the daemon, a registrar to rehearse with, and a
// browser that tells everything it has to complain about. All of it on free ports of 127.0.0.1, in
// a folder of its own, and stopped by process id.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const BOUND_MS = 40_000;

export const PASSWORD = "correct horse battery";
export const axeSource = require.resolve("axe-core/axe.min.js");

/** Ends the program as skipped (ctest: 77); where all tests are to run (LINEUP_ALL_TESTS), as failed. */
export function skip(why) {
	if (process.env.LINEUP_ALL_TESTS) {
		console.log(`FAILED  all tests are to run here (LINEUP_ALL_TESTS): ${why}`);
		process.exit(1);
	}
	console.log(`skipped: ${why}`);
	process.exit(77);
}

export function needBrowser() {
	if (!existsSync(CHROMIUM)) skip("chromium is not installed (tools/install-deps lists it)");
	return require("playwright-core").chromium;
}

/** Waits until look() gives something, and gives that. */
export async function until(look, what, boundMs = BOUND_MS) {
	const end = Date.now() + boundMs;
	for (;;) {
		const value = await look();
		if (value) return value;
		if (Date.now() > end) throw new Error(`${what}: not within ${boundMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}

/** Nothing stays behind, whatever ends this program. */
const children = new Set();
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
});

function started(...words) {
	const child = spawn(...words);
	children.add(child);
	child.once("exit", () => children.delete(child));
	return child;
}

async function stopped(child) {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const over = new Promise((resolve) => child.once("exit", resolve));
	child.kill("SIGTERM");
	const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
	await over;
	clearTimeout(hard);
}

/** What a match in a line of the program's output captures. */
function told(child, stream, pattern, what) {
	return new Promise((resolve, reject) => {
		let said = "";
		createInterface({ input: stream }).on("line", (line) => {
			said += `${line}\n`;
			const match = pattern.exec(line);
			if (match) resolve(match[1] ?? match[0]);
		});
		child.once("exit", () => reject(new Error(`${what} has ended:\n${said}`)));
	});
}

/** `lineup practice`: a registrar, on the port that it tells. */
export class Practice {
	static async start(binary, ...options) {
		const practice = new Practice();
		practice.process = started(binary, ["practice", "-l", "127.0.0.1:0", "-q", ...options], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		practice.port = await told(practice.process, practice.process.stdout, /:(\d+)$/, "practice");
		return practice;
	}

	stop() {
		return stopped(this.process);
	}
}

/** `lineup serve`, with its command line. */
export class Daemon {
	static async start(binary) {
		const daemon = new Daemon();
		daemon.binary = binary;
		daemon.folder = mkdtempSync(join(tmpdir(), "lineup-page-"));
		daemon.state = join(daemon.folder, "state");
		await daemon.begin("127.0.0.1:0");
		return daemon;
	}

	async begin(http) {
		this.process = started(this.binary, ["serve", "--state", this.state, "--http", http], {
			stdio: ["ignore", "pipe", "pipe"],
			env: { ...process.env, LC_ALL: "C.UTF-8" },
		});
		this.process.stderr.pipe(this.process.stdout, { end: false });
		const setup = told(this.process, this.process.stdout, /(http:\/\/\S+#setup=[0-9a-f]+)/, "serve");
		setup.then((url) => (this.setupUrl = url), () => undefined);
		this.url = await told(this.process, this.process.stdout, /Listening at (http:\/\/\S+)/, "serve");
	}

	async stop() {
		await stopped(this.process);
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Only the process; begin() with the same address goes on. */
	async halt() {
		await stopped(this.process);
	}

	/** A command to it: run("login add", "anna"). */
	run(command, ...words) {
		return this.runWith({}, command, ...words);
	}

	runWith({ password, input }, command, ...words) {
		const env = { ...process.env, LC_ALL: "C.UTF-8" };
		if (password !== undefined) env.LINEUP_PASSWORD = password;
		const args = [...command.split(" "), "--state", this.state, ...words];
		return new Promise((resolve, reject) => {
			const child = execFile(this.binary, args, { env, maxBuffer: 1 << 26 }, (error, out, err) =>
				error ? reject(Object.assign(new Error(`${args.join(" ")}: ${err || out}`), { out })) : resolve(out),
			);
			child.stdin.on("error", () => undefined); // it has ended without reading
			child.stdin.end(input ?? "");
		});
	}
}

const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

export class Browser {
	static async start() {
		const browser = new Browser();
		browser.chromium = await needBrowser().launch({ executablePath: CHROMIUM, args: FLAGS });
		browser.complaints = [];
		return browser;
	}

	/** A page of a visitor of its own, whose every complaint is kept. */
	async visit(options = {}) {
		const context = await this.chromium.newContext({
			viewport: { width: 1280, height: 800 },
			reducedMotion: "reduce",
			...options,
		});
		const page = await context.newPage();
		page.setDefaultTimeout(BOUND_MS);
		page.on("pageerror", (error) => this.complaints.push(`${error}`));
		page.on("console", (message) => {
			if (message.type() === "error" || message.type() === "warning") {
				this.complaints.push(`${message.text()} (${message.location().url})`);
			}
		});
		await context.exposeFunction("tellViolation", (text) => this.complaints.push(text));
		await context.addInitScript(() => {
			addEventListener("securitypolicyviolation", (event) => {
				tellViolation(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
			});
		});
		return page;
	}

	/** Those since the last time that were not to be expected. */
	takeComplaints(expected = /(?!)/) {
		const found = this.complaints.filter((text) => !expected.test(text));
		this.complaints = [];
		return found;
	}

	stop() {
		return this.chromium.close();
	}
}

export async function logIn(page, url, name = "admin", password = PASSWORD) {
	await page.goto(url);
	await page.getByLabel("Name").fill(name);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", { name: "Log in" }).click();
	await page.getByRole("navigation").waitFor();
}
