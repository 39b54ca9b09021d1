/* practice/registrar.h: the registrar as a function of bytes: a request in, an answer out. It opens
 * no socket and reads no clock, so that a test can ask it anything at any time. */
#ifndef LINEUP_PRACTICE_REGISTRAR_H
#define LINEUP_PRACTICE_REGISTRAR_H

#include "practice/practice.h"

#define PRACTICE_KEY_BYTES 48 /* of chance that a registrar starts with */

struct practice_core;

/* key: bytes that nobody can guess; they make nonces and tags. Errors are those of practice_new().
 */
int practice_core_new(const struct practice_config *config,
                      const unsigned char key[PRACTICE_KEY_BYTES],
                      const struct practice_handler *handler, void *ctx, uint64_t now_ms,
                      struct practice_core **ret_core);
void practice_core_free(struct practice_core *core);

struct practice_request {
	struct net_addr from;
	uint64_t flow;         /* the number of the connection that it came on; 0: a datagram */
	const char *transport; /* "tcp", "tls"; NULL: "udp" */
	struct slice bytes;    /* one datagram, or message */
	uint64_t now_ms;       /* never goes back from one request to the next */
	int64_t wall_ms;       /* for the Date header */
};

/* Where an answer goes, and from which of the registrar's two ports: the other one is for a fault.
 */
struct practice_sending {
	struct net_addr to;
	uint64_t flow;         /* the connection to send it on; 0: as a datagram */
	const char *transport; /* of the request; NULL: "udp" */
	enum practice_port { PRACTICE_USUAL_PORT, PRACTICE_OTHER_PORT } port;
};

/* Answers a request. True: the answer is appended to out and is to be sent as *ret_sending says.
 * False: there is none now, as to a response, an ACK, what is no SIP, where a fault wants none or
 * wants it later, or an answer that out (NET_SEND_MAX + 1 bytes do for all that can be sent) cannot
 * hold. */
bool practice_answer(struct practice_core *core, const struct practice_request *request,
                     struct buf *out, struct practice_sending *ret_sending);

/* Gives, in the same way, an answer that was held back and is due. Call until it says false. */
bool practice_take_due(struct practice_core *core, uint64_t now_ms, struct buf *out,
                       struct practice_sending *ret_sending);

/* Ends the bindings whose time is over, and tells each; practice_answer() does so first. */
void practice_expire(struct practice_core *core, uint64_t now_ms);

/* When to call these two next, NET_NEVER: not at all. */
uint64_t practice_next_ms(const struct practice_core *core);

void practice_core_stats(const struct practice_core *core, struct practice_stats *ret_stats);

#endif
