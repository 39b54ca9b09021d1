/* sip/extra.c: see sip/extra.h. */
#include "sip/extra.h"

#include <errno.h>

#include "sip/scan.h"

/* What makes the request that it is: who asks, whose dialog, which way, for how long, with which
 * login, and that it has no body. User-Agent is not among them: a provider may want another one. */
static const char *const ours[] = {
	"Via",
	"From",
	"To",
	"Call-ID",
	"CSeq",
	"Contact",
	"Expires",
	"Max-Forwards",
	"Route",
	"Record-Route",
	"Path",
	"Authorization",
	"Proxy-Authorization",
	"Supported",
	"Require",
	"Proxy-Require",
	"Content-Length",
	"Content-Type",
	"Content-Encoding",
	"Content-Language",
	"Content-Disposition",
	"MIME-Version",
};

static bool is_ours(struct slice name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (slice_equal_nocase(name, slice_str(ours[i])))
			return true;
	return name.n == 1;
}

static bool is_token(struct slice name)
{
	return name.n && scan_over(name.p, name.p + name.n, SCAN_TOKEN) == name.p + name.n;
}

static bool is_one_line(struct slice field)
{
	for (size_t i = 0; i < field.n; i++)
		if ((unsigned char)field.p[i] < ' ' || field.p[i] == 0x7f)
			return false;
	return true;
}

enum sip_extra sip_extra_take(struct slice *list, struct slice *ret_name, struct slice *ret_value)
{
	struct slice field = slice_of(list->p, slice_find(*list, '|'));
	size_t colon = slice_find(field, ':');
	bool last = field.n == list->n;

	if (list->n == 0)
		return SIP_EXTRA_END;
	*list = slice_from(*list, field.n + !last);
	*ret_name = slice_trim(slice_of(field.p, colon));
	if (colon == field.n || !is_token(*ret_name) || !is_one_line(field))
		return SIP_EXTRA_BAD;
	if (is_ours(*ret_name))
		return SIP_EXTRA_OURS;
	*ret_value = slice_trim(slice_from(field, colon + 1));
	/* A "|" at the end has a field missing behind it. */
	return ret_value->n && (last || list->n) ? SIP_EXTRA_FIELD : SIP_EXTRA_BAD;
}

void sip_extra_fill(struct slice text, struct slice extension, struct buf *out)
{
	const struct slice mark = SLICE(SIP_EXTRA_EXTENSION);

	while (text.n) {
		size_t at = slice_find(text, mark.p[0]);

		buf_put(out, slice_of(text.p, at));
		text = slice_from(text, at);
		if (text.n >= mark.n && slice_equal(slice_of(text.p, mark.n), mark)) {
			buf_put(out, extension);
			text = slice_from(text, mark.n);
		} else if (text.n) {
			buf_char(out, text.p[0]);
			text = slice_from(text, 1);
		}
	}
}

int sip_extra_write(struct slice list, struct buf *out)
{
	struct slice name, value;
	enum sip_extra got;

	while ((got = sip_extra_take(&list, &name, &value)) == SIP_EXTRA_FIELD) {
		buf_put(out, name);
		buf_put(out, SLICE(": "));
		buf_put(out, value);
		buf_put(out, SLICE("\r\n"));
	}
	return got == SIP_EXTRA_END ? 0 : -EINVAL;
}

bool sip_extra_has(struct slice list, struct slice name)
{
	struct slice found, value;

	while (sip_extra_take(&list, &found, &value) == SIP_EXTRA_FIELD)
		if (slice_equal_nocase(found, name))
			return true;
	return false;
}

/* RFC 3261 25.1, paramchar. */
static bool takes_char(struct slice *rest)
{
	static const char marks[] = "[]/:&+$-_.!~*'()";
	char c = rest->p[0];

	if (c == '%') {
		if (rest->n < 3 || scan_hex(rest->p[1]) < 0 || scan_hex(rest->p[2]) < 0)
			return false;
		*rest = slice_from(*rest, 3);
		return true;
	}
	if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) &&
	    (c == '\0' || !strchr(marks, c)))
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

static bool takes_chars(struct slice *rest)
{
	if (rest->n == 0 || !takes_char(rest))
		return false;
	while (rest->n && takes_char(rest))
		;
	return true;
}

bool sip_uri_params_valid(struct slice params)
{
	while (params.n) {
		if (params.p[0] != ';')
			return false;
		params = slice_from(params, 1);
		if (!takes_chars(&params))
			return false;
		if (params.n && params.p[0] == '=') {
			params = slice_from(params, 1);
			if (!takes_chars(&params))
				return false;
		}
	}
	return true;
}
