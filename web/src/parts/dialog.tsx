// A dialog of the browser's own kind: it keeps the focus inside, and Escape closes it.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
	readonly title: string;
	readonly onClose: () => void;
	readonly wide?: boolean;
	readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children }: Props) {
	const ref = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const dialog = ref.current;
		const from = document.activeElement;
		dialog?.showModal();
		return () => {
			dialog?.close();
			if (from instanceof HTMLElement) from.focus();
		};
	}, []);
	return (
		<dialog
			ref={ref}
			class={wide ? "wide" : ""}
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
		>
			<header>
				<h2 id={id}>{title}</h2>
				<button type="button" class="quiet icon" aria-label="Close" onClick={onClose}>
					<span aria-hidden="true">×</span>
				</button>
			</header>
			{children}
		</dialog>
	);
}
