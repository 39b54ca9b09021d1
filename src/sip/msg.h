/* sip/msg.h: reading a SIP message (RFC 3261 section 7).
 *
 * sip_parse() takes one whole message, looks at it once, and leaves slices into it. It allocates
 * nothing and copies nothing. It finds where each header that Lineup knows begins first; a header
 * that may stand several times is walked with sip_header_next() or, value by value,
 * sip_value_next(). What the values mean is read by sip/uri.h, sip/addr.h and sip/via.h, when
 * somebody asks. */
#ifndef LINEUP_SIP_MSG_H
#define LINEUP_SIP_MSG_H

#include <stdint.h>

#include "base/parse.h"
#include "base/slice.h"

/* The headers that Lineup knows. X(constant, name, compact name or 0) */
#define SIP_HEADERS(X) \
	X(VIA, "Via", 'v') \
	X(FROM, "From", 'f') \
	X(TO, "To", 't') \
	X(CALL_ID, "Call-ID", 'i') \
	X(CSEQ, "CSeq", 0) \
	X(CONTACT, "Contact", 'm') \
	X(EXPIRES, "Expires", 0) \
	X(MIN_EXPIRES, "Min-Expires", 0) \
	X(RETRY_AFTER, "Retry-After", 0) \
	X(WWW_AUTHENTICATE, "WWW-Authenticate", 0) \
	X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0) \
	X(AUTHORIZATION, "Authorization", 0) \
	X(PROXY_AUTHORIZATION, "Proxy-Authorization", 0) \
	X(AUTHENTICATION_INFO, "Authentication-Info", 0) \
	X(CONTENT_LENGTH, "Content-Length", 'l') \
	X(CONTENT_TYPE, "Content-Type", 'c') \
	X(MAX_FORWARDS, "Max-Forwards", 0) \
	X(ROUTE, "Route", 0) \
	X(RECORD_ROUTE, "Record-Route", 0) \
	X(SERVICE_ROUTE, "Service-Route", 0) \
	X(PATH, "Path", 0) \
	X(SERVER, "Server", 0) \
	X(USER_AGENT, "User-Agent", 0) \
	X(DATE, "Date", 0) \
	X(WARNING, "Warning", 0) \
	X(REASON, "Reason", 0) \
	X(SUPPORTED, "Supported", 'k') \
	X(UNSUPPORTED, "Unsupported", 0) \
	X(REQUIRE, "Require", 0) \
	X(PROXY_REQUIRE, "Proxy-Require", 0) \
	X(FLOW_TIMER, "Flow-Timer", 0) \
	X(P_ASSOCIATED_URI, "P-Associated-URI", 0) \
	X(P_REGISTRAR_ERROR, "P-Registrar-Error", 0) \
	X(EVENT, "Event", 'o')

#define SIP_HEADER_ENUM(constant, name, compact) SIP_##constant,
enum sip_header {
	SIP_HEADERS(SIP_HEADER_ENUM) SIP_HEADER_COUNT,
	SIP_OTHER = SIP_HEADER_COUNT, /* a header that has no constant */
};

enum sip_kind { SIP_REQUEST, SIP_RESPONSE };

struct sip_msg {
	enum sip_kind kind;
	uint16_t status;      /* response: 100 to 699 */
	struct slice reason;  /* response: the reason phrase, maybe empty */
	struct slice method;  /* request */
	struct slice uri;     /* request: the Request-URI as it stands */
	struct slice headers; /* all header lines, the CRLF of the last one included */
	struct slice body;    /* as Content-Length has it; maybe empty */

	/* The first of each known header: its value without blanks around it (folds inside are
	 * left). Absent where the message has none. */
	struct slice first[SIP_HEADER_COUNT];
	uint64_t more; /* a bit for each known header that stands more than once */
};

/* Reads one datagram, or the bytes that sip_frame() found.
 *
 * PARSE_OK       *ret_msg borrows from bytes
 * PARSE_PARTIAL  the end of the headers is missing, or the body is shorter than Content-Length says
 *                (a datagram so cut is dropped, RFC 3261 18.3); *ret_msg is not set
 * PARSE_BAD      not SIP; *reterr_at (may be NULL) is the offset where that shows; *ret_msg is not
 *                set
 *
 * Taken: any case of "SIP/2.0", folded lines, compact names, blanks before the colon, empty lines
 * in front of the start line, unknown headers, any bytes but NUL, CR and LF in values and a NUL
 * behind a backslash (a quoted pair, RFC 4475 3.1.1.2), headers in any order, a status line that
 * ends behind the status, bytes behind the body (dropped). BAD: a line that ends in CR or LF alone;
 * any other NUL before the body; blanks in the request line but the two; a status outside 100 to
 * 699 or not of three digits; a second From, To, Call-ID, CSeq, Max-Forwards, or a second
 * Content-Length (of whatever value); a Content-Length that is no number up to 2^31 - 1. Missing
 * headers are not looked for. */
enum parse sip_parse(struct slice bytes, struct sip_msg *ret_msg, size_t *reterr_at);

/* Walks all headers of one kind in order. *at starts as NULL and is this function's own. Returns
 * false at the end. *ret_value is trimmed, maybe empty. Time: one pass over the headers for the
 * whole walk. */
bool sip_header_next(const struct sip_msg *msg, enum sip_header header, const char **at,
                     struct slice *ret_value);

/* Walks the comma-separated values of all headers of one kind: Contact, Route, Via and the like.
 * Starts with a zeroed struct. Empty values are passed over. */
struct sip_values {
	const char *at;
	struct slice rest;
};
bool sip_value_next(const struct sip_msg *msg, enum sip_header header, struct sip_values *walk,
                    struct slice *ret_value);

/* Walks every header line, known or not: for showing a message. */
bool sip_line_next(const struct sip_msg *msg, const char **at, enum sip_header *ret_header,
                   struct slice *ret_name, struct slice *ret_value);

/* The name in its full form; NULL for SIP_OTHER. */
const char *sip_header_name(enum sip_header header);

/* CSeq: "4711 REGISTER". Number up to 2^31 - 1 (RFC 3261 8.1.1.5). Returns PARSE_OK or PARSE_BAD.
 */
enum parse sip_cseq_parse(struct slice value, uint32_t *ret_number, struct slice *ret_method);

/* A time in whole seconds as in Expires and Min-Expires, and the front of Retry-After
 * ("18000;duration=3600", "120 (I am in a meeting)"). More than max counts as max. Returns PARSE_OK
 * or PARSE_BAD. */
enum parse sip_seconds_parse(struct slice value, uint32_t max, uint32_t *ret_s);

#endif
