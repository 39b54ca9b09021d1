/* test/unit/pace/rate_test.c: the rate that is learnt where no window is small enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/pace.h"

#define BEGIN_MS 1000000

/* One more slice, in which as many have gone as may, somebody had to wait, and so many were
 * answered, refused and lost. */
static void slice(struct pace_rate *rate, uint32_t answered, uint32_t refused, uint32_t lost)
{
	rate->held = true;
	rate->gone += rate->per_s * PACE_SLICE_MS / 1000;
	rate->answered += answered;
	rate->refused += refused;
	rate->lost += lost;
	pace_rate_turn(rate, PACE_WINDOW_LOSSY, rate->slice_ms + PACE_SLICE_MS);
}

/* As many answers as may go. */
static void good_slices(struct pace_rate *rate, unsigned count)
{
	while (count--)
		slice(rate, rate->per_s * PACE_SLICE_MS / 1000 + 1, 0, 0);
}

static struct pace_rate learnt(void)
{
	struct pace_rate rate = { 0 };

	pace_rate_turn(&rate, PACE_WINDOW_LOSSY, BEGIN_MS);
	rate.heard_ms = BEGIN_MS;
	pace_rate_learn(&rate, BEGIN_MS);
	return rate;
}

static void it_begins_with_what_was_answered(void **state)
{
	struct pace_rate rate = { 0 };

	(void)state;
	pace_rate_turn(&rate, PACE_WINDOW_LOSSY, BEGIN_MS);
	pace_rate_learn(&rate, BEGIN_MS); /* silence says nothing */
	assert_int_equal(rate.per_s, 0);
	slice(&rate, 300, 0, 0);
	assert_int_equal(rate.per_s, 0);
	rate.heard_ms = rate.slice_ms;
	pace_rate_learn(&rate, rate.slice_ms + PACE_HEARD_MS);
	assert_int_equal(rate.per_s, 0);
	pace_rate_learn(&rate, rate.slice_ms);
	assert_int_equal(rate.per_s, 3000);
	pace_rate_learn(&rate, rate.slice_ms); /* it is known already */
	assert_int_equal(rate.per_s, 3000);
	rate = learnt();
	assert_int_equal(rate.per_s, PACE_RATE_FIRST);
}

static void it_doubles_in_half_a_second_until_it_is_too_much(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	good_slices(&rate, PACE_SLICES);
	assert_in_range(rate.per_s, 2 * PACE_RATE_FIRST - 100, 2 * PACE_RATE_FIRST + 100);
	good_slices(&rate, PACE_SLICES);
	assert_in_range(rate.per_s, 4 * PACE_RATE_FIRST - 300, 4 * PACE_RATE_FIRST + 300);
}

static void who_did_not_wait_for_it_proves_nothing(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	rate.answered = PACE_RATE_FIRST;
	pace_rate_turn(&rate, PACE_WINDOW_LOSSY, rate.slice_ms + PACE_SLICE_MS);
	assert_int_equal(rate.per_s, PACE_RATE_FIRST);
}

static void it_does_not_grow_while_answers_are_missing(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	slice(&rate, PACE_RATE_FIRST / 10 * 3 / 4, 0, 0);
	assert_int_equal(rate.per_s, PACE_RATE_FIRST);
}

static void a_503_too_many_cuts_it_to_what_was_answered(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	good_slices(&rate, 6); /* what was under way when it was learnt */
	rate.per_s = 2000;
	rate.best = rate.best_before = 0;
	slice(&rate, 150, 2, 0); /* one in 64 and less is borne */
	assert_int_equal(rate.good, UINT32_MAX);
	slice(&rate, 150, 3, 0);
	assert_int_equal(rate.per_s, 1500 - 1500 / PACE_RATE_BELOW_PART);
	assert_int_equal(rate.good, rate.per_s);
	slice(&rate, 140, 30, 0); /* was under way */
	assert_true(rate.per_s >= rate.good);
	slice(&rate, 140, 30, 0);
	assert_true(rate.per_s < 1500 - 1500 / PACE_RATE_BELOW_PART);
}

static void losses_cut_it_where_answers_are_missing_too(void **state)
{
	struct pace_rate rate = learnt();
	uint32_t before;

	(void)state;
	good_slices(&rate, 6);
	rate.per_s = 2000;
	before = rate.per_s;
	slice(&rate, before / 10, 0, 50); /* of what was sent half a second ago */
	assert_true(rate.per_s > before);
	rate.best = rate.best_before = 0;
	slice(&rate, 150, 0, 50);
	assert_int_equal(rate.good, 1500 - 1500 / PACE_RATE_BELOW_PART);
	assert_int_equal(rate.per_s, rate.good / 2); /* until what was lost is through */
	slice(&rate, rate.per_s / 10 + 1, 0, 50);
	assert_int_equal(rate.per_s, rate.good / 2); /* that speaks of the rate before the cut */
	good_slices(&rate, 2 * PACE_SLICES);
	assert_true(rate.per_s >= rate.good);
	before = rate.per_s;
	good_slices(&rate, 1);
	assert_int_equal(rate.per_s, before + 1 + before / PACE_RATE_GROW_PART);
}

static void losses_on_the_way_back_lower_the_goal(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	rate.good = 4000;
	rate.per_s = 3000;
	rate.cut_ms = BEGIN_MS - 1000;
	slice(&rate, 300, 0, PACE_WINDOW_LOSSY + 1);
	assert_int_equal(rate.good, 4000 - 4000 / PACE_RATE_BELOW_PART);
	assert_int_equal(rate.per_s, 1500);
}

static void a_few_losses_are_borne(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	rate.good = rate.per_s;
	rate.cut_ms = BEGIN_MS - 1000;
	slice(&rate, rate.per_s / 10, 0, PACE_WINDOW_LOSSY);
	assert_true(rate.per_s > PACE_RATE_FIRST);
}

static void a_server_that_falls_silent_leaves_the_least_and_lets_it_double_again(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	good_slices(&rate, 20);
	rate.good = rate.per_s;
	slice(&rate, 0, 0, 0);
	assert_int_equal(rate.per_s, PACE_RATE_LEAST);
	for (unsigned i = 0; i < 20; i++)
		slice(&rate, 0, 0, PACE_WINDOW_LOSSY + 1);
	assert_int_equal(rate.per_s, PACE_RATE_LEAST);
	assert_int_equal(rate.good, UINT32_MAX);
	good_slices(&rate, 40);
	assert_true(rate.per_s > 1000);
}

static void where_it_goes_well_for_long_it_doubles_again(void **state)
{
	struct pace_rate rate = learnt();
	uint32_t before;

	(void)state;
	rate.good = rate.per_s;
	good_slices(&rate, PACE_RATE_OLD_MS / PACE_SLICE_MS);
	assert_true(rate.per_s < 2 * PACE_RATE_FIRST);
	before = rate.per_s;
	good_slices(&rate, PACE_SLICES + 1);
	assert_true(rate.per_s > before * 18 / 10);
}

static void a_rate_that_holds_nobody_back_is_forgotten(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	rate.per_s = PACE_RATE_MOST;
	good_slices(&rate, 1);
	assert_int_equal(rate.per_s, 0);
}

static void nothing_is_learnt_of_a_time_without_requests(void **state)
{
	struct pace_rate rate = learnt();

	(void)state;
	slice(&rate, 40, 0, 0);
	rate.lost = 100;
	rate.refused = 100;
	rate.per_s = 700;
	pace_rate_turn(&rate, PACE_WINDOW_LOSSY, BEGIN_MS + 3600000);
	assert_int_equal(rate.per_s, 700);
	assert_int_equal(rate.best, 0);
	assert_int_equal(rate.slice_ms, BEGIN_MS + 3600000);
}

/* ---- with the window */

static void ask(struct pace *pace, uint64_t now_ms)
{
	uint64_t at_ms;

	assert_int_equal(pace_ask(pace, now_ms, &at_ms), PACE_GO);
}

static void a_503_at_a_window_of_one_has_a_rate_learnt(void **state)
{
	struct pace pace;
	uint64_t at_ms = 0;

	(void)state;
	pace_init(&pace, 0, BEGIN_MS);
	for (unsigned i = 0; i < 6; i++) { /* 64, 32, ... 1 */
		ask(&pace, BEGIN_MS);
		pace_overloaded(&pace, BEGIN_MS);
	}
	assert_int_equal(pace.window, PACE_WINDOW_MIN);
	assert_int_equal(pace.learnt.per_s, 0);
	ask(&pace, BEGIN_MS);
	pace_overloaded(&pace, BEGIN_MS);
	assert_int_equal(pace.learnt.per_s, PACE_RATE_FIRST);
	ask(&pace, BEGIN_MS);
	assert_int_equal(pace_ask(&pace, BEGIN_MS, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, BEGIN_MS + 1000 / PACE_RATE_FIRST);
	ask(&pace, at_ms); /* although more than the window is in flight */
	assert_int_equal(pace.in_flight, 2);
}

static void a_small_window_that_is_all_lost_has_a_rate_learnt(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, BEGIN_MS);
	ask(&pace, BEGIN_MS);
	pace_answered(&pace, BEGIN_MS + 10);
	for (unsigned i = 0; i < PACE_WINDOW_FIRST; i++)
		ask(&pace, BEGIN_MS + 10);
	for (unsigned i = 0; i < PACE_WINDOW_FIRST / 2 - 1; i++)
		pace_retransmitted(&pace, BEGIN_MS + 500);
	assert_int_equal(pace.learnt.per_s, 0);
	pace_retransmitted(&pace, BEGIN_MS + 500);
	assert_int_equal(pace.learnt.per_s, PACE_RATE_FIRST);
}

static void a_fixed_rate_holds_beside_the_learnt_one(void **state)
{
	struct pace pace;
	uint64_t at_ms = 0;

	(void)state;
	pace_init(&pace, 20, BEGIN_MS);
	pace.learnt.per_s = 1000;
	ask(&pace, BEGIN_MS);
	assert_int_equal(pace_ask(&pace, BEGIN_MS, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, BEGIN_MS + 51); /* a twentieth of a second and PACE_FIXED_LATE_MS */
	pace.learnt.per_s = 10;
	ask(&pace, at_ms);
	assert_int_equal(pace_ask(&pace, at_ms, &at_ms), PACE_LATER);
	/* What the learnt rate may catch up is taken off. */
	assert_int_equal(at_ms, BEGIN_MS + 51 + 100 - (PACE_LATE_MS - 1));
	assert_int_equal(pace_ask(&pace, at_ms, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, BEGIN_MS + 152);
}

static void what_a_busy_machine_is_late_by_is_caught_up(void **state)
{
	struct pace pace;
	uint64_t at_ms;
	unsigned gone = 0;

	(void)state;
	pace_init(&pace, 0, BEGIN_MS);
	pace.learnt.per_s = 1000;
	pace.learnt.slice_ms = BEGIN_MS;
	ask(&pace, BEGIN_MS);
	while (pace_ask(&pace, BEGIN_MS + 5, &at_ms) == PACE_GO)
		gone++;
	assert_int_equal(gone, 5);
	for (gone = 0; pace_ask(&pace, BEGIN_MS + 80, &at_ms) == PACE_GO;)
		gone++;
	assert_int_equal(gone, PACE_LATE_MS);
}

static void a_server_that_comes_back_is_learnt_anew(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, BEGIN_MS);
	pace.learnt.per_s = 1000;
	for (unsigned i = 0; i < PACE_DEAD_AFTER; i++) {
		ask(&pace, BEGIN_MS + i);
		pace_silent(&pace, BEGIN_MS + i);
	}
	assert_int_equal(pace.health, PACE_DEAD);
	ask(&pace, BEGIN_MS + 60000);
	pace_answered(&pace, BEGIN_MS + 60000);
	assert_int_equal(pace.learnt.per_s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_with_what_was_answered),
		cmocka_unit_test(it_doubles_in_half_a_second_until_it_is_too_much),
		cmocka_unit_test(who_did_not_wait_for_it_proves_nothing),
		cmocka_unit_test(it_does_not_grow_while_answers_are_missing),
		cmocka_unit_test(a_503_too_many_cuts_it_to_what_was_answered),
		cmocka_unit_test(losses_cut_it_where_answers_are_missing_too),
		cmocka_unit_test(losses_on_the_way_back_lower_the_goal),
		cmocka_unit_test(a_few_losses_are_borne),
		cmocka_unit_test(
			a_server_that_falls_silent_leaves_the_least_and_lets_it_double_again),
		cmocka_unit_test(where_it_goes_well_for_long_it_doubles_again),
		cmocka_unit_test(a_rate_that_holds_nobody_back_is_forgotten),
		cmocka_unit_test(nothing_is_learnt_of_a_time_without_requests),
		cmocka_unit_test(a_503_at_a_window_of_one_has_a_rate_learnt),
		cmocka_unit_test(a_small_window_that_is_all_lost_has_a_rate_learnt),
		cmocka_unit_test(a_fixed_rate_holds_beside_the_learnt_one),
		cmocka_unit_test(what_a_busy_machine_is_late_by_is_caught_up),
		cmocka_unit_test(a_server_that_comes_back_is_learnt_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
