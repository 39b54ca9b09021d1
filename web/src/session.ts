// Who is logged in.
import { signal } from "@preact/signals";
import { call, csrf, get, remove, Refusal, post } from "./api";
import type { Answer, Login, Role, Session } from "./types";

/** undefined: not known yet; null: nobody. */
export const login = signal<Login | null | undefined>(undefined);
/** There is no login at all yet: the first one is made with the one-time address. */
export const fresh = signal(false);
/** Why it is not known. */
export const sessionFault = signal<string | null>(null);

const ranks: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

export function may(role: Role): boolean {
	return login.value ? ranks[login.value.role] >= ranks[role] : false;
}

export async function whoAmI(): Promise<void> {
	try {
		const session = await get<Answer<"getSession">>("/session");
		csrf.value = session.csrf;
		login.value = session.login;
		sessionFault.value = null;
	} catch (error) {
		if (!(error instanceof Refusal) || error.status !== 401) {
			sessionFault.value = error instanceof Error ? error.message : String(error);
			return;
		}
		fresh.value = error.code === "setup";
		csrf.value = null;
		login.value = null;
		sessionFault.value = null;
	}
}

function begin(session: Session): void {
	csrf.value = session.csrf;
	fresh.value = false;
	login.value = session.login;
}

export async function logIn(name: string, password: string): Promise<void> {
	begin(await post<Session>("/session", { name, password }));
}

export async function setUp(token: string, name: string, password: string): Promise<void> {
	const body = { name, password };
	begin(await call<Session>("POST", "/setup", { body, bearer: token }));
}

export async function changePassword(password: string, next: string): Promise<void> {
	const body = { password, new_password: next };
	begin(await call<Session>("PATCH", "/session", { body }));
}

export async function logOut(): Promise<void> {
	await remove("/session");
	csrf.value = null;
	login.value = null;
}
