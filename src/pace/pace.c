/* pace/pace.c: a window that answers open, until a rate is learnt; see pace/pace.h. */
#include "pace/pace.h"

#include <string.h>

#define MS_NS UINT64_C(1000000)

void pace_init(struct pace *pace, uint32_t rate_per_s, uint64_t now_ms)
{
	*pace = (struct pace){
		.health = PACE_ALIVE,
		.window = PACE_WINDOW_FIRST,
		.shares = 1,
		.next_at_ns = now_ms * MS_NS,
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
	if (pace->window == before)
		pace->window = first_window(pace);
}

static void turn(struct pace *pace, uint64_t now_ms)
{
	pace_rate_turn(&pace->rate, pace_delay_usual_ms(&pace->delay), now_ms);
	if (pace->rate.slower)
		pace->delay = (struct pace_delay){ 0 };
	pace->rate.slower = false;
}

/* For a place in flight, or at the learnt rate. */
static void has_to_wait(struct pace *pace, uint64_t now_ms)
{
	pace->rate.now.held = true;
	pace->waited_at_ms = now_ms;
}

static bool is_learnt(const struct pace *pace)
{
	return pace->rate.state != PACE_RATE_OPEN;
}

/* Takes the next place at the learnt rate. What was not used before is not caught up, but for what
 * a busy machine is late by. */
static void take_learnt(struct pace *pace, enum pace_start start, uint64_t now_ns)
{
	const uint64_t late_ns = PACE_LATE_MS * MS_NS;

	if (!is_learnt(pace))
		return;
	if (pace->next_at_ns + late_ns <= now_ns)
		pace->next_at_ns = now_ns - (late_ns - MS_NS);
	pace->next_at_ns += pace_rate_attempt_ns(&pace->rate, start);
}

/* Takes the next place at both rates. False: *ret_at_ms says when it comes. */
static bool take_rate(struct pace *pace, enum pace_start start, uint64_t now_ms,
                      uint64_t *ret_at_ms)
{
	uint64_t at_ms = (pace_fixed_at_us(&pace->fixed, now_ms) + 999) / 1000, learnt_ms = 0;

	if (is_learnt(pace) && pace->next_at_ns > now_ms * MS_NS) {
		learnt_ms = (pace->next_at_ns + MS_NS - 1) / MS_NS;
		has_to_wait(pace, now_ms);
	}
	if (learnt_ms > now_ms || at_ms > now_ms) {
		*ret_at_ms = learnt_ms > at_ms ? learnt_ms : at_ms;
		return false;
	}
	take_learnt(pace, start, now_ms * MS_NS);
	pace_fixed_take(&pace->fixed, now_ms);
	return true;
}

/* When something came last is nothing that is learnt, and stays. */
static void open_anew(struct pace *pace)
{
	pace->window = first_window(pace);
	pace->rate = (struct pace_rate){ .heard_ms = pace->rate.heard_ms };
	pace->waits = false;
	pace->waited_at_ms = 0;
}

/* Beside a rate there is room for what a second of it may lose, and for what is on its way. Where
 * nothing comes any more those that are under way will be the first to hear. */
static uint32_t most_in_flight(const struct pace *pace)
{
	uint64_t ms = PACE_DEBT_MS + 2 * (uint64_t)pace->rate.usual_ms;

	if (pace->rate.silent)
		return PACE_WINDOW_MIN;
	return is_learnt(pace) ? 1 + (uint32_t)(pace->rate.per_s * ms / 1000) : pace->window;
}

static bool has_room(struct pace *pace, uint64_t now_ms)
{
	pace->waits = pace->in_flight >= most_in_flight(pace);
	if (pace->waits)
		has_to_wait(pace, now_ms);
	return !pace->waits;
}

enum pace_leave pace_ask(struct pace *pace, enum pace_start start, uint64_t now_ms,
                         uint64_t *ret_at_ms)
{
	if (pace->waited_at_ms && now_ms >= pace->waited_at_ms + PACE_FORGET_MS)
		open_anew(pace);
	turn(pace, now_ms);
	if (pace->health == PACE_PROBING)
		return PACE_QUEUE;
	if (pace->health == PACE_DEAD && now_ms < pace->probe_at_ms) {
		*ret_at_ms = pace->probe_at_ms;
		return PACE_LATER;
	}
	if (pace->health == PACE_ALIVE && !has_room(pace, now_ms))
		return PACE_QUEUE;
	if (!take_rate(pace, start, now_ms, ret_at_ms))
		return PACE_LATER;
	if (pace->health == PACE_DEAD)
		pace->health = PACE_PROBING;
	pace->in_flight++;
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

void pace_sent(struct pace *pace, enum pace_start start, bool first, uint64_t now_ms)
{
	turn(pace, now_ms);
	pace_rate_sent(&pace->rate, start, first, now_ms);
}

/* What is sent again does not ask for leave, and takes its place ahead. */
void pace_sent_again(struct pace *pace, uint32_t age_ms, uint64_t now_ms)
{
	turn(pace, now_ms);
	if (age_ms <= pace_rate_late_ms(&pace->rate))
		return;
	pace_rate_sent_again(&pace->rate, now_ms);
	if (is_learnt(pace) && pace->next_at_ns < (now_ms + PACE_DEBT_MS) * MS_NS)
		pace->next_at_ns += pace_rate_request_ns(&pace->rate);
}

void pace_given_up(struct pace *pace, uint32_t age_ms, uint64_t now_ms)
{
	turn(pace, now_ms);
	pace_rate_given_up(&pace->rate, age_ms, now_ms);
}

void pace_heard(struct pace *pace, const struct pace_answer *answer, uint64_t now_ms)
{
	uint32_t behind_ms = answer->behind_ms < PACE_BEHIND_LEAST_MS ? 0 : answer->behind_ms;

	/* A server that is overloaded refuses sooner than it serves. */
	if (!answer->refused || pace_delay_usual_ms(&pace->delay) == PACE_DELAY_NONE)
		pace_delay_add(&pace->delay, answer->took_ms, now_ms);
	pace_rate_behind(&pace->rate, behind_ms);
	if (behind_ms > answer->took_ms)
		behind_ms = answer->took_ms;
	turn(pace, now_ms);
	if (!answer->refused)
		pace_rate_answered(&pace->rate, answer->took_ms, behind_ms, now_ms);
	pace_rate_heard(&pace->rate, now_ms);
}

void pace_provisional(struct pace *pace, uint64_t now_ms)
{
	pace_rate_heard(&pace->rate, now_ms);
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
}

static void revive(struct pace *pace)
{
	if (pace->health != PACE_ALIVE)
		open_anew(pace);
	pace->health = PACE_ALIVE;
	pace->silent_in_row = 0;
}

/* A window that nobody waits for says nothing of what the server bears. */
static void open_window(struct pace *pace, uint64_t now_ms)
{
	if (!pace->waits || is_learnt(pace) || pace->window >= PACE_WINDOW_MAX)
		return;
	if (now_ms >= pace->doubled_at_ms + PACE_DOUBLE_MS) {
		pace->doubled = pace->window;
		pace->doubled_at_ms = now_ms;
	}
	if (pace->window < 2 * pace->doubled)
		pace->window++;
}

void pace_answered(struct pace *pace, uint64_t now_ms)
{
	leave_flight(pace);
	revive(pace);
	pace->served_at_ms = now_ms ? now_ms : 1;
	open_window(pace, now_ms);
}

/* Until a rate is learnt: would its place be free again, the next one would be refused at once. */
void pace_overloaded(struct pace *pace, uint64_t now_ms)
{
	leave_flight(pace);
	revive(pace);
	turn(pace, now_ms);
	if (is_learnt(pace))
		return;
	if (pace->window > PACE_WINDOW_MIN)
		pace->window--;
	else
		pace_rate_learn(&pace->rate, now_ms);
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

void pace_unanswered(struct pace *pace, uint64_t age_ms, uint64_t now_ms)
{
	if (age_ms <= pace_rate_late_ms(&pace->rate) || pace->rate.heard_ms + age_ms > now_ms)
		pace_cancelled(pace);
	else
		pace_silent(pace, now_ms);
}

void pace_hurry(struct pace *pace, uint64_t now_ms)
{
	if (pace->health == PACE_DEAD && pace->probe_at_ms > now_ms)
		pace->probe_at_ms = now_ms;
}
