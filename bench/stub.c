/* bench/stub.c: a registrar that costs next to nothing, for what is measured against it.
 *
 * answer.h says what it answers. With --verify it checks each answer to its challenge; that is for
 * proving that the clients do their work, not for measuring. For TCP and TLS: stream.c.
 *
 *   bench_stub [--cpu N] [--verify] [--algorithm MD5|SHA-256|SHA-512-256] [--expires S]
 *              [--most N [--503] [--policer]]
 *
 * With --most it takes its time: it completes no more than N registrations a second, QUEUE requests
 * may wait for it, and what is above is dropped, or answered with 503 (without Retry-After). With
 * --policer none waits: what LATE_MS has room for is answered at once, and the rest is too much. At
 * a SIGUSR2 it is down, as after a power cut: what comes is read and forgotten, as is what waits;
 * at the next one it is up again. It counts by the second (series.h).
 *
 * It stays on the second core, or on the one that --cpu says (from 0): clients begin with the
 * first.
 *
 * Prints its port, serves 127.0.0.1 until its parent ends or stops it, and then prints what it has
 * counted; at a SIGUSR1 what it has counted until then. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "measure.h"
#include "series.h"

#define BATCH       64
#define IN_MAX      2048
#define ROOM_BYTES  (16 << 20)
#define EMPTY_READS 2000 /* before it sleeps, so that no client pays for waking it up */
#define QUEUE       512  /* requests that wait, with --most */
#define LATE_MS     10   /* the longest that it makes up for when it was held up */

/* A request that waits to be served. */
struct waiting {
	struct sockaddr_in from;
	unsigned n;
	char bytes[IN_MAX];
};

struct stub {
	int fd;
	struct answerer answerer;
	uint64_t too_many;
	uint32_t most; /* registrations a second; 0: no limit */
	bool says_503, policer, down;
	struct series series;
	uint64_t next_us;      /* when it has done what it does */
	struct waiting *queue; /* a ring */
	unsigned queue_first, queue_n;
	struct mmsghdr in_header[BATCH], out_header[BATCH];
	struct iovec in_piece[BATCH], out_piece[BATCH];
	struct sockaddr_in from[BATCH];
	char in[BATCH][IN_MAX];
	char out[BATCH][ANSWER_MAX];
};

static volatile sig_atomic_t stopped, asked, switched;

static void on_signal(int signo)
{
	if (signo == SIGUSR1)
		asked = 1;
	else if (signo == SIGUSR2)
		switched = 1;
	else
		stopped = 1;
}

static void print_counts(const struct stub *stub)
{
	char text[512];
	struct buf counts = buf_over(text, sizeof(text));

	answerer_show(&stub->answerer, &counts);
	buf_end(&counts);
	printf("{%s, \"too_many\": %" PRIu64, text, stub->too_many);
	if (stub->most) {
		printf(", ");
		series_print(&stub->series);
	}
	printf("}\n");
	fflush(stdout);
}

/* Where the client's socket is full the rest is lost, as it would be on the net. */
static void send_batch(struct stub *stub, unsigned count)
{
	for (unsigned sent = 0; sent < count;) {
		int n = sendmmsg(stub->fd, stub->out_header + sent, count - sent, 0);

		sent += n > 0 ? (unsigned)n : 1;
	}
}

/* Has what came in place i answered with the next ones; too_many: that it cannot be served. */
static void answer(struct stub *stub, unsigned i, size_t n, bool too_many, unsigned *answers)
{
	struct slice text = answerer_answer(&stub->answerer, &stub->from[i],
	                                    slice_of(stub->in[i], n), too_many, stub->out[i]);
	struct msghdr *msg;

	if (!slice_present(text))
		return;
	msg = &stub->out_header[(*answers)++].msg_hdr;
	stub->out_piece[i] = (struct iovec){ (char *)(uintptr_t)text.p, text.n };
	msg->msg_iov = &stub->out_piece[i];
	msg->msg_name = &stub->from[i];
}

static void answer_batch(struct stub *stub, unsigned count)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < count; i++) {
		answer(stub, i, stub->in_header[i].msg_len, false, &answers);
		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
	}
	send_batch(stub, answers);
}

/* ---- with --most */

/* Takes the time for one request. False: it has none left. */
static bool take_time(struct stub *stub, uint64_t now_us)
{
	if (stub->next_us > now_us)
		return false;
	if (stub->next_us + LATE_MS * 1000 < now_us)
		stub->next_us = now_us - LATE_MS * 1000;
	stub->next_us += 500000 / stub->most; /* a registration has two requests */
	return true;
}

static void count_request(struct stub *stub, unsigned i)
{
	series_received(&stub->series, slice_of(stub->in[i], stub->in_header[i].msg_len),
	                !stub->down);
}

static void police_batch(struct stub *stub, unsigned count)
{
	uint64_t now_us = series_clock_us();
	unsigned answers = 0;

	for (unsigned i = 0; i < count; i++) {
		bool in_time = take_time(stub, now_us);

		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
		stub->too_many += !in_time;
		count_request(stub, i);
		if (in_time)
			series_served(&stub->series);
		if (in_time || stub->says_503)
			answer(stub, i, stub->in_header[i].msg_len, !in_time, &answers);
	}
	send_batch(stub, answers);
}

/* Has what came in wait; what there is no place for is told so, or not at all. */
static void enqueue_batch(struct stub *stub, unsigned count)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < count; i++) {
		struct waiting *place = &stub->queue[(stub->queue_first + stub->queue_n) % QUEUE];

		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
		count_request(stub, i);
		if (stub->queue_n == QUEUE) {
			stub->too_many++;
			if (stub->says_503)
				answer(stub, i, stub->in_header[i].msg_len, true, &answers);
			continue;
		}
		place->from = stub->from[i];
		place->n = stub->in_header[i].msg_len;
		memcpy(place->bytes, stub->in[i], place->n);
		stub->queue_n++;
	}
	send_batch(stub, answers);
}

/* Serves what it had the time for since the last call. */
static void serve_queue(struct stub *stub)
{
	uint64_t now_us = series_clock_us();
	unsigned answers = 0;

	if (!stub->queue_n && stub->next_us < now_us)
		stub->next_us = now_us;
	for (unsigned i = 0; i < BATCH && stub->queue_n && take_time(stub, now_us); i++) {
		const struct waiting *place = &stub->queue[stub->queue_first];

		stub->from[i] = place->from;
		memcpy(stub->in[i], place->bytes, place->n);
		answer(stub, i, place->n, false, &answers);
		series_served(&stub->series);
		stub->queue_first = (stub->queue_first + 1) % QUEUE;
		stub->queue_n--;
	}
	send_batch(stub, answers);
}

static void ignore_batch(struct stub *stub, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
		count_request(stub, i);
	}
}

/* What was asked for by a signal. */
static void mind_signals(struct stub *stub)
{
	if (switched) {
		switched = 0;
		stub->down = !stub->down;
		stub->queue_n = 0;
		series_return(&stub->series);
	}
	if (asked) {
		asked = 0;
		print_counts(stub);
	}
}

static void serve_slowly(struct stub *stub)
{
	struct pollfd poll_in = { .fd = stub->fd, .events = POLLIN };

	series_init(&stub->series);
	while (!stopped) {
		int count = recvmmsg(stub->fd, stub->in_header, BATCH, MSG_DONTWAIT, NULL);

		mind_signals(stub);
		if (count > 0 && stub->down)
			ignore_batch(stub, (unsigned)count);
		else if (count > 0 && stub->policer)
			police_batch(stub, (unsigned)count);
		else if (count > 0)
			enqueue_batch(stub, (unsigned)count);
		if (!stub->policer)
			serve_queue(stub);
		if (count <= 0)
			poll(&poll_in, 1, stub->queue_n ? 1 : 200);
	}
}

static void serve(struct stub *stub)
{
	struct pollfd poll_in = { .fd = stub->fd, .events = POLLIN };
	unsigned empty = 0;

	while (!stopped) {
		int count = recvmmsg(stub->fd, stub->in_header, BATCH, MSG_DONTWAIT, NULL);

		if (count > 0) {
			empty = 0;
			answer_batch(stub, (unsigned)count);
		} else if (++empty > EMPTY_READS) {
			poll(&poll_in, 1, 1000);
			empty = 0;
		}
		if (asked) {
			asked = 0;
			print_counts(stub);
		}
	}
}

static void prepare(struct stub *stub)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *in = &stub->in_header[i].msg_hdr;
		struct msghdr *out = &stub->out_header[i].msg_hdr;

		stub->in_piece[i] = (struct iovec){ stub->in[i], IN_MAX };
		in->msg_iov = &stub->in_piece[i];
		in->msg_name = &stub->from[i];
		in->msg_namelen = out->msg_namelen = sizeof(stub->from[i]);
		in->msg_iovlen = out->msg_iovlen = 1;
	}
}

static void open_socket(struct stub *stub)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t local_n = sizeof(local);
	int room = ROOM_BYTES;

	local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	stub->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (stub->fd < 0 || bind(stub->fd, (struct sockaddr *)&local, sizeof(local)) < 0 ||
	    getsockname(stub->fd, (struct sockaddr *)&local, &local_n) < 0)
		measure_die("socket", errno);
	if (setsockopt(stub->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(stub->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	printf("%u\n", ntohs(local.sin_port));
	fflush(stdout);
}

static enum digest_algorithm algorithm_of(const char *name)
{
	for (enum digest_algorithm a = DIGEST_MD5; a <= DIGEST_SHA_512_256; a++)
		if (strcmp(digest_algorithm_name(a, false), name) == 0)
			return a;
	measure_die(name, EINVAL);
}

/* Returns the core that it shall be on. */
static unsigned read_options(int argc, char **argv, struct stub *stub)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "verify", no_argument, NULL, 'v' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "expires", required_argument, NULL, 'e' },
		{ "most", required_argument, NULL, 'm' },
		{ "503", no_argument, NULL, '5' },
		{ "policer", no_argument, NULL, 'p' },
		{ 0 },
	};
	unsigned cpu = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'v')
			stub->answerer.verify = true;
		else if (option == 'c')
			cpu = measure_number(optarg, MEASURE_THREADS_MAX);
		else if (option == 'a')
			stub->answerer.algorithm = algorithm_of(optarg);
		else if (option == 'e')
			stub->answerer.expires_s = measure_number(optarg, 86400);
		else if (option == 'm')
			stub->most = measure_number(optarg, 1000000);
		else if (option == '5')
			stub->says_503 = true;
		else if (option == 'p')
			stub->policer = true;
		else
			measure_die("usage: bench_stub [--cpu N] [--verify] [--algorithm NAME] "
			            "[--expires S] [--most N [--503] [--policer]]",
			            EINVAL);
	}
	return cpu;
}

static void catch_signals(void)
{
	struct sigaction on = { .sa_handler = on_signal };

	sigaction(SIGTERM, &on, NULL);
	sigaction(SIGINT, &on, NULL);
	sigaction(SIGUSR1, &on, NULL);
	sigaction(SIGUSR2, &on, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

int main(int argc, char **argv)
{
	struct stub *stub = calloc(1, sizeof(*stub));
	int error;

	if (!stub)
		measure_die("memory", ENOMEM);
	stub->answerer.algorithm = DIGEST_MD5;
	measure_pin(read_options(argc, argv, stub));
	catch_signals();
	error = digest_new(&stub->answerer.digest);
	if (error)
		measure_die("digest", error);
	prepare(stub);
	open_socket(stub);
	if (stub->most) {
		stub->queue = calloc(QUEUE, sizeof(*stub->queue));
		if (!stub->queue)
			measure_die("memory", ENOMEM);
		serve_slowly(stub);
	} else {
		serve(stub);
	}
	print_counts(stub);
	close(stub->fd);
	digest_free(stub->answerer.digest);
	free(stub->queue);
	free(stub);
	return 0;
}
