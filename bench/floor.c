/* bench/floor.c: what the kernel takes for the datagrams of a registration, and nothing else.
 *
 * Sends the two REGISTERs that lineup was seen to send, byte for byte, and reads the stub's answers
 * without looking at more than the status. What this costs no client can go below.
 *
 *   batch    up to 64 datagrams in a call of the kernel, 64 read before any is answered
 *   single   one call for each datagram
 *   segment  as batch, but a run of equal datagrams is handed over in one piece (UDP_SEGMENT)
 *   refresh  as batch, but only the second REGISTER and its answer
 *
 *   bench_floor MODE ADDRESS REGISTRATIONS WINDOW FIRST-FILE SECOND-FILE */
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "measure.h"

#define BATCH       64
#define MESSAGE_MAX 2048
#define ROOM_BYTES  (16 << 20)

struct message {
	char bytes[MESSAGE_MAX];
	size_t n;
};

struct floor {
	int fd;
	struct net_addr to;
	struct message request[2]; /* without and with credentials */
	uint32_t unbegun, done, total;
	unsigned first; /* of the two, the one to begin with */
	uint32_t out;   /* datagrams without an answer */
	uint64_t calls;
	uint64_t answer_bytes[2];
	unsigned queued;
	unsigned queued_of[2];
	struct mmsghdr in_header[BATCH], out_header[BATCH];
	struct iovec in_piece[BATCH], out_piece[BATCH];
	struct net_addr from[BATCH];
	char in[BATCH][MESSAGE_MAX];
	char train[2][BATCH * MESSAGE_MAX]; /* the same request over and over */
};

struct mode {
	const char *name;
	void (*send)(struct floor *floor);
	unsigned (*receive)(struct floor *floor);
	unsigned first; /* the request that a registration begins with */
};

static void must_send(ssize_t sent)
{
	if (sent < 0)
		measure_die("send", errno);
}

static void send_batch(struct floor *floor)
{
	for (unsigned sent = 0; sent < floor->queued;) {
		int n = sendmmsg(floor->fd, floor->out_header + sent, floor->queued - sent, 0);

		floor->calls++;
		must_send(n);
		sent += (unsigned)n;
	}
}

static void send_single(struct floor *floor)
{
	for (unsigned i = 0; i < floor->queued; i++) {
		const struct iovec *piece = &floor->out_piece[i];

		must_send(sendto(floor->fd, piece->iov_base, piece->iov_len, 0, &floor->to.any,
		                 sizeof(floor->to.v4)));
		floor->calls++;
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
			must_send(sendmsg(floor->fd, &msg, 0));
			floor->calls++;
			left -= count;
		}
	}
}

/* Waits for a whole batch where one is under way, so that none is ever sent half full. */
static unsigned receive_batch(struct floor *floor)
{
	unsigned want = floor->out < BATCH ? floor->out : BATCH;
	int count = recvmmsg(floor->fd, floor->in_header, want, 0, NULL);

	floor->calls++;
	if (count <= 0)
		measure_die("no answer from the stub", count ? errno : ETIMEDOUT);
	for (int i = 0; i < count; i++)
		floor->in_header[i].msg_hdr.msg_namelen = sizeof(floor->from[i]);
	return (unsigned)count;
}

static unsigned receive_single(struct floor *floor)
{
	socklen_t from_n = sizeof(floor->from[0]);
	ssize_t n = recvfrom(floor->fd, floor->in[0], MESSAGE_MAX, 0, &floor->from[0].any, &from_n);

	floor->calls++;
	if (n < 0)
		measure_die("no answer from the stub", errno);
	floor->in_header[0].msg_len = (unsigned)n;
	return 1;
}

static void queue(struct floor *floor, unsigned kind)
{
	floor->out_piece[floor->queued].iov_base = floor->request[kind].bytes;
	floor->out_piece[floor->queued].iov_len = floor->request[kind].n;
	floor->queued++;
	floor->queued_of[kind]++;
}

static void flush(struct floor *floor, const struct mode *mode)
{
	mode->send(floor);
	floor->out += floor->queued;
	floor->queued = floor->queued_of[0] = floor->queued_of[1] = 0;
}

static void begin_one(struct floor *floor)
{
	if (floor->unbegun == 0)
		return;
	floor->unbegun--;
	queue(floor, floor->first);
}

static void handle(struct floor *floor, unsigned i)
{
	unsigned kind = floor->in[i][8] == '2';

	floor->answer_bytes[kind] += floor->in_header[i].msg_len;
	if (kind == 0) {
		queue(floor, 1);
		return;
	}
	floor->done++;
	begin_one(floor);
}

static void run(struct floor *floor, const struct mode *mode, unsigned window)
{
	for (unsigned i = 0; i < window; i++) {
		begin_one(floor);
		if (floor->queued == BATCH)
			flush(floor, mode);
	}
	flush(floor, mode);
	while (floor->done < floor->total) {
		unsigned count = mode->receive(floor);

		floor->out -= count;
		for (unsigned i = 0; i < count; i++)
			handle(floor, i);
		if (floor->queued)
			flush(floor, mode);
	}
}

static void read_message(const char *path, struct message *ret_message)
{
	FILE *file = fopen(path, "r");

	if (!file)
		measure_die(path, errno);
	ret_message->n = fread(ret_message->bytes, 1, MESSAGE_MAX, file);
	fclose(file);
	if (ret_message->n == 0 || ret_message->n == MESSAGE_MAX)
		measure_die(path, EMSGSIZE);
}

/* Bound and unconnected as lineup's socket is. */
static int open_socket(void)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int room = ROOM_BYTES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)
		measure_die("socket", errno);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void prepare(struct floor *floor)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *in = &floor->in_header[i].msg_hdr;
		struct msghdr *out = &floor->out_header[i].msg_hdr;

		floor->in_piece[i] = (struct iovec){ floor->in[i], MESSAGE_MAX };
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

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "batch", send_batch, receive_batch, 0 },
		{ "single", send_single, receive_single, 0 },
		{ "segment", send_segments, receive_batch, 0 },
		{ "refresh", send_batch, receive_batch, 1 },
	};
	struct floor *floor = calloc(1, sizeof(*floor));
	const struct mode *mode = NULL;
	struct measure_cpu begun;
	uint32_t window;
	char name[32];

	if (argc != 7 || !floor)
		measure_die("usage: bench_floor MODE ADDRESS REGISTRATIONS WINDOW FIRST SECOND",
		            EINVAL);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, argv[1]) == 0)
			mode = &modes[i];
	if (!mode)
		measure_die(argv[1], EINVAL);
	floor->to = measure_addr(argv[2]);
	floor->unbegun = floor->total = measure_number(argv[3], UINT32_MAX);
	window = measure_number(argv[4], 4096);
	read_message(argv[5], &floor->request[0]);
	read_message(argv[6], &floor->request[1]);
	floor->first = mode->first;
	prepare(floor);
	floor->fd = open_socket();
	measure_pin(0);
	measure_now(&begun);
	run(floor, mode, window);
	snprintf(name, sizeof(name), "floor-%s", mode->name);
	measure_print(name, &begun, floor->total, floor->calls);
	fprintf(stderr, "sizes: %zu %.0f %zu %.0f\n", floor->request[0].n,
	        (double)floor->answer_bytes[0] / floor->total, floor->request[1].n,
	        (double)floor->answer_bytes[1] / floor->total);
	free(floor);
	return 0;
}
