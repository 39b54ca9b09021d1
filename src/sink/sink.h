/* sink/sink.h: the log sent to another machine: syslog (RFC 5424) over UDP (RFC 5426) or over TCP
 * with octet counting (RFC 6587 3.4.1).
 *
 *   OFF <-> LOOKING -> CONNECTING -> SENDING        (UDP: LOOKING -> SENDING)
 *              ^           |            |
 *              '-- WAITING <------------'           1 s, doubling to 60 s
 *
 * Nothing waits for it: an event is a message in a queue of fixed size, and what finds no room is
 * counted and told as "suppressed N" where the gap is. What was handed to a connection that breaks
 * is lost, as RFC 6587 has it; what waits is sent by the next one. One sink belongs to one loop;
 * sink_put() and sink_status() may be called from any thread. */
#ifndef LINEUP_SINK_SINK_H
#define LINEUP_SINK_SINK_H

#include "log/log.h"

#define SINK_QUEUE_BYTES  (256 * 1024) /* of messages that wait */
#define SINK_RETRY_MS     1000         /* after the first failure of a row ... */
#define SINK_RETRY_MAX_MS 60000        /* ... and after many; a quarter more at random */
#define SINK_LASTED_MS    10000        /* a connection that lasted so long was a good one */
#define SINK_LOOK_MS      300000       /* an address of a name is used no longer without a look */
#define SINK_HOST_MAX     255

struct net;
struct net_addr;
struct sink;

/* X(constant, what it means to a person) */
#define SINK_STATES(X) \
	X(OFF, "no syslog host is set") \
	X(LOOKING, "the address of the syslog host is looked up") \
	X(CONNECTING, "the syslog host is being connected to") \
	X(SENDING, "events are sent") \
	X(WAITING, "the syslog host could not be reached; it is tried again")

#define SINK_STATE_ENUM(constant, text) SINK_##constant,
enum sink_state { SINK_STATES(SINK_STATE_ENUM) SINK_STATE_COUNT };

const char *sink_state_name(enum sink_state state); /* "WAITING" */
const char *sink_state_text(enum sink_state state);

struct sink_cfg {
	struct net *net;     /* outlives the sink */
	const char *program; /* "lineup"; copied, at most 48 bytes */
	/* A sentence worth a line in the log: it begins to send, or cannot. Called from the loop,
	 * also from within sink_point(). May be NULL. */
	void (*note)(void *ctx, enum log_level level, const char *text);
	void *ctx;
};

int sink_new(const struct sink_cfg *cfg, struct sink **ret_sink); /* OFF */
void sink_free(struct sink *sink); /* sends what can be sent at once; NULL is fine */

/* Where to send from now on. host: a name or an address, at most SINK_HOST_MAX bytes; port 0: 514
 * for UDP (RFC 5426 3.3), 601 for TCP (RFC 6587 4). The same as before changes nothing; what waits
 * goes to the new one. */
enum sink_transport { SINK_NONE, SINK_UDP, SINK_TCP };
struct sink_where {
	enum sink_transport transport;
	const char *host;
	uint16_t port;
};
void sink_point(struct sink *sink, const struct sink_where *where);

/* Asks that name server from now on; NULL: those of /etc/resolv.conf. */
void sink_use_name_server(struct sink *sink, const struct net_addr *server);

/* Queues an event. Never waits, but for another thread that does the same. [any thread] */
void sink_put(struct sink *sink, const struct log_event *event);

/* What it does. [any thread] */
struct sink_status {
	enum sink_state state;
	char target[64];     /* "192.0.2.1:514"; "" none is known */
	char problem[128];   /* why it waits, or what ICMP said last; "": nothing */
	uint64_t sent;       /* messages that were handed to the kernel or a connection */
	uint64_t suppressed; /* events that found no room, since the start */
};
void sink_status(struct sink *sink, struct sink_status *ret_status);

#endif
