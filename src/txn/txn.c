/* txn/txn.c: when a request is sent again, and when that ends.
 *
 * Reads no clock and sends nothing: it is told what happened and when, and says what to do. Times
 * count from the moment at which an event is handed in, so that a process that was held up never
 * sends two copies closer together than the RFC has them. */
#include "txn/txn.h"

void txn_start(struct txn *txn, bool reliable, uint64_t now_ms)
{
	*txn = (struct txn){
		.state = TXN_TRYING,
		.reliable = reliable,
		.sends = 1,
		.interval_ms = TXN_T1_MS,
		.resend_at_ms = reliable ? UINT64_MAX : now_ms + TXN_T1_MS,
		.end_at_ms = now_ms + TXN_TIMEOUT_MS,
	};
}

static enum txn_action finish(struct txn *txn, enum txn_action action)
{
	txn->state = TXN_DONE;
	return action;
}

static enum txn_action on_timer(struct txn *txn, uint64_t now_ms)
{
	unsigned interval_ms = txn->interval_ms * 2u;

	if (now_ms >= txn->end_at_ms)
		return finish(txn, TXN_TIMED_OUT);
	if (now_ms < txn->resend_at_ms)
		return TXN_NOTHING;
	/* RFC 3261 17.1.2.2: MIN(2 * E, T2), and once a 1xx has come, T2. */
	if (txn->state == TXN_PROCEEDING || interval_ms > TXN_T2_MS)
		interval_ms = TXN_T2_MS;
	txn->interval_ms = (uint16_t)interval_ms;
	txn->resend_at_ms = now_ms + interval_ms;
	txn->sends++;
	return TXN_RESEND;
}

enum txn_action txn_step(struct txn *txn, enum txn_event event, uint64_t now_ms)
{
	if (txn->state == TXN_DONE)
		return TXN_NOTHING;
	switch (event) {
	case TXN_EV_TIMER:
		return on_timer(txn, now_ms);
	case TXN_EV_PROVISIONAL:
		txn->state = TXN_PROCEEDING;
		return TXN_NOTHING;
	case TXN_EV_FINAL:
		return finish(txn, TXN_ANSWERED);
	case TXN_EV_ERROR:
		return finish(txn, TXN_FAILED);
	}
	return TXN_NOTHING;
}
