// One of several, or all: a choice of a filter.
interface Props {
	readonly label: string;
	readonly value: string;
	readonly onValue: (value: string) => void;
	readonly choices: readonly { readonly value: string; readonly label: string }[];
}

export function Pick({ label, value, onValue, choices }: Props) {
	return (
		<select
			aria-label={label}
			class={value ? "set" : ""}
			value={value}
			onChange={(event) => onValue(event.currentTarget.value)}
		>
			<option value="">{label}: all</option>
			{choices.map((choice) => (
				<option key={choice.value} value={choice.value}>
					{choice.label}
				</option>
			))}
		</select>
	);
}
