/* net/errors.c: the socket's error queue, where the kernel puts ICMP errors (IP_RECVERR): what was
 * sent where, and why it did not arrive. ip(7), "sock_extended_err". */
#include <errno.h>
#include <time.h> /* the next one needs it */
#include <linux/errqueue.h>

#include "net/own.h"

#define FRONT_MAX 2048 /* an ICMP error quotes less (RFC 1812 4.3.2.3, RFC 4443 2.4) */

static bool is_recverr(const struct cmsghdr *cmsg)
{
	return (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR) ||
	       (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_RECVERR);
}

/* The errno of an error that came by ICMP; 0 for one of this host, which the call that sent has
 * returned already. */
static int icmp_error(struct msghdr *msg)
{
	struct sock_extended_err said;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (!is_recverr(c) || c->cmsg_len < CMSG_LEN(sizeof(said)))
			continue;
		memcpy(&said, CMSG_DATA(c), sizeof(said));
		if (said.ee_origin == SO_EE_ORIGIN_ICMP || said.ee_origin == SO_EE_ORIGIN_ICMP6)
			return (int)said.ee_errno;
	}
	return 0;
}

/* The latest error also waits to fail the next call on the socket, and keeps it "ready" until then.
 */
static void clear_pending(int fd)
{
	int pending;
	socklen_t n = sizeof(pending);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &n);
}

void net_errors_read(struct net_udp *udp)
{
	char front[FRONT_MAX];
	_Alignas(struct cmsghdr) char control[512];
	struct net_addr to;

	clear_pending(udp->fd);
	for (unsigned i = 0; i < NET_TURN_ERRORS; i++) {
		struct iovec piece = { .iov_base = front, .iov_len = sizeof(front) };
		struct msghdr msg = {
			.msg_name = &to,
			.msg_namelen = sizeof(to),
			.msg_iov = &piece,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(udp->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
		int error;

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 || !(error = icmp_error(&msg)) || net_addr_from(&to.any, &to))
			continue;
		udp->stats.errors++;
		udp->singles_until_ms = net_now_ms(udp->net) + NET_TRAIN_PAUSE_MS;
		udp->handler->error(udp->ctx, &to, error, slice_of(front, (size_t)n));
	}
}
