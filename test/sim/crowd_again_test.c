/* crowd_again_test.c: 100,000 lines that are up have to register anew, all at the same time, at a
 * registrar that is slower than they are (crowd.h): the network has changed, their connection was
 * lost, all settings were edited. It is the same pacer as at a start. */
#include "crowd.h"

#include <stdlib.h>

#define SETTLE_MS  1000 /* for the kernel's word on routes, and for a new connection */
#define REMOVAL_MS 2000 /* for the old binding, where settings were edited */
#define RATE       500  /* registrations a second, where that is fixed */

static const struct server_cfg plain, over_tcp = { .transport = DNS_TCP };

/* All are up, and what comes now is counted. */
static struct registrar *open_up(struct crowd *crowd, enum excess excess, unsigned shards,
                                 const struct server_cfg *like)
{
	struct registrar *registrar;

	crowd_open_shards(crowd, LINES, shards);
	registrar = crowd_add(crowd, LINES, excess, like);
	crowd_run(crowd, SIM_BEGIN_MS + 300000, true);
	assert_int_equal(crowd->up, LINES);
	crowd_count_anew(crowd);
	return registrar;
}

/* All are up again within limit_ms, having left that state. */
static void assert_paced(struct crowd *crowd, const struct registrar *registrar, const char *what,
                         uint64_t limit_ms)
{
	uint64_t from_ms = net_now_ms(crowd->net);

	crowd_run(crowd, from_ms + SETTLE_MS, false);
	assert_true(crowd->up < LINES);
	crowd_run(crowd, from_ms + 300000, true);
	crowd_tell(what, crowd, from_ms);
	assert_int_equal(crowd->up, LINES);
	assert_true(crowd->last_up_ms - from_ms <= limit_ms);
	assert_true(crowd_wasted_permille(crowd) <= 50);
	crowd_assert_steady(crowd, registrar, REFRESHES_PER_S, from_ms, SETTLE_MS + KNOWN_MS);
}

/* One request each, as the nonces were kept: half the work of a start. */
static void change_network(enum excess excess, unsigned shards, const char *what)
{
	struct crowd crowd;
	struct registrar *registrar;
	struct net_addr other;

	registrar = open_up(&crowd, excess, shards, &plain);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.2"), 0, &other), 0);
	sim_source_set(crowd.net, &other);
	sim_routes_changed(crowd.net);
	assert_paced(&crowd, registrar, what, LIMIT_MS / 2 + SETTLE_MS);
	crowd_close(&crowd);
}

static void a_change_of_the_network_is_paced(void **state)
{
	(void)state;
	change_network(DROPS, 1, "network changed, drops");
	change_network(SAYS_503, 1, "network changed, 503");
	change_network(DROPS, 2, "network changed, two shards, drops");
	change_network(SAYS_503, 2, "network changed, two shards, 503");
}

static void the_loss_of_the_connection_of_all_is_paced(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	registrar = open_up(&crowd, SAYS_503, 1, &over_tcp);
	assert_true(sim_stream_close(crowd.net, sim_stream_to(crowd.net, &registrar->addr),
	                             NET_END_CLOSED, 0));
	assert_paced(&crowd, registrar, "connection lost, 503", LIMIT_MS / 2 + SETTLE_MS);
	crowd_close(&crowd);
}

/* As an agent does it whose settings were all edited: the old binding goes first, as long as there
 * is time for it, then the line begins anew. */
static void edit(struct crowd *crowd, struct registrar *registrar)
{
	uint64_t from_ms = net_now_ms(crowd->net);
	uint32_t begun = 0;

	crowd->at_rest = sim_own(crowd->count * sizeof(struct line *));
	for (uint32_t i = 0; i < crowd->count; i++)
		shard_line_stop_within(crowd_shard_of(crowd, crowd->lines[i]), crowd->lines[i],
		                       REMOVAL_MS);
	crowd_edit(crowd, registrar);
	while (begun < crowd->count) {
		crowd_run(crowd, net_now_ms(crowd->net) + 10, false);
		for (; begun < crowd->at_rest_count; begun++) {
			struct line *line = crowd->at_rest[begun];

			shard_line_remove(crowd_shard_of(crowd, line), line);
			crowd_add_line(crowd, registrar, begun);
		}
		assert_true(net_now_ms(crowd->net) <= from_ms + 2 * REMOVAL_MS);
		/* That the time for a removal is over says nothing while others are answered. */
		assert_int_equal(registrar->servers[0]->gate->pace.health, PACE_ALIVE);
	}
	crowd_run(crowd, from_ms + 300000, true);
	assert_int_equal(crowd->up, crowd->count);
}

static void edit_all(enum excess excess, unsigned shards, const char *what)
{
	struct crowd crowd;
	struct registrar *registrar = open_up(&crowd, excess, shards, &plain);
	uint64_t from_ms = net_now_ms(crowd.net);

	edit(&crowd, registrar);
	crowd_tell(what, &crowd, from_ms);
	assert_true(crowd.last_up_ms - from_ms <= LIMIT_MS + REMOVAL_MS);
	assert_true(crowd_wasted_permille(&crowd) <= 50);
	/* What is found for the removals, one request each, is found anew for the starts. */
	crowd_assert_steady(&crowd, registrar, STARTS_PER_S, from_ms, REMOVAL_MS + 2 * KNOWN_MS);
	crowd_close(&crowd);
}

static void an_edit_of_all_is_paced(void **state)
{
	(void)state;
	edit_all(DROPS, 1, "all edited, drops");
	edit_all(SAYS_503, 1, "all edited, 503");
	edit_all(DROPS, 2, "all edited, two shards, drops");
	edit_all(SAYS_503, 2, "all edited, two shards, 503");
}

/* Removals and starts, of old and new servers, are of one rate together. */
static void a_fixed_rate_holds_over_an_edit(void **state)
{
	const uint32_t count = 10 * RATE;
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	for (unsigned shards = 1; shards <= 2; shards++) {
		crowd_open_shards(&crowd, count, shards);
		registrar =
			crowd_add(&crowd, count, DROPS, &(struct server_cfg){ .rate_per_s = RATE });
		crowd_run(&crowd, SIM_BEGIN_MS + 60000, true);
		registrar->begun = sim_own(3 * count * sizeof(uint64_t));
		edit(&crowd, registrar);
		/* The time for a removal is over for some. */
		assert_in_range(registrar->begun_count, count + RATE, 2 * count);
		crowd_assert_rate(registrar, RATE);
		free(registrar->begun);
		crowd_close(&crowd);
	}
}

/* Containers, VPNs, routing daemons: the kernel tells of a thousand changes a second, of which none
 * concerns the lines. The ways to the registrar and for look-ups are looked at once a second, the
 * lines not at all. */
static void a_storm_of_changes_elsewhere_costs_little(void **state)
{
	enum { STORM_MS = 10000, WAYS = 3, IN_ALL = WAYS * (STORM_MS / 1000 + 1) };
	struct crowd crowd;
	struct registrar *registrar = open_up(&crowd, DROPS, 1, &plain);
	uint64_t requests = registrar->requests, until_ms = net_now_ms(crowd.net) + STORM_MS;
	unsigned asked = sim_ways_asked(crowd.net);

	(void)state;
	while (net_now_ms(crowd.net) < until_ms) {
		sim_routes_changed(crowd.net);
		crowd_run(&crowd, net_now_ms(crowd.net) + 1, false);
	}
	crowd_run(&crowd, until_ms + SETTLE_MS, false);
	asked = sim_ways_asked(crowd.net) - asked;
	assert_in_range(asked, WAYS, IN_ALL);
	assert_int_equal(crowd.up, LINES);
	/* Not even a refresh is due so soon after the grants. */
	assert_int_equal(registrar->requests, requests);
	crowd_close(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_of_the_network_is_paced),
		cmocka_unit_test(the_loss_of_the_connection_of_all_is_paced),
		cmocka_unit_test(an_edit_of_all_is_paced),
		cmocka_unit_test(a_fixed_rate_holds_over_an_edit),
		cmocka_unit_test(a_storm_of_changes_elsewhere_costs_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
