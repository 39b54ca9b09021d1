/* agent/signs.h: what one answer shows of a line beside its result: the server's clock,
 * registrations of ours that were left over, ours gone. The patterns of explain/pattern.h are made
 * of such signs. */
#ifndef LINEUP_AGENT_SIGNS_H
#define LINEUP_AGENT_SIGNS_H

#include "agent/board.h"
#include "line/line.h"

#define AGENT_PORTS_MAX 8 /* ports of ours that are told apart; more count as so many */

/* Sets the signs of an attempt's end in *report. Where no server answered they stay as they were.
 * wall_ms: now, since 1970-01-01 UTC. [the shard's thread] */
void agent_signs_read(const struct line *line, const struct line_end *end, int64_t wall_ms,
                      struct agent_report *report);

#endif
