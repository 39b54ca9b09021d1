/* via_test: Via values with blanks wherever RFC 3261 allows them, and what servers add to ours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sip/via.h"
#include "unit/sip/fence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(const char *text, struct slice got, const char *want)
{
	if (slice_present(got) != (want != NULL) || !slice_equal(got, slice_str(want)))
		fail_msg("%s: got \"%.*s\"", text, (int)got.n, got.n ? got.p : "");
}

struct row {
	const char *text, *transport, *host;
	unsigned port;
	const char *branch, *received;
	unsigned rport, rport_asked;
};

static const struct row rows[] = {
	{ "SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK1", "UDP", "192.0.2.1", 5062, "z9hG4bK1",
	  NULL, 0, 1 },
	{ "SIP/2.0/UDP 192.0.2.1:5062;rport=6000;branch=z9hG4bK1;received=203.0.113.9", "UDP",
	  "192.0.2.1", 5062, "z9hG4bK1", "203.0.113.9", 6000, 1 },
	{ "SIP / 2.0 / UDP host : 5060 ;branch=x", "UDP", "host", 5060, "x", NULL, 0, 0 },
	{ "SIP  / 2.0\r\n /TCP\r\n    spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8", "TCP",
	  "spindle.example.com", 0, "z9hG4bK9ikj8", NULL, 0, 0 },
	{ "SIP/2.0/ UDP 192.0.2.2;branch=390skdjuw", "UDP", "192.0.2.2", 0, "390skdjuw", NULL, 0,
	  0 },
	{ "sip/2.0/tls h", "tls", "h", 0, NULL, NULL, 0, 0 },
	{ "  SIP/2.0/UDP\th  ", "UDP", "h", 0, NULL, NULL, 0, 0 },
	{ "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3", "UDP",
	  "[2001:db8::9:1]", 0, "z9hG4bKas3", "[2001:db8::9:255]", 0, 0 },
	{ "SIP/2.0/UDP [2001:db8::9:1]:5070 ; received=2001:db8::9:255 ;rport = 7 ;x", "UDP",
	  "[2001:db8::9:1]", 5070, NULL, "2001:db8::9:255", 7, 1 },
	{ "SIP/2.0/UDP h;received=?!*garbage\"<>@;rport", "UDP", "h", 0, NULL, "?!*garbage\"<>@", 0,
	  1 },
	{ "SIP/2.0/UDP h;received=;branch=", "UDP", "h", 0, "", "", 0, 0 },
	{ "SIP/2.0/UDP h;received=\"1.2.3.4\";ttl=1", "UDP", "h", 0, NULL, "1.2.3.4", 0, 0 },
	{ "SIP/2.0/UDP h;BRANCH=a;branch=b;Received=c;received=d;RPORT;rport=9", "UDP", "h", 0, "a",
	  "c", 0, 1 },
	{ "SIP/2.0/UDP h;;branch=a; ;", "UDP", "h", 0, "a", NULL, 0, 0 },
	{ "SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK209%fzsnel234", "WSS",
	  "df7jal23ls0d.invalid", 0, "z9hG4bK209%fzsnel234", NULL, 0, 0 },
	{ "SIP/2.0/UDP h:05060;maddr=224.2.0.1;ttl=4294967312", "UDP", "h", 5060, NULL, NULL, 0,
	  0 },
	{ "SIP/2.0/UDP h;x=\xff\x01;\"y\"", NULL, NULL, 0, NULL, NULL, 0, 0 },
	/* a server's broken rport costs us the fact, not the answer */
	{ "SIP/2.0/UDP h;rport=65536", "UDP", "h", 0, NULL, NULL, 0, 1 },
	{ "SIP/2.0/UDP h;rport=4294967301", "UDP", "h", 0, NULL, NULL, 0, 1 },
	{ "SIP/2.0/UDP h;rport=-5", "UDP", "h", 0, NULL, NULL, 0, 1 },
	{ "SIP/2.0/UDP h;rport=", "UDP", "h", 0, NULL, NULL, 0, 1 },
	{ "SIP/2.0/UDP h;rport=65535", "UDP", "h", 0, NULL, NULL, 65535, 1 },
};

static void via_falls_into_its_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sip_via via;
		enum parse parse = sip_via_parse(slice_str(rows[i].text), &via);

		if (parse != (rows[i].transport ? PARSE_OK : PARSE_BAD))
			fail_msg("%s: answer is %d", rows[i].text, parse);
		if (parse != PARSE_OK)
			continue;
		assert_slice(rows[i].text, via.transport, rows[i].transport);
		assert_slice(rows[i].text, via.host, rows[i].host);
		assert_int_equal(via.port, rows[i].port);
		assert_slice(rows[i].text, via.branch, rows[i].branch);
		assert_slice(rows[i].text, via.received, rows[i].received);
		assert_int_equal(via.rport, rows[i].rport);
		assert_int_equal(via.rport_asked, rows[i].rport_asked);
	}
}

static const char *const bad[] = {
	"",
	" ",
	"SIP",
	"SIP/",
	"SIP/2.0",
	"SIP/2.0/",
	"SIP/2.0/UDP",
	"SIP/2.0/UDP ",
	"SIP/2.0/ h",
	"SIP/2.0//UDP h",
	"SIP/3.0/UDP h",
	"SIP/2/UDP h",
	"SIPS/2.0/UDP h",
	"HTTP/1.1/TCP h",
	"/2.0/UDP h",
	"SIP/2.0/UDPh",
	"SIP/2.0/UDP[::1]",
	"SIP/2.0/UDP ;branch=a",
	"SIP/2.0/UDP :5060",
	"SIP/2.0/UDP h:",
	"SIP/2.0/UDP h:;x",
	"SIP/2.0/UDP h:0",
	"SIP/2.0/UDP h:65536",
	"SIP/2.0/UDP h:4294972356",
	"SIP/2.0/UDP h:18446744073709556676",
	"SIP/2.0/UDP h:-1",
	"SIP/2.0/UDP h:+1",
	"SIP/2.0/UDP h:0x50",
	"SIP/2.0/UDP h:12x",
	"SIP/2.0/UDP h:50 60",
	"SIP/2.0/UDP h 5060",
	"SIP/2.0/UDP h h",
	"SIP/2.0/UDP h,i",
	"SIP/2.0/UDP h;branch=a,SIP/2.0/UDP i",
	"SIP/2.0/UDP h;=a",
	"SIP/2.0/UDP h;branch=\"a",
	"SIP/2.0/UDP h;branch=\"a\"b",
	"SIP/2.0/UDP h;branch=a b",
	"SIP/2.0/UDP [::1",
	"SIP/2.0/UDP [::1]x",
	"SIP/2.0/UDP [::1%eth0]",
	"SIP/2.0/UDP ::1",
	"SIP/2.0/UDP 1.2.3",
	"SIP/2.0/UDP a_b-",
	"SIP/2.0/UDP \xc3\xbc",
	"SIP/2.0/UDP h;received=\"x\\",
	"SIP/2.0/UDP h\r\nx",
};

static void what_is_no_via_is_refused_and_sets_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct sip_via via = { .port = 4711 };

		if (sip_via_parse(slice_str(bad[i]), &via) != PARSE_BAD)
			fail_msg("\"%s\" should be refused", bad[i]);
		assert_int_equal(via.port, 4711);
	}
	assert_int_equal(sip_via_parse(SLICE_NONE, &(struct sip_via){ 0 }), PARSE_BAD);
}

static void long_branches_and_many_parameters_are_read(void **state)
{
	static char text[70000] = "SIP/2.0/UDP h;branch=";
	size_t n = strlen(text);
	struct sip_via via;

	(void)state;
	memset(text + n, 'b', 64000);
	assert_int_equal(sip_via_parse(slice_of(text, n + 64000), &via), PARSE_OK);
	assert_int_equal(via.branch.n, 64000);
	memset(text + 13, ';', 64000);
	memcpy(text + 64013, "rport=1", 7);
	assert_int_equal(sip_via_parse(slice_of(text, 64020), &via), PARSE_OK);
	assert_int_equal(via.rport, 1);
	memset(text + 12, 'h', 64000);
	assert_int_equal(sip_via_parse(slice_of(text, 64000), &via), PARSE_BAD);
}

static void assert_inside(struct slice part, struct slice whole)
{
	if (slice_present(part))
		assert_true(part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void try_bytes(struct slice text)
{
	struct sip_via via;

	if (sip_via_parse(text, &via) != PARSE_OK)
		return;
	assert_true(via.transport.n > 0 && via.host.n > 0);
	assert_inside(via.transport, text);
	assert_inside(via.host, text);
	assert_inside(via.branch, text);
	assert_inside(via.received, text);
}

static void every_prefix_stays_inside_its_memory(void **state)
{
	(void)state;
	fence_cut(FENCE_TEXTS(rows), try_bytes);
}

static void flipped_bytes_stay_inside_their_memory(void **state)
{
	(void)state;
	fence_flip(FENCE_TEXTS(rows), 2042, try_bytes);
}

/* The short way through scan.h and the long one through lex.h must see the same. */
static void blanks_around_delimiters_change_nothing(void **state)
{
	static const char *const spellings[] = {
		"SIP/2.0/UDP h:5062;rport=6000;branch=b;received=1.2.3.4;x",
		"SIP/2.0/UDP h : 5062 ; rport = 6000 ; branch = b ; received = 1.2.3.4 ; x ",
		("SIP/2.0/UDP\r\n h\r\n :\t5062;\r\n rport=\r\n\t6000 ;branch\r\n =b;"
		 "received= 1.2.3.4;x"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(spellings); i++) {
		struct sip_via via;

		assert_int_equal(sip_via_parse(slice_str(spellings[i]), &via), PARSE_OK);
		assert_slice(spellings[i], via.host, "h");
		assert_int_equal(via.port, 5062);
		assert_int_equal(via.rport, 6000);
		assert_slice(spellings[i], via.branch, "b");
		assert_slice(spellings[i], via.received, "1.2.3.4");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(via_falls_into_its_parts),
		cmocka_unit_test(what_is_no_via_is_refused_and_sets_nothing),
		cmocka_unit_test(long_branches_and_many_parameters_are_read),
		cmocka_unit_test(every_prefix_stays_inside_its_memory),
		cmocka_unit_test(flipped_bytes_stay_inside_their_memory),
		cmocka_unit_test(blanks_around_delimiters_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
