/* answer_test.c: the answers that scenarios do not show: cut and broken requests, and their size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "answer/answer.h"

#define HEAD(method) \
	method " sip:1001@192.0.2.1:5062 SIP/2.0\r\n" \
	       "Via: SIP/2.0/UDP 192.0.2.10;rport;branch=z9hG4bK1\r\n" \
	       "Via: SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK0\r\n" \
	       "Max-Forwards: 70\r\n" \
	       "From: \"A\" <sip:a@b.example>;tag=1\r\n" \
	       "To: <sip:1001@b.example>\r\n" \
	       "Call-ID: c1\r\n" \
	       "CSeq: 7 " method "\r\n"

static const struct hash_key key = { 1, 2 };

static bool ask(struct slice bytes, const char *calls, char *memory, size_t cap,
                struct answer_given *ret_given, struct slice *ret_answer)
{
	struct answer_ask ask = { .calls = calls, .key = &key, .user_agent = SLICE("Lineup") };
	struct buf out = buf_over(memory, cap);
	struct sip_msg msg;
	bool answered;

	if (sip_parse(bytes, &msg, NULL) != PARSE_OK || msg.kind != SIP_REQUEST)
		return false;
	ask.msg = &msg;
	net_addr_parse(SLICE("2001:db8::10"), 40000, &ask.from);
	answered = answer_write(&ask, &out, ret_given);
	*ret_answer = buf_slice(&out);
	return answered;
}

static void an_answer_is_this_to_the_byte(void **state)
{
	static const char expected[] =
		"SIP/2.0 302 Moved Temporarily\r\n"
		"Via: SIP/2.0/UDP "
		"192.0.2.10;branch=z9hG4bK1;received=2001:db8::10;rport=40000\r\n"
		"Via: SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK0\r\n"
		"From: \"A\" <sip:a@b.example>;tag=1\r\n"
		"To: <sip:1001@b.example>;tag=";
	static const char tail[] = "\r\nCall-ID: c1\r\n"
				   "CSeq: 7 INVITE\r\n"
				   "Contact: <sip:desk@studio.example>\r\n"
				   "Server: Lineup\r\n"
				   "Content-Length: 0\r\n\r\n";
	char memory[ANSWER_MAX];
	struct answer_given given;
	struct slice answer;

	(void)state;
	assert_true(ask(SLICE(HEAD("INVITE") "\r\n"), "sip:desk@studio.example", memory,
	                sizeof(memory), &given, &answer));
	assert_int_equal(given.status, 302);
	assert_int_equal(given.kind, ANSWER_CALL);
	assert_int_equal(net_addr_port(&given.to), 40000);
	assert_true(slice_equal(given.caller, SLICE("sip:a@b.example")));
	assert_int_equal(answer.n, sizeof(expected) - 1 + 16 + sizeof(tail) - 1);
	assert_memory_equal(answer.p, expected, sizeof(expected) - 1);
	assert_memory_equal(answer.p + sizeof(expected) - 1 + 16, tail, sizeof(tail) - 1);
}

#define MANY "Require: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"

/* The answer to a forged sender is no weapon: it adds a bounded number of bytes to what came. */
static void no_answer_is_much_longer_than_its_request(void **state)
{
	static const char *const calls[] = { NULL, "busy", "sip:desk@studio.example" };
	static const struct slice requests[] = {
		{ HEAD("INVITE") "\r\n", sizeof(HEAD("INVITE") "\r\n") - 1 },
		{ HEAD("OPTIONS") "\r\n", sizeof(HEAD("OPTIONS") "\r\n") - 1 },
		{ HEAD("MESSAGE") "\r\n", sizeof(HEAD("MESSAGE") "\r\n") - 1 },
		{ HEAD("NOTIFY") "\r\n", sizeof(HEAD("NOTIFY") "\r\n") - 1 },
		{ HEAD("INVITE") MANY "\r\n", sizeof(HEAD("INVITE") MANY "\r\n") - 1 },
		{ HEAD("OPTIONS") MANY "\r\n", sizeof(HEAD("OPTIONS") MANY "\r\n") - 1 },
	};
	char memory[ANSWER_MAX];
	struct answer_given given;
	struct slice answer;

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		for (size_t c = 0; c < sizeof(calls) / sizeof(*calls); c++) {
			assert_true(ask(requests[i], calls[c], memory, sizeof(memory), &given,
			                &answer));
			assert_in_range(answer.n, 1, requests[i].n + 200);
		}
}

/* Whatever is cut off or flipped, an answer has no line that the request could have put there. */
static void broken_requests_get_whole_answers_or_none(void **state)
{
	static const char whole[] = HEAD("OPTIONS") "Require: a\r\n\r\n";
	char memory[ANSWER_MAX], bytes[sizeof(whole)];
	struct answer_given given;
	struct slice answer;
	unsigned answered = 0;

	(void)state;
	for (size_t at = 0; at < sizeof(whole) - 1; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bytes, whole, sizeof(whole));
			bytes[at] ^= (char)(1u << bit);
			if (!ask(slice_of(bytes, sizeof(whole) - 1), NULL, memory, sizeof(memory),
			         &given, &answer))
				continue;
			answered++;
			assert_in_range(given.status, 200, 489);
			assert_true(answer.n > 4 &&
			            memcmp(answer.p + answer.n - 4, "\r\n\r\n", 4) == 0);
			assert_ptr_equal(memmem(answer.p, answer.n, "\r\n\r\n", 4),
			                 answer.p + answer.n - 4);
		}
	assert_in_range(answered, 100, 8 * sizeof(whole));
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_false(
			ask(slice_of(whole, n), NULL, memory, sizeof(memory), &given, &answer));
}

static void an_answer_that_does_not_fit_is_none(void **state)
{
	static const char whole[] = HEAD("OPTIONS") "\r\n";
	char memory[ANSWER_MAX];
	struct answer_given given;
	struct slice answer;

	(void)state;
	assert_true(
		ask(SLICE(HEAD("OPTIONS") "\r\n"), NULL, memory, sizeof(memory), &given, &answer));
	for (size_t cap = 1; cap <= answer.n; cap++) {
		struct slice cut;

		assert_false(
			ask(slice_of(whole, sizeof(whole) - 1), NULL, memory, cap, &given, &cut));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_this_to_the_byte),
		cmocka_unit_test(no_answer_is_much_longer_than_its_request),
		cmocka_unit_test(broken_requests_get_whole_answers_or_none),
		cmocka_unit_test(an_answer_that_does_not_fit_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
