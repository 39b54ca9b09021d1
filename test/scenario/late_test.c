/* late_test.c: hours at a name whose addresses come and go, on many seeds: either family is late,
 * often for longer than anybody waits; connections open, are refused, stay silent and are lost, and
 * servers say 503; routes change, and lines stop, in the middle of it. Nothing crashes or leaks, no
 * attempt fails while DNS has more to say, no line waits for a race that has no end, connections
 * have a bound, and once all is well again every line is registered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "expand.h"
#include "line/flow.h"
#include "stage.h"

#define SEEDS   30
#define LINES   3
#define HOSTS   2
#define BAD_MS  UINT64_C(7200000)
#define GOOD_MS UINT64_C(3600000)
#define MOST    64
/* Of each line a race, and what it is registered over; and, in the bad hours, one begun in 20 s. */
#define OPEN_MOST  (LINES * (FLOW_RACE_WIDTH + 1))
#define BEGUN_MOST (LINES * BAD_MS / 20000)
#define ANSWER(status, more) \
	"SIP/2.0 " status "\r\nVia: {{via}}\r\nFrom: {{from}}\r\nTo: {{to}};tag=srv\r\n" \
	"Call-ID: {{callid}}\r\nCSeq: {{cseq}} REGISTER\r\n" more "Content-Length: 0\r\n\r\n"
#define GRANTED ANSWER("200 OK", "Contact: <{{contact}}>;expires=60\r\n")
#define FULL    ANSWER("503 Service Unavailable", "")

/* A connection that was asked for, and when it has an answer. */
struct asked {
	struct net_stream *stream;
	uint64_t at_ms;
};

struct world {
	struct stage stage;
	struct rng chance;
	bool good;
	unsigned hosts; /* that SRV has; 0: the name has addresses itself */
	struct stage_line *lines[LINES];
	struct asked asked[MOST];
	unsigned asked_count;
	unsigned begun; /* connections, since the beginning */
};

static unsigned roll(struct world *world, unsigned sides)
{
	return (unsigned)rng_between(&world->chance, 0, sides - 1);
}

/* ---- DNS */

/* 192.0.2.HOST0 to .HOST4, and the same of IPv6: all that there will ever be. */
static void add_address(struct world *world, const char *name, unsigned host, bool v6)
{
	char text[32];
	struct net_addr addr;

	snprintf(text, sizeof(text), "%s%u%u", v6 ? "2001:db8::" : "192.0.2.", host + 1,
	         roll(world, 5));
	assert_int_equal(net_addr_parse(slice_str(text), 0, &addr), 0);
	sim_name_address(world->stage.net, name, &addr);
}

static void say_host(struct world *world, const char *name, unsigned host)
{
	struct net *net = world->stage.net;
	unsigned v4 = roll(world, 4), v6 = roll(world, 4);

	sim_name_forget(net, name);
	if (world->good || v4 + v6 == 0)
		v4++;
	while (v4--)
		add_address(world, name, host, false);
	while (v6--)
		add_address(world, name, host, true);
	sim_name_ttl(net, name, 1 + roll(world, 60));
	if (world->good)
		return;
	sim_name_delay(net, name, roll(world, 2) ? 0 : roll(world, 100));
	if (roll(world, 3))
		sim_name_late(net, name, roll(world, 2) ? DNS_TYPE_A : DNS_TYPE_AAAA,
		              roll(world, roll(world, 3) ? 400 : 4000));
}

static void say(struct world *world)
{
	static const char *const hosts[HOSTS] = { "one.example", "two.example" };

	if (!world->hosts)
		say_host(world, "pbx.example", 0);
	for (unsigned i = 0; i < world->hosts; i++)
		say_host(world, hosts[i], i);
}

/* ---- connections */

static void ask(struct world *world, const struct sim_datagram *sent)
{
	unsigned i = 0;

	/* One that was given up may have been where this one is. */
	while (i < world->asked_count && world->asked[i].stream != sent->stream)
		i++;
	assert_true(i < MOST);
	world->asked_count += i == world->asked_count;
	world->asked[i] = (struct asked){
		.stream = sent->stream,
		.at_ms = sent->at_ms + (world->good ? 20 : roll(world, roll(world, 2) ? 50 : 12000))
	};
}

/* Whoever is over already does not mind. */
static void decide(struct world *world, struct net_stream *stream)
{
	struct net *net = world->stage.net;

	if (world->good || roll(world, 3) == 0)
		sim_stream_open(net, stream, 0);
	else if (roll(world, 2))
		sim_stream_close(net, stream, NET_END_ERROR, ECONNREFUSED);
	else
		sim_stream_close(net, stream, NET_END_SILENCE, 0);
}

static void decide_due(struct world *world)
{
	for (unsigned i = 0; i < world->asked_count;) {
		struct asked asked = world->asked[i];

		if (asked.at_ms > net_now_ms(world->stage.net)) {
			i++;
			continue;
		}
		world->asked[i] = world->asked[--world->asked_count];
		decide(world, asked.stream);
	}
}

static void serve(struct world *world)
{
	bool again;
	const struct request *request = stage_request_take(&world->stage, &again);
	const struct expand values = { .request = request };
	char error[EXPAND_ERROR_MAX];
	char *bytes;
	bool full;
	size_t n;

	if (!request)
		return;
	assert_false(again);
	full = !world->good && roll(world, 3) == 0;
	bytes = expand(&values, full ? SLICE(FULL) : SLICE(GRANTED), &n, error);
	assert_non_null(bytes);
	if (world->good || roll(world, 4))
		sim_stream_receive(world->stage.net, request->stream, slice_of(bytes, n));
	else
		sim_stream_close(world->stage.net, request->stream, NET_END_CLOSED, 0);
	free(bytes);
}

static void take(struct world *world)
{
	const struct sim_datagram *sent = sim_sent(world->stage.net);

	if (sent->kind == SIM_BYTES &&
	    !slice_equal(slice_of(sent->bytes, sent->n), SLICE("\r\n\r\n"))) {
		serve(world);
		return;
	}
	if (sent->kind != SIM_BYTES) {
		ask(world, sent);
		world->begun++;
		assert_in_range(sim_open_streams(world->stage.net), 1, OPEN_MOST);
	}
	free(sim_sent_take(world->stage.net));
}

static void live(struct world *world, uint64_t until_ms)
{
	struct net *net = world->stage.net;

	while (net_now_ms(net) < until_ms) {
		uint64_t next_ms = until_ms;

		for (unsigned i = 0; i < world->asked_count; i++)
			if (world->asked[i].at_ms < next_ms)
				next_ms = world->asked[i].at_ms;
		if (sim_run_to_send(net, next_ms) == SIM_SENT)
			take(world);
		else
			sim_run_until(net, next_ms);
		decide_due(world);
		if (world->stage.fault[0])
			fail_msg("%s", world->stage.fault);
	}
}

/* ---- a life */

static void set_up(struct world *world, uint64_t seed)
{
	static const enum dns_transport transports[] = { DNS_TCP, DNS_TLS, DNS_AUTO };
	enum dns_transport transport = transports[seed % 3];
	const char *service =
		transport == DNS_TCP ? "_sip._tcp.pbx.example" : "_sips._tcp.pbx.example";

	*world = (struct world){ .hosts = transport == DNS_AUTO ? 1 + seed / 3 % HOSTS
		                                                : seed / 3 % (HOSTS + 1) };
	stage_init(&world->stage);
	world->stage.seed = seed;
	world->stage.whole = true;
	rng_seed(&world->chance, seed);
	sim_name_result(world->stage.net, "pbx.example", DNS_EMPTY);
	for (unsigned i = 0; i < world->hosts; i++)
		sim_name_srv(world->stage.net, service, (uint16_t)i, 0, 5060,
		             i ? "two.example" : "one.example");
	say(world);
	for (unsigned i = 0; i < LINES; i++) {
		char name[16];
		const struct stage_line_cfg cfg = {
			.name = name, .user = name, .host = "pbx.example", .transport = transport
		};

		snprintf(name, sizeof(name), "%u", 1000 + i);
		assert_int_equal(stage_line_add(&world->stage, &cfg, &world->lines[i]), 0);
		shard_line_start(world->stage.shard, world->lines[i]->line);
	}
}

/* What else may come in the middle of it. */
static void meddle(struct world *world)
{
	struct line *line = world->lines[roll(world, LINES)]->line;
	struct net_addr source;

	switch (roll(world, 6)) {
	case 0:
		net_addr_parse(roll(world, 2) ? SLICE("192.0.2.1") : SLICE("192.0.2.2"), 0,
		               &source);
		sim_source_set(world->stage.net, &source);
		sim_routes_changed(world->stage.net);
		break;
	case 1:
		shard_line_stop(world->stage.shard, line);
		break;
	case 2:
		shard_line_nudge(world->stage.shard, line);
		break;
	default:
		for (unsigned i = 0; i < LINES; i++)
			shard_line_start(world->stage.shard, world->lines[i]->line);
	}
}

static void whoever_is_late_the_lines_are_registered_in_the_end(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = sim_own(sizeof(*world));
		uint64_t end_ms;

		set_up(world, seed);
		end_ms = net_now_ms(world->stage.net) + BAD_MS;
		while (net_now_ms(world->stage.net) < end_ms) {
			live(world, net_now_ms(world->stage.net) + 1 +
			                    roll(world, roll(world, 2) ? 1000 : 120000));
			say(world);
			meddle(world);
		}
		assert_in_range(world->begun, 1, BEGUN_MOST);
		world->good = true;
		say(world);
		for (unsigned i = 0; i < LINES; i++)
			shard_line_start(world->stage.shard, world->lines[i]->line);
		live(world, net_now_ms(world->stage.net) + GOOD_MS);
		for (unsigned i = 0; i < LINES; i++) {
			enum reg_state is = line_reg(world->lines[i]->line)->state;

			if (is != REG_REGISTERED && is != REG_REFRESHING)
				fail_msg("seed %llu: %s is %s", (unsigned long long)seed,
				         world->lines[i]->name, reg_state_name(is));
		}
		if (!stage_done(&world->stage))
			fail_msg("seed %llu: %s", (unsigned long long)seed, world->stage.fault);
		free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_is_late_the_lines_are_registered_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
