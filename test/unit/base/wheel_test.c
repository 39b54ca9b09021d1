/* The timing wheel against a list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/wheel.h"

#define LONGEST UINT32_MAX

static struct wheel *wheel_at(uint64_t now_ms, uint32_t count)
{
	struct wheel *wheel = NULL;

	assert_int_equal(wheel_new(now_ms, &wheel), 0);
	assert_int_equal(wheel_reserve(wheel, count), 0);
	return wheel;
}

/* Moments around which bits carry over: the ends of slots, of turns, of 32 bits. */
static const uint64_t starts[] = {
	0,
	1,
	255,
	256,
	65535,
	1 << 24,
	UINT32_MAX - 300,
	UINT32_MAX,
	UINT64_C(1) << 32,
	UINT64_C(0x17fffffff),
	UINT64_C(1) << 52,
};

static const uint64_t delays[] = {
	1,        2,       255,      256,        257,        500,           4000,
	32000,    65535,   65536,    65537,      3600000,    (1 << 24) - 1, 1 << 24,
	86400000, 1 << 30, 1u << 31, 0xfeffffff, 0xff000000, LONGEST - 1,   LONGEST,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void a_timer_fires_at_its_time_and_not_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		for (size_t j = 0; j < COUNT(delays); j++) {
			struct wheel *wheel = wheel_at(starts[i], 1);
			uint64_t at = starts[i] + delays[j];

			wheel_set(wheel, 0, at);
			assert_true(wheel_armed(wheel, 0));
			assert_int_equal(wheel_take(wheel, at - 1), WHEEL_NONE);
			assert_true(wheel_next_ms(wheel) == at);
			assert_int_equal(wheel_take(wheel, at), 0);
			assert_false(wheel_armed(wheel, 0));
			assert_true(wheel_next_ms(wheel) == WHEEL_NEVER);
			assert_int_equal(wheel_take(wheel, at), WHEEL_NONE);
			wheel_free(wheel);
		}
	}
}

/* Who sleeps until wheel_next_ms() gets to any timer in four steps: one a level. */
static void at_most_four_wakes_lead_to_a_timer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		for (size_t j = 0; j < COUNT(delays); j++) {
			struct wheel *wheel = wheel_at(starts[i], 1);
			uint64_t now = starts[i];
			unsigned wakes = 0;

			wheel_set(wheel, 0, starts[i] + delays[j]);
			do {
				uint64_t next = wheel_next_ms(wheel);

				assert_true(next > now && next <= starts[i] + delays[j]);
				now = next;
				wakes++;
			} while (wheel_take(wheel, now) == WHEEL_NONE);
			assert_true(now == starts[i] + delays[j]);
			assert_in_range(wakes, 1, 4);
			wheel_free(wheel);
		}
	}
}

static void a_time_that_has_passed_is_due_at_once(void **state)
{
	struct wheel *wheel = wheel_at(5000, 3);

	(void)state;
	wheel_set(wheel, 0, 5000);
	wheel_set(wheel, 1, 4999);
	wheel_set(wheel, 2, 0);
	assert_in_range(wheel_next_ms(wheel), 0, 5000);
	assert_int_equal(
		wheel_take(wheel, 5000) + wheel_take(wheel, 5000) + wheel_take(wheel, 5000), 3);
	assert_int_equal(wheel_take(wheel, 5000), WHEEL_NONE);
	wheel_free(wheel);
}

static void a_timer_that_is_moved_fires_once_at_the_new_time(void **state)
{
	struct wheel *wheel = wheel_at(0, 2);

	(void)state;
	wheel_set(wheel, 1, 100);
	wheel_set(wheel, 1, 1 << 25);
	wheel_set(wheel, 1, 70000);
	assert_int_equal(wheel_take(wheel, 69999), WHEEL_NONE);
	assert_int_equal(wheel_take(wheel, 70000), 1);
	assert_int_equal(wheel_take(wheel, 1 << 26), WHEEL_NONE);

	wheel_set(wheel, 1, 0); /* due already, then put off */
	wheel_set(wheel, 1, (1 << 26) + 50);
	assert_int_equal(wheel_take(wheel, 1 << 26), WHEEL_NONE);
	assert_int_equal(wheel_take(wheel, (1 << 26) + 50), 1);
	wheel_free(wheel);
}

static void a_cleared_timer_never_fires(void **state)
{
	struct wheel *wheel = wheel_at(0, 4);

	(void)state;
	wheel_clear(wheel, 0);
	wheel_clear(wheel, 4); /* never reserved */
	wheel_clear(wheel, UINT32_MAX);
	assert_false(wheel_armed(wheel, 4));
	for (uint32_t i = 0; i < 4; i++) /* three in one slot, one alone */
		wheel_set(wheel, i, i < 3 ? 1000 : 90000);
	wheel_clear(wheel, 1);
	wheel_clear(wheel, 3);
	wheel_clear(wheel, 3);
	assert_false(wheel_armed(wheel, 1));
	assert_int_equal(wheel_take(wheel, 1000) + wheel_take(wheel, 1000), 2);
	assert_int_equal(wheel_take(wheel, UINT32_MAX), WHEEL_NONE);
	assert_true(wheel_next_ms(wheel) == WHEEL_NEVER);

	wheel_set(wheel, 2, 0); /* due, and cleared before it is taken */
	wheel_clear(wheel, 2);
	assert_true(wheel_next_ms(wheel) == WHEEL_NEVER);
	assert_int_equal(wheel_take(wheel, UINT32_MAX), WHEEL_NONE);
	wheel_free(wheel);
}

static void a_timer_too_far_ahead_is_held_at_the_longest(void **state)
{
	static const uint64_t far[] = { UINT64_C(1) << 32, UINT64_C(1) << 40, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(far); i++) {
		struct wheel *wheel = wheel_at(0, 1);

		wheel_set(wheel, 0, far[i]);
		assert_int_equal(wheel_take(wheel, LONGEST - 1), WHEEL_NONE);
		assert_int_equal(wheel_take(wheel, LONGEST), 0);
		wheel_free(wheel);
	}
}

/* Tick by tick, or even second by second, these would not end. */
static void gaps_of_ages_are_jumped(void **state)
{
	struct wheel *wheel = wheel_at(0, 1);
	uint64_t now = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		wheel_set(wheel, 0, now + LONGEST);
		now += UINT64_C(1) << 53;
		assert_int_equal(wheel_take(wheel, now), 0);
		assert_int_equal(wheel_take(wheel, now), WHEEL_NONE);
	}
	assert_int_equal(wheel_take(wheel, UINT64_MAX), WHEEL_NONE);
	wheel_set(wheel, 0, UINT64_MAX);
	assert_int_equal(wheel_take(wheel, UINT64_MAX), 0);
	wheel_free(wheel);
}

static void time_that_seems_to_go_back_moves_nothing(void **state)
{
	struct wheel *wheel = wheel_at(1000, 1);

	(void)state;
	wheel_set(wheel, 0, 2000);
	assert_int_equal(wheel_take(wheel, 1999), WHEEL_NONE);
	assert_int_equal(wheel_take(wheel, 500), WHEEL_NONE);
	assert_int_equal(wheel_take(wheel, 2000), 0);
	wheel_free(wheel);
}

static void growing_keeps_what_is_armed(void **state)
{
	struct wheel *wheel = wheel_at(0, 0);

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(wheel_reserve(wheel, i + 1), 0);
		assert_false(wheel_armed(wheel, i));
		wheel_set(wheel, i, 10 + i * 7);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(wheel_take(wheel, 10 + i * 7), i);
		assert_int_equal(wheel_take(wheel, 10 + i * 7), WHEEL_NONE);
	}
	wheel_free(wheel);
}

static void nothing_is_freed_for_no_wheel(void **state)
{
	(void)state;
	wheel_free(NULL);
}

#define TIMERS     300u
#define OPERATIONS 100000

struct model {
	struct wheel *wheel;
	struct rng rng;
	uint64_t now;
	uint64_t at[TIMERS]; /* WHEEL_NEVER: not armed */
};

static uint64_t model_earliest(const struct model *m)
{
	uint64_t earliest = WHEEL_NEVER;

	for (uint32_t i = 0; i < TIMERS; i++)
		if (m->at[i] < earliest)
			earliest = m->at[i];
	return earliest;
}

/* A distance in time whose magnitude, rather than whose value, is evenly spread. */
static uint64_t random_distance(struct model *m)
{
	return rng_u64(&m->rng) >> rng_between(&m->rng, 31, 63);
}

static void model_set(struct model *m, uint32_t i)
{
	uint64_t distance = random_distance(m);

	m->at[i] = m->now + (distance > LONGEST ? LONGEST : distance);
	if (distance > 0 && rng_between(&m->rng, 0, 9) == 0) { /* a time that has passed */
		m->at[i] = m->now > distance ? m->now - distance : 0;
		wheel_set(m->wheel, i, m->at[i]);
	} else {
		wheel_set(m->wheel, i, m->now + distance);
	}
}

/* Moves time and takes all that is due, arming some again on the way as a caller would. */
static void model_take(struct model *m)
{
	uint64_t next = wheel_next_ms(m->wheel);
	uint32_t number;

	if (rng_between(&m->rng, 0, 1) && next != WHEEL_NEVER)
		m->now = next > m->now ? next : m->now;
	else
		m->now += random_distance(m) >> rng_between(&m->rng, 0, 20);
	while ((number = wheel_take(m->wheel, m->now)) != WHEEL_NONE) {
		assert_in_range(number, 0, TIMERS - 1);
		assert_true(m->at[number] <= m->now);
		assert_false(wheel_armed(m->wheel, number));
		m->at[number] = WHEEL_NEVER;
		if (rng_between(&m->rng, 0, 3) == 0) {
			m->at[number] = m->now + rng_between(&m->rng, 1, LONGEST);
			wheel_set(m->wheel, number, m->at[number]);
		}
	}
	assert_true(model_earliest(m) > m->now);
}

static void model_check(const struct model *m, uint32_t i)
{
	uint64_t earliest = model_earliest(m), next = wheel_next_ms(m->wheel);

	assert_int_equal(wheel_armed(m->wheel, i), m->at[i] != WHEEL_NEVER);
	if (earliest == WHEEL_NEVER)
		assert_true(next == WHEEL_NEVER);
	else
		assert_true(next <= (earliest > m->now ? earliest : m->now));
}

static void the_wheel_does_what_a_plain_list_does(void **state)
{
	(void)state;
	for (size_t start = 0; start < COUNT(starts); start++) {
		struct model m = { .now = starts[start] };

		m.wheel = wheel_at(m.now, TIMERS);
		rng_seed(&m.rng, 2026 + start);
		for (uint32_t i = 0; i < TIMERS; i++)
			m.at[i] = WHEEL_NEVER;
		for (int operation = 0; operation < OPERATIONS / (start ? 10 : 1); operation++) {
			uint32_t i = (uint32_t)rng_between(&m.rng, 0, TIMERS - 1);
			uint64_t dice = rng_between(&m.rng, 0, 99);

			if (dice < 60) {
				model_set(&m, i);
			} else if (dice < 75) {
				wheel_clear(m.wheel, i);
				m.at[i] = WHEEL_NEVER;
			} else {
				model_take(&m);
			}
			model_check(&m, i);
		}
		wheel_free(m.wheel);
	}
}

/* Refreshes of a million lines, each timer armed again when it fires: all fire, in order. */
static void a_million_timers_fire_in_order(void **state)
{
	const uint32_t count = 1000000;
	struct wheel *wheel = wheel_at(0, count);
	uint32_t *at = calloc(count, sizeof(*at));
	uint32_t fired = 0, number;
	struct rng rng;

	(void)state;
	assert_non_null(at);
	rng_seed(&rng, 5);
	for (uint32_t i = 0; i < count; i++) {
		at[i] = (uint32_t)rng_between(&rng, 1, 3600000);
		wheel_set(wheel, i, at[i]);
	}
	for (uint64_t now = 0; wheel_next_ms(wheel) != WHEEL_NEVER;) {
		now = wheel_next_ms(wheel);
		while ((number = wheel_take(wheel, now)) < count) {
			assert_true(at[number] == now);
			fired++;
		}
	}
	assert_int_equal(fired, count);
	wheel_free(wheel);
	free(at);
}

/* A million lines were registered within minutes, for a day: all their timers are in one slot of
 * the topmost level. No call moves more than a portion of them. */
static void a_slot_of_a_million_is_moved_in_portions(void **state)
{
	static const uint64_t slots[] = { 1 << 16,
		                          1 << 24 }; /* where one begins: two levels, three */
	const uint32_t count = 1000000, portions = count / WHEEL_PORTION;

	(void)state;
	for (size_t i = 0; i < COUNT(slots); i++) {
		struct wheel *wheel = wheel_at(0, count);
		uint32_t fired = 0, number, calls = 0;

		for (uint32_t n = 0; n < count; n++)
			wheel_set(wheel, n, slots[i] + 60000 + n % 1000);
		for (; (number = wheel_take(wheel, slots[i])) == WHEEL_LATER; calls++)
			assert_true(wheel_next_ms(wheel) == slots[i]);
		assert_int_equal(number, WHEEL_NONE);
		assert_in_range(calls, portions, portions + 1);
		assert_true(wheel_next_ms(wheel) > slots[i]);
		for (uint64_t now = slots[i] + 60000; now < slots[i] + 61000; now++) {
			while ((number = wheel_take(wheel, now)) != WHEEL_NONE) {
				if (number == WHEEL_LATER)
					continue;
				assert_true(slots[i] + 60000 + number % 1000 == now);
				fired++;
			}
		}
		assert_int_equal(fired, count);
		assert_true(wheel_next_ms(wheel) == WHEEL_NEVER);
		wheel_free(wheel);
	}
}

#define CROWD 50000u

struct crowd {
	struct wheel *wheel;
	struct rng rng;
	uint64_t now, at[CROWD]; /* WHEEL_NEVER: not armed */
	uint32_t armed;
};

static void crowd_disarm(struct crowd *crowd, uint32_t i)
{
	crowd->armed -= crowd->at[i] != WHEEL_NEVER;
	crowd->at[i] = WHEEL_NEVER;
}

static void crowd_set(struct crowd *crowd, uint32_t i, uint64_t at_ms)
{
	crowd_disarm(crowd, i);
	crowd->at[i] = at_ms;
	crowd->armed++;
	wheel_set(crowd->wheel, i, at_ms);
}

/* Some are put off, some are due at once, some are not wanted any more. */
static void crowd_meddle(struct crowd *crowd)
{
	for (unsigned n = 0; n < 300; n++) {
		uint32_t i = (uint32_t)rng_between(&crowd->rng, 0, CROWD - 1);

		assert_int_equal(wheel_armed(crowd->wheel, i), crowd->at[i] != WHEEL_NEVER);
		if (n % 3 == 0) {
			wheel_clear(crowd->wheel, i);
			crowd_disarm(crowd, i);
		} else {
			crowd_set(crowd, i,
			          crowd->now + (n % 3 == 1 ? rng_between(&crowd->rng, 0, 1 << 24)
			                                   : n % 2));
		}
	}
}

/* Takes all that is due, however many calls it takes, and meddles between them. */
static unsigned crowd_take(struct crowd *crowd)
{
	unsigned laters = 0;
	uint32_t number;

	while ((number = wheel_take(crowd->wheel, crowd->now)) != WHEEL_NONE) {
		if (number == WHEEL_LATER) {
			laters++;
			assert_true(wheel_next_ms(crowd->wheel) <= crowd->now);
			crowd_meddle(crowd);
			continue;
		}
		assert_true(crowd->at[number] <= crowd->now);
		crowd_disarm(crowd, number);
	}
	for (uint32_t i = 0; i < CROWD; i++)
		assert_true(crowd->at[i] > crowd->now);
	return laters;
}

static void timers_may_be_set_and_cleared_while_others_are_moved(void **state)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	unsigned laters = 0;

	(void)state;
	assert_non_null(crowd);
	rng_seed(&crowd->rng, 9);
	crowd->wheel = wheel_at(0, CROWD);
	for (uint32_t i = 0; i < CROWD; i++)
		crowd->at[i] = WHEEL_NEVER;
	for (unsigned round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < CROWD; i++)
			if (crowd->at[i] == WHEEL_NEVER)
				crowd_set(crowd, i,
				          crowd->now + rng_between(&crowd->rng, 1, 1 << 25));
		crowd->now += rng_between(&crowd->rng, 1, 1 << 24);
		laters += crowd_take(crowd);
	}
	assert_in_range(laters, 20, UINT32_MAX);
	while (crowd->armed) {
		crowd->now = wheel_next_ms(crowd->wheel) + rng_between(&crowd->rng, 0, 1 << 18);
		crowd_take(crowd);
	}
	assert_true(wheel_next_ms(crowd->wheel) == WHEEL_NEVER);
	wheel_free(crowd->wheel);
	free(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_at_its_time_and_not_before),
		cmocka_unit_test(at_most_four_wakes_lead_to_a_timer),
		cmocka_unit_test(a_time_that_has_passed_is_due_at_once),
		cmocka_unit_test(a_timer_that_is_moved_fires_once_at_the_new_time),
		cmocka_unit_test(a_cleared_timer_never_fires),
		cmocka_unit_test(a_timer_too_far_ahead_is_held_at_the_longest),
		cmocka_unit_test(gaps_of_ages_are_jumped),
		cmocka_unit_test(time_that_seems_to_go_back_moves_nothing),
		cmocka_unit_test(growing_keeps_what_is_armed),
		cmocka_unit_test(nothing_is_freed_for_no_wheel),
		cmocka_unit_test(the_wheel_does_what_a_plain_list_does),
		cmocka_unit_test(a_million_timers_fire_in_order),
		cmocka_unit_test(a_slot_of_a_million_is_moved_in_portions),
		cmocka_unit_test(timers_may_be_set_and_cleared_while_others_are_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
