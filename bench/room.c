/* bench/room.c: the floor's work through net/ alone: what the loop, the copy into the outbox and
 * the calls back cost above the kernel, before any SIP is done.
 *
 *   bench_room ADDRESS REGISTRATIONS WINDOW FIRST-FILE SECOND-FILE */
#include <errno.h>
#include <stdio.h>

#include "measure.h"
#include "net/net.h"

#define MESSAGE_MAX 2048

struct room {
	struct net *net;
	struct net_udp *udp;
	struct net_addr to;
	char bytes[2][MESSAGE_MAX];
	size_t n[2];
	uint32_t unbegun, done, total;
};

static void send_request(struct room *room, unsigned kind)
{
	int error = net_udp_send(room->udp, &room->to, slice_of(room->bytes[kind], room->n[kind]));

	if (error)
		measure_die("send", error);
}

static void begin_one(struct room *room)
{
	if (room->unbegun == 0)
		return;
	room->unbegun--;
	send_request(room, 0);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct room *room = ctx;

	(void)from;
	if (bytes.n < 12)
		measure_die("answer", EBADMSG);
	if (bytes.p[8] != '2') {
		send_request(room, 1);
		return;
	}
	if (++room->done == room->total)
		net_stop(room->net);
	begin_one(room);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)sent;
	measure_die("stub", error);
}

static void on_silence(void *ctx)
{
	(void)ctx;
	measure_die("no answer from the stub", ETIMEDOUT);
}

static size_t read_message(const char *path, char bytes[MESSAGE_MAX])
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		measure_die(path, errno);
	n = fread(bytes, 1, MESSAGE_MAX, file);
	fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	static const struct net_udp_handler handler = { on_datagram, on_error, NULL };
	static struct room room;
	struct net_timer *patience;
	struct net_addr any = { .v4 = { .sin_family = AF_INET } };
	struct net_udp_stats stats;
	struct measure_cpu begun;
	uint32_t window;
	int error;

	if (argc != 6)
		measure_die("usage: bench_room ADDRESS REGISTRATIONS WINDOW FIRST SECOND", EINVAL);
	room.to = measure_addr(argv[1]);
	room.unbegun = room.total = measure_number(argv[2], UINT32_MAX);
	window = measure_number(argv[3], 4096);
	room.n[0] = read_message(argv[4], room.bytes[0]);
	room.n[1] = read_message(argv[5], room.bytes[1]);
	if ((error = net_new(&room.net)) ||
	    (error = net_udp_open(room.net, &any, &handler, &room, &room.udp)) ||
	    (error = net_timer_new(room.net, on_silence, NULL, &patience)))
		measure_die("net", error);
	measure_pin(0);
	net_timer_set(patience, net_now_ms(room.net) + 60000);
	measure_now(&begun);
	for (unsigned i = 0; i < window; i++)
		begin_one(&room);
	error = net_run(room.net);
	net_udp_stats(room.udp, &stats);
	measure_print("room", &begun, room.total, stats.calls_send + stats.calls_receive);
	net_timer_free(patience);
	net_udp_close(room.udp);
	net_free(room.net);
	return error ? 2 : 0;
}
