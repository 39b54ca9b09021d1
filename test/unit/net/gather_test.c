/* gather_test: what is sent over a connection in one turn of the loop leaves in one piece; what the
 * kernel does not take leaves later, in order; and how much of it still leaves when the connection
 * ends (attack B09). */
#include "house.h"

#include <errno.h>
#include <linux/tcp.h>

#define MESSAGES 10
#define ROWS_MAX (64u << 20) /* bytes, more than the kernel takes */

/* A plain socket at the other end of world.server. */
static int open_raw(struct world *world)
{
	const struct timeval guard = { .tv_sec = GUARD_MS / 1000 };
	const struct net_addr *to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	world_open(world);
	world_listen(world, "127.0.0.1");
	to = net_listener_local(world->listener);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof(guard)), 0);
	assert_int_equal(connect(fd, &to->any, net_addr_len(to)), 0);
	while (!world->accepted) {
		net_timer_set(world->guard, net_now_ms(world->net));
		net_run(world->net);
	}
	world->timed_out = false;
	return fd;
}

/* A turn of the loop. */
static void turn(struct world *world)
{
	net_timer_set(world->guard, net_now_ms(world->net));
	assert_int_equal(net_run(world->net), 0);
	world->timed_out = false;
}

static void say(struct net_stream *stream, unsigned messages)
{
	for (unsigned i = 0; i < messages; i++)
		assert_int_equal(net_stream_send(stream, SLICE(REGISTERS)), 0);
}

static void expect(int fd, const char *text)
{
	char bytes[LAST_MAX];
	size_t n = strlen(text);

	assert_true(n < sizeof(bytes));
	assert_int_equal(recv(fd, bytes, n, MSG_WAITALL), (ssize_t)n);
	assert_memory_equal(bytes, text, n);
}

/* ---- one piece */

static void what_a_turn_sends_leaves_in_one_segment(void **state)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);
	struct world world;
	int fd = open_raw(&world);

	(void)state;
	say(world.server.stream, 2);
	assert_int_equal(net_stream_ping(world.server.stream), 0);
	say(world.server.stream, 1);
	/* Not before the end of the turn. */
	assert_int_equal(recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
	turn(&world);
	expect(fd, REGISTERS REGISTERS "\r\n\r\n" REGISTERS);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n), 0);
	assert_int_equal(info.tcpi_data_segs_in, 1);
	close(fd);
	world_close(&world);
}

static void the_last_turn_of_the_loop_is_one_too(void **state)
{
	struct world world;
	int fd = open_raw(&world);

	(void)state;
	net_stop(world.net);
	say(world.server.stream, 1);
	assert_int_equal(net_run(world.net), 0);
	expect(fd, REGISTERS);
	close(fd);
	world_close(&world);
}

static void count_records(int written, int version, int kind, const void *bytes, size_t n, SSL *ssl,
                          void *ctx)
{
	unsigned *records = ctx;

	(void)version;
	(void)n;
	(void)ssl;
	*records += !written && kind == SSL3_RT_HEADER &&
	            *(const char *)bytes == SSL3_RT_APPLICATION_DATA;
}

/* Answers when all messages have come, if in one record. */
static void wants_one_record(SSL *ssl, int fd)
{
	char bytes[LAST_MAX];
	unsigned records = 0;
	int n = 0;

	(void)fd;
	SSL_set_msg_callback(ssl, count_records);
	SSL_set_msg_callback_arg(ssl, &records);
	for (int got = 1; got > 0 && n < MESSAGES * (int)strlen(REGISTERS); n += got)
		got = SSL_read(ssl, bytes, sizeof(bytes));
	if (records == 1)
		SSL_write(ssl, REGISTERS, (int)strlen(REGISTERS));
	SSL_shutdown(ssl);
}

static void what_a_turn_sends_is_one_record(void **state)
{
	struct rogue rogue = { .then = wants_one_record };
	struct house house;

	(void)state;
	rogue_meet_at(&rogue, &house);
	house.world.server.stream = NULL;
	while (!house.world.client.opened)
		turn(&house.world);
	say(house.world.client.stream, MESSAGES);
	world_run(&house.world, client_is_over);
	assert_int_equal(house.world.client.messages, 1);
	house_close(&house);
	rogue_close(&rogue);
}

/* ---- later, in order */

/* Numbered messages on their way, a ping behind every hundredth. */
struct row {
	struct world *world;
	unsigned sent, came, pings;
	bool in_order;
};

static void on_numbered(void *ctx, struct slice bytes)
{
	struct row *row = ctx;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "REGISTER sip:%08u SIP/2.0\r\nl: ", row->came++);
	row->in_order = row->in_order && bytes.n > strlen(wanted) &&
	                memcmp(bytes.p, wanted, strlen(wanted)) == 0;
	if (row->came == row->sent)
		net_stop(row->world->net);
}

/* Only where one was sent: on a slow machine several are answered, two answers at once look like a
 * ping, and are answered in turn. */
static void on_ping_between(void *ctx)
{
	struct row *row = ctx;

	row->pings += row->came == (row->pings + 1) * 100;
}

static void on_row_closed(void *ctx, const struct net_stream_end *end)
{
	struct row *row = ctx;

	(void)end;
	row->in_order = false;
	net_stop(row->world->net);
}

static const struct net_stream_handler row_handler = { .message = on_numbered,
	                                               .ping = on_ping_between,
	                                               .closed = on_row_closed };

/* As many as wait for who does not read. Returns why there are no more. */
static int fill(struct row *row, struct net_stream *stream)
{
	static const char body[900];
	char text[1024];
	int r = 0;

	for (size_t all = 0; r == 0 && all < ROWS_MAX;) {
		int n = snprintf(text, sizeof(text), "REGISTER sip:%08u SIP/2.0\r\nl: 900\r\n\r\n",
		                 row->sent);

		memcpy(text + n, body, sizeof(body));
		r = net_stream_send(stream, slice_of(text, (size_t)n + sizeof(body)));
		row->sent += r == 0;
		all += (size_t)n + sizeof(body);
		if (r == 0 && row->sent % 100 == 0)
			r = net_stream_ping(stream);
	}
	return r;
}

static void walk(struct house *house, const char *name)
{
	struct world *world = &house->world;
	struct row row = { .world = world, .in_order = true };
	unsigned sent;

	world_listen(world, "127.0.0.1");
	world_connect(world, name);
	world_run(world, client_is_open);
	net_stream_handle(world->server.stream, &row_handler, &row);
	assert_int_equal(fill(&row, world->client.stream), -ENOBUFS);
	net_timer_set(world->guard, net_now_ms(world->net) + GUARD_MS);
	assert_int_equal(net_run(world->net), 0);
	assert_false(world->timed_out);
	assert_int_equal(row.came, row.sent);
	assert_true(row.in_order);
	assert_int_equal(row.pings, row.sent / 100);
	/* And there is room again. */
	sent = row.sent++;
	assert_int_equal(net_stream_send(world->client.stream,
	                                 SLICE("REGISTER sip:x SIP/2.0\r\nl: 0\r\n\r\n")),
	                 0);
	assert_int_equal(net_run(world->net), 0);
	assert_int_equal(row.came, sent + 1);
	house_close(house);
}

static void what_the_kernel_does_not_take_leaves_in_order(void **state)
{
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	net_tls_free(house.world.server_tls);
	house.world.server_tls = NULL;
	walk(&house, NULL);
}

static void over_tls_it_does_too(void **state)
{
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	walk(&house, NAME);
}

/* ---- new keys while nothing can leave */

static int ready[2], go_on[2]; /* pipes: to the test, to the rogue */

/* Reads nothing until it is told to, but wants new keys, whose record has to wait behind what the
 * kernel does not take. */
static void wants_new_keys_and_reads_late(SSL *ssl, int fd)
{
	static char bytes[65536];

	(void)fd;
	if (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1)
		return;
	SSL_write(ssl, REGISTERS, (int)strlen(REGISTERS));
	if (write(ready[1], "", 1) != 1 || read(go_on[0], bytes, 1) != 1)
		return;
	while (SSL_read(ssl, bytes, sizeof(bytes)) > 0)
		;
}

static void new_keys_are_taken_while_nothing_can_leave(void **state)
{
	struct rogue rogue = { .lowest = TLS1_3_VERSION, .then = wants_new_keys_and_reads_late };
	struct row row = { .in_order = true };
	struct house house;
	struct world *world = &house.world;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go_on), 0);
	rogue_meet_at(&rogue, &house);
	while (!world->client.opened)
		turn(world);
	assert_int_equal(fill(&row, world->client.stream), -ENOBUFS);
	assert_int_equal(read(ready[0], &(char){ 0 }, 1), 1);
	for (unsigned i = 0; i < 3; i++)
		turn(world);
	assert_int_equal(world->client.closed, 0);
	assert_int_equal(write(go_on[1], "", 1), 1);
	world_run(world, client_has_one);
	assert_string_equal(world->client.all, REGISTERS);
	house_close(&house);
	rogue_close(&rogue);
	for (unsigned i = 0; i < 2; i++) {
		close(ready[i]);
		close(go_on[i]);
	}
}

/* ---- the end */

static void a_stream_that_is_closed_has_said_what_it_was_told(void **state)
{
	struct world world;
	int fd = open_raw(&world);

	(void)state;
	say(world.server.stream, 1);
	net_stream_close(world.server.stream);
	world.server.stream = NULL;
	expect(fd, REGISTERS);
	assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), 0);
	close(fd);
	world_close(&world);
}

static void on_answered(void *ctx, struct slice bytes)
{
	struct world *world = ctx;

	assert_int_equal(net_stream_send(world->server.stream, bytes), 0);
}

static void on_answered_closed(void *ctx, const struct net_stream_end *end)
{
	struct world *world = ctx;

	world->server.closed++;
	world->server.end = *end;
	net_stop(world->net);
}

static const struct net_stream_handler answering = { .message = on_answered,
	                                             .closed = on_answered_closed };

/* Who asks, and then says that this was all, or something that is no SIP. */
static void is_answered(const char *then, enum net_end why)
{
	struct world world;
	int fd = open_raw(&world);

	net_stream_handle(world.server.stream, &answering, &world);
	assert_true(send(fd, REGISTERS, strlen(REGISTERS), 0) > 0);
	if (*then)
		assert_true(send(fd, then, strlen(then), 0) > 0);
	shutdown(fd, SHUT_WR);
	world_run(&world, server_is_over);
	assert_int_equal(world.server.closed, 1);
	assert_int_equal(world.server.end.why, why);
	expect(fd, REGISTERS);
	close(fd);
	world_close(&world);
}

static void who_has_said_all_is_answered(void **state)
{
	(void)state;
	is_answered("", NET_END_CLOSED);
	is_answered("no SIP\r\n\r\n", NET_END_NOT_SIP);
}

static void a_reset_is_told_once_whatever_waits(void **state)
{
	const struct linger now = { 1, 0 };
	struct row row = { .in_order = true };

	(void)state;
	for (unsigned full = 0; full < 2; full++) {
		struct world world;
		int fd = open_raw(&world);

		if (full)
			assert_int_equal(fill(&row, world.server.stream), -ENOBUFS);
		else
			say(world.server.stream, MESSAGES);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd);
		assert_int_equal(world.server.closed, 0);
		world_run(&world, server_is_over);
		turn(&world);
		assert_int_equal(world.server.closed, 1);
		assert_int_equal(world.server.end.why, NET_END_ERROR);
		assert_true(world.server.end.error == ECONNRESET ||
		            world.server.end.error == EPIPE);
		assert_int_equal(net_stream_send(world.server.stream, SLICE(REGISTERS)), -ENOTCONN);
		world_close(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_turn_sends_leaves_in_one_segment),
		cmocka_unit_test(the_last_turn_of_the_loop_is_one_too),
		cmocka_unit_test(what_a_turn_sends_is_one_record),
		cmocka_unit_test(what_the_kernel_does_not_take_leaves_in_order),
		cmocka_unit_test(over_tls_it_does_too),
		cmocka_unit_test(new_keys_are_taken_while_nothing_can_leave),
		cmocka_unit_test(a_stream_that_is_closed_has_said_what_it_was_told),
		cmocka_unit_test(who_has_said_all_is_answered),
		cmocka_unit_test(a_reset_is_told_once_whatever_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
