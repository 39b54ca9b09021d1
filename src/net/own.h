/* net/own.h: what the files of net/ share among themselves.
 *
 * The turn of the loop: timers fire; look-ups that need no wait are answered (dns/, idle phase);
 * what all of these and the callbacks before them have queued is sent (prepare phase), datagrams in
 * batches and what goes over one connection in one piece; then the loop may block; then sockets are
 * read. So nothing that was queued ever waits for an event. */
#ifndef LINEUP_NET_OWN_H
#define LINEUP_NET_OWN_H

#include <sys/socket.h>
#include <uv.h>

#include "net/net.h"

#define NET_BATCH          64    /* datagrams in one call of the kernel */
#define NET_TURN_BATCHES   8     /* batches read from one socket before timers get their turn */
#define NET_TURN_ERRORS    64    /* ICMP errors, likewise */
#define NET_LATE_MS        20    /* where a timer is so late the sockets are read before it */
#define NET_LATE_TURNS     16    /* turns of the loop that it waits for them, at most */
#define NET_OUTBOX_BYTES   65536 /* of the datagrams in one batch that waits */
#define NET_OUTBOX_BATCHES 16    /* batches that wait: at least 256, at most 1,024 datagrams */
#define NET_SEND_TRIES     3     /* for one datagram, see net/outbox.c */
#define NET_TRAIN_BYTES    65000 /* of the datagrams of one train: what one of IPv4's could carry */
#define NET_TRAIN_PAUSE_MS 2000  /* without trains after an ICMP error, see net/outbox.c */
#define NET_TRAIN_EACH     1200  /* the longest in a train: the least MTU of IPv6 has room for it */
#define NET_READ_BYTES     65536 /* read from a connection at once */

struct net_inbox;
struct net_stream;

/* Where connections are read into. Reads do not nest. */
struct net_reads {
	char bytes[NET_READ_BYTES];   /* as SIP */
	char records[NET_READ_BYTES]; /* of TLS, before */
};

struct net {
	uv_loop_t loop;
	uv_prepare_t flush;
	uv_check_t polled;       /* what the poll had was read, or as much of it as a turn takes */
	uv_idle_t again;         /* active: the loop must not block, a socket has more to send */
	bool in_timer;           /* a timer's fn is running */
	bool caught_up;          /* in this turn the sockets were read before the timers ... */
	bool late_more;          /* ... not to their end: the timers wait for another turn */
	unsigned late_turns;     /* that they have waited for so far */
	bool has_more;           /* a socket was not read to its end in this turn */
	uint64_t emptied_ms;     /* when all were last */
	uint64_t behind_ms;      /* what is read now may have waited so long ... */
	uint64_t wakes_ms;       /* ... and since then, when the poll should have ended */
	uint64_t stamped_at_ms;  /* when the wall's clock was read last ... */
	int64_t stamp_ms;        /* ... and what it said; 0: not yet */
	struct net_udp *sockets; /* all that are open */
	struct net_udp *sweep;   /* the socket after the one being flushed or read */
	struct net_inbox *inbox; /* made with the first socket, shared by all: reads do not nest */
	struct net_reads *reads; /* made with the first connection, likewise */
	struct net_stream *gathered; /* connections that have something to send in this turn */
};

/* The control messages of a train: what it leaves from (IP_PKTINFO, IPV6_PKTINFO), and what has the
 * kernel cut it (UDP_SEGMENT). */
union net_train {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

/* Datagrams that wait to be sent. The first `formed` of them stand in trains as well, which is how
 * the kernel gets them: one header a train. */
struct net_batch {
	struct net_batch *next;
	unsigned count, formed; /* datagrams */
	unsigned trains, sent;  /* trains */
	size_t used;            /* of bytes */
	uint64_t sourced;       /* a bit for each datagram that has a place in from */
	struct iovec piece[NET_BATCH];
	struct net_addr to[NET_BATCH];
	struct net_source from[NET_BATCH];
	struct mmsghdr header[NET_BATCH];
	struct iovec train_piece[NET_BATCH]; /* the same as piece, train by train */
	union net_train control[NET_BATCH];  /* of the train whose first piece stands there */
	char bytes[NET_OUTBOX_BYTES];
};

struct net_udp {
	struct net *net;
	struct net_udp *next, **link;
	const struct net_udp_handler *handler;
	void *ctx;
	uv_poll_t poll;
	int fd;
	int events;                /* what poll watches */
	bool blocked;              /* the kernel takes no more: wait until it is writable */
	bool flushing;             /* inside net_outbox_flush(): sends are only queued */
	bool segments;             /* the kernel cuts trains, as far as is known */
	uint64_t singles_until_ms; /* an ICMP error came: no trains till then */
	struct net_addr local;
	struct net_batch *head, *tail; /* one at least */
	unsigned batches;
	struct net_udp_stats stats;
};

/* Gives the socket its first batch. Returns 0 or -ENOMEM. */
int net_outbox_init(struct net_udp *udp);
void net_outbox_done(struct net_udp *udp);

/* Sends what is queued as far as the kernel takes it, without any call of the handler. */
void net_outbox_push(struct net_udp *udp);

/* The same at the end of a turn, where the handler may be told what was refused. Returns whether
 * datagrams are left that need no wait. */
bool net_outbox_flush(struct net_udp *udp);

/* Reads the socket's error queue, NET_TURN_ERRORS at the most, and tells the handler. */
void net_errors_read(struct net_udp *udp);

/* Reads all sockets, each to its end or NET_TURN_BATCHES. Returns whether one may have more. */
bool net_udp_read_all(struct net *net);

/* Flushes all sockets, in the prepare phase. Returns whether the loop must come round again without
 * blocking. */
bool net_udp_flush_all(struct net *net);

/* Pushes all sockets, after the last turn. */
void net_udp_push_all(struct net *net);

/* Sends what connections have gathered, in the prepare phase and after the last turn. No handler is
 * called. */
void net_stream_flush_all(struct net *net);

/* What is read from now on may have waited from when all was read until then. */
void net_behind_until(struct net *net, uint64_t now_ms);

void net_inbox_free(struct net_inbox *inbox);

/* Whether the address of a source is still this machine's, as far as can be told. */
bool net_source_is_here(const struct net_source *source);

#endif
