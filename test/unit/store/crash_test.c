/* kill -9 at any moment: no line is lost, and what was told to be reserved stays reserved. The
 * writer is another process, which tells each block of CSeqs that the store has taken; it is killed
 * after a random number of them, in the middle of whatever it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "base/rng.h"
#include "place.h"

enum { LINES = 20, KILLS = 50 };

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
	place_done(&place);
	return 0;
}

static uint32_t blocks[LINES + 1]; /* by line, the highest that was told */

static int see_state(void *ctx, const struct store_state *state)
{
	unsigned *count = ctx;

	assert_in_range(state->line, 1, LINES);
	if (state->cseq_block < blocks[state->line])
		fail_msg("line %d: %u after %u", (int)state->line, (unsigned)state->cseq_block,
		         (unsigned)blocks[state->line]);
	blocks[state->line] = state->cseq_block;
	++*count;
	return 0;
}

static int count_line(void *ctx, const struct store_line *line)
{
	(void)line;
	++*(unsigned *)ctx;
	return 0;
}

struct told {
	uint32_t line, block;
};

/* Never returns but by an error. */
static void write_for_ever(int pipe_fd, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	for (uint32_t step = 1;; step++) {
		const uint32_t first = (uint32_t)rng_between(&rng, 1, LINES - 3);
		struct store_state batch[4];
		struct store_event events[4];

		for (uint32_t i = 0; i < COUNT(batch); i++) {
			batch[i] = (struct store_state){
				.line = first + i,
				.epoch = 1,
				.cseq_block = blocks[first + i] += STORE_CSEQ_BLOCK,
				.status = 200,
			};
			events[i] = (struct store_event){ .line = first + i, .at_ms = step };
		}
		if (store_states_write(place.store, batch, COUNT(batch)) != 0 ||
		    store_history_write(place.store, events, COUNT(events)) != 0)
			return;
		for (uint32_t i = 0; i < COUNT(batch); i++) {
			const struct told told = { first + i, batch[i].cseq_block };

			if (write(pipe_fd, &told, sizeof(told)) != sizeof(told))
				return;
		}
	}
}

/* Kills the writer after so many words of it, and takes the rest of what it had told. */
static void kill_after(uint64_t words, uint64_t seed)
{
	struct told told;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		if (place_try(&place, STORE_OWN, &place.store) == 0)
			write_for_ever(fds[1], seed);
		_exit(1);
	}
	close(fds[1]);
	for (uint64_t n = 0; read(fds[0], &told, sizeof(told)) == sizeof(told); n++) {
		if (told.block > blocks[told.line])
			blocks[told.line] = told.block;
		if (n == words)
			assert_int_equal(kill(child, SIGKILL), 0);
	}
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void no_cseq_falls_and_no_line_is_lost(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	struct rng rng;

	(void)state;
	place_open(&place);
	int64_t studio = put_studio(place.store, "S");
	for (uint32_t number = 1; number <= LINES; number++)
		put_line(place.store, studio, number);
	place_close(&place);
	rng_seed(&rng, 1);
	for (unsigned round = 0; round < KILLS; round++) {
		unsigned states = 0, lines = 0;

		kill_after(rng_between(&rng, 0, 200), round);
		place_open(&place);
		assert_false(place.found.created);
		assert_int_equal(store_states(place.store, see_state, &states), 0);
		assert_true(states >= 4);
		assert_int_equal(store_lines(place.store, &all, count_line, &lines), 0);
		assert_int_equal(lines, LINES);
		place_close(&place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_cseq_falls_and_no_line_is_lost, begin, end),
	};

	return cmocka_run_group_tests_name("kill -9", tests, NULL, NULL);
}
