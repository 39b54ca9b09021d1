// The settings of a server.
import { useState } from "preact/hooks";
import { addressOf } from "../address";
import { get, patch, post } from "../api";
import { blanksIn } from "../blanks";
import { fieldsOf, useSending } from "../form";
import { CallsField } from "../parts/calls_field";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField, TickField } from "../parts/field";
import { More } from "../parts/more";
import { sayDone } from "../parts/say";
import { useRead } from "../read";
import {
	changeOfServer,
	entryOfServer,
	type ServerEntry,
	settingsOf,
	splitServer,
	withProfile,
} from "../server_entry";
import type { Answer, Profile, Server } from "../types";
import { plural } from "../words";

const SHOWN = [
	"domain",
	"port",
	"name",
	"profile",
	"proxy",
	"transport",
	"expires",
	"rate",
	"keep_alive",
	"calls",
	"contact_parameters",
	"second_proxy",
	"address_parameters",
	"request_parameters",
	"headers",
	"interface",
	"tls_ca",
	"tls_cert",
	"tls_key",
	"tls_min",
	"srv",
];

const transports = [
	{ value: "udp", label: "UDP" },
	{ value: "tcp", label: "TCP" },
	{ value: "tls", label: "TLS" },
	{ value: "auto", label: "auto: as DNS says" },
];
const tlsVersions = [
	{ value: "1.2", label: "TLS 1.2" },
	{ value: "1.3", label: "TLS 1.3" },
];
/** Nobody has chosen yet: it is a new server, or it became one of another kind. */
const unchosen = (profile: string) => [
	{ value: "", label: profile ? "as this kind wants it" : "the usual one" },
	...transports,
];
const readProfiles = (): Promise<Answer<"listProfiles">> => get<Answer<"listProfiles">>("/profiles");

/** What the server has is a choice even while the others are being read. */
function kindsOf(profiles: readonly Profile[], now: string) {
	const kinds = profiles.map(({ name, title }) => ({ value: name, label: title }));
	const isThere = now === "" || kinds.some(({ value }) => value === now);
	return [{ value: "", label: "any other" }, ...(isThere ? [] : [{ value: now, label: now }]), ...kinds];
}
const keepAlives = [
	{ value: "none", label: "nothing" },
	{ value: "crlf", label: "CRLF" },
	{ value: "stun", label: "STUN" },
	{ value: "options", label: "OPTIONS" },
];
const srvs = [
	{ value: "default", label: "as in General Settings" },
	{ value: "yes", label: "yes" },
	{ value: "no", label: "no" },
];

interface FieldsProps {
	readonly entry: ServerEntry;
	readonly set: (part: Partial<ServerEntry>) => void;
	readonly faultOf: (field: string) => string | null;
	readonly of: ReturnType<typeof fieldsOf<ServerEntry>>;
	readonly before: ServerEntry;
	readonly isNew: boolean;
	readonly profiles: readonly Profile[];
}

/** What the chosen kind sets, and what people trip over there. */
function Kind({ profile }: { profile: Profile }) {
	return (
		<section class="kind">
			<p>
				{settingsOf(profile)}
				{profile.proxy && ` Outbound Proxy: ${profile.proxy}.`}
			</p>
			<p class="soft">{profile.quirks}</p>
			<details>
				<summary>Where this is said</summary>
				<ul>
					{profile.source.split(", https://").map((source, i) => (
						<li key={source} class="addr">
							{i > 0 ? `https://${source}` : source}
						</li>
					))}
				</ul>
			</details>
		</section>
	);
}

function Usual({ entry, set, faultOf, of, before, isNew, profiles }: FieldsProps) {
	const profile = profiles.find(({ name }) => name === entry.profile);
	const typed = splitServer(entry.domain);
	/** What stands in the first field beside the name, in the fields that it belongs to. */
	const settled = {
		domain: typed.domain,
		port: typed.port ?? entry.port,
		transport: typed.transport ?? entry.transport,
	};
	return (
		<>
			<div class="grid">
				<TextField
					label="SIP Server"
					{...of("domain")}
					placeholder="pbx.example"
					hint="Name or address, as the provider gave it"
					required
					autoFocus
					noBlanks
					mono
				/>
				<TextField
					label="Port"
					type="number"
					value={typed.port ?? entry.port}
					onValue={(port) => set({ ...settled, port })}
					placeholder="the usual one"
					min={1}
					max={65535}
					fault={faultOf("port")}
				/>
			</div>
			<output class="address" aria-label="SIP address">
				<span>SIP address of a line</span>
				<b>{addressOf("Extension", typed.domain) ?? "sip:Extension@SIP Server"}</b>
			</output>
			<div class="grid">
				<TextField
					label="Name"
					{...of("name")}
					placeholder={typed.domain || "Main trunk"}
				/>
				<ChoiceField
					label="PBX or provider"
					value={entry.profile}
					onValue={(profile) => set(withProfile(entry, before, profile))}
					choices={kindsOf(profiles, entry.profile)}
					hint="Sets what that kind wants, but for what you change here"
					fault={faultOf("profile")}
				/>
				<ChoiceField
					label="Transport"
					{...of("transport")}
					value={settled.transport}
					onValue={(transport) => set({ ...settled, transport })}
					choices={isNew || entry.transport === "" ? unchosen(entry.profile) : transports}
				/>
				<TextField
					label="Outbound Proxy"
					{...of("proxy")}
					placeholder="none"
					hint="Where requests go instead; also as sip:edge.example;transport=tcp"
					noBlanks
					mono
				/>
				<TextField
					label="Expires, in seconds"
					type="number"
					{...of("expires")}
					placeholder="3600"
					min={1}
					max={86400}
					hint="How long a registration is asked to last"
				/>
			</div>
			{profile && <Kind profile={profile} />}
		</>
	);
}

function Rare({ entry, set, faultOf, of }: FieldsProps) {
	return (
		<div class="grid">
			<CallsField
				entry={entry}
				set={set}
				usual={null}
				hint="At lines that do not say it themselves"
				fault={faultOf("calls")}
			/>
			<TextField
				label="Registrations a second, at most"
				type="number"
				{...of("rate")}
				placeholder="no limit"
				min={1}
				max={100000}
				hint="On top of what its answers allow"
			/>
			<ChoiceField
				label="Sent in between, for a NAT"
				{...of("keepAlive")}
				choices={keepAlives}
				hint="Keeps the way back open between registrations"
			/>
			<ChoiceField
				label="Look it up as SRV"
				{...of("srv")}
				choices={srvs}
				hint="One name can stand for several servers"
			/>
			<TextField
				label="Network interface"
				{...of("interface")}
				placeholder="any"
				hint="By name or address"
				mono
			/>
			<TextField
				label="Contact parameters"
				{...of("contactParameters")}
				placeholder="none"
				hint="As in ;ob;+sip.ice, where a provider wants some"
				noBlanks
				mono
			/>
			<TextField
				label="Address parameters"
				{...of("addressParameters")}
				placeholder="none"
				hint="Of the SIP address in To and From, as in ;user=phone"
				noBlanks
				mono
			/>
			<TextField
				label="Request parameters"
				{...of("requestParameters")}
				placeholder="none"
				hint="Of the Request-URI, as in ;transport=udp"
				noBlanks
				mono
			/>
			<TextField
				label="Header fields"
				{...of("headers")}
				placeholder="none"
				hint="As in Privacy: id | X-Site: {extension}"
				mono
			/>
		</div>
	);
}

function Tls({ of }: FieldsProps) {
	return (
		<div class="grid">
			<TextField
				label="TLS authorities"
				{...of("tlsCa")}
				placeholder="the system's"
				hint="A file on the daemon's machine: who may vouch for the server"
				mono
			/>
			<TextField
				label="TLS certificate"
				{...of("tlsCert")}
				placeholder="none"
				hint="A file that is shown to the server"
				mono
			/>
			<TextField
				label="TLS key"
				{...of("tlsKey")}
				placeholder="none"
				hint="The file with the key of that certificate"
				mono
			/>
			<ChoiceField
				label="TLS minimum"
				{...of("tlsMin")}
				choices={tlsVersions}
				hint="The lowest version that is spoken"
			/>
		</div>
	);
}

/** Whether something is set that is seldom set. */
function hasRare(server: Server | null): boolean {
	if (!server) return false;
	const { rate, interface: from, tls_ca, tls_cert, tls_key, calls } = server;
	const { contact_parameters, address_parameters, request_parameters, headers } = server;
	const demands = [contact_parameters, address_parameters, request_parameters, headers];
	const values = [rate, from, tls_ca, tls_cert, tls_key, calls, ...demands];
	return (
		values.some((value) => value !== null) ||
		server.outbound ||
		server.gruu ||
		server.keep_alive !== "none" ||
		server.tls_min !== "1.2" ||
		server.srv !== "default"
	);
}

interface Props {
	readonly server: Server | null;
	readonly onDone: () => void;
	readonly onClose: () => void;
}

export function ServerForm({ server, onDone, onClose }: Props) {
	const [before] = useState(() => entryOfServer(server));
	const [entry, setEntry] = useState(before);
	const [more, setMore] = useState(() => hasRare(server));
	const sending = useSending();
	const { known } = useRead(readProfiles);
	const set = (part: Partial<ServerEntry>): void => setEntry((now) => ({ ...now, ...part }));
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		let saved: Server | null = null;
		await sending.send(async () => {
			saved = server
				? await patch<Server>(`/servers/${server.id}`, changeOfServer(entry, before))
				: await post<Server>("/servers", changeOfServer(entry, before));
		});
		if (!saved) {
			setMore(true); // a refusal may be about a field that is folded away
			return;
		}
		sayDone(server ? "Saved." : `${entry.name || entry.domain} is added.`, saved);
		onDone();
		onClose();
	};
	const { faultOf } = sending;
	const fields: FieldsProps = {
		entry,
		set,
		faultOf,
		of: fieldsOf(entry, set, faultOf),
		before,
		isNew: server === null,
		profiles: known?.profiles ?? [],
	};
	return (
		<Dialog title={server ? `Edit ${server.name}` : "Add server"} onClose={onClose} wide>
			<form onSubmit={(event) => void save(event)}>
				<Usual {...fields} />
				<More isOpen={more} onOpen={setMore}>
					<Rare {...fields} />
					<TickField
						label="Register as outbound (RFC 5626)"
						hint="Each line is one instance, over a connection that is kept alive."
						value={entry.outbound}
						onValue={(outbound) => set({ outbound })}
					/>
					<TickField
						label="Two flows for each line (RFC 5626)"
						hint="With outbound: of two connections, to two addresses where there are, one may be lost."
						value={entry.twoFlows}
						onValue={(twoFlows) => set({ twoFlows })}
					/>
					{entry.twoFlows && (
						<TextField
							label="Second Outbound Proxy"
							{...fields.of("secondProxy")}
							placeholder="none"
							hint="Where the second flow goes; otherwise where the first one does"
							noBlanks
							mono
						/>
					)}
					<TickField
						label="Ask for a GRUU (RFC 5627)"
						hint="An address that leads to this very device, shown with each line."
						value={entry.gruu}
						onValue={(gruu) => set({ gruu })}
					/>
					<Tls {...fields} />
				</More>
				{server && server.lines > 0 && (
					<p class="soft note">
						{plural(server.lines, "line")} {server.lines === 1 ? "uses" : "use"} it, and{" "}
						{server.lines === 1 ? "starts" : "start"} afresh where what is sent changes.
					</p>
				)}
				<Failure error={sending.errorBeside(SHOWN)} />
				<p class="buttons">
					<button type="submit" disabled={sending.busy || blanksIn(entry.domain) !== null}>
						{sending.busy ? "Saving …" : server ? "Save" : "Add server"}
					</button>
					<button type="button" class="quiet" onClick={onClose}>
						Cancel
					</button>
				</p>
			</form>
		</Dialog>
	);
}
