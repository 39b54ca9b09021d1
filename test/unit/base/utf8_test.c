/* One character is taken where it is whole and in its shortest form, and nothing else is one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void every_code_point_is_taken_whole_and_never_cut(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 0x35) {
		char text[4];
		unsigned n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
		uint32_t taken = 0;

		for (unsigned i = n; i-- > 1;)
			text[i] = (char)(0x80 | (point >> 6 * (n - 1 - i) & 0x3f));
		text[0] = (char)(n == 1 ? point : (0xf00u >> n & 0xff) | point >> 6 * (n - 1));
		if (point >= 0xd800 && point <= 0xdfff) {
			assert_int_equal(utf8_take(slice_of(text, n), &taken), 0);
			continue;
		}
		assert_int_equal(utf8_take(slice_of(text, n), &taken), n);
		assert_int_equal(taken, point);
		for (unsigned cut = 1; cut < n; cut++)
			assert_int_equal(utf8_take(slice_of(text, cut), &taken), 0);
	}
}

static void what_is_no_character_is_not_taken(void **state)
{
	static const char *const rows[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3(",
		"\xe2\x82(",
	};
	uint32_t point = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(utf8_take(slice_str(rows[i]), &point), 0);
	assert_int_equal(point, 7);
}

static void what_deceives_is_known(void **state)
{
	static const uint32_t deceiving[] = { 0,      '\n',   0x1f,   0x7f,   0x85,   0x9f,  0x61c,
		                              0x200e, 0x2028, 0x202e, 0x2066, 0x2069, 0xfeff };
	static const uint32_t plain[] = { ' ', '~', 0xa0, 0x200d, 0x2027, 0x202f, 0x206a, 0x1f399 };

	(void)state;
	for (size_t i = 0; i < sizeof(deceiving) / sizeof(deceiving[0]); i++)
		assert_true(utf8_is_deceiving(deceiving[i]));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_false(utf8_is_deceiving(plain[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_taken_whole_and_never_cut),
		cmocka_unit_test(what_is_no_character_is_not_taken),
		cmocka_unit_test(what_deceives_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
