/* test/unit/pace/delay_test.c: how long a server usually takes to answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/delay.h"

#define NOW UINT64_C(5000)

static void the_least_counts(void **state)
{
	struct pace_delay delay = { 0 };

	(void)state;
	assert_int_equal(pace_delay_usual_ms(&delay), PACE_DELAY_NONE);
	pace_delay_add(&delay, 700, NOW);
	assert_int_equal(pace_delay_usual_ms(&delay), 700);
	pace_delay_add(&delay, 0, NOW + 1);
	pace_delay_add(&delay, 20, NOW + 2);
	assert_int_equal(pace_delay_usual_ms(&delay), 0);
	delay = (struct pace_delay){ 0 };
	pace_delay_add(&delay, PACE_DELAY_NONE, NOW);
	assert_int_equal(pace_delay_usual_ms(&delay), PACE_DELAY_NONE - 2);
}

static void what_is_old_counts_no_more(void **state)
{
	struct pace_delay delay = { 0 };

	(void)state;
	pace_delay_add(&delay, 20, NOW);
	pace_delay_add(&delay, 300, NOW + PACE_DELAY_MS);
	assert_int_equal(pace_delay_usual_ms(&delay), 20);
	pace_delay_add(&delay, 400, NOW + 2 * PACE_DELAY_MS);
	assert_int_equal(pace_delay_usual_ms(&delay), 300);
	/* Of a long time ago neither span says anything. */
	pace_delay_add(&delay, 900, NOW + 100 * PACE_DELAY_MS);
	assert_int_equal(pace_delay_usual_ms(&delay), 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_counts),
		cmocka_unit_test(what_is_old_counts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
