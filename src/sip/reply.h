/* sip/reply.h: the part of a response that comes from its request (RFC 3261 8.2.6, RFC 3581 4). */
#ifndef LINEUP_SIP_REPLY_H
#define LINEUP_SIP_REPLY_H

#include "base/buf.h"
#include "sip/msg.h"
#include "sip/via.h"

struct sip_reply {
	const struct sip_msg *request;
	uint16_t status;
	struct slice reason;    /* the phrase */
	struct slice from_host; /* where it came from: an address, without brackets */
	uint16_t from_port;     /* ... and its port */
	struct slice sent_by;   /* what stands in front of the topmost Via's parameters instead of
	                           what came; absent: what came */
	uint64_t to_tag;        /* for a To that has none; the same for each copy of the request
	                           (RFC 3261 8.2.7) */
};

/* Appends the status line, the Vias, From, To, Call-ID and CSeq. The topmost Via gets "received"
 * where its sent-by is another host or rport was asked for, and rport where it was; what it says of
 * these already goes. What the request lacks is left out. */
void sip_reply_front(const struct sip_reply *reply, const struct sip_via *top_via, struct buf *out);

#endif
