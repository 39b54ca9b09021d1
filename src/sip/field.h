/* sip/field.h: the lines that a message is made of, taken off one by one. For msg.c and frame.c;
 * everybody else reads a message with sip/msg.h.
 *
 * They look at each byte a bounded number of times and never past end. *at moves behind the line on
 * PARSE_OK only. PARSE_PARTIAL: right so far, but the line's end is not there. PARSE_BAD:
 * *reterr_at is the byte that shows it. */
#ifndef LINEUP_SIP_FIELD_H
#define LINEUP_SIP_FIELD_H

#include "sip/msg.h"

struct sip_start {
	enum sip_kind kind;
	uint16_t status;     /* response */
	struct slice reason; /* response, trimmed */
	struct slice method; /* request */
	struct slice uri;    /* request */
};

struct sip_field {
	enum sip_header header;
	struct slice name;  /* as it stands, compact or not */
	struct slice value; /* trimmed, folds inside left, maybe empty */
};

/* Finds the CR of the first CRLF from at on; text is where the bytes begin that may be looked back
 * at. Where there is none, *ret_cr is where to look on (PARTIAL: a CR at the very end, or end), or
 * the NUL, CR or LF that stands alone (BAD). A NUL behind a backslash is a quoted pair. */
enum parse sip_crlf_find(const char *text, const char *at, const char *end, const char **ret_cr);

/* Takes the start line (RFC 3261 7.1, 7.2). One cut short is BAD as soon as no bytes behind it
 * could mend it. */
enum parse sip_start_take(const char **at, const char *end, struct sip_start *ret_start,
                          const char **reterr_at);

/* Takes one header with its continuation lines (RFC 3261 7.3.1). Whether a line is continued shows
 * in the byte behind its CRLF: where end comes first, the header counts as whole, so who cannot
 * know that the headers are all there must not trust a value before more was seen. */
enum parse sip_field_take(const char **at, const char *end, struct sip_field *ret_field,
                          const char **reterr_at);

/* The end of the header that at is inside of, in headers that were taken before. */
const char *sip_field_end(const char *at, const char *end);

#endif
