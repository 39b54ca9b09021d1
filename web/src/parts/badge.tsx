// A state as colour, shape and word.
import { conditions, type Condition, toneOf } from "../words";

export function Badge({ condition }: { condition: Condition }) {
	const row = conditions.find((each) => each.word === condition);
	return (
		<span class={`badge ${toneOf(condition)}`} title={row?.means}>
			{condition}
		</span>
	);
}
