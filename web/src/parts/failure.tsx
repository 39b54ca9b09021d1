// What went wrong with something that was asked for.
import { Refusal, sentenceOf } from "../api";

export function Failure({ error }: { error: unknown }) {
	if (error === null || error === undefined) return null;
	const faults = error instanceof Refusal ? error.faults : [];
	return (
		<div class="failure" role="alert">
			<p>{sentenceOf(error)}</p>
			{faults.length > 0 && (
				<ul>
					{faults.map((fault, i) => (
						<li key={i}>{fault.line ? `Line ${fault.line}: ${fault.text}` : fault.text}</li>
					))}
				</ul>
			)}
		</div>
	);
}
