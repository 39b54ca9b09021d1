/* bench/million.h: the parts of bench_million: its store, its log. */
#ifndef LINEUP_BENCH_MILLION_H
#define LINEUP_BENCH_MILLION_H

#include <stdint.h>
#include <stdio.h>

#include "log/log.h"

/* Prints one line of JSON. */
void million_print(const char *name, double value);

/* ---- million_store.c */

/* Makes the store at path with so many lines at the server at address; the server's id. */
int64_t million_fill(const char *path, const char *key_path, const char *address, uint32_t lines);

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

#endif
