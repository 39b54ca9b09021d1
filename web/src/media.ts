import { signal } from "@preact/signals";

const query = matchMedia("(max-width: 760px)");
/** As narrow as a phone. */
export const narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));
