/* pace/rate.h: a rate that is learnt from what a server has answered.
 *
 * A registrar that lets no request wait, a fraction of a millisecond away, cannot be asked gently
 * by a window: one attempt in flight at a time is thousands a second there. So where a window that
 * is at its least is too much still, a rate is learnt (pace_rate_learn()): what was answered of
 * late, doubled in half a second until it is too much, then a part below what was answered at best,
 * and from there up by so little that what is in vain stays little; where that goes well for long
 * it is doubled again.
 *
 * Time is cut into slices; at the end of each it is judged. 503 are too many where they are more
 * than one in 64 of the answers: they speak for the server, and at once. Losses show half a second
 * late, and may be the way's at whatever rate: they are too many where half a second has more of
 * them than the caller allows for.
 *
 * Pure, and used by pace.c alone. */
#ifndef LINEUP_PACE_RATE_H
#define LINEUP_PACE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_SLICE_MS          100
#define PACE_SLICES            5    /* half a second: in which losses show */
#define PACE_RATE_FIRST        1000 /* attempts a second to begin with, where fewer were answered */
#define PACE_RATE_LEAST        10   /* ... that every cut leaves */
#define PACE_RATE_MOST         1000000 /* from here on none is needed */
#define PACE_RATE_OLD_MS       8000    /* since a cut: what was good then says nothing any more */
#define PACE_HEARD_MS          1000    /* since anything came from the server: it may be dead */
#define PACE_SILENT_SLICE      8   /* attempts in a slice, without one answer: down to the least */
#define PACE_REFUSALS_PART     64  /* 503: such a part of the answers is borne */
#define PACE_RATE_UP_PART      7   /* up by such a part in a slice, as far as is known to be good */
#define PACE_RATE_GROW_PART    256 /* ... and beyond */
#define PACE_RATE_MISSING_PART 8   /* not up where such a part is not answered */
#define PACE_RATE_BELOW_PART   32  /* below what was answered by such a part */

struct pace_rate {
	uint32_t per_s; /* attempts a second; 0: none is learnt, all may go */
	uint32_t good;  /* up to here it was not too much; UINT32_MAX: nobody knows yet */
	uint32_t gone, answered, refused; /* in this slice */
	uint32_t lost;                    /* first retransmissions in this half second */
	uint32_t best, best_before; /* most that was answered in a slice of this and the last one */
	uint8_t slice;              /* of the half second */
	bool held;                  /* in this slice somebody had to wait for the rate */
	uint64_t slice_ms;          /* when this slice began */
	uint64_t heard_ms;          /* when anything came from the server last; 0: never */
	uint64_t cut_ms;            /* the last cut */
};

/* Judges the slices that are over; to be called before each of the others. losses: in half a second
 * so many are borne. */
void pace_rate_turn(struct pace_rate *rate, uint32_t losses, uint64_t now_ms);

/* The window can do no more: from now on the rate holds, if it did not yet, and if anything came
 * from the server of late. */
void pace_rate_learn(struct pace_rate *rate, uint64_t now_ms);

#endif
