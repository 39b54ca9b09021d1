// Fields of forms. A fault stands beneath its field and is read out with it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { blanksIn, showBlanks } from "../blanks";

interface Common {
	readonly label: string;
	readonly hint?: ComponentChildren;
	readonly fault?: string | null | undefined;
}

interface FrameProps extends Common {
	readonly id: string;
	readonly children: ComponentChildren;
}

function Frame({ id, label, hint, fault, children }: FrameProps) {
	return (
		<div class={fault ? "field wrong" : "field"}>
			<label for={id}>{label}</label>
			{children}
			{fault ? (
				<p class="fault" id={`${id}-help`}>
					{fault}
				</p>
			) : (
				hint && (
					<p class="hint" id={`${id}-help`}>
						{hint}
					</p>
				)
			)}
		</div>
	);
}

interface TextProps extends Common {
	readonly value: string;
	readonly onValue: (value: string) => void;
	readonly type?: "text" | "password" | "number";
	readonly required?: boolean;
	readonly placeholder?: string;
	readonly autoComplete?: string;
	readonly choices?: readonly string[];
	readonly mono?: boolean;
	readonly min?: number;
	readonly max?: number;
	readonly noBlanks?: boolean;
	readonly minLength?: number;
	readonly autoFocus?: boolean;
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Those that the field does not think about. */
function attributesOf(props: TextProps, id: string): Attributes {
	return {
		id,
		list: props.choices ? `${id}-list` : undefined,
		type: props.type ?? "text",
		class: props.mono ? "mono" : "",
		required: props.required ?? false,
		placeholder: props.placeholder ?? "",
		autocomplete: props.autoComplete ?? "off",
		autocapitalize: "off",
		spellcheck: false,
		autofocus: props.autoFocus ?? false,
		min: props.min,
		max: props.max,
		minlength: props.minLength,
	};
}

export function TextField(props: TextProps) {
	const id = useId();
	const { value, choices, noBlanks } = props;
	const blanks = noBlanks ? blanksIn(value) : null;
	const fault = props.fault ?? blanks;
	const described = fault || props.hint ? { "aria-describedby": `${id}-help` } : {};
	return (
		<Frame id={id} label={props.label} hint={props.hint} fault={fault}>
			<input
				{...attributesOf(props, id)}
				value={value}
				aria-invalid={fault ? "true" : "false"}
				{...described}
				onInput={(event) => props.onValue(event.currentTarget.value)}
			/>
			{blanks && props.type !== "password" && (
				<p class="shown" aria-hidden="true">
					{showBlanks(value).map((part, i) =>
						part.blank ? <mark key={i}>␣</mark> : <span key={i}>{part.text}</span>,
					)}
				</p>
			)}
			{choices && (
				<datalist id={`${id}-list`}>
					{choices.map((choice) => (
						<option key={choice} value={choice} />
					))}
				</datalist>
			)}
		</Frame>
	);
}

interface ChoiceProps extends Common {
	readonly value: string;
	readonly onValue: (value: string) => void;
	readonly choices: readonly { readonly value: string; readonly label: string }[];
}

export function ChoiceField(props: ChoiceProps) {
	const id = useId();
	const described = props.fault || props.hint ? { "aria-describedby": `${id}-help` } : {};
	return (
		<Frame id={id} label={props.label} hint={props.hint} fault={props.fault}>
			<select
				id={id}
				value={props.value}
				{...described}
				onChange={(event) => props.onValue(event.currentTarget.value)}
			>
				{props.choices.map((choice) => (
					<option key={choice.value} value={choice.value}>
						{choice.label}
					</option>
				))}
			</select>
		</Frame>
	);
}

interface TickProps {
	readonly label: string;
	readonly hint?: ComponentChildren;
	readonly value: boolean;
	readonly onValue: (value: boolean) => void;
}

export function TickField({ label, hint, value, onValue }: TickProps) {
	const id = useId();
	return (
		<div class="tick">
			<input
				id={id}
				type="checkbox"
				checked={value}
				{...(hint ? { "aria-describedby": `${id}-help` } : {})}
				onChange={(event) => onValue(event.currentTarget.checked)}
			/>
			<div>
				<label for={id}>{label}</label>
				{hint && (
					<p class="hint" id={`${id}-help`}>
						{hint}
					</p>
				)}
			</div>
		</div>
	);
}
