// The studios: their names and notes. A line belongs to one.
import { useState } from "preact/hooks";
import { get, patch, post, remove } from "../api";
import { textOrNull, useSending } from "../form";
import { useRead } from "../read";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { TextField } from "../parts/field";
import type { Answer, Studio } from "../types";
import { plural } from "../words";

interface Props {
	readonly onDone: () => void;
	readonly onClose: () => void;
}

type Studios = Answer<"listStudios">;
const readStudios = (): Promise<Studios> => get<Studios>("/studios?limit=10000");

interface EditProps {
	readonly studio: Studio | null;
	readonly onSaved: () => void;
	readonly onCancel: () => void;
}

function Edit({ studio, onSaved, onCancel }: EditProps) {
	const [name, setName] = useState(studio?.name ?? "");
	const [note, setNote] = useState(studio?.note ?? "");
	const sending = useSending();
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		const change = { name: name.trim(), note: textOrNull(note.trim()) };
		const done = await sending.send(async () => {
			if (studio) await patch<Studio>(`/studios/${studio.id}`, change);
			else await post<Studio>("/studios", change);
		});
		if (done) onSaved();
	};
	return (
		<form class="inset" onSubmit={(event) => void save(event)}>
			<div class="grid">
				<TextField
					label="Name"
					value={name}
					onValue={setName}
					placeholder="Studio 1"
					fault={sending.faultOf("name")}
					required
					autoFocus
				/>
				<TextField
					label="Note"
					value={note}
					onValue={setNote}
					placeholder="Morning show"
					fault={sending.faultOf("note")}
				/>
			</div>
			<Failure error={sending.errorBeside(["name", "note"])} />
			<p class="buttons">
				<button type="submit" disabled={sending.busy}>
					{studio ? "Save" : "Add studio"}
				</button>
				<button type="button" class="quiet" onClick={onCancel}>
					Cancel
				</button>
			</p>
		</form>
	);
}

interface RemoveProps {
	readonly studio: Studio;
	readonly onGone: () => void;
	readonly onCancel: () => void;
}

function Remove({ studio, onGone, onCancel }: RemoveProps) {
	const sending = useSending();
	return (
		<div class="inset">
			<p>
				Delete {studio.name}
				{studio.lines > 0 && ` with its ${plural(studio.lines, "line")}`}?
			</p>
			<Failure error={sending.error} />
			<p class="buttons">
				<button
					type="button"
					class="danger"
					disabled={sending.busy}
					onClick={() => {
						void sending.send(() => remove(`/studios/${studio.id}`)).then((done) => done && onGone());
					}}
				>
					Delete
				</button>
				<button type="button" class="quiet" onClick={onCancel}>
					Cancel
				</button>
			</p>
		</div>
	);
}

type Task = { readonly kind: "edit" | "remove"; readonly studio: Studio } | { readonly kind: "add" };

export function StudioList({ onDone, onClose }: Props) {
	const { known, error, again } = useRead(readStudios);
	const [task, setTask] = useState<Task | null>(null);
	const changed = (): void => {
		setTask(null);
		again();
		onDone();
	};
	const stop = (): void => setTask(null);
	return (
		<Dialog title="Studios" onClose={onClose} wide>
			<Failure error={error} />
			<ul class="rows">
				{known?.studios.map((studio) => (
					<li key={studio.id}>
						<b>{studio.name}</b>
						<span class="soft">
							{[studio.note, plural(studio.lines, "line")].filter(Boolean).join(" · ")}
						</span>
						<span class="act">
							<button
								type="button"
								class="quiet"
								aria-label={`Edit ${studio.name}`}
								onClick={() => setTask({ kind: "edit", studio })}
							>
								Edit
							</button>
							<button
								type="button"
								class="quiet danger"
								aria-label={`Delete ${studio.name}`}
								onClick={() => setTask({ kind: "remove", studio })}
							>
								Delete
							</button>
						</span>
						{task?.kind === "edit" && task.studio.id === studio.id && (
							<Edit studio={studio} onSaved={changed} onCancel={stop} />
						)}
						{task?.kind === "remove" && task.studio.id === studio.id && (
							<Remove studio={studio} onGone={changed} onCancel={stop} />
						)}
					</li>
				))}
			</ul>
			{task?.kind === "add" ? (
				<Edit studio={null} onSaved={changed} onCancel={stop} />
			) : (
				<p class="buttons">
					<button type="button" onClick={() => setTask({ kind: "add" })}>
						Add studio
					</button>
				</p>
			)}
		</Dialog>
	);
}
