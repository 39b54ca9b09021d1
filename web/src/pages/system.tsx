// System: the daemon itself, who may do what, who did what.
import type { ComponentChildren } from "preact";
import { answersWell, get } from "../api";
import { lines, loaded } from "../board";
import { live } from "../live";
import { Failure } from "../parts/failure";
import { useRead } from "../read";
import { may } from "../session";
import type { System } from "../types";
import { bytes, dayAndTime, isUp, plural, span } from "../words";
import { Audit } from "./audit";
import { Backup } from "./backup";
import { Logins } from "./logins";
import { OwnLogin } from "./own_login";
import { Syslog } from "./syslog";
import { Tokens } from "./tokens";

interface Health {
	readonly system: System;
	readonly alive: boolean;
	readonly ready: boolean;
	readonly answerMs: number;
	readonly aheadMs: number;
}

async function readHealth(): Promise<Health> {
	const began = performance.now();
	const alive = await answersWell("/healthz");
	const answerMs = Math.max(1, Math.round(performance.now() - began));
	const [ready, system] = await Promise.all([answersWell("/readyz"), get<System>("/system")]);
	return { system, alive, ready, answerMs, aheadMs: Date.parse(system.time) - Date.now() };
}

const CLOCK_APART_MS = 5_000;

function Mark({ good, yes, no }: { good: boolean; yes: string; no: string }) {
	return <span class={`badge ${good ? "up" : "down"}`}>{good ? yes : no}</span>;
}

function clockOf({ aheadMs }: Health): string {
	if (Math.abs(aheadMs) < CLOCK_APART_MS) return "as the one of this browser";
	const way = aheadMs > 0 ? "ahead of" : "behind";
	return `${span(Math.abs(aheadMs))} ${way} the one of this browser`;
}

function HealthCard({ health }: { health: Health }) {
	const all = [...lines.value.values()].filter((line) => line.register);
	const { system } = health;
	const upMs = Date.parse(system.time) - Date.parse(system.started_at);
	const rows: readonly [string, ComponentChildren][] = [
		["Version", `Lineup ${system.version}, API ${system.api}`],
		["Running for", `${span(upMs)}, since ${dayAndTime(system.started_at)}`],
		["Process", <Mark good={health.alive} yes="answers" no="does not answer" />],
		["Settings", <Mark good={health.ready} yes="can be read" no="cannot be read" />],
		["Events", <Mark good={live.value === "live"} yes="live" no={live.value} />],
		["Answered in", `${health.answerMs} ms`],
		["Its clock", clockOf(health)],
		["Lines", loaded.value ? `${all.filter(isUp).length} of ${plural(all.length, "line")} registered` : ""],
		["Threads", `${system.threads}, which share the lines`],
		["Memory", bytes(system.memory_bytes)],
		["Its store", `${bytes(system.store.bytes)}, schema ${system.store.schema}`],
	];
	return (
		<dl class="facts wide">
			{rows.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

function HealthSection() {
	const { known, error, again } = useRead(readHealth);
	return (
		<section class="card" aria-labelledby="health">
			<div class="head">
				<h2 id="health">Health</h2>
				<button type="button" class="quiet" onClick={again}>
					Look again
				</button>
			</div>
			<Failure error={error} />
			{known ? <HealthCard health={known} /> : !error && <p class="soft">Reading …</p>}
			<p class="soft note">
				For a monitor: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, and{" "}
				<a href="/metrics">/metrics</a> for Prometheus.
			</p>
		</section>
	);
}

export function SystemPage() {
	return (
		<>
			<h1>System</h1>
			<div class="stack">
				<HealthSection />
				<OwnLogin />
				{may("admin") && <Logins />}
				<Tokens />
				<Syslog />
				<Backup />
				{may("admin") && <Audit />}
			</div>
		</>
	);
}
