/* bounds_test: what one connection may take from the others: reads of a turn of the loop, from a
 * peer that is quicker than we are, and time, while its handshake goes nowhere (attack F03). The
 * clock stands where the test puts it. */
#include "house.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>

#define TURN_READS 4  /* of one connection, see net/stream_io.c */
#define TURNS      10 /* in which there was something to read */

#define PATIENCE_MS 10000 /* NET_CONNECT_MS */

/* The kernel as net/ sees it: the linker takes these before libc's. */
static struct {
	uint16_t port;  /* of the peer that always has more to say; 0: there is none */
	unsigned reads; /* from there, in this turn */
	bool too_many;
	uint64_t now_ms; /* on the clock that stands; 0: it is the machine's */
} kernel;

static bool is_flood(int fd)
{
	struct net_addr peer = { 0 };
	socklen_t n = sizeof(peer);

	return kernel.port && getpeername(fd, &peer.any, &n) == 0 &&
	       net_addr_port(&peer) == kernel.port;
}

/* All of it, as if it had been there. */
static ssize_t read_full(int fd, char *bytes, size_t n)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t got = 0;

	while (got < n && poll(&ready, 1, GUARD_MS) == 1) {
		ssize_t more = recvfrom(fd, bytes + got, n - got, MSG_DONTWAIT, NULL, NULL);

		if (more <= 0)
			return got ? (ssize_t)got : more;
		got += (size_t)more;
	}
	return (ssize_t)got;
}

ssize_t recv(int fd, void *bytes, size_t n, int flags)
{
	if (!is_flood(fd))
		return recvfrom(fd, bytes, n, flags, NULL, NULL);
	if (kernel.reads == TURN_READS) {
		kernel.too_many = true;
		errno = EAGAIN;
		return -1;
	}
	kernel.reads++;
	return read_full(fd, bytes, n);
}

/* For libuv to find. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (kernel.now_ms && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
		*ret = (struct timespec){ .tv_sec = (time_t)(kernel.now_ms / 1000),
			                  .tv_nsec = (long)(kernel.now_ms % 1000) * 1000000 };
	return r;
}

/* A turn of the loop. */
static void turn(struct world *world)
{
	net_timer_set(world->guard, net_now_ms(world->net));
	assert_int_equal(net_run(world->net), 0);
	world->timed_out = false;
}

/* ---- reads */

static void on_counted(void *ctx, struct slice bytes)
{
	struct side *side = ctx;

	assert_int_equal(bytes.n, strlen(REGISTERS));
	side->messages++;
}

static const struct net_stream_handler counts = { on_opened, on_counted, NULL, on_closed };

static bool client_has_opened(struct world *world)
{
	return world->client.opened;
}

static void floods(struct rogue *rogue, struct house *house)
{
	struct world *world = &house->world;

	rogue_meet(rogue, house);
	world_run(world, client_has_opened);
	net_stream_handle(world->client.stream, &counts, &world->client);
	kernel.too_many = false;
	kernel.port = net_addr_port(&rogue->local);
	for (unsigned turns = 0; turns < TURNS;) {
		kernel.reads = 0;
		turn(world);
		assert_false(kernel.too_many);
		assert_int_equal(world->client.closed, 0);
		turns += kernel.reads > 0;
	}
	assert_true(world->client.messages > TURNS);
	kernel.port = 0;
	house_close(house);
	rogue_close(rogue);
}

static void sends_without_end(SSL *ssl, int fd)
{
	(void)ssl;
	while (send(fd, REGISTERS, strlen(REGISTERS), 0) > 0)
		;
}

static void says_without_end(SSL *ssl, int fd)
{
	(void)fd;
	while (SSL_write(ssl, REGISTERS, (int)strlen(REGISTERS)) > 0)
		;
}

static void who_never_ends_has_four_reads_of_a_turn(void **state)
{
	struct rogue rogue = { .instead = sends_without_end };
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	floods(&rogue, &house);
}

static void over_tls_it_is_four_too(void **state)
{
	struct rogue rogue = { .then = says_without_end };
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	floods(&rogue, &house);
}

/* ---- time */

static int begin(void **state)
{
	(void)state;
	kernel.now_ms = 1000000;
	return 0;
}

static int end(void **state)
{
	(void)state;
	kernel.now_ms = 0;
	return 0;
}

static void pass(struct world *world, uint64_t ms)
{
	kernel.now_ms += ms;
	turn(world);
}

/* So long from now on, and no longer. */
static void assert_patience(struct world *world, const struct side *side)
{
	pass(world, PATIENCE_MS - 1);
	assert_int_equal(side->closed, 0);
	pass(world, 1);
	assert_int_equal(side->closed, 1);
	assert_string_equal(net_end_name(side->end.why), "TLS_STALLED");
}

/* The connection may take nearly all of its time, and the handshake has as much again, and no more.
 */
static void tls_has_as_long_as_the_connection_had(void **state)
{
	struct house house;
	struct net_addr local;
	int fd = listen_raw(&local), peer;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	world_connect_to(&house.world, &local, NAME, 0);
	peer = accept(fd, NULL, NULL); /* it is there, and has not been looked at */
	pass(&house.world, PATIENCE_MS - 1);
	assert_int_equal(recv(peer, &(char){ 0 }, 1, 0), 1);
	assert_patience(&house.world, &house.world.client);
	close(peer);
	close(fd);
	house_close(&house);
}

static void who_knocks_and_says_nothing_has_no_longer(void **state)
{
	const struct net_addr *to;
	struct house house;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	house_open(&house, &(struct like){ 0 });
	world_listen(&house.world, "127.0.0.1");
	to = net_listener_local(house.world.listener);
	assert_int_equal(connect(fd, &to->any, net_addr_len(to)), 0);
	while (!house.world.accepted)
		turn(&house.world);
	assert_patience(&house.world, &house.world.server);
	close(fd);
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_never_ends_has_four_reads_of_a_turn),
		cmocka_unit_test(over_tls_it_is_four_too),
		cmocka_unit_test_setup_teardown(tls_has_as_long_as_the_connection_had, begin, end),
		cmocka_unit_test_setup_teardown(who_knocks_and_says_nothing_has_no_longer, begin,
		                                end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
