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
	struct net_udp *other; /* another port, for answers that nobody expects; NULL: not needed */
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

static void send_answer(const struct practice *practice, const struct practice_sending *sending,
                        struct slice answer)
{
	trace(practice, PRACTICE_OUT, &sending->to, answer);
	net_udp_send(sending->port == PRACTICE_OTHER_PORT ? practice->other : practice->udp,
	             &sending->to, answer);
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
	struct practice_sending sending;

	trace(practice, PRACTICE_IN, from, bytes);
	if (practice_answer(practice->core, &request, &out, &sending))
		send_answer(practice, &sending, buf_slice(&out));
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
	if (practice->udp)
		net_udp_close(practice->udp);
	if (practice->other)
		net_udp_close(practice->other);
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
