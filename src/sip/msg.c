/* sip/msg.c: reading a message in one pass, and walking its headers afterwards.
 *
 * What stands in a value is no business of sip_parse(): it reads the start line, the names and
 * Content-Length. Bodies are never looked at. */
#include "sip/msg.h"

#include <assert.h>

#include "base/lex.h"
#include "base/num.h"
#include "sip/field.h"

#define CONTENT_LENGTH_MAX INT32_MAX
#define CSEQ_MAX           INT32_MAX

static_assert(SIP_HEADER_COUNT <= 64, "a bit for each in sip_msg.more");

/* One of these twice makes a message that two readers can understand in two ways (RFC 4475 3.3.8,
 * 3.3.9). */
static bool must_stand_once(enum sip_header header)
{
	switch ((unsigned)header) {
	case SIP_FROM:
	case SIP_TO:
	case SIP_CALL_ID:
	case SIP_CSEQ:
	case SIP_MAX_FORWARDS:
	case SIP_CONTENT_LENGTH:
		return true;
	default:
		return false;
	}
}

/* Takes all headers and the empty line behind them. */
static enum parse headers_take(const char **at, const char *end, struct sip_msg *msg,
                               const char **reterr_at)
{
	const char *start = *at;

	for (;;) {
		struct sip_field field;
		const char *line = *at;
		enum parse parse;

		if (line == end || (*line == '\r' && line + 1 == end))
			return PARSE_PARTIAL;
		if (*line == '\r' && line[1] == '\n')
			break;
		parse = sip_field_take(at, end, &field, reterr_at);
		if (parse != PARSE_OK)
			return parse;
		if (*at == end)
			return PARSE_PARTIAL; /* the next byte may make it a longer line */
		if (field.header == SIP_OTHER)
			continue;
		if (!slice_present(msg->first[field.header])) {
			msg->first[field.header] = field.value;
		} else if (must_stand_once(field.header)) {
			*reterr_at = line;
			return PARSE_BAD;
		} else {
			msg->more |= UINT64_C(1) << field.header;
		}
	}
	msg->headers = slice_of(start, (size_t)(*at - start));
	*at += 2;
	return PARSE_OK;
}

/* What is left of a datagram is the body, or as much of it as Content-Length says (18.3). */
static enum parse body_take(struct slice rest, struct sip_msg *msg, const char **reterr_at)
{
	struct slice length = msg->first[SIP_CONTENT_LENGTH];
	uint32_t n;

	msg->body = rest;
	if (!slice_present(length))
		return PARSE_OK;
	if (num_u32(length, CONTENT_LENGTH_MAX, &n) != 0) {
		*reterr_at = length.p;
		return PARSE_BAD;
	}
	if (n > rest.n)
		return PARSE_PARTIAL;
	msg->body.n = n;
	return PARSE_OK;
}

enum parse sip_parse(struct slice bytes, struct sip_msg *ret_msg, size_t *reterr_at)
{
	const char *at = bytes.p, *end, *err = bytes.p;
	struct sip_start start;
	struct sip_msg msg;
	enum parse parse;

	if (bytes.n == 0)
		return PARSE_PARTIAL;
	end = at + bytes.n;
	while (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
		at += 2;
	if (at == end || (*at == '\r' && at + 1 == end))
		return PARSE_PARTIAL;
	parse = sip_start_take(&at, end, &start, &err);
	if (parse == PARSE_OK) {
		msg = (struct sip_msg){ .kind = start.kind,
			                .status = start.status,
			                .reason = start.reason,
			                .method = start.method,
			                .uri = start.uri };
		parse = headers_take(&at, end, &msg, &err);
	}
	if (parse == PARSE_OK)
		parse = body_take(slice_of(at, (size_t)(end - at)), &msg, &err);
	if (parse == PARSE_OK)
		*ret_msg = msg;
	else if (parse == PARSE_BAD && reterr_at)
		*reterr_at = (size_t)(err - bytes.p);
	return parse;
}

bool sip_line_next(const struct sip_msg *msg, const char **at, enum sip_header *ret_header,
                   struct slice *ret_name, struct slice *ret_value)
{
	const char *end = msg->headers.p + msg->headers.n, *err;
	struct sip_field field;

	if (!*at)
		*at = msg->headers.p;
	if (*at == end || sip_field_take(at, end, &field, &err) != PARSE_OK)
		return false;
	*ret_header = field.header;
	*ret_name = field.name;
	*ret_value = field.value;
	return true;
}

bool sip_header_next(const struct sip_msg *msg, enum sip_header header, const char **at,
                     struct slice *ret_value)
{
	enum sip_header found;
	struct slice name, value;

	if (header != SIP_OTHER) {
		if (!*at) {
			*ret_value = msg->first[header];
			*at = ret_value->p;
			return slice_present(*ret_value);
		}
		if (!(msg->more >> header & 1))
			return false;
		if (*at == msg->first[header].p)
			*at = sip_field_end(*at, msg->headers.p + msg->headers.n);
	}
	while (sip_line_next(msg, at, &found, &name, &value)) {
		if (found == header) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

bool sip_value_next(const struct sip_msg *msg, enum sip_header header, struct sip_values *walk,
                    struct slice *ret_value)
{
	while (walk->rest.n == 0 || !lex_element(&walk->rest, ret_value))
		if (!sip_header_next(msg, header, &walk->at, &walk->rest))
			return false;
	return true;
}

enum parse sip_cseq_parse(struct slice value, uint32_t *ret_number, struct slice *ret_method)
{
	struct slice digits, method;
	uint32_t number;

	lex_blanks(&value);
	if (!lex_token(&value, &digits) || num_u32(digits, CSEQ_MAX, &number) != 0)
		return PARSE_BAD;
	lex_blanks(&value);
	if (!lex_token(&value, &method))
		return PARSE_BAD;
	lex_blanks(&value);
	if (value.n)
		return PARSE_BAD;
	*ret_number = number;
	*ret_method = method;
	return PARSE_OK;
}

enum parse sip_seconds_parse(struct slice value, uint32_t max, uint32_t *ret_s)
{
	struct slice digits, rest;

	lex_blanks(&value);
	digits = slice_of(value.p, 0);
	while (digits.n < value.n && value.p[digits.n] >= '0' && value.p[digits.n] <= '9')
		digits.n++;
	if (digits.n == 0)
		return PARSE_BAD;
	rest = slice_from(value, digits.n);
	lex_blanks(&rest);
	if (rest.n && rest.p[0] != '(' && rest.p[0] != ';')
		return PARSE_BAD;
	return num_u32_clamped(digits, max, ret_s) == 0 ? PARSE_OK : PARSE_BAD;
}
