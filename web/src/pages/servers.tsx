// SIP > Servers: those that lines register at, how many use each, and how each answers.
import { useEffect, useState } from "preact/hooks";
import { remove } from "../api";
import { lines, loaded, reload, servers as heard } from "../board";
import { now } from "../clock";
import { narrow } from "../media";
import { useRead } from "../read";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { say } from "../parts/say";
import { Scroll } from "../parts/scroll";
import { replace, route } from "../router";
import { transportOf } from "../server_entry";
import { may } from "../session";
import type { Server } from "../types";
import { certificateEnds, plural, span } from "../words";
import { readPlaces } from "./places";
import { ServerForm } from "./server_form";

export function hostAndPort(server: Server): string {
	return server.port === null ? server.domain : `${server.domain}:${server.port}`;
}

/** In words, and by a mark of its own shape. */
function Answers({ server }: { server: Server }) {
	const state = heard.value.find(({ id }) => id === server.id);
	if (!state || state.lines === 0) return <span class="soft">not in use</span>;
	if (state.dead) return <span class="badge down">does not answer</span>;
	if (state.busy) return <span class="badge wait">says 503</span>;
	if (state.unanswered) return <span class="badge wait">gave no answer last</span>;
	if (state.answer_ms === 0) return <span class="badge off">not heard yet</span>;
	return (
		<>
			<span class="badge up">answers</span> <span class="num soft">in {state.answer_ms} ms</span>
		</>
	);
}

/** The end of its certificate, and of the one that is shown to it. */
function Ends({ server }: { server: Server }) {
	const state = heard.value.find(({ id }) => id === server.id);
	if (!state) return null;
	const ends = certificateEnds(state, now.value);
	if (ends.length === 0)
		return state.certificate_until && <small>certificate until {state.certificate_until.slice(0, 10)}</small>;
	return (
		<>
			{ends.map(({ text, tone }) => (
				<small key={text}>
					<span class={`badge ${tone}`}>{text}</span>
				</small>
			))}
		</>
	);
}

function upOf(server: Server): number {
	return heard.value.find(({ id }) => id === server.id)?.up ?? 0;
}

interface RowProps {
	readonly server: Server;
	readonly isDefault: boolean;
	readonly onEdit: () => void;
	readonly onRemove: () => void;
}

function Row({ server, isDefault, onEdit, onRemove }: RowProps) {
	return (
		<tr>
			<th scope="row">
				{server.name}
				{isDefault && <span class="tag">default</span>}
				{server.name !== hostAndPort(server) && <span class="addr">{hostAndPort(server)}</span>}
			</th>
			<td class="wide-only">
				{transportOf(server) === "auto" ? "auto" : transportOf(server).toUpperCase()}
				{server.proxy && (
					<small>
						by <span class="addr">{server.proxy}</span>
					</small>
				)}
			</td>
			<td class="num wide-only">{span(server.expires * 1000)}</td>
			<td class="num">
				{server.lines === 0 ? (
					<span class="soft">none</span>
				) : (
					<a href={`#/studio?server=${server.id}`}>
						{loaded.value ? `${upOf(server)} of ${server.lines} up` : plural(server.lines, "line")}
					</a>
				)}
				{narrow.value && server.lines > 0 && (
					<small>
						<Answers server={server} /> <Ends server={server} />
					</small>
				)}
			</td>
			<td class="wide-only">
				<Answers server={server} /> <Ends server={server} />
			</td>
			{may("admin") && (
				<td class="act">
					<button type="button" class="quiet" aria-label={`Edit ${server.name}`} onClick={onEdit}>
						Edit
					</button>
					<button
						type="button"
						class="quiet danger"
						aria-label={`Delete ${server.name}`}
						onClick={onRemove}
					>
						Delete
					</button>
				</td>
			)}
		</tr>
	);
}

/** A server that lines use is not removed: one would not know where they shall go. */
function InUse({ server, onClose }: { server: Server; onClose: () => void }) {
	return (
		<Dialog title={`${server.name} is in use`} onClose={onClose}>
			<p>
				{plural(server.lines, "line")} {server.lines === 1 ? "registers" : "register"} at it. Give{" "}
				{server.lines === 1 ? "it" : "them"} another server, or delete{" "}
				{server.lines === 1 ? "it" : "them"} first.
			</p>
			<p class="buttons">
				<a class="button" href={`#/lines?server=${server.id}`}>
					Show {server.lines === 1 ? "this line" : "these lines"}
				</a>
				<button type="button" class="quiet" onClick={onClose}>
					Close
				</button>
			</p>
		</Dialog>
	);
}

function Removal({ server, onDone, onClose }: { server: Server; onDone: () => void; onClose: () => void }) {
	if (server.lines > 0) return <InUse server={server} onClose={onClose} />;
	return (
		<Confirm
			title={`Delete ${server.name}?`}
			text="No line uses it."
			verb="Delete"
			run={async () => {
				await remove(`/servers/${server.id}`);
				say(`${server.name} is deleted.`);
				onDone();
			}}
			onClose={onClose}
		/>
	);
}

function Empty({ onAdd }: { onAdd: () => void }) {
	return (
		<section class="card empty">
			<h2>No servers yet</h2>
			<p>A server is where lines register: a PBX or a provider. The first line makes one, too.</p>
			{may("admin") && (
				<p>
					<button type="button" onClick={onAdd}>
						Add a server
					</button>
				</p>
			)}
		</section>
	);
}

const columns = [
	{ title: "Server", kind: "" },
	{ title: "Transport", kind: "wide-only" },
	{ title: "Asked for", kind: "wide-only" },
	{ title: "Lines", kind: "" },
	{ title: "State", kind: "wide-only" },
];

export function ServersPage() {
	const { known, error, again } = useRead(readPlaces);
	const [form, setForm] = useState<Server | "new" | null>(null);
	const [removing, setRemoving] = useState<Server | null>(null);
	// how many lines use a server changes with the lines
	useEffect(again, [lines.value.size]);
	useEffect(() => {
		if (!route.value.query.has("add")) return;
		setForm("new");
		replace("servers");
	}, [route.value]);
	const changed = (): void => {
		again();
		reload();
	};
	return (
		<>
			<div class="head">
				<h1>Servers</h1>
				{may("admin") && known && known.servers.length > 0 && (
					<button type="button" onClick={() => setForm("new")}>
						Add server
					</button>
				)}
			</div>
			<Failure error={error} />
			{!known && !error && <p class="soft">Reading …</p>}
			{known?.servers.length === 0 && <Empty onAdd={() => setForm("new")} />}
			{known && known.servers.length > 0 && (
				<Scroll label="Table of servers">
					<table class="list servers">
						<caption class="unseen">Servers</caption>
						<thead>
							<tr>
								{columns.map(({ title, kind }) => (
									<th key={title} scope="col" class={kind}>
										{title}
									</th>
								))}
								{may("admin") && (
									<th scope="col">
										<span class="unseen">What can be done</span>
									</th>
								)}
							</tr>
						</thead>
						<tbody>
							{known.servers.map((server) => (
								<Row
									key={server.id}
									server={server}
									isDefault={server.id === known.general.default_server}
									onEdit={() => setForm(server)}
									onRemove={() => setRemoving(server)}
								/>
							))}
						</tbody>
					</table>
				</Scroll>
			)}
			{form && (
				<ServerForm
					server={form === "new" ? null : form}
					onDone={changed}
					onClose={() => setForm(null)}
				/>
			)}
			{removing && (
				<Removal server={removing} onDone={changed} onClose={() => setRemoving(null)} />
			)}
		</>
	);
}
