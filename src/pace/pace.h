/* pace/pace.h: how fast one server is asked (docs/architecture.md, behaviour 8).
 *
 * One struct pace per server stands between its lines and the wire. It covers start, reload, a
 * network change, a lost connection and the server's return alike. At first a window of attempts in
 * flight holds them back, which opens while answers come in time; a 503 takes its place with it.
 * From the first time that it is too much on a rate is learnt (pace/rate.h) which holds instead.
 * When nobody had to wait for long, what was learnt is forgotten. A fixed rate can be set on top.
 * Where the server is dead, one line probes it, and its first answer hands the others to the window
 * again.
 *
 * Refused lines are counted apart: servers ban the address that is refused too often, so all lines
 * of a server together retry a refusal at most PACE_REFUSED_MAX times in PACE_REFUSED_SPAN_MS.
 *
 * Pure: no queue, no clock. The lines that must wait stand in the caller's queue. */
#ifndef LINEUP_PACE_PACE_H
#define LINEUP_PACE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "pace/delay.h"
#include "pace/fixed.h"
#include "pace/rate.h"

#define PACE_REFUSED_MAX     3
#define PACE_REFUSED_SPAN_MS 600000
#define PACE_WINDOW_FIRST    64 /* attempts in flight to begin with */
#define PACE_WINDOW_MIN      1
#define PACE_WINDOW_MAX      4096
#define PACE_DEAD_AFTER      3    /* attempts in a row that nothing came to */
#define PACE_DOUBLE_MS       250  /* in which the window doubles at most */
#define PACE_PROBE_MIN_MS    2000 /* between two probes of a dead server; doubles */
#define PACE_PROBE_MAX_MS    30000
#define PACE_LATE_MS         10   /* that are caught up at a learnt rate */
#define PACE_BEHIND_LEAST_MS 20   /* else each turn of a loop would count */
#define PACE_DEBT_MS         1000 /* of a learnt rate that requests which may not wait take ahead */
#define PACE_FORGET_MS       10000 /* since somebody had to wait: what was learnt is forgotten */
#define PACE_SERVES_MS       1000  /* since an attempt was answered: the server serves */

enum pace_health {
	PACE_ALIVE,   /* answers come, or nothing is known yet */
	PACE_DEAD,    /* no answer to the last attempts: one line may probe */
	PACE_PROBING, /* that one is out */
};

struct pace {
	enum pace_health health;
	uint32_t window; /* attempts that may be in flight while no rate is learnt */
	uint32_t in_flight;
	uint32_t doubled; /* the window's size at ... */
	uint64_t doubled_at_ms;
	uint32_t silent_in_row; /* pace_silent(), to PACE_DEAD_AFTER */
	uint32_t failed_probes; /* since the server is dead */
	bool waits;             /* the last who asked had to wait for a place in flight */
	uint64_t waited_at_ms;  /* when anybody had to wait last; 0: never */
	struct pace_delay delay;
	uint64_t served_at_ms; /* when an attempt was answered last, not by a 503; 0: never */
	struct pace_rate rate;
	struct pace_fixed fixed;
	uint32_t shares;                       /* this is one of so many at the server */
	uint64_t next_at_ns;                   /* the learnt rate: when the next may go */
	uint64_t probe_at_ms;                  /* DEAD: when the next probe may go */
	uint64_t refused_ms[PACE_REFUSED_MAX]; /* when refused lines were let go last, oldest first
	                                        */
};

enum pace_leave {
	PACE_GO,    /* counted as in flight: answer with pace_answered() or its like, once */
	PACE_LATER, /* ask again at *ret_at_ms */
	PACE_QUEUE, /* ask again when pace_answered() or its like was called */
};

void pace_init(struct pace *pace, uint32_t rate_per_s, uint64_t now_ms);

/* Where several threads ask one server each has a pace of its own, a share: of the first window and
 * of the places for the refused it takes the part that shares (from 1, which pace_init() sets)
 * leave to each, of the fixed rate the part that it is told (pace/fixed.h), so that a thread with
 * many of the server's lines can have much of it. */
struct pace_share {
	uint32_t rate_per_s; /* of all together; 0: none */
	uint32_t shares;
	struct pace_part part;
};

/* Changes what comes from now on; whoever may go already goes. */
void pace_set_share(struct pace *pace, const struct pace_share *share, uint64_t now_ms);

/* Asks leave for one attempt. *ret_at_ms is set on PACE_LATER only. */
enum pace_leave pace_ask(struct pace *pace, enum pace_start start, uint64_t now_ms,
                         uint64_t *ret_at_ms);

/* To be asked first where a line that was refused tries again by its timer (not where a person says
 * so): true takes one of the places in the span; false says in *ret_at_ms when the next is free. */
bool pace_ask_refused(struct pace *pace, uint64_t now_ms, uint64_t *ret_at_ms);

/* How an attempt ended, once for each PACE_GO. */
void pace_answered(struct pace *pace, uint64_t now_ms);   /* a final answer that is no 503 */
void pace_overloaded(struct pace *pace, uint64_t now_ms); /* 503 */
void pace_silent(struct pace *pace, uint64_t now_ms);     /* ICMP, transport */
void pace_cancelled(struct pace *pace);                   /* ended before that showed */

/* Or its time is over, a transaction's or a removal's, age_ms after its leave: as pace_silent()
 * where an answer should have come by then, and nobody else had one meanwhile; else nothing shows.
 */
void pace_unanswered(struct pace *pace, uint64_t age_ms, uint64_t now_ms);

/* Whether the server serves attempts, so that a 503 says no more than that there were too many: who
 * got it may come back to the queue, and waits there as long as the window wants it. */
bool pace_regulates(const struct pace *pace, uint64_t now_ms);

/* A request goes out of an attempt that began so, whether or not that had leave; first: of the
 * attempt. */
void pace_sent(struct pace *pace, enum pace_start start, bool first, uint64_t now_ms);

/* A request goes out once more, age_ms after it did for the first time. It counts as lost where the
 * server usually answers sooner. */
void pace_sent_again(struct pace *pace, uint32_t age_ms, uint64_t now_ms);

/* Nobody waits any more for the answer to a request that went out age_ms ago for the first time:
 * its line was removed, or its connection lost. */
void pace_given_up(struct pace *pace, uint32_t age_ms, uint64_t now_ms);

/* A final response. */
struct pace_answer {
	bool refused;       /* a 503 */
	uint32_t took_ms;   /* since its request went out for the first time */
	uint32_t behind_ms; /* ... of which it may have waited for us, who were busy; less than
	                     * PACE_BEHIND_LEAST_MS is no matter */
};

void pace_heard(struct pace *pace, const struct pace_answer *answer, uint64_t now_ms);

/* A provisional one: the server lives. */
void pace_provisional(struct pace *pace, uint64_t now_ms);

/* A person does not want to wait, or the network has changed: a dead server may be probed at once.
 */
void pace_hurry(struct pace *pace, uint64_t now_ms);

#endif
