/* What the owner of the lines writes: state whose CSeq never falls, history and the uptime in it,
 * and values of the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "place.h"
#include "store/own.h"

static struct place place;

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	place_open(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

struct states {
	unsigned count;
	struct store_state list[8];
};

static int see_state(void *ctx, const struct store_state *state)
{
	struct states *states = ctx;

	if (states->count < COUNT(states->list))
		states->list[states->count] = *state;
	states->count++;
	return 0;
}

static struct states states_of(struct store *store)
{
	struct states states = { .count = 0 };

	assert_int_equal(store_states(store, see_state, &states), 0);
	return states;
}

/* Lines 1 to n of a studio; their ids are 1 to n. */
static void put_lines(uint32_t n)
{
	int64_t studio = put_studio(place.store, "S");

	for (uint32_t number = 1; number <= n; number++)
		assert_int_equal(put_line(place.store, studio, number), number);
}

/* ---- state */

static void state_is_kept_whole(void **state)
{
	const struct store_state set = {
		.line = 1,
		.epoch = 3,
		.cseq_block = UINT32_MAX,
		.bound_until_ms = 1795342684113,
		.target = "192.0.2.1:5060",
		.source = "[2001:db8::1]:40000",
		.status = 401,
		.cause = "auth-refused",
		.reason = "Unauthorized",
		.result_at_ms = 1795342684000,
	};

	(void)state;
	put_lines(1);
	assert_int_equal(store_states_write(place.store, &set, 1), 0);
	place_reopen(&place);
	struct states got = states_of(place.store);
	assert_int_equal(got.count, 1);
	assert_memory_equal(&got.list[0].target, set.target, sizeof(set.target));
	assert_int_equal(got.list[0].line, 1);
	assert_int_equal(got.list[0].epoch, 3);
	assert_int_equal(got.list[0].cseq_block, UINT32_MAX);
	assert_int_equal(got.list[0].bound_until_ms, set.bound_until_ms);
	assert_string_equal(got.list[0].source, set.source);
	assert_int_equal(got.list[0].status, 401);
	assert_string_equal(got.list[0].cause, set.cause);
	assert_string_equal(got.list[0].reason, set.reason);
	assert_int_equal(got.list[0].result_at_ms, set.result_at_ms);
}

static void a_cseq_never_falls_within_an_epoch(void **state)
{
	static const struct {
		uint32_t epoch, cseq_block, kept_epoch, kept_cseq_block;
		uint16_t status, kept_status;
	} rows[] = {
		{ 1, 256, 1, 256, 200, 200 }, { 1, 512, 1, 512, 200, 200 },
		{ 1, 256, 1, 512, 403, 403 }, /* the block stays, the result is news */
		{ 2, 256, 2, 256, 200, 200 }, /* another Call-ID counts from the start */
		{ 1, 768, 2, 256, 404, 200 }, /* a writer that is late */
	};

	(void)state;
	put_lines(1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct store_state set = { .line = 1,
			                         .epoch = rows[i].epoch,
			                         .cseq_block = rows[i].cseq_block,
			                         .status = rows[i].status };

		assert_int_equal(store_states_write(place.store, &set, 1), 0);
		struct states got = states_of(place.store);
		assert_int_equal(got.list[0].epoch, rows[i].kept_epoch);
		assert_int_equal(got.list[0].cseq_block, rows[i].kept_cseq_block);
		assert_int_equal(got.list[0].status, rows[i].kept_status);
	}
}

static void a_block_waits_for_the_disk_and_a_result_does_not(void **state)
{
	struct store_state batch[] = { { .line = 1, .epoch = 1, .cseq_block = 256 },
		                       { .line = 2, .epoch = 1, .cseq_block = 256 } };

	(void)state;
	put_lines(2);
	assert_int_equal(store_states_write(place.store, batch, 2), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_FULL);
	batch[0].status = 200;
	assert_int_equal(store_states_write(place.store, batch, 2), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_NORMAL);
	batch[1].cseq_block = 512;
	assert_int_equal(store_states_write(place.store, batch, 2), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_FULL);
	assert_int_equal(store_states_write(place.store, batch, 2), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_NORMAL);
	batch[0].epoch = 2;
	assert_int_equal(store_states_write(place.store, batch, 2), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_FULL);
	put_studio(place.store, "T");
	assert_int_equal(place.store->sync, STORE_SYNC_FULL);
}

static void whoever_begins_several_says_whether_they_wait_for_the_disk(void **state)
{
	struct store_state result = { .line = 1, .epoch = 1, .cseq_block = 256, .status = 200 };

	(void)state;
	put_lines(1);
	assert_int_equal(store_begin_quick(place.store), 0);
	assert_int_equal(store_states_write(place.store, &result, 1), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_NORMAL);
	assert_int_equal(store_commit(place.store), 0);
	assert_int_equal(states_of(place.store).list[0].status, 200);
	result.status = 403;
	assert_int_equal(store_begin_quick(place.store), 0);
	assert_int_equal(store_states_write(place.store, &result, 1), 0);
	store_rollback(place.store);
	assert_int_equal(store_begin(place.store), 0);
	assert_int_equal(place.store->sync, STORE_SYNC_FULL);
	assert_int_equal(store_commit(place.store), 0);
	assert_int_equal(states_of(place.store).list[0].status, 200);
}

static void a_line_that_is_gone_has_no_state(void **state)
{
	const struct store_state batch[] = { { .line = 1, .epoch = 1 },
		                             { .line = 2, .epoch = 1 },
		                             { .line = 77, .epoch = 1 },
		                             { .line = 3, .epoch = 1 } };

	(void)state;
	put_lines(3);
	assert_int_equal(store_line_remove(place.store, 2), 0);
	assert_int_equal(store_states_write(place.store, batch, COUNT(batch)), 0);
	struct states got = states_of(place.store);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.list[0].line, 1);
	assert_int_equal(got.list[1].line, 3);
	assert_int_equal(store_line_remove(place.store, 1), 0);
	assert_int_equal(states_of(place.store).count, 1);
	assert_int_equal(store_states_write(place.store, NULL, 0), 0);
}

static void what_a_server_said_is_kept_so_that_it_can_be_shown(void **state)
{
	static const struct {
		const char *said, *kept;
	} rows[] = {
		{ "", "" },
		{ "Forbidden", "Forbidden" },
		{ "C:\\path", "C:\\path" },
		{ "Z\xc3\xbcrich", "Z\xc3\xbcrich" },
		{ "No\r\nX: y", "No\\x0d\\x0aX: y" },
		{ "\x1b[2J\xff", "\\x1b[2J\\xff" },
		{ "\xe2\x80\xaegnp", "\\xe2\\x80\\xaegnp" },
	};

	(void)state;
	put_lines(1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_state set = { .line = 1, .epoch = 1 };

		memcpy(set.reason, rows[i].said, strlen(rows[i].said));
		assert_int_equal(store_states_write(place.store, &set, 1), 0);
		assert_string_equal(states_of(place.store).list[0].reason, rows[i].kept);
	}
}

static void text_without_an_end_is_cut_between_characters(void **state)
{
	struct store_state set = { .line = 1, .epoch = 1 };

	(void)state;
	put_lines(1);
	memset(set.cause, 'c', sizeof(set.cause));
	for (size_t i = 0; i + 1 < sizeof(set.reason); i += 2)
		memcpy(set.reason + i, "\xc3\xbc", 2);
	assert_int_equal(store_states_write(place.store, &set, 1), 0);
	struct states got = states_of(place.store);
	assert_int_equal(strlen(got.list[0].cause), sizeof(set.cause) - 1);
	assert_int_equal(strlen(got.list[0].reason), sizeof(set.reason) - 2);
	assert_memory_equal(got.list[0].reason, set.reason, sizeof(set.reason) - 2);
}

/* ---- values */

static void values_are_kept_byte_for_byte(void **state)
{
	const char bytes[] = "a\0b\xff";
	char got[8], *large = calloc(1, STORE_VALUE_MAX + 1);
	size_t n = 99;

	(void)state;
	assert_non_null(large);
	assert_int_equal(store_value_get(place.store, "key", got, sizeof(got), &n), -ENOENT);
	assert_int_equal(store_value_set(place.store, "key", bytes, sizeof(bytes)), 0);
	place_reopen(&place);
	assert_int_equal(store_value_get(place.store, "key", got, sizeof(got), &n), 0);
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(got, bytes, sizeof(bytes));
	n = 99;
	assert_int_equal(store_value_get(place.store, "key", got, 4, &n), -ENOBUFS);
	assert_int_equal(n, 99);
	assert_int_equal(store_value_set(place.store, "key", NULL, 0), 0);
	assert_int_equal(store_value_get(place.store, "key", got, sizeof(got), &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_value_set(place.store, "ports", large, STORE_VALUE_MAX), 0);
	assert_int_equal(store_value_set(place.store, "ports", large, STORE_VALUE_MAX + 1),
	                 -EINVAL);
	assert_int_equal(store_value_get(place.store, "ports", large, STORE_VALUE_MAX, &n), 0);
	assert_int_equal(n, STORE_VALUE_MAX);
	free(large);
}

static void a_values_name_is_short_and_plain(void **state)
{
	char name[66];
	size_t n;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(store_value_set(place.store, name, "", 0), -EINVAL);
	assert_int_equal(store_value_get(place.store, name, name, 1, &n), -EINVAL);
	assert_int_equal(store_value_set(place.store, name + 1, "", 0), 0);
	assert_int_equal(store_value_set(place.store, "", "", 0), -EINVAL);
	assert_int_equal(store_value_set(place.store, NULL, "", 0), -EINVAL);
	assert_int_equal(store_value_set(place.store, "a\n", "", 0), -EINVAL);
}

/* ---- history */

struct story {
	char text[512];
};

static int tell(void *ctx, const struct store_event *event)
{
	struct story *story = ctx;
	size_t n = strlen(story->text);

	snprintf(story->text + n, sizeof(story->text) - n, "%d@%d%s ", (int)event->line,
	         (int)event->at_ms, event->up ? "up" : "");
	return 0;
}

static struct story story_of(int64_t line, int64_t from_ms, uint32_t limit)
{
	struct story story = { "" };

	assert_int_equal(store_history(place.store, line, from_ms, limit, tell, &story), 0);
	return story;
}

static int see_event(void *ctx, const struct store_event *event)
{
	*(struct store_event *)ctx = *event;
	return 7;
}

static void history_is_told_from_a_time_on(void **state)
{
	const struct store_event events[] = {
		{ .line = 1, .at_ms = 10, .up = 1, .state = "REGISTERED", .status = 200 },
		{ .line = 2, .at_ms = 20, .up = 1 },
		{ .line = 1, .at_ms = 40, .state = "WAITING", .status = 403, .cause = "forbidden" },
		{ .line = 2, .at_ms = 30 },
		{ .line = 2, .at_ms = 30, .up = 1 },
	};
	struct store_event got = { .line = 0 };

	(void)state;
	assert_int_equal(store_history_write(place.store, events, COUNT(events)), 0);
	assert_int_equal(store_history_write(place.store, NULL, 0), 0);
	assert_string_equal(story_of(0, 0, 99).text, "1@10up 2@20up 2@30 2@30up 1@40 ");
	assert_string_equal(story_of(0, 20, 2).text, "2@20up 2@30 ");
	assert_string_equal(story_of(1, 0, 99).text, "1@10up 1@40 ");
	assert_string_equal(story_of(1, 11, 99).text, "1@40 ");
	assert_string_equal(story_of(2, 0, 1).text, "2@20up ");
	assert_string_equal(story_of(2, 0, 0).text, "");
	assert_string_equal(story_of(3, 0, 99).text, "");
	struct story last = { "" };
	assert_int_equal(store_history_last(place.store, 2, 2, tell, &last), 0);
	assert_string_equal(last.text, "2@30up 2@30 ");
	assert_int_equal(store_history_last(place.store, 2, 9, see_event, &got), 7);
	assert_int_equal(store_history_last(place.store, 3, 9, see_event, &got), 0);
	assert_int_equal(store_history(place.store, 1, 40, 9, see_event, &got), 7);
	assert_string_equal(got.state, "WAITING");
	assert_int_equal(got.status, 403);
	assert_string_equal(got.cause, "forbidden");
	assert_int_equal(got.up, 0);
}

static void uptime_is_what_the_events_say(void **state)
{
	/* up from 100 to 200 and from 250 on; line 2 from before; two events at once: the last */
	static const struct store_event events[] = {
		{ .line = 1, .at_ms = 100, .up = 1 }, { .line = 1, .at_ms = 150, .up = 1 },
		{ .line = 1, .at_ms = 200 },          { .line = 1, .at_ms = 250, .up = 1 },
		{ .line = 2, .at_ms = 10 },           { .line = 2, .at_ms = 10, .up = 1 },
		{ .line = 3, .at_ms = 10, .up = 1 },  { .line = 3, .at_ms = 10 },
	};
	static const struct {
		int64_t line, from_ms, to_ms, up_ms;
	} rows[] = {
		{ 1, 0, 300, 150 },   { 1, 0, 100, 0 },    { 1, 0, 101, 1 },
		{ 1, 100, 200, 100 }, { 1, 120, 180, 60 }, { 1, 200, 250, 0 },
		{ 1, 210, 260, 10 },  { 1, 250, 260, 10 }, { 1, 1000, 2000, 1000 },
		{ 1, 50, 50, 0 },     { 2, 0, 100, 90 },   { 2, 10, 100, 90 },
		{ 2, 50, 100, 50 },   { 3, 0, 100, 0 },    { 3, 10, 100, 0 },
		{ 4, 0, 100, 0 },
	};
	int64_t up_ms = -1;

	(void)state;
	assert_int_equal(store_history_write(place.store, events, COUNT(events)), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_uptime(place.store, rows[i].line, rows[i].from_ms,
		                              rows[i].to_ms, &up_ms),
		                 0);
		assert_int_equal(up_ms, rows[i].up_ms);
	}
	up_ms = -1;
	assert_int_equal(store_uptime(place.store, 1, 10, 9, &up_ms), -EINVAL);
	assert_int_equal(up_ms, -1);
}

static void a_trim_leaves_what_held_at_its_time(void **state)
{
	static const struct store_event events[] = {
		{ .line = 1, .at_ms = 10, .up = 1 }, { .line = 1, .at_ms = 20 },
		{ .line = 1, .at_ms = 30, .up = 1 }, { .line = 1, .at_ms = 30 },
		{ .line = 1, .at_ms = 50, .up = 1 }, { .line = 2, .at_ms = 5, .up = 1 },
		{ .line = 3, .at_ms = 60, .up = 1 }, { .line = 9, .at_ms = 10, .up = 1 },
	};
	int64_t before_ms, after_ms;

	(void)state;
	put_lines(3); /* and none with the id 9 */
	assert_int_equal(store_history_write(place.store, events, COUNT(events)), 0);
	assert_int_equal(store_uptime(place.store, 1, 40, 100, &before_ms), 0);
	assert_int_equal(store_history_trim(place.store, 40), 0);
	assert_string_equal(story_of(0, 0, 99).text, "2@5up 1@30 1@50up 3@60up ");
	assert_int_equal(store_uptime(place.store, 1, 40, 100, &after_ms), 0);
	assert_int_equal(after_ms, before_ms);
	assert_int_equal(store_uptime(place.store, 2, 40, 100, &after_ms), 0);
	assert_int_equal(after_ms, 60);
	assert_int_equal(store_history_trim(place.store, 0), 0);
	assert_string_equal(story_of(0, 0, 99).text, "2@5up 1@30 1@50up 3@60up ");
}

static void a_long_history_is_trimmed_in_batches(void **state)
{
	enum { MANY = 12000, BATCH = 1000 };
	struct store_event batch[BATCH];

	(void)state;
	put_lines(2);
	for (unsigned i = 0; i < MANY; i++) {
		batch[i % BATCH] =
			(struct store_event){ .line = 1 + i % 2, .at_ms = i < MANY / 2 ? 5 : i };
		if (i % BATCH == BATCH - 1)
			assert_int_equal(store_history_write(place.store, batch, BATCH), 0);
	}
	assert_int_equal(store_history_trim(place.store, MANY - 4), 0);
	assert_string_equal(story_of(0, 0, 99).text,
	                    "1@11994 2@11995 1@11996 2@11997 1@11998 2@11999 ");
}

/* ---- two threads */

enum { ROUNDS = 200 };

static void *write_settings(void *ctx)
{
	struct store *share = NULL;
	intptr_t err = place_try(ctx, STORE_SHARE, &share);

	for (uint32_t i = 1; !err && i <= ROUNDS; i++) {
		const struct store_line line = good_line(1, 100 + i);

		err = store_line_put(share, &line, NULL);
	}
	store_close(share);
	return (void *)err; /* NOLINT(performance-no-int-to-ptr) */
}

static void one_thread_writes_settings_and_another_state(void **state)
{
	struct place other = place;
	int64_t seen = 0;
	pthread_t thread;
	void *result;

	(void)state;
	put_lines(1);
	int64_t last = store_change_last(place.store);
	assert_int_equal(pthread_create(&thread, NULL, write_settings, &other), 0);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		const struct store_state set = { .line = 1, .epoch = 1, .cseq_block = i };
		const struct store_event event = { .line = 1, .at_ms = i };

		assert_int_equal(store_states_write(place.store, &set, 1), 0);
		assert_int_equal(store_history_write(place.store, &event, 1), 0);
		assert_int_equal(states_of(place.store).list[0].cseq_block, i);
		int64_t now = store_change_last(place.store);
		assert_true(now >= seen);
		seen = now;
	}
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_null(result);
	assert_int_equal(store_change_last(place.store), last + ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* ---- where servers answered */

struct targets {
	unsigned count;
	struct store_target list[4];
};

static int see_target(void *ctx, const struct store_target *target)
{
	struct targets *targets = ctx;

	if (targets->count < COUNT(targets->list))
		targets->list[targets->count] = *target;
	targets->count++;
	return 0;
}

static void where_a_server_answered_goes_with_it(void **state)
{
	struct store_target set[] = { { .server = 0,
		                        .mark = UINT64_MAX,
		                        .address = "[2001:db8::1]:5061",
		                        .transport = "tls",
		                        .at_ms = 1764547200000 },
		                      { .server = 99, .address = "192.0.2.1:5060" } };
	struct targets got = { .count = 0 };

	(void)state;
	set[0].server = put_server(place.store, "pbx");
	assert_int_equal(store_targets_write(place.store, set, 2), 0);
	set[0].at_ms++;
	assert_int_equal(store_targets_write(place.store, set, 1), 0);
	assert_int_equal(store_targets(place.store, see_target, &got), 0);
	assert_int_equal(got.count, 1); /* there is no server 99 */
	assert_int_equal(got.list[0].server, set[0].server);
	assert_true(got.list[0].mark == UINT64_MAX);
	assert_string_equal(got.list[0].address, set[0].address);
	assert_string_equal(got.list[0].transport, set[0].transport);
	assert_int_equal(got.list[0].at_ms, set[0].at_ms);
	assert_int_equal(store_server_remove(place.store, set[0].server), 0);
	got.count = 0;
	assert_int_equal(store_targets(place.store, see_target, &got), 0);
	assert_int_equal(got.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(state_is_kept_whole),
		TEST(a_cseq_never_falls_within_an_epoch),
		TEST(a_block_waits_for_the_disk_and_a_result_does_not),
		TEST(whoever_begins_several_says_whether_they_wait_for_the_disk),
		TEST(a_line_that_is_gone_has_no_state),
		TEST(what_a_server_said_is_kept_so_that_it_can_be_shown),
		TEST(text_without_an_end_is_cut_between_characters),
		TEST(where_a_server_answered_goes_with_it),
		TEST(values_are_kept_byte_for_byte),
		TEST(a_values_name_is_short_and_plain),
		TEST(history_is_told_from_a_time_on),
		TEST(uptime_is_what_the_events_say),
		TEST(a_trim_leaves_what_held_at_its_time),
		TEST(a_long_history_is_trimmed_in_batches),
		TEST(one_thread_writes_settings_and_another_state),
	};

	return cmocka_run_group_tests_name("state and history", tests, NULL, NULL);
}
