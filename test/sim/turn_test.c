/* turn_test.c: what concerns all lines of a shard at once is done in portions, between which its
 * loop turns: sockets are read, bells are heard. On the virtual clock the next portion comes a
 * millisecond later. */
#include "crowd.h"
#include "line/part.h"
#include "shard/own.h"

#include <stdlib.h>

#define MANY     20000
#define LOOKS_MS 2000 /* the network's change is looked at, connections are missed, after less */
#define FAR_MS   200  /* so long a way holds thousands of requests */
#define SENDS_MS 600  /* ... and a request is sent again */

static const struct server_cfg plain, over_tcp = { .transport = DNS_TCP };

static void open_up(struct crowd *crowd, const struct server_cfg *like, uint64_t way_ms)
{
	struct registrar *registrar;

	crowd_open(crowd, MANY);
	registrar = crowd_add(crowd, MANY, DROPS, like);
	registrar->unlimited = true;
	registrar->way_ms = way_ms;
	crowd_run(crowd, SIM_BEGIN_MS + 300000, true);
	assert_int_equal(crowd->up, MANY);
}

static uint32_t drain(struct crowd *crowd)
{
	uint32_t n = 0;

	for (; sim_sent(crowd->net); n++)
		free(sim_sent_take(crowd->net));
	return n;
}

static void pass_ms(struct crowd *crowd)
{
	sim_run_until(crowd->net, net_now_ms(crowd->net) + 1);
}

/* All lines register anew, from those on that were told already: in each millisecond as many as a
 * portion has, until none is left. */
static void assert_told_in_portions(struct crowd *crowd)
{
	uint32_t most = MANY - crowd->up, portions = most > 0;

	for (unsigned i = 0; i < LOOKS_MS && crowd->up; i++) {
		uint32_t before = crowd->up;

		pass_ms(crowd);
		portions += crowd->up < before;
		most = before - crowd->up > most ? before - crowd->up : most;
	}
	assert_int_equal(crowd->up, 0);
	assert_int_equal(most, LINE_WALK);
	assert_int_equal(portions, (MANY + LINE_WALK - 1) / LINE_WALK);
}

static void lines_whose_network_has_changed_are_told_in_portions(void **state)
{
	struct net_addr other;
	struct crowd crowd;

	(void)state;
	open_up(&crowd, &plain, WAY_MS);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.2"), 0, &other), 0);
	sim_source_set(crowd.net, &other);
	sim_routes_changed(crowd.net);
	assert_told_in_portions(&crowd);
	crowd_close(&crowd);
}

static void open_up_and_lose(struct crowd *crowd)
{
	open_up(crowd, &over_tcp, WAY_MS);
	assert_true(sim_stream_close(crowd->net,
	                             sim_stream_to(crowd->net, &crowd->registrars[0].addr),
	                             NET_END_CLOSED, 0));
}

static void lines_whose_connection_was_lost_are_told_in_portions(void **state)
{
	struct crowd crowd;

	(void)state;
	open_up_and_lose(&crowd);
	assert_told_in_portions(&crowd);
	crowd_close(&crowd);
}

/* The lines that know already are removed before the others are told. */
static void lines_may_go_while_others_are_told_of_a_lost_connection(void **state)
{
	struct crowd crowd;

	(void)state;
	open_up_and_lose(&crowd);
	assert_in_range(crowd.up, 1, MANY - 1);
	for (uint32_t i = 0; i < MANY; i++)
		shard_line_remove(crowd.shards[0], crowd.lines[i]);
	crowd.count = 0;
	crowd_close(&crowd);
}

static void assert_bound_from(const struct crowd *crowd, const struct net_addr *from)
{
	for (uint32_t i = 0; i < MANY; i++) {
		const struct line_ways *ways = &crowd->shards[0]->env.ways;
		const struct line_way *bound = line_ways_at(ways, crowd->lines[i]->bound);

		assert_true(net_addr_same_host(&bound->source, from));
	}
}

/* The network changes once more while lines are still being told: none is left behind. */
static void a_change_amid_another_reaches_all_lines(void **state)
{
	struct net_addr second, third;
	struct crowd crowd;

	(void)state;
	open_up(&crowd, &plain, WAY_MS);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.2"), 0, &second), 0);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.3"), 0, &third), 0);
	sim_source_set(crowd.net, &second);
	sim_routes_changed(crowd.net);
	while (crowd.up == MANY)
		pass_ms(&crowd);
	assert_in_range(crowd.up, 1, MANY - 1);
	sim_source_set(crowd.net, &third);
	sim_routes_changed(crowd.net);
	crowd_run(&crowd, net_now_ms(crowd.net) + LOOKS_MS, false);
	crowd_run(&crowd, net_now_ms(crowd.net) + 300000, true);
	assert_int_equal(crowd.up, MANY);
	assert_bound_from(&crowd, &third);
	crowd_close(&crowd);
}

/* They set out in one millisecond, so that all are to be sent again in one. */
static void requests_that_are_due_at_once_are_sent_again_in_portions(void **state)
{
	uint32_t first, most = 0, sent = 0;
	struct crowd crowd;

	(void)state;
	open_up(&crowd, &plain, FAR_MS);
	for (uint32_t i = 0; i < MANY; i++)
		shard_line_nudge(crowd.shards[0], crowd.lines[i]);
	first = drain(&crowd);
	assert_in_range(first, 2 * SHARD_DUE, MANY);
	for (unsigned i = 0; i < SENDS_MS; i++) {
		uint32_t n;

		pass_ms(&crowd);
		n = drain(&crowd);
		most = n > most ? n : most;
		sent += n;
	}
	assert_int_equal(most, SHARD_DUE);
	assert_in_range(sent, first, MANY);
	crowd_close(&crowd);
}

static void assert_all_idle(const struct crowd *crowd)
{
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(line_reg(crowd->lines[i])->state, REG_IDLE);
}

static void lines_are_stopped_in_portions(void **state)
{
	struct shard_stats stats;
	struct crowd crowd;
	uint64_t begin_ms;

	(void)state;
	open_up(&crowd, &plain, WAY_MS);
	begin_ms = net_now_ms(crowd.net);
	shard_stop(crowd.shards[0]);
	assert_int_equal(crowd.up, MANY - LINE_WALK);
	assert_told_in_portions(&crowd);
	crowd_run(&crowd, begin_ms + REG_REMOVAL_MS, false);
	assert_all_idle(&crowd);
	shard_stats(crowd.shards[0], &stats);
	assert_int_equal(stats.removed, MANY);
	crowd_close(&crowd);
}

/* Nobody answers: who is told last has no more time than who is told first. */
static void a_stop_in_portions_has_the_time_of_one(void **state)
{
	struct crowd crowd;
	uint64_t begin_ms;

	(void)state;
	open_up(&crowd, &plain, WAY_MS);
	crowd.registrars[0].dead = true;
	begin_ms = net_now_ms(crowd.net);
	shard_stop(crowd.shards[0]);
	crowd_run(&crowd, begin_ms + 10, false);
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(line_reg(crowd.lines[i])->ends_at_ms == begin_ms + REG_REMOVAL_MS);
	crowd_run(&crowd, begin_ms + REG_REMOVAL_MS + MANY / SHARD_DUE + 1, false);
	assert_all_idle(&crowd);
	crowd_close(&crowd);
}

/* Those who are gone are not told, and their places in the walk do no harm. */
static void lines_may_go_while_others_are_stopped(void **state)
{
	struct crowd crowd;

	(void)state;
	open_up(&crowd, &plain, WAY_MS);
	shard_stop(crowd.shards[0]);
	for (uint32_t i = 0; i < MANY; i++)
		shard_line_remove(crowd.shards[0], crowd.lines[i]);
	crowd_run(&crowd, net_now_ms(crowd.net) + REG_REMOVAL_MS, false);
	crowd.count = 0;
	crowd_close(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_whose_network_has_changed_are_told_in_portions),
		cmocka_unit_test(lines_whose_connection_was_lost_are_told_in_portions),
		cmocka_unit_test(lines_may_go_while_others_are_told_of_a_lost_connection),
		cmocka_unit_test(a_change_amid_another_reaches_all_lines),
		cmocka_unit_test(lines_are_stopped_in_portions),
		cmocka_unit_test(a_stop_in_portions_has_the_time_of_one),
		cmocka_unit_test(lines_may_go_while_others_are_stopped),
		cmocka_unit_test(requests_that_are_due_at_once_are_sent_again_in_portions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
