/* test/unit/reg/reg_test.c: the registration machine: every cell of its table, and each of its
 * rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reg/reg.h"

#define NOW UINT64_C(1000000)

static struct rng seeded(void)
{
	struct rng rng;

	rng_seed(&rng, 1);
	return rng;
}

static const struct reg_event start = { .kind = REG_EV_START, .now_ms = NOW };
static const struct reg_event first_challenge = { .kind = REG_EV_CHALLENGED, .now_ms = NOW };
static const struct reg_event second_challenge = {
	.kind = REG_EV_CHALLENGED,
	.now_ms = NOW,
	.challenge = { .answers = 1, .new_nonce = true },
};
static const struct reg_event grant = { .kind = REG_EV_GRANTED, .now_ms = NOW, .granted_s = 3600 };

/* A machine brought to a state by the events that lead there. */
static struct reg brought_to(enum reg_state state)
{
	static const enum reg_event_kind ways[REG_STATE_COUNT][4] = {
		[REG_IDLE] = { REG_EVENT_COUNT },
		[REG_TRYING] = { REG_EV_START, REG_EVENT_COUNT },
		[REG_REGISTERED] = { REG_EV_START, REG_EV_GRANTED, REG_EVENT_COUNT },
		[REG_REFRESHING] = { REG_EV_START, REG_EV_GRANTED, REG_EV_DUE, REG_EVENT_COUNT },
		[REG_HOLDING] = { REG_EV_START, REG_EV_GRANTED, REG_EV_DUE, REG_EV_FAILED },
		[REG_WAITING] = { REG_EV_START, REG_EV_FAILED, REG_EVENT_COUNT },
		[REG_STOPPING] = { REG_EV_START, REG_EV_STOP, REG_EVENT_COUNT },
		[REG_REMOVING] = { REG_EV_START, REG_EV_GRANTED, REG_EV_STOP, REG_EVENT_COUNT },
	};
	struct rng rng = seeded();
	struct reg reg;

	reg_init(&reg, 3600, NOW);
	for (unsigned i = 0; i < 4 && ways[state][i] != REG_EVENT_COUNT; i++) {
		struct reg_event event = { .kind = ways[state][i],
			                   .now_ms = NOW,
			                   .granted_s = 3600,
			                   .unanswered = state == REG_STOPPING };

		reg_step(&reg, &event, &rng);
	}
	assert_int_equal(reg.state, state);
	return reg;
}

/* Cells in which nothing happens, and why that is right. All others must do something. */
static bool is_empty_cell(enum reg_state state, enum reg_event_kind event)
{
	/* Outcomes come only while a REGISTER is unanswered. */
	bool asks = state == REG_TRYING || state == REG_REFRESHING || state == REG_STOPPING ||
	            state == REG_REMOVING;
	/* States with a timer of their own; the others have one only while the bucket is empty. */
	bool waits = state == REG_REGISTERED || state == REG_HOLDING || state == REG_WAITING;

	switch (event) {
	case REG_EV_START: /* it is wanted already; what is being removed starts again after that */
		return state != REG_IDLE;
	case REG_EV_STOP: /* stopped, or stopping; TRYING with an answer due waits for it */
		return state == REG_IDLE || state == REG_STOPPING || state == REG_REMOVING;
	case REG_EV_NUDGE: /* nothing to hurry in what is under way or not wanted */
		return !waits;
	case REG_EV_DUE:
		return !waits;
	case REG_EV_LAPSED: /* no binding, no end */
		return state == REG_IDLE || state == REG_TRYING || state == REG_WAITING;
	default:
		return !asks;
	}
}

static void every_cell_acts_or_is_known_to_be_empty(void **state)
{
	(void)state;
	for (int at = 0; at < REG_STATE_COUNT; at++) {
		for (int kind = 0; kind < REG_EVENT_COUNT; kind++) {
			struct reg reg = brought_to(at);
			struct reg before = reg;
			struct rng rng = seeded();
			struct reg_event event = {
				.kind = kind, .now_ms = NOW, .granted_s = 60, .min_expires_s = 7200
			};
			struct reg_todo todo = reg_step(&reg, &event, &rng);
			bool acted = todo.act != REG_DO_NOTHING || todo.state_changed;

			if (acted == is_empty_cell(at, kind))
				fail_msg("%s with event %d: %s", reg_state_name(at), kind,
				         acted ? "acted" : "did nothing");
			if (!acted && reg.state != before.state)
				fail_msg("%s changed in silence", reg_state_name(at));
		}
	}
}

/* Walks at random for long, and asks after each step what must hold in every state. */
static void invariants_hold_on_a_long_walk(void **state)
{
	struct rng rng = seeded();
	struct reg reg;
	uint64_t now_ms = NOW, sent_ms[REG_BUCKET] = { 0 };
	unsigned sent = 0;

	(void)state;
	reg_init(&reg, 600, now_ms);
	for (int i = 0; i < 200000; i++) {
		enum reg_event_kind kind = rng_between(&rng, 0, REG_EVENT_COUNT - 1);
		struct reg_event event = {
			.kind = kind,
			.unanswered = rng_between(&rng, 0, 1),
			.challenge = { .answers = (uint8_t)rng_between(&rng, 0, 4),
			               .stale = rng_between(&rng, 0, 1),
			               .new_nonce = rng_between(&rng, 0, 1) },
			.granted_s = (uint32_t)rng_between(&rng, 1, 100000),
			.min_expires_s = (uint32_t)rng_between(&rng, 0, 100000),
			.retry_after_s = (uint32_t)rng_between(&rng, 0, 5000),
			.more_targets = rng_between(&rng, 0, 7) == 0,
		};
		enum reg_state from = reg.state;
		struct reg_todo todo;

		now_ms += rng_between(&rng, 0, 3000);
		event.now_ms = now_ms;
		/* Outcomes come to those who ask. */
		if (kind >= REG_EV_GRANTED && from != REG_TRYING && from != REG_REFRESHING &&
		    from != REG_STOPPING && from != REG_REMOVING)
			continue;
		todo = reg_step(&reg, &event, &rng);
		assert_int_equal(todo.state_changed, reg.state != from);
		if (reg.state == REG_IDLE || reg.state == REG_TRYING || reg.state == REG_WAITING) {
			assert_false(reg_bound(&reg));
			assert_true(reg.ends_at_ms == REG_NEVER);
		} else {
			assert_true(reg.ends_at_ms != REG_NEVER);
		}
		if (todo.act == REG_DO_WAIT)
			assert_true(todo.at_ms >= now_ms && todo.at_ms <= now_ms + 90000000);
		if (todo.act == REG_DO_REST)
			assert_int_equal(reg.state, REG_IDLE);
		assert_true(reg.asked_s >= 1 && reg.asked_s <= REG_EXPIRES_MAX_S);
		if (todo.act >= REG_DO_ATTEMPT) {
			/* The bucket: this one and the sixth before it are 2 s apart or more. */
			if (sent >= REG_BUCKET)
				assert_true(now_ms - sent_ms[sent % REG_BUCKET] + 1 >=
				            REG_BUCKET_FILL_MS);
			sent_ms[sent++ % REG_BUCKET] = now_ms;
		}
	}
	assert_true(sent > 1000);
}

static void the_way_of_the_article(void **state)
{
	struct rng rng = seeded();
	struct reg reg;
	struct reg_todo todo;

	(void)state;
	reg_init(&reg, 3600, NOW);
	todo = reg_step(&reg, &start, &rng);
	assert_int_equal(todo.act, REG_DO_ATTEMPT);
	todo = reg_step(&reg, &first_challenge, &rng);
	assert_int_equal(todo.act, REG_DO_AGAIN);
	assert_int_equal(todo.end, REG_END_NONE);
	todo = reg_step(&reg, &grant, &rng);
	assert_int_equal(todo.end, REG_END_GRANTED);
	assert_int_equal(todo.act, REG_DO_WAIT);
	assert_int_equal(reg.state, REG_REGISTERED);
	assert_true(reg.ends_at_ms == NOW + 3600000);
}

static void a_second_challenge_refuses_a_line_that_was_never_good(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_todo todo;

	(void)state;
	reg_step(&reg, &first_challenge, &rng);
	todo = reg_step(&reg, &second_challenge, &rng);
	assert_int_equal(todo.end, REG_END_REFUSED);
	assert_int_equal(reg.state, REG_WAITING);
	assert_in_range(todo.at_ms - NOW, REG_REFUSED_MIN_MS, REG_REFUSED_MIN_MS * 11 / 10);
}

static void a_new_nonce_without_stale_is_answered_once_for_a_good_line(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event again = second_challenge;

	(void)state;
	assert_int_equal(reg_step(&reg, &second_challenge, &rng).act, REG_DO_AGAIN);
	again.challenge.answers = 2;
	assert_int_equal(reg_step(&reg, &again, &rng).end, REG_END_REFUSED);
	assert_int_equal(reg.state, REG_HOLDING);
}

static void the_same_nonce_again_refuses_a_good_line(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event same = second_challenge;

	(void)state;
	same.challenge.new_nonce = false;
	assert_int_equal(reg_step(&reg, &same, &rng).end, REG_END_REFUSED);
}

static void stale_is_answered_three_times_at_most(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event stale = { .kind = REG_EV_CHALLENGED,
		                   .now_ms = NOW,
		                   .challenge = { .stale = true, .new_nonce = true } };

	(void)state;
	for (uint8_t answers = 0; answers < 3; answers++) {
		stale.challenge.answers = answers;
		assert_int_equal(reg_step(&reg, &stale, &rng).act, REG_DO_AGAIN);
	}
	stale.challenge.answers = 3;
	assert_int_equal(reg_step(&reg, &stale, &rng).end, REG_END_REFUSED);
}

static void a_423_raises_the_time_once(void **state)
{
	static const struct {
		uint32_t min_s, asked_s;
		enum reg_do act;
	} rows[] = {
		{ 7200, 7200, REG_DO_AGAIN },        { 86400, 86400, REG_DO_AGAIN },
		{ UINT32_MAX, 86400, REG_DO_AGAIN }, { 3600, 3600, REG_DO_WAIT },
		{ 60, 3600, REG_DO_WAIT },           { 0, 3600, REG_DO_WAIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reg reg = brought_to(REG_TRYING);
		struct rng rng = seeded();
		struct reg_event event = { .kind = REG_EV_TOO_BRIEF,
			                   .now_ms = NOW,
			                   .min_expires_s = rows[i].min_s };

		assert_int_equal(reg_step(&reg, &event, &rng).act, rows[i].act);
		assert_int_equal(reg.asked_s, rows[i].asked_s);
		event.min_expires_s = 80000;
		if (rows[i].act == REG_DO_AGAIN)
			assert_int_equal(reg_step(&reg, &event, &rng).end, REG_END_REFUSED);
	}
}

static void the_configured_time_is_asked_again_after_a_dozen_refreshes(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = { .kind = REG_EV_TOO_BRIEF, .now_ms = NOW, .min_expires_s = 7200 };

	(void)state;
	reg_step(&reg, &event, &rng);
	for (int i = 0; i < REG_RAISED_REFRESHES; i++) {
		event = (struct reg_event){ .kind = REG_EV_GRANTED,
			                    .now_ms = NOW + i * 100000,
			                    .granted_s = 7200 };
		reg_step(&reg, &event, &rng);
		assert_int_equal(reg.asked_s, 7200);
		event.kind = REG_EV_DUE;
		reg_step(&reg, &event, &rng);
	}
	assert_int_equal(reg.asked_s, 3600);
}

static void redirects_end_after_five(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = { .kind = REG_EV_REDIRECTED, .now_ms = NOW };

	(void)state;
	for (int i = 0; i < REG_REDIRECTS_MAX; i++) {
		event.now_ms += REG_BUCKET_FILL_MS;
		assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_FOLLOW);
	}
	assert_int_equal(reg_step(&reg, &event, &rng).end, REG_END_REFUSED);
}

static void an_empty_bucket_delays_and_then_goes_on(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = { .kind = REG_EV_REDIRECTED, .now_ms = NOW };
	struct reg_todo todo;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_FOLLOW);
	event.kind = REG_EV_CHALLENGED;
	todo = reg_step(&reg, &event, &rng);
	assert_int_equal(todo.act, REG_DO_WAIT);
	assert_int_equal(todo.end, REG_END_NONE);
	assert_int_equal(todo.at_ms, NOW + REG_BUCKET_FILL_MS);
	event = (struct reg_event){ .kind = REG_EV_DUE, .now_ms = todo.at_ms };
	assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_AGAIN);
	assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_NOTHING);
}

static void retry_after_beats_backoff(void **state)
{
	static const struct {
		enum reg_event_kind kind;
		uint32_t retry_after_s, wait_s, spread_ms;
	} rows[] = {
		{ REG_EV_FAILED, 1, 1, 1000 },        { REG_EV_FAILED, 120, 120, 12000 },
		{ REG_EV_FAILED, 3600, 3600, 30000 }, { REG_EV_FAILED, UINT32_MAX, 3600, 30000 },
		{ REG_EV_REFUSED, 7, 7, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reg reg = brought_to(REG_TRYING);
		struct rng rng = seeded();
		struct reg_event event = { .kind = rows[i].kind,
			                   .now_ms = NOW,
			                   .retry_after_s = rows[i].retry_after_s };
		uint64_t wait_ms = reg_step(&reg, &event, &rng).at_ms - NOW;

		assert_in_range(wait_ms, rows[i].wait_s * 1000,
		                rows[i].wait_s * 1000 + rows[i].spread_ms);
	}
}

/* A server that is too busy tells all lines the same: they are not to come back in one second, and
 * none sooner than it was told (RFC 3261 21.5.4). */
static void those_who_were_told_one_time_come_back_spread_behind_it(void **state)
{
	static const struct {
		uint32_t told_s, spread_ms;
	} rows[] = { { 1, 1000 }, { 10, 1000 }, { 30, 3000 }, { 300, 30000 }, { 3600, 30000 } };
	struct rng rng = seeded();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned tenths[10] = { 0 };

		for (unsigned n = 0; n < 10000; n++) {
			uint64_t behind_ms = reg_told_wait_ms(rows[i].told_s, 0, &rng) -
			                     rows[i].told_s * UINT64_C(1000);

			assert_in_range(behind_ms, 0, rows[i].spread_ms);
			tenths[behind_ms * 10 / (rows[i].spread_ms + 1)]++;
		}
		for (unsigned t = 0; t < 10; t++)
			assert_in_range(tenths[t], 800, 1200);
	}
}

/* The server leaves 200 ms to try before the binding ends: they are not given away by chance. */
static void what_the_server_leaves_of_a_binding_is_not_lost_by_the_spread(void **state)
{
	struct rng rng = seeded();

	(void)state;
	for (unsigned n = 0; n < 1000; n++) {
		struct reg reg = brought_to(REG_REFRESHING);
		struct reg_event event = { .kind = REG_EV_FAILED, .retry_after_s = 600 };

		event.now_ms = reg.ends_at_ms - 600200;
		assert_true(reg_step(&reg, &event, &rng).at_ms == event.now_ms + 600000);
		reg = brought_to(REG_REFRESHING);
		event.now_ms = reg.ends_at_ms - 600000 - REG_LAST_MIN_MS - 7;
		assert_in_range(reg_step(&reg, &event, &rng).at_ms, event.now_ms + 600000,
		                event.now_ms + 600007);
		/* It does not leave any: nothing is to be saved. */
		reg = brought_to(REG_REFRESHING);
		event.now_ms = reg.ends_at_ms - 1000;
		assert_in_range(reg_step(&reg, &event, &rng).at_ms, event.now_ms + 600000,
		                event.now_ms + 630000);
	}
}

static void another_address_of_the_server_comes_before_the_wait(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = { .kind = REG_EV_FAILED, .now_ms = NOW, .more_targets = true };

	(void)state;
	assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_NEXT);
	assert_int_equal(reg.state, REG_TRYING);
	event.more_targets = false;
	assert_int_equal(reg_step(&reg, &event, &rng).end, REG_END_FAILED);
}

static void a_line_of_a_busy_server_goes_back_to_its_queue_three_times(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event busy = { .kind = REG_EV_FAILED, .now_ms = NOW, .server_busy = true };
	struct reg_todo todo;

	(void)state;
	for (int i = 0; i < REG_BUSY_MAX; i++) {
		todo = reg_step(&reg, &busy, &rng);
		assert_int_equal(todo.act, REG_DO_WAIT);
		assert_int_equal(todo.end, REG_END_FAILED);
		assert_in_range(todo.at_ms - NOW, REG_BUSY_MIN_MS, REG_BUSY_MAX_MS);
		reg_step(&reg, &(struct reg_event){ .kind = REG_EV_DUE, .now_ms = NOW }, &rng);
	}
	/* Then as after any failure: soon once, then more and more seldom. */
	todo = reg_step(&reg, &busy, &rng);
	assert_in_range(todo.at_ms - NOW, REG_SOON_MIN_MS, REG_SOON_MAX_MS);
	reg_step(&reg, &(struct reg_event){ .kind = REG_EV_DUE, .now_ms = NOW }, &rng);
	todo = reg_step(&reg, &busy, &rng);
	assert_in_range(todo.at_ms - NOW, REG_FAILED_BASE_MS, 2 * REG_FAILED_BASE_MS);
}

static void a_busy_server_that_says_when_is_obeyed(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = {
		.kind = REG_EV_FAILED, .now_ms = NOW, .server_busy = true, .retry_after_s = 7
	};

	(void)state;
	assert_in_range(reg_step(&reg, &event, &rng).at_ms, NOW + 7000, NOW + 8000);
	assert_int_equal(reg.busy_in_row, 0);
}

static void a_failed_refresh_keeps_the_binding_until_it_lapses(void **state)
{
	struct reg reg = brought_to(REG_HOLDING);
	struct rng rng = seeded();
	struct reg_event lapsed = { .kind = REG_EV_LAPSED, .now_ms = NOW + 3600000 };

	(void)state;
	assert_true(reg_bound(&reg));
	assert_int_equal(reg_step(&reg, &lapsed, &rng).act, REG_DO_NOTHING);
	assert_int_equal(reg.state, REG_WAITING);
	assert_false(reg_bound(&reg));
}

static void a_binding_that_lapses_in_mid_refresh_keeps_the_attempt(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event lapsed = { .kind = REG_EV_LAPSED, .now_ms = NOW };

	(void)state;
	assert_int_equal(reg_step(&reg, &lapsed, &rng).act, REG_DO_NOTHING);
	assert_int_equal(reg.state, REG_TRYING);
}

static void a_stop_awaits_the_answer_and_then_removes(void **state)
{
	struct reg reg = brought_to(REG_STOPPING);
	struct rng rng = seeded();
	struct reg_todo todo;

	(void)state;
	assert_true(reg.ends_at_ms == NOW + REG_REMOVAL_MS);
	todo = reg_step(&reg, &grant, &rng);
	assert_int_equal(todo.act, REG_DO_REMOVE);
	assert_int_equal(reg.state, REG_REMOVING);
	todo = reg_step(&reg, &first_challenge, &rng);
	assert_int_equal(todo.act, REG_DO_AGAIN);
	todo = reg_step(&reg, &grant, &rng);
	assert_int_equal(todo.act, REG_DO_REST);
	assert_int_equal(todo.end, REG_END_REMOVED);
	assert_int_equal(reg.state, REG_IDLE);
}

static void a_stop_before_any_binding_removes_nothing(void **state)
{
	static const enum reg_event_kind answers[] = { REG_EV_CHALLENGED, REG_EV_REFUSED,
		                                       REG_EV_FAILED, REG_EV_LAPSED };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct reg reg = brought_to(REG_STOPPING);
		struct rng rng = seeded();
		struct reg_event event = { .kind = answers[i], .now_ms = NOW };

		assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_REST);
		assert_int_equal(reg.state, REG_IDLE);
	}
}

static void a_stop_with_nothing_unanswered_rests_at_once(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event stop = { .kind = REG_EV_STOP, .now_ms = NOW };
	struct reg_todo todo = reg_step(&reg, &stop, &rng);

	(void)state;
	assert_int_equal(todo.act, REG_DO_REST);
	assert_int_equal(reg.state, REG_IDLE);
}

/* Waits after a 2xx that did not list our binding. */
static struct reg perhaps_kept(void)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event absent = { .kind = REG_EV_REFUSED, .now_ms = NOW, .perhaps_kept = true };

	assert_int_equal(reg_step(&reg, &absent, &rng).end, REG_END_REFUSED);
	assert_int_equal(reg.state, REG_WAITING);
	return reg;
}

static void a_stop_removes_what_was_perhaps_kept(void **state)
{
	struct reg reg = perhaps_kept();
	struct rng rng = seeded();
	struct reg_event stop = { .kind = REG_EV_STOP, .now_ms = NOW };
	struct reg_event removed = { .kind = REG_EV_GRANTED, .now_ms = NOW, .granted_s = 1 };

	(void)state;
	assert_int_equal(reg_step(&reg, &stop, &rng).act, REG_DO_REMOVE);
	assert_int_equal(reg.state, REG_REMOVING);
	assert_false(reg_bound(&reg));
	assert_true(reg.ends_at_ms == NOW + REG_REMOVAL_MS);
	assert_int_equal(reg_step(&reg, &removed, &rng).end, REG_END_REMOVED);
	assert_int_equal(reg.state, REG_IDLE);
	/* Once is enough. */
	reg_step(&reg, &start, &rng);
	assert_int_equal(reg_step(&reg, &stop, &rng).act, REG_DO_REST);
}

static void silence_takes_back_nothing_of_what_was_perhaps_kept(void **state)
{
	static const struct {
		enum reg_event_kind kind;
		enum reg_do act;
	} ends[] = { { REG_EV_FAILED, REG_DO_REMOVE }, { REG_EV_REFUSED, REG_DO_REST } };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct reg reg = perhaps_kept();
		struct rng rng = seeded();
		struct reg_event due = { .kind = REG_EV_DUE, .now_ms = NOW };
		struct reg_event end = { .kind = ends[i].kind, .now_ms = NOW };
		struct reg_event stop = { .kind = REG_EV_STOP, .now_ms = NOW };

		assert_int_equal(reg_step(&reg, &due, &rng).act, REG_DO_ATTEMPT);
		reg_step(&reg, &end, &rng);
		assert_int_equal(reg_step(&reg, &stop, &rng).act, ends[i].act);
	}
}

static void a_stop_in_mid_refresh_removes_the_older_binding(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event stop = { .kind = REG_EV_STOP, .now_ms = NOW, .unanswered = true };
	struct reg_event failed = { .kind = REG_EV_FAILED, .now_ms = NOW };

	(void)state;
	assert_int_equal(reg_step(&reg, &stop, &rng).act, REG_DO_NOTHING);
	assert_int_equal(reg.state, REG_STOPPING);
	assert_int_equal(reg_step(&reg, &failed, &rng).act, REG_DO_REMOVE);
}

static void a_removal_is_bounded(void **state)
{
	struct reg reg = brought_to(REG_REMOVING);
	struct rng rng = seeded();
	struct reg_event lapsed = { .kind = REG_EV_LAPSED, .now_ms = NOW + REG_REMOVAL_MS };

	(void)state;
	assert_true(reg.ends_at_ms == NOW + REG_REMOVAL_MS);
	assert_int_equal(reg_step(&reg, &lapsed, &rng).end, REG_END_REMOVED);
	assert_int_equal(reg.state, REG_IDLE);
}

static void a_stop_may_be_given_another_bound(void **state)
{
	static const enum reg_state states[] = { REG_TRYING, REG_REGISTERED, REG_REFRESHING };

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		struct reg reg = brought_to(states[i]);
		struct rng rng = seeded();
		struct reg_event stop = { .kind = REG_EV_STOP,
			                  .now_ms = NOW,
			                  .unanswered = states[i] != REG_REGISTERED,
			                  .removal_ms = REG_CHANGE_MS };

		reg_step(&reg, &stop, &rng);
		assert_true(reg.ends_at_ms == NOW + REG_CHANGE_MS);
	}
}

static void a_removal_answers_no_second_challenge(void **state)
{
	struct reg reg = brought_to(REG_REMOVING);
	struct rng rng = seeded();
	struct reg_event again = second_challenge;

	(void)state;
	assert_int_equal(reg_step(&reg, &again, &rng).act, REG_DO_AGAIN); /* a good line, once */
	again.challenge.answers = 2;
	assert_int_equal(reg_step(&reg, &again, &rng).act, REG_DO_REST);
}

static void a_start_during_removal_begins_anew_after_it(void **state)
{
	struct reg reg = brought_to(REG_REMOVING);
	struct rng rng = seeded();
	struct reg_todo todo;

	(void)state;
	reg_step(&reg, &start, &rng);
	todo = reg_step(&reg, &grant, &rng);
	assert_int_equal(todo.act, REG_DO_ATTEMPT);
	assert_int_equal(todo.end, REG_END_REMOVED);
	assert_int_equal(reg.state, REG_TRYING);
}

static void a_stop_during_removal_takes_the_start_back(void **state)
{
	struct reg reg = brought_to(REG_REMOVING);
	struct rng rng = seeded();
	struct reg_event stop = { .kind = REG_EV_STOP, .now_ms = NOW };

	(void)state;
	reg_step(&reg, &start, &rng);
	reg_step(&reg, &stop, &rng);
	assert_int_equal(reg_step(&reg, &grant, &rng).act, REG_DO_REST);
}

static void a_grant_is_held_to_a_day(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = grant;

	(void)state;
	event.granted_s = UINT32_MAX;
	reg_step(&reg, &event, &rng);
	assert_int_equal(reg.granted_s, 86400);
	assert_true(reg.ends_at_ms == NOW + UINT64_C(86400000));
}

/* The server may have granted with the first copy, and its answer to the last one came. */
static void a_grant_counts_from_when_it_was_asked_for(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	struct reg_event event = grant;
	struct reg_todo todo;

	(void)state;
	event.granted_s = 120;
	event.age_ms = 31500;
	todo = reg_step(&reg, &event, &rng);
	assert_true(reg.ends_at_ms == NOW + 120000 - 31500);
	assert_in_range(todo.at_ms, NOW + 40000 - 31500, NOW + 50000 - 31500);
	/* Over before it was told of: refreshed at once, and not held in the past. */
	reg = brought_to(REG_TRYING);
	event.granted_s = 20;
	todo = reg_step(&reg, &event, &rng);
	assert_int_equal(todo.end, REG_END_GRANTED);
	assert_int_equal(todo.act, REG_DO_WAIT);
	assert_true(todo.at_ms == NOW && reg.ends_at_ms == NOW);
}

static void a_refresh_leaves_room_for_a_dead_transaction(void **state)
{
	struct rng rng = seeded();

	(void)state;
	for (uint32_t granted_s = 1; granted_s <= 86400; granted_s += granted_s < 400 ? 1 : 97) {
		uint64_t after_ms = reg_refresh_after_ms(granted_s, &rng);
		uint64_t left_ms = granted_s * UINT64_C(1000) - after_ms;

		if (granted_s >= 120)
			assert_true(left_ms >= 32000 + 5000 + 32000);
		else
			assert_in_range(after_ms, granted_s * 445, granted_s * 500);
		assert_true(after_ms >= granted_s * UINT64_C(1000) / 4);
	}
}

static void refresh_times_are_spread(void **state)
{
	struct rng rng = seeded();
	uint64_t low = UINT64_MAX, high = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t after_ms = reg_refresh_after_ms(3600, &rng);

		low = after_ms < low ? after_ms : low;
		high = after_ms > high ? after_ms : high;
	}
	assert_true(high - low > 400000);
}

static uint64_t at_most(uint64_t wait_ms)
{
	return wait_ms < REG_FAILED_NEVER_MS ? wait_ms : REG_FAILED_NEVER_MS;
}

/* RFC 5626 4.5, its table: 90 s to 3 min after what it calls the first failure. */
static void there_is_less_haste_while_another_flow_is_registered(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event event = { .kind = REG_EV_FAILED, .now_ms = NOW, .beside_up = true };

	(void)state;
	assert_in_range(reg_step(&reg, &event, &rng).at_ms, NOW + 2000, NOW + 5000);
	assert_true(reg.unhurried);
	event.kind = REG_EV_DUE;
	reg_step(&reg, &event, &rng);
	assert_false(reg.unhurried);
	event.kind = REG_EV_FAILED;
	assert_in_range(reg_step(&reg, &event, &rng).at_ms, NOW + 90000, NOW + 180000);
	assert_true(reg.unhurried);
}

static void what_the_server_asks_for_is_no_haste_of_ours(void **state)
{
	struct reg reg = brought_to(REG_REFRESHING);
	struct rng rng = seeded();
	struct reg_event event = {
		.kind = REG_EV_FAILED, .now_ms = NOW, .beside_up = true, .retry_after_s = 600
	};

	(void)state;
	assert_in_range(reg_step(&reg, &event, &rng).at_ms, NOW + 600000, NOW + 630000);
	assert_false(reg.unhurried);
}

static void waits_rise_to_their_cap_and_stay(void **state)
{
	struct rng rng = seeded();

	(void)state;
	for (unsigned n = 1; n <= 300; n++) {
		uint64_t refused_ms = reg_refused_wait_ms(n, &rng);
		uint64_t good_ms = reg_failed_wait_ms(n, true, &rng);
		uint64_t never_ms = reg_failed_wait_ms(n, false, &rng);
		uint64_t shift = n < 10 ? n : 10;
		uint64_t refused_want = UINT64_C(300000) << (shift - 1);
		uint64_t failed_want = UINT64_C(30000) << (shift - 1);

		if (refused_want > REG_REFUSED_MAX_MS)
			refused_want = REG_REFUSED_MAX_MS;
		assert_in_range(refused_ms, refused_want, refused_want * 11 / 10);
		if (n == 1) {
			assert_in_range(good_ms, REG_SOON_MIN_MS, REG_SOON_MAX_MS);
			assert_in_range(never_ms, REG_SOON_MIN_MS, REG_SOON_MAX_MS);
			continue;
		}
		assert_in_range(reg_beside_wait_ms(n, &rng), at_most(3 * failed_want) / 2,
		                at_most(3 * failed_want));
		failed_want = at_most(failed_want);
		assert_in_range(never_ms, failed_want / 2, failed_want);
		if (failed_want > REG_FAILED_GOOD_MS)
			failed_want = REG_FAILED_GOOD_MS;
		assert_in_range(good_ms, failed_want / 2, failed_want);
	}
}

static void a_hundred_failures_and_then_it_is_registered(void **state)
{
	struct reg reg = brought_to(REG_TRYING);
	struct rng rng = seeded();
	uint64_t now_ms = NOW;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct reg_event event = { .kind = i % 3 ? REG_EV_FAILED : REG_EV_REFUSED,
			                   .now_ms = now_ms };
		struct reg_todo todo = reg_step(&reg, &event, &rng);

		assert_int_equal(todo.act, REG_DO_WAIT);
		assert_int_equal(reg.state, REG_WAITING);
		now_ms = todo.at_ms;
		event = (struct reg_event){ .kind = REG_EV_DUE, .now_ms = now_ms };
		assert_int_equal(reg_step(&reg, &event, &rng).act, REG_DO_ATTEMPT);
	}
	reg_step(&reg,
	         &(struct reg_event){ .kind = REG_EV_GRANTED, .now_ms = now_ms, .granted_s = 60 },
	         &rng);
	assert_int_equal(reg.state, REG_REGISTERED);
	assert_int_equal(reg.failed_in_row, 0);
	assert_int_equal(reg.refused_in_row, 0);
}

static void the_state_has_words_for_people(void **state)
{
	(void)state;
	for (int at = 0; at < REG_STATE_COUNT; at++) {
		assert_true(strlen(reg_state_name(at)) > 3);
		assert_true(strlen(reg_state_text(at)) > 10);
	}
	assert_string_equal(reg_state_name(REG_HOLDING), "HOLDING");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_acts_or_is_known_to_be_empty),
		cmocka_unit_test(invariants_hold_on_a_long_walk),
		cmocka_unit_test(the_way_of_the_article),
		cmocka_unit_test(a_second_challenge_refuses_a_line_that_was_never_good),
		cmocka_unit_test(a_new_nonce_without_stale_is_answered_once_for_a_good_line),
		cmocka_unit_test(the_same_nonce_again_refuses_a_good_line),
		cmocka_unit_test(stale_is_answered_three_times_at_most),
		cmocka_unit_test(a_423_raises_the_time_once),
		cmocka_unit_test(the_configured_time_is_asked_again_after_a_dozen_refreshes),
		cmocka_unit_test(redirects_end_after_five),
		cmocka_unit_test(an_empty_bucket_delays_and_then_goes_on),
		cmocka_unit_test(retry_after_beats_backoff),
		cmocka_unit_test(those_who_were_told_one_time_come_back_spread_behind_it),
		cmocka_unit_test(what_the_server_leaves_of_a_binding_is_not_lost_by_the_spread),
		cmocka_unit_test(another_address_of_the_server_comes_before_the_wait),
		cmocka_unit_test(a_line_of_a_busy_server_goes_back_to_its_queue_three_times),
		cmocka_unit_test(a_busy_server_that_says_when_is_obeyed),
		cmocka_unit_test(a_failed_refresh_keeps_the_binding_until_it_lapses),
		cmocka_unit_test(a_binding_that_lapses_in_mid_refresh_keeps_the_attempt),
		cmocka_unit_test(a_stop_awaits_the_answer_and_then_removes),
		cmocka_unit_test(a_stop_before_any_binding_removes_nothing),
		cmocka_unit_test(a_stop_with_nothing_unanswered_rests_at_once),
		cmocka_unit_test(a_stop_removes_what_was_perhaps_kept),
		cmocka_unit_test(silence_takes_back_nothing_of_what_was_perhaps_kept),
		cmocka_unit_test(a_stop_in_mid_refresh_removes_the_older_binding),
		cmocka_unit_test(a_removal_is_bounded),
		cmocka_unit_test(a_stop_may_be_given_another_bound),
		cmocka_unit_test(a_removal_answers_no_second_challenge),
		cmocka_unit_test(a_start_during_removal_begins_anew_after_it),
		cmocka_unit_test(a_stop_during_removal_takes_the_start_back),
		cmocka_unit_test(a_grant_is_held_to_a_day),
		cmocka_unit_test(a_grant_counts_from_when_it_was_asked_for),
		cmocka_unit_test(a_refresh_leaves_room_for_a_dead_transaction),
		cmocka_unit_test(refresh_times_are_spread),
		cmocka_unit_test(there_is_less_haste_while_another_flow_is_registered),
		cmocka_unit_test(what_the_server_asks_for_is_no_haste_of_ours),
		cmocka_unit_test(waits_rise_to_their_cap_and_stay),
		cmocka_unit_test(a_hundred_failures_and_then_it_is_registered),
		cmocka_unit_test(the_state_has_words_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
