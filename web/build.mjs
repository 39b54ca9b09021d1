// Makes the page: one script, one style sheet and a small document that names them by what is in
// them, so that a browser may keep them for ever. Usage: node build.mjs FOLDER
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
if (!folder) throw new Error("where to?");

async function bundled(entry) {
	const made = await esbuild.build({
		entryPoints: [join(here, "src", entry)],
		absWorkingDir: here,
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		target: ["chrome109", "firefox115", "safari16"],
		jsx: "automatic",
		jsxImportSource: "preact",
		legalComments: "none",
		charset: "utf8",
		logLevel: "warning",
	});
	return Buffer.from(made.outputFiles[0].contents);
}

// The same input gives the same bytes: no time, and no name of this machine, is in them.
function put(name, bytes) {
	const packed = gzipSync(bytes, { level: 9 });
	packed[9] = 255;
	writeFileSync(join(folder, name), packed);
	return packed.length;
}

function named(stem, end, bytes) {
	const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
	return `${stem}-${hash}.${end}`;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
let sum = 0;
let page = readFileSync(join(here, "src/index.html"), "utf8");
for (const [mark, stem, end, bytes] of [
	["SCRIPT", "app", "js", await bundled("main.tsx")],
	["STYLE", "app", "css", await bundled("style.css")],
	["ICON", "icon", "svg", readFileSync(join(here, "src/icon.svg"))],
]) {
	const name = named(stem, end, bytes);
	sum += put(name, bytes);
	page = page.replaceAll(`@${mark}@`, `/assets/${name}`);
}
writeFileSync(join(folder, "index.html"), page);
sum += page.length;
console.log(`page: ${(sum / 1024).toFixed(1)} KB to transfer`);
if (sum > 100 * 1024) throw new Error("the page is above 100 KB");
