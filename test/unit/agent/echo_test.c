/* agent/echo_test.c: what several shards say at the same time is one thing. */
#include "agent/echo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

static const struct hash_key key = { 1, 2 };

static bool is_echo(struct agent_echo *echo, const char *text, uint64_t now_ms)
{
	return agent_echo_is(echo, &key, slice_str(text), now_ms);
}

static void the_first_is_written_and_the_others_are_not(void **state)
{
	struct agent_echo echo = { 0 };

	(void)state;
	assert_false(is_echo(&echo, "the way to pbx.example is another one now", 1000));
	assert_true(is_echo(&echo, "the way to pbx.example is another one now", 1000));
	assert_true(is_echo(&echo, "the way to pbx.example is another one now",
	                    1000 + AGENT_ECHO_MS - 1));
}

static void another_text_is_no_echo(void **state)
{
	struct agent_echo echo = { 0 };

	(void)state;
	assert_false(is_echo(&echo, "the way to a.example is another one now", 1000));
	assert_false(is_echo(&echo, "the way to b.example is another one now", 1000));
	assert_true(is_echo(&echo, "the way to a.example is another one now", 1000));
}

static void what_happens_again_is_written_again(void **state)
{
	struct agent_echo echo = { 0 };

	(void)state;
	assert_false(is_echo(&echo, "the way to pbx.example is another one now", 1000));
	assert_false(
		is_echo(&echo, "the way to pbx.example is another one now", 1000 + AGENT_ECHO_MS));
	assert_true(
		is_echo(&echo, "the way to pbx.example is another one now", 1001 + AGENT_ECHO_MS));
}

static void what_is_forgotten_is_written(void **state)
{
	struct agent_echo echo = { 0 };
	char text[] = "A";

	(void)state;
	for (unsigned i = 0; i <= AGENT_ECHO_TEXTS; i++, text[0]++)
		assert_false(is_echo(&echo, text, 1000));
	assert_true(is_echo(&echo, "B", 1000));
	assert_false(is_echo(&echo, "A", 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_written_and_the_others_are_not),
		cmocka_unit_test(another_text_is_no_echo),
		cmocka_unit_test(what_happens_again_is_written_again),
		cmocka_unit_test(what_is_forgotten_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
