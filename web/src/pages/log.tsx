// Information > Log: the classic log, as it comes; of all lines or of one.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import { lines, loaded, ordered } from "../board";
import { saveFile } from "../files";
import { onKeys } from "../keys";
import { onEvent, onGap } from "../live";
import { Failure } from "../parts/failure";
import { replace, route } from "../router";
import type { Answer, LineStatus, LogEvent } from "../types";
import { clockMs, nameOf, plural, shortAddress } from "../words";

const KEPT = 2_000; // so many are shown; the daemon keeps more
const GATHER_MS = 100;
const RELOAD_MS = 500;

const text = signal("");

/** Several threads of the daemon tell theirs in turns: what has a number has no place in time yet. */
function inTime(events: readonly LogEvent[]): readonly LogEvent[] {
	return [...events].sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || a.number - b.number);
}

/** Of one line, or of all; read once, then as events come. */
function useLog(line: number | null): { events: readonly LogEvent[] | null; error: unknown } {
	const [events, setEvents] = useState<readonly LogEvent[] | null>(null);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		let gone = false;
		let last = 0;
		let fresh: LogEvent[] = [];
		let timer: ReturnType<typeof setTimeout> | undefined;
		let again: ReturnType<typeof setTimeout> | undefined;
		const isOurs = (event: LogEvent): boolean =>
			event.kind === "log" && (line === null || event.line === line);
		const load = (): void => {
			const query = line === null ? "" : `&line=${line}`;
			get<Answer<"listLog">>(`/log?kind=log&limit=10000${query}`)
				.then((answer) => {
					if (gone) return;
					last = answer.last;
					setEvents(inTime(answer.events.filter(isOurs)).slice(-KEPT));
					setError(null);
				})
				.catch((fault: unknown) => !gone && setError(fault));
		};
		const flush = (): void => {
			timer = undefined;
			const come = fresh.filter((event) => event.number > last);
			fresh = [];
			if (come.length > 0) setEvents((now) => now && inTime([...now, ...come]).slice(-KEPT));
		};
		const reload = (): void => {
			again = undefined;
			load();
		};
		const stop = onEvent((event) => {
			// Where very many lines meet the same, what one of them logs is told to who asks for it.
			if (line !== null && event.kind === "state" && event.line === line)
				again ??= setTimeout(reload, RELOAD_MS);
			if (!isOurs(event)) return;
			fresh.push(event);
			timer ??= setTimeout(flush, GATHER_MS);
		});
		const stopGap = onGap(load);
		setEvents(null);
		load();
		return () => {
			gone = true;
			clearTimeout(timer);
			clearTimeout(again);
			stop();
			stopGap();
		};
	}, [line]);
	return { events, error };
}

function labelOf(line: LineStatus): string {
	return `${nameOf(line)} · ${shortAddress(line.address)}`;
}

const labels = computed(() => new Map(ordered.value.map((line) => [labelOf(line), line.id])));

interface LinePickProps {
	readonly line: number | null;
	readonly onLine: (id: number | null) => void;
}

const LISTED = 200; // beyond it a list is no help; typing finds them all

/** Typed or picked: of thousands of lines one types a part. */
function LinePick({ line, onLine }: LinePickProps) {
	const known = line === null ? undefined : lines.value.get(line);
	const [typed, setTyped] = useState("");
	useEffect(() => setTyped(known ? labelOf(known) : ""), [line, known !== undefined]);
	const word = typed.toLowerCase();
	const found = [...labels.value.keys()].filter((label) => label.toLowerCase().includes(word));
	const take = (value: string): void => {
		setTyped(value);
		const id = labels.value.get(value);
		if (id !== undefined) onLine(id);
		else if (value === "") onLine(null);
	};
	return (
		<>
			<input
				type="search"
				list="log-lines"
				aria-label="Line"
				placeholder="All lines"
				class={line === null ? "" : "set"}
				value={typed}
				onInput={(event) => take(event.currentTarget.value)}
				onBlur={() => setTyped(known ? labelOf(known) : "")}
			/>
			<datalist id="log-lines">
				{found.slice(0, LISTED).map((label) => (
					<option key={label} value={label} />
				))}
			</datalist>
		</>
	);
}

function fileOf(events: readonly LogEvent[]): string {
	return events.map((event) => `${event.time}  ${event.text ?? ""}\n`).join("");
}

/** What a person looks for first when something is wrong. */
function toneOf(event: LogEvent): string {
	if (event.level === "error" || event.level === "warning") return "bad";
	return /\bfailed\b|Can not authenticate/.test(event.text ?? "") ? "bad" : "";
}

function Row({ event, showLine }: { event: LogEvent; showLine: boolean }) {
	const line = event.line === null ? undefined : lines.value.get(event.line);
	return (
		<tr class={toneOf(event)}>
			<td class="when">
				<time dateTime={event.time}>{clockMs(event.time)}</time>
			</td>
			{showLine && (
				<td class="who-line">
					{line && <a href={`#/log?line=${line.id}`}>{nameOf(line)}</a>}
				</td>
			)}
			<td class="what">{event.text}</td>
		</tr>
	);
}

interface ListProps {
	readonly events: readonly LogEvent[];
	readonly showLine: boolean;
}

/** The newest is at the end, and stays in sight until somebody scrolls up. */
function List({ events, showLine }: ListProps) {
	const box = useRef<HTMLDivElement>(null);
	const [follows, setFollows] = useState(true);
	useEffect(() => {
		if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
	}, [events, follows]);
	const look = (): void => {
		const element = box.current;
		if (!element) return;
		setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < 40);
	};
	return (
		<div class="logbox">
			<div class="logscroll" ref={box} onScroll={look} tabIndex={0} role="region" aria-label="Log">
				<table class="log">
					<caption class="unseen">The log, the newest line at the end</caption>
					<thead class="unseen">
						<tr>
							<th scope="col">Time</th>
							{showLine && <th scope="col">Line</th>}
							<th scope="col">Text</th>
						</tr>
					</thead>
					<tbody>
						{events.map((event) => (
							<Row key={event.number} event={event} showLine={showLine} />
						))}
					</tbody>
				</table>
			</div>
			{!follows && (
				<button type="button" class="newest" onClick={() => setFollows(true)}>
					To the newest
				</button>
			)}
		</div>
	);
}

export function LogPage() {
	const asked = Number(route.value.query.get("line") ?? 0);
	const line = asked > 0 ? asked : null;
	const { events, error } = useLog(line);
	const search = useRef<HTMLInputElement>(null);
	useEffect(() => onKeys({ "/": () => search.current?.select() }), []);
	const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
	const shown = events?.filter((event) => {
		const told = (event.text ?? "").toLowerCase();
		return words.every((word) => told.includes(word));
	});
	const setLine = (id: number | null): void => replace(id === null ? "log" : `log?line=${id}`);
	return (
		<>
			<div class="head">
				<h1>Log</h1>
				<button
					type="button"
					class="quiet"
					disabled={!shown || shown.length === 0}
					onClick={() => saveFile("lineup.log", "text/plain", fileOf(shown ?? []))}
				>
					Save as a file
				</button>
			</div>
			<search class="filters">
				<input
					ref={search}
					type="search"
					aria-label="Search the log"
					placeholder="Search the log"
					value={text.value}
					onInput={(event) => (text.value = event.currentTarget.value)}
				/>
				{loaded.value && <LinePick line={line} onLine={setLine} />}
				{(line !== null || text.value) && (
					<button
						type="button"
						class="quiet"
						onClick={() => {
							text.value = "";
							setLine(null);
						}}
					>
						Show all
					</button>
				)}
				{shown && <span class="soft found">{plural(shown.length, "entry", "entries")}</span>}
			</search>
			<Failure error={error} />
			{!shown && !error && <p class="soft">Reading …</p>}
			{shown && shown.length === 0 && (
				<section class="card empty">
					<h2>Nothing to show</h2>
					<p class="soft">
						{words.length > 0 ? "No entry has these words." : "What happens from now on appears here."}
					</p>
				</section>
			)}
			{shown && shown.length > 0 && <List events={shown} showLine={line === null} />}
		</>
	);
}
