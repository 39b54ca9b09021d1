// Lines from a spreadsheet: the file is read by the daemon, which tells every fault, and what would
// change, before anything does.
import { useState } from "preact/hooks";
import { call } from "../api";
import { useSending } from "../form";
import { Changes } from "../parts/changes";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { say } from "../parts/say";
import type { Difference } from "../types";
import { plural } from "../words";

const EXAMPLE = `Studio,Number,Name,Extension,Auth User,Auth Password,Server
Studio 1,1,Host,1001,,secret,pbx.example
Studio 1,2,Guest,1002,,secret,pbx.example`;

interface Props {
	readonly onDone: () => void;
	readonly onClose: () => void;
}

/** seen: the difference that was shown, which is the one that is made, or none. */
function importFile(text: string, seen: Difference | null): Promise<Difference> {
	const file = { type: "text/csv", text };
	const query = seen ? `as_of=${seen.as_of}` : "dry_run=1";
	return call<Difference>("POST", `/import?${query}`, { file });
}

export function ImportLines({ onDone, onClose }: Props) {
	const [text, setText] = useState("");
	const [difference, setDifference] = useState<Difference | null>(null);
	const sending = useSending();
	const look = (next: string): void => {
		setText(next);
		setDifference(null);
		void sending.send(async () => setDifference(await importFile(next, null)));
	};
	const go = (): void => {
		void sending.send(async () => {
			const done = await importFile(text, difference);
			say(`${plural(done.count, "change")} made.`);
			onDone();
			onClose();
		});
	};
	return (
		<Dialog title="Import lines" onClose={onClose} wide>
			<p class="soft">
				A CSV file with a row for each line. What is there already changes; nothing is removed.
			</p>
			<pre tabIndex={0} aria-label="An example">
				{EXAMPLE}
			</pre>
			<div class="field">
				<label for="import-file">File</label>
				<input
					id="import-file"
					type="file"
					accept=".csv,text/csv"
					onChange={(event) => {
						const [file] = event.currentTarget.files ?? [];
						if (file) void file.text().then(look);
					}}
				/>
			</div>
			<Failure error={sending.error} />
			{sending.busy && <progress aria-label="The file is read" />}
			{difference && <Changes difference={difference} />}
			<p class="buttons">
				<button
					type="button"
					disabled={sending.busy || !difference || difference.count === 0}
					onClick={go}
				>
					{difference ? `Make ${plural(difference.count, "change")}` : "Import"}
				</button>
				<button type="button" class="quiet" onClick={onClose}>
					Cancel
				</button>
			</p>
		</Dialog>
	);
}
