import { useEffect, useRef } from "preact/hooks";
import { counts, servers, studios } from "../board";
import * as filter from "../filter";
import { onKeys } from "../keys";
import { conditions } from "../words";
import { Pick } from "./pick";

const byId = (rows: readonly { readonly id: number; readonly name: string }[]) =>
	rows.map((row) => ({ value: String(row.id), label: row.name }));

export function FilterBar() {
	const search = useRef<HTMLInputElement>(null);
	useEffect(() => onKeys({ "/": () => search.current?.select() }), []);
	const present = conditions.filter(({ word }) => counts.value[word] || filter.state.value === word);
	return (
		<search class="filters">
			<input
				ref={search}
				type="search"
				aria-label="Search lines"
				placeholder="Search name, extension, server"
				value={filter.text.value}
				onInput={(event) => (filter.text.value = event.currentTarget.value)}
			/>
			{present.length > 1 && (
				<Pick
					label="State"
					value={filter.state.value}
					onValue={(value) => (filter.state.value = value)}
					choices={present.map(({ word }) => ({
						value: word,
						label: `${word} (${counts.value[word] ?? 0})`,
					}))}
				/>
			)}
			{studios.value.length > 1 && (
				<Pick
					label="Studio"
					value={filter.studio.value}
					onValue={(value) => (filter.studio.value = value)}
					choices={byId(studios.value)}
				/>
			)}
			{servers.value.length > 1 && (
				<Pick
					label="Server"
					value={filter.server.value}
					onValue={(value) => (filter.server.value = value)}
					choices={byId(servers.value)}
				/>
			)}
			{(filter.causes.value.length > 1 || filter.cause.value) && (
				<Pick
					label="Cause"
					value={filter.cause.value}
					onValue={(value) => (filter.cause.value = value)}
					choices={filter.causes.value.map(([id, { title, count }]) => ({
						value: id,
						label: `${title} (${count})`,
					}))}
				/>
			)}
			{filter.isFiltered.value && (
				<button type="button" class="quiet" onClick={filter.clearFilter}>
					Show all
				</button>
			)}
		</search>
	);
}
