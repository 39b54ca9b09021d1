/* sim_test.c: the sim keeps the promises of net/net.h and dns/dns.h, and its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

struct diary {
	char text[256];
	size_t n;
	struct net *net;
	struct net_udp *udp;
	struct net_timer *again;
};

static void note(struct diary *diary, const char *word)
{
	diary->n += (size_t)snprintf(diary->text + diary->n, sizeof(diary->text) - diary->n, "%s ",
	                             word);
}

static void on_a(void *ctx)
{
	note(ctx, "a");
}

static void on_b(void *ctx)
{
	note(ctx, "b");
}

static void on_again(void *ctx)
{
	struct diary *diary = ctx;

	note(diary, "again");
	net_timer_set(diary->again, net_now_ms(diary->net) + 10);
}

static struct net_addr addr_of(const char *text, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(text), port, &addr), 0);
	return addr;
}

static void timers_fire_in_order_of_time_then_of_setting(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_timer *a, *b;

	(void)state;
	assert_int_equal(net_new(&diary.net), 0);
	assert_int_equal(net_timer_new(diary.net, on_a, &diary, &a), 0);
	assert_int_equal(net_timer_new(diary.net, on_b, &diary, &b), 0);
	net_timer_set(b, SIM_BEGIN_MS + 5);
	net_timer_set(a, SIM_BEGIN_MS + 5);
	sim_run_until(diary.net, SIM_BEGIN_MS + 4);
	assert_string_equal(diary.text, "");
	sim_run_until(diary.net, SIM_BEGIN_MS + 5);
	assert_string_equal(diary.text, "b a ");
	net_timer_set(a, SIM_BEGIN_MS + 9);
	net_timer_set(b, SIM_BEGIN_MS + 8);
	net_timer_set(a, NET_NEVER);
	sim_run_until(diary.net, SIM_BEGIN_MS + 20);
	assert_string_equal(diary.text, "b a b ");
	assert_int_equal(net_now_ms(diary.net), SIM_BEGIN_MS + 20);
	assert_int_equal(net_wall_ms(diary.net), SIM_BEGIN_WALL_MS + 20);
	assert_int_equal(sim_open_timers(diary.net), 2);
	net_timer_free(a);
	net_timer_free(b);
	assert_int_equal(sim_open_timers(diary.net), 0);
	net_free(diary.net);
}

static void a_timer_can_set_itself_again(void **state)
{
	struct diary diary = { .n = 0 };

	(void)state;
	net_new(&diary.net);
	net_timer_new(diary.net, on_again, &diary, &diary.again);
	net_timer_set(diary.again, 0);
	sim_run_until(diary.net, SIM_BEGIN_MS + 25);
	assert_string_equal(diary.text, "again again again ");
	net_timer_free(diary.again);
	net_free(diary.net);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct diary *diary = ctx;
	char word[32];

	snprintf(word, sizeof(word), "%u:%.*s", net_addr_port(from), (int)bytes.n, bytes.p);
	note(diary, word);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	struct diary *diary = ctx;
	char word[32];

	snprintf(word, sizeof(word), "error%d:%u:%.*s", error, net_addr_port(to), (int)sent.n,
	         sent.p);
	note(diary, word);
}

static void on_batch_end(void *ctx)
{
	note(ctx, "end");
}

static const struct net_udp_handler handler = { on_datagram, on_error, on_batch_end };

static void open_socket(struct diary *diary)
{
	struct net_addr any = addr_of("0.0.0.0", 0);

	net_new(&diary->net);
	assert_int_equal(net_udp_open(diary->net, &any, &handler, diary, &diary->udp), 0);
}

static void close_socket(struct diary *diary)
{
	net_udp_close(diary->udp);
	assert_int_equal(sim_open_sockets(diary->net), 0);
	net_free(diary->net);
}

static void what_is_sent_waits_in_the_queue_with_its_time(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_addr to = addr_of("192.0.2.9", 5060);
	struct sim_datagram *taken;

	(void)state;
	open_socket(&diary);
	assert_int_equal(net_addr_port(net_udp_local(diary.udp)), SIM_PORT_FIRST);
	sim_run_until(diary.net, SIM_BEGIN_MS + 7);
	assert_int_equal(net_udp_send(diary.udp, &to, SLICE("one")), 0);
	assert_int_equal(net_udp_send(diary.udp, &to, SLICE("two")), 0);
	assert_int_equal(sim_run_to_send(diary.net, SIM_BEGIN_MS + 99), SIM_SENT);
	taken = sim_sent_take(diary.net);
	assert_string_equal(taken->bytes, "one");
	assert_int_equal(taken->at_ms, SIM_BEGIN_MS + 7);
	assert_true(net_addr_equal(&taken->to, &to));
	free(taken);
	assert_string_equal(sim_sent(diary.net)->bytes, "two");
	close_socket(&diary);
}

static void a_datagram_above_the_limit_is_refused(void **state)
{
	static char large[NET_SEND_MAX + 1];
	struct diary diary = { .n = 0 };
	struct net_addr to = addr_of("192.0.2.9", 5060);

	(void)state;
	open_socket(&diary);
	assert_int_equal(net_udp_send(diary.udp, &to, slice_of(large, sizeof(large))), -EMSGSIZE);
	assert_null(sim_sent(diary.net));
	close_socket(&diary);
}

static void what_comes_in_reaches_the_handler_and_ends_its_batch(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_addr from = addr_of("192.0.2.9", 5070);

	(void)state;
	open_socket(&diary);
	assert_true(sim_receive(diary.net, diary.udp, &from, SLICE("hello")));
	assert_true(sim_icmp(diary.net, diary.udp, &from, ECONNREFUSED, SLICE("sent")));
	assert_string_equal(diary.text, "5070:hello end error111:5070:sent ");
	diary.n = 0;
	sim_batch_begin(diary.net);
	assert_true(sim_receive(diary.net, diary.udp, &from, SLICE("one")));
	assert_true(sim_receive(diary.net, diary.udp, &from, SLICE("two")));
	sim_batch_end(diary.net);
	assert_string_equal(diary.text, "5070:one 5070:two end ");
	close_socket(&diary);
}

static void a_failing_send_tells_the_handler_in_a_later_turn(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_addr to = addr_of("192.0.2.9", 5060);

	(void)state;
	open_socket(&diary);
	sim_send_fail(diary.net, 2, EPERM);
	net_udp_send(diary.udp, &to, SLICE("one"));
	net_udp_send(diary.udp, &to, SLICE("two"));
	assert_string_equal(diary.text, "");
	free(sim_sent_take(diary.net));
	assert_int_equal(sim_run_to_send(diary.net, SIM_BEGIN_MS), SIM_IDLE);
	assert_string_equal(diary.text, "error1:5060:two ");
	sim_route_cut(diary.net);
	net_udp_send(diary.udp, &to, SLICE("three"));
	close_socket(&diary); /* with the refusal still on its way */
}

static void a_failing_open_fails_once(void **state)
{
	struct net_addr local = addr_of("192.0.2.1", 5060);
	struct net_udp *udp, *other;
	struct net *net;

	(void)state;
	net_new(&net);
	sim_open_fail(net, 1, EADDRNOTAVAIL);
	assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), -EADDRNOTAVAIL);
	assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, NULL, &other), -EADDRINUSE);
	assert_ptr_equal(sim_udp_of(net, AF_INET), udp);
	assert_null(sim_udp_of(net, AF_INET6));
	net_udp_close(udp);
	net_free(net);
}

static void the_source_follows_the_family_and_the_route(void **state)
{
	struct net_addr v4 = addr_of("198.51.100.1", 5060), v6 = addr_of("2001:db8::9", 5060);
	struct net_addr set = addr_of("10.0.0.5", 0);
	struct net_source got;
	struct net *net;

	(void)state;
	net_new(&net);
	assert_int_equal(net_source_for(net, NULL, &v6, &got), 0);
	assert_int_equal(got.addr.any.sa_family, AF_INET6);
	sim_source_set(net, &set);
	assert_int_equal(net_source_for(net, NULL, &v4, &got), 0);
	assert_true(net_addr_same_host(&got.addr, &set));
	sim_route_cut(net);
	assert_int_equal(net_source_for(net, NULL, &v4, &got), -ENETUNREACH);
	sim_route_mend(net);
	assert_int_equal(net_source_for(net, NULL, &v4, &got), 0);
	net_free(net);
}

static void an_interface_gives_its_own_address_as_long_as_it_is_there(void **state)
{
	struct net_addr v4 = addr_of("198.51.100.1", 5060), v6 = addr_of("2001:db8::9", 5060);
	struct net_addr own = addr_of("10.0.0.5", 0);
	struct net_interface name, address;
	struct net_source got;
	struct net *net;

	(void)state;
	net_new(&net);
	assert_int_equal(net_interface_parse(SLICE("eth1"), &name), 0);
	assert_int_equal(net_interface_parse(SLICE("10.0.0.5"), &address), 0);
	assert_int_equal(net_source_for(net, &name, &v4, &got), -ENODEV);
	assert_int_equal(net_source_for(net, &address, &v4, &got), -ENODEV);
	assert_int_equal(net_source_for(net, &address, &v6, &got), -ENODEV);
	assert_true(sim_device_set(net, "eth1", &own, NULL));
	assert_int_equal(net_source_for(net, &name, &v4, &got), 0);
	assert_true(net_addr_same_host(&got.addr, &own));
	assert_int_equal(got.device, 1);
	assert_int_equal(net_source_for(net, &address, &v4, &got), 0);
	assert_int_equal(got.device, 0);
	assert_int_equal(net_source_for(net, &name, &v6, &got), -EPFNOSUPPORT);
	assert_int_equal(net_source_for(net, &address, &v6, &got), -EPFNOSUPPORT);
	assert_true(sim_device_set(net, "eth1", NULL, NULL));
	assert_int_equal(net_source_for(net, &name, &v4, &got), -ENOLINK);
	sim_device_remove(net, "eth1");
	assert_int_equal(net_source_for(net, &name, &v4, &got), -ENODEV);
	net_free(net);
}

static void on_found(void *ctx, const struct dns_answer *answer)
{
	struct diary *diary = ctx;
	char word[32];

	snprintf(word, sizeof(word), "%d:%u:%u", (int)answer->result, answer->count,
	         answer->count ? net_addr_port(&answer->targets[answer->count - 1].addr) : 0);
	note(diary, word);
}

/* pbx.example has an address of IPv4, and one of IPv6 where it has both. */
static struct dns *open_names(struct diary *diary, bool both)
{
	struct net_addr one = addr_of("192.0.2.10", 0), two = addr_of("2001:db8::10", 0);
	struct dns *dns;

	net_new(&diary->net);
	assert_int_equal(dns_new(diary->net, &dns), 0);
	sim_name_address(diary->net, "pbx.example", &one);
	if (both)
		sim_name_address(diary->net, "pbx.example", &two);
	return dns;
}

static void names_are_answered_from_the_loop_after_their_delay(void **state)
{
	struct dns_where where = { .host = SLICE("PBX.example") };
	struct diary diary = { .n = 0 };
	struct dns_query *query;
	struct dns *dns;

	(void)state;
	dns = open_names(&diary, true);
	sim_name_delay(diary.net, "pbx.example", 50);
	assert_int_equal(dns_locate(dns, &where, on_found, &diary, &query), 0);
	sim_run_until(diary.net, SIM_BEGIN_MS + 49);
	assert_string_equal(diary.text, "");
	assert_int_equal(sim_open_queries(diary.net), 2); /* A and AAAA */
	sim_run_until(diary.net, SIM_BEGIN_MS + 50);
	assert_string_equal(diary.text, "0:2:5060 ");
	assert_int_equal(sim_open_queries(diary.net), 0);
	assert_int_equal(dns_locate(dns, &where, on_found, &diary, &query), 0);
	dns_cancel(query);
	sim_run_until(diary.net, SIM_BEGIN_MS + 500);
	assert_string_equal(diary.text, "0:2:5060 ");
	dns_free(dns);
	net_free(diary.net);
}

/* Whether the name servers are silent, or one family's answer is late alone. */
static void a_family_that_is_late_has_its_last_word(void **state)
{
	struct dns_where where = { .host = SLICE("pbx.example"), .srv = DNS_SRV_UNUSED };

	(void)state;
	for (unsigned down = 0; down < 2; down++) {
		struct diary diary = { .n = 0 };
		struct dns_query *query;
		struct dns *dns;

		dns = open_names(&diary, true);
		sim_name_ttl(diary.net, "pbx.example", 30);
		assert_int_equal(dns_locate(dns, &where, on_found, &diary, &query), 0);
		sim_run_until(diary.net, SIM_BEGIN_MS + 31000); /* its TTL is over */
		assert_string_equal(diary.text, "0:2:5060 ");
		sim_name_late(diary.net, "pbx.example", DNS_TYPE_AAAA, 5000);
		if (down)
			sim_names_down(diary.net, DNS_SILENT, 100);
		assert_int_equal(dns_locate(dns, &where, on_found, &diary, &query), 0);
		sim_run_until(diary.net, SIM_BEGIN_MS + 31000 + 2200);
		assert_string_equal(diary.text, "0:2:5060 0:2:5060 ");
		assert_int_equal(sim_open_queries(diary.net), 0);
		dns_free(dns);
		net_free(diary.net);
	}
}

/* Without one it is what there is. */
static void a_family_that_never_came_is_not_waited_for(void **state)
{
	struct dns_where where = { .host = SLICE("pbx.example"), .srv = DNS_SRV_UNUSED };
	struct diary diary = { .n = 0 };
	struct dns_query *query;
	struct dns *dns;

	(void)state;
	dns = open_names(&diary, false);
	sim_name_late(diary.net, "pbx.example", DNS_TYPE_AAAA, 60000);
	assert_int_equal(dns_locate(dns, &where, on_found, &diary, &query), 0);
	sim_run_until(diary.net, SIM_BEGIN_MS + 1999);
	assert_string_equal(diary.text, "");
	sim_run_until(diary.net, SIM_BEGIN_MS + 2000);
	assert_string_equal(diary.text, "0:1:5060 ");
	assert_int_equal(sim_open_queries(diary.net), 0);
	dns_free(dns);
	net_free(diary.net);
}

static void literals_need_no_table_and_strangers_are_remembered(void **state)
{
	struct dns_where literal = { .host = SLICE("[2001:db8::7]"), .port = 5070 };
	struct dns_where secure = { .host = SLICE("192.0.2.7"), .transport = DNS_TLS };
	struct dns_where stranger = { .host = SLICE("nobody.example") };
	struct dns_where empty = { .host = SLICE("") };
	struct diary diary = { .n = 0 };
	struct dns_query *query;
	struct dns *dns;

	(void)state;
	net_new(&diary.net);
	dns_new(diary.net, &dns);
	assert_int_equal(dns_locate(dns, &empty, on_found, &diary, &query), -EINVAL);
	dns_locate(dns, &literal, on_found, &diary, &query);
	dns_locate(dns, &secure, on_found, &diary, &query);
	sim_run_until(diary.net, SIM_BEGIN_MS);
	assert_string_equal(diary.text, "0:1:5070 0:1:5061 ");
	assert_null(sim_name_unlisted(diary.net));
	dns_locate(dns, &stranger, on_found, &diary, &query);
	sim_run_until(diary.net, SIM_BEGIN_MS);
	assert_string_equal(diary.text, "0:1:5070 0:1:5061 1:0:0 ");
	assert_string_equal(sim_name_unlisted(diary.net), "nobody.example");
	sim_name_result(diary.net, "nobody.example", DNS_SILENT);
	dns_locate(dns, &stranger, on_found, &diary, &query);
	sim_run_until(diary.net, SIM_BEGIN_MS);
	assert_string_equal(diary.text, "0:1:5070 0:1:5061 1:0:0 6:0:0 ");
	dns_free(dns);
	net_free(diary.net);
}

static void one_seed_gives_one_run(void **state)
{
	unsigned char a[16], b[16], c[16];
	struct net *net;

	(void)state;
	net_new(&net);
	sim_seed(net, 7);
	net_random(net, a, sizeof(a));
	sim_seed(net, 7);
	net_random(net, b, sizeof(b));
	sim_seed(net, 8);
	net_random(net, c, sizeof(c));
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	net_free(net);
}

static void the_nth_allocation_fails_and_only_that(void **state)
{
	uint64_t live = sim_memory_live(), calls = sim_memory_calls();
	void *volatile p, *volatile q;
	char *volatile copy;

	(void)state;
	sim_memory_fail(2);
	p = malloc(10);
	assert_non_null(p);
	q = realloc(p, 100000);
	assert_null(q);
	copy = strdup("text");
	assert_non_null(copy);
	assert_int_equal(sim_memory_live(), live + 2);
	assert_int_equal(sim_memory_calls(), calls + 3);
	free(p);
	free(copy);
	assert_int_equal(sim_memory_live(), live);
	free(sim_own(10));
	free(sim_own_text(SLICE("own")));
	assert_int_equal(sim_memory_live(), live);
	assert_int_equal(sim_memory_calls(), calls + 3);
}

static void thousands_of_blocks_are_told_apart(void **state)
{
	enum { COUNT = 5000 };
	void *volatile *blocks = sim_own(COUNT * sizeof(*blocks));
	uint64_t live = sim_memory_live();

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		blocks[i] = calloc(1, 1 + i % 64);
	assert_int_equal(sim_memory_live(), live + COUNT);
	for (unsigned i = 0; i < COUNT; i += 2)
		free(blocks[i]);
	assert_int_equal(sim_memory_live(), live + COUNT / 2);
	for (unsigned i = 1; i < COUNT; i += 2)
		free(blocks[i]);
	assert_int_equal(sim_memory_live(), live);
	free((void *)blocks);
}

static void on_signal(void *ctx, int signo)
{
	note(ctx, signo == 15 ? "term" : "other");
	net_stop(((struct diary *)ctx)->net);
}

static void on_raise(void *ctx)
{
	sim_signal(((struct diary *)ctx)->net, 15);
}

static void the_loop_runs_until_it_is_stopped(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_timer *raise_it, *later;
	struct net_signal *signal;

	(void)state;
	net_new(&diary.net);
	net_signal_new(diary.net, 15, on_signal, &diary, &signal);
	net_timer_new(diary.net, on_raise, &diary, &raise_it);
	net_timer_new(diary.net, on_a, &diary, &later);
	net_timer_set(raise_it, SIM_BEGIN_MS + 5);
	net_timer_set(later, SIM_BEGIN_MS + 6);
	assert_int_equal(net_run(diary.net), 0);
	assert_string_equal(diary.text, "term ");
	assert_int_equal(net_run(diary.net), 0);
	assert_string_equal(diary.text, "term a ");
	net_signal_free(signal);
	net_timer_free(raise_it);
	net_timer_free(later);
	net_free(diary.net);
}

static void on_bell(void *ctx)
{
	note(ctx, "bell");
}

static void a_bell_rings_once_in_a_later_turn(void **state)
{
	struct diary diary = { .n = 0 };
	struct net_async *async;

	(void)state;
	net_new(&diary.net);
	assert_int_equal(net_async_new(diary.net, on_bell, &diary, &async), 0);
	net_async_send(async);
	net_async_send(async);
	assert_string_equal(diary.text, "");
	sim_run_until(diary.net, SIM_BEGIN_MS);
	assert_string_equal(diary.text, "bell ");
	net_async_send(async);
	sim_run_until(diary.net, SIM_BEGIN_MS);
	assert_string_equal(diary.text, "bell bell ");
	assert_int_equal(sim_open_timers(diary.net), 1);
	net_async_free(async);
	assert_int_equal(sim_open_timers(diary.net), 0);
	net_free(diary.net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_of_time_then_of_setting),
		cmocka_unit_test(a_timer_can_set_itself_again),
		cmocka_unit_test(what_is_sent_waits_in_the_queue_with_its_time),
		cmocka_unit_test(a_datagram_above_the_limit_is_refused),
		cmocka_unit_test(what_comes_in_reaches_the_handler_and_ends_its_batch),
		cmocka_unit_test(a_failing_send_tells_the_handler_in_a_later_turn),
		cmocka_unit_test(a_failing_open_fails_once),
		cmocka_unit_test(the_source_follows_the_family_and_the_route),
		cmocka_unit_test(an_interface_gives_its_own_address_as_long_as_it_is_there),
		cmocka_unit_test(names_are_answered_from_the_loop_after_their_delay),
		cmocka_unit_test(a_family_that_is_late_has_its_last_word),
		cmocka_unit_test(a_family_that_never_came_is_not_waited_for),
		cmocka_unit_test(literals_need_no_table_and_strangers_are_remembered),
		cmocka_unit_test(one_seed_gives_one_run),
		cmocka_unit_test(the_nth_allocation_fails_and_only_that),
		cmocka_unit_test(thousands_of_blocks_are_told_apart),
		cmocka_unit_test(the_loop_runs_until_it_is_stopped),
		cmocka_unit_test(a_bell_rings_once_in_a_later_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
