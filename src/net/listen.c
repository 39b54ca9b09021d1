/* net/listen.c: a TCP socket that listens, see stream.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/own.h"
#include "net/own_stream.h"

#define BACKLOG 128
#define REST_MS 1000 /* where descriptors or memory have run out */

struct net_listener {
	struct net *net;
	struct net_tls *tls;
	net_accept_fn *fn;
	void *ctx;
	uv_poll_t poll;
	struct net_timer *timer; /* end of the rest */
	int fd;
	bool closed;
	struct net_addr local;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct net_listener *listener = poll->data;

	(void)status;
	(void)events;
	for (unsigned i = 0; i < NET_ACCEPT_TURN && !listener->closed; i++) {
		struct net_addr peer = { 0 };
		socklen_t n = sizeof(peer);
		struct net_stream *stream;
		int fd = accept4(listener->fd, &peer.any, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			uv_poll_stop(&listener->poll);
			net_timer_set(listener->timer, net_now_ms(listener->net) + REST_MS);
			return;
		}
		if (fd < 0 && errno == EAGAIN)
			return;
		/* Others are of a connection that is gone again: accept(2). */
		if (fd >= 0 &&
		    net_stream_take(listener->net, fd, &peer, listener->tls, &stream) == 0)
			listener->fn(listener->ctx, stream);
	}
}

static void on_rested(void *ctx)
{
	struct net_listener *listener = ctx;

	uv_poll_start(&listener->poll, UV_READABLE, on_poll);
}

static int socket_open(const struct net_addr *local, struct net_addr *ret_bound, int *ret_fd)
{
	struct net_addr bound = { 0 };
	socklen_t n = sizeof(bound);
	int on = 1, error = 0;
	int fd = socket(local->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if ((local->any.sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, &local->any, net_addr_len(local)) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, &bound.any, &n) < 0)
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	*ret_bound = bound;
	*ret_fd = fd;
	return 0;
}

int net_listener_open(struct net *net, const struct net_addr *local, struct net_tls *tls,
                      net_accept_fn *fn, void *ctx, struct net_listener **ret_listener)
{
	struct net_listener *listener = calloc(1, sizeof(*listener));
	int error;

	if (!listener)
		return -ENOMEM;
	*listener = (struct net_listener){ .net = net, .tls = tls, .fn = fn, .ctx = ctx };
	error = socket_open(local, &listener->local, &listener->fd);
	if (error)
		goto out_listener;
	error = net_timer_new(net, on_rested, listener, &listener->timer);
	if (error)
		goto out_fd;
	error = uv_poll_init(&net->loop, &listener->poll, listener->fd);
	if (error)
		goto out_timer;
	listener->poll.data = listener;
	uv_poll_start(&listener->poll, UV_READABLE, on_poll);
	*ret_listener = listener;
	return 0;

out_timer:
	net_timer_free(listener->timer);
out_fd:
	close(listener->fd);
out_listener:
	free(listener);
	return error;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void net_listener_close(struct net_listener *listener)
{
	if (!listener)
		return;
	listener->closed = true;
	uv_close((uv_handle_t *)&listener->poll, on_closed);
	net_timer_free(listener->timer);
	close(listener->fd);
}

const struct net_addr *net_listener_local(const struct net_listener *listener)
{
	return &listener->local;
}
