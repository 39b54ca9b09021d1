/* line/reply.c: a response to an attempt's request: whether it is the line's, what is kept of it,
 * and the event that it is to the machine. What it says is read in line/facts.c. */
#include <errno.h>
#include <stdlib.h>

#include "facts/facts.h"
#include "line/flow.h"
#include "line/part.h"

#define ROUTE_TOLD_MAX 1024 /* bytes of routes that are told; a longer list is not */

/* Whether a response with attempt's branch is the line's in all else, and from where it was asked.
 */
static bool is_ours(const struct line *line, const struct line_attempt *attempt,
                    const struct sip_msg *msg, const struct net_addr *from, const struct flow *flow)
{
	struct facts_request request = {
		.method = SLICE("REGISTER"),
		.call_id = slice_of(attempt->call_id, LINE_CALL_ID_LEN),
		.from = slice_str(line->texts),
		.from_tag = slice_of(attempt->from_tag, LINE_TAG_LEN),
		.cseq = line->cseq,
	};

	return flow == attempt->flow && net_addr_equal(from, &attempt->target.addr) &&
	       facts_is_answer(msg, &request);
}

/* After some million attempts they begin anew. */
static uint32_t next_context(struct line_env *env)
{
	uint32_t n = env->contexts++ % (LINE_CTX_COUNT / env->context_step);

	return env->context_first + n * env->context_step;
}

static void tell_received(struct line_env *env, struct line *line, struct line_attempt *attempt,
                          const struct sip_msg *msg, struct slice bytes,
                          const struct net_addr *from)
{
	if (!attempt->ctx)
		attempt->ctx = next_context(env);
	if (log_wants(&env->log, LOG_LEVEL_INFO))
		log_emit(&env->log, &(struct log_event){ .kind = LOG_RECV,
		                                         .level = LOG_LEVEL_INFO,
		                                         .wall_ms = net_stamp_ms(env->net),
		                                         .address = slice_str(line->texts),
		                                         .ctx = attempt->ctx,
		                                         .status = msg->status,
		                                         .reason = msg->reason,
		                                         .owner = line->owner });
	if (env->watch.received)
		env->watch.received(
			env->watch.ctx, line,
			&(struct line_message){ .peer = from,
		                                .transport = line_attempt_transport(attempt),
		                                .bytes = bytes,
		                                .msg = msg,
		                                .cseq = line->cseq,
		                                .ctx = attempt->ctx });
}

/* Keeps what was asked, so that the next request answers it. */
static int take_challenges(struct line_env *env, struct line *line, struct line_attempt *attempt,
                           const struct line_reading *reading)
{
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		int r = 0;

		if (!(reading->challenged & 1u << kind))
			continue;
		if (line->auth[kind] == POOL_NONE)
			r = pool_take(&env->sessions, &line->auth[kind]);
		if (r == 0)
			r = digest_session_take(line_auth(env, line, kind),
			                        &reading->challenge[kind]);
		if (r < 0)
			return r;
		attempt->answers++;
	}
	attempt->answering = true;
	return 0;
}

/* RFC 7616 3.5: the nonce of the next request. */
static void take_next_nonce(const struct line_env *env, const struct line *line,
                            const struct sip_msg *msg)
{
	struct digest_session *auth = line_auth(env, line, LINE_AUTH_REGISTRAR);
	struct digest_info info;

	if (!auth || !auth->kept || !slice_present(msg->first[SIP_AUTHENTICATION_INFO]) ||
	    digest_info_parse(msg->first[SIP_AUTHENTICATION_INFO], &info) != PARSE_OK ||
	    !slice_present(info.nextnonce))
		return;
	/* Where it cannot be kept the old one is used, and the server says so. */
	if (digest_keep_nonce(info.nextnonce, &auth->kept) == 0)
		auth->nc = 0;
}

/* Where the binding is, or perhaps is, so that it can be removed from there. */
static void take_place(struct line_env *env, struct line *line, const struct line_attempt *attempt)
{
	line_ways_copy(&env->ways, &line->bound, line->target);
	line->bound_transport = attempt->target.transport;
	free(line->bound_uri);
	line->bound_uri = attempt->redirect ? strdup(attempt->redirect->uri) : NULL;
	line->left = false;
}

static void take_grant(struct line_env *env, struct line *line, const struct line_attempt *attempt,
                       const struct sip_msg *msg)
{
	take_next_nonce(env, line, msg);
	if (attempt->purpose == LINE_REMOVES)
		return;
	take_place(env, line, attempt);
	line_set_flow(line, attempt->target.transport == DNS_UDP ? NULL : attempt->flow);
	if (server_left(env, line->server, line))
		line->server->moves.left_behind = true;
	line->server->was_good = true;
}

/* RFC 5626 6: a registrar that has done outbound says so. */
static void take_require(struct server *server, const struct sip_msg *msg)
{
	struct sip_values walk = { 0 };
	struct slice value;

	server->outbound.granted = false;
	while (sip_value_next(msg, SIP_REQUIRE, &walk, &value))
		server->outbound.granted |= slice_equal_nocase(value, SLICE("outbound"));
}

/* RFC 5626 4.4: how long the server keeps a flow that it hears nothing of. */
static bool take_flow_timer(struct server *server, const struct sip_msg *msg)
{
	uint32_t s;

	if (sip_seconds_parse(msg->first[SIP_FLOW_TIMER], REG_EXPIRES_MAX_S, &s) != PARSE_OK)
		return false;
	if (server->outbound.flow_timer_s != s) {
		server->outbound.flow_timer_s = s;
		flow_timer_changed(server);
	}
	return true;
}

/* Either is a promise that pings over a connection are answered (RFC 5626 4.4.1, 5.4). */
static void take_outbound(struct server *server, const struct line_attempt *attempt,
                          const struct sip_msg *msg)
{
	bool promised;

	if (server->outbound.use != SERVER_OUTBOUND_ON)
		return;
	promised = take_flow_timer(server, msg);
	if (attempt->purpose == LINE_REGISTERS) {
		take_require(server, msg);
		promised |= server->outbound.granted;
	}
	server->flows.pongs |= promised && attempt->target.transport != DNS_UDP;
}

/* What a server says of how requests travel, once for each time that a line comes up: Path (RFC
 * 3327), Service-Route (RFC 3608), P-Associated-URI (RFC 7315). This line sends no requests that
 * would go by them; who looks for why a call does not arrive wants to see them. */
static void tell_routes(struct line_env *env, const struct line *line, const struct sip_msg *msg)
{
	static const enum sip_header headers[] = { SIP_PATH, SIP_SERVICE_ROUTE,
		                                   SIP_P_ASSOCIATED_URI };

	if (line->reg.state != REG_TRYING || !log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		char memory[ROUTE_TOLD_MAX];
		struct buf text = buf_over(memory, sizeof(memory));
		struct sip_values walk = { 0 };
		struct slice value;

		buf_str(&text, sip_header_name(headers[i]));
		for (bool first = true; sip_value_next(msg, headers[i], &walk, &value);
		     first = false) {
			buf_str(&text, first ? ": " : ", ");
			buf_put(&text, value);
		}
		if (slice_present(msg->first[headers[i]]) && buf_end(&text) == 0)
			line_note(env, line, LOG_LEVEL_INFO, memory);
	}
}

static const enum reg_event_kind event_kinds[REG_OUTCOME_COUNT] = {
	[REG_GRANTED] = REG_EV_GRANTED,     [REG_CHALLENGED] = REG_EV_CHALLENGED,
	[REG_TOO_BRIEF] = REG_EV_TOO_BRIEF, [REG_REDIRECTED] = REG_EV_REDIRECTED,
	[REG_REFUSED] = REG_EV_REFUSED,     [REG_FAILED] = REG_EV_FAILED,
};

/* What the target's answer says of the target. */
static void mind_answer(struct line_env *env, struct line *line, const struct line_attempt *attempt,
                        const struct reg_facts *facts)
{
	if (facts->status == 503)
		server_target_failed(line->server, &attempt->target, facts->retry_after_s,
		                     net_now_ms(env->net));
	else
		server_target_answered(line->server, &attempt->target, net_stamp_ms(env->net));
}

void line_attempt_answered(struct line_env *env, struct line_attempt *attempt,
                           const struct sip_msg *msg, const struct sip_via *via)
{
	struct line *line = attempt->line;
	struct line_reading reading;
	struct reg_event event = { .now_ms = net_now_ms(env->net),
		                   .server_good = line->server->was_good,
		                   .beside_up = line->beside_up };

	line_read(env, line, attempt, msg, via, &reading);
	if (reading.facts.redirect == REG_REDIRECT_ALLOWED &&
	    line_redirect_leads_back(line, attempt, &reading.redirect))
		reading.facts.redirect = REG_REDIRECT_LOOP;
	event.kind = event_kinds[reply_outcome(&reading.facts)];
	event.challenge = reading.deciding;
	event.granted_s = reading.facts.granted_s ? reading.facts.granted_s : 1;
	event.age_ms = txn_age_ms(&attempt->txn, event.now_ms);
	event.min_expires_s = reading.facts.min_expires_s;
	event.retry_after_s = reading.facts.retry_after_s;
	event.server_busy =
		msg->status == 503 && pace_regulates(&line->server->gate->pace, event.now_ms);
	event.perhaps_kept = reading.facts.grant == REG_GRANT_ABSENT;
	/* RFC 3263 4.3: a server that is out of service is passed over for the next address. */
	if (line_attempt_is_servers_choice(attempt))
		mind_answer(env, line, attempt, &reading.facts);
	event.more_targets = msg->status == 503 && line_attempt_more_targets(attempt, event.now_ms);
	if ((event.kind == REG_EV_CHALLENGED &&
	     take_challenges(env, line, attempt, &reading) < 0) ||
	    (event.kind == REG_EV_REDIRECTED &&
	     line_redirect_take(attempt, &reading.redirect) < 0)) {
		line_attempt_fail(env, line, REG_LOCAL_MEMORY);
		return;
	}
	line_nat_saw(env, line, attempt, via, &reading.facts);
	/* RFC 5626 4.2.1: without it, and soon. */
	if (msg->status == 439 && line->server->outbound.use == SERVER_OUTBOUND_ON &&
	    !line->server->outbound.beside) {
		line->server->outbound.use = SERVER_OUTBOUND_LACKING;
		line_note(env, line, LOG_LEVEL_WARN,
		          "the first hop lacks outbound support (RFC 5626): the lines of this "
		          "server register without it");
		event.kind = REG_EV_FAILED;
	}
	if (event.perhaps_kept)
		take_place(env, line, attempt);
	if (event.kind == REG_EV_GRANTED) {
		take_grant(env, line, attempt, msg);
		take_outbound(line->server, attempt, msg);
		line_nat_bound(env, line, attempt, &reading.facts);
		tell_routes(env, line, msg);
	}
	line_event(env, line, &event,
	           &(struct line_news){ .facts = &reading.facts, .reply = msg, .via = via });
}

void line_on_response(struct line_env *env, struct line_attempt *attempt, const struct sip_msg *msg,
                      const struct sip_via *via, struct slice bytes, const struct net_addr *from,
                      const struct flow *flow)
{
	struct line *line = attempt->line;
	uint64_t now_ms = net_now_ms(env->net);

	if (attempt->due) { /* the answer that it is due for, once more */
		env->counts.dropped++;
		return;
	}
	if (!attempt->open || !is_ours(line, attempt, msg, from, flow)) {
		attempt->strays += attempt->strays < UINT16_MAX;
		env->counts.dropped++;
		return;
	}
	if (msg->status < 200) {
		pace_provisional(&line->server->gate->pace, now_ms);
		attempt->provisionals += attempt->provisionals < UINT32_MAX;
		if (attempt->provisionals <= LINE_PROVISIONALS)
			tell_received(env, line, attempt, msg, bytes, from);
		txn_step(&attempt->txn, TXN_EV_PROVISIONAL, now_ms);
		line_env_arm(env, env->resends, attempt->number, txn_next_ms(&attempt->txn));
		return;
	}
	pace_heard(&line->server->gate->pace,
	           &(struct pace_answer){ .refused = msg->status == 503,
	                                  .took_ms = txn_age_ms(&attempt->txn, now_ms),
	                                  .behind_ms = net_behind_ms(env->net) },
	           now_ms);
	txn_step(&attempt->txn, TXN_EV_FINAL, now_ms);
	line_attempt_close(env, attempt);
	tell_received(env, line, attempt, msg, bytes, from);
	if (msg->status != 503 || !line_late_holds_reply(env, attempt, bytes))
		line_attempt_answered(env, attempt, msg, via);
}
