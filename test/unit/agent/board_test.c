/* board_test.c: a reader never sees half of one report and half of another, also where the texts of
 * one come into the memory of another's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "agent/board.h"

#define READERS 2
#define READS   50000

struct scene {
	struct agent_board board, other;
	struct agent_told_book book;
	_Atomic unsigned torn, backwards, left;
};

static struct agent_report report_of(uint32_t n)
{
	struct agent_report report = { .state = (enum reg_state)(n % REG_STATE_COUNT),
		                       .granted_s = n,
		                       .cseq = n,
		                       .since_ms = n,
		                       .result_ms = n };

	memset(report.told.reason, 'a' + (int)(n % 26), sizeof(report.told.reason) - 1);
	memset(report.told.realm, 'a' + (int)(n % 26), sizeof(report.told.realm) - 1);
	return report;
}

static void *read_on(void *ctx)
{
	struct scene *scene = ctx;
	uint32_t last = 0;

	for (unsigned i = 0; i < READS; i++) {
		struct agent_report came, whole;

		agent_board_read(&scene->board, &came);
		whole = report_of(came.cseq);
		atomic_fetch_add(&scene->torn,
		                 came.cseq && (strcmp(came.told.realm, whole.told.realm) != 0 ||
		                               strcmp(came.told.reason, whole.told.reason) != 0 ||
		                               came.state != whole.state ||
		                               came.result_ms != whole.result_ms));
		atomic_fetch_add(&scene->backwards, came.cseq < last);
		last = came.cseq;
	}
	atomic_fetch_sub(&scene->left, 1);
	return NULL;
}

static void readers_see_whole_reports_in_their_order(void **state)
{
	static const struct hash_key key = { 1, 2 };
	static struct scene scene;
	pthread_t readers[READERS];

	(void)state;
	agent_told_init(&scene.book, &key);
	atomic_store(&scene.left, READERS);
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &scene), 0);
	for (uint32_t n = 1; atomic_load(&scene.left); n++) {
		struct agent_report report = report_of(n);

		agent_board_write(&scene.book, &scene.board, &report);
		/* Takes the memory of the text that was just given back. */
		report = report_of(n + 13);
		agent_board_write(&scene.book, &scene.other, &report);
	}
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(readers[i], NULL), 0);
	assert_int_equal(atomic_load(&scene.torn), 0);
	assert_int_equal(atomic_load(&scene.backwards), 0);
	assert_int_equal(scene.book.used, 2);
	agent_board_done(&scene.board);
	agent_board_done(&scene.other);
	assert_int_equal(scene.book.used, 0);
	agent_told_done(&scene.book);
}

static struct agent_report full_report(void)
{
	struct agent_report report = { .state = REG_HOLDING,
		                       .up = true,
		                       .refused = true,
		                       .dated = true,
		                       .status = 503,
		                       .bindings = 3,
		                       .foreign = 2,
		                       .own_ports = 1,
		                       .flows = 2,
		                       .flows_up = 1,
		                       .granted_s = 3600,
		                       .answer_ms = 12,
		                       .cseq = 77,
		                       .ahead_s = -5,
		                       .since_ms = INT64_C(1700000000001),
		                       .ends_ms = INT64_C(1700000000002),
		                       .next_ms = INT64_C(1700000000003),
		                       .result_ms = INT64_C(1700000000004),
		                       .cause = explain_at(3),
		                       .told = { .reason = "Too Busy",
		                                 .realm = "pbx",
		                                 .transport = "TLS",
		                                 .named = "CN=Studio CA" } };

	assert_int_equal(net_addr_parse(SLICE("192.0.2.1"), 5060, &report.told.target), 0);
	assert_int_equal(net_addr_parse(SLICE("2001:db8::1"), 5062, &report.told.source), 0);
	return report;
}

static bool is_nothing(const struct agent_report *report)
{
	return report->state == REG_IDLE && !report->up && !report->status && !report->cause &&
	       !report->ends_ms && !report->told.target.any.sa_family && !*report->told.reason;
}

static void all_that_is_written_is_read(void **state)
{
	static const struct hash_key key = { 1, 2 };
	struct agent_board board = { 0 };
	struct agent_told_book book;
	struct agent_report wrote = full_report(), nothing = { .state = REG_IDLE }, came;

	(void)state;
	agent_told_init(&book, &key);
	agent_board_read(&board, &came);
	assert_true(is_nothing(&came));
	agent_board_write(&book, &board, &wrote);
	agent_board_read(&board, &came);
	assert_int_equal(came.state, wrote.state);
	assert_true(came.up && came.refused && came.dated && !came.local && !came.dropped);
	assert_int_equal(came.status, 503);
	assert_int_equal(came.bindings, 3);
	assert_int_equal(came.foreign, 2);
	assert_int_equal(came.own_ports, 1);
	assert_int_equal(came.flows, 2);
	assert_int_equal(came.flows_up, 1);
	assert_int_equal(came.granted_s, 3600);
	assert_int_equal(came.answer_ms, 12);
	assert_int_equal(came.cseq, 77);
	assert_int_equal(came.ahead_s, -5);
	assert_int_equal(came.since_ms, wrote.since_ms);
	assert_int_equal(came.ends_ms, wrote.ends_ms);
	assert_int_equal(agent_board_ends_ms(&board), wrote.ends_ms);
	assert_int_equal(came.next_ms, wrote.next_ms);
	assert_int_equal(came.result_ms, wrote.result_ms);
	assert_ptr_equal(came.cause, wrote.cause);
	assert_true(net_addr_equal(&came.told.target, &wrote.told.target));
	assert_true(net_addr_equal(&came.told.source, &wrote.told.source));
	assert_string_equal(came.told.reason, "Too Busy");
	assert_string_equal(came.told.realm, "pbx");
	assert_string_equal(came.told.transport, "TLS");
	assert_string_equal(came.told.named, "CN=Studio CA");
	agent_board_write(&book, &board, &nothing);
	agent_board_read(&board, &came);
	assert_true(is_nothing(&came));
	assert_int_equal(book.used, 0);
	agent_told_done(&book);
}

static void what_many_boards_say_is_kept_once(void **state)
{
	enum { BOARDS = 1000 };
	static const struct hash_key key = { 1, 2 };
	static struct agent_board boards[BOARDS];
	struct agent_told_book book;
	struct agent_report report = full_report();

	(void)state;
	agent_told_init(&book, &key);
	for (unsigned i = 0; i < BOARDS; i++) {
		/* What a text had behind its end before is of no account. */
		memset(report.told.reason, 'x', sizeof(report.told.reason) - 1);
		snprintf(report.told.reason, sizeof(report.told.reason), "%s",
		         i % 2 ? "OK" : "Forbidden");
		agent_board_write(&book, &boards[i], &report);
	}
	assert_int_equal(book.used, 2);
	/* ... and a server that says something else each time */
	for (unsigned i = 0; i < BOARDS; i++) {
		snprintf(report.told.reason, sizeof(report.told.reason), "OK %u", i);
		agent_board_write(&book, &boards[i], &report);
	}
	assert_int_equal(book.used, BOARDS);
	for (unsigned i = 0; i < BOARDS; i++) {
		char wrote[16];

		agent_board_read(&boards[i], &report);
		snprintf(wrote, sizeof(wrote), "OK %u", i);
		assert_string_equal(report.told.reason, wrote);
		agent_board_done(&boards[i]);
	}
	assert_int_equal(book.used, 0);
	agent_told_done(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_written_is_read),
		cmocka_unit_test(what_many_boards_say_is_kept_once),
		cmocka_unit_test(readers_see_whole_reports_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
