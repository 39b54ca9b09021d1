import assert from "node:assert/strict";
import test from "node:test";
import { addressOf, hostOf } from "../src/address";
import { blanksIn, showBlanks } from "../src/blanks";
import { counted } from "../src/form";
import type { LineStatus } from "../src/types";
import { bytes, certificateEnds, conditionOf, leftOf, nextOf, plural, resultOf, span } from "../src/words";

test("an address has the extension, escaped, and no port", () => {
	assert.equal(addressOf("1001", "pbx.example"), "sip:1001@pbx.example");
	assert.equal(addressOf("1001", "pbx.example:5070"), "sip:1001@pbx.example");
	assert.equal(addressOf("1001", "sip:pbx.example"), "sip:1001@pbx.example");
	assert.equal(addressOf("1001", "[2001:db8::1]:5070"), "sip:1001@[2001:db8::1]");
	assert.equal(hostOf("2001:db8::1"), "2001:db8::1");
	assert.equal(addressOf("a b@c", "pbx.example"), "sip:a%20b%40c@pbx.example");
	assert.equal(addressOf("a%20b", "pbx.example"), "sip:a%20b@pbx.example");
	assert.equal(addressOf("50%", "pbx.example"), "sip:50%25@pbx.example");
	assert.equal(addressOf("zoë", "pbx.example"), "sip:zo%C3%AB@pbx.example");
	assert.equal(addressOf("", "pbx.example"), null);
	assert.equal(addressOf("1001", ""), null);
});

test("a blank is found wherever it is, and of whatever kind", () => {
	assert.equal(blanksIn(""), null);
	assert.equal(blanksIn("secret"), null);
	assert.match(blanksIn(" secret") ?? "", /in front\.$/);
	assert.match(blanksIn("secret\t") ?? "", /at the end\.$/);
	assert.match(blanksIn("\u00a0secret\u200b") ?? "", /in front and at the end/);
	assert.match(blanksIn("se cret") ?? "", /in it/);
	assert.deepEqual(
		showBlanks("a b").map((part) => part.blank),
		[false, true, false],
	);
});

test("what ends in a number counts up, and keeps its zeros", () => {
	assert.equal(counted("1003", 2), "1005");
	assert.equal(counted("studio-09", 1), "studio-10");
	assert.equal(counted("0099", 1), "0100");
	assert.equal(counted("99999999999999999999", 1), "100000000000000000000");
	assert.equal(counted("Host", 3), "Host");
	assert.equal(counted("Call-in 1", 0), "Call-in 1");
});

const line: LineStatus = {
	id: 1,
	studio: 1,
	studio_name: "Studio 1",
	number: 1,
	name: "Host",
	extension: "1001",
	address: "sip:1001@pbx.example",
	auth_user: "1001",
	server: 1,
	server_name: "pbx.example",
	register: true,
	same_as: null,
	follows: null,
	state: "REGISTERED",
	state_text: "",
	since: "2026-01-01T00:00:00Z",
	granted: 3600,
	ends_at: "2026-01-01T01:00:00Z",
	next_at: "2026-01-01T00:40:00Z",
	status: 200,
	local: false,
	reason: "OK",
	cause: null,
	result_at: null,
	realm: "",
	target: "",
	transport: "udp",
	answer_ms: 3,
	bindings: 1,
	foreign: 0,
	flows: 1,
	flows_up: 1,
	patterns: [],
};

test("a state has the word that `lineup status` has for it", () => {
	assert.equal(conditionOf(line), "registered");
	assert.equal(conditionOf({ ...line, state: "HOLDING" }), "held");
	assert.equal(conditionOf({ ...line, state: "WAITING", status: 401 }), "refused");
	assert.equal(conditionOf({ ...line, state: "WAITING", status: 503 }), "waiting");
	assert.equal(conditionOf({ ...line, state: "WAITING", status: 408, local: true }), "unanswered");
	assert.equal(conditionOf({ ...line, state: "IDLE", register: false }), "off");
	assert.equal(conditionOf({ ...line, state: "IDLE", local: true, reason: "no server" }), "impossible");
	assert.equal(conditionOf({ ...line, state: "IDLE" }), "stopped");
});

test("times are told in two units at the most", () => {
	assert.equal(span(0), "0 s");
	assert.equal(span(58_000), "58 s");
	assert.equal(span(31 * 60_000), "31 min");
	assert.equal(span(3_600_000), "1 h");
	assert.equal(span((6 * 24 + 4) * 3_600_000), "6 d 4 h");
	assert.equal(span(-5), "0 s");
	const now = Date.parse("2026-01-01T00:10:00Z");
	assert.equal(leftOf(line, now), "50 min of 1 h");
	assert.equal(nextOf(line, now), "refresh in 30 min");
	assert.equal(nextOf({ ...line, state: "WAITING" }, now), "again in 30 min");
	assert.equal(resultOf(line), "200 OK");
	assert.equal(resultOf({ ...line, status: 0, reason: "" }), "");
	assert.equal(plural(5000, "line"), "5,000 lines");
	assert.equal(plural(1, "entry", "entries"), "1 entry");
});

test("sizes are told in the largest unit that fits", () => {
	assert.equal(bytes(0), "0 bytes");
	assert.equal(bytes(1023), "1,023 bytes");
	assert.equal(bytes(1024), "1 KB");
	assert.equal(bytes(5_976_883), "5.7 MB");
	assert.equal(bytes(48 * 1024 * 1024), "48 MB");
	assert.equal(bytes(3_000 * 2 ** 30), "3,000 GB");
});

test("the end of a certificate is told from 14 days before on", () => {
	const now = Date.parse("2026-06-01T12:00:00Z");
	const ends = (its: string | null, ours: string | null) =>
		certificateEnds({ certificate_until: its, own_certificate_until: ours }, now).map(({ text }) => text);
	assert.deepEqual(ends(null, null), []);
	assert.deepEqual(ends("2026-06-15T12:00:00Z", null), []);
	assert.deepEqual(ends("2026-06-15T11:59:59Z", null), ["its certificate ends in 13 days (2026-06-15)"]);
	assert.deepEqual(ends("2026-06-02T12:00:00Z", "2026-06-01T12:00:00Z"), [
		"its certificate ends in 1 day (2026-06-02)",
		"our certificate has expired (2026-06-01)",
	]);
});
