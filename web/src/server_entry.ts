// What is typed about a server, and what of it is sent.
import { type Calls, callsOf, entryOfCalls } from "./calls";
import { numberOrNull, textOrNull } from "./form";
import type { Profile, Server, ServerChange } from "./types";

export interface ServerEntry extends Calls {
	domain: string;
	port: string;
	name: string;
	profile: string;
	proxy: string;
	/** "": not chosen, so that a profile may choose it. */
	transport: string;
	expires: string;
	rate: string;
	keepAlive: string;
	outbound: boolean;
	contactParameters: string;
	twoFlows: boolean;
	secondProxy: string;
	gruu: boolean;
	addressParameters: string;
	requestParameters: string;
	headers: string;
	interface: string;
	tlsCa: string;
	tlsCert: string;
	tlsKey: string;
	tlsMin: string;
	srv: string;
}

/** A server without a name of its own is called by its address, which is then no name. */
function ownName(server: Server): string {
	return [server.domain, `${server.domain}:${server.port}`].includes(server.name) ? "" : server.name;
}

export function entryOfServer(server: Server | null): ServerEntry {
	return {
		domain: server?.domain ?? "",
		port: server?.port ? String(server.port) : "",
		name: server ? ownName(server) : "",
		profile: server?.profile ?? "",
		proxy: server?.proxy ?? "",
		transport: server?.transport ?? "",
		expires: server ? String(server.expires) : "",
		rate: server?.rate ? String(server.rate) : "",
		keepAlive: server?.keep_alive ?? "none",
		outbound: server?.outbound ?? false,
		contactParameters: server?.contact_parameters ?? "",
		twoFlows: server?.flows === 2,
		secondProxy: server?.second_proxy ?? "",
		gruu: server?.gruu ?? false,
		addressParameters: server?.address_parameters ?? "",
		requestParameters: server?.request_parameters ?? "",
		headers: server?.headers ?? "",
		interface: server?.interface ?? "",
		tlsCa: server?.tls_ca ?? "",
		tlsCert: server?.tls_cert ?? "",
		tlsKey: server?.tls_key ?? "",
		tlsMin: server?.tls_min ?? "1.2",
		srv: server?.srv ?? "default",
		...entryOfCalls(server?.calls ?? "unavailable"),
	};
}

export interface Typed {
	readonly domain: string;
	readonly port: string | null;
	readonly transport: string | null;
}

/** What a SIP URI of a server says of the transport: "sips:pbx.example", ";transport=tcp"; null: nothing. */
function transportIn(text: string): string | null {
	const said = /;transport=(udp|tcp|tls)(?=;|$)/i.exec(text)?.[1]?.toLowerCase() ?? null;
	return /^sips:/i.test(text) && said !== "udp" ? "tls" : said;
}

/** "pbx.example:5070" in the first field is a host and a port, and so is the URI that a provider prints,
 * "sip:pbx.example:5070;transport=tcp", with a transport. Whatever else stands in it is left for the
 * daemon to refuse. */
export function splitServer(text: string): Typed {
	const typed = text.trim();
	const transport = transportIn(typed);
	const bare = typed.replace(/^sips?:/i, "").replace(/;(lr|transport=(udp|tcp|tls))(?=;|$)/gi, "");
	const isOdd = /^sips:/i.test(typed) && transport === "udp";
	const server = isOdd ? typed : bare;
	const match = /^(\[[^\]]*\]|[^:]+):(\d+)$/.exec(server);
	return { domain: match ? (match[1] ?? "") : server, port: match?.[2] ?? null, transport: isOdd ? null : transport };
}

/** Over what it is reached: what its proxy says of that goes before what is set. */
export function transportOf(server: Pick<Server, "proxy" | "transport">): string {
	return (server.proxy && transportIn(server.proxy)) || server.transport;
}

function wholeOf(entry: ServerEntry): ServerChange {
	const { domain, port, transport } = splitServer(entry.domain);
	return {
		domain,
		port: numberOrNull(port ?? entry.port),
		name: textOrNull(entry.name.trim()),
		profile: textOrNull(entry.profile),
		proxy: textOrNull(entry.proxy.trim()),
		transport: textOrNull(transport ?? entry.transport) as NonNullable<ServerChange["transport"]> | null,
		expires: numberOrNull(entry.expires),
		rate: numberOrNull(entry.rate),
		keep_alive: entry.keepAlive as NonNullable<ServerChange["keep_alive"]>,
		calls: callsOf(entry),
		outbound: entry.outbound,
		contact_parameters: textOrNull(entry.contactParameters.trim()),
		flows: entry.twoFlows ? 2 : 1,
		second_proxy: textOrNull(entry.secondProxy.trim()),
		gruu: entry.gruu,
		address_parameters: textOrNull(entry.addressParameters.trim()),
		request_parameters: textOrNull(entry.requestParameters.trim()),
		headers: textOrNull(entry.headers.trim()),
		interface: textOrNull(entry.interface.trim()),
		tls_ca: textOrNull(entry.tlsCa.trim()),
		tls_cert: textOrNull(entry.tlsCert.trim()),
		tls_key: textOrNull(entry.tlsKey.trim()),
		tls_min: entry.tlsMin as NonNullable<ServerChange["tls_min"]>,
		srv: entry.srv as NonNullable<ServerChange["srv"]>,
	};
}

/** What it is called by depends on all three, so that these are always sent. */
const NAMING: readonly string[] = ["domain", "port", "name"];

/** The entry with another profile: a transport that nobody chose by hand is then left to it. */
export function withProfile(entry: ServerEntry, before: ServerEntry, profile: string): ServerEntry {
	const isChosen = entry.transport !== "" && entry.transport !== before.transport;
	const isLeft = profile !== "" && profile !== before.profile;
	return { ...entry, profile, transport: isChosen ? entry.transport : isLeft ? "" : before.transport };
}

/** "Sets transport tls, expires 600.": what a profile sets beside what is chosen by hand. */
export function settingsOf(profile: Profile): string {
	const sets = Object.entries(profile.sets).map(([key, value]) => `${key} ${value}`);
	if (sets.length > 0) return `Sets ${sets.join(", ")}.`;
	return `Sets nothing: ${profile.unset}.`;
}

/** Only what was changed: all else is left to the profile, and to whoever changed it meanwhile. */
export function changeOfServer(entry: ServerEntry, before: ServerEntry): ServerChange {
	const was: Readonly<Record<string, unknown>> = { ...wholeOf(before) };
	const changed = Object.entries(wholeOf(entry)).filter(
		([key, value]) =>
			NAMING.includes(key) || (value !== was[key] && (key !== "transport" || value !== null)),
	);
	return Object.fromEntries(changed);
}
