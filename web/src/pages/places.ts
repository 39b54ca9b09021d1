// Where a line can be: servers, studios, and the server that is meant where none is named.
import { get } from "../api";
import type { Answer, General, Server, Studio } from "../types";

export interface Places {
	readonly servers: readonly Server[];
	readonly studios: readonly Studio[];
	readonly general: General;
}

export async function readPlaces(): Promise<Places> {
	const [{ servers }, { studios }, general] = await Promise.all([
		get<Answer<"listServers">>("/servers?limit=10000"),
		get<Answer<"listStudios">>("/studios?limit=10000"),
		get<General>("/general"),
	]);
	return { servers, studios, general };
}

export function serverName(servers: readonly Server[], id: number | null): string {
	return servers.find((server) => server.id === id)?.name ?? "";
}

/** What a name of a server stands for in an address. */
export function domainOf(places: Places, name: string): string {
	if (!name.trim()) {
		const id = places.general.default_server;
		return places.servers.find((server) => server.id === id)?.domain ?? "";
	}
	return places.servers.find((server) => server.name === name.trim())?.domain ?? name;
}

/** A name that was given to a server may have blanks; what else is typed may not. */
export function mayHaveBlanks(servers: readonly Server[], text: string): boolean {
	return servers.some(({ name }) => name === text.trim() || (text !== "" && name.startsWith(text)));
}
