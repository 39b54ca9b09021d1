/* test/unit/pace/rate_test.c: learning how many requests a second a server bears, slice by slice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/delay.h"
#include "pace/rate.h"

#define NOW UINT64_C(5000)

struct one {
	struct pace_rate rate;
	uint64_t now_ms;
};

/* What happens in one slice. */
struct events {
	uint32_t sent, in_time, late, again;
	bool nobody_waits;
};

static uint32_t upto(uint32_t n, uint64_t ms)
{
	return (uint32_t)(n * ms / PACE_SLICE_MS);
}

/* Spread over the slice, each answer in no time. The slice before is judged meanwhile. */
static void slice(struct one *one, struct events events)
{
	struct pace_rate *rate = &one->rate;

	rate->now.held = !events.nobody_waits;
	for (uint64_t ms = 0; ms < PACE_SLICE_MS; ms++) {
		pace_rate_turn(rate, 0, one->now_ms);
		for (uint32_t i = upto(events.sent, ms); i < upto(events.sent, ms + 1); i++)
			pace_rate_sent(rate, PACE_WITHOUT_NONCE, i % 2 == 0, one->now_ms);
		for (uint32_t i = upto(events.again, ms); i < upto(events.again, ms + 1); i++)
			pace_rate_sent_again(rate, one->now_ms);
		for (uint32_t i = upto(events.in_time, ms); i < upto(events.in_time, ms + 1); i++)
			pace_rate_answered(rate, 0, 0, one->now_ms);
		for (uint32_t i = upto(events.late, ms); i < upto(events.late, ms + 1); i++)
			pace_rate_answered(rate, pace_rate_late_ms(rate) + 1, 0, one->now_ms);
		if (events.in_time + events.late)
			pace_rate_heard(rate, one->now_ms);
		one->now_ms++;
	}
	pace_rate_turn(rate, 0, one->now_ms);
}

/* What comes next is the first that is judged. */
static void forget_slices(struct one *one)
{
	one->rate.now = (struct pace_slice){ .from_ms = one->now_ms };
	one->rate.pending = false;
}

static struct one begin(void)
{
	struct one one = { .now_ms = NOW };

	pace_rate_turn(&one.rate, 0, NOW);
	return one;
}

/* All of them in time, and then it is judged. */
static void well(struct one *one, uint32_t sent)
{
	slice(one, (struct events){ .sent = sent, .in_time = sent });
}

/* One that has learnt a rate, and where nothing is too much. */
static struct one learnt(uint32_t per_s)
{
	struct one one = begin();

	one.rate.state = PACE_RATE_GROWING;
	one.rate.per_s = per_s;
	one.rate.good = UINT32_MAX;
	one.rate.cut_ms = one.now_ms;
	return one;
}

/* Of 10,000 a second 900 in a slice are answered, and the rate is on trial. */
static struct one on_trial(struct events too_much, uint32_t unanswered)
{
	struct one one = learnt(10000);

	one.rate.unanswered = unanswered;
	slice(&one, too_much);
	slice(&one, too_much); /* judges it */
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	slice(&one, (struct events){ 0 });
	slice(&one, too_much);
	slice(&one, (struct events){ .sent = 64 });
	assert_int_equal(one.rate.state, PACE_RATE_TRIAL);
	return one;
}

static void a_server_that_has_never_answered_is_not_judged(void **state)
{
	struct pace_rate rate = { 0 };

	(void)state;
	for (uint64_t ms = 0; ms < 10000; ms += 10) {
		pace_rate_turn(&rate, PACE_DELAY_NONE, NOW + ms);
		pace_rate_sent(&rate, PACE_WITHOUT_NONCE, true, NOW + ms);
	}
	assert_int_equal(rate.state, PACE_RATE_OPEN);
	assert_false(rate.silent);
}

static void a_rate_is_learnt_where_too_few_are_answered_in_time(void **state)
{
	const struct events lost = { .sent = 2000, .in_time = 1000 };
	const struct events late = { .sent = 2000, .in_time = 1000, .late = 1000 };
	const struct events borne = { .sent = 2000, .in_time = 2000 - 2000 / PACE_VAIN_PART - 2 };
	struct one one = begin();

	(void)state;
	for (int i = 0; i < 3; i++)
		slice(&one, borne);
	assert_int_equal(one.rate.state, PACE_RATE_OPEN);
	slice(&one, lost);
	slice(&one, lost);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_in_range(one.rate.per_s, 9000, 10000); /* a second */
	one = begin();
	slice(&one, late);
	slice(&one, late);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_in_range(one.rate.per_s, 18000, 20000); /* they were answered */
}

static void a_first_rate_is_not_below_the_least_first(void **state)
{
	struct one one = begin();

	(void)state;
	pace_rate_learn(&one.rate, one.now_ms);
	assert_int_equal(one.rate.per_s, PACE_RATE_FIRST);
}

static void it_doubles_while_nothing_is_known(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	for (int i = 0; i < 5; i++)
		well(&one, 100);
	assert_in_range(one.rate.per_s, 2000, 4000);
}

static void it_stays_where_nobody_waits_for_it(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	for (int i = 0; i < 5; i++)
		slice(&one, (struct events){ .sent = 80, .in_time = 80, .nobody_waits = true });
	assert_int_equal(one.rate.per_s, 1000);
}

static void above_what_is_known_to_be_good_it_creeps_and_then_hurries(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	one.rate.good = 1000;
	for (int i = 0; i <= PACE_CREEP_TIMES; i++)
		well(&one, 100);
	assert_in_range(one.rate.per_s, 1010, 1050);
	for (int i = 0; i < 6 * PACE_CREEP_TIMES; i++)
		well(&one, 100);
	assert_in_range(one.rate.per_s, 4000, 40000);
}

static void up_to_what_is_known_to_be_good_it_goes_and_not_beyond(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	one.rate.good = 1100;
	well(&one, 100);
	well(&one, 100);
	assert_int_equal(one.rate.per_s, 1100);
}

static void it_has_a_most(void **state)
{
	struct one one = learnt(PACE_RATE_MOST - 5);

	(void)state;
	for (int i = 0; i < 3; i++)
		well(&one, 100);
	assert_int_equal(one.rate.per_s, PACE_RATE_MOST);
}

static void what_was_too_much_leaves_it_just_below_what_was_answered(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);

	(void)state;
	assert_in_range(one.rate.per_s, 7000, 8000); /* well below 9,000 */
	one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);
	forget_slices(&one);
	well(&one, 700);
	well(&one, 700);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_in_range(one.rate.per_s, 8500, 9000);
	assert_int_equal(one.rate.borne, 0);
}

static void what_fails_at_any_rate_is_borne(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);

	(void)state;
	forget_slices(&one);
	slice(&one, (struct events){ .sent = 700, .in_time = 630 });
	slice(&one, (struct events){ .sent = 700, .in_time = 630 });
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_in_range(one.rate.per_s, 9600, 10000); /* what it was, as far as it can be counted */
	assert_in_range(one.rate.borne, PACE_SHARE_WHOLE / 10 - 700, PACE_SHARE_WHOLE / 10 + 700);
	/* From then on that is no sign, and where it is mended it is borne less and less. */
	for (int i = 0; i < 3; i++)
		slice(&one, (struct events){ .sent = 1000, .in_time = 900 });
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_true(one.rate.per_s > 10000);
	for (int i = 0; i < 40; i++)
		well(&one, 1000);
	assert_in_range(one.rate.borne, 0, PACE_SHARE_WHOLE / 100);
}

/* It was taken for one that half of the requests are lost on the way to, and the rate is too high.
 */
static void a_server_that_does_as_much_as_before_has_too_much_still(void **state)
{
	struct one one =
		on_trial((struct events){ .sent = 1000, .in_time = 900 }, PACE_SHARE_WHOLE / 2);
	uint32_t before = one.rate.per_s;

	(void)state;
	assert_true(before > 8500);
	forget_slices(&one);
	slice(&one, (struct events){ .sent = 850, .in_time = 500, .late = 380 });
	slice(&one, (struct events){ 0 });
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	assert_int_equal(one.rate.per_s, before - before / PACE_TRIAL_PART);
	assert_int_equal(one.rate.borne, 0);
}

/* The server does less than when it was cut: no part of that is borne. */
static void what_is_worse_on_trial_is_tried_lower(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);
	uint32_t before = one.rate.per_s;

	(void)state;
	forget_slices(&one);
	slice(&one, (struct events){ .sent = 700, .in_time = 300 });
	slice(&one, (struct events){ 0 });
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	assert_in_range(one.rate.per_s, 2500, 3000); /* below what it answers now */
	assert_true(one.rate.per_s < before / 2);
	assert_int_equal(one.rate.borne, 0);
}

/* Judges a slice of a trial that had this. */
static void try_with(struct one *one, struct events events)
{
	one->rate.state = PACE_RATE_TRIAL;
	forget_slices(one);
	slice(one, events);
	slice(one, (struct events){ 0 });
}

/* The way has become longer, say. */
static void where_all_is_answered_late_the_usual_time_is_another(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);
	uint32_t before = one.rate.per_s;

	(void)state;
	try_with(&one, (struct events){ .sent = 700, .late = 700 });
	assert_false(one.rate.slower);
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	assert_int_equal(one.rate.per_s, before - before / PACE_TRIAL_PART);
	try_with(&one, (struct events){ .sent = 600, .late = 600 });
	assert_true(one.rate.slower);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_int_equal(one.rate.borne, 0);
	assert_in_range(one.rate.per_s, 8500, 9000);
}

/* Somebody else filled the server's queue, and gives way, too. */
static void where_all_is_answered_late_once_it_was_too_much(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);

	(void)state;
	try_with(&one, (struct events){ .sent = 700, .late = 700 });
	try_with(&one, (struct events){ .sent = 600, .in_time = 600 });
	assert_false(one.rate.slower);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_int_equal(one.rate.borne, 0);
	assert_in_range(one.rate.per_s, 8500, 9000);
	/* That it was so before the next cut is no proof. */
	slice(&one, (struct events){ .sent = 900, .in_time = 800 });
	slice(&one, (struct events){ .sent = 900, .in_time = 800 });
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	try_with(&one, (struct events){ .sent = 600, .late = 600 });
	assert_false(one.rate.slower);
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
}

/* The queue became empty in the midst of a slice: half of that says nothing of what is left. */
static void a_trial_lasts_while_less_is_late_from_slice_to_slice(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 100, .late = 800 }, 0);

	(void)state;
	try_with(&one, (struct events){ .sent = 700, .in_time = 350, .late = 350 });
	assert_int_equal(one.rate.state, PACE_RATE_TRIAL);
	try_with(&one, (struct events){ .sent = 700, .in_time = 700 });
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	assert_int_equal(one.rate.borne, 0);
}

static void a_trial_does_not_last_for_a_little_less(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 100, .late = 800 }, 0);

	(void)state;
	try_with(&one, (struct events){ .sent = 700, .in_time = 120, .late = 580 });
	assert_int_not_equal(one.rate.state, PACE_RATE_TRIAL);
}

/* Just before it could do 10,000 a second. */
static void a_server_that_stands_still_for_a_moment_is_not_taken_for_a_slow_one(void **state)
{
	struct one one = learnt(10000);

	(void)state;
	well(&one, 1000);
	slice(&one, (struct events){ .sent = 1000, .in_time = 100 });
	slice(&one, (struct events){ .sent = 1000, .in_time = 100 });
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
	assert_in_range(one.rate.good, 9600, 10000);
}

static void a_trial_lasts_until_what_waits_is_worked_off(void **state)
{
	struct one one = on_trial((struct events){ .sent = 1000, .in_time = 900 }, 0);

	(void)state;
	for (int i = 0; i < 5; i++) {
		forget_slices(&one);
		slice(&one, (struct events){ .sent = 700, .in_time = 0, .late = 900 });
		slice(&one, (struct events){ 0 });
		assert_int_equal(one.rate.state, PACE_RATE_TRIAL);
	}
}

/* 1xx come, say, and never anything else. */
static void where_nothing_is_answered_the_least_is_left(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	for (int i = 0; i < 100; i++) {
		slice(&one, (struct events){ .sent = 100 });
		pace_rate_heard(&one.rate, one.now_ms);
		assert_true(one.rate.per_s >= PACE_RATE_LEAST);
		assert_true(pace_rate_attempt_ns(&one.rate, PACE_WITHOUT_NONCE) > 0);
	}
	assert_int_equal(one.rate.per_s, PACE_RATE_LEAST);
}

static void what_is_sent_again_all_at_once_is_no_sign_by_itself(void **state)
{
	const struct events burst = { .sent = 100, .in_time = 90, .again = 50 };
	struct one one = learnt(1000);

	(void)state;
	slice(&one, burst);
	well(&one, 100);
	well(&one, 100);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	slice(&one, burst);
	slice(&one, burst);
	well(&one, 100);
	assert_int_equal(one.rate.state, PACE_RATE_SETTLING);
}

static void a_server_that_is_silent_is_not_judged_until_it_is_heard(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	well(&one, 100);
	slice(&one, (struct events){ .sent = 100 });
	slice(&one, (struct events){ .sent = 0 });
	assert_true(one.rate.silent);
	for (int i = 0; i < 5; i++)
		slice(&one, (struct events){ .sent = 100 });
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
	pace_rate_heard(&one.rate, one.now_ms);
	assert_false(one.rate.silent);
	assert_true(one.rate.per_s >= 1000);
}

/* Lines that are removed leave a thousand requests without an answer. */
static void what_is_given_up_is_no_loss(void **state)
{
	struct one one = learnt(10000);

	(void)state;
	well(&one, 1000);
	slice(&one, (struct events){ .sent = 1000, .in_time = 500 });
	for (int i = 0; i < 500; i++)
		pace_rate_given_up(&one.rate, 1, one.now_ms);
	well(&one, 1000);
	well(&one, 1000);
	assert_int_equal(one.rate.state, PACE_RATE_GROWING);
}

/* A nonce that was kept saves a request, until the server takes none any more. */
static void what_an_attempt_takes_depends_on_how_it_begins(void **state)
{
	struct one one = learnt(1000);
	uint64_t ns = pace_rate_request_ns(&one.rate);

	(void)state;
	assert_int_equal(pace_rate_attempt_ns(&one.rate, PACE_WITHOUT_NONCE), 2 * ns);
	assert_int_equal(pace_rate_attempt_ns(&one.rate, PACE_WITH_NONCE), ns);
	for (uint64_t to_ms = one.now_ms + 3000; one.now_ms < to_ms; one.now_ms++) {
		pace_rate_turn(&one.rate, 0, one.now_ms);
		for (int i = 0; i < 4; i++) {
			pace_rate_sent(&one.rate, PACE_WITH_NONCE, i % 2 == 0, one.now_ms);
			pace_rate_answered(&one.rate, 0, 0, one.now_ms);
		}
		pace_rate_heard(&one.rate, one.now_ms);
	}
	ns = pace_rate_request_ns(&one.rate);
	assert_in_range(pace_rate_attempt_ns(&one.rate, PACE_WITH_NONCE), 2 * ns - ns / 50, 2 * ns);
	assert_int_equal(pace_rate_attempt_ns(&one.rate, PACE_WITHOUT_NONCE), 2 * ns);
}

/* Few requests say little: a slice lasts until there are enough, but not for ever. */
static void a_slice_lasts_until_it_says_something(void **state)
{
	struct one one = learnt(100);
	uint64_t from_ms = one.now_ms;

	(void)state;
	while (!one.rate.pending) {
		one.now_ms += 10;
		pace_rate_turn(&one.rate, 0, one.now_ms);
		pace_rate_sent(&one.rate, PACE_WITHOUT_NONCE, true, one.now_ms);
	}
	assert_in_range(one.now_ms - from_ms, 640, 670);
	one.rate.pending = false;
	from_ms = one.now_ms;
	while (!one.rate.pending) {
		one.now_ms += 100;
		pace_rate_turn(&one.rate, 0, one.now_ms);
		pace_rate_sent(&one.rate, PACE_WITHOUT_NONCE, true, one.now_ms);
	}
	assert_int_equal(one.now_ms - from_ms, PACE_SLICES_MOST * PACE_SLICE_MS);
}

/* A request and its answer belong to one slice, also where that ends in the same millisecond. */
static void what_is_answered_at_once_counts_where_it_was_sent(void **state)
{
	struct pace_rate rate = { 0 };

	(void)state;
	pace_rate_turn(&rate, 0, NOW);
	for (uint64_t ms = 0; ms < 2000; ms++) {
		for (int i = 0; i < 10; i++) {
			pace_rate_turn(&rate, 0, NOW + ms);
			pace_rate_sent(&rate, PACE_WITHOUT_NONCE, true, NOW + ms);
			pace_rate_turn(&rate, 0, NOW + ms);
			pace_rate_heard(&rate, NOW + ms);
			pace_rate_answered(&rate, 0, 0, NOW + ms);
		}
		assert_int_equal(rate.now.sent, rate.now.in_time);
		assert_int_equal(rate.last.sent, rate.last.in_time);
	}
	assert_int_equal(rate.state, PACE_RATE_OPEN);
}

/* Far away a slice is as long as an answer may take. */
static void far_away_a_slice_lasts_longer(void **state)
{
	struct pace_rate rate = { 0 };
	uint64_t now_ms = NOW;

	(void)state;
	pace_rate_turn(&rate, 400, now_ms);
	for (; !rate.pending; now_ms++) {
		pace_rate_turn(&rate, 400, now_ms);
		pace_rate_sent(&rate, PACE_WITHOUT_NONCE, true, now_ms - 1);
	}
	assert_in_range(now_ms - NOW, 400 + 400 / 8 + PACE_WAIT_MS,
	                400 + 400 / 8 + PACE_WAIT_MS + 2);
}

/* One request an attempt where nonces were kept, two where all are challenged. */
static void an_attempt_takes_what_attempts_took_of_late(void **state)
{
	struct one one = learnt(1000);

	(void)state;
	assert_int_equal(pace_rate_attempt_ns(&one.rate, PACE_WITHOUT_NONCE),
	                 2 * pace_rate_request_ns(&one.rate));
	for (int i = 0; i < 20; i++) {
		one.now_ms += PACE_SLICE_MS;
		pace_rate_turn(&one.rate, 0, one.now_ms);
		for (int n = 0; n < 100; n++)
			pace_rate_sent(&one.rate, PACE_WITHOUT_NONCE, true, one.now_ms - 1);
	}
	assert_in_range(pace_rate_attempt_ns(&one.rate, PACE_WITHOUT_NONCE),
	                pace_rate_request_ns(&one.rate), pace_rate_request_ns(&one.rate) * 11 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_has_never_answered_is_not_judged),
		cmocka_unit_test(a_rate_is_learnt_where_too_few_are_answered_in_time),
		cmocka_unit_test(a_first_rate_is_not_below_the_least_first),
		cmocka_unit_test(it_doubles_while_nothing_is_known),
		cmocka_unit_test(it_stays_where_nobody_waits_for_it),
		cmocka_unit_test(above_what_is_known_to_be_good_it_creeps_and_then_hurries),
		cmocka_unit_test(up_to_what_is_known_to_be_good_it_goes_and_not_beyond),
		cmocka_unit_test(it_has_a_most),
		cmocka_unit_test(what_was_too_much_leaves_it_just_below_what_was_answered),
		cmocka_unit_test(what_fails_at_any_rate_is_borne),
		cmocka_unit_test(a_server_that_does_as_much_as_before_has_too_much_still),
		cmocka_unit_test(what_is_worse_on_trial_is_tried_lower),
		cmocka_unit_test(where_all_is_answered_late_the_usual_time_is_another),
		cmocka_unit_test(
			a_server_that_stands_still_for_a_moment_is_not_taken_for_a_slow_one),
		cmocka_unit_test(a_trial_lasts_until_what_waits_is_worked_off),
		cmocka_unit_test(where_all_is_answered_late_once_it_was_too_much),
		cmocka_unit_test(a_trial_lasts_while_less_is_late_from_slice_to_slice),
		cmocka_unit_test(a_trial_does_not_last_for_a_little_less),
		cmocka_unit_test(where_nothing_is_answered_the_least_is_left),
		cmocka_unit_test(what_is_sent_again_all_at_once_is_no_sign_by_itself),
		cmocka_unit_test(a_server_that_is_silent_is_not_judged_until_it_is_heard),
		cmocka_unit_test(what_is_given_up_is_no_loss),
		cmocka_unit_test(what_an_attempt_takes_depends_on_how_it_begins),
		cmocka_unit_test(a_slice_lasts_until_it_says_something),
		cmocka_unit_test(what_is_answered_at_once_counts_where_it_was_sent),
		cmocka_unit_test(far_away_a_slice_lasts_longer),
		cmocka_unit_test(an_attempt_takes_what_attempts_took_of_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
