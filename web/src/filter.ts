// Which lines are shown.
import { computed, signal } from "@preact/signals";
import { ordered } from "./board";
import type { LineStatus } from "./types";
import { conditionOf } from "./words";

export const text = signal("");
export const state = signal("");
export const server = signal("");
export const cause = signal("");
export const studio = signal("");

function contains(line: LineStatus, word: string): boolean {
	return (
		line.name.toLowerCase().includes(word) ||
		line.address.toLowerCase().includes(word) ||
		line.server_name.toLowerCase().includes(word) ||
		String(line.number) === word
	);
}

export const isFiltered = computed(
	() => (text.value + state.value + server.value + cause.value + studio.value).trim() !== "",
);

export const shown = computed(() => {
	const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
	if (!isFiltered.value) return ordered.value;
	return ordered.value.filter(
		(line) =>
			(!state.value || conditionOf(line) === state.value) &&
			(!server.value || String(line.server) === server.value) &&
			(!cause.value || line.cause?.id === cause.value) &&
			(!studio.value || String(line.studio) === studio.value) &&
			words.every((word) => contains(line, word)),
	);
});

/** The causes that lines have now. */
export const causes = computed(() => {
	const found = new Map<string, { title: string; count: number }>();
	for (const line of ordered.value) {
		if (!line.cause) continue;
		const row = found.get(line.cause.id);
		if (row) row.count++;
		else found.set(line.cause.id, { title: line.cause.title, count: 1 });
	}
	return [...found].sort((a, b) => b[1].count - a[1].count);
});

export function clearFilter(): void {
	for (const each of [text, state, server, cause, studio]) each.value = "";
}
