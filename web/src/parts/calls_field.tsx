// What becomes of the calls that come: turned away, busy, or sent on.
import type { Calls } from "../calls";
import { ChoiceField, TextField } from "./field";

interface Props {
	readonly entry: Calls;
	readonly set: (part: Partial<Calls>) => void;
	/** What it is where nothing is said; null: something is always said. */
	readonly usual: string | null;
	readonly hint: string;
	readonly fault: string | null;
}

const choices = [
	{ value: "unavailable", label: "turn them away" },
	{ value: "busy", label: "say that it is busy" },
	{ value: "to", label: "send them on" },
] as const;

export function CallsField({ entry, set, usual, hint, fault }: Props) {
	const isSentOn = entry.calls === "to";
	return (
		<>
			<ChoiceField
				label="Calls that come"
				value={entry.calls}
				onValue={(calls) => set({ calls: calls as Calls["calls"] })}
				choices={usual === null ? choices : [{ value: "", label: usual }, ...choices]}
				hint={hint}
				fault={isSentOn ? null : fault}
			/>
			{isSentOn && (
				<TextField
					label="Send calls on to"
					value={entry.callsTo}
					onValue={(callsTo) => set({ callsTo })}
					placeholder="sip:desk@studio.example"
					hint="A SIP address"
					fault={fault}
					required
					noBlanks
					mono
				/>
			)}
		</>
	);
}
