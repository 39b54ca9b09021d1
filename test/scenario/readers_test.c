/* readers_test.c: the runner's own eyes. packet_read() refuses what is no proper REGISTER,
 * auth_check() a wrong answer; expand() and script_*() say what they cannot read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "auth.h"
#include "expand.h"
#include "packet.h"
#include "script.h"

static const char good[] = "REGISTER sip:pbx.example SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK0123456789\r\n"
			   "Max-Forwards: 70\r\n"
			   "From: <sip:1001@pbx.example>;tag=0123456789\r\n"
			   "To: <sip:1001@pbx.example>\r\n"
			   "Call-ID: c\r\n"
			   "CSeq: 2 REGISTER\r\n"
			   "Contact: <sip:1001@192.0.2.1:5062;a=b>;q=1\r\n"
			   "Content-Length: 0\r\n\r\n";

static void a_good_register_is_read(void **state)
{
	char error[PACKET_ERROR_MAX];
	struct packet packet;

	(void)state;
	assert_true(packet_read(slice_str(good), &packet, error));
	assert_int_equal(packet.cseq, 2);
	assert_true(slice_equal(packet.request_uri, SLICE("sip:pbx.example")));
	assert_true(
		slice_equal(packet_param(packet_header(&packet, "contact", 0), "q"), SLICE("1")));
	assert_false(slice_present(packet_param(packet_header(&packet, "Contact", 0), "a")));
	assert_true(slice_equal(packet_user(packet_uri(packet_header(&packet, "To", 0))),
	                        SLICE("1001")));
	assert_false(slice_present(packet_header(&packet, "To", 1)));
}

/* The good one with one piece replaced. */
static const struct spoiled {
	const char *piece, *by, *says;
} spoiled[] = {
	{ "REGISTER sip", "REGISTER tel", "the start line" },
	{ " SIP/2.0\r\n", " SIP/2.1\r\n", "the start line" },
	{ "REGISTER sip:pbx", "REGISTER sip: pbx", "the start line" },
	{ "To: <sip:1001@pbx.example>\r\n", "", "not exactly one To" },
	{ "Call-ID: c\r\n", "Call-ID: c\r\nCALL-ID: d\r\n", "not exactly one Call-ID" },
	{ "Max-Forwards: 70", "Max-Forwards: 7", "Max-Forwards is not 70" },
	{ "z9hG4bK0123456789", "z9hG4b0123456789", "cookie" },
	{ "tag=0123456789", "tag=0123", "no tag of 8 characters" },
	{ "2 REGISTER\r\nContact", "2 INVITE\r\nContact", "CSeq" },
	{ "2 REGISTER\r\nContact", "4294967296 REGISTER\r\nContact", "CSeq" },
	{ "2 REGISTER\r\nContact", "+2 REGISTER\r\nContact", "CSeq" },
	{ "Content-Length: 0", "Content-Length: 1", "Content-Length does not fit" },
	{ "Content-Length: 0", "Content-Length: x", "Content-Length does not fit" },
	{ "Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n\r\nx", "Content-Length" },
	{ "Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n", "no end" },
	{ "Call-ID: c", "Call-ID: c\x01", "a control byte" },
	{ "Call-ID: c", "Call-ID: c\nX: y", "a control byte" },
	{ "Call-ID: c", "Call-ID: c\rX: y", "a control byte" },
	{ "Call-ID: c\r\n", "Call-ID: c\r\nno name\r\n", "without a name" },
};

static void whatever_is_not_a_proper_register_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		const char *at = strstr(good, spoiled[i].piece);
		char text[1024], error[PACKET_ERROR_MAX] = "";
		struct packet packet;
		int n;

		assert_non_null(at);
		n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, spoiled[i].by,
		             at + strlen(spoiled[i].piece));
		if (packet_read(slice_of(text, (size_t)n), &packet, error))
			fail_msg("taken: %s", spoiled[i].by);
		if (!strstr(error, spoiled[i].says))
			fail_msg("%s: %s", spoiled[i].by, error);
	}
}

/* RFC 2617 3.5 with REGISTER; HA1 is the one that the RFC's example has. */
#define ANSWER(response) \
	"Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"n\\\"1\", " \
	"uri=\"sip:host.com\", response=\"" response "\", cnonce=\"0a4f113b\", qop=auth, " \
	"nc=00000001"

static void a_wrong_answer_is_seen(void **state)
{
	static const char zeros[] = ANSWER("00000000000000000000000000000000");
	char error[AUTH_ERROR_MAX], text[512];
	struct auth auth;
	const char *right;

	(void)state;
	assert_false(auth_check(slice_str(zeros), SLICE("sip:host.com"), "Circle Of Life", &auth,
	                        error));
	right = strstr(error, "should be ");
	assert_non_null(right);
	snprintf(text, sizeof(text), ANSWER("%s"), right + strlen("should be "));
	assert_true(
		auth_check(slice_str(text), SLICE("sip:host.com"), "Circle Of Life", &auth, error));
	assert_string_equal(auth.nonce, "n\"1");
	assert_string_equal(auth.ha1, "939e7578ed9e3c518a452acee763bce9");
	assert_false(auth_check(slice_str(text), SLICE("sip:other.com"), "Circle Of Life", &auth,
	                        error));
	assert_false(
		auth_check(slice_str(text), SLICE("sip:host.com"), "circle of life", &auth, error));
}

static void a_malformed_answer_is_seen(void **state)
{
	static const char *const wrong[] = {
		"Basic dGVzdA==",
		"Digest",
		"Digest username",
		"Digest username=\"a",
		"Digest username=\"a\" realm=\"b\"",
		"Digest username=\"a\", username=\"b\"",
		"Digest username=\"a\", mood=\"good\"",
		"Digest username=\"a\", uri=\"u\", algorithm=MD2",
		"Digest username=\"a\", uri=\"u\", qop=auth, nc=1, cnonce=\"0123456789\"",
		"Digest username=\"a\", uri=\"u\", nc=00000001",
		"Digest username=\"a\", uri=\"u\", qop=auth, nc=00000001, cnonce=\"0\"",
	};
	char error[AUTH_ERROR_MAX];
	struct auth auth;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (auth_check(slice_str(wrong[i]), SLICE("u"), "p", &auth, error))
			fail_msg("taken: %s", wrong[i]);
}

static void times_are_read(void **state)
{
	uint64_t low, high;

	(void)state;
	assert_true(script_time("+20ms", &low, &high));
	assert_int_equal(low, 20);
	assert_int_equal(high, 20);
	assert_true(script_time("2s..5min", &low, &high));
	assert_int_equal(low, 2000);
	assert_int_equal(high, 300000);
	assert_true(script_time("+1h..", &low, &high));
	assert_int_equal(low, 3600000);
	assert_true(high == SCRIPT_OPEN_ENDED);
	assert_true(script_time("+0", &low, &high));
	assert_false(script_time("+5", &low, &high));
	assert_false(script_time("+5s..2s", &low, &high));
	assert_false(script_time("+5 s", &low, &high));
	assert_false(script_time("+", &low, &high));
	assert_false(script_time("+-5s", &low, &high));
}

static void words_and_escapes_are_read(void **state)
{
	char text[] = "a\\r\\n\\x41\\0\\\\", wrong[] = "\\q";
	const char *in = "  one \"two \\\"2\\\"\"  three";
	char *word;
	size_t n;

	(void)state;
	assert_true(script_unescape(text, &n));
	assert_int_equal(n, 6);
	assert_memory_equal(text, "a\r\nA\0\\", 6);
	assert_false(script_unescape(wrong, &n));
	word = script_word(&in);
	assert_string_equal(word, "one");
	free(word);
	word = script_word(&in);
	assert_string_equal(word, "two \"2\"");
	free(word);
	assert_string_equal(in, "three");
	in = "\"open";
	assert_null(script_word(&in));
}

static void placeholders_need_what_they_name(void **state)
{
	const struct expand values = { .realm = "r", .turn = 7 };
	char error[EXPAND_ERROR_MAX], *text;
	size_t n;

	(void)state;
	text = expand(&values, SLICE("{{realm}} {{i}} {{1000+i}} {{hex:1+i}} {{rep:ab:3}}"), &n,
	              error);
	assert_string_equal(text, "r 7 1007 00000008 ababab");
	free(text);
	assert_null(expand(&values, SLICE("{{via}}"), &n, error));
	assert_null(expand(&values, SLICE("{{realm"), &n, error));
	assert_null(expand(&values, SLICE("{{rep:x}}"), &n, error));
	assert_null(expand(&values, SLICE("{{x+i}}"), &n, error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_register_is_read),
		cmocka_unit_test(whatever_is_not_a_proper_register_is_refused),
		cmocka_unit_test(a_wrong_answer_is_seen),
		cmocka_unit_test(a_malformed_answer_is_seen),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(words_and_escapes_are_read),
		cmocka_unit_test(placeholders_need_what_they_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
