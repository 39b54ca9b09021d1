/* sip/field.c: start lines and header lines. The hot part of reading a message: it looks at sixteen
 * bytes at a time for the end of a line, and at a header's name once. */
#include "sip/field.h"

#include "base/wide.h"
#include "sip/scan.h"

#define SIP_HEADER_SLICE(constant, name, compact) [SIP_##constant] = { name, sizeof(name) - 1 },

static const struct slice names[SIP_HEADER_COUNT] = { SIP_HEADERS(SIP_HEADER_SLICE) };

#define NAME_MAX_BYTES 19 /* Proxy-Authorization */

/* Which header a name can be, by its length and first letter, plus one; 0: none. Only Call-ID and
 * Contact share a place. The tests hold this table to SIP_HEADERS. */
#define SHAPE(n, letter) [n][letter - 'a']
static const unsigned char by_shape[NAME_MAX_BYTES + 1][26] = {
	SHAPE(3, 'v') = SIP_VIA + 1,
	SHAPE(4, 'f') = SIP_FROM + 1,
	SHAPE(2, 't') = SIP_TO + 1,
	SHAPE(7, 'c') = SIP_CALL_ID + 1,
	SHAPE(4, 'c') = SIP_CSEQ + 1,
	SHAPE(7, 'e') = SIP_EXPIRES + 1,
	SHAPE(11, 'm') = SIP_MIN_EXPIRES + 1,
	SHAPE(11, 'r') = SIP_RETRY_AFTER + 1,
	SHAPE(16, 'w') = SIP_WWW_AUTHENTICATE + 1,
	SHAPE(18, 'p') = SIP_PROXY_AUTHENTICATE + 1,
	SHAPE(13, 'a') = SIP_AUTHORIZATION + 1,
	SHAPE(19, 'p') = SIP_PROXY_AUTHORIZATION + 1,
	SHAPE(19, 'a') = SIP_AUTHENTICATION_INFO + 1,
	SHAPE(14, 'c') = SIP_CONTENT_LENGTH + 1,
	SHAPE(12, 'c') = SIP_CONTENT_TYPE + 1,
	SHAPE(12, 'm') = SIP_MAX_FORWARDS + 1,
	SHAPE(5, 'r') = SIP_ROUTE + 1,
	SHAPE(12, 'r') = SIP_RECORD_ROUTE + 1,
	SHAPE(13, 's') = SIP_SERVICE_ROUTE + 1,
	SHAPE(4, 'p') = SIP_PATH + 1,
	SHAPE(6, 's') = SIP_SERVER + 1,
	SHAPE(10, 'u') = SIP_USER_AGENT + 1,
	SHAPE(4, 'd') = SIP_DATE + 1,
	SHAPE(7, 'w') = SIP_WARNING + 1,
	SHAPE(6, 'r') = SIP_REASON + 1,
	SHAPE(9, 's') = SIP_SUPPORTED + 1,
	SHAPE(11, 'u') = SIP_UNSUPPORTED + 1,
	SHAPE(7, 'r') = SIP_REQUIRE + 1,
	SHAPE(13, 'p') = SIP_PROXY_REQUIRE + 1,
	SHAPE(10, 'f') = SIP_FLOW_TIMER + 1,
	SHAPE(16, 'p') = SIP_P_ASSOCIATED_URI + 1,
	SHAPE(17, 'p') = SIP_P_REGISTRAR_ERROR + 1,
	SHAPE(5, 'e') = SIP_EVENT + 1,
	/* compact names (RFC 3261 7.3.3) */
	SHAPE(1, 'v') = SIP_VIA + 1,
	SHAPE(1, 'f') = SIP_FROM + 1,
	SHAPE(1, 't') = SIP_TO + 1,
	SHAPE(1, 'i') = SIP_CALL_ID + 1,
	SHAPE(1, 'm') = SIP_CONTACT + 1,
	SHAPE(1, 'l') = SIP_CONTENT_LENGTH + 1,
	SHAPE(1, 'c') = SIP_CONTENT_TYPE + 1,
	SHAPE(1, 'k') = SIP_SUPPORTED + 1,
	SHAPE(1, 'o') = SIP_EVENT + 1,
};

static inline unsigned char lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u | 0x20 : u;
}

static inline bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Names are short: in place of a call their first and last bytes are compared, which overlap. n is
 * at least 2. */
static inline bool same_name(const char *a, const char *b, size_t n)
{
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return memcmp(a, b, 8) == 0 && memcmp(a + n - 8, b + n - 8, 8) == 0;
	if (n >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + n - 4, b + n - 4, 4) == 0;
	return memcmp(a, b, 2) == 0 && a[n - 1] == b[n - 1];
}

static enum sip_header header_of(struct slice name)
{
	unsigned letter = lower(name.p[0]) - 'a';
	unsigned header;

	if (name.n > NAME_MAX_BYTES || letter >= 26 || !by_shape[name.n][letter])
		return SIP_OTHER;
	header = by_shape[name.n][letter] - 1u;
	if (name.n == 1)
		return header;
	if (header == SIP_CALL_ID && lower(name.p[1]) == 'o')
		header = SIP_CONTACT;
	if (same_name(name.p, names[header].p, name.n))
		return header;
	return slice_equal_nocase(name, names[header]) ? header : SIP_OTHER;
}

const char *sip_header_name(enum sip_header header)
{
	return header < SIP_HEADER_COUNT ? names[header].p : NULL;
}

/* Whether the NUL at nul is the second half of a quoted pair: legal (RFC 3261 25.1, RFC 4475
 * 3.1.1.2), where any other NUL is not. */
static __attribute__((noinline, cold)) bool nul_quoted(const char *text, const char *nul)
{
	const char *p = nul;

	while (p > text && p[-1] == '\\')
		p--;
	return (nul - p) % 2 == 1;
}

/* The first NUL, CR or LF, or end. Looks for a byte below 14: in a header that is most likely a CR.
 */
static inline const char *stop_find(const char *at, const char *end)
{
	while (end - at >= WIDE) {
		unsigned n = wide_first((wide)(wide_load(at) < 14));

		at += n;
		if (n == WIDE)
			continue;
		if (*at == '\r' || *at == '\n' || *at == '\0')
			return at;
		at++;
	}
	while (at < end && *at != '\r' && *at != '\n' && *at != '\0')
		at++;
	return at;
}

static inline enum parse crlf_find(const char *text, const char *at, const char *end,
                                   const char **ret_cr)
{
	for (;;) {
		at = stop_find(at, end);
		*ret_cr = at;
		if (at == end)
			return PARSE_PARTIAL;
		if (*at != '\0' || !nul_quoted(text, at))
			break;
		at++;
	}
	if (*at != '\r')
		return PARSE_BAD;
	if (at + 1 == end)
		return PARSE_PARTIAL;
	return at[1] == '\n' ? PARSE_OK : PARSE_BAD;
}

enum parse sip_crlf_find(const char *text, const char *at, const char *end, const char **ret_cr)
{
	return crlf_find(text, at, end, ret_cr);
}

/* The CR that ends a header, folds passed over. */
static enum parse header_end_find(const char *at, const char *end, const char **ret_cr)
{
	enum parse parse = crlf_find(at, at, end, ret_cr);

	while (parse == PARSE_OK && end - *ret_cr > 2 && blank((*ret_cr)[2]))
		parse = crlf_find(*ret_cr + 2, *ret_cr + 2, end, ret_cr);
	return parse;
}

static const struct slice version = { "SIP/2.0", 7 };

/* How many bytes at the front of text agree with "SIP/2.0". */
static size_t version_agree(struct slice text)
{
	size_t n = 0;

	if (text.n >= version.n && memcmp(text.p, version.p, version.n) == 0)
		return version.n;
	while (n < version.n && n < text.n && lower(text.p[n]) == lower(version.p[n]))
		n++;
	return n;
}

/* Each of the next three returns how many bytes of line are right: all of them for a line that is
 * right, or right so far. *ret_whole says whether nothing is missing behind them. */
static size_t status_line_read(struct slice line, struct sip_start *start, bool *ret_whole)
{
	size_t n = version_agree(line);
	unsigned status = 0;

	*ret_whole = false;
	if (n < version.n || n == line.n)
		return n;
	if (line.p[n] != ' ')
		return n;
	for (n++; n < 11 && n < line.n; n++) {
		unsigned digit = (unsigned char)line.p[n] - '0';

		if (digit > 9 || (n == 8 && (digit < 1 || digit > 6)))
			return n;
		status = status * 10 + digit;
	}
	if (n < 11 || (line.n > 11 && !blank(line.p[11])))
		return n;
	*ret_whole = true;
	start->kind = SIP_RESPONSE;
	start->status = (uint16_t)status;
	start->reason = slice_trim(slice_from(line, 11));
	return line.n;
}

static size_t request_line_read(struct slice line, struct sip_start *start, bool *ret_whole)
{
	const char *name_end = scan_over(line.p, line.p + line.n, SCAN_TOKEN);
	size_t method = (size_t)(name_end - line.p), uri, n;

	*ret_whole = false;
	if (method == line.n || method == 0 || line.p[method] != ' ')
		return method;
	uri = slice_find(slice_from(line, method + 1), ' ');
	n = method + 1 + slice_find(slice_of(line.p + method + 1, uri), '\t');
	if (n < method + 1 + uri || n == line.n || uri == 0)
		return n;
	n += 1 + version_agree(slice_from(line, n + 1));
	if (n < line.n || n - method - uri - 2 < version.n)
		return n;
	*ret_whole = true;
	start->kind = SIP_REQUEST;
	start->method = slice_of(line.p, method);
	start->uri = slice_of(line.p + method + 1, uri);
	return n;
}

static size_t start_line_read(struct slice line, struct sip_start *start, bool *ret_whole)
{
	/* "/" stands in no method: "SIP" alone can be one. */
	if (version_agree(line) > 3)
		return status_line_read(line, start, ret_whole);
	return request_line_read(line, start, ret_whole);
}

enum parse sip_start_take(const char **at, const char *end, struct sip_start *ret_start,
                          const char **reterr_at)
{
	const char *cr;
	enum parse parse = crlf_find(*at, *at, end, &cr);
	struct slice line = slice_of(*at, (size_t)(cr - *at));
	struct sip_start start = { 0 };
	bool whole;
	size_t right = start_line_read(line, &start, &whole);

	if (right < line.n || (cr < end && !whole)) {
		*reterr_at = *at + right;
		return PARSE_BAD;
	}
	*reterr_at = cr;
	if (parse != PARSE_OK)
		return parse;
	*ret_start = start;
	*at = cr + 2;
	return PARSE_OK;
}

/* The number of bytes in the name; *ret_colon is where the colon is or should be. */
static size_t name_find(const char *at, const char *end, const char **ret_colon)
{
	const char *p = scan_over(at, end, SCAN_TOKEN);
	size_t n = (size_t)(p - at);

	while (n && p < end && blank(*p))
		p++;
	*ret_colon = p;
	return n;
}

enum parse sip_field_take(const char **at, const char *end, struct sip_field *ret_field,
                          const char **reterr_at)
{
	const char *colon, *cr;
	struct slice name = slice_of(*at, name_find(*at, end, &colon));
	enum parse parse;

	if (colon == end)
		return PARSE_PARTIAL;
	*reterr_at = colon;
	if (*colon != ':' || name.n == 0)
		return PARSE_BAD;
	parse = header_end_find(colon + 1, end, &cr);
	*reterr_at = cr;
	if (parse != PARSE_OK)
		return parse;
	ret_field->header = header_of(name);
	ret_field->name = name;
	ret_field->value = slice_trim(slice_of(colon + 1, (size_t)(cr - colon - 1)));
	*at = cr + 2;
	return PARSE_OK;
}

const char *sip_field_end(const char *at, const char *end)
{
	const char *cr;

	return header_end_find(at, end, &cr) == PARSE_OK ? cr + 2 : end;
}
