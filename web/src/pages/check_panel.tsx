// A check under way, step by step, and what it has found.
import { useEffect, useState } from "preact/hooks";
import { get } from "../api";
import { Failure } from "../parts/failure";
import type { Check } from "../types";

const LOOK_MS = 300;

function useCheck(id: number): { check: Check | null; error: unknown } {
	const [check, setCheck] = useState<Check | null>(null);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		let gone = false;
		const look = async (): Promise<void> => {
			const next = await get<Check>(`/checks/${id}`);
			if (gone) return;
			setCheck(next);
			if (next.result === "running") timer = setTimeout(() => void look().catch(setError), LOOK_MS);
		};
		look().catch(setError);
		return () => {
			gone = true;
			clearTimeout(timer);
		};
	}, [id]);
	return { check, error };
}

const verdicts: Record<Check["result"], string> = {
	running: "Checking …",
	ok: "It would register",
	failed: "It would not register",
	cancelled: "The check was ended",
};

const marks: Record<Check["steps"][number]["state"], string> = {
	good: "fine",
	warning: "to note",
	bad: "wrong",
	"not-reached": "not reached",
};

export function CheckPanel({ id }: { id: number }) {
	const { check, error } = useCheck(id);
	if (!check) return error ? <Failure error={error} /> : <p class="soft">Checking …</p>;
	return (
		<section class={`check ${check.result}`} aria-live="polite">
			<h4>{check.cause ? check.cause.title : verdicts[check.result]}</h4>
			{check.result === "running" && <progress aria-label="The check is under way" />}
			<ul>
				{check.steps.map((step) => (
					<li key={step.name} class={step.state}>
						<b>{step.name}</b>
						<span>
							<span class="unseen">{marks[step.state]}: </span>
							{step.text}
						</span>
						<span class="num soft">{step.took_ms ? `${step.took_ms} ms` : ""}</span>
					</li>
				))}
			</ul>
			{check.looks_like && (
				<details open={check.result === "failed"}>
					<summary>
						This looks like {check.looks_like.title} (kind of server: {check.looks_like.profile})
					</summary>
					<p class="soft">{check.looks_like.quirks}</p>
				</details>
			)}
			{check.bindings.length > 0 && (
				<>
					<h4>Devices on this extension</h4>
					<ul class="bindings">
						{check.bindings.map((binding) => (
							<li key={binding.uri}>
								<span class="addr">{binding.uri}</span>
								<span class="num soft">{binding.expires === null ? "" : `${binding.expires} s`}</span>
							</li>
						))}
					</ul>
				</>
			)}
			<Failure error={error} />
		</section>
	);
}
