// Calls of the API. A refusal is thrown as a Refusal, whose message is the sentence for a person.
import { signal } from "@preact/signals";
import type { Fault } from "./types";

export class Refusal extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		readonly field: string | null,
		readonly faults: readonly Fault[],
	) {
		super(message);
	}
}

/** Of the session, for all that changes something. */
export const csrf = signal<string | null>(null);
/** Counts the times that the daemon did not know who asks. */
export const strangerCount = signal(0);

interface Options {
	readonly body?: unknown;
	readonly file?: { readonly type: string; readonly text: string };
	readonly bearer?: string;
	readonly signal?: AbortSignal;
}

interface ProblemBody {
	code?: string;
	detail?: string;
	field?: string;
	index?: number;
	faults?: Fault[];
}

/** Of a list the row at fault is said, by its place as people count. */
function sentenceIn({ detail, index }: ProblemBody): string | undefined {
	return detail && index !== undefined ? `number ${index + 1} of them: ${detail}` : detail;
}

async function refusalOf(response: Response): Promise<Refusal> {
	let problem: ProblemBody = {};
	try {
		problem = (await response.json()) as ProblemBody;
	} catch {
		// somebody in front of the daemon has answered
	}
	return new Refusal(
		response.status,
		problem.code ?? "",
		sentenceIn(problem) ?? `The server answered ${response.status} ${response.statusText}.`,
		problem.field ?? null,
		problem.faults ?? [],
	);
}

function headersOf(method: string, options: Options): Headers {
	const headers = new Headers();
	if (options.file) headers.set("Content-Type", options.file.type);
	else if (options.body !== undefined) headers.set("Content-Type", "application/json");
	if (options.bearer) headers.set("Authorization", `Bearer ${options.bearer}`);
	else if (method !== "GET" && csrf.value) headers.set("X-CSRF-Token", csrf.value);
	return headers;
}

/** Says that nobody answers, where that is so. */
async function asked(path: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(path, init);
	} catch (error) {
		if (init.signal?.aborted) throw error;
		throw new Refusal(0, "network", "Lineup does not answer. Is it running?", null, []);
	}
}

async function answerTo(method: string, path: string, options: Options): Promise<Response> {
	const init: RequestInit = { method, headers: headersOf(method, options) };
	if (options.file) init.body = options.file.text;
	else if (options.body !== undefined) init.body = JSON.stringify(options.body);
	if (options.signal) init.signal = options.signal;
	const response = await asked(`/api/v1${path}`, init);
	if (response.ok) return response;
	const refusal = await refusalOf(response);
	if (response.status === 401 && refusal.code !== "password") strangerCount.value++;
	throw refusal;
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
	const response = await answerTo(method, path, options);
	return (response.status === 204 ? undefined : await response.json()) as T;
}

/** The answer is a file. */
export async function callText(method: string, path: string, body?: unknown): Promise<string> {
	const response = await answerTo(method, path, body === undefined ? {} : { body });
	return response.text();
}

export const get = <T>(path: string, options?: Options): Promise<T> => call<T>("GET", path, options);
export const post = <T>(path: string, body?: unknown): Promise<T> =>
	call<T>("POST", path, body === undefined ? {} : { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => call<T>("PATCH", path, { body });
export const remove = (path: string): Promise<void> => call<void>("DELETE", path);

/** Whether a path that is not of the API answers that all is well. */
export async function answersWell(path: string): Promise<boolean> {
	return asked(path, {}).then(
		(response) => response.ok,
		() => false,
	);
}

export function sentenceOf(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.charAt(0).toUpperCase() + text.slice(1);
}
