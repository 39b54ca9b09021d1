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
 * scheme, no host, an empty user before "@", port 0 or above 65535, a zone in an IPv6 address, a
 * blank, control byte or broken %HH anywhere. */
enum parse sip_uri_parse(struct slice text, struct sip_uri *ret_uri);

/* Whether two URIs are equal by the rules of RFC 3261 19.1.4. URIs of other schemes never are. */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* Users alone, by the same rules: escapes resolved, case counts. */
bool sip_uri_user_equal(struct slice a, struct slice b);

/* The value of a URI parameter (empty where it has none); false where it is not there. */
bool sip_uri_param(const struct sip_uri *uri, struct slice name, struct slice *ret_value);

/* Whether text is a host: a name (RFC 3261 25.1 hostname, "_" also taken), an IPv4 address, or an
 * IPv6 address in brackets without zone. */
bool sip_host_valid(struct slice text);

#endif
