/* pace/delay.h: how long a server usually takes to answer a request: the least that it took in the
 * last PACE_DELAY_MS to twice as long. The least, as that is what the way and the server take by
 * themselves, whatever is waiting or was lost.
 *
 * Pure, and used by pace.c alone. */
#ifndef LINEUP_PACE_DELAY_H
#define LINEUP_PACE_DELAY_H

#include <stdint.h>

#define PACE_DELAY_MS \
	10000 /* a way that has changed is known after that; a queue does not last so long */
#define PACE_DELAY_NONE UINT32_MAX

struct pace_delay {
	uint32_t least_ms, before_ms; /* since ..., and in the time before; 0: none, else 1 more */
	uint64_t since_ms;
};

void pace_delay_add(struct pace_delay *delay, uint32_t took_ms, uint64_t now_ms);

/* PACE_DELAY_NONE: it has never answered. */
uint32_t pace_delay_usual_ms(const struct pace_delay *delay);

#endif
