// Sessions of browsers, and tokens of programs. A token is shown once, when it is made.
import { useState } from "preact/hooks";
import { get, post, remove } from "../api";
import { numberOrNull, useSending } from "../form";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField } from "../parts/field";
import { say } from "../parts/say";
import { Scroll } from "../parts/scroll";
import { useRead } from "../read";
import { login as own, may } from "../session";
import type { Answer, Role, Token } from "../types";
import { dayAndTime, roleMeans, roles } from "../words";

interface Known {
	readonly tokens: readonly Token[];
	readonly names: ReadonlyMap<number, string>;
}

async function readTokens(): Promise<Known> {
	const { tokens } = await get<Answer<"listTokens">>("/tokens");
	const names = new Map<number, string>();
	if (own.value?.id) names.set(own.value.id, own.value.name);
	if (may("admin")) {
		const { logins } = await get<Answer<"listLogins">>("/logins");
		for (const { id, name } of logins) if (id !== null) names.set(id, name);
	}
	return { tokens, names };
}

type Made = Answer<"addToken">;

function Shown({ made, onClose }: { made: Made; onClose: () => void }) {
	const copy = (): void => {
		navigator.clipboard.writeText(made.token).then(
			() => say("Copied."),
			() => say("The browser does not allow it; mark the text and copy it.", true),
		);
	};
	return (
		<>
			<p>This is shown once. Keep it where nobody else reads it.</p>
			<pre tabIndex={0} aria-label="The token" class="token">
				{made.token}
			</pre>
			<p class="soft">A program sends it as a header: Authorization: Bearer TOKEN</p>
			<p class="buttons">
				{isSecureContext && (
					<button type="button" onClick={copy}>
						Copy
					</button>
				)}
				<button type="button" class="quiet" onClick={onClose}>
					Done
				</button>
			</p>
		</>
	);
}

function Make({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
	const [label, setLabel] = useState("");
	const [role, setRole] = useState<Role>("viewer");
	const [days, setDays] = useState("365");
	const [made, setMade] = useState<Made | null>(null);
	const sending = useSending();
	const save = (event: Event): void => {
		event.preventDefault();
		const lasts = numberOrNull(days);
		void sending.send(async () => {
			setMade(await post<Made>("/tokens", { label, role, ...(lasts ? { days: lasts } : {}) }));
			onDone();
		});
	};
	return (
		<Dialog title="API token" onClose={onClose}>
			{made ? (
				<Shown made={made} onClose={onClose} />
			) : (
				<form onSubmit={save}>
					<TextField
						label="What is it for?"
						value={label}
						onValue={setLabel}
						placeholder="Prometheus"
						fault={sending.faultOf("label")}
						required
						autoFocus
					/>
					<ChoiceField
						label="Role"
						value={role}
						onValue={(value) => setRole(value as Role)}
						choices={roles.filter(may).map((each) => ({ value: each, label: `${each}: ${roleMeans[each]}` }))}
						fault={sending.faultOf("role")}
					/>
					<TextField
						label="Days that it lasts"
						type="number"
						value={days}
						onValue={setDays}
						placeholder="for ever"
						min={1}
						max={3650}
						fault={sending.faultOf("days")}
					/>
					<Failure error={sending.errorBeside(["label", "role", "days"])} />
					<p class="buttons">
						<button type="submit" disabled={sending.busy}>
							Make token
						</button>
						<button type="button" class="quiet" onClick={onClose}>
							Cancel
						</button>
					</p>
				</form>
			)}
		</Dialog>
	);
}

interface RowProps {
	readonly token: Token;
	readonly name: string;
	readonly onEnd: () => void;
}

function Row({ token, name, onEnd }: RowProps) {
	return (
		<tr>
			<th scope="row">{token.label === "session" ? <span class="soft">session</span> : token.label}</th>
			<td>{name}</td>
			<td>{token.role}</td>
			<td class="num wide-only">{dayAndTime(token.made_at)}</td>
			<td class="num">{token.ends_at ? dayAndTime(token.ends_at) : "never"}</td>
			<td class="act">
				<button
					type="button"
					class="quiet danger"
					aria-label={`End ${token.label} of ${name}`}
					onClick={onEnd}
				>
					End
				</button>
			</td>
		</tr>
	);
}

export function Tokens() {
	const { known, error, again } = useRead(readTokens);
	const [making, setMaking] = useState(false);
	const [ending, setEnding] = useState<Token | null>(null);
	const nameOf = (token: Token): string => known?.names.get(token.login) ?? `login ${token.login}`;
	return (
		<section class="card" aria-labelledby="tokens">
			<div class="head">
				<h2 id="tokens">Sessions and API tokens</h2>
				<button type="button" class="quiet" onClick={() => setMaking(true)}>
					Make token
				</button>
			</div>
			<Failure error={error} />
			<Scroll label="Table of sessions and tokens">
				<table class="list plain">
					<caption class="unseen">Sessions and API tokens</caption>
					<thead>
						<tr>
							<th scope="col">For</th>
							<th scope="col">Login</th>
							<th scope="col">Role</th>
							<th scope="col" class="wide-only">
								Made
							</th>
							<th scope="col">Ends</th>
							<th scope="col">
								<span class="unseen">What can be done</span>
							</th>
						</tr>
					</thead>
					<tbody>
						{known?.tokens.map((token) => (
							<Row
								key={token.id}
								token={token}
								name={nameOf(token)}
								onEnd={() => setEnding(token)}
							/>
						))}
					</tbody>
				</table>
			</Scroll>
			{making && <Make onDone={again} onClose={() => setMaking(false)} />}
			{ending && (
				<Confirm
					title={ending.label === "session" ? "End this session?" : `End ${ending.label}?`}
					text={`Whoever uses it as ${nameOf(ending)} is asked to log in again.`}
					verb="End"
					run={async () => {
						await remove(`/tokens/${ending.id}`);
						again();
					}}
					onClose={() => setEnding(null)}
				/>
			)}
		</section>
	);
}
