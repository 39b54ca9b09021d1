// Something that is read when a page opens, and again when it has changed.
import { useCallback, useEffect, useState } from "preact/hooks";

export interface Read<T> {
	readonly known: T | null;
	readonly error: unknown;
	readonly again: () => void;
}

/** read must be the same function from one drawing to the next, or null where nothing is to be read. */
export function useRead<T>(read: (() => Promise<T>) | null): Read<T> {
	const [known, setKnown] = useState<T | null>(null);
	const [error, setError] = useState<unknown>(null);
	const [times, setTimes] = useState(0);
	useEffect(() => {
		let gone = false;
		read?.()
			.then((next) => {
				if (gone) return;
				setKnown(next);
				setError(null);
			})
			.catch((fault: unknown) => !gone && setError(fault));
		return () => {
			gone = true;
		};
	}, [read, times]);
	const again = useCallback(() => setTimes((n) => n + 1), []);
	return { known, error, again };
}
