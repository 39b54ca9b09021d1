/* bench/million.h: the parts of bench_million: its store, its log, its shards' loops. */
#ifndef LINEUP_BENCH_MILLION_H
#define LINEUP_BENCH_MILLION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/agent.h"
#include "log/log.h"

/* Prints one line of JSON. */
void million_print(const char *name, double value);

/* ---- million_store.c */

/* Makes the store at path with so many lines that register at address, under three servers by
 * turns, and some more that are switched off. Returns the id of one that has a sixth of the lines.
 */
int64_t million_fill(const char *path, const char *key_path, const char *address, uint32_t lines);

/* How many lines of the store have a state with a binding and CSeqs reserved. */
uint32_t million_states(const char *path, const char *key_path);

/* ---- million_log.c */

/* A file that each event is written to as `lineup serve` writes it, and what was written. */
struct million_log {
	FILE *file;
	uint64_t lines, bytes;
	uint64_t sums, left_out; /* lines "and 99,990 more ..."; what they stand for */
};
void million_log_open(struct million_log *log, const char *path);
void million_log_event(void *ctx, const struct log_event *event); /* a struct million_log */
void million_log_print(const struct million_log *log);

/* ---- million_turns.c */

/* A thread that asks all shards for a sign of life again and again, as the watchdog does, and times
 * how long the last of them takes to give it; and how much CPU time a shard has in one turn of its
 * loop. Nobody else may call agent_turns() meanwhile, and one at a time is all that there can be.
 */
struct million_turns {
	struct agent *agent;
	pthread_t thread;
	_Atomic bool ended;
	uint64_t n, longest_ns, sum_ns;
};
void million_turns_begin(struct million_turns *turns, struct agent *agent);

/* ... and prints them, in names that begin with when. */
void million_turns_end(struct million_turns *turns, const char *when);

#endif
