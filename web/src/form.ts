// What forms share: an entry that was changed, and where a refusal belongs.
import { useState } from "preact/hooks";
import { Refusal } from "./api";

export interface Sending {
	readonly busy: boolean;
	readonly error: unknown;
	/** The refusal's sentence, where it is about that field. */
	readonly faultOf: (field: string) => string | null;
	/** The error, where none of these fields shows it. */
	readonly errorBeside: (fields: readonly string[]) => unknown;
	readonly send: (work: () => Promise<void>) => Promise<boolean>;
}

function fieldOf(error: unknown): string | null {
	return error instanceof Refusal ? error.field : null;
}

export function useSending(): Sending {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	return {
		busy,
		error,
		faultOf: (field) => (fieldOf(error) === field ? (error as Refusal).message : null),
		errorBeside: (fields) => (fields.includes(fieldOf(error) ?? "") ? null : error),
		send: async (work) => {
			setBusy(true);
			setError(null);
			try {
				await work();
				return true;
			} catch (fault) {
				setError(fault);
				return false;
			} finally {
				setBusy(false);
			}
		},
	};
}

type TextKey<Entry> = { [Key in keyof Entry]: Entry[Key] extends string ? Key : never }[keyof Entry] & string;

/** What a field of a text of the entry has: its value, where a new one goes, and its fault, which the
 * API says by the same name with underscores. */
export function fieldsOf<Entry>(
	entry: Entry,
	set: (part: Partial<Entry>) => void,
	faultOf: (field: string) => string | null,
) {
	return (key: TextKey<Entry>) => ({
		value: entry[key] as string,
		onValue: (value: string): void => set({ [key]: value } as unknown as Partial<Entry>),
		fault: faultOf(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
	});
}

export function textOrNull(text: string): string | null {
	return text === "" ? null : text;
}

export function numberOrNull(text: string): number | null {
	return text === "" ? null : Number(text);
}

/** "1003", 2 -> "1005"; "studio-09", 1 -> "studio-10". Without a number at its end: as it is. */
export function counted(text: string, by: number): string {
	const match = /^(.*?)(\d+)$/.exec(text);
	if (!match || by === 0) return text;
	const [, stem = "", digits = ""] = match;
	return stem + String(BigInt(digits) + BigInt(by)).padStart(digits.length, "0");
}
