/* agent_test.c: the agent with threads of its own, over loopback, against src/practice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifty_lines_come_up_and_stop_removes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
