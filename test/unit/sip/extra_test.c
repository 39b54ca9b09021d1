/* sip/extra.h: header fields and URI parameters that come from people's settings. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sip/extra.h"

static void fields_stand_in_their_order_each_on_its_line(void **state)
{
	static const struct {
		const char *list, *lines;
	} rows[] = {
		{ "", "" },
		{ "P-Preferred-Identity: <sip:+15551234@carrier.example>",
		  "P-Preferred-Identity: <sip:+15551234@carrier.example>\r\n" },
		{ " X-A:1|X-B :  two words  ", "X-A: 1\r\nX-B: two words\r\n" },
		{ "X-A: a:b;c=\"d, e\"", "X-A: a:b;c=\"d, e\"\r\n" },
		{ "User-Agent: Studio/1 | X-\xc3\xa4: 1", NULL },
		{ "User-Agent: Studio/1 | X-A: \xc3\xa4",
		  "User-Agent: Studio/1\r\nX-A: \xc3\xa4\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char memory[256];
		struct buf out = buf_over(memory, sizeof(memory));
		int r = sip_extra_write(slice_str(rows[i].list), &out);

		assert_int_equal(r, rows[i].lines ? 0 : -EINVAL);
		assert_int_equal(buf_end(&out), 0);
		if (rows[i].lines)
			assert_string_equal(memory, rows[i].lines);
	}
}

static void the_extension_stands_where_its_mark_was(void **state)
{
	static const struct {
		const char *text, *filled;
	} rows[] = {
		{ "", "" },
		{ "<sip:{extension}@h> {extension}", "<sip:10%2301@h> 10%2301" },
		{ "{other} { {extension", "{other} { {extension" },
		{ "{{extension}}", "{10%2301}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char memory[256];
		struct buf out = buf_over(memory, sizeof(memory));

		sip_extra_fill(slice_str(rows[i].text), SLICE("10%2301"), &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(memory, rows[i].filled);
	}
}

static enum sip_extra last_of(const char *list)
{
	struct slice rest = slice_str(list), name, value;
	enum sip_extra got;

	while ((got = sip_extra_take(&rest, &name, &value)) == SIP_EXTRA_FIELD)
		;
	return got;
}

static void nothing_can_end_a_line_or_begin_another_one(void **state)
{
	static const char *const bad[] = {
		"X-A",
		":",
		"X-A:",
		"X-A: ",
		": x",
		"X A: 1",
		"X-A: 1\r\nTo: x",
		"X-A: 1\n",
		"X-A\r: 1",
		"X-A: \x01",
		"X-A: \x7f",
		"X-A: 1|",
		"|X-A: 1",
		"X-A: 1||X-B: 2",
		"X-A: 1\tb",
		"X<A: 1",
		"|",
	};
	static const char *const our_own[] = {
		"From: <sip:x@y>",
		"to: x",
		"CONTACT: *",
		"X-A: 1|Via: x",
		"f: <sip:x@y>",
		"z: 1",
		"Authorization: Digest x",
		"Content-Length: 5",
		"Supported: gruu",
		"Proxy-Require: x",
		"Expires: 5",
		"Route: <sip:x;lr>",
		"Content-Type: x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(last_of(bad[i]), SIP_EXTRA_BAD);
	for (size_t i = 0; i < sizeof(our_own) / sizeof(*our_own); i++)
		assert_int_equal(last_of(our_own[i]), SIP_EXTRA_OURS);
	assert_int_equal(last_of(""), SIP_EXTRA_END);
}

static void a_field_is_found_in_any_letter_case(void **state)
{
	const struct slice list = SLICE("X-A: user-agent | user-AGENT: x");

	(void)state;
	assert_true(sip_extra_has(list, SLICE("User-Agent")));
	assert_true(sip_extra_has(list, SLICE("x-a")));
	assert_false(sip_extra_has(list, SLICE("X-")));
	assert_false(sip_extra_has(SLICE(""), SLICE("X-A")));
}

static void parameters_of_a_uri_are_what_the_grammar_has(void **state)
{
	static const char *const good[] = { "", ";user=phone", ";a;b=c", ";x=%41-_.!~*'()",
		                            ";tgrp=[a]/b:c&d+e$f" };
	static const char *const bad[] = {
		"user=phone", ";",      ";;a", ";a=",  ";a=b=c",  ";a=\"b\"", ";a=<b>", ";a b",
		";a=%4",      ";a?b=c", ";=b", ";a@b", ";a=\x80", ";a;",      ";a\r\n", ";a=b>"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(sip_uri_params_valid(slice_str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(sip_uri_params_valid(slice_str(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_in_their_order_each_on_its_line),
		cmocka_unit_test(the_extension_stands_where_its_mark_was),
		cmocka_unit_test(nothing_can_end_a_line_or_begin_another_one),
		cmocka_unit_test(a_field_is_found_in_any_letter_case),
		cmocka_unit_test(parameters_of_a_uri_are_what_the_grammar_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
