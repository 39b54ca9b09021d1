/* bench/stream.c: the stub registrar for TCP and TLS: the same answers (answer.h) over connections
 * of net/stream.h. It sleeps while nothing comes, unlike the one for UDP.
 *
 *   bench_stream [--verify | --most N] [CERTIFICATE KEY]    with the two PEM files: TLS
 *
 * With --most it takes its time, as stub.c does: it completes no more than N registrations a
 * second, WAITING requests may wait for it, and what is above is answered with 503. At a SIGUSR2 it
 * ends all connections; at a SIGUSR1 it prints what it has counted until then.
 *
 * Prints its port, serves 127.0.0.1 until its parent ends or stops it, and then prints what it has
 * counted. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "answer.h"
#include "measure.h"
#include "net/stream.h"
#include "series.h"

#define CONNECTIONS_MAX 64
#define WAITING         512 /* answers that wait for their time, with --most */

struct stub {
	struct net *net;
	struct net_tls *tls; /* NULL: TCP */
	struct net_listener *listener;
	struct net_signal *stop, *ask, *cut;
	struct answerer answerer;
	struct connection {
		struct stub *stub;
		struct net_stream *stream; /* NULL: the place is free */
		uint32_t turn;             /* how often the place was taken */
	} connections[CONNECTIONS_MAX];
	/* with --most */
	uint32_t most; /* registrations a second; 0: no limit */
	uint64_t too_many;
	uint64_t free_us; /* when it has done what waits */
	struct series series;
	struct net_timer *timer; /* the next answer's */
	struct waiting {         /* a ring */
		struct connection *connection;
		uint32_t turn;
		uint64_t at_ms;
		size_t n;
		char bytes[ANSWER_MAX];
	} * waiting;
	unsigned waiting_first, waiting_n;
};

static void put_out(struct connection *connection, struct slice text)
{
	if (slice_present(text) && net_stream_send(connection->stream, text) < 0)
		measure_die("the client takes no answers", ENOBUFS);
}

/* ---- with --most */

static void on_time(void *ctx)
{
	struct stub *stub = ctx;
	uint64_t now_ms = net_now_ms(stub->net);

	while (stub->waiting_n) {
		struct waiting *one = &stub->waiting[stub->waiting_first];

		if (one->at_ms > now_ms) {
			net_timer_set(stub->timer, one->at_ms);
			return;
		}
		if (one->connection->stream && one->connection->turn == one->turn) {
			put_out(one->connection, slice_of(one->bytes, one->n));
			series_served(&stub->series);
		}
		stub->waiting_first = (stub->waiting_first + 1) % WAITING;
		stub->waiting_n--;
	}
}

/* Has the answer wait until what came before is done. */
static void take_time(struct stub *stub, struct connection *connection, struct slice request)
{
	const struct net_addr *from = net_stream_peer(connection->stream);
	uint64_t now_ms = net_now_ms(stub->net), each_us = 500000 / stub->most;
	char out[ANSWER_MAX];
	struct waiting *one;
	struct slice text;

	series_received(&stub->series, request, true);
	if (stub->waiting_n == WAITING) {
		stub->too_many++;
		put_out(connection,
		        answerer_answer(&stub->answerer, &from->v4, request, true, out));
		return;
	}
	text = answerer_answer(&stub->answerer, &from->v4, request, false, out);
	if (!slice_present(text))
		return;
	if (stub->free_us < now_ms * 1000)
		stub->free_us = now_ms * 1000;
	stub->free_us += each_us;
	one = &stub->waiting[(stub->waiting_first + stub->waiting_n++) % WAITING];
	one->connection = connection;
	one->turn = connection->turn;
	one->at_ms = stub->free_us / 1000;
	one->n = text.n;
	memcpy(one->bytes, text.p, text.n);
	if (stub->waiting_n == 1)
		net_timer_set(stub->timer, one->at_ms);
}

static void print_counts(const struct stub *stub)
{
	char text[512];
	struct buf counts = buf_over(text, sizeof(text));

	answerer_show(&stub->answerer, &counts);
	buf_end(&counts);
	printf("{%s", text);
	if (stub->most) {
		printf(", \"too_many\": %" PRIu64 ", ", stub->too_many);
		series_print(&stub->series);
	}
	printf("}\n");
	fflush(stdout);
}

static void on_ask(void *ctx, int signo)
{
	(void)signo;
	print_counts(ctx);
}

static void on_cut(void *ctx, int signo)
{
	struct stub *stub = ctx;

	(void)signo;
	for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
		net_stream_close(stub->connections[i].stream);
		stub->connections[i].stream = NULL;
	}
	series_return(&stub->series);
}

static void take_limit(struct stub *stub)
{
	int error = net_timer_new(stub->net, on_time, stub, &stub->timer);

	stub->waiting = calloc(WAITING, sizeof(*stub->waiting));
	if (!stub->waiting)
		error = ENOMEM;
	if (error || (error = net_signal_new(stub->net, SIGUSR1, on_ask, stub, &stub->ask)) ||
	    (error = net_signal_new(stub->net, SIGUSR2, on_cut, stub, &stub->cut)))
		measure_die("net", error);
	series_init(&stub->series);
}

/* ---- connections */

static void on_message(void *ctx, struct slice bytes)
{
	struct connection *connection = ctx;
	const struct net_addr *from = net_stream_peer(connection->stream);
	struct stub *stub = connection->stub;
	char out[ANSWER_MAX];

	if (stub->most)
		take_time(stub, connection, bytes);
	else
		put_out(connection, answerer_answer(&stub->answerer, &from->v4, bytes, false, out));
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	struct connection *connection = ctx;

	(void)end;
	net_stream_close(connection->stream);
	connection->stream = NULL;
}

static void on_accept(void *ctx, struct net_stream *stream)
{
	static const struct net_stream_handler handler = { .message = on_message,
		                                           .closed = on_closed };
	struct stub *stub = ctx;

	for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &stub->connections[i];

		if (connection->stream)
			continue;
		*connection = (struct connection){ stub, stream, connection->turn + 1 };
		net_stream_handle(stream, &handler, connection);
		return;
	}
	net_stream_close(stream);
}

static void on_stop(void *ctx, int signo)
{
	struct stub *stub = ctx;

	(void)signo;
	net_stop(stub->net);
}

static void stub_open(struct stub *stub)
{
	struct net_addr local = { .v4 = { .sin_family = AF_INET } };
	int error = net_new(&stub->net);

	local.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (error || (error = digest_new(&stub->answerer.digest)) ||
	    (error = net_signal_new(stub->net, SIGTERM, on_stop, stub, &stub->stop)) ||
	    (error = net_listener_open(stub->net, &local, stub->tls, on_accept, stub,
	                               &stub->listener)))
		measure_die("net", error);
	printf("%u\n", net_addr_port(net_listener_local(stub->listener)));
	fflush(stdout);
}

static void stub_close(struct stub *stub)
{
	for (unsigned i = 0; i < CONNECTIONS_MAX; i++)
		net_stream_close(stub->connections[i].stream);
	net_listener_close(stub->listener);
	net_signal_free(stub->stop);
	if (stub->most) {
		net_signal_free(stub->ask);
		net_signal_free(stub->cut);
		net_timer_free(stub->timer);
		free(stub->waiting);
	}
	net_free(stub->net);
	net_tls_free(stub->tls);
	digest_free(stub->answerer.digest);
}

int main(int argc, char **argv)
{
	static struct stub stub = { .answerer = { .algorithm = DIGEST_MD5 } };
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "--verify") == 0) {
		stub.answerer.verify = true;
		first = 2;
	} else if (argc > 2 && strcmp(argv[1], "--most") == 0) {
		stub.most = measure_number(argv[2], 500000);
		first = 3;
	}
	if (argc != first && argc != first + 2)
		measure_die("usage: bench_stream [--verify | --most N] [CERTIFICATE KEY]", EINVAL);
	if (argc == first + 2)
		stub.tls = measure_server_tls(argv[first], argv[first + 1]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	measure_pin(1);
	stub_open(&stub);
	if (stub.most)
		take_limit(&stub);
	net_run(stub.net);
	print_counts(&stub);
	stub_close(&stub);
	return 0;
}
