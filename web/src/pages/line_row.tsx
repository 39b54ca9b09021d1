// A line of the table, and what is beneath it when it is open.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { now } from "../clock";
import { narrow } from "../media";
import { Badge } from "../parts/badge";
import { Strip } from "../parts/strip";
import type { LineStatus } from "../types";
import { passOver, uptimeFor, wantUptime } from "../uptime";
import {
	conditionOf,
	leftOf,
	nameOf,
	nextOf,
	resultOf,
	shortAddress,
	sinceOf,
	toneOf,
} from "../words";
import { LineDetail } from "./line_detail";

interface Props {
	readonly line: LineStatus;
	readonly rowIndex: number;
	readonly columns: number;
	readonly isOpen: boolean;
	readonly isCurrent: boolean;
	readonly onToggle: (id: number) => void;
	readonly onHeight: (px: number) => void;
}

function Since({ line }: { line: LineStatus }) {
	const left = leftOf(line, now.value);
	return (
		<td class="since num">
			{sinceOf(line, now.value)}
			{left && <small>{left} left</small>}
		</td>
	);
}

function Next({ line }: { line: LineStatus }) {
	return <td class="next num soft">{nextOf(line, now.value)}</td>;
}

/** On a phone, where the columns have no room. */
function Brief({ text }: { text: string }) {
	return narrow.value && text ? <small class="brief">{text}</small> : null;
}

function DayCell({ line }: { line: LineStatus }) {
	const uptime = uptimeFor(line);
	useEffect(() => wantUptime(line));
	useEffect(() => () => passOver(line.id), [line.id]);
	return (
		<td class="day">
			<Strip uptime={uptime.value} />
		</td>
	);
}

function DetailRow({ line, columns, onHeight }: Pick<Props, "line" | "columns" | "onHeight">) {
	const row = useRef<HTMLTableRowElement>(null);
	useLayoutEffect(() => {
		const element = row.current;
		if (!element) return undefined;
		const observer = new ResizeObserver(() => onHeight(element.offsetHeight));
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	return (
		<tr class={`detail ${toneOf(conditionOf(line))}`} ref={row} id={`line-${line.id}`}>
			<td colSpan={columns}>
				<LineDetail line={line} />
			</td>
		</tr>
	);
}

export function LineRow(props: Props) {
	const { line, isOpen, isCurrent, onToggle } = props;
	const condition = conditionOf(line);
	const isWell = condition === "registered";
	const classes = [isOpen ? `open ${toneOf(condition)}` : "", isCurrent ? "current" : ""].join(" ");
	return (
		<>
			<tr
				data-line={line.id}
				class={classes}
				aria-rowindex={props.rowIndex}
				onClick={(event) => {
					if (String(getSelection() ?? "") === "" || event.target instanceof HTMLButtonElement) {
						onToggle(line.id);
					}
				}}
			>
				<td class="n">{line.number}</td>
				<td class="line">
					<button
						type="button"
						class="name"
						aria-expanded={isOpen}
						{...(isOpen ? { "aria-controls": `line-${line.id}` } : {})}
					>
						{nameOf(line)}
					</button>
					<span class="addr">{shortAddress(line.address)}</span>
					{!isWell && <Brief text={resultOf(line)} />}
				</td>
				<td class="state">
					<Badge condition={condition} />
					<Brief text={isWell ? `for ${sinceOf(line, now.value)}` : nextOf(line, now.value)} />
				</td>
				<DayCell line={line} />
				<Since line={line} />
				<td class="result">
					{resultOf(line) || <span class="soft">none yet</span>}
					<small>
						{line.server_name}
						{line.transport && ` · ${line.transport.toUpperCase()}`}
					</small>
				</td>
				<Next line={line} />
			</tr>
			{isOpen && <DetailRow line={line} columns={props.columns} onHeight={props.onHeight} />}
		</>
	);
}
