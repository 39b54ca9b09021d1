// The page in a browser, at Kamailio: the first visit, servers and lines, a password that is wrong and
// is mended, the log, the system page, keys, a daemon that comes back.
// Usage: node studio.mjs LINEUP KAMAILIO-PORT   (test/peer/page.py starts it)
import { readFileSync } from "node:fs";
import { accessible, equal, holds, run } from "./check.mjs";
import { Browser, Daemon, PASSWORD, until } from "./harness.mjs";

const [, , binary, kamailio] = process.argv;
const server = `127.0.0.1:${kamailio}`;
const pages = ["studio", "log", "settings", "servers", "lines", "system"];
/** Who is not logged in is told so by the API; while the daemon is away there is no answer. */
const EXPECTED = /api\/v1\/session\)$|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/;

let daemon;
let browser;
let page;

const row = (name) => page.locator("tr[data-line]", { hasText: name });
const badge = (name, word) => row(name).locator(".badge", { hasText: word });
const button = (name) => page.getByRole("button", { name, exact: true });
const field = (name) => page.getByLabel(name, { exact: true });
const said = (text) => page.locator(".said", { hasText: text }).waitFor();

async function to(name) {
	await page.goto(`${daemon.url}/#/${name}`);
	await page.locator("h1").waitFor();
}

async function the_first_visit_makes_a_login_and_registers_a_line() {
	await until(() => daemon.setupUrl, "the one-time address");
	await page.goto(daemon.setupUrl);
	await field("SIP Server").fill(server);
	await field("Extension").fill("1001 ");
	await page.getByText("There is a blank at the end.").waitFor();
	holds(await button("Register").isDisabled(), "a blank is let through");
	await field("Extension").fill("1001");
	equal(await page.locator("output b").textContent(), "sip:1001@127.0.0.1", "the address");
	equal(new URL(page.url()).hash, "#/", "the token stays in the address");
	await field("Auth Password").fill("secret1001");
	await field("Password").fill(PASSWORD);
	await accessible(page, "first visit");
	await button("Register").click();
	await page.locator("h1 .badge", { hasText: "registered" }).waitFor();
	const ladder = await page.locator(".ladder").innerText();
	for (const step of ["REGISTER, no login", "401 Unauthorized: normal", "with Auth User 1001", "200 OK"]) {
		holds(ladder.includes(step), `the ladder lacks "${step}":\n${ladder}`);
	}
	await accessible(page, "the workflow of the first line");
	await button("To the studio").click();
	await badge("1001@127.0.0.1", "registered").waitFor();
	await page.locator(".live", { hasText: "live" }).waitFor();
	holds((await page.locator(".sum").innerText()).includes("1 of 1 line registered"), "the summary");
}

async function the_one_time_address_serves_once() {
	const other = await browser.visit();
	await other.goto(daemon.setupUrl);
	await other.getByLabel("SIP Server").fill(server);
	await other.getByLabel("Extension").fill("1002");
	await other.getByLabel("Auth Password").fill("x");
	await other.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await other.getByRole("button", { name: "Register" }).click();
	await other.getByText("the one-time address holds no more").waitFor();
	await other.getByRole("button", { name: "To the login" }).click();
	await other.getByRole("button", { name: "Log in" }).waitFor();
	await other.context().close();
	holds(browser.takeComplaints().some((text) => text.includes("409")), "no refusal was seen");
}

async function a_server_is_added_and_edited() {
	await to("servers");
	await button("Add server").click();
	await field("SIP Server").fill("pbx.test:5071");
	equal(await field("Port").inputValue(), "5071", "the port");
	equal(await page.locator("dialog output b").textContent(), "sip:Extension@pbx.test", "the address");
	await field("Outbound Proxy").fill(server);
	await field("Name").fill("Main PBX");
	await field("Expires, in seconds").fill("99999");
	await page.locator("dialog").getByRole("button", { name: "Add server" }).click();
	equal(await page.locator("dialog").count(), 1, "what the browser refuses");
	await field("Expires, in seconds").fill("600");
	await accessible(page, "server form");
	await page.locator("dialog").getByRole("button", { name: "Add server" }).click();
	await said("Main PBX is added");
	const shown = page.locator("tr", { hasText: "Main PBX" });
	holds((await shown.innerText()).includes("pbx.test:5071"), await shown.innerText());
	holds((await shown.innerText()).includes("10 min"), "its time");
	await button("Edit Main PBX").click();
	await field("Expires, in seconds").fill("900");
	await button("Save").click();
	await page.locator("tr", { hasText: "15 min" }).waitFor();
	// The daemon's refusal stands beneath its field.
	await button("Edit Main PBX").click();
	await field("Outbound Proxy").fill("not:a:proxy:at-all");
	await button("Save").click();
	await page.locator(".field.wrong", { hasText: "Outbound Proxy" }).locator(".fault").waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
	await page.locator("dialog").waitFor({ state: "detached" });
	holds(browser.takeComplaints().every((text) => text.includes("400")), "other complaints");
}

/** What the API has of it. */
async function asked(path) {
	return page.evaluate((path) => fetch(`/api/v1${path}`).then((answer) => answer.json()), path);
}

async function fill_calls(address) {
	await field("Calls that come").selectOption("to");
	await field("Send calls on to").fill(address);
}

async function seldom_needed_settings_of_a_server_are_kept() {
	const dialog = page.locator("dialog");
	const { servers } = await asked("/servers");
	const { id } = servers.find(({ name }) => name === "Main PBX");
	await to("servers");
	await button("Edit Main PBX").click();
	holds(!(await field("Calls that come").isVisible()), "what is seldom needed is not folded away");
	await page.getByText("More settings").click();
	await field("PBX or provider").selectOption("kamailio");
	await field("Sent in between, for a NAT").selectOption("options");
	await field("Contact parameters").fill(";ob;+sip.ice");
	await field("Register as outbound (RFC 5626)").check();
	// An address that is missing is asked for, folded away or not; one that is none is refused.
	await fill_calls("");
	await page.getByText("More settings").click();
	await field("Send calls on to").waitFor({ state: "hidden" });
	await button("Save").click();
	await field("Send calls on to").waitFor({ state: "visible" });
	await fill_calls("desk");
	await button("Save").click();
	await page.locator(".field.wrong", { hasText: "Send calls on to" }).locator(".fault").waitFor();
	await accessible(page, "all of a server's settings");
	await fill_calls("sip:desk@studio.example");
	await button("Save").click();
	await dialog.waitFor({ state: "detached" });
	const server = await asked(`/servers/${id}`);
	equal(server.profile, "kamailio", "the profile");
	equal(server.keep_alive, "options", "what is sent in between");
	equal(server.contact_parameters, ";ob;+sip.ice", "the parameters");
	equal(server.outbound, true, "outbound");
	equal(server.calls, "sip:desk@studio.example", "where calls go");
	equal(server.expires, 900, "what was not touched");
	// It unfolds where something is set, and all of it can be taken back.
	await button("Edit Main PBX").click();
	equal(await field("Send calls on to").inputValue(), "sip:desk@studio.example", "where calls go");
	await field("Calls that come").selectOption("unavailable");
	await field("PBX or provider").selectOption("");
	await field("Sent in between, for a NAT").selectOption("none");
	await field("Contact parameters").fill("");
	await field("Register as outbound (RFC 5626)").uncheck();
	await button("Save").click();
	await dialog.waitFor({ state: "detached" });
	const after = await asked(`/servers/${id}`);
	equal(after.profile, null, "the profile that was taken back");
	equal(after.contact_parameters, null, "the parameters that were taken back");
	equal(after.outbound, false, "outbound, taken back");
	equal(after.calls, "unavailable", "calls, taken back");
	holds(browser.takeComplaints().every((text) => text.includes("400")), "other complaints");
}

async function a_profile_chooses_what_was_not_chosen() {
	const dialog = page.locator("dialog");
	await to("servers");
	await button("Add server").click();
	await field("SIP Server").fill("cucm.test");
	await field("PBX or provider").selectOption("ringcentral");
	const kind = page.locator("dialog .kind");
	holds((await kind.innerText()).includes("Sets transport tls."), "what the kind sets");
	holds((await kind.innerText()).includes("Outbound Proxy: must be set"), "its proxy");
	await field("PBX or provider").selectOption("cucm");
	holds((await kind.innerText()).includes("Digest User"), "what people trip over");
	await accessible(page, "a kind of server");
	await dialog.getByRole("button", { name: "Add server" }).click();
	await said("cucm.test is added. Note: the profile cucm sets transport tcp");
	const shown = await page.locator("tr", { hasText: "cucm.test" }).innerText();
	holds(shown.includes("TCP"), `the transport that this kind wants: ${shown}`);
	// One that becomes of this kind later: the form says that the transport is left to it.
	await button("Edit cucm.test").click();
	await field("PBX or provider").selectOption("");
	await field("Transport").selectOption("udp");
	await button("Save").click();
	await page.locator("tr", { hasText: "cucm.test" }).locator("td", { hasText: "UDP" }).waitFor();
	await button("Edit cucm.test").click();
	await field("PBX or provider").selectOption("cucm");
	equal(await field("Transport").locator("option:checked").innerText(), "as this kind wants it", "transport");
	await button("Save").click();
	await page.locator("tr", { hasText: "cucm.test" }).locator("td", { hasText: "TCP" }).waitFor();
	await button("Delete cucm.test").click();
	await button("Delete").click();
	await page.locator("tr", { hasText: "cucm.test" }).waitFor({ state: "detached" });
}

async function a_line_says_what_its_calls_get() {
	await to("lines");
	await button("Edit Guest").click();
	await page.getByText("More settings").click();
	await fill_calls("nowhere at all");
	await page.locator("dialog").getByText("There is a blank in it.").waitFor();
	await fill_calls("desk");
	await button("Save").click();
	await page.locator(".field.wrong", { hasText: "Send calls on to" }).locator(".fault").waitFor();
	await field("Calls that come").selectOption("busy");
	await field("Contact").fill("sip:desk@studio.example");
	await accessible(page, "all of a line's settings");
	await button("Save").click();
	await page.locator("dialog").waitFor({ state: "detached" });
	const guest = async () => (await asked("/lines")).lines.find(({ name }) => name === "Guest");
	equal((await guest()).calls, "busy", "what calls get");
	equal((await guest()).contact, "sip:desk@studio.example", "where the server sends calls");
	await button("Edit Guest").click();
	equal(await field("Calls that come").inputValue(), "busy", "it unfolds, and says so");
	await field("Calls that come").selectOption("");
	await field("Contact").fill("");
	await button("Save").click();
	await page.locator("dialog").waitFor({ state: "detached" });
	equal((await guest()).calls, null, "as its server has it");
	equal((await guest()).contact, null, "the contact");
	holds(browser.takeComplaints().every((text) => text.includes("400")), "other complaints");
}

async function a_wrong_password_shows_its_cause_and_is_mended_without_a_reload() {
	await to("lines");
	await button("Add lines").click();
	await field("SIP Server").fill("Main PBX");
	await field("Extension").fill("1002");
	await field("Auth User").fill("studio-a");
	await field("Auth Password").fill("falsch7 ");
	await page.getByText("There is a blank at the end.").waitFor();
	await field("Auth Password").fill("falsch7");
	await field("Name").fill("Guest");
	await accessible(page, "line form");
	await button("Add line").click();
	await said("The line is added.");
	await page.evaluate(() => (window.marked = true));
	await page.getByRole("link", { name: "Studio" }).click();
	await badge("Guest", "refused").waitFor();
	await row("Guest").getByRole("button").click();
	await page.getByRole("heading", { name: "The server refused the name or password" }).waitFor();
	const told = await page.locator("tr.detail").innerText();
	holds(told.includes("studio-a") && told.includes("401 Unauthorized"), told);
	holds(told.includes("SIP: Can not authenticate request"), told);
	holds(!told.includes("falsch7"), "the password is shown");
	// The message with the login: all of it but what is secret.
	await page.locator(".ladder").getByRole("button", { name: "with Auth User studio-a" }).click();
	const message = await page.locator(".ladder .message").innerText();
	holds(/^REGISTER sip:pbx\.test/.test(message) && /Authorization: Digest .*\*\*\*/.test(message), message);
	await accessible(page, "a line that is refused");
	await button("Edit").click();
	await field("Auth Password").fill("secret1002");
	await button("Save").click();
	await badge("Guest", "registered").waitFor();
	await page.getByRole("heading", { name: "All is well" }).waitFor();
	holds(await page.evaluate(() => window.marked === true), "the page was loaded again");
}

async function a_check_shows_its_steps() {
	await button("Check this line").click();
	await page.locator(".check.ok").waitFor();
	const steps = await page.locator(".check").innerText();
	for (const step of ["It would register", "Challenge", "Login", "Bindings"]) {
		holds(steps.includes(step), `the check lacks ${step}: ${steps}`);
	}
	await accessible(page, "a check");
	await button("Take down").click();
	await badge("Guest", "stopped").waitFor();
	await button("Try now").click();
	await badge("Guest", "registered").waitFor();
	await row("Guest").getByRole("button").click();
}

async function several_lines_count_up() {
	await to("lines");
	await button("Add lines").click();
	await field("SIP Server").fill("Main PBX");
	await field("Extension").fill("3001");
	await field("How many lines").fill("3");
	const address = await page.locator("dialog output").innerText();
	holds(/sip:3001@pbx\.test\s+to\s+sip:3003@pbx\.test/.test(address), address);
	await field("Auth Password").fill("none of them exists");
	await field("Name").fill("Call-in 1");
	// All of them or none: a number is taken.
	const before = (await asked("/lines")).lines;
	await field("Number").fill(String(before[0].number - 1 || before[0].number));
	await button("Add 3 lines").click();
	await page.locator(".field.wrong", { hasText: "Number" }).getByText(/^Number \d of them: /i).waitFor();
	equal((await asked("/lines")).lines.length, before.length, "lines, none of which was added");
	holds(browser.takeComplaints().every((text) => text.includes("409")), "other complaints");
	await field("Number").fill("");
	await button("Add 3 lines").click();
	await said("3 lines added.");
	const shown = page.locator("table.lines tbody tr");
	await shown.nth(4).waitFor();
	equal(await shown.count(), 5, "lines");
	const last = await shown.nth(4).innerText();
	holds(last.includes("Call-in 3") && last.includes("3003@pbx.test"), last);
	await page.getByRole("link", { name: "Studio" }).click();
	await badge("Call-in 3", "refused").waitFor();
	holds((await row("Call-in 3").innerText()).includes("404 Not Found"), "its result");
	// On a phone, too, and when it is tried again; of a line that is well, for how long.
	const wide = page.viewportSize();
	await page.setViewportSize({ width: 390, height: 800 });
	await row("Call-in 3").locator(".line .brief", { hasText: "404 Not Found" }).waitFor();
	await row("Call-in 3").locator(".state .brief", { hasText: /^again (in|now)/ }).waitFor();
	equal(await row("Guest").locator(".line .brief").count(), 0, "the result of a line that is well");
	await row("Guest").locator(".state .brief", { hasText: /^for \d/ }).waitFor();
	for (const { height } of await page.locator("tr[data-line]").evaluateAll((rows) =>
		rows.map((row) => ({ height: row.getBoundingClientRect().height })),
	)) {
		equal(height, 76, "the height of a row, on which the slice counts");
	}
	await page.getByRole("link", { name: "Servers" }).click();
	await page.locator("tr", { hasText: "Main PBX" }).locator("small .badge", { hasText: "answers" }).waitFor();
	await page.setViewportSize(wide);
}

async function lines_and_servers_are_deleted() {
	await to("servers");
	await button("Delete Main PBX").click();
	await page.getByText("4 lines register at it.").waitFor();
	await page.getByRole("link", { name: "Show these lines" }).click();
	await page.getByText("4 lines found").waitFor();
	await page.getByLabel("Choose Call-in 2").check();
	await page.getByLabel("Choose Call-in 3").check();
	await button("Delete 2 lines").click();
	await button("Delete").click();
	await page.getByText("2 lines found").waitFor();
	for (const name of ["Call-in 1", "Guest"]) {
		await button(`Delete ${name}`).click();
		await button("Delete").click();
		await page.locator("tr", { hasText: name }).waitFor({ state: "detached" });
	}
	await to("servers");
	await button("Delete Main PBX").click();
	await button("Delete").click();
	await page.locator("tr", { hasText: "Main PBX" }).waitFor({ state: "detached" });
	await page.getByRole("link", { name: "Studio" }).click();
	await badge("1001@127.0.0.1", "registered").waitFor();
	await until(async () => (await page.locator("tr[data-line]").count()) === 1, "one line is left");
}

async function general_settings_are_kept() {
	await to("settings");
	await field("History, in days").fill("7");
	await field("SIP Server").fill("pbx.example");
	equal(await page.locator("output b").textContent(), "sip:Extension@pbx.example", "the address");
	await button("Save").click();
	await said("Saved.");
	await page.reload();
	await until(async () => (await field("History, in days").inputValue()) === "7", "it is kept");
	equal(await field("SIP Server").inputValue(), "pbx.example", "the server");
}

async function the_log_is_live_and_is_of_one_line() {
	await to("log");
	const log = page.locator(".log");
	await log.getByText("SIP: Ctx (nil) send REGISTER: sip:127.0.0.1").first().waitFor();
	const before = await page.locator(".log tbody tr").count();
	await daemon.run("line register", "1001@127.0.0.1");
	await until(async () => (await page.locator(".log tbody tr").count()) > before, "news in the log");
	await page.locator(".log .who-line a", { hasText: "1001" }).first().click();
	equal(await page.locator(".log .who-line").count(), 0, "the line's own log names it");
	holds((await page.locator(".log").innerText()).includes("200 OK"), "its log");
	await field("Search the log").fill("failed");
	await page.getByText("No entry has these words.").waitFor();
	await button("Show all").click();
	await page.locator(".log .who-line").first().waitFor();
	const [file] = await Promise.all([page.waitForEvent("download"), button("Save as a file").click()]);
	equal(file.suggestedFilename(), "lineup.log", "the file");
}

async function logins_tokens_and_who_did_what() {
	await to("system");
	await page.locator(".audit tbody tr").first().waitFor();
	const section = page.locator("section", { hasText: "Health" }).first();
	await section.getByText("can be read").waitFor(); // it is read apart from who did what
	const health = await section.innerText();
	for (const part of [/can be read/, /Running for\s+\d+ (s|min), since/, /Memory\s+[\d.]+ MB/, /KB, schema \d/]) {
		holds(part.test(health), `the health lacks ${part}: ${health}`);
	}
	await page.locator(".sink", { hasText: "no syslog host is set" }).waitFor();
	await button("Add login").click();
	await page.locator("dialog").getByLabel("Name").fill("anna");
	await page.locator("dialog").getByLabel("Role").selectOption("viewer");
	await page.locator("dialog").getByLabel("Password").fill(PASSWORD);
	await accessible(page, "login form");
	await page.locator("dialog").getByRole("button", { name: "Add login" }).click();
	await page.locator("th", { hasText: "anna" }).waitFor();
	await button("Make token").click();
	await field("What is it for?").fill("Prometheus");
	await page.locator("dialog").getByRole("button", { name: "Make token" }).click();
	const token = (await page.locator(".token").innerText()).trim();
	await button("Done").click();
	const answer = await fetch(`${daemon.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
	equal(answer.status, 200, "the token");
	await button("End Prometheus of admin").click();
	await button("End").click();
	await page.locator("th", { hasText: "Prometheus" }).waitFor({ state: "detached" });
	const after = await fetch(`${daemon.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
	equal(after.status, 401, "the token that was ended");
	await button("Look again").last().click();
	await page.locator(".audit", { hasText: 'login "anna"' }).waitFor();
	await field("Send it over").selectOption("udp");
	await field("Syslog host").fill("127.0.0.1");
	await button("Save").click();
	await said("Saved.");
	await page.locator(".sink", { hasText: "events are sent, to 127.0.0.1:514" }).waitFor();
}

/** What a click on Save in the dialog of a backup brings. */
async function backup(passphrase) {
	await button("Save a backup").click();
	if (passphrase) {
		await field("Passphrase").fill(passphrase);
		await field("The same again").fill(`${passphrase}?`);
		await page.getByText("This is another one.").waitFor();
		await field("The same again").fill(passphrase);
	}
	const save = page.locator("dialog").getByRole("button", { name: "Save", exact: true });
	const [file] = await Promise.all([page.waitForEvent("download"), save.click()]);
	holds(/^lineup-[\d-]+\.yaml$/.test(file.suggestedFilename()), file.suggestedFilename());
	return file.path();
}

async function a_backup_brings_the_lines_back_with_their_passwords() {
	await to("system");
	const open = readFileSync(await backup(null), "utf8");
	holds(open.includes("1001") && !open.includes("secret1001"), "a backup without a passphrase");
	const sealed = await backup("a long passphrase");
	holds(!readFileSync(sealed, "utf8").includes("secret1001"), "the password is readable");
	await to("lines");
	await button("Delete 1001").click();
	await button("Delete").click();
	await page.getByRole("heading", { name: "No lines yet" }).waitFor();
	await to("system");
	await button("Restore").click();
	await page.getByLabel("File").setInputFiles(sealed);
	await field("Passphrase").fill("not this one");
	await button("Show what changes").click();
	await page.locator("dialog .failure").waitFor();
	await accessible(page, "restore");
	await field("Passphrase").fill("a long passphrase");
	await button("Show what changes").click();
	await page.locator("dialog .diff .add").waitFor();
	await page.locator("dialog").getByRole("button", { name: /^Make \d+ change/ }).click();
	await said("made.");
	await page.getByRole("link", { name: "Studio" }).click();
	await badge("1001@127.0.0.1", "registered").waitFor();
	holds(browser.takeComplaints().every((text) => text.includes("422")), "other complaints");
}

async function a_viewer_may_only_look() {
	const mine = page;
	page = await browser.visit();
	try {
		await page.goto(daemon.url);
		await field("Name").fill("anna");
		await field("Password").fill("not this one");
		await button("Log in").click();
		await page.getByText("The name or the password is wrong").waitFor();
		await field("Password").fill(PASSWORD);
		await button("Log in").click();
		await row("1001@127.0.0.1").getByRole("button").click();
		await page.locator(".ladder").waitFor();
		equal(await button("Try now").count(), 0, "what a viewer can press");
		for (const name of pages) {
			await to(name);
			await page.waitForFunction(() => !document.body.innerText.includes("Reading …"));
			equal(await page.getByRole("button", { name: /^(Add|Edit|Delete|Save$)/ }).count(), 0, name);
		}
		await button("Log out").click();
		await button("Log in").waitFor();
	} finally {
		await page.context().close();
		page = mine;
	}
}

async function keys_do_what_help_says() {
	await to("studio");
	await row("1001@127.0.0.1").waitFor();
	await page.keyboard.press("j");
	equal(await page.locator("tr.current").count(), 1, "j goes to a line");
	await page.keyboard.press("Enter");
	await page.locator("tr.detail").waitFor();
	await page.keyboard.press("r");
	await said("registers now");
	await page.keyboard.press("Escape");
	await page.locator("tr.detail").waitFor({ state: "detached" });
	await page.keyboard.press("/");
	await page.keyboard.type("nobody");
	await page.getByText("0 lines found").waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("?");
	await page.getByRole("dialog", { name: "Help" }).waitFor();
	await accessible(page, "help");
	await page.keyboard.press("Escape");
	await button("Show all").click();
	await row("1001@127.0.0.1").waitFor();
}

/** The names of the buttons and links that do not stand in the window whole. */
async function cutOff(other) {
	return other.evaluate(() =>
		[...document.querySelectorAll("main button, main a")]
			.filter((element) => {
				const { left, right, width } = element.getBoundingClientRect();
				return width > 0 && (left < 0 || right > innerWidth);
			})
			.map((element) => element.ariaLabel ?? element.textContent)
			.join(", "),
	);
}

async function every_page_is_accessible_light_dark_and_small() {
	const state = await page.context().storageState();
	for (const colorScheme of ["light", "dark"]) {
		for (const width of [1280, 390]) {
			const other = await browser.visit({
				colorScheme,
				storageState: state,
				viewport: { width, height: 800 },
			});
			for (const name of pages) {
				await other.goto(`${daemon.url}/#/${name}`);
				await other.locator("h1").waitFor();
				await other.waitForFunction(() => !document.body.innerText.includes("Reading …"));
				if (name === "studio") {
					await other.locator("tr[data-line] button").first().click();
					await other.locator(".ladder").waitFor();
					await other.locator(".last-day p", { hasText: /^Registered for [\d.]+ %/ }).waitFor();
				}
				await accessible(other, `${name}, ${colorScheme}, ${width} px`);
				const beyond = await other.evaluate(
					() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
				);
				equal(beyond, 0, `${name} at ${width} px is wider than the window`);
				equal(await cutOff(other), "", `${name} at ${width} px has buttons that are cut off`);
			}
			await other.context().close();
		}
	}
}

async function the_policy_allows_no_script_but_our_own() {
	const answer = await fetch(daemon.url);
	const policy = answer.headers.get("content-security-policy") ?? "";
	holds(policy.includes("default-src 'self'") && !policy.includes("unsafe"), policy);
	const text = await answer.text();
	holds(!/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/i.test(text), text);
	await to("studio");
	const done = await page.evaluate(() => {
		const script = document.createElement("script");
		script.textContent = "window.inlineRan = true";
		document.body.append(script);
		return window.inlineRan === true;
	});
	holds(!done, "an inline script has run");
	const refused = await until(() => browser.complaints.some((text) => text.startsWith("CSP: ")), "a report");
	holds(refused && browser.takeComplaints().every((text) => /CSP|Content Security Policy/.test(text)), "others");
}

async function a_daemon_that_went_away_is_found_again() {
	await to("studio");
	await row("1001@127.0.0.1").waitFor();
	await page.locator(".live", { hasText: "live" }).waitFor();
	await page.evaluate(() => (window.marked = true));
	const address = new URL(daemon.url).host;
	await daemon.halt();
	await page.locator(".live", { hasText: "reconnecting" }).waitFor();
	await page.locator(".live", { hasText: "stale" }).waitFor();
	await daemon.begin(address);
	const late = ["Studio 1", `1002@${server}`, "--auth-user", "studio-a", "--name", "Late"];
	await daemon.runWith({ password: "secret1002" }, "line add", ...late);
	await page.locator(".live.live").waitFor();
	await badge("Late", "registered").waitFor();
	await badge("1001@127.0.0.1", "registered").waitFor();
	holds(await page.evaluate(() => window.marked === true), "the page was loaded again");
}

daemon = await Daemon.start(binary);
browser = await Browser.start();
let failed = 1;
try {
	page = await browser.visit();
	failed = await run(
		[
			the_first_visit_makes_a_login_and_registers_a_line,
			the_one_time_address_serves_once,
			a_server_is_added_and_edited,
			seldom_needed_settings_of_a_server_are_kept,
			a_profile_chooses_what_was_not_chosen,
			a_wrong_password_shows_its_cause_and_is_mended_without_a_reload,
			a_check_shows_its_steps,
			a_line_says_what_its_calls_get,
			several_lines_count_up,
			lines_and_servers_are_deleted,
			general_settings_are_kept,
			the_log_is_live_and_is_of_one_line,
			logins_tokens_and_who_did_what,
			a_backup_brings_the_lines_back_with_their_passwords,
			a_viewer_may_only_look,
			keys_do_what_help_says,
			every_page_is_accessible_light_dark_and_small,
			the_policy_allows_no_script_but_our_own,
			a_daemon_that_went_away_is_found_again,
		],
		{ browser, page: () => page, expected: EXPECTED },
	);
} finally {
	await browser.stop();
	await daemon.stop();
}
process.exit(failed ? 1 : 0);
