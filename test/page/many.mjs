// 5,000 lines in the page: only what is seen is drawn, and what it costs is printed. And what a server
// writes is text, whatever it looks like.
// Usage: node many.mjs LINEUP   (test/peer/page_many.py starts it)
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { equal, holds, run } from "./check.mjs";
import { Browser, Daemon, logIn, PASSWORD, Practice, until } from "./harness.mjs";

const [, , binary] = process.argv;
const LINES = 5_000;
const REFUSED = 40;
const DRAWN_MAX = 60; // rows of a window of 800 px and what lies just beyond
const TRANSFER_MAX = 100 * 1024;
const MARKUP = '<img src="x" onerror="document.title=1">';
const EXPECTED = /api\/v1\/session\)$/;

let practice;
let daemon;
let browser;
let page;

const extension = (i) => String(200_000 + i);

async function settle() {
	const users = [];
	const rows = [];
	for (let i = 0; i < LINES; i++) {
		users.push(`${extension(i)}:geheim`);
		const password = i < REFUSED ? "falsch" : "geheim";
		rows.push(`      - extension: "${extension(i)}"\n        name: Line ${i + 1}\n        password: ${password}`);
	}
	const list = join(daemon.folder, "users");
	writeFileSync(list, `${users.join("\n")}\nmarkup:geheim\n`);
	practice = await Practice.start(binary, "--users", list, "--fault", `markup:403=${MARKUP}`);
	rows.push(`      - extension: markup\n        name: Last one\n        password: geheim`);
	const file = join(daemon.folder, "studio.yaml");
	writeFileSync(
		file,
		`general:
  default-server: 127.0.0.1:${practice.port}
servers:
  - domain: 127.0.0.1
    port: ${practice.port}
    transport: udp
studios:
  - name: House
    lines:
${rows.join("\n")}
`,
	);
	await daemon.runWith({ password: PASSWORD }, "login add", "admin");
	await daemon.run("apply", "--yes", file);
	await until(async () => {
		const text = await daemon.run("status", "--json").catch((error) => error.out);
		return text && JSON.parse(text).count.up >= LINES - REFUSED;
	}, "the lines are up");
}

async function transfer_stays_below_100_KB() {
	const client = await page.context().newCDPSession(page);
	await client.send("Network.enable");
	await client.send("Network.setCacheDisabled", { cacheDisabled: true });
	let bytes = 0;
	let files = 0;
	const page_of = new Set();
	client.on("Network.requestWillBeSent", ({ requestId, request }) => {
		if (!request.url.includes("/api/")) page_of.add(requestId);
	});
	client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
		if (!page_of.has(requestId)) return;
		bytes += encodedDataLength;
		files++;
	});
	await page.goto(daemon.url);
	await page.getByRole("button", { name: "Log in" }).waitFor();
	await until(() => files >= 4, "document, style, script and icon");
	console.log(`        the page: ${files} files, ${(bytes / 1024).toFixed(1)} KB over the wire, heads included`);
	holds(bytes < TRANSFER_MAX, `${bytes} bytes are more than ${TRANSFER_MAX}`);
	await client.detach();
}

async function only_what_is_seen_is_drawn() {
	await logIn(page, daemon.url);
	await page.context().addInitScript(() => {
		new MutationObserver((_, observer) => {
			if (!document.querySelector("tr[data-line]")) return;
			observer.disconnect();
			requestAnimationFrame(() => setTimeout(() => (window.drawnAt = performance.now())));
		}).observe(document, { childList: true, subtree: true });
	});
	await page.reload();
	await page.waitForFunction(() => window.drawnAt);
	await page.waitForFunction((rows) => {
		if (document.querySelector("table.lines").getAttribute("aria-rowcount") !== rows) return false;
		window.knownAt ??= performance.now();
		return true;
	}, String(LINES + 2));
	const ms = await page.evaluate(() => ({
		paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
		lines: drawnAt,
		all: knownAt,
	}));
	console.log(
		`        ${LINES + 1} lines: first paint after ${ms.paint.toFixed(0)} ms, a window full of lines after ` +
			`${ms.lines.toFixed(0)} ms, all of them known after ${ms.all.toFixed(0)} ms`,
	);
	const drawn = await page.locator("tr[data-line]").count();
	holds(drawn <= DRAWN_MAX, `${drawn} rows are drawn`);
}

async function scrolling_shows_the_lines_that_are_there() {
	const top = page.locator("tr[data-line]", { hasText: "200000@" });
	await top.waitFor();
	const costs = [];
	for (let part = 1; part <= 20; part++) {
		costs.push(await page.evaluate(
			(part) => new Promise((resolve) => {
				scrollTo(0, (document.body.scrollHeight * part) / 20);
				requestAnimationFrame(() => {
					const begin = performance.now();
					requestAnimationFrame(() => resolve(performance.now() - begin));
				});
			}),
			part,
		));
	}
	const worst = Math.max(...costs);
	console.log(`        20 leaps through the list: the longest frame after one ${worst.toFixed(0)} ms`);
	await page.locator("tr[data-line]", { hasText: "Last one" }).waitFor();
	const drawn = await page.locator("tr[data-line]").count();
	holds(drawn <= DRAWN_MAX, `${drawn} rows are drawn at the end`);
	const seen = await page.evaluate(() => {
		const row = [...document.querySelectorAll("tr[data-line]")].pop().getBoundingClientRect();
		return row.top < innerHeight && row.bottom > 0;
	});
	holds(seen, "the last line is not in the window");
}

async function search_and_filters_find_a_few_among_them() {
	const found = page.locator(".found");
	await page.getByLabel("Search lines").fill("200123");
	await page.getByText("1 line found").waitFor();
	await page.getByRole("button", { name: "Show all" }).click();
	await page.getByLabel("State").selectOption("refused");
	await page.getByText(`${REFUSED + 1} lines found`).waitFor();
	await page.getByLabel("Cause").selectOption("auth-refused");
	await page.getByText(`${REFUSED} lines found`).waitFor();
	await page.getByRole("button", { name: "Show all" }).click();
	await found.waitFor({ state: "detached" });
}

async function text_of_a_server_is_never_markup() {
	await page.getByLabel("Search lines").fill("Last one");
	const row = page.locator("tr[data-line]");
	await page.getByText("1 line found").waitFor();
	holds((await row.innerText()).includes("<img"), await row.innerText());
	await row.getByRole("button").click();
	await page.locator(".ladder").waitFor();
	holds((await page.locator("tr.detail").innerText()).includes(`403 ${MARKUP}`), "the ladder");
	equal(await page.locator("img").count(), 0, "elements out of a server's text");
	await page.goto(`${daemon.url}/#/log`);
	await page.getByLabel("Search the log").fill("onerror");
	await page.locator(".log .what").first().waitFor();
	equal(await page.locator("img").count(), 0, "elements out of a server's text in the log");
	equal(await page.title(), "Log · Lineup", "the title");
}

async function the_settings_of_5000_lines_are_drawn_as_seen() {
	await page.goto(`${daemon.url}/#/lines`);
	await page.getByText("5,001 lines").waitFor();
	const drawn = await page.locator("table.lines tbody tr").count();
	holds(drawn <= DRAWN_MAX, `${drawn} rows are drawn`);
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	await page.locator("tr", { hasText: "Last one" }).waitFor();
}

/** On paper nothing scrolls. */
async function all_lines_are_printed() {
	await page.goto(`${daemon.url}/#/studio`);
	await page.getByRole("button", { name: "Show all" }).click();
	await page.getByText("5,001 lines").first().waitFor();
	await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
	await until(async () => (await page.locator("tr[data-line]").count()) === LINES + 1, "all are drawn");
	await page.evaluate(() => dispatchEvent(new Event("afterprint")));
	await until(async () => (await page.locator("tr[data-line]").count()) <= DRAWN_MAX, "a few are drawn");
}

daemon = await Daemon.start(binary);
browser = await Browser.start();
let failed = 1;
try {
	await settle();
	page = await browser.visit();
	failed = await run(
		[
			transfer_stays_below_100_KB,
			only_what_is_seen_is_drawn,
			scrolling_shows_the_lines_that_are_there,
			search_and_filters_find_a_few_among_them,
			text_of_a_server_is_never_markup,
			the_settings_of_5000_lines_are_drawn_as_seen,
			all_lines_are_printed,
		],
		{ browser, page: () => page, expected: EXPECTED },
	);
} finally {
	await browser.stop();
	await daemon.stop();
	await practice?.stop();
}
process.exit(failed ? 1 : 0);
