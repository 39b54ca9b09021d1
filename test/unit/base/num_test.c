/* The one way in which text becomes a number: digits, the whole text, within the maximum. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/num.h"

#define KEPT 77 /* what the result holds before, and must hold after an error */

struct row {
	struct slice text;
	uint64_t max;
	int error;
	uint64_t n;
};

static const struct row rows[] = {
	{ SLICE("0"), UINT32_MAX, 0, 0 },
	{ SLICE("7"), UINT32_MAX, 0, 7 },
	{ SLICE("007"), UINT32_MAX, 0, 7 },
	{ SLICE("00000000000000000000000000000042"), UINT32_MAX, 0, 42 },
	{ SLICE("3600"), 86400, 0, 3600 },
	{ SLICE("86400"), 86400, 0, 86400 },
	{ SLICE("86401"), 86400, -ERANGE, KEPT },
	{ SLICE("0"), 0, 0, 0 },
	{ SLICE("1"), 0, -ERANGE, KEPT },
	{ SLICE("5"), 5, 0, 5 },
	{ SLICE("6"), 5, -ERANGE, KEPT },
	{ SLICE("10"), 5, -ERANGE, KEPT },
	{ SLICE("60"), 5, -ERANGE, KEPT },
	{ SLICE("2147483647"), INT32_MAX, 0, INT32_MAX },
	{ SLICE("2147483648"), INT32_MAX, -ERANGE, KEPT },
	{ SLICE("2147483648"), UINT32_MAX, 0, UINT64_C(1) << 31 },
	{ SLICE("4294967295"), UINT32_MAX, 0, UINT32_MAX },
	{ SLICE("4294967296"), UINT32_MAX, -ERANGE, KEPT },
	{ SLICE("4294967297"), UINT32_MAX, -ERANGE, KEPT },
	{ SLICE("18446744073709551616"), UINT32_MAX, -ERANGE, KEPT },
	{ SLICE("18446744073709551617"), UINT32_MAX, -ERANGE, KEPT },
	{ SLICE("999999999999999999999999999999"), UINT32_MAX, -ERANGE, KEPT },
	{ SLICE("999999999999999999999999999999x"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE_NONE, UINT32_MAX, -EINVAL, KEPT },
	{ SLICE(""), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("-1"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("+1"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE(" 1"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("1 "), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("1 2"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("\t1"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("1\0"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("0x10"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("1e3"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("1.0"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("12x"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("/"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE(":"), UINT32_MAX, -EINVAL, KEPT },
	{ SLICE("\xd9\xa1\xd9\xa2"), UINT32_MAX, -EINVAL, KEPT }, /* Arabic-Indic 12 */
	{ SLICE("\xef\xbc\x91"), UINT32_MAX, -EINVAL, KEPT },     /* full-width 1 */
	{ SLICE("\xb0\xb1"), UINT32_MAX, -EINVAL, KEPT },         /* '0' with the high bit */
};

static const struct row wide_rows[] = {
	{ SLICE("4294967296"), UINT64_MAX, 0, UINT64_C(1) << 32 },
	{ SLICE("18446744073709551614"), UINT64_MAX, 0, UINT64_MAX - 1 },
	{ SLICE("18446744073709551615"), UINT64_MAX, 0, UINT64_MAX },
	{ SLICE("18446744073709551615"), UINT64_MAX - 1, -ERANGE, KEPT },
	{ SLICE("18446744073709551616"), UINT64_MAX, -ERANGE, KEPT },
	{ SLICE("18446744073709551620"), UINT64_MAX, -ERANGE, KEPT },
	{ SLICE("99999999999999999999"), UINT64_MAX, -ERANGE, KEPT },
	{ SLICE("123456789012345678901234567890"), UINT64_MAX, -ERANGE, KEPT },
	{ SLICE("9223372036854775808"), INT64_MAX, -ERANGE, KEPT },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void a_number_is_digits_within_the_maximum(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t n = KEPT;

		assert_int_equal(num_u32(rows[i].text, (uint32_t)rows[i].max, &n), rows[i].error);
		assert_int_equal(n, rows[i].n);
	}
}

static void a_wide_number_follows_the_same_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows) + COUNT(wide_rows); i++) {
		const struct row *row = i < COUNT(rows) ? &rows[i] : &wide_rows[i - COUNT(rows)];
		uint64_t n = KEPT;

		assert_int_equal(num_u64(row->text, row->max, &n), row->error);
		assert_true(n == row->n);
	}
}

static void a_clamped_number_is_at_most_the_maximum(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t max = (uint32_t)rows[i].max;
		bool too_large = rows[i].error == -ERANGE;
		uint32_t n = KEPT;

		assert_int_equal(num_u32_clamped(rows[i].text, max, &n),
		                 too_large ? 0 : rows[i].error);
		assert_int_equal(n, too_large ? max : rows[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_within_the_maximum),
		cmocka_unit_test(a_wide_number_follows_the_same_rules),
		cmocka_unit_test(a_clamped_number_is_at_most_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
