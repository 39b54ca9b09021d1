import { computed, signal } from "@preact/signals";

function matching(text: string) {
	const query = matchMedia(text);
	const result = signal(query.matches);
	query.addEventListener("change", () => (result.value = query.matches));
	return result;
}

/** As narrow as a phone. */
export const narrow = matching("screen and (max-width: 760px)");
const medium = matching("screen and (max-width: 1100px)");

/** Columns of the studio's table that style.css leaves visible: a cell that spans more makes some. */
export const studioColumns = computed(() => (narrow.value ? 2 : medium.value ? 6 : 7));
