import { helpOpen, keysOn, setKeysOn } from "../keys";
import { conditions } from "../words";
import { Badge } from "./badge";
import { Dialog } from "./dialog";
import { TickField } from "./field";

const keys: readonly [string, string][] = [
	["/", "search"],
	["j", "next line"],
	["k", "line before"],
	["Enter", "open or close the line"],
	["r", "register the line now"],
	["Esc", "close, leave a field"],
	["?", "this help"],
];

export function Help() {
	if (!helpOpen.value) return null;
	return (
		<Dialog title="Help" onClose={() => (helpOpen.value = false)}>
			<h3>Keys</h3>
			<dl class="keys">
				{keys.map(([key, what]) => (
					<div key={key}>
						<dt>
							<kbd>{key}</kbd>
						</dt>
						<dd>{what}</dd>
					</div>
				))}
			</dl>
			<TickField label="Use these keys" value={keysOn.value} onValue={setKeysOn} />
			<h3>States</h3>
			<dl class="states">
				{conditions.map(({ word, means }) => (
					<div key={word}>
						<dt>
							<Badge condition={word} />
						</dt>
						<dd>{means}</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}
