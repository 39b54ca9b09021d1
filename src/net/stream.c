/* net/stream.c: how a TCP or TLS connection begins and ends, see stream.h. Its bytes, in and out,
 * are in net/stream_io.c.
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

#include "net/own_stream.h"

static void on_poll(uv_poll_t *poll, int status, int events);

void net_stream_watch(struct net_stream *stream)
{
	bool blocked = stream->write_blocked || stream->read_blocked;
	int events = 0;

	switch (stream->state) {
	case CONNECTING:
		events = UV_WRITABLE;
		break;
	case SHAKING:
		events = SSL_want_write(stream->ssl) ? UV_WRITABLE : UV_READABLE;
		break;
	case OPEN:
		events = UV_READABLE | (blocked ? UV_WRITABLE : 0);
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

void net_stream_end(struct net_stream *stream, enum net_end why, int error, enum stream_told when)
{
	/* What it was told before it closed, or was no longer understood, still leaves. */
	if (stream->state == OPEN && (why == NET_END_CLOSED || why == NET_END_NOT_SIP))
		net_stream_push_last(stream);
	net_stream_ungather(stream);
	stream->state = OVER;
	stream->end =
		(struct net_stream_end){ why, why == NET_END_ERROR ? error : 0, stream->opened };
	net_stream_watch(stream);
	net_timer_set(stream->timer, when == NOW ? NET_NEVER : net_now_ms(stream->net));
	if (when == NOW)
		tell_end(stream);
}

/* Whoever knows TLS and will not have it says so. Plain SIP closes at the hello, or resets, and so
 * does a server that is being stopped. */
static bool ended_without_tls(const struct net_stream *stream, enum net_end why, int error)
{
	return stream->state == SHAKING && !stream->server && !stream->talk.is_tls &&
	       (why == NET_END_CLOSED || (why == NET_END_ERROR && error == ECONNRESET));
}

void net_stream_end_by_ssl(struct net_stream *stream, int result, enum stream_told when)
{
	int error;
	enum net_end why = net_tls_reason(stream->ssl, result, &error);

	if (stream->talk.too_much)
		why = NET_END_TLS_TALK;
	else if (ended_without_tls(stream, why, error))
		why = stream->talk.greeted ? NET_END_TLS_NOT_TLS : NET_END_TLS_CLOSED;
	else if (why == NET_END_CLOSED && stream->state == SHAKING)
		why = NET_END_TLS_FAILED;
	net_stream_end(stream, why, error, when);
}

bool net_stream_must_wait(struct net_stream *stream, int result)
{
	/* SSL_want_read() alone tells less: it outlives errors. */
	int error = SSL_get_error(stream->ssl, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static void on_timer(void *ctx)
{
	struct net_stream *stream = ctx;

	switch (stream->state) {
	case CONNECTING:
		net_stream_end(stream, NET_END_SILENCE, 0, NOW);
		break;
	case SHAKING:
		net_stream_end(stream, NET_END_TLS_STALLED, 0, NOW);
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
	if (stream->state == OPEN)
		net_stream_push_last(stream);
	if (stream->ssl && stream->state == OPEN && stream->out_at == stream->out_n) {
		SSL_shutdown(stream->ssl);
		ERR_clear_error();
	}
	net_stream_ungather(stream);
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
	net_stream_watch(stream);
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
			net_stream_end(stream, verdict, 0, NOW);
		else
			now_open(stream);
		return;
	}
	if (net_stream_must_wait(stream, r))
		net_stream_watch(stream);
	else
		net_stream_end_by_ssl(stream, r, NOW);
}

static void now_connected(struct net_stream *stream)
{
	int error = 0;
	socklen_t n = sizeof(error);

	getsockopt(stream->talk.fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error) {
		net_stream_end(stream, error == ETIMEDOUT ? NET_END_SILENCE : NET_END_ERROR, error,
		               NOW);
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

	/* Whatever it is, the next call of the kernel says it. libuv watches no more. */
	if (status < 0)
		stream->events = 0;
	if (events & UV_WRITABLE)
		stream->write_blocked = false;
	switch (stream->state) {
	case CONNECTING:
		now_connected(stream);
		break;
	case SHAKING:
		shake(stream);
		break;
	case OPEN:
		if ((events & UV_WRITABLE) && !net_stream_push(stream, NOW))
			break;
		if ((events & UV_READABLE) || stream->read_blocked || status < 0)
			net_stream_read(stream);
		else
			net_stream_watch(stream);
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
	if (!net->reads)
		net->reads = malloc(sizeof(*net->reads));
	if (!net->reads)
		goto out_stream;
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

/* The dot behind an absolute name (RFC 3261 25.1 has it) stands in no certificate, and in no SNI
 * (RFC 6066 section 3). */
static char *name_of(const char *name)
{
	size_t n = strlen(name);

	return strndup(name, n > 1 && name[n - 1] == '.' ? n - 1 : n);
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
		stream->name = name_of(cfg->name);
		r = stream->name
		            ? net_tls_session(cfg->tls, &stream->talk, stream->name, &stream->ssl)
		            : -ENOMEM;
		if (r < 0) {
			net_stream_close(stream);
			return r;
		}
	}
	*ret_stream = stream;
	if (connect(fd, &cfg->to.any, net_addr_len(&cfg->to)) < 0 && errno != EINPROGRESS) {
		/* EINVAL: a link-local address, and no interface is named. */
		net_stream_end(stream, NET_END_ERROR, errno == EINVAL ? EDESTADDRREQ : errno,
		               LATER);
		return 0;
	}
	take_local(stream);
	net_timer_set(stream->timer, net_now_ms(net) + stream->patience_ms);
	net_stream_watch(stream);
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
		net_stream_watch(stream);
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
