/* answer/answer.h: what a registered endpoint owes its server: an answer to each request.
 *
 * Nothing of a request is kept (RFC 3261 8.2.7): the same request gets the same answer, so that a
 * retransmission needs no memory, and no provisional response is ever sent. Nothing is rung, no
 * dialog is made, nothing is authenticated, and no request is sent on.
 *
 *   OPTIONS                    200, with what is understood
 *   NOTIFY check-sync, message-summary   200, and ignored; of other events 489
 *   INVITE                     by setting: 480, 486, or 302 to another address
 *   ACK, CANCEL                nothing
 *   any other                  405; within a dialog, which we have none of, 481
 *   any but OPTIONS, for no line of ours   404
 *
 * A Require of whatever extension is refused with 420 (8.2.2.3), but where a call is sent on, which
 * minds none (8.3). Whether the sender may ask at all (a line's own server may, a stranger gets
 * silence), and how often, is the caller's to decide: answer/bucket.h helps. This room opens no
 * socket and logs nothing. */
#ifndef LINEUP_ANSWER_ANSWER_H
#define LINEUP_ANSWER_ANSWER_H

#include "base/hash.h"
#include "net/addr.h"
#include "sip/msg.h"

#define ANSWER_MAX 2048 /* bytes of an answer; where one would be longer none is given */

struct answer_ask {
	const struct sip_msg *msg; /* a request */
	struct net_addr from;      /* where it came from */
	/* What an INVITE gets: a SIP URI: 302 to it; "busy": 486; "unavailable", or NULL: 480. */
	const char *calls;
	bool nobody; /* no line of ours is meant: 404, but for OPTIONS, which asks for the endpoint
	              */
	const struct hash_key *key; /* secret: tags come from it */
	struct slice user_agent;    /* of the header Server; or absent */
};

enum answer_kind {
	ANSWER_PING,    /* OPTIONS */
	ANSWER_NOTICE,  /* NOTIFY */
	ANSWER_CALL,    /* INVITE that would begin one */
	ANSWER_REFUSAL, /* anything that is not done here */
};

struct answer_given {
	enum answer_kind kind;
	uint16_t status;
	struct net_addr to;  /* where the answer goes (RFC 3261 18.2.2, RFC 3581 4) */
	struct slice caller; /* of a CALL: the URI of its From; borrows from msg; absent where that
	                        cannot be read */
};

/* Writes the answer. False: there is none (ACK, CANCEL, a request without what 8.1.1 wants, one
 * whose answer would not fit), and nothing is set. */
bool answer_write(const struct answer_ask *ask, struct buf *out, struct answer_given *ret_given);

#endif
