/* sim.h: a machine that exists in memory only.
 *
 * The sim has other bodies for every function of net/net.h and dns/ask.h: a clock that moves when
 * the test says so, sockets whose datagrams go into a queue, a table of names, a random generator
 * with a seed, and memory that runs out on demand. One seed gives one run, byte for byte. A struct
 * net of net/net.h is the whole machine; a test makes it with net_new() and scripts it with the
 * functions below. README.md tells how it is linked. */
#ifndef LINEUP_TEST_SIM_H
#define LINEUP_TEST_SIM_H

#include <stdint.h>

#include "dns/record.h"
#include "net/net.h"
#include "net/stream.h"

/* Where the clocks stand at first: neither is 0, so that nothing can lean on that. */
#define SIM_BEGIN_MS          UINT64_C(1000000)
#define SIM_BEGIN_WALL_MS     INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define SIM_PORT_FIRST        5062                   /* the first port that "any" gives */
#define SIM_STREAM_PORT_FIRST 40001                  /* of connections */

/* The seed of what net_random() gives from now on; 1 until this is called. */
void sim_seed(struct net *net, uint64_t seed);

/* Time. Whatever is due is done in order of time, of equals in the order in which it was set. */
enum sim_stop {
	SIM_SENT, /* a datagram waits in the queue */
	SIM_TIME, /* the time is reached */
	SIM_IDLE, /* nothing is left that could ever happen */
};

/* Does all that is due up to and at at_ms; the clock then stands at at_ms. */
void sim_run_until(struct net *net, uint64_t at_ms);

/* The same, but ends after the turn in which something was sent (the clock stands there), or when
 * nothing is left to wait for (the clock stands where it was). A datagram that is already in the
 * queue ends it at once. */
enum sim_stop sim_run_to_send(struct net *net, uint64_t at_ms);

/* Sets the wall clock, and no other. */
void sim_wall_set(struct net *net, int64_t wall_ms);

/* What was sent: a datagram, a request for a connection (bytes: the name that the certificate must
 * have), or bytes on one. */
enum sim_kind { SIM_DATAGRAM, SIM_CONNECT_TCP, SIM_CONNECT_TLS, SIM_BYTES };

struct sim_datagram {
	struct sim_datagram *next;
	enum sim_kind kind;
	uint64_t at_ms;
	struct net_udp *udp;               /* SIM_DATAGRAM */
	struct net_stream *stream;         /* all others; it may be gone since */
	struct net_source from;            /* no family: as the routes have it */
	char over[INTERFACE_NAME_MAX + 1]; /* the interface that from names; "": none */
	struct net_addr to;
	size_t n;
	char bytes[];
};

/* The oldest in the queue, or NULL; and takes it out: the caller frees it with free(). */
const struct sim_datagram *sim_sent(const struct net *net);
struct sim_datagram *sim_sent_take(struct net *net);

/* The socket that was opened first of those of a family and is still open, or NULL. */
struct net_udp *sim_udp_of(const struct net *net, sa_family_t family);

/* Hands a datagram over now, as a batch of its own or, between these two, as one of a batch; false
 * where udp has been closed. */
void sim_batch_begin(struct net *net);
void sim_batch_end(struct net *net);
bool sim_receive(struct net *net, struct net_udp *udp, const struct net_addr *from,
                 struct slice bytes);

/* Tells of an ICMP message now: error is a positive errno, sent what it quotes. */
bool sim_icmp(struct net *net, struct net_udp *udp, const struct net_addr *to, int error,
              struct slice sent);

/* Connections. What was asked for with net_stream_connect() waits until one of these says what
 * became of it; they return false where the connection is over. The newest one to peer (NULL: to
 * anywhere) that is not over, or NULL: */
struct net_stream *sim_stream_to(const struct net *net, const struct net_addr *peer);
bool sim_stream_is_open(const struct net *net, const struct net_stream *stream);
/* until_s: the end of the certificate that is shown; 0: none is. */
bool sim_stream_open(struct net *net, struct net_stream *stream, int64_t until_s);
bool sim_stream_close(struct net *net, struct net_stream *stream, enum net_end why, int error);
/* Likewise, of a handshake in which it was shown, and refused. */
bool sim_stream_refuse(struct net *net, struct net_stream *stream, int64_t until_s,
                       enum net_end why);
bool sim_stream_receive(struct net *net, struct net_stream *stream, struct slice bytes);
/* The other side reads no more: what is sent is still seen, up to NET_STREAM_OUT_MAX bytes. */
void sim_stream_stick(struct net_stream *stream);

/* The address that net_source_for() gives for targets of its family where no interface is asked
 * for. At first 192.0.2.1 and 2001:db8::1. */
void sim_source_set(struct net *net, const struct net_addr *source);
/* Another router that all ways lead over: net_way_for() tells it, and nothing else. */
void sim_router_set(struct net *net, uint8_t number);
/* How often net_way_for() was called. */
unsigned sim_ways_asked(const struct net *net);

/* A network interface with these addresses (NULL: none of that family; without any it has no link),
 * in place of what was there under that name; and taken out. At first there is none. False: there
 * is no room for another. */
bool sim_device_set(struct net *net, const char *name, const struct net_addr *v4,
                    const struct net_addr *v6);
void sim_device_remove(struct net *net, const char *name);

/* Has a datagram, or a request for a connection, tell what it leaves from; NULL: as the routes have
 * it. For sim_net.c and sim_stream.c. */
void sim_leaves_from(struct net *net, struct sim_datagram *datagram, const struct net_source *from);

/* The kernel says that addresses or routes have changed; does not do so by itself. */
void sim_routes_changed(struct net *net);

/* From now on nothing can be reached: net_source_for() gives -ENETUNREACH, and so ends what is
 * sent. And the other way. */
void sim_route_cut(struct net *net);
void sim_route_mend(struct net *net);

/* The nth (from 1) net_udp_open() from now on, and only that one, fails with -error; the same for
 * sends, where the error comes back by handler->error. 0: none. */
void sim_open_fail(struct net *net, unsigned nth, int error);
void sim_send_fail(struct net *net, unsigned nth, int error);

/* Names. What is said of a name replaces what was said before, but for records, which are added to
 * those there are; sim_name_forget() starts afresh. Case does not count. A name that nothing was
 * said of is DNS_UNKNOWN, and remembered unless it begins with "_": sim_name_unlisted() is the
 * first such one, or NULL. A TTL is SIM_TTL_S unless it is said. */
#define SIM_TTL_S 30
void sim_name_address(struct net *net, const char *name, const struct net_addr *addr);
void sim_name_srv(struct net *net, const char *name, uint16_t priority, uint16_t weight,
                  uint16_t port, const char *target);
void sim_name_naptr(struct net *net, const char *name, uint16_t order, uint16_t preference,
                    enum dns_transport transport, const char *service);
void sim_name_result(struct net *net, const char *name, enum dns_result result);
/* Likewise, but the records stay: it is what is said of types that there is no record of, until one
 * is added. */
void sim_name_rest(struct net *net, const char *name, enum dns_result result);
void sim_name_delay(struct net *net, const char *name, uint64_t delay_ms);
/* What is said of this type comes so much later than the rest, that DNS fails included. */
void sim_name_late(struct net *net, const char *name, enum dns_type type, uint64_t late_ms);
void sim_name_ttl(struct net *net, const char *name, uint32_t ttl_s);
void sim_name_forget(struct net *net, const char *name);
const char *sim_name_unlisted(const struct net *net);

/* Whatever is asked from now on is DNS_SILENT or DNS_FAILED after this time; DNS_FOUND: the name
 * servers are back. */
void sim_names_down(struct net *net, enum dns_result result, uint64_t delay_ms);

/* /etc/resolv.conf is another one from now on. The table of names stays. */
void sim_names_other(struct net *net);

/* Raises a signal at the handlers of net_signal_new(). */
void sim_signal(struct net *net, int signo);

/* What is still open: 0 when a test has cleaned up. */
unsigned sim_open_sockets(const struct net *net);
unsigned sim_open_streams(const struct net *net);
unsigned sim_open_timers(const struct net *net);
unsigned sim_open_queries(const struct net *net);

/* How many questions were put to name servers so far. */
uint64_t sim_questions(const struct net *net);

/* Memory. Every call of malloc and its like in the agent is counted. The nth (from 1) from now on
 * fails, and only that one; 0: none. */
void sim_memory_fail(uint64_t nth);
uint64_t sim_memory_calls(void);
uint64_t sim_memory_live(void); /* blocks that were not freed */

/* Memory for the test itself: not counted, never fails; freed with free(). */
void *sim_own(size_t n);
char *sim_own_text(struct slice text);

#endif
