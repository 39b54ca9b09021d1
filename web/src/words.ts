// Words for what a line does. They are those of `lineup status`.
import type { LineStatus, Role } from "./types";

export type Tone = "up" | "wait" | "down" | "off";

export type Condition =
	| "registered"
	| "held"
	| "trying"
	| "leaving"
	| "waiting"
	| "refused"
	| "unanswered"
	| "impossible"
	| "stopped"
	| "off";

/** The worst first. */
export const conditions: readonly { word: Condition; tone: Tone; means: string }[] = [
	{ word: "impossible", tone: "down", means: "its settings do not allow it" },
	{ word: "refused", tone: "down", means: "the server said no" },
	{ word: "unanswered", tone: "down", means: "no server answered" },
	{ word: "waiting", tone: "wait", means: "the server asks for patience; it is tried again" },
	{ word: "held", tone: "wait", means: "registered, but the last refresh failed" },
	{ word: "trying", tone: "wait", means: "a REGISTER is under way" },
	{ word: "leaving", tone: "wait", means: "its registration is being removed" },
	{ word: "registered", tone: "up", means: "the server knows where to call it" },
	{ word: "stopped", tone: "off", means: "taken down by hand, or not begun yet" },
	{ word: "off", tone: "off", means: "its settings say that it shall not be registered" },
];

export function toneOf(condition: Condition): Tone {
	return conditions.find((row) => row.word === condition)?.tone ?? "off";
}

export function rankOf(condition: Condition): number {
	return conditions.findIndex((row) => row.word === condition);
}

/** A server that cannot just now, rather than one that will not. */
function isPassing(status: number): boolean {
	return status === 408 || status === 480 || (status >= 500 && status < 600);
}

export function conditionOf(line: LineStatus): Condition {
	switch (line.state) {
		case "IDLE":
			if (!line.register) return "off";
			return line.local && line.reason ? "impossible" : "stopped";
		case "TRYING":
			return "trying";
		case "REGISTERED":
		case "REFRESHING":
			return "registered";
		case "HOLDING":
			return "held";
		case "WAITING":
			if (line.local) return "unanswered";
			return isPassing(line.status) ? "waiting" : "refused";
		case "STOPPING":
		case "REMOVING":
			return "leaving";
	}
}

export function isUp(line: LineStatus): boolean {
	return line.state === "REGISTERED" || line.state === "REFRESHING" || line.state === "HOLDING";
}

/** "6 d 4 h", "31 min", "58 s" */
export function span(ms: number): string {
	const s = Math.max(0, Math.floor(ms / 1000));
	const d = Math.floor(s / 86_400);
	const h = Math.floor(s / 3_600) % 24;
	const min = Math.floor(s / 60) % 60;
	if (d) return h ? `${d} d ${h} h` : `${d} d`;
	if (h) return min ? `${h} h ${min} min` : `${h} h`;
	return min ? `${min} min` : `${s} s`;
}

export function sinceOf(line: LineStatus, now: number): string {
	return line.since ? span(Math.max(1000, now - Date.parse(line.since))) : "";
}

/** "31 min of 1 h" */
export function leftOf(line: LineStatus, now: number): string {
	if (!line.ends_at || !isUp(line)) return "";
	return `${span(Date.parse(line.ends_at) - now)} of ${span(line.granted * 1000)}`;
}

export function nextOf(line: LineStatus, now: number): string {
	const condition = conditionOf(line);
	if (condition === "trying") return "awaits an answer";
	if (!line.next_at || condition === "leaving") return "";
	const ms = Date.parse(line.next_at) - now;
	const verb = condition === "registered" ? "refresh" : "again";
	return ms < 1000 ? `${verb} now` : `${verb} in ${span(ms)}`;
}

export function resultOf(line: LineStatus): string {
	if (line.status === 0) return line.reason;
	return line.reason ? `${line.status} ${line.reason}` : String(line.status);
}

export function nameOf(line: { name: string | null; extension: string }): string {
	return line.name ?? "" ? String(line.name) : line.extension;
}

/** "1001@pbx.example" */
export function shortAddress(address: string): string {
	return address.replace(/^sips?:/, "");
}

export function plural(n: number, word: string, words = `${word}s`): string {
	return `${n.toLocaleString("en")} ${n === 1 ? word : words}`;
}

/** "48 KB", "5.7 MB": of 1024 each. */
export function bytes(n: number): string {
	const units = ["bytes", "KB", "MB", "GB"];
	let value = n;
	let unit = 0;
	for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
	const digits = unit > 0 && value < 10 ? 1 : 0;
	return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${units[unit]}`;
}

/** 09:14:02 in the time of whoever looks. */
export function clockTime(time: string | number): string {
	return new Date(time).toLocaleTimeString("en-GB");
}

/** 09:14:02.113 */
export function clockMs(time: string): string {
	const date = new Date(time);
	return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export function dayAndTime(time: string | number): string {
	const date = new Date(time);
	const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
	return `${day}, ${date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}

export const roles = ["viewer", "operator", "admin"] as const satisfies readonly Role[];
export const roleMeans: Readonly<Record<Role, string>> = {
	viewer: "sees everything",
	operator: "sees, registers and checks lines",
	admin: "changes everything",
};

/** How long before its end a certificate is worth a word, as in the log and `lineup status`. */
const endWarnDays = 14;

interface Ends {
	readonly certificate_until: string | null;
	readonly own_certificate_until: string | null;
}

export interface End {
	readonly text: string;
	readonly tone: Tone;
}

function endOf(whose: string, until: string | null, now: number): End[] {
	if (until === null) return [];
	const left = Date.parse(until) - now;
	const days = Math.floor(left / 86_400_000);
	const date = until.slice(0, 10);
	if (left <= 0) return [{ text: `${whose} certificate has expired (${date})`, tone: "down" }];
	if (days >= endWarnDays) return [];
	return [{ text: `${whose} certificate ends in ${plural(days, "day")} (${date})`, tone: "wait" }];
}

/** "its certificate ends in 9 days (2026-12-08)"; nothing where that is far away, or not known. */
export function certificateEnds(server: Ends, now: number): End[] {
	return [
		...endOf("its", server.certificate_until, now),
		...endOf("our", server.own_certificate_until, now),
	];
}
