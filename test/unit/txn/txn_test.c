/* The non-INVITE client transaction, to the millisecond (RFC 3261 17.1.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "txn/txn.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t starts[] = { 0, 1, 123456789, UINT64_C(1) << 52 };

/* Follows txn_next_ms() to the time-out and checks each resend against a list that ends in 0. */
static void assert_resends(struct txn *txn, uint64_t start_ms, const unsigned resends_ms[])
{
	size_t i = 0;

	for (;;) {
		uint64_t now = txn_next_ms(txn);
		enum txn_action action = txn_step(txn, TXN_EV_TIMER, now);

		if (action == TXN_TIMED_OUT) {
			assert_true(now == start_ms + 32000);
			break;
		}
		assert_int_equal(action, TXN_RESEND);
		assert_true(resends_ms[i] != 0 && now == start_ms + resends_ms[i]);
		i++;
	}
	assert_int_equal(resends_ms[i], 0);
	assert_int_equal(txn->state, TXN_DONE);
	assert_true(txn_next_ms(txn) == UINT64_MAX);
}

static void a_request_that_nobody_answers_is_sent_eleven_times(void **state)
{
	static const unsigned resends_ms[] = { 500,   1500,  3500,  7500,  11500, 15500,
		                               19500, 23500, 27500, 31500, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct txn txn;

		txn_start(&txn, false, starts[i]);
		assert_int_equal(txn.state, TXN_TRYING);
		assert_int_equal(txn.sends, 1);
		assert_resends(&txn, starts[i], resends_ms);
		assert_int_equal(txn.sends, 11);
	}
}

static void over_a_reliable_transport_it_is_sent_once(void **state)
{
	static const unsigned none[] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		for (int provisional = 0; provisional < 2; provisional++) {
			struct txn txn;

			txn_start(&txn, true, starts[i]);
			if (provisional)
				txn_step(&txn, TXN_EV_PROVISIONAL, starts[i] + 100);
			assert_true(txn_next_ms(&txn) == starts[i] + 32000);
			assert_int_equal(txn_step(&txn, TXN_EV_TIMER, starts[i] + 31999),
			                 TXN_NOTHING);
			assert_resends(&txn, starts[i], none);
			assert_int_equal(txn.sends, 1);
		}
	}
}

static void after_a_1xx_it_is_sent_again_each_4_s(void **state)
{
	static const struct {
		unsigned provisional_ms;
		unsigned resends_ms[12];
	} rows[] = {
		/* E as it was armed is let run out; from then on it is T2 */
		{ 1, { 500, 4500, 8500, 12500, 16500, 20500, 24500, 28500, 0 } },
		{ 499, { 500, 4500, 8500, 12500, 16500, 20500, 24500, 28500, 0 } },
		{ 501, { 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500, 0 } },
		{ 1501, { 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 0 } },
		{ 27501, { 31500, 0 } },
		{ 31501, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct txn txn;

		txn_start(&txn, false, 1000);
		while (txn_next_ms(&txn) < 1000 + rows[i].provisional_ms)
			txn_step(&txn, TXN_EV_TIMER, txn_next_ms(&txn));
		for (int copies = 0; copies < 3; copies++)
			assert_int_equal(
				txn_step(&txn, TXN_EV_PROVISIONAL, 1000 + rows[i].provisional_ms),
				TXN_NOTHING);
		assert_int_equal(txn.state, TXN_PROCEEDING);
		assert_resends(&txn, 1000, rows[i].resends_ms);
	}
}

static void a_timer_that_comes_early_does_nothing(void **state)
{
	struct txn txn;
	unsigned resends = 0;

	(void)state;
	txn_start(&txn, false, 0);
	for (uint64_t now = 0; now < 32000; now++) { /* asked each millisecond */
		bool due = now == txn_next_ms(&txn);
		enum txn_action action = txn_step(&txn, TXN_EV_TIMER, now);

		assert_int_equal(action, due ? TXN_RESEND : TXN_NOTHING);
		assert_true(txn_next_ms(&txn) > now);
		resends += due;
	}
	assert_int_equal(resends, 10);
	assert_int_equal(txn_step(&txn, TXN_EV_TIMER, 32000), TXN_TIMED_OUT);
}

static void a_timer_that_comes_late_sends_one_copy_and_waits_again(void **state)
{
	struct txn txn;

	(void)state;
	txn_start(&txn, false, 0);
	assert_int_equal(txn_step(&txn, TXN_EV_TIMER, 5000), TXN_RESEND);
	assert_true(txn_next_ms(&txn) == 6000);
	assert_int_equal(txn_step(&txn, TXN_EV_TIMER, 5000), TXN_NOTHING);
	assert_int_equal(txn.sends, 2);
}

static void the_time_out_goes_before_the_resend(void **state)
{
	struct txn txn;

	(void)state;
	txn_start(&txn, false, 0);
	assert_int_equal(txn_step(&txn, TXN_EV_TIMER, 32000), TXN_TIMED_OUT);
	txn_start(&txn, false, 0);
	assert_int_equal(txn_step(&txn, TXN_EV_TIMER, 90000), TXN_TIMED_OUT);
	assert_int_equal(txn.sends, 1);
}

static void put_into(struct txn *txn, enum txn_state wanted)
{
	txn_start(txn, false, 0);
	if (wanted == TXN_PROCEEDING)
		txn_step(txn, TXN_EV_PROVISIONAL, 10);
	else if (wanted == TXN_DONE)
		txn_step(txn, TXN_EV_FINAL, 10);
	assert_int_equal(txn->state, wanted);
}

static void each_event_in_each_state_does_what_the_table_says(void **state)
{
	static const struct {
		enum txn_state from;
		enum txn_event event;
		enum txn_action action;
		enum txn_state to;
	} rows[] = {
		{ TXN_TRYING, TXN_EV_TIMER, TXN_RESEND, TXN_TRYING },
		{ TXN_TRYING, TXN_EV_PROVISIONAL, TXN_NOTHING, TXN_PROCEEDING },
		{ TXN_TRYING, TXN_EV_FINAL, TXN_ANSWERED, TXN_DONE },
		{ TXN_TRYING, TXN_EV_ERROR, TXN_FAILED, TXN_DONE },
		{ TXN_PROCEEDING, TXN_EV_TIMER, TXN_RESEND, TXN_PROCEEDING },
		{ TXN_PROCEEDING, TXN_EV_PROVISIONAL, TXN_NOTHING, TXN_PROCEEDING },
		{ TXN_PROCEEDING, TXN_EV_FINAL, TXN_ANSWERED, TXN_DONE },
		{ TXN_PROCEEDING, TXN_EV_ERROR, TXN_FAILED, TXN_DONE },
		{ TXN_DONE, TXN_EV_TIMER, TXN_NOTHING, TXN_DONE },
		{ TXN_DONE, TXN_EV_PROVISIONAL, TXN_NOTHING, TXN_DONE },
		{ TXN_DONE, TXN_EV_FINAL, TXN_NOTHING, TXN_DONE },
		{ TXN_DONE, TXN_EV_ERROR, TXN_NOTHING, TXN_DONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct txn txn;

		put_into(&txn, rows[i].from);
		assert_int_equal(txn_step(&txn, rows[i].event, 700), rows[i].action);
		assert_int_equal(txn.state, rows[i].to);
		assert_int_equal(txn_next_ms(&txn) == UINT64_MAX, rows[i].to == TXN_DONE);
	}
}

static void a_final_response_counts_even_after_the_end(void **state)
{
	struct txn txn;

	(void)state;
	txn_start(&txn, false, 0);
	assert_int_equal(txn_step(&txn, TXN_EV_FINAL, 32001), TXN_ANSWERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_nobody_answers_is_sent_eleven_times),
		cmocka_unit_test(over_a_reliable_transport_it_is_sent_once),
		cmocka_unit_test(after_a_1xx_it_is_sent_again_each_4_s),
		cmocka_unit_test(a_timer_that_comes_early_does_nothing),
		cmocka_unit_test(a_timer_that_comes_late_sends_one_copy_and_waits_again),
		cmocka_unit_test(the_time_out_goes_before_the_resend),
		cmocka_unit_test(each_event_in_each_state_does_what_the_table_says),
		cmocka_unit_test(a_final_response_counts_even_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
