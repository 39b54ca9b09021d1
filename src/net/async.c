/* net/async.c: the one door between threads: a bell that any of them may ring. */
#include <errno.h>
#include <stdlib.h>

#include "net/own.h"

struct net_async {
	uv_async_t uv;
	void (*fn)(void *ctx);
	void *ctx;
};

static void on_ring(uv_async_t *uv)
{
	struct net_async *async = uv->data;

	async->fn(async->ctx);
}

int net_async_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_async **ret_async)
{
	struct net_async *async = calloc(1, sizeof(*async));
	int error;

	if (!async)
		return -ENOMEM;
	error = uv_async_init(&net->loop, &async->uv, on_ring);
	if (error) {
		free(async);
		return error;
	}
	async->uv.data = async;
	async->fn = fn;
	async->ctx = ctx;
	*ret_async = async;
	return 0;
}

void net_async_send(struct net_async *async)
{
	uv_async_send(&async->uv);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void net_async_free(struct net_async *async)
{
	if (async)
		uv_close((uv_handle_t *)&async->uv, on_closed);
}
