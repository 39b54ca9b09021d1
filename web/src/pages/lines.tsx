// Lines: the extensions, their settings, by studio. What they do is on the page Studio.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { addressOf } from "../address";
import { get, remove } from "../api";
import { lines as doing, reload } from "../board";
import { onKeys } from "../keys";
import { narrow } from "../media";
import { useRead } from "../read";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/confirm";
import { Failure } from "../parts/failure";
import { Pick } from "../parts/pick";
import { say } from "../parts/say";
import { useSlice } from "../parts/slice";
import { replace, route } from "../router";
import { may } from "../session";
import type { Answer, Line } from "../types";
import { conditionOf, nameOf, plural, shortAddress } from "../words";
import { ImportLines } from "./import_lines";
import { EditLine } from "./line_form";
import { type Places, readPlaces, serverName } from "./places";
import { StudioList } from "./studios";

const PAGE = 10_000;
const LINES_MAX = 50_000;
const ROW_PX = 65;

interface Known {
	readonly lines: readonly Line[];
	readonly places: Places;
}

async function readAll(): Promise<Known> {
	const lines: Line[] = [];
	const places = await readPlaces();
	for (;;) {
		const part = await get<Answer<"listLines">>(`/lines?limit=${PAGE}&offset=${lines.length}`);
		lines.push(...part.lines);
		if (part.lines.length === 0 || lines.length >= Math.min(part.total, LINES_MAX)) break;
	}
	return { lines, places };
}

// ---- which are shown, and which are chosen

const text = signal("");
const server = signal("");
const studio = signal("");
const chosen = signal<ReadonlySet<number>>(new Set());
const isFiltered = computed(() => (text.value + server.value + studio.value).trim() !== "");

function usedServer(line: Line, places: Places): number | null {
	return line.server ?? places.general.default_server;
}

function matches(line: Line, places: Places, words: readonly string[]): boolean {
	const all = [line.name ?? "", line.extension, line.auth_user ?? "", hostOf(line, places)];
	const joined = all.join(" ").toLowerCase();
	return words.every((word) => joined.includes(word) || String(line.number) === word);
}

function hostOf(line: Line, places: Places): string {
	const id = usedServer(line, places);
	return places.servers.find((each) => each.id === id)?.domain ?? "";
}

function shownOf({ lines, places }: Known): readonly Line[] {
	if (!isFiltered.value) return lines;
	const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
	return lines.filter(
		(line) =>
			(!server.value || String(usedServer(line, places)) === server.value) &&
			(!studio.value || String(line.studio) === studio.value) &&
			matches(line, places, words),
	);
}

function choose(ids: readonly number[], on: boolean): void {
	const next = new Set(chosen.value);
	for (const id of ids) {
		if (on) next.add(id);
		else next.delete(id);
	}
	chosen.value = next;
}

// ---- the table

interface RowProps {
	readonly line: Line;
	readonly rowIndex: number;
	readonly places: Places;
	readonly onEdit: (id: number) => void;
	readonly onRemove: (line: Line) => void;
}

function Row({ line, rowIndex, places, onEdit, onRemove }: RowProps) {
	const now = doing.value.get(line.id);
	const address = addressOf(line.extension, hostOf(line, places)) ?? "no SIP Server";
	const name = nameOf(line);
	return (
		<tr aria-rowindex={rowIndex}>
			{may("admin") && (
				<td class="pick">
					<input
						type="checkbox"
						aria-label={`Choose ${name}`}
						checked={chosen.value.has(line.id)}
						onChange={(event) => choose([line.id], event.currentTarget.checked)}
					/>
				</td>
			)}
			<td class="n">{line.number}</td>
			<th scope="row" class="line">
				<span class="title">{name}</span>
				<span class="addr">{now ? shortAddress(now.address) : shortAddress(address)}</span>
			</th>
			<td class="user mono">{line.auth_user ?? <span class="soft">{line.extension}</span>}</td>
			<td class="secret">
				{line.has_password ? <span class="soft">is set</span> : <span class="badge wait">none</span>}
			</td>
			<td class="at">
				{line.server === null ? (
					<span class="soft">{serverName(places.servers, usedServer(line, places)) || "none"}</span>
				) : (
					serverName(places.servers, line.server)
				)}
				<small>{places.studios.find((each) => each.id === line.studio)?.name}</small>
			</td>
			<td class="state">{now && <Badge condition={conditionOf(now)} />}</td>
			{may("admin") && (
				<td class="act">
					<button
						type="button"
						class="quiet"
						aria-label={`Edit ${name}`}
						onClick={() => onEdit(line.id)}
					>
						Edit
					</button>
					<button
						type="button"
						class="quiet danger"
						aria-label={`Delete ${name}`}
						onClick={() => onRemove(line)}
					>
						Delete
					</button>
				</td>
			)}
		</tr>
	);
}

function ChooseAll({ rows }: { rows: readonly Line[] }) {
	const ids = rows.map((line) => line.id);
	const all = ids.length > 0 && ids.every((id) => chosen.value.has(id));
	return (
		<input
			type="checkbox"
			aria-label="Choose all that are shown"
			checked={all}
			onChange={(event) => choose(ids, event.currentTarget.checked)}
		/>
	);
}

function Gap({ px }: { px: number }) {
	const columns = (narrow.value ? 1 : 6) + (may("admin") ? 2 : 0); // those that style.css leaves
	return (
		<tr class="gap" aria-hidden="true">
			<td colSpan={columns} style={{ height: `${px}px` }} />
		</tr>
	);
}

type TableProps = Omit<RowProps, "line" | "rowIndex"> & { readonly rows: readonly Line[] };

function Table({ rows, ...rest }: TableProps) {
	const body = useRef<HTMLTableSectionElement>(null);
	const slice = useSlice(body, rows.length, ROW_PX, null);
	return (
		<table class="lines settings" aria-rowcount={rows.length + 1}>
			<caption class="unseen">The settings of the lines</caption>
			<thead>
				<tr aria-rowindex={1}>
					{may("admin") && (
						<td class="pick">
							<ChooseAll rows={rows} />
						</td>
					)}
					<th scope="col" class="n">
						<span class="unseen">Number</span>
					</th>
					<th scope="col" class="line">
						Line
					</th>
					<th scope="col" class="user">
						Auth User
					</th>
					<th scope="col" class="secret">
						Password
					</th>
					<th scope="col" class="at">
						SIP Server
					</th>
					<th scope="col" class="state">
						State
					</th>
					{may("admin") && (
						<th scope="col" class="act">
							<span class="unseen">What can be done</span>
						</th>
					)}
				</tr>
			</thead>
			<tbody ref={body}>
				{slice.beforePx > 0 && <Gap px={slice.beforePx} />}
				{rows.slice(slice.first, slice.end).map((line, i) => (
					<Row key={line.id} line={line} rowIndex={slice.first + i + 2} {...rest} />
				))}
				{slice.afterPx > 0 && <Gap px={slice.afterPx} />}
			</tbody>
		</table>
	);
}

function Filters({ known, found }: { known: Known; found: number }) {
	const search = useRef<HTMLInputElement>(null);
	useEffect(() => onKeys({ "/": () => search.current?.select() }), []);
	const { servers, studios } = known.places;
	const clear = (): void => {
		for (const each of [text, server, studio]) each.value = "";
	};
	return (
		<search class="filters">
			<input
				ref={search}
				type="search"
				aria-label="Search lines"
				placeholder="Search name, extension, server"
				value={text.value}
				onInput={(event) => (text.value = event.currentTarget.value)}
			/>
			{studios.length > 1 && (
				<Pick
					label="Studio"
					value={studio.value}
					onValue={(value) => (studio.value = value)}
					choices={studios.map(({ id, name }) => ({ value: String(id), label: name }))}
				/>
			)}
			{servers.length > 1 && (
				<Pick
					label="Server"
					value={server.value}
					onValue={(value) => (server.value = value)}
					choices={servers.map(({ id, name }) => ({ value: String(id), label: name }))}
				/>
			)}
			{isFiltered.value && (
				<button type="button" class="quiet" onClick={clear}>
					Show all
				</button>
			)}
			<span class="soft found" role="status">
				{isFiltered.value ? `${plural(found, "line")} found` : plural(known.lines.length, "line")}
			</span>
		</search>
	);
}

// ---- what can be done

interface RemovalProps {
	readonly removing: readonly Line[];
	readonly onDone: () => void;
	readonly onClose: () => void;
}

function Removal({ removing, onDone, onClose }: RemovalProps) {
	const [done, setDone] = useState(0);
	const many = removing.length > 1;
	const first = removing[0];
	const what = many ? plural(removing.length, "line") : first ? nameOf(first) : "";
	const run = async (): Promise<void> => {
		try {
			for (const line of removing) {
				await remove(`/lines/${line.id}`);
				choose([line.id], false);
				setDone((n) => n + 1);
			}
			say(`${what} ${many ? "are" : "is"} deleted.`);
		} finally {
			onDone();
		}
	};
	return (
		<Confirm
			title={`Delete ${what}?`}
			text={
				many
					? "Their registrations are removed from their servers."
					: "Its registration is removed from the server."
			}
			verb="Delete"
			run={run}
			onClose={onClose}
		>
			{many && done > 0 && (
				<progress value={done} max={removing.length} aria-label="Lines that are deleted" />
			)}
		</Confirm>
	);
}

type Task =
	| { readonly kind: "add" }
	| { readonly kind: "edit"; readonly id: number }
	| { readonly kind: "remove"; readonly lines: readonly Line[] }
	| { readonly kind: "import" }
	| { readonly kind: "studios" };

interface TaskProps {
	readonly task: Task;
	readonly onDone: () => void;
	readonly onClose: () => void;
}

function TaskDialog({ task, onDone, onClose }: TaskProps) {
	switch (task.kind) {
		case "add":
			return <EditLine id={null} onDone={onDone} onClose={onClose} />;
		case "edit":
			return <EditLine id={task.id} onDone={onDone} onClose={onClose} />;
		case "remove":
			return <Removal removing={task.lines} onDone={onDone} onClose={onClose} />;
		case "import":
			return <ImportLines onDone={onDone} onClose={onClose} />;
		case "studios":
			return <StudioList onDone={onDone} onClose={onClose} />;
	}
}

function Head({ known, onTask }: { known: Known | null; onTask: (task: Task) => void }) {
	const picked = known?.lines.filter((line) => chosen.value.has(line.id)) ?? [];
	return (
		<div class="head">
			<h1>Lines</h1>
			{may("admin") && known && (
				<>
					{picked.length > 0 && (
						<button
							type="button"
							class="quiet danger"
							onClick={() => onTask({ kind: "remove", lines: picked })}
						>
							Delete {plural(picked.length, "line")}
						</button>
					)}
					<button type="button" class="quiet" onClick={() => onTask({ kind: "studios" })}>
						Studios
					</button>
					<button type="button" class="quiet" onClick={() => onTask({ kind: "import" })}>
						Import
					</button>
					<button type="button" onClick={() => onTask({ kind: "add" })}>
						Add lines
					</button>
				</>
			)}
		</div>
	);
}

export function LinesPage() {
	const { known, error, again } = useRead(readAll);
	const [task, setTask] = useState<Task | null>(null);
	useEffect(() => {
		const { query } = route.value;
		if (query.has("add")) setTask({ kind: "add" });
		const id = query.get("server");
		if (id) server.value = id;
		if (query.size) replace("lines");
	}, [route.value]);
	const changed = (): void => {
		again();
		reload();
	};
	const rows = known ? shownOf(known) : [];
	return (
		<>
			<Head known={known} onTask={setTask} />
			<Failure error={error} />
			{!known && !error && <p class="soft">Reading …</p>}
			{known?.lines.length === 0 && (
				<section class="card empty">
					<h2>No lines yet</h2>
					<p>
						Have the SIP Server, the Extension and the Auth Password at hand that the provider gave you.
						Several lines whose extensions count up are added at once.
					</p>
				</section>
			)}
			{known && known.lines.length > 0 && (
				<>
					<Filters known={known} found={rows.length} />
					<Table
						rows={rows}
						places={known.places}
						onEdit={(id) => setTask({ kind: "edit", id })}
						onRemove={(line) => setTask({ kind: "remove", lines: [line] })}
					/>
				</>
			)}
			{task && <TaskDialog task={task} onDone={changed} onClose={() => setTask(null)} />}
		</>
	);
}
