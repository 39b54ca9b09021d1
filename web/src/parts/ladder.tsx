// Who sent what, when: the messages of an attempt between two vertical lines. Each opens to its text,
// as the daemon gives it: without what is secret.
import { useState } from "preact/hooks";
import type { Step } from "../types";
import { clockTime } from "../words";

interface Rung {
	readonly step: Step;
	readonly text: string;
	readonly bad: boolean;
	readonly gap: string;
}

function gapOf(step: Step, before: Step | undefined): string {
	if (!before) return clockTime(step.time);
	const ms = Date.parse(step.time) - Date.parse(before.time);
	if (ms < 1_000) return `+${ms} ms`;
	return ms < 100_000 ? `+${(ms / 1000).toFixed(1)} s` : clockTime(step.time);
}

function isChallenge(step: Step): boolean {
	return step.direction === "received" && (step.status === 401 || step.status === 407);
}

/** Whether an answer came to a request that carried a login. */
function answersLogin(steps: readonly Step[], index: number): boolean {
	const answer = steps[index];
	for (let i = index - 1; i >= 0; i--) {
		const step = steps[i];
		if (step?.direction === "sent") return step.cseq === answer?.cseq && step.credentials;
	}
	return false;
}

function rungsOf(steps: readonly Step[], authUser: string): Rung[] {
	return steps.map((step, i) => {
		const gap = gapOf(step, steps[i - 1]);
		if (step.direction === "sent") {
			const what = step.credentials ? `REGISTER with Auth User ${authUser}` : "REGISTER, no login";
			return { step, gap, bad: false, text: step.again ? `${what}, once more` : what };
		}
		const answer = `${step.status ?? ""} ${step.reason}`.trim();
		if (isChallenge(step) && !answersLogin(steps, i)) {
			return { step, gap, bad: false, text: `${answer}: normal, it asks who we are` };
		}
		return { step, gap, bad: (step.status ?? 0) >= 300, text: answer };
	});
}

interface RowProps {
	readonly rung: Rung;
	readonly isOpen: boolean;
	readonly onToggle: () => void;
}

function RungRow({ rung, isOpen, onToggle }: RowProps) {
	const { step, text, bad, gap } = rung;
	const kind = `arrow ${step.direction}${bad ? " bad" : ""}`;
	const label = (
		<>
			<span class="unseen">{step.direction}: </span>
			{text}
		</>
	);
	return (
		<>
			<tr>
				<td>{gap}</td>
				<td>
					{step.message ? (
						<button
							type="button"
							class={kind}
							aria-expanded={isOpen}
							title="The message itself"
							onClick={onToggle}
						>
							{label}
						</button>
					) : (
						<span class={kind}>{label}</span>
					)}
				</td>
			</tr>
			{isOpen && step.message && (
				<tr class="message">
					<td colSpan={2}>
						<pre tabIndex={0} aria-label="The message, its secrets masked">
							{step.message.trimEnd()}
						</pre>
					</td>
				</tr>
			)}
		</>
	);
}

interface Props {
	readonly steps: readonly Step[];
	readonly authUser: string;
	readonly transport: string;
}

export function Ladder({ steps, authUser, transport }: Props) {
	const [open, setOpen] = useState<number | null>(null);
	const peer = steps[steps.length - 1]?.peer ?? "";
	return (
		<table class="ladder">
			<caption class="unseen">The messages of the last attempts</caption>
			<thead>
				<tr>
					<th scope="col">
						<span class="unseen">When</span>
					</th>
					<th scope="col">
						<span class="ends">
							<span>Lineup</span>
							<span>
								{peer} {transport.toUpperCase()}
							</span>
						</span>
					</th>
				</tr>
			</thead>
			<tbody>
				{rungsOf(steps, authUser).map((rung, i) => (
					<RungRow
						key={i}
						rung={rung}
						isOpen={open === i}
						onToggle={() => setOpen(open === i ? null : i)}
					/>
				))}
			</tbody>
		</table>
	);
}

/** The steps of the last attempts: what was sent without a login begins one. */
export function lastAttempts(steps: readonly Step[], most: number): Step[] {
	let begin = 0;
	let seen = 0;
	for (let i = steps.length - 1; i >= 0 && seen < most; i--) {
		const step = steps[i];
		const before = steps[i - 1];
		const continues = before && (before.direction === "sent" || isChallenge(before) || step?.again);
		if (step?.direction !== "sent" || continues) continue;
		begin = i;
		seen++;
	}
	return steps.slice(seen === most ? begin : 0);
}
