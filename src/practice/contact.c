/* practice/contact.c: what a REGISTER asks of the bindings, and the list of them in the answer
 * (RFC 3261 10.3, steps 6 to 8). */
#include "base/lex.h"
#include "base/num.h"
#include "practice/core.h"

#define BRIEF_S 3600 /* RFC 3261 10.3: only what is below an hour may be called too brief */

/* The wanted changes, and memory for their parameters. */
struct wanted {
	struct practice_change list[PRACTICE_CHANGES_MAX];
	size_t count;
	struct buf params;
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
static struct slice keep_params(struct slice params, struct buf *out)
{
	const size_t before = out->n;
	struct slice name, value;

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

static enum practice_step too_brief(struct practice_visit *visit)
{
	buf_str(&visit->headers, "Min-Expires: ");
	buf_u64(&visit->headers, visit->core->config.expires_min_s);
	buf_str(&visit->headers, "\r\n");
	return practice_end(visit, 423, NULL, NULL);
}

static enum practice_step read_contact(struct practice_visit *visit, struct slice value,
                                       struct wanted *wanted)
{
	const struct practice_config *config = &visit->core->config;
	struct sip_addr contact;
	struct slice q;

	if (wanted->count == PRACTICE_CHANGES_MAX)
		return practice_end(visit, 400, "Too Many Contacts", NULL);
	if (sip_addr_parse(value, &contact) != PARSE_OK)
		return practice_end(visit, 400, "Malformed Contact", NULL);
	if (sip_addr_param(contact.params, SLICE("q"), &q) && !q_valid(q))
		return practice_end(visit, 400, "Malformed q in Contact", NULL);
	uint32_t asked = asked_s(visit, &contact);
	if (asked > 0 && asked < BRIEF_S && asked < config->expires_min_s)
		return too_brief(visit);
	wanted->list[wanted->count++] = (struct practice_change){
		.uri = contact.uri_text,
		.params = keep_params(contact.params, &wanted->params),
		.expires_s = asked < config->expires_max_s ? asked : config->expires_max_s,
	};
	if (wanted->params.full)
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
	wanted.params = buf_over(wanted.memory, sizeof(wanted.memory));
	enum practice_step step = read_contacts(visit, &wanted, &star);
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
