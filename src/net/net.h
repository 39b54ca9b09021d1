/* net/net.h: the loop, the clock, chance, and datagrams: all that touches the machine.
 *
 * This header is the seam of the tests: test/sim/ links other bodies of the same functions, with a
 * virtual clock and a scripted network. One struct net belongs to one thread and is never
 * touched by another, but for net_async_send(). */
#ifndef LINEUP_NET_NET_H
#define LINEUP_NET_NET_H

#include "net/interface.h"

#define NET_DATAGRAM_MAX 65535 /* what may come in */
#define NET_SEND_MAX     4096  /* what may go out: above is -EMSGSIZE */
#define NET_NEVER        UINT64_MAX

struct net;

/* Returns 0, -ENOMEM or the loop's error. */
int net_new(struct net **ret_net);
void net_free(struct net *net); /* close what was opened first */

/* Runs until net_stop(), or until nothing is left to wait for: a socket, a timer that is set, a
 * signal, a bell, a look-up. What was queued before the end is sent. */
int net_run(struct net *net);
void net_stop(struct net *net);

/* Milliseconds of a clock that never goes back, as of this turn of the loop. */
uint64_t net_now_ms(const struct net *net);
/* What is read now may have waited so long for this loop, since it last read its sockets to their
 * end: it was busy meanwhile, or the machine was. */
uint32_t net_behind_ms(const struct net *net);
/* Milliseconds since 1970-01-01 UTC: for stamps that people read, never for waits. */
int64_t net_wall_ms(const struct net *net);
/* The same as of this turn of the loop, for the loop's own thread: a shard stamps a dozen things
 * for each registration, and the clock is read once in a turn. */
int64_t net_stamp_ms(struct net *net);
/* Bytes that nobody can guess (getrandom). Returns 0 or negative errno. */
int net_random(struct net *net, void *bytes, size_t n);

/* A timer: rearmed at will. fn runs from the loop, with the timer disarmed; where the loop was held
 * up, after the datagrams that came in meanwhile were read. */
struct net_timer;
int net_timer_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_timer **ret_timer);
void net_timer_free(struct net_timer *timer);
void net_timer_set(struct net_timer *timer, uint64_t at_ms); /* NET_NEVER: disarm */

/* A signal of the process. */
struct net_signal;
int net_signal_new(struct net *net, int signo, void (*fn)(void *ctx, int signo), void *ctx,
                   struct net_signal **ret_signal);
void net_signal_free(struct net_signal *signal);

/* A bell for other threads: net_async_send() may be called from any of them, at any time between
 * new and free, and never waits; fn then runs from the loop, once for however many calls came
 * before it ran. All that a sender wrote before its call can be read in fn. While it is there the
 * loop has something to wait for. */
struct net_async;
int net_async_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_async **ret_async);
void net_async_send(struct net_async *async);
void net_async_free(struct net_async *async);

/* Tells that addresses, routes or links of the machine have changed, in whatever way; fn runs from
 * the loop, maybe several times for one change. Most changes concern nobody here: net_way_for()
 * says whether one does. It is nothing to wait for. -EPERM and the like where the kernel tells
 * nobody. */
struct net_routes;
int net_routes_new(struct net *net, void (*fn)(void *ctx), void *ctx,
                   struct net_routes **ret_routes);
void net_routes_free(struct net_routes *routes);

struct net_udp;

/* What comes in. Slices last for the call. In no call may the socket be closed. */
struct net_udp_handler {
	void (*datagram)(void *ctx, const struct net_addr *from, struct slice bytes);
	/* ICMP, or the kernel's refusal: error is a positive errno (ECONNREFUSED, EHOSTUNREACH,
	 * ENETUNREACH, EACCES, EMSGSIZE ...), to is where it went, and sent the front of what was
	 * sent, as far as is known. */
	void (*error)(void *ctx, const struct net_addr *to, int error, struct slice sent);
	/* A batch of datagrams has been handed over; NULL where nobody cares. */
	void (*batch_end)(void *ctx);
};

/* Opens a socket at local (port 0: any; the address may be the wildcard). IPv6 sockets take IPv6
 * only. Returns 0 or negative errno: -EADDRINUSE, -EADDRNOTAVAIL, -EAFNOSUPPORT, -ENOMEM ... */
int net_udp_open(struct net *net, const struct net_addr *local,
                 const struct net_udp_handler *handler, void *ctx, struct net_udp **ret_udp);
/* Sends what is queued as far as the kernel takes it, and closes. */
void net_udp_close(struct net_udp *udp);

/* Where it is bound. */
const struct net_addr *net_udp_local(const struct net_udp *udp);

/* Queues a datagram; bytes are copied. It leaves with the others of this turn of the loop, or when
 * a batch is full. What the kernel refuses comes back by handler->error later, never from within
 * this call. Returns 0, -EMSGSIZE, or -ENOBUFS where too many wait already because the kernel takes
 * no more. */
static inline int net_udp_send(struct net_udp *udp, const struct net_addr *to, struct slice bytes);

/* The same from an address, and through an interface, of the caller's choice, as net_source_for()
 * gave them, copied; NULL: as the routes have it. The port is the socket's all the same. Where they
 * are no longer this machine's the error that comes back is ENODEV. */
int net_udp_send_from(struct net_udp *udp, const struct net_source *from, const struct net_addr *to,
                      struct slice bytes);

static inline int net_udp_send(struct net_udp *udp, const struct net_addr *to, struct slice bytes)
{
	return net_udp_send_from(udp, NULL, to, bytes);
}

/* Where the kernel would send from to reach to: the address (port 0), and, where over has a name,
 * the interface. over: the interface that is to be taken; NULL: any. Returns 0 or negative errno:
 *   -ENETUNREACH   there is no route
 *   -ENODEV        the interface, or the address that stands for it, is not there
 *   -ENOLINK       it is down, or has no carrier
 *   -EPFNOSUPPORT  it has, or is, no address of to's family
 *   -EDESTADDRREQ  to is a link-local IPv6 address, and no interface is named */
int net_source_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                   struct net_source *ret_source);

/* Asks the kernel for the way to an address. As net_source_for(). */
int net_way_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                struct net_way *ret_way);

/* What was counted, for bench and status. */
struct net_udp_stats {
	uint64_t sent, received; /* datagrams */
	uint64_t trains;         /* what they were sent in: datagrams, or runs of them */
	uint64_t calls_send, calls_receive;
	uint64_t errors;
};
void net_udp_stats(const struct net_udp *udp, struct net_udp_stats *ret_stats);

#endif
