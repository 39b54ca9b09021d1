/* net/own_stream.h: what net/listen.c needs of net/stream.c. */
#ifndef LINEUP_NET_OWN_STREAM_H
#define LINEUP_NET_OWN_STREAM_H

#include "net/stream.h"

/* A stream of a descriptor that was accepted, non-blocking. The descriptor is the stream's from
 * then on, also where this fails: 0 or negative errno. */
int net_stream_take(struct net *net, int fd, const struct net_addr *peer, struct net_tls *tls,
                    struct net_stream **ret_stream);

#endif
