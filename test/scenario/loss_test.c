/* loss_test.c: a thousand lines over a network that loses three datagrams of ten each way, doubles,
 * delays, reorders and cuts others: over ten thousand refreshes no binding lapses. The virtual
 * clock and the seed make each run the same. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "packet.h"
#include "shard/shard.h"
#include "sim.h"

#define LINES     1000
#define REFRESHES 10000
#define GRANTED_S 600
#define COPIES    8192
#define SEEDS     3

/* Of a hundred datagrams. */
enum { LOST = 30, DOUBLED = 10, LATE = 20, CUT = 3 };
#define DELAY_MS 40
#define LATE_MS  900 /* more than the first retransmission: later ones overtake it */

struct copy {
	uint64_t at_ms;
	size_t n;
	char *bytes;
};

struct world {
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct rng chance;
	struct net_addr server;
	struct copy copies[COPIES];
	unsigned copy_count;
	uint64_t refreshes, lapses, lost, doubled, cut;
};

static bool roll(struct world *world, unsigned percent)
{
	return rng_between(&world->chance, 0, 99) < percent;
}

/* A binding that was held ends in TRYING by its end alone. */
static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct world *world = ctx;
	enum reg_state state = line_reg(line)->state;

	if (state == REG_REGISTERED && (from == REG_REFRESHING || from == REG_HOLDING))
		world->refreshes++;
	if ((state == REG_TRYING || state == REG_WAITING) &&
	    (from == REG_REGISTERED || from == REG_REFRESHING || from == REG_HOLDING))
		world->lapses++;
}

/* --- the server, and the way back --- */

static void put_header(struct buf *out, const struct packet *packet, const char *name)
{
	buf_str(out, name);
	buf_str(out, ": ");
	buf_put(out, packet_header(packet, name, 0));
	if (strcmp(name, "To") == 0)
		buf_str(out, ";tag=srv");
	buf_str(out, "\r\n");
}

static void write_answer(const struct packet *packet, struct buf *out)
{
	static const char *const names[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	bool known = slice_present(packet_header(packet, "Authorization", 0));

	buf_str(out, known ? "SIP/2.0 200 OK\r\n" : "SIP/2.0 401 Unauthorized\r\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		put_header(out, packet, names[i]);
	if (known) {
		buf_str(out, "Contact: ");
		buf_put(out, packet_header(packet, "Contact", 0));
		buf_str(out, ";expires=");
		buf_u64(out, GRANTED_S);
		buf_str(out, "\r\n");
	} else {
		buf_str(out,
		        "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"\r\n");
	}
	buf_str(out, "Content-Length: 0\r\n\r\n");
}

static void post(struct world *world, struct slice bytes)
{
	struct copy *copy = &world->copies[world->copy_count];
	size_t n = bytes.n;

	if (roll(world, LOST)) {
		world->lost++;
		return;
	}
	if (roll(world, CUT)) {
		n = (size_t)rng_between(&world->chance, 0, n - 1);
		world->cut++;
	}
	assert_in_range(world->copy_count, 0, COPIES - 1);
	world->copy_count++;
	copy->at_ms = net_now_ms(world->net) + 1 +
	              rng_between(&world->chance, 0, roll(world, LATE) ? LATE_MS : DELAY_MS);
	copy->bytes = sim_own(n + 1);
	memcpy(copy->bytes, bytes.p, n);
	copy->n = n;
}

static void serve(struct world *world, const struct sim_datagram *datagram)
{
	char memory[4096], error[PACKET_ERROR_MAX];
	struct buf answer = buf_over(memory, sizeof(memory));
	struct packet packet;

	if (roll(world, LOST)) {
		world->lost++;
		return;
	}
	if (!packet_read(slice_of(datagram->bytes, datagram->n), &packet, error))
		fail_msg("%s", error);
	write_answer(&packet, &answer);
	assert_false(answer.full);
	post(world, buf_slice(&answer));
	if (roll(world, DOUBLED)) {
		post(world, buf_slice(&answer));
		world->doubled++;
	}
}

static unsigned next_copy(const struct world *world)
{
	unsigned first = 0;

	for (unsigned i = 1; i < world->copy_count; i++)
		if (world->copies[i].at_ms < world->copies[first].at_ms)
			first = i;
	return first;
}

static void step(struct world *world)
{
	unsigned first = next_copy(world);
	uint64_t at_ms =
		world->copy_count ? world->copies[first].at_ms : net_now_ms(world->net) + 60000;
	struct copy copy;

	if (sim_run_to_send(world->net, at_ms) == SIM_SENT) {
		struct sim_datagram *datagram = sim_sent_take(world->net);

		serve(world, datagram);
		free(datagram);
		return;
	}
	sim_run_until(world->net, at_ms);
	if (!world->copy_count || world->copies[first].at_ms > at_ms)
		return;
	copy = world->copies[first];
	world->copies[first] = world->copies[--world->copy_count];
	assert_true(sim_receive(world->net, sim_udp_of(world->net, AF_INET), &world->server,
	                        slice_of(copy.bytes, copy.n)));
	free(copy.bytes);
}

/* --- a run --- */

static void set_up(struct world *world, uint64_t seed)
{
	const struct server_cfg server_cfg = { .host = "192.0.2.10", .transport = DNS_UDP };
	struct server *server;

	assert_int_equal(net_new(&world->net), 0);
	sim_seed(world->net, seed);
	rng_seed(&world->chance, seed);
	net_addr_parse(SLICE("192.0.2.10"), 5060, &world->server);
	assert_int_equal(dns_new(world->net, &world->dns), 0);
	const struct shard_cfg cfg = { .net = world->net,
		                       .dns = world->dns,
		                       .watch = { .ctx = world, .state = on_state },
		                       .key = { seed, ~seed },
		                       .seed = seed,
		                       .lines_max = LINES };
	assert_int_equal(shard_new(&cfg, &world->shard), 0);
	assert_int_equal(shard_server_add(world->shard, &server_cfg, &server), 0);
	for (unsigned i = 0; i < LINES; i++) {
		char user[16];
		const struct line_cfg line_cfg = { .server = server,
			                           .user = user,
			                           .auth_user = user,
			                           .password = "secret",
			                           .expires_s = GRANTED_S,
			                           .identity = i + 1 };
		struct line *line;

		snprintf(user, sizeof(user), "%u", 1000 + i);
		assert_int_equal(shard_line_add(world->shard, &line_cfg, &line), 0);
		shard_line_start(world->shard, line);
	}
}

static void no_binding_lapses_at_thirty_percent_loss_each_way(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = sim_own(sizeof(*world));
		struct shard_stats stats;

		set_up(world, seed);
		while (world->refreshes < REFRESHES) {
			step(world);
			assert_int_equal(world->lapses, 0);
		}
		shard_stats(world->shard, &stats);
		/* The network did what it is here for. */
		assert_true(stats.retransmitted > REFRESHES / 2);
		assert_true(world->lost > REFRESHES / 2 && world->doubled > REFRESHES / 50 &&
		            world->cut > REFRESHES / 100);
		shard_free(world->shard);
		dns_free(world->dns);
		while (world->copy_count)
			free(world->copies[--world->copy_count].bytes);
		net_free(world->net);
		free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_binding_lapses_at_thirty_percent_loss_each_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
