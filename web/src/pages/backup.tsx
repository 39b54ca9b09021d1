// The settings as a file: to keep, to read, to bring back.
import { useState } from "preact/hooks";
import { call, getText } from "../api";
import { reload } from "../board";
import { dayName, saveFile } from "../files";
import { useSending } from "../form";
import { Changes } from "../parts/changes";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { say } from "../parts/say";
import { may } from "../session";
import type { Difference } from "../types";
import { plural } from "../words";

function applyFile(text: string, dry: boolean): Promise<Difference> {
	const file = { type: "application/yaml", text };
	return call<Difference>("POST", `/apply${dry ? "?dry_run=1" : ""}`, { file });
}

function Apply({ onClose }: { onClose: () => void }) {
	const [text, setText] = useState("");
	const [difference, setDifference] = useState<Difference | null>(null);
	const sending = useSending();
	const look = (next: string): void => {
		setText(next);
		setDifference(null);
		void sending.send(async () => setDifference(await applyFile(next, true)));
	};
	const go = (): void => {
		void sending.send(async () => {
			const done = await applyFile(text, false);
			say(`${plural(done.count, "change")} made.`);
			reload();
			onClose();
		});
	};
	return (
		<Dialog title="Apply a settings file" onClose={onClose} wide>
			<p class="soft">
				The settings become what the file says: what it does not name is removed. A password that it does
				not give stays as it is.
			</p>
			<div class="field">
				<label for="apply-file">studio.yaml</label>
				<input
					id="apply-file"
					type="file"
					accept=".yaml,.yml"
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
					{difference ? `Make ${plural(difference.count, "change")}` : "Apply"}
				</button>
				<button type="button" class="quiet" onClick={onClose}>
					Cancel
				</button>
			</p>
		</Dialog>
	);
}

export function Backup() {
	const [applying, setApplying] = useState(false);
	const sending = useSending();
	const save = (): void => {
		void sending.send(async () => {
			const text = await getText("/api/v1/export");
			saveFile(`studio-${dayName()}.yaml`, "application/yaml", text);
		});
	};
	return (
		<section class="card" aria-labelledby="backup">
			<h2 id="backup">Settings as a file</h2>
			<p class="soft">
				<code>studio.yaml</code> has all servers, studios and lines, without passwords: to read, to change,
				and to apply again.
			</p>
			<Failure error={sending.error} />
			<p class="buttons">
				<button type="button" class="quiet" disabled={sending.busy} onClick={save}>
					Save studio.yaml
				</button>
				{may("admin") && (
					<button type="button" class="quiet" onClick={() => setApplying(true)}>
						Apply a file
					</button>
				)}
			</p>
			{applying && <Apply onClose={() => setApplying(false)} />}
		</section>
	);
}
