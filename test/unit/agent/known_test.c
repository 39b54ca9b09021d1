/* known_test.c: events and steps: what is kept, what goes, and that there is never more of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/rng.h"

/* ---- events */

struct read {
	uint64_t first, last, n;
	int64_t line;
	size_t longest;
	bool wrong;
};

/* Each event's text begins with its number. */
static int on_event(void *ctx, const struct agent_event *event)
{
	struct read *read = ctx;

	if (!read->n++)
		read->first = event->number;
	read->wrong = read->wrong || (read->last && event->number <= read->last) ||
	              strtoull(event->text, NULL, 10) != event->number;
	read->last = event->number;
	read->line = event->line;
	if (strlen(event->text) > read->longest)
		read->longest = strlen(event->text);
	return 0;
}

static void put(struct agent_events *events, int64_t line, size_t length)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "%llu ", (unsigned long long)events->last + 1);

	while ((size_t)n < length)
		text[n++] = 'x';
	agent_events_put(events, &(struct agent_event){ .line = line, .at_ms = 1 }, AGENT_FOR_ALL,
	                 slice_of(text, (size_t)n));
}

static int read_events(struct agent_events *events, uint64_t after, int64_t line, int64_t twin,
                       uint32_t limit, struct read *read)
{
	const struct agent_event_filter filter = { .after = after, .line = line, .limit = limit };

	return agent_events_read(events, &filter, twin, on_event, read);
}

static void the_last_events_are_kept_and_numbered(void **state)
{
	/* Short ones are bounded by their number, long ones by their bytes. */
	static const struct {
		size_t length;
		uint64_t least, most;
	} rows[] = {
		{ 1, AGENT_RING, AGENT_RING },
		{ 100, AGENT_RING, AGENT_RING },
		{ 700, AGENT_EVENT_BYTES / 2 / 701 - 2, AGENT_EVENT_BYTES / 2 / 701 },
		{ 4000, AGENT_EVENT_BYTES / 2 / (AGENT_EVENT_TEXT + 1) - 2,
		  AGENT_EVENT_BYTES / 2 / (AGENT_EVENT_TEXT + 1) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct agent_events events = { 0 };
		struct read read = { 0 };

		assert_int_equal(agent_events_init(&events), 0);
		for (unsigned n = 0; n < 3 * AGENT_RING; n++)
			put(&events, 1, rows[i].length);
		assert_int_equal(read_events(&events, 1, 0, 0, 10, &read), -ESTALE);
		assert_int_equal(read_events(&events, agent_events_oldest(&events) - 1, 0, 0,
		                             UINT32_MAX, &read),
		                 0);
		assert_false(read.wrong);
		assert_int_equal(read.last, 3 * AGENT_RING);
		assert_in_range(read.n, rows[i].least, rows[i].most);
		assert_int_equal(read.n, read.last + 1 - read.first);
		assert_true(read.longest <= AGENT_EVENT_TEXT);
		agent_events_done(&events);
	}
}

/* Texts of all lengths, so that the ring turns at all places. */
static void what_is_read_is_what_was_put_in_at_any_length(void **state)
{
	struct agent_events events = { 0 };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	assert_int_equal(agent_events_init(&events), 0);
	for (unsigned n = 0; n < 100000; n++) {
		put(&events, 1, rng_between(&rng, 0, 1500));
		if (n % 5000 == 0) {
			struct read read = { 0 };

			assert_int_equal(read_events(&events, agent_events_oldest(&events) - 1, 0,
			                             0, UINT32_MAX, &read),
			                 0);
			assert_false(read.wrong);
			assert_int_equal(read.last, n + 1);
		}
	}
	agent_events_done(&events);
}

static int stop_at_once(void *ctx, const struct agent_event *event)
{
	(void)ctx;
	(void)event;
	return 7;
}

static void events_are_read_by_line_with_a_limit_and_until_the_reader_has_enough(void **state)
{
	struct agent_events events = { 0 };
	struct read read = { 0 };

	(void)state;
	assert_int_equal(agent_events_init(&events), 0);
	assert_int_equal(read_events(&events, 0, 0, 0, 10, &read), 0);
	assert_int_equal(read.n, 0);
	for (unsigned n = 0; n < 300; n++)
		put(&events, n % 3, 5);
	assert_int_equal(read_events(&events, 0, 2, 2, 1000, &read), 0);
	assert_int_equal(read.n, 100);
	assert_int_equal(read.line, 2);
	read = (struct read){ 0 };
	assert_int_equal(read_events(&events, 0, 2, 1, 1000, &read), 0);
	assert_int_equal(read.n, 200);
	read = (struct read){ 0 };
	assert_int_equal(read_events(&events, 100, 0, 0, 50, &read), 0);
	assert_int_equal(read.first, 101);
	assert_int_equal(read.n, 50);
	assert_int_equal(agent_events_read(&events, &(struct agent_event_filter){ .limit = 50 }, 0,
	                                   stop_at_once, NULL),
	                 7);
	agent_events_done(&events);
}

/* What many lines meet alike, and what state they are in, pushes nothing out of the log. */
static void the_log_outlasts_what_is_for_one_line_and_changes_of_state(void **state)
{
	const struct agent_event log = { .kind = AGENT_LOG, .line = 7 };
	const struct agent_event other = { .kind = AGENT_STATE, .line = 8 };
	struct agent_event_filter filter = { .log_only = true, .limit = 10 };
	struct agent_events events = { 0 };
	struct read read = { 0 };

	(void)state;
	assert_int_equal(agent_events_init(&events), 0);
	agent_events_put(&events, &log, AGENT_FOR_ALL, SLICE("1"));
	agent_events_put(&events, &log, AGENT_FOR_LINE, SLICE("2"));
	agent_events_put(&events, &log, AGENT_FOR_ALL, SLICE("3"));
	agent_events_put(&events, &other, AGENT_FOR_ALL, SLICE("4"));
	assert_int_equal(read_events(&events, 0, 0, 0, 10, &read), 0);
	assert_int_equal(read.n, 3); /* 1, 3, 4 */
	read = (struct read){ 0 };
	assert_int_equal(read_events(&events, 0, 7, 7, 10, &read), 0);
	assert_int_equal(read.n, 3); /* 1, 2, 3 */
	assert_false(read.wrong);
	filter.limit = 1;
	assert_int_equal(agent_events_end(&events, &filter, 0), 2);
	filter.limit = 2;
	assert_int_equal(agent_events_end(&events, &filter, 0), 0);
	filter.line = 7;
	assert_int_equal(agent_events_end(&events, &filter, 7), 1);
	assert_int_equal(events.forgotten, 0);
	for (unsigned n = 0; n < AGENT_RING; n++)
		agent_events_put(&events, &other, AGENT_FOR_ALL, SLICE("n"));
	assert_int_equal(events.forgotten, 4);
	filter = (struct agent_event_filter){ .log_only = true, .limit = 10 };
	read = (struct read){ 0 };
	assert_int_equal(agent_events_read(&events, &filter, 0, on_event, &read), 0);
	assert_int_equal(read.n, 2);
	assert_int_equal(read.first, 1);
	assert_int_equal(read.last, 3);
	agent_events_done(&events);
}

/* ---- steps */

static void step(struct agent_step_book *book, struct agent_account *account, int64_t at_ms)
{
	const struct agent_record record = { .kind = AGENT_RECORD_STEP,
		                             .account = account,
		                             .at_ms = at_ms,
		                             .texts_n = { AGENT_RECORD_ABSENT } };

	agent_steps_put(book, &record);
}

static void the_last_steps_of_a_line_are_kept_in_order(void **state)
{
	struct agent_step_cell cells[AGENT_STEPS];
	struct agent_account account = { 0 };
	struct agent_step_book book = { 0 };

	(void)state;
	agent_steps_init(&book);
	assert_int_equal(agent_steps_copy(&book, &account, cells), 0);
	for (int64_t i = 1; i <= 3 * AGENT_STEPS + 5; i++)
		step(&book, &account, i);
	assert_int_equal(agent_steps_copy(&book, &account, cells), AGENT_STEPS);
	for (int i = 0; i < AGENT_STEPS; i++)
		assert_int_equal(cells[i].at_ms, 2 * AGENT_STEPS + 6 + i);
	agent_steps_forget(&book, &account);
	assert_int_equal(agent_steps_copy(&book, &account, cells), 0);
	assert_int_equal(book.count, 0);
	agent_steps_forget(&book, &account);
	agent_steps_done(&book);
}

/* A record with its texts behind it, as an outbox has it. */
static struct agent_record *record_of(enum agent_record_kind kind, struct agent_account *account,
                                      const char *const texts[AGENT_RECORD_TEXTS])
{
	struct agent_record *record = calloc(1, sizeof(*record) + 16384);
	char *at = (char *)(record + 1);

	assert_non_null(record);
	*record = (struct agent_record){ .kind = kind, .account = account, .at_ms = 1 };
	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
		size_t n = texts[i] ? strlen(texts[i]) : 0;

		record->texts_n[i] = texts[i] ? (uint16_t)n : AGENT_RECORD_ABSENT;
		if (n)
			memcpy(at, texts[i], n);
		at += n;
	}
	return record;
}

static void say(struct agent_step_book *book, struct agent_account *account, const char *text)
{
	const char *const texts[AGENT_RECORD_TEXTS] = { "Reason", text };
	struct agent_record *record = record_of(AGENT_RECORD_STEP, account, texts);

	agent_steps_put(book, record);
	free(record);
}

static size_t texts_of(struct agent_step_book *book, const struct agent_account *account)
{
	struct agent_step_cell cells[AGENT_STEPS];
	unsigned n = agent_steps_copy(book, account, cells);
	size_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		bytes += cells[i].text ? strlen(cells[i].text) + 1 : 0;
		free(cells[i].text);
	}
	return bytes;
}

static void messages_are_kept_as_text_and_the_oldest_go_first(void **state)
{
	enum { ACCOUNTS = 400 };
	struct agent_account *accounts = calloc(ACCOUNTS, sizeof(*accounts));
	struct agent_step_book book = { 0 };
	char text[AGENT_STEP_TEXT + 1];
	size_t all = 0;

	(void)state;
	assert_non_null(accounts);
	agent_steps_init(&book);
	memset(text, 'x', AGENT_STEP_TEXT);
	text[AGENT_STEP_TEXT] = '\0';
	say(&book, &accounts[0], "short");
	say(&book, &accounts[0], NULL);
	assert_int_equal(texts_of(&book, &accounts[0]), 6);
	for (unsigned i = 1; i < 2 * AGENT_STEPS; i++)
		say(&book, &accounts[0], text);
	assert_int_equal(texts_of(&book, &accounts[0]), AGENT_STEPS * (AGENT_STEP_TEXT + 1));
	assert_int_equal(book.texts_n, AGENT_STEPS * (AGENT_STEP_TEXT + 1));
	for (unsigned i = 1; i < ACCOUNTS; i++)
		for (unsigned k = 0; k < AGENT_STEPS; k++) {
			say(&book, &accounts[i], text);
			assert_in_range(book.texts_n, 1, AGENT_STEP_TEXTS);
		}
	assert_int_equal(texts_of(&book, &accounts[0]), 0);
	assert_int_equal(texts_of(&book, &accounts[ACCOUNTS - 1]),
	                 AGENT_STEPS * (AGENT_STEP_TEXT + 1));
	for (unsigned i = 0; i < ACCOUNTS; i++)
		all += texts_of(&book, &accounts[i]);
	assert_int_equal(all, book.texts_n);
	assert_true(all > AGENT_STEP_TEXTS / 2);
	for (unsigned i = 0; i < ACCOUNTS; i++)
		agent_steps_forget(&book, &accounts[i]);
	assert_int_equal(book.texts_n, 0);
	agent_steps_done(&book);
	free(accounts);
}

static void other_devices_are_those_of_the_last_grant(void **state)
{
	static const char *const two[AGENT_RECORD_TEXTS] = { "sip:a@192.0.2.1", "sip:\x1b@b" };
	static const char *const none[AGENT_RECORD_TEXTS] = { NULL };
	char others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1];
	struct agent_account account = { 0 };
	struct agent_step_book book = { 0 };
	struct agent_record *grant = record_of(AGENT_RECORD_END, &account, two);
	struct agent_record *lone = record_of(AGENT_RECORD_END, &account, none);

	(void)state;
	agent_steps_init(&book);
	grant->up = true;
	agent_steps_see(&book, grant); /* no step of it is kept */
	agent_steps_others(&book, &account, others);
	assert_string_equal(others[0], "");
	step(&book, &account, 1);
	agent_steps_see(&book, grant);
	agent_steps_see(&book, lone); /* a failure says nothing of bindings */
	agent_steps_others(&book, &account, others);
	assert_string_equal(others[0], "sip:a@192.0.2.1");
	assert_string_equal(others[1], "sip:\\x1b@b");
	assert_string_equal(others[2], "");
	lone->up = true;
	agent_steps_see(&book, lone);
	agent_steps_others(&book, &account, others);
	assert_string_equal(others[0], "");
	agent_steps_done(&book);
	free(grant);
	free(lone);
}

static void lines_that_are_up_lend_their_steps_to_others_the_quietest_first(void **state)
{
	struct agent_account *accounts = calloc(AGENT_STEPS_LINES + 3, sizeof(*accounts));
	struct agent_step_book book = { 0 };
	unsigned n = AGENT_STEPS_LINES;

	(void)state;
	agent_steps_init(&book);
	for (unsigned i = 0; i < n; i++) {
		accounts[i].standing = i >= 10 ? AGENT_STANDING_UP
		                               : AGENT_STANDING_NONE; /* the oldest ten are down */
		step(&book, &accounts[i], i);
	}
	step(&book, &accounts[10], n);
	step(&book, &accounts[n], n + 1);
	assert_int_equal(book.count, AGENT_STEPS_LINES);
	assert_null(accounts[11].steps); /* 10 was heard of since */
	for (unsigned i = 0; i <= 10; i++)
		assert_non_null(accounts[i].steps);
	for (unsigned i = 0; i <= n; i++) {
		accounts[i].standing = AGENT_STANDING_NONE;
		agent_steps_follow(&book, &accounts[i]);
	}
	step(&book, &accounts[n + 1], n + 2);
	assert_null(accounts[0].steps);
	assert_int_equal(book.count, AGENT_STEPS_LINES);
	agent_steps_done(&book);
	for (unsigned i = 0; i < n + 3; i++)
		assert_null(accounts[i].steps);
	free(accounts);
}

static void steps_of_lines_that_are_up_go_after_an_hour(void **state)
{
	struct agent_account *accounts = calloc(3, sizeof(*accounts));
	struct agent_step_book book = { 0 };

	(void)state;
	accounts[0].standing = AGENT_STANDING_UP;
	accounts[2].standing = AGENT_STANDING_UP;
	agent_steps_init(&book);
	step(&book, &accounts[0], 1000);
	step(&book, &accounts[1], 1001);
	step(&book, &accounts[2], 1002);
	agent_steps_sweep(&book, 1001 + AGENT_STEPS_MS);
	assert_null(accounts[0].steps);
	assert_non_null(accounts[1].steps);
	assert_non_null(accounts[2].steps);
	agent_steps_done(&book);
	free(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_events_are_kept_and_numbered),
		cmocka_unit_test(what_is_read_is_what_was_put_in_at_any_length),
		cmocka_unit_test(
			events_are_read_by_line_with_a_limit_and_until_the_reader_has_enough),
		cmocka_unit_test(the_log_outlasts_what_is_for_one_line_and_changes_of_state),
		cmocka_unit_test(the_last_steps_of_a_line_are_kept_in_order),
		cmocka_unit_test(messages_are_kept_as_text_and_the_oldest_go_first),
		cmocka_unit_test(other_devices_are_those_of_the_last_grant),
		cmocka_unit_test(lines_that_are_up_lend_their_steps_to_others_the_quietest_first),
		cmocka_unit_test(steps_of_lines_that_are_up_go_after_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
