/* agent/board.c: see agent/board.h. */
#include "agent/board.h"

#include <sched.h>
#include <string.h>

#define SPINS 64 /* then the writer, which may have been put to sleep, is given the processor */

void agent_board_write(struct agent_board *board, const struct agent_report *report)
{
	uint32_t turn = atomic_load_explicit(&board->turn, memory_order_relaxed);
	uint64_t words[AGENT_BOARD_WORDS] = { 0 };

	memcpy(words, report, sizeof(*report));
	atomic_store_explicit(&board->turn, turn + 1, memory_order_relaxed);
	for (size_t i = 0; i < AGENT_BOARD_WORDS; i++)
		atomic_store_explicit(&board->words[i], words[i], memory_order_release);
	atomic_store_explicit(&board->turn, turn + 2, memory_order_release);
}

void agent_board_read(const struct agent_board *board, struct agent_report *ret_report)
{
	uint64_t words[AGENT_BOARD_WORDS];

	for (unsigned tries = 1;; tries++) {
		uint32_t turn = atomic_load_explicit(&board->turn, memory_order_acquire);

		for (size_t i = 0; i < AGENT_BOARD_WORDS; i++)
			words[i] = atomic_load_explicit(&board->words[i], memory_order_acquire);
		if (!(turn & 1) && atomic_load_explicit(&board->turn, memory_order_relaxed) == turn)
			break;
		if (tries % SPINS == 0)
			sched_yield();
	}
	memcpy(ret_report, words, sizeof(*ret_report));
}
