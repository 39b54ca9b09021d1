/* The seeded generator: the numbers of its authors' algorithm, and fair picks from a range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static void the_numbers_are_those_of_xoshiro256(void **state)
{
	static const uint64_t expected[] = { 11520,
		                             0,
		                             1509978240,
		                             1215971899390074240,
		                             1216172134540287360,
		                             607988272756665600,
		                             UINT64_C(16172922978634559625),
		                             8476171486693032832,
		                             UINT64_C(10595114339597558777),
		                             2904607092377533576 };
	struct rng rng = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < 10; i++)
		assert_true(rng_u64(&rng) == expected[i]);
}

static void a_seed_is_stretched_by_splitmix(void **state)
{
	static const uint64_t stretched[] = { 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4,
		                              0x06c45d188009454f, 0xf88bb8a8724c81ec };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 0);
	assert_memory_equal(rng.s, stretched, sizeof(stretched));
	assert_true(rng_u64(&rng) == 0x99ec5f36cb75f2b4);
	rng_seed(&rng, 42);
	assert_true(rng_u64(&rng) == 0x15780b2e0c2ec716);
}

static void the_same_seed_gives_the_same_run(void **state)
{
	struct rng a, b, other;
	unsigned differ = 0;

	(void)state;
	rng_seed(&a, 7);
	rng_seed(&b, 7);
	rng_seed(&other, 8);
	for (int i = 0; i < 1000; i++) {
		uint64_t n = rng_between(&a, 0, 999);

		assert_true(n == rng_between(&b, 0, 999));
		differ += n != rng_between(&other, 0, 999);
	}
	assert_in_range(differ, 900, 1000);
}

static void both_ends_of_a_range_are_drawn_and_nothing_outside(void **state)
{
	static const uint64_t ranges[][2] = {
		{ 0, 0 },
		{ 5, 5 },
		{ 0, 1 },
		{ 2000, 2002 },
		{ UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX - 2, UINT64_MAX },
	};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		unsigned lows = 0, highs = 0;

		for (int draw = 0; draw < 200; draw++) {
			uint64_t n = rng_between(&rng, ranges[i][0], ranges[i][1]);

			assert_true(n >= ranges[i][0] && n <= ranges[i][1]);
			lows += n == ranges[i][0];
			highs += n == ranges[i][1];
		}
		assert_true(lows > 0 && highs > 0);
	}
}

static void every_number_of_a_range_is_as_likely(void **state)
{
	unsigned counts[10] = { 0 };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (int i = 0; i < 100000; i++)
		counts[rng_between(&rng, 10, 19) - 10]++;
	for (int i = 0; i < 10; i++) /* 10000, give or take five standard deviations */
		assert_in_range(counts[i], 9525, 10475);
}

/* Of a range of 3/4 of all numbers a plain remainder would draw the lower third twice as often. */
static void a_huge_range_is_not_bent(void **state)
{
	uint64_t high = UINT64_MAX / 4 * 3;
	unsigned lower_third = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	for (int i = 0; i < 30000; i++)
		lower_third += rng_between(&rng, 0, high) < high / 3;
	assert_in_range(lower_third, 9592, 10408);
	/* All numbers: the range whose size does not fit. */
	struct rng same = rng;

	assert_true(rng_between(&rng, 0, UINT64_MAX) == rng_u64(&same));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_numbers_are_those_of_xoshiro256),
		cmocka_unit_test(a_seed_is_stretched_by_splitmix),
		cmocka_unit_test(the_same_seed_gives_the_same_run),
		cmocka_unit_test(both_ends_of_a_range_are_drawn_and_nothing_outside),
		cmocka_unit_test(every_number_of_a_range_is_as_likely),
		cmocka_unit_test(a_huge_range_is_not_bent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
