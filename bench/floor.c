/* bench/floor.c: what the kernel takes for the datagrams of a registration, and nothing else.
 *
 * Sends the two REGISTERs that lineup was seen to send, byte for byte, and reads the stub's answers
 * without looking at more than the status. What this costs no client can go below. There is more
 * than one way to move datagrams in batches, and which of them is cheapest depends on the machine:
 *
 *   full     recvmmsg() blocks until 64 have come: it sleeps and is woken for each of them where
 *            the stub is slower
 *   one      recvmmsg() with MSG_WAITFORONE: blocks for the first, takes what is there
 *   poll     epoll_wait(), then recvmmsg() with MSG_DONTWAIT until fewer than 64 come: as lineup
 *   nap      sleeps NAP_US where fewer than 64 are there, so that a batch is as full as can be
 *   single   one call for each datagram
 *   segment, segment-full, segment-nap
 *            as poll, full and nap, but a run of equal datagrams is handed over in one piece
 *            (UDP_SEGMENT)
 *   tcp      over one connection, up to 128 requests in a call and as many answers as are there
 *   tcp-full the same, but a call waits until 128 answers have come, or all that are under way
 *
 *   bench_floor [--refresh] [--threads N] MODE ADDRESSES REGISTRATIONS WINDOW FIRST SECOND
 *       FIRST, SECOND  files with the two REGISTERs
 *       --refresh    only the second REGISTER and its answer
 *       --threads N  so many threads, each with a core, a socket, the window and a share of the
 *                    registrations
 *       ADDRESSES    one, or one for each thread: A:PORT,A:PORT */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define BATCH        64
#define PIECES       128 /* of a stream: 64 KB, which the kernel carries in one piece */
#define ROOM_BYTES   (16 << 20)
#define NAP_US       50
#define PATIENCE_S   5 /* without an answer */
#define STREAM_BYTES 65536
#define NAME_MAX     64

struct mode;

struct floor {
	_Alignas(MEASURE_APART) const struct mode *mode;
	const struct measure_message *request; /* without and with credentials */
	pthread_barrier_t *together;
	pthread_t thread;
	unsigned index;
	int fd, epoll_fd;
	struct net_addr to;
	uint32_t unbegun, done, total, window;
	unsigned first;     /* of the two requests, the one to begin with */
	uint32_t out;       /* requests without an answer */
	uint32_t silent_us; /* how long nothing has come, in naps */
	size_t answer_n[2]; /* bytes of an answer, as far as one has come */
	size_t partial;     /* bytes of an answer whose rest has not come, in front of stream */
	unsigned queued, queued_of[2];
	struct measure_cpu used;
	struct measure_calls calls;
	struct mmsghdr in_header[BATCH], out_header[BATCH];
	struct iovec in_piece[BATCH], out_piece[PIECES];
	struct net_addr from[BATCH];
	char in[BATCH][MEASURE_MESSAGE_MAX];
	char train[2][BATCH * MEASURE_MESSAGE_MAX]; /* the same request over and over */
	char stream[STREAM_BYTES];
};

struct mode {
	const char *name;
	void (*send)(struct floor *floor);
	void (*receive)(struct floor *floor); /* waits for some, and handles them */
	int type;                             /* of the socket */
	unsigned batch;                       /* the most to send in a call */
};

static void must(ssize_t done, const char *what)
{
	if (done < 0)
		measure_die(what, errno);
}

/* ---- out */

static void send_batch(struct floor *floor)
{
	for (unsigned sent = 0; sent < floor->queued;) {
		int n = sendmmsg(floor->fd, floor->out_header + sent, floor->queued - sent, 0);

		must(n, "send");
		floor->calls.send++;
		floor->calls.trains += (unsigned)n;
		sent += (unsigned)n;
	}
}

static void send_single(struct floor *floor)
{
	for (unsigned i = 0; i < floor->queued; i++) {
		const struct iovec *piece = &floor->out_piece[i];

		must(sendto(floor->fd, piece->iov_base, piece->iov_len, 0, &floor->to.any,
		            sizeof(floor->to.v4)),
		     "send");
		floor->calls.send++;
		floor->calls.trains++;
	}
}

/* A datagram of the kernel's is 64 KB at the most, headers included. */
static void send_segments(struct floor *floor)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		size_t n = floor->request[kind].n;
		unsigned at_once = (unsigned)(65000 / n);

		for (unsigned left = floor->queued_of[kind]; left > 0;) {
			unsigned count = left < at_once ? left : at_once;
			_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
			struct iovec piece = { floor->train[kind], n * count };
			struct msghdr msg = {
				.msg_name = &floor->to,
				.msg_namelen = sizeof(floor->to.v4),
				.msg_iov = &piece,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control),
			};
			struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
			uint16_t size = (uint16_t)n;

			cmsg->cmsg_level = SOL_UDP;
			cmsg->cmsg_type = UDP_SEGMENT;
			cmsg->cmsg_len = CMSG_LEN(sizeof(size));
			memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
			must(sendmsg(floor->fd, &msg, 0), "send");
			floor->calls.send++;
			floor->calls.trains++;
			left -= count;
		}
	}
}

static void send_stream(struct floor *floor)
{
	struct iovec *piece = floor->out_piece;

	for (unsigned left = floor->queued; left > 0;) {
		ssize_t n = writev(floor->fd, piece, (int)left);

		must(n, "send");
		floor->calls.send++;
		for (; left > 0 && (size_t)n >= piece->iov_len; left--, piece++)
			n -= (ssize_t)piece->iov_len;
		if (left > 0)
			*piece = (struct iovec){ (char *)piece->iov_base + n,
				                 piece->iov_len - (size_t)n };
	}
	floor->calls.trains += floor->queued;
}

static void queue(struct floor *floor, unsigned kind)
{
	struct iovec *piece = &floor->out_piece[floor->queued++];

	*piece = (struct iovec){ (char *)floor->request[kind].bytes, floor->request[kind].n };
	floor->queued_of[kind]++;
}

static void flush(struct floor *floor)
{
	if (!floor->queued)
		return;
	floor->mode->send(floor);
	floor->calls.sent += floor->queued;
	floor->out += floor->queued;
	floor->queued = floor->queued_of[0] = floor->queued_of[1] = 0;
}

/* ---- in */

static void begin_one(struct floor *floor)
{
	if (floor->unbegun == 0)
		return;
	floor->unbegun--;
	queue(floor, floor->first);
}

static unsigned kind_of(const char *answer)
{
	return answer[8] == '2';
}

static void handle(struct floor *floor, const char *answer, size_t n)
{
	unsigned kind = kind_of(answer);

	floor->answer_n[kind] = n;
	if (kind == 0) {
		queue(floor, 1);
		return;
	}
	floor->done++;
	begin_one(floor);
}

/* What recvmmsg() has returned, and what it is answered with. */
static void handle_batch(struct floor *floor, int count)
{
	floor->calls.receive++;
	floor->calls.received += (unsigned)count;
	floor->out -= (unsigned)count;
	for (int i = 0; i < count; i++) {
		floor->in_header[i].msg_hdr.msg_namelen = sizeof(floor->from[i]);
		handle(floor, floor->in[i], floor->in_header[i].msg_len);
	}
	flush(floor);
}

static void receive_blocking(struct floor *floor, unsigned want, int flags)
{
	int count = recvmmsg(floor->fd, floor->in_header, want, flags, NULL);

	if (count <= 0)
		measure_die("no answer from the stub", count ? errno : ETIMEDOUT);
	handle_batch(floor, count);
}

/* Waits for a whole batch where one is under way, so that none is ever sent half full. */
static void receive_full(struct floor *floor)
{
	receive_blocking(floor, floor->out < BATCH ? floor->out : BATCH, 0);
}

static void receive_one(struct floor *floor)
{
	receive_blocking(floor, BATCH, MSG_WAITFORONE);
}

/* Takes what is there, in batches. Returns how many that were. */
static unsigned receive_there(struct floor *floor)
{
	unsigned all = 0;
	int count;

	do {
		count = recvmmsg(floor->fd, floor->in_header, BATCH, MSG_DONTWAIT, NULL);
		if (count < 0 && errno == EAGAIN)
			count = 0;
		must(count, "receive");
		handle_batch(floor, count);
		all += (unsigned)count;
	} while (count == BATCH);
	return all;
}

static void receive_poll(struct floor *floor)
{
	struct epoll_event event;

	floor->calls.wait++;
	if (epoll_wait(floor->epoll_fd, &event, 1, PATIENCE_S * 1000) != 1)
		measure_die("no answer from the stub", ETIMEDOUT);
	receive_there(floor);
}

static void receive_nap(struct floor *floor)
{
	const struct timespec nap = { .tv_nsec = NAP_US * 1000 };

	floor->calls.wait++;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	floor->silent_us = receive_there(floor) ? 0 : floor->silent_us + NAP_US;
	if (floor->silent_us > PATIENCE_S * 1000000)
		measure_die("no answer from the stub", ETIMEDOUT);
}

static void receive_single(struct floor *floor)
{
	socklen_t from_n = sizeof(floor->from[0]);
	ssize_t n = recvfrom(floor->fd, floor->in[0], MEASURE_MESSAGE_MAX, 0, &floor->from[0].any,
	                     &from_n);

	must(n, "no answer from the stub");
	floor->in_header[0].msg_len = (unsigned)n;
	handle_batch(floor, 1);
}

/* The bytes of the answer in front; 0: it has not come whole. All of a kind are of one length, and
 * none has a body. */
static size_t front_answer(const struct floor *floor, const char *front, size_t n)
{
	size_t known = n > 8 ? floor->answer_n[kind_of(front)] : 0;
	const char *end;

	if (known)
		return known <= n ? known : 0;
	end = memmem(front, n, "\r\n\r\n", 4);
	return end ? (size_t)(end - front) + 4 : 0;
}

static void receive_bytes(struct floor *floor, size_t want, int flags)
{
	ssize_t got = recv(floor->fd, floor->stream + floor->partial, want, flags);
	size_t left, n;
	char *front = floor->stream;

	if (got <= 0)
		measure_die("no answer from the stub", got ? errno : ECONNRESET);
	floor->calls.receive++;
	left = floor->partial + (size_t)got;
	for (; (n = front_answer(floor, front, left)); front += n, left -= n) {
		handle(floor, front, n);
		floor->calls.received++;
		floor->out--;
		if (floor->queued == floor->mode->batch)
			flush(floor);
	}
	memmove(floor->stream, front, left);
	floor->partial = left;
	flush(floor);
}

static void receive_stream(struct floor *floor)
{
	receive_bytes(floor, sizeof(floor->stream) - floor->partial, 0);
}

/* No more bytes than the answers have that are still to come, by the shorter kind. */
static void receive_stream_full(struct floor *floor)
{
	size_t first = floor->answer_n[0], each = floor->answer_n[1];
	unsigned count = floor->out < PIECES ? floor->out : PIECES;

	if (first && first < each)
		each = first;
	if ((!first && !floor->first) || count * each <= floor->partial)
		receive_stream(floor);
	else
		receive_bytes(floor, count * each - floor->partial, MSG_WAITALL);
}

/* ---- one thread */

static void run(struct floor *floor)
{
	for (unsigned i = 0; i < floor->window; i++) {
		begin_one(floor);
		if (floor->queued == floor->mode->batch)
			flush(floor);
	}
	flush(floor);
	while (floor->done < floor->total)
		floor->mode->receive(floor);
}

static void set_option(int fd, int level, int name, int value)
{
	must(setsockopt(fd, level, name, &value, sizeof(value)), "socket");
}

/* UDP: bound and unconnected as lineup's socket is, and waited for as that is. TCP: connected. */
static void open_socket(struct floor *floor)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct epoll_event event = { .events = EPOLLIN };
	int fd = socket(AF_INET, floor->mode->type | SOCK_CLOEXEC, 0);
	int room = ROOM_BYTES;

	must(fd, "socket");
	if (floor->mode->type == SOCK_STREAM) {
		must(connect(fd, &floor->to.any, sizeof(floor->to.v4)), "connect");
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	} else {
		must(bind(fd, (struct sockaddr *)&local, sizeof(local)), "bind");
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
			set_option(fd, SOL_SOCKET, SO_RCVBUF, room);
	}
	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "socket");
	floor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	must(floor->epoll_fd, "epoll");
	must(epoll_ctl(floor->epoll_fd, EPOLL_CTL_ADD, fd, &event), "epoll");
	floor->fd = fd;
}

static void prepare(struct floor *floor)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *in = &floor->in_header[i].msg_hdr;
		struct msghdr *out = &floor->out_header[i].msg_hdr;

		floor->in_piece[i] = (struct iovec){ floor->in[i], MEASURE_MESSAGE_MAX };
		in->msg_iov = &floor->in_piece[i];
		in->msg_name = &floor->from[i];
		in->msg_namelen = sizeof(floor->from[i]);
		out->msg_iov = &floor->out_piece[i];
		out->msg_name = &floor->to;
		out->msg_namelen = sizeof(floor->to.v4);
		in->msg_iovlen = out->msg_iovlen = 1;
		for (unsigned kind = 0; kind < 2; kind++)
			memcpy(floor->train[kind] + i * floor->request[kind].n,
			       floor->request[kind].bytes, floor->request[kind].n);
	}
}

static void *work(void *ctx)
{
	struct floor *floor = ctx;
	struct measure_cpu begun;

	measure_pin(floor->index);
	prepare(floor);
	open_socket(floor);
	pthread_barrier_wait(floor->together);
	measure_now(&begun);
	run(floor);
	measure_add(&floor->used, &begun);
	close(floor->epoll_fd);
	close(floor->fd);
	return NULL;
}

/* ---- all of them */

static const struct mode *mode_of(const char *name)
{
	static const struct mode modes[] = {
		{ "full", send_batch, receive_full, SOCK_DGRAM, BATCH },
		{ "one", send_batch, receive_one, SOCK_DGRAM, BATCH },
		{ "poll", send_batch, receive_poll, SOCK_DGRAM, BATCH },
		{ "nap", send_batch, receive_nap, SOCK_DGRAM, BATCH },
		{ "single", send_single, receive_single, SOCK_DGRAM, BATCH },
		{ "segment", send_segments, receive_poll, SOCK_DGRAM, BATCH },
		{ "segment-full", send_segments, receive_full, SOCK_DGRAM, BATCH },
		{ "segment-nap", send_segments, receive_nap, SOCK_DGRAM, BATCH },
		{ "tcp", send_stream, receive_stream, SOCK_STREAM, PIECES },
		{ "tcp-full", send_stream, receive_stream_full, SOCK_STREAM, PIECES },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	measure_die(name, EINVAL);
}

static void print_sum(const struct floor *floors, unsigned threads)
{
	struct measure_cpu used = { 0 };
	struct measure_calls calls = { 0 };
	uint64_t done = 0;
	char name[NAME_MAX], of[16] = "";

	for (unsigned i = 0; i < threads; i++) {
		measure_sum(&used, &floors[i].used);
		measure_sum_calls(&calls, &floors[i].calls);
		done += floors[i].done;
	}
	if (threads > 1)
		snprintf(of, sizeof(of), "-%u", threads);
	snprintf(name, sizeof(name), "floor-%s%s%s", floors->mode->name, of,
	         floors->first ? "-refresh" : "");
	measure_print_used(name, &used, done, &calls);
}

static _Noreturn void usage(void)
{
	measure_die("usage: bench_floor [--refresh] [--threads N] MODE ADDRESSES REGISTRATIONS "
	            "WINDOW FIRST SECOND",
	            EINVAL);
}

struct options {
	const struct mode *mode;
	const char *addresses;
	uint32_t total, window;
	unsigned threads, first;
};

/* All threads begin together; the first of them is this one. */
static void run_all(const struct options *options, const struct measure_message requests[2])
{
	struct floor *floors =
		aligned_alloc(MEASURE_APART, options->threads * sizeof(struct floor));
	pthread_barrier_t together;

	if (!floors)
		measure_die("memory", ENOMEM);
	memset(floors, 0, options->threads * sizeof(*floors));
	pthread_barrier_init(&together, NULL, options->threads);
	for (unsigned i = 0; i < options->threads; i++) {
		floors[i].mode = options->mode;
		floors[i].request = requests;
		floors[i].together = &together;
		floors[i].index = i;
		floors[i].to = measure_addr_of(options->addresses, i);
		floors[i].unbegun = floors[i].total = options->total / options->threads;
		floors[i].window = options->window;
		floors[i].first = options->first;
		if (i && pthread_create(&floors[i].thread, NULL, work, &floors[i]))
			measure_die("pthread_create", EAGAIN);
	}
	work(&floors[0]);
	for (unsigned i = 1; i < options->threads; i++)
		pthread_join(floors[i].thread, NULL);
	pthread_barrier_destroy(&together);
	print_sum(floors, options->threads);
	free(floors);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "refresh", no_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 't' },
		{ 0 },
	};
	static struct measure_message requests[2];
	struct options options = { .threads = 1 };
	int option;

	while ((option = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		if (option == 'r')
			options.first = 1;
		else if (option == 't')
			options.threads = measure_number(optarg, MEASURE_THREADS_MAX);
		else
			usage();
	}
	argv += optind;
	if (argc - optind != 6 || options.threads == 0)
		usage();
	options.mode = mode_of(argv[0]);
	options.addresses = argv[1];
	options.total = measure_number(argv[2], UINT32_MAX);
	options.window = measure_number(argv[3], 4096);
	measure_read(argv[4], &requests[0]);
	measure_read(argv[5], &requests[1]);
	run_all(&options, requests);
	return 0;
}
