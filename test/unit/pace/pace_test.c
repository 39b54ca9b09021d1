/* test/unit/pace/pace_test.c: how fast a server is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace/pace.h"

#define NOW UINT64_C(5000)

static unsigned go_all(struct pace *pace, uint64_t now_ms)
{
	uint64_t at_ms;
	unsigned n = 0;

	while (n < 100000 && pace_ask(pace, PACE_WITHOUT_NONCE, now_ms, &at_ms) == PACE_GO)
		n++;
	return n;
}

/* All shares are equal, and this is the first one. */
static void share(struct pace *pace, uint32_t rate_per_s, uint32_t shares)
{
	struct pace_share share = { rate_per_s,
		                    shares,
		                    { 0, shares ? PACE_PARTS / shares : PACE_PARTS } };

	pace_set_share(pace, &share, NOW);
}

static void the_window_bounds_what_is_in_flight(void **state)
{
	struct pace pace;
	uint64_t at_ms = 1;

	(void)state;
	pace_init(&pace, 0, NOW);
	assert_int_equal(go_all(&pace, NOW), PACE_WINDOW_FIRST);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_QUEUE);
	assert_int_equal(at_ms, 1); /* set on PACE_LATER only */
	pace_answered(&pace, NOW);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_GO);
}

static void answers_open_the_window_and_a_503_takes_its_place(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	for (int i = 0; i < 100; i++) {
		go_all(&pace, NOW);
		pace_answered(&pace, NOW);
	}
	/* Twice the first size, for now. */
	assert_int_equal(pace.window, 2 * PACE_WINDOW_FIRST);
	for (int i = 0; i < 10; i++) {
		go_all(&pace, NOW + PACE_DOUBLE_MS);
		pace_answered(&pace, NOW + PACE_DOUBLE_MS);
	}
	assert_int_equal(pace.window, 2 * PACE_WINDOW_FIRST + 10);
	for (int i = 1; i <= 20; i++) {
		pace_overloaded(&pace, NOW + PACE_DOUBLE_MS);
		assert_int_equal(pace.window, 2 * PACE_WINDOW_FIRST + 10 - i);
	}
}

/* Where one at a time is too much, too. */
static void a_window_of_one_that_gets_a_503_leaves_it_to_a_rate(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	for (int i = 1; i < PACE_WINDOW_FIRST; i++)
		pace_overloaded(&pace, NOW);
	assert_int_equal(pace.window, PACE_WINDOW_MIN);
	assert_int_equal(pace.rate.state, PACE_RATE_OPEN);
	pace_overloaded(&pace, NOW);
	assert_int_equal(pace.rate.state, PACE_RATE_GROWING);
	/* Two requests for each. */
	assert_in_range(go_all(&pace, NOW + 1000), 1, 1 + PACE_RATE_FIRST / 2 / 100);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1000, &at_ms), PACE_LATER);
	assert_in_range(at_ms, NOW + 1001, NOW + 1000 + 2 * 1000 / PACE_RATE_FIRST);
}

static void learn(struct pace *pace)
{
	pace_init(pace, 0, NOW);
	pace->window = 1;
	go_all(pace, NOW);
	pace_heard(pace, &(struct pace_answer){ .refused = true, .took_ms = 1 }, NOW);
	pace_overloaded(pace, NOW);
	assert_int_equal(pace->rate.state, PACE_RATE_GROWING);
}

/* It does not ask: others wait so much longer, but no more than a second in all. */
static void what_is_sent_again_takes_a_place_of_the_rate(void **state)
{
	const uint64_t place_ns = UINT64_C(1000000000) / PACE_RATE_FIRST;
	struct pace pace;
	uint64_t before;

	(void)state;
	learn(&pace);
	before = pace.next_at_ns;
	pace_sent_again(&pace, 500, NOW + 500);
	assert_int_equal(pace.next_at_ns, before + place_ns);
	/* Answers usually take so long: it is not lost. */
	pace_sent_again(&pace, 1, NOW + 500);
	assert_int_equal(pace.next_at_ns, before + place_ns);
	for (int i = 0; i < 10 * PACE_RATE_FIRST; i++)
		pace_sent_again(&pace, 500, NOW + 500);
	assert_in_range(pace.next_at_ns / 1000000, NOW + 500 + PACE_DEBT_MS,
	                NOW + 500 + PACE_DEBT_MS + place_ns / 1000000);
}

static void beside_a_rate_as_many_are_in_flight_as_a_second_has(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	learn(&pace);
	for (uint64_t ms = 1; pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + ms, &at_ms) != PACE_QUEUE;
	     ms++)
		assert_true(ms < 4000);
	assert_in_range(pace.in_flight, PACE_RATE_FIRST, PACE_RATE_FIRST * 101 / 100 + 1);
}

static void what_was_learnt_is_forgotten_when_nobody_had_to_wait_for_long(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	learn(&pace);
	go_all(&pace, NOW + 1000); /* the last one waits */
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 999 + PACE_FORGET_MS, &at_ms),
	                 PACE_GO);
	assert_int_equal(pace.rate.state, PACE_RATE_GROWING);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1000 + PACE_FORGET_MS, &at_ms),
	                 PACE_GO);
	assert_int_equal(pace.rate.state, PACE_RATE_OPEN);
	assert_int_equal(pace.window, PACE_WINDOW_FIRST);
}

/* What a server that is overloaded refuses comes sooner than what it serves. */
static void a_503_says_how_long_answers_take_only_where_nothing_else_does(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	pace_heard(&pace, &(struct pace_answer){ .refused = true, .took_ms = 20 }, NOW);
	assert_int_equal(pace_delay_usual_ms(&pace.delay), 20);
	pace_init(&pace, 0, NOW);
	pace_heard(&pace, &(struct pace_answer){ .took_ms = 100 }, NOW);
	pace_heard(&pace, &(struct pace_answer){ .refused = true, .took_ms = 20 }, NOW);
	assert_int_equal(pace_delay_usual_ms(&pace.delay), 100);
}

/* One at a time is asked until then. */
static void a_provisional_answer_ends_the_silence(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	learn(&pace);
	pace.rate.silent = true;
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1000, &at_ms), PACE_GO);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 2000, &at_ms), PACE_QUEUE);
	pace_provisional(&pace, NOW + 2000);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 2000, &at_ms), PACE_GO);
}

/* Each of a batch of answers, before anybody asks again. */
static void all_answers_of_a_batch_open_the_window(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	for (int i = 0; i < PACE_WINDOW_FIRST; i++)
		pace_answered(&pace, NOW + 1);
	assert_int_equal(pace.window, 2 * PACE_WINDOW_FIRST);
}

static void a_window_that_is_not_filled_does_not_grow(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_GO);
		pace_answered(&pace, NOW);
	}
	assert_int_equal(pace.window, PACE_WINDOW_FIRST);
}

static void the_window_has_a_most(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	for (uint64_t i = 0; i < 2 * PACE_WINDOW_MAX; i++) {
		go_all(&pace, NOW + i);
		pace_answered(&pace, NOW + i);
	}
	assert_int_equal(pace.window, PACE_WINDOW_MAX);
}

/* Every second is a second, wherever it begins: not one more than the rate in any. */
static void a_fixed_rate_is_never_passed(void **state)
{
	static const uint32_t rates[] = { 1, 3, 7, 100, 501, 999, 1000, 1500, 5000 };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		static unsigned gone[10000];
		unsigned within = 0, all = 0;
		struct pace pace;
		uint64_t at_ms;

		pace_init(&pace, rates[i], NOW);
		for (uint64_t ms = 0; ms < 10000; ms++) {
			for (gone[ms] = 0;
			     pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + ms, &at_ms) == PACE_GO;
			     gone[ms]++)
				pace_answered(&pace, NOW + ms);
			assert_true(at_ms > NOW + ms);
			within += gone[ms];
			within -= ms >= 1000 ? gone[ms - 1000] : 0;
			assert_true(within <= rates[i]);
			all += gone[ms];
		}
		/* The room for late ones is not for them. */
		assert_in_range(all, rates[i] * 9900 / 1000 - 1, rates[i] * 9901 / 1000 + 1);
	}
}

/* Threads that know nothing of each other, and hear of changes one after the other: not one more
 * than the rate in any second, while their parts are what they are and when these change. One of
 * them is late at times. */
static void threads_keep_a_fixed_rate_together(void **state)
{
	static const struct pace_part before[3] = { { 0, 60000 },
		                                    { 60000, 64000 },
		                                    { 64000, 65536 } };
	static const struct pace_part after[3] = { { 0, 4000 }, { 4000, 8000 }, { 8000, 65536 } };
	static unsigned gone[20000];
	struct pace paces[3];
	unsigned within = 0, all[3] = { 0 };
	uint64_t at_ms;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		pace_init(&paces[i], 501, NOW);
		pace_set_share(&paces[i], &(struct pace_share){ 501, 3, before[i] }, NOW);
	}
	for (uint64_t ms = 0; ms < 20000; ms++) {
		gone[ms] = 0;
		for (unsigned i = 0; i < 3; i++) {
			if (ms == 10000 + 300 * i)
				pace_set_share(&paces[i], &(struct pace_share){ 501, 3, after[i] },
				               NOW + ms);
			if (i == 1 && ms % 500 >= 480)
				continue;
			while (pace_ask(&paces[i], PACE_WITHOUT_NONCE, NOW + ms, &at_ms) ==
			       PACE_GO) {
				pace_answered(&paces[i], NOW + ms);
				gone[ms]++;
				all[i] += ms >= 12000;
			}
			assert_true(at_ms > NOW + ms);
		}
		within += gone[ms];
		within -= ms >= 1000 ? gone[ms - 1000] : 0;
		assert_true(within <= 501);
		if ((ms >= 2000 && ms < 10000) || ms >= 13000)
			assert_true(within >= 485);
	}
	/* Each has what it was told, and soon after each other. */
	assert_in_range(all[0], 501 * 8 * 4000 / 65536 - 5, 501 * 8 * 4000 / 65536 + 1);
	assert_in_range(all[1], 501 * 8 * 4000 / 65536 - 15, 501 * 8 * 4000 / 65536 + 1);
	assert_in_range(all[0] + all[1] + all[2], 501 * 8000 / 1010 - 11, 501 * 8000 / 1010 + 1);
}

/* Whoever owned all of it may not have heard yet. */
static void a_new_share_waits_until_the_others_have_heard(void **state)
{
	struct pace_share half = { 10, 2, { 32768, 65536 } };
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	pace_set_share(&pace, &half, NOW);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + PACE_HANDOVER_MS);
	pace_init(&pace, 0, NOW);
	half.part = (struct pace_part){ 0, PACE_PARTS };
	pace_set_share(&pace, &half, NOW);
	while (pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms) == PACE_GO)
		;
	assert_in_range(at_ms, NOW + 1, NOW + 101);
	/* Who is told that he has nothing asks again, and goes nowhere. */
	half.part = (struct pace_part){ 0, 0 };
	pace_set_share(&pace, &half, NOW);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 2000, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + 3000);
}

static void what_the_rate_left_unused_is_not_caught_up(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 10, NOW);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 60000, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + 60095); /* the 595th place */
	/* Late, as somebody waited for it; then the next one, and no other. */
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 60104, &at_ms), PACE_GO);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 60104, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + 60196);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 60206, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + 60297);
}

static void one_line_probes_a_dead_server_and_its_answer_frees_the_others(void **state)
{
	struct pace pace;
	uint64_t at_ms, now_ms = NOW;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	while (pace.in_flight)
		pace_silent(&pace, NOW);
	assert_int_equal(pace.health, PACE_DEAD);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, now_ms, &at_ms), PACE_LATER);
		assert_in_range(at_ms - now_ms, PACE_PROBE_MIN_MS, PACE_PROBE_MAX_MS);
		now_ms = at_ms;
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, now_ms, &at_ms), PACE_GO);
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, now_ms, &at_ms), PACE_QUEUE);
		pace_silent(&pace, now_ms);
	}
	now_ms += PACE_PROBE_MAX_MS;
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, now_ms, &at_ms), PACE_GO);
	pace_answered(&pace, now_ms);
	assert_int_equal(pace.health, PACE_ALIVE);
	assert_int_equal(go_all(&pace, now_ms), PACE_WINDOW_FIRST);
}

/* However many were under way when it died. */
static void the_first_probe_comes_after_two_seconds(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	for (unsigned i = 0; pace.in_flight; i++)
		pace_silent(&pace, NOW + i);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 100, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + PACE_DEAD_AFTER - 1 + PACE_PROBE_MIN_MS);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, at_ms, &at_ms), PACE_GO);
	pace_silent(&pace, NOW + 40000);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 40000, &at_ms), PACE_LATER);
	assert_int_equal(at_ms, NOW + 40000 + 2 * PACE_PROBE_MIN_MS);
}

static void who_is_unanswered_says_something_where_nobody_was_answered(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	pace_provisional(&pace, NOW + 1);
	for (int i = 0; i < PACE_DEAD_AFTER; i++)
		pace_unanswered(&pace, 2000, NOW + 2000);
	assert_int_equal(pace.health, PACE_ALIVE);
	for (int i = 0; i < PACE_DEAD_AFTER; i++)
		pace_unanswered(&pace, 10, NOW + 2001);
	assert_int_equal(pace.health, PACE_ALIVE);
	for (int i = 0; i < PACE_DEAD_AFTER; i++)
		pace_unanswered(&pace, 2000, NOW + 2001);
	assert_int_equal(pace.health, PACE_DEAD);
	assert_int_equal(pace.in_flight, PACE_WINDOW_FIRST - 3 * PACE_DEAD_AFTER);
}

/* That its rate is forgotten does not make it silent. */
static void who_is_unanswered_knows_of_what_brought_the_server_back(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	for (int i = 0; i < PACE_DEAD_AFTER; i++)
		pace_silent(&pace, NOW);
	pace_hurry(&pace, NOW);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_GO);
	pace_heard(&pace, &(struct pace_answer){ .took_ms = 100 }, NOW + 100);
	pace_answered(&pace, NOW + 100);
	assert_int_equal(pace.health, PACE_ALIVE);
	for (int i = 0; i < PACE_DEAD_AFTER; i++)
		pace_unanswered(&pace, 2000, NOW + 2000);
	assert_int_equal(pace.health, PACE_ALIVE);
}

static void a_probe_that_is_given_up_leaves_the_place_to_the_next(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	for (int i = 0; i < PACE_DEAD_AFTER; i++) {
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_GO);
		pace_silent(&pace, NOW);
	}
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + PACE_PROBE_MAX_MS, &at_ms),
	                 PACE_GO);
	pace_cancelled(&pace);
	assert_int_equal(pace.health, PACE_DEAD);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + PACE_PROBE_MAX_MS, &at_ms),
	                 PACE_GO);
}

static void a_hurry_probes_a_dead_server_at_once(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	pace_hurry(&pace, NOW); /* nothing to hurry */
	for (int i = 0; i < PACE_DEAD_AFTER; i++) {
		assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms), PACE_GO);
		pace_silent(&pace, NOW);
	}
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1, &at_ms), PACE_LATER);
	pace_hurry(&pace, NOW + 1);
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1, &at_ms), PACE_GO);
	pace_hurry(&pace, NOW + 1); /* the probe is out: no second one */
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + 1, &at_ms), PACE_QUEUE);
}

static void a_503_shows_that_a_dead_server_is_back(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	for (int i = 0; i < PACE_DEAD_AFTER; i++) {
		pace_ask(&pace, PACE_WITHOUT_NONCE, NOW, &at_ms);
		pace_silent(&pace, NOW);
	}
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, NOW + PACE_PROBE_MAX_MS, &at_ms),
	                 PACE_GO);
	pace_overloaded(&pace, NOW + PACE_PROBE_MAX_MS);
	assert_int_equal(pace.health, PACE_ALIVE);
}

static void it_regulates_as_long_as_the_server_serves(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, 1000);
	assert_false(pace_regulates(&pace, 1000));
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, 1000, &at_ms), PACE_GO);
	pace_overloaded(&pace, 1001);
	assert_false(pace_regulates(&pace, 1001));
	assert_int_equal(pace_ask(&pace, PACE_WITHOUT_NONCE, 1001, &at_ms), PACE_GO);
	pace_answered(&pace, 1002);
	assert_true(pace_regulates(&pace, 1002));
	assert_true(pace_regulates(&pace, 1001 + PACE_SERVES_MS));
	assert_false(pace_regulates(&pace, 1002 + PACE_SERVES_MS));
}

static void refused_lines_get_three_places_in_ten_minutes(void **state)
{
	struct pace pace;
	uint64_t at_ms = 0;

	(void)state;
	pace_init(&pace, 0, NOW);
	assert_true(pace_ask_refused(&pace, 0, &at_ms));
	assert_true(pace_ask_refused(&pace, 100000, &at_ms));
	assert_true(pace_ask_refused(&pace, 200000, &at_ms));
	assert_false(pace_ask_refused(&pace, 200001, &at_ms));
	assert_int_equal(at_ms, 1 + PACE_REFUSED_SPAN_MS);
	assert_true(pace_ask_refused(&pace, at_ms, &at_ms));
	assert_false(pace_ask_refused(&pace, 600002, &at_ms));
	assert_int_equal(at_ms, 100000 + PACE_REFUSED_SPAN_MS);
}

/* Three threads ask one server: together they do not ask faster than one would. */
static void shares_divide_window_and_places(void **state)
{
	struct pace pace;
	uint64_t at_ms;

	(void)state;
	pace_init(&pace, 0, NOW);
	share(&pace, 0, 3);
	assert_int_equal(go_all(&pace, NOW), PACE_WINDOW_FIRST / 3);
	for (int i = 0; i < PACE_REFUSED_MAX; i++)
		assert_true(pace_ask_refused(&pace, NOW, &at_ms));
	assert_false(pace_ask_refused(&pace, NOW, &at_ms));
	assert_int_equal(at_ms, NOW + 3 * PACE_REFUSED_SPAN_MS);
}

static void a_share_has_a_window_of_one_at_least(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	share(&pace, 0, 1000);
	assert_int_equal(go_all(&pace, NOW), 1);
	share(&pace, 0, 0);
	assert_int_equal(pace.shares, 1);
	assert_int_equal(pace.window, PACE_WINDOW_FIRST);
}

static void what_a_window_has_learnt_is_kept_when_shares_change(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0, NOW);
	go_all(&pace, NOW);
	pace_overloaded(&pace, NOW);
	share(&pace, 5, 2);
	assert_int_equal(pace.window, PACE_WINDOW_FIRST - 1);
	assert_int_equal(pace.fixed.per_s, 5);
	share(&pace, 5, 4);
	assert_int_equal(pace.window, PACE_WINDOW_FIRST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_unanswered_says_something_where_nobody_was_answered),
		cmocka_unit_test(who_is_unanswered_knows_of_what_brought_the_server_back),
		cmocka_unit_test(the_window_bounds_what_is_in_flight),
		cmocka_unit_test(answers_open_the_window_and_a_503_takes_its_place),
		cmocka_unit_test(a_window_of_one_that_gets_a_503_leaves_it_to_a_rate),
		cmocka_unit_test(what_is_sent_again_takes_a_place_of_the_rate),
		cmocka_unit_test(beside_a_rate_as_many_are_in_flight_as_a_second_has),
		cmocka_unit_test(what_was_learnt_is_forgotten_when_nobody_had_to_wait_for_long),
		cmocka_unit_test(a_503_says_how_long_answers_take_only_where_nothing_else_does),
		cmocka_unit_test(a_provisional_answer_ends_the_silence),
		cmocka_unit_test(all_answers_of_a_batch_open_the_window),
		cmocka_unit_test(a_window_that_is_not_filled_does_not_grow),
		cmocka_unit_test(the_window_has_a_most),
		cmocka_unit_test(a_fixed_rate_is_never_passed),
		cmocka_unit_test(threads_keep_a_fixed_rate_together),
		cmocka_unit_test(a_new_share_waits_until_the_others_have_heard),
		cmocka_unit_test(what_the_rate_left_unused_is_not_caught_up),
		cmocka_unit_test(one_line_probes_a_dead_server_and_its_answer_frees_the_others),
		cmocka_unit_test(the_first_probe_comes_after_two_seconds),
		cmocka_unit_test(a_probe_that_is_given_up_leaves_the_place_to_the_next),
		cmocka_unit_test(a_hurry_probes_a_dead_server_at_once),
		cmocka_unit_test(a_503_shows_that_a_dead_server_is_back),
		cmocka_unit_test(it_regulates_as_long_as_the_server_serves),
		cmocka_unit_test(refused_lines_get_three_places_in_ten_minutes),
		cmocka_unit_test(shares_divide_window_and_places),
		cmocka_unit_test(a_share_has_a_window_of_one_at_least),
		cmocka_unit_test(what_a_window_has_learnt_is_kept_when_shares_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
