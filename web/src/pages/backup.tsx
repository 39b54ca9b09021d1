// Backup and restore. Passwords are in a backup only where a passphrase seals them.
import { useState } from "preact/hooks";
import { call, callText, Refusal } from "../api";
import { reload } from "../board";
import { dayName, saveFile } from "../files";
import { useSending } from "../form";
import { Changes } from "../parts/changes";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { TextField } from "../parts/field";
import { say } from "../parts/say";
import { may } from "../session";
import type { Difference } from "../types";
import { plural } from "../words";

const PASSPHRASE_MIN = 8;
const TYPE = "application/yaml";

function Save({ onClose }: { onClose: () => void }) {
	const [passphrase, setPassphrase] = useState("");
	const [again, setAgain] = useState("");
	const sending = useSending();
	const differs = again !== passphrase;
	const save = (event: Event): void => {
		event.preventDefault();
		void sending.send(async () => {
			const text = await callText("POST", "/backup", passphrase ? { passphrase } : {});
			saveFile(`lineup-${dayName()}.yaml`, TYPE, text);
			say(passphrase ? "Saved, with passwords." : "Saved, without passwords.");
			onClose();
		});
	};
	return (
		<Dialog title="Save a backup" onClose={onClose}>
			<form onSubmit={save}>
				<p class="soft">
					It has all servers, studios and lines. The lines' passwords are in it only with a passphrase,
					which seals them; who has lost it types them again.
				</p>
				<TextField
					label="Passphrase"
					type="password"
					value={passphrase}
					onValue={setPassphrase}
					autoComplete="new-password"
					placeholder="none: without passwords"
					hint="8 characters or more"
					minLength={PASSPHRASE_MIN}
					fault={sending.faultOf("passphrase")}
					autoFocus
				/>
				{passphrase && (
					<TextField
						label="The same again"
						type="password"
						value={again}
						onValue={setAgain}
						autoComplete="new-password"
						fault={again && differs ? "This is another one." : null}
						required
					/>
				)}
				<Failure error={sending.errorBeside(["passphrase"])} />
				{sending.busy && <progress aria-label="The backup is made" />}
				<p class="buttons">
					<button type="submit" disabled={sending.busy || (passphrase !== "" && differs)}>
						Save
					</button>
					<button type="button" class="quiet" onClick={onClose}>
						Cancel
					</button>
				</p>
			</form>
		</Dialog>
	);
}

interface Chosen {
	readonly backup: string;
	readonly passphrase: string;
}

/** seen: the difference that was shown, which is the one that is made, or none. */
function restore({ backup, passphrase }: Chosen, seen: Difference | null): Promise<Difference> {
	const query = seen ? `as_of=${seen.as_of}` : "dry_run=1";
	const body = passphrase ? { backup, passphrase } : { backup };
	return call<Difference>("POST", `/restore?${query}`, { body });
}

function isAboutPassphrase(error: unknown): boolean {
	return error instanceof Refusal && error.code.startsWith("passphrase");
}

function Restore({ onClose }: { onClose: () => void }) {
	const [backup, setBackup] = useState("");
	const [passphrase, setPassphrase] = useState("");
	const [sealed, setSealed] = useState(false);
	const [difference, setDifference] = useState<Difference | null>(null);
	const sending = useSending();
	const look = (chosen: Chosen): void => {
		setDifference(null);
		void sending.send(async () => {
			try {
				setDifference(await restore(chosen, null));
			} catch (error) {
				if (isAboutPassphrase(error)) setSealed(true);
				throw error;
			}
		});
	};
	const choose = (text: string): void => {
		setBackup(text);
		setSealed(false);
		setPassphrase("");
		look({ backup: text, passphrase: "" });
	};
	const go = (): void => {
		void sending.send(async () => {
			const done = await restore({ backup, passphrase }, difference);
			say(`${plural(done.count, "change")} made.`);
			reload();
			onClose();
		});
	};
	return (
		<Dialog title="Restore" onClose={onClose} wide>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					if (difference) go();
					else look({ backup, passphrase });
				}}
			>
				<p class="soft">
					A backup, or any <code>studio.yaml</code>. The settings become what the file says: what it does
					not name is removed. What changes is shown first.
				</p>
				<div class="field">
					<label for="restore-file">File</label>
					<input
						id="restore-file"
						type="file"
						accept=".yaml,.yml"
						onChange={(event) => {
							const [file] = event.currentTarget.files ?? [];
							if (file) void file.text().then(choose);
						}}
					/>
				</div>
				{sealed && (
					<TextField
						label="Passphrase"
						type="password"
						value={passphrase}
						onValue={(text) => {
							setPassphrase(text);
							setDifference(null);
						}}
						autoComplete="off"
						hint="The one that the backup was saved with"
						autoFocus
						required
					/>
				)}
				<Failure error={sending.error} />
				{sending.busy && <progress aria-label="The file is read" />}
				{difference && <Changes difference={difference} />}
				<p class="buttons">
					<button type="submit" disabled={sending.busy || backup === "" || difference?.count === 0}>
						{difference ? `Make ${plural(difference.count, "change")}` : "Show what changes"}
					</button>
					<button type="button" class="quiet" onClick={onClose}>
						Cancel
					</button>
				</p>
			</form>
		</Dialog>
	);
}

export function Backup() {
	const [task, setTask] = useState<"save" | "restore" | null>(null);
	const sending = useSending();
	const save = (): void => {
		void sending.send(async () => {
			saveFile(`studio-${dayName()}.yaml`, TYPE, await callText("GET", "/export"));
		});
	};
	return (
		<section class="card" aria-labelledby="backup">
			<h2 id="backup">Backup and restore</h2>
			<p class="soft">
				All servers, studios and lines in one file, to keep, to read, to change, and to bring back.
			</p>
			<Failure error={sending.error} />
			<p class="buttons">
				{may("admin") ? (
					<>
						<button type="button" class="quiet" onClick={() => setTask("save")}>
							Save a backup
						</button>
						<button type="button" class="quiet" onClick={() => setTask("restore")}>
							Restore
						</button>
					</>
				) : (
					<button type="button" class="quiet" disabled={sending.busy} onClick={save}>
						Save studio.yaml
					</button>
				)}
			</p>
			{task === "save" && <Save onClose={() => setTask(null)} />}
			{task === "restore" && <Restore onClose={() => setTask(null)} />}
		</section>
	);
}
