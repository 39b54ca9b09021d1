/* board_test.c: a reader never sees half of one report and half of another. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "agent/board.h"

#define READERS 2
#define READS   50000

struct scene {
	struct agent_board board;
	_Atomic unsigned torn, backwards, left;
};

static struct agent_report report_of(uint32_t n)
{
	struct agent_report report = { .state = (enum reg_state)(n % REG_STATE_COUNT),
		                       .granted_s = n,
		                       .cseq = n,
		                       .since_ms = n,
		                       .result_ms = n };

	memset(report.reason, 'a' + (int)(n % 26), sizeof(report.reason) - 1);
	memset(report.realm, 'a' + (int)(n % 26), sizeof(report.realm) - 1);
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
		                 came.cseq && (strcmp(came.realm, whole.realm) != 0 ||
		                               strcmp(came.reason, whole.reason) != 0 ||
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
	static struct scene scene;
	pthread_t readers[READERS];

	(void)state;
	atomic_store(&scene.left, READERS);
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &scene), 0);
	for (uint32_t n = 1; atomic_load(&scene.left); n++) {
		struct agent_report report = report_of(n);

		agent_board_write(&scene.board, &report);
	}
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(readers[i], NULL), 0);
	assert_int_equal(atomic_load(&scene.torn), 0);
	assert_int_equal(atomic_load(&scene.backwards), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_whole_reports_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
