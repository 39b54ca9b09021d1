/* reg/reg.c: the registration machine: small acts, a table that says which act follows which event
 * in which state, and one function that changes the state. The waits stand in reg/wait.c. */
#include "reg/reg.h"

#include <assert.h>
#include <string.h>

typedef struct reg_todo act_fn(struct reg *reg, const struct reg_event *event, struct rng *rng);

void reg_init(struct reg *reg, uint32_t expires_s, uint64_t now_ms)
{
	assert(expires_s >= REG_EXPIRES_MIN_S && expires_s <= REG_EXPIRES_MAX_S);
	*reg = (struct reg){
		.state = REG_IDLE,
		.tokens = REG_BUCKET,
		.configured_s = expires_s,
		.asked_s = expires_s,
		.tokens_at_ms = now_ms,
		.ends_at_ms = REG_NEVER,
	};
}

static void enter(struct reg *reg, enum reg_state state)
{
	reg->state = state;
	if (state == REG_IDLE || state == REG_TRYING || state == REG_WAITING) {
		reg->granted_s = 0;
		reg->ends_at_ms = REG_NEVER;
	}
}

static void fill_bucket(struct reg *reg, uint64_t now_ms)
{
	uint64_t more = (now_ms - reg->tokens_at_ms) / REG_BUCKET_FILL_MS;

	if (reg->tokens + more >= REG_BUCKET) {
		reg->tokens = REG_BUCKET;
		reg->tokens_at_ms = now_ms;
		return;
	}
	reg->tokens += (uint8_t)more;
	reg->tokens_at_ms += more * REG_BUCKET_FILL_MS;
}

/* Every REGISTER passes here. With the bucket empty it waits for the next token. */
static struct reg_todo send(struct reg *reg, enum reg_do act, uint64_t now_ms)
{
	fill_bucket(reg, now_ms);
	if (!reg->tokens) {
		reg->pending = act;
		return (struct reg_todo){ .act = REG_DO_WAIT,
			                  .at_ms = reg->tokens_at_ms + REG_BUCKET_FILL_MS };
	}
	reg->tokens--;
	reg->pending = REG_DO_NOTHING;
	return (struct reg_todo){ .act = act };
}

static struct reg_todo attempt(struct reg *reg, enum reg_state state, uint64_t now_ms)
{
	/* The configured time is asked again by a line that starts anew, and now and then. */
	if (state == REG_TRYING || reg->raised_grants >= REG_RAISED_REFRESHES) {
		reg->asked_s = reg->configured_s;
		reg->raised_grants = 0;
	}
	reg->redirects = 0;
	reg->fresh_answers = 0;
	reg->too_brief = false;
	reg->unhurried = false;
	enter(reg, state);
	return send(reg, REG_DO_ATTEMPT, now_ms);
}

static struct reg_todo act_try(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	return attempt(reg, REG_TRYING, event->now_ms);
}

static struct reg_todo act_refresh(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	return attempt(reg, REG_REFRESHING, event->now_ms);
}

/* The bucket has a token again. */
static struct reg_todo act_pending(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	if (reg->pending == REG_DO_NOTHING)
		return (struct reg_todo){ .act = REG_DO_NOTHING };
	return send(reg, reg->pending, event->now_ms);
}

/* The binding ended while its refresh is under way: the attempt goes on. */
static struct reg_todo act_lapse(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)event;
	(void)rng;
	enter(reg, reg->state == REG_REFRESHING ? REG_TRYING : REG_WAITING);
	return (struct reg_todo){ .act = REG_DO_NOTHING };
}

static uint8_t one_more(uint8_t n)
{
	return n < UINT8_MAX ? (uint8_t)(n + 1) : n;
}

static uint64_t later_ms(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct reg_todo act_grant(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	uint32_t granted_s =
		event->granted_s < REG_EXPIRES_MAX_S ? event->granted_s : REG_EXPIRES_MAX_S;
	uint64_t began_ms = event->now_ms - event->age_ms;

	assert(granted_s > 0);
	enter(reg, REG_REGISTERED);
	reg->perhaps_kept = false;
	reg->granted_s = granted_s;
	reg->ends_at_ms = later_ms(event->now_ms, began_ms + granted_s * UINT64_C(1000));
	reg->was_good = true;
	reg->refused_in_row = 0;
	reg->failed_in_row = 0;
	reg->busy_in_row = 0;
	if (reg->asked_s != reg->configured_s)
		reg->raised_grants++;
	return (struct reg_todo){
		.act = REG_DO_WAIT,
		.at_ms = later_ms(event->now_ms, began_ms + reg_refresh_after_ms(granted_s, rng)),
		.end = REG_END_GRANTED,
	};
}

/* The attempt is over without success: hold what is held, or wait without. */
static struct reg_todo give_way(struct reg *reg, enum reg_end end, uint64_t now_ms,
                                uint64_t wait_ms)
{
	enter(reg, reg->state == REG_REFRESHING ? REG_HOLDING : REG_WAITING);
	return (struct reg_todo){ .act = REG_DO_WAIT, .at_ms = now_ms + wait_ms, .end = end };
}

/* RFC 3261 20.33, 21.5.4: not sooner than the server says. */
static uint64_t told_wait_ms(const struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	uint64_t now_ms = event->now_ms;
	uint64_t left_ms =
		reg_bound(reg) && reg->ends_at_ms > now_ms ? reg->ends_at_ms - now_ms : 0;

	return reg_told_wait_ms(event->retry_after_s, left_ms, rng);
}

static struct reg_todo act_refused(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	reg->refused_in_row = one_more(reg->refused_in_row);
	reg->failed_in_row = 0;
	/* Who says no to a REGISTER would say no to a removal, too. */
	reg->perhaps_kept = event->perhaps_kept;
	return give_way(reg, REG_END_REFUSED, event->now_ms,
	                event->retry_after_s ? told_wait_ms(reg, event, rng)
	                                     : reg_refused_wait_ms(reg->refused_in_row, rng));
}

/* When to try again, instead of at_ms: a binding that is held is not left to end in the midst of a
 * long wait. Once only: the next one begins in its last seconds. */
static uint64_t in_time_ms(const struct reg *reg, uint64_t at_ms, uint64_t now_ms, struct rng *rng)
{
	uint64_t last_ms;

	if (reg->state != REG_HOLDING || reg->ends_at_ms < now_ms + REG_LAST_MAX_MS)
		return at_ms;
	last_ms = reg->ends_at_ms - rng_between(rng, REG_LAST_MIN_MS, REG_LAST_MAX_MS);
	return at_ms < last_ms ? at_ms : last_ms;
}

static struct reg_todo act_failed(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	bool good = reg->was_good || event->server_good;
	struct reg_todo todo;
	uint64_t wait_ms;

	if (event->more_targets)
		return send(reg, REG_DO_NEXT, event->now_ms);
	if (event->server_busy && !event->retry_after_s && reg->busy_in_row < REG_BUSY_MAX) {
		reg->busy_in_row++;
		return give_way(reg, REG_END_FAILED, event->now_ms, reg_busy_wait_ms(rng));
	}
	reg->failed_in_row = one_more(reg->failed_in_row);
	reg->unhurried = event->beside_up && !event->retry_after_s;
	if (event->retry_after_s)
		wait_ms = told_wait_ms(reg, event, rng);
	else if (event->beside_up)
		wait_ms = reg_beside_wait_ms(reg->failed_in_row, rng);
	else
		wait_ms = reg_failed_wait_ms(reg->failed_in_row, good, rng);
	todo = give_way(reg, REG_END_FAILED, event->now_ms, wait_ms);
	if (!event->retry_after_s && !event->beside_up)
		todo.at_ms = in_time_ms(reg, todo.at_ms, event->now_ms, rng);
	return todo;
}

/* RFC 3261 22.2 and 22.3: a second challenge for a realm says no, but for two cases. */
static bool may_answer(const struct reg *reg, const struct reg_challenge *challenge)
{
	if (challenge->answers == 0)
		return true;
	if (challenge->answers >= REG_ANSWERS_MAX)
		return false;
	if (challenge->stale)
		return true;
	/* Servers that forget stale=true: a new nonce for a line that was good, once. */
	return reg->was_good && challenge->new_nonce && !reg->fresh_answers;
}

static struct reg_todo act_answer(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	if (!may_answer(reg, &event->challenge))
		return act_refused(reg, event, rng);
	if (event->challenge.answers && !event->challenge.stale)
		reg->fresh_answers++;
	return send(reg, REG_DO_AGAIN, event->now_ms);
}

/* RFC 3261 10.2.8, once an attempt. */
static struct reg_todo act_raise(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	uint32_t asked_s =
		event->min_expires_s < REG_EXPIRES_MAX_S ? event->min_expires_s : REG_EXPIRES_MAX_S;

	if (reg->too_brief || asked_s <= reg->asked_s)
		return act_refused(reg, event, rng);
	reg->too_brief = true;
	reg->raised_grants = 0;
	reg->asked_s = asked_s;
	return send(reg, REG_DO_AGAIN, event->now_ms);
}

/* RFC 3261 8.1.3.4 */
static struct reg_todo act_follow(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	if (reg->redirects >= REG_REDIRECTS_MAX)
		return act_refused(reg, event, rng);
	reg->redirects++;
	return send(reg, REG_DO_FOLLOW, event->now_ms);
}

static struct reg_todo rest(struct reg *reg, enum reg_end end, uint64_t now_ms)
{
	struct reg_todo todo = { .act = REG_DO_REST };

	if (reg->restart) {
		reg->restart = false;
		todo = attempt(reg, REG_TRYING, now_ms);
	} else {
		enter(reg, REG_IDLE);
	}
	reg->perhaps_kept = false;
	todo.end = end;
	return todo;
}

static uint64_t removal_ends_ms(const struct reg_event *event)
{
	return event->now_ms + (event->removal_ms ? event->removal_ms : REG_REMOVAL_MS);
}

static struct reg_todo remove_binding(struct reg *reg, uint64_t now_ms)
{
	reg->redirects = 0;
	reg->fresh_answers = 0;
	reg->state = REG_REMOVING;
	return send(reg, REG_DO_REMOVE, now_ms);
}

/* STOP with a binding held, or perhaps one. What is unanswered may still become one: RFC 3261 10.2
 * wants its answer awaited before another REGISTER goes out. */
static struct reg_todo act_remove(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	reg->ends_at_ms = removal_ends_ms(event);
	if (event->unanswered) {
		reg->state = REG_STOPPING;
		return (struct reg_todo){ .act = REG_DO_NOTHING };
	}
	return remove_binding(reg, event->now_ms);
}

/* STOP with no binding held. */
static struct reg_todo act_quit(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	if (event->unanswered || reg->perhaps_kept)
		return act_remove(reg, event, rng);
	return rest(reg, REG_END_NONE, event->now_ms);
}

/* STOPPING: the last REGISTER was answered. A grant, an older binding, or what was perhaps kept is
 * left to remove. */
static struct reg_todo act_stopped(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	if (event->kind == REG_EV_GRANTED)
		reg->granted_s = event->granted_s;
	if (reg->granted_s || event->perhaps_kept || reg->perhaps_kept)
		return remove_binding(reg, event->now_ms);
	return rest(reg, REG_END_REMOVED, event->now_ms);
}

/* The removal is over, confirmed or not: its time is bounded, and it changes no result. */
static struct reg_todo act_rest(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	return rest(reg, REG_END_REMOVED, event->now_ms);
}

static struct reg_todo act_answer_removal(struct reg *reg, const struct reg_event *event,
                                          struct rng *rng)
{
	if (!may_answer(reg, &event->challenge))
		return act_rest(reg, event, rng);
	if (event->challenge.answers && !event->challenge.stale)
		reg->fresh_answers++;
	return send(reg, REG_DO_AGAIN, event->now_ms);
}

/* START or STOP while the old binding is being removed: what shall come after. */
static struct reg_todo act_after(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	(void)rng;
	reg->restart = event->kind == REG_EV_START;
	return (struct reg_todo){ .act = REG_DO_NOTHING };
}

/* An empty cell changes nothing: the event cannot come there, or has nothing to say. The test of
 * this room has the list of empty cells, with the reason for each. */
static act_fn *const table[REG_STATE_COUNT][REG_EVENT_COUNT] = {
	[REG_IDLE] = {
		[REG_EV_START] = act_try,
	},
	[REG_TRYING] = {
		[REG_EV_STOP]       = act_quit,
		[REG_EV_DUE]        = act_pending,
		[REG_EV_GRANTED]    = act_grant,
		[REG_EV_CHALLENGED] = act_answer,
		[REG_EV_TOO_BRIEF]  = act_raise,
		[REG_EV_REDIRECTED] = act_follow,
		[REG_EV_REFUSED]    = act_refused,
		[REG_EV_FAILED]     = act_failed,
	},
	[REG_REGISTERED] = {
		[REG_EV_STOP]   = act_remove,
		[REG_EV_NUDGE]  = act_refresh,
		[REG_EV_DUE]    = act_refresh,
		[REG_EV_LAPSED] = act_try,
	},
	[REG_REFRESHING] = {
		[REG_EV_STOP]       = act_remove,
		[REG_EV_DUE]        = act_pending,
		[REG_EV_LAPSED]     = act_lapse,
		[REG_EV_GRANTED]    = act_grant,
		[REG_EV_CHALLENGED] = act_answer,
		[REG_EV_TOO_BRIEF]  = act_raise,
		[REG_EV_REDIRECTED] = act_follow,
		[REG_EV_REFUSED]    = act_refused,
		[REG_EV_FAILED]     = act_failed,
	},
	[REG_HOLDING] = {
		[REG_EV_STOP]   = act_remove,
		[REG_EV_NUDGE]  = act_refresh,
		[REG_EV_DUE]    = act_refresh,
		[REG_EV_LAPSED] = act_lapse,
	},
	[REG_WAITING] = {
		[REG_EV_STOP]  = act_quit,
		[REG_EV_NUDGE] = act_try,
		[REG_EV_DUE]   = act_try,
	},
	[REG_STOPPING] = {
		[REG_EV_START]      = act_after,
		[REG_EV_STOP]       = act_after,
		[REG_EV_LAPSED]     = act_rest,
		[REG_EV_GRANTED]    = act_stopped,
		[REG_EV_CHALLENGED] = act_stopped,
		[REG_EV_TOO_BRIEF]  = act_stopped,
		[REG_EV_REDIRECTED] = act_stopped,
		[REG_EV_REFUSED]    = act_stopped,
		[REG_EV_FAILED]     = act_stopped,
	},
	[REG_REMOVING] = {
		[REG_EV_START]      = act_after,
		[REG_EV_STOP]       = act_after,
		[REG_EV_DUE]        = act_pending,
		[REG_EV_LAPSED]     = act_rest,
		[REG_EV_GRANTED]    = act_rest,
		[REG_EV_CHALLENGED] = act_answer_removal,
		[REG_EV_TOO_BRIEF]  = act_rest,
		[REG_EV_REDIRECTED] = act_rest,
		[REG_EV_REFUSED]    = act_rest,
		[REG_EV_FAILED]     = act_rest,
	},
};

struct reg_todo reg_step(struct reg *reg, const struct reg_event *event, struct rng *rng)
{
	enum reg_state before = reg->state;
	act_fn *act = table[reg->state][event->kind];
	struct reg_todo todo = { .act = REG_DO_NOTHING };

	if (act)
		todo = act(reg, event, rng);
	todo.state_changed = reg->state != before;
	return todo;
}

#define STATE_NAME(name, text) [REG_##name] = #name,
#define STATE_TEXT(name, text) [REG_##name] = text,
static const char *const state_names[] = { REG_STATES(STATE_NAME) };
static const char *const state_texts[] = { REG_STATES(STATE_TEXT) };

const char *reg_state_name(enum reg_state state)
{
	return state_names[state];
}

const char *reg_state_text(enum reg_state state)
{
	return state_texts[state];
}
