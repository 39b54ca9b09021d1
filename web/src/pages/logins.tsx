// The logins: who may look, act, or change everything.
import { useState } from "preact/hooks";
import { get, patch, post, remove } from "../api";
import { useSending } from "../form";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Failure } from "../parts/failure";
import { ChoiceField, TextField } from "../parts/field";
import { say } from "../parts/say";
import { useRead } from "../read";
import { login as own } from "../session";
import type { Answer, Login, Role } from "../types";
import { roleMeans, roles } from "../words";

type All = Answer<"listLogins">;
const readLogins = (): Promise<All> => get<All>("/logins");

const choices = roles.map((role) => ({ value: role, label: `${role}: ${roleMeans[role]}` }));

interface EditProps {
	readonly login: Login | null;
	readonly onDone: () => void;
	readonly onClose: () => void;
}

function Edit({ login, onDone, onClose }: EditProps) {
	const [name, setName] = useState(login?.name ?? "");
	const [role, setRole] = useState<Role>(login?.role ?? "operator");
	const [password, setPassword] = useState("");
	const sending = useSending();
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		const done = await sending.send(async () => {
			if (login) await patch(`/logins/${login.id}`, password ? { role, password } : { role });
			else await post("/logins", { name, role, password });
		});
		if (!done) return;
		say(login ? "Saved." : `${name} may log in now.`);
		onDone();
		onClose();
	};
	return (
		<Dialog title={login ? `Edit ${login.name}` : "Add login"} onClose={onClose}>
			<form onSubmit={(event) => void save(event)}>
				{!login && (
					<TextField
						label="Name"
						value={name}
						onValue={setName}
						fault={sending.faultOf("name")}
						required
						autoFocus
					/>
				)}
				<ChoiceField
					label="Role"
					value={role}
					onValue={(value) => setRole(value as Role)}
					choices={choices}
					fault={sending.faultOf("role")}
				/>
				<TextField
					label={login ? "New password" : "Password"}
					type="password"
					value={password}
					onValue={setPassword}
					autoComplete="new-password"
					placeholder={login ? "as it is" : ""}
					hint={login ? "A new one ends its sessions" : "8 characters or more"}
					fault={sending.faultOf("password")}
					minLength={8}
					required={!login}
				/>
				<Failure error={sending.errorBeside(["name", "role", "password"])} />
				<p class="buttons">
					<button type="submit" disabled={sending.busy}>
						{login ? "Save" : "Add login"}
					</button>
					<button type="button" class="quiet" onClick={onClose}>
						Cancel
					</button>
				</p>
			</form>
		</Dialog>
	);
}

export function Logins() {
	const { known, error, again } = useRead(readLogins);
	const [form, setForm] = useState<Login | "new" | null>(null);
	const [removing, setRemoving] = useState<Login | null>(null);
	return (
		<section class="card" aria-labelledby="logins">
			<div class="head">
				<h2 id="logins">Logins</h2>
				<button type="button" class="quiet" onClick={() => setForm("new")}>
					Add login
				</button>
			</div>
			<Failure error={error} />
			<table class="list plain">
				<caption class="unseen">Logins</caption>
				<thead>
					<tr>
						<th scope="col">Name</th>
						<th scope="col">Role</th>
						<th scope="col">
							<span class="unseen">What can be done</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{known?.logins.map((login) => (
						<tr key={login.id}>
							<th scope="row">
								{login.name}
								{login.id === own.value?.id && <span class="tag">you</span>}
							</th>
							<td>
								{login.role} <span class="soft wide-only">{roleMeans[login.role]}</span>
							</td>
							<td class="act">
								<button
									type="button"
									class="quiet"
									aria-label={`Edit ${login.name}`}
									onClick={() => setForm(login)}
								>
									Edit
								</button>
								<button
									type="button"
									class="quiet danger"
									aria-label={`Delete ${login.name}`}
									disabled={login.id === own.value?.id}
									onClick={() => setRemoving(login)}
								>
									Delete
								</button>
							</td>
						</tr>
					))}
				</tbody>
			</table>
			{form && (
				<Edit login={form === "new" ? null : form} onDone={again} onClose={() => setForm(null)} />
			)}
			{removing && (
				<Confirm
					title={`Delete ${removing.name}?`}
					text="Its sessions and API tokens end, too."
					verb="Delete"
					run={async () => {
						await remove(`/logins/${removing.id}`);
						say(`${removing.name} is deleted.`);
						again();
					}}
					onClose={() => setRemoving(null)}
				/>
			)}
		</section>
	);
}
