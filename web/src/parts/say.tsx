// A short word to whoever looks or listens, about something they have asked for.
import { signal } from "@preact/signals";

const said = signal<{ text: string; bad: boolean } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string, bad = false): void {
	said.value = { text, bad };
	clearTimeout(timer);
	timer = setTimeout(() => (said.value = null), bad ? 10_000 : 5_000);
}

/** That something was done, with what the daemon remarks on it, which takes longer to read. */
export function sayDone(text: string, { remarks = [] }: { readonly remarks?: readonly string[] }): void {
	say([text, ...remarks].join(" Note: "));
	if (remarks.length === 0) return;
	clearTimeout(timer);
	timer = setTimeout(() => (said.value = null), 15_000);
}

export function Said() {
	return (
		<div class="said" role="status">
			{said.value && <p class={said.value.bad ? "bad" : ""}>{said.value.text}</p>}
		</div>
	);
}
