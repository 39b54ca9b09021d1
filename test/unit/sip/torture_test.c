/* unit/sip/torture_test.c: good messages cut, changed and multiplied (data/attacks.tsv, A02, A03,
 * A05, A06, A12, A15). Nothing here asks the clock: what is not linear would not end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fuzz/sip_msg_check.h"
#include "unit/sip/good_messages.h"
#include "unit/sip/guard.h"

/* Text that grows. */
struct text {
	char *p;
	size_t n, cap;
};

static void text_add(struct text *text, const char *bytes, size_t n)
{
	if (text->cap - text->n < n) {
		text->cap = 2 * (text->cap + n);
		text->p = realloc(text->p, text->cap);
		assert_non_null(text->p);
	}
	memcpy(text->p + text->n, bytes, n);
	text->n += n;
}

static void text_times(struct text *text, unsigned times, const char *bytes)
{
	for (unsigned i = 0; i < times && *bytes; i++)
		text_add(text, bytes, strlen(bytes));
}

static enum parse text_check(struct text *text)
{
	char *exact = malloc(text->n);
	enum parse parse;

	assert_non_null(exact);
	memcpy(exact, text->p, text->n);
	parse = sip_msg_check(slice_of(exact, text->n));
	free(exact);
	free(text->p);
	*text = (struct text){ 0 };
	return parse;
}

static void every_prefix_is_partial_and_read_within_its_pages(void **state)
{
	struct guard guard = guard_new(4096);

	(void)state;
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		struct slice whole = slice_str(good_messages[i]);

		assert_true(whole.n <= guard.cap);
		for (size_t n = 0; n <= whole.n; n++) {
			enum parse want = n < whole.n ? PARSE_PARTIAL : PARSE_OK;
			struct slice cut = slice_of(whole.p, n);
			enum parse front = sip_msg_check(guard_front(&guard, cut));
			enum parse back = sip_msg_check(guard_back(&guard, cut));

			if (front != want || back != want)
				fail_msg("message %zu cut at %zu: %d, %d", i, n, front, back);
		}
	}
	guard_free(&guard);
}

static void any_byte_may_be_changed_into_any_other(void **state)
{
	size_t verdicts[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		struct slice whole = slice_str(good_messages[i]);
		char *copy = malloc(whole.n);

		assert_non_null(copy);
		memcpy(copy, whole.p, whole.n);
		for (size_t at = 0; at < whole.n; at++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				copy[at] = (char)byte;
				verdicts[sip_msg_check_near(slice_of(copy, whole.n), copy + at)]++;
			}
			copy[at] = whole.p[at];
		}
		free(copy);
	}
	/* All three come of it, so the changes did reach the parser. */
	assert_true(verdicts[PARSE_OK] > 100000);
	assert_true(verdicts[PARSE_BAD] > 100000);
	assert_true(verdicts[PARSE_PARTIAL] > 100);
}

static void five_thousand_headers_of_one_name_are_walked(void **state)
{
	static const struct {
		enum sip_header header;
		const char *line, *element;
	} rows[] = {
		{ SIP_VIA, "Via: SIP/2.0/UDP a;branch=b\r\n", "SIP/2.0/UDP a;branch=b," },
		{ SIP_CONTACT, "m: <sip:a@b>;expires=1\r\n", "\"a,b\" <sip:a@b>;expires=1 ," },
		{ SIP_ROUTE, "Route: <sip:a;lr>\r\n", "<sip:a;lr>, " },
		{ SIP_RECORD_ROUTE, "Record-Route: <sip:a;lr>\r\n", "<sip:a,b;lr>," },
		{ SIP_WARNING, "Warning: 399 a \"b\"\r\n", "399 a \"b, c\"," },
		{ SIP_WWW_AUTHENTICATE, "WWW-Authenticate: Digest realm=\"a\"\r\n", "x," },
		{ SIP_OTHER, "Accept: a/b\r\n", "a/b," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = { 0 };
		struct sip_values walk = { 0 };
		struct sip_msg msg;
		struct slice value;
		size_t count = 0;

		text_times(&text, 1, "SIP/2.0 200 OK\r\n");
		text_times(&text, 5000, rows[i].line);
		text_add(&text, rows[i].line, strcspn(rows[i].line, ":") + 1);
		text_times(&text, 5000, rows[i].element);
		text_times(&text, 1, "\r\n\r\n");
		assert_int_equal(sip_parse(slice_of(text.p, text.n), &msg, NULL), PARSE_OK);
		while (sip_value_next(&msg, rows[i].header, &walk, &value))
			count++;
		assert_int_equal(count, 10000);
		assert_int_equal(text_check(&text), PARSE_OK);
	}
}

static void what_may_stand_once_is_refused_at_its_second(void **state)
{
	struct text text = { 0 };
	struct sip_msg msg;
	size_t at;

	(void)state;
	text_times(&text, 1, "SIP/2.0 200 OK\r\nTo: a\r\n");
	text_times(&text, 5000, "To: a\r\n");
	assert_int_equal(sip_parse(slice_of(text.p, text.n), &msg, &at), PARSE_BAD);
	assert_int_equal(at, strlen("SIP/2.0 200 OK\r\nTo: a\r\n"));
	free(text.p);
}

static void empty_values_are_read(void **state)
{
	static const char *const lines[] = {
		"Warning:",   "Via:",        "Contact:",     "To: ;tag=",   "Call-ID:",
		"From: ",     "CSeq:\t",     "Retry-After:", "m: ,,",       "v:,",
		"Expires:  ", "Route:\r\n ", "Reason: ;",    "Contact: <>", "To: \"\"",
		"To: <",      "To: \"",      "Via: ;",       "CSeq: ;",     "X:",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct text text = { 0 };

		text_times(&text, 1, "SIP/2.0 200 OK\r\n");
		text_times(&text, 1, lines[i]);
		text_times(&text, 1, "\r\n\r\n");
		assert_int_equal(text_check(&text), PARSE_OK);
	}
}

static void ten_thousand_folds_are_one_value(void **state)
{
	struct text text = { 0 };
	struct sip_msg msg;

	(void)state;
	text_times(&text, 1, "SIP/2.0 200 OK\r\nTo: a");
	text_times(&text, 10000, "\r\n b");
	text_times(&text, 1, "\r\nVia:");
	text_times(&text, 10000, "\r\n\t");
	text_times(&text, 1, "\r\nl:");
	text_times(&text, 10000, "\r\n ");
	text_times(&text, 1, "0");
	text_times(&text, 10000, "\r\n ");
	text_times(&text, 1, "\r\n\r\n");
	assert_int_equal(sip_parse(slice_of(text.p, text.n), &msg, NULL), PARSE_OK);
	assert_int_equal(msg.first[SIP_TO].n, 1 + 4 * 10000);
	assert_int_equal(msg.first[SIP_VIA].n, 0);
	assert_int_equal(msg.first[SIP_CONTENT_LENGTH].n, 1);
	assert_int_equal(text_check(&text), PARSE_OK);
}

/* Each of these, 300,000 times over, would take minutes and hours if its work grew with the square.
 */
static void no_input_costs_more_than_linear_time(void **state)
{
	static const struct {
		const char *front, *part, *back;
		enum parse parse;
	} rows[] = {
		{ "SIP/2.0 200 OK\r\n", "a:\r\n", "\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "\r\n ", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "\t", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "\x01", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "\\", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "\"", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nTo:", "<", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nm:", ",", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nm:", "\",", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nm:", "<,", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\n", "m:,\r\n", "\r\n", PARSE_OK },
		{ "SIP/2.0 200 ", "x", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\n", "x", ":\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nx", " ", ":\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nl: ", "0", "\r\n\r\n", PARSE_OK },
		{ "SIP/2.0 200 OK\r\nl: ", "9", "\r\n\r\n", PARSE_BAD },
		{ "X ", "a", " SIP/2.0\r\n\r\n", PARSE_OK },
		{ "", "X", " a SIP/2.0\r\n\r\n", PARSE_OK },
		{ "", "\r\n", "SIP/2.0 200 OK\r\n\r\n", PARSE_OK },
		{ "", "\r\n", "", PARSE_PARTIAL },
		{ "SIP/2.0 200 OK\r\nTo:", "a\r\n ", "", PARSE_PARTIAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = { 0 };
		enum parse parse;

		text_times(&text, 1, rows[i].front);
		text_times(&text, 300000, rows[i].part);
		text_times(&text, 1, rows[i].back);
		parse = text_check(&text);
		if (parse != rows[i].parse)
			fail_msg("row %zu: %d", i, parse);
	}
}

static void quoted_nuls_cost_linear_time(void **state)
{
	struct text text = { 0 };

	(void)state;
	text_times(&text, 1, "SIP/2.0 200 OK\r\nTo: \"");
	for (unsigned i = 0; i < 300000; i++)
		text_add(&text, "\\", 2);
	text_times(&text, 1, "\"\r\n\r\n");
	assert_int_equal(text_check(&text), PARSE_OK);
}

/* Whatever a body holds, the message is the same: nobody looks. */
static void bodies_are_never_parsed(void **state)
{
	static const char *const parts[] = {
		"<a>",      "\r\n\r\n", "SIP/2.0 200 OK\r\nTo: a\r\n", "--b\r\n", "\xff",
		"l: 1\r\n", "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct guard guard = guard_new(65536);
		struct text text = { 0 };
		struct sip_msg msg;
		struct slice message;
		char *body;

		text_times(&text, 1, "SIP/2.0 200 OK\r\nc: multipart/mixed\r\n\r\n");
		text_times(&text, 8000, parts[i]);
		text.n = text.n < 65536 ? text.n : 65536;
		message = guard_front(&guard, slice_of(text.p, text.n));
		/* all pages of the body but the one that the headers end in cannot be read */
		body = guard.map + 2 * guard.page;
		assert_int_equal(mprotect(body, guard.cap - guard.page, PROT_NONE), 0);
		assert_int_equal(sip_parse(message, &msg, NULL), PARSE_OK);
		assert_int_equal(msg.body.n, text.n - strlen("SIP/2.0 200 OK\r\n") -
		                                     strlen("c: multipart/mixed\r\n\r\n"));
		free(text.p);
		guard_free(&guard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_is_partial_and_read_within_its_pages),
		cmocka_unit_test(any_byte_may_be_changed_into_any_other),
		cmocka_unit_test(five_thousand_headers_of_one_name_are_walked),
		cmocka_unit_test(what_may_stand_once_is_refused_at_its_second),
		cmocka_unit_test(empty_values_are_read),
		cmocka_unit_test(ten_thousand_folds_are_one_value),
		cmocka_unit_test(no_input_costs_more_than_linear_time),
		cmocka_unit_test(quoted_nuls_cost_linear_time),
		cmocka_unit_test(bodies_are_never_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
