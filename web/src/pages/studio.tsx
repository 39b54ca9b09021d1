// Information > Studio: what every line does, a table for each studio.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { post, sentenceOf } from "../api";
import { boardFault, counts, isWhole, lines, LINES_MAX, loaded, servers, studios, total } from "../board";
import { now } from "../clock";
import { clearFilter, isFiltered, server, shown, state, text } from "../filter";
import { onKeys } from "../keys";
import { narrow, studioColumns } from "../media";
import { Failure } from "../parts/failure";
import { FilterBar } from "../parts/filter_bar";
import { say } from "../parts/say";
import { useSlice } from "../parts/slice";
import type { Open } from "../parts/slice_at";
import { replace, route } from "../router";
import { may } from "../session";
import type { LineStatus, Studio } from "../types";
import { certificateEnds, conditions, isUp, nameOf, plural } from "../words";
import { LineRow } from "./line_row";

/** The line that keys work on, and the one that is open. */
const current = signal<number | null>(null);
const open = signal<number | null>(null);
const openHeight = signal(0);

/** As style.css has them. */
const ROW_PX = 65;
const NARROW_ROW_PX = 76;

function toggle(id: number): void {
	current.value = id;
	open.value = open.value === id ? null : id;
	openHeight.value = 0;
}

function focusLine(id: number): void {
	current.value = id;
	requestAnimationFrame(() => {
		const row = document.querySelector<HTMLElement>(`[data-line="${id}"]`);
		row?.querySelector<HTMLElement>("button.name")?.focus({ preventScroll: true });
		row?.scrollIntoView({ block: "nearest" });
	});
}

function firstSeen(): number | null {
	for (const row of document.querySelectorAll<HTMLElement>("[data-line]")) {
		if (row.getBoundingClientRect().top >= 0) return Number(row.dataset["line"]);
	}
	return null;
}

function move(by: number): void {
	const rows = shown.value;
	const at = rows.findIndex((line) => line.id === current.value);
	const drawn = current.value !== null && document.querySelector(`[data-line="${current.value}"]`);
	const next = at >= 0 && drawn ? rows[at + by]?.id : (firstSeen() ?? rows[0]?.id);
	if (next !== undefined) focusLine(next);
}

export async function registerNow(line: LineStatus): Promise<void> {
	if (!may("operator")) return say("Your login may only look.", true);
	try {
		await post(`/lines/${line.id}/register`);
		say(`${nameOf(line)} registers now.`);
	} catch (error) {
		say(sentenceOf(error), true);
	}
}

function registerCurrent(): void {
	const line = current.value === null ? undefined : lines.value.get(current.value);
	if (line) void registerNow(line);
}

interface TableProps {
	readonly studio: Studio;
	readonly rows: readonly LineStatus[];
}

function StudioTable({ studio, rows }: TableProps) {
	const body = useRef<HTMLTableSectionElement>(null);
	const index = open.value === null ? -1 : rows.findIndex((line) => line.id === open.value);
	const opened: Open | null = index < 0 ? null : { index, height: openHeight.value };
	const slice = useSlice(body, rows.length, narrow.value ? NARROW_ROW_PX : ROW_PX, opened);
	return (
		<table class="lines" aria-rowcount={rows.length + 1}>
			<caption class="unseen">Lines of {studio.name}</caption>
			<thead>
				<tr aria-rowindex={1}>
					<th scope="col" class="n">
						<span class="unseen">Number</span>
					</th>
					<th scope="col" class="line">
						Line
					</th>
					<th scope="col" class="state">
						State
					</th>
					<th scope="col" class="day">
						Last 24 h
					</th>
					<th scope="col" class="since">
						Since
					</th>
					<th scope="col" class="result">
						Last result
					</th>
					<th scope="col" class="next">
						Next
					</th>
				</tr>
			</thead>
			<tbody ref={body}>
				{slice.beforePx > 0 && <Gap px={slice.beforePx} />}
				{rows.slice(slice.first, slice.end).map((line, i) => (
					<LineRow
						key={line.id}
						line={line}
						rowIndex={slice.first + i + 2}
						columns={studioColumns.value}
						isOpen={line.id === open.value}
						isCurrent={line.id === current.value}
						onToggle={toggle}
						onHeight={(px) => (openHeight.value = px)}
					/>
				))}
				{slice.afterPx > 0 && <Gap px={slice.afterPx} />}
			</tbody>
		</table>
	);
}

function Gap({ px }: { px: number }) {
	return (
		<tr class="gap" aria-hidden="true">
			<td colSpan={studioColumns.value} style={{ height: `${px}px` }} />
		</tr>
	);
}

function Summary() {
	if (!isWhole.value) {
		return <p class="sum">Reading {plural(total.value, "line")} …</p>;
	}
	return <WholeSummary />;
}

function WholeSummary() {
	const all = [...lines.value.values()].filter((line) => line.register);
	const up = all.filter(isUp).length;
	const rest = conditions.filter(
		({ word, tone }) => word !== "registered" && tone !== "off" && counts.value[word],
	);
	return (
		<p class="sum">
			<span>
				<b>{up.toLocaleString("en")}</b> of {plural(all.length, "line")} registered
			</span>
			{rest.map(({ word }) => (
				<span key={word}>
					<b>{counts.value[word]?.toLocaleString("en")}</b> {word}
				</span>
			))}
			{servers.value
				.filter((server) => server.lines > 0)
				.slice(0, 4)
				.map((server) => (
					<span key={server.id} class={server.dead ? "dead" : ""}>
						Server <b>{server.name}</b>{" "}
						{server.dead ? (
							"does not answer"
						) : server.busy ? (
							"says 503: it takes no registrations now"
						) : server.unanswered ? (
							"gave no answer last"
						) : server.answer_ms ? (
							<>
								answers in <b>{server.answer_ms} ms</b>
							</>
						) : (
							"was not heard yet"
						)}
						{certificateEnds(server, now.value).map(({ text, tone }) => (
							<span key={text} class={`badge ${tone}`}>
								{text}
							</span>
						))}
					</span>
				))}
		</p>
	);
}

/** Said aloud, and no more often than one can listen. */
function QuietSummary() {
	const [said, setSaid] = useState("");
	const next = useRef("");
	const all = [...lines.value.values()].filter((line) => line.register);
	next.current = !isWhole.value ? "" : `${all.filter(isUp).length} of ${plural(all.length, "line")} registered`;
	useEffect(() => {
		const timer = setInterval(() => setSaid(next.current), 10_000);
		return () => clearInterval(timer);
	}, []);
	return (
		<p class="unseen" role="status">
			{said}
		</p>
	);
}

function Empty() {
	return (
		<section class="card empty">
			<h2>No lines yet</h2>
			<p>A line is an extension at a SIP server, with a password. Lineup keeps it registered.</p>
			<p>
				{may("admin") ? (
					<a class="button" href="#/lines?add">
						Add a line
					</a>
				) : (
					"An admin adds them."
				)}
			</p>
		</section>
	);
}

/** #/studio?server=3 and the like: a link to some of the lines. */
function takeFilter(): void {
	const { query } = route.value;
	if (query.size === 0) return;
	clearFilter();
	text.value = query.get("text") ?? "";
	state.value = query.get("state") ?? "";
	server.value = query.get("server") ?? "";
	replace("studio");
}

export function StudioPage() {
	useEffect(takeFilter, [route.value]);
	useEffect(
		() =>
			onKeys({
				j: () => move(1),
				k: () => move(-1),
				r: registerCurrent,
				Enter: () => current.value !== null && toggle(current.value),
				Escape: () => (open.value = null),
			}),
		[],
	);
	if (!loaded.value) {
		return boardFault.value ? <Failure error={boardFault.value} /> : <p class="soft">Reading …</p>;
	}
	const groups = new Map<number, LineStatus[]>();
	for (const line of shown.value) {
		const group = groups.get(line.studio);
		if (group) group.push(line);
		else groups.set(line.studio, [line]);
	}
	const filled = studios.value.filter((studio) => groups.has(studio.id));
	const one = studios.value.length === 1 ? studios.value[0] : undefined;
	return (
		<>
			<h1>
				{one ? one.name : "Studios"}
				{one?.note && <small>{one.note}</small>}
			</h1>
			{lines.value.size === 0 ? (
				<Empty />
			) : (
				<>
					<Summary />
					<QuietSummary />
					<FilterBar />
					{total.value > LINES_MAX && (
						<p class="soft">The first {plural(LINES_MAX, "line")} are shown.</p>
					)}
					{isFiltered.value && (
						<p class="soft found" role="status">
							{plural(shown.value.length, "line")} found
						</p>
					)}
				</>
			)}
			{filled.map((studio) => (
				<section key={studio.id} class="studio">
					<h2 class={one ? "unseen" : ""}>
						{one ? "Lines" : studio.name}
						{!one && studio.note && <small>{studio.note}</small>}
					</h2>
					<StudioTable studio={studio} rows={groups.get(studio.id) ?? []} />
				</section>
			))}
		</>
	);
}
