// Server-sent events by fetch, which, unlike EventSource, shows the comments that say "still here":
// without them a connection that died silently would look alive for ever.

export interface StreamEvent {
	readonly name: string;
	readonly id: string;
	readonly data: string;
}

/** Cuts a stream of text into events; what is no whole event yet stays. */
export class EventReader {
	private rest = "";

	push(text: string): StreamEvent[] {
		const blocks = (this.rest + text).split("\n\n");
		this.rest = blocks.pop() ?? "";
		return blocks.map(eventOf).filter((event) => event.data !== "");
	}
}

function eventOf(block: string): StreamEvent {
	const fields = { event: "message", id: "", data: "" };
	for (const line of block.split("\n")) {
		const colon = line.indexOf(":");
		if (colon <= 0) continue;
		const name = line.slice(0, colon);
		const value = line.slice(colon + 1).replace(/^ /, "");
		if (name === "event" || name === "id" || name === "data") fields[name] = value;
	}
	return { name: fields.event, id: fields.id, data: fields.data };
}
