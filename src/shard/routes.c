/* shard/routes.c: what a change of addresses or routes means for the lines: those whose way out is
 * another one now, and those that found none, register anew, as their servers' pace allows.
 *
 * The kernel tells of a change in several pieces (a link, an address, routes), so the lines wait
 * SHARD_ROUTES_MS for the last of them. */
#include <errno.h>

#include "shard/own.h"

static void on_settled(void *ctx)
{
	struct shard *shard = ctx;
	struct line_env *env = &shard->env;

	shard->routes_wait = false;
	for (uint32_t i = 0; i < shard->server_count; i++)
		if (shard->servers[i])
			server_routes_changed(env, shard->servers[i]);
	for (uint32_t i = 0; i < shard->lines.made; i++) {
		struct line *line = pool_at(&shard->lines, i);

		if (line->texts)
			line_routes_changed(env, line);
	}
}

static void on_changed(void *ctx)
{
	struct shard *shard = ctx;

	if (shard->routes_wait)
		return;
	shard->routes_wait = true;
	net_timer_set(shard->routes_timer, net_now_ms(shard->env.net) + SHARD_ROUTES_MS);
}

int shard_routes_init(struct shard *shard)
{
	struct net *net = shard->env.net;
	int r = net_timer_new(net, on_settled, shard, &shard->routes_timer);

	if (r < 0)
		return r;
	/* Where the kernel tells nobody, a line finds out at its next refresh. */
	r = net_routes_new(net, on_changed, shard, &shard->routes);
	return r == -ENOMEM ? r : 0;
}

void shard_routes_done(struct shard *shard)
{
	net_routes_free(shard->routes);
	net_timer_free(shard->routes_timer);
}
