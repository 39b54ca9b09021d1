// The daemon's time, by this machine's clock: what is shown counts against the clock that the daemon
// has, however wrong that of the browser is.
import { signal } from "@preact/signals";

let ahead = 0;
/** Moves on once a second. */
export const now = signal(Date.now());

export function setClock(time: string): void {
	ahead = Date.parse(time) - Date.now();
	now.value = Date.now() + ahead;
}

setInterval(() => {
	if (!document.hidden) now.value = Date.now() + ahead;
}, 1000);
