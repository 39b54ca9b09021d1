// Where the log is sent to, too: a syslog host (RFC 5424).
import { useEffect, useState } from "preact/hooks";
import { get, patch } from "../api";
import { numberOrNull, textOrNull, useSending } from "../form";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField } from "../parts/field";
import { say } from "../parts/say";
import { useRead } from "../read";
import { may } from "../session";
import type { General, System } from "../types";
import { plural, type Tone } from "../words";

interface Entry {
	transport: General["syslog_transport"];
	host: string;
	port: string;
}

type State = System["syslog"];

const LOOK_MS = 5_000;
const readState = (): Promise<State> => get<System>("/system").then(({ syslog }) => syslog);
const readGeneral = (): Promise<General> => get<General>("/general");

const choices = [
	{ value: "none", label: "nowhere" },
	{ value: "udp", label: "UDP" },
	{ value: "tcp", label: "TCP" },
] as const;
const usualPort = { none: "", udp: "514", tcp: "601" } as const;

const stateWords: Readonly<Record<State["state"], { word: string; tone: Tone }>> = {
	OFF: { word: "off", tone: "off" },
	LOOKING: { word: "looking it up", tone: "wait" },
	CONNECTING: { word: "connecting", tone: "wait" },
	SENDING: { word: "sending", tone: "up" },
	WAITING: { word: "not reached", tone: "down" },
};

/** What becomes of the log just now; looked at again while it is in sight, and when `saved` rises. */
function StateOf({ saved }: { saved: number }) {
	const { known, error, again } = useRead(readState);
	useEffect(() => {
		const timer = setInterval(() => !document.hidden && again(), LOOK_MS);
		return () => clearInterval(timer);
	}, []);
	useEffect(() => {
		if (saved > 0) again();
	}, [saved]);
	if (!known) return <Failure error={error} />;
	const { word, tone } = stateWords[known.state];
	return (
		<>
			<p class="sink">
				<span class={`badge ${tone}`}>{word}</span>
				<span>
					{known.state_text}
					{known.target && (
						<>
							, to <span class="addr">{known.target}</span>
						</>
					)}
				</span>
			</p>
			{known.problem && <p class="soft">{known.problem}</p>}
			{known.sent + known.suppressed > 0 && (
				<p class="soft num">
					{plural(known.sent, "message")} sent since the start
					{known.suppressed > 0 &&
						`; ${plural(known.suppressed, "event")} found no room and ${known.suppressed === 1 ? "was" : "were"} left out`}
				</p>
			)}
			<Failure error={error} />
		</>
	);
}

function entryOf(general: General): Entry {
	return {
		transport: general.syslog_transport,
		host: general.syslog_host ?? "",
		port: general.syslog_port === null ? "" : String(general.syslog_port),
	};
}

function Form({ general, onSaved }: { general: General; onSaved: () => void }) {
	const before = entryOf(general);
	const [entry, setEntry] = useState(before);
	useEffect(() => setEntry(entryOf(general)), [general]);
	const sending = useSending();
	const set = (part: Partial<Entry>): void => setEntry((now) => ({ ...now, ...part }));
	const isSent = entry.transport !== "none";
	const isChanged = JSON.stringify(entry) !== JSON.stringify(before);
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		const done = await sending.send(async () => {
			await patch<General>("/general", {
				syslog_transport: entry.transport,
				syslog_host: textOrNull(entry.host.trim()),
				syslog_port: numberOrNull(entry.port),
			});
		});
		if (!done) return;
		say("Saved.");
		onSaved();
	};
	return (
		<form onSubmit={(event) => void save(event)}>
			<fieldset disabled={!may("admin")}>
				<div class="grid">
					<ChoiceField
						label="Send it over"
						value={entry.transport}
						onValue={(value) => set({ transport: value as Entry["transport"] })}
						choices={choices}
						fault={sending.faultOf("syslog_transport")}
					/>
					<TextField
						label="Syslog host"
						value={entry.host}
						onValue={(host) => set({ host })}
						placeholder="log.example"
						required={isSent}
						fault={sending.faultOf("syslog_host")}
						noBlanks
						mono
					/>
					<TextField
						label="Syslog port"
						type="number"
						value={entry.port}
						onValue={(port) => set({ port })}
						placeholder={usualPort[entry.transport]}
						min={1}
						max={65535}
						fault={sending.faultOf("syslog_port")}
					/>
				</div>
			</fieldset>
			<Failure
				error={sending.errorBeside(["syslog_transport", "syslog_host", "syslog_port"])}
			/>
			{isChanged && (
				<p class="buttons">
					<button type="submit" disabled={sending.busy}>
						{sending.busy ? "Saving …" : "Save"}
					</button>
					<button type="button" class="quiet" onClick={() => setEntry(before)}>
						Take back
					</button>
				</p>
			)}
		</form>
	);
}

export function Syslog() {
	const { known, error, again } = useRead(readGeneral);
	const [saved, setSaved] = useState(0);
	const onSaved = (): void => {
		again();
		setSaved((n) => n + 1);
	};
	return (
		<section class="card" aria-labelledby="syslog">
			<h2 id="syslog">Syslog</h2>
			<p class="soft">The log can be sent to a syslog host, too (RFC 5424).</p>
			<Failure error={error} />
			<StateOf saved={saved} />
			{known && <Form general={known} onSaved={onSaved} />}
		</section>
	);
}
