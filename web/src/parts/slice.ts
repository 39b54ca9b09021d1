// Of a long list of rows of one height only those that are seen are drawn. One row may be open, and
// then has something higher beneath it.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const FEW = 60; // so many are drawn as they are
const BEYOND_PX = 600; // drawn beyond what is seen

export interface Open {
	readonly index: number;
	readonly height: number;
}

export interface Slice {
	readonly first: number;
	readonly end: number;
	readonly beforePx: number;
	readonly afterPx: number;
}

export function sliceAt(
	topPx: number,
	heightPx: number,
	count: number,
	rowPx: number,
	open: Open | null,
): Slice {
	const indexAt = (y: number): number => {
		if (!open || y < (open.index + 1) * rowPx) return Math.floor(y / rowPx);
		if (y < (open.index + 1) * rowPx + open.height) return open.index;
		return Math.floor((y - open.height) / rowPx);
	};
	const within = (index: number): number => Math.min(count, Math.max(0, index));
	const first = within(indexAt(topPx - BEYOND_PX));
	const end = within(indexAt(topPx + heightPx + BEYOND_PX) + 1);
	const extra = open?.height ?? 0;
	return {
		first,
		end,
		beforePx: first * rowPx + (open && open.index < first ? extra : 0),
		afterPx: (count - end) * rowPx + (open && open.index >= end ? extra : 0),
	};
}

function whole(count: number): Slice {
	return { first: 0, end: count, beforePx: 0, afterPx: 0 };
}

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
		return () => {
			cancelAnimationFrame(frame);
			removeEventListener("scroll", look);
			removeEventListener("resize", look);
		};
	}, []);
	return count <= FEW ? whole(count) : slice;
}
