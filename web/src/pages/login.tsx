import { useState } from "preact/hooks";
import { useSending } from "../form";
import { Failure } from "../parts/failure";
import { TextField } from "../parts/field";
import { fresh, logIn } from "../session";

export function LoginPage() {
	const [name, setName] = useState("");
	const [password, setPassword] = useState("");
	const sending = useSending();
	if (fresh.value) {
		return (
			<section class="card door">
				<h1>There is no login yet</h1>
				<p>
					The first one is made at the address that <code>lineup serve</code> printed when it started,
					or on its machine by
				</p>
				<pre>lineup login add NAME</pre>
				<p class="soft">Then load this page again.</p>
			</section>
		);
	}
	return (
		<section class="card door">
			<h1>Log in</h1>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					void sending.send(() => logIn(name, password));
				}}
			>
				<TextField
					label="Name"
					value={name}
					onValue={setName}
					autoComplete="username"
					required
					autoFocus
				/>
				<TextField
					label="Password"
					type="password"
					value={password}
					onValue={setPassword}
					autoComplete="current-password"
					required
				/>
				<Failure error={sending.error} />
				<p class="buttons">
					<button type="submit" disabled={sending.busy}>
						{sending.busy ? "Logging in …" : "Log in"}
					</button>
				</p>
			</form>
		</section>
	);
}
