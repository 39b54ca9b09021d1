// Of a long list of rows of one height only those that are seen are drawn. One row may be open, and
// then has something higher beneath it.
import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Open, type Slice, sliceAt, whole } from "./slice_at";

const FEW = 60; // so many are drawn as they are

/** On paper nothing scrolls: all is drawn. */
const printing = signal(false);
addEventListener("beforeprint", () => (printing.value = true));
addEventListener("afterprint", () => (printing.value = false));

export function useSlice(
	body: RefObject<HTMLElement | null>,
	count: number,
	rowPx: number,
	open: Open | null,
): Slice {
	const [slice, setSlice] = useState<Slice>(() => whole(Math.min(count, FEW)));
	const latest = useRef<() => void>(() => undefined);
	latest.current = (): void => {
		if (!body.current || count <= FEW) return;
		const top = -body.current.getBoundingClientRect().top;
		const next = sliceAt(top, innerHeight, count, rowPx, open);
		setSlice((now) =>
			now.first === next.first &&
			now.end === next.end &&
			now.beforePx === next.beforePx &&
			now.afterPx === next.afterPx
				? now
				: next,
		);
	};
	useLayoutEffect(() => latest.current(), [count, rowPx, open?.index, open?.height]);
	useEffect(() => {
		let frame = 0;
		const look = (): void => {
			cancelAnimationFrame(frame);
			frame = requestAnimationFrame(() => latest.current());
		};
		addEventListener("scroll", look, { passive: true });
		addEventListener("resize", look);
		addEventListener("afterprint", look);
		return () => {
			cancelAnimationFrame(frame);
			removeEventListener("afterprint", look);
			removeEventListener("scroll", look);
			removeEventListener("resize", look);
		};
	}, []);
	return count <= FEW || printing.value ? whole(count) : slice;
}
