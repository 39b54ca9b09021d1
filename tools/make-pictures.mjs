#!/usr/bin/env node
// Makes the pictures of the page in docs/page/ anew, light and dark: a daemon and a registrar to
// rehearse with are started, a studio of eight lines is set up, and a browser looks at each page. All
// that is seen is real but for one thing: of the day before, which nobody waits for, the history is
// written into the store. Usage: tools/make-pictures.mjs LINEUP [FOLDER [ONLY]]
//   ONLY  a pattern of the names; "phone" and "print" are made on demand only, to be looked at
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser, Daemon, logIn, PASSWORD, Practice, until } from "../test/page/harness.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binary = resolve(process.argv[2]);
const folder = resolve(process.argv[3] ?? join(root, "docs/page"));
const only = process.argv[4] ? new RegExp(process.argv[4]) : /-(light|dark)$/;

const lines = [
	["Host", "1001", "practice"],
	["Guest", "1002", "practice"],
	["Call-in 1", "1003", "wrong"],
	["Call-in 2", "1004", "practice"],
	["Contest", "1005", "practice"],
	["News desk", "1006", "practice"],
	["Traffic", "1007", "practice"],
	["Spare", "1008", "practice"],
];
const faults = ["--fault", "1005:503=120", "--fault", "1008:other-device"];

const HOUR_MS = 3_600_000;
/** Of a line: [hours ago, whether it was up]. */
const pasts = {
	3: [[50, 1], [1.4, 0]],
	4: [[150, 1], [10.4, 0], [9.85, 1]],
	5: [[150, 1], [3, 0]],
	7: [[150, 1], [20, 0], [19.4, 1], [7, 0], [6.8, 1]],
};

function settings(port) {
	const rows = lines.map(
		([name, extension, password]) =>
			`      - name: ${name}\n        extension: "${extension}"\n        password: ${password}\n`,
	);
	return `general:
  default-server: Main PBX
servers:
  - name: Main PBX
    domain: localhost
    port: ${port}
    transport: udp
  - name: Backup
    domain: backup.example
    transport: udp
    expires: 600
studios:
  - name: Studio 1
    note: Morning show
    lines:
${rows.join("")}`;
}

function writePast(store) {
	const rows = lines.flatMap((_, i) =>
		(pasts[i + 1] ?? [[150, 1]]).map(([hours, up]) => [i + 1, Math.round(Date.now() - hours * HOUR_MS), up]),
	);
	const program = `
import json, sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute("DELETE FROM history")
    for line, at, up in json.loads(sys.argv[2]):
        store.execute("INSERT INTO history (line, at_ms, up, state, status, cause) VALUES (?, ?, ?, ?, ?, ?)",
                      (line, at, up, *(("REGISTERED", 200, None) if up else ("WAITING", 503, "overload"))))
`;
	execFileSync("python3", ["-c", program, store, JSON.stringify(rows)]);
}

/** To some 64 colours, where that program is there: pictures of text need no more. */
function shrink(path) {
	spawnSync("pngquant", ["--force", "--strip", "--speed", "1", "--output", path, "64", path]);
}

async function shoot(page, name, options = {}) {
	if (!only.test(name)) return;
	const path = join(folder, `${name}.png`);
	await page.evaluate(() => document.fonts.ready);
	await page.mouse.move(0, 0);
	await page.screenshot({ path, animations: "disabled", ...options });
	shrink(path);
	console.log(path);
}

/** Goes to a page and waits until nothing on it is still read. */
async function to(page, url, hash) {
	await page.goto(`${url}/#/${hash}`);
	await page.locator("h1").waitFor();
	await page.waitForFunction(() => !document.body.innerText.includes("Reading …"));
}

async function everyPage(page, url, theme) {
	await to(page, url, "studio");
	await page.locator("tr[data-line]").first().waitFor();
	await until(async () => (await page.locator("svg.strip").count()) === lines.length, "the strips");
	await page.getByRole("button", { name: "Call-in 1" }).click();
	await page.locator(".ladder").waitFor();
	await shoot(page, `studio-${theme}`);
	await page.getByRole("button", { name: "Call-in 1" }).click();
	await to(page, url, "log");
	await page.locator(".log tr").first().waitFor();
	await shoot(page, `log-${theme}`);
	await to(page, url, "settings");
	await shoot(page, `settings-${theme}`);
	await to(page, url, "servers");
	await shoot(page, `servers-${theme}`);
	await to(page, url, "lines");
	await page.getByRole("button", { name: "Add lines" }).click();
	await page.getByLabel("Extension", { exact: true }).fill("1011");
	await page.getByLabel("Auth User").fill("studio-1 ");
	await page.getByLabel("Name").fill("Call-in 3");
	await page.getByLabel("How many lines").fill("4");
	await shoot(page, `lines-${theme}`);
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
	await page.locator("dialog").waitFor({ state: "detached" });
	await to(page, url, "system");
	await page.locator(".audit tbody tr").first().waitFor();
	await shoot(page, `system-${theme}`, { fullPage: true });
}

/** As on a phone, and as on paper. */
async function otherMedia(page, url) {
	await page.setViewportSize({ width: 390, height: 844 });
	for (const hash of ["studio", "log", "settings", "servers", "lines", "system"]) {
		await to(page, url, hash);
		await shoot(page, `phone-${hash}`, { fullPage: true });
	}
	await to(page, url, "studio");
	await page.getByRole("button", { name: "Call-in 1" }).click();
	await page.locator(".ladder").waitFor();
	await shoot(page, "phone-line", { fullPage: true });
	await page.setViewportSize({ width: 1000, height: 1400 });
	await page.emulateMedia({ media: "print" });
	for (const hash of ["studio", "lines", "log"]) {
		await to(page, url, hash);
		await shoot(page, `print-${hash}`);
	}
}

async function firstVisit(browser, daemon, theme) {
	const page = await browser.visit({ colorScheme: theme });
	await page.goto(daemon.setupUrl);
	await page.getByLabel("SIP Server").fill("pbx.example");
	await page.getByLabel("Extension").fill("1001");
	await page.getByLabel("Auth Password").fill("geheim");
	await page.getByLabel("Password", { exact: true }).fill("geheimer");
	await shoot(page, `first-${theme}`);
	await page.context().close();
}

async function setUp(daemon, practice) {
	await daemon.runWith({ password: PASSWORD }, "login add", "admin");
	await daemon.runWith({ password: PASSWORD }, "login add", "anna", "--role", "operator");
	const file = join(daemon.folder, "studio.yaml");
	writeFileSync(file, settings(practice.port));
	await daemon.run("apply", "--yes", file);
	await daemon.halt();
	writePast(join(daemon.state, "lineup.db"));
	await daemon.begin(new URL(daemon.url).host);
}

mkdirSync(folder, { recursive: true });
const practice = await Practice.start(binary, ...faults);
const daemon = await Daemon.start(binary);
const browser = await Browser.start();
try {
	await until(() => daemon.setupUrl, "the one-time address");
	for (const theme of ["light", "dark"]) await firstVisit(browser, daemon, theme);
	await setUp(daemon, practice);
	for (const theme of ["light", "dark"]) {
		const page = await browser.visit({ colorScheme: theme });
		await logIn(page, daemon.url);
		await page.locator(".badge.down").first().waitFor();
		await page.locator(".badge.wait", { hasText: "waiting" }).waitFor();
		await everyPage(page, daemon.url, theme);
		if (theme === "light" && only.test("phone-print-")) await otherMedia(page, daemon.url);
		await page.context().close();
	}
} finally {
	await browser.stop();
	await daemon.stop();
	await practice.stop();
}
