/* txn/txn.h: the non-INVITE client transaction (RFC 3261 17.1.2), as a function.
 *
 *   txn_start(): send
 *         |
 *         v        1xx
 *      TRYING ------------> PROCEEDING
 *         |                      |
 *         '----------.-----------'
 *                    |  2xx to 6xx; F fires (32 s); the transport fails
 *                    v
 *                  DONE
 *
 * When E fires, the request is sent again: after 0.5, 1, 2, 4, 4 ... s in TRYING, each 4 s from the
 * next one on in PROCEEDING, never over TCP and TLS.
 *
 * The machine has no Completed state: its only use is to swallow late copies of the final response,
 * and those are swallowed already, since a branch stops naming its transaction when that is done
 * (txn/branch.h). */
#ifndef LINEUP_TXN_TXN_H
#define LINEUP_TXN_TXN_H

#include <stdbool.h>
#include <stdint.h>

#define TXN_T1_MS      500  /* RFC 3261 17.1.1.1: an estimate of the round trip */
#define TXN_T2_MS      4000 /* the longest wait between two sends */
#define TXN_TIMEOUT_MS (64 * TXN_T1_MS)

enum txn_state { TXN_TRYING, TXN_PROCEEDING, TXN_DONE };

enum txn_event {
	TXN_EV_TIMER,       /* the time that txn_next_ms() named has come */
	TXN_EV_PROVISIONAL, /* 1xx */
	TXN_EV_FINAL,       /* 2xx to 6xx */
	TXN_EV_ERROR,       /* the transport failed: ICMP, a closed connection */
};

enum txn_action {
	TXN_NOTHING,   /* wait for txn_next_ms() */
	TXN_RESEND,    /* send the same bytes again, then wait */
	TXN_TIMED_OUT, /* done: no final response came in time */
	TXN_FAILED,    /* done: the transport failed */
	TXN_ANSWERED,  /* done: this was the final response */
};

struct txn {
	enum txn_state state;
	bool reliable;         /* no retransmission: the transport does it */
	uint8_t sends;         /* how often the request went out, the first included */
	uint16_t interval_ms;  /* timer E */
	uint64_t resend_at_ms; /* when timer E fires; UINT64_MAX: never */
	uint64_t end_at_ms;    /* when timer F fires */
};

/* Begins: the caller sends the request for the first time at now_ms. */
void txn_start(struct txn *txn, bool reliable, uint64_t now_ms);

/* One event. A TXN_EV_TIMER that comes early does nothing; one that comes late counts as what is
 * due, the time-out before the resend. In TXN_DONE every event does nothing. */
enum txn_action txn_step(struct txn *txn, enum txn_event event, uint64_t now_ms);

/* When TXN_EV_TIMER is due next; UINT64_MAX when done. */
static inline uint64_t txn_next_ms(const struct txn *txn)
{
	if (txn->state == TXN_DONE)
		return UINT64_MAX;
	return txn->resend_at_ms < txn->end_at_ms ? txn->resend_at_ms : txn->end_at_ms;
}

/* How long ago the request went out for the first time; of one that is over, too. */
static inline uint32_t txn_age_ms(const struct txn *txn, uint64_t now_ms)
{
	return (uint32_t)(now_ms + TXN_TIMEOUT_MS - txn->end_at_ms);
}

#endif
