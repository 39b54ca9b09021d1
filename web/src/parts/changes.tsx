// What a file would change, before it does.
import type { Difference } from "../types";
import { plural } from "../words";

const MOST = 200;
const words = { add: "add", change: "change", remove: "remove" } as const;

export function Changes({ difference }: { difference: Difference }) {
	const { changes, count, remarks } = difference;
	return (
		<section class="changes" aria-live="polite">
			<h3>{count === 0 ? "It changes nothing" : `It makes ${plural(count, "change")}`}</h3>
			{remarks.length > 0 && (
				<ul class="soft">
					{remarks.slice(0, MOST).map((remark, i) => (
						<li key={i}>{remark.line ? `Line ${remark.line}: ${remark.text}` : remark.text}</li>
					))}
				</ul>
			)}
			<ul class="diff">
				{changes.slice(0, MOST).map((change, i) => (
					<li key={i} class={change.kind}>
						<b>{words[change.kind]}</b> {change.object}
						{change.detail && <span class="soft"> {change.detail}</span>}
					</li>
				))}
			</ul>
			{changes.length > MOST && <p class="soft">… and {plural(changes.length - MOST, "more")}.</p>}
		</section>
	);
}
