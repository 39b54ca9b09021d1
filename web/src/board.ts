// What all lines do, kept up to date: read once, and then, as events come, only the lines that they
// name, or all again where there are many.
import { batch, computed, signal } from "@preact/signals";
import { get } from "./api";
import { setClock } from "./clock";
import { onEvent, onGap, startLive } from "./live";
import type { Answer, LineStatus, Studio } from "./types";
import { conditionOf, type Condition } from "./words";

export const LINES_MAX = 50_000;
const FIRST = 100;
const PAGE = 10_000;
const SINGLY_MAX = 12; // lines that are asked for one by one
const GATHER_MS = 80;
const GATHER_MANY_MS = 1_000;

type Status = Answer<"getStatus">;

export const lines = signal<ReadonlyMap<number, LineStatus>>(new Map());
export const total = signal(0);
export const servers = signal<Status["servers"]>([]);
export const studios = signal<readonly Studio[]>([]);
export const loaded = signal(false);
export const boardFault = signal<unknown>(null);

/** Whether all lines are known, and not only the first ones. */
export const isWhole = computed(
	() => loaded.value && lines.value.size >= Math.min(total.value, LINES_MAX),
);

export const ordered = computed(() => [...lines.value.values()]);

export const counts = computed(() => {
	const result: Partial<Record<Condition, number>> = {};
	for (const line of lines.value.values()) {
		const condition = conditionOf(line);
		result[condition] = (result[condition] ?? 0) + 1;
	}
	return result;
});

/** The lines that a window shows are asked for first, so that thousands of others keep nobody waiting. */
async function readFirst(): Promise<void> {
	const [status, { studios: rows }] = await Promise.all([
		get<Status>(`/status?limit=${FIRST}`),
		get<Answer<"listStudios">>("/studios?limit=10000"),
	]);
	setClock(status.time);
	batch(() => {
		lines.value = new Map(status.lines.map((line) => [line.id, line]));
		total.value = status.total;
		servers.value = status.servers;
		studios.value = rows;
		loaded.value = true;
		boardFault.value = null;
	});
	if (status.lines.length === status.total) startLive(status.event);
}

async function readAll(): Promise<void> {
	if (!loaded.value) {
		await readFirst();
		if (lines.value.size === total.value) return;
	}
	const next = new Map<number, LineStatus>();
	let status: Status;
	do {
		status = await get<Status>(`/status?limit=${PAGE}&offset=${next.size}`);
		const before = next.size;
		for (const line of status.lines) next.set(line.id, line);
		if (next.size === before) break;
	} while (next.size < status.total && next.size < LINES_MAX);
	const { studios: rows } = await get<Answer<"listStudios">>("/studios?limit=10000");
	setClock(status.time);
	batch(() => {
		lines.value = next;
		total.value = status.total;
		servers.value = status.servers;
		studios.value = rows;
		boardFault.value = null;
	});
	startLive(status.event);
}

async function readSome(ids: readonly number[]): Promise<void> {
	const answers = await Promise.all(ids.map((id) => get<Status>(`/status?line=${id}&limit=1`)));
	const next = new Map(lines.value);
	let order = false;
	answers.forEach((answer, i) => {
		const [line] = answer.lines;
		const id = ids[i] ?? 0;
		if (line && !next.has(id)) order = true;
		if (line) next.set(id, line);
		else next.delete(id);
	});
	if (order) return readAll();
	const [first] = answers;
	batch(() => {
		lines.value = next;
		if (first) {
			setClock(first.time);
			servers.value = first.servers;
		}
	});
	return undefined;
}

let dirty = new Set<number>();
let everything = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let reading: Promise<void> | null = null;

async function readDirty(): Promise<void> {
	const ids = [...dirty];
	const all = everything || ids.length > SINGLY_MAX || !loaded.value;
	dirty = new Set();
	everything = false;
	try {
		await (all ? readAll() : readSome(ids));
	} catch (error) {
		boardFault.value = error;
		everything = true;
	}
}

function schedule(): void {
	if (timer !== undefined || reading) return;
	const many = !everything && dirty.size > SINGLY_MAX;
	const wait = boardFault.value ? 3_000 : many ? GATHER_MANY_MS : GATHER_MS;
	timer = setTimeout(() => {
		timer = undefined;
		reading = readDirty().finally(() => {
			reading = null;
			if (everything || dirty.size) schedule();
		});
	}, wait);
}

/** Settings have changed, or nothing is known yet. */
export function reload(): void {
	everything = true;
	schedule();
}

/** Once the daemon has followed a change of settings, as it does at once. */
export async function reloadNow(): Promise<void> {
	await reading;
	await readAll();
}

onEvent((event) => {
	if (event.line === null) return;
	dirty.add(event.line);
	schedule();
});
onGap(reload);

export function forget(): void {
	lines.value = new Map();
	loaded.value = false;
}
