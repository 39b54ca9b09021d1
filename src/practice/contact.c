/* practice/contact.c: what a REGISTER asks of the bindings, and the list of them in the answer
 * (RFC 3261 10.3, steps 6 to 8). */
#include "base/lex.h"
#include "base/num.h"
#include "practice/core.h"

/* The wanted changes, and memory for those of their texts that do not stand in the request. */
struct wanted {
	struct practice_change list[PRACTICE_CHANGES_MAX];
	size_t count;
	struct buf texts;
	char memory[NET_SEND_MAX];
};

/* Who asked, for the events of the bindings. */
static void tell_change(void *ctx, enum practice_became became,
                        const struct practice_binding *binding)
{
	static const enum practice_event_kind kinds[] = {
		[PRACTICE_ADDED] = PRACTICE_REGISTERED,
		[PRACTICE_RENEWED] = PRACTICE_REFRESHED,
		[PRACTICE_TAKEN] = PRACTICE_REMOVED,
	};

	practice_tell(ctx, kinds[became], binding);
}

/* A time as it was asked for; RFC 3261 20.10 and 20.19 have a malformed one count as an hour. */
static uint32_t seconds(struct slice text)
{
	uint32_t s;

	return num_u32_clamped(text, UINT32_MAX, &s) == 0 ? s : PRACTICE_EXPIRES_DEFAULT_S;
}

static uint32_t asked_s(const struct practice_visit *visit, const struct sip_addr *contact)
{
	struct slice value;

	if (sip_addr_param(contact->params, SLICE("expires"), &value))
		return seconds(value);
	if (slice_present(visit->msg.first[SIP_EXPIRES]))
		return seconds(visit->msg.first[SIP_EXPIRES]);
	return PRACTICE_EXPIRES_DEFAULT_S;
}

/* RFC 3261 25.1: qvalue */
static bool q_valid(struct slice q)
{
	if (q.n == 0 || q.n > 5 || (q.p[0] != '0' && q.p[0] != '1') || (q.n > 1 && q.p[1] != '.'))
		return false;
	for (size_t i = 2; i < q.n; i++)
		if (q.p[i] < '0' || q.p[i] > (q.p[0] == '0' ? '9' : '0'))
			return false;
	return true;
}

/* The parameters as they stand, for the answer gives them back (RFC 3840 7), but for expires. */
static struct slice keep_params(const struct practice_visit *visit, struct slice params,
                                struct buf *out)
{
	const size_t before = out->n;
	struct slice name, value;

	if (practice_fault_of(visit, PRACTICE_FAULT_BARE_CONTACTS))
		return SLICE("");
	while (lex_char(&params, ';')) {
		struct slice start = params;

		if (!lex_param(&params, &name, &value, NULL))
			continue;
		if (slice_equal_nocase(name, SLICE("expires")))
			continue;
		buf_char(out, ';');
		buf_put(out, slice_trim(slice_of(start.p, start.n - params.n)));
	}
	return slice_of(out->p + before, out->n - before);
}

/* The URI that is bound: the client's, or what an ALG on the way makes of it. */
static struct slice keep_uri(const struct practice_visit *visit, const struct sip_addr *contact,
                             struct buf *out)
{
	const struct practice_fault *alg = practice_fault_of(visit, PRACTICE_FAULT_ALG);
	const size_t before = out->n;

	if (!alg || contact->uri.scheme == SIP_SCHEME_OTHER)
		return contact->uri_text;
	buf_str(out, "sip:");
	if (slice_present(contact->uri.user)) {
		buf_put(out, contact->uri.user);
		buf_char(out, '@');
	}
	buf_str(out, alg->text);
	if (contact->uri.port) {
		buf_char(out, ':');
		buf_u64(out, contact->uri.port);
	}
	return slice_of(out->p + before, out->n - before);
}

static enum practice_step too_brief(struct practice_visit *visit)
{
	buf_str(&visit->headers, "Min-Expires: ");
	buf_u64(&visit->headers, visit->expires_min_s);
	buf_str(&visit->headers, "\r\n");
	return practice_end(visit, 423, NULL, NULL);
}

static enum practice_step read_contact(struct practice_visit *visit, struct slice value,
                                       struct wanted *wanted)
{
	struct sip_addr contact;
	struct slice q;

	if (wanted->count == PRACTICE_CHANGES_MAX)
		return practice_end(visit, 400, "Too Many Contacts", NULL);
	if (sip_addr_parse(value, &contact) != PARSE_OK)
		return practice_end(visit, 400, "Malformed Contact", NULL);
	if (sip_addr_param(contact.params, SLICE("q"), &q) && !q_valid(q))
		return practice_end(visit, 400, "Malformed q in Contact", NULL);
	uint32_t asked = asked_s(visit, &contact);
	if (asked > 0 && asked < visit->brief_below_s && asked < visit->expires_min_s)
		return too_brief(visit);
	wanted->list[wanted->count++] = (struct practice_change){
		.uri = keep_uri(visit, &contact, &wanted->texts),
		.params = keep_params(visit, contact.params, &wanted->texts),
		.expires_s = asked < visit->expires_max_s ? asked : visit->expires_max_s,
	};
	if (wanted->texts.full)
		return practice_end(visit, 400, "Contact Parameters Too Long", NULL);
	return PRACTICE_GO_ON;
}

/* "Contact: *" goes with "Expires: 0" and with no other contact. */
static enum practice_step check_star(struct practice_visit *visit, size_t others)
{
	uint32_t expires_s;

	if (others > 0)
		return practice_end(visit, 400, "Contact * With Other Contacts", NULL);
	if (num_u32(slice_trim(visit->msg.first[SIP_EXPIRES]), UINT32_MAX, &expires_s) != 0 ||
	    expires_s != 0)
		return practice_end(visit, 400, "Contact * Without Expires 0", NULL);
	return PRACTICE_GO_ON;
}

/* Reads all contacts. *ret_star: it is "*" that stands there. */
static enum practice_step read_contacts(struct practice_visit *visit, struct wanted *wanted,
                                        bool *ret_star)
{
	struct sip_values walk = { 0 };
	struct slice value;
	size_t stars = 0, values = 0;

	while (sip_value_next(&visit->msg, SIP_CONTACT, &walk, &value)) {
		values++;
		if (slice_equal(value, SLICE("*"))) {
			stars++;
			continue;
		}
		enum practice_step step = read_contact(visit, value, wanted);
		if (step != PRACTICE_GO_ON)
			return step;
	}
	*ret_star = stars > 0;
	if (stars)
		return check_star(visit, values - 1);
	if (values == 0)
		return practice_end(visit, 400, "Empty Contact", NULL);
	return PRACTICE_GO_ON;
}

static enum practice_step end_with_list(struct practice_visit *visit)
{
	const struct practice_bindings *bindings = visit->core->bindings;
	const uint32_t owner = (uint32_t)(visit->account - visit->core->accounts);
	const struct practice_binding *binding = NULL;
	struct buf *out = &visit->headers;

	while ((binding = practice_bindings_next(bindings, owner, binding))) {
		buf_str(out, "Contact: <");
		buf_put(out, practice_binding_uri(binding));
		buf_char(out, '>');
		buf_put(out, practice_binding_params(binding));
		buf_str(out, ";expires=");
		buf_u64(out, practice_binding_left_s(binding, visit->request->now_ms));
		buf_str(out, "\r\n");
	}
	return practice_end(visit, 200, NULL, NULL);
}

static enum practice_step end_with(struct practice_visit *visit, enum practice_result result)
{
	switch (result) {
	case PRACTICE_CHANGED:
		return end_with_list(visit);
	case PRACTICE_OUT_OF_ORDER:
		return practice_end(visit, 500, "CSeq Out Of Order",
		                    "this Call-ID was here with a CSeq as high");
	case PRACTICE_TWICE:
		return practice_end(visit, 400, "Contact Twice", NULL);
	case PRACTICE_TOO_MANY:
	case PRACTICE_TOO_LARGE:
		return practice_end(visit, 403, "Too Many Contacts", NULL);
	case PRACTICE_FULL:
		return practice_end(visit, 500, "No Room For Another Binding", NULL);
	}
	return practice_end(visit, 500, NULL, NULL);
}

static enum practice_step grant_zero(struct practice_visit *visit, const struct wanted *wanted)
{
	struct buf *out = &visit->headers;

	for (size_t i = 0; i < wanted->count; i++) {
		buf_str(out, "Contact: <");
		buf_put(out, wanted->list[i].uri);
		buf_char(out, '>');
		buf_put(out, wanted->list[i].params);
		buf_str(out, ";expires=0\r\n");
	}
	return practice_end(visit, 200, NULL, "for 0 s");
}

/* Kamailio's registrar, reply.c; Asterisk's res_pjsip_registrar.c. */
static enum practice_step refuse_place(struct practice_visit *visit,
                                       const struct practice_fault *fault)
{
	if (slice_equal(slice_str(fault->text), SLICE("asterisk"))) {
		visit->server = "Asterisk PBX 18.10.0";
		return practice_end(visit, 403, "Forbidden", "too many devices");
	}
	visit->server = "kamailio (5.6.3 (x86_64/linux))";
	buf_str(&visit->headers, "P-Registrar-Error: Too many registered contacts\r\n");
	return practice_end(visit, 503, "Service Unavailable", "too many devices");
}

/* What is the matter with a binding that is asked for; a removal is spared. */
static enum practice_step spoil(struct practice_visit *visit, const struct wanted *wanted)
{
	const struct practice_fault *fault;
	size_t bindings = 0;

	for (size_t i = 0; i < wanted->count; i++)
		bindings += wanted->list[i].expires_s > 0;
	if (!bindings)
		return PRACTICE_GO_ON;
	if ((fault = practice_fault_of(visit, PRACTICE_FAULT_TOO_MANY_CONTACTS)))
		return refuse_place(visit, fault);
	if (practice_fault_of(visit, PRACTICE_FAULT_GRANTED_ZERO))
		return grant_zero(visit, wanted);
	if (practice_fault_of(visit, PRACTICE_FAULT_GRANTED_ABSENT))
		return practice_end(visit, 200, NULL, "without a binding");
	return PRACTICE_GO_ON;
}

enum practice_step practice_step_change(struct practice_visit *visit)
{
	struct practice_bindings *bindings = visit->core->bindings;
	struct wanted wanted;
	bool star;

	if (!slice_present(visit->msg.first[SIP_CONTACT])) {
		practice_tell(visit, PRACTICE_QUERIED, NULL);
		return end_with_list(visit);
	}
	wanted.count = 0;
	wanted.texts = buf_over(wanted.memory, sizeof(wanted.memory));
	enum practice_step step = read_contacts(visit, &wanted, &star);
	if (step == PRACTICE_GO_ON)
		step = spoil(visit, &wanted);
	if (step != PRACTICE_GO_ON)
		return step;
	const struct practice_changes changes = {
		.owner = (uint32_t)(visit->account - visit->core->accounts),
		.call_id = visit->msg.first[SIP_CALL_ID],
		.cseq = visit->cseq,
		.from = visit->request->from,
		.now_ms = visit->request->now_ms,
		.list = wanted.list,
		.count = wanted.count,
	};
	return end_with(visit,
	                star ? practice_bindings_clear(bindings, &changes, tell_change, visit)
	                     : practice_bindings_change(bindings, &changes, tell_change, visit));
}
