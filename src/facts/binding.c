/* facts/binding.c: the bindings that a registrar lists, and which of them is ours. */
#include "base/num.h"
#include "facts/facts.h"
#include "sip/addr.h"

/* Better reasons to call a binding ours have higher values. */
enum claim {
	CLAIM_NONE,
	CLAIM_BESIDE,   /* our instance by another flow: no claim, but nobody else's */
	CLAIM_USER,     /* our user at our address, or at what the server saw */
	CLAIM_URI,      /* an equal URI, RFC 3261 19.1.4 */
	CLAIM_INSTANCE, /* our instance */
	CLAIM_BOTH,
};

/* A binding as it is listed, and why it is ours. */
struct listed {
	struct slice uri;
	struct slice params;
	enum claim claim;
};

/* An IPv6 address stands with brackets in a URI and often without in a Via. */
static struct slice without_brackets(struct slice host)
{
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return slice_of(host.p + 1, host.n - 2);
	return host;
}

static bool other_flow(const struct facts_claimant *claimant, const struct sip_addr *contact)
{
	struct slice value;
	uint32_t reg_id;

	return claimant->reg_id && sip_addr_param(contact->params, SLICE("reg-id"), &value) &&
	       num_u32_clamped(value, UINT32_MAX, &reg_id) == 0 && reg_id != claimant->reg_id;
}

static enum claim claim_of(const struct facts_claimant *claimant, const struct sip_addr *contact)
{
	struct slice instance;
	struct sip_uri uri;
	bool same_uri = sip_uri_parse(claimant->uri, &uri) == PARSE_OK &&
	                sip_uri_equal(&contact->uri, &uri);

	if (sip_addr_param(contact->params, SLICE("+sip.instance"), &instance)) {
		if (slice_present(claimant->instance) &&
		    slice_equal_nocase(instance, claimant->instance)) {
			if (other_flow(claimant, contact))
				return CLAIM_BESIDE;
			return same_uri ? CLAIM_BOTH : CLAIM_INSTANCE;
		}
	}
	if (same_uri)
		return CLAIM_URI;
	if (!slice_present(claimant->user) || contact->uri.scheme == SIP_SCHEME_OTHER ||
	    !sip_uri_user_equal(contact->uri.user, claimant->user))
		return CLAIM_NONE;
	for (unsigned i = 0; i < 2; i++)
		if (slice_present(claimant->hosts[i]) &&
		    slice_equal_nocase(without_brackets(contact->uri.host),
		                       without_brackets(claimant->hosts[i])))
			return CLAIM_USER;
	return CLAIM_NONE;
}

/* Whether value is our Contact as it was sent, with parameters of the server's behind it. */
static bool read_unchanged(const struct facts_claimant *claimant, struct slice value,
                           struct listed *ret)
{
	struct slice contact = claimant->contact, added;

	if (!slice_present(contact) || value.n < contact.n ||
	    memcmp(value.p, contact.p, contact.n) != 0)
		return false;
	added = slice_from(value, contact.n);
	if (added.n && added.p[0] != ';')
		return false;
	if (!sip_addr_params_valid(added))
		return false;
	*ret = (struct listed){ .uri = slice_of(value.p + 1, claimant->uri.n),
		                .params = added,
		                .claim = CLAIM_BOTH };
	return true;
}

static bool read_listed(const struct facts_claimant *claimant, struct slice value,
                        struct listed *ret)
{
	struct sip_addr contact;

	if (read_unchanged(claimant, value, ret))
		return true;
	if (sip_addr_parse(value, &contact) != PARSE_OK)
		return false;
	*ret = (struct listed){ .uri = contact.uri_text,
		                .params = contact.params,
		                .claim = claim_of(claimant, &contact) };
	return true;
}

/* The time of one binding: its own expires. A value that is no number counts as absent. */
static bool binding_expires(const struct listed *listed, uint32_t *ret_s)
{
	struct slice value;

	return sip_addr_param(listed->params, SLICE("expires"), &value) &&
	       num_u32_clamped(value, UINT32_MAX, ret_s) == 0;
}

struct best {
	enum claim claim;
	unsigned rivals; /* bindings with the same claim */
	unsigned beside; /* bindings of our other flows */
	uint32_t expires_s;
	bool named;
};

static void weigh(struct best *best, const struct listed *listed)
{
	best->beside += listed->claim == CLAIM_BESIDE;
	if (listed->claim <= CLAIM_BESIDE || listed->claim < best->claim)
		return;
	if (listed->claim == best->claim) {
		best->rivals++;
		return;
	}
	*best = (struct best){ .claim = listed->claim, .beside = best->beside };
	best->named = binding_expires(listed, &best->expires_s);
}

/* Looks at all bindings. Returns how many there are. */
static uint32_t find_ours(const struct facts_claimant *claimant, const struct sip_msg *msg,
                          struct best *ret_best)
{
	struct best best = { .claim = CLAIM_NONE };
	struct sip_values walk = { 0 };
	struct listed listed;
	struct slice value;
	uint32_t count = 0;

	while (sip_value_next(msg, SIP_CONTACT, &walk, &value)) {
		if (!read_listed(claimant, value, &listed))
			continue;
		count++;
		weigh(&best, &listed);
	}
	/* "The only one with our user": of two of them neither is known to be ours. */
	if (best.claim == CLAIM_USER && best.rivals)
		best.claim = CLAIM_NONE;
	*ret_best = best;
	return count;
}

static uint16_t count_clamped(uint32_t count)
{
	return count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
}

void facts_read_bindings(const struct facts_claimant *claimant, const struct sip_msg *msg,
                         struct reg_facts *facts)
{
	struct best best;
	uint32_t count = find_ours(claimant, msg, &best);

	facts->bindings = count_clamped(count);
	facts->foreign = count_clamped(count - best.beside - (best.claim != CLAIM_NONE));
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

/* RFC 5627 5.1: a URI in quotes. What is none leads nowhere. */
static struct slice gruu_of(const struct listed *listed, struct slice name)
{
	struct slice value;
	struct sip_uri uri;

	if (sip_addr_param(listed->params, name, &value) &&
	    sip_uri_parse(value, &uri) == PARSE_OK && uri.scheme != SIP_SCHEME_OTHER)
		return value;
	return SLICE_NONE;
}

bool facts_binding_next(const struct facts_claimant *claimant, const struct sip_msg *msg,
                        struct facts_binding_walk *walk, struct facts_binding *ret_binding)
{
	struct listed listed;
	struct slice value;

	if (!walk->begun) {
		struct best best;

		find_ours(claimant, msg, &best);
		walk->claim = best.claim;
		walk->begun = true;
	}
	while (sip_value_next(msg, SIP_CONTACT, &walk->values, &value)) {
		struct facts_binding binding = { 0 };

		if (!read_listed(claimant, value, &listed))
			continue;
		binding.uri = listed.uri;
		binding.named = binding_expires(&listed, &binding.expires_s);
		binding.beside = listed.claim == CLAIM_BESIDE;
		binding.ours = walk->claim != CLAIM_NONE && listed.claim == walk->claim;
		if (binding.ours) {
			walk->claim = CLAIM_NONE; /* of equals the first */
			binding.pub_gruu = gruu_of(&listed, SLICE("pub-gruu"));
			binding.temp_gruu = gruu_of(&listed, SLICE("temp-gruu"));
		}
		*ret_binding = binding;
		return true;
	}
	return false;
}
