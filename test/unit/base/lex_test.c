/* The pieces of header values: blanks and folds, tokens, quoted strings, parameters, lists. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lex.h"
#include "base/rng.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(struct slice got, struct slice expected)
{
	assert_int_equal(slice_present(got), slice_present(expected));
	assert_int_equal(got.n, expected.n);
	if (got.n)
		assert_memory_equal(got.p, expected.p, got.n);
}

static void the_characters_of_a_token_are_those_of_rfc_3261(void **state)
{
	static const char marks[] = "-.!%*_+`'~";

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool alphanum =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		assert_int_equal(lex_is_token((unsigned char)c),
		                 alphanum || (c && strchr(marks, (int)c)));
	}
}

static void blanks_end_where_no_fold_goes_on(void **state)
{
	static const struct slice rows[][2] = {
		/* text, what is left */
		{ SLICE_NONE, SLICE_NONE },
		{ SLICE(""), SLICE("") },
		{ SLICE(" \t a"), SLICE("a") },
		{ SLICE("a "), SLICE("a ") },
		{ SLICE("\r\n a"), SLICE("a") },
		{ SLICE(" \r\n\t \r\n  a"), SLICE("a") },
		{ SLICE(" \r\na"), SLICE("\r\na") },
		{ SLICE(" \r\n"), SLICE("\r\n") },
		{ SLICE(" \r\n\r\n a"), SLICE("\r\n\r\n a") },
		{ SLICE("\n a"), SLICE("\n a") },
		{ SLICE("\r a"), SLICE("\r a") },
		{ SLICE("\v"), SLICE("\v") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice in = rows[i][0];

		lex_blanks(&in);
		assert_slice(in, rows[i][1]);
	}
}

static void a_separator_takes_the_blanks_around_it(void **state)
{
	struct slice in = SLICE(" \r\n ; \t x");

	(void)state;
	assert_false(lex_char(&in, ','));
	assert_slice(in, SLICE(" \r\n ; \t x"));
	assert_true(lex_char(&in, ';'));
	assert_slice(in, SLICE("x"));
	in = SLICE("  ");
	assert_false(lex_char(&in, ';'));
	assert_slice(in, SLICE("  "));
	in = SLICE_NONE;
	assert_false(lex_char(&in, ';'));
}

static void a_token_is_at_least_one_character(void **state)
{
	struct slice in = SLICE("auth-int, x"), token = SLICE("before");

	(void)state;
	assert_true(lex_token(&in, &token));
	assert_slice(token, SLICE("auth-int"));
	assert_slice(in, SLICE(", x"));
	assert_false(lex_token(&in, &token));
	assert_slice(token, SLICE("auth-int"));
	assert_slice(in, SLICE(", x"));
	in = SLICE_NONE;
	assert_false(lex_token(&in, &token));
}

struct quoted_row {
	struct slice text;
	bool ok;
	struct slice inside, left;
	const char *meaning;
};

static const struct quoted_row quoted_rows[] = {
	{ SLICE("\"\""), true, SLICE(""), SLICE(""), "" },
	{ SLICE("\"pbx\";x"), true, SLICE("pbx"), SLICE(";x"), "pbx" },
	{ SLICE("\"a, b; <c>\" d"), true, SLICE("a, b; <c>"), SLICE(" d"), "a, b; <c>" },
	{ SLICE("\"a\\\"b\""), true, SLICE("a\\\"b"), SLICE(""), "a\"b" },
	{ SLICE("\"\\\\\"x"), true, SLICE("\\\\"), SLICE("x"), "\\" },
	{ SLICE("\"\\a\\b\""), true, SLICE("\\a\\b"), SLICE(""), "ab" },
	{ SLICE("\"a \r\n\t b  c\""), true, SLICE("a \r\n\t b  c"), SLICE(""), "a b  c" },
	{ SLICE("\"a\\\r\n b\""), true, SLICE("a\\\r\n b"), SLICE(""), "a\\ b" },
	{ SLICE("\"\xc3\xbc\xff\""), true, SLICE("\xc3\xbc\xff"), SLICE(""), "\xc3\xbc\xff" },
	{ SLICE_NONE, false },
	{ SLICE(""), false },
	{ SLICE("\""), false },
	{ SLICE("\"abc"), false },
	{ SLICE("\"abc\\"), false },
	{ SLICE("\"abc\\\""), false },
	{ SLICE("\"abc\\\\\\\""), false },
	{ SLICE("abc\""), false },
	{ SLICE(" \"abc\""), false },
};

static void a_quoted_string_ends_at_its_quote(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quoted_rows); i++) {
		const struct quoted_row *row = &quoted_rows[i];
		struct slice in = row->text, inside = SLICE("before");
		char memory[32];
		struct buf b = buf_over(memory, sizeof(memory));

		assert_int_equal(lex_quoted(&in, &inside), row->ok);
		assert_slice(in, row->ok ? row->left : row->text);
		assert_slice(inside, row->ok ? row->inside : SLICE("before"));
		if (!row->ok)
			continue;
		lex_unquote(inside, &b);
		assert_int_equal(buf_end(&b), 0);
		assert_string_equal(memory, row->meaning);
	}
}

static void a_backslash_at_the_end_stands_for_itself(void **state)
{
	char memory[32];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	lex_unquote(SLICE("ab\\"), &b);
	lex_unquote(SLICE_NONE, &b);
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(memory, "ab\\");
}

static void quoting_leaves_no_way_out_of_the_quotes(void **state)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "pbx", "\"pbx\"" },
		{ "a\"b\\", "\"a\\\"b\\\\\"" },
		{ "\"\"", "\"\\\"\\\"\"" },
		{ "x\r\nVia: y", "\"x  Via: y\"" },
		{ "\xc3\xbc", "\"\xc3\xbc\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char memory[32];
		struct buf b = buf_over(memory, sizeof(memory));

		lex_quote(slice_str(rows[i][0]), &b);
		assert_int_equal(buf_end(&b), 0);
		assert_string_equal(memory, rows[i][1]);
	}
	char memory[8];
	struct buf b = buf_over(memory, sizeof(memory));

	lex_quote(SLICE_NONE, &b);
	assert_slice(buf_slice(&b), SLICE("\"\""));
}

static void what_was_quoted_comes_back(void **state)
{
	static const char letters[] = "ab\"\\ ,;<>\t\xc3\xbc";
	struct rng rng;

	(void)state;
	rng_seed(&rng, 9);
	for (int i = 0; i < 20000; i++) {
		char text[12], quoted[32], back[32];
		size_t n = rng_between(&rng, 0, sizeof(text));
		struct buf q = buf_over(quoted, sizeof(quoted)), b = buf_over(back, sizeof(back));
		struct slice in, inside;

		for (size_t k = 0; k < n; k++)
			text[k] = letters[rng_between(&rng, 0, sizeof(letters) - 2)];
		lex_quote(slice_of(text, n), &q);
		in = buf_slice(&q);
		assert_true(lex_quoted(&in, &inside));
		assert_int_equal(in.n, 0);
		lex_unquote(inside, &b);
		assert_slice(buf_slice(&b), slice_of(text, n));
	}
}

struct param_row {
	struct slice text;
	bool ok, quoted;
	struct slice name, value, left;
};

static const struct param_row param_rows[] = {
	{ SLICE("rport"), true, false, SLICE("rport"), SLICE_NONE, SLICE("") },
	{ SLICE("rport;x"), true, false, SLICE("rport"), SLICE_NONE, SLICE(";x") },
	{ SLICE(" a = b , c"), true, false, SLICE("a"), SLICE("b"), SLICE(", c") },
	{ SLICE("a=b"), true, false, SLICE("a"), SLICE("b"), SLICE("") },
	{ SLICE("a="), true, false, SLICE("a"), SLICE(""), SLICE("") },
	{ SLICE("a=;b"), true, false, SLICE("a"), SLICE(""), SLICE(";b") },
	{ SLICE("a=\"\""), true, true, SLICE("a"), SLICE(""), SLICE("") },
	{ SLICE("realm=\"a, b\", c"), true, true, SLICE("realm"), SLICE("a, b"), SLICE(", c") },
	{ SLICE("a\r\n =\r\n\t\"b\"\r\n ;c"), true, true, SLICE("a"), SLICE("b"), SLICE(";c") },
	{ SLICE("a=\"b\"c"), true, true, SLICE("a"), SLICE("b"), SLICE("c") },
	{ SLICE("received=[2001:db8::1]:5060;x"), true, false, SLICE("received"),
	  SLICE("[2001:db8::1]:5060"), SLICE(";x") },
	{ SLICE("a=b\"c"), true, false, SLICE("a"), SLICE("b\"c"), SLICE("") },
	{ SLICE("a=b=c"), true, false, SLICE("a"), SLICE("b=c"), SLICE("") },
	{ SLICE("a=b\r\nc"), true, false, SLICE("a"), SLICE("b"), SLICE("\r\nc") },
	{ SLICE("a b"), true, false, SLICE("a"), SLICE_NONE, SLICE("b") },
	{ SLICE_NONE, false },
	{ SLICE(""), false },
	{ SLICE("  "), false },
	{ SLICE(";a"), false },
	{ SLICE("=b"), false },
	{ SLICE("\"a\"=b"), false },
	{ SLICE("a=\"b"), false },
	{ SLICE("a=\"b\\\""), false },
	{ SLICE("a=\""), false },
};

static void a_parameter_is_a_name_and_perhaps_a_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(param_rows); i++) {
		const struct param_row *row = &param_rows[i];
		const struct slice before = SLICE("before");
		struct slice in = row->text, name = before, value = before;
		bool quoted = true;

		assert_int_equal(lex_param(&in, &name, &value, &quoted), row->ok);
		assert_slice(in, row->ok ? row->left : row->text);
		assert_slice(name, row->ok ? row->name : before);
		assert_slice(value, row->ok ? row->value : before);
		assert_int_equal(quoted, row->ok ? row->quoted : true);
		in = row->text;
		assert_int_equal(lex_param(&in, &name, &value, NULL), row->ok);
	}
}

struct list_row {
	struct slice text;
	const char *elements[4];
};

static const struct list_row list_rows[] = {
	{ SLICE_NONE, { 0 } },
	{ SLICE(""), { 0 } },
	{ SLICE(" , ,, \r\n ,"), { 0 } },
	{ SLICE("a"), { "a" } },
	{ SLICE("a,b , c"), { "a", "b", "c" } },
	{ SLICE(",a,,b,"), { "a", "b" } },
	{ SLICE("a \r\n\t,\r\n b"), { "a", "b" } },
	{ SLICE("\"x, y\" <sip:a@b;c=d,e>;q=1, <sip:f>"),
	  { "\"x, y\" <sip:a@b;c=d,e>;q=1", "<sip:f>" } },
	{ SLICE("\"a\\\", b\", c"), { "\"a\\\", b\"", "c" } },
	{ SLICE("\"<\", \">\""), { "\"<\"", "\">\"" } },
	{ SLICE("<a\"b>, \"c"), { "<a\"b>", "\"c" } },
	{ SLICE("a>, b"), { "a>", "b" } },
	{ SLICE("a\\,b"), { "a\\", "b" } },
	/* never closed: all that follows is one broken element */
	{ SLICE("a, \"b, c, d"), { "a", "\"b, c, d" } },
	{ SLICE("a, <b, c, d"), { "a", "<b, c, d" } },
	{ SLICE("a, \"b\\"), { "a", "\"b\\" } },
	{ SLICE("\""), { "\"" } },
	{ SLICE("<"), { "<" } },
};

static void a_list_is_split_at_its_own_commas(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(list_rows); i++) {
		struct slice in = list_rows[i].text, element = SLICE("before");

		for (size_t k = 0; k < 4 && list_rows[i].elements[k]; k++) {
			assert_true(lex_element(&in, &element));
			assert_slice(element, slice_str(list_rows[i].elements[k]));
		}
		struct slice end = in, last = element;

		assert_false(lex_element(&in, &element));
		assert_slice(in, end);
		assert_slice(element, last);
	}
}

/* Every text of the tables, cut at every length, its end against a page that may not be read. */
static void nothing_behind_the_end_is_read(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < COUNT(quoted_rows) + COUNT(param_rows) + COUNT(list_rows); i++) {
		struct slice text =
			i < COUNT(quoted_rows) ? quoted_rows[i].text
			: i < COUNT(quoted_rows) + COUNT(param_rows)
				? param_rows[i - COUNT(quoted_rows)].text
				: list_rows[i - COUNT(quoted_rows) - COUNT(param_rows)].text;

		for (size_t n = 0; n <= text.n; n++) {
			struct slice cut = slice_of(memory + page - n, n), in, a, b;
			char shown[512];
			struct buf out = buf_over(shown, sizeof(shown));

			if (n)
				memcpy(memory + page - n, text.p, n);
			in = cut;
			lex_blanks(&in);
			in = cut;
			lex_char(&in, ';');
			in = cut;
			lex_token(&in, &a);
			in = cut;
			lex_quoted(&in, &a);
			in = cut;
			if (lex_param(&in, &a, &b, NULL))
				assert_true(in.p > cut.p && in.p <= cut.p + n);
			for (in = cut; lex_element(&in, &a);)
				assert_true(a.n > 0 && a.p >= cut.p && a.p + a.n <= cut.p + n);
			lex_unquote(cut, &out);
			lex_quote(cut, &out);
			buf_show(&out, cut);
			buf_json(&out, cut);
			assert_int_equal(buf_end(&out), 0);
		}
	}
	munmap(memory, 2 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_characters_of_a_token_are_those_of_rfc_3261),
		cmocka_unit_test(blanks_end_where_no_fold_goes_on),
		cmocka_unit_test(a_separator_takes_the_blanks_around_it),
		cmocka_unit_test(a_token_is_at_least_one_character),
		cmocka_unit_test(a_quoted_string_ends_at_its_quote),
		cmocka_unit_test(a_backslash_at_the_end_stands_for_itself),
		cmocka_unit_test(quoting_leaves_no_way_out_of_the_quotes),
		cmocka_unit_test(what_was_quoted_comes_back),
		cmocka_unit_test(a_parameter_is_a_name_and_perhaps_a_value),
		cmocka_unit_test(a_list_is_split_at_its_own_commas),
		cmocka_unit_test(nothing_behind_the_end_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
