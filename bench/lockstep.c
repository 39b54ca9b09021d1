/* bench/lockstep.c: see lockstep.h. The calls of the kernel and of libuv that are stood in for here
 * are named in bench/CMakeLists.txt, for the linker. */
#include "lockstep.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <uv.h>

#include "answer.h"
#include "counted.h"
#include "measure.h"
#include "net/stream.h"

#define NOW_MS      UINT64_C(1000000)
#define PATIENCE_MS 60000 /* for the kernel to carry over what was sent */

static struct lockstep {
	struct net *net;     /* NULL: it is not open, and nothing is stood in for */
	struct net_udp *udp; /* one of these two */
	struct net_listener *listener;
	struct net_stream *stream; /* that came in; NULL: none, or it is over */
	struct net_tls *tls;
	struct answerer answerer;
	bool serving;          /* it is the registrar that calls the kernel */
	int client_fd;         /* that the client has sent from */
	uint64_t to_registrar; /* datagrams, or bytes of a stream, that were sent and are not yet */
	uint64_t to_client;    /* received */
} lockstep;

/* ---- in the place of others */

uint64_t __wrap_uv_now(const uv_loop_t *loop);
uint64_t __wrap_uv_hrtime(void);
ssize_t __real_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t n, int flags);
int __real_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags);
int __real_recvmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags, struct timespec *wait);
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags, struct timespec *wait);

uint64_t __wrap_uv_now(const uv_loop_t *loop)
{
	(void)loop;
	return NOW_MS;
}

uint64_t __wrap_uv_hrtime(void)
{
	return NOW_MS * 1000000;
}

/* What the registrar does was not counted before either. */
static void toggle(void)
{
	if (!lockstep.serving)
		COUNTED_TOGGLE;
}

/* So many were sent: the registrar runs until it has read all, and what it answers is sent when it
 * returns. */
static void have_sent(int fd, uint64_t n)
{
	if (!lockstep.net)
		return;
	if (lockstep.serving) {
		lockstep.to_client += n;
		return;
	}
	lockstep.client_fd = fd;
	lockstep.to_registrar += n;
	toggle();
	lockstep.serving = true;
	net_run(lockstep.net);
	lockstep.serving = false;
	toggle();
}

/* How many of n are to come for whoever reads now: 0 where others than these two have sent it. */
static size_t to_come(int fd, size_t n)
{
	uint64_t due = lockstep.serving ? lockstep.to_registrar : lockstep.to_client;

	if (!lockstep.net || (!lockstep.serving && fd != lockstep.client_fd))
		return 0;
	return due < n ? (size_t)due : n;
}

static void have_received(uint64_t n)
{
	if (!lockstep.serving) {
		lockstep.to_client -= n;
		return;
	}
	lockstep.to_registrar -= n;
	if (lockstep.to_registrar == 0)
		net_stop(lockstep.net);
}

/* After a call of the kernel that brought nothing. */
static void wait_for_more(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	if (errno != EAGAIN)
		measure_die("what was sent cannot be read", errno);
	if (poll(&readable, 1, PATIENCE_MS) == 0)
		measure_die("what was sent does not arrive", ETIMEDOUT);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags)
{
	ssize_t sent = __real_send(fd, bytes, n, flags);

	if (sent > 0)
		have_sent(fd, (uint64_t)sent);
	return sent;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t n, int flags)
{
	size_t wanted = to_come(fd, n), got = 0;

	if (!wanted)
		return __real_recv(fd, bytes, n, flags);
	toggle();
	while (got < wanted) {
		ssize_t more = __real_recv(fd, (char *)bytes + got, wanted - got, flags);

		if (more > 0)
			got += (size_t)more;
		else if (more == 0)
			measure_die("a connection was closed", ECONNRESET);
		else
			wait_for_more(fd);
	}
	toggle();
	have_received(got);
	return (ssize_t)got;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags)
{
	int sent = __real_sendmmsg(fd, headers, n, flags);
	uint64_t datagrams = 0;

	for (int i = 0; i < sent; i++)
		datagrams += headers[i].msg_hdr.msg_iovlen; /* of a train */
	if (datagrams)
		have_sent(fd, datagrams);
	return sent;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags, struct timespec *wait)
{
	size_t wanted = to_come(fd, n), got = 0;

	if (!wanted)
		return __real_recvmmsg(fd, headers, n, flags, wait);
	toggle();
	while (got < wanted) {
		int more =
			__real_recvmmsg(fd, headers + got, (unsigned)(wanted - got), flags, wait);

		if (more > 0)
			got += (unsigned)more;
		else
			wait_for_more(fd);
	}
	toggle();
	have_received(got);
	return (int)got;
}

/* ---- the registrar */

static struct slice answer_to(const struct net_addr *from, struct slice request,
                              char out[ANSWER_MAX])
{
	return answerer_answer(&lockstep.answerer, &from->v4, request, false, out);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	char out[ANSWER_MAX];
	struct slice answer = answer_to(from, bytes, out);

	(void)ctx;
	if (slice_present(answer) && net_udp_send(lockstep.udp, from, answer) < 0)
		measure_die("an answer cannot be sent", ENOBUFS);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)sent;
	measure_die("an answer was refused", error);
}

static void on_message(void *ctx, struct slice bytes)
{
	char out[ANSWER_MAX];
	struct slice answer = answer_to(net_stream_peer(lockstep.stream), bytes, out);

	(void)ctx;
	if (slice_present(answer) && net_stream_send(lockstep.stream, answer) < 0)
		measure_die("an answer cannot be sent", ENOBUFS);
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	(void)ctx;
	(void)end;
	net_stream_close(lockstep.stream);
	lockstep.stream = NULL;
}

static void on_accept(void *ctx, struct net_stream *stream)
{
	static const struct net_stream_handler handler = { .message = on_message,
		                                           .closed = on_closed };

	(void)ctx;
	if (lockstep.stream)
		measure_die("a second connection", EINVAL);
	lockstep.stream = stream;
	net_stream_handle(stream, &handler, NULL);
}

uint16_t lockstep_open(enum dns_transport transport, const char *cert_path, const char *key_path)
{
	static const struct net_udp_handler handler = { .datagram = on_datagram,
		                                        .error = on_error };
	struct net_addr local = { .v4 = { .sin_family = AF_INET } };
	int error;

	lockstep = (struct lockstep){ .answerer = { .verify = true, .algorithm = DIGEST_MD5 },
		                      .client_fd = -1 };
	local.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (transport == DNS_TLS)
		lockstep.tls = measure_server_tls(cert_path, key_path);
	error = digest_new(&lockstep.answerer.digest);
	if (!error)
		error = net_new(&lockstep.net);
	if (!error)
		error = transport == DNS_UDP
		                ? net_udp_open(lockstep.net, &local, &handler, NULL, &lockstep.udp)
		                : net_listener_open(lockstep.net, &local, lockstep.tls, on_accept,
		                                    NULL, &lockstep.listener);
	if (error)
		measure_die("net", error);
	return net_addr_port(transport == DNS_UDP ? net_udp_local(lockstep.udp)
	                                          : net_listener_local(lockstep.listener));
}

void lockstep_close(void)
{
	struct net *net = lockstep.net;

	lockstep.net = NULL;
	net_udp_close(lockstep.udp);
	net_stream_close(lockstep.stream);
	if (lockstep.listener)
		net_listener_close(lockstep.listener);
	net_free(net);
	net_tls_free(lockstep.tls);
	digest_free(lockstep.answerer.digest);
}
