/* history_test.c: the history of a line is whole, whatever becomes of its registration: a line that
 * joins one that is up is up from then on, and one that leaves it is not, whoever else goes on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "registrar.h"

#include "house.h"

#define PAST_MS 3600000

struct told {
	unsigned n;
	bool up;
	char states[128]; /* "REGISTERED IDLE " */
	char causes[64];
};

static int on_event(void *ctx, const struct store_event *event)
{
	struct told *told = ctx;

	told->n++;
	told->up = event->up;
	strncat(told->states, event->state, sizeof(told->states) - strlen(told->states) - 1);
	strncat(told->states, " ", sizeof(told->states) - strlen(told->states) - 1);
	strncat(told->causes, event->cause, sizeof(told->causes) - strlen(told->causes) - 1);
	return 0;
}

static struct told told_of(struct house *house, int64_t line)
{
	struct told told = { 0 };

	assert_int_equal(store_history(house->store, line, 0, 100, on_event, &told), 0);
	return told;
}

/* Of the line house->what, house->count events. */
static bool is_told(struct house *house)
{
	return told_of(house, house->what).n == house->count;
}

static void wait_for(struct house *house, int64_t line, unsigned events, const char *states)
{
	house->what = line;
	house->count = events;
	if (!house_wait(house, is_told))
		fail_msg("\"%s\" is told", told_of(house, line).states);
	assert_string_equal(told_of(house, line).states, states);
}

static void disable(struct house *house, int64_t line, int64_t studio, unsigned extension)
{
	house_put_line(house, line, studio, 1, extension, NULL, AGENT_DOWN);
	agent_reload(house->agent);
}

static void open_house(struct house *house, struct registrar *registrar)
{
	registrar_start(registrar);
	house_open(house, registrar);
	house->server = house_add_server(house, "pbx", 0);
	house->studio = house_add_studio(house, "Studio 1");
	assert_int_equal(agent_start(house->agent), 0);
}

static void a_shared_registration_is_in_the_history_of_each_line(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t first, twin, other, up_ms, now_ms;

	(void)state;
	open_house(&house, &registrar);
	other = house_add_studio(&house, "Studio 2");
	first = house_put_line(&house, 0, house.studio, 1, REGISTRAR_FIRST, "secret-1001",
	                       AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, first, 1, "REGISTERED ");
	twin = house_put_line(&house, 0, other, 1, REGISTRAR_FIRST, "secret-1001", AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, twin, 1, "REGISTERED ");
	assert_true(told_of(&house, twin).up);
	/* It is taken off; the registration goes on for the other one. */
	disable(&house, twin, other, REGISTRAR_FIRST);
	wait_for(&house, twin, 2, "REGISTERED IDLE ");
	assert_false(told_of(&house, twin).up);
	assert_int_equal(told_of(&house, first).n, 1);
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).bindings, 1);
	/* The last one goes, and the registration with it. */
	disable(&house, first, house.studio, REGISTRAR_FIRST);
	wait_for(&house, first, 2, "REGISTERED IDLE ");
	/* From then on no time counts as up. */
	now_ms = net_wall_ms(house.net) + PAST_MS;
	assert_int_equal(store_uptime(house.store, first, now_ms, now_ms + PAST_MS, &up_ms), 0);
	assert_int_equal(up_ms, 0);
	house_close(&house);
	registrar_end(&registrar);
}

static void who_joins_a_refused_line_is_told_its_cause(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t first, twin, other;

	(void)state;
	open_house(&house, &registrar);
	other = house_add_studio(&house, "Studio 2");
	first = house_put_line(&house, 0, house.studio, 1, REGISTRAR_FIRST, "wrong", AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, first, 1, "WAITING ");
	twin = house_put_line(&house, 0, other, 1, REGISTRAR_FIRST, "wrong", AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, twin, 1, "WAITING ");
	assert_false(told_of(&house, twin).up);
	assert_string_equal(told_of(&house, twin).causes, "auth-refused");
	house_close(&house);
	registrar_end(&registrar);
}

static void a_line_that_moves_begins_anew(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t line;

	(void)state;
	open_house(&house, &registrar);
	line = house_put_line(&house, 0, house.studio, 1, REGISTRAR_FIRST, "secret-1001", AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, line, 1, "REGISTERED ");
	house_put_line(&house, line, house.studio, 1, REGISTRAR_FIRST + 1, "secret-1002", AGENT_UP);
	agent_reload(house.agent);
	wait_for(&house, line, 3, "REGISTERED IDLE REGISTERED ");
	house_close(&house);
	registrar_end(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shared_registration_is_in_the_history_of_each_line),
		cmocka_unit_test(who_joins_a_refused_line_is_told_its_cause),
		cmocka_unit_test(a_line_that_moves_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
