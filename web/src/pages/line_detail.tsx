// One line: its last attempts step by step, what went wrong and what helps, and what can be done.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../api";
import { lines } from "../board";
import { onEvent } from "../live";
import { Failure } from "../parts/failure";
import { Ladder, lastAttempts } from "../parts/ladder";
import { say } from "../parts/say";
import { sentence, Strip } from "../parts/strip";
import { may } from "../session";
import type { Answer, LineStatus } from "../types";
import { uptimeFor, wantUptime } from "../uptime";
import { conditionOf, dayAndTime, nameOf } from "../words";
import { CheckPanel } from "./check_panel";
import { EditLine } from "./line_form";
import { registerNow } from "./studio";

type Explained = Answer<"getLineStatus">;
type Steps = Answer<"getLineSteps">["steps"];

interface Known {
	readonly status: Explained;
	readonly steps: Steps;
	readonly log: readonly string[];
}

const LOG_LINES = 8;
const ATTEMPTS = 2;

async function read(id: number): Promise<Known> {
	const [status, { steps }, { events }] = await Promise.all([
		get<Explained>(`/lines/${id}/status`),
		get<Answer<"getLineSteps">>(`/lines/${id}/steps`),
		get<Answer<"listLog">>(`/log?line=${id}&limit=10000`),
	]);
	const log = events.flatMap((event) => (event.kind === "log" && event.text ? [event.text] : []));
	return { status, steps, log: log.slice(-LOG_LINES) };
}

/** Read when it opens, and again when something happens to the line. */
function useKnown(id: number): { known: Known | null; error: unknown } {
	const [known, setKnown] = useState<Known | null>(null);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		let gone = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const load = (): void => {
			timer = undefined;
			read(id)
				.then((next) => {
					if (gone) return;
					setKnown(next);
					setError(null);
				})
				.catch((fault: unknown) => !gone && setError(fault));
		};
		load();
		const stop = onEvent((event) => {
			if (event.line === id) timer ??= setTimeout(load, 120);
		});
		return () => {
			gone = true;
			clearTimeout(timer);
			stop();
		};
	}, [id]);
	return { known, error };
}

function CauseText({ status }: { status: Explained }) {
	const cause = status.explained;
	if (!cause) return <Quiet status={status} />;
	return (
		<>
			<span class="who">who: {cause.who}</span>
			<h3>{cause.title}</h3>
			<p class="soft">
				{cause.seen} {cause.meaning}
			</p>
			{cause.advice.length > 0 && (
				<ol>
					{cause.advice.map((advice, i) => (
						<li key={i}>{advice}</li>
					))}
				</ol>
			)}
			<details>
				<summary>Is it tried again?</summary>
				<p class="soft">{cause.again}</p>
			</details>
		</>
	);
}

/** What several lines, or several hours, show, and one answer does not. */
function Patterns({ status }: { status: Explained }) {
	return (
		<>
			{status.patterns.map((pattern) => (
				<div key={pattern.id} class="pattern">
					<h4>{pattern.title}</h4>
					<p class="soft">{pattern.seen}</p>
				</div>
			))}
		</>
	);
}

/** What people trip over at servers of this kind, where the line fails. */
function Quirks({ status }: { status: Explained }) {
	if (!status.explained || !status.profile) return null;
	return (
		<details>
			<summary>What is known of {status.profile.title}</summary>
			<p class="soft">{status.profile.quirks}</p>
		</details>
	);
}

/** One registration of several lines has the settings of one of them. */
function Shared({ status }: { status: Explained }) {
	const other = lines.value.get(status.same_as ?? 0);
	if (!status.same_as) return null;
	const name = other ? `${nameOf(other)} (${other.studio_name}/${other.number})` : "another line";
	return (
		<p class="soft shared">
			{status.follows
				? `This is one registration with ${name}, and has its Auth User, Auth Password, Contact and Calls.`
				: `This is one registration with ${name}, and has the Auth User, Auth Password, Contact and Calls that are set here.`}
		</p>
	);
}

/** Where there is nothing to explain. */
function Quiet({ status }: { status: Explained }) {
	const condition = conditionOf(status);
	const titles: Partial<Record<typeof condition, string>> = {
		registered: "All is well",
		trying: "A REGISTER is under way",
		off: "This line is switched off",
		stopped: "This line was taken down",
		leaving: "Its registration is being removed",
		impossible: "Its settings do not allow it",
	};
	return (
		<>
			<h3>{titles[condition] ?? status.state_text}</h3>
			{condition === "impossible" && <p class="soft">{status.reason}</p>}
			{condition === "registered" && (
				<p class="soft">
					The server knows where to call <span class="addr">{status.address}</span>
					{status.foreign > 0
						? `, and ${status.foreign} other ${status.foreign === 1 ? "device" : "devices"} on it.`
						: "; no other device is registered on it."}
				</p>
			)}
		</>
	);
}

const listOf = (values: readonly string[]): string => values.join(", ");

function Facts({ status }: { status: Explained }) {
	const rows: [string, string][] = [
		["SIP address", status.address],
		["Auth User", status.auth_user],
		["Realm", status.realm],
		["Server", [status.server_name, status.target].filter(Boolean).join(", at ")],
		["Transport", status.transport.toUpperCase()],
		["Answered in", status.answer_ms ? `${status.answer_ms} ms` : ""],
		["Granted", status.granted ? `${status.granted} s` : ""],
		["Ends", status.ends_at ? dayAndTime(status.ends_at) : ""],
		["Other devices", status.bindings ? String(status.foreign || "none") : ""],
		["Flows", status.flows > 1 ? `${status.flows_up} of ${status.flows}` : ""],
		["Service-Route", listOf(status.service_route)],
		["Path", listOf(status.path)],
		["P-Associated-URI", listOf(status.p_associated_uri)],
		["Public GRUU", status.pub_gruu ?? ""],
		["Temporary GRUU", status.temp_gruu ?? ""],
	];
	return (
		<dl class="facts">
			{rows
				.filter(([, value]) => value !== "")
				.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
		</dl>
	);
}

/** Where the window is too narrow for the column, nothing else tells it; and here it is in words. */
function LastDay({ line }: { line: LineStatus }) {
	const uptime = uptimeFor(line).value;
	useEffect(() => wantUptime(line));
	return (
		<section class="last-day">
			<h4>Last 24 hours</h4>
			<div aria-hidden="true">
				<Strip uptime={uptime} />
			</div>
			<p class="soft">{uptime ? sentence(uptime) : "Reading …"}</p>
		</section>
	);
}

/** Who else the server calls on this extension. */
function Others({ status }: { status: Explained }) {
	const others = status.others ?? [];
	if (others.length === 0) return null;
	const rest = status.foreign - others.length;
	return (
		<section class="others">
			<h4>Other devices on this extension</h4>
			<ul>
				{others.map((uri) => (
					<li key={uri} class="addr">
						{uri}
					</li>
				))}
				{rest > 0 && <li class="soft">and {rest} more</li>}
			</ul>
		</section>
	);
}

interface ActionProps {
	readonly line: LineStatus;
	readonly onCheck: () => void;
	readonly onEdit: () => void;
}

function Actions({ line, onCheck, onEdit }: ActionProps) {
	const isRunning = line.state !== "IDLE";
	const takeDown = (): void => {
		post(`/lines/${line.id}/unregister`)
			.then(() => say(`${nameOf(line)} is taken down.`))
			.catch((error: unknown) => say(String(error), true));
	};
	if (!may("operator")) return null;
	return (
		<p class="buttons">
			<button type="button" disabled={!line.register} onClick={() => void registerNow(line)}>
				Try now
			</button>
			<button type="button" class="quiet" onClick={onCheck}>
				Check this line
			</button>
			{may("admin") && (
				<button type="button" class="quiet" onClick={onEdit}>
					Edit
				</button>
			)}
			{isRunning && (
				<button type="button" class="quiet" onClick={takeDown}>
					Take down
				</button>
			)}
		</p>
	);
}

export function LineDetail({ line }: { line: LineStatus }) {
	const { known, error } = useKnown(line.id);
	const [check, setCheck] = useState<number | null>(null);
	const [editing, setEditing] = useState(false);
	const [checkError, setCheckError] = useState<unknown>(null);
	const begin = (): void => {
		setCheckError(null);
		post<Answer<"checkLine">>(`/lines/${line.id}/check`)
			.then(({ id }) => setCheck(id))
			.catch(setCheckError);
	};
	if (!known) return error ? <Failure error={error} /> : <p class="soft reading">Reading …</p>;
	return (
		<div class="columns">
			<div class="cause">
				<CauseText status={known.status} />
				<Quirks status={known.status} />
				<Patterns status={known.status} />
				<Shared status={known.status} />
				<Actions line={line} onCheck={begin} onEdit={() => setEditing(true)} />
				<Failure error={checkError ?? error} />
				{check !== null && <CheckPanel key={check} id={check} />}
			</div>
			<div class="workflow">
				{known.steps.length > 0 && (
					<Ladder
						steps={lastAttempts(known.steps, ATTEMPTS)}
						authUser={known.status.auth_user || known.status.extension}
						transport={known.status.transport}
					/>
				)}
				{known.log.length > 0 && (
					<>
						<pre tabIndex={0} aria-label={`The log of ${nameOf(line)}`}>
							{known.log.join("\n")}
						</pre>
						<p class="more">
							<a href={`#/log?line=${line.id}`}>All of its log</a>
						</p>
					</>
				)}
				<LastDay line={line} />
				<Facts status={known.status} />
				<Others status={known.status} />
			</div>
			{editing && <EditLine id={line.id} onClose={() => setEditing(false)} />}
		</div>
	);
}
