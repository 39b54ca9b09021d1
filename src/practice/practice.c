/* practice/practice.c: the registrar on a socket: datagrams in, answers out, and a timer for the
 * bindings that nobody refreshes. */
#include "practice/practice.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "practice/registrar.h"

struct practice {
	struct net *net;
	struct net_udp *udp;
	struct net_timer *timer;
	struct practice_core *core;
	struct practice_handler handler;
	void *ctx;
};

static void trace(const struct practice *practice, enum practice_way way,
                  const struct net_addr *peer, struct slice bytes)
{
	if (practice->handler.trace)
		practice->handler.trace(practice->ctx, way, peer, bytes);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct practice *practice = ctx;
	const struct practice_request request = {
		.from = *from,
		.bytes = bytes,
		.now_ms = net_now_ms(practice->net),
		.wall_ms = net_wall_ms(practice->net),
	};
	char memory[NET_SEND_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));
	struct net_addr to;

	trace(practice, PRACTICE_IN, from, bytes);
	if (practice_answer(practice->core, &request, &out, &to)) {
		trace(practice, PRACTICE_OUT, &to, buf_slice(&out));
		net_udp_send(practice->udp, &to, buf_slice(&out));
	}
	net_timer_set(practice->timer, practice_next_ms(practice->core));
}

/* A client that went away before its answer came is nobody's trouble but its own. */
static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)error;
	(void)sent;
}

static void on_time(void *ctx)
{
	struct practice *practice = ctx;

	practice_expire(practice->core, net_now_ms(practice->net));
	net_timer_set(practice->timer, practice_next_ms(practice->core));
}

int practice_new(struct net *net, const struct net_addr *local,
                 const struct practice_config *config, const struct practice_handler *handler,
                 void *ctx, struct practice **ret_practice)
{
	static const struct net_udp_handler udp_handler = { .datagram = on_datagram,
		                                            .error = on_error };
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
		err = net_udp_open(net, local, &udp_handler, practice, &practice->udp);
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
	if (practice->udp)
		net_udp_close(practice->udp);
	if (practice->timer)
		net_timer_free(practice->timer);
	practice_core_free(practice->core);
	free(practice);
}

const struct net_addr *practice_local(const struct practice *practice)
{
	return net_udp_local(practice->udp);
}

void practice_stats(const struct practice *practice, struct practice_stats *ret_stats)
{
	practice_core_stats(practice->core, ret_stats);
}
