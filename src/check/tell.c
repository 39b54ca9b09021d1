/* check/tell.c: what was seen, in words: short, printable, without a verdict of its own. */
#include "check/own.h"

#include "log/log.h"
#include "sip/date.h"
#include "sip/status.h"

#define SHOWN_MAX  120 /* bytes of a text of the network in a step's text */
#define LISTED_MAX 3   /* addresses or devices that are listed in a step's text */

/* ---- texts */

void check_put_shown(struct buf *out, struct slice text)
{
	bool cut = text.n > SHOWN_MAX;

	buf_show(out, slice_of(text.p, cut ? SHOWN_MAX : text.n));
	if (cut)
		buf_str(out, "...");
}

void check_put_status(struct buf *out, const struct reg_facts *facts)
{
	buf_u64(out, facts->status);
	buf_char(out, ' ');
	check_put_shown(out, facts->reason.n ? facts->reason
	                                     : slice_str(sip_status_phrase(facts->status)));
}

struct buf check_text(struct check *check, enum check_step_id id)
{
	struct check_step *step = &check->steps[id];
	struct buf text = buf_over(step->text, sizeof(step->text));

	memset(step->text, 0, sizeof(step->text));
	if (check->note.n) {
		buf_put(&text, buf_slice(&check->note));
		buf_str(&text, "; ");
	}
	return text;
}

void check_text_from_note(struct check *check, enum check_step_id id)
{
	struct check_step *step = &check->steps[id];
	struct buf text = buf_over(step->text, sizeof(step->text));

	buf_put(&text, buf_slice(&check->note));
	buf_end(&text);
}

void check_note(struct check *check, const char *what, struct slice more)
{
	if (check->note.n)
		buf_str(&check->note, "; ");
	buf_str(&check->note, what);
	check_put_shown(&check->note, more);
}

void check_note_target(struct check *check, const char *what)
{
	char text[NET_ADDR_TEXT_MAX + 2];
	struct buf target = buf_over(text, sizeof(text));

	net_addr_show(&check->targets[check->target].addr, &target);
	buf_str(&target, ": ");
	buf_end(&target);
	check_note(check, text, slice_str(what));
}

static void tell(struct check *check, enum check_step_id id, enum check_state state)
{
	struct check_step *step = &check->steps[id];
	uint64_t now_ms = net_now_ms(check->net);

	step->id = id;
	step->state = state;
	step->took_ms = now_ms - check->step_began_ms;
	check->step_began_ms = now_ms;
	check->told = id + 1;
	check->warnings += state == CHECK_WARNING;
	if (check->cfg.watch.step)
		check->cfg.watch.step(check->cfg.watch.ctx, step);
}

static bool is_wanted(const struct check *check, enum check_step_id id)
{
	return id == CHECK_TRIAL       ? check->trial
	       : id == CHECK_FLOWS     ? check->cfg.flows.count > 1
	       : id == CHECK_KEEPALIVE ? check->cfg.keep != SIP_KEEP_NONE
	       : id == CHECK_MAPPING   ? check->cfg.mapping_s != 0
	                               : true;
}

void check_tell(struct check *check, enum check_step_id id, enum check_state state)
{
	while (check->told < id) {
		enum check_step_id skipped = check->told;
		struct buf text =
			buf_over(check->steps[skipped].text, sizeof(check->steps[skipped].text));

		if (!is_wanted(check, skipped)) {
			check->told++;
			continue;
		}
		buf_str(&text, skipped == CHECK_TRIAL ? "no binding was made" : "not reached");
		buf_end(&text);
		tell(check, skipped, CHECK_NOT_REACHED);
	}
	if (state == CHECK_GOOD && check->note.n)
		state = CHECK_WARNING;
	check->note = buf_over(check->note_text, sizeof(check->note_text));
	tell(check, id, state);
}

static void put_end(const struct check *check, int64_t until_s, struct buf *out)
{
	int64_t left_s = until_s - net_wall_ms(check->net) / 1000;
	char memory[32];
	struct buf until = buf_over(memory, sizeof(memory));

	buf_str(out, left_s > 0 ? ", good until " : ", expired on ");
	log_time_utc(until_s * 1000, &until);
	buf_put(out, slice_of(until.p, until.n < 10 ? until.n : 10));
	if (left_s <= 0 || left_s >= CHECK_CERTIFICATE_S)
		return;
	buf_str(out, ", in ");
	buf_u64(out, (uint64_t)left_s / 86400);
	buf_str(out, left_s / 86400 == 1 ? " day" : " days");
}

bool check_put_certificate(const struct check *check, struct buf *out)
{
	const struct net_certificate *shown = &check->certificate;

	buf_str(out, shown->version);
	buf_str(out, ", certificate of ");
	check_put_shown(out, slice_str(shown->subject));
	buf_str(out, " for ");
	check_put_shown(out, slice_str(shown->names[0] ? shown->names : "no name"));
	buf_str(out, ", issued by ");
	check_put_shown(out, slice_str(shown->issuer));
	put_end(check, shown->until_s, out);
	return shown->until_s - net_wall_ms(check->net) / 1000 < CHECK_CERTIFICATE_S;
}

/* ---- facts that last */

void check_keep_facts(struct check *check, const struct reg_facts *facts)
{
	struct reg_facts *kept = &check->facts;
	struct slice *const texts[] = { &kept->reason,      &kept->registrar_error,
		                        &kept->warning,     &kept->reason_header,
		                        &kept->unsupported, &kept->require,
		                        &kept->server,      &kept->realm,
		                        &kept->algorithm };
	char *at = check->words;

	*kept = *facts;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!slice_present(*texts[i]))
			continue;
		if (texts[i]->n > CHECK_WORD_MAX)
			texts[i]->n = CHECK_WORD_MAX;
		memcpy(at, texts[i]->p, texts[i]->n);
		texts[i]->p = at;
		at += texts[i]->n;
	}
}

/* ---- what answers show beside what they say */

/* RFC 3581: received and rport are what the server saw. */
static void look_for_nat(struct check *check, const struct sip_via *via)
{
	const struct net_addr *source = &check->targets[check->target].source;
	struct net_addr seen = *source;
	struct buf nat = buf_over(check->seen.nat, sizeof(check->seen.nat));
	struct buf here = buf_over(check->seen.here, sizeof(check->seen.here));

	if (slice_present(via->received) &&
	    net_addr_parse(via->received, net_addr_port(source), &seen) < 0)
		return;
	if (via->rport)
		net_addr_set_port(&seen, via->rport);
	check->seen.told = check->seen.told || slice_present(via->received) || via->rport;
	if (net_addr_equal(&seen, source))
		return;
	net_addr_show(&seen, &nat);
	net_addr_show(source, &here);
	buf_end(&nat);
	buf_end(&here);
}

static void look_for_rewriting(struct check *check, const struct sip_via *via)
{
	struct buf text = buf_over(check->seen.via, sizeof(check->seen.via));

	if (!facts_via_rewritten(via, slice_str(check->targets[check->target].sent_by)))
		return;
	check_put_shown(&text, via->host);
	buf_char(&text, ':');
	buf_u64(&text, via->port ? via->port : 5060);
	buf_end(&text);
}

static void look_for_agent(struct check *check, const struct sip_msg *msg)
{
	struct reg_facts facts = { 0 };
	size_t n;

	facts_read_headers(msg, &facts);
	if (!slice_present(facts.server))
		return;
	n = facts.server.n < CHECK_WORD_MAX ? facts.server.n : CHECK_WORD_MAX - 1;
	memcpy(check->seen.agent, facts.server.p, n);
	check->seen.agent[n] = '\0';
}

void check_look(struct check *check, const struct sip_msg *msg, const struct sip_via *via)
{
	int64_t s;

	check->seen.answered = true;
	check->seen.elsewhere = check->phase == CHECK_TRIES_OTHER;
	check->seen.over = check->targets[check->target].transport;
	look_for_nat(check, via);
	look_for_rewriting(check, via);
	look_for_agent(check, msg);
	if (sip_date_parse(msg->first[SIP_DATE], &s) != PARSE_OK)
		return;
	check->seen.dated = true;
	check->seen.ahead_s = s - net_wall_ms(check->net) / 1000;
}

void check_look_stray(struct check *check, const struct net_addr *from)
{
	struct buf text = buf_over(check->seen.stray, sizeof(check->seen.stray));

	net_addr_show(from, &text);
	buf_end(&text);
}

void check_take_bindings(struct check *check, const struct facts_claimant *claimant,
                         const struct sip_msg *msg)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;

	check->listed = check->others = 0;
	while (facts_binding_next(claimant, msg, &walk, &binding)) {
		struct check_binding *kept = &check->bindings[check->listed];
		size_t n =
			binding.uri.n < sizeof(kept->uri) ? binding.uri.n : sizeof(kept->uri) - 1;

		if (binding.ours)
			continue;
		check->others++;
		if (check->listed == CHECK_BINDINGS_MAX)
			continue;
		memcpy(kept->uri, binding.uri.p, n);
		kept->uri[n] = '\0';
		kept->named = binding.named;
		kept->expires_s = binding.named ? binding.expires_s : 0;
		check->listed++;
	}
}

/* ---- the steps */

void check_tell_address(struct check *check)
{
	const struct check_cfg *cfg = &check->cfg;
	struct buf text = check_text(check, CHECK_ADDRESS);

	check_put_shown(&text, slice_str(check->address));
	buf_str(&text, ", auth user ");
	check_put_shown(&text, slice_str(cfg->auth_user));
	if (!cfg->password)
		buf_str(&text, ", no password");
	if (cfg->proxy_host) {
		buf_str(&text, ", through ");
		check_put_shown(&text, slice_str(cfg->proxy_host));
		if (cfg->proxy_port) {
			buf_char(&text, ':');
			buf_u64(&text, cfg->proxy_port);
		}
	}
	if (cfg->interface) {
		buf_str(&text, check->over->name[0] ? ", over " : ", from ");
		check_put_shown(&text, slice_str(cfg->interface));
	}
	check_tell(check, CHECK_ADDRESS, CHECK_GOOD);
}

/* "edge1:5060 (10)" below the SRV record's own domain, the whole name elsewhere. */
static void put_service_target(struct buf *out, const struct dns_target *target,
                               struct slice domain)
{
	struct slice host = slice_str(target->host);

	if (host.n > domain.n + 1 && host.p[host.n - domain.n - 1] == '.' &&
	    slice_equal_nocase(slice_from(host, host.n - domain.n), domain))
		host.n -= domain.n + 1;
	check_put_shown(out, host);
	buf_char(out, ':');
	buf_u64(out, net_addr_port(&target->addr));
	buf_str(out, " (");
	buf_u64(out, target->priority);
	buf_char(out, ')');
}

/* A host with several addresses stands once among SRV's. */
static bool is_told(const struct dns_answer *answer, unsigned i)
{
	return answer->service[0] && i && answer->targets[i].host == answer->targets[i - 1].host;
}

static void put_targets(struct buf *out, const struct dns_answer *answer, struct slice domain)
{
	unsigned listed = 0, more = 0;

	for (unsigned i = 0; i < answer->count; i++) {
		if (is_told(answer, i))
			continue;
		if (listed == LISTED_MAX) {
			more++;
			continue;
		}
		buf_str(out, listed++ ? ", " : "");
		if (answer->service[0])
			put_service_target(out, &answer->targets[i], domain);
		else
			net_addr_show(&answer->targets[i].addr, out);
	}
	if (more) {
		buf_str(out, " and ");
		buf_u64(out, more);
		buf_str(out, " more");
	}
}

void check_tell_name(struct check *check, const struct dns_answer *answer)
{
	const struct check_cfg *cfg = &check->cfg;
	const char *host = cfg->proxy_host ? cfg->proxy_host : cfg->aor->host;
	struct buf text = check_text(check, CHECK_NAME);
	struct net_addr literal;

	if (net_addr_parse(slice_str(host), 0, &literal) == 0) {
		check->step_began_ms = net_now_ms(check->net);
		buf_str(&text, "an address, nothing to look up");
	} else {
		check_put_shown(&text, slice_str(answer->service[0] ? answer->service : host));
		buf_str(&text, ": ");
		put_targets(&text, answer, slice_str(host));
	}
	check_tell(check, CHECK_NAME, CHECK_GOOD);
}

/* The algorithms of all challenges, as they are named: "MD5, SHA-256 and SHA-512-256". */
void check_put_offers(struct buf *out, const struct sip_msg *msg, enum sip_header header)
{
	struct slice offers[4];
	const char *at = NULL;
	struct slice value;
	unsigned n = 0;

	while (n < 4 && sip_header_next(msg, header, &at, &value)) {
		enum digest_verdict verdict;
		struct digest_challenge challenge = { 0 };
		struct slice scheme;

		while (n < 4 && digest_challenge_next(&value, &verdict, &scheme, &challenge)) {
			if (verdict == DIGEST_USABLE || verdict == DIGEST_NO_ALGORITHM)
				offers[n++] = slice_present(challenge.algorithm_text)
				                      ? challenge.algorithm_text
				                      : SLICE("MD5");
		}
	}
	for (unsigned i = 0; i < n; i++) {
		buf_str(out, i == 0 ? "" : i + 1 == n ? " and " : ", ");
		check_put_shown(out, offers[i]);
	}
}

void check_tell_bindings(struct check *check)
{
	struct buf text = check_text(check, CHECK_BINDINGS);

	if (!check->others) {
		buf_str(&text, check->trial ? "no other device is registered"
		                            : "no device is registered now");
		check_tell(check, CHECK_BINDINGS, CHECK_GOOD);
		return;
	}
	buf_u64(&text, check->others);
	buf_str(&text, check->others == 1 ? " device: " : " devices: ");
	for (unsigned i = 0; i < check->listed && i < LISTED_MAX; i++) {
		const struct check_binding *binding = &check->bindings[i];

		buf_str(&text, i ? ", " : "");
		check_put_shown(&text, slice_str(binding->uri));
		if (!binding->named)
			continue;
		buf_str(&text, " for ");
		explain_span(binding->expires_s * UINT64_C(1000), &text);
	}
	if (check->others > LISTED_MAX)
		buf_str(&text, ", ...");
	check_tell(check, CHECK_BINDINGS, check->others > 1 ? CHECK_WARNING : CHECK_GOOD);
}

static void add(struct buf *text, const char *before, const char *what, const char *behind)
{
	if (!what[0])
		return;
	if (text->n && text->p[text->n - 1] != ' ')
		buf_str(text, "; ");
	buf_str(text, before);
	buf_str(text, what);
	buf_str(text, behind);
}

/* What another transport's answer shows is no word on the one that was asked. */
static void put_over(const struct check_seen *seen, struct buf *text)
{
	if (!seen->elsewhere)
		return;
	buf_str(text, "over ");
	buf_str(text, dns_transport_text(seen->over));
	buf_str(text, ": ");
}

void check_tell_network(struct check *check)
{
	const struct check_seen *seen = &check->seen;
	struct buf text = check_text(check, CHECK_NETWORK);
	bool odd = seen->nat[0] || seen->via[0] || seen->stray[0] || seen->contact;

	if (!seen->answered && !odd) {
		buf_str(&text, "not reached");
		check_tell(check, CHECK_NETWORK, CHECK_NOT_REACHED);
		return;
	}
	put_over(seen, &text);
	add(&text, "NAT: we send from ", seen->here, "");
	if (seen->nat[0]) {
		buf_str(&text, ", the server sees ");
		buf_str(&text, seen->nat);
	}
	add(&text, "our Via came back as ", seen->via, ": a device on the way rewrites SIP (ALG)");
	add(&text, "an answer came from ", seen->stray, ", which was not asked");
	add(&text, "", seen->contact ? "our Contact is listed with another address" : "", "");
	if (!odd)
		buf_str(&text, seen->told ? "no NAT seen, nothing rewritten on the way"
		                          : "nothing rewritten; the server does not say from where "
		                            "it sees us");
	check_tell(check, CHECK_NETWORK, odd ? CHECK_WARNING : CHECK_GOOD);
}

void check_tell_clock(struct check *check)
{
	const struct check_seen *seen = &check->seen;
	int64_t off_s = seen->ahead_s < 0 ? -seen->ahead_s : seen->ahead_s;
	struct buf text = check_text(check, CHECK_CLOCK);

	if (seen->answered)
		put_over(seen, &text);
	if (!seen->answered) {
		buf_str(&text, "not reached");
		check_tell(check, CHECK_CLOCK, CHECK_NOT_REACHED);
	} else if (!seen->dated) {
		buf_str(&text, "no Date header");
		check_tell(check, CHECK_CLOCK, CHECK_GOOD);
	} else if (off_s <= CHECK_CLOCK_S) {
		buf_str(&text, "the server's clock is ours, within 5 min");
		check_tell(check, CHECK_CLOCK, CHECK_GOOD);
	} else {
		buf_str(&text, "the server's clock is ");
		explain_span((uint64_t)off_s * 1000, &text);
		buf_str(&text, seen->ahead_s < 0 ? " behind ours" : " ahead of ours");
		check_tell(check, CHECK_CLOCK, CHECK_WARNING);
	}
}
