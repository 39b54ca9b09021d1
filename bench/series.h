/* bench/series.h: what a stub registrar that takes its time has seen, second by second: bench/pace
 * judges by it whether there was an oscillation, and whether a rate was passed. */
#ifndef LINEUP_BENCH_SERIES_H
#define LINEUP_BENCH_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define SERIES_SECONDS 900   /* what comes later is counted in the last one */
#define SERIES_BEGUN   16384 /* registrations that may begin in one second */

struct series {
	uint64_t began_ms;  /* of the first second, on the monotonic clock */
	uint64_t served_ms; /* the first request that was served since it is up; 0: none yet */
	uint32_t received[SERIES_SECONDS], served[SERIES_SECONDS];
	uint64_t unheard;                /* while it was down */
	uint64_t begun_us[SERIES_BEGUN]; /* a ring: requests without an answer to a challenge */
	uint64_t begun;
	uint32_t most_begun; /* in any second, wherever it begins */
};

uint64_t series_clock_us(void); /* monotonic */
void series_init(struct series *series);

/* A request came; heard: not while it is down. */
void series_received(struct series *series, struct slice request, bool heard);
/* ... and was served, rather than dropped or answered with 503. */
void series_served(struct series *series);
/* It is up again: what it serves from now on is the return. */
void series_return(struct series *series);

/* Prints members of a JSON object, without the braces. */
void series_print(const struct series *series);

#endif
