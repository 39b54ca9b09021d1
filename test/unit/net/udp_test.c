/* test/unit/net/udp_test.c: datagrams over loopback, and the errors that the kernel brings back.
 * Each wait is for an event; a guard of 10 s only ends a run in which it never comes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/net.h"

#define GUARD_MS 10000
#define LARGEST  65507 /* that IPv4 can carry */

/* The kernel as net/ sees it, with faults on demand: the linker takes these before libc's. */
static struct {
	unsigned skip; /* calls that go through first */
	unsigned fail; /* calls that fail then */
	int error;     /* with this errno */
	uint16_t port; /* not 0: a call whose first datagram goes there fails, for ever */
	int no_trains; /* not 0: the errno that a train meets, as from a kernel that has none */
	unsigned calls, headers, trains; /* seen; trains: headers with more than a datagram */
} fault;

static int is_train(const struct mmsghdr *header)
{
	return header->msg_hdr.msg_iovlen > 1;
}

static int call_fails(const struct mmsghdr *first)
{
	fault.calls++;
	if (fault.port)
		return net_addr_port(first->msg_hdr.msg_name) == fault.port;
	if (fault.skip) {
		fault.skip--;
		return 0;
	}
	if (!fault.fail)
		return 0;
	fault.fail--;
	return 1;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
	unsigned n = count;
	int sent;

	/* As the kernel does: up to the first that fails, and its errno only when it leads. */
	if (fault.port)
		for (n = 0; n < count; n++)
			if (net_addr_port(headers[n].msg_hdr.msg_name) == fault.port)
				break;
	if (call_fails(headers)) {
		errno = fault.error;
		return -1;
	}
	if (fault.no_trains) {
		for (n = 0; n < count && !is_train(&headers[n]); n++)
			;
		errno = fault.no_trains;
		if (n == 0)
			return -1;
	}
	sent = (int)syscall(SYS_sendmmsg, fd, headers, n, flags);
	for (int i = 0; i < sent; i++)
		fault.trains += is_train(&headers[i]);
	fault.headers += sent > 0 ? (unsigned)sent : 0;
	return sent;
}

/* One test's world: a net, up to two sockets, what came in and what was wanted. */
struct end {
	struct world *world;
	struct net_udp *udp;
	unsigned datagrams, batches, errors;
	size_t bytes;
	struct net_addr from;
	char *last; /* LARGEST bytes */
	size_t last_n;
	int error;
	struct net_addr error_to;
	char error_sent[2048];
	size_t error_sent_n;
	unsigned echo;      /* datagrams to send back */
	unsigned resend;    /* refused datagrams to send again */
	struct end *closes; /* whose socket to close at an error */
};

struct world {
	struct net *net;
	struct net_timer *guard;
	struct end a, b;
	unsigned want_datagrams, want_errors; /* of a; the run ends when they are there */
	bool timed_out;
};

static void on_guard(void *ctx)
{
	struct world *world = ctx;

	world->timed_out = true;
	net_stop(world->net);
}

static void stop_when_done(struct world *world)
{
	if (world->a.datagrams >= world->want_datagrams && world->a.errors >= world->want_errors)
		net_stop(world->net);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct end *end = ctx;

	end->datagrams++;
	end->bytes += bytes.n;
	end->from = *from;
	end->last_n = bytes.n;
	assert_true(bytes.n <= LARGEST);
	memcpy(end->last, bytes.p, bytes.n);
	if (end->echo) {
		end->echo--;
		assert_int_equal(net_udp_send(end->udp, from, bytes), 0);
	}
	stop_when_done(end->world);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	struct end *end = ctx;

	end->errors++;
	end->error = error;
	end->error_to = *to;
	end->error_sent_n = sent.n < sizeof(end->error_sent) ? sent.n : sizeof(end->error_sent);
	memcpy(end->error_sent, sent.p, end->error_sent_n);
	if (end->resend) {
		end->resend--;
		assert_int_equal(net_udp_send(end->udp, to, sent), 0);
	}
	if (end->closes) {
		net_udp_close(end->closes->udp);
		end->closes->udp = NULL;
		end->closes = NULL;
	}
	stop_when_done(end->world);
}

static void on_batch_end(void *ctx)
{
	struct end *end = ctx;

	end->batches++;
}

static const struct net_udp_handler handler = { on_datagram, on_error, on_batch_end };

static void end_open(struct end *end, struct world *world, const char *host)
{
	struct net_addr local;

	end->world = world;
	end->last = malloc(LARGEST);
	assert_non_null(end->last);
	assert_int_equal(net_addr_parse(slice_str(host), 0, &local), 0);
	assert_int_equal(net_udp_open(world->net, &local, &handler, end, &end->udp), 0);
}

static void world_open(struct world *world, const char *host)
{
	memset(&fault, 0, sizeof(fault));
	*world = (struct world){ 0 };
	assert_int_equal(net_new(&world->net), 0);
	assert_int_equal(net_timer_new(world->net, on_guard, world, &world->guard), 0);
	end_open(&world->a, world, host);
	end_open(&world->b, world, host);
}

/* Runs until the wanted came. */
static void world_run(struct world *world)
{
	net_timer_set(world->guard, net_now_ms(world->net) + GUARD_MS);
	assert_int_equal(net_run(world->net), 0);
	assert_false(world->timed_out);
}

static void world_close(struct world *world)
{
	net_udp_close(world->a.udp);
	net_udp_close(world->b.udp);
	net_timer_free(world->guard);
	net_free(world->net);
	free(world->a.last);
	free(world->b.last);
}

/* A port of this host where nobody listens. */
static struct net_addr closed_port(const char *host)
{
	struct net_addr addr;
	socklen_t n = sizeof(addr);
	int fd;

	assert_int_equal(net_addr_parse(slice_str(host), 0, &addr), 0);
	fd = socket(addr.any.sa_family, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, &addr.any, net_addr_len(&addr)), 0);
	assert_int_equal(getsockname(fd, &addr.any, &n), 0);
	close(fd);
	return addr;
}

static bool has_v6(void)
{
	struct net_addr addr;
	bool has;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	assert_int_equal(net_addr_parse(SLICE("::1"), 0, &addr), 0);
	has = fd >= 0 && bind(fd, &addr.any, net_addr_len(&addr)) == 0;
	if (fd >= 0)
		close(fd);
	return has;
}

#define SKIP_WITHOUT_V6() \
	do { \
		if (!has_v6()) { \
			print_message("skipped: no ::1 on this machine\n"); \
			skip(); \
		} \
	} while (0)

static void ping_pong(const char *host, unsigned count)
{
	struct world world;

	world_open(&world, host);
	world.want_datagrams = world.b.echo = count;
	for (unsigned i = 0; i < count; i++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "datagram %u", i);

		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
		                              slice_of(text, (size_t)n)),
		                 0);
	}
	world_run(&world);
	assert_int_equal(world.a.datagrams, count);
	assert_int_equal(world.a.errors, 0);
	assert_int_equal(world.a.bytes, world.b.bytes);
	assert_true(net_addr_equal(&world.a.from, net_udp_local(world.b.udp)));
	assert_true(net_addr_equal(&world.b.from, net_udp_local(world.a.udp)));
	world_close(&world);
}

static void datagrams_go_both_ways(void **state)
{
	(void)state;
	ping_pong("127.0.0.1", 1);
	ping_pong("127.0.0.1", 63);
	ping_pong("127.0.0.1", 64);
	ping_pong("127.0.0.1", 65);
	ping_pong("127.0.0.1", 150);
}

static void datagrams_go_both_ways_over_ipv6(void **state)
{
	(void)state;
	SKIP_WITHOUT_V6();
	ping_pong("::1", 1);
	ping_pong("::1", 150);
}

static void a_batch_takes_one_call(void **state)
{
	struct world world;
	struct net_udp_stats a, b;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 128;
	for (unsigned i = 0; i < 128; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	/* Two full batches have left by themselves, before the loop runs. */
	net_udp_stats(world.a.udp, &a);
	assert_int_equal(a.sent, 128);
	assert_int_equal(a.calls_send, 2);
	assert_int_equal(a.trains, 2);
	world_run(&world);
	net_udp_stats(world.b.udp, &b);
	assert_int_equal(b.received, 128);
	assert_int_equal(b.sent, 128);
	assert_int_equal(b.calls_send, 2);
	assert_true(b.calls_receive <= 3);
	assert_int_equal(world.b.batches, 2);
	world_close(&world);
}

static void a_datagram_of_any_size_comes_in_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 1087, 1088, 1089, 2048, 4096, 40000, LARGEST };
	char *bytes = malloc(LARGEST);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < LARGEST; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct world world;
		const struct net_addr *to;
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		world_open(&world, "127.0.0.1");
		to = net_udp_local(world.a.udp);
		world.want_datagrams = 1;
		assert_int_equal(sendto(fd, bytes, sizes[i], 0, &to->any, net_addr_len(to)),
		                 sizes[i]);
		world_run(&world);
		assert_int_equal(world.a.last_n, sizes[i]);
		assert_memory_equal(world.a.last, bytes, sizes[i]);
		close(fd);
		world_close(&world);
	}
	free(bytes);
}

static void an_empty_datagram_and_the_longest_can_be_sent(void **state)
{
	static char longest[NET_SEND_MAX + 1];
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 2;
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("")), 0);
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
	                              slice_of(longest, NET_SEND_MAX)),
	                 0);
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
	                              slice_of(longest, NET_SEND_MAX + 1)),
	                 -EMSGSIZE);
	world_run(&world);
	assert_int_equal(world.a.bytes, NET_SEND_MAX);
	world_close(&world);
}

static void what_was_queued_before_the_stop_is_sent(void **state)
{
	struct world world;
	struct net_udp_stats stats;

	(void)state;
	world_open(&world, "127.0.0.1");
	/* b answers the datagram in the turn in which the run ends. */
	world.b.echo = 1;
	world.want_datagrams = 0;
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")), 0);
	world_run(&world);
	net_udp_stats(world.b.udp, &stats);
	assert_int_equal(stats.sent, 1);
	world_close(&world);
}

static void what_was_queued_before_the_close_is_sent(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = 1;
	assert_int_equal(net_udp_send(world.b.udp, net_udp_local(world.a.udp), SLICE("bye")), 0);
	net_udp_close(world.b.udp);
	world.b.udp = NULL;
	world_run(&world);
	assert_int_equal(world.a.last_n, 3);
	world_close(&world);
}

static void refused_by_icmp(const char *host)
{
	static char request[1500];
	struct net_addr nobody = closed_port(host);
	struct world world;

	memset(request, 'R', sizeof(request));
	memcpy(request, "REGISTER sip:pbx", 16);
	world_open(&world, host);
	world.want_errors = 1;
	assert_int_equal(net_udp_send(world.a.udp, &nobody, slice_of(request, sizeof(request))), 0);
	assert_int_equal(world.a.errors, 0);
	world_run(&world);
	assert_int_equal(world.a.error, ECONNREFUSED);
	assert_true(net_addr_equal(&world.a.error_to, &nobody));
	assert_true(world.a.error_sent_n >= 500);
	assert_memory_equal(world.a.error_sent, request, world.a.error_sent_n);
	world_close(&world);
}

static void a_closed_port_is_known_at_once(void **state)
{
	(void)state;
	refused_by_icmp("127.0.0.1");
}

static void a_closed_port_is_known_at_once_over_ipv6(void **state)
{
	(void)state;
	SKIP_WITHOUT_V6();
	refused_by_icmp("::1");
}

/* Each datagram to the closed port makes the kernel fail the call for the next one. */
static void errors_of_one_peer_lose_no_datagram_of_another(void **state)
{
	static const char lost[80];
	struct net_addr nobody = closed_port("127.0.0.1");
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 70;
	world.want_errors = 70;
	for (unsigned i = 0; i < 70; i++) {
		/* Of a length of its own: no train, so that each has an error of its own. */
		assert_int_equal(net_udp_send(world.a.udp, &nobody, slice_of(lost, 10 + i)), 0);
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	}
	world_run(&world);
	assert_int_equal(world.b.datagrams, 70);
	assert_int_equal(world.a.datagrams, 70);
	assert_int_equal(world.a.errors, 70);
	assert_int_equal(world.a.error, ECONNREFUSED);
	world_close(&world);
}

static void the_wrong_family_is_told_and_those_behind_go_on(void **state)
{
	struct net_addr v6;
	struct world world;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("::1"), 5060, &v6), 0);
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 1;
	world.want_errors = 1;
	assert_int_equal(net_udp_send(world.a.udp, &v6, SLICE("wrong")), 0);
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("right")), 0);
	world_run(&world);
	assert_int_equal(world.a.error, EAFNOSUPPORT);
	assert_true(net_addr_equal(&world.a.error_to, &v6));
	assert_int_equal(world.a.error_sent_n, 5);
	assert_memory_equal(world.a.error_sent, "wrong", 5);
	world_close(&world);
}

/* In the midst of full batches, so that the refusal comes within net_udp_send() and is told later.
 */
static void a_refused_datagram_is_told_later_and_loses_none(void **state)
{
	struct net_addr refused = { 0 };
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	refused = *net_udp_local(world.b.udp);
	net_addr_set_port(&refused, 9);
	fault.port = 9;
	fault.error = EPERM;
	world.want_datagrams = world.b.echo = 150;
	world.want_errors = 2;
	for (unsigned i = 0; i < 152; i++) {
		bool bad = i == 30 || i == 100;

		assert_int_equal(net_udp_send(world.a.udp,
		                              bad ? &refused : net_udp_local(world.b.udp),
		                              bad ? SLICE("bad") : SLICE("good")),
		                 0);
	}
	assert_int_equal(world.a.errors, 0);
	world_run(&world);
	assert_int_equal(world.a.datagrams, 150);
	assert_int_equal(world.a.errors, 2);
	assert_int_equal(world.a.error, EPERM);
	assert_memory_equal(world.a.error_sent, "bad", 3);
	world_close(&world);
}

static void a_pending_error_of_another_datagram_accuses_nobody(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 3;
	fault.error = ECONNREFUSED;
	fault.fail = 2;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	world_run(&world);
	assert_int_equal(world.a.errors, 0);
	assert_int_equal(fault.fail, 0);
	world_close(&world);
}

static void an_interrupted_call_is_made_again(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 1;
	fault.error = EINTR;
	fault.fail = 20;
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")), 0);
	world_run(&world);
	assert_int_equal(world.a.errors, 0);
	world_close(&world);
}

static void a_datagram_lost_in_this_host_is_counted_and_not_told(void **state)
{
	struct world world;
	struct net_udp_stats stats;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 2;
	fault.error = ENOBUFS;
	fault.fail = 1;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
		                              slice_of("xxx", i + 1)),
		                 0);
	world_run(&world);
	net_udp_stats(world.a.udp, &stats);
	assert_int_equal(world.a.errors, 0);
	assert_int_equal(stats.errors, 1);
	assert_int_equal(stats.sent, 2);
	world_close(&world);
}

static void what_the_kernel_does_not_take_waits_until_it_does(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 100;
	fault.error = EAGAIN;
	fault.skip = 1;
	fault.fail = 1;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	world_run(&world);
	assert_int_equal(fault.fail, 0);
	assert_int_equal(world.a.errors, 0);
	world_close(&world);
}

/* Three lengths and two addresses, in turn: a train for each pair but the empty ones. */
static void datagrams_of_one_length_to_one_address_go_as_a_train(void **state)
{
	static const char text[] = "some text of some length";
	struct world world;
	struct net_addr nobody = closed_port("127.0.0.1");
	struct net_udp_stats stats;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 30;
	world.want_errors = 1;
	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
		                              slice_of(text, i % 3 * 12)),
		                 0);
		if (i % 3 == 2)
			assert_int_equal(net_udp_send(world.a.udp, &nobody, slice_of(text, 24)), 0);
	}
	world_run(&world);
	net_udp_stats(world.a.udp, &stats);
	assert_int_equal(stats.sent, 40);
	assert_int_equal(stats.trains, 3 + 10);
	assert_int_equal(world.b.datagrams, 30);
	assert_int_equal(world.b.bytes, 10 * 12 + 10 * 24);
	assert_true(net_addr_equal(&world.a.error_to, &nobody));
	assert_true(world.a.error_sent_n >= 24);
	/* a's three and ten empty ones, b's answers likewise. */
	assert_int_equal(fault.trains, 3 + 2);
	assert_int_equal(fault.headers, 3 + 10 + 2 + 10);
	world_close(&world);
}

/* Of a train to a closed port of this host the kernel speaks once. */
static void after_an_error_each_datagram_gets_its_own(void **state)
{
	struct net_addr nobody = closed_port("127.0.0.1");
	struct world world;
	unsigned first;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_errors = 1;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(net_udp_send(world.a.udp, &nobody, SLICE("lost")), 0);
	world_run(&world);
	assert_int_equal(fault.trains, 1);
	first = world.a.errors;
	world.want_errors = first + 10;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(net_udp_send(world.a.udp, &nobody, SLICE("again")), 0);
	world_run(&world);
	assert_int_equal(fault.trains, 1);
	assert_int_equal(world.a.error_sent_n, 5);
	world_close(&world);
}

static void long_datagrams_form_no_train(void **state)
{
	static char text[1201];
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	world.want_datagrams = world.b.echo = 8;
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
		                              slice_of(text, i < 4 ? 1200 : 1201)),
		                 0);
	world_run(&world);
	assert_int_equal(fault.trains, 2);
	assert_int_equal(fault.headers, 2 * (1 + 4));
	world_close(&world);
}

static void without_trains(int error)
{
	struct world world;
	struct net_udp_stats stats;

	world_open(&world, "127.0.0.1");
	fault.no_trains = error;
	world.want_datagrams = world.b.echo = 150;
	for (unsigned i = 0; i < 150; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp),
		                              slice_of("xxx", i % 50 < 3 ? 3 : 2)),
		                 0);
	world_run(&world);
	net_udp_stats(world.a.udp, &stats);
	assert_int_equal(stats.sent, 150);
	assert_int_equal(stats.errors, 0);
	/* The first train of each socket, and what of its batch was a train already. */
	assert_int_equal(world.a.bytes, 150 * 2 + 9);
	assert_int_equal(fault.trains, 0);
	assert_int_equal(fault.headers, 300);
	world_close(&world);
}

static void a_kernel_without_trains_gets_single_datagrams(void **state)
{
	(void)state;
	without_trains(EIO);
	without_trains(EINVAL);
}

/* One refused datagram in a train must not cost the others. */
static void a_refused_train_is_taken_apart(void **state)
{
	struct world world;
	struct net_addr refused = { 0 };

	(void)state;
	world_open(&world, "127.0.0.1");
	refused = *net_udp_local(world.b.udp);
	net_addr_set_port(&refused, 9);
	fault.port = 9;
	fault.error = EPERM;
	world.want_datagrams = world.b.echo = 20;
	world.want_errors = 20;
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(net_udp_send(world.a.udp, &refused, SLICE("bad!")), 0);
		assert_int_equal(
			net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("good")), 0);
	}
	world_run(&world);
	assert_int_equal(world.a.datagrams, 20);
	assert_int_equal(world.a.errors, 20);
	assert_int_equal(world.a.error_sent_n, 4);
	assert_memory_equal(world.a.error_sent, "bad!", 4);
	world_close(&world);
}

/* After one EAGAIN nothing is tried before the loop says that the socket is writable. */
static void too_many_that_wait_are_refused_by_name(void **state)
{
	struct world world;
	unsigned taken = 0;

	(void)state;
	world_open(&world, "127.0.0.1");
	fault.error = EAGAIN;
	fault.fail = 1;
	while (net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")) == 0)
		taken++;
	assert_int_equal(taken, 16 * 64);
	assert_int_equal(fault.calls, 1);
	assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
	                 -ENOBUFS);
	world.want_datagrams = world.b.echo = taken;
	world_run(&world);
	assert_int_equal(world.a.datagrams, taken);
	world_close(&world);
}

static void the_queue_is_bounded_in_bytes_too(void **state)
{
	static char longest[NET_SEND_MAX];
	struct world world;
	unsigned taken = 0;

	(void)state;
	world_open(&world, "127.0.0.1");
	fault.error = EAGAIN;
	fault.fail = 1;
	while (net_udp_send(world.a.udp, net_udp_local(world.b.udp),
	                    slice_of(longest, sizeof(longest))) == 0)
		taken++;
	assert_int_equal(taken, 16 * 16);
	world_close(&world);
}

/* A handler that sends what was refused at once again must not hold the loop: the guard's timer
 * gets its turn. */
static void a_handler_that_insists_does_not_hold_the_loop(void **state)
{
	struct net_addr refused;
	struct world world;

	(void)state;
	world_open(&world, "127.0.0.1");
	refused = *net_udp_local(world.b.udp);
	net_addr_set_port(&refused, 9);
	fault.port = 9;
	fault.error = EPERM;
	world.a.resend = UINT32_MAX;
	world.want_datagrams = 1;
	assert_int_equal(net_udp_send(world.a.udp, &refused, SLICE("again")), 0);
	net_timer_set(world.guard, net_now_ms(world.net) + 5);
	assert_int_equal(net_run(world.net), 0);
	assert_true(world.timed_out);
	assert_true(world.a.errors > 64);
	world_close(&world);
}

/* Refused in the flush at the end of the turn, where the sockets are gone through one by one. */
static void a_handler_may_close_another_socket(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct net_addr refused;
		struct world world;
		struct end *one, *other;

		world_open(&world, "127.0.0.1");
		one = i ? &world.a : &world.b;
		other = i ? &world.b : &world.a;
		refused = *net_udp_local(one->udp);
		net_addr_set_port(&refused, 9);
		fault.port = 9;
		fault.error = EPERM;
		one->closes = other;
		world.want_errors = i;
		assert_int_equal(net_udp_send(one->udp, &refused, SLICE("x")), 0);
		world_run(&world);
		assert_int_equal(one->errors, 1);
		assert_null(other->udp);
		world_close(&world);
	}
}

struct interlude {
	struct world *world;
	unsigned datagrams; /* read when the timer fired */
};

static void on_interlude(void *ctx)
{
	struct interlude *interlude = ctx;

	interlude->datagrams = interlude->world->a.datagrams;
}

/* More datagrams are there than one turn reads; a timer that is due fires in their midst. */
static void timers_get_their_turn_while_datagrams_keep_coming(void **state)
{
	enum { COUNT = 64 * 20 };
	struct world world;
	struct interlude interlude = { .world = &world };
	struct net_timer *timer;

	(void)state;
	world_open(&world, "127.0.0.1");
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(net_udp_send(world.b.udp, net_udp_local(world.a.udp), SLICE("x")),
		                 0);
	assert_int_equal(net_timer_new(world.net, on_interlude, &interlude, &timer), 0);
	world.want_datagrams = 1; /* stops within the first turn that reads */
	world_run(&world);
	assert_in_range(world.a.datagrams, 64, 64 * 8);
	world.want_datagrams = COUNT;
	net_timer_set(timer, net_now_ms(world.net));
	world_run(&world);
	assert_in_range(interlude.datagrams, 64, 64 * 8);
	net_timer_free(timer);
	world_close(&world);
}

static void a_taken_port_and_a_foreign_address_are_errors(void **state)
{
	struct world world;
	struct net_addr foreign;
	struct net_udp *udp = NULL;

	(void)state;
	world_open(&world, "127.0.0.1");
	assert_int_equal(net_udp_open(world.net, net_udp_local(world.a.udp), &handler, NULL, &udp),
	                 -EADDRINUSE);
	/* RFC 5737: nobody's. */
	assert_int_equal(net_addr_parse(SLICE("203.0.113.77"), 0, &foreign), 0);
	assert_int_equal(net_udp_open(world.net, &foreign, &handler, NULL, &udp), -EADDRNOTAVAIL);
	foreign.any.sa_family = AF_UNIX;
	assert_true(net_udp_open(world.net, &foreign, &handler, NULL, &udp) < 0);
	assert_null(udp);
	world_close(&world);
}

static void an_ipv6_wildcard_leaves_the_port_to_ipv4(void **state)
{
	struct world world;
	struct net_addr any;
	struct net_udp *udp;

	(void)state;
	SKIP_WITHOUT_V6();
	world_open(&world, "127.0.0.1");
	assert_int_equal(
		net_addr_parse(SLICE("::"), net_addr_port(net_udp_local(world.a.udp)), &any), 0);
	assert_int_equal(net_udp_open(world.net, &any, &handler, NULL, &udp), 0);
	net_udp_close(udp);
	net_udp_close(NULL);
	world_close(&world);
}

/* ---- what is sent from */

/* a is bound to every address, so that what it sends from is its own to say. */
static void world_open_anywhere(struct world *world)
{
	world_open(world, "127.0.0.1");
	net_udp_close(world->a.udp);
	free(world->a.last);
	end_open(&world->a, world, "0.0.0.0");
}

static struct net_source source_of(const char *host, unsigned device)
{
	struct net_source source = { .device = device };

	assert_int_equal(net_addr_parse(slice_str(host), 0, &source.addr), 0);
	return source;
}

/* Sends to b from each of three sources in turn: two of its own, and the route's. */
static void send_from_three(struct world *world, unsigned rounds, const char *second)
{
	const struct net_source sources[] = { source_of("127.0.0.2", 0), source_of(second, 1) };

	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned k = 0; k < 2; k++)
			assert_int_equal(net_udp_send_from(world->a.udp, &sources[k],
			                                   net_udp_local(world->b.udp),
			                                   SLICE("from")),
			                 0);
		assert_int_equal(
			net_udp_send(world->a.udp, net_udp_local(world->b.udp), SLICE("from")), 0);
	}
}

/* What b saw last is what the last train left from: the trains leave in the order in which they
 * were begun. */
static void a_train_leaves_from_one_source(void **state)
{
	struct net_addr two = source_of("127.0.0.2", 0).addr, one = source_of("127.0.0.1", 0).addr;
	const struct net_source sources[] = { source_of("127.0.0.2", 0),
		                              source_of("127.0.0.3", 0) };
	struct world world;

	(void)state;
	world_open_anywhere(&world);
	world.want_datagrams = world.b.echo = 30;
	send_from_three(&world, 10, "127.0.0.3");
	world_run(&world);
	assert_int_equal(world.a.errors, 0);
	assert_int_equal(world.b.datagrams, 30);
	assert_true(net_addr_same_host(&world.b.from, &one));
	/* b answers each of three addresses with a train of its own. */
	assert_int_equal(fault.trains, 3 + 3);
	assert_int_equal(fault.headers, 3 + 3);
	world.want_datagrams = 30 + 2;
	world.b.echo = 2;
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(net_udp_send_from(world.a.udp, &sources[1 - k],
		                                   net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	world_run(&world);
	assert_true(net_addr_same_host(&world.b.from, &two));
	world_close(&world);
}

static void a_source_is_said_over_ipv6_as_well(void **state)
{
	struct net_source source = source_of("::1", 0);
	struct net_addr there;
	struct world world;

	(void)state;
	SKIP_WITHOUT_V6();
	world_open(&world, "::1");
	net_udp_close(world.a.udp);
	free(world.a.last);
	end_open(&world.a, &world, "::");
	there = *net_udp_local(world.b.udp);
	world.want_datagrams = world.b.echo = 3;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(net_udp_send_from(world.a.udp, &source, &there, SLICE("six")), 0);
	world_run(&world);
	assert_int_equal(world.a.errors, 0);
	assert_true(net_addr_same_host(&world.b.from, &source.addr));
	world_close(&world);
}

/* The kernel refuses the train, and then each of its datagrams; the others go, and trains are still
 * formed. */
static void a_source_that_is_gone_is_told_and_harms_no_other(void **state)
{
	struct world world;

	(void)state;
	world_open_anywhere(&world);
	world.want_datagrams = world.b.echo = 20;
	world.want_errors = 10;
	send_from_three(&world, 10, "198.51.100.77");
	world_run(&world);
	assert_int_equal(world.a.datagrams, 20);
	assert_int_equal(world.a.errors, 10);
	assert_int_equal(world.a.error, ENODEV);
	assert_true(net_addr_equal(&world.a.error_to, net_udp_local(world.b.udp)));
	assert_memory_equal(world.a.error_sent, "from", 4);
	fault.trains = 0;
	world.want_datagrams = 40;
	world.b.echo = 20;
	world.want_errors = 10;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(net_udp_send(world.a.udp, net_udp_local(world.b.udp), SLICE("x")),
		                 0);
	world_run(&world);
	assert_true(fault.trains >= 1);
	world_close(&world);
}

static void an_interface_that_is_gone_is_told(void **state)
{
	struct net_source source = source_of("127.0.0.2", 0x7ffffff0);
	struct world world;

	(void)state;
	world_open_anywhere(&world);
	world.want_errors = 1;
	assert_int_equal(
		net_udp_send_from(world.a.udp, &source, net_udp_local(world.b.udp), SLICE("x")), 0);
	world_run(&world);
	assert_int_equal(world.a.error, ENODEV);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_go_both_ways),
		cmocka_unit_test(datagrams_go_both_ways_over_ipv6),
		cmocka_unit_test(a_batch_takes_one_call),
		cmocka_unit_test(a_datagram_of_any_size_comes_in_whole),
		cmocka_unit_test(an_empty_datagram_and_the_longest_can_be_sent),
		cmocka_unit_test(what_was_queued_before_the_stop_is_sent),
		cmocka_unit_test(what_was_queued_before_the_close_is_sent),
		cmocka_unit_test(a_closed_port_is_known_at_once),
		cmocka_unit_test(a_closed_port_is_known_at_once_over_ipv6),
		cmocka_unit_test(errors_of_one_peer_lose_no_datagram_of_another),
		cmocka_unit_test(the_wrong_family_is_told_and_those_behind_go_on),
		cmocka_unit_test(a_refused_datagram_is_told_later_and_loses_none),
		cmocka_unit_test(a_pending_error_of_another_datagram_accuses_nobody),
		cmocka_unit_test(an_interrupted_call_is_made_again),
		cmocka_unit_test(a_datagram_lost_in_this_host_is_counted_and_not_told),
		cmocka_unit_test(what_the_kernel_does_not_take_waits_until_it_does),
		cmocka_unit_test(datagrams_of_one_length_to_one_address_go_as_a_train),
		cmocka_unit_test(after_an_error_each_datagram_gets_its_own),
		cmocka_unit_test(long_datagrams_form_no_train),
		cmocka_unit_test(a_kernel_without_trains_gets_single_datagrams),
		cmocka_unit_test(a_refused_train_is_taken_apart),
		cmocka_unit_test(too_many_that_wait_are_refused_by_name),
		cmocka_unit_test(the_queue_is_bounded_in_bytes_too),
		cmocka_unit_test(a_handler_that_insists_does_not_hold_the_loop),
		cmocka_unit_test(a_handler_may_close_another_socket),
		cmocka_unit_test(timers_get_their_turn_while_datagrams_keep_coming),
		cmocka_unit_test(a_taken_port_and_a_foreign_address_are_errors),
		cmocka_unit_test(an_ipv6_wildcard_leaves_the_port_to_ipv4),
		cmocka_unit_test(a_train_leaves_from_one_source),
		cmocka_unit_test(a_source_is_said_over_ipv6_as_well),
		cmocka_unit_test(a_source_that_is_gone_is_told_and_harms_no_other),
		cmocka_unit_test(an_interface_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
