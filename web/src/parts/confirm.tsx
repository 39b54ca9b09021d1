// Asks once more before something is lost.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { Failure } from "./failure";

interface Props {
	readonly title: string;
	readonly text: string;
	readonly verb: string;
	readonly run: () => Promise<void>;
	readonly onClose: () => void;
	readonly children?: ComponentChildren;
}

export function Confirm({ title, text, verb, run, onClose, children }: Props) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<unknown>(null);
	const go = async (): Promise<void> => {
		setBusy(true);
		setError(null);
		try {
			await run();
			onClose();
		} catch (fault) {
			setError(fault);
			setBusy(false);
		}
	};
	return (
		<Dialog title={title} onClose={onClose}>
			<p>{text}</p>
			{children}
			<Failure error={error} />
			<p class="buttons">
				<button type="button" class="danger" disabled={busy} onClick={() => void go()}>
					{busy ? `${verb} …` : verb}
				</button>
				<button type="button" class="quiet" onClick={onClose}>
					Cancel
				</button>
			</p>
		</Dialog>
	);
}
