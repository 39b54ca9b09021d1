/* Eight hexadecimal digits at a time, against printf() and every byte that is none. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/rng.h"

static void digits_are_those_of_printf(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t n = i < 64 ? UINT32_C(1) << (i & 31) : (uint32_t)rng_u64(&rng), back;
		char text[9] = { 0 }, want[9], capitals[9];

		snprintf(want, sizeof(want), "%08" PRIx32, n);
		snprintf(capitals, sizeof(capitals), "%08" PRIX32, n);
		hex_write8(text, n);
		assert_string_equal(text, want);
		assert_true(hex_read8(want, &back));
		assert_int_equal(back, n);
		assert_true(hex_read8(capitals, &back));
		assert_int_equal(back, n);
	}
}

static bool is_digit(unsigned c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void whatever_is_no_digit_is_refused_in_each_place(void **state)
{
	(void)state;
	for (unsigned place = 0; place < 8; place++) {
		for (unsigned c = 0; c < 256; c++) {
			char text[8] = { '0', '9', 'a', 'F', 'f', 'A', '1', 'c' };
			uint32_t n = 77;

			text[place] = (char)c;
			assert_int_equal(hex_read8(text, &n), is_digit(c));
			if (!is_digit(c))
				assert_int_equal(n, 77);
		}
	}
}

static void bytes_of_any_number_become_digits(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x9a, 0xff, 0x10, 0xab, 0xcd, 0x01 };
	static const char want[] = "009aff10abcd01";

	(void)state;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		char text[sizeof(want)] = { 0 };

		hex_write(text, bytes, n);
		assert_memory_equal(text, want, 2 * n);
		assert_int_equal(text[2 * n], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_those_of_printf),
		cmocka_unit_test(whatever_is_no_digit_is_refused_in_each_place),
		cmocka_unit_test(bytes_of_any_number_become_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
