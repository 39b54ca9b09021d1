// What may be wider than the window; reached by keyboard, too, so that the arrows can move it.
import type { ComponentChildren } from "preact";

export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
	return (
		<div class="scroll" role="region" aria-label={label} tabIndex={0}>
			{children}
		</div>
	);
}
