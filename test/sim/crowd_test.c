/* crowd_test.c: 100,000 lines come up at a registrar that is slower than they are (crowd.h): at
 * their start, at a policer, after an outage, beside another server, under a fixed rate. */
#include "crowd.h"

#include <inttypes.h>
#include <stdlib.h>

#define SHORT_US        5000   /* less than what may be in flight at first */
#define OUTAGE_MS       900000 /* each line's refresh falls due within it */
#define POLICER_KNOWN_S 6      /* until a rate is learnt from losses */

static const struct server_cfg plain;

/* Once it is known, as long as many lines are left, the registrar has all the work that it can do:
 * whatever the pacer tries, the rate does not swing. */
static void assert_steady(const struct registrar *registrar, unsigned known_s, uint64_t from_ms,
                          uint64_t to_ms)
{
	for (uint64_t s = (from_ms - SIM_BEGIN_MS) / 1000 + known_s;
	     s + 4 < (to_ms - SIM_BEGIN_MS) / 1000; s++) {
		if (registrar->granted[s] < 4000)
			print_error("second %" PRIu64 ": %" PRIu32 " granted\n", s,
			            registrar->granted[s]);
		assert_true(registrar->granted[s] >= 4000);
	}
}

static void start_at(enum excess excess, const struct registrar *like, const char *what)
{
	struct crowd crowd;
	struct registrar *registrar;

	crowd_open(&crowd, LINES);
	registrar = crowd_add(&crowd, LINES, excess, &plain);
	registrar->queue_us = like->queue_us;
	registrar->burst_us = like->burst_us;
	registrar->way_ms = like->way_ms;
	crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
	crowd_tell(what, &crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd.up, LINES);
	assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= LIMIT_MS);
	assert_true(crowd_wasted_permille(&crowd) <= 50);
	assert_steady(registrar, like->way_ms ? 2 : POLICER_KNOWN_S, SIM_BEGIN_MS,
	              crowd.last_up_ms);
	crowd_close(&crowd);
}

static void start_against(enum excess excess, uint64_t queue_us, const char *what)
{
	start_at(excess, &(struct registrar){ .queue_us = queue_us, .way_ms = WAY_MS }, what);
}

static void a_registrar_that_drops_is_kept_busy_and_no_more(void **state)
{
	(void)state;
	start_against(DROPS, QUEUE_US, "drops");
	start_against(DROPS, SHORT_US, "drops after 5 ms");
}

static void a_registrar_that_says_503_is_kept_busy_and_no_more(void **state)
{
	(void)state;
	start_against(SAYS_503, QUEUE_US, "503");
	start_against(SAYS_503, SHORT_US, "503 after 5 ms");
}

/* Nothing waits, and an answer takes no time: here no window is small enough. */
static void a_policer_next_door_is_kept_busy_and_no_more(void **state)
{
	const struct registrar strict = { .burst_us = 1000 }, lenient = { .burst_us = 50000 };

	(void)state;
	start_at(DROPS, &strict, "policer, drops");
	start_at(DROPS, &lenient, "policer, drops after 50 ms at once");
	start_at(SAYS_503, &strict, "policer, 503");
	start_at(SAYS_503, &lenient, "policer, 503 after 50 ms at once");
}

/* The outage lasts until all bindings are gone and every line has noticed. */
static void return_of(enum excess excess, bool icmp, const char *what)
{
	struct crowd crowd;
	struct registrar *registrar;
	uint64_t back_ms;

	crowd_open(&crowd, LINES);
	registrar = crowd_add(&crowd, LINES, excess, &plain);
	crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
	registrar->dead = true;
	crowd.icmp = icmp;
	crowd_run(&crowd, net_now_ms(crowd.net) + OUTAGE_MS, false);
	assert_int_equal(crowd.up, 0);
	registrar->dead = false;
	crowd_count_anew(&crowd);
	back_ms = net_now_ms(crowd.net);
	crowd_run(&crowd, back_ms + 300000, true);
	crowd_tell(what, &crowd, back_ms);
	assert_int_equal(crowd.up, LINES);
	/* One request each, as the nonces were kept: half the work of a start. */
	assert_true(crowd.last_up_ms - back_ms <= LIMIT_MS / 2 + PACE_PROBE_MAX_MS);
	assert_true(crowd_wasted_permille(&crowd) <= 50);
	crowd_close(&crowd);
}

static void all_come_back_after_an_outage(void **state)
{
	(void)state;
	return_of(DROPS, false, "outage, then drops");
	return_of(SAYS_503, false, "outage, then 503");
	return_of(DROPS, true, "port closed, then drops");
}

static uint64_t alone_ms(void)
{
	struct crowd crowd;
	uint64_t took_ms;

	crowd_open(&crowd, 2000);
	crowd_add(&crowd, 2000, DROPS, &plain);
	crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
	took_ms = crowd.last_up_ms - SIM_BEGIN_MS;
	crowd_close(&crowd);
	return took_ms;
}

static void another_server_is_not_slowed(void **state)
{
	struct crowd crowd;
	struct registrar *other;
	uint64_t took_ms = 0;
	uint32_t granted = 0;

	(void)state;
	crowd_open(&crowd, LINES + 2000);
	crowd_add(&crowd, LINES, DROPS, &plain);
	other = crowd_add(&crowd, 2000, DROPS, &plain);
	while (granted < 2000) {
		took_ms += 10;
		assert_true(took_ms < LIMIT_MS);
		crowd_run(&crowd, SIM_BEGIN_MS + took_ms, true);
		granted = 0;
		for (unsigned s = 0; s < SECONDS; s++)
			granted += other->granted[s];
	}
	print_message("beside: 2,000 lines after %" PRIu64 " ms, alone %" PRIu64 " ms\n", took_ms,
	              alone_ms());
	assert_true(took_ms <= alone_ms() + 20);
	crowd_close(&crowd);
}

static void a_fixed_rate_is_never_passed(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	crowd_open(&crowd, 5000);
	registrar = crowd_add(&crowd, 5000, DROPS, &(struct server_cfg){ .rate_per_s = 500 });
	crowd_run(&crowd, SIM_BEGIN_MS + 60000, true);
	crowd_tell("500 a second", &crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd.up, 5000);
	assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= 10100);
	for (unsigned s = 0; s < SECONDS; s++) /* two requests each, one in the second before */
		assert_true(registrar->received[s] <= 2 * 500 + 2);
	crowd_close(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registrar_that_drops_is_kept_busy_and_no_more),
		cmocka_unit_test(a_registrar_that_says_503_is_kept_busy_and_no_more),
		cmocka_unit_test(a_policer_next_door_is_kept_busy_and_no_more),
		cmocka_unit_test(all_come_back_after_an_outage),
		cmocka_unit_test(another_server_is_not_slowed),
		cmocka_unit_test(a_fixed_rate_is_never_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
