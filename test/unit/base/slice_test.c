/* Borrowed bytes: comparing, trimming, finding, and the difference between absent and empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"

static void the_case_of_ascii_letters_alone_is_set_aside(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			char left = (char)a, right = (char)b;
			bool letters = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
			bool equal = a == b || (letters && (a ^ b) == 0x20);

			assert_int_equal(
				slice_equal_nocase(slice_of(&left, 1), slice_of(&right, 1)), equal);
		}
	}
	assert_true(slice_equal_nocase(SLICE("Via: SIP/2.0"), SLICE("vIA: sip/2.0")));
	assert_false(slice_equal_nocase(SLICE("Via"), SLICE("Via ")));
	assert_true(slice_equal_nocase(SLICE_NONE, SLICE("")));
}

static void equal_means_the_same_bytes(void **state)
{
	(void)state;
	assert_true(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
	assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	assert_false(slice_equal(SLICE("a"), SLICE("A")));
	assert_false(slice_equal(SLICE("a"), SLICE("ab")));
	assert_true(slice_equal(SLICE_NONE, SLICE("")));
}

static void a_prefix_is_found_in_any_case(void **state)
{
	(void)state;
	assert_true(slice_starts_nocase(SLICE("SIP:1001@pbx"), SLICE("sip:")));
	assert_true(slice_starts_nocase(SLICE("sip:"), SLICE("sip:")));
	assert_true(slice_starts_nocase(SLICE("x"), SLICE("")));
	assert_true(slice_starts_nocase(SLICE_NONE, SLICE("")));
	assert_false(slice_starts_nocase(SLICE("sip"), SLICE("sip:")));
	assert_false(slice_starts_nocase(SLICE("tel:1"), SLICE("sip:")));
}

static void trimming_takes_blanks_off_both_ends_only(void **state)
{
	static const struct slice rows[][2] = {
		{ SLICE(" \t a b\r\n "), SLICE("a b") }, { SLICE("a"), SLICE("a") },
		{ SLICE(" \r\n\t"), SLICE("") },         { SLICE(""), SLICE("") },
		{ SLICE("\v1\f"), SLICE("\v1\f") },      { SLICE("\xc2\xa0x"), SLICE("\xc2\xa0x") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(slice_equal(slice_trim(rows[i][0]), rows[i][1]));
	assert_false(slice_present(slice_trim(SLICE_NONE)));
	assert_true(slice_present(slice_trim(SLICE("  "))));
}

static void the_first_of_a_byte_is_found(void **state)
{
	(void)state;
	assert_int_equal(slice_find(SLICE("a,b,c"), ','), 1);
	assert_int_equal(slice_find(SLICE("abc"), ','), 3);
	assert_int_equal(slice_find(SLICE("a\0b"), '\0'), 1);
	assert_int_equal(slice_find(SLICE_NONE, ','), 0);
}

static void absent_is_not_empty(void **state)
{
	(void)state;
	assert_false(slice_present(SLICE_NONE));
	assert_true(slice_present(SLICE("")));
	assert_false(slice_present(slice_str(NULL)));
	assert_int_equal(slice_str(NULL).n, 0);
	assert_true(slice_present(slice_str("")));
	assert_false(slice_present(slice_from(SLICE_NONE, 0)));
	assert_int_equal(slice_from(SLICE("abc"), 3).n, 0);
	assert_true(slice_equal(slice_from(SLICE("abc"), 1), SLICE("bc")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_case_of_ascii_letters_alone_is_set_aside),
		cmocka_unit_test(equal_means_the_same_bytes),
		cmocka_unit_test(a_prefix_is_found_in_any_case),
		cmocka_unit_test(trimming_takes_blanks_off_both_ends_only),
		cmocka_unit_test(the_first_of_a_byte_is_found),
		cmocka_unit_test(absent_is_not_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
