/* test/unit/dns/dns_test.c: look-ups that need no name server, by literal address and from a
 * getaddrinfo() that this file puts in the place of libc's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns.h"
#include "net/net.h"

#define GUARD_MS 10000

/* "held.test" answers when the gate is opened; "many.test" has more addresses than are taken, some
 * of them twice; "other.test" has one of a family that is none of ours; a host of the table fails;
 * anything else has one address. */
static sem_t gate, entered;

static const struct {
	const char *host;
	int code;
	enum dns_result result;
} failures[] = {
	{ "unknown.test", EAI_NONAME, DNS_UNKNOWN },  { "empty.test", EAI_NODATA, DNS_EMPTY },
	{ "family.test", EAI_ADDRFAMILY, DNS_EMPTY }, { "silent.test", EAI_AGAIN, DNS_SILENT },
	{ "failed.test", EAI_FAIL, DNS_FAILED },      { "memory.test", EAI_MEMORY, DNS_FAILED },
	{ "system.test", EAI_SYSTEM, DNS_FAILED },
};

#define FAILURE_COUNT (sizeof(failures) / sizeof(failures[0]))

static struct addrinfo *one(struct addrinfo *next, int family, unsigned last)
{
	struct addrinfo *info = calloc(1, sizeof(*info));
	struct net_addr *addr = calloc(1, sizeof(*addr));
	char text[32];

	assert_true(info && addr);
	if (family == AF_INET)
		snprintf(text, sizeof(text), "192.0.2.%u", last);
	else
		snprintf(text, sizeof(text), "2001:db8::%u", last);
	assert_int_equal(net_addr_parse(slice_str(text), 0, addr), 0);
	if (family == AF_UNIX)
		addr->any.sa_family = AF_UNIX;
	*info = (struct addrinfo){
		.ai_family = family,
		.ai_addr = &addr->any,
		.ai_addrlen = net_addr_len(addr),
		.ai_next = next,
	};
	return info;
}

static struct addrinfo *many(void)
{
	struct addrinfo *list = NULL;

	for (unsigned i = 20; i > 0; i--) {
		list = one(list, AF_INET, i);
		list = one(list, AF_INET6, i);
		list = one(list, AF_INET6, i);
	}
	return list;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_list)
{
	(void)service;
	(void)hints;
	for (size_t i = 0; i < FAILURE_COUNT; i++)
		if (strcmp(host, failures[i].host) == 0)
			return failures[i].code;
	if (strcmp(host, "held.test") == 0) {
		sem_post(&entered);
		sem_wait(&gate);
	}
	if (strcmp(host, "many.test") == 0)
		*ret_list = many();
	else if (strcmp(host, "other.test") == 0)
		*ret_list = one(NULL, AF_UNIX, 1);
	else
		*ret_list = one(NULL, AF_INET, 1);
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_addr);
		free(list);
		list = next;
	}
}

struct world {
	struct net *net;
	struct dns *dns;
	struct net_timer *guard;
	unsigned answers, want;
	bool timed_out;
	bool within; /* dns_locate() has not returned */
};

/* What one query was told. */
struct told {
	struct world *world;
	struct dns_query *query;
	unsigned answers;
	enum dns_result result;
	unsigned count;
	struct dns_target targets[DNS_TARGETS_MAX];
	struct told *cancels; /* to cancel when this one is told */
	const char *asks;     /* to look up when this one is told */
};

static void ask(struct told *told, struct world *world, const char *host, uint16_t port,
                enum dns_transport transport);

static void on_found(void *ctx, enum dns_result result, const struct dns_target *targets,
                     unsigned count)
{
	struct told *told = ctx;
	struct world *world = told->world;
	const char *asks = told->asks;

	assert_false(world->within);
	assert_true(count <= DNS_TARGETS_MAX);
	assert_int_equal(targets != NULL, count != 0);
	assert_int_equal(result == DNS_FOUND, count != 0);
	told->answers++;
	told->result = result;
	told->count = count;
	for (unsigned i = 0; targets && i < count; i++)
		told->targets[i] = targets[i];
	if (told->cancels)
		dns_cancel(told->cancels->query);
	told->cancels = NULL;
	told->asks = NULL;
	if (asks)
		ask(told, world, asks, 0, DNS_UDP);
	if (++world->answers == world->want)
		net_stop(world->net);
}

static void ask(struct told *told, struct world *world, const char *host, uint16_t port,
                enum dns_transport transport)
{
	const struct dns_where where = { slice_str(host), port, transport };

	told->world = world;
	world->within = true;
	assert_int_equal(dns_locate(world->dns, &where, on_found, told, &told->query), 0);
	world->within = false;
}

static void on_guard(void *ctx)
{
	struct world *world = ctx;

	world->timed_out = true;
	net_stop(world->net);
}

static void world_open(struct world *world)
{
	*world = (struct world){ 0 };
	assert_int_equal(sem_init(&gate, 0, 0), 0);
	assert_int_equal(sem_init(&entered, 0, 0), 0);
	assert_int_equal(net_new(&world->net), 0);
	assert_int_equal(dns_new(world->net, &world->dns), 0);
	assert_int_equal(net_timer_new(world->net, on_guard, world, &world->guard), 0);
}

/* Runs until want answers are there. */
static void world_run(struct world *world, unsigned want)
{
	world->want = want;
	net_timer_set(world->guard, net_now_ms(world->net) + GUARD_MS);
	assert_int_equal(net_run(world->net), 0);
	net_timer_set(world->guard, NET_NEVER);
	assert_false(world->timed_out);
	assert_int_equal(world->answers, want);
}

static void world_close(struct world *world)
{
	dns_free(world->dns);
	net_timer_free(world->guard);
	net_free(world->net);
}

static void is_target(const struct dns_target *target, const char *host, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(host), port, &addr), 0);
	assert_true(net_addr_equal(&target->addr, &addr));
}

static void literal_addresses_need_no_name_server(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		enum dns_transport transport;
		uint16_t found_port;
	} rows[] = {
		{ "192.0.2.7", 0, DNS_UDP, 5060 },   { "192.0.2.7", 5070, DNS_UDP, 5070 },
		{ "192.0.2.7", 0, DNS_TCP, 5060 },   { "192.0.2.7", 0, DNS_TLS, 5061 },
		{ "2001:db8::7", 0, DNS_UDP, 5060 }, { "[2001:db8::7]", 5070, DNS_TLS, 5070 },
	};
	struct told told[sizeof(rows) / sizeof(rows[0])] = { 0 };
	const unsigned count = sizeof(rows) / sizeof(rows[0]);
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < count; i++)
		ask(&told[i], &world, rows[i].host, rows[i].port, rows[i].transport);
	world_run(&world, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(told[i].result, DNS_FOUND);
		assert_int_equal(told[i].count, 1);
		is_target(&told[i].targets[0], rows[i].host, rows[i].found_port);
		assert_int_equal(told[i].targets[0].transport, rows[i].transport);
	}
	world_close(&world);
}

static void a_name_is_looked_up(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	ask(&told, &world, "pbx.test", 0, DNS_TLS);
	world_run(&world, 1);
	assert_int_equal(told.result, DNS_FOUND);
	is_target(&told.targets[0], "192.0.2.1", 5061);
	assert_int_equal(told.targets[0].transport, DNS_TLS);
	world_close(&world);
}

static void each_failure_has_its_result(void **state)
{
	struct told told[FAILURE_COUNT] = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < FAILURE_COUNT; i++)
		ask(&told[i], &world, failures[i].host, 0, DNS_UDP);
	world_run(&world, FAILURE_COUNT);
	for (unsigned i = 0; i < FAILURE_COUNT; i++) {
		assert_int_equal(told[i].result, failures[i].result);
		assert_int_equal(told[i].count, 0);
	}
	world_close(&world);
}

static void the_order_is_kept_and_doubles_are_dropped(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	ask(&told, &world, "many.test", 5070, DNS_UDP);
	world_run(&world, 1);
	assert_int_equal(told.count, DNS_TARGETS_MAX);
	for (unsigned i = 0; i < DNS_TARGETS_MAX; i++) {
		char host[32];

		snprintf(host, sizeof(host), i % 2 ? "192.0.2.%u" : "2001:db8::%u", i / 2 + 1);
		is_target(&told.targets[i], host, 5070);
	}
	world_close(&world);
}

static void an_answer_without_an_address_is_empty(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	ask(&told, &world, "other.test", 0, DNS_UDP);
	world_run(&world, 1);
	assert_int_equal(told.result, DNS_EMPTY);
	world_close(&world);
}

static void more_names_than_threads_are_all_answered(void **state)
{
	struct told told[40] = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 40; i++)
		ask(&told[i], &world, i < 8 ? "held.test" : "pbx.test", 0, DNS_UDP);
	for (unsigned i = 0; i < 8; i++)
		sem_wait(&entered);
	for (unsigned i = 0; i < 8; i++)
		sem_post(&gate);
	world_run(&world, 40);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(told[i].answers, 1);
	world_close(&world);
}

static void a_cancelled_literal_is_not_told(void **state)
{
	struct told told[3] = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 3; i++)
		ask(&told[i], &world, "192.0.2.7", 0, DNS_UDP);
	dns_cancel(told[2].query);
	dns_cancel(told[0].query);
	world_run(&world, 1);
	assert_int_equal(told[1].answers, 1);
	assert_int_equal(told[0].answers + told[2].answers, 0);
	world_close(&world);
}

/* With all threads held, others wait: some of those are cancelled from the front, the middle and
 * the end of the queue. */
static void a_cancelled_name_is_not_told_whether_begun_or_not(void **state)
{
	struct told told[13] = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 8; i++)
		ask(&told[i], &world, "held.test", 0, DNS_UDP);
	for (unsigned i = 0; i < 8; i++)
		sem_wait(&entered);
	for (unsigned i = 8; i < 12; i++)
		ask(&told[i], &world, "pbx.test", 0, DNS_UDP);
	dns_cancel(told[3].query);
	dns_cancel(told[8].query);
	dns_cancel(told[10].query);
	dns_cancel(told[11].query);
	ask(&told[12], &world, "pbx.test", 0, DNS_UDP);
	for (unsigned i = 0; i < 8; i++)
		sem_post(&gate);
	world_run(&world, 9);
	for (unsigned i = 0; i < 13; i++)
		assert_int_equal(told[i].answers, i != 3 && i != 8 && i != 10 && i != 11);
	world_close(&world);
}

static void an_answer_may_cancel_another_query(void **state)
{
	static const char *const hosts[] = { "192.0.2.7", "pbx.test" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct told told[2] = { 0 };
		struct world world;

		world_open(&world);
		ask(&told[0], &world, hosts[i], 0, DNS_UDP);
		ask(&told[1], &world, hosts[i], 0, DNS_UDP);
		told[0].cancels = &told[1];
		told[1].cancels = &told[0];
		world_run(&world, 1);
		assert_int_equal(told[0].answers + told[1].answers, 1);
		world_close(&world);
	}
}

static void an_answer_may_ask_again(void **state)
{
	static const char *const hosts[] = { "192.0.2.7", "pbx.test" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct told told = { .asks = hosts[i & 1] };
		struct world world;

		world_open(&world);
		ask(&told, &world, hosts[i >> 1], 0, DNS_UDP);
		world_run(&world, 2);
		assert_int_equal(told.answers, 2);
		world_close(&world);
	}
}

/* The run must not wait for a look-up that nobody wants, nor must the end of the net; the thread
 * that is at it outlives both, and frees what it has. */
static void a_cancelled_query_holds_up_nothing(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world);
	ask(&told, &world, "held.test", 0, DNS_UDP);
	sem_wait(&entered);
	dns_cancel(told.query);
	assert_int_equal(net_run(world.net), 0);
	world_close(&world);
	assert_int_equal(told.answers, 0);
	sem_post(&gate);
}

static void what_is_no_host_is_refused(void **state)
{
	static char longest[256];
	const struct slice rows[] = {
		SLICE(""),
		SLICE("pbx\0.test"),
		slice_of(longest, sizeof(longest)),
	};
	struct world world;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	world_open(&world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dns_where where = { rows[i], 0, DNS_UDP };
		struct dns_query *query = NULL;

		assert_int_equal(dns_locate(world.dns, &where, on_found, NULL, &query), -EINVAL);
		assert_null(query);
	}
	world_close(&world);
	dns_free(NULL);
}

static void transports_have_names(void **state)
{
	(void)state;
	assert_string_equal(dns_transport_name(DNS_UDP), "udp");
	assert_string_equal(dns_transport_name(DNS_TCP), "tcp");
	assert_string_equal(dns_transport_name(DNS_TLS), "tls");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal_addresses_need_no_name_server),
		cmocka_unit_test(a_name_is_looked_up),
		cmocka_unit_test(each_failure_has_its_result),
		cmocka_unit_test(the_order_is_kept_and_doubles_are_dropped),
		cmocka_unit_test(an_answer_without_an_address_is_empty),
		cmocka_unit_test(more_names_than_threads_are_all_answered),
		cmocka_unit_test(a_cancelled_literal_is_not_told),
		cmocka_unit_test(a_cancelled_name_is_not_told_whether_begun_or_not),
		cmocka_unit_test(an_answer_may_cancel_another_query),
		cmocka_unit_test(an_answer_may_ask_again),
		cmocka_unit_test(a_cancelled_query_holds_up_nothing),
		cmocka_unit_test(what_is_no_host_is_refused),
		cmocka_unit_test(transports_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
