/* crowd_test.c: the log where very many lines meet the same: what is written, what is left out and
 * counted, on a clock of the test's own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "explain/explain.h"

#define NOW UINT64_C(1000000)

static struct agent_crowd *new_crowd(void)
{
	struct agent_crowd *crowd = calloc(1, sizeof(*crowd));

	assert_non_null(crowd);
	crowd->key = (struct hash_key){ 1, 2 };
	return crowd;
}

static bool written(struct agent_crowd *crowd, const struct log_event *event, const char *host,
                    uint64_t now_ms)
{
	const struct explain_cause *cause =
		event->kind == LOG_FAILED ? explain_by_id(SLICE("server-busy")) : NULL;

	return agent_crowd_see(crowd, event, host, cause, now_ms) == AGENT_CROWD_WRITE;
}

/* One sentence, and no more of them. */
static void says(struct agent_crowd *crowd, uint64_t now_ms, enum log_level level, const char *text)
{
	char said[AGENT_CROWD_SAY] = "nothing";
	enum log_level came = LOG_LEVEL_QUIET;

	assert_true(agent_crowd_take(crowd, now_ms, &came, said));
	assert_string_equal(said, text);
	assert_int_equal(came, level);
}

static void says_nothing(struct agent_crowd *crowd, uint64_t now_ms)
{
	char said[AGENT_CROWD_SAY];
	enum log_level level;

	assert_false(agent_crowd_take(crowd, now_ms, &level, said));
}

/* The server goes away for 100,000 lines, which see it over three seconds; each says so in four
 * lines of the log. */
static void a_hundred_thousand_lines_that_fail_are_ten_and_how_many_more(void **state)
{
	enum { LINES = 100000 };
	struct agent_crowd *crowd = new_crowd();
	unsigned shown = 0;
	uint64_t last_ms = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++) {
		char address[64], text[160];
		uint64_t now_ms = NOW + i / 40;
		struct log_event event = { .status = 503, .level = LOG_LEVEL_WARN };

		snprintf(address, sizeof(address), "sip:%u@pbx.example", 1000000 + i);
		snprintf(text, sizeof(text), "%s%s", address, LINE_LAPSED);
		event.address = slice_str(address);
		event.reason = slice_str(address); /* one of its own each time */
		event.kind = LOG_RECV;
		event.level = LOG_LEVEL_INFO;
		shown += written(crowd, &event, "pbx.example", now_ms);
		event.kind = LOG_FAILED;
		event.level = LOG_LEVEL_WARN;
		shown += written(crowd, &event, "pbx.example", now_ms);
		event.kind = LOG_NOTE;
		event.text = slice_str(text);
		event.status = 0;
		shown += written(crowd, &event, "pbx.example", now_ms);
		says_nothing(crowd, now_ms);
		last_ms = now_ms;
	}
	assert_int_equal(shown, 3 * AGENT_CROWD_FIRST);
	assert_int_equal(crowd->used, 3);
	assert_true(agent_crowd_next_ms(crowd) == last_ms + AGENT_CROWD_QUIET_MS);
	last_ms += AGENT_CROWD_QUIET_MS;
	says(crowd, last_ms, LOG_LEVEL_INFO,
	     "and 99,990 more at pbx.example in 3 s: recv REGISTER: 503");
	says(crowd, last_ms, LOG_LEVEL_WARN,
	     "and 99,990 more at pbx.example in 3 s: is registered no longer: no refresh "
	     "succeeded in the granted time");
	says(crowd, last_ms, LOG_LEVEL_WARN,
	     "and 99,990 more at pbx.example in 3 s: REGISTER failed (status code: 503), "
	     "server-busy");
	says_nothing(crowd, UINT64_MAX);
	assert_true(agent_crowd_next_ms(crowd) == UINT64_MAX);
	free(crowd);
}

static void servers_statuses_and_causes_are_told_apart(void **state)
{
	static const struct log_event events[] = {
		{ .kind = LOG_RECV, .status = 401 },
		{ .kind = LOG_RECV, .status = 200 },
		{ .kind = LOG_SEND },
		{ .kind = LOG_FAILED, .status = 503 },
	};
	struct agent_crowd *crowd = new_crowd();
	unsigned shown = 0;

	(void)state;
	for (unsigned i = 0; i < 4 * AGENT_CROWD_FIRST; i++) {
		shown += written(crowd, &events[i % 4], "a.example", NOW);
		shown += written(crowd, &events[i % 4], "b.example", NOW);
	}
	assert_int_equal(shown, 8 * AGENT_CROWD_FIRST);
	assert_true(agent_crowd_see(crowd, &events[3], "a.example",
	                            explain_by_id(SLICE("server-busy-until")),
	                            NOW) == AGENT_CROWD_WRITE);
	says_nothing(crowd, UINT64_MAX);
	free(crowd);
}

/* A crowd without an end is told of every ten seconds. */
static void what_goes_on_is_told_in_windows(void **state)
{
	const struct log_event event = { .kind = LOG_SEND, .level = LOG_LEVEL_INFO };
	struct agent_crowd *crowd = new_crowd();
	unsigned shown = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) { /* a hundred a second */
		shown += written(crowd, &event, "pbx.example", NOW + 10 * i);
		says_nothing(crowd, NOW + 10 * i);
	}
	assert_int_equal(shown, AGENT_CROWD_FIRST);
	says(crowd, NOW + AGENT_CROWD_MS, LOG_LEVEL_INFO,
	     "and 990 more at pbx.example in 10 s: send REGISTER");
	assert_true(written(crowd, &event, "pbx.example", NOW + AGENT_CROWD_MS));
	free(crowd);
}

/* What comes one by one is never left out, however long that goes on. */
static void what_is_not_many_is_written(void **state)
{
	const struct log_event event = { .kind = LOG_SEND, .level = LOG_LEVEL_INFO };
	struct agent_crowd *crowd = new_crowd();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_true(written(crowd, &event, "pbx.example", NOW + 1100 * i));
	assert_int_equal(crowd->used, 1);
	says_nothing(crowd, UINT64_MAX);
	free(crowd);
}

static void there_are_never_more_kinds_than_there_is_room_for(void **state)
{
	struct agent_crowd *crowd = new_crowd();
	char host[32];
	unsigned left_out = 0;

	(void)state;
	for (unsigned round = 0; round < 2 * AGENT_CROWD_FIRST; round++)
		for (unsigned i = 0; i < 2 * AGENT_CROWD_KINDS; i++) {
			const struct log_event event = { .kind = LOG_SEND };

			snprintf(host, sizeof(host), "pbx%u.example", i);
			left_out += !written(crowd, &event, host, NOW);
		}
	assert_int_equal(crowd->used, AGENT_CROWD_KINDS);
	assert_int_equal(left_out, AGENT_CROWD_KINDS * AGENT_CROWD_FIRST);
	for (unsigned i = 0; i < AGENT_CROWD_KINDS; i++) {
		char said[AGENT_CROWD_SAY];
		enum log_level level;

		assert_true(agent_crowd_take(crowd, UINT64_MAX, &level, said));
		assert_non_null(strstr(said, "and 10 more at pbx"));
	}
	says_nothing(crowd, UINT64_MAX);
	free(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_lines_that_fail_are_ten_and_how_many_more),
		cmocka_unit_test(servers_statuses_and_causes_are_told_apart),
		cmocka_unit_test(what_goes_on_is_told_in_windows),
		cmocka_unit_test(what_is_not_many_is_written),
		cmocka_unit_test(there_are_never_more_kinds_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
