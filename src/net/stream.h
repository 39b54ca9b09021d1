/* net/stream.h: a TCP or TLS connection that carries SIP, message by message.
 *
 *   net_stream_connect()          opened()                  closed()
 *        CONNECTING ---------------> OPEN ---------------------> over
 *             '------------------------------------------------->'
 *
 * Both ends of it: who connects, and who listens (net_listener_open()). A seam of the tests, as
 * net/net.h is: test/sim/ has another body of what connects. RFC 3261 18.2.2 and 18.3, RFC 5626
 * 4.4.1, RFC 5922. */
#ifndef LINEUP_NET_STREAM_H
#define LINEUP_NET_STREAM_H

#include "net/net.h"
#include "net/tls.h"

#define NET_STREAM_HEADERS_MAX 65536  /* bytes up to the empty line; more closes the connection */
#define NET_STREAM_BODY_MAX    65536  /* bytes behind it, likewise */
#define NET_STREAM_OUT_MAX     262144 /* bytes that wait because the other side takes no more */
#define NET_CONNECT_MS         10000 /* for the connection, and as long again for TLS: below 32 s */
#define NET_STUCK_MS           32000 /* after which bytes that nobody confirmed end it */
#define NET_PONG_MS            100   /* pings that come faster are not all answered */

/* Why a connection is over, or never was. X(name, what it means to a person) */
#define NET_ENDS(X) \
	X(CLOSED, "the other side closed the connection") \
	X(ERROR, "the system says why, by an errno") \
	X(SILENCE, "nothing answered the request for a connection") \
	X(NOT_SIP, "what came is no SIP, or larger than a message may be") \
	X(TLS_STALLED, "the handshake of TLS began and did not end") \
	X(TLS_NOT_TLS, "the other side does not speak TLS") \
	X(TLS_CLOSED, "the other side closed the connection when TLS was begun") \
	X(TLS_VERSION, "the other side speaks only versions of TLS that are too old") \
	X(TLS_EXPIRED, "the certificate has expired") \
	X(TLS_NOT_YET, "the certificate is not valid yet") \
	X(TLS_NAME, "the certificate is for another name") \
	X(TLS_SELF_SIGNED, "the certificate is signed by nobody but itself") \
	X(TLS_UNKNOWN_CA, "the certificate is signed by an authority that is not known here") \
	X(TLS_REVOKED, "the certificate was revoked by its authority") \
	X(TLS_WEAK, "the certificate has a key or a signature that is too weak") \
	X(TLS_CERTIFICATE, "the certificate is not one for this use") \
	X(TLS_CLIENT, "the other side wants a certificate of ours, or another one") \
	X(TLS_CLIENT_EXPIRED, "the other side does not take our certificate, which has expired") \
	X(TLS_FAILED, "the handshake failed") \
	X(TLS_TALK, "the other side speaks of TLS without end (new keys, or to begin again)")

#define NET_END_ENUM(name, text) NET_END_##name,
enum net_end { NET_ENDS(NET_END_ENUM) NET_END_COUNT };

struct net_stream_end {
	enum net_end why;
	int error;   /* NET_END_ERROR: a positive errno; 0 otherwise */
	bool opened; /* opened() had been called */
};

const char *net_end_text(enum net_end why);
const char *net_end_name(enum net_end why); /* "TLS_EXPIRED" */

struct net_stream;

/* What comes in, from the loop, never from within a call of a function below. Slices last for the
 * call. net_stream_close() may be called from each. */
struct net_stream_handler {
	void (*opened)(void *ctx); /* with TLS: the certificate is good. Not on accepted ones */
	void (*message)(void *ctx, struct slice bytes); /* for sip_parse() */
	void (*pong)(void *ctx); /* a CRLF alone, RFC 5626 4.4.1; NULL where nobody cares */
	/* It is over; nothing else comes after this but net_stream_close(). */
	void (*closed)(void *ctx, const struct net_stream_end *end);
	void (*ping)(void *ctx); /* a ping came, and is answered; NULL likewise */
};

struct net_stream_cfg {
	struct net_addr to;
	const struct net_source *from; /* as net_source_for() gave it; NULL: as the route has it */
	struct net_tls *tls;           /* NULL: TCP */
	const char *name;     /* TLS: the domain that the certificate must name (RFC 5922 7.1: a
	                         subjectAltName, "sip:" URIs first, without wildcards; the common name
	                         only where there is none), and that is asked for (SNI) */
	uint32_t patience_ms; /* for the connection, and again for TLS; 0: NET_CONNECT_MS */
};

/* Begins a connection. What goes wrong later is told by closed(). Returns 0, -ENOMEM, -EMFILE,
 * -EINVAL and the like; -ENODEV where the address of from is no longer this machine's. handler is
 * kept. */
int net_stream_connect(struct net *net, const struct net_stream_cfg *cfg,
                       const struct net_stream_handler *handler, void *ctx,
                       struct net_stream **ret_stream);

/* Sends what the kernel takes, says goodbye where it is TLS, and frees. NULL is fine. */
void net_stream_close(struct net_stream *stream);

/* Queues bytes; they are copied. All of a turn of the loop leave at its end, with one call of the
 * kernel and over TLS in one record, or as soon as they are more than goes into one; in the order
 * of the calls, pings and their answers included. Returns 0, -ENOTCONN (not open, or over),
 * -ENOBUFS (NET_STREAM_OUT_MAX bytes wait: the other side takes no more) or -ENOMEM. */
int net_stream_send(struct net_stream *stream, struct slice bytes);

/* Sends a ping, CRLF CRLF; whoever knows RFC 5626 4.4.1 answers with a CRLF. As net_stream_send().
 */
int net_stream_ping(struct net_stream *stream);

/* Where it is bound, from the time on that it is being opened, and where it leads. */
const struct net_addr *net_stream_local(const struct net_stream *stream);
const struct net_addr *net_stream_peer(const struct net_stream *stream);

/* Whether the front of a message has come, and not yet its end. */
bool net_stream_partial(const struct net_stream *stream);

/* The certificate of the other side, good or not, where it has shown one: also in closed(). */
bool net_stream_certificate(const struct net_stream *stream, struct net_certificate *ret);

/* ---- who listens */

#define NET_ACCEPT_TURN 16 /* connections taken in one turn */

struct net_listener;

/* A connection has come in; it is the callee's, who gives it a handler before it returns, or closes
 * it. With TLS the handshake is still to come. */
typedef void net_accept_fn(void *ctx, struct net_stream *stream);

/* tls: NULL for TCP, or of net_tls_new_server(). Returns 0 or negative errno, as net_udp_open().
 * Where descriptors run out it rests for a second. */
int net_listener_open(struct net *net, const struct net_addr *local, struct net_tls *tls,
                      net_accept_fn *fn, void *ctx, struct net_listener **ret_listener);
void net_listener_close(struct net_listener *listener); /* connections stay */
const struct net_addr *net_listener_local(const struct net_listener *listener);

void net_stream_handle(struct net_stream *stream, const struct net_stream_handler *handler,
                       void *ctx);

#endif
