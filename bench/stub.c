/* bench/stub.c: a registrar that costs next to nothing, for what is measured against it.
 *
 * It challenges a REGISTER without credentials and grants one with them, copies what an answer must
 * copy and looks at nothing else. With --verify it checks each answer to its challenge; that is for
 * proving that the clients do their work, not for measuring.
 *
 *   bench_stub [--verify] [--algorithm MD5|SHA-256|SHA-512-256] [--most N [--503]]
 *
 * With --most it takes its time: it completes no more than N registrations a second, QUEUE requests
 * may wait for it, and what is above is dropped, or answered with 503 (without Retry-After).
 *
 * Prints its port, serves 127.0.0.1 until its parent ends or stops it, and then prints what it has
 * counted. */
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
#include <time.h>
#include <unistd.h>

#include "digest/digest.h"
#include "measure.h"

#define BATCH       64
#define IN_MAX      2048
#define OUT_MAX     2048
#define STATUS_MAX  32 /* bytes before the headers where the status line goes */
#define ROOM_BYTES  (16 << 20)
#define EMPTY_READS 2000 /* before it sleeps, so that no client pays for waking it up */
#define REALM       "bench"
#define PASSWORD    "secret" /* of every line */
#define QUEUE       512      /* requests that wait, with --most */
#define LATE_MS     10       /* the longest that it makes up for when it was held up */
#define ADDED_MAX   400      /* bytes of an answer that are not copied from the request */

/* A request that waits to be served. */
struct waiting {
	struct sockaddr_in from;
	unsigned n;
	char bytes[IN_MAX];
};

struct stub {
	int fd;
	bool verify;
	enum digest_algorithm algorithm;
	struct digest *digest;
	uint64_t nonces, challenged, granted, wrong, too_many;
	uint32_t most; /* registrations a second; 0: no limit */
	bool says_503;
	uint64_t next_us;      /* when it has done what it does */
	struct waiting *queue; /* a ring */
	unsigned queue_first, queue_n;
	struct sockaddr_in seen; /* whom seen_text shows */
	char seen_text[64];      /* "=5060;received=127.0.0.1": for the Via */
	size_t seen_text_n;
	struct mmsghdr in_header[BATCH], out_header[BATCH];
	struct iovec in_piece[BATCH], out_piece[BATCH];
	struct sockaddr_in from[BATCH];
	char in[BATCH][IN_MAX];
	char out[BATCH][OUT_MAX];
};

static volatile sig_atomic_t stopped;

static void on_stop(int signo)
{
	(void)signo;
	stopped = 1;
}

static void show_seen(struct stub *stub, const struct sockaddr_in *from)
{
	struct net_addr addr = { .v4 = *from };
	struct buf text = buf_over(stub->seen_text, sizeof(stub->seen_text));

	if (memcmp(from, &stub->seen, sizeof(*from)) == 0)
		return;
	stub->seen = *from;
	buf_char(&text, '=');
	buf_u64(&text, net_addr_port(&addr));
	buf_str(&text, ";received=");
	net_addr_show_host(&addr, &text);
	stub->seen_text_n = text.n;
}

/* The Via with what RFC 3581 section 4 fills in. */
static char *put_via(const struct stub *stub, char *at, const char *line, size_t n)
{
	const char *rport = memmem(line, n, ";rport", 6);
	size_t front = rport ? (size_t)(rport - line) + 6 : n;

	memcpy(at, line, front);
	at += front;
	if (!rport || line[front] == '=')
		return at;
	memcpy(at, stub->seen_text, stub->seen_text_n);
	at += stub->seen_text_n;
	memcpy(at, line + front, n - front);
	return at + n - front;
}

static char *put(char *at, struct slice text)
{
	memcpy(at, text.p, text.n);
	return at + text.n;
}

static bool right_answer(struct stub *stub, struct slice value)
{
	struct digest_credentials credentials;
	struct digest_ha1 ha1;

	return digest_credentials_parse(value, &credentials) == PARSE_OK &&
	       slice_equal(credentials.realm, SLICE(REALM)) &&
	       credentials.algorithm == stub->algorithm &&
	       digest_ha1(stub->digest, stub->algorithm, credentials.user, credentials.realm,
	                  SLICE(PASSWORD), &ha1) == 0 &&
	       digest_verify(stub->digest, &credentials, &ha1, SLICE("REGISTER"), SLICE(""));
}

/* Copies the headers that every response repeats (RFC 3261 8.2.6.2), and the Contact where there
 * are credentials; *ret_end is behind them. */
static bool copy_headers(struct stub *stub, const char *in, size_t n, char *at,
                         struct slice *ret_credentials, char **ret_end)
{
	static const struct slice authorization = SLICE("Authorization: ");
	struct slice contact = SLICE_NONE;
	const char *end = in + n;

	*ret_credentials = SLICE_NONE;
	for (const char *line = in, *next; line < end; line = next) {
		size_t line_n;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		line_n = (size_t)(next - line);
		if (line_n < 3)
			break;
		if (line[0] == 'V') {
			at = put_via(stub, at, line, line_n);
		} else if (line[0] == 'F' ||
		           (line[0] == 'C' && (line[1] == 'S' || line[1] == 'a'))) {
			at = put(at, slice_of(line, line_n));
		} else if (line[0] == 'T') {
			at = put(at, slice_of(line, line_n - 2));
			at = put(at, SLICE(";tag=stub\r\n"));
		} else if (line[0] == 'C' && line[1] == 'o' && line[4] == 'a') {
			contact = slice_of(line, line_n - 2);
		} else if (line[0] == 'A' && line_n > authorization.n + 2) {
			*ret_credentials =
				slice_of(line + authorization.n, line_n - authorization.n - 2);
		}
	}
	if (slice_present(*ret_credentials) && slice_present(contact)) {
		at = put(at, contact);
		at = put(at, SLICE(";expires=3600\r\n"));
	}
	*ret_end = at;
	return slice_present(contact);
}

static char *put_challenge(struct stub *stub, char *at)
{
	char nonce[17];
	struct buf digits = buf_over(nonce, sizeof(nonce));

	buf_hex_u64(&digits, ++stub->nonces, 16);
	at = put(at, SLICE("WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"5d2e8a1f"));
	at = put(at, buf_slice(&digits));
	at = put(at, SLICE("c07b94e6\", algorithm="));
	at = put(at, slice_str(digest_algorithm_name(stub->algorithm, false)));
	return put(at, SLICE(", qop=\"auth\"\r\n"));
}

/* Writes the answer to one request into out; too_many: that it cannot be served. Returns false
 * where it is none that has an answer. */
static bool answer(struct stub *stub, unsigned i, size_t n, bool too_many)
{
	char *headers = stub->out[i] + STATUS_MAX, *at = headers;
	struct slice credentials, status = SLICE("SIP/2.0 200 OK\r\n");

	if (n + ADDED_MAX > OUT_MAX)
		return false;
	show_seen(stub, &stub->from[i]);
	if (!copy_headers(stub, stub->in[i], n, at, &credentials, &at))
		return false;
	if (too_many) {
		status = SLICE("SIP/2.0 503 Unavailable\r\n");
	} else if (!slice_present(credentials)) {
		status = SLICE("SIP/2.0 401 Unauthorized\r\n");
		at = put_challenge(stub, at);
		stub->challenged++;
	} else if (stub->verify && !right_answer(stub, credentials)) {
		status = SLICE("SIP/2.0 403 Forbidden\r\n");
		stub->wrong++;
	} else {
		stub->granted++;
	}
	at = put(at, SLICE("Content-Length: 0\r\n\r\n"));
	memcpy(headers - status.n, status.p, status.n);
	stub->out_piece[i].iov_base = headers - status.n;
	stub->out_piece[i].iov_len = (size_t)(at - headers) + status.n;
	return true;
}

/* Where the client's socket is full the rest is lost, as it would be on the net. */
static void send_batch(struct stub *stub, unsigned count)
{
	for (unsigned sent = 0; sent < count;) {
		int n = sendmmsg(stub->fd, stub->out_header + sent, count - sent, 0);

		sent += n > 0 ? (unsigned)n : 1;
	}
}

/* Has the answer that was written in place i sent with the next ones. */
static void put_out(struct stub *stub, unsigned i, unsigned *answers)
{
	struct msghdr *msg = &stub->out_header[(*answers)++].msg_hdr;

	msg->msg_iov = &stub->out_piece[i];
	msg->msg_name = &stub->from[i];
}

static void answer_batch(struct stub *stub, unsigned count)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < count; i++) {
		if (answer(stub, i, stub->in_header[i].msg_len, false))
			put_out(stub, i, &answers);
		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
	}
	send_batch(stub, answers);
}

/* ---- with --most */

static uint64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Has what came in wait; what there is no place for is told so, or not at all. */
static void enqueue_batch(struct stub *stub, unsigned count)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < count; i++) {
		struct waiting *place = &stub->queue[(stub->queue_first + stub->queue_n) % QUEUE];

		stub->in_header[i].msg_hdr.msg_namelen = sizeof(stub->from[i]);
		if (stub->queue_n == QUEUE) {
			stub->too_many++;
			if (stub->says_503 && answer(stub, i, stub->in_header[i].msg_len, true))
				put_out(stub, i, &answers);
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
	const uint64_t each_us = 500000 / stub->most; /* a registration has two requests */
	uint64_t now_us = clock_us();
	unsigned answers = 0;

	if (stub->next_us + LATE_MS * 1000 < now_us)
		stub->next_us = now_us - (stub->queue_n ? LATE_MS * 1000 : 0);
	for (unsigned i = 0; i < BATCH && stub->queue_n && stub->next_us <= now_us; i++) {
		const struct waiting *place = &stub->queue[stub->queue_first];

		stub->next_us += each_us;
		stub->from[i] = place->from;
		memcpy(stub->in[i], place->bytes, place->n);
		if (answer(stub, i, place->n, false))
			put_out(stub, i, &answers);
		stub->queue_first = (stub->queue_first + 1) % QUEUE;
		stub->queue_n--;
	}
	send_batch(stub, answers);
}

static void serve_slowly(struct stub *stub)
{
	struct pollfd poll_in = { .fd = stub->fd, .events = POLLIN };

	while (!stopped) {
		int count = recvmmsg(stub->fd, stub->in_header, BATCH, MSG_DONTWAIT, NULL);

		if (count > 0)
			enqueue_batch(stub, (unsigned)count);
		serve_queue(stub);
		if (count <= 0)
			poll(&poll_in, 1, stub->queue_n ? 1 : 1000);
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

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "verify", no_argument, NULL, 'v' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "most", required_argument, NULL, 'm' },
		{ "503", no_argument, NULL, '5' },
		{ 0 },
	};
	struct stub *stub = calloc(1, sizeof(*stub));
	struct sigaction stop = { .sa_handler = on_stop };
	int option, error;

	if (!stub)
		measure_die("memory", ENOMEM);
	stub->algorithm = DIGEST_MD5;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'v')
			stub->verify = true;
		else if (option == 'a')
			stub->algorithm = algorithm_of(optarg);
		else if (option == 'm')
			stub->most = measure_number(optarg, 1000000);
		else if (option == '5')
			stub->says_503 = true;
		else
			measure_die("usage: bench_stub [--verify] [--algorithm NAME] [--most N "
			            "[--503]]",
			            EINVAL);
	}
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	measure_pin(1);
	error = digest_new(&stub->digest);
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
	printf("{\"challenged\": %" PRIu64 ", \"granted\": %" PRIu64 ", \"wrong\": %" PRIu64
	       ", \"too_many\": %" PRIu64 "}\n",
	       stub->challenged, stub->granted, stub->wrong, stub->too_many);
	close(stub->fd);
	digest_free(stub->digest);
	free(stub->queue);
	free(stub);
	return 0;
}
