/* check/steps.c: the way of a visit: the look-up, the knock (OPTIONS), and the end. From there on a
 * REGISTER is asked with: login.c. */
#include <errno.h>

#include "check/own.h"

#define AUTH_TEXT(name, text) [REG_AUTH_##name] = text,
static const char *const auth_texts[REG_AUTH_COUNT] = { REG_AUTHS(AUTH_TEXT) };

void check_begun(struct check *check, enum check_step_id id)
{
	if (check->cfg.watch.begun)
		check->cfg.watch.begun(check->cfg.watch.ctx, id);
}

/* ---- the end */

/* The cause of its facts. What was found comes before what might be. */
static const struct explain_cause *advised_cause(struct check *check)
{
	const struct explain_cause *cause = explain(&check->facts);

	if (!check->elsewhere.advice[0])
		return cause;
	check->advised = *cause;
	check->advised.advice[0] = check->elsewhere.advice;
	for (unsigned i = 0; i + 1 < EXPLAIN_ADVICE_MAX && cause->advice[i]; i++)
		check->advised.advice[i + 1] = cause->advice[i];
	return &check->advised;
}

void check_finish(struct check *check, enum check_result result)
{
	const struct check_target *target = &check->targets[check->target];

	check_scouts_free(check);
	check_exchange_close(check);
	check_stream_close(check); /* one that is still being opened would tell of its end, too */
	net_timer_set(check->timer, NET_NEVER);
	if (check->query)
		dns_cancel(check->query);
	check->query = NULL;
	check->phase = CHECK_IS_OVER;
	if (result == CHECK_CANCELLED) {
		check->facts = (struct reg_facts){ .local = REG_LOCAL_INTERRUPTED };
	} else {
		check_tell_network(check);
		check_tell_clock(check);
	}
	check->end.result = result;
	check->end.facts = result == CHECK_OK ? NULL : &check->facts;
	check->end.cause = result == CHECK_OK ? NULL : advised_cause(check);
	check->end.agent = check->seen.agent[0] ? slice_str(check->seen.agent) : SLICE_NONE;
	check->end.certificate = check->certified ? &check->certificate : NULL;
	check->end.target = target->addr.any.sa_family ? &target->addr : NULL;
	check->end.transport = target->transport;
	check->end.tried = check->bound;
	check->end.warnings = check->warnings;
	check->end.took_ms = net_now_ms(check->net) - check->began_ms;
	check->cfg.watch.ended(check->cfg.watch.ctx, &check->end);
}

/* The facts before there is an answer. */
struct reg_facts check_facts(const struct check *check)
{
	const struct check_target *target = &check->targets[check->target];
	bool aimed = target->addr.any.sa_family != 0;

	return (struct reg_facts){
		.stage = check->phase == CHECK_LOOKS_UP && !check->redirects ? REG_STAGE_NAME
		         : check->phase == CHECK_REMOVES                     ? REG_STAGE_REMOVAL
		         : check->exchange.credentials                       ? REG_STAGE_ANSWERED
		                                                             : REG_STAGE_FIRST,
		.asked_s = check->asked_s,
		.credentials_sent = check->exchange.credentials,
		.sent_stray = check->exchange.strays > 0,
		.answers_options = target->answers,
		.connected = target->transport != DNS_UDP && target->sent_by[0],
		.transport = aimed ? slice_str(dns_transport_text(target->transport)) : SLICE_NONE,
		.interface = check->cfg.interface ? slice_str(check->cfg.interface) : SLICE_NONE,
		.issuer = check->certified ? slice_str(check->certificate.issuer) : SLICE_NONE,
	};
}

/* The step that is next to be told is the one that says why not. */
void check_fail(struct check *check, const struct reg_facts *facts)
{
	enum check_step_id id = check->told;
	struct buf text = check_text(check, id);

	if (id == CHECK_REACH) {
		check_text_from_note(check, id);
	} else if (!facts->status) {
		buf_str(&text, reg_local_text(facts->local));
		if (id == CHECK_CHALLENGE && facts->local == REG_LOCAL_SILENCE &&
		    facts->answers_options)
			buf_str(&text, ", though it answers OPTIONS");
	} else {
		check_put_status(&text, facts);
		if (facts->auth != REG_AUTH_NONE) {
			buf_str(&text, ": ");
			buf_str(&text, auth_texts[facts->auth]);
		}
	}
	check_keep_facts(check, facts);
	check->end.bad = &check->steps[id];
	check_tell(check, id, CHECK_BAD);
	if (id == CHECK_TRIAL)
		check_tell_bindings(check); /* known from before it */
	check_finish(check, CHECK_FAILED);
}

void check_fail_locally(struct check *check, enum reg_local local)
{
	struct reg_facts facts = check_facts(check);

	facts.local = local;
	check_fail(check, &facts);
}

/* ---- OPTIONS */

/* No target answered an OPTIONS: a REGISTER may be answered all the same, as many servers drop what
 * they do not need. */
static void nobody_answers(struct check *check)
{
	unsigned alive = check_next_alive(check, 0);

	if (alive == check->target_count) {
		check_try_other(check, check->last_local);
		return;
	}
	check_text_from_note(check, CHECK_REACH);
	check_tell(check, CHECK_REACH, CHECK_WARNING);
	check_scouts_send(check, alive, CHECK_ASKS);
	check_ask(check, alive);
}

static void somebody_answers(struct check *check)
{
	struct buf text = check_text(check, CHECK_REACH);

	buf_str(&text, check->answering_text);
	if (check->answering_more) {
		buf_str(&text, "; ");
		buf_u64(&text, check->answering_more);
		buf_str(&text, check->answering_more == 1 ? " more does" : " more do");
	}
	check_tell(check, CHECK_REACH,
	           check->answering_ends || check->answering_busy ? CHECK_WARNING : CHECK_GOOD);
	check_ask(check, check->answering);
}

static void await_scout(struct check *check)
{
	bool over = check_scout(check)->scouted.over;

	net_timer_set(check->timer, over ? net_now_ms(check->net) : check->end_by_ms);
}

/* An OPTIONS to the first target from this one on that there is a way to, or what its scout met:
 * each of them is tried, so that a server that is only needed when another fails is known to be
 * there. */
static void knock(struct check *check, unsigned target)
{
	check->phase = CHECK_KNOCKS;
	for (check->target = target; check->target < check->target_count; check->target++) {
		struct check_target *at = &check->targets[check->target];
		int r;

		if (check_scout(check)) {
			await_scout(check);
			return;
		}
		r = check_target_aim(check, at);
		if (r == 0)
			r = check_send_options(check);
		if (r == 0)
			return;
		at->dead = true;
		check->last_local = facts_local_of_errno(-r);
		check_note_target(check, reg_local_text(check->last_local));
	}
	check->target = check->target_count - 1;
	check_scouts_free(check);
	if (check->answers_options)
		somebody_answers(check);
	else
		nobody_answers(check);
}

/* What a connection has shown is told, also where nothing else came over it. */
static void note_certificate(struct check *check)
{
	if (!check->certified || check->stream_target != check->target)
		return;
	buf_str(&check->note, ". ");
	check_put_certificate(check, &check->note);
}

static void knocked_in_vain(struct check *check, enum reg_local local)
{
	switch (local) {
	case REG_LOCAL_SILENCE:
		check_note_target(check, check->targets[check->target].transport == DNS_UDP
		                                 ? "does not answer OPTIONS"
		                                 : "takes the connection, does not answer OPTIONS");
		break;
	case REG_LOCAL_NO_FINAL:
	case REG_LOCAL_NOT_OURS:
	case REG_LOCAL_NOT_SIP:
		check_note_target(check, reg_local_text(local));
		break;
	default: /* ICMP, the kernel, or a connection that came to nothing */
		check->targets[check->target].dead = true;
		check->last_local = local;
		check_note_target(check, reg_local_text(local));
		break;
	}
	note_certificate(check);
	knock(check, check->target + 1);
}

/* The certificate of one more that answers is told where it ends soon. */
static void look_at_end(struct check *check)
{
	char memory[CHECK_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!check->certified)
		return;
	net_addr_show(&check->targets[check->target].addr, &text);
	buf_str(&text, ": ");
	if (!check_put_certificate(check, &text))
		return;
	buf_end(&text);
	check_note(check, memory, SLICE(""));
}

/* Any final answer will do: somebody is there who speaks SIP. One that says that it is out of
 * service is taken where there is no better one. */
static void knocked(struct check *check, uint16_t status, struct slice reason)
{
	struct reg_facts facts = { .status = status, .reason = reason };
	struct buf text = buf_over(check->answering_text, sizeof(check->answering_text));
	bool busy = status == 503;

	check->targets[check->target].answers = true;
	if (check->answers_options && busy) {
		check_note_target(check, "answers OPTIONS with 503");
	} else if (check->answers_options && !check->answering_busy) {
		check->answering_more++;
		look_at_end(check);
	} else {
		if (check->answers_options)
			check_note(check, check->answering_text, SLICE(""));
		net_addr_show(&check->targets[check->target].addr, &text);
		buf_str(&text, " answers OPTIONS over ");
		buf_str(&text, dns_transport_text(check->targets[check->target].transport));
		buf_str(&text, ": ");
		check_put_status(&text, &facts);
		if (check->certified)
			buf_str(&text, ". ");
		check->answering_ends = check->certified && check_put_certificate(check, &text);
		buf_end(&text);
		check->answering = check->target;
		check->answering_busy = busy;
		check->answers_options = true;
	}
	knock(check, check->target + 1);
}

void check_scout_is_back(struct check *check)
{
	const struct check *scout = check_scout(check);
	const struct check_scouted *met = &scout->scouted;

	check_scout_report(check, scout);
	if (met->status)
		knocked(check, met->status, slice_str(met->reason));
	else
		knocked_in_vain(check, met->over ? met->local : REG_LOCAL_SILENCE);
}

/* ---- the look-up */

static const enum reg_local local_of_name[DNS_RESULT_COUNT] = {
	[DNS_FOUND] = REG_LOCAL_NONE,           [DNS_UNKNOWN] = REG_LOCAL_NAME_UNKNOWN,
	[DNS_EMPTY] = REG_LOCAL_NAME_EMPTY,     [DNS_SILENT] = REG_LOCAL_NAME_SILENT,
	[DNS_FAILED] = REG_LOCAL_NAME_FAILED,   [DNS_NO_SERVICE] = REG_LOCAL_NAME_NO_SERVICE,
	[DNS_MEMORY] = REG_LOCAL_MEMORY,        [DNS_BAD_SERVICE] = REG_LOCAL_NAME_BAD_SERVICE,
	[DNS_NOWHERE] = REG_LOCAL_NAME_NOWHERE,
};

void check_fail_name(struct check *check, enum dns_result result)
{
	check_fail_locally(check, local_of_name[result]);
}

void check_take_targets(struct check *check, const struct dns_target *targets, unsigned count)
{
	check_scouts_free(check);
	check->target_count = count < CHECK_TARGETS_MAX ? count : CHECK_TARGETS_MAX;
	for (unsigned i = 0; i < check->target_count; i++)
		check->targets[i] = (struct check_target){ .addr = targets[i].addr,
			                                   .transport = targets[i].transport };
	check->target = 0;
	check->answers_options = check->answering_busy = false;
	check->answering_more = 0;
}

static void found(void *ctx, const struct dns_answer *answer)
{
	struct check *check = ctx;

	check->query = NULL;
	if (answer->result != DNS_FOUND) {
		check_try_other_names(check, local_of_name[answer->result]);
		return;
	}
	check_take_targets(check, answer->targets, answer->count);
	check_tell_name(check, answer);
	check_begun(check, CHECK_REACH);
	check_scouts_send(check, 0, CHECK_KNOCKS);
	knock(check, 0);
}

void check_look_up(struct check *check, const char *host, uint16_t port, dns_found_fn *fn)
{
	struct dns_where where = { .host = slice_str(host),
		                   .port = port,
		                   .transport = check->cfg.transport,
		                   .srv = check->cfg.srv,
		                   .over = check->over };
	uint64_t until_ms = net_now_ms(check->net) + CHECK_NAME_MS;
	int r;

	check->phase = CHECK_LOOKS_UP;
	r = dns_locate(check->dns, &where, fn, check, &check->query);
	if (r < 0)
		check_fail_locally(check, facts_local_of_errno(-r));
	else
		net_timer_set(check->timer,
		              until_ms < check->end_by_ms ? until_ms : check->end_by_ms);
}

void check_begin(struct check *check)
{
	const struct check_cfg *cfg = &check->cfg;

	check->began_ms = check->step_began_ms = net_now_ms(check->net);
	check_tell_address(check);
	check_begun(check, CHECK_NAME);
	check_look_up(check, cfg->proxy_host ? cfg->proxy_host : cfg->aor->host,
	              cfg->proxy_host ? cfg->proxy_port : cfg->aor->port, found);
}

void check_on_answer(struct check *check, const struct sip_msg *msg, const struct sip_via *via)
{
	if (check->scouted.of) {
		check_scout_over(check, msg, REG_LOCAL_NONE);
		return;
	}
	switch (check->phase) {
	case CHECK_KNOCKS:
		knocked(check, msg->status, msg->reason);
		break;
	case CHECK_ASKS:
	case CHECK_LOGS_IN:
		check_on_register(check, msg, via);
		break;
	case CHECK_REMOVES:
		check_on_removal(check, msg, via);
		break;
	case CHECK_KNOCKS_AS_NOBODY:
		check_somebody_is_there(check);
		break;
	case CHECK_TRIES_OTHER:
		check_other_answers(check);
		break;
	case CHECK_KEEPS:
		check_keep_answer(check, msg);
		break;
	case CHECK_ASKS_SECOND:
	case CHECK_WATCHES:
	case CHECK_BEGINS:
	case CHECK_LOOKS_UP:
	case CHECK_IS_OVER:
		break;
	}
}

void check_on_nothing(struct check *check, enum reg_local local)
{
	if (check->scouted.of) {
		check_scout_over(check, NULL, local);
		return;
	}
	if (check->cancelled && check->phase != CHECK_REMOVES) {
		check_finish(check, CHECK_CANCELLED);
		return;
	}
	switch (check->phase) {
	case CHECK_KNOCKS:
		knocked_in_vain(check, local);
		break;
	case CHECK_ASKS:
		if (!check_ask_next(check, reg_local_text(local), &local))
			check_try_other(check, local);
		break;
	case CHECK_LOOKS_UP:
	case CHECK_LOGS_IN:
		check_fail_locally(check, local);
		break;
	case CHECK_REMOVES:
		check_trial_over(check, CHECK_UNCONFIRMED);
		break;
	case CHECK_KNOCKS_AS_NOBODY:
		check_nobody_is_there(check);
		break;
	case CHECK_TRIES_OTHER:
		check_other_is_silent(check, local);
		break;
	case CHECK_KEEPS:
		check_keep_nothing(check, local);
		break;
	case CHECK_ASKS_SECOND:
	case CHECK_WATCHES:
	case CHECK_BEGINS:
	case CHECK_IS_OVER:
		break;
	}
}
