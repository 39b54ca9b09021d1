/* agent/parts.h: how a fixed rate is divided among workers (pace/fixed.h): by how many of the lines
 * there each has, so that all of the rate can be used however the lines lie. Pure. */
#ifndef LINEUP_AGENT_PARTS_H
#define LINEUP_AGENT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/pace.h"

#define AGENT_PARTS_LEAST 16 /* of an even share: the least that a worker with any line has */
#define AGENT_PARTS_NEWS  8  /* of a worker's part: a change below that is none */

/* Part i for who has counts[i] lines, without gaps; nothing for who has none. */
void agent_parts_divide(const uint32_t *counts, uint32_t n, struct pace_part *ret_parts);

/* Whether one of n differs by more than a part of itself. */
bool agent_parts_differ(const struct pace_part *a, const struct pace_part *b, uint32_t n);

#endif
