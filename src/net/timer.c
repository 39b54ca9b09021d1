/* net/timer.c: timers and signals of the loop. A few timers, not one for each line: the lines' are
 * in a wheel (base/wheel.h) that hangs on one of these. */
#include <errno.h>
#include <stdlib.h>

#include "net/net.h"
#include "net/own.h"

struct net_timer {
	uv_timer_t uv;
	struct net *net;
	uint64_t at_ms; /* NET_NEVER: not armed */
	void (*fn)(void *ctx);
	void *ctx;
};

int net_timer_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_timer **ret_timer)
{
	struct net_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return -ENOMEM;
	uv_timer_init(&net->loop, &timer->uv);
	timer->uv.data = timer;
	timer->net = net;
	timer->at_ms = NET_NEVER;
	timer->fn = fn;
	timer->ctx = ctx;
	*ret_timer = timer;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void net_timer_free(struct net_timer *timer)
{
	if (!timer)
		return;
	timer->at_ms = NET_NEVER;
	uv_close((uv_handle_t *)&timer->uv, on_closed);
}

/* A loop that was held up has answers in its sockets that came in time. They are read first: what
 * is sent again for them would be in vain, and would hold it up more. Where there are thousands of
 * them they are read in portions, between which the loop turns: bells and connections have theirs.
 * Returns whether the timers of this turn have to wait for the next one. */
static bool must_wait(struct net *net, uint64_t due_ms)
{
	bool more;

	if (net->caught_up || uv_now(&net->loop) < due_ms + NET_LATE_MS)
		return net->late_more;
	net->caught_up = true;
	net_behind_until(net, uv_now(&net->loop));
	net->wakes_ms = NET_NEVER;
	more = net_udp_read_all(net);
	if (!more)
		net->emptied_ms = uv_now(&net->loop);
	net->late_more = more && ++net->late_turns < NET_LATE_TURNS;
	if (!net->late_more)
		net->late_turns = 0;
	return net->late_more;
}

static void on_timer(uv_timer_t *uv)
{
	struct net_timer *timer = uv->data;
	struct net *net = timer->net;
	uint64_t due_ms = timer->at_ms;
	bool waits;

	net->in_timer = true;
	waits = must_wait(net, due_ms);
	/* What was read may have moved it. */
	if (timer->at_ms == due_ms && waits) {
		uv_timer_start(uv, on_timer, 1, 0); /* not before the sockets are polled */
	} else if (timer->at_ms == due_ms) {
		timer->at_ms = NET_NEVER;
		timer->fn(timer->ctx);
	}
	net->in_timer = false;
}

void net_timer_set(struct net_timer *timer, uint64_t at_ms)
{
	uint64_t now_ms = uv_now(&timer->net->loop);
	/* libuv fires until no timer is due: one that is always due would starve the sockets. */
	uint64_t first_ms = timer->net->in_timer ? now_ms + 1 : now_ms;

	if (at_ms == timer->at_ms)
		return;
	timer->at_ms = at_ms;
	if (at_ms == NET_NEVER)
		uv_timer_stop(&timer->uv);
	else
		uv_timer_start(&timer->uv, on_timer, (at_ms > first_ms ? at_ms : first_ms) - now_ms,
		               0);
}

struct net_signal {
	uv_signal_t uv;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

static void on_signal(uv_signal_t *uv, int signo)
{
	struct net_signal *signal = uv->data;

	signal->fn(signal->ctx, signo);
}

int net_signal_new(struct net *net, int signo, void (*fn)(void *ctx, int signo), void *ctx,
                   struct net_signal **ret_signal)
{
	struct net_signal *signal = calloc(1, sizeof(*signal));
	int error;

	if (!signal)
		return -ENOMEM;
	error = uv_signal_init(&net->loop, &signal->uv);
	if (error) {
		free(signal);
		return error;
	}
	signal->uv.data = signal;
	signal->fn = fn;
	signal->ctx = ctx;
	error = uv_signal_start(&signal->uv, on_signal, signo);
	if (error) {
		uv_close((uv_handle_t *)&signal->uv, on_closed);
		return error;
	}
	*ret_signal = signal;
	return 0;
}

void net_signal_free(struct net_signal *signal)
{
	if (signal)
		uv_close((uv_handle_t *)&signal->uv, on_closed);
}
