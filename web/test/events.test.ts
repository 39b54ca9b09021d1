import assert from "node:assert/strict";
import test from "node:test";
import { lastAttempts } from "../src/parts/ladder";
import { sliceAt } from "../src/parts/slice_at";
import { EventReader } from "../src/stream";
import type { HistoryEvent, Step } from "../src/types";
import { partsOf, uptimeOf } from "../src/uptime";

test("events are the same however the stream is cut", () => {
	const text = ": here\n\nid: 7\nevent: log\ndata: {}\n\nid: 8\nevent: state\ndata: {\"a\":1}\n\nid: 9\nev";
	for (let cut = 0; cut <= text.length; cut++) {
		const reader = new EventReader();
		const events = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))];
		assert.deepEqual(events, [
			{ name: "log", id: "7", data: "{}" },
			{ name: "state", id: "8", data: '{"a":1}' },
		]);
	}
});

const event = (ms: number, up: boolean): HistoryEvent => ({
	time: new Date(ms).toISOString(),
	up,
	state: "",
	status: up ? 200 : 401,
	cause: null,
});

test("a strip shows when a line was up, was not, and when nothing is known", () => {
	const parts = partsOf([event(1_000, true), event(3_000, false)], 0, 4_000, null);
	assert.deepEqual(parts, [
		{ from: 1_000, to: 3_000, up: true },
		{ from: 3_000, to: 4_000, up: false },
	]);
	const { bars, upMs, knownMs } = uptimeOf(parts, 0, 4_000);
	assert.equal(bars.length, 40);
	assert.deepEqual([bars[0], bars[10], bars[29], bars[30]], ["none", "up", "up", "down"]);
	assert.deepEqual([upMs, knownMs], [2_000, 3_000]);
	const mixed = uptimeOf([{ from: 0, to: 50, up: true }, { from: 50, to: 100, up: false }], 0, 4_000);
	assert.equal(mixed.bars[0], "some");
	const led = partsOf([event(1_000, false)], 0, 4_000, true);
	assert.deepEqual(led[0], { from: 0, to: 1_000, up: true });
});

test("of a long list what is seen is drawn, and all heights add up", () => {
	for (const open of [null, { index: 3, height: 400 }, { index: 2_000, height: 400 }]) {
		const height = 5_000 * 65 + (open?.height ?? 0);
		for (let top = 0; top < height; top += 777) {
			const slice = sliceAt(top, 800, 5_000, 65, open);
			assert.ok(slice.end - slice.first < 60, "few are drawn");
			const isDrawn = open !== null && open.index >= slice.first && open.index < slice.end;
			const drawn = (slice.end - slice.first) * 65 + (isDrawn ? open.height : 0);
			assert.equal(slice.beforePx + drawn + slice.afterPx, height);
			assert.ok(slice.beforePx <= top, "the top of the window is drawn");
			assert.ok(slice.beforePx + drawn >= Math.min(height, top + 800), "its end is drawn");
		}
	}
});

const step = (part: Partial<Step>): Step => ({
	time: "2026-01-01T00:00:00Z",
	direction: "sent",
	attempt: 1,
	cseq: 1,
	status: null,
	reason: "",
	credentials: false,
	again: false,
	peer: "",
	...part,
});

test("the last attempts begin with the request that nothing had asked for", () => {
	const attempt = [
		step({}),
		step({ direction: "received", status: 401 }),
		step({ credentials: true }),
		step({ direction: "received", status: 200 }),
	];
	const refresh = [step({ credentials: true }), step({ direction: "received", status: 200 })];
	assert.equal(lastAttempts([...attempt, ...refresh], 1).length, 2);
	assert.equal(lastAttempts([...attempt, ...refresh], 2).length, 6);
	assert.equal(lastAttempts([...attempt, ...attempt, ...refresh], 2).length, 6);
	const silent = [step({}), step({ again: true }), step({ again: true })];
	assert.equal(lastAttempts([...attempt, ...silent], 1).length, 3);
});
