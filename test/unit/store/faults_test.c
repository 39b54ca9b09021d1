/* A disk that fails: each operation in turn, once or from then on. What was told to be done is
 * there afterwards, what was told to have failed is there whole or not at all, nothing is taken for
 * damage, and the store goes on as soon as the disk does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "faults.h"
#include "place.h"
#include "store/own.h"

static struct place place;

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	faults_disarm();
	place_done(&place);
	return 0;
}

/* ---- what is done while the disk fails */

enum { DO_OPEN, DO_STUDIO, DO_PAIR, DO_STATE, DO_HISTORY, DO_VALUE, DO_COUNT };

/* The error of each; 1: not come to. */
struct done {
	int err[DO_COUNT];
};

static int put_two(struct store *store)
{
	struct store_line line = good_line(1, 11);
	int err = store_begin(store);

	if (err)
		return err;
	line.password_is = STORE_PASSWORD_SET;
	line.password = "geheim";
	(void)store_line_put(store, &line, NULL); /* the commit says what became of it */
	line.number = 12;
	err = store_line_put(store, &line, NULL);
	if (err) {
		store_rollback(store);
		return err;
	}
	return store_commit(store);
}

static struct done do_all(void)
{
	const struct store_state of_line = { .line = 1, .epoch = 1, .cseq_block = 512 };
	const struct store_event event = { .line = 1, .at_ms = 5, .up = 1 };
	const struct store_studio studio = { .name = "new" };
	struct done done;

	for (unsigned i = 0; i < DO_COUNT; i++)
		done.err[i] = 1;
	done.err[DO_OPEN] = place_try(&place, STORE_OWN, &place.store);
	if (done.err[DO_OPEN])
		return done;
	struct store *store = place.store;
	done.err[DO_STUDIO] = store_studio_put(store, &studio, NULL);
	done.err[DO_PAIR] = put_two(store);
	done.err[DO_STATE] = store_states_write(store, &of_line, 1);
	done.err[DO_HISTORY] = store_history_write(store, &event, 1);
	done.err[DO_VALUE] = store_value_set(store, "name", "value", 5);
	return done;
}

/* ---- what is there afterwards */

static int count_studio(void *ctx, const struct store_studio *studio)
{
	*(unsigned *)ctx += strcmp(studio->name, "new") == 0;
	return 0;
}

static int count_line(void *ctx, const struct store_line *line)
{
	*(unsigned *)ctx += line->number > 10;
	return 0;
}

static int see_state(void *ctx, const struct store_state *state)
{
	*(unsigned *)ctx = state->cseq_block;
	return 0;
}

static int count_event(void *ctx, const struct store_event *event)
{
	*(unsigned *)ctx += event->up;
	return 0;
}

/* Done: there. Failed: there or not (the log may be found again), but nothing in between. */
static void assert_there(int err, unsigned count, unsigned whole, unsigned before)
{
	if (err == 0)
		assert_int_equal(count, whole);
	else
		assert_true(count == whole || count == before);
}

static void assert_kept(struct done done)
{
	const struct store_lines_of all = { .id = 0 };
	unsigned studios = 0, lines = 0, block = 0, events = 0;
	char value[8];
	size_t n = 0;

	assert_int_equal(store_studios(place.store, 0, count_studio, &studios), 0);
	assert_there(done.err[DO_STUDIO], studios, 1, 0);
	assert_int_equal(store_lines(place.store, &all, count_line, &lines), 0);
	assert_there(done.err[DO_PAIR], lines, 2, 0);
	assert_int_equal(store_states(place.store, see_state, &block), 0);
	assert_there(done.err[DO_STATE], block, 512, 256);
	assert_int_equal(store_history(place.store, 0, 0, 99, count_event, &events), 0);
	assert_there(done.err[DO_HISTORY], events, 1, 0);
	int err = store_value_get(place.store, "name", value, sizeof(value), &n);
	assert_true(err == 0 || err == -ENOENT);
	assert_there(done.err[DO_VALUE], (unsigned)n, 5, 0);
}

static bool is_expected(int err)
{
	return err == 0 || err == 1 || err == -EIO || err == -ENOSPC || err == -EACCES;
}

/* The rest of a test's store, for the next round. */
static void remove_but_key(void *ctx, const char *path)
{
	(void)ctx;
	if (strcmp(path, place.key) != 0)
		unlink(path);
}

static void make_old_store(void)
{
	const struct store_state of_line = { .line = 1, .epoch = 1, .cseq_block = 256 };

	place_files(&place, remove_but_key, NULL);
	place_open(&place);
	put_line(place.store, put_studio(place.store, "old"), 1);
	assert_int_equal(store_states_write(place.store, &of_line, 1), 0);
	place_close(&place);
}

/* Fails the operation after n others. False where there was none. */
static bool fail_one(enum faults_kind kind, unsigned n, bool lasting)
{
	const struct store_studio studio = { .name = "after" };

	make_old_store();
	faults_arm(kind, n, lasting);
	struct done done = do_all();
	bool struck = faults_disarm();
	for (unsigned i = 0; i < DO_COUNT; i++)
		if (!is_expected(done.err[i]))
			fail_msg("kind %d, operation %u: %u ended with %d", kind, n, i,
			         done.err[i]);
	if (place.store) { /* it goes on */
		assert_int_equal(store_studio_put(place.store, &studio, NULL), 0);
		assert_kept(done);
	} else {
		assert_true(done.err[DO_OPEN] < 0 && strlen(place.error) > 10);
	}
	place_reopen(&place);
	assert_false(place.found.created);
	assert_string_equal(place.found.set_aside, "");
	assert_kept(done);
	place_close(&place);
	return struck;
}

static void each_operation_may_fail_once(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FAULTS_KINDS; kind++) {
		unsigned n = 0;

		while (fail_one(kind, n, false))
			n++;
		assert_true(n > 0 || kind == FAULTS_TRUNCATE); /* which is done on closing */
	}
}

static void the_disk_may_fail_for_good_from_any_operation_on(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FAULTS_KINDS; kind++)
		for (unsigned n = 0; fail_one(kind, n, true); n++)
			;
}

static void making_a_store_may_fail_and_leaves_nothing(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FAULTS_KINDS; kind++) {
		bool struck = true;

		for (unsigned n = 0; struck; n++) {
			place_files(&place, remove_but_key, NULL);
			faults_arm(kind, n, true);
			int err = place_try(&place, STORE_OWN, &place.store);
			if (!err)
				place_close(&place);
			struck = faults_disarm();
			place_open(&place);
			assert_string_equal(place.found.set_aside, "");
			put_studio(place.store, "S");
			place_close(&place);
		}
	}
}

/* Row "disk full" of the attacks: the lines are kept, and the person is told. */
static void a_full_disk_does_not_keep_the_lines_from_being_read(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	const struct store_studio studio = { .name = "new" };
	unsigned count = 0;

	(void)state;
	make_old_store();
	faults_arm(FAULTS_FULL, 0, true);
	place_open(&place);
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(store_studio_put(place.store, &studio, NULL), -ENOSPC);
	assert_non_null(strstr(store_error(place.store), "no space left"));
	assert_int_equal(store_begin(place.store), 0);
	assert_int_equal(store_studio_put(place.store, &studio, NULL), 0); /* in memory yet */
	assert_int_equal(store_commit(place.store), -ENOSPC);
	faults_disarm();
	assert_int_equal(store_studio_put(place.store, &studio, NULL), 0);
}

static void closing_may_fail_anywhere(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FAULTS_KINDS; kind++) {
		bool struck = true;

		for (unsigned n = 0; struck; n++) {
			struct done done = { .err = { 0 } };

			make_old_store();
			done = do_all();
			faults_arm(kind, n, true);
			place_close(&place);
			struck = faults_disarm();
			assert_true(struck || n > 0 || kind == FAULTS_OPEN || kind == FAULTS_SHARE);
			place_open(&place);
			assert_string_equal(place.found.set_aside, "");
			assert_kept(done);
			place_close(&place);
		}
	}
}

static void note(void *ctx, const struct log_event *event)
{
	snprintf(ctx, 256, "%.*s", (int)event->text.n, event->text.p);
	assert_int_equal(event->level, LOG_LEVEL_WARN);
	assert_true(event->wall_ms > 1600000000000);
}

static void a_store_that_cannot_be_closed_in_order_says_so(void **state)
{
	char said[256] = "";
	const struct store_cfg cfg = { .path = place.path,
		                       .key_path = place.key,
		                       .log = { LOG_LEVEL_INFO, note, said } };

	(void)state;
	assert_int_equal(store_open(&cfg, &place.store, NULL, place.error, sizeof(place.error)), 0);
	put_studio(place.store, "S");
	faults_arm(FAULTS_FULL, 0, true);
	place_close(&place);
	faults_disarm();
	assert_non_null(strstr(said, "store: not closed in order"));
	assert_non_null(strstr(said, "no space left"));
	place_open(&place);
	assert_false(place.found.created);
}

/* SQLite has undone the whole where it ran out of space in the middle. */
static void the_rest_of_a_lost_transaction_is_not_kept(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	struct store_line line = good_line(1, 20);
	unsigned count = 0;
	int err = 0;

	(void)state;
	make_old_store();
	place_open(&place);
	assert_int_equal(sqlite3_exec(place.store->db, "PRAGMA cache_size = 10", NULL, NULL, NULL),
	                 SQLITE_OK);
	assert_int_equal(store_begin(place.store), 0);
	faults_arm(FAULTS_FULL, 0, true);
	while (!err) { /* until the cache is spilled */
		line.number++;
		err = store_line_put(place.store, &line, NULL);
	}
	faults_disarm();
	assert_int_equal(err, -ENOSPC);
	line.number++;
	assert_int_equal(store_line_put(place.store, &line, NULL), -EIO);
	assert_non_null(strstr(store_error(place.store), "has undone the whole transaction"));
	assert_int_equal(store_commit(place.store), -EIO);
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_line_put(place.store, &line, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_operation_may_fail_once),
		TEST(the_disk_may_fail_for_good_from_any_operation_on),
		TEST(making_a_store_may_fail_and_leaves_nothing),
		TEST(a_full_disk_does_not_keep_the_lines_from_being_read),
		TEST(closing_may_fail_anywhere),
		TEST(a_store_that_cannot_be_closed_in_order_says_so),
		TEST(the_rest_of_a_lost_transaction_is_not_kept),
	};

	faults_register();
	return cmocka_run_group_tests_name("a failing disk", tests, NULL, NULL);
}
