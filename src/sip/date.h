/* sip/date.h: the Date header (RFC 3261 20.17). */
#ifndef LINEUP_SIP_DATE_H
#define LINEUP_SIP_DATE_H

#include <stdint.h>

#include "base/parse.h"
#include "base/slice.h"

/* Reads "Sat, 13 Nov 2010 23:29:00 GMT" as seconds since 1970-01-01 UTC. The name of the day is not
 * held against the date. PARSE_OK or PARSE_BAD (another form or zone, a date before 1970 or one
 * that no calendar has); *ret_s is set on OK only. */
enum parse sip_date_parse(struct slice value, int64_t *ret_s);

#endif
