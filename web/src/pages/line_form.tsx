// The settings of a line, in the words that providers use for them: SIP Server, Extension, Auth User,
// Auth Password. Several lines can be added at once: numbers count up.
import { useEffect, useState } from "preact/hooks";
import { addressOf } from "../address";
import { get, patch, post } from "../api";
import { reload } from "../board";
import { blanksIn } from "../blanks";
import { type Calls, callsOf, entryOfCalls } from "../calls";
import { counted, fieldsOf, textOrNull, useSending } from "../form";
import { CallsField } from "../parts/calls_field";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField, TickField } from "../parts/field";
import { More } from "../parts/more";
import { sayDone } from "../parts/say";
import type { Answer, Line, LineChange, Studio } from "../types";
import { plural } from "../words";
import { domainOf, mayHaveBlanks, type Places, readPlaces, serverName } from "./places";

interface Entry extends Calls {
	studio: string;
	number: string;
	name: string;
	server: string;
	extension: string;
	authUser: string;
	password: string;
	register: boolean;
	contact: string;
	count: string;
}

const SHOWN = [
	"studio",
	"number",
	"name",
	"server",
	"extension",
	"auth_user",
	"password",
	"contact",
	"calls",
];
const COUNT_MAX = 500;

function entryOf(line: Line | null, places: Places): Entry {
	return {
		studio: String(line?.studio ?? places.studios[0]?.id ?? "new"),
		number: line ? String(line.number) : "",
		name: line?.name ?? "",
		server: line
			? serverName(places.servers, line.server)
			: serverName(places.servers, places.general.default_server) ||
				(places.servers.length === 1 ? (places.servers[0]?.name ?? "") : ""),
		extension: line?.extension ?? "",
		authUser: line?.auth_user ?? "",
		password: "",
		register: line?.register ?? true,
		contact: line?.contact ?? "",
		...entryOfCalls(line?.calls ?? null),
		count: "1",
	};
}

function changeOf(entry: Entry, studio: number, by: number): LineChange {
	return {
		studio,
		...(entry.number ? { number: Number(entry.number) + by } : {}),
		name: textOrNull(by ? counted(entry.name, by) : entry.name.trim()),
		extension: counted(entry.extension, by),
		auth_user: textOrNull(counted(entry.authUser, by)),
		...(entry.password ? { password: entry.password } : {}),
		server: textOrNull(entry.server.trim()),
		register: entry.register,
		contact: textOrNull(entry.contact.trim()),
		calls: callsOf(entry),
	};
}

async function studioOf(entry: Entry): Promise<number> {
	if (entry.studio !== "new") return Number(entry.studio);
	return (await post<Studio>("/studios", { name: "Studio 1" })).id;
}

interface Props {
	readonly line: Line | null;
	readonly places: Places;
	readonly onDone: () => void;
	readonly onClose: () => void;
}

function Preview({ entry, places, count }: { entry: Entry; places: Places; count: number }) {
	const domain = domainOf(places, entry.server);
	const first = addressOf(entry.extension, domain);
	const last = addressOf(counted(entry.extension, count - 1), domain);
	return (
		<output class="address" aria-label="SIP address">
			<span>SIP address</span>
			<b>{first ?? "sip:Extension@SIP Server"}</b>
			{count > 1 && last && (
				<>
					<span>to</span>
					<b>{last}</b>
				</>
			)}
		</output>
	);
}

interface RareProps {
	readonly entry: Entry;
	readonly set: (part: Partial<Entry>) => void;
	readonly faultOf: (field: string) => string | null;
}

function Rare({ entry, set, faultOf }: RareProps) {
	const of = fieldsOf(entry, set, faultOf);
	return (
		<div class="grid">
			<CallsField
				entry={entry}
				set={set}
				usual="as its server has it"
				hint="What Lineup does with them"
				fault={faultOf("calls")}
			/>
			<TextField
				label="Contact"
				{...of("contact")}
				placeholder="this program"
				hint="Where the server shall send calls instead, as in sip:desk@studio.example"
				noBlanks
				mono
			/>
		</div>
	);
}

function LineForm({ line, places, onDone, onClose }: Props) {
	const [entry, setEntry] = useState<Entry>(() => entryOf(line, places));
	const sending = useSending();
	const set = (part: Partial<Entry>): void => setEntry((now) => ({ ...now, ...part }));
	const of = fieldsOf(entry, set, sending.faultOf);
	const count = Math.min(COUNT_MAX, Math.max(1, Number(entry.count) || 1));
	const blank = blanksIn(entry.extension) ?? blanksIn(entry.authUser);
	const noCount = count > 1 && counted(entry.extension, 1) === entry.extension;

	const [more, setMore] = useState(() => Boolean(line?.contact ?? line?.calls));

	/** Several lines are added as one list: all of them, or none. */
	const save = async (): Promise<Answer<"addLine">> => {
		const studio = await studioOf(entry);
		set({ studio: String(studio) });
		if (line) return patch<Line>(`/lines/${line.id}`, changeOf(entry, studio, 0));
		const all = Array.from({ length: count }, (_, i) => changeOf(entry, studio, i));
		return post<Answer<"addLine">>("/lines", count > 1 ? all : all[0]);
	};
	const submit = async (event: Event): Promise<void> => {
		event.preventDefault();
		let saved: Answer<"addLine"> | null = null;
		await sending.send(async () => {
			saved = await save();
		});
		reload();
		if (!saved) {
			setMore(true); // a refusal may be about a field that is folded away
			return;
		}
		sayDone(
			line ? "Saved." : count > 1 ? `${plural(count, "line")} added.` : "The line is added.",
			saved,
		);
		onDone();
	};

	return (
		<form onSubmit={(event) => void submit(event)}>
			<div class="grid">
				<TextField
					label="SIP Server"
					{...of("server")}
					choices={places.servers.map((server) => server.name)}
					placeholder={serverName(places.servers, places.general.default_server) || "pbx.example"}
					hint="Name or address, as the provider gave it"
					required={places.general.default_server === null}
					autoFocus={!line}
					noBlanks={!mayHaveBlanks(places.servers, entry.server)}
					mono
				/>
				<TextField
					label={count > 1 ? "First Extension" : "Extension"}
					value={entry.extension}
					onValue={(extension) => set({ extension })}
					fault={
						sending.faultOf("extension") ??
						(noCount ? "It must end in a number to be counted up." : null)
					}
					required
					noBlanks
					mono
				/>
				<TextField
					label="Auth User"
					{...of("authUser")}
					placeholder={entry.extension}
					hint="Where it is not the Extension"
					noBlanks
					mono
				/>
				<TextField
					label="Auth Password"
					type="password"
					{...of("password")}
					autoComplete="new-password"
					placeholder={line?.has_password ? "as it is" : ""}
					hint={count > 1 ? "The same for all of them" : undefined}
					noBlanks
				/>
			</div>
			<Preview entry={entry} places={places} count={count} />
			<div class="grid">
				<TextField
					label="Name"
					{...of("name")}
					placeholder="Call-in 1"
				/>
				{places.studios.length > 0 && (
					<ChoiceField
						label="Studio"
						{...of("studio")}
						choices={places.studios.map(({ id, name }) => ({ value: String(id), label: name }))}
					/>
				)}
				<TextField
					label="Number"
					type="number"
					{...of("number")}
					placeholder="the next one"
					min={1}
				/>
				{!line && (
					<TextField
						label="How many lines"
						type="number"
						value={entry.count}
						onValue={(value) => set({ count: value })}
						min={1}
						max={COUNT_MAX}
						hint={count > 1 ? "Extension, name and number count up" : undefined}
					/>
				)}
			</div>
			<TickField
				label="Keep it registered"
				value={entry.register}
				onValue={(register) => set({ register })}
			/>
			<More isOpen={more} onOpen={setMore}>
				<Rare entry={entry} set={set} faultOf={sending.faultOf} />
			</More>
			<Failure error={sending.errorBeside(SHOWN)} />
			<p class="buttons">
				<button type="submit" disabled={sending.busy || blank !== null || noCount}>
					{sending.busy ? "Saving …" : line ? "Save" : count > 1 ? `Add ${plural(count, "line")}` : "Add line"}
				</button>
				<button type="button" class="quiet" onClick={onClose}>
					Cancel
				</button>
			</p>
		</form>
	);
}

interface LoadProps {
	readonly id: number | null;
	readonly onClose: () => void;
	readonly onDone?: () => void;
}

/** id null: new lines. */
export function EditLine({ id, onClose, onDone }: LoadProps) {
	const [read, setRead] = useState<{ line: Line | null; places: Places } | null>(null);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		Promise.all([id === null ? null : get<Line>(`/lines/${id}`), readPlaces()])
			.then(([line, places]) => setRead({ line, places }))
			.catch(setError);
	}, [id]);
	const done = (): void => {
		onDone?.();
		onClose();
	};
	return (
		<Dialog title={id === null ? "Add lines" : "Edit line"} onClose={onClose} wide>
			<Failure error={error} />
			{read ? (
				<LineForm line={read.line} places={read.places} onDone={done} onClose={onClose} />
			) : (
				!error && <p class="soft">Reading …</p>
			)}
		</Dialog>
	);
}
