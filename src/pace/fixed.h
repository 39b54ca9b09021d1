/* pace/fixed.h: a fixed rate that several threads keep together without talking to each other.
 *
 * Time is cut into places, as many as the rate says in a second and PACE_FIXED_LATE_MS, at the same
 * instants for everybody (the monotonic clock is). Each place has one owner: places are numbered,
 * the numbers are spread evenly over 0 .. PACE_PARTS - 1, and a thread owns those that fall into
 * its part. So at most one attempt goes out for each place, whoever sends it. A busy thread may use
 * a place by PACE_FIXED_LATE_MS late, where somebody waited for it; later it is lost, and not
 * caught up. So in no second, wherever it begins, there are more than the rate.
 *
 * A part may change while the rate is in use. As each thread hears of that at another time, for
 * PACE_HANDOVER_MS only those places are used that are in the old part and in the new one.
 *
 * Pure, and used by pace.c alone but for struct pace_part. */
#ifndef LINEUP_PACE_FIXED_H
#define LINEUP_PACE_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_PARTS         65536
#define PACE_HANDOVER_MS   1000
#define PACE_FIXED_LATE_MS 10

/* From and including from, up to but not including to, of PACE_PARTS. Parts of threads that ask
 * one server must not overlap. */
struct pace_part {
	uint32_t from, to;
};

struct pace_fixed {
	uint32_t per_s;        /* 0: none */
	bool known;            /* it was told a part */
	struct pace_part part; /* now */
	struct pace_part next; /* from next_ms on, where that is not 0 */
	uint64_t next_ms;
	uint64_t base_us;  /* of place 0: when it was made, until it is told a share */
	uint64_t place;    /* all before are used, or lost */
	uint64_t found;    /* the next one of its own, as far as it was looked for */
	bool waited;       /* somebody was told when that comes */
	uint64_t taken_ms; /* when one was used last */
};

/* Owns all places, the first of which is now. */
void pace_fixed_init(struct pace_fixed *fixed, uint32_t per_s, uint64_t now_ms);

/* From now on that rate and that part. One that is told its first part, and not all of it, owns
 * nothing until the others can have heard. */
void pace_fixed_set(struct pace_fixed *fixed, uint32_t per_s, const struct pace_part *part,
                    uint64_t now_ms);

/* When the next place of its own comes, in us; 0: now, or there is no rate. */
uint64_t pace_fixed_at_us(struct pace_fixed *fixed, uint64_t now_ms);

/* Uses the place that pace_fixed_at_us() has just said has come. */
void pace_fixed_take(struct pace_fixed *fixed, uint64_t now_ms);

#endif
