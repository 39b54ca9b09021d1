/* net/udp.c: opening, reading and closing datagram sockets. How they send is in net/outbox.c.
 *
 * The kernel writes a batch of datagrams at once. The beginnings, which is all of nearly every
 * answer, stand one behind the other, so that a batch lies in few pages. The rest goes to a place
 * of its own, so that none is ever cut, in memory that is mapped but has no page behind it until a
 * datagram needs one; before each place is room for the beginning, which is copied there. */
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/net.h"
#include "net/own.h"

#define BEGINNING_BYTES    1088 /* no power of two: they would meet in the same lines of the cache */
#define PLACE_BYTES        65536
#define SOCKET_QUEUE_BYTES (4 << 20) /* asked of the kernel, which may give less */

struct net_inbox {
	struct mmsghdr header[NET_BATCH];
	struct iovec piece[NET_BATCH][2]; /* the beginning, the rest */
	struct net_addr from[NET_BATCH];
	char *places;
	char beginnings[NET_BATCH][BEGINNING_BYTES];
};

static int inbox_new(struct net_inbox **ret_inbox)
{
	struct net_inbox *inbox = calloc(1, sizeof(*inbox));

	if (!inbox)
		return -ENOMEM;
	inbox->places = mmap(NULL, NET_BATCH * PLACE_BYTES, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (inbox->places == MAP_FAILED) {
		free(inbox);
		return -ENOMEM;
	}
	for (size_t i = 0; i < NET_BATCH; i++) {
		struct msghdr *msg = &inbox->header[i].msg_hdr;

		inbox->piece[i][0] = (struct iovec){ inbox->beginnings[i], BEGINNING_BYTES };
		inbox->piece[i][1] =
			(struct iovec){ inbox->places + i * PLACE_BYTES + BEGINNING_BYTES,
			                NET_DATAGRAM_MAX - BEGINNING_BYTES };
		msg->msg_name = &inbox->from[i];
		msg->msg_namelen = sizeof(inbox->from[i]);
		msg->msg_iov = inbox->piece[i];
		msg->msg_iovlen = 2;
	}
	*ret_inbox = inbox;
	return 0;
}

void net_inbox_free(struct net_inbox *inbox)
{
	if (!inbox)
		return;
	munmap(inbox->places, NET_BATCH * PLACE_BYTES);
	free(inbox);
}

/* The i-th datagram, in one piece. */
static struct slice datagram_at(struct net_inbox *inbox, unsigned i)
{
	size_t n = inbox->header[i].msg_len;
	char *place = inbox->places + i * PLACE_BYTES;

	if (n <= BEGINNING_BYTES)
		return slice_of(inbox->beginnings[i], n);
	memcpy(place, inbox->beginnings[i], BEGINNING_BYTES);
	return slice_of(place, n);
}

static void hand_over(struct net_udp *udp, unsigned count)
{
	struct net_inbox *inbox = udp->net->inbox;

	for (unsigned i = 0; i < count; i++) {
		udp->handler->datagram(udp->ctx, &inbox->from[i], datagram_at(inbox, i));
		inbox->header[i].msg_hdr.msg_namelen = sizeof(inbox->from[i]);
	}
	if (udp->handler->batch_end)
		udp->handler->batch_end(udp->ctx);
}

/* Whether there may be more. */
static bool read_batches(struct net_udp *udp)
{
	for (unsigned i = 0; i < NET_TURN_BATCHES; i++) {
		int count =
			recvmmsg(udp->fd, udp->net->inbox->header, NET_BATCH, MSG_DONTWAIT, NULL);

		udp->stats.calls_receive++;
		if (count < 0 && errno == EAGAIN)
			return false;
		if (count < 0) /* an ICMP error that is in the error queue as well */
			continue;
		udp->stats.received += (unsigned)count;
		hand_over(udp, (unsigned)count);
		if (count < NET_BATCH)
			return false;
	}
	return true;
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Watches for what is to be watched for now. */
static void watch(struct net_udp *udp)
{
	int events = UV_READABLE | UV_PRIORITIZED | (udp->blocked ? UV_WRITABLE : 0);

	if (events != udp->events && uv_poll_start(&udp->poll, events, on_poll) == 0)
		udp->events = events;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct net_udp *udp = poll->data;

	if (status < 0) {
		/* libuv stops watching a socket that has an error and is not "prioritized". */
		udp->events = 0;
		events = UV_READABLE | UV_PRIORITIZED | UV_WRITABLE;
	}
	if (events & UV_WRITABLE)
		udp->blocked = false;
	if (events & UV_PRIORITIZED)
		net_errors_read(udp);
	if (events & UV_READABLE)
		udp->net->has_more |= read_batches(udp); /* which has the loop come round again */
	watch(udp);
}

bool net_udp_read_all(struct net *net)
{
	bool more = false;

	for (struct net_udp *udp = net->sockets; udp; udp = net->sweep) {
		net->sweep = udp->next;
		more |= read_batches(udp);
	}
	return more;
}

bool net_udp_flush_all(struct net *net)
{
	bool more = false;

	/* A handler may close other sockets than its own: net_udp_close() mends sweep. */
	for (struct net_udp *udp = net->sockets; udp; udp = net->sweep) {
		net->sweep = udp->next;
		more |= net_outbox_flush(udp);
		watch(udp);
	}
	return more;
}

void net_udp_push_all(struct net *net)
{
	for (struct net_udp *udp = net->sockets; udp; udp = udp->next)
		net_outbox_push(udp);
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Room for a burst of answers. As much as is given will do, so that errors do not matter. */
static void ask_for_room(int fd)
{
	if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_QUEUE_BYTES))
		set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_QUEUE_BYTES);
	if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_QUEUE_BYTES))
		set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_QUEUE_BYTES);
}

/* Whether the kernel knows how to cut a train (Linux 4.18). */
static bool knows_segments(int fd)
{
	int each;
	socklen_t n = sizeof(each);

	return getsockopt(fd, SOL_UDP, UDP_SEGMENT, &each, &n) == 0;
}

static int socket_open(const struct net_addr *local, struct net_addr *ret_bound, int *ret_fd)
{
	bool v6 = local->any.sa_family == AF_INET6;
	struct net_addr bound = { 0 };
	socklen_t bound_len = sizeof(bound);
	int error = 0;
	int fd = socket(local->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (v6)
		error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!error)
		error = v6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1)
		           : set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
	if (!error) /* errors are told as "prioritized", which libuv hands on */
		error = set_option(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1);
	if (!error && (bind(fd, &local->any, net_addr_len(local)) < 0 ||
	               getsockname(fd, &bound.any, &bound_len) < 0))
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	ask_for_room(fd);
	*ret_bound = bound;
	*ret_fd = fd;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int net_udp_open(struct net *net, const struct net_addr *local,
                 const struct net_udp_handler *handler, void *ctx, struct net_udp **ret_udp)
{
	struct net_udp *udp;
	int error;

	if (!net->inbox && (error = inbox_new(&net->inbox)))
		return error;
	udp = calloc(1, sizeof(*udp));
	if (!udp)
		return -ENOMEM;
	*udp = (struct net_udp){ .net = net, .handler = handler, .ctx = ctx };
	error = net_outbox_init(udp);
	if (error)
		goto out_udp;
	error = socket_open(local, &udp->local, &udp->fd);
	if (error)
		goto out_outbox;
	udp->segments = knows_segments(udp->fd);
	error = uv_poll_init(&net->loop, &udp->poll, udp->fd);
	if (error)
		goto out_fd;
	udp->poll.data = udp;
	watch(udp);
	udp->next = net->sockets;
	if (udp->next)
		udp->next->link = &udp->next;
	udp->link = &net->sockets;
	net->sockets = udp;
	*ret_udp = udp;
	return 0;

out_fd:
	close(udp->fd);
out_outbox:
	net_outbox_done(udp);
out_udp:
	free(udp);
	return error;
}

void net_udp_close(struct net_udp *udp)
{
	if (!udp)
		return;
	net_outbox_push(udp);
	if (udp->net->sweep == udp)
		udp->net->sweep = udp->next;
	*udp->link = udp->next;
	if (udp->next)
		udp->next->link = udp->link;
	uv_close((uv_handle_t *)&udp->poll, on_closed);
	close(udp->fd);
	net_outbox_done(udp);
}

const struct net_addr *net_udp_local(const struct net_udp *udp)
{
	return &udp->local;
}

void net_udp_stats(const struct net_udp *udp, struct net_udp_stats *ret_stats)
{
	*ret_stats = udp->stats;
}
