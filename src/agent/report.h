/* agent/report.h: what a shard knows of a line, put into the report that stands on its board. In
 * the shard's thread; who else reads it gets it from there (agent/board.h). */
#ifndef LINEUP_AGENT_REPORT_H
#define LINEUP_AGENT_REPORT_H

#include "agent/board.h"
#include "agent/worker.h"
#include "line/line.h"

/* A time of the loop's clock as one of the wall's; 0: never. */
int64_t agent_report_wall_ms(const struct agent_worker *worker, uint64_t at_ms);

/* The state, and the binding that is held: ends_ms is 0 where there is none. What the last result
 * was stays as it is. */
void agent_report_binding(const struct agent_worker *worker, const struct line *line,
                          struct agent_report *report);

/* How long an attempt took that was answered. 0 stands for none, so whatever is quicker took a
 * millisecond. */
uint32_t agent_report_took_ms(const struct line_end *end);

/* What the attempt that has ended came to, and what its last answer told. */
void agent_report_result(const struct agent_worker *worker, const struct line *line,
                         const struct line_end *end, struct agent_report *report);

#endif
