/* sip/addr.h: name-addr and addr-spec, as in Contact, From, To and Route (RFC 3261 20.10, 25.1). */
#ifndef LINEUP_SIP_ADDR_H
#define LINEUP_SIP_ADDR_H

#include "sip/uri.h"

struct sip_addr {
	struct slice
		display; /* a quoted name without its quotes, tokens as they stand, or absent */
	struct slice uri_text; /* what stands between < and >, or the bare URI */
	struct sip_uri uri;
	struct slice params; /* the header's parameters with the ";" in front, or empty. Without <>
	                      * all parameters are the header's, not the URI's (RFC 3261 20.10) */
};

/* Reads one value (from sip_value_next()). PARSE_OK or PARSE_BAD; *ret_addr borrows, set on OK
 * only. BAD among others: "*", a quote that is never closed, a bare URI with a comma or a question
 * mark (RFC 3261 20.10), a URI that sip_uri_parse() refuses. */
enum parse sip_addr_parse(struct slice value, struct sip_addr *ret_addr);

/* Whether params is a list of parameters, each with its ";" in front, or empty: what may stand in
 * sip_addr.params. */
bool sip_addr_params_valid(struct slice params);

/* The value of a header parameter, without quotes where it has some; empty where it has no value.
 * The first counts where a name stands twice. False where it is not there. */
bool sip_addr_param(struct slice params, struct slice name, struct slice *ret_value);

#endif
