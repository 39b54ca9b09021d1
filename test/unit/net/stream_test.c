/* test/unit/net/stream_test.c: TCP connections over loopback: messages cut anywhere, pings, and all
 * the ways in which one ends (attacks B01, B02, B03, B04, B06, B07, B08, B09, B10). */
#include "streams.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A plain socket that does what no honest peer does. */
static int raw_connect(const struct net_addr *to)
{
	int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &to->any, net_addr_len(to)), 0);
	return fd;
}

static void raw_send(int fd, const char *bytes, size_t n)
{
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static bool is_accepted(struct world *world)
{
	return world->accepted;
}

static void open_raw(struct world *world, int *ret_fd)
{
	world_open(world);
	world_listen(world, "127.0.0.1");
	*ret_fd = raw_connect(net_listener_local(world->listener));
	world_run(world, is_accepted);
}

static bool server_has_one(struct world *world)
{
	return world->server.messages == 1;
}

static void there_and_back(const char *host)
{
	struct world world;

	world_open(&world);
	world_listen(&world, host);
	world_connect(&world, NULL);
	world_run(&world, client_is_open);
	assert_true(net_addr_same_host(net_stream_local(world.client.stream),
	                               net_listener_local(world.listener)));
	assert_true(net_addr_equal(net_stream_local(world.client.stream),
	                           net_stream_peer(world.server.stream)));
	assert_int_equal(net_stream_send(world.client.stream, SLICE(REGISTERS)), 0);
	world_run(&world, server_has_one);
	assert_string_equal(world.server.all, REGISTERS);
	net_stream_close(world.server.stream);
	world.server.stream = NULL;
	world_run(&world, client_is_over);
	assert_int_equal(world.client.end.why, NET_END_CLOSED);
	assert_true(world.client.end.opened);
	assert_int_equal(net_stream_send(world.client.stream, SLICE("x")), -ENOTCONN);
	world_close(&world);
}

static void a_message_goes_over_ipv4(void **state)
{
	(void)state;
	there_and_back("127.0.0.1");
}

static void a_message_goes_over_ipv6(void **state)
{
	struct net_source source;
	struct net_addr v6;
	struct net *net;
	int r;

	(void)state;
	assert_int_equal(net_new(&net), 0);
	net_addr_parse(SLICE("::1"), 0, &v6);
	r = net_source_for(net, NULL, &v6, &source);
	net_free(net);
	if (r < 0) {
		print_message("skipped: no ::1 on this machine\n");
		skip();
	}
	there_and_back("::1");
}

/* B01: each byte is read before the next one is sent. */
static void a_message_comes_a_byte_at_a_time(void **state)
{
	static const char text[] = REGISTERS;
	struct world world;
	int fd;

	(void)state;
	open_raw(&world, &fd);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		raw_send(fd, text + i, 1);
		net_timer_set(world.guard, net_now_ms(world.net));
		net_run(world.net); /* a turn: the guard ends it */
		world.timed_out = false;
	}
	world_run(&world, server_has_one);
	assert_string_equal(world.server.all, REGISTERS);
	close(fd);
	world_close(&world);
}

static bool server_has_ten(struct world *world)
{
	return world->server.messages == 10;
}

/* B02 */
static void ten_messages_come_in_one_segment(void **state)
{
	struct world world;
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));
	int fd;

	(void)state;
	open_raw(&world, &fd);
	for (unsigned i = 0; i < 10; i++)
		buf_str(&text, "REGISTER sip:a SIP/2.0\r\nl: 4\r\n\r\nbody");
	assert_int_equal(buf_end(&text), 0);
	raw_send(fd, memory, text.n);
	world_run(&world, server_has_ten);
	assert_string_equal(world.server.all, memory);
	close(fd);
	world_close(&world);
}

/* B03, B06: what the connection does not survive. */
static void what_is_no_sip_closes_the_connection(void **state)
{
	static const char *const texts[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"SIP/2.0 200 OK\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: 2147483648\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
		"SIP/2.0 200 OK\r\nContent-Length: 65537\r\n\r\n",
		REGISTERS "body that nobody announced\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct world world;
		int fd;

		open_raw(&world, &fd);
		raw_send(fd, texts[i], strlen(texts[i]));
		world_run(&world, server_is_over);
		assert_int_equal(world.server.end.why, NET_END_NOT_SIP);
		close(fd);
		world_close(&world);
	}
}

/* B04: headers without an end are read up to their limit, and no further. */
static void headers_without_an_end_are_cut_off(void **state)
{
	static char line[1024];
	struct world world;
	size_t sent = 0;
	int fd;

	(void)state;
	open_raw(&world, &fd);
	raw_send(fd, "SIP/2.0 200 OK\r\n", 16);
	memset(line, 'a', sizeof(line));
	memcpy(line, "X: ", 3);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	while (!world.server.closed && sent < 4u * NET_STREAM_HEADERS_MAX) {
		ssize_t n = send(fd, line, sizeof(line), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		net_timer_set(world.guard, net_now_ms(world.net));
		net_run(world.net);
		world.timed_out = false;
	}
	world_run(&world, server_is_over);
	assert_int_equal(world.server.end.why, NET_END_NOT_SIP);
	assert_true(sent <= 2u * NET_STREAM_HEADERS_MAX);
	close(fd);
	world_close(&world);
}

static bool client_has_pong(struct world *world)
{
	return world->client.pongs;
}

static void a_ping_is_answered(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_listen(&world, "127.0.0.1");
	world_connect(&world, NULL);
	world_run(&world, client_is_open);
	assert_int_equal(net_stream_ping(world.client.stream), 0);
	world_run(&world, client_has_pong);
	assert_int_equal(world.server.messages, 0);
	world_close(&world);
}

/* B07: a flood of pings gets few answers, and the message behind it is read. */
static void pings_by_the_thousand_get_few_answers(void **state)
{
	static char pings[40000];
	struct world world;
	char answers[4096];
	ssize_t n;
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(pings); i += 4)
		memcpy(pings + i, "\r\n\r\n", 4);
	open_raw(&world, &fd);
	raw_send(fd, pings, sizeof(pings));
	raw_send(fd, REGISTERS, strlen(REGISTERS));
	world_run(&world, server_has_one);
	n = recv(fd, answers, sizeof(answers), MSG_DONTWAIT);
	/* One in NET_PONG_MS; a machine that is busy may take seconds for all this. */
	assert_true(n >= 2 && n <= 2 * (GUARD_MS / NET_PONG_MS + 1));
	close(fd);
	world_close(&world);
}

static void nobody_listens(void **state)
{
	struct world world;
	struct net_addr there;

	(void)state;
	world_open(&world);
	world_listen(&world, "127.0.0.1");
	there = *net_listener_local(world.listener);
	net_listener_close(world.listener);
	world.listener = NULL;
	world_connect_to(&world, &there, NULL, 0);
	assert_int_equal(world.client.closed, 0); /* never from within */
	world_run(&world, client_is_over);
	assert_int_equal(world.client.end.why, NET_END_ERROR);
	assert_int_equal(world.client.end.error, ECONNREFUSED);
	assert_false(world.client.end.opened);
	world_close(&world);
}

/* B10: a listener whose queue is full answers no more. */
static void nothing_answers_the_request(void **state)
{
	struct world world;
	struct net_addr local;
	socklen_t n = sizeof(local);
	int fds[8];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	world_open(&world);
	net_addr_parse(SLICE("127.0.0.1"), 0, &local);
	assert_int_equal(bind(fd, &local.any, net_addr_len(&local)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, &local.any, &n), 0);
	for (unsigned i = 0; i < 8; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], &local.any, net_addr_len(&local));
	}
	world_connect_to(&world, &local, NULL, 50);
	world_run(&world, client_is_over);
	assert_int_equal(world.client.end.why, NET_END_SILENCE);
	for (unsigned i = 0; i < 8; i++)
		close(fds[i]);
	close(fd);
	world_close(&world);
}

/* B08 */
static void a_reset_ends_it(void **state)
{
	const struct linger now = { 1, 0 };
	struct world world;
	int fd;

	(void)state;
	open_raw(&world, &fd);
	raw_send(fd, "SIP/2.0 200 OK\r\nContent-", 24);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	world_run(&world, server_is_over);
	assert_int_equal(world.server.end.why, NET_END_ERROR);
	assert_int_equal(world.server.end.error, ECONNRESET);
	assert_int_equal(world.server.messages, 0);
	world_close(&world);
}

/* B09: what a peer that reads nothing is sent has a limit. */
static void what_nobody_reads_has_a_limit(void **state)
{
	static const char text[16384];
	struct world world;
	size_t taken = 0;
	int fd, r = 0;

	(void)state;
	open_raw(&world, &fd);
	while (taken < (64u << 20) &&
	       (r = net_stream_send(world.server.stream, slice_of(text, sizeof(text)))) == 0)
		taken += sizeof(text);
	assert_int_equal(r, -ENOBUFS);
	close(fd);
	world_close(&world);
}

static bool client_is_gone(struct world *world)
{
	return !world->client.stream && world->accepted;
}

static void a_stream_may_be_closed_from_its_own_callbacks(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_listen(&world, "127.0.0.1");
	world.client.closes_at_open = true;
	world_connect(&world, NULL);
	world_run(&world, client_is_gone);
	assert_int_equal(world.client.closed, 0);
	world.client.closes_at_open = false;
	net_stream_close(world.server.stream);
	world.server.stream = NULL;
	world_connect(&world, NULL);
	world_run(&world, client_is_open);
	world.client.closes_at_message = true;
	assert_int_equal(net_stream_send(world.server.stream, SLICE(REGISTERS REGISTERS)), 0);
	world_run(&world, client_is_gone);
	assert_int_equal(world.client.messages, 1);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_goes_over_ipv4),
		cmocka_unit_test(a_message_goes_over_ipv6),
		cmocka_unit_test(a_message_comes_a_byte_at_a_time),
		cmocka_unit_test(ten_messages_come_in_one_segment),
		cmocka_unit_test(what_is_no_sip_closes_the_connection),
		cmocka_unit_test(headers_without_an_end_are_cut_off),
		cmocka_unit_test(a_ping_is_answered),
		cmocka_unit_test(pings_by_the_thousand_get_few_answers),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(nothing_answers_the_request),
		cmocka_unit_test(a_reset_ends_it),
		cmocka_unit_test(what_nobody_reads_has_a_limit),
		cmocka_unit_test(a_stream_may_be_closed_from_its_own_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
