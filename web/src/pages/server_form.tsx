// The settings of a server.
import { useState } from "preact/hooks";
import { addressOf } from "../address";
import { patch, post } from "../api";
import { blanksIn } from "../blanks";
import { numberOrNull, textOrNull, useSending } from "../form";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField } from "../parts/field";
import { say } from "../parts/say";
import type { Server, ServerChange } from "../types";
import { plural } from "../words";

interface Entry {
	domain: string;
	port: string;
	name: string;
	proxy: string;
	transport: string;
	expires: string;
	rate: string;
	keepAlive: string;
	interface: string;
	tlsCa: string;
	tlsCert: string;
	tlsKey: string;
	srv: string;
}

const SHOWN = [
	"domain",
	"port",
	"name",
	"proxy",
	"transport",
	"expires",
	"rate",
	"keep_alive",
	"interface",
	"tls_ca",
	"tls_cert",
	"tls_key",
	"srv",
];

/** A server without a name of its own is called by its address, which is then no name. */
function ownName(server: Server): string {
	return [server.domain, `${server.domain}:${server.port}`].includes(server.name) ? "" : server.name;
}

function entryOf(server: Server | null): Entry {
	return {
		domain: server?.domain ?? "",
		port: server?.port ? String(server.port) : "",
		name: server ? ownName(server) : "",
		proxy: server?.proxy ?? "",
		transport: server?.transport ?? "udp",
		expires: server ? String(server.expires) : "",
		rate: server?.rate ? String(server.rate) : "",
		keepAlive: server?.keep_alive ?? "none",
		interface: server?.interface ?? "",
		tlsCa: server?.tls_ca ?? "",
		tlsCert: server?.tls_cert ?? "",
		tlsKey: server?.tls_key ?? "",
		srv: server?.srv ?? "default",
	};
}

/** "pbx.example:5070" in the first field is a host and a port. */
function splitPort(text: string): { domain: string; port: string | null } {
	const match = /^(\[[^\]]*\]|[^:]+):(\d+)$/.exec(text.trim());
	return match ? { domain: match[1] ?? "", port: match[2] ?? null } : { domain: text.trim(), port: null };
}

function changeOf(entry: Entry): ServerChange {
	const { domain, port } = splitPort(entry.domain);
	return {
		domain,
		port: numberOrNull(port ?? entry.port),
		name: textOrNull(entry.name.trim()),
		proxy: textOrNull(entry.proxy.trim()),
		transport: entry.transport as NonNullable<ServerChange["transport"]>,
		expires: numberOrNull(entry.expires),
		rate: numberOrNull(entry.rate),
		keep_alive: entry.keepAlive as NonNullable<ServerChange["keep_alive"]>,
		interface: textOrNull(entry.interface.trim()),
		tls_ca: textOrNull(entry.tlsCa.trim()),
		tls_cert: textOrNull(entry.tlsCert.trim()),
		tls_key: textOrNull(entry.tlsKey.trim()),
		srv: entry.srv as NonNullable<ServerChange["srv"]>,
	};
}

const transports = [
	{ value: "udp", label: "UDP" },
	{ value: "tcp", label: "TCP" },
	{ value: "tls", label: "TLS" },
	{ value: "auto", label: "auto: as DNS says" },
];
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
	readonly entry: Entry;
	readonly set: (part: Partial<Entry>) => void;
	readonly faultOf: (field: string) => string | null;
}

function Usual({ entry, set, faultOf }: FieldsProps) {
	return (
		<>
			<div class="grid">
				<TextField
					label="SIP Server"
					value={entry.domain}
					onValue={(domain) => set({ domain })}
					placeholder="pbx.example"
					hint="Name or address, as the provider gave it"
					fault={faultOf("domain")}
					required
					autoFocus
					noBlanks
					mono
				/>
				<TextField
					label="Port"
					type="number"
					value={splitPort(entry.domain).port ?? entry.port}
					onValue={(port) => set({ port, domain: splitPort(entry.domain).domain })}
					placeholder="the usual one"
					min={1}
					max={65535}
					fault={faultOf("port")}
				/>
			</div>
			<output class="address" aria-label="SIP address">
				<span>SIP address of a line</span>
				<b>{addressOf("Extension", splitPort(entry.domain).domain) ?? "sip:Extension@SIP Server"}</b>
			</output>
			<div class="grid">
				<TextField
					label="Name"
					value={entry.name}
					onValue={(name) => set({ name })}
					placeholder={entry.domain || "Main trunk"}
					fault={faultOf("name")}
				/>
				<ChoiceField
					label="Transport"
					value={entry.transport}
					onValue={(transport) => set({ transport })}
					choices={transports}
					fault={faultOf("transport")}
				/>
				<TextField
					label="Outbound Proxy"
					value={entry.proxy}
					onValue={(proxy) => set({ proxy })}
					placeholder="none"
					hint="Where requests go instead"
					fault={faultOf("proxy")}
					noBlanks
					mono
				/>
				<TextField
					label="Expires, in seconds"
					type="number"
					value={entry.expires}
					onValue={(expires) => set({ expires })}
					placeholder="3600"
					min={1}
					max={86400}
					hint="How long a registration is asked to last"
					fault={faultOf("expires")}
				/>
			</div>
		</>
	);
}

function Rare({ entry, set, faultOf }: FieldsProps) {
	return (
		<div class="grid">
			<TextField
				label="Registrations a second, at most"
				type="number"
				value={entry.rate}
				onValue={(rate) => set({ rate })}
				placeholder="as its answers allow"
				min={1}
				max={100000}
				fault={faultOf("rate")}
			/>
			<ChoiceField
				label="Sent in between, for a NAT"
				value={entry.keepAlive}
				onValue={(keepAlive) => set({ keepAlive })}
				choices={keepAlives}
				fault={faultOf("keep_alive")}
			/>
			<ChoiceField
				label="Look it up as SRV"
				value={entry.srv}
				onValue={(srv) => set({ srv })}
				choices={srvs}
				fault={faultOf("srv")}
			/>
			<TextField
				label="Network interface"
				value={entry.interface}
				onValue={(value) => set({ interface: value })}
				placeholder="any"
				hint="By name or address"
				fault={faultOf("interface")}
				mono
			/>
			<TextField
				label="TLS authorities"
				value={entry.tlsCa}
				onValue={(tlsCa) => set({ tlsCa })}
				placeholder="the system's"
				hint="A file on the daemon's machine"
				fault={faultOf("tls_ca")}
				mono
			/>
			<TextField
				label="TLS certificate"
				value={entry.tlsCert}
				onValue={(tlsCert) => set({ tlsCert })}
				placeholder="none"
				fault={faultOf("tls_cert")}
				mono
			/>
			<TextField
				label="TLS key"
				value={entry.tlsKey}
				onValue={(tlsKey) => set({ tlsKey })}
				placeholder="none"
				fault={faultOf("tls_key")}
				mono
			/>
		</div>
	);
}

/** Whether something is set that is seldom set. */
function hasRare(server: Server | null): boolean {
	if (!server) return false;
	const texts = [server.rate, server.interface, server.tls_ca, server.tls_cert, server.tls_key];
	return texts.some((text) => text !== null) || server.keep_alive !== "none" || server.srv !== "default";
}

interface Props {
	readonly server: Server | null;
	readonly onDone: () => void;
	readonly onClose: () => void;
}

export function ServerForm({ server, onDone, onClose }: Props) {
	const [entry, setEntry] = useState<Entry>(() => entryOf(server));
	const [more, setMore] = useState(() => hasRare(server));
	const sending = useSending();
	const set = (part: Partial<Entry>): void => setEntry((now) => ({ ...now, ...part }));
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		const done = await sending.send(async () => {
			if (server) await patch<Server>(`/servers/${server.id}`, changeOf(entry));
			else await post<Server>("/servers", changeOf(entry));
		});
		if (!done) {
			setMore(true); // a refusal may be about a field that is folded away
			return;
		}
		say(server ? "Saved." : `${entry.name || entry.domain} is added.`);
		onDone();
		onClose();
	};
	const fields: FieldsProps = { entry, set, faultOf: sending.faultOf };
	return (
		<Dialog title={server ? `Edit ${server.name}` : "Add server"} onClose={onClose} wide>
			<form onSubmit={(event) => void save(event)}>
				<Usual {...fields} />
				<details open={more} onToggle={(event) => setMore(event.currentTarget.open)}>
					<summary>Seldom needed</summary>
					<Rare {...fields} />
				</details>
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
