/* pace/rate.c: learning how many requests a second a server bears; see pace/rate.h. */
#include "pace/rate.h"

#include <stddef.h>

#include "pace/delay.h"

#define UNKNOWN UINT32_MAX

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t less_by(uint32_t per_s, uint32_t part)
{
	return larger(per_s - per_s / part, PACE_RATE_LEAST);
}

static bool is_more(uint64_t a, uint64_t than)
{
	return a > than + than / PACE_MORE_PART;
}

uint32_t pace_rate_late_ms(const struct pace_rate *rate)
{
	return rate->usual_ms + rate->usual_ms / 8 + PACE_WAIT_MS;
}

/* So that the answers to one slice are in before the next one is over. */
static uint32_t slice_ms(const struct pace_rate *rate)
{
	return larger(PACE_SLICE_MS, pace_rate_late_ms(rate));
}

/* ---- what a slice says */

static uint32_t ended_late(const struct pace_slice *slice)
{
	return slice->sent > slice->in_time ? slice->sent - slice->in_time : 0;
}

static uint32_t share(uint32_t part, uint32_t whole)
{
	return whole ? (uint32_t)((uint64_t)part * PACE_SHARE_WHOLE / whole) : 0;
}

static bool too_few_in_time(const struct pace_rate *rate, const struct pace_slice *slice)
{
	uint32_t chance = smaller(rate->borne, PACE_SHARE_WHOLE - rate->borne) / PACE_CHANCE_PART;
	uint64_t borne = (uint64_t)slice->sent * (rate->borne + chance) / PACE_SHARE_WHOLE;

	return ended_late(slice) > borne + slice->sent / PACE_VAIN_PART + PACE_VAIN_FEW;
}

/* In a second. A few answers in a moment say nothing of that. */
static uint32_t answered_per_s(const struct pace_slice *slice, uint64_t to_ms)
{
	uint64_t ms = to_ms - slice->from_ms + slice->behind_ms;

	if (ms < PACE_SLICE_MS / 2)
		ms = PACE_SLICE_MS / 2;
	return (uint32_t)(UINT64_C(1000) * slice->answered / ms);
}

/* How many have to be sent for so many to be answered. */
static uint32_t to_be_sent(const struct pace_rate *rate, uint32_t answered)
{
	return (uint32_t)((uint64_t)answered * PACE_SHARE_WHOLE /
	                  (PACE_SHARE_WHOLE + 1 - rate->unanswered));
}

static void begin_slice(struct pace_rate *rate, uint64_t now_ms)
{
	rate->now = (struct pace_slice){ .from_ms = now_ms };
}

/* ---- down */

static void settle(struct pace_rate *rate, uint32_t per_s, uint64_t now_ms)
{
	rate->state = PACE_RATE_SETTLING;
	rate->per_s = larger(per_s, PACE_RATE_LEAST);
	begin_slice(rate, now_ms);
}

static uint32_t late_share(const struct pace_slice *slice)
{
	return share(ended_late(slice), slice->sent);
}

/* As long as as much is sent in each slice. */
static uint32_t unanswered_share(const struct pace_slice *slice)
{
	uint32_t all = slice->sent + slice->again;

	return slice->answered < all ? share(all - slice->answered, all) : 0;
}

static uint32_t just_answered(const struct pace_rate *rate, uint64_t now_ms)
{
	return larger(answered_per_s(&rate->last, rate->last.to_ms),
	              answered_per_s(&rate->now, now_ms));
}

/* In the best slice of late: a server that stands still for a moment does as much as before. */
static uint32_t best_answered(const struct pace_rate *rate, uint64_t now_ms)
{
	return larger(just_answered(rate, now_ms), larger(rate->best, rate->best_before));
}

static void cut(struct pace_rate *rate, uint64_t now_ms)
{
	bool far_too_much =
		unanswered_share(&rate->last) > rate->unanswered + PACE_SHARE_WHOLE / PACE_FAR_PART;

	rate->before.per_s = rate->per_s;
	rate->before.late = rate->before.just_late = late_share(&rate->last);
	rate->before.good = rate->good;
	rate->before.seemed_slower = false;
	rate->before.answered = just_answered(rate, now_ms);
	rate->good = to_be_sent(rate, best_answered(rate, now_ms));
	rate->good = smaller(less_by(rate->good, PACE_BELOW_PART), rate->per_s);
	rate->cut_ms = now_ms;
	rate->doubtful = false;
	settle(rate,
	       far_too_much ? rate->good / PACE_FAR_BELOW : less_by(rate->good, PACE_TRIAL_PART),
	       now_ms);
}

/* It was the window that was too large, or the burst that it began with: nothing is on trial. */
void pace_rate_learn(struct pace_rate *rate, uint64_t now_ms)
{
	uint32_t answered = just_answered(rate, now_ms);

	rate->state = PACE_RATE_GROWING;
	rate->per_s = larger(less_by(answered, PACE_BELOW_PART), PACE_RATE_FIRST);
	rate->good = UNKNOWN;
	rate->cut_ms = now_ms;
	begin_slice(rate, now_ms);
}

/* What was lost in one burst is sent again in one, and takes others with it: only the next slice
 * can tell. Notes whether this one may be such a case; true: it may, and the one before was none.
 */
static bool note_doubt(struct pace_rate *rate)
{
	bool before = rate->doubtful;

	rate->doubtful = rate->last.again >= ended_late(&rate->last);
	return rate->doubtful && !before;
}

/* ---- up */

/* The part that it goes up by in a slice. */
static uint32_t up_part(const struct pace_rate *rate, uint64_t now_ms)
{
	uint32_t quick = larger(2, PACE_QUICK_MS / slice_ms(rate));
	uint64_t times = (now_ms - rate->cut_ms) / (PACE_CREEP_TIMES * slice_ms(rate));

	if (rate->per_s < rate->good || times > 6)
		return quick;
	return larger(quick, PACE_CREEP_PART >> times);
}

static void grow(struct pace_rate *rate, uint64_t now_ms)
{
	uint64_t ms = rate->last.to_ms - rate->last.from_ms;
	uint64_t up = rate->per_s * ms / (up_part(rate, now_ms) * slice_ms(rate));
	uint32_t most = rate->per_s < rate->good ? rate->good : PACE_RATE_MOST;

	rate->per_s += 1 + (up < rate->per_s ? (uint32_t)up : rate->per_s);
	rate->per_s = smaller(rate->per_s, smaller(most, PACE_RATE_MOST));
}

/* ---- judging */

/* Of what was late before the cut. */
static bool has_helped(const struct pace_rate *rate)
{
	return late_share(&rate->last) < rate->before.late - rate->before.late / PACE_HELPED_PART;
}

/* Of a server that is asked more than it can do as much is answered as before. What has become
 * worse meanwhile, as its queue was filled only then, or it does less, can not be compared. */
static bool is_still_too_much(const struct pace_rate *rate)
{
	const struct pace_slice *last = &rate->last;

	if (rate->per_s <= PACE_RATE_LEAST || has_helped(rate))
		return false;
	return late_share(last) > rate->before.late + PACE_SHARE_WHOLE / PACE_WORSE_PART ||
	       ((rate->borne || too_few_in_time(rate, last)) &&
	        !is_more(rate->before.answered, answered_per_s(last, last->to_ms)));
}

/* Nearly all is answered, and nearly all late: the way, or the server, takes longer than it did. So
 * does a queue that somebody else keeps full, until he gives way, too: it is believed at the second
 * time, lower still. */
static bool has_become_slower(const struct pace_slice *slice)
{
	return late_share(slice) > PACE_BORNE_MOST &&
	       unanswered_share(slice) < PACE_SHARE_WHOLE / PACE_FAR_PART;
}

/* The next trial is compared with this one. */
static void try_lower(struct pace_rate *rate, uint64_t now_ms)
{
	uint32_t answered = answered_per_s(&rate->last, rate->last.to_ms);
	uint32_t per_s = smaller(rate->per_s, to_be_sent(rate, answered));

	rate->before.answered = answered;
	rate->before.late = late_share(&rate->last);
	rate->good = smaller(rate->good, less_by(per_s, PACE_BELOW_PART));
	settle(rate, less_by(per_s, PACE_TRIAL_PART), now_ms);
}

/* Notes what is late, for the next slice that comes here. True: it is less than in the one before:
 * what waited is still being worked off, or others give way, and only that next one tells what is
 * left of it. */
static bool note_less_late(struct pace_rate *rate)
{
	uint32_t before = rate->before.just_late;

	rate->before.just_late = late_share(&rate->last);
	return too_few_in_time(rate, &rate->last) &&
	       before > rate->before.just_late + PACE_SHARE_WHOLE / PACE_WORSE_PART;
}

static void judge_trial(struct pace_rate *rate, uint64_t now_ms)
{
	const struct pace_slice *last = &rate->last;
	uint32_t all = last->sent + last->again;
	uint64_t allowed = rate->per_s * (last->to_ms - last->from_ms) / 1000;

	if (is_more(last->answered, all) || is_more(all, allowed) || note_less_late(rate))
		return;
	if (has_become_slower(last) && !rate->before.seemed_slower) {
		rate->before.seemed_slower = true;
		settle(rate, less_by(rate->per_s, PACE_TRIAL_PART), now_ms);
		return;
	}
	rate->slower = has_become_slower(last);
	if (!rate->slower && is_still_too_much(rate)) {
		try_lower(rate, now_ms);
		return;
	}
	rate->state = PACE_RATE_GROWING;
	rate->unanswered = smaller(unanswered_share(last), PACE_BORNE_MOST);
	if (rate->slower || !too_few_in_time(rate, last) || has_helped(rate)) {
		rate->borne = smaller(rate->borne, late_share(last));
		rate->per_s = rate->good;
		return;
	}
	rate->borne = smaller(late_share(last), PACE_BORNE_MOST);
	rate->per_s = smaller(rate->before.per_s, to_be_sent(rate, rate->before.answered));
	rate->per_s = larger(rate->per_s, PACE_RATE_LEAST);
	rate->good = rate->per_s >= less_by(rate->before.per_s, PACE_BELOW_PART) ? rate->before.good
	                                                                         : rate->per_s;
}

static void go_on(struct pace_rate *rate, uint64_t now_ms)
{
	uint32_t late = late_share(&rate->last);

	rate->doubtful = false;
	if (late < rate->borne)
		rate->borne -= (rate->borne - late) / 8;
	if (rate->last.held)
		grow(rate, now_ms);
}

static void judge(struct pace_rate *rate, uint64_t now_ms)
{
	const struct pace_slice *last = &rate->last;

	rate->pending = false;
	if (last->sent >= PACE_SILENT_OF && rate->heard_ms < last->from_ms)
		rate->silent = true;
	if (rate->silent)
		return;
	switch (rate->state) {
	case PACE_RATE_OPEN:
		if (too_few_in_time(rate, last))
			pace_rate_learn(rate, now_ms);
		break;
	case PACE_RATE_GROWING:
		if (!too_few_in_time(rate, last))
			go_on(rate, now_ms);
		else if (!note_doubt(rate))
			cut(rate, now_ms);
		break;
	case PACE_RATE_SETTLING:
		rate->state = PACE_RATE_TRIAL;
		break;
	case PACE_RATE_TRIAL:
		judge_trial(rate, now_ms);
		break;
	}
}

/* ---- slices */

/* Not while a millisecond lasts in which something was sent: it belongs to one slice. */
static bool is_over(const struct pace_rate *rate, uint64_t now_ms)
{
	uint64_t ms = now_ms - rate->now.from_ms;
	uint32_t of = rate->state == PACE_RATE_TRIAL ? PACE_TRIAL_OF : PACE_SLICE_OF;

	return ms >= slice_ms(rate) && rate->sent_ms != now_ms &&
	       (rate->now.sent >= of || ms >= (uint64_t)PACE_SLICES_MOST * slice_ms(rate));
}

/* Until it is known all without a nonce are challenged, and none with one. */
static uint32_t cost_of_attempt(const struct pace_rate *rate, enum pace_start start)
{
	if (rate->cost[start])
		return rate->cost[start];
	return start == PACE_WITH_NONCE ? PACE_COST_WHOLE : 2 * PACE_COST_WHOLE;
}

static void count_cost(struct pace_rate *rate, enum pace_start start)
{
	uint32_t begun = rate->now.begun[start], cost;

	if (!begun)
		return;
	cost = smaller(PACE_COST_WHOLE * rate->now.taken[start] / begun, 4 * PACE_COST_WHOLE);
	rate->cost[start] = (3 * cost_of_attempt(rate, start) + larger(cost, PACE_COST_WHOLE)) / 4;
}

static void keep_best(struct pace_rate *rate)
{
	rate->best = larger(rate->best, answered_per_s(&rate->last, rate->last.to_ms));
	if (++rate->best_of < PACE_BEST_OF)
		return;
	rate->best_before = rate->best;
	rate->best = rate->best_of = 0;
}

void pace_rate_turn(struct pace_rate *rate, uint32_t usual_ms, uint64_t now_ms)
{
	if (usual_ms == PACE_DELAY_NONE)
		return;
	rate->usual_ms = usual_ms;
	if (rate->pending && now_ms >= rate->last.to_ms + pace_rate_late_ms(rate) + rate->behind_ms)
		judge(rate, now_ms);
	if (rate->now.sent == 0)
		rate->now.from_ms = now_ms;
	if (!is_over(rate, now_ms))
		return;
	count_cost(rate, PACE_WITHOUT_NONCE);
	count_cost(rate, PACE_WITH_NONCE);
	rate->last = rate->now;
	rate->last.to_ms = now_ms;
	rate->pending = true;
	keep_best(rate);
	begin_slice(rate, now_ms);
}

void pace_rate_sent(struct pace_rate *rate, enum pace_start start, bool first, uint64_t now_ms)
{
	rate->sent_ms = now_ms;
	rate->now.begun[start] += first;
	rate->now.taken[start]++;
	rate->now.sent++;
}

void pace_rate_sent_again(struct pace_rate *rate, uint64_t now_ms)
{
	rate->sent_ms = now_ms;
	rate->now.again++;
}

void pace_rate_heard(struct pace_rate *rate, uint64_t now_ms)
{
	rate->heard_ms = now_ms;
	rate->silent = false;
}

/* The slice that a request was sent in, as long as that is not judged; or NULL. */
static struct pace_slice *sent_in(struct pace_rate *rate, uint64_t sent_ms)
{
	if (sent_ms >= rate->now.from_ms)
		return &rate->now;
	return rate->pending && sent_ms >= rate->last.from_ms ? &rate->last : NULL;
}

void pace_rate_given_up(struct pace_rate *rate, uint32_t age_ms, uint64_t now_ms)
{
	struct pace_slice *slice = sent_in(rate, now_ms - age_ms);

	if (slice && slice->sent > slice->in_time)
		slice->sent--;
}

void pace_rate_behind(struct pace_rate *rate, uint32_t behind_ms)
{
	rate->behind_ms = smaller(behind_ms, PACE_BEHIND_MOST_MS);
}

void pace_rate_answered(struct pace_rate *rate, uint32_t took_ms, uint32_t behind_ms,
                        uint64_t now_ms)
{
	struct pace_slice *slice = sent_in(rate, now_ms - took_ms);

	rate->now.answered++;
	rate->now.behind_ms = larger(rate->now.behind_ms, behind_ms);
	if (slice && took_ms - behind_ms <= pace_rate_late_ms(rate))
		slice->in_time++;
}

uint64_t pace_rate_request_ns(const struct pace_rate *rate)
{
	return UINT64_C(1000000000) / rate->per_s;
}

uint64_t pace_rate_attempt_ns(const struct pace_rate *rate, enum pace_start start)
{
	return pace_rate_request_ns(rate) * cost_of_attempt(rate, start) / PACE_COST_WHOLE;
}
