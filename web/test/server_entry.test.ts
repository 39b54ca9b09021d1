import assert from "node:assert/strict";
import test from "node:test";
import { callsOf, entryOfCalls } from "../src/calls";
import { changeOfServer, entryOfServer, settingsOf, splitServer, transportOf, withProfile } from "../src/server_entry";
import type { Profile, Server } from "../src/types";

const server: Server = {
	id: 1,
	name: "pbx.example",
	domain: "pbx.example",
	port: null,
	proxy: null,
	transport: "tcp",
	expires: 600,
	rate: null,
	keep_alive: "none",
	interface: null,
	tls_ca: null,
	tls_cert: null,
	tls_key: null,
	tls_min: "1.2",
	srv: "default",
	profile: null,
	calls: null,
	outbound: false,
	contact_parameters: null,
	flows: 1,
	second_proxy: null,
	gruu: false,
	address_parameters: null,
	request_parameters: null,
	headers: null,
	lines: 0,
};

test("of a new server nothing is sent that a profile may choose", () => {
	const before = entryOfServer(null);
	const change = changeOfServer({ ...before, domain: "pbx.example:5070", profile: "cucm" }, before);
	assert.deepEqual(change, { domain: "pbx.example", port: 5070, name: null, profile: "cucm" });
	const udp = changeOfServer({ ...before, domain: "pbx.example", transport: "udp" }, before);
	assert.equal(udp.transport, "udp");
});

test("of a server that is there only what was changed is sent, and what is emptied is taken away", () => {
	const before = entryOfServer(server);
	assert.deepEqual(changeOfServer(before, before), { domain: "pbx.example", port: null, name: null });
	const { expires, transport, outbound, contact_parameters } = changeOfServer(
		{ ...before, expires: "", outbound: true, contactParameters: " ;ob " },
		before,
	);
	assert.equal(expires, null);
	assert.equal(transport, undefined);
	assert.equal(outbound, true);
	assert.equal(contact_parameters, ";ob");
});

test("another profile may choose the transport, but not over what was chosen by hand", () => {
	const before = entryOfServer(server);
	const other = withProfile(before, before, "cucm");
	assert.equal(other.transport, "");
	assert.equal("transport" in changeOfServer(other, before), false);
	assert.equal(withProfile(other, before, "").transport, "tcp");
	const chosen = withProfile({ ...other, transport: "tls" }, before, "kamailio");
	assert.equal(changeOfServer(chosen, before).transport, "tls");
});

test("calls are a word or an address", () => {
	for (const calls of [null, "unavailable", "busy", "sip:desk@studio.example"]) {
		assert.equal(callsOf(entryOfCalls(calls)), calls);
	}
	assert.equal(callsOf({ calls: "to", callsTo: " sip:a@b " }), "sip:a@b");
	assert.equal(callsOf({ calls: "busy", callsTo: "sip:left@over" }), "busy");
	const before = entryOfServer(server);
	assert.equal(before.calls, "unavailable");
	assert.equal(changeOfServer({ ...before, calls: "busy" }, before).calls, "busy");
});

test("a port that is typed behind the host is the port", () => {
	const transport = null;
	assert.deepEqual(splitServer("pbx.example:5070"), { domain: "pbx.example", port: "5070", transport });
	assert.deepEqual(splitServer("[2001:db8::1]:5070"), { domain: "[2001:db8::1]", port: "5070", transport });
	assert.deepEqual(splitServer("2001:db8::1"), { domain: "2001:db8::1", port: null, transport });
});

test("a URI of a server is its host, port and transport", () => {
	const domain = "pbx.example";
	assert.deepEqual(splitServer(" sip:pbx.example:5070;transport=TCP;lr "), { domain, port: "5070", transport: "tcp" });
	assert.deepEqual(splitServer("sips:pbx.example"), { domain, port: null, transport: "tls" });
	assert.deepEqual(splitServer("sips:pbx.example;transport=tcp"), { domain, port: null, transport: "tls" });
	for (const odd of ["sips:pbx.example;transport=udp", "pbx.example;transport=sctp", "pbx.example;x=1"]) {
		assert.deepEqual(splitServer(odd), { domain: odd, port: null, transport: null });
	}
	const before = entryOfServer(null);
	const change = changeOfServer({ ...before, domain: "sip:pbx.example;transport=tls" }, before);
	assert.deepEqual(change, { domain: "pbx.example", port: null, name: null, transport: "tls" });
});

test("proxies go out as they were typed, and say over what the server is reached", () => {
	const before = entryOfServer(server);
	const proxy = "sip:edge.example:5080;transport=tls;lr";
	const change = changeOfServer({ ...before, proxy: ` ${proxy}`, secondProxy: "sips:edge2.example" }, before);
	assert.equal(change.proxy, proxy);
	assert.equal(change.second_proxy, "sips:edge2.example");
	assert.equal(transportOf({ ...server, proxy }), "tls");
	assert.equal(transportOf({ ...server, proxy: "edge.example" }), "tcp");
	assert.equal(transportOf(server), "tcp");
});

test("what a profile sets is said in the words of the settings file", () => {
	const profile: Profile = {
		name: "flowroute",
		title: "Flowroute",
		sets: { expires: "600", "keep-alive": "options" },
		unset: null,
		proxy: null,
		proxy_is_needed: false,
		quirks: "",
		source: "",
	};
	assert.equal(settingsOf(profile), "Sets expires 600, keep-alive options.");
	const nothing: Profile = { ...profile, sets: {}, unset: "its script decides" };
	assert.equal(settingsOf(nothing), "Sets nothing: its script decides.");
});
