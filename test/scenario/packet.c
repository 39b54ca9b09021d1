/* packet.c: a request that the agent sent, read without the agent's own parser. */
#include "packet.h"

#include <stdlib.h>

static bool wrong(char error[PACKET_ERROR_MAX], const char *what)
{
	snprintf(error, PACKET_ERROR_MAX, "what was sent is no proper REGISTER: %s", what);
	return false;
}

/* Takes one line off the front of *in. False where no CRLF follows. */
static bool line_next(struct slice *in, struct slice *ret_line)
{
	for (size_t i = 0; i + 1 < in->n; i++) {
		if (in->p[i] == '\r' && in->p[i + 1] == '\n') {
			*ret_line = slice_of(in->p, i);
			*in = slice_from(*in, i + 2);
			return true;
		}
	}
	return false;
}

/* A tab is no control byte here: RFC 3261 25.1 allows it wherever a blank may be. */
static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') ||
		    (unsigned char)s.p[i] == 0x7f)
			return true;
	return false;
}

/* 1*DIGIT up to 2^31 - 1. */
static bool number(struct slice s, uint32_t *ret_n)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = 10 * n + (unsigned)(s.p[i] - '0');
		if (n > INT32_MAX)
			return false;
	}
	*ret_n = (uint32_t)n;
	return s.n > 0;
}

static unsigned count_of(const struct packet *packet, const char *name)
{
	unsigned n = 0;

	while (slice_present(packet_header(packet, name, n)))
		n++;
	return n;
}

static bool read_start(struct packet *packet)
{
	static const struct slice version = SLICE(" SIP/2.0");
	struct slice s = packet->start;
	size_t n = slice_find(s, ' ');

	if (s.n <= n + 5 + version.n || memcmp(s.p + n, " sip:", 5) != 0 ||
	    memcmp(s.p + s.n - version.n, version.p, version.n) != 0)
		return false;
	packet->method = slice_of(s.p, n);
	if (!slice_equal(packet->method, SLICE("REGISTER")) &&
	    !slice_equal(packet->method, SLICE("OPTIONS")))
		return false;
	packet->request_uri = slice_of(s.p + n + 1, s.n - n - 1 - version.n);
	return slice_find(packet->request_uri, ' ') == packet->request_uri.n;
}

static bool read_fields(struct packet *packet, struct slice *in, char error[PACKET_ERROR_MAX])
{
	struct slice line;

	for (;;) {
		size_t colon;

		if (!line_next(in, &line))
			return wrong(error, "the headers have no end");
		if (line.n == 0)
			return true;
		colon = slice_find(line, ':');
		if (colon == 0 || colon == line.n)
			return wrong(error, "a header line without a name");
		if (packet->field_count == PACKET_FIELDS_MAX)
			return wrong(error, "too many headers");
		if (has_control(line))
			return wrong(error, "a control byte in a header");
		packet->fields[packet->field_count++] = (struct packet_field){
			slice_of(line.p, colon),
			slice_trim(slice_from(line, colon + 1)),
		};
	}
}

static bool check_fields(struct packet *packet, char error[PACKET_ERROR_MAX])
{
	static const char *const once[] = { "Via",           "From", "To",
		                            "Call-ID",       "CSeq", "Max-Forwards",
		                            "Content-Length" };
	struct slice cseq, branch, method = packet->method;
	uint32_t n;

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		if (count_of(packet, once[i]) != 1) {
			char text[64];

			snprintf(text, sizeof(text), "not exactly one %s", once[i]);
			return wrong(error, text);
		}
	}
	branch = packet_param(packet_header(packet, "Via", 0), "branch");
	if (branch.n < 7 + 8 || memcmp(branch.p, "z9hG4bK", 7) != 0)
		return wrong(error, "the branch lacks its magic cookie or is too short");
	if (packet_param(packet_header(packet, "From", 0), "tag").n < 8)
		return wrong(error, "From has no tag of 8 characters");
	cseq = packet_header(packet, "CSeq", 0);
	if (cseq.n <= method.n + 1 || cseq.p[cseq.n - method.n - 1] != ' ' ||
	    memcmp(cseq.p + cseq.n - method.n, method.p, method.n) != 0 ||
	    !number(slice_of(cseq.p, cseq.n - method.n - 1), &packet->cseq))
		return wrong(error, "CSeq is not a number and the method");
	if (!slice_equal(packet_header(packet, "Max-Forwards", 0), SLICE("70")))
		return wrong(error, "Max-Forwards is not 70");
	if (!number(packet_header(packet, "Content-Length", 0), &n) || n != packet->body.n)
		return wrong(error, "Content-Length does not fit the body");
	return true;
}

bool packet_read(struct slice bytes, struct packet *ret_packet, char error[PACKET_ERROR_MAX])
{
	struct packet packet = { .bytes = bytes };
	struct slice in = bytes;

	if (!line_next(&in, &packet.start) || !read_start(&packet))
		return wrong(error, "the start line");
	if (!read_fields(&packet, &in, error))
		return false;
	packet.body = in;
	if (!check_fields(&packet, error))
		return false;
	*ret_packet = packet;
	return true;
}

struct slice packet_header(const struct packet *packet, const char *name, unsigned nth)
{
	for (unsigned i = 0; i < packet->field_count; i++)
		if (slice_equal_nocase(packet->fields[i].name, slice_str(name)) && nth-- == 0)
			return packet->fields[i].value;
	return SLICE_NONE;
}

struct slice packet_param(struct slice value, const char *name)
{
	size_t close = slice_find(value, '>');
	struct slice rest = close < value.n ? slice_from(value, close + 1) : value;

	for (;;) {
		size_t semicolon = slice_find(rest, ';');
		struct slice param;
		size_t equals;

		if (semicolon == rest.n)
			return SLICE_NONE;
		rest = slice_from(rest, semicolon + 1);
		param = slice_of(rest.p, slice_find(rest, ';'));
		equals = slice_find(param, '=');
		if (slice_equal_nocase(slice_of(param.p, equals), slice_str(name)))
			return equals < param.n ? slice_from(param, equals + 1)
			                        : slice_of(param.p + param.n, 0);
	}
}

struct slice packet_uri(struct slice value)
{
	size_t open = slice_find(value, '<');
	struct slice rest;

	if (open == value.n)
		return slice_of(value.p, slice_find(value, ';'));
	rest = slice_from(value, open + 1);
	return slice_of(rest.p, slice_find(rest, '>'));
}

struct slice packet_user(struct slice uri)
{
	size_t at = slice_find(uri, '@'), colon = slice_find(uri, ':');

	if (at == uri.n || colon >= at)
		return SLICE_NONE;
	return slice_of(uri.p + colon + 1, at - colon - 1);
}

void packet_print(struct slice bytes, const char *prefix, FILE *out)
{
	bool fresh = true;

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (fresh)
			fputs(prefix, out);
		fresh = c == '\n';
		if (c == '\r' && i + 1 < bytes.n && bytes.p[i + 1] == '\n')
			continue;
		if (c == '\n')
			putc('\n', out);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
	if (!fresh)
		putc('\n', out);
}
