/* net/routes.c: the kernel's word that addresses, routes or links have changed (rtnetlink(7)). What
 * changed is not looked at: whoever cares asks for the way again, which is what counts. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/own.h"

#define READ_BYTES 8192

struct net_routes {
	uv_poll_t poll;
	int fd;
	void (*fn)(void *ctx);
	void *ctx;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct net_routes *routes = poll->data;
	char bytes[READ_BYTES];
	bool any = status < 0;
	ssize_t n;

	(void)events;
	/* Too many at once (ENOBUFS) is a change, too. */
	while ((n = recv(routes->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
		any = true;
		if (n < 0)
			break;
	}
	if (any)
		routes->fn(routes->ctx);
}

static int open_netlink(int *ret_fd)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK,
		                     .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
		                                  RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
		                                  RTMGRP_IPV6_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int net_routes_new(struct net *net, void (*fn)(void *ctx), void *ctx,
                   struct net_routes **ret_routes)
{
	struct net_routes *routes = calloc(1, sizeof(*routes));
	int error = routes ? open_netlink(&routes->fd) : -ENOMEM;

	if (error < 0) {
		free(routes);
		return error;
	}
	error = uv_poll_init(&net->loop, &routes->poll, routes->fd);
	if (error < 0) {
		close(routes->fd);
		free(routes);
		return error;
	}
	routes->poll.data = routes;
	routes->fn = fn;
	routes->ctx = ctx;
	uv_poll_start(&routes->poll, UV_READABLE, on_readable);
	uv_unref((uv_handle_t *)&routes->poll);
	*ret_routes = routes;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void net_routes_free(struct net_routes *routes)
{
	if (!routes)
		return;
	uv_poll_stop(&routes->poll);
	uv_close((uv_handle_t *)&routes->poll, on_closed);
	close(routes->fd);
}
