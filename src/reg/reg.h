/* reg/reg.h: the registration machine of one line.
 *
 *            START            GRANTED              DUE, NUDGE
 *     IDLE --------> TRYING ----------> REGISTERED ----------> REFRESHING
 *                    |    ^                  ^                 |  |    ^
 *            REFUSED |    | DUE              '---- GRANTED ----'  |    | DUE
 *            FAILED  |    | NUDGE                         REFUSED |    | NUDGE
 *                    v    |                               FAILED  v    |
 *                    WAITING <-------------- LAPSED ------------ HOLDING
 *
 * LAPSED in REGISTERED and REFRESHING leads to TRYING: the binding has ended, the attempt goes on.
 *
 * STOP leads to IDLE: by way of REMOVING where a binding is held, or perhaps one; first by way of
 * STOPPING where a REGISTER is unanswered; else at once. START meanwhile leads on to TRYING.
 *
 * The machine is a value and a function. It reads no clock and draws no number: both come in with
 * the event. It sends nothing: it says in one struct reg_todo what the line shall do next, and
 * there is always exactly one thing that the line then waits for: a timer, an exchange with the
 * server (look-up, pacer and transaction are the line's to go through), or, in IDLE, nothing.
 * Beside that runs the end of the binding, reg->ends_at_ms.
 *
 * Invariants, proved by a walk over the whole table (test/unit/reg/reg_test.c):
 *   - no binding is held in IDLE, TRYING, WAITING: ends_at_ms is REG_NEVER there;
 *   - a line that is not IDLE always has a next event: it never gives up;
 *   - one REGISTER is unanswered at a time (RFC 3261 10.2);
 *   - whatever comes in, at most REG_BUCKET REGISTERs go out at once, and one more in
 *     REG_BUCKET_FILL_MS.
 *
 * RFC 3261 section 10.2; RFC 5626 section 4.5 for the waits. */
#ifndef LINEUP_REG_REG_H
#define LINEUP_REG_REG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "reg/outcome.h"

#define REG_NEVER           UINT64_MAX
#define REG_FIRST_CSEQ      2      /* above 1, so that an answer to "CSeq 1" is never ours */
#define REG_EXPIRES_MIN_S   1      /* what may be asked */
#define REG_EXPIRES_MAX_S   86400  /* what may be asked; a grant above it counts as this */
#define REG_ANSWERS_MAX     3      /* answers to challenges of one realm in one attempt */
#define REG_REDIRECTS_MAX   5      /* in one attempt */
#define REG_BUCKET          6      /* REGISTERs at once */
#define REG_BUCKET_FILL_MS  2000   /* one more */
#define REG_REMOVAL_MS      4000   /* the longest that a removal may take */
#define REG_CHANGE_MS       2000   /* ... where new settings wait for it */
#define REG_REFUSED_MIN_MS  300000 /* first wait after a refusal; doubles */
#define REG_REFUSED_MAX_MS  3600000
#define REG_SOON_MIN_MS     2000 /* the one early try after a failure that may pass */
#define REG_SOON_MAX_MS     5000
#define REG_BUSY_MAX        3 /* times in a row that a line of a busy server goes to its queue */
#define REG_BUSY_MIN_MS     100
#define REG_BUSY_MAX_MS     500
#define REG_LAST_MIN_MS     5000 /* before the end of a binding: the one try that may still keep it */
#define REG_LAST_MAX_MS     15000
#define REG_FAILED_BASE_MS  30000   /* then RFC 5626 4.5: no flow of the line is registered */
#define REG_BESIDE_BASE_MS  90000   /* ... or another one is */
#define REG_FAILED_GOOD_MS  120000  /* the most for a server that has worked */
#define REG_FAILED_NEVER_MS 1800000 /* the most for one that never has, and beside another flow */
/* Refreshes with a time that a 423 raised; then the configured one is asked for again. */
#define REG_RAISED_REFRESHES  12
#define REG_RETRY_AFTER_MIN_S 1
#define REG_RETRY_AFTER_MAX_S 3600
/* Never sooner than a server says, and up to a tenth later, within these. */
#define REG_TOLD_SPREAD_MIN_MS 1000
#define REG_TOLD_SPREAD_MAX_MS 30000

/* X(name, what it means to a person) */
#define REG_STATES(X) \
	X(IDLE, "not asked to register") \
	X(TRYING, "REGISTER under way, no binding held") \
	X(REGISTERED, "binding held, refresh timer armed") \
	X(REFRESHING, "binding held, REGISTER under way to renew it") \
	X(HOLDING, "binding held, last refresh failed, retry timer armed") \
	X(WAITING, "no binding, last try failed, retry timer armed") \
	X(STOPPING, "asked to stop, the last REGISTER is still unanswered") \
	X(REMOVING, "asked the server to remove the binding")

#define REG_STATE_ENUM(name, text) REG_##name,
enum reg_state { REG_STATES(REG_STATE_ENUM) REG_STATE_COUNT };

/* X(name, what happened) */
#define REG_EVENTS(X) \
	X(START, "somebody wants the line registered") \
	X(STOP, "somebody wants it no more") \
	X(NUDGE, "try now: a person says so, or the network has changed") \
	X(DUE, "the timer that was asked for has come") \
	X(LAPSED, "the binding has ended, or the time for its removal") \
	X(GRANTED, "the outcomes of reg/outcome.h, as they are") \
	X(CHALLENGED, "") \
	X(TOO_BRIEF, "") \
	X(REDIRECTED, "") \
	X(REFUSED, "") \
	X(FAILED, "")

#define REG_EVENT_ENUM(name, text) REG_EV_##name,
enum reg_event_kind { REG_EVENTS(REG_EVENT_ENUM) REG_EVENT_COUNT };

/* A challenge, as far as the machine must know it to decide. */
struct reg_challenge {
	uint8_t answers; /* how often this realm was answered in this attempt, an unasked answer
	                    from a kept nonce included */
	bool stale;      /* stale=true */
	bool new_nonce;  /* not the nonce of our last answer */
};

struct reg_event {
	enum reg_event_kind kind;
	uint64_t now_ms;
	bool unanswered;                /* STOP: a REGISTER is out */
	uint32_t removal_ms;            /* STOP: the longest that it may take; 0: REG_REMOVAL_MS */
	struct reg_challenge challenge; /* CHALLENGED */
	uint32_t granted_s;             /* GRANTED: at least 1 ... */
	uint32_t age_ms; /* ... and how long ago that REGISTER first went out: the server may count
	                    from then on, where it was its first answers that were lost */
	uint32_t min_expires_s; /* TOO_BRIEF: 0 where the server named none */
	uint32_t retry_after_s; /* REFUSED, FAILED: 0 where the server named none */
	bool perhaps_kept; /* REFUSED: by a 2xx that does not list our binding (REG_GRANT_ABSENT) */
	bool more_targets; /* FAILED: the server has an address that this attempt has not tried */
	bool server_good;  /* FAILED: some line has been registered at this server */
	bool beside_up;    /* FAILED: another flow of the same line is registered (RFC 5626 4.5) */
	bool server_busy;  /* FAILED: a 503, while the server serves others and its pace has taken
	                      note: how long to wait is the pace's to say, up to REG_BUSY_MAX times
	                      in a row, REG_BUSY_MIN_MS and more apart */
};

enum reg_do {
	REG_DO_NOTHING, /* go on waiting for what the line waits for */
	REG_DO_REST,    /* IDLE: wait for nothing */
	REG_DO_WAIT,    /* a timer at at_ms */
	REG_DO_ATTEMPT, /* a fresh attempt: look-up, pacer, a REGISTER to the first target */
	REG_DO_AGAIN,   /* the next REGISTER of this attempt to the same target: an answer, a longer
	                   time */
	REG_DO_NEXT,    /* the next REGISTER of this attempt to the server's next address (RFC
	                   3263 4.3) */
	REG_DO_FOLLOW,  /* the next REGISTER of this attempt to where the redirect points */
	REG_DO_REMOVE,  /* a REGISTER that removes the binding, to the last target */
};

/* What the reply turned out to mean for the attempt. */
enum reg_end {
	REG_END_NONE, /* the attempt goes on, or there is none */
	REG_END_GRANTED,
	REG_END_REFUSED, /* also: a challenge answered in vain, a 423 or redirect too many */
	REG_END_FAILED,
	REG_END_REMOVED, /* the removal is over, one way or the other */
};

struct reg_todo {
	enum reg_do act;
	uint64_t at_ms; /* REG_DO_WAIT */
	enum reg_end end;
	bool state_changed;
};

/* One line's registration. Read freely, written by reg_step() only. */
struct reg {
	enum reg_state state : 8;
	enum reg_do pending  : 8; /* what DUE shall do in mid-attempt: the bucket was empty */
	uint8_t redirects;        /* followed in this attempt */
	uint8_t fresh_answers;    /* answers to a new nonce without stale=true in this attempt */
	uint8_t refused_in_row;   /* attempts, saturating */
	uint8_t failed_in_row;    /* attempts, saturating */
	uint8_t tokens;           /* REGISTERs that may go out now */
	uint8_t raised_grants;    /* grants since a 423 raised asked_s */
	uint8_t busy_in_row;      /* attempts that the server was too busy for, to REG_BUSY_MAX */
	bool too_brief    : 1;    /* this attempt has met a 423 */
	bool was_good     : 1;    /* has been registered since reg_init() */
	bool restart      : 1;    /* START came while the old binding is being removed */
	bool unhurried    : 1; /* it waits for long, since another flow of the line is registered */
	bool perhaps_kept : 1; /* the server's last word was a 2xx that does not list our binding:
	                          it may have kept one all the same, and a STOP removes it */
	uint32_t configured_s; /* the time to ask for, from the settings */
	uint32_t asked_s;      /* the time asked for now */
	uint32_t granted_s;    /* of the binding held; 0: none */
	uint64_t tokens_at_ms; /* when tokens was counted */
	uint64_t ends_at_ms;   /* end of the binding, or of the time for its removal; or never */
};

/* expires_s: REG_EXPIRES_MIN_S to REG_EXPIRES_MAX_S. */
void reg_init(struct reg *reg, uint32_t expires_s, uint64_t now_ms);

/* The one function that changes a registration. Random numbers are drawn from *rng. */
struct reg_todo reg_step(struct reg *reg, const struct reg_event *event, struct rng *rng);

/* Whether a binding is held. */
static inline bool reg_bound(const struct reg *reg)
{
	return reg->granted_s != 0;
}

/* When to refresh a binding, counted from where its granted_s began: early enough that one dead
 * transaction cannot lose it. For 120 s and more a random time that leaves room for a full time-out
 * and a second attempt; below, about half. */
uint64_t reg_refresh_after_ms(uint32_t granted_s, struct rng *rng);

/* The waits. n: how many in a row, this one included (from 1). */
uint64_t reg_refused_wait_ms(unsigned n, struct rng *rng);
uint64_t reg_failed_wait_ms(unsigned n, bool was_good, struct rng *rng);
/* ... where another flow of the line is registered: there is less haste. */
uint64_t reg_beside_wait_ms(unsigned n, struct rng *rng);
/* ... where the server is busy with other lines, and the pace lets it wait. */
uint64_t reg_busy_wait_ms(struct rng *rng);
/* ... where the server said for how long (Retry-After; more than REG_RETRY_AFTER_MAX_S counts as
 * that): so long, and up to a tenth more at random, since it may have said so to all lines in one
 * second. left_ms: of the binding that is held (0: of none); where that outlasts what the server
 * said, the random part leaves REG_LAST_MIN_MS of it, or as much as there is. */
uint64_t reg_told_wait_ms(uint32_t retry_after_s, uint64_t left_ms, struct rng *rng);

const char *reg_state_name(enum reg_state state); /* "REGISTERED" */
const char *reg_state_text(enum reg_state state); /* "binding held, refresh timer armed" */

#endif
