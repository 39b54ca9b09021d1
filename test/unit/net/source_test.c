/* test/unit/net/source_test.c: what is sent from, by an interface's name and by an address, as the
 * kernel of this machine has it: "lo" is everywhere. Interfaces that come and go are
 * test/peer/netns.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

#define GUARD_MS 10000

static struct net_addr addr_of(const char *text, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(text), port, &addr), 0);
	return addr;
}

static struct net_interface over(const char *text)
{
	struct net_interface interface;

	assert_int_equal(net_interface_parse(slice_str(text), &interface), 0);
	return interface;
}

static int setup(void **state)
{
	return net_new((struct net **)state);
}

static int teardown(void **state)
{
	net_free(*state);
	return 0;
}

static void a_way_shows_its_interface_and_its_source(void **state)
{
	struct net_addr to = addr_of("127.0.0.1", 5060), six = addr_of("::1", 0);
	struct net_interface lo = over("lo");
	struct net_way way, again;

	assert_int_equal(net_way_for(*state, NULL, &to, &way), 0);
	assert_int_equal(way.out, if_nametoindex("lo"));
	assert_int_equal(way.source.device, 0);
	assert_true(net_addr_same_host(&way.source.addr, &to));
	assert_int_equal(net_addr_port(&way.source.addr), 0);
	assert_int_equal(net_way_for(*state, NULL, &to, &again), 0);
	assert_true(net_way_equal(&way, &again));
	again.router[0]++;
	assert_false(net_way_equal(&way, &again));
	assert_int_equal(net_way_for(*state, &lo, &to, &again), 0);
	assert_int_equal(again.source.device, if_nametoindex("lo"));
	assert_false(net_way_equal(&way, &again));
	if (net_way_for(*state, NULL, &six, &way) == 0)
		assert_int_equal(way.out, if_nametoindex("lo"));
	lo = over("none-such0");
	assert_int_equal(net_way_for(*state, &lo, &to, &way), -ENODEV);
}

static void a_link_local_address_needs_the_name_of_an_interface(void **state)
{
	struct net_addr to = addr_of("fe80::1", 5060);
	struct net_interface address = over("::1");
	struct net_source source;

	assert_int_equal(net_source_for(*state, NULL, &to, &source), -EDESTADDRREQ);
	assert_int_equal(net_source_for(*state, &address, &to, &source), -EDESTADDRREQ);
}

static void a_name_and_an_address_are_told_apart(void **state)
{
	struct net_interface interface = over("eth0"), kept = interface;

	(void)state;
	assert_string_equal(interface.name, "eth0");
	assert_int_equal(interface.addr.any.sa_family, 0);
	interface = over("192.0.2.7");
	assert_string_equal(interface.name, "");
	assert_int_equal(interface.addr.any.sa_family, AF_INET);
	interface = over("[2001:db8::7]");
	assert_int_equal(interface.addr.any.sa_family, AF_INET6);
	assert_int_equal(net_interface_parse(SLICE("eth0:1"), &kept), -EINVAL);
	assert_string_equal(kept.name, "eth0");
}

static void a_name_gives_its_address_and_its_number(void **state)
{
	struct net_addr to = addr_of("127.0.0.9", 5060);
	struct net_interface lo = over("lo");
	struct net_source source;

	assert_int_equal(net_source_for(*state, &lo, &to, &source), 0);
	assert_int_equal(source.addr.any.sa_family, AF_INET);
	assert_int_equal(net_addr_port(&source.addr), 0);
	assert_int_equal(source.device, if_nametoindex("lo"));
}

static void an_address_is_its_own_source(void **state)
{
	struct net_addr to = addr_of("127.0.0.1", 5060), want = addr_of("127.0.0.77", 0);
	struct net_interface address = over("127.0.0.77");
	struct net_source source;

	assert_int_equal(net_source_for(*state, &address, &to, &source), 0);
	assert_true(net_addr_equal(&source.addr, &want));
	assert_int_equal(source.device, 0);
}

static void what_is_not_there_is_said(void **state)
{
	static const struct {
		const char *over, *to;
		int error;
	} rows[] = {
		{ "no-such-device", "127.0.0.1", ENODEV },
		{ "198.51.100.77", "127.0.0.1", ENODEV }, /* TEST-NET-2: no machine has it */
		{ "127.0.0.1", "::1", EPFNOSUPPORT },     /* the other family */
		{ "198.51.100.77", "::1", ENODEV },       /* not there, whatever its family */
		{ "lo", "fe80::1", EPFNOSUPPORT },        /* lo has no link-local address */
	};
	struct net_source source = { .device = 4711 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct net_interface interface = over(rows[i].over);
		struct net_addr to = addr_of(rows[i].to, 5060);
		int r = net_source_for(*state, &interface, &to, &source);

		if (r == -EAFNOSUPPORT && to.any.sa_family == AF_INET6)
			continue; /* a machine without IPv6 */
		assert_int_equal(r, -rows[i].error);
		assert_int_equal(source.device, 4711);
	}
}

/* ---- connections */

struct call {
	struct net *net;
	struct net_listener *listener;
	struct net_stream *here, *there;
	bool opened, timed_out;
};

static void on_accept(void *ctx, struct net_stream *stream)
{
	struct call *call = ctx;

	call->there = stream;
	if (call->opened)
		net_stop(call->net);
}

static void on_opened(void *ctx)
{
	struct call *call = ctx;

	call->opened = true;
	if (call->there)
		net_stop(call->net);
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	(void)ctx;
	fail_msg("closed: %s", net_end_text(end->why));
}

static void on_message(void *ctx, struct slice bytes)
{
	(void)ctx;
	(void)bytes;
}

static void on_guard(void *ctx)
{
	struct call *call = ctx;

	call->timed_out = true;
	net_stop(call->net);
}

static void a_connection_is_made_from_where_it_shall_be(void **state)
{
	static const struct net_stream_handler handler = { on_opened, on_message, NULL, on_closed };
	struct net_addr local = addr_of("127.0.0.1", 0), from = addr_of("127.0.0.77", 0);
	struct net_source source = { .addr = from, .device = if_nametoindex("lo") };
	struct call call = { .net = *state };
	struct net_stream_cfg cfg = { .from = &source };
	struct net_timer *guard;

	assert_int_equal(net_timer_new(call.net, on_guard, &call, &guard), 0);
	net_timer_set(guard, net_now_ms(call.net) + GUARD_MS);
	assert_int_equal(
		net_listener_open(call.net, &local, NULL, on_accept, &call, &call.listener), 0);
	cfg.to = *net_listener_local(call.listener);
	assert_int_equal(net_stream_connect(call.net, &cfg, &handler, &call, &call.here), 0);
	net_run(call.net);
	assert_false(call.timed_out);
	assert_true(net_addr_same_host(net_stream_local(call.here), &from));
	assert_true(net_addr_same_host(net_stream_peer(call.there), &from));
	net_stream_close(call.here);
	net_stream_close(call.there);
	net_listener_close(call.listener);
	net_timer_free(guard);
}

static void a_connection_from_an_address_that_is_gone_is_none(void **state)
{
	static const struct net_stream_handler handler = { on_opened, on_message, NULL, on_closed };
	struct net_source source = { .addr = addr_of("198.51.100.77", 0) };
	struct net_stream_cfg cfg = { .from = &source, .to = addr_of("127.0.0.1", 5060) };
	struct net_stream *stream = NULL;

	assert_int_equal(net_stream_connect(*state, &cfg, &handler, NULL, &stream), -ENODEV);
	assert_null(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_and_an_address_are_told_apart),
		cmocka_unit_test(a_link_local_address_needs_the_name_of_an_interface),
		cmocka_unit_test(a_way_shows_its_interface_and_its_source),
		cmocka_unit_test(a_name_gives_its_address_and_its_number),
		cmocka_unit_test(an_address_is_its_own_source),
		cmocka_unit_test(what_is_not_there_is_said),
		cmocka_unit_test(a_connection_is_made_from_where_it_shall_be),
		cmocka_unit_test(a_connection_from_an_address_that_is_gone_is_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
