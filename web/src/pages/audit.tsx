// Who changed what, the newest first.
import { useCallback, useEffect, useState } from "preact/hooks";
import { get } from "../api";
import { Failure } from "../parts/failure";
import { Scroll } from "../parts/scroll";
import type { Answer } from "../types";
import { dayAndTime } from "../words";

type Entry = Answer<"listAudit">["audit"][number];
const AT_ONCE = 20;

export function Audit() {
	const [entries, setEntries] = useState<readonly Entry[] | null>(null);
	const [hasMore, setHasMore] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const read = useCallback((before: number | null, had: readonly Entry[]): void => {
		const query = before === null ? "" : `&before=${before}`;
		get<Answer<"listAudit">>(`/audit?limit=${AT_ONCE}${query}`)
			.then(({ audit }) => {
				setEntries([...had, ...audit]);
				setHasMore(audit.length === AT_ONCE);
				setError(null);
			})
			.catch(setError);
	}, []);
	useEffect(() => read(null, []), []);
	const last = entries?.[entries.length - 1];
	return (
		<section class="card" aria-labelledby="audit">
			<div class="head">
				<h2 id="audit">Who changed what</h2>
				<button type="button" class="quiet" onClick={() => read(null, [])}>
					Look again
				</button>
			</div>
			<Failure error={error} />
			<Scroll label="Table of changes">
				<table class="list plain audit">
					<caption class="unseen">Changes, the newest first</caption>
					<thead>
						<tr>
							<th scope="col">When</th>
							<th scope="col">Who</th>
							<th scope="col">What</th>
							<th scope="col">Of</th>
						</tr>
					</thead>
					<tbody>
						{entries?.map((entry, i) => (
							<tr key={i}>
								<td class="num soft">{dayAndTime(entry.time)}</td>
								<td>{entry.who}</td>
								<td class="mono">{entry.what}</td>
								<td>
									{entry.object}
									{entry.detail && <small>{entry.detail}</small>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
			{hasMore && last && (
				<p class="buttons">
					<button type="button" class="quiet" onClick={() => read(last.time_ms, entries ?? [])}>
						Show older ones
					</button>
				</p>
			)}
		</section>
	);
}
