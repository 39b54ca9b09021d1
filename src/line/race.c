/* line/race.c: which of a host's addresses a connection is made to, see race.h. It decides who
 * begins when, and what is told of it; the connections themselves are flow.c's. */
#include "line/race.h"

#include "facts/facts.h"
#include "line/part.h"

#define NAMED_MOST 3 /* addresses that the log names beside the one that was taken */

static unsigned under_way(const struct flow *flow)
{
	unsigned count = 0;

	for (unsigned i = 0; i < flow->try_count; i++)
		count += flow->tries[i].state == FLOW_TRY_ASKED;
	return count;
}

static unsigned count_begun(const struct flow *flow)
{
	unsigned count = 0;

	for (unsigned i = 0; i < flow->try_count; i++)
		count += flow->tries[i].state != FLOW_TRY_WAITING;
	return count;
}

static struct flow_try *next_of(struct flow *flow)
{
	for (unsigned i = 0; i < flow->try_count; i++)
		if (flow->tries[i].state == FLOW_TRY_WAITING)
			return &flow->tries[i];
	return NULL;
}

/* Where more wait than there is room for, who is silent makes way early; the last ones have the
 * whole time. */
static uint32_t patience_of(const struct flow_try *try)
{
	const struct flow *flow = try->flow;

	return try - flow->tries + FLOW_RACE_WIDTH < flow->try_count ? FLOW_RACE_TURN_MS : 0;
}

/* Not where one of those who wait for it means just this address. */
static bool may_lead_elsewhere(const struct flow *flow)
{
	for (const struct line *line = flow->waiting.head; line; line = line->queue_next) {
		const struct line_attempt *attempt = line_attempt_of(flow->env, line);

		if (attempt->step != LINE_STEP_FIRST || !line_attempt_is_servers_choice(attempt))
			return false;
	}
	return true;
}

bool race_awaits_addrs(const struct flow *flow)
{
	return flow->server->names.in_part && flow->try_count < flow->try_room &&
	       may_lead_elsewhere(flow);
}

bool race_go_on(struct flow *flow)
{
	bool awaits = race_awaits_addrs(flow), begun = false;
	unsigned width = awaits ? FLOW_RACE_WIDTH - 1 : FLOW_RACE_WIDTH;
	struct flow_try *next;

	while (!begun && under_way(flow) < width && (next = next_of(flow)))
		begun = flow_try_begin(next, patience_of(next));
	net_timer_set(flow->timer, next_of(flow) && under_way(flow) < width
	                                   ? net_now_ms(flow->env->net) + FLOW_RACE_MS
	                                   : NET_NEVER);
	return under_way(flow) > 0 || awaits;
}

bool race_begin(struct flow *flow)
{
	enum reg_local local = flow_tls_ready(flow);

	/* Files that cannot be used are the same at each address. */
	if (local != REG_LOCAL_NONE)
		flow->try_room = flow->try_count;
	for (unsigned i = 0; i < flow->try_count && local != REG_LOCAL_NONE; i++) {
		flow->tries[i].state = FLOW_TRY_FAILED;
		flow->tries[i].local = local;
	}
	return race_go_on(flow);
}

bool race_failed(struct flow_try *over, const struct net_stream_end *end)
{
	struct flow *flow = over->flow;

	net_stream_close(over->stream);
	over->stream = NULL;
	over->state = FLOW_TRY_FAILED;
	over->local = facts_local_of_stream(net_end_name(end->why), end->error);
	over->end = *end;
	if (reg_blames_target(over->local))
		server_addr_failed(flow->server, &over->addr, flow->transport,
		                   net_now_ms(flow->env->net));
	return race_go_on(flow);
}

void race_stop(struct flow *flow)
{
	for (unsigned i = 0; i < flow->try_count; i++) {
		net_stream_close(flow->tries[i].stream);
		flow->tries[i].stream = NULL;
		flow->tries[i].state = FLOW_TRY_WAITING;
	}
}

bool race_is_in_vain(struct flow *flow)
{
	for (unsigned i = 0; i < flow->try_count; i++) {
		const struct flow_try *try = &flow->tries[i];
		struct net_source source;

		if (try->state == FLOW_TRY_ASKED &&
		    (server_source_for(flow->env, flow->server, &try->addr, &source) < 0 ||
		     !net_addr_same_host(&source.addr, net_stream_local(try->stream)) ||
		     source.device != try->device))
			return true;
	}
	return false;
}

/* ---- addresses that DNS was late with */

static bool is_among(const struct flow_try *tries, unsigned count, const struct net_addr *addr)
{
	for (unsigned i = 0; i < count; i++)
		if (net_addr_equal(&tries[i].addr, addr))
			return true;
	return false;
}

/* In the order to try them, in place of those that wait. Those that have begun stand before these,
 * and stay where they are: their streams know them. */
static void take(struct flow *flow, const struct net_addr *addrs, unsigned count)
{
	unsigned kept = count_begun(flow), n;

	if (!count)
		return;
	if (!kept) /* the one that was asked for stays the first */
		kept = 1;
	n = kept;
	for (unsigned i = 0; i < count && n < flow->try_room; i++)
		if (!is_among(flow->tries, kept, &addrs[i]))
			flow->tries[n++] = (struct flow_try){ .flow = flow, .addr = addrs[i] };
	flow->try_count = n;
}

/* What fails from now on is counted by the numbers that the addresses have now. */
static void recount(struct flow *flow)
{
	for (const struct line *line = flow->waiting.head; line; line = line->queue_next)
		server_recount_tried(line_attempt_of(flow->env, line));
}

/* The next one begins when its turn is, which may have been; from the timer. */
static void resume(struct flow *flow)
{
	uint64_t at_ms = net_now_ms(flow->env->net);

	for (unsigned i = 0; i < flow->try_count; i++) {
		const struct flow_try *try = &flow->tries[i];

		if (try->state == FLOW_TRY_ASKED && try->began_ms + FLOW_RACE_MS > at_ms)
			at_ms = try->began_ms + FLOW_RACE_MS;
	}
	net_timer_set(flow->timer, at_ms);
}

void race_addrs_came(struct server *server)
{
	struct net_addr others[DNS_TARGETS_MAX];

	for (struct flow *flow = server->flows.list; flow; flow = flow->next) {
		if ((flow->state != FLOW_CONNECTING && flow->state != FLOW_RESTING) ||
		    flow->try_count == flow->try_room)
			continue;
		if (flow->waiting.head && may_lead_elsewhere(flow)) {
			take(flow, others,
			     server_other_addrs(line_attempt_of(flow->env, flow->waiting.head),
			                        others));
			recount(flow);
		}
		if (flow->state == FLOW_CONNECTING)
			resume(flow);
	}
}

/* ---- words */

static void put_try(const struct flow_try *try, uint64_t now_ms, struct buf *text)
{
	net_addr_show(&try->addr, text);
	if (try->state == FLOW_TRY_FAILED) {
		buf_str(text, " failed (");
		flow_put_end(&try->end, text);
		buf_char(text, ')');
	} else {
		buf_str(text, " had not answered in ");
		buf_u64(text, now_ms - try->began_ms);
		buf_str(text, " ms");
	}
}

/* Of those that began, and are not the one that was taken (NULL: none was). */
static void put_others(const struct flow *flow, const struct flow_try *chosen, unsigned count,
                       struct buf *text)
{
	uint64_t now_ms = net_now_ms(flow->env->net);
	unsigned named = 0;

	for (unsigned i = 0; i < flow->try_count && named < NAMED_MOST; i++) {
		const struct flow_try *try = &flow->tries[i];

		if (try == chosen || try->state == FLOW_TRY_WAITING)
			continue;
		buf_str(text, named++ ? ", " : "; ");
		put_try(try, now_ms, text);
	}
	if (count > named) {
		buf_str(text, ", and ");
		buf_u64(text, count - named);
		buf_str(text, " more");
	}
}

static void put_head(const struct flow *flow, struct buf *text)
{
	buf_str(text, dns_transport_text(flow->transport));
	buf_str(text, FLOW_SAYS_TO);
	buf_str(text, flow->server->host);
}

static void tell_won(const struct flow *flow, const struct flow_try *chosen)
{
	char memory[768];
	struct buf text = buf_over(memory, sizeof(memory));
	unsigned begun = count_begun(flow);

	if (begun < 2 || !log_wants(&flow->env->log, LOG_LEVEL_INFO))
		return;
	put_head(flow, &text);
	buf_str(&text, FLOW_SAYS_GOES);
	net_addr_show(&chosen->addr, &text);
	buf_str(&text, ", which opened first of ");
	buf_u64(&text, begun);
	buf_str(&text, " addresses and is kept while it answers");
	put_others(flow, chosen, begun - 1, &text);
	server_note(flow->env, LOG_LEVEL_INFO, &text);
}

/* Many lines that try a dead server at times of their own make a connection each. */
static bool may_tell_shut(const struct flow *flow)
{
	struct server *server = flow->server;
	uint64_t now_ms = net_now_ms(flow->env->net);

	if (!server->flows.shut_told || now_ms - server->flows.shut_from_ms >= FLOW_SHUT_MS) {
		server->flows.shut_from_ms = now_ms;
		server->flows.shut_told = 0;
	}
	if (server->flows.shut_told == FLOW_SHUT_MOST)
		return false;
	server->flows.shut_told++;
	return true;
}

void race_lost(const struct flow *flow)
{
	char memory[768];
	struct buf text = buf_over(memory, sizeof(memory));
	unsigned failed = count_begun(flow);

	if (!failed || !log_wants(&flow->env->log, LOG_LEVEL_INFO) || !may_tell_shut(flow))
		return;
	/* Files that cannot be used are the same at each address. */
	if (failed < 2 || flow->tries[0].local == REG_LOCAL_TLS_FILES) {
		flow_put(flow, &flow->tries[0].addr, &text);
		buf_str(&text, FLOW_SAYS_SHUT);
		buf_str(&text, reg_local_text(flow->tries[0].local));
	} else {
		put_head(flow, &text);
		buf_str(&text, FLOW_SAYS_NOWHERE);
		buf_u64(&text, failed);
		buf_str(&text, " addresses");
		put_others(flow, NULL, failed, &text);
	}
	server_note(flow->env, LOG_LEVEL_INFO, &text);
}

void race_won(struct flow_try *chosen)
{
	struct flow *flow = chosen->flow;

	tell_won(flow, chosen);
	for (unsigned i = 0; i < flow->try_count; i++) {
		struct flow_try *try = &flow->tries[i];

		if (try == chosen || try->state != FLOW_TRY_ASKED)
			continue;
		net_stream_close(try->stream);
		try->stream = NULL;
		try->state = FLOW_TRY_WAITING;
	}
}
