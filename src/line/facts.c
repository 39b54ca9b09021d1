/* line/facts.c: what a response says to a line: the facts of facts/, held against what the line has
 * sent and what it remembers. It decides nothing. */
#include "facts/facts.h"
#include "line/part.h"

/* ---- bindings */

/* What a line's bindings are held against. */
static struct facts_claimant claimant_of(const struct line *line,
                                         const struct line_attempt *attempt, struct slice received)
{
	struct slice contact = slice_of(attempt->contact, attempt->contact_n);
	const char *port = strrchr(attempt->target.sent_by, ':');

	return (struct facts_claimant){
		.contact = contact,
		.uri = slice_of(contact.p + 1, attempt->contact_uri_n),
		.instance =
			slice_of(contact.p + contact.n - 1 - LINE_INSTANCE_LEN, LINE_INSTANCE_LEN),
		.reg_id = line->server->outbound.use == SERVER_OUTBOUND_ON
		                  ? server_reg_id(line->server)
		                  : 0,
		.user = line->contact ? SLICE_NONE : slice_str(line_text(line, line->user)),
		.hosts = { slice_of(attempt->target.sent_by,
		                    (size_t)(port - attempt->target.sent_by)),
		           received },
	};
}

static void read_bindings(const struct line *line, const struct line_attempt *attempt,
                          const struct sip_msg *msg, const struct sip_via *via,
                          struct reg_facts *facts)
{
	struct facts_claimant claimant = claimant_of(line, attempt, via->received);

	facts_read_bindings(&claimant, msg, facts);
}

bool line_binding_next(const struct line *line, const struct line_end *end,
                       struct facts_binding_walk *walk, struct facts_binding *ret_binding)
{
	struct facts_claimant claimant =
		claimant_of(line, line_attempt_of(end->env, line), end->via->received);

	return facts_binding_next(&claimant, end->reply, walk, ret_binding);
}

/* ---- challenges */

static uint32_t realm_mark(const struct line_env *env, struct slice realm)
{
	uint32_t mark = (uint32_t)hash_bytes(&env->key, realm.p, realm.n);

	return mark ? mark : 1;
}

static void note_algorithm(struct server *server, const struct digest_challenge *challenge,
                           struct reg_facts *facts)
{
	facts->weaker_algorithm = challenge->algorithm < server->best_algorithm;
	if (challenge->algorithm > server->best_algorithm)
		server->best_algorithm = (uint8_t)challenge->algorithm;
}

static void note_realm(const struct line_env *env, struct line *line, unsigned kind,
                       struct slice realm, struct reg_facts *facts)
{
	uint32_t mark = realm_mark(env, realm);

	facts->realm_changed = line->first_realm[kind] && line->first_realm[kind] != mark;
	if (!line->first_realm[kind])
		line->first_realm[kind] = mark;
}

static bool answered_before(const struct digest_session *auth,
                            const struct digest_challenge *challenge)
{
	return auth && auth->kept && digest_same_realm(auth->kept, challenge);
}

static struct reg_challenge weigh_challenge(const struct line_attempt *attempt,
                                            const struct digest_session *auth,
                                            const struct digest_challenge *challenge)
{
	bool known = answered_before(auth, challenge);

	return (struct reg_challenge){
		.answers = attempt->answers >= LINE_ALL_ANSWERS ? REG_ANSWERS_MAX
		           : known                              ? auth->answers
		                                                : 0,
		.stale = challenge->stale,
		.new_nonce = !known || !digest_same_nonce(auth->kept, challenge),
	};
}

static void read_challenges(struct line_env *env, struct line *line, struct line_attempt *attempt,
                            const struct sip_msg *msg, struct line_reading *ret)
{
	enum line_auth_kind asked = msg->status == 407 ? LINE_AUTH_PROXY : LINE_AUTH_REGISTRAR;
	static const enum sip_header headers[LINE_AUTH_KINDS] = {
		[LINE_AUTH_REGISTRAR] = SIP_WWW_AUTHENTICATE,
		[LINE_AUTH_PROXY] = SIP_PROXY_AUTHENTICATE,
	};

	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct digest_challenge *challenge = &ret->challenge[kind];
		enum reg_auth auth = facts_pick_challenge(
			msg, headers[kind], slice_str(line_text(line, line->realm)), challenge);

		if (auth == REG_AUTH_ASKED && !line->password)
			auth = REG_AUTH_NO_PASSWORD;
		if (auth == REG_AUTH_ASKED)
			ret->challenged |= 1u << kind;
		if (kind != asked)
			continue;
		ret->facts.auth = auth;
		ret->facts.realm = challenge->realm;
		ret->facts.algorithm = challenge->algorithm_text;
		if (auth != REG_AUTH_ASKED)
			continue;
		note_algorithm(line->server, challenge, &ret->facts);
		note_realm(env, line, kind, challenge->realm, &ret->facts);
		/* A server with a new realm each time gets no more answers than one with two. */
		if (attempt->answers >= LINE_ALL_ANSWERS &&
		    !answered_before(line_auth(env, line, kind), challenge))
			ret->facts.auth = REG_AUTH_REALM_LOOP;
		ret->deciding = weigh_challenge(attempt, line_auth(env, line, kind), challenge);
	}
}

/* ---- redirects */

static void read_redirect(const struct line *line, const struct line_attempt *attempt,
                          const struct sip_msg *msg, struct line_reading *ret)
{
	char text[LINE_SENT_BY_MAX];
	struct buf address = buf_over(text, sizeof(text));
	struct facts_server server = {
		.host = slice_str(line->server->host),
		.next_hop = slice_str(line->server->next_hop.host),
		.transport = slice_str(dns_transport_name(attempt->target.transport)),
	};

	net_addr_show_host(&attempt->target.addr, &address);
	server.address = buf_slice(&address);
	facts_read_redirect(&server, msg, &ret->facts, &ret->redirect);
}

/* ---- all of it */

static enum reg_stage stage_of(const struct line *line, const struct line_attempt *attempt)
{
	if (attempt->purpose == LINE_REMOVES)
		return REG_STAGE_REMOVAL;
	if (reg_bound(&line->reg))
		return REG_STAGE_REFRESH;
	return attempt->credentials ? REG_STAGE_ANSWERED : REG_STAGE_FIRST;
}

/* What its requests go over, or would. */
static struct slice transport_of(const struct line_attempt *attempt)
{
	if (!attempt->target.addr.any.sa_family)
		return SLICE_NONE;
	return slice_str(
		dns_transport_text(attempt->over_tcp ? DNS_TCP : line_attempt_transport(attempt)));
}

void line_facts_start(const struct line *line, const struct line_attempt *attempt,
                      struct reg_facts *ret)
{
	*ret = (struct reg_facts){
		.stage = stage_of(line, attempt),
		.asked_s = attempt->purpose == LINE_REMOVES ? 0 : line->reg.asked_s,
		.was_good = line->reg.was_good,
		.was_refused = line->refused,
		.connected = attempt->open && attempt->flow,
		.credentials_sent = attempt->credentials,
		.sent_stray = attempt->strays > 0,
		.name_stale = line->server->names.stale,
		.transport = transport_of(attempt),
	};
}

void line_read(struct line_env *env, struct line *line, struct line_attempt *attempt,
               const struct sip_msg *msg, const struct sip_via *via, struct line_reading *ret)
{
	memset(ret, 0, sizeof(*ret));
	line_facts_start(line, attempt, &ret->facts);
	facts_read_headers(msg, &ret->facts);
	ret->facts.via_rewritten = facts_via_rewritten(via, slice_str(attempt->target.sent_by));
	if (msg->status >= 200 && msg->status < 300) {
		/* RFC 7616 3.5. The nonce is taken by whoever acts on the facts; here it is only
		 * seen whether the server proved that it knows the password, too. */
		ret->facts.rspauth_wrong = line_request_disproved(
			env, line, attempt, msg->first[SIP_AUTHENTICATION_INFO]);
		read_bindings(line, attempt, msg, via, &ret->facts);
		if (attempt->purpose == LINE_REMOVES)
			ret->facts.grant = REG_GRANT_REMOVED;
	} else if (msg->status >= 300 && msg->status < 400) {
		read_redirect(line, attempt, msg, ret);
	} else if (msg->status == 401 || msg->status == 407) {
		read_challenges(env, line, attempt, msg, ret);
	}
}
