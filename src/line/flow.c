/* line/flow.c: the connections of a server, see flow.h. */
#include "line/flow.h"

#include <errno.h>
#include <stdlib.h>

#include "facts/facts.h"
#include "line/part.h"
#include "line/race.h"

#define DAY_S 86400

/* ---- words */

void flow_put(const struct flow *flow, const struct net_addr *addr, struct buf *text)
{
	buf_str(text, flow->transport == DNS_TLS ? "TLS" : "TCP");
	buf_str(text, FLOW_SAYS_CONNECTION);
	buf_str(text, flow->server->host);
	buf_str(text, " (");
	net_addr_show(addr, text);
	buf_str(text, ")");
}

void flow_put_end(const struct net_stream_end *end, struct buf *text)
{
	buf_str(text, end->error ? strerror(end->error) : net_end_text(end->why));
}

/* Where a line has one attempt, a connection follows only as long as that has another address. */
static bool another_follows(const struct flow *flow)
{
	struct line_env *env = flow->env;

	for (uint32_t i = 0; env->once && i < env->attempts.made; i++) {
		const struct line_attempt *attempt = pool_at(&env->attempts, i);

		if (attempt->line && attempt->flow == flow &&
		    line_attempt_more_targets(attempt, net_now_ms(env->net)))
			return true;
	}
	return !env->once;
}

static void note_lost(struct flow *flow, const char *why, uint64_t rest_ms)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!log_wants(&flow->env->log, LOG_LEVEL_WARN))
		return;
	flow_put(flow, &flow->addr, &text);
	buf_str(&text, FLOW_SAYS_LOST);
	buf_str(&text, why);
	if (rest_ms && another_follows(flow)) {
		buf_str(&text, "; the next one in ");
		buf_u64(&text, (rest_ms + 999) / 1000);
		buf_str(&text, " s");
	}
	server_note(flow->env, LOG_LEVEL_WARN, &text);
}

static void note_end_of(struct flow *flow, const char *whose, int64_t until_s, int64_t now_s)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!until_s || until_s - now_s > FLOW_WARN_S)
		return;
	buf_str(&text, whose);
	buf_str(&text, flow->server->host);
	if (until_s <= now_s) {
		buf_str(&text, " has expired");
	} else if (until_s - now_s < DAY_S) {
		buf_str(&text, " ends within a day");
	} else {
		int64_t days = (until_s - now_s) / DAY_S;

		buf_str(&text, " ends in ");
		buf_u64(&text, (uint64_t)days);
		buf_str(&text, days == 1 ? " day" : " days");
	}
	server_note(flow->env, LOG_LEVEL_WARN, &text);
}

/* Of a good certificate, and of one that was refused: of that also who signed it, for the cause. */
static void keep_certificate(struct flow *flow, const struct net_stream *stream)
{
	struct net_certificate certificate;

	free(flow->server->tls.issuer);
	flow->server->tls.issuer = NULL;
	if (flow->transport != DNS_TLS || !net_stream_certificate(stream, &certificate))
		return;
	flow->server->tls.certificate_until_s = certificate.until_s;
	/* Without memory it is not named. */
	if (flow->state != FLOW_OPEN && certificate.issuer[0])
		flow->server->tls.issuer = strdup(certificate.issuer);
}

/* The ends of certificates are told when a connection opens, and then once a day. */
static void warn_of_ends(struct flow *flow)
{
	int64_t now_s = net_stamp_ms(flow->env->net) / 1000;

	if (flow->transport != DNS_TLS || flow->warned_day == now_s / DAY_S ||
	    !log_wants(&flow->env->log, LOG_LEVEL_WARN))
		return;
	flow->warned_day = now_s / DAY_S;
	note_end_of(flow, "the certificate of ", flow->server->tls.certificate_until_s, now_s);
	if (flow->server->tls.context)
		note_end_of(flow, "our certificate for ",
		            net_tls_until_s(flow->server->tls.context), now_s);
}

/* ---- TLS files */

static int load_tls(struct line_env *env, struct server_tls *tls)
{
	const struct net_tls_files files = {
		.ca = tls->ca, .cert = tls->cert, .key = tls->key, .least = tls->least
	};
	char memory[400];
	struct buf text = buf_over(memory, sizeof(memory));
	int r = tls->context ? net_tls_reload(tls->context, &text)
	                     : net_tls_new(&files, &tls->context, &text);

	if (r == -EINVAL && tls->context)
		buf_str(&text, "; the files that were read before stay in use");
	if (r == -EINVAL && log_wants(&env->log, LOG_LEVEL_WARN))
		server_note(env, LOG_LEVEL_WARN, &text);
	return r;
}

enum reg_local flow_tls_ready(struct flow *flow)
{
	struct server *server = flow->server;
	int r = 0;

	if (flow->transport != DNS_TLS)
		return REG_LOCAL_NONE;
	if (!server->tls.context)
		r = load_tls(flow->env, &server->tls);
	else if (net_tls_is_stale(server->tls.context))
		flow_reload_tls(flow->env, server);
	return r == 0 ? REG_LOCAL_NONE : r == -ENOMEM ? REG_LOCAL_MEMORY : REG_LOCAL_TLS_FILES;
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int copy_path(const char *path, char **ret_copy)
{
	*ret_copy = path ? strdup(path) : NULL;
	return path && !*ret_copy ? -ENOMEM : 0;
}

void flow_take_files(struct line_env *env, struct server *server, const struct net_tls_files *files)
{
	struct server_tls *tls = &server->tls, fresh = { .least = files->least };

	if (same_path(files->ca, tls->ca) && same_path(files->cert, tls->cert) &&
	    same_path(files->key, tls->key) && files->least == tls->least) {
		flow_reload_tls(env, server);
		return;
	}
	if (copy_path(files->ca, &fresh.ca) == 0 && copy_path(files->cert, &fresh.cert) == 0 &&
	    copy_path(files->key, &fresh.key) == 0 &&
	    (!tls->context || load_tls(env, &fresh) == 0)) {
		struct server_tls before = *tls;

		tls->context = fresh.context;
		tls->ca = fresh.ca;
		tls->cert = fresh.cert;
		tls->key = fresh.key;
		tls->least = fresh.least;
		fresh = before;
	}
	net_tls_free(fresh.context);
	free(fresh.ca);
	free(fresh.cert);
	free(fresh.key);
}

void flow_reload_tls(struct line_env *env, struct server *server)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));
	bool stale = server->tls.context && net_tls_is_stale(server->tls.context);

	/* Where it fails the old stay. */
	if (!server->tls.context || load_tls(env, &server->tls) < 0 || !stale ||
	    !log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	buf_str(&text, "the TLS files for ");
	buf_str(&text, server->host);
	buf_str(&text, " have changed: the next connection is made with them");
	server_note(env, LOG_LEVEL_INFO, &text);
}

/* ---- making and ending */

static void take_from(struct flow **list, const struct flow *flow)
{
	for (struct flow **at = list; *at; at = &(*at)->next) {
		if (*at == flow) {
			*at = flow->next;
			break;
		}
	}
}

static void unlink_flow(struct flow *flow)
{
	take_from(&flow->server->flows.list, flow);
}

static void close_streams(struct flow *flow)
{
	for (unsigned i = 0; i < flow->try_count; i++) {
		net_stream_close(flow->tries[i].stream);
		flow->tries[i].stream = NULL;
	}
	flow->stream = NULL;
}

static void flow_free(struct flow *flow)
{
	close_streams(flow);
	net_timer_free(flow->timer);
	free(flow);
}

static void free_all(struct flow **list)
{
	while (*list) {
		struct flow *flow = *list;

		*list = flow->next;
		flow_free(flow);
	}
}

void flow_close_all(struct server *server)
{
	free_all(&server->flows.list);
	free_all(&server->flows.lost);
}

const struct flow_try *flow_told(const struct flow *flow)
{
	for (unsigned i = 0; i < flow->try_count; i++)
		if (flow->tries[i].local != REG_LOCAL_NO_ROUTE &&
		    !reg_blames_interface(flow->tries[i].local))
			return &flow->tries[i];
	return &flow->tries[0];
}

/* It never opened: whoever waits is told. */
static void give_up(struct flow *flow)
{
	struct line_env *env = flow->env;
	struct line *line;

	race_lost(flow);
	unlink_flow(flow);
	while ((line = server_dequeue(&flow->waiting)))
		line_attempt_cut_off(env, line, flow_told(flow)->local, LINE_WAS_CLOSED);
	flow_free(flow);
}

/* How long until the next connection: none after a first loss, since a server that restarts wants
 * its lines back; then longer and longer. */
static uint64_t rest_after_loss(struct flow *flow)
{
	struct server *server = flow->server;
	uint64_t now_ms = net_now_ms(flow->env->net), rest_ms = FLOW_REST_BASE_MS;

	if (now_ms - flow->opened_ms >= FLOW_FIRM_MS)
		server->flows.losses = 0;
	if (server->flows.losses++ == 0)
		return 0;
	for (unsigned i = 2; i < server->flows.losses && rest_ms < FLOW_REST_MAX_MS; i++)
		rest_ms *= 2;
	if (rest_ms > FLOW_REST_MAX_MS)
		rest_ms = FLOW_REST_MAX_MS;
	if (server->flows.losses == UINT8_MAX)
		server->flows.losses--;
	return rng_between(&flow->env->rng, rest_ms / 2, rest_ms);
}

static void tell_lost(struct line_env *env, struct line *line, void *ctx)
{
	if (line->flow == ctx)
		line_on_flow_lost(env, line);
}

/* All lines of a server may have been registered over it. */
static void tell_lines(struct flow *flow)
{
	struct line_env *env = flow->env;

	if (flow->lines && line_walk(env, &flow->lost_at, tell_lost, flow) && flow->lines) {
		net_timer_set(flow->timer, net_now_ms(env->net) + 1);
		return;
	}
	take_from(&flow->server->flows.lost, flow);
	flow_free(flow);
}

/* It was open: requests on it go out once more where that can help, and its lines anew. */
static void lose(struct flow *flow, enum reg_local local, const char *why)
{
	struct line_env *env = flow->env;
	struct pool *attempts = &env->attempts;
	uint64_t rest_ms = rest_after_loss(flow);

	unlink_flow(flow);
	flow->server->flows.rest_until_ms = net_now_ms(env->net) + rest_ms;
	note_lost(flow, why, rest_ms);
	for (uint32_t i = 0; i < attempts->made && flow->attempts; i++) {
		struct line_attempt *attempt = pool_at(attempts, i);

		if (attempt->line && attempt->flow == flow)
			line_attempt_cut_off(env, attempt->line, local, LINE_WAS_OPEN);
	}
	close_streams(flow);
	flow->state = FLOW_LOST;
	flow->next = flow->server->flows.lost;
	flow->server->flows.lost = flow;
	tell_lines(flow);
}

/* RFC 5626 4.4: between four fifths and all of what the server asks for, where that is less.
 * Counted from the ping before, however late that was answered. */
static void arm_ping(struct flow *flow)
{
	uint64_t most_ms = (uint64_t)flow->server->outbound.flow_timer_s * 1000,
		 least_ms = most_ms * 4 / 5;

	if (!most_ms || most_ms > FLOW_PING_MAX_MS) {
		most_ms = FLOW_PING_MAX_MS;
		least_ms = FLOW_PING_MIN_MS;
	}
	if (least_ms < FLOW_PING_LEAST_MS)
		least_ms = FLOW_PING_LEAST_MS;
	if (most_ms < least_ms)
		most_ms = least_ms;
	net_timer_set(flow->timer,
	              flow->pinged_ms + rng_between(&flow->env->rng, least_ms, most_ms));
}

void flow_timer_changed(struct server *server)
{
	for (struct flow *flow = server->flows.list; flow; flow = flow->next) {
		if (flow->state == FLOW_OPEN && !flow->pong_due)
			arm_ping(flow);
	}
}

static void ping(struct flow *flow)
{
	if (flow->pong_due) {
		lose(flow, REG_LOCAL_CONNECTION_LOST, "a ping was not answered");
		return;
	}
	/* One that only an earlier target's lines needed. */
	if (!flow->used && !flow->attempts && !flow->lines) {
		unlink_flow(flow);
		flow_free(flow);
		return;
	}
	flow->used = false;
	flow->pinged_ms = net_now_ms(flow->env->net);
	warn_of_ends(flow);
	(void)net_stream_ping(flow->stream); /* where it is over, that is told */
	if (flow->server->flows.pongs) {
		flow->pong_due = true;
		net_timer_set(flow->timer, flow->pinged_ms + FLOW_PONG_MS);
	} else {
		arm_ping(flow);
	}
}

/* ---- what the connections say */

static void on_opened(void *ctx)
{
	struct flow_try *chosen = ctx;
	struct flow *flow = chosen->flow;
	struct line_env *env = flow->env;

	race_won(chosen);
	flow->stream = chosen->stream;
	flow->addr = chosen->addr;
	flow->device = chosen->device;
	flow->state = FLOW_OPEN;
	flow->opened_ms = flow->pinged_ms = net_now_ms(env->net);
	arm_ping(flow);
	keep_certificate(flow, flow->stream);
	warn_of_ends(flow);
	/* Those who come meanwhile find it open. */
	for (uint32_t n = flow->waiting.count; n && flow->waiting.head; n--)
		line_attempt_way_open(env, server_dequeue(&flow->waiting));
}

static void heard(struct flow *flow)
{
	flow->used = true;
	if (flow->pong_due) {
		flow->pong_due = false;
		arm_ping(flow);
	}
}

static void on_message(void *ctx, struct slice bytes)
{
	struct flow *flow = ((struct flow_try *)ctx)->flow;

	heard(flow);
	flow->env->on_flow(flow->env, flow, bytes);
}

static void on_pong(void *ctx)
{
	struct flow *flow = ((struct flow_try *)ctx)->flow;
	bool used = flow->used;

	flow->server->flows.pongs = true;
	heard(flow);
	flow->used = used;
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	struct flow_try *over = ctx;
	struct flow *flow = over->flow;
	char memory[128];
	struct buf why = buf_over(memory, sizeof(memory));

	if (flow->state == FLOW_OPEN) {
		flow_put_end(end, &why);
		buf_end(&why);
		lose(flow, facts_local_of_stream(net_end_name(end->why), end->error), memory);
		return;
	}
	keep_certificate(flow, over->stream);
	if (!race_failed(over, end))
		give_up(flow);
}

static const struct net_stream_handler handler = { on_opened, on_message, on_pong, on_closed };

/* ---- beginning */

bool flow_try_begin(struct flow_try *try, uint32_t patience_ms)
{
	struct flow *flow = try->flow;
	struct net_stream_cfg cfg = { .to = try->addr,
		                      .name = flow->name,
		                      .patience_ms = patience_ms };
	struct net_source source = { .device = 0 };
	int r = 0;

	if (flow->transport == DNS_TLS)
		cfg.tls = flow->server->tls.context;
	if (flow->server->way.interface) {
		r = server_source_for(flow->env, flow->server, &try->addr, &source);
		try->device = source.device;
		cfg.from = &source;
	}
	if (r == 0)
		r = net_stream_connect(flow->env->net, &cfg, &handler, try, &try->stream);
	try->began_ms = net_now_ms(flow->env->net);
	try->state = r < 0 ? FLOW_TRY_FAILED : FLOW_TRY_ASKED;
	if (r < 0) {
		try->local = facts_local_of_errno(-r);
		try->end = (struct net_stream_end){ .why = NET_END_ERROR, .error = -r };
	}
	return r == 0;
}

static void begin(struct flow *flow)
{
	flow->state = FLOW_CONNECTING;
	/* Never told from within flow_take(). */
	if (!race_begin(flow))
		net_timer_set(flow->timer, net_now_ms(flow->env->net));
}

static void on_timer(void *ctx)
{
	struct flow *flow = ctx;

	switch (flow->state) {
	case FLOW_RESTING:
		begin(flow);
		break;
	case FLOW_CONNECTING:
		if (!race_go_on(flow))
			give_up(flow);
		break;
	case FLOW_OPEN:
		ping(flow);
		break;
	case FLOW_LOST:
		tell_lines(flow);
		break;
	}
}

/* An open one has another address in place of what it was asked for where that did not answer in
 * time. It will do as long as it answers itself, and DNS lists it. */
static bool leads(const struct flow *flow, const struct flow_to *to)
{
	if (flow->state == FLOW_OPEN && net_addr_equal(&flow->addr, &to->addr))
		return true;
	if (!to->any && (flow->state == FLOW_OPEN || flow->try_count > 1))
		return false;
	if (flow->state == FLOW_OPEN &&
	    !server_addr_may_serve(flow->server, &flow->addr, flow->transport))
		return false;
	for (unsigned i = 0; i < flow->try_count; i++)
		if (net_addr_equal(&flow->tries[i].addr, &to->addr) &&
		    (flow->state == FLOW_OPEN || flow->tries[i].state != FLOW_TRY_FAILED ||
		     (to->any && race_awaits_addrs(flow))))
			return true;
	return false;
}

static struct flow *find(const struct server *server, const struct flow_to *to)
{
	for (struct flow *flow = server->flows.list; flow; flow = flow->next)
		if (flow->transport == to->transport && leads(flow, to) &&
		    (to->transport != DNS_TLS || strcasecmp(flow->name, to->name) == 0))
			return flow;
	return NULL;
}

static struct flow *flow_new(struct line_env *env, struct server *server, const struct flow_to *to)
{
	unsigned count = 1 + to->other_count;
	unsigned room = server->names.in_part ? DNS_TARGETS_MAX : count;
	struct flow *flow = calloc(1, sizeof(*flow) + room * sizeof(*flow->tries));

	if (!flow)
		return NULL;
	*flow = (struct flow){ .server = server, .env = env, .transport = to->transport };
	if (net_timer_new(env->net, on_timer, flow, &flow->timer) < 0) {
		free(flow);
		return NULL;
	}
	strncpy(flow->name, to->name ? to->name : "", sizeof(flow->name) - 1);
	flow->try_count = count;
	flow->try_room = room;
	for (unsigned i = 0; i < count; i++)
		flow->tries[i] =
			(struct flow_try){ .flow = flow, .addr = i ? to->others[i - 1] : to->addr };
	return flow;
}

struct flow *flow_take(struct line_env *env, struct server *server, const struct flow_to *to,
                       enum reg_local *ret_local)
{
	struct flow *flow = find(server, to);

	if (flow)
		return flow;
	flow = flow_new(env, server, to);
	if (!flow) {
		*ret_local = REG_LOCAL_MEMORY;
		return NULL;
	}
	flow->next = server->flows.list;
	server->flows.list = flow;
	if (net_now_ms(env->net) < server->flows.rest_until_ms)
		net_timer_set(flow->timer, server->flows.rest_until_ms);
	else
		begin(flow);
	return flow;
}

int flow_send(struct flow *flow, struct slice bytes)
{
	int r = net_stream_send(flow->stream, bytes);

	flow->used = true;
	return r == -ENOBUFS ? 0 : r;
}

/* An interface that was taken out and put in again is another one to the socket. */
static bool has_moved(struct line_env *env, const struct flow *flow)
{
	return flow->state == FLOW_OPEN &&
	       (server_way_moved(env, flow->server, &flow->addr, net_stream_local(flow->stream)) ||
	        flow->device != flow->server->way.device);
}

void flow_routes_changed(struct line_env *env, struct server *server)
{
	struct flow *moved = NULL;

	for (struct flow *flow = server->flows.list; flow; flow = flow->next)
		if (flow->state == FLOW_CONNECTING && race_is_in_vain(flow)) {
			race_stop(flow);
			begin(flow);
		}

	/* All of them are out of the list before the first loss: what that sets off finds none. */
	for (struct flow **at = &server->flows.list; *at;) {
		struct flow *flow = *at;

		if (!has_moved(env, flow)) {
			at = &flow->next;
			continue;
		}
		*at = flow->next;
		flow->next = moved;
		moved = flow;
	}
	while (moved) {
		struct flow *flow = moved;

		moved = flow->next;
		lose(flow, REG_LOCAL_CONNECTION_LOST, "the way to there is another one now");
	}
}
