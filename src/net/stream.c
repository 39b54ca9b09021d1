/* net/stream.c: one TCP or TLS connection, see stream.h.
 *
 * The socket is its own, watched by libuv as those of net/udp.c are. One deadline runs at a time:
 * for the connection, then for the handshake. What fails within a call of a function is told a turn
 * later, by the same timer. Callbacks may close the stream: its memory lasts until libuv has let go
 * of it, and whoever called looks at stream->freed before it goes on. */
#include "net/stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/frames.h"
#include "net/own.h"
#include "net/own_stream.h"
#include "net/own_tls.h"

#define TURN_READS 8 /* reads of one connection before others get their turn */

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
	bool server;       /* it was accepted */
	bool freed;        /* net_stream_close() was called */
	bool opened;       /* the handler was told so */
	bool read_blocked; /* TLS: reading waits until it is writable */
	SSL *ssl;          /* NULL: TCP */
	char *name;        /* of the certificate */
	uint32_t patience_ms;
	struct net_stream_end end;
	struct net_frames in;
	uint64_t pong_at_ms; /* when the last ping was answered */
	char *out;           /* waits from out_at to out_n */
	size_t out_at, out_n, out_cap;
	struct net_addr local, peer;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct net_stream *stream)
{
	bool waiting = stream->out_at < stream->out_n;
	int events = 0;

	switch (stream->state) {
	case CONNECTING:
		events = UV_WRITABLE;
		break;
	case SHAKING:
		events = SSL_want_write(stream->ssl) ? UV_WRITABLE : UV_READABLE;
		break;
	case OPEN:
		events = UV_READABLE | (waiting || stream->read_blocked ? UV_WRITABLE : 0);
		break;
	case OVER:
		break;
	}
	if (events == stream->events)
		return;
	stream->events = events;
	if (events)
		uv_poll_start(&stream->poll, events, on_poll);
	else
		uv_poll_stop(&stream->poll);
}

/* ---- the end */

static void tell_end(struct net_stream *stream)
{
	if (!stream->freed && stream->handler)
		stream->handler->closed(stream->ctx, &stream->end);
}

static void set_end(struct net_stream *stream, enum net_end why, int error)
{
	stream->state = OVER;
	stream->end =
		(struct net_stream_end){ why, why == NET_END_ERROR ? error : 0, stream->opened };
	watch(stream);
}

/* From the loop. */
static void end_now(struct net_stream *stream, enum net_end why, int error)
{
	net_timer_set(stream->timer, NET_NEVER);
	set_end(stream, why, error);
	tell_end(stream);
}

/* From within a function that others call. */
static void end_later(struct net_stream *stream, enum net_end why, int error)
{
	set_end(stream, why, error);
	net_timer_set(stream->timer, net_now_ms(stream->net));
}

/* Whoever knows TLS and will not have it says so. Plain SIP closes at the hello, or resets. */
static bool ended_without_tls(const struct net_stream *stream, enum net_end why, int error)
{
	return stream->state == SHAKING && !stream->server && !stream->talk.is_tls &&
	       (why == NET_END_CLOSED || (why == NET_END_ERROR && error == ECONNRESET));
}

static void end_by_ssl(struct net_stream *stream, int result, bool later)
{
	int error;
	enum net_end why = net_tls_reason(stream->ssl, result, &error);

	if (stream->talk.too_much)
		why = NET_END_TLS_TALK;
	else if (ended_without_tls(stream, why, error))
		why = NET_END_TLS_NOT_TLS;
	else if (why == NET_END_CLOSED && stream->state == SHAKING)
		why = NET_END_TLS_FAILED;
	if (later)
		end_later(stream, why, error);
	else
		end_now(stream, why, error);
}

static void on_timer(void *ctx)
{
	struct net_stream *stream = ctx;

	switch (stream->state) {
	case CONNECTING:
		end_now(stream, NET_END_SILENCE, 0);
		break;
	case SHAKING:
		end_now(stream, NET_END_TLS_STALLED, 0);
		break;
	case OPEN:
		break;
	case OVER:
		tell_end(stream);
		break;
	}
}

static void on_freed(uv_handle_t *handle)
{
	free(handle->data);
}

void net_stream_close(struct net_stream *stream)
{
	if (!stream)
		return;
	if (stream->ssl && stream->state == OPEN && stream->out_at == stream->out_n) {
		SSL_shutdown(stream->ssl);
		ERR_clear_error();
	}
	stream->state = OVER;
	stream->freed = true;
	uv_close((uv_handle_t *)&stream->poll, on_freed);
	net_timer_free(stream->timer);
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	X509_free(stream->talk.refused);
	stream->talk.refused = NULL;
	close(stream->talk.fd);
	free(stream->name);
	free(stream->out);
	net_frames_done(&stream->in);
}

/* Whether a call of OpenSSL only has to wait. SSL_want_read() alone tells less: it outlives errors.
 */
static bool must_wait(struct net_stream *stream, int result)
{
	int error = SSL_get_error(stream->ssl, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* ---- out */

/* Writes as far as the kernel takes it. Returns false where the stream is over. */
static bool push(struct net_stream *stream, bool later)
{
	while (stream->out_at < stream->out_n) {
		const char *bytes = stream->out + stream->out_at;
		size_t n = stream->out_n - stream->out_at, sent;
		int r = 1, error = 0;

		if (stream->ssl) {
			errno = 0;
			ERR_clear_error();
			r = SSL_write_ex(stream->ssl, bytes, n, &sent);
		} else {
			ssize_t got = send(stream->talk.fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

			error = got < 0 ? errno : 0;
			sent = got < 0 ? 0 : (size_t)got;
		}
		if (r == 1 && !error) {
			stream->out_at += sent;
			continue;
		}
		if (error == EINTR)
			continue;
		if (error == EAGAIN || (r != 1 && must_wait(stream, r)))
			return true;
		if (r != 1)
			end_by_ssl(stream, r, later);
		else if (later)
			end_later(stream, NET_END_ERROR, error);
		else
			end_now(stream, NET_END_ERROR, error);
		return false;
	}
	free(stream->out);
	stream->out = NULL;
	stream->out_at = stream->out_n = stream->out_cap = 0;
	return true;
}

static int out_room(struct net_stream *stream, size_t n)
{
	size_t waiting = stream->out_n - stream->out_at, cap = stream->out_cap;
	char *more;

	if (waiting + n > NET_STREAM_OUT_MAX)
		return -ENOBUFS;
	if (stream->out_at) {
		memmove(stream->out, stream->out + stream->out_at, waiting);
		stream->out_at = 0;
		stream->out_n = waiting;
	}
	if (waiting + n <= cap)
		return 0;
	cap = cap ? cap * 2 : 2048;
	while (cap < waiting + n)
		cap *= 2;
	more = realloc(stream->out, cap);
	if (!more)
		return -ENOMEM;
	stream->out = more;
	stream->out_cap = cap;
	return 0;
}

int net_stream_send(struct net_stream *stream, struct slice bytes)
{
	int r;

	if (stream->state != OPEN)
		return -ENOTCONN;
	r = out_room(stream, bytes.n);
	if (r < 0)
		return r;
	memcpy(stream->out + stream->out_n, bytes.p, bytes.n);
	stream->out_n += bytes.n;
	if (push(stream, true))
		watch(stream);
	return 0;
}

int net_stream_ping(struct net_stream *stream)
{
	stream->in.half = false;
	return net_stream_send(stream, SLICE("\r\n\r\n"));
}

/* ---- in */

static void answer_ping(struct net_stream *stream)
{
	uint64_t now_ms = net_now_ms(stream->net);

	if (stream->pong_at_ms && now_ms < stream->pong_at_ms + NET_PONG_MS)
		return;
	stream->pong_at_ms = now_ms;
	net_stream_send(stream, SLICE("\r\n"));
}

/* Hands on what is whole. Returns false where the stream is over, or gone. */
static bool take_frames(struct net_stream *stream)
{
	struct slice message;

	for (;;) {
		switch (net_frames_take(&stream->in, &message)) {
		case NET_FRAME_NONE:
			return true;
		case NET_FRAME_MESSAGE:
			stream->handler->message(stream->ctx, message);
			break;
		case NET_FRAME_PING:
			answer_ping(stream);
			if (stream->handler->ping)
				stream->handler->ping(stream->ctx);
			break;
		case NET_FRAME_PONG:
			if (stream->handler->pong)
				stream->handler->pong(stream->ctx);
			break;
		case NET_FRAME_BAD:
			end_now(stream, NET_END_NOT_SIP, 0);
			return false;
		}
		if (stream->freed || stream->state != OPEN)
			return false;
	}
}

enum got { GOT_BYTES, GOT_NOTHING, GOT_END };

static enum got read_tcp(struct net_stream *stream, char *place, size_t room, size_t *ret_n)
{
	ssize_t n = recv(stream->talk.fd, place, room, MSG_DONTWAIT);

	if (n > 0) {
		*ret_n = (size_t)n;
		return GOT_BYTES;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GOT_NOTHING;
	if (n < 0)
		end_now(stream, NET_END_ERROR, errno);
	else
		end_now(stream, NET_END_CLOSED, 0);
	return GOT_END;
}

static enum got read_tls(struct net_stream *stream, char *place, size_t room, size_t *ret_n)
{
	int r;

	errno = 0;
	ERR_clear_error();
	r = SSL_read_ex(stream->ssl, place, room, ret_n);
	stream->read_blocked = false;
	if (r == 1)
		return GOT_BYTES;
	if (must_wait(stream, r)) {
		stream->read_blocked = SSL_want_write(stream->ssl);
		return GOT_NOTHING;
	}
	end_by_ssl(stream, r, false);
	return GOT_END;
}

static void read_some(struct net_stream *stream)
{
	/* What TLS has read ahead makes no descriptor readable. */
	for (unsigned i = 0; i < TURN_READS || (stream->ssl && SSL_pending(stream->ssl)); i++) {
		char *place;
		size_t room = net_frames_room(&stream->in, &place), n;
		enum got got;

		if (!room) {
			end_now(stream, NET_END_ERROR, ENOMEM);
			return;
		}
		got = stream->ssl ? read_tls(stream, place, room, &n)
		                  : read_tcp(stream, place, room, &n);
		if (got == GOT_END)
			return;
		if (got == GOT_BYTES)
			net_frames_add(&stream->in, n);
		if (!take_frames(stream))
			return;
		if (got == GOT_NOTHING)
			break;
	}
	watch(stream);
}

/* ---- beginning */

static void take_local(struct net_stream *stream)
{
	socklen_t n = sizeof(stream->local);

	getsockname(stream->talk.fd, &stream->local.any, &n);
}

static void now_open(struct net_stream *stream)
{
	stream->state = OPEN;
	stream->opened = true;
	net_timer_set(stream->timer, NET_NEVER);
	take_local(stream);
	watch(stream);
	if (!stream->server && stream->handler)
		stream->handler->opened(stream->ctx);
}

static void shake(struct net_stream *stream)
{
	enum net_end verdict;
	int r;

	errno = 0;
	ERR_clear_error();
	r = SSL_do_handshake(stream->ssl);
	if (r == 1) {
		verdict = stream->server ? NET_END_CLOSED
		                         : net_tls_verdict(stream->ssl, stream->name);
		if (verdict != NET_END_CLOSED)
			end_now(stream, verdict, 0);
		else
			now_open(stream);
		return;
	}
	if (must_wait(stream, r))
		watch(stream);
	else
		end_by_ssl(stream, r, false);
}

static void now_connected(struct net_stream *stream)
{
	int error = 0;
	socklen_t n = sizeof(error);

	getsockopt(stream->talk.fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error) {
		end_now(stream, error == ETIMEDOUT ? NET_END_SILENCE : NET_END_ERROR, error);
		return;
	}
	if (!stream->ssl) {
		now_open(stream);
		return;
	}
	stream->state = SHAKING;
	net_timer_set(stream->timer, net_now_ms(stream->net) + stream->patience_ms);
	shake(stream);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct net_stream *stream = poll->data;

	(void)status; /* whatever it is, the next call of the kernel says it */
	switch (stream->state) {
	case CONNECTING:
		now_connected(stream);
		break;
	case SHAKING:
		shake(stream);
		break;
	case OPEN:
		if ((events & UV_WRITABLE) && stream->out_at < stream->out_n &&
		    !push(stream, false))
			break;
		if ((events & UV_READABLE) || stream->read_blocked || status < 0)
			read_some(stream);
		else
			watch(stream);
		break;
	case OVER:
		break;
	}
}

static void set_options(int fd)
{
	int on = 1;
	unsigned stuck_ms = NET_STUCK_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stuck_ms, sizeof(stuck_ms));
}

/* Makes a stream of a descriptor, which is its own from then on, also where this fails. */
static int stream_new(struct net *net, int fd, const struct net_addr *peer,
                      struct net_stream **ret_stream)
{
	struct net_stream *stream = calloc(1, sizeof(*stream));
	int error = -ENOMEM;

	if (!stream)
		goto out_fd;
	*stream = (struct net_stream){ .net = net,
		                       .talk = { .net = net, .fd = fd },
		                       .peer = *peer,
		                       .patience_ms = NET_CONNECT_MS };
	error = net_timer_new(net, on_timer, stream, &stream->timer);
	if (error < 0)
		goto out_stream;
	error = uv_poll_init(&net->loop, &stream->poll, fd);
	if (error < 0)
		goto out_timer;
	stream->poll.data = stream;
	set_options(fd);
	*ret_stream = stream;
	return 0;

out_timer:
	net_timer_free(stream->timer);
out_stream:
	free(stream);
out_fd:
	close(fd);
	return error;
}

/* Where this process may not say which interface (Linux before 5.7, without CAP_NET_RAW), the
 * address has to do. */
static int bind_to(int fd, const struct net_source *from)
{
	struct net_addr addr = from->addr;
	int device = (int)from->device;

	if (device)
		setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, sizeof(device));
	net_addr_set_port(&addr, 0);
	if (bind(fd, &addr.any, net_addr_len(&addr)) == 0)
		return 0;
	return errno == EADDRNOTAVAIL ? -ENODEV : -errno;
}

static int socket_for(const struct net_stream_cfg *cfg, int *ret_fd)
{
	int fd = socket(cfg->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = cfg->from ? bind_to(fd, cfg->from) : 0;
	if (error) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int net_stream_connect(struct net *net, const struct net_stream_cfg *cfg,
                       const struct net_stream_handler *handler, void *ctx,
                       struct net_stream **ret_stream)
{
	struct net_stream *stream;
	int fd = -1, r = socket_for(cfg, &fd);

	if (r < 0)
		return r;
	r = stream_new(net, fd, &cfg->to, &stream);
	if (r < 0)
		return r;
	stream->handler = handler;
	stream->ctx = ctx;
	if (cfg->patience_ms)
		stream->patience_ms = cfg->patience_ms;
	if (cfg->tls) {
		stream->name = strdup(cfg->name);
		r = stream->name ? net_tls_session(cfg->tls, &stream->talk, cfg->name, &stream->ssl)
		                 : -ENOMEM;
		if (r < 0) {
			net_stream_close(stream);
			return r;
		}
	}
	*ret_stream = stream;
	if (connect(fd, &cfg->to.any, net_addr_len(&cfg->to)) < 0 && errno != EINPROGRESS) {
		/* EINVAL: a link-local address, and no interface is named. */
		end_later(stream, NET_END_ERROR, errno == EINVAL ? ENODEV : errno);
		return 0;
	}
	take_local(stream);
	net_timer_set(stream->timer, net_now_ms(net) + stream->patience_ms);
	watch(stream);
	return 0;
}

int net_stream_take(struct net *net, int fd, const struct net_addr *peer, struct net_tls *tls,
                    struct net_stream **ret_stream)
{
	struct net_stream *stream;
	int r = stream_new(net, fd, peer, &stream);

	if (r < 0)
		return r;
	stream->server = true;
	if (tls) {
		r = net_tls_session(tls, &stream->talk, NULL, &stream->ssl);
		if (r < 0) {
			net_stream_close(stream);
			return r;
		}
		stream->state = SHAKING;
		net_timer_set(stream->timer, net_now_ms(net) + stream->patience_ms);
		watch(stream);
	} else {
		now_open(stream);
	}
	*ret_stream = stream;
	return 0;
}

void net_stream_handle(struct net_stream *stream, const struct net_stream_handler *handler,
                       void *ctx)
{
	stream->handler = handler;
	stream->ctx = ctx;
}

const struct net_addr *net_stream_local(const struct net_stream *stream)
{
	return &stream->local;
}

const struct net_addr *net_stream_peer(const struct net_stream *stream)
{
	return &stream->peer;
}

bool net_stream_partial(const struct net_stream *stream)
{
	return net_frames_partial(&stream->in);
}

bool net_stream_certificate(const struct net_stream *stream, struct net_certificate *ret)
{
	return stream->ssl && net_tls_certificate(stream->ssl, &stream->talk, ret);
}
