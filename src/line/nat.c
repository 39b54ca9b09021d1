/* line/nat.c: the ways between our sockets and the addresses of a server: what the server sees of
 * us through a NAT, and what keeps the NAT's mapping open.
 *
 * All lines of a shard share one socket to an address of a server, and so one mapping. What one
 * line's answer tells, or the answer to a keep-alive, is true of all of them: where it changes,
 * those whose Contact says otherwise register anew, as the pace allows. A server that tells
 * something else each time (attack D11) is followed MOVES_MAX times, and then once in
 * MOVE_FILL_MS: there is no loop.
 *
 * A connection has a mapping of its own, which lasts as long as it does. So what the server says
 * first of our end of it is kept with the flow, and goes into the Contacts of the lines over it: a
 * server without outbound (RFC 5626) that sends a call there finds the connection by that address
 * and port (RFC 3261 18.1.1), and by nothing else. */
#include <stdlib.h>

#include "line/flow.h"
#include "line/part.h"
#include "net/stun.h"
#include "sip/build.h"

#define MOVES_MAX     2
#define MOVE_FILL_MS  600000
#define KEEP_MIN_MS   24000 /* RFC 5626 4.4.2: over UDP from 24 to 29 s */
#define KEEP_MAX_MS   29000
#define KEEP_LEAST_MS 10000 /* whatever a Flow-Timer asks for */
#define KEEP_RTO_MS   500   /* RFC 8489 6.2.1 */
#define KEEP_SENDS    7     /* where the server has answered one before */
#define KEEP_TRIES    3     /* where it never has */
#define KEEP_WAIT_MAX 8000

#define PING_MARK "z9hG4bKka"

/* ---- what the server sees */

static struct server_nat *nat_find(const struct server *server, const struct net_addr *to,
                                   const struct net_addr *from)
{
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		struct server_nat *nat = &server->nat.table[i];

		if (nat->to.any.sa_family && net_addr_equal(&nat->to, to) &&
		    net_addr_equal(&nat->from, from))
			return nat;
	}
	return NULL;
}

/* NULL: no memory, or too many are in use. What is known of a way is a help, not a need. */
static struct server_nat *nat_make(struct line_env *env, struct server *server,
                                   const struct net_addr *to, const struct net_addr *from)
{
	struct server_nat *nat = nat_find(server, to, from);
	uint64_t now_ms = net_now_ms(env->net);

	if (nat)
		return nat;
	if (!server->nat.table)
		server->nat.table = calloc(SERVER_NATS_MAX, sizeof(*server->nat.table));
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		nat = &server->nat.table[i];
		/* One that is out of use is kept until the lines that were bound over it know. */
		if (nat->to.any.sa_family &&
		    (nat->until_ms > now_ms || nat->renew != SERVER_RENEW_NONE))
			continue;
		*nat = (struct server_nat){ .to = *to,
			                    .from = *from,
			                    .seen = *from,
			                    .moves = MOVES_MAX,
			                    .moves_at_ms = now_ms };
		return nat;
	}
	return NULL;
}

const struct net_addr *server_contact_addr(const struct server *server,
                                           const struct line_target *target)
{
	const struct server_nat *nat = nat_find(server, &target->addr, &target->source);

	return nat ? &nat->seen : &target->source;
}

static void note_seen(struct line_env *env, const struct server *server,
                      const struct net_addr *seen, const struct net_addr *from)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	buf_str(&text, server->host);
	buf_str(&text, " sees us at ");
	net_addr_show(seen, &text);
	if (net_addr_equal(seen, from)) {
		buf_str(&text, ", our own address, again");
	} else {
		buf_str(&text, ", not at ");
		net_addr_show(from, &text);
		buf_str(&text, " (NAT)");
	}
	buf_str(&text, ": the Contact is made from that");
	server_note(env, LOG_LEVEL_INFO, &text);
}

static void note_unsteady(struct line_env *env, const struct server *server)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->host);
	buf_str(&text, " sees us at another address each time: the Contact stays as it is for now");
	server_note(env, LOG_LEVEL_WARN, &text);
}

void server_renew_soon(struct line_env *env, struct server *server)
{
	server->renews = true;
	server->renew_at = 0;
	line_env_arm(env, env->asks, server->number, net_now_ms(env->net));
}

static void renew(struct line_env *env, struct server *server, struct server_nat *nat,
                  enum server_renew which)
{
	/* All are more than those that have moved. */
	if (nat->renew != SERVER_RENEW_ALL)
		nat->renew = which;
	server_renew_soon(env, server);
}

static void fill_moves(struct server_nat *nat, uint64_t now_ms)
{
	while (nat->moves < MOVES_MAX && now_ms - nat->moves_at_ms >= MOVE_FILL_MS) {
		nat->moves++;
		nat->moves_at_ms += MOVE_FILL_MS;
	}
	if (nat->moves == MOVES_MAX)
		nat->moves_at_ms = now_ms;
}

static void nat_saw(struct line_env *env, struct server *server, struct server_nat *nat,
                    const struct net_addr *seen)
{
	if (net_addr_equal(&nat->seen, seen) || nat->from.any.sa_family != seen->any.sa_family)
		return;
	fill_moves(nat, net_now_ms(env->net));
	if (!nat->moves) {
		if (!nat->told)
			note_unsteady(env, server);
		nat->told = true;
		return;
	}
	nat->moves--;
	nat->told = false;
	nat->seen = *seen;
	note_seen(env, server, &nat->seen, &nat->from);
	renew(env, server, nat, SERVER_RENEW_MOVED);
}

/* RFC 3581 4: both parameters, or the port alone where the address is the right one. Without a port
 * the server has not said where it would send to. */
static bool seen_of(const struct sip_via *via, const struct net_addr *source,
                    struct net_addr *ret_seen)
{
	struct net_addr seen = *source;

	if (!via->rport)
		return false;
	if (slice_present(via->received) && net_addr_parse(via->received, 0, &seen) < 0)
		return false;
	net_addr_set_port(&seen, via->rport);
	*ret_seen = seen;
	return true;
}

/* A connection keeps its own mapping; what is seen through one says nothing of the socket's. */
static bool is_udp(const struct line_attempt *attempt)
{
	return attempt->purpose == LINE_REGISTERS && attempt->target.transport == DNS_UDP &&
	       !attempt->over_tcp;
}

/* Whether the Contact is to lead to the connection: a large request only borrows one, and with
 * outbound the registrar knows the flow without. */
static bool is_flow(const struct line_attempt *attempt)
{
	return attempt->purpose == LINE_REGISTERS && attempt->flow && !attempt->over_tcp &&
	       attempt->line->server->outbound.use != SERVER_OUTBOUND_ON;
}

static void renew_flow(struct line_env *env, struct flow *flow)
{
	flow->renew = true;
	server_renew_soon(env, flow->server);
}

/* The first word counts. */
static void flow_saw(struct line_env *env, struct line_attempt *attempt, const struct sip_via *via,
                     const struct reg_facts *facts)
{
	const struct net_addr *source = &attempt->target.source;
	struct flow *flow = attempt->flow;

	if (flow->seen.any.sa_family || !seen_of(via, source, &flow->seen))
		return;
	if (net_addr_equal(&flow->seen, source) ||
	    flow->seen.any.sa_family != source->any.sa_family) {
		flow->seen = *source;
		return;
	}
	note_seen(env, flow->server, &flow->seen, source);
	if (facts->status >= 300)
		attempt->target.contact = flow->seen;
	renew_flow(env, flow);
}

void line_nat_saw(struct line_env *env, struct line *line, struct line_attempt *attempt,
                  const struct sip_via *via, const struct reg_facts *facts)
{
	const struct line_target *target = &attempt->target;
	struct server_nat *nat;
	struct net_addr seen;

	/* An ALG that puts its own address into the Via tells nothing of where we are. */
	if (facts->via_rewritten)
		return;
	if (is_flow(attempt))
		flow_saw(env, attempt, via, facts);
	if (!is_udp(attempt) || !seen_of(via, &target->source, &seen))
		return;
	nat = nat_find(line->server, &target->addr, &target->source);
	if (!nat && net_addr_equal(&seen, &target->source))
		return;
	if (!nat)
		nat = nat_make(env, line->server, &target->addr, &target->source);
	if (!nat)
		return;
	nat_saw(env, line->server, nat, &seen);
	if (facts->status >= 300)
		attempt->target.contact = nat->seen;
}

/* ---- keep-alive */

static bool is_in_use(const struct server *server, const struct server_nat *nat, uint64_t now_ms)
{
	return nat->to.any.sa_family && nat->until_ms > now_ms && server->bound;
}

static void arm(struct line_env *env, struct server *server)
{
	uint64_t next_ms = 0;

	for (unsigned i = 0; i < SERVER_NATS_MAX; i++) {
		uint64_t at_ms = server->nat.table[i].next_ms;

		if (at_ms && (!next_ms || at_ms < next_ms))
			next_ms = at_ms;
	}
	if (next_ms)
		line_env_arm(env, env->keeps, server->number, next_ms);
	else
		wheel_clear(env->keeps, server->number);
}

/* RFC 5626 4.4.2; 4.4: between four fifths and all of what the server asks for, where that is less.
 */
static uint64_t after_a_while(struct line_env *env, const struct server *server)
{
	uint64_t most_ms = (uint64_t)server->outbound.flow_timer_s * 1000,
		 least_ms = most_ms * 4 / 5;

	if (!most_ms || most_ms > KEEP_MAX_MS) {
		most_ms = KEEP_MAX_MS;
		least_ms = KEEP_MIN_MS;
	}
	if (most_ms < KEEP_LEAST_MS)
		most_ms = least_ms = KEEP_LEAST_MS;
	return net_now_ms(env->net) + rng_between(&env->rng, least_ms, most_ms);
}

/* Whether the Contact that was granted leads to where we are seen: that may have shown while its
 * REGISTER was under way. Who wrote another address into it has bound us there. */
static bool is_bound_at(struct line_env *env, struct line *line, const struct line_target *target,
                        const struct reg_facts *facts, const struct net_addr *seen)
{
	if (facts->ours_rewritten)
		(void)line_ways_set(&env->ways, &line->bound, &target->addr, seen);
	return line->contact || facts->ours_rewritten || net_addr_equal(&target->contact, seen);
}

void line_nat_bound(struct line_env *env, struct line *line, const struct line_attempt *attempt,
                    const struct reg_facts *facts)
{
	const struct line_target *target = &attempt->target;
	struct server *server = line->server;
	uint64_t until_ms = net_now_ms(env->net) + (uint64_t)facts->granted_s * 1000;
	struct server_nat *nat =
		is_udp(attempt) ? nat_make(env, server, &target->addr, &target->source) : NULL;

	if (is_flow(attempt) && attempt->flow->seen.any.sa_family &&
	    !is_bound_at(env, line, target, facts, &attempt->flow->seen))
		renew_flow(env, attempt->flow);
	if (!nat)
		return;
	if (!is_bound_at(env, line, target, facts, &nat->seen) && nat->renew == SERVER_RENEW_NONE)
		renew(env, server, nat, SERVER_RENEW_MOVED);
	if (nat->until_ms < until_ms)
		nat->until_ms = until_ms;
	if (server->nat.keep == SIP_KEEP_NONE || nat->next_ms)
		return;
	nat->next_ms = after_a_while(env, server);
	arm(env, server);
}

void server_set_keep(struct line_env *env, struct server *server, enum sip_keep keep)
{
	uint64_t now_ms = net_now_ms(env->net);

	if (keep == SIP_KEEP_NONE && server->outbound.use == SERVER_OUTBOUND_ON)
		keep = SIP_KEEP_STUN;
	if (server->nat.keep == keep)
		return;
	server->nat.keep = keep;
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		struct server_nat *nat = &server->nat.table[i];
		bool wanted = keep != SIP_KEEP_NONE && is_in_use(server, nat, now_ms);

		nat->mark = 0;
		nat->answered = nat->mute = false;
		nat->next_ms = wanted ? after_a_while(env, server) : 0;
	}
	if (server->nat.table)
		arm(env, server);
}

static void write_stun(const struct server *server, const struct server_nat *nat, struct buf *out)
{
	uint8_t id[STUN_ID_BYTES], request[STUN_REQUEST_SIZE];

	for (unsigned i = 0; i < 4; i++)
		id[i] = (uint8_t)(server->number >> 8 * i);
	for (unsigned i = 0; i < 8; i++)
		id[4 + i] = (uint8_t)(nat->mark >> 8 * i);
	stun_request_write(id, request);
	buf_put(out, slice_of((const char *)request, sizeof(request)));
}

void server_stun_id_read(const uint8_t id[STUN_ID_BYTES], uint32_t *ret_number, uint64_t *ret_mark)
{
	uint32_t number = 0;
	uint64_t mark = 0;

	for (unsigned i = 0; i < 4; i++)
		number |= (uint32_t)id[i] << 8 * i;
	for (unsigned i = 0; i < 8; i++)
		mark |= (uint64_t)id[4 + i] << 8 * i;
	*ret_number = number;
	*ret_mark = mark;
}

/* To the server itself, from nobody: no line's credentials belong to it. */
static void write_options(const struct line_env *env, const struct server *server,
                          const struct server_nat *nat, struct buf *out)
{
	char sent_by[NET_ADDR_TEXT_MAX], branch[SERVER_PING_BRANCH_LEN + 1], id[32];
	struct buf via = buf_over(sent_by, sizeof(sent_by));
	struct buf name = buf_over(branch, sizeof(branch));
	struct buf call_id = buf_over(id, sizeof(id));

	net_addr_show(&nat->from, &via);
	buf_str(&name, PING_MARK);
	buf_hex_u64(&name, server->number, 8);
	buf_hex_u64(&name, nat->mark, 16);
	buf_hex_u64(&call_id, nat->mark, 16);
	sip_build_options(
		&(struct sip_options){
			.request_uri = slice_str(server->request_uri),
			.transport = SLICE("UDP"),
			.sent_by = buf_slice(&via),
			.branch = buf_slice(&name),
			.route = server->route[0] ? slice_str(server->route) : SLICE_NONE,
			.from = slice_str(server->log_uri),
			.to = slice_str(server->log_uri),
			.from_tag = slice_of(id, 8),
			.call_id = buf_slice(&call_id),
			.cseq = 1,
			.user_agent = env->user_agent[0] ? slice_str(env->user_agent) : SLICE_NONE,
		},
		out);
}

bool server_ping_branch_read(struct slice branch, uint32_t *ret_number, uint64_t *ret_mark)
{
	struct slice mark = SLICE(PING_MARK);
	uint64_t values[2] = { 0 };

	if (branch.n != SERVER_PING_BRANCH_LEN || !slice_starts_nocase(branch, mark))
		return false;
	for (size_t i = mark.n; i < branch.n; i++) {
		unsigned char c = (unsigned char)branch.p[i];
		unsigned digit = c >= '0' && c <= '9' ? c - 48u : (c | 0x20u) - 'a' + 10u;
		uint64_t *value = &values[i >= mark.n + 8];

		if (digit > 15)
			return false;
		*value = *value << 4 | digit;
	}
	*ret_number = (uint32_t)values[0];
	*ret_mark = values[1];
	return true;
}

static void put_out(struct line_env *env, const struct server *server, const struct server_nat *nat)
{
	char memory[NET_SEND_MAX];
	struct buf out = buf_over(memory, sizeof(memory));

	switch (server->nat.keep) {
	case SIP_KEEP_NONE:
		return;
	case SIP_KEEP_CRLF:
		buf_str(&out, "\r\n\r\n");
		break;
	case SIP_KEEP_STUN:
		write_stun(server, nat, &out);
		break;
	case SIP_KEEP_OPTIONS:
		write_options(env, server, nat, &out);
		break;
	}
	/* What the socket refuses now it may take the next time. */
	if (!out.full)
		(void)server_send(env, server, &nat->from, &nat->to, buf_slice(&out));
}

static void note_silence(struct line_env *env, const struct server *server,
                         const struct server_nat *nat)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->host);
	buf_str(&text,
	        server->nat.keep == SIP_KEEP_STUN ? " answers no STUN" : " answers no OPTIONS");
	buf_str(&text, nat->answered ? " any more: its lines register anew"
	                             : ": what is sent keeps a NAT open all the same");
	server_note(env, LOG_LEVEL_WARN, &text);
}

/* No answer: where there were some, the way may be another one now (RFC 5626 4.4.2). */
static void give_up(struct line_env *env, struct server *server, struct server_nat *nat)
{
	if (nat->answered || !nat->mute)
		note_silence(env, server, nat);
	if (nat->answered)
		renew(env, server, nat, SERVER_RENEW_ALL);
	nat->mute = true;
	nat->answered = false;
	nat->mark = 0;
	nat->next_ms = after_a_while(env, server);
}

static void keep(struct line_env *env, struct server *server, struct server_nat *nat)
{
	uint64_t now_ms = net_now_ms(env->net), wait_ms;

	if (server->nat.keep == SIP_KEEP_CRLF) {
		put_out(env, server, nat);
		nat->next_ms = after_a_while(env, server);
		return;
	}
	if (!nat->mark) {
		nat->mark = hash_pair(&env->branch_key, server->number, ++env->keep_marks) | 1;
		nat->sends = 0;
	}
	if (nat->sends == (nat->answered ? KEEP_SENDS : KEEP_TRIES)) {
		give_up(env, server, nat);
		return;
	}
	put_out(env, server, nat);
	wait_ms = (uint64_t)KEEP_RTO_MS << nat->sends++;
	nat->next_ms = now_ms + (wait_ms < KEEP_WAIT_MAX ? wait_ms : KEEP_WAIT_MAX);
}

void server_keep_due(struct line_env *env, struct server *server)
{
	uint64_t now_ms = net_now_ms(env->net);

	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		struct server_nat *nat = &server->nat.table[i];

		if (!is_in_use(server, nat, now_ms)) {
			nat->next_ms = 0;
			nat->mark = 0;
		} else if (nat->next_ms && nat->next_ms <= now_ms) {
			keep(env, server, nat);
		}
	}
	if (server->nat.table)
		arm(env, server);
}

static struct server_nat *answered(struct line_env *env, struct server *server,
                                   const struct net_addr *from, uint64_t mark)
{
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		struct server_nat *nat = &server->nat.table[i];

		if (!nat->mark || nat->mark != mark || !net_addr_equal(&nat->to, from))
			continue;
		nat->mark = 0;
		nat->answered = true;
		nat->mute = false;
		nat->next_ms = after_a_while(env, server);
		return nat;
	}
	return NULL;
}

bool server_on_stun(struct line_env *env, struct server *server, const struct net_addr *from,
                    uint64_t mark, const struct net_addr *mapped)
{
	struct server_nat *nat =
		server->nat.keep == SIP_KEEP_STUN ? answered(env, server, from, mark) : NULL;

	if (nat && mapped)
		nat_saw(env, server, nat, mapped);
	return nat != NULL;
}

bool server_on_pong(struct line_env *env, struct server *server, const struct net_addr *from,
                    uint64_t mark, const struct sip_via *via)
{
	struct server_nat *nat =
		server->nat.keep == SIP_KEEP_OPTIONS ? answered(env, server, from, mark) : NULL;
	struct net_addr seen;

	if (nat && seen_of(via, &nat->from, &seen))
		nat_saw(env, server, nat, &seen);
	return nat != NULL;
}

/* ---- who registers anew */

bool server_renews_line(const struct line_env *env, const struct server *server,
                        const struct line *line)
{
	const struct line_way *bound = line_ways_at(&env->ways, line->bound);

	if (server->moves.due && server_left(env, server, line))
		return true;
	if (line->bound_transport != DNS_UDP)
		return line->flow && line->flow->renew && !line->contact &&
		       !net_addr_equal(&line->flow->seen, &bound->source);
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		const struct server_nat *nat = &server->nat.table[i];

		if (nat->renew == SERVER_RENEW_NONE || !net_addr_equal(&nat->to, &bound->addr))
			continue;
		if (nat->renew == SERVER_RENEW_ALL)
			return true;
		if (!line->contact && !net_addr_equal(&nat->seen, &bound->source))
			return true;
	}
	return false;
}

void server_renewed(struct server *server)
{
	server->renews = false;
	server->moves.due = false;
	for (struct flow *flow = server->flows.list; flow; flow = flow->next)
		flow->renew = false;
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++)
		server->nat.table[i].renew = SERVER_RENEW_NONE;
}

bool server_routes_changed(struct line_env *env, struct server *server)
{
	uint64_t now_ms = net_now_ms(env->net);

	server->way.moved = server_ways_changed(env, server);
	/* What is dead by one way need not be so by another. */
	if (server->way.moved) {
		pace_hurry(&server->gate->pace, now_ms);
		line_env_arm(env, env->asks, server->number, now_ms);
	}
	for (unsigned i = 0; server->names.targets && i < server->names.target_count; i++)
		server->names.targets[i].sent_by[0] = '\0';
	server->way.asked_until_ms = now_ms;
	for (unsigned i = 0; server->nat.table && i < SERVER_NATS_MAX; i++) {
		struct server_nat *nat = &server->nat.table[i];

		if (!nat->to.any.sa_family || nat->until_ms <= now_ms ||
		    !server_way_moved(env, server, &nat->to, &nat->from))
			continue;
		nat->until_ms = now_ms;
		nat->next_ms = 0;
		renew(env, server, nat, SERVER_RENEW_ALL);
	}
	flow_routes_changed(env, server);
	return server->way.moved;
}
