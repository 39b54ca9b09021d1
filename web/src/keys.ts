// Keys for those who look at this all day. They are left alone while something is typed, and can be
// switched off, since assistive software may use the same ones.
import { signal } from "@preact/signals";

const STORED = "lineup-keys-off";

function readOn(): boolean {
	try {
		return localStorage.getItem(STORED) === null;
	} catch {
		return true;
	}
}

export const keysOn = signal(readOn());
export const helpOpen = signal(false);

export function setKeysOn(on: boolean): void {
	keysOn.value = on;
	try {
		if (on) localStorage.removeItem(STORED);
		else localStorage.setItem(STORED, "1");
	} catch {
		// it holds until the page is closed
	}
}

type Handler = () => void;
const handlers = new Map<string, Handler>();

/** Until the function that is returned is called. */
export function onKeys(rows: Readonly<Record<string, Handler>>): () => void {
	for (const [key, handler] of Object.entries(rows)) handlers.set(key, handler);
	return () => {
		for (const [key, handler] of Object.entries(rows)) {
			if (handlers.get(key) === handler) handlers.delete(key);
		}
	};
}

function takesText(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target instanceof HTMLInputElement) return target.type !== "checkbox";
	return target.matches("textarea, select, [contenteditable]");
}

addEventListener("keydown", (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
	if (event.key === "Escape" && takesText(event.target)) {
		(event.target as HTMLElement).blur();
		return;
	}
	if (!keysOn.value || takesText(event.target) || document.querySelector("dialog[open]")) return;
	if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button")) {
		return;
	}
	const handler = event.key === "?" ? () => (helpOpen.value = true) : handlers.get(event.key);
	if (!handler) return;
	event.preventDefault();
	handler();
});
