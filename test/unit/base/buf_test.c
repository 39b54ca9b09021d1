/* Writing into memory of a fixed size, and showing text that strangers wrote. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void what_does_not_fit_is_dropped_whole_and_remembered(void **state)
{
	char memory[8];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_str(&b, "abc");
	buf_str(&b, "defgh"); /* 8 and the NUL do not fit into 8 */
	assert_true(b.full);
	buf_char(&b, 'x'); /* would fit, but the text would have a hole */
	assert_int_equal(buf_end(&b), -ENOBUFS);
	assert_string_equal(memory, "abc");
}

static void the_last_byte_is_kept_for_the_nul(void **state)
{
	char memory[4] = "zzz";
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_str(&b, "abc");
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(memory, "abc");
	buf_str(&b, "");
	assert_int_equal(buf_end(&b), 0);
	buf_char(&b, 'd');
	assert_int_equal(buf_end(&b), -ENOBUFS);
	assert_string_equal(memory, "abc");
}

static void one_byte_of_memory_holds_the_empty_text(void **state)
{
	char memory[1] = "z";
	struct buf b = buf_over(memory, 1);

	(void)state;
	buf_put(&b, SLICE_NONE);
	buf_put(&b, SLICE(""));
	buf_hex(&b, "", 0);
	assert_int_equal(buf_end(&b), 0);
	assert_int_equal(memory[0], 0);
	buf_char(&b, 'a');
	assert_int_equal(buf_end(&b), -ENOBUFS);
	assert_int_equal(memory[0], 0);
}

static void numbers_are_written_in_decimal(void **state)
{
	static const uint64_t numbers[] = {
		0, 9, 10, 101, UINT32_MAX, UINT64_MAX / 10, UINT64_MAX
	};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		for (unsigned width = 0; width <= 21; width++) {
			char memory[32], expected[32];
			struct buf b = buf_over(memory, sizeof(memory));

			buf_u64_wide(&b, numbers[i], width);
			assert_int_equal(buf_end(&b), 0);
			snprintf(expected, sizeof(expected), "%.*" PRIu64,
			         (int)(width > 20 ? 20 : width), numbers[i]);
			assert_string_equal(memory, expected);
		}
		char memory[32], expected[32];
		struct buf b = buf_over(memory, sizeof(memory));

		buf_u64(&b, numbers[i]);
		assert_int_equal(buf_end(&b), 0);
		snprintf(expected, sizeof(expected), "%" PRIu64, numbers[i]);
		assert_string_equal(memory, expected);
	}
}

static void hexadecimal_has_the_digits_that_were_asked_for(void **state)
{
	char memory[128];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_hex_u64(&b, 0xa000001, 8);
	buf_char(&b, ' ');
	buf_hex_u64(&b, 0xabcdef, 2);
	buf_char(&b, ' ');
	buf_hex_u64(&b, UINT64_MAX, 17);
	buf_char(&b, ' ');
	buf_hex(&b, "\x00\x7f\x80\xff", 4);
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(memory, "0a000001 ef ffffffffffffffff 007f80ff");
}

static void hexadecimal_bytes_fit_whole_or_not_at_all(void **state)
{
	char memory[9];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_hex(&b, "\x01\x02\x03\x04", 4);
	assert_int_equal(buf_end(&b), 0);
	b = buf_over(memory, 8);
	buf_hex(&b, "\x01\x02\x03\x04", 4);
	assert_int_equal(buf_end(&b), -ENOBUFS);
	assert_string_equal(memory, "");
	buf_hex(&b, "\x01", 1);
	assert_int_equal(b.n, 0);
}

struct row {
	struct slice text;
	const char *shown, *json;
};

#define FFFD "\xef\xbf\xbd"

static const struct row rows[] = {
	{ SLICE_NONE, "", "" },
	{ SLICE(""), "", "" },
	{ SLICE("Service Unavailable"), "Service Unavailable", "Service Unavailable" },
	{ SLICE("a\"b"), "a\"b", "a\\\"b" },
	{ SLICE("a\\b\\"), "a\\\\b\\\\", "a\\\\b\\\\" },
	{ SLICE("a/b"), "a/b", "a/b" },
	{ SLICE("\0"), "\\x00", "\\u0000" },
	{ SLICE("\t\r\n"), "\\x09\\x0d\\x0a", "\\u0009\\u000d\\u000a" },
	{ SLICE("\x1b[31mred"), "\\x1b[31mred", "\\u001b[31mred" },
	{ SLICE("\x1f ~\x7f"), "\\x1f ~\\x7f", "\\u001f ~\\u007f" },
	/* C1: CSI in one code point, and the ends of the range */
	{ SLICE("\xc2\x9b"), "\\xc2\\x9b", "\\u009b" },
	{ SLICE("\xc2\x80\xc2\x9f\xc2\xa0"), "\\xc2\\x80\\xc2\\x9f\xc2\xa0",
	  "\\u0080\\u009f\xc2\xa0" },
	/* valid text of two, three and four bytes */
	{ SLICE("Z\xc3\xbcrich"), "Z\xc3\xbcrich", "Z\xc3\xbcrich" },
	{ SLICE("\xe2\x82\xac"), "\xe2\x82\xac", "\xe2\x82\xac" },
	{ SLICE("\xf0\x9f\x93\x9e"), "\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e" },
	/* separators, direction marks, byte order mark */
	{ SLICE("a\xe2\x80\xa8"
	        "b\xe2\x80\xa9"),
	  "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9", "a\\u2028b\\u2029" },
	{ SLICE("\xe2\x80\xae"
	        "moc"),
	  "\\xe2\\x80\\xaemoc", "\\u202emoc" },
	{ SLICE("\xd8\x9c"), "\\xd8\\x9c", "\\u061c" },
	{ SLICE("\xef\xbb\xbf"), "\\xef\\xbb\\xbf", "\\ufeff" },
	/* broken: alone, cut short, cut by another character */
	{ SLICE("\x80"), "\\x80", FFFD },
	{ SLICE("a\xff\xfe"), "a\\xff\\xfe", "a" FFFD FFFD },
	{ SLICE("\xc3"), "\\xc3", FFFD },
	{ SLICE("\xe2\x82"), "\\xe2\\x82", FFFD FFFD },
	{ SLICE("\xe2\x82"
	        "a"),
	  "\\xe2\\x82a", FFFD FFFD "a" },
	{ SLICE("\xe2\x82\xc3\xbc"), "\\xe2\\x82\xc3\xbc", FFFD FFFD "\xc3\xbc" },
	{ SLICE("\xf0\x9f\x93"), "\\xf0\\x9f\\x93", FFFD FFFD FFFD },
	{ SLICE("\xe2\"\x80"), "\\xe2\"\\x80", FFFD "\\\"" FFFD },
	/* overlong: NUL, slash, and the last that a shorter form can write */
	{ SLICE("\xc0\x80"), "\\xc0\\x80", FFFD FFFD },
	{ SLICE("\xc0\xaf"), "\\xc0\\xaf", FFFD FFFD },
	{ SLICE("\xc1\xbf"), "\\xc1\\xbf", FFFD FFFD },
	{ SLICE("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf", FFFD FFFD FFFD },
	{ SLICE("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf", FFFD FFFD FFFD FFFD },
	/* surrogates, above U+10FFFF, forms of five and six bytes */
	{ SLICE("\xed\xa0\x80"), "\\xed\\xa0\\x80", FFFD FFFD FFFD },
	{ SLICE("\xed\xbf\xbf"), "\\xed\\xbf\\xbf", FFFD FFFD FFFD },
	{ SLICE("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", FFFD FFFD FFFD FFFD },
	{ SLICE("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80", FFFD FFFD FFFD FFFD },
	{ SLICE("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80", FFFD FFFD FFFD FFFD FFFD },
};

static void text_is_shown_so_that_it_cannot_deceive(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char shown[64], json[64];
		struct buf b = buf_over(shown, sizeof(shown));

		buf_show(&b, rows[i].text);
		assert_int_equal(buf_end(&b), 0);
		assert_string_equal(shown, rows[i].shown);
		b = buf_over(json, sizeof(json));
		buf_json(&b, rows[i].text);
		assert_int_equal(buf_end(&b), 0);
		assert_string_equal(json, rows[i].json);
	}
}

/* What the text of one code point is, encoded by the table of RFC 3629 without looking whether it
 * may be. */
static size_t encode(uint32_t point, char ret_bytes[4])
{
	if (point < 0x80) {
		ret_bytes[0] = (char)point;
		return 1;
	}
	size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; point >>= 6)
		ret_bytes[i] = (char)(0x80 | (point & 0x3f));
	ret_bytes[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | point);
	return n;
}

static bool is_hidden(uint32_t point)
{
	static const uint32_t ranges[][2] = {
		{ 0, 0x1f },        { 0x5c, 0x5c },
		{ 0x7f, 0x9f },     { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x2069 }, { 0xd800, 0xdfff },
		{ 0xfeff, 0xfeff }, { 0x110000, UINT32_MAX },
	};

	for (size_t i = 0; i < COUNT(ranges); i++)
		if (point >= ranges[i][0] && point <= ranges[i][1])
			return true;
	return false;
}

static void every_code_point_is_shown_or_hidden_as_listed(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x140000; point++) {
		char bytes[4], memory[32];
		struct slice text = slice_of(bytes, encode(point, bytes));
		struct buf b = buf_over(memory, sizeof(memory));
		bool same;

		buf_show(&b, text);
		same = slice_equal(buf_slice(&b), text);
		if (same == is_hidden(point))
			fail_msg("U+%04" PRIX32 " is %s", point, same ? "shown" : "hidden");
		b = buf_over(memory, sizeof(memory));
		buf_json(&b, text);
		same = slice_equal(buf_slice(&b), text);
		if (same == (is_hidden(point) || point == '"'))
			fail_msg("U+%04" PRIX32 " in JSON is %s", point,
			         same ? "plain" : "escaped");
	}
}

/* Eight bytes are looked at together: each byte is found among plain ones wherever it stands. */
static void a_byte_is_shown_alike_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 0x100; byte++)
		for (size_t at = 0; at < 19; at++) {
			char text[19], memory[64], alone[8];
			struct buf all = buf_over(memory, sizeof(memory));
			struct buf one = buf_over(alone, sizeof(alone));

			memset(text, at % 2 ? '~' : ' ', sizeof(text));
			text[at] = (char)byte;
			buf_show(&one, slice_of(text + at, 1));
			buf_show(&all, slice_of(text, sizeof(text)));
			assert_int_equal(all.n, sizeof(text) - 1 + one.n);
			assert_memory_equal(memory, text, at);
			assert_memory_equal(memory + at, alone, one.n);
			assert_memory_equal(memory + at + one.n, text + at + 1,
			                    sizeof(text) - at - 1);
		}
}

static void an_escape_is_never_cut_in_two(void **state)
{
	static const char whole[] = "\\x1b\\x1b\\x1b";

	(void)state;
	for (size_t cap = 1; cap <= sizeof(whole); cap++) {
		char memory[sizeof(whole)];
		struct buf b = buf_over(memory, cap);

		buf_show(&b, SLICE("\x1b\x1b\x1b"));
		assert_int_equal(buf_end(&b), cap < sizeof(whole) ? -ENOBUFS : 0);
		assert_int_equal(b.n, (cap - 1) / 4 * 4);
		assert_memory_equal(memory, whole, b.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_dropped_whole_and_remembered),
		cmocka_unit_test(the_last_byte_is_kept_for_the_nul),
		cmocka_unit_test(one_byte_of_memory_holds_the_empty_text),
		cmocka_unit_test(numbers_are_written_in_decimal),
		cmocka_unit_test(hexadecimal_has_the_digits_that_were_asked_for),
		cmocka_unit_test(hexadecimal_bytes_fit_whole_or_not_at_all),
		cmocka_unit_test(text_is_shown_so_that_it_cannot_deceive),
		cmocka_unit_test(every_code_point_is_shown_or_hidden_as_listed),
		cmocka_unit_test(a_byte_is_shown_alike_wherever_it_stands),
		cmocka_unit_test(an_escape_is_never_cut_in_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
