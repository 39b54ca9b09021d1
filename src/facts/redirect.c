/* facts/redirect.c: where a 3xx points, and whether to go there. */
#include "facts/facts.h"
#include "sip/addr.h"

/* Whether a host is an IPv4 or IPv6 address: a domain has hosts in it, an address has none. */
static bool is_address(struct slice host)
{
	size_t at = host.n;

	if (host.n && host.p[0] == '[')
		return true;
	/* No name's last label is all digits (RFC 3261 25.1, toplabel). */
	while (at && host.p[at - 1] >= '0' && host.p[at - 1] <= '9')
		at--;
	return at < host.n && (at == 0 || host.p[at - 1] == '.');
}

/* The server's own host, or a host in its domain. */
static bool own_host(const struct facts_server *server, struct slice host)
{
	struct slice domain = server->host;

	if (slice_equal_nocase(host, domain) || slice_equal_nocase(host, server->next_hop) ||
	    slice_equal_nocase(host, server->address))
		return true;
	if (is_address(domain) || host.n <= domain.n + 1)
		return false;
	return host.p[host.n - domain.n - 1] == '.' &&
	       slice_equal_nocase(slice_from(host, host.n - domain.n), domain);
}

static enum reg_redirect judge(const struct facts_server *server, const struct sip_uri *uri)
{
	bool tls = slice_equal(server->transport, SLICE("tls"));
	struct slice transport = server->transport; /* where the URI leaves it open */

	if (uri->scheme == SIP_SCHEME_OTHER)
		return REG_REDIRECT_NOWHERE;
	if (!sip_uri_param(uri, SLICE("transport"), &transport) && tls &&
	    uri->scheme != SIP_SCHEME_SIPS)
		return REG_REDIRECT_DOWNGRADE;
	if (tls && uri->scheme != SIP_SCHEME_SIPS && !slice_equal_nocase(transport, SLICE("tls")))
		return REG_REDIRECT_DOWNGRADE;
	if (!own_host(server, uri->host))
		return REG_REDIRECT_FOREIGN;
	/* RFC 3261 26.2.2: "sips:" is TLS, whose transport may be called TCP. */
	if (uri->scheme == SIP_SCHEME_SIPS)
		return tls && !slice_equal_nocase(transport, SLICE("udp")) ? REG_REDIRECT_ALLOWED
		                                                           : REG_REDIRECT_NOWHERE;
	if (!slice_equal_nocase(transport, server->transport))
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

void facts_read_redirect(const struct facts_server *server, const struct sip_msg *msg,
                         struct reg_facts *facts, struct sip_uri *ret_uri)
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
		found = judge(server, &contact.uri);
		if (found == REG_REDIRECT_ALLOWED &&
		    (best != REG_REDIRECT_ALLOWED || q_of(&contact) > best_q)) {
			best_q = q_of(&contact);
			*ret_uri = contact.uri;
		}
		if (rank[found] > rank[best])
			best = found;
	}
	facts->redirect = best;
}
