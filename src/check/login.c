/* check/login.c: the REGISTERs of a visit, and what follows from each answer: the challenge, the
 * login, a redirect, the trial. */
#include "check/own.h"

#define EXPIRES_MAX_S 86400 /* the most that a 423 is obeyed to, as a line does */

/* ---- REGISTER */

static void forget_challenges(struct check *check)
{
	for (unsigned kind = 0; kind < CHECK_AUTHS; kind++)
		digest_session_done(&check->auth[kind]);
}

/* The next REGISTER to the same target. */
static void again(struct check *check)
{
	int r = check_send_register(check);

	if (r < 0)
		check_fail_locally(check, facts_local_of_errno(-r));
}

/* The next target that may answer, or target_count. */
unsigned check_next_alive(const struct check *check, unsigned target)
{
	while (target < check->target_count && check->targets[target].dead)
		target++;
	return target;
}

/* A first REGISTER to a target, which has seen no credentials yet. */
void check_ask(struct check *check, unsigned target)
{
	struct check_target *at = &check->targets[target];
	int r = at->sent_by[0] ? 0 : check_target_aim(check, at);

	check->target = target;
	check->phase = CHECK_ASKS;
	if (r < 0) {
		check_on_nothing(check, facts_local_of_errno(-r));
		return;
	}
	forget_challenges(check);
	check_begun(check, check->told);
	again(check);
}

/* RFC 3263 4.3: one address did not answer, or is out of service: is there another? */
bool check_ask_next(struct check *check, const char *what, enum reg_local *ret_local)
{
	for (;;) {
		unsigned next = check_next_alive(check, check->target + 1);

		if (next == check->target_count || check->phase != CHECK_ASKS ||
		    net_now_ms(check->net) >= check->end_by_ms)
			return false;
		check_note_target(check, what);
		if (!check_scout_asked_in_vain(check, next, ret_local)) {
			check_scout_dismiss(check, next);
			check_ask(check, next);
			return true;
		}
		check->target = next;
		check_scout_report(check, check_scout(check));
		what = reg_local_text(*ret_local);
	}
}

/* ---- what a REGISTER was answered with */

struct reading {
	const struct sip_msg *msg;
	struct reg_facts facts;
	struct digest_challenge challenge[CHECK_AUTHS];
	unsigned challenged; /* a bit for each kind that challenge[] has */
	struct sip_uri redirect;
};

static void read_challenges(const struct check *check, struct reading *reading)
{
	static const enum sip_header headers[CHECK_AUTHS] = {
		[CHECK_REGISTRAR] = SIP_WWW_AUTHENTICATE,
		[CHECK_PROXY] = SIP_PROXY_AUTHENTICATE,
	};
	unsigned asked = reading->msg->status == 407 ? CHECK_PROXY : CHECK_REGISTRAR;

	for (unsigned kind = 0; kind < CHECK_AUTHS; kind++) {
		enum reg_auth auth = facts_pick_challenge(reading->msg, headers[kind],
		                                          slice_str(check->cfg.realm),
		                                          &reading->challenge[kind]);

		if (auth == REG_AUTH_ASKED)
			reading->challenged |= 1u << kind;
		if (kind != asked)
			continue;
		reading->facts.auth = auth;
		reading->facts.realm = reading->challenge[kind].realm;
		reading->facts.algorithm = reading->challenge[kind].algorithm_text;
	}
}

static void read_redirect(const struct check *check, struct reading *reading)
{
	const struct check_cfg *cfg = &check->cfg;
	char text[NET_ADDR_TEXT_MAX];
	struct buf address = buf_over(text, sizeof(text));
	struct facts_server server = {
		.host = slice_str(cfg->aor->host),
		.next_hop = slice_str(cfg->proxy_host ? cfg->proxy_host : cfg->aor->host),
		.transport = slice_str(dns_transport_name(check->targets[check->target].transport)),
	};

	net_addr_show_host(&check->targets[check->target].addr, &address);
	server.address = buf_slice(&address);
	facts_read_redirect(&server, reading->msg, &reading->facts, &reading->redirect);
}

static void read_answer(const struct check *check, const struct sip_msg *msg,
                        const struct sip_via *via, struct reading *ret)
{
	*ret = (struct reading){ .msg = msg, .facts = check_facts(check) };
	facts_read_headers(msg, &ret->facts);
	ret->facts.via_rewritten =
		facts_via_rewritten(via, slice_str(check->targets[check->target].sent_by));
	if (msg->status / 100 == 3)
		read_redirect(check, ret);
	else if (msg->status == 401 || msg->status == 407)
		read_challenges(check, ret);
}

static bool answered_before(const struct digest_session *auth,
                            const struct digest_challenge *challenge)
{
	return auth->kept && digest_same_realm(auth->kept, challenge);
}

/* RFC 3261 22.2: a second challenge for a realm says no, but for one that calls our answer out of
 * date. */
static bool may_answer(const struct check *check, const struct reading *reading)
{
	unsigned kind = reading->msg->status == 407 ? CHECK_PROXY : CHECK_REGISTRAR;
	const struct digest_session *auth = &check->auth[kind];
	const struct digest_challenge *challenge = &reading->challenge[kind];

	if (check->answers >= CHECK_ANSWERS_ALL)
		return false;
	if (!answered_before(auth, challenge))
		return true;
	return challenge->stale && auth->answers < CHECK_ANSWERS_MAX;
}

static int take_challenges(struct check *check, const struct reading *reading)
{
	for (unsigned kind = 0; kind < CHECK_AUTHS; kind++) {
		int r;

		if (!(reading->challenged & 1u << kind))
			continue;
		r = digest_session_take(&check->auth[kind], &reading->challenge[kind]);
		if (r < 0)
			return r;
		check->answers++;
	}
	return 0;
}

static void tell_challenge(struct check *check, const struct reading *reading)
{
	bool proxy = reading->msg->status == 407;
	struct buf text = check_text(check, CHECK_CHALLENGE);

	buf_str(&text, proxy ? "a proxy asks: Digest realm \"" : "Digest realm \"");
	check_put_shown(&text, reading->facts.realm);
	buf_str(&text, "\", ");
	check_put_offers(&text, reading->msg,
	                 proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE);
	check_tell(check, CHECK_CHALLENGE, CHECK_GOOD);
}

/* Why it may not. */
static enum reg_auth auth_of_no(const struct check *check, const struct reading *reading)
{
	unsigned kind = reading->msg->status == 407 ? CHECK_PROXY : CHECK_REGISTRAR;
	const struct digest_challenge *challenge = &reading->challenge[kind];

	if (!answered_before(&check->auth[kind], challenge))
		return REG_AUTH_REALM_LOOP;
	return challenge->stale ? REG_AUTH_STALE_LOOP : REG_AUTH_REJECTED;
}

static void challenged(struct check *check, struct reading *reading)
{
	if (!may_answer(check, reading)) {
		reading->facts.auth = auth_of_no(check, reading);
		check_fail(check, &reading->facts);
		return;
	}
	if (check->told <= CHECK_CHALLENGE)
		tell_challenge(check, reading);
	if (!check->cfg.password) {
		reading->facts.auth = REG_AUTH_NO_PASSWORD;
		check_fail(check, &reading->facts);
		return;
	}
	if (take_challenges(check, reading) < 0) {
		check_fail_locally(check, REG_LOCAL_MEMORY);
		return;
	}
	check->phase = CHECK_LOGS_IN;
	check_begun(check, CHECK_LOGIN);
	again(check);
}

/* RFC 3261 10.2.8, once. */
static void too_brief(struct check *check, const struct reading *reading)
{
	uint32_t min_s = reading->facts.min_expires_s;

	if (check->raised || min_s <= check->asked_s || min_s > EXPIRES_MAX_S) {
		check_fail(check, &reading->facts);
		return;
	}
	check->raised = true;
	check->asked_s = min_s;
	again(check);
}

/* ---- redirects, RFC 3261 8.1.3.4 */

static void redirect_found(void *ctx, const struct dns_answer *answer)
{
	struct check *check = ctx;
	int r;

	check->query = NULL;
	if (answer->result != DNS_FOUND) {
		check_fail_name(check, answer->result);
		return;
	}
	check_take_targets(check, answer->targets, 1);
	r = check_target_aim(check, &check->targets[0]);
	if (r < 0)
		check_fail_locally(check, facts_local_of_errno(-r));
	else
		check_ask(check, 0);
}

static void follow(struct check *check, struct reading *reading)
{
	struct buf host = buf_over(check->redirect_host, sizeof(check->redirect_host));
	struct buf uri = buf_over(check->request_uri, sizeof(check->request_uri));

	if (check->redirects >= CHECK_REDIRECTS) {
		reading->facts.redirect = REG_REDIRECT_LOOP;
		check_fail(check, &reading->facts);
		return;
	}
	check->redirects++;
	buf_put(&host, reading->redirect.host);
	buf_str(&uri, "sip:");
	buf_put(&uri, reading->redirect.host);
	if (reading->redirect.port) {
		buf_char(&uri, ':');
		buf_u64(&uri, reading->redirect.port);
	}
	if (buf_end(&host) || buf_end(&uri)) {
		check_fail(check, &reading->facts);
		return;
	}
	check->route[0] = '\0';
	check_note(check, "sent on to ", buf_slice(&uri));
	check_look_up(check, check->redirect_host, reading->redirect.port, redirect_found);
}

/* ---- yes */

static void remove_trial(struct check *check)
{
	check->phase = CHECK_REMOVES;
	check->end_by_ms = net_now_ms(check->net) + CHECK_REMOVAL_MS;
	check_begun(check, CHECK_TRIAL);
	if (check_send_register(check) < 0)
		check_on_nothing(check, REG_LOCAL_SOCKET);
}

static void conclude(struct check *check)
{
	check_tell_bindings(check);
	check_flows(check);
}

/* The trial's binding is gone, or will be. */
void check_trial_over(struct check *check, enum check_removal removal)
{
	struct buf text = check_text(check, CHECK_TRIAL);

	if (check->cancelled) {
		check_finish(check, CHECK_CANCELLED);
		return;
	}
	if (check->trial_status) {
		buf_str(&text, "without a Contact the server said ");
		buf_u64(&text, check->trial_status);
		buf_str(&text, "; so ");
	}
	buf_str(&text, "a binding was made ");
	if (removal == CHECK_CONFIRMED) {
		buf_str(&text, "and removed again at once");
	} else {
		buf_str(&text, "whose removal was not confirmed: it ends by itself in ");
		explain_span(check->asked_s * UINT64_C(1000), &text);
	}
	if (!check->ill_bound) {
		check_tell(check, CHECK_TRIAL,
		           removal == CHECK_CONFIRMED && !check->trial_status ? CHECK_GOOD
		                                                              : CHECK_WARNING);
		conclude(check);
		return;
	}
	buf_str(&text, "; but the answer did not list it");
	check->end.bad = &check->steps[CHECK_TRIAL];
	check_tell(check, CHECK_TRIAL, CHECK_BAD);
	check_tell_bindings(check);
	check_finish(check, CHECK_FAILED);
}

/* What the 2xx lists. Without a Contact of ours all of it is other devices'. */
static void take_bindings(struct check *check, const struct sip_via *via, struct reading *reading)
{
	const struct check_target *target = &check->targets[check->target];
	char uri_text[600], instance_text[64], host_text[NET_ADDR_TEXT_MAX];
	struct buf instance = buf_over(instance_text, sizeof(instance_text));
	struct buf uri = buf_over(uri_text, sizeof(uri_text));
	struct buf host = buf_over(host_text, sizeof(host_text));
	struct facts_claimant claimant = { 0 };

	if (check->trial) {
		check_put_contact_uri(check, &uri);
		net_addr_show_host(&target->source, &host);
		check_put_instance(check, &instance);
		claimant.uri = buf_slice(&uri);
		claimant.instance = buf_slice(&instance);
		claimant.user = slice_str(check->cfg.aor->user);
		claimant.hosts[0] = buf_slice(&host);
		claimant.hosts[1] = via->received;
	}
	facts_read_bindings(&claimant, reading->msg, &reading->facts);
	check_take_bindings(check, &claimant, reading->msg);
	if (!check->trial)
		return;
	check->bound = true;
	check->seen.contact = reading->facts.ours_rewritten;
	check->ill_bound = reading->facts.grant != REG_GRANT_OURS;
	if (check->ill_bound)
		check_keep_facts(check, &reading->facts);
}

static void tell_login(struct check *check, struct reading *reading)
{
	const struct digest_session *auth =
		&check->auth[check->auth[CHECK_REGISTRAR].kept ? CHECK_REGISTRAR : CHECK_PROXY];
	bool unproven = check_disproved(check, reading->msg->first[SIP_AUTHENTICATION_INFO]);
	struct buf text = check_text(check, CHECK_LOGIN);

	check_put_status(&text, &reading->facts);
	buf_str(&text, ": the server takes the login of \"");
	check_put_shown(&text, slice_str(check->cfg.auth_user));
	buf_str(&text, "\" (");
	buf_str(&text, digest_algorithm_name(auth->kept->algorithm, auth->kept->sess));
	buf_str(&text, ")");
	if (unproven)
		buf_str(&text, ", but did not prove that it knows the password itself");
	check_tell(check, CHECK_LOGIN, unproven ? CHECK_WARNING : CHECK_GOOD);
}

static void tell_no_login(struct check *check, struct reading *reading)
{
	struct buf text = check_text(check, CHECK_CHALLENGE);

	check_put_status(&text, &reading->facts);
	buf_str(&text, ": the server asks for no login");
	check_tell(check, CHECK_CHALLENGE, check->cfg.password ? CHECK_WARNING : CHECK_GOOD);
	text = check_text(check, CHECK_LOGIN);
	buf_str(&text,
	        check->cfg.password ? "not asked for; the password was not sent" : "not asked for");
	check_tell(check, CHECK_LOGIN, CHECK_GOOD);
}

/* With a Contact from now on. status: what was said without one, 0: nothing against it. */
static void begin_trial(struct check *check, uint16_t status)
{
	check->trial = true;
	check->trial_status = status;
	check->asked_s = CHECK_TRIAL_S;
	check->raised = false;
	check_begun(check, check->told);
	again(check);
}

static void accepted(struct check *check, const struct sip_via *via, struct reading *reading)
{
	take_bindings(check, via, reading);
	/* In a trial that was only wished for the login is told already. */
	if (check->told <= CHECK_LOGIN && check->exchange.credentials)
		tell_login(check, reading);
	else if (check->told <= CHECK_LOGIN)
		tell_no_login(check, reading);
	if (check->trial)
		remove_trial(check);
	else if (check->cfg.trial == CHECK_TRIAL_ALWAYS)
		begin_trial(check, 0);
	else
		conclude(check);
}

/* ---- no */

/* What may be said to the form of a REGISTER without Contact rather than to the line: RFC 3261
 * 10.2.3 allows it, but not every server does. */
static bool may_mean_the_form(unsigned status)
{
	static const uint16_t statuses[] = { 400, 406, 415, 481, 484, 488, 489, 500, 501 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i] == status)
			return true;
	return false;
}

/* RFC 5626 4.2.1: the first hop does no outbound: without it, as a line goes on. False where that
 * is not what was said. */
static bool gave_up_outbound(struct check *check, const struct reading *reading)
{
	if (reading->facts.status != 439 || !check->outbound)
		return false;
	check->outbound = false;
	check_note(check, "439: the server does no outbound (RFC 5626); asked again without it",
	           SLICE(""));
	again(check);
	return true;
}

static void refused(struct check *check, const struct reading *reading)
{
	char text[48];
	struct buf what = buf_over(text, sizeof(text));
	enum reg_local local = REG_LOCAL_NONE;

	if (gave_up_outbound(check, reading))
		return;
	if (reading->facts.status == 503) {
		buf_str(&what, "says 503");
		buf_end(&what);
		if (check_ask_next(check, text, &local))
			return;
		if (local != REG_LOCAL_NONE) {
			check_try_other(check, local);
			return;
		}
	}
	if (check->trial || check->cfg.trial == CHECK_TRIAL_NEVER ||
	    !may_mean_the_form(reading->facts.status)) {
		check_fail(check, &reading->facts);
		return;
	}
	begin_trial(check, reading->facts.status);
}

void check_on_register(struct check *check, const struct sip_msg *msg, const struct sip_via *via)
{
	struct reading reading;

	read_answer(check, msg, via, &reading);
	if (msg->status != 503) /* else another address may be asked yet */
		check_scouts_free(check);
	if (check->cancelled) {
		if (check->trial && msg->status < 300)
			remove_trial(check);
		else
			check_finish(check, CHECK_CANCELLED);
		return;
	}
	if (msg->status < 300) {
		accepted(check, via, &reading);
		return;
	}
	switch (reply_outcome(&reading.facts)) {
	case REG_CHALLENGED:
		challenged(check, &reading);
		break;
	case REG_TOO_BRIEF:
		too_brief(check, &reading);
		break;
	case REG_REDIRECTED:
		follow(check, &reading);
		break;
	case REG_PROVISIONAL:
	case REG_GRANTED:
	case REG_REFUSED:
	case REG_FAILED:
	case REG_OUTCOME_COUNT:
		refused(check, &reading);
		break;
	}
}

/* Whatever is said to a removal, it ends by itself; but a nonce may have run out. */
void check_on_removal(struct check *check, const struct sip_msg *msg, const struct sip_via *via)
{
	struct reading reading;

	read_answer(check, msg, via, &reading);
	if (reading.facts.auth != REG_AUTH_ASKED || !check->cfg.password ||
	    !may_answer(check, &reading) || take_challenges(check, &reading) < 0 ||
	    check_send_register(check) < 0)
		check_trial_over(check, msg->status < 300 ? CHECK_CONFIRMED : CHECK_UNCONFIRMED);
}
