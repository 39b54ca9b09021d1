/* bench/stream.c: the stub registrar for TCP and TLS: the same answers (answer.h) over connections
 * of net/stream.h. It sleeps while nothing comes, unlike the one for UDP.
 *
 *   bench_stream [--verify] [CERTIFICATE KEY]    with the two PEM files: TLS
 *
 * Prints its port, serves 127.0.0.1 until its parent ends or stops it, and then prints what it has
 * counted. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "answer.h"
#include "measure.h"
#include "net/stream.h"

#define FILE_MAX        65536
#define CONNECTIONS_MAX 64

struct stub {
	struct net *net;
	struct net_tls *tls; /* NULL: TCP */
	struct net_listener *listener;
	struct net_signal *stop;
	struct answerer answerer;
	struct connection {
		struct stub *stub;
		struct net_stream *stream; /* NULL: the place is free */
	} connections[CONNECTIONS_MAX];
};

static void on_message(void *ctx, struct slice bytes)
{
	struct connection *connection = ctx;
	const struct net_addr *from = net_stream_peer(connection->stream);
	char out[ANSWER_MAX];
	struct slice text =
		answerer_answer(&connection->stub->answerer, &from->v4, bytes, false, out);

	if (slice_present(text) && net_stream_send(connection->stream, text) < 0)
		measure_die("the client takes no answers", ENOBUFS);
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
		*connection = (struct connection){ stub, stream };
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

static struct slice read_file(const char *path, char bytes[FILE_MAX])
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		measure_die(path, errno);
	n = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	return slice_of(bytes, n);
}

static void take_certificate(struct stub *stub, const char *cert_path, const char *key_path)
{
	static char cert[FILE_MAX], key[FILE_MAX];
	int error = net_tls_new_server(read_file(cert_path, cert), read_file(key_path, key),
	                               SLICE_NONE, &stub->tls);

	if (error)
		measure_die(cert_path, error);
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
	net_free(stub->net);
	net_tls_free(stub->tls);
	digest_free(stub->answerer.digest);
}

int main(int argc, char **argv)
{
	static struct stub stub = { .answerer = { .algorithm = DIGEST_MD5 } };
	char text[512];
	struct buf counts = buf_over(text, sizeof(text));
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "--verify") == 0) {
		stub.answerer.verify = true;
		first = 2;
	}
	if (argc != first && argc != first + 2)
		measure_die("usage: bench_stream [--verify] [CERTIFICATE KEY]", EINVAL);
	if (argc == first + 2)
		take_certificate(&stub, argv[first], argv[first + 1]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	measure_pin(1);
	stub_open(&stub);
	net_run(stub.net);
	answerer_show(&stub.answerer, &counts);
	buf_end(&counts);
	printf("{%s}\n", text);
	stub_close(&stub);
	return 0;
}
