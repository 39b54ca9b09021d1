/* cli/clock.h: times as people read them, and as the API writes them. */
#ifndef LINEUP_CLI_CLOCK_H
#define LINEUP_CLI_CLOCK_H

#include <stdint.h>

#include "cli/term.h"

/* How much of a time is shown. */
enum clock_detail { CLOCK_TIME, CLOCK_DATE_AND_TIME };

/* "09:14:02.113  " or "2026-11-22 09:14:02.113  " of the place's own clock, dim. wall_ms:
 * milliseconds since 1970-01-01 UTC. */
void clock_put(const struct term *term, enum clock_detail detail, int64_t wall_ms);

/* Reads what log_time_utc() writes, "2026-11-22T09:14:02.113Z". NULL, and what is no time, is 0. */
int64_t clock_read(const char *text);

#endif
