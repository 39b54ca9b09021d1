/* sip/via.h: a Via value (RFC 3261 20.42, RFC 3581). */
#ifndef LINEUP_SIP_VIA_H
#define LINEUP_SIP_VIA_H

#include "base/parse.h"
#include "base/slice.h"

#include <stdint.h>

struct sip_via {
	struct slice transport; /* "UDP", in whatever case it came */
	struct slice host;      /* sent-by */
	uint16_t port;          /* of sent-by; 0 where none is named */
	struct slice branch;    /* absent where there is none */
	struct slice received;  /* absent where there is none */
	uint16_t rport;         /* 0 where it is absent or has no value, or one that is no port */
	bool rport_asked;       /* "rport" is there, with or without a value */
};

/* Reads one value (from sip_value_next()), with blanks and folds wherever RFC 3261 25.1 has them.
 * Of a parameter that stands twice the first counts; "received" is whatever stands there, with or
 * without brackets. PARSE_OK or PARSE_BAD (no "SIP/2.0", no valid host, a port of sent-by that is
 * none from 1 to 65535, parameters that do not read as such); *ret_via borrows, set on OK only. */
enum parse sip_via_parse(struct slice value, struct sip_via *ret_via);

#endif
