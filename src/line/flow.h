/* line/flow.h: a TCP or TLS connection to a server, shared by its lines. For line/ and shard/.
 *
 *                rest is over            opened          lost
 *     RESTING ----------------> CONNECTING -----> OPEN -------> LOST
 *                                    |              |             |
 *                             failed |       nobody |      all its lines know
 *                                    |        needs |             |
 *                                    v    it any more             v
 *                                  gone            gone          gone
 *
 * One for each server, target and name, made when a request is to go there, and kept alive with
 * pings (RFC 5626 4.4.1). Whoever wants to send while it is not open waits in its queue. Where the
 * host has more addresses these are tried beside the first one while that does not answer, and the
 * first to open is taken (RFC 8305, race.h), those among them that DNS was late with. When it is
 * lost, the requests on it fail or go out once more, and the lines that were registered over it
 * register anew, so many in each turn of the loop, as their server's pace allows; connections that
 * are lost again and again are made at longer and longer intervals, whatever the server did. */
#ifndef LINEUP_LINE_FLOW_H
#define LINEUP_LINE_FLOW_H

#include "line/server.h"
#include "net/stream.h"
#include "reg/outcome.h"

/* RFC 5626 4.4.1: 95 to 120 s between two pings where the server asks nothing else. */
#define FLOW_PING_MIN_MS   95000
#define FLOW_PING_MAX_MS   120000
#define FLOW_PING_LEAST_MS 10000  /* whatever a Flow-Timer asks for */
#define FLOW_PONG_MS       10000  /* for the answer, of who is known to give one */
#define FLOW_RACE_MS       250    /* RFC 8305 section 5: Connection Attempt Delay */
#define FLOW_RACE_WIDTH    4      /* connections under way for one flow at the most */
#define FLOW_RACE_TURN_MS  2000   /* for each while more wait: a lost SYN is sent again after 1 s */
#define FLOW_FIRM_MS       120000 /* a connection that lasted so long was no failure */
#define FLOW_REST_BASE_MS  1000   /* after the second loss; doubles */
#define FLOW_REST_MAX_MS   120000
#define FLOW_LARGE_MS      3600000 /* for so long large requests go by UDP where TCP failed */
#define FLOW_SHUT_MS       10000   /* in so long a log is told of ... */
#define FLOW_SHUT_MOST     4       /* ... so many connections to a server that did not open */
#define FLOW_WARN_S        ((int64_t)NET_TLS_WARN_DAYS * 86400)

/* How the log's remarks of a connection begin, "TCP" or "TLS" in front, which are read back:
 * "TCP connection to HOST (ADDRESS) lost: WHY", "TCP connection to HOST (ADDRESS) does not open:
 * WHY" (reg_local_text()), "TCP to HOST goes to ADDRESS, ...", "TCP to HOST opens at none of N
 * addresses; ...". And, over UDP as well, that of a request that was in vain where another follows:
 * "UDP to HOST (ADDRESS): WHY; the next address is tried". */
#define FLOW_SAYS_CONNECTION " connection to "
#define FLOW_SAYS_LOST       " lost: "
#define FLOW_SAYS_SHUT       " does not open: "
#define FLOW_SAYS_TO         " to "
#define FLOW_SAYS_GOES       " goes to "
#define FLOW_SAYS_NOWHERE    " opens at none of "
#define FLOW_SAYS_WHY        "): "
#define FLOW_SAYS_NEXT       "; the next address is tried"

enum flow_state { FLOW_RESTING, FLOW_CONNECTING, FLOW_OPEN, FLOW_LOST };

struct flow_to {
	struct net_addr addr;
	enum dns_transport transport; /* DNS_TCP or DNS_TLS */
	const char *name;             /* TLS: what the certificate must name */
	/* The same host's other addresses that will do as well, in the order to try; copied. */
	const struct net_addr *others;
	unsigned other_count; /* fewer than DNS_TARGETS_MAX */
	bool any;             /* one that goes to another address of the same host will do, too */
};

struct flow;

/* One of the connections of which the first to open is taken. */
struct flow_try {
	struct flow *flow;
	struct net_addr addr;
	struct net_stream *stream; /* ASKED, and the one that was taken */
	enum flow_try_state {
		FLOW_TRY_WAITING, /* not begun, or given up as another one was quicker */
		FLOW_TRY_ASKED,
		FLOW_TRY_FAILED,
	} state;
	unsigned device;           /* struct net_source's */
	enum reg_local local;      /* FAILED: why ... */
	struct net_stream_end end; /* ... and in other words */
	uint64_t began_ms;
};

struct flow {
	struct flow *next; /* of its server's */
	struct server *server;
	struct line_env *env;
	enum flow_state state;
	enum dns_transport transport;
	char name[256];
	struct net_stream *stream;   /* OPEN: the one that was taken */
	struct net_addr addr;        /* OPEN: where it leads */
	struct net_addr seen;        /* where the server sees our end of it; no family: not known */
	bool renew;                  /* lines whose Contact says otherwise register anew */
	unsigned device;             /* OPEN: the interface that it was made over; 0: any */
	struct net_timer *timer;     /* RESTING: its end; CONNECTING: the next try; OPEN: pings;
	                                LOST: the next lines */
	struct server_queue waiting; /* lines that wait until it is open */
	uint32_t attempts;           /* that wait, or have sent something on it */
	uint32_t lines;              /* whose binding was made over it */
	uint32_t lost_at;            /* LOST: the line that is the next to be looked at */
	bool used;                   /* since the last ping */
	bool pong_due;
	uint64_t opened_ms;
	uint64_t pinged_ms; /* the last ping went out, or, before the first, it opened */
	int64_t warned_day; /* the day on which the end of a certificate was told last */
	unsigned try_count;
	unsigned try_room;       /* more than try_count: the look-up was not over as it was made */
	struct flow_try tries[]; /* the address that was asked for is the first one's */
};

/* The flow to where *to says, begun where there is none. NULL: *ret_local says why. */
struct flow *flow_take(struct line_env *env, struct server *server, const struct flow_to *to,
                       enum reg_local *ret_local);

/* Of one that did not open: the try whose failure says the most, which is the first one's unless
 * that had no way to go. */
const struct flow_try *flow_told(const struct flow *flow);

/* Sends on an open one. What the other side does not take for want of room counts as sent: the
 * transaction times out. Returns 0 or negative errno. */
int flow_send(struct flow *flow, struct slice bytes);

/* The server's outbound.flow_timer_s is another one now: the next pings go out by it. */
void flow_timer_changed(struct server *server);

/* The machine's addresses or routes have changed: a connection that would be made from another
 * address now, or over another interface, is given up as lost; one that is not open yet is begun
 * anew, also where there is no way any more, so that this shows at once. */
void flow_routes_changed(struct line_env *env, struct server *server);

/* Closes all flows of a server, of which no attempt and no line knows any more. */
void flow_close_all(struct server *server);

/* Other files; what cannot be read leaves the old ones. */
void flow_take_files(struct line_env *env, struct server *server,
                     const struct net_tls_files *files);

/* Reads the server's TLS files again, for the next connections. */
void flow_reload_tls(struct line_env *env, struct server *server);

#endif
