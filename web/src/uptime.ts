// The last 24 hours of a line, from its history. An event of the history holds until the next one.
// What held before the first one is told by the total that the daemon has summed up.
import { signal, type Signal } from "@preact/signals";
import { get } from "./api";
import type { Answer, HistoryEvent, LineStatus } from "./types";
import { isUp } from "./words";

export type Bar = "up" | "some" | "down" | "none";
export interface Uptime {
	readonly bars: readonly Bar[];
	readonly upMs: number;
	readonly knownMs: number;
}

const BARS = 40;
const DAY_MS = 86_400_000;

interface Part {
	readonly from: number;
	readonly to: number;
	readonly up: boolean;
}

/** leadUp: whether it was up before the first event; null: not known. */
export function partsOf(
	events: readonly HistoryEvent[],
	from: number,
	to: number,
	leadUp: boolean | null,
): Part[] {
	const parts: Part[] = [];
	const times = events.map((event) => Math.min(to, Math.max(from, Date.parse(event.time))));
	const [first = to] = times;
	if (leadUp !== null && first > from) parts.push({ from, to: first, up: leadUp });
	events.forEach((event, i) => {
		const part = { from: times[i] ?? to, to: times[i + 1] ?? to, up: event.up };
		if (part.to > part.from) parts.push(part);
	});
	return parts;
}

export function uptimeOf(parts: readonly Part[], from: number, to: number): Uptime {
	const width = (to - from) / BARS;
	const bars: Bar[] = [];
	let upMs = 0;
	let knownMs = 0;
	for (let i = 0; i < BARS; i++) {
		const begin = from + i * width;
		let up = 0;
		let known = 0;
		for (const part of parts) {
			const ms = Math.min(part.to, begin + width) - Math.max(part.from, begin);
			if (ms <= 0) continue;
			known += ms;
			if (part.up) up += ms;
		}
		upMs += up;
		knownMs += known;
		bars.push(known === 0 ? "none" : up === known ? "up" : up === 0 ? "down" : "some");
	}
	return { bars, upMs, knownMs };
}

async function read(line: LineStatus, to: number): Promise<Uptime> {
	const from = Math.floor(to - DAY_MS);
	const since = line.since ? Date.parse(line.since) : null;
	if (since !== null && since <= from) {
		return uptimeOf([{ from, to, up: isUp(line) }], from, to);
	}
	const { history } = await get<Answer<"getLineHistory">>(
		`/lines/${line.id}/history?from=${from}&limit=10000`,
	);
	let parts = partsOf(history, from, to, null);
	const [first] = history;
	if (first) {
		const told = await get<Answer<"getLineUptime">>(
			`/lines/${line.id}/uptime?from=${from}&to=${Math.floor(to)}`,
		);
		const up = parts.reduce((sum, part) => sum + (part.up ? part.to - part.from : 0), 0);
		const leads = told.up_ms - up > 1000;
		if (leads) parts = partsOf(history, from, to, true);
	}
	return uptimeOf(parts, from, to);
}

// ---- of the lines that are seen, a few at a time

interface Entry {
	readonly shown: Signal<Uptime | null>;
	since: string | null;
	readAt: number;
}
const entries = new Map<number, Entry>();
const waiting = new Map<number, LineStatus>();
const AT_ONCE = 3;
const FRESH_MS = 120_000;
let running = 0;

function pump(): void {
	while (running < AT_ONCE && waiting.size > 0) {
		// the last one that came into sight is the one that is looked at
		const line = [...waiting.values()].pop();
		if (!line) return;
		waiting.delete(line.id);
		running++;
		void read(line, Date.now())
			.then((uptime) => {
				const entry = entries.get(line.id);
				if (entry) entry.shown.value = uptime;
			})
			.catch(() => undefined)
			.finally(() => {
				running--;
				pump();
			});
	}
}

export function uptimeFor(line: LineStatus): Signal<Uptime | null> {
	let entry = entries.get(line.id);
	if (!entry) {
		entry = { shown: signal(null), since: "", readAt: 0 };
		entries.set(line.id, entry);
	}
	return entry.shown;
}

/** Called for a line that is seen, each time that it is drawn. */
export function wantUptime(line: LineStatus): void {
	const entry = entries.get(line.id);
	if (!entry) return;
	if (entry.since === line.since && Date.now() - entry.readAt < FRESH_MS) return;
	entry.since = line.since;
	entry.readAt = Date.now();
	waiting.set(line.id, line);
	pump();
}

export function passOver(id: number): void {
	if (waiting.delete(id)) entries.delete(id);
}
