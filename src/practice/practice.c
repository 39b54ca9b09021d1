/* practice/practice.c: the registrar on a socket: datagrams in, answers out, and a timer for the
 * bindings that nobody refreshes. */
#include "practice/practice.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "net/issue.h"
#include "practice/registrar.h"
#include "practice/streams.h"

#define PORT_TRIES   16       /* for a port that is free for UDP and TCP alike */
#define ISSUED_FOR_S 31536000 /* a year */

struct practice {
	struct net *net;
	struct net_udp *udp;
	struct net_udp *other; /* another port, for answers that nobody expects; NULL: not needed */
	struct practice_streams *streams;
	struct net_tls *tls; /* NULL: no TLS */
	struct net_issued authority;
	struct net_timer *timer;
	struct practice_core *core;
	struct practice_handler handler;
	void *ctx;
};

static void trace(const struct practice *practice, enum practice_way way,
                  const struct net_addr *peer, const char *transport, struct slice bytes)
{
	if (practice->handler.trace)
		practice->handler.trace(practice->ctx, way, peer, transport ? transport : "udp",
		                        bytes);
}

static void send_answer(const struct practice *practice, const struct practice_sending *sending,
                        struct slice answer)
{
	trace(practice, PRACTICE_OUT, &sending->to, sending->transport, answer);
	if (sending->flow) {
		practice_streams_send(practice->streams, sending->flow, answer);
		return;
	}
	net_udp_send(sending->port == PRACTICE_OTHER_PORT ? practice->other : practice->udp,
	             &sending->to, answer);
}

static void take_in(struct practice *practice, uint64_t flow, const char *transport,
                    const struct net_addr *from, struct slice bytes)
{
	const struct practice_request request = {
		.from = *from,
		.flow = flow,
		.transport = transport,
		.bytes = bytes,
		.now_ms = net_now_ms(practice->net),
		.wall_ms = net_wall_ms(practice->net),
	};
	char memory[NET_SEND_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));
	struct practice_sending sending;

	trace(practice, PRACTICE_IN, from, transport, bytes);
	if (practice_answer(practice->core, &request, &out, &sending))
		send_answer(practice, &sending, buf_slice(&out));
	net_timer_set(practice->timer, practice_next_ms(practice->core));
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	take_in(ctx, 0, NULL, from, bytes);
}

static void on_stream(void *ctx, uint64_t flow, const char *transport, const struct net_addr *from,
                      struct slice bytes)
{
	take_in(ctx, flow, transport, from, bytes);
}

/* A client that went away before its answer came is nobody's trouble but its own. */
static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)error;
	(void)sent;
}

/* What is said to the other port is not heard. */
static void on_stray(void *ctx, const struct net_addr *from, struct slice bytes)
{
	(void)ctx;
	(void)from;
	(void)bytes;
}

static void on_time(void *ctx)
{
	struct practice *practice = ctx;
	const uint64_t now_ms = net_now_ms(practice->net);
	char memory[NET_SEND_MAX + 1];
	struct practice_sending sending;

	practice_expire(practice->core, now_ms);
	for (;;) {
		struct buf out = buf_over(memory, sizeof(memory));

		if (!practice_take_due(practice->core, now_ms, &out, &sending))
			break;
		send_answer(practice, &sending, buf_slice(&out));
	}
	net_timer_set(practice->timer, practice_next_ms(practice->core));
}

static bool needs_other_port(const struct practice_config *config)
{
	if (config->faults && practice_faults_find(config->faults, PRACTICE_FAULT_OTHER_PORT))
		return true;
	for (size_t i = 0; i < config->user_count; i++) {
		const struct practice_faults *faults = config->users[i].faults;

		if (faults && practice_faults_find(faults, PRACTICE_FAULT_OTHER_PORT))
			return true;
	}
	return false;
}

static int open_other_port(struct practice *practice, const struct net_addr *local)
{
	static const struct net_udp_handler handler = { .datagram = on_stray, .error = on_error };
	struct net_addr other = *local;

	net_addr_set_port(&other, 0);
	return net_udp_open(practice->net, &other, &handler, practice, &practice->other);
}

/* UDP and TCP at one port. Where any will do and the one that UDP got is another's for TCP, another
 * one is tried. */
static int open_sockets(struct practice *practice, const struct net_addr *local)
{
	static const struct net_udp_handler handler = { .datagram = on_datagram,
		                                        .error = on_error };
	int err = -EADDRINUSE;

	for (unsigned i = 0; i < (net_addr_port(local) ? 1 : PORT_TRIES); i++) {
		err = net_udp_open(practice->net, local, &handler, practice, &practice->udp);
		if (err)
			break;
		err = practice_streams_listen(practice->streams, net_udp_local(practice->udp),
		                              NULL);
		if (!err)
			break;
		net_udp_close(practice->udp);
		practice->udp = NULL;
	}
	return err;
}

int practice_new(struct net *net, const struct net_addr *local,
                 const struct practice_config *config, const struct practice_handler *handler,
                 void *ctx, struct practice **ret_practice)
{
	unsigned char key[PRACTICE_KEY_BYTES];
	struct practice *practice = calloc(1, sizeof(*practice));

	if (!practice)
		return -ENOMEM;
	practice->net = net;
	practice->handler = *handler;
	practice->ctx = ctx;
	int err = net_random(net, key, sizeof(key));
	if (!err)
		err = practice_core_new(config, key, handler, ctx, net_now_ms(net),
		                        &practice->core);
	OPENSSL_cleanse(key, sizeof(key));
	if (!err)
		err = net_timer_new(net, on_time, practice, &practice->timer);
	if (!err)
		err = practice_streams_new(net, PRACTICE_STREAMS_LIMITS, on_stream, practice,
		                           &practice->streams);
	if (!err)
		err = open_sockets(practice, local);
	if (!err && needs_other_port(config))
		err = open_other_port(practice, local);
	if (err) {
		practice_free(practice);
		return err;
	}
	*ret_practice = practice;
	return 0;
}

void practice_free(struct practice *practice)
{
	if (!practice)
		return;
	practice_streams_free(practice->streams);
	net_tls_free(practice->tls);
	net_issued_done(&practice->authority);
	if (practice->udp)
		net_udp_close(practice->udp);
	if (practice->other)
		net_udp_close(practice->other);
	if (practice->timer)
		net_timer_free(practice->timer);
	practice_core_free(practice->core);
	free(practice);
}

/* The names that clients may know the registrar by. */
static void put_names(const struct net_addr *local, struct buf *out)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf host = buf_over(memory, sizeof(memory));
	struct slice text;

	net_addr_show_host(local, &host);
	text = buf_slice(&host);
	if (text.n && text.p[0] == '[')
		text = slice_of(text.p + 1, text.n - 2);
	buf_str(out, "DNS:localhost,IP:127.0.0.1,IP:::1");
	if (slice_equal(text, SLICE("127.0.0.1")) || slice_equal(text, SLICE("::1")))
		return;
	buf_str(out, ",IP:");
	buf_put(out, text);
}

static int make_certificates(struct practice *practice, const struct net_addr *local)
{
	char memory[256];
	struct buf names = buf_over(memory, sizeof(memory));
	int64_t now_s = net_wall_ms(practice->net) / 1000;
	struct net_issue what = { .common_name = "Lineup practice authority",
		                  .from_s = now_s - 3600,
		                  .until_s = now_s + ISSUED_FOR_S };
	struct net_issued server;
	int err = net_issue(&what, &practice->authority);

	if (err)
		return err;
	put_names(local, &names);
	buf_end(&names);
	what.common_name = "Lineup practice";
	what.names = memory;
	what.signer = &practice->authority;
	err = net_issue(&what, &server);
	if (err)
		return err;
	err = net_tls_new_server(slice_str(server.cert), slice_str(server.key), SLICE_NONE,
	                         &practice->tls);
	net_issued_done(&server);
	return err;
}

int practice_open_tls(struct practice *practice, const struct net_addr *local)
{
	int err = make_certificates(practice, local);

	return err ? err : practice_streams_listen(practice->streams, local, practice->tls);
}

const char *practice_authority(const struct practice *practice)
{
	return practice->tls ? practice->authority.cert : NULL;
}

const struct net_addr *practice_local_tls(const struct practice *practice)
{
	return practice_streams_local(practice->streams, "tls");
}

const struct net_addr *practice_local(const struct practice *practice)
{
	return net_udp_local(practice->udp);
}

void practice_stats(const struct practice *practice, struct practice_stats *ret_stats)
{
	practice_core_stats(practice->core, ret_stats);
}
