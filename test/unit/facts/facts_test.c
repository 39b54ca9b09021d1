/* facts_test: what a response says, read against what was asked. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>

#include "facts/facts.h"

static char text[8192];

/* A response with these header lines; borrows from text. */
static struct sip_msg response(unsigned status, const char *lines)
{
	struct sip_msg msg;
	int n = snprintf(text, sizeof(text), "SIP/2.0 %u Word\r\n%sContent-Length: 0\r\n\r\n",
	                 status, lines);

	assert_int_equal(sip_parse(slice_of(text, (size_t)n), &msg, NULL), PARSE_OK);
	return msg;
}

/* ---- whose answer it is */

static void an_answer_has_all_that_its_request_said(void **state)
{
#define VIA  "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKx\r\n"
#define FROM "From: <sip:1001@pbx.example>;tag=F1\r\n"
#define ID   "Call-ID: c1\r\n"
#define CSEQ "CSeq: 7 REGISTER\r\n"
	static const struct {
		const char *lines;
		bool ours;
	} rows[] = {
		{ VIA FROM ID CSEQ, true },
		{ VIA "From: <sip:1001@pbx.example>;tag=f1\r\n" ID CSEQ, true },
		{ VIA "From: \"One\" <sip:1001@pbx.example>;x;tag=f1\r\n" ID CSEQ, true },
		{ VIA "From: <sip:1001@pbx.example>;tag=f12\r\n" ID CSEQ, false },
		{ VIA "From: <sip:1001@pbx.example>;tag=f\r\n" ID CSEQ, false },
		{ FROM ID CSEQ, false },
		{ VIA VIA FROM ID CSEQ, false },
		{ VIA ID CSEQ, false },
		{ VIA "From: <sip:1001@pbx.example>\r\n" ID CSEQ, false },
		{ VIA "From: <sip:1001@pbx.example>;tag=f2\r\n" ID CSEQ, false },
		{ VIA FROM CSEQ, false },
		{ VIA FROM "Call-ID: C1\r\n" CSEQ, false },
		{ VIA FROM ID, false },
		{ VIA FROM ID "CSeq: 8 REGISTER\r\n", false },
		{ VIA FROM ID "CSeq: 7 OPTIONS\r\n", false },
	};
	const struct facts_request request = { .method = SLICE("REGISTER"),
		                               .call_id = SLICE("c1"),
		                               .from = SLICE("sip:1001@pbx.example"),
		                               .from_tag = SLICE("f1"),
		                               .cseq = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sip_msg msg = response(200, rows[i].lines);

		assert_int_equal(facts_is_answer(&msg, &request), rows[i].ours);
	}
}

static void headers_are_read_whatever_the_status(void **state)
{
	struct reg_facts facts = { 0 };
	struct sip_msg msg = response(503, "Retry-After: 0\r\nUser-Agent: PBX\r\nWarning: 399 a\r\n"
	                                   "Min-Expires: 60\r\nUnsupported: path\r\n");

	(void)state;
	facts_read_headers(&msg, &facts);
	assert_int_equal(facts.status, 503);
	assert_true(slice_equal(facts.reason, SLICE("Word")));
	assert_true(slice_equal(facts.server, SLICE("PBX")));
	assert_true(slice_equal(facts.warning, SLICE("399 a")));
	assert_true(slice_equal(facts.unsupported, SLICE("path")));
	assert_int_equal(facts.retry_after_s, 1);
	assert_int_equal(facts.min_expires_s, 60);
	assert_false(slice_present(facts.registrar_error));
	msg = response(503, "Retry-After: 9999999\r\nServer: S\r\nUser-Agent: PBX\r\n");
	facts_read_headers(&msg, &facts);
	assert_int_equal(facts.retry_after_s, 3600);
	assert_true(slice_equal(facts.server, SLICE("S")));
}

static void a_via_is_held_against_what_was_sent(void **state)
{
	struct sip_via via = { .host = SLICE("192.0.2.1"), .port = 5062 };

	(void)state;
	assert_false(facts_via_rewritten(&via, SLICE("192.0.2.1:5062")));
	assert_true(facts_via_rewritten(&via, SLICE("192.0.2.1:5063")));
	via.port = 0;
	assert_false(facts_via_rewritten(&via, SLICE("192.0.2.1:5060")));
	via.host = SLICE("203.0.113.1");
	assert_true(facts_via_rewritten(&via, SLICE("192.0.2.1:5060")));
}

static void errors_of_the_network_have_a_reason(void **state)
{
	static const struct {
		int error;
		enum reg_local local;
	} rows[] = {
		{ ECONNREFUSED, REG_LOCAL_PORT_CLOSED },
		{ EHOSTUNREACH, REG_LOCAL_HOST_UNREACHABLE },
		{ EHOSTDOWN, REG_LOCAL_HOST_UNREACHABLE },
		{ ENETUNREACH, REG_LOCAL_NO_ROUTE },
		{ EADDRNOTAVAIL, REG_LOCAL_NO_ROUTE },
		{ ENODEV, REG_LOCAL_NO_INTERFACE },
		{ ENOLINK, REG_LOCAL_INTERFACE_DOWN },
		{ EPFNOSUPPORT, REG_LOCAL_INTERFACE_FAMILY },
		{ EDESTADDRREQ, REG_LOCAL_INTERFACE_UNNAMED },
		{ EAFNOSUPPORT, REG_LOCAL_NO_ROUTE },
		{ ENETDOWN, REG_LOCAL_NO_ROUTE },
		{ EACCES, REG_LOCAL_PROHIBITED },
		{ EPERM, REG_LOCAL_PROHIBITED },
		{ EMSGSIZE, REG_LOCAL_TOO_LARGE },
		{ ENOMEM, REG_LOCAL_MEMORY },
		{ EIO, REG_LOCAL_SOCKET },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(facts_local_of_errno(rows[i].error), rows[i].local);
}

/* ---- challenges */

static void the_best_challenge_is_picked_else_the_nearest(void **state)
{
#define DIGEST(more) "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"" more "\r\n"
#define LONG_32      "0123456789abcdef0123456789abcdef"
#define LONG_256     LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32
	static const struct {
		const char *lines, *realm;
		enum reg_auth auth;
		enum digest_algorithm algorithm;
	} rows[] = {
		{ "", NULL, REG_AUTH_NO_CHALLENGE, DIGEST_UNKNOWN },
		{ "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", NULL,
		  REG_AUTH_NO_CHALLENGE, DIGEST_UNKNOWN },
		{ DIGEST(""), NULL, REG_AUTH_ASKED, DIGEST_MD5 },
		{ DIGEST("") DIGEST(", algorithm=SHA-256"), NULL, REG_AUTH_ASKED, DIGEST_SHA_256 },
		{ DIGEST(", algorithm=SHA-256") DIGEST(""), NULL, REG_AUTH_ASKED, DIGEST_SHA_256 },
		{ "WWW-Authenticate: Basic realm=\"r\"\r\n" DIGEST(""), NULL, REG_AUTH_ASKED,
		  DIGEST_MD5 },
		{ "WWW-Authenticate: Basic realm=\"r\"\r\n", NULL, REG_AUTH_NOT_DIGEST,
		  DIGEST_UNKNOWN },
		{ "WWW-Authenticate: Digest realm=\"r\"\r\n", NULL, REG_AUTH_MALFORMED,
		  DIGEST_UNKNOWN },
		{ DIGEST(", algorithm=SHA3"), NULL, REG_AUTH_ALGORITHM, DIGEST_UNKNOWN },
		{ DIGEST(", qop=\"auth-x\""), NULL, REG_AUTH_QOP, DIGEST_MD5 },
		{ "WWW-Authenticate: Digest realm=\"" LONG_256 "\", nonce=\"n\"\r\n", NULL,
		  REG_AUTH_TOO_LONG, DIGEST_UNKNOWN },
		{ DIGEST(""), "r", REG_AUTH_ASKED, DIGEST_MD5 },
		{ DIGEST(""), "other", REG_AUTH_FOREIGN_REALM, DIGEST_MD5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sip_msg msg = response(401, rows[i].lines);
		struct digest_challenge challenge;

		assert_int_equal(facts_pick_challenge(&msg, SIP_WWW_AUTHENTICATE,
		                                      slice_str(rows[i].realm), &challenge),
		                 rows[i].auth);
		assert_int_equal(challenge.algorithm, rows[i].algorithm);
	}
}

/* ---- bindings */

static const struct facts_claimant claimant = {
	.uri = { "sip:1001@192.0.2.1:5062", 23 },
	.instance = { "<urn:uuid:a>", 12 },
	.user = { "1001", 4 },
	.hosts = { { "192.0.2.1", 9 }, { "203.0.113.9", 11 } },
};

static void our_binding_is_found_for_the_best_reason(void **state)
{
#define OURS "Contact: <sip:1001@192.0.2.1:5062>;expires=60\r\n"
#define INST "Contact: <sip:x@198.51.100.1>;+sip.instance=\"<URN:UUID:a>\";expires=70\r\n"
#define SEEN "Contact: <sip:1001@203.0.113.9:40000>;expires=80\r\n"
#define ELSE "Contact: <sip:1001@198.51.100.7:5060>;expires=90\r\n"
	static const struct {
		const char *lines;
		enum reg_grant grant;
		unsigned granted_s, bindings, foreign;
		bool rewritten;
	} rows[] = {
		{ "", REG_GRANT_ABSENT, 0, 0, 0, false },
		{ OURS, REG_GRANT_OURS, 60, 1, 0, false },
		{ ELSE, REG_GRANT_ABSENT, 0, 1, 1, false },
		{ ELSE OURS, REG_GRANT_OURS, 60, 2, 1, false },
		{ SEEN ELSE, REG_GRANT_OURS, 80, 2, 1, true },
		{ SEEN SEEN, REG_GRANT_ABSENT, 0, 2, 2, false },
		{ SEEN OURS INST ELSE, REG_GRANT_OURS, 70, 4, 3, true },
		{ "Contact: <sip:1001@192.0.2.1:5062>;+sip.instance=\"<urn:uuid:a>\"\r\n",
		  REG_GRANT_OURS, 300, 1, 0, false },
		{ "Contact: <sip:1001@192.0.2.1:5062>\r\nExpires: 44\r\n", REG_GRANT_OURS, 44, 1, 0,
		  false },
		{ "Contact: <sip:1001@192.0.2.1:5062>;expires=x\r\n", REG_GRANT_OURS, 300, 1, 0,
		  false },
		{ "Contact: <sip:1001@192.0.2.1:5062>;expires=0\r\n", REG_GRANT_ZERO, 0, 1, 0,
		  false },
		{ "Contact: *, <tel:+1>\r\n", REG_GRANT_ABSENT, 0, 1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reg_facts facts = { .asked_s = 300 };
		struct sip_msg msg = response(200, rows[i].lines);
		struct facts_binding_walk walk = { 0 };
		struct facts_binding binding;
		unsigned ours = 0, all = 0;

		facts_read_bindings(&claimant, &msg, &facts);
		assert_int_equal(facts.grant, rows[i].grant);
		assert_int_equal(facts.granted_s, rows[i].granted_s);
		assert_int_equal(facts.bindings, rows[i].bindings);
		assert_int_equal(facts.foreign, rows[i].foreign);
		assert_int_equal(facts.ours_rewritten, rows[i].rewritten);
		while (facts_binding_next(&claimant, &msg, &walk, &binding)) {
			all++;
			ours += binding.ours;
		}
		assert_int_equal(all, rows[i].bindings);
		assert_int_equal(ours, rows[i].bindings - rows[i].foreign);
	}
}

/* RFC 5626 6: bindings of one instance are told apart by their reg-ids. */
static void a_binding_of_another_flow_is_neither_ours_nor_foreign(void **state)
{
#define FLOW(port, id) \
	"Contact: <sip:1001@192.0.2.1:" port ">;reg-id=" id ";+sip.instance=\"<urn:uuid:a>\"\r\n"
	static const struct {
		const char *lines;
		unsigned reg_id;
		enum reg_grant grant;
		unsigned bindings, foreign, beside;
	} rows[] = {
		{ FLOW("5062", "1") FLOW("5062", "2"), 1, REG_GRANT_OURS, 2, 0, 1 },
		{ FLOW("5062", "1") FLOW("5062", "2") ELSE, 2, REG_GRANT_OURS, 3, 1, 1 },
		{ FLOW("5062", "1") FLOW("5062", "2"), 0, REG_GRANT_OURS, 2, 1, 0 },
		{ FLOW("5062", "1"), 2, REG_GRANT_ABSENT, 1, 0, 1 },
		{ FLOW("5062", "x"), 2, REG_GRANT_OURS, 1, 0, 0 },
		{ OURS FLOW("5099", "1"), 2, REG_GRANT_OURS, 2, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct facts_claimant flow = claimant;
		struct reg_facts facts = { .asked_s = 300 };
		struct sip_msg msg = response(200, rows[i].lines);
		struct facts_binding_walk walk = { 0 };
		struct facts_binding binding;
		unsigned beside = 0, ours = 0;

		flow.reg_id = rows[i].reg_id;
		facts_read_bindings(&flow, &msg, &facts);
		assert_int_equal(facts.grant, rows[i].grant);
		assert_int_equal(facts.bindings, rows[i].bindings);
		assert_int_equal(facts.foreign, rows[i].foreign);
		while (facts_binding_next(&flow, &msg, &walk, &binding)) {
			assert_false(binding.ours && binding.beside);
			beside += binding.beside;
			ours += binding.ours;
		}
		assert_int_equal(beside, rows[i].beside);
		assert_int_equal(ours, rows[i].grant == REG_GRANT_OURS);
	}
}

/* RFC 5627 5.1: of our binding alone, and only what is a SIP URI. */
static void gruus_are_those_of_our_binding(void **state)
{
#define PUB  ";pub-gruu=\"sip:1001@pbx.example;gr=urn:uuid:a\""
#define TEMP ";temp-gruu=\"sip:t.1@pbx.example;gr\""
	static const struct {
		const char *lines, *pub, *temp;
	} rows[] = {
		{ "Contact: <sip:1001@192.0.2.1:5062>" PUB TEMP ";expires=60\r\n",
		  "sip:1001@pbx.example;gr=urn:uuid:a", "sip:t.1@pbx.example;gr" },
		{ "Contact: <sip:1001@192.0.2.1:5062>" TEMP "\r\n", NULL,
		  "sip:t.1@pbx.example;gr" },
		{ "Contact: <sip:x@198.51.100.7>" PUB TEMP ", <sip:1001@192.0.2.1:5062>\r\n", NULL,
		  NULL },
		{ "Contact: <sip:1001@192.0.2.1:5062>;pub-gruu=\"tel:+1\";temp-gruu=\"\"\r\n", NULL,
		  NULL },
		{ "Contact: <sip:1001@192.0.2.1:5062>;pub-gruu;temp-gruu=x\r\n", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sip_msg msg = response(200, rows[i].lines);
		struct slice pub = SLICE_NONE, temp = SLICE_NONE;
		struct facts_binding_walk walk = { 0 };
		struct facts_binding binding;

		while (facts_binding_next(&claimant, &msg, &walk, &binding)) {
			assert_true(binding.ours || !slice_present(binding.pub_gruu));
			if (binding.ours) {
				pub = binding.pub_gruu;
				temp = binding.temp_gruu;
			}
		}
		assert_true(rows[i].pub ? slice_equal(pub, slice_str(rows[i].pub))
		                        : !slice_present(pub));
		assert_true(rows[i].temp ? slice_equal(temp, slice_str(rows[i].temp))
		                         : !slice_present(temp));
	}
}

static void who_claims_nothing_has_no_binding(void **state)
{
	const struct facts_claimant nobody = { 0 };
	struct reg_facts facts = { 0 };
	struct sip_msg msg =
		response(200, OURS "Contact: <sip:1@h>;+sip.instance=\"\";expires=1\r\n");

	(void)state;
	facts_read_bindings(&nobody, &msg, &facts);
	assert_int_equal(facts.grant, REG_GRANT_ABSENT);
	assert_int_equal(facts.foreign, 2);
}

static void an_ipv6_address_is_ours_with_and_without_brackets(void **state)
{
	const struct facts_claimant v6 = {
		.user = SLICE("1001"), .hosts = { SLICE("[2001:db8::1]"), SLICE("2001:db8::9") }
	};
	struct reg_facts facts = { 0 };
	struct sip_msg msg = response(200, "Contact: <sip:1001@[2001:db8::9]:5062>;expires=60\r\n");

	(void)state;
	facts_read_bindings(&v6, &msg, &facts);
	assert_int_equal(facts.grant, REG_GRANT_OURS);
}

/* ---- redirects */

static void a_redirect_stays_with_the_server(void **state)
{
	static const struct {
		const char *host, *transport, *lines;
		enum reg_redirect redirect;
		const char *to;
	} rows[] = {
#define TO(uri) "Contact: <" uri ">\r\n"
		{ "pbx.example", "udp", "", REG_REDIRECT_NOWHERE, NULL },
		{ "pbx.example", "udp", TO("tel:+1"), REG_REDIRECT_NOWHERE, NULL },
		{ "pbx.example", "udp", TO("sip:PBX.example"), REG_REDIRECT_ALLOWED,
		  "PBX.example" },
		{ "pbx.example", "udp", TO("sip:a.pbx.example"), REG_REDIRECT_ALLOWED,
		  "a.pbx.example" },
		{ "pbx.example", "udp", TO("sip:apbx.example"), REG_REDIRECT_FOREIGN, NULL },
		{ "pbx.example", "udp", TO("sip:evil.example"), REG_REDIRECT_FOREIGN, NULL },
		{ "pbx.example", "udp", TO("sip:192.0.2.10"), REG_REDIRECT_ALLOWED, "192.0.2.10" },
		{ "pbx.example", "udp", TO("sip:proxy.example"), REG_REDIRECT_ALLOWED,
		  "proxy.example" },
		{ "192.0.2.10", "udp", TO("sip:x.192.0.2.10"), REG_REDIRECT_NOWHERE, NULL },
		{ "10.0.0.5", "udp", TO("sip:a.10.0.0.5x"), REG_REDIRECT_FOREIGN, NULL },
		{ "[2001:db8::1]", "udp", TO("sip:x.example"), REG_REDIRECT_FOREIGN, NULL },
		{ "pbx.example", "udp", TO("sips:pbx.example"), REG_REDIRECT_NOWHERE, NULL },
		{ "pbx.example", "udp", TO("sip:pbx.example;transport=tcp"), REG_REDIRECT_NOWHERE,
		  NULL },
		{ "pbx.example", "tls", TO("sip:pbx.example"), REG_REDIRECT_DOWNGRADE, NULL },
		{ "pbx.example", "tls", TO("sip:pbx.example;transport=tls"), REG_REDIRECT_ALLOWED,
		  "pbx.example" },
		{ "pbx.example", "udp",
		  "Contact: <sip:a.pbx.example>;q=0.2, <sip:b.pbx.example>;q=0.55, "
		  "<sip:c.pbx.example>;q=0.5, <sip:evil.example>;q=1\r\n",
		  REG_REDIRECT_ALLOWED, "b.pbx.example" },
		{ "pbx.example", "udp",
		  "Contact: <sip:a.pbx.example>;q=0.9, <sip:b.pbx.example>, "
		  "<sip:c.pbx.example>;q=1.0, *\r\n",
		  REG_REDIRECT_ALLOWED, "b.pbx.example" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct facts_server server = { .host = slice_str(rows[i].host),
			                       .next_hop = SLICE("proxy.example"),
			                       .address = SLICE("192.0.2.10"),
			                       .transport = slice_str(rows[i].transport) };
		struct sip_msg msg = response(302, rows[i].lines);
		struct reg_facts facts = { 0 };
		struct sip_uri uri = { .host = SLICE_NONE };

		facts_read_redirect(&server, &msg, &facts, &uri);
		assert_int_equal(facts.redirect, rows[i].redirect);
		assert_true(slice_equal(uri.host, slice_str(rows[i].to)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_all_that_its_request_said),
		cmocka_unit_test(headers_are_read_whatever_the_status),
		cmocka_unit_test(a_via_is_held_against_what_was_sent),
		cmocka_unit_test(errors_of_the_network_have_a_reason),
		cmocka_unit_test(the_best_challenge_is_picked_else_the_nearest),
		cmocka_unit_test(our_binding_is_found_for_the_best_reason),
		cmocka_unit_test(a_binding_of_another_flow_is_neither_ours_nor_foreign),
		cmocka_unit_test(gruus_are_those_of_our_binding),
		cmocka_unit_test(who_claims_nothing_has_no_binding),
		cmocka_unit_test(an_ipv6_address_is_ours_with_and_without_brackets),
		cmocka_unit_test(a_redirect_stays_with_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
