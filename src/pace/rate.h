/* pace/rate.h: a rate that is learnt from what a server answers.
 *
 * It counts requests, since these are what a server has to serve: a registration takes one where
 * its nonce was kept, two where it is challenged, and more where some are lost.
 *
 * Time is cut into slices, so long that the answers to one are in before the next one is over. What
 * is asked of each is which part of its requests was answered in time, that is after no more than
 * the server usually takes and PACE_WAIT_MS; a 503 is no answer. So what waits, what is lost and
 * what is refused show alike, soon, and without a retransmission, which would come half a second
 * late.
 *
 *       OPEN        all may go, as far as the window allows (pace.h)
 *         |  too few in time
 *         v
 *      GROWING      as soon as all are in time: up to what is known to be good, or while nothing
 *         |  ^      is known, by a quarter in 100 ms; above by 4 % a second, and faster the longer
 *         |  |      nothing is too much
 *         |  |
 *         |  +--- it was too much: just below what was answered
 *         |  +--- it was not: the rate that it was, and such a part is borne from now on
 *         |  +--- nearly all is answered, and late, twice: so long an answer takes from now on
 *         |  |
 *         |  TRIAL <------+  more is answered than is sent, or more is sent than the rate allows
 *         |  |  ^  |      |  (what was lost comes again), or less is late from slice to slice: it
 *         |  |  |  +------+  is not over yet
 *         |  |  |
 *         |  |  |  what was sent before has ended
 *         v  v  |
 *       SETTLING    well below what was answered
 *            ^
 *            +--- from TRIAL: as much is answered as before at the higher rate, or it is worse than
 *                 it was then, as the server does less by now, or nearly all is answered, and late,
 *                 for the first time, as it is while others fill the queue: lower still
 *
 * So a way that loses datagrams, answers that come when they like, or a cluster one of whose nodes
 * refuses all do not slow anybody down: these are as bad at any rate, which the trial shows.
 *
 * Pure, and used by pace.c alone. */
#ifndef LINEUP_PACE_RATE_H
#define LINEUP_PACE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_SLICE_MS    100 /* at least, else as long as an answer may take */
#define PACE_SLICES_MOST 10  /* a slice with fewer requests than it needs lasts so much longer */
#define PACE_SLICE_OF    64  /* requests that it needs, for a part of them to say something */
#define PACE_TRIAL_OF    128 /* ... on trial, where two parts are compared */
#define PACE_BEST_OF     5   /* slices, and as many before: what the server can do */
#define PACE_WAIT_MS     50 /* an answer waited that took so much longer than usual, and an eighth */

#define PACE_BEHIND_MOST_MS 2000 /* that we may be behind, and a slice waits for */

#define PACE_RATE_LEAST 10      /* requests a second that every cut leaves */
#define PACE_RATE_FIRST 500     /* ... the first one: the window's burst says nothing of less */
#define PACE_RATE_MOST  2000000 /* ten times what one thread can send */
#define PACE_SILENT_OF  8       /* requests that nothing at all comes after: it may be dead */

/* Of the requests of a slice may be without an answer in time: one in 64 (of the goal of 5 % a
 * third), two (an accident), and what is borne with a quarter of it for chance. */
#define PACE_VAIN_PART   64
#define PACE_VAIN_FEW    2
#define PACE_CHANCE_PART 4

#define PACE_BELOW_PART  32  /* just below what was answered, by such a part */
#define PACE_TRIAL_PART  8   /* well below, by such a part of that */
#define PACE_FAR_PART    5   /* far too much: such a part and more is not answered, */
#define PACE_FAR_BELOW   4   /* ... then to such a part of that */
#define PACE_HELPED_PART 2   /* ... it helped: by such a part less is late */
#define PACE_WORSE_PART  8   /* ... it became worse: such a part of all more is late */
#define PACE_MORE_PART   16  /* more by such a part, half of what a trial is less, is more */
#define PACE_QUICK_MS    400 /* up by a quarter in 100 ms, by at most a half at once */
#define PACE_CREEP_PART  256 /* up by such a part in a slice: what that loses is below 1 in 64 */
#define PACE_CREEP_TIMES 6   /* ... twice as fast after so many slices */
#define PACE_SHARE_WHOLE 65536
#define PACE_BORNE_MOST  (PACE_SHARE_WHOLE / 8 * 7) /* else nothing would be too much ever again */
#define PACE_COST_WHOLE  256

enum pace_rate_state {
	PACE_RATE_OPEN, /* none is learnt */
	PACE_RATE_GROWING,
	PACE_RATE_SETTLING,
	PACE_RATE_TRIAL,
};

/* How an attempt begins: what it will take depends on it. */
enum pace_start {
	PACE_WITHOUT_NONCE, /* to be challenged: two requests, until the server shows that it does
	                       not */
	PACE_WITH_NONCE,    /* one that was kept: one request, as long as it is taken */
	PACE_STARTS,
};

struct pace_slice {
	uint64_t from_ms, to_ms;
	uint32_t begun[PACE_STARTS]; /* attempts */
	uint32_t taken[PACE_STARTS]; /* requests of such attempts, for the first time */
	uint32_t sent;               /* ... of all attempts */
	uint32_t again;              /* ... and those that were sent again */
	uint32_t in_time;            /* of those sent for the first time: answered in time */
	uint32_t answered;           /* meanwhile, whenever it was sent, */
	uint32_t behind_ms;          /* ... or so long before, as we were busy */
	bool held;                   /* somebody had to wait for the rate */
};

struct pace_rate {
	enum pace_rate_state state;
	uint32_t per_s;             /* requests a second, but in OPEN */
	uint32_t good;              /* up to here it was not too much; UINT32_MAX: nobody knows */
	uint32_t cost[PACE_STARTS]; /* requests for an attempt, of PACE_COST_WHOLE; 0: not known */
	uint32_t borne; /* at any rate such a part of PACE_SHARE_WHOLE is not answered in time */
	uint32_t unanswered;  /* ... and such a part never */
	bool silent;          /* nothing comes: nothing is judged until it does */
	bool slower;          /* nearly all are answered, but late: usual_ms is to be learnt anew */
	bool doubtful;        /* what was too much may have been what was sent again, all at once */
	bool pending;         /* the last slice is still to be judged */
	uint32_t best;        /* most that was answered in one of the last slices, for a second, */
	uint32_t best_of;     /* ... which are so many, */
	uint32_t best_before; /* ... and in one of those before */
	uint32_t usual_ms;    /* an answer takes */
	uint32_t behind_ms;   /* we are, up to PACE_BEHIND_MOST_MS */
	uint64_t cut_ms;      /* the last cut */
	uint64_t sent_ms;     /* the last request */
	uint64_t heard_ms;    /* anything from the server */
	struct pace_slice now, last;
	struct {
		uint32_t per_s, good, answered, late;
		uint32_t just_late; /* in the slice of the trial that was judged last */
		bool seemed_slower; /* nearly all was answered, and late, once */
	} before;                   /* the cut that is on trial; answered in a second */
};

/* Judges the slice that is over; to be called before anything else is counted. usual_ms: how long
 * the server usually takes to answer a request (PACE_DELAY_NONE, of one that has never answered:
 * nothing is judged). */
void pace_rate_turn(struct pace_rate *rate, uint32_t usual_ms, uint64_t now_ms);

/* A request of an attempt that began so; first: its first, else an answer to a challenge, or one to
 * another target. */
void pace_rate_sent(struct pace_rate *rate, enum pace_start start, bool first, uint64_t now_ms);

/* Once more what should have been answered. */
void pace_rate_sent_again(struct pace_rate *rate, uint64_t now_ms);

/* Nobody waits any more for the answer to a request that went out age_ms ago: it does not count. */
void pace_rate_given_up(struct pace_rate *rate, uint32_t age_ms, uint64_t now_ms);

/* Anything came. */
void pace_rate_heard(struct pace_rate *rate, uint64_t now_ms);

/* What comes now may have waited so long for us: it is no more late for that, and what was sent
 * before is judged so much later. */
void pace_rate_behind(struct pace_rate *rate, uint32_t behind_ms);

/* An answer that is no 503, took_ms after its request was sent for the first time, of which it may
 * have waited behind_ms for us. */
void pace_rate_answered(struct pace_rate *rate, uint32_t took_ms, uint32_t behind_ms,
                        uint64_t now_ms);

/* The window can do no more: a rate is learnt at once. */
void pace_rate_learn(struct pace_rate *rate, uint64_t now_ms);

/* After so long an answer has waited. */
uint32_t pace_rate_late_ms(const struct pace_rate *rate);

/* A request, and an attempt, takes so long at the rate that is learnt. */
uint64_t pace_rate_request_ns(const struct pace_rate *rate);
uint64_t pace_rate_attempt_ns(const struct pace_rate *rate, enum pace_start start);

#endif
