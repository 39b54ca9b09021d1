/* follow_test.c: how the agent follows settings that change in great numbers, and what it takes
 * over from the process before it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "registrar.h"

#include "agent/own.h"
#include "house.h"

#define LINES 10

static void open_house(struct house *house, struct registrar *registrar, int64_t ids[LINES])
{
	registrar_start(registrar);
	house_open(house, registrar);
	house->server = house_add_server(house, "pbx", 0);
	house->studio = house_add_studio(house, "Studio");
	house_add_lines(house, LINES, ids);
	assert_int_equal(agent_start(house->agent), 0);
	assert_true(house_up(house, LINES));
}

static void close_house(struct house *house)
{
	house_close(house);
	registrar_end(house->registrar);
}

/* ---- very many changes */

static bool has_read_all(struct house *house)
{
	return house_count(house).lines == LINES && house_line(house, house->what).number == 777;
}

/* More of them than are looked at one by one; among them rows that came and went. */
static void after_very_many_changes_all_is_read_and_no_line_is_touched(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES], studio, server;
	struct store_server other = { .name = "other",
		                      .domain = "other.example",
		                      .transport = "udp",
		                      .expires_s = 60,
		                      .keepalive = "none",
		                      .srv = "default" };
	unsigned before;

	(void)state;
	open_house(&house, &registrar, ids);
	before = registrar_others(&registrar, 0);
	/* These are known before they go. */
	studio = house_add_studio(&house, "Gone");
	server = house.server;
	assert_int_equal(store_server_put(house.store, &other, &house.server), 0);
	house_put_line(&house, 0, studio, 1, REGISTRAR_FIRST + 40, NULL, AGENT_DOWN);
	agent_reload(house.agent);
	house.count = LINES + 1;
	while (house_count(&house).lines != LINES + 1)
		agent_settings_follow(house.agent);
	assert_int_equal(store_begin(house.store), 0);
	assert_int_equal(store_studio_remove(house.store, studio), 0);
	assert_int_equal(store_server_remove(house.store, house.server), 0);
	house.server = server;
	for (unsigned i = 0; i < 1100; i++) {
		int64_t id = house_put_line(&house, 0, house.studio, 5000 + i, 5000 + i, NULL,
		                            AGENT_DOWN);

		assert_int_equal(store_line_remove(house.store, id), 0);
	}
	house_put_line(&house, ids[4], house.studio, 777, REGISTRAR_FIRST + 4, NULL, AGENT_UP);
	assert_int_equal(store_commit(house.store), 0);
	house.what = ids[4];
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_read_all));
	assert_true(house_up(&house, LINES));
	assert_int_equal(registrar_others(&registrar, 0), before);
	assert_int_equal(house.agent->entries.used, 1);
	assert_int_equal(house.agent->studios.used, 1);
	close_house(&house);
}

static bool has_begun(struct house *house)
{
	return house_line(house, house->what).state != REG_IDLE;
}

static bool has_moved(struct house *house)
{
	return strcmp(house_line(house, house->what).server_name, "pbx") == 0;
}

/* Two lines are one registration at two entries of one PBX. The entry of the one that leads is
 * removed in the same batch in which it moves to the other, behind a change of the one that follows
 * it. */
static void a_server_that_goes_leaves_no_line_behind(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES], pbx, old, leads, follows;

	(void)state;
	open_house(&house, &registrar, ids);
	pbx = house.server;
	old = house.server = house_add_server(&house, "old", 0);
	leads = house_put_line(&house, 0, house.studio, 40, REGISTRAR_FIRST + 40, NULL, AGENT_UP);
	house.server = pbx;
	follows = house_put_line(&house, 0, house.studio, 41, REGISTRAR_FIRST + 40, NULL, AGENT_UP);
	house.count = LINES + 2;
	house.what = leads;
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_begun));
	assert_int_equal(store_begin(house.store), 0);
	house_put_line(&house, follows, house.studio, 42, REGISTRAR_FIRST + 40, NULL, AGENT_UP);
	house_put_line(&house, leads, house.studio, 40, REGISTRAR_FIRST + 40, NULL, AGENT_UP);
	assert_int_equal(store_server_remove(house.store, old), 0);
	assert_int_equal(store_commit(house.store), 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_moved));
	assert_int_equal(house.agent->entries.used, 1);
	close_house(&house);
}

static bool default_is_used(struct house *house)
{
	return strcmp(house_line(house, house->what).server_name, "second") == 0 &&
	       house_line(house, house->what).state == REG_REGISTERED;
}

static bool others_are_gone(struct house *house)
{
	struct agent_place *place;
	unsigned n = 0;

	for (place = house->agent->places; place; place = place->next)
		n++;
	/* Whatever is heard next lets the agent look. */
	if (n > 1)
		agent_register_now(house->agent, house->what);
	return n == 1;
}

/* A line that names no server goes where the default says, and what nobody uses any more is gone.
 */
static void another_default_server_moves_the_lines_that_name_none(void **state)
{
	struct store_server second = { .name = "second",
		                       .domain = "localhost",
		                       .transport = "auto",
		                       .expires_s = 900,
		                       .keepalive = "none",
		                       .srv = "default" };
	struct registrar registrar;
	struct registrar_user user;
	struct house house;
	struct store_general general;
	int64_t ids[LINES], first, line;
	unsigned others;

	(void)state;
	open_house(&house, &registrar, ids);
	first = house.server;
	second.port = registrar.port;
	assert_int_equal(store_server_put(house.store, &second, &second.id), 0);
	assert_int_equal(store_general_get(house.store, &general), 0);
	general.default_server = first;
	assert_int_equal(store_general_set(house.store, &general), 0);
	house.server = 0;
	line = house_put_line(&house, 0, house.studio, 20, REGISTRAR_FIRST + 20, "secret-1021",
	                      AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_up(&house, LINES + 1));
	others = registrar_others(&registrar, REGISTRAR_FIRST + 20);
	general.default_server = second.id;
	assert_int_equal(store_general_set(house.store, &general), 0);
	agent_reload(house.agent);
	house.what = line;
	assert_true(house_wait(&house, default_is_used));
	user = registrar_look(&registrar, REGISTRAR_FIRST + 20);
	assert_int_equal(user.removals, 1);
	assert_int_equal(user.most, 1);
	assert_int_equal(registrar_others(&registrar, REGISTRAR_FIRST + 20), others);
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(store_line_remove(house.store, ids[i]), 0);
	assert_int_equal(store_server_remove(house.store, first), 0);
	agent_reload(house.agent);
	assert_true(house_up(&house, 1));
	assert_true(house_wait(&house, others_are_gone));
	close_house(&house);
}

static void reload_while_nothing_changed_is_nothing(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];
	unsigned before;

	(void)state;
	open_house(&house, &registrar, ids);
	before = registrar_others(&registrar, 0);
	for (unsigned i = 0; i < 10; i++) {
		agent_settings_follow(house.agent);
		assert_int_equal(agent_settings_read(house.agent), 0);
	}
	assert_true(house_up(&house, LINES));
	assert_int_equal(registrar_others(&registrar, 0), before);
	close_house(&house);
}

/* ---- texts */

static void settings_that_cannot_be_used_say_so(void **state)
{
	static const struct {
		const char *domain, *proxy, *interface, *extension, *says, *second_proxy;
	} rows[] = {
		{ "bad host", NULL, NULL, "1", "domain" },
		{ "pbx.example", "bad proxy", NULL, "2", "proxy" },
		{ "pbx.example", NULL, "any of the two", "3", "interface" },
		{ "pbx.example", NULL, NULL, "4", "second proxy", "bad proxy" },
		{ "pbx.example", "sip:edge.example;x=1", NULL, "5", "proxy" },
		{ "pbx.example", NULL, NULL, "10 01", "extension" },
	};
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];

	(void)state;
	open_house(&house, &registrar, ids);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct store_server server = { .name = rows[i].extension,
			                       .domain = rows[i].domain,
			                       .proxy = rows[i].proxy,
			                       .second_proxy = rows[i].second_proxy,
			                       .interface = rows[i].interface,
			                       .transport = "udp",
			                       .expires_s = 60,
			                       .keepalive = "none",
			                       .srv = "default" };
		struct store_line line = { .studio = house.studio,
			                   .number = 100 + (uint32_t)i,
			                   .extension = rows[i].extension,
			                   .enabled = true };
		struct agent_line shown;
		int64_t id;

		/* What the store does not let in need not be shown. */
		if (store_server_put(house.store, &server, &line.server) < 0 ||
		    store_line_put(house.store, &line, &id) < 0)
			continue;
		agent_settings_follow(house.agent);
		shown = house_line(&house, id);
		assert_true(shown.local);
		assert_int_equal(shown.state, REG_IDLE);
		assert_non_null(strstr(shown.reason, rows[i].says));
	}
	close_house(&house);
}

/* ---- what the process before has left */

static void write_state(struct house *house, int64_t line, int64_t until_ms, const char *source)
{
	struct store_state left = { .line = line,
		                    .epoch = 1,
		                    .cseq_block = 5000,
		                    .bound_until_ms = until_ms,
		                    .target = "127.0.0.1:5060",
		                    .status = 403,
		                    .cause = "forbidden",
		                    .reason = "Forbidden",
		                    .result_at_ms = 12345 };

	snprintf(left.source, sizeof(left.source), "%s", source);
	assert_int_equal(store_states_write(house->store, &left, 1), 0);
}

struct lapse {
	int64_t line, at_ms;
	unsigned n;
};

static int on_event(void *ctx, const struct store_event *event)
{
	struct lapse *lapse = ctx;

	if (!event->up && event->line == lapse->line && event->at_ms == lapse->at_ms)
		lapse->n++;
	return 0;
}

static void what_a_process_left_is_taken_over(void **state)
{
	struct registrar registrar;
	struct registrar_user user;
	struct house house;
	struct agent_line line;
	struct lapse lapse;
	int64_t ids[3], now_ms;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	now_ms = net_wall_ms(house.net);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, 3, ids);
	write_state(&house, ids[0], now_ms + 600000, "192.0.2.77:5099"); /* at another address */
	write_state(&house, ids[1], now_ms - 5000, "192.0.2.77:5099");   /* it has ended */
	write_state(&house, ids[2], now_ms + 600000, "what is this");
	agent_free(house.agent);
	house_open_agent(&house);
	line = house_line(&house, ids[0]);
	assert_int_equal(line.status, 403);
	assert_string_equal(line.cause, "forbidden");
	assert_string_equal(line.reason, "Forbidden");
	assert_string_equal(line.target, "127.0.0.1:5060");
	assert_int_equal(line.result_ms, 12345);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, 3));
	for (unsigned i = 0; i < 3; i++) {
		user = registrar_look(&registrar, REGISTRAR_FIRST + i);
		assert_int_equal(user.moves, i == 0 ? 2 : 0); /* also with the answer */
		assert_int_equal(user.cseq[0], 5001);
	}
	house_stop_agent(&house);
	lapse = (struct lapse){ .line = ids[1], .at_ms = now_ms - 5000 };
	assert_int_equal(store_history(house.store, 0, 0, 1000, on_event, &lapse), 0);
	assert_int_equal(lapse.n, 1);
	close_house(&house);
}

/* Above the highest number that a CSeq may have there is none: the identity must be another. */
static void a_line_without_cseqs_begins_anew(void **state)
{
	struct store_state left = { .epoch = 1, .cseq_block = UINT32_MAX - 5 };
	struct registrar registrar;
	struct house house;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, 1, &left.line);
	assert_int_equal(store_states_write(house.store, &left, 1), 0);
	agent_free(house.agent);
	house_open_agent(&house);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, 1));
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).cseq[0], REG_FIRST_CSEQ + 1);
	close_house(&house);
}

/* Two studios share a registration; the one whose binding the server has leads it again. */
static void who_led_a_registration_leads_it_again(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[1], twin;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, 1, ids);
	twin = house_put_line(&house, 0, house_add_studio(&house, "Studio 2"), 1, REGISTRAR_FIRST,
	                      "secret-1001", AGENT_UP);
	write_state(&house, twin, net_wall_ms(house.net) + 600000, "127.0.0.1:9");
	agent_free(house.agent);
	house_open_agent(&house);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, 2));
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).cseq[0], 5001);
	assert_int_equal(house_line(&house, ids[0]).same_as, twin);
	close_house(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_very_many_changes_all_is_read_and_no_line_is_touched),
		cmocka_unit_test(a_server_that_goes_leaves_no_line_behind),
		cmocka_unit_test(another_default_server_moves_the_lines_that_name_none),
		cmocka_unit_test(reload_while_nothing_changed_is_nothing),
		cmocka_unit_test(settings_that_cannot_be_used_say_so),
		cmocka_unit_test(what_a_process_left_is_taken_over),
		cmocka_unit_test(a_line_without_cseqs_begins_anew),
		cmocka_unit_test(who_led_a_registration_leads_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
