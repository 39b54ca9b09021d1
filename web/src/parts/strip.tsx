// When a line was registered, as a strip of bars: full and green where it was, low and red where it
// was not, lower and amber for some of both; and as a sentence.
import type { Bar, Uptime } from "../uptime";

export function sentence(uptime: Uptime): string {
	if (uptime.knownMs === 0) return "Nothing is known of the last 24 hours.";
	const percent = (100 * uptime.upMs) / uptime.knownMs;
	const shown = percent > 99.9 && percent < 100 ? "99.9" : String(Math.floor(percent * 10) / 10);
	return `Registered for ${shown} % of the known time of the last 24 hours.`;
}

const WIDTH = 7;

function heightOf(bar: Bar): number {
	if (bar === "none") return 4;
	return bar === "up" ? 18 : bar === "some" ? 12 : 8;
}

export function Strip({ uptime }: { uptime: Uptime | null }) {
	if (!uptime) return <div class="strip" />;
	const { bars } = uptime;
	return (
		<svg
			class="strip"
			role="img"
			aria-label={sentence(uptime)}
			viewBox={`0 0 ${bars.length * WIDTH - 2} 18`}
			preserveAspectRatio="none"
		>
			<title>{sentence(uptime)}</title>
			{bars.map((bar, i) => (
				<rect
					key={i}
					class={bar}
					x={i * WIDTH}
					y={18 - heightOf(bar)}
					width={WIDTH - 2}
					height={heightOf(bar)}
					rx={1.5}
				/>
			))}
		</svg>
	);
}
