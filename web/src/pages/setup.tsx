// The first visit: a login and a first line in one step, and then its registration before one's eyes.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { addressOf } from "../address";
import { get, post, Refusal } from "../api";
import { blanksIn } from "../blanks";
import { lines, reload } from "../board";
import { useSending } from "../form";
import { Badge } from "../parts/badge";
import { Failure } from "../parts/failure";
import { TextField } from "../parts/field";
import { go } from "../router";
import { login, setUp } from "../session";
import type { Answer, Line, Studio } from "../types";
import { conditionOf } from "../words";
import { LineDetail } from "./line_detail";

/** The token of the one-time address, as long as it is of use. */
export const setupToken = signal<string | null>(null);

interface Entry {
	name: string;
	password: string;
	server: string;
	extension: string;
	authPassword: string;
}

async function make(token: string, entry: Entry): Promise<number> {
	if (!login.value) await setUp(token, entry.name, entry.password);
	const { studios } = await get<Answer<"listStudios">>("/studios");
	const studio = studios[0] ?? (await post<Studio>("/studios", { name: "Studio 1" }));
	const line = await post<Line>("/lines", {
		studio: studio.id,
		extension: entry.extension,
		password: entry.authPassword,
		server: entry.server.trim(),
	});
	return line.id;
}

function Watch({ id }: { id: number }) {
	useEffect(reload, [id]);
	const line = lines.value.get(id);
	const leave = (): void => {
		setupToken.value = null;
		go("studio");
	};
	return (
		<section class="card watch">
			<h1>
				{line?.address ?? "Your line"} {line && <Badge condition={conditionOf(line)} />}
			</h1>
			<h2 class="unseen">Its workflow</h2>
			{line ? <LineDetail line={line} /> : <p class="soft">The daemon takes the line over …</p>}
			<p class="buttons">
				<button type="button" onClick={leave}>
					To the studio
				</button>
			</p>
		</section>
	);
}

export function SetupPage({ token }: { token: string }) {
	const [entry, setEntry] = useState<Entry>({
		name: "admin",
		password: "",
		server: "",
		extension: "",
		authPassword: "",
	});
	const [made, setMade] = useState<number | null>(null);
	const sending = useSending();
	const set = (part: Partial<Entry>): void => setEntry((now) => ({ ...now, ...part }));
	if (made !== null) return <Watch id={made} />;
	const address = addressOf(entry.extension, entry.server);
	return (
		<section class="card first">
			<h1>Your first line</h1>
			<p class="soft">Three things from your provider, and a login for this page.</p>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					void sending.send(async () => setMade(await make(token, entry)));
				}}
			>
				<TextField
					label="SIP Server"
					value={entry.server}
					onValue={(server) => set({ server })}
					placeholder="pbx.example"
					fault={sending.faultOf("server")}
					required
					autoFocus
					noBlanks
					mono
				/>
				<TextField
					label="Extension"
					value={entry.extension}
					onValue={(extension) => set({ extension })}
					placeholder="1001"
					fault={sending.faultOf("extension")}
					required
					noBlanks
					mono
				/>
				<TextField
					label="Auth Password"
					type="password"
					value={entry.authPassword}
					onValue={(authPassword) => set({ authPassword })}
					autoComplete="off"
					required
					noBlanks
				/>
				<output class="address" aria-label="SIP address">
					<span>SIP address</span>
					<b>{address ?? "sip:Extension@SIP Server"}</b>
				</output>
				{!login.value && (
					<fieldset>
						<legend>Your login for this page</legend>
						<div class="grid">
							<TextField
								label="Name"
								value={entry.name}
								onValue={(name) => set({ name })}
								autoComplete="username"
								fault={sending.faultOf("name")}
								required
							/>
							<TextField
								label="Password"
								type="password"
								value={entry.password}
								onValue={(password) => set({ password })}
								autoComplete="new-password"
								hint="8 characters or more"
								minLength={8}
								required
							/>
						</div>
					</fieldset>
				)}
				<Failure error={sending.errorBeside(["server", "extension", "name"])} />
				<p class="buttons">
					<button type="submit" disabled={sending.busy || blanksIn(entry.extension) !== null}>
						{sending.busy ? "One moment …" : "Register"}
					</button>
					{sending.error instanceof Refusal && sending.error.code === "set-up" && (
						<button type="button" class="quiet" onClick={() => (setupToken.value = null)}>
							To the login
						</button>
					)}
				</p>
			</form>
		</section>
	);
}
