// One's own login: its role and its password.
import { useState } from "preact/hooks";
import { useSending } from "../form";
import { Failure } from "../parts/failure";
import { TextField } from "../parts/field";
import { say } from "../parts/say";
import { changePassword, login } from "../session";
import { roleMeans } from "../words";

export function OwnLogin() {
	const [open, setOpen] = useState(false);
	const who = login.value;
	if (!who) return null;
	return (
		<section class="card" aria-labelledby="own">
			<div class="head">
				<h2 id="own">Your login</h2>
				{!open && (
					<button type="button" class="quiet" onClick={() => setOpen(true)}>
						Change password
					</button>
				)}
			</div>
			<p>
				<b>{who.name}</b>, {who.role} <span class="soft">({roleMeans[who.role]})</span>
			</p>
			{open && <PasswordForm name={who.name} onClose={() => setOpen(false)} />}
		</section>
	);
}

function PasswordForm({ name, onClose }: { name: string; onClose: () => void }) {
	const [password, setPassword] = useState("");
	const [next, setNext] = useState("");
	const sending = useSending();
	const save = async (event: Event): Promise<void> => {
		event.preventDefault();
		if (!(await sending.send(() => changePassword(password, next)))) return;
		say("Your password is changed. All your other sessions have ended.");
		onClose();
	};
	return (
		<form onSubmit={(event) => void save(event)}>
			<input class="unseen" type="text" autocomplete="username" value={name} readOnly tabIndex={-1}
				aria-hidden="true" />
			<div class="grid">
				<TextField
					label="Password now"
					type="password"
					value={password}
					onValue={setPassword}
					autoComplete="current-password"
					fault={sending.faultOf("password")}
					required
					autoFocus
				/>
				<TextField
					label="New password"
					type="password"
					value={next}
					onValue={setNext}
					autoComplete="new-password"
					hint="8 characters or more"
					fault={sending.faultOf("new_password")}
					minLength={8}
					required
				/>
			</div>
			<Failure error={sending.errorBeside(["password", "new_password"])} />
			<p class="buttons">
				<button type="submit" disabled={sending.busy}>
					Change
				</button>
				<button type="button" class="quiet" onClick={onClose}>
					Cancel
				</button>
			</p>
		</form>
	);
}
