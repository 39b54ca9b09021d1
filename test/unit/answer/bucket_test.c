/* bucket_test.c: how many answers, and which calls are new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "answer/bucket.h"

static unsigned take_all(struct answer_bucket *bucket, uint32_t lines, uint64_t now_ms)
{
	unsigned n = 0;

	while (n < 1000000 && answer_bucket_take(bucket, lines, now_ms))
		n++;
	return n;
}

static void a_server_gets_its_rate_and_a_burst(void **state)
{
	struct answer_bucket bucket = { 0 };

	(void)state;
	assert_int_equal(take_all(&bucket, 8, 5000), 40);
	assert_int_equal(take_all(&bucket, 8, 5049), 0);
	assert_int_equal(take_all(&bucket, 8, 5050), 1);
	assert_int_equal(take_all(&bucket, 8, 6050), 20);
	assert_int_equal(take_all(&bucket, 8, 100000), 40);
}

static void many_lines_are_pinged_often(void **state)
{
	struct answer_bucket bucket = { 0 };
	unsigned n;

	(void)state;
	take_all(&bucket, 1000000, 5000);
	n = take_all(&bucket, 1000000, 6000);
	assert_in_range(n, 100020, 105000); /* of whole 1/1024 ms */
	/* A rate above what the unit can show ends all the same. */
	assert_in_range(take_all(&bucket, UINT32_MAX, 9000), 1, 1000000);
}

static void a_call_is_new_once_in_32_seconds(void **state)
{
	struct answer_calls calls = { 0 };

	(void)state;
	assert_true(answer_call_is_new(&calls, 7, 1000));
	assert_false(answer_call_is_new(&calls, 7, 1000));
	assert_true(answer_call_is_new(&calls, 8, 1000));
	assert_false(answer_call_is_new(&calls, 7, 32999));
	assert_true(answer_call_is_new(&calls, 7, 33000));
	/* A flood of others forgets it: it is told of again, no more. */
	for (uint64_t mark = 100; mark < 100 + ANSWER_CALLS_KEPT; mark++)
		assert_true(answer_call_is_new(&calls, mark, 34000));
	assert_true(answer_call_is_new(&calls, 7, 34000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_gets_its_rate_and_a_burst),
		cmocka_unit_test(many_lines_are_pinged_often),
		cmocka_unit_test(a_call_is_new_once_in_32_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
