// What becomes of the calls that come to a line: a word of the API's, or an address.

export interface Calls {
	/** "": as it is where nothing is said; "to": to callsTo. */
	calls: "" | "unavailable" | "busy" | "to";
	callsTo: string;
}

export function entryOfCalls(calls: string | null): Calls {
	if (calls === null) return { calls: "", callsTo: "" };
	if (calls === "unavailable" || calls === "busy") return { calls, callsTo: "" };
	return { calls: "to", callsTo: calls };
}

export function callsOf({ calls, callsTo }: Calls): string | null {
	if (calls === "") return null;
	return calls === "to" ? callsTo.trim() : calls;
}
