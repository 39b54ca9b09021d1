/* line/attempt.c: one attempt, from the pace's leave over the look-up to the transactions, one
 * after the other, until the machine says that it is over. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "facts/facts.h"
#include "line/flow.h"
#include "line/part.h"

#define UDP_SAFE_MAX  1300 /* RFC 3261 18.1.1: above, a datagram may be cut on the way */
#define CLOCK_SANE_MS INT64_C(1764547200000) /* 2025-12-01: no clock that is right shows less */

struct line_attempt *line_attempt_of(const struct line_env *env, const struct line *line)
{
	return line->attempt == POOL_NONE ? NULL : pool_at(&env->attempts, line->attempt);
}

/* A server can send as many as it likes until its final answer, and would fill the log. */
static void tell_untold(struct line_env *env, const struct line_attempt *attempt)
{
	char memory[64];
	struct buf text = buf_over(memory, sizeof(memory));
	uint32_t more = attempt->provisionals - LINE_PROVISIONALS;

	if (attempt->provisionals <= LINE_PROVISIONALS)
		return;
	buf_u64(&text, more);
	buf_str(&text, more == 1 ? " more provisional answer is not shown"
	                         : " more provisional answers are not shown");
	buf_end(&text);
	line_note(env, attempt->line, LOG_LEVEL_WARN, memory);
}

void line_attempt_leave_flow(struct line_attempt *attempt)
{
	if (attempt->flow)
		attempt->flow->attempts--;
	attempt->flow = NULL;
}

void line_attempt_close(struct line_env *env, struct line_attempt *attempt)
{
	if (attempt->open)
		tell_untold(env, attempt);
	attempt->open = false;
	attempt->due = false;
	wheel_clear(env->resends, attempt->number);
}

/* What nobody waits for any more was not lost. */
static void give_up_request(struct line_env *env, struct line_attempt *attempt)
{
	uint64_t now_ms = net_now_ms(env->net);

	if (attempt->open)
		pace_given_up(&attempt->line->server->gate->pace, txn_age_ms(&attempt->txn, now_ms),
		              now_ms);
	line_attempt_close(env, attempt);
}

void line_attempt_drop(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);

	wheel_clear(env->timers, line->number);
	server_unqueue(env, line->server, line);
	line->wait = LINE_AT_REST;
	if (!attempt)
		return;
	give_up_request(env, attempt);
	line_attempt_leave_flow(attempt);
	if (attempt->query)
		dns_cancel(attempt->query);
	if (attempt->paced)
		pace_cancelled(&line->server->gate->pace);
	free(attempt->large);
	free(attempt->held.reply);
	free(attempt->redirect);
	attempt->line = NULL;
	line->attempt = POOL_NONE;
	pool_give(&env->attempts, attempt->number);
}

/* ---- failure without an answer */

bool line_attempt_is_servers_choice(const struct line_attempt *attempt)
{
	return attempt->purpose == LINE_REGISTERS && !attempt->redirect;
}

bool line_attempt_more_targets(const struct line_attempt *attempt, uint64_t now_ms)
{
	return line_attempt_is_servers_choice(attempt) && attempt->target_count &&
	       server_next_target(attempt, now_ms) >= 0;
}

/* What was met at the attempt's target is kept for all lines, and told where that is news and the
 * attempt goes on. Returns whether it has another target. */
static bool leave_target(struct line_env *env, struct line_attempt *attempt, enum reg_local local)
{
	struct server *server = attempt->line->server;
	uint64_t now_ms = net_now_ms(env->net);
	bool is_news = false, more;

	if (attempt->tried && !attempt->retry && line_attempt_is_servers_choice(attempt) &&
	    reg_blames_target(local))
		is_news = server_target_failed(server, &attempt->target, 0, now_ms);
	if (reg_blames_interface(local))
		server_way_lost(server, &attempt->target);
	more = line_attempt_more_targets(attempt, now_ms);
	if (is_news && attempt->open && more)
		server_tell_left(env, server, &attempt->target, local);
	line_attempt_close(env, attempt);
	return more;
}

void line_attempt_fail(struct line_env *env, struct line *line, enum reg_local local)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	struct reg_event event = { .kind = REG_EV_FAILED,
		                   .now_ms = net_now_ms(env->net),
		                   .server_good = line->server->was_good,
		                   .beside_up = line->beside_up };
	struct reg_facts facts = { .was_good = line->reg.was_good };
	char memory[NET_ADDR_TEXT_MAX];
	struct buf interface = buf_over(memory, sizeof(memory));

	if (attempt && !attempt->retry && line_late_holds_failure(env, attempt, local))
		return;
	if (attempt) {
		line_facts_start(line, attempt, &facts);
		event.more_targets = leave_target(env, attempt, local);
		if (!attempt->target_count && !attempt->redirect)
			facts.stage = REG_STAGE_NAME;
	}
	if (attempt && attempt->retry)
		event.more_targets = true;
	facts.local = local;
	facts.issuer = line->server->tls.issuer ? slice_str(line->server->tls.issuer) : SLICE_NONE;
	if (line->server->way.interface) {
		net_interface_show(line->server->way.interface, &interface);
		facts.interface = buf_slice(&interface);
	}
	facts.clock_odd = net_stamp_ms(env->net) < CLOCK_SANE_MS;
	line_event(env, line, &event, &(struct line_news){ .facts = &facts });
}

enum reg_local line_attempt_local_of_name(enum dns_result result)
{
	static const enum reg_local locals[DNS_RESULT_COUNT] = {
		[DNS_FOUND] = REG_LOCAL_NONE,
		[DNS_UNKNOWN] = REG_LOCAL_NAME_UNKNOWN,
		[DNS_EMPTY] = REG_LOCAL_NAME_EMPTY,
		[DNS_NOWHERE] = REG_LOCAL_NAME_NOWHERE,
		[DNS_NO_SERVICE] = REG_LOCAL_NAME_NO_SERVICE,
		[DNS_BAD_SERVICE] = REG_LOCAL_NAME_BAD_SERVICE,
		[DNS_SILENT] = REG_LOCAL_NAME_SILENT,
		[DNS_FAILED] = REG_LOCAL_NAME_FAILED,
		[DNS_MEMORY] = REG_LOCAL_MEMORY,
	};

	return locals[result];
}

/* ---- out */

static void log_send(struct line_env *env, const struct line *line, struct line_attempt *attempt,
                     struct slice uri)
{
	struct log_event event = { .kind = LOG_SEND,
		                   .level = LOG_LEVEL_INFO,
		                   .address = slice_str(line->texts),
		                   .ctx = attempt->ctx,
		                   .uri = uri,
		                   .owner = line->owner };

	if (!log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	event.wall_ms = net_stamp_ms(env->net);
	log_emit(&env->log, &event);
}

static void log_retry(struct line_env *env, const struct line *line,
                      const struct line_attempt *attempt)
{
	if (log_wants(&env->log, LOG_LEVEL_INFO))
		log_emit(&env->log, &(struct log_event){ .kind = LOG_RETRY_AUTH,
		                                         .level = LOG_LEVEL_INFO,
		                                         .wall_ms = net_stamp_ms(env->net),
		                                         .address = slice_str(line->texts),
		                                         .ctx = attempt->ctx,
		                                         .owner = line->owner });
}

enum dns_transport line_attempt_transport(const struct line_attempt *attempt)
{
	return attempt->flow ? attempt->flow->transport : attempt->target.transport;
}

static void tell_sent(struct line_env *env, struct line *line, const struct line_attempt *attempt)
{
	if (env->watch.sent)
		env->watch.sent(env->watch.ctx, line,
		                &(struct line_message){
					.peer = &attempt->target.addr,
					.transport = line_attempt_transport(attempt),
					.bytes = slice_of(attempt->request, attempt->request_n),
					.cseq = line->cseq,
					.ctx = attempt->ctx,
					.again = attempt->txn.sends > 1,
					.credentials = attempt->credentials,
				});
}

static int put_on_wire(struct line_env *env, const struct line_attempt *attempt)
{
	struct slice bytes = slice_of(attempt->request, attempt->request_n);

	if (attempt->flow)
		return flow_send(attempt->flow, bytes);
	return server_send(env, attempt->line->server, &attempt->target.source,
	                   &attempt->target.addr, bytes);
}

/* Nonces belong to the target that sent them: another one gets a REGISTER without credentials. */
static int mind_target(struct line_env *env, struct line *line, const struct line_attempt *attempt)
{
	const struct line_target *target = &attempt->target;

	if (!net_addr_equal(&line_ways_at(&env->ways, line->target)->addr, &target->addr))
		line_forget_nonces(env, line);
	return line_ways_set(&env->ways, &line->target, &target->addr, &target->contact);
}

/* RFC 3261 18.1.1: what may be cut into pieces on the way goes over TCP instead. The Contact stays
 * that of UDP, so that the binding is the same whatever a REGISTER was sent over. Returns whether
 * it is under way there. */
static bool send_large(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	struct server *server = line->server;

	if (attempt->flow || attempt->request_n <= UDP_SAFE_MAX)
		return false;
	if (net_now_ms(env->net) < server->flows.large_until_ms) {
		line_note(env, line, LOG_LEVEL_WARN,
		          "the REGISTER is larger than 1300 bytes, and TCP does not answer: it "
		          "goes by UDP and may be lost on the way");
		return false;
	}
	line_note(env, line, LOG_LEVEL_INFO,
	          "the REGISTER is larger than 1300 bytes: it goes over TCP");
	/* It is made anew there, with another Via. */
	line->cseq--;
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct digest_session *auth = line_auth(env, line, kind);

		if (auth && auth->kept)
			auth->nc--;
	}
	attempt->over_tcp = true;
	line_attempt_set_out(env, line, attempt, LINE_STEP_AGAIN);
	return true;
}

/* The next REGISTER of the attempt, to attempt->target. */
static void transmit_now(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	int r = mind_target(env, line, attempt);

	if (r == 0)
		r = line_request_build(env, line, attempt);
	if (r == 0 && send_large(env, line, attempt))
		return;
	if (r == 0)
		r = put_on_wire(env, attempt);
	if (r < 0) {
		line_attempt_fail(env, line, facts_local_of_errno(-r));
		return;
	}
	txn_start(&attempt->txn, attempt->flow != NULL, net_now_ms(env->net));
	pace_sent(&line->server->gate->pace, attempt->start, !attempt->sent, net_now_ms(env->net));
	attempt->sent = true;
	attempt->open = true;
	attempt->provisionals = 0;
	line->wait = LINE_ON_ANSWER;
	line_env_arm(env, env->resends, attempt->number, txn_next_ms(&attempt->txn));
	tell_sent(env, line, attempt);
}

/* The same, but in a batch of datagrams when the last one of them has been read. */
static void transmit(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	if (!env->in_batch || attempt->flow || env->due_count == LINE_DUE_MAX) {
		transmit_now(env, line, attempt);
		return;
	}
	attempt->due = true;
	env->due[env->due_count++] = attempt->number;
	line->wait = LINE_ON_BATCH;
}

void line_batch_begin(struct line_env *env)
{
	env->in_batch = true;
}

void line_batch_end(struct line_env *env)
{
	env->in_batch = false;
	for (unsigned i = 0; i < env->due_count; i++) {
		struct line_attempt *attempt = pool_at(&env->attempts, env->due[i]);

		if (!attempt->due)
			continue;
		attempt->due = false;
		transmit_now(env, attempt->line, attempt);
	}
	env->due_count = 0;
}

/* Answers given unasked count: a kept nonce was answered once before the attempt's first response.
 */
static void count_kept(const struct line_env *env, const struct line *line)
{
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct digest_session *auth = line_auth(env, line, kind);

		if (auth)
			auth->answers = auth->kept != NULL;
	}
}

static void send_first(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	count_kept(env, line);
	log_send(env, line, attempt, slice_str(line->server->log_uri));
	transmit(env, line, attempt);
}

/* ---- the way to the target */

static void go_on(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	switch (attempt->step) {
	case LINE_STEP_FIRST:
		send_first(env, line, attempt);
		break;
	case LINE_STEP_AGAIN:
		transmit(env, line, attempt);
		break;
	case LINE_STEP_REDIRECT:
		log_send(env, line, attempt, slice_str(attempt->redirect->uri));
		transmit(env, line, attempt);
		break;
	}
}

/* Where connections failed while it waited for its flow it need not go itself. */
static void count_failed(struct line_attempt *attempt)
{
	const struct flow *flow = attempt->flow;

	for (unsigned i = 0; i < flow->try_count; i++)
		if (flow->tries[i].state == FLOW_TRY_FAILED)
			server_count_tried(attempt, &flow->tries[i].addr);
}

/* What is sent from now on comes from our end of the connection. Where a large request only borrows
 * it, the Contact stays what it is. */
static void take_way(struct line_attempt *attempt)
{
	const struct flow *flow = attempt->flow;
	struct buf sent_by = buf_over(attempt->target.sent_by, sizeof(attempt->target.sent_by));

	net_addr_show(net_stream_local(flow->stream), &sent_by);
	buf_end(&sent_by);
	/* Another address was quicker: the one that was meant may still be alive. */
	server_uncount_tried(attempt);
	attempt->target.addr = flow->addr;
	server_count_tried(attempt, &flow->addr);
	count_failed(attempt);
	if (!attempt->over_tcp) {
		attempt->target.source = *net_stream_local(flow->stream);
		attempt->target.contact = attempt->target.source;
		if (flow->seen.any.sa_family &&
		    line_server(attempt->line)->outbound.use != SERVER_OUTBOUND_ON)
			attempt->target.contact = flow->seen;
	}
}

void line_attempt_way_open(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);

	take_way(attempt);
	go_on(env, line, attempt);
}

void line_attempt_set_out(struct line_env *env, struct line *line, struct line_attempt *attempt,
                          enum line_step step)
{
	const struct line_target *target = &attempt->target;
	struct net_addr others[DNS_TARGETS_MAX];
	struct flow_to to = {
		.addr = target->addr,
		.transport = attempt->over_tcp ? DNS_TCP : target->transport,
		.name = attempt->redirect && attempt->purpose == LINE_REGISTERS
		                ? attempt->redirect->host
		                : line->server->next_hop.host,
		.others = others,
		.any = step == LINE_STEP_FIRST && line_attempt_is_servers_choice(attempt),
	};
	enum reg_local local = REG_LOCAL_NONE;

	attempt->step = step;
	if (attempt->flow || to.transport == DNS_UDP) {
		go_on(env, line, attempt);
		return;
	}
	if (to.any)
		to.other_count = server_other_addrs(attempt, others);
	attempt->flow = flow_take(env, line->server, &to, &local);
	if (!attempt->flow) {
		line_attempt_fail(env, line, local);
		return;
	}
	attempt->flow->attempts++;
	if (attempt->flow->state == FLOW_OPEN) {
		line_attempt_way_open(env, line);
		return;
	}
	line->wait = LINE_ON_FLOW;
	server_enqueue(&attempt->flow->waiting, line);
}

/* Where TCP does not answer, or refuses, UDP does what it can (RFC 3261 18.1.1). */
static void go_by_datagram(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	const struct net_addr addr = attempt->target.addr;
	int r = line_target_from(env, line->server, &addr, DNS_UDP, &attempt->target);

	attempt->over_tcp = false;
	line->server->flows.large_until_ms = net_now_ms(env->net) + FLOW_LARGE_MS;
	if (r < 0)
		line_attempt_fail(env, line, facts_local_of_errno(-r));
	else
		transmit(env, line, attempt);
}

void line_attempt_cut_off(struct line_env *env, struct line *line, enum reg_local local,
                          enum line_cut cut)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	bool open = attempt->open;

	if (cut == LINE_WAS_CLOSED) {
		count_failed(attempt);
		attempt->target.addr = flow_told(attempt->flow)->addr;
	}
	line_attempt_leave_flow(attempt);
	/* In mid-attempt it waits for its bucket, and will find another connection then. */
	if (cut == LINE_WAS_OPEN && !open)
		return;
	give_up_request(env, attempt);
	line->wait = LINE_AT_REST;
	if (attempt->over_tcp && cut == LINE_WAS_CLOSED) {
		go_by_datagram(env, line, attempt);
		return;
	}
	/* The server may have ended an old connection just as it was used: once more, on another.
	 * What is wrong with TLS stays wrong. */
	attempt->retry = (local == REG_LOCAL_CONNECTION_LOST || local == REG_LOCAL_TLS_TALK) &&
	                 cut == LINE_WAS_OPEN && !attempt->cut_off &&
	                 attempt->purpose == LINE_REGISTERS && attempt->target_count;
	attempt->cut_off = attempt->cut_off || attempt->retry;
	line_attempt_fail(env, line, local);
}

/* To the next target that there is a way to, or to the same once more; from TLS never to less. */
static void aim(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	const struct server *server = line->server;
	enum reg_local local = REG_LOCAL_NO_ROUTE;
	uint64_t now_ms = net_now_ms(env->net);
	int number;

	line_attempt_leave_flow(attempt);
	attempt->over_tcp = false;
	attempt->target_count = (uint8_t)server->names.target_count;
	if (attempt->retry) {
		attempt->retry = false;
		line_attempt_set_out(env, line, attempt, LINE_STEP_FIRST);
		return;
	}
	while ((number = server_next_target(attempt, now_ms)) >= 0) {
		int r = server_aim(env, attempt, (unsigned)number);

		if (r == 0 && server->next_hop.transport == DNS_TLS &&
		    attempt->target.transport != DNS_TLS) {
			local = REG_LOCAL_TLS_DOWNGRADE;
			continue;
		}
		if (r == 0) {
			line_attempt_set_out(env, line, attempt, LINE_STEP_FIRST);
			return;
		}
		local = facts_local_of_errno(-r);
	}
	line_attempt_fail(env, line, local);
}

void line_attempt_located(struct line_env *env, struct line *line, enum dns_result result)
{
	struct line_attempt *attempt = line_attempt_of(env, line);

	if (line_late_counts(env, attempt))
		return;
	if (result == DNS_FOUND)
		aim(env, line, attempt);
	else
		line_attempt_fail(env, line, line_attempt_local_of_name(result));
}

void line_attempt_move(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	enum reg_state state = line->reg.state;
	struct line_target way;

	if (line->wait != LINE_ON_ANSWER || attempt->flow || !attempt->target_count ||
	    (state != REG_TRYING && state != REG_REFRESHING) ||
	    server_way_to(env, line->server, &attempt->target.addr, DNS_UDP, &way) < 0 ||
	    net_addr_same_host(&way.source, &attempt->target.source))
		return;
	attempt->tried = 0;
	give_up_request(env, attempt);
	line_attempt_fail(env, line, REG_LOCAL_NO_ROUTE);
}

static void seek(struct line_env *env, struct line *line)
{
	int error = 0;

	switch (server_locate(env, line->server, &error)) {
	case SERVER_FRESH:
		line_attempt_located(env, line, DNS_FOUND);
		break;
	case SERVER_ASKING:
		line->wait = LINE_ON_NAME;
		server_wait_name(line->server, line);
		break;
	case SERVER_FAILED:
		line_attempt_fail(env, line, facts_local_of_errno(-error));
		break;
	}
}

/* One that is new has room for its timer before it is there. */
static int take_attempt(struct line_env *env, uint32_t *ret_number)
{
	int r = wheel_reserve(env->resends, env->attempts.used + 1);

	return r < 0 ? r : pool_take(&env->attempts, ret_number);
}

void line_attempt_go(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt;
	uint32_t number;

	line->wait = LINE_AT_REST;
	if (take_attempt(env, &number) < 0) {
		pace_cancelled(&line->server->gate->pace);
		line_attempt_fail(env, line, REG_LOCAL_MEMORY);
		return;
	}
	attempt = pool_at(&env->attempts, number);
	attempt->line = line;
	attempt->number = number;
	attempt->purpose = line->reg.state == REG_REMOVING ? LINE_REMOVES : LINE_REGISTERS;
	attempt->paced = true;
	attempt->start = line_pace_start(env, line);
	attempt->contact = attempt->small;
	attempt->request = attempt->small + LINE_CONTACT_SMALL;
	attempt->began_ms = net_now_ms(env->net);
	line->attempt = number;
	line->urgent = false;
	line_request_call_id(env, line, attempt->call_id, attempt->from_tag);
	if (attempt->purpose == LINE_REGISTERS) {
		seek(env, line);
	} else {
		const struct line_way *way = line_ways_at(&env->ways, line->bound);
		int r = line->bound_uri ? line_redirect_again(attempt, line->bound_uri) : 0;

		if (r == 0)
			r = server_way_to(env, line->server, &way->addr, line->bound_transport,
			                  &attempt->target);
		if (r == 0)
			line_attempt_set_out(env, line, attempt, LINE_STEP_FIRST);
		else
			line_attempt_fail(env, line, facts_local_of_errno(-r));
	}
}

void line_attempt_begin(struct line_env *env, struct line *line)
{
	struct pace *pace = &line->server->gate->pace;
	uint64_t at_ms;

	line_attempt_drop(env, line);
	line->wait = LINE_ON_LEAVE;
	if (line->reg.refused_in_row && !line->urgent && line->reg.state != REG_REMOVING &&
	    !pace_ask_refused(pace, net_now_ms(env->net), &at_ms)) {
		line_env_arm(env, env->timers, line->number, at_ms);
		return;
	}
	server_queue(env, line->server, line);
}

void line_attempt_next(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);

	aim(env, line, attempt);
}

void line_attempt_again(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);

	if (attempt->answering)
		log_retry(env, line, attempt);
	else
		log_send(env, line, attempt,
		         slice_str(attempt->redirect ? attempt->redirect->uri
		                                     : line->server->log_uri));
	attempt->answering = false;
	line_attempt_set_out(env, line, attempt, LINE_STEP_AGAIN);
}

/* ---- in */

/* What the time-out was not quite silent about. */
static enum reg_local local_of_silence(const struct line_attempt *attempt)
{
	if (attempt->provisionals)
		return REG_LOCAL_NO_FINAL;
	if (attempt->strays)
		return REG_LOCAL_NOT_OURS;
	return attempt->noise ? REG_LOCAL_NOT_SIP : REG_LOCAL_SILENCE;
}

void line_on_resend(struct line_env *env, struct line_attempt *attempt)
{
	struct line *line = attempt->line;
	uint64_t now_ms = net_now_ms(env->net);

	switch (txn_step(&attempt->txn, TXN_EV_TIMER, now_ms)) {
	case TXN_RESEND:
		env->counts.retransmitted++;
		/* Of what is under way nothing is lost. */
		if (attempt->txn.state == TXN_TRYING)
			pace_sent_again(&line->server->gate->pace,
			                txn_age_ms(&attempt->txn, now_ms), now_ms);
		/* What the socket refuses now it may take the next time. */
		(void)put_on_wire(env, attempt);
		tell_sent(env, line, attempt);
		break;
	case TXN_TIMED_OUT:
		line_attempt_fail(env, line, local_of_silence(attempt));
		return;
	case TXN_NOTHING:
	case TXN_FAILED:
	case TXN_ANSWERED:
		break;
	}
	line_env_arm(env, env->resends, attempt->number, txn_next_ms(&attempt->txn));
}

void line_on_error(struct line_env *env, struct line_attempt *attempt, int error)
{
	if (attempt->open &&
	    txn_step(&attempt->txn, TXN_EV_ERROR, net_now_ms(env->net)) == TXN_FAILED)
		line_attempt_fail(env, attempt->line, facts_local_of_errno(error));
}

void line_on_noise(struct line_env *env, struct line_attempt *attempt)
{
	(void)env;
	attempt->noise = true;
}
