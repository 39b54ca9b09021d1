/* test/unit/net/loop_test.c: timers, signals, chance, and how a run ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/net.h"

#define DATAGRAMS      3000 /* that wait at once */
#define TURN_DATAGRAMS 512  /* read in one go, see NET_TURN_BATCHES in net/own.h */
#define TURN_MS        10
#define REST_MS        30

static int make_net(void **state)
{
	struct net *net;

	if (net_new(&net))
		return -1;
	*state = net;
	return 0;
}

static int drop_net(void **state)
{
	net_free(*state);
	return 0;
}

struct ring {
	struct net *net;
	struct net_timer *timer;
	unsigned fired;
	unsigned stop_at;  /* fired */
	uint64_t again_ms; /* after now; NET_NEVER: not again */
	char *order;
	char name;
	uint64_t fired_at_ms;
};

static void on_ring(void *ctx)
{
	struct ring *ring = ctx;

	ring->fired++;
	ring->fired_at_ms = net_now_ms(ring->net);
	if (ring->order)
		strncat(ring->order, &ring->name, 1);
	if (ring->fired == ring->stop_at)
		net_stop(ring->net);
	else if (ring->again_ms != NET_NEVER)
		net_timer_set(ring->timer, net_now_ms(ring->net) + ring->again_ms);
}

static void ring_new(struct ring *ring, struct net *net)
{
	ring->net = net;
	assert_int_equal(net_timer_new(net, on_ring, ring, &ring->timer), 0);
}

static void nothing_to_wait_for_ends_the_run(void **state)
{
	assert_int_equal(net_run(*state), 0);
}

static void timers_fire_in_the_order_of_their_times(void **state)
{
	struct net *net = *state;
	char order[8] = "";
	struct ring rings[3] = {
		{ .again_ms = NET_NEVER, .order = order, .name = 'c' },
		{ .again_ms = NET_NEVER, .order = order, .name = 'a' },
		{ .again_ms = NET_NEVER, .order = order, .name = 'b' },
	};
	static const uint64_t after_ms[3] = { 9, 0, 4 };
	uint64_t began_ms = net_now_ms(net);

	for (unsigned i = 0; i < 3; i++) {
		ring_new(&rings[i], net);
		net_timer_set(rings[i].timer, began_ms + after_ms[i]);
	}
	assert_int_equal(net_run(net), 0);
	assert_string_equal(order, "abc");
	for (unsigned i = 0; i < 3; i++) {
		assert_true(rings[i].fired_at_ms >= began_ms + after_ms[i]);
		net_timer_free(rings[i].timer);
	}
}

static void a_timer_that_was_moved_fires_once(void **state)
{
	struct net *net = *state;
	struct ring ring = { .again_ms = NET_NEVER };
	uint64_t began_ms = net_now_ms(net);

	ring_new(&ring, net);
	net_timer_set(ring.timer, began_ms + 3600000);
	net_timer_set(ring.timer, began_ms + 5);
	net_timer_set(ring.timer, began_ms + 2);
	net_timer_set(ring.timer, began_ms + 2);
	assert_int_equal(net_run(net), 0);
	assert_int_equal(ring.fired, 1);
	net_timer_free(ring.timer);
}

static void a_timer_that_was_disarmed_does_not_fire(void **state)
{
	struct net *net = *state;
	struct ring ring = { .again_ms = NET_NEVER };

	ring_new(&ring, net);
	net_timer_set(ring.timer, net_now_ms(net));
	net_timer_set(ring.timer, NET_NEVER);
	assert_int_equal(net_run(net), 0);
	assert_int_equal(ring.fired, 0);
	net_timer_free(ring.timer);
}

static void on_wake(void *ctx, const struct net_addr *from, struct slice bytes)
{
	(void)from;
	(void)bytes;
	net_stop(ctx);
}

static void on_no_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)sent;
	fail_msg("error %d", error);
}

/* A timer that is always due, and a datagram that must be read all the same. */
static void a_timer_that_is_always_due_does_not_starve_the_sockets(void **state)
{
	static const struct net_udp_handler handler = { on_wake, on_no_error, NULL };
	struct net *net = *state;
	struct ring ring = { .again_ms = 0 };
	struct net_addr local;
	struct net_udp *udp;

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &local), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, net, &udp), 0);
	assert_int_equal(net_udp_send(udp, net_udp_local(udp), SLICE("wake")), 0);
	ring_new(&ring, net);
	ring.stop_at = 100000; /* were it starved: the run ends and the count tells */
	net_timer_set(ring.timer, 0);
	assert_int_equal(net_run(net), 0);
	assert_true(ring.fired < ring.stop_at);
	net_timer_free(ring.timer);
	net_udp_close(udp);
}

static void on_datagram_before(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct ring *ring = ctx;

	(void)from;
	assert_int_equal(bytes.n, 4);
	assert_int_equal(ring->fired, 0);
	ring->order[strlen(ring->order)] = 'd';
}

/* As after a turn that took long: an answer waits, and so does the timer that would say that none
 * came. */
static void before_a_late_timer_what_has_come_is_read(void **state)
{
	static const struct net_udp_handler handler = { on_datagram_before, on_no_error, NULL };
	struct net *net = *state;
	char order[8] = "";
	struct ring ring = { .again_ms = NET_NEVER, .order = order, .name = 't', .stop_at = 1 };
	struct net_addr local;
	struct net_udp *udp;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &local), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, &ring, &udp), 0);
	local = *net_udp_local(udp);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(sendto(fd, "here", 4, 0, &local.any, net_addr_len(&local)), 4);
	ring_new(&ring, net);
	net_timer_set(ring.timer, 0);
	assert_int_equal(net_run(net), 0);
	assert_string_equal(order, "ddt");
	net_timer_free(ring.timer);
	net_udp_close(udp);
	close(fd);
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A turn that lasts, at its end a datagram, and what is said of how long that may have waited. */
struct turn {
	struct net *net;
	struct net_udp *udp;
	uint64_t begun_ms, ended_ms;
	uint32_t behind_ms;
};

static void on_turn(void *ctx)
{
	struct turn *turn = ctx;
	const struct net_addr *to = net_udp_local(turn->udp);

	turn->begun_ms = clock_ms();
	do
		turn->ended_ms = clock_ms();
	while (turn->ended_ms < turn->begun_ms + TURN_MS);
	assert_int_equal(net_udp_send(turn->udp, to, SLICE("here")), 0);
}

static void on_turns_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct turn *turn = ctx;

	(void)from;
	(void)bytes;
	turn->ended_ms = clock_ms();
	turn->behind_ms = net_behind_ms(turn->net);
	net_stop(turn->net);
}

static void what_waits_for_a_long_turn_is_told_and_no_rest_before_it(void **state)
{
	static const struct net_udp_handler handler = { on_turns_datagram, on_no_error, NULL };
	struct turn turn = { .net = *state };
	struct net_timer *timer;
	struct net_addr local;
	/* The loop's clock stands until it turns: by it the rest is set, and may have begun long
	 * ago. */
	uint64_t from_ms = net_now_ms(turn.net);

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &local), 0);
	assert_int_equal(net_udp_open(turn.net, &local, &handler, &turn, &turn.udp), 0);
	assert_int_equal(net_timer_new(turn.net, on_turn, &turn, &timer), 0);
	net_timer_set(timer, net_now_ms(turn.net) + REST_MS);
	assert_int_equal(net_run(turn.net), 0);
	assert_true(turn.behind_ms + 1 >= TURN_MS);
	assert_true(turn.behind_ms + REST_MS <= turn.ended_ms - from_ms + 2);
	net_timer_free(timer);
	net_udp_close(turn.udp);
}

/* Between two rings of a bell that is always rung. */
struct portions {
	struct net_async *bell;
	unsigned read, read_before, most, all;
};

static void on_portion(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct portions *portions = ctx;

	(void)from;
	(void)bytes;
	portions->read++;
}

static void on_portions_bell(void *ctx)
{
	struct portions *portions = ctx;
	unsigned since = portions->read - portions->read_before;

	portions->most = since > portions->most ? since : portions->most;
	portions->read_before = portions->read;
	net_async_send(portions->bell);
}

static void on_portions_timer(void *ctx)
{
	struct portions *portions = ctx;

	portions->all = portions->read;
}

/* However many datagrams a late timer waits for, the loop turns meanwhile. */
static void a_late_timer_waits_for_thousands_of_datagrams_turn_by_turn(void **state)
{
	static const struct net_udp_handler handler = { on_portion, on_no_error, NULL };
	struct net *net = *state;
	struct portions portions = { .read = 0 };
	struct ring end = { .net = net, .again_ms = NET_NEVER, .stop_at = 1 };
	struct net_addr local;
	struct net_timer *timer;
	struct net_udp *udp;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &local), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, &portions, &udp), 0);
	local = *net_udp_local(udp);
	for (unsigned i = 0; i < DATAGRAMS; i++)
		assert_int_equal(sendto(fd, "here", 4, 0, &local.any, net_addr_len(&local)), 4);
	assert_int_equal(net_async_new(net, on_portions_bell, &portions, &portions.bell), 0);
	assert_int_equal(net_timer_new(net, on_portions_timer, &portions, &timer), 0);
	ring_new(&end, net);
	net_async_send(portions.bell);
	net_timer_set(timer, 0);
	net_timer_set(end.timer, 1);
	assert_int_equal(net_run(net), 0);
	/* The kernel may have had no room for all of them. */
	assert_int_not_equal(portions.all, 0);
	assert_int_equal(portions.all, portions.read);
	assert_in_range(portions.most, 1, 2 * TURN_DATAGRAMS);
	net_timer_free(timer);
	net_timer_free(end.timer);
	net_async_free(portions.bell);
	net_udp_close(udp);
	close(fd);
}

static void free_in_ring(void *ctx)
{
	struct ring *ring = ctx;

	ring->fired++;
	net_timer_free(ring->timer);
}

static void a_timer_may_be_freed_while_it_fires(void **state)
{
	struct ring ring = { .net = *state };

	assert_int_equal(net_timer_new(*state, free_in_ring, &ring, &ring.timer), 0);
	net_timer_set(ring.timer, 0);
	assert_int_equal(net_run(*state), 0);
	assert_int_equal(ring.fired, 1);
	net_timer_free(NULL);
}

struct heard {
	struct net *net;
	int signo;
};

static void on_signal(void *ctx, int signo)
{
	struct heard *heard = ctx;

	heard->signo = signo;
	net_stop(heard->net);
}

static void a_signal_is_told_from_the_loop(void **state)
{
	struct heard heard = { .net = *state };
	struct net_signal *signal;

	assert_int_equal(net_signal_new(*state, SIGUSR1, on_signal, &heard, &signal), 0);
	kill(getpid(), SIGUSR1);
	assert_int_equal(heard.signo, 0);
	assert_int_equal(net_run(*state), 0);
	assert_int_equal(heard.signo, SIGUSR1);
	net_signal_free(signal);
	net_signal_free(NULL);
}

static void a_signal_that_cannot_be_caught_is_refused(void **state)
{
	struct net_signal *signal;

	assert_int_equal(net_signal_new(*state, SIGKILL, on_signal, NULL, &signal), -EINVAL);
}

#define RINGS 1000

struct bell {
	struct net *net;
	struct net_async *async;
	unsigned written; /* by the other thread, in front of its ring */
	unsigned rings;
	pthread_mutex_t lock;
};

static void on_bell(void *ctx)
{
	struct bell *bell = ctx;
	unsigned written;

	bell->rings++;
	pthread_mutex_lock(&bell->lock);
	written = bell->written;
	pthread_mutex_unlock(&bell->lock);
	if (written == RINGS)
		net_stop(bell->net);
}

static void *ring_often(void *ctx)
{
	struct bell *bell = ctx;

	for (unsigned i = 0; i < RINGS; i++) {
		pthread_mutex_lock(&bell->lock);
		bell->written++;
		pthread_mutex_unlock(&bell->lock);
		net_async_send(bell->async);
	}
	return NULL;
}

/* Nothing else keeps the loop: it waits for the bell, and the last ring is never lost. */
static void another_thread_rings_and_the_loop_hears_the_last_word(void **state)
{
	struct bell bell = { .net = *state, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;

	assert_int_equal(net_async_new(bell.net, on_bell, &bell, &bell.async), 0);
	assert_int_equal(pthread_create(&thread, NULL, ring_often, &bell), 0);
	assert_int_equal(net_run(bell.net), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(bell.written, RINGS);
	assert_in_range(bell.rings, 1, RINGS);
	net_async_free(bell.async);
	net_async_free(NULL);
}

static void random_bytes_differ(void **state)
{
	char a[1024] = { 0 }, b[1024] = { 0 }, none[sizeof(a)] = { 0 };

	assert_int_equal(net_random(*state, a, sizeof(a)), 0);
	assert_int_equal(net_random(*state, b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a + sizeof(a) / 2, none, sizeof(a) / 2);
}

static void the_source_towards_loopback_is_loopback(void **state)
{
	struct net_source source;
	struct net_addr to;

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 5060, &to), 0);
	assert_int_equal(net_source_for(*state, NULL, &to, &source), 0);
	assert_true(net_addr_same_host(&to, &source.addr));
	assert_int_equal(net_addr_port(&source.addr), 0);
	assert_int_equal(source.device, 0);
	net_addr_set_port(&to, 0);
	assert_int_equal(net_source_for(*state, NULL, &to, &source), 0);
	assert_true(net_addr_same_host(&to, &source.addr));
}

static void where_no_route_leads_there_is_no_source(void **state)
{
	struct net_source source = { .device = 0 };
	struct net_addr to;

	/* IPv4's "nobody may use this" (RFC 1112 section 4, class E's end). */
	assert_int_equal(net_addr_parse(SLICE("255.255.255.255"), 5060, &to), 0);
	assert_true(net_source_for(*state, NULL, &to, &source) < 0);
	assert_int_equal(source.addr.any.sa_family, 0);
}

/* Not that the clocks are right, but that one is of this century and the other stands still within
 * a turn. */
static void the_clocks_are_what_they_say(void **state)
{
	assert_true(net_wall_ms(*state) > 1600000000000);
	assert_true(net_now_ms(*state) == net_now_ms(*state));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_wait_for_ends_the_run),
		cmocka_unit_test(timers_fire_in_the_order_of_their_times),
		cmocka_unit_test(a_timer_that_was_moved_fires_once),
		cmocka_unit_test(a_timer_that_was_disarmed_does_not_fire),
		cmocka_unit_test(a_timer_that_is_always_due_does_not_starve_the_sockets),
		cmocka_unit_test(before_a_late_timer_what_has_come_is_read),
		cmocka_unit_test(what_waits_for_a_long_turn_is_told_and_no_rest_before_it),
		cmocka_unit_test(a_late_timer_waits_for_thousands_of_datagrams_turn_by_turn),
		cmocka_unit_test(a_timer_may_be_freed_while_it_fires),
		cmocka_unit_test(a_signal_is_told_from_the_loop),
		cmocka_unit_test(a_signal_that_cannot_be_caught_is_refused),
		cmocka_unit_test(another_thread_rings_and_the_loop_hears_the_last_word),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(the_source_towards_loopback_is_loopback),
		cmocka_unit_test(where_no_route_leads_there_is_no_source),
		cmocka_unit_test(the_clocks_are_what_they_say),
	};

	return cmocka_run_group_tests(tests, make_net, drop_net);
}
