/* pace/rate.c: learning how many attempts a second a server bears; see pace/rate.h. */
#include "pace/rate.h"

#define SLICES_A_SECOND (1000 / PACE_SLICE_MS)
#define HALF_SECOND_MS  (PACE_SLICES * PACE_SLICE_MS)

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* What was answered in the best slice of the last half second or two, for a second. */
static uint32_t answered_per_s(const struct pace_rate *rate)
{
	uint32_t best = larger(rate->answered, larger(rate->best, rate->best_before));

	return larger(best * SLICES_A_SECOND, PACE_RATE_LEAST);
}

static uint32_t below(uint32_t per_s)
{
	return larger(per_s - per_s / PACE_RATE_BELOW_PART, PACE_RATE_LEAST);
}

/* The first time that it is too much it is so for half a second, unless 503 say it at once: what
 * was lost then is sent again beside what is new, so that there is to be half as much of that until
 * all is through. */
static void cut(struct pace_rate *rate, bool losses, uint64_t now_ms)
{
	uint32_t answered = answered_per_s(rate);
	bool far_below = answered < rate->per_s / 2 && answered < rate->good / 2;

	if (far_below || rate->per_s <= PACE_RATE_LEAST) {
		rate->good = UINT32_MAX;
		rate->per_s = answered;
	} else if (rate->good == UINT32_MAX) {
		rate->good = below(rate->per_s < answered ? rate->per_s : answered);
		rate->per_s = losses ? rate->good / 2 : rate->good;
	} else if (rate->per_s < rate->good) {
		rate->good = below(rate->good);
		rate->per_s = larger(rate->per_s / 2, rate->good / 4);
	} else {
		rate->good = below(rate->per_s < answered ? rate->per_s : answered);
		rate->per_s = rate->good;
	}
	rate->per_s = larger(rate->per_s, PACE_RATE_LEAST);
	rate->cut_ms = now_ms;
	rate->lost = 0;
}

/* Where much less is answered than has gone the rest is lost, or waits: that shows before any
 * retransmission. */
static bool misses_answers(const struct pace_rate *rate)
{
	return rate->answered < rate->gone - rate->gone / PACE_RATE_MISSING_PART;
}

static void grow(struct pace_rate *rate, uint64_t now_ms)
{
	/* Just below what is too much a cut comes each few seconds: this is far below. */
	if (now_ms >= rate->cut_ms + PACE_RATE_OLD_MS)
		rate->good = UINT32_MAX;
	if (rate->per_s < rate->good)
		rate->per_s += 1 + rate->per_s / PACE_RATE_UP_PART;
	else
		rate->per_s += 1 + rate->per_s / PACE_RATE_GROW_PART;
	if (rate->per_s > PACE_RATE_MOST)
		rate->per_s = 0;
}

/* A loss shows half a second late: on the way up, and after a cut, it may speak of another rate. */
static bool too_lossy(const struct pace_rate *rate, uint32_t losses, uint64_t now_ms)
{
	return rate->lost > losses && now_ms >= rate->cut_ms + HALF_SECOND_MS &&
	       (rate->good != UINT32_MAX || misses_answers(rate));
}

/* In the slice after a cut there is what was under way. */
static bool too_many_refused(const struct pace_rate *rate, uint64_t now_ms)
{
	return rate->refused > rate->answered / PACE_REFUSALS_PART &&
	       now_ms >= rate->cut_ms + UINT64_C(2) * PACE_SLICE_MS;
}

static void judge(struct pace_rate *rate, uint32_t losses, uint64_t now_ms)
{
	bool lossy = too_lossy(rate, losses, now_ms);

	if (!rate->per_s)
		return;
	if (rate->gone >= PACE_SILENT_SLICE && !rate->answered && !rate->refused) {
		/* It may be dead: that is for the window, and the probe, to find out. */
		rate->per_s = PACE_RATE_LEAST;
		rate->good = UINT32_MAX;
	} else if (lossy || too_many_refused(rate, now_ms)) {
		cut(rate, lossy, now_ms);
	} else if (rate->held && !misses_answers(rate) &&
	           (rate->lost <= losses || rate->good == UINT32_MAX)) {
		grow(rate, now_ms);
	}
}

static void next_slice(struct pace_rate *rate)
{
	rate->best = larger(rate->best, rate->answered);
	rate->gone = rate->answered = rate->refused = 0;
	rate->held = false;
	if (++rate->slice < PACE_SLICES)
		return;
	rate->slice = 0;
	rate->lost = 0;
	rate->best_before = rate->best;
	rate->best = 0;
}

void pace_rate_turn(struct pace_rate *rate, uint32_t losses, uint64_t now_ms)
{
	/* Of a time in which nobody asked nothing is learnt. */
	if (now_ms >= rate->slice_ms + 2 * HALF_SECOND_MS) {
		rate->best = rate->best_before = rate->lost = 0;
		rate->gone = rate->answered = rate->refused = 0;
		rate->held = false;
		rate->slice_ms = now_ms;
	}
	for (; now_ms >= rate->slice_ms + PACE_SLICE_MS; rate->slice_ms += PACE_SLICE_MS) {
		judge(rate, losses, now_ms);
		next_slice(rate);
	}
}

void pace_rate_learn(struct pace_rate *rate, uint64_t now_ms)
{
	/* Silence says nothing of a rate. */
	if (rate->per_s || !rate->heard_ms || now_ms >= rate->heard_ms + PACE_HEARD_MS)
		return;
	rate->per_s = larger(answered_per_s(rate), PACE_RATE_FIRST);
	rate->good = UINT32_MAX;
	rate->cut_ms = now_ms;
	rate->lost = 0;
}
