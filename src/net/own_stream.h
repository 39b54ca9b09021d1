/* net/own_stream.h: what net/stream.c, net/stream_io.c and net/listen.c share. */
#ifndef LINEUP_NET_OWN_STREAM_H
#define LINEUP_NET_OWN_STREAM_H

#include "net/frames.h"
#include "net/own.h"
#include "net/own_tls.h"
#include "net/stream.h"

enum stream_state { CONNECTING, SHAKING, OPEN, OVER };

struct net_stream {
	struct net *net;
	const struct net_stream_handler *handler;
	void *ctx;
	uv_poll_t poll;
	struct net_timer *timer;  /* the deadline, or the end that is still to be told */
	struct net_tls_talk talk; /* fd, and TLS's own words on it */
	int events;
	enum stream_state state;
	bool server;        /* it was accepted */
	bool freed;         /* net_stream_close() was called */
	bool opened;        /* the handler was told so */
	bool read_blocked;  /* TLS: reading waits until it is writable */
	bool write_blocked; /* the kernel takes no more: what waits does so until it is writable */
	SSL *ssl;           /* NULL: TCP */
	char *name;         /* of the certificate */
	uint32_t patience_ms;
	struct net_stream_end end;
	struct net_frames in;
	uint64_t pong_at_ms; /* when the last ping was answered */
	char *out;           /* waits from out_at to out_n; NULL where nothing does */
	size_t out_at, out_n, out_cap;
	struct net_stream *gathered, **gathered_link; /* net->gathered; NULL: not among these */
	struct net_addr local, peer;
};

/* stream.c */

/* A stream of a descriptor that was accepted, non-blocking. The descriptor is the stream's from
 * then on, also where this fails: 0 or negative errno. */
int net_stream_take(struct net *net, int fd, const struct net_addr *peer, struct net_tls *tls,
                    struct net_stream **ret_stream);

/* Has the loop watch for what the stream waits for now. */
void net_stream_watch(struct net_stream *stream);

/* It is over. The handler is told at once, from the loop only, or a turn later, from within a
 * function that others call. */
enum stream_told { NOW, LATER };
void net_stream_end(struct net_stream *stream, enum net_end why, int error, enum stream_told when);
/* The same after a call of OpenSSL that came to result and is no wait. */
void net_stream_end_by_ssl(struct net_stream *stream, int result, enum stream_told when);

/* Whether a call of OpenSSL only has to wait. */
bool net_stream_must_wait(struct net_stream *stream, int result);

/* stream_io.c */

/* Writes all that waits, as far as the kernel takes it. Returns false where the stream is over. */
bool net_stream_push(struct net_stream *stream, enum stream_told when);

/* The same of a stream that ends anyhow: what goes wrong is nobody's concern any more. */
void net_stream_push_last(struct net_stream *stream);

/* Out of the list of those with something to push at the end of the turn. */
void net_stream_ungather(struct net_stream *stream);

/* Reads what is there, within the limits of a turn, and hands it on. */
void net_stream_read(struct net_stream *stream);

#endif
