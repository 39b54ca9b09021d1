/* control_oom_test.c: each allocation of the control thread fails in turn: nothing is half done,
 * and what could not be done is done later. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "oom.h"
#include "registrar.h"

#include "agent/own.h"
#include "house.h"

#define LINES     3
#define NEVER     2000 /* more allocations than any of these needs */
#define EXTENSION (REGISTRAR_FIRST + 10)

static void no_allocation_of_making_an_agent_may_be_missed(void **state)
{
	struct registrar registrar;
	struct house house;
	struct agent *agent = NULL;
	struct agent_cfg cfg;
	unsigned n;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, LINES, (int64_t[LINES]){ 0 });
	agent_free(house.agent);
	cfg = (struct agent_cfg){ .net = house.net,
		                  .store_path = house.store_path,
		                  .key_path = house.key_path,
		                  .shards = 1 };
	for (n = 0; n < NEVER; n++) {
		char why[256] = "";
		int r;

		oom_after(n);
		r = agent_new(&cfg, &agent, why, sizeof(why));
		oom_off();
		if (r == 0)
			break;
		assert_null(agent);
		assert_true(strlen(why) > 0);
	}
	assert_in_range(n, 30, NEVER - 1);
	house.agent = agent;
	house_close(&house);
	registrar_end(&registrar);
}

/* house->count lines, all up, the one that is looked at for so long as its server says. */
static bool has_followed(struct house *house)
{
	struct agent_count count = house_count(house);

	return count.lines == house->count && count.up == house->count &&
	       (!house->what || house_line(house, house->what).granted_s == house->granted_s);
}

/* What the control thread does with an edit, the first n of its allocations succeeding. */
static void follow(struct house *house, unsigned n)
{
	oom_after(n);
	agent_settings_follow(house->agent);
	agent_start_some(house->agent);
	agent_journal_write(house->agent);
	oom_off();
	agent_settings_follow(house->agent);
	agent_start_some(house->agent);
}

static void an_edit_that_memory_fails_for_is_done_later(void **state)
{
	struct registrar registrar;
	struct house house;
	struct store_server server;
	int64_t ids[LINES], first;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, LINES, ids);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, LINES));
	first = house.server;
	for (unsigned n = 0; n < 40; n++) {
		int64_t studio, line;

		server = (struct store_server){ .name = "another",
			                        .domain = "localhost",
			                        .port = registrar.port,
			                        .transport = "udp",
			                        .expires_s = 600 + n,
			                        .keepalive = "none",
			                        .srv = "default" };
		assert_int_equal(store_server_put(house.store, &server, &house.server), 0);
		studio = house_add_studio(&house, "Another");
		line = house_put_line(&house, 0, studio, 1, EXTENSION, "secret-1011", AGENT_UP);
		follow(&house, n);
		house.count = LINES + 1;
		house.what = line;
		house.granted_s = 600 + n;
		assert_true(house_wait(&house, has_followed));
		assert_int_equal(store_studio_remove(house.store, studio), 0);
		assert_int_equal(store_server_remove(house.store, house.server), 0);
		follow(&house, n);
		house.count = LINES;
		house.what = 0;
		assert_true(house_wait(&house, has_followed));
	}
	house.server = first;
	assert_int_equal(registrar_look(&registrar, EXTENSION).most, 1);
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).requests, 2);
	house_stop_agent(&house);
	assert_int_equal(registrar_look(&registrar, EXTENSION).bindings, 0);
	house_close(&house);
	registrar_end(&registrar);
}

static void reading_is_refused_without_memory(void **state)
{
	struct registrar registrar;
	struct house house;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	oom_after(0);
	assert_int_equal(
		agent_lines(house.agent, &(struct agent_filter){ 0 }, NULL, NULL, NULL, NULL),
		-ENOMEM);
	assert_int_equal(agent_servers(house.agent, NULL, NULL), -ENOMEM);
	assert_int_equal(
		agent_events(house.agent, &(struct agent_event_filter){ .limit = 1 }, NULL, NULL),
		-ENOMEM);
	assert_int_equal(agent_register_now(house.agent, 1), -ENOMEM);
	oom_off();
	house_close(&house);
	registrar_end(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_allocation_of_making_an_agent_may_be_missed),
		cmocka_unit_test(an_edit_that_memory_fails_for_is_done_later),
		cmocka_unit_test(reading_is_refused_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
