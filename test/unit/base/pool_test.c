/* Objects by number: dense, zeroed, never moving, bounded, and handed out again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/rng.h"

struct thing {
	uint64_t a;
	uint64_t b[5];
};

static uint32_t taken(struct pool *pool)
{
	uint32_t number = POOL_NONE;

	assert_int_equal(pool_take(pool, &number), 0);
	return number;
}

static void fresh_numbers_count_up_across_chunks(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), 5000);
	for (uint32_t i = 0; i < 2500; i++) {
		assert_int_equal(taken(&pool), i);
		assert_int_equal(pool.used, i + 1);
		assert_int_equal(pool.made, i + 1);
	}
	pool_done(&pool);
	assert_int_equal(pool.used, 0);
	assert_int_equal(pool.made, 0);
	assert_int_equal(taken(&pool), 0);
	pool_done(&pool);
}

static void an_object_is_zeroed_each_time(void **state)
{
	static const struct thing zero;
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), 10);
	for (int i = 0; i < 20; i++) {
		uint32_t number = taken(&pool);
		struct thing *thing = pool_at(&pool, number);

		assert_int_equal(number, 0);
		assert_memory_equal(thing, &zero, sizeof(zero));
		memset(thing, 0xff, sizeof(*thing));
		pool_give(&pool, number);
	}
	pool_done(&pool);
}

static void an_object_never_moves(void **state)
{
	struct thing *first[1024];
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), 100000);
	for (uint32_t i = 0; i < 20000; i++) {
		struct thing *thing = pool_at(&pool, taken(&pool));

		thing->a = i;
		thing->b[4] = ~(uint64_t)i;
		if (i < 1024)
			first[i] = thing;
	}
	for (uint32_t i = 0; i < 20000; i++) {
		const struct thing *thing = pool_at(&pool, i);

		assert_true(thing->a == i && thing->b[4] == ~(uint64_t)i);
		if (i < 1024)
			assert_ptr_equal(thing, first[i]);
	}
	pool_done(&pool);
}

static void no_more_than_max_are_out(void **state)
{
	static const uint32_t maxima[] = { 0, 1, 2, 1023, 1024, 1025, 3000 };

	(void)state;
	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		uint32_t number = 4711;
		struct pool pool;

		pool_init(&pool, sizeof(struct thing), maxima[i]);
		for (uint32_t n = 0; n < maxima[i]; n++)
			memset(pool_at(&pool, taken(&pool)), 0xee, sizeof(struct thing));
		assert_int_equal(pool_take(&pool, &number), -ENOSPC);
		assert_int_equal(number, 4711);
		assert_int_equal(pool.used, maxima[i]);
		if (maxima[i]) {
			pool_give(&pool, maxima[i] / 2);
			assert_int_equal(taken(&pool), maxima[i] / 2);
			assert_int_equal(pool_take(&pool, &number), -ENOSPC);
		}
		pool_done(&pool);
	}
}

static void an_object_smaller_than_a_link_is_fine(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, 1, 3);
	for (uint32_t i = 0; i < 3; i++)
		*(char *)pool_at(&pool, taken(&pool)) = (char)('a' + i);
	assert_int_equal(*(char *)pool_at(&pool, 1), 'b');
	pool_give(&pool, 0);
	pool_give(&pool, 2);
	assert_int_equal(*(char *)pool_at(&pool, 1), 'b');
	assert_int_equal(taken(&pool) + taken(&pool), 2);
	pool_done(&pool);
}

static void what_was_given_back_may_still_be_read(void **state)
{
	struct pool pool;
	uint32_t number;

	(void)state;
	pool_init(&pool, sizeof(struct thing), 10);
	number = taken(&pool);
	((struct thing *)pool_at(&pool, number))->b[0] = 99;
	pool_give(&pool, number);
	assert_true(((struct thing *)pool_at(&pool, number))->b[0] == 99);
	pool_done(&pool);
}

#define OPERATIONS 50000
#define MOST       3000u

/* No number twice, none above the most ever in use, and each object holds what its owner wrote. */
static void any_order_of_taking_and_giving_is_fine(void **state)
{
	uint32_t *out = calloc(MOST, sizeof(*out));
	uint32_t count = 0, most = 0;
	struct pool pool;
	struct rng rng;

	(void)state;
	assert_non_null(out);
	rng_seed(&rng, 11);
	pool_init(&pool, sizeof(struct thing), MOST);
	for (uint64_t i = 1; i <= OPERATIONS; i++) {
		if (rng_between(&rng, 0, 99) < (i / 5000 % 2 ? 30 : 70) && count < MOST) {
			uint32_t number = taken(&pool);
			struct thing *thing = pool_at(&pool, number);

			assert_true(thing->a == 0);
			thing->a = number + 1;
			out[count++] = number;
			if (count > most)
				most = count;
			assert_in_range(number, 0, most - 1);
		} else if (count > 0) {
			uint32_t pick = (uint32_t)rng_between(&rng, 0, count - 1);
			struct thing *thing = pool_at(&pool, out[pick]);

			assert_true(thing->a == (uint64_t)out[pick] + 1);
			pool_give(&pool, out[pick]);
			out[pick] = out[--count];
		}
		assert_int_equal(pool.used, count);
	}
	assert_in_range(most, 1000, MOST);
	pool_done(&pool);
	free(out);
}

/* Numbers begin anew, and objects are zeroed. */
static void an_empty_pool_that_rested_is_as_good_as_new(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), MOST);
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MOST; i++) {
			struct thing *thing;

			assert_int_equal(taken(&pool), i);
			thing = pool_at(&pool, i);
			assert_true(thing->a == 0 && thing->b[0] == 0);
			memset(thing, 0xff, sizeof(*thing));
		}
		for (uint32_t i = 0; i < MOST; i++)
			pool_give(&pool, i);
		pool_rest(&pool);
		assert_int_equal(pool.made, 0);
	}
	pool_done(&pool);
}

/* What a storm needed goes although one that came with it stays: all but what it stands in. */
static void what_is_above_the_highest_in_use_is_given_back(void **state)
{
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), MOST);
	for (uint32_t i = 0; i < MOST; i++)
		((struct thing *)pool_at(&pool, taken(&pool)))->a = i;
	pool_rest(&pool);
	assert_int_equal(pool.made, MOST);
	for (uint32_t i = 0; i < MOST; i++)
		if (i != 300)
			pool_give(&pool, i);
	pool_rest(&pool);
	assert_int_equal(pool.used, 1);
	assert_in_range(pool.made, 301, 300 + POOL_KEPT);
	assert_true(((struct thing *)pool_at(&pool, 300))->a == 300);
	pool_give(&pool, 300);
	pool_rest(&pool);
	assert_int_equal(pool.made, 0);
	pool_done(&pool);
}

/* Else a handful that come and go would hold what a thousand needed. */
static void the_lowest_chunk_that_has_one_is_taken_from(void **state)
{
	uint32_t out[8];
	struct pool pool;

	(void)state;
	pool_init(&pool, sizeof(struct thing), MOST);
	for (uint32_t i = 0; i < MOST; i++)
		taken(&pool);
	for (uint32_t i = MOST; i-- > 8;)
		pool_give(&pool, i);
	for (uint32_t i = 0; i < 8; i++)
		out[i] = i;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t number = taken(&pool);

		assert_true(number < POOL_KEPT);
		pool_give(&pool, out[i % 8]);
		out[i % 8] = number;
	}
	pool_rest(&pool);
	assert_int_equal(pool.made, POOL_KEPT);
	for (uint32_t i = 0; i < 8; i++)
		assert_true(out[i] < pool.made);
	for (uint32_t i = 8; i < MOST; i++)
		taken(&pool);
	assert_int_equal(pool.used, MOST);
	assert_int_equal(pool.made, MOST);
	pool_done(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_numbers_count_up_across_chunks),
		cmocka_unit_test(an_object_is_zeroed_each_time),
		cmocka_unit_test(an_object_never_moves),
		cmocka_unit_test(no_more_than_max_are_out),
		cmocka_unit_test(an_object_smaller_than_a_link_is_fine),
		cmocka_unit_test(what_was_given_back_may_still_be_read),
		cmocka_unit_test(any_order_of_taking_and_giving_is_fine),
		cmocka_unit_test(an_empty_pool_that_rested_is_as_good_as_new),
		cmocka_unit_test(what_is_above_the_highest_in_use_is_given_back),
		cmocka_unit_test(the_lowest_chunk_that_has_one_is_taken_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
