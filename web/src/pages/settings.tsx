// SIP > General Settings: what holds for all lines.
import { useEffect, useState } from "preact/hooks";
import { addressOf } from "../address";
import { patch } from "../api";
import { reload } from "../board";
import { numberOrNull, textOrNull, useSending } from "../form";
import { useRead } from "../read";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField, TickField } from "../parts/field";
import { say } from "../parts/say";
import { may } from "../session";
import type { General, GeneralChange } from "../types";
import { type Places, domainOf, mayHaveBlanks, readPlaces, serverName } from "./places";

interface Entry {
	server: string;
	srv: boolean;
	onStop: General["on_stop"];
	historyDays: string;
	shards: string;
	dns: string;
}

const SHOWN = ["default_server", "history_days", "shards", "on_stop", "dns"];

function entryOf({ general, servers }: Places): Entry {
	return {
		server: serverName(servers, general.default_server),
		srv: general.srv,
		onStop: general.on_stop,
		historyDays: String(general.history_days),
		shards: general.shards === null ? "" : String(general.shards),
		dns: general.dns ?? "",
	};
}

/** What is not typed is not sent, so that a setting that nobody touched stays. */
function changeOf(entry: Entry, before: Entry): GeneralChange {
	const days = numberOrNull(entry.historyDays);
	const shards = numberOrNull(entry.shards);
	return {
		...(entry.server !== before.server
			? { default_server: textOrNull(entry.server.trim()) }
			: {}),
		...(entry.srv !== before.srv ? { srv: entry.srv } : {}),
		...(entry.onStop !== before.onStop ? { on_stop: entry.onStop } : {}),
		...(entry.historyDays !== before.historyDays && days !== null ? { history_days: days } : {}),
		...(entry.shards !== before.shards && shards !== null ? { shards } : {}),
		...(entry.dns !== before.dns ? { dns: textOrNull(entry.dns.trim()) } : {}),
	};
}

function Form({ places, onSaved }: { places: Places; onSaved: () => void }) {
	const before = entryOf(places);
	const [entry, setEntry] = useState(before);
	useEffect(() => setEntry(entryOf(places)), [places]);
	const sending = useSending();
	const set = (part: Partial<Entry>): void => setEntry((now) => ({ ...now, ...part }));
	const change = changeOf(entry, before);
	const isChanged = Object.keys(change).length > 0;
	const address = addressOf("Extension", domainOf(places, entry.server));

	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		if (!(await sending.send(() => patch<General>("/general", change).then(() => undefined)))) return;
		say("Saved.");
		reload();
		onSaved();
	};

	return (
		<form class="card settings" onSubmit={(event) => void save(event)}>
			<fieldset disabled={!may("admin")}>
				<legend>Server</legend>
				<div class="grid">
					<TextField
						label="SIP Server"
						value={entry.server}
						onValue={(server) => set({ server })}
						choices={places.servers.map((server) => server.name)}
						placeholder="pbx.example"
						hint="Of all lines that name none of their own"
						fault={sending.faultOf("default_server")}
						noBlanks={!mayHaveBlanks(places.servers, entry.server)}
						mono
					/>
					<output class="address" aria-label="SIP address">
						<span>SIP address of a line</span>
						<b>{address ?? "sip:Extension@SIP Server"}</b>
					</output>
				</div>
				<TickField
					label="Look servers up as SRV (RFC 3263)"
					hint="One name can then stand for several servers, as the provider orders them."
					value={entry.srv}
					onValue={(srv) => set({ srv })}
				/>
			</fieldset>
			<fieldset disabled={!may("admin")}>
				<legend>The daemon</legend>
				<div class="grid">
					<ChoiceField
						label="When Lineup ends"
						value={entry.onStop}
						onValue={(value) => set({ onStop: value === "keep" ? "keep" : "remove" })}
						choices={[
							{ value: "remove", label: "remove all registrations" },
							{ value: "keep", label: "keep them, for an upgrade" },
						]}
						hint="Kept ones go on when it starts again"
						fault={sending.faultOf("on_stop")}
					/>
					<TextField
						label="History, in days"
						type="number"
						value={entry.historyDays}
						onValue={(historyDays) => set({ historyDays })}
						min={1}
						max={3650}
						required
						fault={sending.faultOf("history_days")}
					/>
					<TextField
						label="Threads"
						type="number"
						value={entry.shards}
						onValue={(shards) => set({ shards })}
						placeholder="one for each processor"
						min={1}
						max={1024}
						hint="Lines are divided among them"
						fault={sending.faultOf("shards")}
					/>
					<TextField
						label="Name server"
						value={entry.dns}
						onValue={(dns) => set({ dns })}
						placeholder="as the system has it"
						hint="Its address, with a port where it is not 53"
						fault={sending.faultOf("dns")}
						noBlanks
						mono
					/>
				</div>
			</fieldset>
			<Failure error={sending.errorBeside(SHOWN)} />
			{may("admin") ? (
				<p class="buttons">
					<button type="submit" disabled={sending.busy || !isChanged}>
						{sending.busy ? "Saving …" : "Save"}
					</button>
					{isChanged && (
						<button type="button" class="quiet" onClick={() => setEntry(before)}>
							Take back
						</button>
					)}
				</p>
			) : (
				<p class="soft">An admin changes these.</p>
			)}
		</form>
	);
}

export function SettingsPage() {
	const { known, error, again } = useRead(readPlaces);
	return (
		<>
			<h1>General Settings</h1>
			<p class="lead soft">What holds for all lines.</p>
			<Failure error={error} />
			{known ? <Form places={known} onSaved={again} /> : !error && <p class="soft">Reading …</p>}
		</>
	);
}
