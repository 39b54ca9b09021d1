/* test/unit/net/streams.h: both ends of a connection over loopback. Each wait is for an event; a
 * guard of 10 s only ends a run in which it never comes. */
#ifndef LINEUP_TEST_STREAMS_H
#define LINEUP_TEST_STREAMS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/stream.h"

#define GUARD_MS  10000
#define LAST_MAX  4096
#define REGISTERS "REGISTER sip:pbx.example SIP/2.0\r\nContent-Length: 0\r\n\r\n"

struct world;

struct side {
	struct world *world;
	struct net_stream *stream;
	unsigned opened, messages, pongs, closed;
	bool closes_at_message, closes_at_open;
	char all[LAST_MAX]; /* of the messages, one after the other */
	size_t n;
	struct net_stream_end end;
};

struct world {
	struct net *net;
	struct net_timer *guard;
	struct net_listener *listener;
	struct net_tls *server_tls, *client_tls;
	struct side client, server;
	unsigned accepted;
	bool (*done)(struct world *world);
	bool timed_out;
};

static void look(struct world *world)
{
	if (world->done && world->done(world))
		net_stop(world->net);
}

static void on_opened(void *ctx)
{
	struct side *side = ctx;

	side->opened++;
	if (side->closes_at_open) {
		net_stream_close(side->stream);
		side->stream = NULL;
	}
	look(side->world);
}

static void on_message(void *ctx, struct slice bytes)
{
	struct side *side = ctx;

	side->messages++;
	assert_true(side->n + bytes.n < LAST_MAX);
	memcpy(side->all + side->n, bytes.p, bytes.n);
	side->n += bytes.n;
	side->all[side->n] = '\0';
	if (side->closes_at_message) {
		net_stream_close(side->stream);
		side->stream = NULL;
	}
	look(side->world);
}

static void on_pong(void *ctx)
{
	struct side *side = ctx;

	side->pongs++;
	look(side->world);
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	struct side *side = ctx;

	side->closed++;
	side->end = *end;
	look(side->world);
}

static const struct net_stream_handler side_handler = { on_opened, on_message, on_pong, on_closed };

static void on_accept(void *ctx, struct net_stream *stream)
{
	struct world *world = ctx;

	world->accepted++;
	net_stream_close(world->server.stream);
	world->server.stream = stream;
	net_stream_handle(stream, &side_handler, &world->server);
	look(world);
}

static void on_guard(void *ctx)
{
	struct world *world = ctx;

	world->timed_out = true;
	net_stop(world->net);
}

static inline void world_open(struct world *world)
{
	*world = (struct world){ 0 };
	world->client.world = world->server.world = world;
	assert_int_equal(net_new(&world->net), 0);
	assert_int_equal(net_timer_new(world->net, on_guard, world, &world->guard), 0);
}

static inline void world_listen(struct world *world, const char *host)
{
	struct net_addr local;

	assert_int_equal(net_addr_parse(slice_str(host), 0, &local), 0);
	assert_int_equal(net_listener_open(world->net, &local, world->server_tls, on_accept, world,
	                                   &world->listener),
	                 0);
}

static inline void world_connect_to(struct world *world, const struct net_addr *to,
                                    const char *name, uint32_t patience_ms)
{
	struct net_stream_cfg cfg = {
		.to = *to, .tls = world->client_tls, .name = name, .patience_ms = patience_ms
	};

	assert_int_equal(net_stream_connect(world->net, &cfg, &side_handler, &world->client,
	                                    &world->client.stream),
	                 0);
}

static inline void world_connect(struct world *world, const char *name)
{
	world_connect_to(world, net_listener_local(world->listener), name, 0);
}

static inline void world_run(struct world *world, bool (*done)(struct world *world))
{
	world->done = done;
	if (done(world))
		return;
	net_timer_set(world->guard, net_now_ms(world->net) + GUARD_MS);
	assert_int_equal(net_run(world->net), 0);
	assert_false(world->timed_out);
	world->done = NULL;
}

static inline void world_close(struct world *world)
{
	net_stream_close(world->client.stream);
	net_stream_close(world->server.stream);
	net_listener_close(world->listener);
	net_timer_free(world->guard);
	net_tls_free(world->server_tls);
	net_tls_free(world->client_tls);
	net_free(world->net);
}

static inline bool client_is_open(struct world *world)
{
	return world->client.opened && world->server.stream;
}

static inline bool client_is_over(struct world *world)
{
	return world->client.closed;
}

static inline bool server_is_over(struct world *world)
{
	return world->server.closed;
}

#endif
