/* dns_test: look-ups on the real loop, with c-ares, against a name server of the test (attacks E03
 * and E04; E06: nothing here ever blocks). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "dns/dns.h"
#include "unit/dns/server.h"

#define GUARD_MS 30000

struct world {
	struct net *net;
	struct dns *dns;
	struct net_timer *guard;
	struct server server;
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
	bool stale;
	char service[300];
	struct dns_target targets[DNS_TARGETS_MAX];
	struct told *cancels; /* to cancel when this one is told */
	const char *asks;     /* to look up when this one is told */
};

static void ask(struct told *told, struct world *world, const char *host, uint16_t port,
                enum dns_transport transport);

static void on_found(void *ctx, const struct dns_answer *answer)
{
	struct told *told = ctx;
	struct world *world = told->world;
	const char *asks = told->asks;

	assert_false(world->within);
	assert_true(answer->count <= DNS_TARGETS_MAX);
	assert_int_equal(answer->targets != NULL, answer->count != 0);
	assert_int_equal(answer->result == DNS_FOUND, answer->count != 0);
	assert_int_equal(answer->ttl_s != 0, answer->count != 0);
	told->answers++;
	told->result = answer->result;
	told->count = answer->count;
	told->stale = answer->stale;
	snprintf(told->service, sizeof(told->service), "%s", answer->service);
	for (unsigned i = 0; i < answer->count; i++)
		told->targets[i] = answer->targets[i];
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
	const struct dns_where where = { .host = slice_str(host),
		                         .port = port,
		                         .transport = transport };

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

static void world_open(struct world *world, server_fn *fn)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(net_new(&world->net), 0);
	assert_int_equal(dns_new(world->net, &world->dns), 0);
	assert_int_equal(net_timer_new(world->net, on_guard, world, &world->guard), 0);
	server_open(&world->server, world->net, "127.0.0.1", 0, fn);
	assert_int_equal(dns_use_server(world->dns, &world->server.addr), 0);
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
	if (world->server.udp)
		net_udp_close(world->server.udp);
	net_free(world->net);
}

static void is_target(const struct dns_target *target, const char *host, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(host), port, &addr), 0);
	assert_true(net_addr_equal(&target->addr, &addr));
}

/* ---- what the name server says */

static bool says_zone(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	if (strcmp(name, "_sip._udp.pbx.test") == 0 && type == WIRE_SRV) {
		wire_srv(w, name, 15, 20, 0, 5072, "r2.test");
		wire_srv(w, name, 15, 10, 0, 5070, "r1.test");
	} else if (strcmp(name, "r1.test") == 0 && type == WIRE_A) {
		wire_address(w, name, 60, "127.0.0.1");
	} else if (strcmp(name, "r2.test") == 0 && type == WIRE_A) {
		wire_address(w, name, 60, "127.0.0.2");
	} else if (strcmp(name, "plain.test") == 0 && type == WIRE_A) {
		wire_address(w, name, 60, "127.0.0.1");
	} else if (strcmp(name, "pbx.test") == 0 && type == WIRE_NAPTR) {
		wire_naptr(w, name, 60, 20, 1, "s", "SIP+D2U", "", "_sip._udp.pbx.test");
	} else if (name[0] == '_') {
		w->bytes[3] |= WIRE_NXDOMAIN;
	}
	return true;
}

static bool says_nothing(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	(void)name;
	(void)type;
	(void)w;
	return false;
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
		{ "192.0.2.7", 0, DNS_AUTO, 5060 },
	};
	struct told told[sizeof(rows) / sizeof(rows[0])] = { 0 };
	const unsigned count = sizeof(rows) / sizeof(rows[0]);
	struct world world;

	(void)state;
	world_open(&world, says_nothing);
	for (unsigned i = 0; i < count; i++)
		ask(&told[i], &world, rows[i].host, rows[i].port, rows[i].transport);
	world_run(&world, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(told[i].result, DNS_FOUND);
		assert_int_equal(told[i].count, 1);
		is_target(&told[i].targets[0], rows[i].host, rows[i].found_port);
		assert_int_equal(told[i].targets[0].transport,
		                 rows[i].transport == DNS_AUTO ? DNS_UDP : rows[i].transport);
	}
	assert_int_equal(world.server.questions, 0);
	world_close(&world);
}

static void a_domain_leads_to_its_servers(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world, says_zone);
	ask(&told, &world, "pbx.test", 0, DNS_AUTO);
	world_run(&world, 1);
	assert_int_equal(told.count, 2);
	is_target(&told.targets[0], "127.0.0.1", 5070);
	is_target(&told.targets[1], "127.0.0.2", 5072);
	assert_int_equal(told.targets[1].priority, 20);
	assert_string_equal(told.service, "_sip._udp.pbx.test");
	world_close(&world);
}

static void what_was_said_is_not_asked_again(void **state)
{
	struct told told[2] = { 0 };
	unsigned questions;
	struct world world;

	(void)state;
	world_open(&world, says_zone);
	ask(&told[0], &world, "plain.test", 0, DNS_UDP);
	world_run(&world, 1);
	questions = world.server.questions;
	assert_int_equal(questions, 3); /* SRV, A, AAAA */
	world_close(&world);
	world_open(&world, says_zone);
	ask(&told[0], &world, "pbx.test", 0, DNS_UDP);
	world_run(&world, 1);
	questions = world.server.questions;
	ask(&told[1], &world, "r1.test", 5099, DNS_UDP);
	world_run(&world, 2);
	is_target(&told[1].targets[0], "127.0.0.1", 5099);
	assert_int_equal(world.server.questions, questions);
	world_close(&world);
}

static unsigned failing_code;

static bool says_failure(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	(void)name;
	(void)type;
	w->bytes[3] |= (unsigned char)failing_code;
	return true;
}

static void each_failure_has_its_result(void **state)
{
	static const struct {
		unsigned code;
		enum dns_result result;
	} rows[] = {
		{ WIRE_OK, DNS_EMPTY },        { WIRE_NXDOMAIN, DNS_UNKNOWN },
		{ WIRE_SERVFAIL, DNS_FAILED }, { WIRE_REFUSED, DNS_FAILED },
		{ WIRE_NOTIMP, DNS_FAILED },   { WIRE_FORMERR, DNS_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct told told = { 0 };
		struct world world;

		failing_code = rows[i].code;
		world_open(&world, says_failure);
		ask(&told, &world, "pbx.test", 0, DNS_UDP);
		world_run(&world, 1);
		assert_int_equal(told.result, rows[i].result);
		world_close(&world);
	}
}

/* Nobody listens: the kernel says so at once. */
static void a_name_server_that_is_not_there_is_silent(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world, says_nothing);
	net_udp_close(world.server.udp);
	world.server.udp = NULL;
	ask(&told, &world, "pbx.test", 5060, DNS_UDP);
	world_run(&world, 1);
	assert_int_equal(told.result, DNS_SILENT);
	world_close(&world);
}

/* First what an attacker may send who does not see the question, or sees another one; then the
 * answer, twice. */
static bool says_lies_first(struct server *server, const char *name, unsigned type, struct wire *w)
{
	if (type != WIRE_A)
		return true;
	wire_begin(w, server->id ^ 0x5555, WIRE_OK, name, type);
	wire_address(w, name, 60, "192.0.2.66");
	server_send(server);
	wire_begin(w, server->id, WIRE_OK, "other.test", type);
	wire_address(w, "other.test", 60, "192.0.2.66");
	server_send(server);
	w->n = 0; /* an empty datagram */
	server_send(server);
	wire_begin(w, server->id, WIRE_OK, name, type);
	wire_address(w, name, 60, "192.0.2.10");
	server_send(server);
	return true;
}

static void answers_to_other_questions_and_second_ones_are_ignored(void **state)
{
	struct told told[2] = { 0 };
	struct world world;

	(void)state;
	world_open(&world, says_lies_first);
	ask(&told[0], &world, "pbx.test", 5060, DNS_UDP);
	world_run(&world, 1);
	assert_int_equal(told[0].count, 1);
	is_target(&told[0].targets[0], "192.0.2.10", 5060);
	ask(&told[1], &world, "more.test", 5060, DNS_UDP);
	world_run(&world, 2);
	assert_int_equal(told[0].answers, 1);
	is_target(&told[1].targets[0], "192.0.2.10", 5060);
	world_close(&world);
}

/* From another address than was asked. */
static bool says_from_elsewhere(struct server *server, const char *name, unsigned type,
                                struct wire *w)
{
	struct server *other = server + 1;

	if (type == WIRE_A) {
		other->from = server->from;
		other->wire = *w;
		wire_address(&other->wire, name, 60, "192.0.2.66");
		server_send(other);
	}
	return true;
}

static void an_answer_from_a_stranger_is_ignored(void **state)
{
	static struct server servers[2];
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world, says_nothing);
	server_open(&servers[0], world.net, "127.0.0.1", 0, says_from_elsewhere);
	server_open(&servers[1], world.net, "127.0.0.2", 0, says_nothing);
	assert_int_equal(dns_use_server(world.dns, &servers[0].addr), 0);
	ask(&told, &world, "pbx.test", 5060, DNS_UDP);
	world_run(&world, 1);
	assert_int_equal(told.result, DNS_EMPTY);
	net_udp_close(servers[0].udp);
	net_udp_close(servers[1].udp);
	world_close(&world);
}

static void many_names_are_all_answered(void **state)
{
	static struct told told[200];
	struct world world;

	(void)state;
	world_open(&world, says_zone);
	for (unsigned i = 0; i < 200; i++)
		ask(&told[i], &world, i % 2 ? "plain.test" : "pbx.test", 0, DNS_UDP);
	world_run(&world, 200);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(told[i].count, i % 2 ? 1 : 2);
	world_close(&world);
}

static void a_cancelled_query_is_not_told(void **state)
{
	struct told told[4] = { 0 };
	struct world world;

	(void)state;
	world_open(&world, says_zone);
	for (unsigned i = 0; i < 3; i++)
		ask(&told[i], &world, i == 1 ? "192.0.2.7" : "pbx.test", 0, DNS_UDP);
	dns_cancel(told[0].query);
	dns_cancel(told[1].query);
	world_run(&world, 1);
	assert_int_equal(told[2].answers, 1);
	assert_int_equal(told[0].answers + told[1].answers, 0);
	world_close(&world);
}

static void an_answer_may_cancel_another_query(void **state)
{
	static const char *const hosts[] = { "192.0.2.7", "pbx.test" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct told told[2] = { 0 };
		struct world world;

		world_open(&world, says_zone);
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

		world_open(&world, says_zone);
		ask(&told, &world, hosts[i >> 1], 0, DNS_UDP);
		world_run(&world, 2);
		assert_int_equal(told.answers, 2);
		world_close(&world);
	}
}

static bool gives_up(struct server *server, const char *name, unsigned type, struct wire *w)
{
	struct world *world = (struct world *)((char *)server - offsetof(struct world, server));

	(void)name;
	(void)type;
	(void)w;
	net_stop(world->net);
	return false;
}

/* A question is out, and nobody waits for it any more: the run does not wait either, nor does the
 * end of the net. */
static void a_cancelled_query_holds_up_nothing(void **state)
{
	struct told told = { 0 };
	struct world world;

	(void)state;
	world_open(&world, gives_up);
	ask(&told, &world, "pbx.test", 0, DNS_UDP);
	assert_int_equal(net_run(world.net), 0);
	assert_true(world.server.questions > 0);
	dns_cancel(told.query);
	net_udp_close(world.server.udp);
	world.server.udp = NULL;
	assert_int_equal(net_run(world.net), 0);
	world_close(&world);
	assert_int_equal(told.answers, 0);
}

static struct wire late;

static bool keeps_it_back(struct server *server, const char *name, unsigned type, struct wire *w)
{
	struct world *world = (struct world *)((char *)server - offsetof(struct world, server));

	if (type != WIRE_A)
		return true;
	wire_address(w, name, 60, "192.0.2.66");
	late = *w;
	net_stop(world->net);
	return false;
}

static bool says_ten(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	if (type == WIRE_A)
		wire_address(w, name, 60, "192.0.2.10");
	return true;
}

/* E04: the one who asked has gone when the answer comes, and it is nobody else's. */
static void an_answer_after_the_end_is_ignored(void **state)
{
	struct told told[2] = { 0 };
	struct world world;

	(void)state;
	world_open(&world, keeps_it_back);
	ask(&told[0], &world, "pbx.test", 5060, DNS_UDP);
	assert_int_equal(net_run(world.net), 0);
	dns_cancel(told[0].query);
	world.server.wire = late;
	server_send(&world.server);
	world.server.fn = says_ten;
	ask(&told[1], &world, "pbx.test", 5060, DNS_UDP);
	world_run(&world, 1);
	is_target(&told[1].targets[0], "192.0.2.10", 5060);
	assert_int_equal(told[0].answers, 0);
	world_close(&world);
}

/* AAAA is answered once A has been told. */
struct parts {
	struct world world;
	struct dns_query *query;
	bool cancels;
	char told[40]; /* "4+64=": IPv6 behind IPv4 or before, as this machine's ways are */
};

static bool says_ipv4_alone(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	if (type == WIRE_AAAA) {
		wire_address(w, name, 60, "::1");
		late = *w;
		return false;
	}
	if (type == WIRE_A)
		wire_address(w, name, 60, "127.0.0.1");
	else
		w->bytes[3] |= WIRE_NXDOMAIN;
	return true;
}

static void on_part(void *ctx, const struct dns_answer *answer)
{
	struct parts *parts = ctx;
	struct server *server = &parts->world.server;
	size_t n = strlen(parts->told);

	assert_int_equal(answer->result, DNS_FOUND);
	for (unsigned i = 0; i < answer->count; i++)
		parts->told[n++] = answer->targets[i].addr.any.sa_family == AF_INET ? '4' : '6';
	parts->told[n++] = answer->more ? '+' : '=';
	if (answer->more && !parts->cancels) {
		server->wire = late;
		server_send(server);
		return;
	}
	if (answer->more)
		dns_cancel(parts->query);
	net_stop(parts->world.net);
}

/* RFC 8305 3. What is cancelled between two parts is not told the second one. */
static void a_part_is_told_before_the_rest(void **state)
{
	const struct dns_where where = { .host = SLICE("pbx.test"),
		                         .transport = DNS_TLS,
		                         .in_parts = true };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct parts parts = { .cancels = i };

		world_open(&parts.world, says_ipv4_alone);
		assert_int_equal(dns_locate(parts.world.dns, &where, on_part, &parts, &parts.query),
		                 0);
		net_timer_set(parts.world.guard, net_now_ms(parts.world.net) + GUARD_MS);
		assert_int_equal(net_run(parts.world.net), 0);
		assert_false(parts.world.timed_out);
		if (parts.cancels)
			assert_string_equal(parts.told, "4+");
		else if (strcmp(parts.told, "4+46=") != 0)
			assert_string_equal(parts.told, "4+64=");
		world_close(&parts.world);
	}
}

/* The server that is asked changes while a question is under way: the new one is asked, too. */
static bool moves_on(struct server *server, const char *name, unsigned type, struct wire *w)
{
	struct world *world = (struct world *)((char *)server - offsetof(struct world, server));

	(void)name;
	(void)type;
	(void)w;
	net_stop(world->net);
	return false;
}

static void a_question_moves_on_to_the_new_server(void **state)
{
	struct told told = { 0 };
	struct server server;
	struct world world;

	(void)state;
	world_open(&world, moves_on);
	server_open(&server, world.net, "127.0.0.2", 0, says_zone);
	ask(&told, &world, "plain.test", 5060, DNS_UDP);
	assert_int_equal(net_run(world.net), 0);
	assert_int_equal(dns_use_server(world.dns, &server.addr), 0);
	world_run(&world, 1);
	is_target(&told.targets[0], "127.0.0.1", 5060);
	assert_int_equal(dns_use_server(world.dns, NULL), 0);
	net_udp_close(server.udp);
	world_close(&world);
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
	world_open(&world, says_nothing);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dns_where where = { .host = rows[i] };
		struct dns_query *query = NULL;

		assert_int_equal(dns_locate(world.dns, &where, on_found, NULL, &query), -EINVAL);
		assert_null(query);
	}
	world_close(&world);
	dns_free(NULL);
}

/* What c-ares refuses to ask for is answered, from the loop like everything else. */
static void odd_names_are_answered_too(void **state)
{
	static const char *const hosts[] = { ".1",
		                             "[.1]",
		                             "..",
		                             ".",
		                             "a..b",
		                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		                             "aaaaaaaaaaaaaaaaaaaaaaaaa.test" };
	struct told told[sizeof(hosts) / sizeof(*hosts)] = { 0 };
	const unsigned count = sizeof(hosts) / sizeof(*hosts);
	struct world world;

	(void)state;
	failing_code = WIRE_NXDOMAIN;
	world_open(&world, says_failure);
	for (unsigned i = 0; i < count; i++)
		ask(&told[i], &world, hosts[i], 0, DNS_UDP);
	world_run(&world, count);
	for (unsigned i = 0; i < count; i++)
		assert_true(told[i].result == DNS_UNKNOWN || told[i].result == DNS_FAILED);
	world_close(&world);
}

static void transports_have_names(void **state)
{
	(void)state;
	assert_string_equal(dns_transport_name(DNS_UDP), "udp");
	assert_string_equal(dns_transport_name(DNS_TCP), "tcp");
	assert_string_equal(dns_transport_name(DNS_TLS), "tls");
	assert_string_equal(dns_transport_name(DNS_AUTO), "auto");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal_addresses_need_no_name_server),
		cmocka_unit_test(a_domain_leads_to_its_servers),
		cmocka_unit_test(what_was_said_is_not_asked_again),
		cmocka_unit_test(each_failure_has_its_result),
		cmocka_unit_test(a_name_server_that_is_not_there_is_silent),
		cmocka_unit_test(answers_to_other_questions_and_second_ones_are_ignored),
		cmocka_unit_test(an_answer_from_a_stranger_is_ignored),
		cmocka_unit_test(many_names_are_all_answered),
		cmocka_unit_test(a_cancelled_query_is_not_told),
		cmocka_unit_test(an_answer_may_cancel_another_query),
		cmocka_unit_test(an_answer_may_ask_again),
		cmocka_unit_test(a_cancelled_query_holds_up_nothing),
		cmocka_unit_test(an_answer_after_the_end_is_ignored),
		cmocka_unit_test(a_part_is_told_before_the_rest),
		cmocka_unit_test(a_question_moves_on_to_the_new_server),
		cmocka_unit_test(what_is_no_host_is_refused),
		cmocka_unit_test(odd_names_are_answered_too),
		cmocka_unit_test(transports_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
