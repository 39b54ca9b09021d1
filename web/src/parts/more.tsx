// Fields that are seldom needed, folded away. They unfold where one of them is wrong: what cannot be
// seen, the browser cannot point at.
import type { ComponentChildren } from "preact";

interface Props {
	readonly isOpen: boolean;
	readonly onOpen: (isOpen: boolean) => void;
	readonly children: ComponentChildren;
}

export function More({ isOpen, onOpen, children }: Props) {
	return (
		<details
			open={isOpen}
			onToggle={(event) => onOpen(event.currentTarget.open)}
			onInvalidCapture={(event) => (event.currentTarget.open = true)}
		>
			<summary>More settings</summary>
			{children}
		</details>
	);
}
