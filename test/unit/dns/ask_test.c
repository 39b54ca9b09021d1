/* ask_test: where questions go: /etc/resolv.conf as it is now, its search list, /etc/hosts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/ask.h"
#include "unit/dns/server.h"

struct world {
	struct net *net;
	struct dns_ask *ask;
	struct server one, two; /* 127.0.0.1 and 127.0.0.2, on one port */
	char folder[64], path[96];
	unsigned answers;
	struct net_addr addr; /* of the last answer */
};

static bool says_address(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	if (strcmp(name, "pbx") == 0)
		w->bytes[3] |= WIRE_NXDOMAIN;
	else if (type == WIRE_A)
		wire_address(w, name, 60, "192.0.2.10");
	return true;
}

static void write_conf(const struct world *world, const char *text)
{
	FILE *out = fopen(world->path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void world_open(struct world *world, const char *conf)
{
	struct dns_ask_cfg cfg = { .resolv_conf = world->path };

	memset(world, 0, sizeof(*world));
	snprintf(world->folder, sizeof(world->folder), "/tmp/lineup-ask-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/resolv.conf", world->folder);
	assert_int_equal(net_new(&world->net), 0);
	server_open(&world->one, world->net, "127.0.0.1", 0, says_address);
	cfg.port = net_addr_port(&world->one.addr);
	server_open(&world->two, world->net, "127.0.0.2", cfg.port, says_address);
	write_conf(world, conf);
	assert_int_equal(dns_ask_new(world->net, &cfg, &world->ask), 0);
}

static void world_close(struct world *world)
{
	dns_ask_free(world->ask);
	net_udp_close(world->one.udp);
	net_udp_close(world->two.udp);
	net_free(world->net);
	unlink(world->path);
	rmdir(world->folder);
}

static void on_asked(void *ctx, const struct dns_set *set)
{
	struct world *world = ctx;

	assert_int_equal(set->result, DNS_FOUND);
	world->addr = set->records[0].addr;
	world->answers++;
	net_stop(world->net);
}

static void ask(struct world *world, const char *name, enum dns_ask_how how)
{
	struct dns_question question = { .type = DNS_TYPE_A };
	struct dns_asked *asked;
	unsigned answers = world->answers;

	snprintf(question.name, sizeof(question.name), "%s", name);
	assert_int_equal(dns_ask_begin(world->ask, &question, how, on_asked, world, &asked), 0);
	assert_int_equal(world->answers, answers); /* never from within */
	assert_int_equal(net_run(world->net), 0);
	assert_int_equal(world->answers, answers + 1);
}

static void a_changed_resolv_conf_is_followed(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "nameserver 127.0.0.1\n");
	write_conf(&world, "# by DHCP\nnameserver 127.0.0.2\n");
	assert_int_equal(dns_ask_epoch(world.ask), 1);
	ask(&world, "pbx.test", DNS_ASK_AS_IS);
	assert_int_equal(dns_ask_epoch(world.ask), 1);
	assert_int_equal(world.one.questions, 0);
	assert_int_equal(world.two.questions, 1);
	world_close(&world);
}

static void an_unchanged_one_is_not_read_again(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "nameserver 127.0.0.1\n");
	ask(&world, "pbx.test", DNS_ASK_AS_IS);
	ask(&world, "pbx.test", DNS_ASK_AS_IS);
	assert_int_equal(world.one.questions, 2);
	assert_int_equal(world.two.questions, 0);
	world_close(&world);
}

/* What a person wrote may be short; what DNS said is whole. */
static void the_search_list_completes_what_a_person_wrote(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "search studio.test\nnameserver 127.0.0.1\n");
	ask(&world, "pbx", DNS_ASK_LISTED);
	assert_string_equal(world.one.asked, "1 pbx.studio.test;");
	world.one.asked[0] = '\0';
	ask(&world, "r1.test", DNS_ASK_AS_IS);
	assert_string_equal(world.one.asked, "1 r1.test;");
	world_close(&world);
}

static void the_set_server_stands_above_resolv_conf(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, "nameserver 127.0.0.1\n");
	assert_int_equal(dns_ask_use(world.ask, &world.two.addr), 0);
	write_conf(&world, "nameserver 127.0.0.1\n#\n");
	ask(&world, "pbx.test", DNS_ASK_AS_IS);
	assert_int_equal(world.one.questions, 0);
	assert_int_equal(dns_ask_use(world.ask, NULL), 0);
	ask(&world, "pbx.test", DNS_ASK_AS_IS);
	assert_int_equal(world.one.questions, 1);
	world_close(&world);
}

static void names_of_the_machine_itself_are_known(void **state)
{
	struct net_addr addrs[4], loopback;
	struct world world;
	unsigned count;

	(void)state;
	world_open(&world, "nameserver 127.0.0.1\n");
	count = dns_ask_hosts(world.ask, "localhost", addrs, 4);
	if (count == 0) {
		world_close(&world);
		skip(); /* no /etc/hosts here */
	}
	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &loopback), 0);
	assert_true(net_addr_equal(&addrs[0], &loopback) || addrs[0].any.sa_family == AF_INET6);
	assert_int_equal(dns_ask_hosts(world.ask, "nobody.test", addrs, 4), 0);
	assert_int_equal(world.one.questions, 0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_resolv_conf_is_followed),
		cmocka_unit_test(an_unchanged_one_is_not_read_again),
		cmocka_unit_test(the_search_list_completes_what_a_person_wrote),
		cmocka_unit_test(the_set_server_stands_above_resolv_conf),
		cmocka_unit_test(names_of_the_machine_itself_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
