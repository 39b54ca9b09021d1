// The frame: what stands on every page, and which page is shown.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf, strangerCount } from "./api";
import { boardFault, forget, reload } from "./board";
import { live, stopLive } from "./live";
import { Help } from "./parts/help";
import { Said, say } from "./parts/say";
import { helpOpen } from "./keys";
import { LinesPage } from "./pages/lines";
import { LogPage } from "./pages/log";
import { LoginPage } from "./pages/login";
import { ServersPage } from "./pages/servers";
import { SettingsPage } from "./pages/settings";
import { SetupPage, setupToken } from "./pages/setup";
import { StudioPage } from "./pages/studio";
import { SystemPage } from "./pages/system";
import { route } from "./router";
import { login, logOut, sessionFault, whoAmI } from "./session";

interface Page {
	readonly id: string;
	readonly title: string;
	readonly section: string;
	readonly show: ComponentType;
}

const pages: readonly Page[] = [
	{ id: "studio", title: "Studio", section: "Information", show: StudioPage },
	{ id: "log", title: "Log", section: "Information", show: LogPage },
	{ id: "settings", title: "General Settings", section: "SIP", show: SettingsPage },
	{ id: "servers", title: "Servers", section: "SIP", show: ServersPage },
	{ id: "lines", title: "Lines", section: "SIP", show: LinesPage },
	{ id: "system", title: "System", section: "", show: SystemPage },
];

function Navigation({ on }: { on: Page }) {
	const sections = [...new Set(pages.map((page) => page.section))];
	return (
		<nav aria-label="Pages">
			{sections.map((section) => (
				<div key={section} class="section">
					{section && <span>{section}</span>}
					{pages
						.filter((page) => page.section === section)
						.map((page) => (
							<a
								key={page.id}
								href={`#/${page.id}`}
								{...(page === on ? { "aria-current": "page" as const } : {})}
							>
								{page.title}
							</a>
						))}
				</div>
			))}
		</nav>
	);
}

const liveWords = {
	live: "live",
	reconnecting: "reconnecting",
	stale: "stale: no news from Lineup",
} as const;

function Live() {
	return (
		<span class={`live ${live.value}`} role="status">
			{liveWords[live.value]}
		</span>
	);
}

function Who() {
	const leave = (): void => {
		logOut().catch((error: unknown) => say(sentenceOf(error), true));
	};
	return (
		<span class="whoami">
			<Live />
			<button
				type="button"
				class="quiet icon"
				aria-label="Help"
				onClick={() => (helpOpen.value = true)}
			>
				?
			</button>
			<span class="soft">{login.value?.name}</span>
			<button type="button" class="quiet" onClick={leave}>
				Log out
			</button>
		</span>
	);
}

function Brand() {
	return (
		<a class="brand" href="#/">
			Line<i>up</i>
		</a>
	);
}

function Door() {
	const token = setupToken.value;
	return (
		<>
			<header class="top">
				<Brand />
			</header>
			<main>
				{token ? <SetupPage token={token} /> : login.value === undefined ? <Waiting /> : <LoginPage />}
			</main>
		</>
	);
}

function Waiting() {
	useEffect(() => {
		if (!sessionFault.value) return undefined;
		const timer = setInterval(() => void whoAmI(), 3_000);
		return () => clearInterval(timer);
	}, [sessionFault.value]);
	return <p class="soft">{sessionFault.value ?? "One moment …"}</p>;
}

function Inside() {
	const page = pages.find((each) => each.id === route.value.page) ?? pages[0];
	const shown = useRef(page);
	useEffect(() => {
		document.title = page ? `${page.title} · Lineup` : "Lineup";
		if (shown.current === page) return;
		shown.current = page;
		// who listens, or goes by keys, begins where the new page does
		scrollTo(0, 0);
		document.getElementById("main")?.focus({ preventScroll: true });
	}, [page]);
	if (!page) return null;
	const Show = page.show;
	return (
		<>
			<a class="skip" href="#main" onClick={skip}>
				To the content
			</a>
			<header class="top">
				<Brand />
				<Navigation on={page} />
				<Who />
			</header>
			<main id="main" tabIndex={-1} class={live.value === "stale" ? "stale" : ""}>
				{boardFault.value !== null && live.value === "live" && (
					<p class="failure">{sentenceOf(boardFault.value)}</p>
				)}
				<Show key={page.id} />
			</main>
			<Said />
			<Help />
		</>
	);
}

/** The part of the address behind # is the page, so that it cannot be a place on it. */
function skip(event: Event): void {
	event.preventDefault();
	document.getElementById("main")?.focus();
}

export function App() {
	const inside = login.value !== undefined && login.value !== null;
	useEffect(() => {
		if (inside) {
			reload();
			return;
		}
		stopLive();
		forget();
	}, [inside]);
	useEffect(() => {
		if (inside && strangerCount.value) void whoAmI();
	}, [strangerCount.value]);
	return inside && !setupToken.value ? <Inside /> : <Door />;
}
