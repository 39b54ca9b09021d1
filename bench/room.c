/* bench/room.c: the floor's work through net/ alone: what the loop, the copy into the outbox and
 * the calls back cost above the kernel, before any SIP is done.
 *
 *   bench_room ADDRESS REGISTRATIONS WINDOW FIRST-FILE SECOND-FILE */
#include <errno.h>
#include <stdio.h>

#include "measure.h"
#include "net/net.h"

struct room {
	struct net *net;
	struct net_udp *udp;
	struct net_addr to;
	struct measure_message request[2];
	uint32_t unbegun, done, total;
};

static void send_request(struct room *room, unsigned kind)
{
	int error = net_udp_send(room->udp, &room->to,
	                         slice_of(room->request[kind].bytes, room->request[kind].n));

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
	measure_read(argv[4], &room.request[0]);
	measure_read(argv[5], &room.request[1]);
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
	measure_print("room", &begun, room.total,
	              &(struct measure_calls){ .send = stats.calls_send,
	                                       .receive = stats.calls_receive,
	                                       .sent = stats.sent,
	                                       .received = stats.received,
	                                       .trains = stats.trains });
	net_timer_free(patience);
	net_udp_close(room.udp);
	net_free(room.net);
	return error ? 2 : 0;
}
