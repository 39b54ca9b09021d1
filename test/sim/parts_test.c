/* parts_test.c: a look-up that is told in parts (RFC 8305 section 3), on a clock that stands still
 * in between: what is told, when, and what a family that is late leaves as it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "sim.h"

#define NAME "pbx.example"

struct world {
	struct net *net;
	struct dns *dns;
	struct dns_query *query;
	struct dns_where where;
	uint64_t began_ms;
	bool cancels; /* the query as soon as fn is told, and then the resolver goes, too */
	char told[400];
};

/* "46+50 ": IPv4, then IPv6, and more is to come, after 50 ms; "46~2000 ": that is all, and stale;
 * a host's name in front where it is another one. */
static void on_found(void *ctx, const struct dns_answer *answer)
{
	struct world *world = ctx;
	struct buf text = buf_over(world->told + strlen(world->told),
	                           sizeof(world->told) - strlen(world->told));
	uint64_t after_ms = net_now_ms(world->net) - world->began_ms;

	if (world->cancels) {
		dns_cancel(world->query);
		dns_free(world->dns);
		world->dns = NULL;
	}
	assert_int_equal(answer->result == DNS_FOUND, answer->count != 0);
	assert_int_equal(answer->ttl_s != 0, answer->count != 0);
	if (!answer->count)
		buf_str(&text, "none");
	for (unsigned i = 0; i < answer->count; i++) {
		if (strcmp(answer->targets[i].host, NAME) != 0)
			buf_str(&text, answer->targets[i].host);
		buf_char(&text, answer->targets[i].addr.any.sa_family == AF_INET ? '4' : '6');
	}
	buf_char(&text, answer->more ? '+' : answer->stale ? '~' : '=');
	assert_false(answer->more && answer->stale);
	buf_u64(&text, after_ms);
	buf_char(&text, ' ');
	assert_int_equal(buf_end(&text), 0);
}

static void add(struct world *world, const char *name, const char *address)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(address), 0, &addr), 0);
	sim_name_address(world->net, name, &addr);
}

/* pbx.example has an address of each family, and SRV is not used. */
static void world_open(struct world *world)
{
	*world = (struct world){ .where = { .host = SLICE(NAME),
		                            .transport = DNS_TCP,
		                            .srv = DNS_SRV_UNUSED,
		                            .in_parts = true } };
	assert_int_equal(net_new(&world->net), 0);
	assert_int_equal(dns_new(world->net, &world->dns), 0);
	add(world, NAME, "192.0.2.10");
	add(world, NAME, "2001:db8::10");
	sim_name_ttl(world->net, NAME, 10);
}

static void only_ipv4(struct world *world)
{
	sim_name_forget(world->net, NAME);
	add(world, NAME, "192.0.2.10");
	sim_name_ttl(world->net, NAME, 10);
}

static void world_close(struct world *world)
{
	dns_free(world->dns);
	net_free(world->net);
}

/* What fn is told within a minute; nothing is asked any more then. */
static const char *told(struct world *world)
{
	world->told[0] = '\0';
	world->began_ms = net_now_ms(world->net);
	assert_int_equal(dns_locate(world->dns, &world->where, on_found, world, &world->query), 0);
	sim_run_until(world->net, world->began_ms + 60000);
	assert_int_equal(sim_open_queries(world->net), 0);
	return world->told;
}

static void late(struct world *world, enum dns_type type, uint64_t late_ms)
{
	sim_name_late(world->net, NAME, type, late_ms);
}

struct lateness {
	uint64_t late_ms;
	const char *told;
};

static void assert_told(enum dns_type late_type, const struct lateness *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world world;

		world_open(&world);
		late(&world, late_type, rows[i].late_ms);
		assert_string_equal(told(&world), rows[i].told);
		world_close(&world);
	}
}

static void ipv4_gives_ipv6_50_ms(void **state)
{
	static const struct lateness rows[] = {
		{ 0, "64=0 " },           { 1, "64=1 " },
		{ 49, "64=49 " },         { 51, "4+50 64=51 " },
		{ 300, "4+50 64=300 " },  { 1999, "4+50 64=1999 " },
		{ 2001, "4+50 4=2000 " }, { 60000, "4+50 4=2000 " },
	};

	(void)state;
	assert_told(DNS_TYPE_AAAA, rows, sizeof(rows) / sizeof(*rows));
}

static void ipv6_waits_for_nothing(void **state)
{
	static const struct lateness rows[] = {
		{ 0, "64=0 " },
		{ 1, "6+0 64=1 " },
		{ 300, "6+0 64=300 " },
		{ 60000, "6+0 6=2000 " },
	};

	(void)state;
	assert_told(DNS_TYPE_A, rows, sizeof(rows) / sizeof(*rows));
}

/* That there is no address of a family ends the wait for it, and is no reason to begin. */
static void an_absence_is_an_answer(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	only_ipv4(&world);
	late(&world, DNS_TYPE_AAAA, 30);
	assert_string_equal(told(&world), "4=30 ");
	only_ipv4(&world);
	late(&world, DNS_TYPE_A, 700);
	assert_string_equal(told(&world), "4=700 ");
	sim_name_result(world.net, NAME, DNS_UNKNOWN);
	late(&world, DNS_TYPE_AAAA, 700);
	assert_string_equal(told(&world), "none=700 ");
	world_close(&world);
}

/* Its last word stands for it, and is no worse for that until it is known to be missing. */
static void a_family_that_is_late_has_its_last_word(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	assert_string_equal(told(&world), "64=0 ");
	late(&world, DNS_TYPE_AAAA, 300);
	assert_string_equal(told(&world), "64+50 64=300 ");
	late(&world, DNS_TYPE_AAAA, 60000);
	assert_string_equal(told(&world), "64+50 64~2000 ");
	assert_string_equal(told(&world), "64+50 64~2000 ");
	late(&world, DNS_TYPE_AAAA, 300);
	assert_string_equal(told(&world), "64+50 64=300 ");
	/* It is not kept for the real answer. */
	only_ipv4(&world);
	late(&world, DNS_TYPE_AAAA, 300);
	assert_string_equal(told(&world), "64+50 4=300 ");
	assert_string_equal(told(&world), "4+50 4=300 ");
	world_close(&world);
}

static void who_makes_no_connection_is_told_once(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	late(&world, DNS_TYPE_AAAA, 300);
	world.where.transport = DNS_UDP;
	assert_string_equal(told(&world), "64=300 ");
	world.where.transport = DNS_AUTO; /* which is UDP where nothing else is said */
	world.where.srv = DNS_SRV_USED;
	assert_string_equal(told(&world), "64=300 ");
	world.where.transport = DNS_TLS;
	world.where.in_parts = false;
	assert_string_equal(told(&world), "64=300 ");
	world.where.in_parts = true;
	assert_string_equal(told(&world), "64+50 64=300 ");
	world_close(&world);
}

/* Which host is preferred is their records' to say, whichever is known first. */
static void every_host_has_something_first(void **state)
{
	static const struct {
		uint64_t one_ms, two_ms; /* how late AAAA is */
		const char *two;         /* its A */
		const char *told;
	} rows[] = {
		{ 300, 0, "192.0.2.20", "one4two4+50 one6one4two4=300 " },
		{ 300, 700, "192.0.2.20", "one4two4+50 one6one4two4=700 " },
		{ 0, 300, "192.0.2.20", "one6one4two4+50 one6one4two4=300 " },
		{ 30, 300, "192.0.2.20", "one6one4two4+50 one6one4two4=300 " },
		{ 300, 400, NULL, "one6one4=400 " },
		{ 300, 200, NULL, "one4+250 one6one4=300 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world world;

		world_open(&world);
		world.where.srv = DNS_SRV_USED;
		sim_name_srv(world.net, "_sip._tcp." NAME, 10, 0, 5060, "one");
		sim_name_srv(world.net, "_sip._tcp." NAME, 20, 0, 5060, "two");
		add(&world, "one", "192.0.2.11");
		add(&world, "one", "2001:db8::11");
		sim_name_result(world.net, "two", DNS_EMPTY);
		if (rows[i].two)
			add(&world, "two", rows[i].two);
		sim_name_late(world.net, "one", DNS_TYPE_AAAA, rows[i].one_ms);
		sim_name_late(world.net, "two", DNS_TYPE_AAAA, rows[i].two_ms);
		assert_string_equal(told(&world), rows[i].told);
		world_close(&world);
	}
}

/* Before that there is nothing to begin with, and nothing to tell. */
static void services_are_waited_for(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world.where.srv = DNS_SRV_USED;
	sim_name_srv(world.net, "_sip._tcp." NAME, 10, 0, 5060, "one");
	sim_name_late(world.net, "_sip._tcp." NAME, DNS_TYPE_SRV, 300);
	add(&world, "one", "192.0.2.11");
	add(&world, "one", "2001:db8::11");
	sim_name_late(world.net, "one", DNS_TYPE_AAAA, 100);
	assert_string_equal(told(&world), "one4+350 one6one4=400 ");
	world_close(&world);
}

/* Nothing could begin there. */
static void an_address_without_a_way_is_nothing(void **state)
{
	struct net_addr own;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(net_addr_parse(SLICE("2001:db8::5"), 0, &own), 0);
	assert_true(sim_device_set(world.net, "lan", NULL, &own));
	late(&world, DNS_TYPE_AAAA, 300);
	world.where.over = &(struct net_interface){ .name = "lan" };
	assert_string_equal(told(&world), "64=300 ");
	world_close(&world);
}

static void the_first_part_may_end_it(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	late(&world, DNS_TYPE_AAAA, 300);
	world.cancels = true;
	assert_string_equal(told(&world), "4+50 ");
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_gives_ipv6_50_ms),
		cmocka_unit_test(ipv6_waits_for_nothing),
		cmocka_unit_test(an_absence_is_an_answer),
		cmocka_unit_test(a_family_that_is_late_has_its_last_word),
		cmocka_unit_test(who_makes_no_connection_is_told_once),
		cmocka_unit_test(every_host_has_something_first),
		cmocka_unit_test(services_are_waited_for),
		cmocka_unit_test(an_address_without_a_way_is_nothing),
		cmocka_unit_test(the_first_part_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
