/* agent_test.c: the agent with threads of its own, over loopback, against src/practice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "registrar.h"

#include "house.h"

#define LINES 50

static void open_house(struct house *house, struct registrar *registrar, unsigned lines,
                       int64_t ids[])
{
	registrar_start(registrar);
	house_open(house, registrar);
	house->server = house_add_server(house, "pbx", 0);
	house->studio = house_add_studio(house, "Studio 1");
	house_add_lines(house, lines, ids);
	assert_int_equal(agent_start(house->agent), 0);
	if (!house_up(house, lines))
		fail_msg("%u of %u lines are up", house_count(house).up, lines);
}

static void close_house(struct house *house)
{
	house_close(house);
	registrar_end(house->registrar);
}

static void fifty_lines_come_up_and_stop_removes_them(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];

	(void)state;
	open_house(&house, &registrar, LINES, ids);
	for (unsigned i = 0; i < LINES; i++) {
		struct agent_line line = house_line(&house, ids[i]);
		struct registrar_user user = registrar_look(&registrar, REGISTRAR_FIRST + i);

		assert_int_equal(line.state, REG_REGISTERED);
		assert_int_equal(line.status, 200);
		assert_int_equal(line.granted_s, 3600);
		assert_string_equal(line.studio_name, "Studio 1");
		assert_string_equal(line.server_name, "pbx");
		assert_int_equal(line.number, i + 1);
		assert_int_equal(user.bindings, 1);
		assert_int_equal(user.requests, 2); /* one without credentials, one with */
	}
	house_stop_agent(&house);
	for (unsigned i = 0; i < LINES; i++) {
		struct registrar_user user = registrar_look(&registrar, REGISTRAR_FIRST + i);

		assert_int_equal(user.bindings, 0);
		assert_int_equal(user.fallen, 0);
		assert_int_equal(user.ids, 1);
	}
	assert_int_equal(house_count(&house).up, 0);
	close_house(&house);
}

/* ---- edits */

static bool is_down(struct house *house)
{
	return house_line(house, house->what).state == REG_WAITING;
}

static bool is_up(struct house *house)
{
	return house_line(house, house->what).state == REG_REGISTERED;
}

static bool one_is_refused(struct house *house)
{
	return house_count(house).refused == 1;
}

static void a_wrong_password_takes_its_line_down_and_the_right_one_up(void **state)
{
	const unsigned extension = REGISTRAR_FIRST + 7;
	struct registrar registrar;
	struct registrar_user user;
	struct house house;
	int64_t ids[LINES];
	struct agent_line line;
	unsigned others;

	(void)state;
	open_house(&house, &registrar, LINES, ids);
	others = registrar_others(&registrar, extension);
	house.what = ids[7];
	house_put_line(&house, ids[7], house.studio, 8, extension, "wrong", AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_down));
	line = house_line(&house, ids[7]);
	assert_string_equal(line.cause, "auth-refused");
	assert_int_equal(line.status, 401);
	assert_string_equal(line.realm, "practice");
	assert_true(house_wait(&house, one_is_refused));
	user = registrar_look(&registrar, extension);
	/* Two to register; two more with the old password to remove it at most; two with the new.
	 */
	assert_int_equal(user.removals, 1);
	assert_int_equal(user.bindings, 0);
	assert_int_equal(user.ids, 2);
	assert_true(house_up(&house, LINES - 1));
	house_put_line(&house, ids[7], house.studio, 8, extension, "secret-1008", AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_up));
	user = registrar_look(&registrar, extension);
	assert_int_equal(user.most, 1);
	assert_int_equal(user.fallen, 0);
	assert_int_equal(registrar_others(&registrar, extension), others);
	assert_true(house_up(&house, LINES));
	close_house(&house);
}

static bool is_unbound(struct house *house)
{
	return registrar_look(house->registrar, (unsigned)house->what).bindings == 0;
}

static bool is_bound(struct house *house)
{
	return registrar_look(house->registrar, (unsigned)house->what).bindings == 1;
}

static void a_line_that_is_disabled_or_deleted_is_removed_at_the_registrar(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];
	unsigned others;

	(void)state;
	open_house(&house, &registrar, LINES, ids);
	others = registrar_others(&registrar, REGISTRAR_FIRST);
	house.what = REGISTRAR_FIRST;
	house_put_line(&house, ids[0], house.studio, 1, REGISTRAR_FIRST, NULL, AGENT_DOWN);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_unbound));
	assert_true(house_up(&house, LINES - 1));
	assert_int_equal(house_count(&house).enabled, LINES - 1);
	assert_int_equal(house_line(&house, ids[0]).state, REG_IDLE);
	house_put_line(&house, ids[0], house.studio, 1, REGISTRAR_FIRST, NULL, AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_bound));
	/* Nothing that is sent has changed: its identity goes on. */
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).ids, 1);
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).fallen, 0);
	assert_int_equal(store_line_remove(house.store, ids[0]), 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_unbound));
	assert_int_equal(house_count(&house).lines, LINES - 1);
	assert_int_equal(agent_register_now(house.agent, ids[0]), -ENOENT);
	assert_int_equal(registrar_others(&registrar, REGISTRAR_FIRST), others);
	close_house(&house);
}

static bool has_new_name(struct house *house)
{
	return strcmp(house_line(house, house->what).studio_name, "Morning show") == 0;
}

static bool has_new_number(struct house *house)
{
	struct agent_line line = house_line(house, house->what);

	return line.number == 200 && strcmp(line.name, "Line 200") == 0;
}

static bool has_new_server_name(struct house *house)
{
	return strcmp(house_line(house, house->what).server_name, "The PBX") == 0;
}

static void names_numbers_and_rates_change_and_nothing_is_sent(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[8];
	struct store_server server;
	unsigned before;

	(void)state;
	open_house(&house, &registrar, 8, ids);
	before = registrar_others(&registrar, 0);
	house.what = ids[2];
	assert_int_equal(store_studio_put(house.store,
	                                  &(struct store_studio){ .id = house.studio,
	                                                          .name = "Morning show" },
	                                  NULL),
	                 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_new_name));
	house_put_line(&house, ids[2], house.studio, 200, REGISTRAR_FIRST + 2, NULL, AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_new_number));
	server = (struct store_server){ .id = house.server,
		                        .name = "The PBX",
		                        .domain = "127.0.0.1",
		                        .port = registrar.port,
		                        .transport = "udp",
		                        .expires_s = 3600,
		                        .rate_per_s = 5,
		                        .keepalive = "none",
		                        .srv = "default" };
	assert_int_equal(store_server_put(house.store, &server, NULL), 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, has_new_server_name));
	assert_true(house_up(&house, 8));
	assert_int_equal(registrar_others(&registrar, 0), before);
	close_house(&house);
}

static void count_short(void *ctx, const struct agent_line *line)
{
	*(unsigned *)ctx += line->granted_s == 600;
}

static bool all_have_moved(struct house *house)
{
	unsigned moved = 0;

	agent_lines(house->agent, &(struct agent_filter){ .limit = UINT32_MAX }, count_short,
	            &moved, NULL, NULL);
	return moved == house->count;
}

static void a_server_that_moves_takes_its_lines_along(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[4];
	struct store_server server;

	(void)state;
	open_house(&house, &registrar, 4, ids);
	server = (struct store_server){ .id = house.server,
		                        .name = "pbx",
		                        .domain = "localhost",
		                        .port = registrar.port,
		                        .transport = "udp",
		                        .expires_s = 600,
		                        .keepalive = "none",
		                        .srv = "default" };
	assert_int_equal(store_server_put(house.store, &server, NULL), 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, all_have_moved));
	for (unsigned i = 0; i < 4; i++) {
		struct registrar_user user = registrar_look(&registrar, REGISTRAR_FIRST + i);
		struct agent_line line = house_line(&house, ids[i]);

		assert_int_equal(user.most, 1);
		assert_int_equal(user.removals, 1);
		assert_int_equal(line.granted_s, 600);
		assert_non_null(strstr(line.address, "@localhost"));
	}
	close_house(&house);
}

/* ---- one registration for two studios */

static bool three_up(struct house *house)
{
	return house_count(house).up == 3;
}

static bool two_up(struct house *house)
{
	return house_count(house).up == 2;
}

static void the_same_extension_in_two_studios_is_one_registration(void **state)
{
	struct registrar registrar;
	struct registrar_user user;
	struct house house;
	int64_t ids[2], other, twin;

	(void)state;
	open_house(&house, &registrar, 2, ids);
	other = house_add_studio(&house, "Studio 2");
	twin = house_put_line(&house, 0, other, 1, REGISTRAR_FIRST, "secret-1001", AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, three_up));
	user = registrar_look(&registrar, REGISTRAR_FIRST);
	assert_int_equal(user.requests, 2);
	assert_int_equal(user.bindings, 1);
	assert_int_equal(house_line(&house, ids[0]).same_as, twin);
	assert_int_equal(house_line(&house, twin).same_as, ids[0]);
	assert_int_equal(house_line(&house, ids[0]).follows, 0);
	assert_int_equal(house_line(&house, twin).follows, ids[0]);
	assert_int_equal(house_line(&house, ids[1]).same_as, 0);
	assert_int_equal(house_line(&house, twin).status, 200);
	/* The one whose settings it has goes: the other one takes over, with its own. */
	assert_int_equal(store_line_remove(house.store, ids[0]), 0);
	agent_reload(house.agent);
	assert_true(house_wait(&house, two_up));
	house.what = twin;
	assert_true(house_wait(&house, is_up));
	user = registrar_look(&registrar, REGISTRAR_FIRST);
	assert_int_equal(user.most, 1);
	assert_int_equal(user.bindings, 1);
	assert_int_equal(user.fallen, 0);
	assert_int_equal(house_line(&house, twin).same_as, 0);
	close_house(&house);
}

/* ---- by hand */

static void a_line_is_taken_down_and_up_by_hand(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[3];

	(void)state;
	open_house(&house, &registrar, 3, ids);
	house.what = REGISTRAR_FIRST + 1;
	assert_int_equal(agent_unregister(house.agent, ids[1]), 0);
	assert_true(house_wait(&house, is_unbound));
	assert_true(house_up(&house, 2));
	/* An edit does not bring it back. */
	house_put_line(&house, ids[1], house.studio, 2, REGISTRAR_FIRST + 1, "secret-1002x",
	               AGENT_UP);
	house_put_line(&house, ids[2], house.studio, 200, REGISTRAR_FIRST + 2, NULL, AGENT_UP);
	agent_reload(house.agent);
	house.what = ids[2];
	assert_true(house_wait(&house, has_new_number));
	assert_int_equal(house_line(&house, ids[1]).state, REG_IDLE);
	house_put_line(&house, ids[1], house.studio, 2, REGISTRAR_FIRST + 1, "secret-1002",
	               AGENT_UP);
	agent_reload(house.agent);
	assert_int_equal(agent_register_now(house.agent, ids[1]), 0);
	assert_true(house_up(&house, 3));
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST + 1).most, 1);
	/* One that shall not be registered is not, by hand either. */
	house_put_line(&house, ids[0], house.studio, 1, REGISTRAR_FIRST, NULL, AGENT_DOWN);
	agent_reload(house.agent);
	assert_true(house_up(&house, 2));
	assert_int_equal(agent_register_now(house.agent, ids[0]), -EPERM);
	assert_int_equal(agent_unregister(house.agent, 12345), -ENOENT);
	close_house(&house);
}

static bool asked_again(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).requests > house->count;
}

static void register_now_refreshes_a_line_that_is_up(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[1];

	(void)state;
	open_house(&house, &registrar, 1, ids);
	house.count = registrar_look(&registrar, REGISTRAR_FIRST).requests;
	assert_int_equal(agent_register_now(house.agent, ids[0]), 0);
	assert_true(house_wait(&house, asked_again));
	/* The nonce is used again: a refresh is one round trip. */
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).unasked, 1);
	close_house(&house);
}

/* ---- stopping */

static int count_downs(void *ctx, const struct store_event *event)
{
	*(unsigned *)ctx += !event->up;
	return 0;
}

static void what_shall_be_kept_is_kept_and_found_again(void **state)
{
	struct registrar registrar;
	struct registrar_user before[4];
	struct house house;
	struct store_general general;
	int64_t ids[4];
	unsigned downs = 0;

	(void)state;
	open_house(&house, &registrar, 4, ids);
	assert_int_equal(store_general_get(house.store, &general), 0);
	general.on_stop = STORE_ON_STOP_KEEP;
	assert_int_equal(store_general_set(house.store, &general), 0);
	house_put_line(&house, ids[2], house.studio, 200, REGISTRAR_FIRST + 2, NULL, AGENT_UP);
	agent_reload(house.agent);
	house.what = ids[2];
	assert_true(house_wait(&house, has_new_number));
	house_stop_agent(&house);
	agent_free(house.agent);
	for (unsigned i = 0; i < 4; i++) {
		before[i] = registrar_look(&registrar, REGISTRAR_FIRST + i);
		assert_int_equal(before[i].bindings, 1);
		assert_int_equal(before[i].removals, 0);
	}
	house_open_agent(&house);
	assert_int_equal(house_line(&house, ids[0]).state, REG_IDLE);
	assert_int_equal(house_line(&house, ids[0]).status, 200); /* of the last process */
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, 4));
	for (unsigned i = 0; i < 4; i++) {
		struct registrar_user user = registrar_look(&registrar, REGISTRAR_FIRST + i);

		assert_int_equal(user.most, 1);
		assert_int_equal(user.ids, 1);
		assert_int_equal(user.twice, 0);
		assert_int_equal(user.fallen, 0);
		assert_int_equal(user.ports, 1);
		assert_true(user.cseq[0] > before[i].cseq[0]);
	}
	/* Nothing that people would call a change has happened: they were up all the time. */
	house_stop_agent(&house);
	assert_int_equal(store_history(house.store, 0, 0, 1000, count_downs, &downs), 0);
	assert_int_equal(downs, 0);
	close_house(&house);
}

static void a_stop_at_a_dead_registrar_is_bounded(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[20];
	uint64_t began_ms;

	(void)state;
	open_house(&house, &registrar, 20, ids);
	registrar_end(&registrar);
	began_ms = net_now_ms(house.net);
	house_stop_agent(&house); /* fails where it takes HOUSE_PATIENCE_MS */
	assert_true(net_now_ms(house.net) - began_ms < HOUSE_PATIENCE_MS);
	assert_int_equal(house_count(&house).up, 0);
	house_close(&house);
}

static void a_stop_before_the_start_is_at_once(void **state)
{
	struct registrar registrar;
	struct house house;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house_stop_agent(&house);
	close_house(&house);
}

/* ---- what is known */

struct seen {
	unsigned n, sent, received, credentials;
	uint32_t cseq;
	uint64_t number;
	unsigned logs, states, registered;
	int64_t line;
};

static void on_step(void *ctx, const struct agent_step *step)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->sent += step->sent;
	seen->received += !step->sent;
	seen->credentials += step->credentials;
	if (step->sent)
		assert_true(step->cseq > seen->cseq);
	if (!step->sent)
		assert_true(step->status == 401 || step->status == 200);
	seen->cseq = step->cseq;
	assert_non_null(strstr(step->peer, "127.0.0.1:"));
	assert_non_null(step->text);
	assert_non_null(strstr(step->text, step->sent ? "REGISTER sip:" : "SIP/2.0 "));
	assert_int_equal(step->credentials, strstr(step->text, "response=\"***\"") != NULL);
	assert_null(strstr(step->text, "secret"));
}

static int on_event(void *ctx, const struct agent_event *event)
{
	struct seen *seen = ctx;

	assert_true(event->number > seen->number);
	seen->number = event->number;
	seen->logs += event->kind == AGENT_LOG;
	seen->states += event->kind == AGENT_STATE;
	seen->registered += strcmp(event->text, "REGISTERED") == 0;
	assert_null(strstr(event->text, "secret"));
	if (seen->line && event->line)
		assert_int_equal(event->line, seen->line);
	return 0;
}

static bool has_told(struct house *house)
{
	struct seen seen = { 0 };

	agent_events(house->agent,
	             &(struct agent_event_filter){ .line = house->what, .limit = 1000 }, on_event,
	             &seen);
	return seen.registered == 1;
}

static void the_last_messages_and_events_of_a_line_are_known(void **state)
{
	struct registrar registrar;
	struct house house;
	struct seen seen = { 0 };
	int64_t ids[3];

	(void)state;
	open_house(&house, &registrar, 3, ids);
	house.what = ids[1];
	assert_true(house_wait(&house, has_told));
	assert_int_equal(agent_steps(house.agent, ids[1], on_step, &seen), 0);
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.sent, 2);
	assert_int_equal(seen.credentials, 1);
	assert_int_equal(agent_steps(house.agent, 999, on_step, &seen), -ENOENT);
	seen = (struct seen){ .line = ids[1] };
	assert_int_equal(agent_events(house.agent,
	                              &(struct agent_event_filter){ .line = ids[1], .limit = 1000 },
	                              on_event, &seen),
	                 0);
	assert_int_equal(seen.states, 2);   /* TRYING, REGISTERED */
	assert_int_equal(seen.logs, 4);     /* the article's: send, 401, again, 200 */
	assert_true(house.logged >= 3 * 4); /* and in the log of the control thread */
	assert_true(seen.number <= agent_events_last(house.agent));
	close_house(&house);
}

struct handles {
	uint32_t of[40]; /* of each line's attempt */
	unsigned n;
};

static void take_handle(void *ctx, const struct agent_step *step)
{
	struct handles *handles = ctx;

	if (!step->sent)
		handles->of[handles->n] = step->ctx;
}

static void no_two_attempts_have_the_same_handle_whatever_their_shards(void **state)
{
	enum { MANY = 40 };
	struct registrar registrar;
	struct house house;
	struct handles handles = { .n = 0 };
	int64_t ids[MANY];
	char name[AGENT_NAME_MAX];

	(void)state;
	open_house(&house, &registrar, MANY, ids);
	for (; handles.n < MANY; handles.n++) {
		house.what = ids[handles.n];
		assert_true(house_wait(&house, has_told));
		assert_int_equal(agent_steps(house.agent, ids[handles.n], take_handle, &handles),
		                 0);
		assert_in_range(handles.of[handles.n], 0xa000001, 0xa000001 + 2 * MANY);
		for (unsigned i = 0; i < handles.n; i++)
			assert_int_not_equal(handles.of[i], handles.of[handles.n]);
	}
	assert_int_equal(agent_line_name(house.agent, ids[6], name), 0);
	assert_string_equal(name, "Studio 1/7 Line 7");
	assert_int_equal(agent_line_name(house.agent, 999, name), -ENOENT);
	assert_string_equal(name, "");
	close_house(&house);
}

/* Counts what was left out of the log. */
static int find_more(void *ctx, const struct agent_event *event)
{
	const char *more = strstr(event->text, "SIP: and ");

	*(unsigned *)ctx += more ? (unsigned)strtoul(more + strlen("SIP: and "), NULL, 10) : 0;
	return 0;
}

/* All that many lines have logged was written, or counted. */
static bool all_is_told(struct house *house)
{
	const struct agent_event_filter filter = { .log_only = true, .limit = UINT32_MAX };
	unsigned more = 0;

	agent_events(house->agent, &filter, find_more, &more);
	return house->logged + more >= 4 * house->count && more > 2 * house->count;
}

static void what_many_lines_meet_alike_is_written_once_and_known_of_each(void **state)
{
	enum { MANY = 150 };
	struct registrar registrar;
	struct house house;
	int64_t ids[MANY];

	(void)state;
	open_house(&house, &registrar, MANY, ids);
	assert_true(house_wait(&house, all_is_told));
	assert_true(house.logged < 2 * MANY);
	for (unsigned i = 0; i < MANY; i += 57) {
		struct seen seen = { .line = ids[i] };

		assert_int_equal(agent_events(house.agent,
		                              &(struct agent_event_filter){ .line = ids[i],
		                                                            .log_only = true,
		                                                            .limit = 1000 },
		                              on_event, &seen),
		                 0);
		assert_int_equal(seen.logs, 4);
		assert_int_equal(seen.states, 0);
	}
	close_house(&house);
}

static void on_server(void *ctx, const struct agent_server *server)
{
	*(struct agent_server *)ctx = *server;
}

static bool has_counted(struct house *house)
{
	struct agent_counters counters;

	agent_counters(house->agent, &counters);
	return counters.granted == 6 && counters.sent == 12 && counters.received == 12;
}

static bool server_is_up(struct house *house)
{
	struct agent_server server = { 0 };

	agent_servers(house->agent, on_server, &server);
	return server.up == 6;
}

static void servers_and_counters_are_known(void **state)
{
	struct registrar registrar;
	struct house house;
	struct agent_server server = { 0 };
	int64_t ids[6];

	(void)state;
	open_house(&house, &registrar, 6, ids);
	assert_true(house_wait(&house, server_is_up));
	assert_int_equal(agent_servers(house.agent, on_server, &server), 0);
	assert_string_equal(server.name, "pbx");
	assert_int_equal(server.lines, 6);
	assert_false(server.dead);
	/* However quick it is, it was heard. */
	assert_true(server.answer_ms >= 1);
	assert_true(house_wait(&house, has_counted));
	close_house(&house);
}

struct listed {
	unsigned n;
	uint32_t last;
	char up;
};

static void on_listed(void *ctx, const struct agent_line *line)
{
	struct listed *listed = ctx;

	assert_true(line->number > listed->last);
	listed->last = line->number;
	listed->n++;
}

static bool one_is_counted_down(struct house *house)
{
	const struct agent_filter refused = { .up = AGENT_DOWN, .cause = "auth-refused" };
	uint32_t total = 0;

	assert_int_equal(agent_lines(house->agent, &refused, NULL, NULL, &total, NULL), 0);
	return total == 1;
}

static void lines_are_filtered_counted_and_paged(void **state)
{
	static const struct {
		struct agent_filter filter;
		uint32_t total, told, lines;
	} rows[] = {
		{ { .limit = 100 }, 40, 40, 40 },
		{ { .limit = 7 }, 40, 7, 40 },
		{ { .limit = 7, .offset = 36 }, 40, 4, 40 },
		{ { .limit = 100, .up = AGENT_UP }, 39, 39, 40 },
		{ { .limit = 100, .up = AGENT_DOWN }, 1, 1, 40 },
		{ { .limit = 100, .cause = "auth-refused" }, 1, 1, 40 },
		{ { .limit = 100, .cause = "silence" }, 0, 0, 40 },
		{ { .limit = 100, .text = "1012" }, 1, 1, 1 },
		{ { .limit = 100, .text = "line 1" }, 11, 11, 11 }, /* 1, 10 to 19 */
		{ { .limit = 3, .offset = 9, .text = "LINE 1" }, 11, 2, 11 },
		{ { .limit = 100, .text = "line 4", .up = AGENT_DOWN }, 1, 1, 2 }, /* 4 and 40 */
		{ { .limit = 100, .text = "127.0" }, 40, 40, 40 },
		{ { .limit = 100, .studio = 77 }, 0, 0, 0 },
		{ { .limit = 100, .server = 77 }, 0, 0, 0 },
	};
	struct registrar registrar;
	struct house house;
	int64_t ids[40];

	(void)state;
	open_house(&house, &registrar, 40, ids);
	house_put_line(&house, ids[3], house.studio, 4, REGISTRAR_FIRST + 3, "wrong", AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, one_is_counted_down));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct listed listed = { 0 };
		struct agent_count count;
		uint32_t total;

		assert_int_equal(agent_lines(house.agent, &rows[i].filter, on_listed, &listed,
		                             &total, &count),
		                 0);
		assert_int_equal(total, rows[i].total);
		assert_int_equal(listed.n, rows[i].told);
		assert_int_equal(count.lines, rows[i].lines);
	}
	close_house(&house);
}

/* ---- what outlives it */

struct kept {
	unsigned states, events, ups;
	int64_t now_ms;
};

static int on_state(void *ctx, const struct store_state *kept_state)
{
	struct kept *kept = ctx;

	kept->states += kept_state->bound_until_ms > kept->now_ms && kept_state->status == 200 &&
	                kept_state->cseq_block >= REG_FIRST_CSEQ + STORE_CSEQ_BLOCK &&
	                strchr(kept_state->source, ':') && strchr(kept_state->target, ':') &&
	                kept_state->epoch >= 1;
	return 0;
}

static int on_history(void *ctx, const struct store_event *event)
{
	struct kept *kept = ctx;

	kept->events++;
	kept->ups += event->up && strcmp(event->state, "REGISTERED") == 0;
	return 0;
}

static bool all_is_written(struct house *house)
{
	struct kept kept = { .now_ms = net_wall_ms(house->net) };

	store_states(house->store, on_state, &kept);
	store_history(house->store, 0, 0, 1000, on_history, &kept);
	return kept.states == house->count && kept.ups == house->count;
}

static void state_and_history_are_written_without_a_stop(void **state)
{
	struct registrar registrar;
	struct house house;
	struct kept kept = { 0 };
	int64_t ids[5];

	(void)state;
	open_house(&house, &registrar, 5, ids);
	house.count = 5;
	assert_true(house_wait(&house, all_is_written));
	/* Each line came up once, and TRYING before that is no news. */
	store_history(house.store, 0, 0, 1000, on_history, &kept);
	assert_int_equal(kept.events, 5);
	house_stop_agent(&house);
	kept = (struct kept){ 0 };
	store_history(house.store, 0, 0, 1000, on_history, &kept);
	assert_int_equal(kept.events, 10);
	assert_int_equal(kept.ups, 5);
	close_house(&house);
}

static void what_cannot_be_registered_says_why(void **state)
{
	struct store_server odd = { .name = "odd",
		                    .domain = "pbx example",
		                    .transport = "udp",
		                    .expires_s = 3600,
		                    .keepalive = "none",
		                    .srv = "default" };
	struct registrar registrar;
	struct house house;
	int64_t ids[1], line;

	(void)state;
	open_house(&house, &registrar, 1, ids);
	assert_int_equal(store_server_put(house.store, &odd, &house.server), 0);
	line = house_put_line(&house, 0, house.studio, 2, REGISTRAR_FIRST + 2, NULL, AGENT_UP);
	house.server = 0;
	house_put_line(&house, 0, house.studio, 3, REGISTRAR_FIRST + 3, NULL, AGENT_UP);
	house_put_line(&house, ids[0], house.studio, 200, REGISTRAR_FIRST, NULL, AGENT_UP);
	agent_reload(house.agent);
	house.what = ids[0];
	assert_true(house_wait(&house, has_new_number));
	assert_non_null(strstr(house_line(&house, line).reason, "no host name"));
	/* Line 1 had a server, and now has none: there is no default. */
	assert_non_null(strstr(house_line(&house, ids[0]).reason, "no default server"));
	assert_int_equal(agent_register_now(house.agent, line), -EPERM);
	close_house(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifty_lines_come_up_and_stop_removes_them),
		cmocka_unit_test(a_wrong_password_takes_its_line_down_and_the_right_one_up),
		cmocka_unit_test(a_line_that_is_disabled_or_deleted_is_removed_at_the_registrar),
		cmocka_unit_test(names_numbers_and_rates_change_and_nothing_is_sent),
		cmocka_unit_test(a_server_that_moves_takes_its_lines_along),
		cmocka_unit_test(the_same_extension_in_two_studios_is_one_registration),
		cmocka_unit_test(a_line_is_taken_down_and_up_by_hand),
		cmocka_unit_test(register_now_refreshes_a_line_that_is_up),
		cmocka_unit_test(what_shall_be_kept_is_kept_and_found_again),
		cmocka_unit_test(a_stop_at_a_dead_registrar_is_bounded),
		cmocka_unit_test(a_stop_before_the_start_is_at_once),
		cmocka_unit_test(the_last_messages_and_events_of_a_line_are_known),
		cmocka_unit_test(no_two_attempts_have_the_same_handle_whatever_their_shards),
		cmocka_unit_test(what_many_lines_meet_alike_is_written_once_and_known_of_each),
		cmocka_unit_test(servers_and_counters_are_known),
		cmocka_unit_test(lines_are_filtered_counted_and_paged),
		cmocka_unit_test(state_and_history_are_written_without_a_stop),
		cmocka_unit_test(what_cannot_be_registered_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
