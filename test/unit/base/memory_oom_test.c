/* Running out of memory leaves the pool and the wheel as they were, and usable once there is some
 * again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"
#include "base/wheel.h"
#include "oom.h"

static int let_all_succeed(void **state)
{
	(void)state;
	oom_off();
	return 0;
}

static void a_pool_survives_any_failed_allocation(void **state)
{
	(void)state;
	for (uint64_t allowed = 0; allowed < 3;
	     allowed++) { /* its two lists of chunks, the chunk */
		for (uint32_t held = 0; held <= 2 * POOL_KEPT; held += POOL_KEPT) {
			uint32_t number = 4711;
			struct pool pool;

			pool_init(&pool, 64, 5000);
			for (uint32_t i = 0; i < held; i++)
				assert_int_equal(pool_take(&pool, &number), 0);
			oom_after(allowed);
			number = 4711;
			assert_int_equal(pool_take(&pool, &number), -ENOMEM);
			assert_int_equal(number, 4711);
			assert_int_equal(pool.used, held);
			assert_int_equal(pool.made, held);
			oom_off();
			assert_int_equal(pool_take(&pool, &number), 0);
			assert_int_equal(number, held);
			pool_done(&pool);
		}
	}
}

static void a_pool_that_has_memory_needs_none(void **state)
{
	struct pool pool;
	uint32_t number;

	(void)state;
	pool_init(&pool, 64, 5000);
	assert_int_equal(pool_take(&pool, &number), 0);
	oom_after(0);
	for (unsigned i = 1; i < POOL_KEPT; i++)
		assert_int_equal(pool_take(&pool, &number), 0);
	pool_give(&pool, 50);
	assert_int_equal(pool_take(&pool, &number), 0);
	assert_int_equal(number, 50);
	pool_done(&pool);
}

static void a_wheel_that_cannot_be_made_is_not_made(void **state)
{
	(void)state;
	for (uint64_t allowed = 0; allowed < 2; allowed++) {
		struct wheel *wheel = NULL;

		oom_after(allowed);
		assert_int_equal(wheel_new(0, &wheel), -ENOMEM);
		assert_null(wheel);
	}
}

static void a_wheel_that_cannot_grow_keeps_its_timers(void **state)
{
	struct wheel *wheel;

	(void)state;
	assert_int_equal(wheel_new(1000, &wheel), 0);
	assert_int_equal(wheel_reserve(wheel, 10), 0);
	wheel_set(wheel, 3, 1200);
	wheel_set(wheel, 9, 999999);
	oom_after(0);
	assert_int_equal(wheel_reserve(wheel, 10), 0);
	assert_int_equal(wheel_reserve(wheel, 5), 0);
	assert_int_equal(wheel_reserve(wheel, 100000), -ENOMEM);
	assert_false(wheel_armed(wheel, 10));
	assert_int_equal(wheel_take(wheel, 1199), WHEEL_NONE);
	assert_int_equal(wheel_take(wheel, 1200), 3);
	oom_off();
	assert_int_equal(wheel_reserve(wheel, 100000), 0);
	wheel_set(wheel, 99999, 5000);
	assert_int_equal(wheel_take(wheel, 5000), 99999);
	assert_int_equal(wheel_take(wheel, 1000000), 9);
	assert_int_equal(wheel_take(wheel, 1000000), WHEEL_NONE);
	wheel_free(wheel);
}

static void more_timers_than_numbers_are_refused(void **state)
{
	struct wheel *wheel;

	(void)state;
	assert_int_equal(wheel_new(0, &wheel), 0);
	assert_int_equal(wheel_reserve(wheel, UINT32_MAX), -ENOMEM);
	oom_after(0); /* 49 GB: only the way to it is tested */
	assert_int_equal(wheel_reserve(wheel, UINT32_MAX - 2000), -ENOMEM);
	assert_int_equal(wheel_reserve(wheel, 1), -ENOMEM);
	oom_off();
	assert_int_equal(wheel_reserve(wheel, 1), 0);
	wheel_free(wheel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_pool_survives_any_failed_allocation, let_all_succeed),
		cmocka_unit_test_teardown(a_pool_that_has_memory_needs_none, let_all_succeed),
		cmocka_unit_test_teardown(a_wheel_that_cannot_be_made_is_not_made, let_all_succeed),
		cmocka_unit_test_teardown(a_wheel_that_cannot_grow_keeps_its_timers,
		                          let_all_succeed),
		cmocka_unit_test_teardown(more_timers_than_numbers_are_refused, let_all_succeed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
