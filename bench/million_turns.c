/* bench/million_turns.c: how long the loops of the shards take to turn. */
#include <stdio.h>
#include <time.h>

#include "agent/agent.h"
#include "measure.h"
#include "million.h"

#define EACH_NS 1000000 /* what is timed is right to so much */

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Of the control thread by its contract; but it is atomics and a bell alone, and what the control
 * thread is busy with shall not be in the times. */
static void *watch(void *ctx)
{
	static const struct timespec each = { .tv_nsec = EACH_NS };
	struct million_turns *turns = ctx;
	double asked_ms = now_ms();

	(void)agent_turns(turns->agent);
	while (!turns->ended) {
		double took_ms;

		nanosleep(&each, NULL);
		if (!agent_turns(turns->agent))
			continue;
		took_ms = now_ms() - asked_ms;
		asked_ms += took_ms;
		turns->n++;
		turns->sum_ms += took_ms;
		if (took_ms > turns->longest_ms)
			turns->longest_ms = took_ms;
	}
	return NULL;
}

void million_turns_begin(struct million_turns *turns, struct agent *agent)
{
	int err;

	*turns = (struct million_turns){ .agent = agent };
	err = pthread_create(&turns->thread, NULL, watch, turns);
	if (err)
		measure_die("pthread_create", err);
}

void million_turns_end(struct million_turns *turns)
{
	turns->ended = true;
	pthread_join(turns->thread, NULL);
	million_print("storm_turn_ms", turns->n ? turns->sum_ms / (double)turns->n : 0);
	million_print("storm_turn_longest_ms", turns->longest_ms);
}
