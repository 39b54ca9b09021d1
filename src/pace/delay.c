/* pace/delay.c: the least of two spans; see pace/delay.h. */
#include "pace/delay.h"

void pace_delay_add(struct pace_delay *delay, uint32_t took_ms, uint64_t now_ms)
{
	uint32_t kept_ms = took_ms < PACE_DELAY_NONE - 1 ? took_ms + 1 : PACE_DELAY_NONE - 1;

	if (now_ms >= delay->since_ms + PACE_DELAY_MS) {
		delay->before_ms =
			now_ms < delay->since_ms + 2 * PACE_DELAY_MS ? delay->least_ms : 0;
		delay->least_ms = 0;
		delay->since_ms = now_ms;
	}
	if (!delay->least_ms || kept_ms < delay->least_ms)
		delay->least_ms = kept_ms;
}

uint32_t pace_delay_usual_ms(const struct pace_delay *delay)
{
	uint32_t kept_ms = delay->least_ms;

	if (!kept_ms || (delay->before_ms && delay->before_ms < kept_ms))
		kept_ms = delay->before_ms;
	return kept_ms ? kept_ms - 1 : PACE_DELAY_NONE;
}
