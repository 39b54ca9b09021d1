// What happens, as it happens: one stream of events for the whole page. It is resumed behind the
// last event that came; who was away for too long is told so, and everything is read anew.
import { signal } from "@preact/signals";
import { EventReader, type StreamEvent } from "./stream";
import { whoAmI } from "./session";
import type { LogEvent } from "./types";

export type LiveState = "live" | "reconnecting" | "stale";
export const live = signal<LiveState>("reconnecting");

const QUIET_MS = 40_000; // the daemon says something each 15 s
const STALE_MS = 20_000; // without a stream for so long, what is shown may be wrong
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;

type Listener = (event: LogEvent) => void;
const listeners = new Set<Listener>();
const gapListeners = new Set<() => void>();

let last = 0;
let running: AbortController | null = null;

export function onEvent(listener: Listener): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Events are missing: what was derived from them is to be read anew. */
export function onGap(listener: () => void): () => void {
	gapListeners.add(listener);
	return () => gapListeners.delete(listener);
}

function take(event: StreamEvent): void {
	if (event.id) last = Number(event.id);
	if (event.name === "gap") for (const listener of gapListeners) listener();
	if (event.name !== "log" && event.name !== "state") return;
	const told = JSON.parse(event.data) as LogEvent;
	for (const listener of listeners) listener(told);
}

async function follow(abort: AbortController): Promise<void> {
	const response = await fetch("/api/v1/events", {
		headers: { "Last-Event-ID": String(last) },
		signal: abort.signal,
	});
	if (response.status === 401) await whoAmI();
	if (!response.ok || !response.body) throw new Error(String(response.status));
	live.value = "live";
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	const events = new EventReader();
	for (;;) {
		const quiet = setTimeout(() => abort.abort(), QUIET_MS);
		const { done, value } = await reader.read().finally(() => clearTimeout(quiet));
		if (done) return;
		for (const event of events.push(value)) take(event);
	}
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		ended.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve();
		});
		addEventListener("online", () => resolve(), { once: true, signal: ended });
	});
}

async function keepFollowing(ended: AbortSignal): Promise<void> {
	let tries = 0;
	let stale: ReturnType<typeof setTimeout> | undefined;
	while (!ended.aborted) {
		const abort = new AbortController();
		const end = (): void => abort.abort();
		ended.addEventListener("abort", end);
		const began = Date.now();
		await follow(abort).catch(() => undefined);
		ended.removeEventListener("abort", end);
		if (ended.aborted) break;
		if (live.value === "live") {
			live.value = "reconnecting";
			clearTimeout(stale);
			stale = setTimeout(() => {
				if (live.value === "reconnecting") live.value = "stale";
			}, STALE_MS);
		}
		tries = Date.now() - began > 10_000 ? 0 : tries + 1;
		await pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 10_000, ended);
	}
	clearTimeout(stale);
}

/** From behind the event with that number. */
export function startLive(after: number): void {
	last = Math.max(last, after);
	if (running) return;
	running = new AbortController();
	void keepFollowing(running.signal);
}

export function stopLive(): void {
	running?.abort();
	running = null;
	last = 0;
	live.value = "reconnecting";
}
