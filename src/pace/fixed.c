/* pace/fixed.c: places in time, and whose they are; see pace/fixed.h. */
#include "pace/fixed.h"

#define SECOND_US UINT64_C(1000000)
#define LATE_US   (PACE_FIXED_LATE_MS * UINT64_C(1000))
#define TICK_US   1000                  /* the clock ticks no finer */
#define SPAN_US   (SECOND_US + LATE_US) /* has as many places as the rate says */
/* 2^32 by the golden ratio: its multiples, modulo 2^32, leave no large gap anywhere, and so come
 * into any part at nearly equal distances. */
#define SPREAD 2654435769u

static const struct pace_part whole = { 0, PACE_PARTS };

void pace_fixed_init(struct pace_fixed *fixed, uint32_t per_s, uint64_t now_ms)
{
	*fixed = (struct pace_fixed){ .per_s = per_s, .part = whole, .base_us = now_ms * 1000 };
}

static struct pace_part both(struct pace_part a, struct pace_part b)
{
	struct pace_part part = { a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to };

	return part.from < part.to ? part : (struct pace_part){ 0 };
}

static bool equal(struct pace_part a, struct pace_part b)
{
	return a.from == b.from && a.to == b.to;
}

static void hand_over(struct pace_fixed *fixed, uint64_t now_ms)
{
	if (fixed->next_ms && now_ms >= fixed->next_ms) {
		fixed->part = fixed->next;
		fixed->next_ms = 0;
		fixed->found = 0;
	}
}

void pace_fixed_set(struct pace_fixed *fixed, uint32_t per_s, const struct pace_part *part,
                    uint64_t now_ms)
{
	hand_over(fixed, now_ms);
	if (fixed->per_s != per_s || !fixed->known)
		fixed->place = fixed->found = 0; /* counted at another distance */
	fixed->per_s = per_s;
	if (!fixed->known && !equal(*part, whole))
		fixed->part = (struct pace_part){ 0 };
	fixed->known = true;
	fixed->base_us = 0; /* the same for everybody */
	if (equal(*part, fixed->next_ms ? fixed->next : fixed->part))
		return;
	fixed->part = both(fixed->part, *part);
	fixed->found = 0;
	fixed->next = *part;
	fixed->next_ms = now_ms + PACE_HANDOVER_MS;
}

static uint64_t time_of(const struct pace_fixed *fixed, uint64_t place)
{
	return fixed->base_us + (place * SPAN_US + fixed->per_s - 1) / fixed->per_s;
}

static bool owns(const struct pace_fixed *fixed, uint64_t place)
{
	uint32_t at = ((uint32_t)place * SPREAD) / (UINT32_MAX / PACE_PARTS + 1);

	return at >= fixed->part.from && at < fixed->part.to;
}

uint64_t pace_fixed_at_us(struct pace_fixed *fixed, uint64_t now_ms)
{
	uint64_t now_us = now_ms * 1000, since_us = now_us - fixed->base_us;
	uint64_t first = 0, late_us, at_us;

	if (!fixed->per_s)
		return 0;
	hand_over(fixed, now_ms);
	if (fixed->part.from >= fixed->part.to)
		return fixed->next_ms ? fixed->next_ms * 1000 : now_us + SECOND_US;
	late_us = fixed->waited || fixed->taken_ms == now_ms ? LATE_US : TICK_US;
	if (since_us >= late_us)
		first = (since_us - late_us) * fixed->per_s / SPAN_US + 1;
	if (fixed->place < first)
		fixed->place = first;
	if (fixed->found < fixed->place)
		fixed->found = fixed->place;
	while (!owns(fixed, fixed->found))
		fixed->found++;
	at_us = time_of(fixed, fixed->found);
	if (at_us <= now_us)
		return 0;
	fixed->waited = true;
	/* What is beyond a change of the part may be another's then. */
	return fixed->next_ms && at_us > fixed->next_ms * 1000 ? fixed->next_ms * 1000 : at_us;
}

void pace_fixed_take(struct pace_fixed *fixed, uint64_t now_ms)
{
	fixed->place = fixed->found + 1;
	fixed->waited = false;
	fixed->taken_ms = now_ms;
}
