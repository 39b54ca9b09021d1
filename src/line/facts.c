/* line/facts.c: from a response to facts (reg/outcome.h): which binding is ours, which challenge is
 * to be answered, which redirect to be followed. It decides nothing. */
#include "base/lex.h"
#include "base/num.h"
#include "line/part.h"
#include "sip/addr.h"

/* ---- bindings: whose is it (docs/architecture.md, "Granted time") */

/* Better reasons to call a binding ours have higher values. */
enum claim {
	CLAIM_NONE,
	CLAIM_USER,     /* our user at our address, or at what the server saw */
	CLAIM_URI,      /* an equal URI, RFC 3261 19.1.4 */
	CLAIM_INSTANCE, /* our instance */
	CLAIM_BOTH,
};

/* What a binding is held against. */
struct claimant {
	char uri_text[600];
	char instance_text[64];
	struct sip_uri uri;
	struct slice instance;
	struct slice hosts[2]; /* our address, and what the Via says that the server saw */
	char host_text[LINE_SENT_BY_MAX];
};

static void claimant_init(const struct line_env *env, const struct line *line,
                          const struct net_addr *source, struct slice received,
                          struct claimant *ret)
{
	struct buf uri = buf_over(ret->uri_text, sizeof(ret->uri_text));
	struct buf instance = buf_over(ret->instance_text, sizeof(ret->instance_text));
	struct buf host = buf_over(ret->host_text, sizeof(ret->host_text));

	line_request_contact_uri(line, source, &uri);
	line_request_instance(env, line, &instance);
	net_addr_show_host(source, &host);
	ret->instance = buf_slice(&instance);
	ret->hosts[0] = buf_slice(&host);
	ret->hosts[1] = received;
	if (sip_uri_parse(buf_slice(&uri), &ret->uri) != PARSE_OK)
		ret->uri = (struct sip_uri){ .scheme = SIP_SCHEME_OTHER };
}

/* An IPv6 address stands with brackets in a URI and often without in a Via. */
static struct slice without_brackets(struct slice host)
{
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return slice_of(host.p + 1, host.n - 2);
	return host;
}

static enum claim claim_of(const struct claimant *claimant, const struct line *line,
                           const struct sip_addr *contact)
{
	struct slice instance;
	bool same_uri = sip_uri_equal(&contact->uri, &claimant->uri);

	if (sip_addr_param(contact->params, SLICE("+sip.instance"), &instance)) {
		if (slice_equal_nocase(instance, claimant->instance))
			return same_uri ? CLAIM_BOTH : CLAIM_INSTANCE;
	}
	if (same_uri)
		return CLAIM_URI;
	if (line->contact || contact->uri.scheme == SIP_SCHEME_OTHER ||
	    !sip_uri_user_equal(contact->uri.user, slice_str(line->user)))
		return CLAIM_NONE;
	for (unsigned i = 0; i < 2; i++)
		if (slice_present(claimant->hosts[i]) &&
		    slice_equal_nocase(without_brackets(contact->uri.host),
		                       without_brackets(claimant->hosts[i])))
			return CLAIM_USER;
	return CLAIM_NONE;
}

/* The time of one binding: its own expires, else the Expires header, else what was asked. A value
 * that is no number counts as absent. */
static bool binding_expires(const struct sip_addr *contact, uint32_t *ret_s)
{
	struct slice value;

	return sip_addr_param(contact->params, SLICE("expires"), &value) &&
	       num_u32_clamped(value, UINT32_MAX, ret_s) == 0;
}

struct best {
	enum claim claim;
	unsigned rivals; /* bindings with the same claim */
	uint32_t expires_s;
	bool named;
};

static void weigh(struct best *best, enum claim claim, const struct sip_addr *contact)
{
	if (claim == CLAIM_NONE || claim < best->claim)
		return;
	if (claim == best->claim) {
		best->rivals++;
		return;
	}
	*best = (struct best){ .claim = claim };
	best->named = binding_expires(contact, &best->expires_s);
}

/* Looks at all bindings. Returns how many there are. */
static uint32_t find_ours(const struct claimant *claimant, const struct line *line,
                          const struct sip_msg *msg, struct best *ret_best)
{
	struct best best = { .claim = CLAIM_NONE };
	struct sip_values walk = { 0 };
	struct sip_addr contact;
	struct slice value;
	uint32_t count = 0;

	while (sip_value_next(msg, SIP_CONTACT, &walk, &value)) {
		if (sip_addr_parse(value, &contact) != PARSE_OK)
			continue;
		count++;
		weigh(&best, claim_of(claimant, line, &contact), &contact);
	}
	/* "The only one with our user": of two of them neither is known to be ours. */
	if (best.claim == CLAIM_USER && best.rivals)
		best.claim = CLAIM_NONE;
	*ret_best = best;
	return count;
}

static void read_bindings(struct line_env *env, const struct line *line,
                          const struct line_attempt *attempt, const struct sip_msg *msg,
                          const struct sip_via *via, struct reg_facts *facts)
{
	struct claimant claimant;
	struct best best;
	uint32_t count;

	claimant_init(env, line, &attempt->target.source, via->received, &claimant);
	count = find_ours(&claimant, line, msg, &best);
	facts->bindings = count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
	facts->foreign = (uint16_t)(facts->bindings - (best.claim != CLAIM_NONE));
	if (best.claim == CLAIM_NONE) {
		facts->grant = REG_GRANT_ABSENT;
		return;
	}
	facts->ours_rewritten = best.claim == CLAIM_USER || best.claim == CLAIM_INSTANCE;
	if (!best.named &&
	    sip_seconds_parse(msg->first[SIP_EXPIRES], UINT32_MAX, &best.expires_s) != PARSE_OK)
		best.expires_s = facts->asked_s;
	facts->granted_s = best.expires_s;
	facts->grant = best.expires_s ? REG_GRANT_OURS : REG_GRANT_ZERO;
}

bool line_binding_next(const struct line *line, const struct line_end *end,
                       struct line_binding_walk *walk, struct line_binding *ret_binding)
{
	struct claimant claimant;
	struct sip_addr contact;
	struct slice value;

	claimant_init(end->env, line, end->source, end->via->received, &claimant);
	if (!walk->begun) {
		struct best best;

		find_ours(&claimant, line, end->reply, &best);
		walk->claim = best.claim;
		walk->begun = true;
	}
	while (sip_value_next(end->reply, SIP_CONTACT, &walk->values, &value)) {
		struct line_binding binding = { 0 };

		if (sip_addr_parse(value, &contact) != PARSE_OK)
			continue;
		binding.uri = contact.uri_text;
		binding.named = binding_expires(&contact, &binding.expires_s);
		binding.ours = walk->claim != CLAIM_NONE &&
		               claim_of(&claimant, line, &contact) == walk->claim;
		if (binding.ours)
			walk->claim = CLAIM_NONE; /* of equals the first */
		*ret_binding = binding;
		return true;
	}
	return false;
}

/* ---- challenges */

static uint32_t realm_mark(const struct line_env *env, struct slice realm)
{
	uint32_t mark = (uint32_t)hash_bytes(&env->key, realm.p, realm.n);

	return mark ? mark : 1;
}

/* Of challenges none of which can be answered the one nearest to it is told of. */
static unsigned nearness(enum reg_auth auth)
{
	static const uint8_t rank[REG_AUTH_COUNT] = {
		[REG_AUTH_NO_CHALLENGE] = 1,  [REG_AUTH_NOT_DIGEST] = 2, [REG_AUTH_MALFORMED] = 3,
		[REG_AUTH_TOO_LONG] = 4,      [REG_AUTH_QOP] = 5,        [REG_AUTH_ALGORITHM] = 6,
		[REG_AUTH_FOREIGN_REALM] = 7, [REG_AUTH_ASKED] = 8,
	};

	return rank[auth];
}

static enum reg_auth auth_of(enum digest_verdict verdict)
{
	switch (verdict) {
	case DIGEST_USABLE:
		return REG_AUTH_ASKED;
	case DIGEST_NOT_DIGEST:
		return REG_AUTH_NOT_DIGEST;
	case DIGEST_MALFORMED:
		return REG_AUTH_MALFORMED;
	case DIGEST_NO_ALGORITHM:
		return REG_AUTH_ALGORITHM;
	case DIGEST_NO_QOP:
		return REG_AUTH_QOP;
	case DIGEST_TOO_LONG:
		return REG_AUTH_TOO_LONG;
	}
	return REG_AUTH_MALFORMED;
}

/* Whether a challenge is of the one realm that was set. */
static bool realm_allowed(const struct line *line, const struct digest_challenge *challenge)
{
	char text[DIGEST_REALM_MAX + 1];
	struct buf realm = buf_over(text, sizeof(text));

	if (!line->realm)
		return true;
	lex_unquote(challenge->realm, &realm);
	return !realm.full && slice_equal(buf_slice(&realm), slice_str(line->realm));
}

/* Of all challenges of one kind the one to answer, or the one nearest to that. */
static enum reg_auth pick_challenge(const struct line *line, const struct sip_msg *msg,
                                    enum sip_header header, struct digest_challenge *ret)
{
	enum reg_auth best = REG_AUTH_NO_CHALLENGE;
	const char *at = NULL;
	struct slice value;
	unsigned read = 0;

	while (read < LINE_CHALLENGES_MAX && sip_header_next(msg, header, &at, &value)) {
		enum digest_verdict verdict;
		struct digest_challenge challenge = { 0 };
		struct slice scheme;

		while (read++ < LINE_CHALLENGES_MAX &&
		       digest_challenge_next(&value, &verdict, &scheme, &challenge)) {
			enum reg_auth found = auth_of(verdict);

			if (found == REG_AUTH_ASKED && !realm_allowed(line, &challenge))
				found = REG_AUTH_FOREIGN_REALM;
			if (nearness(found) < nearness(best) ||
			    (found == best && !digest_better(&challenge, ret)))
				continue;
			best = found;
			*ret = challenge;
		}
	}
	return best;
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

static struct reg_challenge weigh_challenge(const struct line_attempt *attempt,
                                            const struct line_auth *auth,
                                            const struct digest_challenge *challenge)
{
	bool known = auth && auth->kept && digest_same_realm(auth->kept, challenge);

	return (struct reg_challenge){
		/* A server with a new realm each time gets no more answers than one with two. */
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
		enum reg_auth auth = pick_challenge(line, msg, headers[kind], challenge);

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
		ret->deciding = weigh_challenge(attempt, line->auth[kind], challenge);
	}
}

/* RFC 7616 3.5. The nonce is taken by whoever acts on the facts; here it is only seen whether the
 * server proved that it knows the password, too. */
static bool rspauth_wrong(const struct line *line, const struct sip_msg *msg)
{
	const struct line_auth *auth = line->auth[LINE_AUTH_REGISTRAR];
	struct digest_info info;

	if (!slice_present(msg->first[SIP_AUTHENTICATION_INFO]) || !auth || !auth->rspauth[0])
		return false;
	if (digest_info_parse(msg->first[SIP_AUTHENTICATION_INFO], &info) != PARSE_OK ||
	    !slice_present(info.rspauth))
		return false;
	return !slice_equal_nocase(
		info.rspauth,
		slice_of(auth->rspauth, strnlen(auth->rspauth, sizeof(auth->rspauth))));
}

/* ---- redirects (docs/architecture.md, "Redirects") */

/* The server's own host, or a host in its domain. */
static bool own_host(const struct line *line, const struct line_attempt *attempt, struct slice host)
{
	struct slice domain = slice_str(line->server->host);
	char text[LINE_SENT_BY_MAX];
	struct buf address = buf_over(text, sizeof(text));
	struct net_addr literal;

	if (slice_equal_nocase(host, domain) ||
	    slice_equal_nocase(host, slice_str(line->server->next_hop)))
		return true;
	net_addr_show_host(&attempt->target.addr, &address);
	if (slice_equal_nocase(host, buf_slice(&address)))
		return true;
	if (net_addr_parse(domain, 0, &literal) == 0 || host.n <= domain.n + 1)
		return false;
	return host.p[host.n - domain.n - 1] == '.' &&
	       slice_equal_nocase(slice_from(host, host.n - domain.n), domain);
}

static enum reg_redirect judge_redirect(const struct line *line, const struct line_attempt *attempt,
                                        const struct sip_uri *uri)
{
	struct slice transport = SLICE("udp");

	if (uri->scheme == SIP_SCHEME_OTHER)
		return REG_REDIRECT_NOWHERE;
	sip_uri_param(uri, SLICE("transport"), &transport);
	if (line->server->transport == DNS_TLS && uri->scheme != SIP_SCHEME_SIPS &&
	    !slice_equal_nocase(transport, SLICE("tls")))
		return REG_REDIRECT_DOWNGRADE;
	if (!own_host(line, attempt, uri->host))
		return REG_REDIRECT_FOREIGN;
	if (uri->scheme == SIP_SCHEME_SIPS ||
	    !slice_equal_nocase(transport, slice_str(dns_transport_name(line->server->transport))))
		return REG_REDIRECT_NOWHERE;
	return REG_REDIRECT_ALLOWED;
}

/* RFC 3261 20.10: q from 0 to 1 with at most three digits behind the point; here in thousandths. */
static unsigned q_of(const struct sip_addr *contact)
{
	unsigned q = 1000, unit = 100;
	struct slice value;

	if (!sip_addr_param(contact->params, SLICE("q"), &value) || !value.n)
		return q;
	if (value.p[0] != '0')
		return q;
	q = 0;
	for (size_t i = 2; i < value.n && unit && value.p[i] >= '0' && value.p[i] <= '9'; i++) {
		q += unit * (unsigned)(value.p[i] - '0');
		unit /= 10;
	}
	return q;
}

static void read_redirect(const struct line *line, const struct line_attempt *attempt,
                          const struct sip_msg *msg, struct line_reading *ret)
{
	/* Worse reasons to refuse give way to better ones. */
	static const uint8_t rank[] = { [REG_REDIRECT_NOWHERE] = 1,
		                        [REG_REDIRECT_FOREIGN] = 2,
		                        [REG_REDIRECT_DOWNGRADE] = 3,
		                        [REG_REDIRECT_ALLOWED] = 4 };
	enum reg_redirect best = REG_REDIRECT_NOWHERE;
	struct sip_values walk = { 0 };
	struct sip_addr contact;
	struct slice value;
	unsigned best_q = 0;

	while (sip_value_next(msg, SIP_CONTACT, &walk, &value)) {
		enum reg_redirect found;

		if (sip_addr_parse(value, &contact) != PARSE_OK)
			continue;
		found = judge_redirect(line, attempt, &contact.uri);
		if (found == REG_REDIRECT_ALLOWED &&
		    (best != REG_REDIRECT_ALLOWED || q_of(&contact) > best_q)) {
			best_q = q_of(&contact);
			ret->redirect = contact.uri;
		}
		if (rank[found] > rank[best])
			best = found;
	}
	ret->facts.redirect = best;
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

void line_facts_start(const struct line *line, const struct line_attempt *attempt,
                      struct reg_facts *ret)
{
	*ret = (struct reg_facts){
		.stage = stage_of(line, attempt),
		.asked_s = attempt->purpose == LINE_REMOVES ? 0 : line->reg.asked_s,
		.was_good = line->reg.was_good,
		.credentials_sent = attempt->credentials,
		.sent_stray = attempt->strays > 0,
	};
}

static void read_headers(const struct sip_msg *msg, struct reg_facts *facts)
{
	facts->reason = msg->reason;
	facts->registrar_error = msg->first[SIP_P_REGISTRAR_ERROR];
	facts->warning = msg->first[SIP_WARNING];
	facts->reason_header = msg->first[SIP_REASON];
	facts->unsupported = msg->first[SIP_UNSUPPORTED];
	facts->require = msg->first[SIP_REQUIRE];
	facts->server = slice_present(msg->first[SIP_SERVER]) ? msg->first[SIP_SERVER]
	                                                      : msg->first[SIP_USER_AGENT];
	if (sip_seconds_parse(msg->first[SIP_RETRY_AFTER], REG_RETRY_AFTER_MAX_S,
	                      &facts->retry_after_s) == PARSE_OK &&
	    facts->retry_after_s < REG_RETRY_AFTER_MIN_S)
		facts->retry_after_s = REG_RETRY_AFTER_MIN_S;
	sip_seconds_parse(msg->first[SIP_MIN_EXPIRES], UINT32_MAX, &facts->min_expires_s);
}

static bool via_rewritten(const struct line_attempt *attempt, const struct sip_via *via)
{
	char text[LINE_SENT_BY_MAX + 8];
	struct buf sent_by = buf_over(text, sizeof(text));

	buf_put(&sent_by, via->host);
	buf_char(&sent_by, ':');
	buf_u64(&sent_by, via->port ? via->port : 5060);
	return !slice_equal_nocase(buf_slice(&sent_by), slice_str(attempt->target.sent_by));
}

void line_read(struct line_env *env, struct line *line, struct line_attempt *attempt,
               const struct sip_msg *msg, const struct sip_via *via, struct line_reading *ret)
{
	memset(ret, 0, sizeof(*ret));
	line_facts_start(line, attempt, &ret->facts);
	ret->facts.status = msg->status;
	ret->facts.via_rewritten = via_rewritten(attempt, via);
	read_headers(msg, &ret->facts);
	if (msg->status >= 200 && msg->status < 300) {
		ret->facts.rspauth_wrong = rspauth_wrong(line, msg);
		read_bindings(env, line, attempt, msg, via, &ret->facts);
		if (attempt->purpose == LINE_REMOVES)
			ret->facts.grant = REG_GRANT_REMOVED;
	} else if (msg->status >= 300 && msg->status < 400) {
		read_redirect(line, attempt, msg, ret);
	} else if (msg->status == 401 || msg->status == 407) {
		read_challenges(env, line, attempt, msg, ret);
	}
}
