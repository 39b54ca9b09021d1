// What the tests of the page share: a runner, and what every page must pass.
import { readFileSync } from "node:fs";
import { axeSource } from "./harness.mjs";

export function equal(got, wanted, what) {
	if (got !== wanted) throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}

export function holds(value, what) {
	if (!value) throw new Error(what);
}

/** Nothing that axe knows of keeps anybody out. */
export async function accessible(page, where) {
	// Not by a script element: that is what the page's policy forbids.
	if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeText());
	const found = await page.evaluate(async () => {
		const { violations } = await axe.run(document, { resultTypes: ["violations"] });
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(" ")}`);
	});
	holds(found.length === 0, `${where}: ${found.join("\n")}`);
}

let text;
function axeText() {
	text ??= readFileSync(axeSource, "utf8");
	return text;
}

/** Runs tests by name, one after the other; a failure keeps a picture where PICTURES names a folder. */
export async function run(tests, { browser, page, expected }) {
	let failed = 0;
	const only = new RegExp(process.env.ONLY ?? "");
	const chosen = tests.filter((test) => only.test(test.name));
	for (const test of chosen) {
		const name = test.name.replaceAll("_", " ");
		try {
			await test();
			const complaints = browser.takeComplaints(expected);
			holds(complaints.length === 0, `the browser complains: ${complaints.join("\n")}`);
			console.log(`ok      ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED  ${name}: ${error.stack ?? error}`);
			const folder = process.env.PICTURES;
			if (folder) await page().screenshot({ path: `${folder}/${test.name}.png` });
		}
	}
	console.log(`${chosen.length - failed} passed, ${failed} failed`);
	return failed;
}
