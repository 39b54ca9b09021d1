/* shard/routes.c: what a change of addresses or routes means for the lines: those whose way out is
 * another one now, and those that found none, register anew, as their servers' pace allows.
 *
 * The kernel tells of a change in several pieces (a link, an address, routes), so the lines wait
 * SHARD_ROUTES_MS for the last of them. It also tells of many that concern no line (containers,
 * VPNs, router advertisements, routing daemons): whatever it tells, ways are looked at no more
 * often than once in SHARD_ROUTES_REST_MS, and the lines only where one is another than it was. */
#include <errno.h>

#include "shard/own.h"

/* Where names are asked, and where all else goes: a stub on this machine asks on, and its own way
 * says nothing. To documentation addresses (RFC 5737, RFC 3849) there is no other way than that. */
static unsigned destinations(struct shard *shard, struct net_addr ret_to[SHARD_NAME_WAYS])
{
	static const char *const others[] = { "192.0.2.1", "2001:db8::1" };
	unsigned count = 0;

	for (; count < sizeof(others) / sizeof(*others); count++)
		(void)net_addr_parse(slice_str(others[count]), 0, &ret_to[count]);
	return count + dns_servers(shard->env.dns, ret_to + count, SHARD_NAME_WAYS - count);
}

/* Whether names may be answered now that were not before. */
static bool look_at_names(struct shard *shard)
{
	struct net_addr to[SHARD_NAME_WAYS];
	unsigned count = destinations(shard, to);
	uint32_t epoch = dns_epoch(shard->env.dns);
	bool moved = count > shard->name_way_count || epoch != shard->dns_epoch;

	shard->dns_epoch = epoch;

	for (unsigned i = 0; i < count; i++) {
		struct net_way way = { .out = 0 };
		bool there = net_way_for(shard->env.net, NULL, &to[i], &way) == 0;

		moved |= there && !net_way_equal(&way, &shard->name_ways[i]);
		shard->name_ways[i] = way;
	}
	shard->name_way_count = count;
	return moved;
}

static void note(struct shard *shard, enum log_level level, struct buf *text)
{
	struct line_env *env = &shard->env;

	if (log_wants(&env->log, level) && buf_end(text) == 0)
		log_emit(&env->log, &(struct log_event){ .kind = LOG_NOTE,
		                                         .level = level,
		                                         .wall_ms = net_stamp_ms(env->net),
		                                         .text = buf_slice(text) });
}

/* One line however many servers there are. host: of one of them. */
static void note_moved(struct shard *shard, uint32_t count, const char *host)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the network has changed: the way to ");
	buf_str(&text, host);
	if (count > 1) {
		buf_str(&text, " and ");
		buf_u64(&text, count - 1);
		buf_str(&text, count > 2 ? " more servers" : " more server");
	}
	buf_str(&text, " is another one now");
	note(shard, LOG_LEVEL_INFO, &text);
}

static void note_change(struct shard *shard)
{
	char memory[128];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the kernel tells of a change of addresses, routes or links");
	note(shard, LOG_LEVEL_DEBUG, &text);
}

static bool look_at_servers(struct shard *shard)
{
	const char *host = NULL;
	uint32_t moved = 0;

	for (uint32_t i = 0; i < shard->server_count; i++) {
		struct server *server = shard->servers[i];

		if (!server || !server_routes_changed(&shard->env, server))
			continue;
		host = host ? host : server->host;
		moved++;
	}
	if (moved)
		note_moved(shard, moved, host);
	return moved;
}

static void look(struct shard *shard)
{
	struct line_env *env = &shard->env;

	shard->routes_wait = false;
	shard->routes_rest_until_ms = net_now_ms(env->net) + SHARD_ROUTES_REST_MS;
	shard->routes_walk = env->names_moved = look_at_names(shard);
	shard->routes_walk |= look_at_servers(shard);
	shard->routes_at = 0;
	for (uint32_t i = 0; i < shard->server_count; i++)
		if (shard->servers[i])
			server_name_servers_changed(env, shard->servers[i]);
}

static void tell_line(struct line_env *env, struct line *line, void *ctx)
{
	(void)ctx;
	line_routes_changed(env, line);
}

/* What the next look says of servers and names holds for lines only once all know of the last. */
static void on_settled(void *ctx)
{
	struct shard *shard = ctx;
	struct line_env *env = &shard->env;
	uint64_t now_ms = net_now_ms(env->net);

	if (!shard->routes_walk && shard->routes_wait && now_ms >= shard->routes_look_ms)
		look(shard);
	if (shard->routes_walk)
		shard->routes_walk = line_walk(env, &shard->routes_at, tell_line, NULL);
	if (shard->routes_walk)
		net_timer_set(shard->routes_timer, now_ms + 1);
	else if (shard->routes_wait)
		net_timer_set(shard->routes_timer, shard->routes_look_ms);
}

static void on_changed(void *ctx)
{
	struct shard *shard = ctx;
	uint64_t at_ms = net_now_ms(shard->env.net) + SHARD_ROUTES_MS;

	if (shard->routes_wait)
		return;
	shard->routes_wait = true;
	note_change(shard);
	if (at_ms < shard->routes_rest_until_ms)
		at_ms = shard->routes_rest_until_ms;
	shard->routes_look_ms = at_ms;
	if (!shard->routes_walk)
		net_timer_set(shard->routes_timer, at_ms);
}

int shard_routes_init(struct shard *shard)
{
	struct net *net = shard->env.net;
	int r = net_timer_new(net, on_settled, shard, &shard->routes_timer);

	if (r < 0)
		return r;
	(void)look_at_names(shard);
	/* Where the kernel tells nobody, a line finds out at its next refresh. */
	r = net_routes_new(net, on_changed, shard, &shard->routes);
	return r == -ENOMEM ? r : 0;
}

void shard_routes_done(struct shard *shard)
{
	net_routes_free(shard->routes);
	net_timer_free(shard->routes_timer);
}
