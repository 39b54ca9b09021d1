// Which page is shown: the part of the address behind #, so that a page can be bookmarked and the
// daemon serves one document.
import { computed, signal } from "@preact/signals";

export interface Route {
	readonly page: string;
	readonly rest: string;
	readonly query: URLSearchParams;
}

function read(): Route {
	const text = location.hash.replace(/^#\/?/, "");
	const [path = "", query = ""] = text.split("?", 2);
	const [page = "", ...rest] = path.split("/");
	return { page: page || "studio", rest: rest.join("/"), query: new URLSearchParams(query) };
}

const current = signal<Route>(read());
export const route = computed(() => current.value);

addEventListener("hashchange", () => {
	current.value = read();
});

export function go(path: string): void {
	location.hash = `#/${path}`;
}

/** Changes the address without a step that the button Back would go through. */
export function replace(path: string): void {
	history.replaceState(null, "", `#/${path}`);
	current.value = read();
}

/** The token of the one-time address, which is taken out of the address at once. */
export function takeSetupToken(): string | null {
	const match = /^#setup=([0-9a-zA-Z_-]+)$/.exec(location.hash);
	if (!match) return null;
	history.replaceState(null, "", "#/");
	current.value = read();
	return match[1] ?? null;
}
