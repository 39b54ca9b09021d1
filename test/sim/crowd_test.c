/* crowd_test.c: 100,000 lines come up at a registrar that is slower than they are (crowd.h): at
 * their start, at a policer, after an outage, beside another server, under a fixed rate. */
#include "crowd.h"

#include <inttypes.h>
#include <stdlib.h>

#define SHORT_US         5000   /* less than what may be in flight at first */
#define FAR_MS           200    /* there and back */
#define FEW_LINES        20000  /* where more show nothing else */
#define OUTAGE_MS        900000 /* each line's refresh falls due within it */
#define POLICER_KNOWN_MS 6000   /* until a rate is learnt from losses */

static const struct server_cfg plain;

/* All come up, from the beginning on. */
static void come_up(struct crowd *crowd, const struct registrar *registrar, const char *what)
{
	crowd_run(crowd, SIM_BEGIN_MS + 300000, true);
	crowd_tell(what, crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd->up, LINES);
	assert_true(crowd->last_up_ms - SIM_BEGIN_MS <= LIMIT_MS);
	assert_true(crowd_wasted_permille(crowd) <= 50);
	crowd_assert_steady(crowd, registrar, STARTS_PER_S, SIM_BEGIN_MS,
	                    registrar->way_ms ? KNOWN_MS : POLICER_KNOWN_MS);
}

/* An outage that lasts until all bindings are gone and every line has noticed. */
static void fall_silent(struct crowd *crowd, struct registrar *registrar, bool icmp)
{
	registrar->dead = true;
	crowd->icmp = icmp;
	crowd_run(crowd, net_now_ms(crowd->net) + OUTAGE_MS, false);
	assert_int_equal(crowd->up, 0);
	registrar->dead = false;
	registrar->answered_ms = 0;
	crowd_count_anew(crowd);
}

/* From the first probe that is answered on it is one request each where the nonces were kept: half
 * the work of a start. */
static void come_back_by(struct crowd *crowd, struct registrar *registrar, bool icmp,
                         unsigned requests, const char *what)
{
	uint64_t back_ms;

	fall_silent(crowd, registrar, icmp);
	back_ms = net_now_ms(crowd->net);
	crowd_run(crowd, back_ms + 300000, true);
	crowd_tell(what, crowd, back_ms);
	print_message("... of which the wait for the probe is %" PRIu64 " ms\n",
	              registrar->answered_ms - back_ms);
	assert_int_equal(crowd->up, LINES);
	assert_true(registrar->answered_ms - back_ms <= PACE_PROBE_MAX_MS);
	assert_true(crowd->last_up_ms - registrar->answered_ms <= LIMIT_MS / 2 * requests);
	assert_true(crowd_wasted_permille(crowd) <= 50);
	crowd_assert_steady(crowd, registrar, REFRESHES_PER_S / requests, registrar->answered_ms,
	                    KNOWN_MS);
}

static void come_back(struct crowd *crowd, struct registrar *registrar, bool icmp, const char *what)
{
	come_back_by(crowd, registrar, icmp, 1, what);
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
	come_up(&crowd, registrar, what);
	crowd_close(&crowd);
}

static void start_against_short(enum excess excess, const char *what)
{
	start_at(excess, &(struct registrar){ .queue_us = SHORT_US, .way_ms = WAY_MS }, what);
}

static struct registrar *open_and_come_up(struct crowd *crowd, enum excess excess, unsigned shards,
                                          const char *what)
{
	struct registrar *registrar;

	crowd_open_shards(crowd, LINES, shards);
	registrar = crowd_add(crowd, LINES, excess, &plain);
	crowd_run(crowd, SIM_BEGIN_MS + WAY_MS / 2, false); /* no answer is there yet */
	assert_int_equal(registrar->requests, PACE_WINDOW_FIRST);
	come_up(crowd, registrar, what);
	return registrar;
}

static void a_registrar_that_drops_is_kept_busy_and_no_more(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	registrar = open_and_come_up(&crowd, DROPS, 1, "drops");
	come_back(&crowd, registrar, false, "outage, then drops");
	crowd_close(&crowd);
	registrar = open_and_come_up(&crowd, DROPS, 1, "drops, before its port is closed");
	come_back(&crowd, registrar, true, "port closed, then drops");
	crowd_close(&crowd);
	start_against_short(DROPS, "drops after 5 ms");
}

static void a_registrar_that_says_503_is_kept_busy_and_no_more(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	registrar = open_and_come_up(&crowd, SAYS_503, 1, "503");
	come_back(&crowd, registrar, false, "outage, then 503");
	crowd_close(&crowd);
	registrar = open_and_come_up(&crowd, SAYS_503, 1, "503, before its port is closed");
	come_back(&crowd, registrar, true, "port closed, then 503");
	crowd_close(&crowd);
	start_against_short(SAYS_503, "503 after 5 ms");
}

/* It has forgotten the nonces that it gave: all answers that are sent unasked are stale. */
static void a_registrar_that_is_started_anew_is_kept_busy_and_no_more(void **state)
{
	static const enum excess kinds[] = { DROPS, SAYS_503 };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct crowd crowd;
		struct registrar *registrar;

		registrar = open_and_come_up(&crowd, kinds[i], 1, "before a start anew");
		registrar->nonce++;
		come_back_by(&crowd, registrar, false, 2,
		             kinds[i] == DROPS ? "started anew, drops" : "started anew, 503");
		crowd_close(&crowd);
	}
}

/* Over connections, which are lost and refused until it is back. */
static void a_connection_that_is_lost_for_long_is_paced(void **state)
{
	static const enum dns_transport transports[] = { DNS_TCP, DNS_TLS };

	(void)state;
	for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++) {
		const struct server_cfg like = { .transport = transports[i], .port = 5060 };
		struct crowd crowd;
		struct registrar *registrar;
		struct net_stream *stream;

		crowd_open(&crowd, LINES);
		registrar = crowd_add(&crowd, LINES, SAYS_503, &like);
		come_up(&crowd, registrar, "503, over a connection");
		registrar->dead = true;
		stream = sim_stream_to(crowd.net, &registrar->addr);
		assert_true(sim_stream_close(crowd.net, stream, NET_END_CLOSED, 0));
		come_back(&crowd, registrar, false, "connection lost, outage, then 503");
		crowd_close(&crowd);
	}
}

/* Each has a window of its own, and after an outage a probe. */
static void two_shards_share_what_the_registrar_can_bear(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	registrar = open_and_come_up(&crowd, DROPS, 2, "two shards, drops");
	come_back(&crowd, registrar, false, "two shards, outage, then drops");
	crowd_close(&crowd);
	registrar = open_and_come_up(&crowd, SAYS_503, 2, "two shards, 503");
	come_back(&crowd, registrar, false, "two shards, outage, then 503");
	crowd_close(&crowd);
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

/* What was sent too much shows only after the way there and back (the pace alone, over all kinds of
 * ways: test/unit/pace/networks_test.c). */
static void a_registrar_far_away_is_kept_busy_and_no_more(void **state)
{
	(void)state;
	for (enum excess excess = DROPS; excess <= SAYS_503; excess++) {
		struct crowd crowd;
		struct registrar *registrar;

		crowd_open(&crowd, LINES);
		registrar = crowd_add(&crowd, LINES, excess, &plain);
		registrar->queue_us = SHORT_US;
		registrar->way_ms = FAR_MS;
		crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
		crowd_tell(excess == DROPS ? "200 ms away, drops after 5 ms"
		                           : "200 ms away, 503 after 5 ms",
		           &crowd, SIM_BEGIN_MS);
		assert_int_equal(crowd.up, LINES);
		assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= LIMIT_MS);
		assert_true(crowd_wasted_permille(&crowd) <= 50);
		crowd_close(&crowd);
	}
}

/* One of several nodes behind a balancer is broken, say. The lines that it refuses again and again
 * wait for longer and longer; all others are not held up. */
static void a_share_of_503_that_does_not_come_from_the_load_is_borne(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;
	uint64_t took_ms = 0;

	(void)state;
	crowd_open(&crowd, FEW_LINES);
	registrar = crowd_add(&crowd, FEW_LINES, SAYS_503, &plain);
	registrar->way_ms = 10;
	registrar->unlimited = true;
	registrar->broken_percent = 5;
	for (; crowd.up < FEW_LINES / 100 * 99 && took_ms < 300000; took_ms += 10)
		crowd_run(&crowd, SIM_BEGIN_MS + took_ms, true);
	print_message("5 %% always 503: 99 %% registered after %" PRIu64 " ms\n", took_ms);
	assert_true(took_ms <= 6000);
	crowd_close(&crowd);
}

/* Each request is sent again, since it is after 500 ms, and none is lost. From 64 attempts in
 * flight, each of which takes two answers, to 4,096 it is six doublings, in which 4,032 lines come
 * up; the rest takes four such times, and there are four more to spare. */
static void answers_that_always_come_late_are_no_losses(void **state)
{
	static const uint64_t delays_ms[] = { 510, 1200, 3000 };

	(void)state;
	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(*delays_ms); i++) {
		struct crowd crowd;
		struct registrar *registrar;

		crowd_open(&crowd, FEW_LINES);
		registrar = crowd_add(&crowd, FEW_LINES, DROPS, &plain);
		registrar->way_ms = delays_ms[i];
		registrar->unlimited = true;
		crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
		print_message("answers after %" PRIu64 " ms, ", delays_ms[i]);
		crowd_tell("all", &crowd, SIM_BEGIN_MS);
		assert_int_equal(crowd.up, FEW_LINES);
		assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= 14 * 2 * delays_ms[i]);
		crowd_close(&crowd);
	}
}

static uint64_t alone_ms(enum excess excess)
{
	struct crowd crowd;
	uint64_t took_ms;

	crowd_open(&crowd, 2000);
	crowd_add(&crowd, 2000, excess, &plain);
	crowd_run(&crowd, SIM_BEGIN_MS + 300000, true);
	took_ms = crowd.last_up_ms - SIM_BEGIN_MS;
	crowd_close(&crowd);
	return took_ms;
}

static void go_beside(enum excess excess)
{
	struct crowd crowd;
	struct registrar *other;
	uint64_t took_ms = 0;
	uint32_t granted = 0;

	crowd_open(&crowd, LINES + 2000);
	crowd_add(&crowd, LINES, excess, &plain);
	other = crowd_add(&crowd, 2000, excess, &plain);
	while (granted < 2000) {
		took_ms += 10;
		assert_true(took_ms < LIMIT_MS);
		crowd_run(&crowd, SIM_BEGIN_MS + took_ms, true);
		granted = 0;
		for (unsigned s = 0; s < SECONDS; s++)
			granted += other->granted[s];
	}
	print_message("beside: 2,000 lines after %" PRIu64 " ms, alone %" PRIu64 " ms\n", took_ms,
	              alone_ms(excess));
	assert_true(took_ms <= alone_ms(excess) + 20);
	crowd_close(&crowd);
}

static void another_server_is_not_slowed(void **state)
{
	(void)state;
	go_beside(DROPS);
	go_beside(SAYS_503);
}

/* In no second, wherever it begins, are more begun than the rate says, and nothing of it is left
 * unused but what a share may not use before the others have heard of it. */
static void assert_rate_kept(uint32_t per_s, unsigned shards, uint32_t one_in, const char *what)
{
	const uint32_t count = 10 * per_s;
	struct crowd crowd;
	struct registrar *registrar;

	crowd_open_shards(&crowd, count, shards);
	crowd.one_in = one_in;
	registrar = crowd_add(&crowd, count, DROPS, &(struct server_cfg){ .rate_per_s = per_s });
	registrar->begun = sim_own(2 * count * sizeof(uint64_t));
	crowd_run(&crowd, SIM_BEGIN_MS + 60000, true);
	crowd_tell(what, &crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd.up, count);
	assert_int_equal(registrar->begun_count, count);
	assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= 10200 + (shards > 1 ? PACE_HANDOVER_MS : 0));
	crowd_assert_rate(registrar, per_s);
	free(registrar->begun);
	crowd_close(&crowd);
}

static void a_fixed_rate_is_never_passed(void **state)
{
	(void)state;
	assert_rate_kept(500, 1, 0, "500 a second");
	assert_rate_kept(500, 2, 0, "500 a second, two shards");
	assert_rate_kept(501, 2, 16, "501 a second, two shards, a sixteenth of the lines in one");
}

/* Which tests are run may be said, and which are left out, as patterns. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registrar_that_drops_is_kept_busy_and_no_more),
		cmocka_unit_test(a_registrar_that_says_503_is_kept_busy_and_no_more),
		cmocka_unit_test(a_registrar_that_is_started_anew_is_kept_busy_and_no_more),
		cmocka_unit_test(a_connection_that_is_lost_for_long_is_paced),
		cmocka_unit_test(two_shards_share_what_the_registrar_can_bear),
		cmocka_unit_test(a_policer_next_door_is_kept_busy_and_no_more),
		cmocka_unit_test(a_registrar_far_away_is_kept_busy_and_no_more),
		cmocka_unit_test(a_share_of_503_that_does_not_come_from_the_load_is_borne),
		cmocka_unit_test(answers_that_always_come_late_are_no_losses),
		cmocka_unit_test(another_server_is_not_slowed),
		cmocka_unit_test(a_fixed_rate_is_never_passed),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (argc > 2)
		cmocka_set_skip_filter(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
