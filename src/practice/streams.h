/* practice/streams.h: the registrar's connections: who listens for them, and which are open. For
 * this room's own use.
 *
 * Each has a number, by which answers find back to it. There are so many at most; whoever says
 * nothing for a while, or does not finish what it began to say, loses its place. */
#ifndef LINEUP_PRACTICE_STREAMS_H
#define LINEUP_PRACTICE_STREAMS_H

#include "net/stream.h"

struct practice_streams;

struct practice_streams_limits {
	unsigned max; /* connections; where there are more, the one that is quiet for the longest
	                 time goes */
	uint32_t idle_ms;    /* without a message or a ping */
	uint32_t partial_ms; /* for the first message, and for the rest of one */
};
#define PRACTICE_STREAMS_LIMITS \
	((struct practice_streams_limits){ .max = 1024, .idle_ms = 300000, .partial_ms = 32000 })

/* flow: the connection's number, not 0. transport: "tcp" or "tls". */
typedef void practice_stream_fn(void *ctx, uint64_t flow, const char *transport,
                                const struct net_addr *from, struct slice bytes);

int practice_streams_new(struct net *net, struct practice_streams_limits limits,
                         practice_stream_fn *fn, void *ctx, struct practice_streams **ret_streams);
void practice_streams_free(struct practice_streams *streams);

/* Listens. tls: NULL for TCP; it must outlive this. Returns 0 or what net_listener_open() does. */
int practice_streams_listen(struct practice_streams *streams, const struct net_addr *local,
                            struct net_tls *tls);

/* Where it listens for TCP, or TLS; NULL: it does not. */
const struct net_addr *practice_streams_local(const struct practice_streams *streams,
                                              const char *transport);

/* How many are open. */
unsigned practice_streams_count(const struct practice_streams *streams);

/* Sends on the connection, if it is still there. */
void practice_streams_send(struct practice_streams *streams, uint64_t flow, struct slice bytes);

#endif
