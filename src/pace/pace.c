/* pace/pace.c: a window that answers open and silence closes; see pace/pace.h. */
#include "pace/pace.h"

#include <string.h>

void pace_init(struct pace *pace, uint32_t rate_per_s, uint64_t now_ms)
{
	*pace = (struct pace){
		.health = PACE_ALIVE,
		.window = PACE_WINDOW_FIRST,
		.threshold = PACE_WINDOW_MAX,
		.shares = 1,
		.next_at_us = now_ms * 1000,
	};
	pace_fixed_init(&pace->fixed, rate_per_s, now_ms);
}

static uint32_t first_window(const struct pace *pace)
{
	return pace->shares < PACE_WINDOW_FIRST ? PACE_WINDOW_FIRST / pace->shares
	                                        : PACE_WINDOW_MIN;
}

void pace_set_share(struct pace *pace, const struct pace_share *share, uint64_t now_ms)
{
	uint32_t before = first_window(pace);

	pace_fixed_set(&pace->fixed, share->rate_per_s, &share->part, now_ms);
	pace->shares = share->shares ? share->shares : 1;
	/* A window that nothing was learnt of yet is the first one still. */
	if (pace->window == before && pace->threshold == PACE_WINDOW_MAX)
		pace->window = first_window(pace);
}

/* What losses leave. A datagram that was lost may have been lost by the way, at whatever rate it
 * was sent. */
static uint32_t lossy_window(const struct pace *pace)
{
	return pace->shares < PACE_WINDOW_LOSSY ? PACE_WINDOW_LOSSY / pace->shares
	                                        : PACE_WINDOW_MIN;
}

/* Takes the next place at the learnt rate. What was not used before is not caught up, but for what
 * a busy machine is late by: what comes of it corrects the rate. */
static void take_learnt(struct pace *pace, uint64_t now_us)
{
	const uint64_t late_us = PACE_LATE_MS * 1000;

	if (!pace->learnt.per_s)
		return;
	if (pace->next_at_us + late_us <= now_us)
		pace->next_at_us = now_us - (late_us - 1000);
	pace->next_at_us += UINT64_C(1000000) / pace->learnt.per_s;
}

/* Takes the next place at both rates. False: *ret_at_ms says when it comes. */
static bool take_rate(struct pace *pace, uint64_t now_ms, uint64_t *ret_at_ms)
{
	uint64_t now_us = now_ms * 1000, at_us = pace_fixed_at_us(&pace->fixed, now_ms);

	if (pace->learnt.per_s && pace->next_at_us > now_us) {
		pace->learnt.held = true;
		at_us = pace->next_at_us > at_us ? pace->next_at_us : at_us;
	}
	if (at_us > now_us) {
		*ret_at_ms = (at_us + 999) / 1000;
		return false;
	}
	take_learnt(pace, now_us);
	pace_fixed_take(&pace->fixed, now_ms);
	return true;
}

/* What is lost keeps its place until it is sent again: beside a rate there is room for that. */
static uint32_t most_in_flight(const struct pace *pace)
{
	return pace->learnt.per_s > pace->window ? pace->learnt.per_s : pace->window;
}

enum pace_leave pace_ask(struct pace *pace, uint64_t now_ms, uint64_t *ret_at_ms)
{
	pace_rate_turn(&pace->learnt, lossy_window(pace), now_ms);
	if (pace->health == PACE_PROBING)
		return PACE_QUEUE;
	if (pace->health == PACE_DEAD && now_ms < pace->probe_at_ms) {
		*ret_at_ms = pace->probe_at_ms;
		return PACE_LATER;
	}
	pace->waits = pace->health == PACE_ALIVE && pace->in_flight >= most_in_flight(pace);
	if (pace->waits)
		return PACE_QUEUE;
	if (!take_rate(pace, now_ms, ret_at_ms))
		return PACE_LATER;
	if (pace->health == PACE_DEAD)
		pace->health = PACE_PROBING;
	pace->in_flight++;
	pace->learnt.gone++;
	return PACE_GO;
}

bool pace_ask_refused(struct pace *pace, uint64_t now_ms, uint64_t *ret_at_ms)
{
	uint64_t *taken = pace->refused_ms;
	uint64_t span_ms = PACE_REFUSED_SPAN_MS * (uint64_t)pace->shares;

	/* A place that was never taken is 0. */
	if (taken[0] && now_ms < taken[0] + span_ms) {
		*ret_at_ms = taken[0] + span_ms;
		return false;
	}
	memmove(taken, taken + 1, (PACE_REFUSED_MAX - 1) * sizeof(*taken));
	taken[PACE_REFUSED_MAX - 1] = now_ms ? now_ms : 1;
	return true;
}

/* What was sent again before the first answer of all was not lost where that comes later still. */
static void undo_cut(struct pace *pace)
{
	pace->window = first_window(pace);
	pace->threshold = PACE_WINDOW_MAX;
	pace->cut_at_ms = 0;
	pace->burst = 0;
	pace->learnt.per_s = pace->learnt.lost = 0;
}

void pace_heard(struct pace *pace, uint32_t took_ms, uint64_t now_ms)
{
	pace->learnt.heard_ms = now_ms;
	if (took_ms == PACE_DELAY_NONE)
		return;
	if (pace->taken_late_ms && took_ms > pace->taken_late_ms)
		undo_cut(pace);
	pace->taken_late_ms = 0;
	pace_delay_add(&pace->delay, took_ms, now_ms);
}

bool pace_regulates(const struct pace *pace, uint64_t now_ms)
{
	return pace->health == PACE_ALIVE && pace->served_at_ms &&
	       now_ms < pace->served_at_ms + PACE_SERVES_MS;
}

static void leave_flight(struct pace *pace)
{
	if (pace->in_flight)
		pace->in_flight--;
	if (pace->burst)
		pace->burst--;
}

static void revive(struct pace *pace)
{
	if (pace->health != PACE_ALIVE) {
		pace->window = first_window(pace);
		pace->threshold = PACE_WINDOW_MAX;
		pace->learnt = (struct pace_rate){ 0 };
		pace->waits = false;
	}
	pace->health = PACE_ALIVE;
	pace->silent_in_row = 0;
}

static void grow(struct pace *pace, uint64_t now_ms)
{
	if (now_ms >= pace->doubled_at_ms + PACE_DOUBLE_MS) {
		pace->doubled = pace->window;
		pace->doubled_at_ms = now_ms;
	}
	if (pace->window < 2 * pace->doubled)
		pace->window++;
}

static void step(struct pace *pace, uint64_t now_ms)
{
	uint32_t by = pace->window / PACE_GROW_PART;

	if (++pace->grow < pace->window || now_ms < pace->grown_at_ms + PACE_GROW_MS)
		return;
	pace->grow = 0;
	pace->grown_at_ms = now_ms;
	pace->window += by ? by : 1;
	if (pace->window > PACE_WINDOW_MAX)
		pace->window = PACE_WINDOW_MAX;
}

void pace_answered(struct pace *pace, uint64_t now_ms)
{
	/* A window that is not filled says nothing of what the server can bear. */
	bool filled = pace->waits || pace->in_flight >= pace->window;

	leave_flight(pace);
	revive(pace);
	pace_rate_turn(&pace->learnt, lossy_window(pace), now_ms);
	pace->learnt.answered++;
	pace->served_at_ms = now_ms ? now_ms : 1;
	pace->learnt.heard_ms = now_ms;
	if (!filled || pace->window >= PACE_WINDOW_MAX)
		return;
	if (pace->window < pace->threshold)
		grow(pace, now_ms);
	else
		step(pace, now_ms);
}

/* Where the window is at its least already, the rate has to do it. */
static void cut(struct pace *pace, uint32_t least, uint64_t now_ms)
{
	pace->cut_at_ms = now_ms ? now_ms : 1;
	pace->burst = pace->in_flight;
	pace->grown_at_ms = now_ms;
	if (pace->window <= least)
		pace_rate_learn(&pace->learnt, now_ms);
	else
		pace->window = pace->window / 2 > least ? pace->window / 2 : least;
	pace->threshold = pace->window;
	pace->grow = 0;
}

void pace_overloaded(struct pace *pace, uint64_t now_ms)
{
	bool known = pace->burst > 0;

	leave_flight(pace);
	revive(pace);
	pace_rate_turn(&pace->learnt, lossy_window(pace), now_ms);
	pace->learnt.refused++;
	pace->learnt.heard_ms = now_ms;
	if (!known)
		cut(pace, PACE_WINDOW_MIN, now_ms);
}

void pace_retransmitted(struct pace *pace, uint64_t now_ms)
{
	if (pace->health != PACE_ALIVE)
		return;
	pace_rate_turn(&pace->learnt, lossy_window(pace), now_ms);
	pace->learnt.lost++;
	/* As many as a small window has room for: it is not the window that holds them back. */
	if (pace->window <= first_window(pace) && pace->learnt.lost >= pace->window)
		pace_rate_learn(&pace->learnt, now_ms);
	if (!pace->cut_at_ms || now_ms >= pace->cut_at_ms + PACE_CUT_SPAN_MS)
		cut(pace, lossy_window(pace), now_ms);
}

enum pace_again pace_sent_again(struct pace *pace, enum pace_again before, uint32_t age_ms,
                                uint64_t now_ms)
{
	uint32_t usual_ms = pace_delay_usual_ms(&pace->delay);

	if (before == PACE_AGAIN_COUNTED || (usual_ms != PACE_DELAY_NONE && age_ms <= usual_ms))
		return before;
	if (usual_ms == PACE_DELAY_NONE)
		pace->taken_late_ms = age_ms;
	pace_retransmitted(pace, now_ms);
	return PACE_AGAIN_COUNTED;
}

void pace_silent(struct pace *pace, uint64_t now_ms)
{
	uint64_t wait_ms = PACE_PROBE_MIN_MS;

	leave_flight(pace);
	pace->silent_in_row += pace->silent_in_row < PACE_DEAD_AFTER;
	if (pace->silent_in_row < PACE_DEAD_AFTER)
		return;
	/* Attempts that were under way when the server died end after the probe began, or before:
	 * only the probe's own end (the last in flight) counts as its failure. */
	if (pace->health == PACE_DEAD || (pace->health == PACE_PROBING && pace->in_flight))
		return;
	pace->failed_probes = pace->health == PACE_PROBING ? pace->failed_probes + 1 : 0;
	for (uint32_t n = 0; n < pace->failed_probes && wait_ms < PACE_PROBE_MAX_MS; n++)
		wait_ms *= 2;
	pace->health = PACE_DEAD;
	pace->probe_at_ms = now_ms + (wait_ms < PACE_PROBE_MAX_MS ? wait_ms : PACE_PROBE_MAX_MS);
}

void pace_cancelled(struct pace *pace)
{
	leave_flight(pace);
	if (pace->health == PACE_PROBING && !pace->in_flight)
		pace->health = PACE_DEAD; /* probe_at_ms has passed: the next may probe at once */
}

void pace_hurry(struct pace *pace, uint64_t now_ms)
{
	if (pace->health == PACE_DEAD && pace->probe_at_ms > now_ms)
		pace->probe_at_ms = now_ms;
}
