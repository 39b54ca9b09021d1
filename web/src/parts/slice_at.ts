// Which rows of a long list lie in the window, and how high what is left out is.
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

export function whole(count: number): Slice {
	return { first: 0, end: count, beforePx: 0, afterPx: 0 };
}
