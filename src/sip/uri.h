/* sip/uri.h: SIP and SIPS URIs (RFC 3261 section 19.1). */
#ifndef LINEUP_SIP_URI_H
#define LINEUP_SIP_URI_H

#include <stdint.h>

#include "base/parse.h"
#include "base/slice.h"

enum sip_scheme {
	SIP_SCHEME_SIP,
	SIP_SCHEME_SIPS,
	SIP_SCHEME_OTHER, /* tel:, urn:, javascript: ...; the other members are absent */
};

struct sip_uri {
	enum sip_scheme scheme;
	struct slice user;     /* escapes as they stand; absent where there is no "@" */
	struct slice password; /* absent where there is none */
	struct slice host;     /* an IPv6 address with its brackets */
	uint16_t port;         /* 0 where none is named */
	struct slice params;   /* with the ";" in front, or empty */
	struct slice headers;  /* with the "?" in front, or empty */
};

/* Reads text whole. PARSE_OK or PARSE_BAD; *ret_uri borrows, set on OK only. BAD among others: no
 * scheme, no host, an empty user before "@", a second "@", port 0 or above 65535, a zone in an IPv6
 * address, a blank, control byte, "<", ">", quote or broken %HH anywhere. Taken beyond the grammar:
 * characters that should have been escaped in user, parameters and headers, and empty parameters.
 */
enum parse sip_uri_parse(struct slice text, struct sip_uri *ret_uri);

/* Whether two URIs are equal by the rules of RFC 3261 19.1.4; IPv6 addresses by what they are, not
 * by how they are spelled (RFC 5954 4.2). A parameter that stands twice counts once, the first.
 * URIs of other schemes never are equal. The work is bounded: of more than 256 parameters, or
 * headers, only the same text is equal. */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* Users alone, by the same rules: escapes resolved, case counts. */
bool sip_uri_user_equal(struct slice a, struct slice b);

/* Whether text is a URI that leads to that user at that host, whatever its port, parameters and
 * headers: as a proxy, which looks at no more than these, would have it. */
bool sip_uri_leads_to(struct slice text, struct slice user, struct slice host);

/* The value of a URI parameter (empty where it has none), the first of its name; false where it is
 * not there. */
bool sip_uri_param(const struct sip_uri *uri, struct slice name, struct slice *ret_value);

/* Whether text is a host: a name (RFC 3261 25.1 hostname; "_" is also taken, and a last label that
 * begins with a digit but has more than digits), an IPv4 address without zeros in front of its
 * numbers, or an IPv6 address in brackets without zone. At most 255 bytes, labels of 1 to 63. */
bool sip_host_valid(struct slice text);

#endif
