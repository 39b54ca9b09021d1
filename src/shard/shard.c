/* shard/shard.c: owns what the lines of a thread share, and hands what comes in to the line that it
 * is for. What a line does with it is line/'s. */
#include "shard/shard.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "line/flow.h"
#include "net/stun.h"
#include "shard/own.h"

#define REST_MS 500 /* between two looks at what attempts left */

/* ---- the one timer of the loop */

static void renew_line(struct line_env *env, struct line *line, void *ctx)
{
	const struct server *server = ctx;

	if (line->server == server && server_renews_line(env, server, line))
		line_renew(env, line);
}

/* What a server sees of us has changed: its lines register anew, as their pace allows. */
static void renew(struct line_env *env, struct server *server)
{
	if (line_walk(env, &server->renew_at, renew_line, server))
		line_env_arm(env, env->asks, server->number, net_now_ms(env->net) + 1);
	else
		server_renewed(server);
}

static void on_resend(struct shard *shard, uint32_t number)
{
	line_on_resend(&shard->env, pool_at(&shard->env.attempts, number));
}

static void on_line_timer(struct shard *shard, uint32_t number)
{
	line_on_timer(&shard->env, pool_at(&shard->lines, number));
}

static void on_line_end(struct shard *shard, uint32_t number)
{
	line_on_end(&shard->env, pool_at(&shard->lines, number));
}

static void on_keep(struct shard *shard, uint32_t number)
{
	server_keep_due(&shard->env, shard->servers[number]);
}

static void on_name(struct shard *shard, uint32_t number)
{
	server_name_due(&shard->env, shard->servers[number]);
}

static void on_ask(struct shard *shard, uint32_t number)
{
	struct server *server = shard->servers[number];

	if (server->renews)
		renew(&shard->env, server);
	server_go_on(&shard->env, server);
}

typedef void due_fn(struct shard *shard, uint32_t number);

/* Returns whether there is more that is due. */
static bool take(struct shard *shard, struct wheel *wheel, uint64_t now_ms, due_fn *fn)
{
	for (unsigned n = 0; n < SHARD_DUE; n++) {
		uint32_t number = wheel_take(wheel, now_ms);

		if (number >= WHEEL_LATER)
			return number == WHEEL_LATER;
		fn(shard, number);
	}
	return wheel_next_ms(wheel) <= now_ms;
}

/* Thousands may have set out in one millisecond, and be due in one again: between portions of them
 * the sockets are read. Returns whether there is more for the next turn. */
static bool take_due(struct shard *shard, uint64_t now_ms)
{
	struct line_env *env = &shard->env;
	bool more = take(shard, env->resends, now_ms, on_resend);

	more |= take(shard, env->timers, now_ms, on_line_timer);
	more |= take(shard, env->ends, now_ms, on_line_end);
	more |= take(shard, env->keeps, now_ms, on_keep);
	more |= take(shard, env->names, now_ms, on_name);
	more |= take(shard, env->asks, now_ms, on_ask);
	return more;
}

/* The memory of attempts that a storm had, and are over, is given back, and that of challenges
 * which were forgotten; not at once, since the next ones may come with the next batch. Returns when
 * it is to be looked at again. */
static uint64_t rest(struct shard *shard, uint64_t now_ms)
{
	struct pool *attempts = &shard->env.attempts;

	if (attempts->made <= POOL_KEPT)
		return WHEEL_NEVER;
	if (now_ms >= shard->rest_at_ms) {
		pool_rest(attempts);
		pool_rest(&shard->env.sessions);
		shard->rest_at_ms = now_ms + REST_MS;
	}
	return attempts->made > POOL_KEPT ? shard->rest_at_ms : WHEEL_NEVER;
}

static void stop_one(struct line_env *env, struct line *line, void *ctx)
{
	const struct shard *shard = ctx;
	uint64_t now_ms = net_now_ms(env->net), until_ms = shard->stop_until_ms;

	line_stop(env, line, until_ms > now_ms ? (uint32_t)(until_ms - now_ms) : 1);
}

/* Returns whether lines are left for the next turn. */
static bool stop_some(struct shard *shard)
{
	if (shard->stop_walk)
		shard->stop_walk = line_walk(&shard->env, &shard->stop_at, stop_one, shard);
	return shard->stop_walk;
}

static void on_timer(void *ctx)
{
	struct shard *shard = ctx;
	struct line_env *env = &shard->env;
	struct wheel *wheels[] = { env->resends, env->timers, env->ends,
		                   env->asks,    env->keeps,  env->names };
	uint64_t now_ms = net_now_ms(env->net), next_ms;
	bool more;

	/* Whoever arms a wheel meanwhile is looked at below. */
	env->timer_at_ms = 0;
	more = take_due(shard, now_ms);
	more |= stop_some(shard);
	next_ms = rest(shard, now_ms);
	for (size_t i = 0; i < sizeof(wheels) / sizeof(*wheels); i++)
		if (wheel_next_ms(wheels[i]) < next_ms)
			next_ms = wheel_next_ms(wheels[i]);
	env->timer_at_ms = more ? now_ms + 1 : next_ms;
	net_timer_set(env->timer, env->timer_at_ms);
}

/* ---- datagrams */

/* The open attempt that a branch names, or NULL. */
static struct line_attempt *attempt_of(struct shard *shard, struct slice branch)
{
	struct line_env *env = &shard->env;
	struct line_attempt *attempt;
	uint32_t number, generation;

	if (!slice_present(branch) ||
	    !txn_branch_read(&env->branch_key, branch, &number, &generation) ||
	    number >= env->attempts.made)
		return NULL;
	attempt = pool_at(&env->attempts, number);
	return attempt->line && attempt->generation == generation ? attempt : NULL;
}

/* Where so many are under way that no near cache holds them, the attempt that an answer is for is
 * fetched while the answer is read. What number stands there nobody has checked: nothing but the
 * time that it takes depends on it. */
#define FETCH_ATTEMPTS 256
#define FETCH_BYTES    64 /* a line of the cache */

static void fetch_attempt(const struct shard *shard, struct slice bytes)
{
	const struct pool *pool = &shard->env.attempts;
	uint32_t number;
	const char *attempt;

	if (pool->used < FETCH_ATTEMPTS || !txn_branch_guess(txn_branch_find(bytes), &number) ||
	    number >= pool->made)
		return;
	attempt = pool_at(pool, number);
	for (size_t at = 0; at < offsetof(struct line_attempt, small); at += FETCH_BYTES)
		__builtin_prefetch(attempt + at);
}

/* Marks what the target of an open attempt sent although it is no SIP, so that its silence can be
 * told from another's. Only where few attempts are open: it looks at them all. */
#define NOISE_ATTEMPTS_MAX 64

static void on_noise(struct shard *shard, const struct net_addr *from)
{
	struct pool *pool = &shard->env.attempts;

	if (pool->made > NOISE_ATTEMPTS_MAX)
		return;
	for (uint32_t i = 0; i < pool->made; i++) {
		struct line_attempt *attempt = pool_at(pool, i);

		if (attempt->line && attempt->open && net_addr_equal(&attempt->target.addr, from))
			line_on_noise(&shard->env, attempt);
	}
}

static struct server *server_at(const struct shard *shard, uint32_t number)
{
	return number < shard->server_count ? shard->servers[number] : NULL;
}

static void on_stun(struct shard *shard, const struct net_addr *from, struct slice bytes)
{
	struct net_addr mapped;
	uint8_t id[STUN_ID_BYTES];
	enum stun_kind kind = stun_response_read(bytes, id, &mapped);
	struct server *server;
	uint32_t number;
	uint64_t mark;

	if (kind != STUN_OTHER) {
		server_stun_id_read(id, &number, &mark);
		server = server_at(shard, number);
		if (server && server_on_stun(&shard->env, server, from, mark,
		                             kind == STUN_MAPPED ? &mapped : NULL))
			return;
	}
	shard->env.counts.dropped++;
}

/* What comes back for a keep-alive of CRLFs, and what some servers send for one of their own: no
 * SIP, but no sign of anything wrong either (RFC 5626 4.4.1). */
static bool is_pong(struct slice bytes)
{
	return slice_trim(bytes).n == 0 || slice_equal(bytes, SLICE("\0\0\0\0"));
}

/* A response to an OPTIONS of ours that keeps a mapping open. */
static bool on_pong(struct shard *shard, const struct net_addr *from, const struct sip_via *via)
{
	struct server *server;
	uint32_t number;
	uint64_t mark;

	if (!server_ping_branch_read(via->branch, &number, &mark))
		return false;
	server = server_at(shard, number);
	return server && server_on_pong(&shard->env, server, from, mark, via);
}

/* Over flow, or, where that is NULL, as a datagram. */
static void take_in(struct shard *shard, struct flow *flow, const struct net_addr *from,
                    struct slice bytes)
{
	struct line_attempt *attempt;
	struct sip_values walk = { 0 };
	struct sip_msg msg;
	struct sip_via via;
	struct slice value;

	if (stun_is(bytes)) {
		on_stun(shard, from, bytes);
		return;
	}
	if (is_pong(bytes)) {
		shard->env.counts.dropped++;
		return;
	}
	if (sip_parse(bytes, &msg, NULL) != PARSE_OK) {
		shard->env.counts.dropped++;
		on_noise(shard, from);
		return;
	}
	if (msg.kind == SIP_REQUEST) {
		shard_on_request(shard, flow, &msg, from);
		return;
	}
	if (!sip_value_next(&msg, SIP_VIA, &walk, &value) ||
	    sip_via_parse(value, &via) != PARSE_OK) {
		shard->env.counts.dropped++;
		return;
	}
	attempt = attempt_of(shard, via.branch);
	if (!attempt) {
		shard->env.counts.dropped += !on_pong(shard, from, &via);
		return;
	}
	line_on_response(&shard->env, attempt, &msg, &via, bytes, from, flow);
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct shard *shard = ctx;

	fetch_attempt(shard, bytes);
	line_batch_begin(&shard->env);
	take_in(shard, NULL, from, bytes);
}

static void on_batch_end(void *ctx)
{
	struct shard *shard = ctx;

	line_batch_end(&shard->env);
}

static void on_flow(struct line_env *env, struct flow *flow, struct slice bytes)
{
	void *shard = (char *)env - offsetof(struct shard, env);

	take_in(shard, flow, &flow->addr, bytes);
}

/* A router may quote nothing of the payload: then the address must do, where few attempts are open.
 * What one failure sets off may open another attempt, which this message does not speak of. */
static void on_error_at(struct shard *shard, const struct net_addr *to, int error)
{
	struct pool *pool = &shard->env.attempts;
	uint32_t generations[NOISE_ATTEMPTS_MAX] = { 0 };

	if (pool->made > NOISE_ATTEMPTS_MAX)
		return;
	for (uint32_t i = 0; i < pool->made; i++) {
		struct line_attempt *attempt = pool_at(pool, i);

		if (attempt->line && attempt->open && net_addr_equal(&attempt->target.addr, to))
			generations[i] = attempt->generation;
	}
	for (uint32_t i = 0; i < pool->made && i < NOISE_ATTEMPTS_MAX; i++) {
		struct line_attempt *attempt = pool_at(pool, i);

		if (generations[i] && attempt->line && attempt->generation == generations[i])
			line_on_error(&shard->env, attempt, error);
	}
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	struct shard *shard = ctx;
	struct line_attempt *attempt = attempt_of(shard, txn_branch_find(sent));

	if (attempt && net_addr_equal(&attempt->target.addr, to))
		line_on_error(&shard->env, attempt, error);
	else if (!sent.n)
		on_error_at(shard, to, error);
}

static const struct net_udp_handler handler = { .datagram = on_datagram,
	                                        .error = on_error,
	                                        .batch_end = on_batch_end };

/* ---- making and ending */

static void note_port_taken(struct line_env *env, uint16_t port)
{
	char memory[160];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!log_wants(&env->log, LOG_LEVEL_WARN))
		return;
	buf_str(&text, "UDP port ");
	buf_u64(&text, port);
	buf_str(&text, " is taken: another one is used, and servers are told of it");
	log_emit(&env->log, &(struct log_event){ .kind = LOG_NOTE,
	                                         .level = LOG_LEVEL_WARN,
	                                         .wall_ms = net_stamp_ms(env->net),
	                                         .text = buf_slice(&text) });
}

/* A machine without one of the families is fine; one that has no memory or no descriptors left for
 * a socket must not run without it for ever. */
static int open_family(struct line_env *env, struct shard *shard, unsigned family, uint16_t port)
{
	struct net_addr local;
	int r;

	net_addr_parse(family ? SLICE("::") : SLICE("0.0.0.0"), port, &local);
	r = net_udp_open(env->net, &local, &handler, shard, &env->udp[family]);
	if (r == -EADDRINUSE && port) {
		note_port_taken(env, port);
		net_addr_set_port(&local, 0);
		r = net_udp_open(env->net, &local, &handler, shard, &env->udp[family]);
	}
	return r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL ? 0 : r;
}

static int open_sockets(struct line_env *env, struct shard *shard, const struct shard_cfg *cfg)
{
	int r = open_family(env, shard, 0, cfg->port4);

	if (r == 0)
		r = open_family(env, shard, 1, cfg->port6);
	if (r == 0 && !env->udp[0] && !env->udp[1])
		r = -EAFNOSUPPORT;
	return r;
}

/* The key of identities outlives the process, and with the numbers that branches are made of all
 * beginning anew they would come a second time: servers take such a request for one that they have
 * answered (RFC 3261 17.2.3). */
static struct hash_key branch_key(const struct shard_cfg *cfg)
{
	return (struct hash_key){ .k0 = hash_pair(&cfg->key, 'b', cfg->seed),
		                  .k1 = hash_pair(&cfg->key, 'B', cfg->seed) };
}

/* What needs no memory and cannot fail. */
static void set_up(const struct shard_cfg *cfg, struct shard *shard)
{
	struct line_env *env = &shard->env;

	env->net = cfg->net;
	env->dns = cfg->dns;
	env->log = cfg->log;
	env->watch = cfg->watch;
	env->key = cfg->key;
	env->branch_key = branch_key(cfg);
	env->context_first = LINE_CTX_FIRST + cfg->number;
	env->context_step = cfg->shards ? cfg->shards : 1;
	env->once = cfg->once;
	env->timer_at_ms = WHEEL_NEVER;
	env->lines = &shard->lines;
	env->on_flow = on_flow;
	rng_seed(&env->rng, cfg->seed);
	pool_init(&shard->lines, sizeof(struct line), cfg->lines_max);
	pool_init(&env->attempts, sizeof(struct line_attempt), cfg->lines_max);
	pool_init(&env->sessions, sizeof(struct digest_session), LINE_AUTH_KINDS * cfg->lines_max);
	line_ways_init(&env->ways, &env->branch_key);
	env->attempts.clear = offsetof(struct line_attempt, contact_source);
}

static int name_agent(const struct shard_cfg *cfg, struct line_env *env)
{
	struct buf agent = buf_over(env->user_agent, sizeof(env->user_agent));

	if (cfg->user_agent)
		buf_str(&agent, cfg->user_agent);
	return buf_end(&agent);
}

int shard_new(const struct shard_cfg *cfg, struct shard **ret_shard)
{
	struct shard *shard = calloc(1, sizeof(*shard));
	uint64_t now_ms = net_now_ms(cfg->net);
	struct line_env *env;
	int r;

	if (!shard)
		return -ENOMEM;
	set_up(cfg, shard);
	env = &shard->env;
	if ((r = name_agent(cfg, env)) < 0 || (r = digest_new(&env->digest)) < 0 ||
	    (r = wheel_new(now_ms, &env->timers)) < 0 || (r = wheel_new(now_ms, &env->ends)) < 0 ||
	    (r = wheel_new(now_ms, &env->resends)) < 0 || (r = wheel_new(now_ms, &env->asks)) < 0 ||
	    (r = wheel_new(now_ms, &env->keeps)) < 0 || (r = wheel_new(now_ms, &env->names)) < 0 ||
	    (r = net_timer_new(env->net, on_timer, shard, &env->timer)) < 0 ||
	    (r = shard_users_reserve(shard, cfg->lines)) < 0 ||
	    (r = open_sockets(env, shard, cfg)) < 0 || (r = shard_routes_init(shard)) < 0) {
		shard_free(shard);
		return r;
	}
	*ret_shard = shard;
	return 0;
}

static void server_free(struct server *server)
{
	if (server)
		server_done(server);
	free(server);
}

void shard_free(struct shard *shard)
{
	struct line_env *env;

	if (!shard)
		return;
	env = &shard->env;
	for (uint32_t i = 0; i < shard->lines.made; i++) {
		struct line *line = pool_at(&shard->lines, i);

		if (line->texts)
			line_done(env, line);
	}
	for (uint32_t i = 0; i < shard->server_count; i++)
		server_free(shard->servers[i]);
	free(shard->servers);
	free(shard->buckets);
	free(shard->users.slots);
	for (int i = 0; i < 2; i++)
		if (env->udp[i])
			net_udp_close(env->udp[i]);
	shard_routes_done(shard);
	net_timer_free(env->timer);
	wheel_free(env->timers);
	wheel_free(env->ends);
	wheel_free(env->resends);
	wheel_free(env->asks);
	wheel_free(env->keeps);
	wheel_free(env->names);
	digest_free(env->digest);
	pool_done(&env->attempts);
	pool_done(&env->sessions);
	line_ways_done(&env->ways);
	pool_done(&shard->lines);
	free(shard);
}

void shard_local_ports(const struct shard *shard, uint16_t *ret_port4, uint16_t *ret_port6)
{
	struct net_udp *const *udp = shard->env.udp;

	*ret_port4 = udp[0] ? net_addr_port(net_udp_local(udp[0])) : 0;
	*ret_port6 = udp[1] ? net_addr_port(net_udp_local(udp[1])) : 0;
}

/* The place of one that was removed, or one more. */
static int server_place(struct shard *shard, uint32_t *ret_number)
{
	uint32_t number = 0;

	while (number < shard->server_count && shard->servers[number])
		number++;
	if (number == shard->server_cap) {
		uint32_t cap = shard->server_cap ? shard->server_cap * 2 : 8;
		struct server **more = realloc(shard->servers, cap * sizeof(*more));
		struct answer_bucket *buckets;

		if (!more)
			return -ENOMEM;
		shard->servers = more;
		buckets = realloc(shard->buckets, cap * sizeof(*buckets));
		if (!buckets)
			return -ENOMEM;
		shard->buckets = buckets;
		shard->server_cap = cap;
	}
	*ret_number = number;
	return 0;
}

int shard_server_add(struct shard *shard, const struct server_cfg *cfg, struct server **ret_server)
{
	struct server *server;
	uint32_t number;
	int r = server_place(shard, &number);

	if (r < 0)
		return r;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	r = wheel_reserve(shard->env.asks, number + 1);
	if (r == 0)
		r = wheel_reserve(shard->env.keeps, number + 1);
	if (r == 0)
		r = wheel_reserve(shard->env.names, number + 1);
	if (r == 0)
		r = server_init(cfg, net_now_ms(shard->env.net), server);
	if (r < 0) {
		free(server);
		return r;
	}
	server->number = number;
	if (server->outbound.beside)
		server->outbound.beside->outbound.second = server;
	for (uint32_t i = 0; i < shard->server_count; i++)
		if (shard->servers[i] && server_share_gate(server, shard->servers[i]))
			break;
	shard->servers[number] = server;
	shard->buckets[number] = (struct answer_bucket){ 0 };
	if (number == shard->server_count)
		shard->server_count++;
	*ret_server = server;
	return 0;
}

/* Those who share it may have waited for a timer of one that is gone. */
static void go_on_without(struct shard *shard, const struct server_gate *gate)
{
	for (uint32_t i = 0; i < shard->server_count; i++)
		if (shard->servers[i] && shard->servers[i]->gate == gate) {
			server_go_on(&shard->env, shard->servers[i]);
			return;
		}
}

void shard_server_remove(struct shard *shard, struct server *server)
{
	const struct server_gate *shared = server->gate->servers > 1 ? server->gate : NULL;

	assert(!server->lines && !server->outbound.second);
	if (server->outbound.beside)
		server->outbound.beside->outbound.second = NULL;
	wheel_clear(shard->env.asks, server->number);
	wheel_clear(shard->env.keeps, server->number);
	wheel_clear(shard->env.names, server->number);
	shard->servers[server->number] = NULL;
	server_free(server);
	if (shared)
		go_on_without(shard, shared);
}

void shard_server_pace(struct shard *shard, struct server *server, const struct pace_share *share)
{
	pace_set_share(&server->gate->pace, share, net_now_ms(shard->env.net));
	server_go_on(&shard->env, server);
}

void shard_server_keep(struct shard *shard, struct server *server, enum sip_keep keep)
{
	server_set_keep(&shard->env, server, keep);
}

/* The wheels have room for each line before there is one, so that no timer is ever lost for want of
 * memory. */
static int reserve(struct shard *shard, uint32_t number)
{
	struct line_env *env = &shard->env;
	int r = wheel_reserve(env->timers, number + 1);

	return r < 0 ? r : wheel_reserve(env->ends, number + 1);
}

int shard_line_add(struct shard *shard, const struct line_cfg *cfg, struct line **ret_line)
{
	struct line *line;
	uint32_t number;
	int r = pool_take(&shard->lines, &number);

	if (r < 0)
		return r;
	line = pool_at(&shard->lines, number);
	r = reserve(shard, number);
	if (r == 0)
		r = shard_users_reserve(shard, 1);
	if (r == 0)
		r = line_init(&shard->env, line, cfg, number);
	if (r < 0) {
		pool_give(&shard->lines, number);
		return r;
	}
	shard_users_put(shard, line);
	*ret_line = line;
	return 0;
}

void shard_line_remove(struct shard *shard, struct line *line)
{
	struct server *server = line->server;
	uint32_t number = line->number;

	assert(!shard->env.telling);
	shard_users_remove(shard, line);
	line_done(&shard->env, line);
	line->texts = NULL;
	pool_give(&shard->lines, number);
	/* It may have been the probe, or the last in flight of a full window. */
	server_go_on(&shard->env, server);
}

void shard_server_tls(struct shard *shard, struct server *server, const struct net_tls_files *files)
{
	flow_take_files(&shard->env, server, files);
}

void shard_tls_reload(struct shard *shard)
{
	for (uint32_t i = 0; i < shard->server_count; i++)
		if (shard->servers[i])
			flow_reload_tls(&shard->env, shard->servers[i]);
}

void shard_line_start(struct shard *shard, struct line *line)
{
	assert(!shard->env.telling);
	line_start(&shard->env, line);
}

void shard_line_stop(struct shard *shard, struct line *line)
{
	assert(!shard->env.telling);
	line_stop(&shard->env, line, 0);
}

void shard_stop(struct shard *shard)
{
	struct line_env *env = &shard->env;

	assert(!env->telling);
	shard->stop_walk = true;
	shard->stop_at = 0;
	shard->stop_until_ms = net_now_ms(env->net) + REG_REMOVAL_MS;
	if (stop_some(shard))
		line_env_wake(env, net_now_ms(env->net) + 1);
}

void shard_line_stop_within(struct shard *shard, struct line *line, uint32_t removal_ms)
{
	line_stop(&shard->env, line, removal_ms);
}

void shard_line_nudge(struct shard *shard, struct line *line)
{
	assert(!shard->env.telling);
	line_nudge(&shard->env, line);
}

void shard_line_beside(struct shard *shard, struct line *line, const struct line *other)
{
	assert(!shard->env.telling);
	line_beside(&shard->env, line, other);
}

void shard_stats(const struct shard *shard, struct shard_stats *ret_stats)
{
	const struct line_counts *counts = &shard->env.counts;

	*ret_stats = (struct shard_stats){
		.registered = counts->registered,
		.refused = counts->refused,
		.failed = counts->failed,
		.removed = counts->removed,
		.retransmitted = counts->retransmitted,
		.dropped = counts->dropped,
		.strangers = counts->strangers,
		.answered = counts->answered,
		.lines = shard->lines.used,
		.transactions = shard->env.attempts.used,
		.room = shard->env.attempts.made,
	};
	for (int i = 0; i < 2; i++) {
		struct net_udp_stats udp;

		if (!shard->env.udp[i])
			continue;
		net_udp_stats(shard->env.udp[i], &udp);
		ret_stats->sent += udp.sent;
		ret_stats->received += udp.received;
		ret_stats->trains += udp.trains;
		ret_stats->calls_send += udp.calls_send;
		ret_stats->calls_receive += udp.calls_receive;
	}
}
