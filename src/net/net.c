/* net/net.c: the loop, the clock and chance. Sockets are in net/udp.c, timers and signals in
 * net/timer.c. */
#include "net/net.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "net/loop.h"
#include "net/own.h"

/* Has kept one poll from blocking, which was all. */
static void on_again(uv_idle_t *handle)
{
	uv_idle_stop(handle);
}

static void on_prepare(uv_prepare_t *handle)
{
	struct net *net = handle->data;
	uint64_t now_ms;
	int wait_ms;

	net->caught_up = false;
	net->late_more = false;
	if (net_udp_flush_all(net))
		uv_idle_start(&net->again, on_again);
	net_stream_flush_all(net);      /* after it: what datagrams were refused may set off more */
	now_ms = uv_hrtime() / 1000000; /* the loop's clock stood still meanwhile */
	net_behind_until(net, now_ms);
	net->has_more = false;
	wait_ms = uv_backend_timeout(&net->loop);
	net->wakes_ms = wait_ms < 0 ? NET_NEVER : now_ms + (unsigned)wait_ms;
}

static void on_polled(uv_check_t *handle)
{
	struct net *net = handle->data;

	if (!net->has_more)
		net->emptied_ms = uv_now(&net->loop);
}

int net_new(struct net **ret_net)
{
	struct net *net = calloc(1, sizeof(*net));
	int error;

	if (!net)
		return -ENOMEM;
	error = uv_loop_init(&net->loop);
	if (error) {
		free(net);
		return error;
	}
	uv_prepare_init(&net->loop, &net->flush);
	uv_check_init(&net->loop, &net->polled);
	uv_idle_init(&net->loop, &net->again);
	net->flush.data = net->polled.data = net;
	net->emptied_ms = uv_now(&net->loop);
	net->wakes_ms = NET_NEVER;
	uv_prepare_start(&net->flush, on_prepare);
	uv_check_start(&net->polled, on_polled);
	/* None of them is something to wait for. */
	uv_unref((uv_handle_t *)&net->flush);
	uv_unref((uv_handle_t *)&net->polled);
	uv_unref((uv_handle_t *)&net->again);
	*ret_net = net;
	return 0;
}

void net_free(struct net *net)
{
	int busy;

	if (!net)
		return;
	uv_close((uv_handle_t *)&net->flush, NULL);
	uv_close((uv_handle_t *)&net->polled, NULL);
	uv_close((uv_handle_t *)&net->again, NULL);
	/* A handle is gone a turn after it was closed; a signal's, where one is just coming in,
	 * another turn later. */
	for (unsigned turns = 0; turns < 8; turns++)
		uv_run(&net->loop, UV_RUN_NOWAIT);
	busy = uv_loop_close(&net->loop);
	assert(!busy);
	(void)busy;
	net_inbox_free(net->inbox);
	free(net->reads);
	free(net);
}

int net_run(struct net *net)
{
	int error = uv_run(&net->loop, UV_RUN_DEFAULT);

	/* After net_stop() there is no further turn that would do it. */
	net_udp_push_all(net);
	net_stream_flush_all(net);
	return error < 0 ? error : 0;
}

void net_stop(struct net *net)
{
	uv_stop(&net->loop);
}

struct uv_loop_s *net_loop(struct net *net)
{
	return &net->loop;
}

uint64_t net_now_ms(const struct net *net)
{
	return uv_now(&net->loop);
}

void net_behind_until(struct net *net, uint64_t now_ms)
{
	net->behind_ms = now_ms > net->emptied_ms ? now_ms - net->emptied_ms : 0;
}

/* On a machine that has other work the poll ends late. */
uint32_t net_behind_ms(const struct net *net)
{
	uint64_t now_ms = uv_now(&net->loop);
	uint64_t behind_ms = net->behind_ms + (now_ms > net->wakes_ms ? now_ms - net->wakes_ms : 0);

	return behind_ms < UINT32_MAX ? (uint32_t)behind_ms : UINT32_MAX;
}

int64_t net_wall_ms(const struct net *net)
{
	struct timespec now;

	(void)net;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t net_stamp_ms(struct net *net)
{
	uint64_t now_ms = uv_now(&net->loop);

	if (!net->stamp_ms || net->stamped_at_ms != now_ms) {
		net->stamp_ms = net_wall_ms(net);
		net->stamped_at_ms = now_ms;
	}
	return net->stamp_ms;
}

int net_random(struct net *net, void *bytes, size_t n)
{
	char *at = bytes;

	(void)net;
	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}
