/* sip/frame.c: cutting a stream into messages and pings.
 *
 * A stream may arrive a byte at a time, and whoever sends it may mean ill: each call looks only at
 * what is new. *scanned holds an offset and, in its two top bits, how far the frame is known. What
 * is no SIP shows with its first bytes, so that a TLS hello or an HTTP request is not waited for.
 */
#include "sip/frame.h"

#include "base/num.h"
#include "sip/field.h"

#define LENGTH_KNOWN (~(SIZE_MAX >> 1))  /* the offset is where the frame ends */
#define START_SEEN   (LENGTH_KNOWN >> 1) /* the start line is there and right */
#define OFFSET       (~(LENGTH_KNOWN | START_SEEN))
#define BODY_MAX     ((size_t)INT32_MAX)
#define EARLY_BYTES  16 /* so many of a start line that is not all there are looked at each time */

static enum parse ping_take(struct slice stream, bool at_rest, enum sip_frame *ret_kind,
                            size_t *ret_n)
{
	static const struct slice ping = SLICE("\r\n\r\n");
	size_t n = 0;

	while (n < ping.n && n < stream.n && stream.p[n] == ping.p[n])
		n++;
	if (n < stream.n && n < ping.n && n != 2)
		return PARSE_BAD;
	if (n == ping.n)
		*ret_kind = SIP_FRAME_PING;
	else if (n == 2 && (stream.n > 2 || at_rest))
		*ret_kind = SIP_FRAME_PONG;
	else
		return PARSE_PARTIAL;
	*ret_n = n;
	return PARSE_OK;
}

/* Whether what is there of the start line can begin a SIP message. */
static bool start_possible(struct slice stream)
{
	const char *at = stream.p, *err;
	size_t n = stream.n < EARLY_BYTES ? stream.n : EARLY_BYTES;
	struct sip_start start;

	return sip_start_take(&at, at + n, &start, &err) != PARSE_BAD;
}

/* Looks for the empty line behind the headers, from where the last call ended. */
static enum parse head_find(struct slice stream, size_t max_headers, size_t *scanned, size_t *ret_n)
{
	size_t n = stream.n < max_headers ? stream.n : max_headers;
	const char *at = stream.p + (*scanned & OFFSET), *end = stream.p + n, *cr, *err;
	size_t seen = *scanned & START_SEEN;
	enum parse parse;

	while ((parse = sip_crlf_find(stream.p, at, end, &cr)) == PARSE_OK) {
		struct sip_start start;

		at = stream.p;
		if (!seen && sip_start_take(&at, end, &start, &err) != PARSE_OK)
			return PARSE_BAD;
		if (seen && cr[-2] == '\r' && cr[-1] == '\n') {
			*ret_n = (size_t)(cr + 2 - stream.p);
			return PARSE_OK;
		}
		seen = START_SEEN;
		at = cr + 2;
	}
	if (parse == PARSE_BAD || n == max_headers || (!seen && !start_possible(stream)))
		return PARSE_BAD;
	*scanned = seen | (size_t)(cr - stream.p);
	return PARSE_PARTIAL;
}

/* Reads Content-Length from headers that are all there, behind a start line that is right. Only
 * what decides where the message ends is held against it here: a message that sip_parse() refuses
 * costs itself, not the connection. */
static enum parse body_length_read(struct slice head, size_t max_body, size_t *ret_n)
{
	const char *at = head.p + slice_find(head, '\n') + 1, *end = head.p + head.n - 2, *err;
	uint32_t n = 0, max = (uint32_t)(max_body < BODY_MAX ? max_body : BODY_MAX);
	bool found = false;

	while (at < end) {
		struct sip_field field;

		if (sip_field_take(&at, end, &field, &err) != PARSE_OK)
			return PARSE_BAD;
		if (field.header != SIP_CONTENT_LENGTH)
			continue;
		if (found || num_u32(field.value, max, &n) != 0)
			return PARSE_BAD;
		found = true;
	}
	*ret_n = n;
	return found ? PARSE_OK : PARSE_BAD;
}

enum parse sip_frame(struct slice stream, bool at_rest, size_t max_headers, size_t max_body,
                     size_t *scanned, enum sip_frame *ret_kind, size_t *ret_n)
{
	size_t head_n, body_n;
	enum parse parse;

	if (stream.n == 0)
		return PARSE_PARTIAL;
	if (stream.p[0] == '\r' || stream.p[0] == '\n')
		return ping_take(stream, at_rest, ret_kind, ret_n);
	if (!(*scanned & LENGTH_KNOWN)) {
		parse = head_find(stream, max_headers, scanned, &head_n);
		if (parse != PARSE_OK)
			return parse;
		parse = body_length_read(slice_of(stream.p, head_n), max_body, &body_n);
		if (parse != PARSE_OK)
			return parse;
		*scanned = LENGTH_KNOWN | (head_n + body_n);
	}
	if (stream.n < (*scanned & OFFSET))
		return PARSE_PARTIAL;
	*ret_kind = SIP_FRAME_MESSAGE;
	*ret_n = *scanned & OFFSET;
	return PARSE_OK;
}
