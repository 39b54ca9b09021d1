/* sip/mask.c: a message as a person may see it, see mask.h.
 *
 * This does not trust the bytes to be a message: it goes field by field (a line and the folded ones
 * behind it), body included, since a body can hold a message, too. Where a field of credentials
 * cannot be understood, all that is left of it is hidden. */
#include "sip/mask.h"

#include "base/lex.h"

#define LINE_PIECE 64 /* as long are most lines at most */

/* How a field's value begins. */
enum credentials {
	CREDENTIALS_NONE,   /* none in this field */
	CREDENTIALS_SCHEME, /* "Digest name=value, ..." */
	CREDENTIALS_PARAMS, /* "name=value, ..." */
};

struct show {
	struct buf *out;
	struct slice prefix;
	bool inside; /* a line has been begun */
};

static bool is_break(char c)
{
	return c == '\r' || c == '\n';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || is_break(c);
}

/* The length of the line at the front of text, its end not counted. A CR or LF alone ends one, too:
 * nothing hides behind it. A piece at a time, so that where all lines end in the one of them the
 * other is not looked for in the whole rest behind each. */
static size_t line_length(struct slice text)
{
	for (size_t from = 0; from < text.n; from += LINE_PIECE) {
		size_t n = text.n - from < LINE_PIECE ? text.n - from : LINE_PIECE;
		size_t lf = slice_find(slice_of(text.p + from, n), '\n');
		size_t end = slice_find(slice_of(text.p + from, lf), '\r');

		if (end < n)
			return from + end;
	}
	return text.n;
}

static size_t break_length(struct slice text)
{
	if (text.n == 0)
		return 0;
	return text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n' ? 2 : 1;
}

static void show_begin(struct show *show)
{
	if (!show->inside)
		buf_put(show->out, show->prefix);
	show->inside = true;
}

static void show_end(struct show *show)
{
	show_begin(show);
	buf_char(show->out, '\n');
	show->inside = false;
}

static void show_text(struct show *show, struct slice text)
{
	while (text.n) {
		size_t n = line_length(text);

		show_begin(show);
		buf_show(show->out, slice_of(text.p, n));
		text = slice_from(text, n);
		if (text.n)
			show_end(show);
		text = slice_from(text, break_length(text));
	}
}

static void show_hidden(struct show *show)
{
	show_begin(show);
	buf_str(show->out, "***");
}

/* Takes a line, the lines that continue it, and the line break behind them, which *ret_field does
 * not have. */
static void take_field(struct slice *rest, struct slice *ret_field)
{
	size_t n = line_length(*rest), next;

	for (;;) {
		next = n + break_length(slice_from(*rest, n));
		if (next == n || next >= rest->n || (rest->p[next] != ' ' && rest->p[next] != '\t'))
			break;
		n = next + line_length(slice_from(*rest, next));
	}
	*ret_field = slice_of(rest->p, n);
	*rest = slice_from(*rest, next);
}

static enum credentials credentials_kind(struct slice name)
{
	if (slice_equal_nocase(name, SLICE("Authorization")) ||
	    slice_equal_nocase(name, SLICE("Proxy-Authorization")))
		return CREDENTIALS_SCHEME;
	if (slice_equal_nocase(name, SLICE("Authentication-Info")) ||
	    slice_equal_nocase(name, SLICE("Proxy-Authentication-Info")))
		return CREDENTIALS_PARAMS;
	return CREDENTIALS_NONE;
}

/* A list of what may be seen rather than of what may not: response, cnonce and rspauth are not all
 * that has ever been put here (auts, ik and ck of RFC 3310 are others). */
static bool is_harmless(struct slice name)
{
	static const char *const names[] = {
		"username", "realm",  "nonce",    "uri",       "algorithm", "qop",
		"nc",       "opaque", "userhash", "nextnonce", "stale",     "domain",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal_nocase(name, slice_str(names[i])))
			return true;
	return false;
}

static void skip_space(struct slice *in, char also)
{
	while (in->n && (is_space(in->p[0]) || in->p[0] == also))
		*in = slice_from(*in, 1);
}

/* Takes what a parameter's value stands for: between quotes, or up to a comma or a blank. False
 * where a quote is never closed. */
static bool take_value(struct slice *in, struct slice *ret_value)
{
	size_t n = 0;

	if (in->n && in->p[0] == '"')
		return lex_quoted(in, ret_value);
	while (n < in->n && in->p[n] != ',' && !is_space(in->p[n]))
		n++;
	*ret_value = slice_of(in->p, n);
	*in = slice_from(*in, n);
	return true;
}

/* Shows "name=value, ..." with all values hidden that are not known to be harmless. What
 * does not read so hides the rest. */
static void show_params(struct show *show, struct slice in)
{
	const char *shown = in.p;

	for (;;) {
		struct slice name, value;
		const char *end = in.p + in.n;

		skip_space(&in, ',');
		if (in.n == 0) {
			show_text(show, slice_of(shown, (size_t)(end - shown)));
			return;
		}
		show_text(show, slice_of(shown, (size_t)(in.p - shown)));
		shown = in.p;
		if (!lex_token(&in, &name))
			break;
		skip_space(&in, ' ');
		if (in.n == 0 || in.p[0] != '=')
			break;
		in = slice_from(in, 1);
		skip_space(&in, ' ');
		if (!take_value(&in, &value))
			break;
		if (is_harmless(name))
			continue;
		show_text(show, slice_of(shown, (size_t)(value.p - shown)));
		show_hidden(show);
		shown = value.p + value.n;
	}
	show_hidden(show);
}

static void show_credentials(struct show *show, struct slice value)
{
	struct slice in = value, scheme;

	skip_space(&in, ' ');
	if (in.n == 0 || !lex_token(&in, &scheme) || (in.n && !is_space(in.p[0]))) {
		show_hidden(show);
		return;
	}
	show_text(show, slice_of(value.p, value.n - in.n));
	if (slice_equal_nocase(scheme, SLICE("Digest"))) {
		show_params(show, in);
	} else {
		show_text(show, SLICE(" "));
		show_hidden(show);
	}
}

/* Whether what stands in front of a '=' ends with the name of a value that nobody may see. */
static bool is_telltale(struct slice front)
{
	static const char *const names[] = { "response", "cnonce", "rspauth" };
	struct slice name = slice_trim(front);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (name.n >= n &&
		    slice_equal_nocase(slice_from(name, name.n - n), slice_str(names[i])))
			return true;
	}
	return false;
}

/* Any other text: a server may send back what it was sent in whatever place it likes. */
static void show_other(struct show *show, struct slice text)
{
	const char *shown = text.p;

	while (text.n) {
		size_t n = slice_find(text, '=');
		bool tells = n < text.n && is_telltale(slice_of(text.p, n));
		struct slice value;

		text = slice_from(text, n < text.n ? n + 1 : n);
		if (!tells)
			continue;
		skip_space(&text, ' ');
		if (!take_value(&text, &value)) {
			value = text;
			text = slice_from(text, text.n);
		}
		show_text(show, slice_of(shown, (size_t)(value.p - shown)));
		show_hidden(show);
		shown = value.p + value.n;
	}
	show_text(show, slice_of(shown, (size_t)(text.p - shown)));
}

static void show_field(struct show *show, struct slice field)
{
	size_t colon = slice_find(field, ':');
	enum credentials kind = credentials_kind(slice_trim(slice_of(field.p, colon)));

	if (kind == CREDENTIALS_NONE || colon == field.n) {
		show_other(show, field);
		return;
	}
	show_text(show, slice_of(field.p, colon + 1));
	field = slice_from(field, colon + 1);
	if (kind == CREDENTIALS_SCHEME)
		show_credentials(show, field);
	else
		show_params(show, field);
}

void sip_show_masked(struct slice bytes, struct slice prefix, struct buf *out)
{
	struct show show = { .out = out, .prefix = prefix };

	while (bytes.n) {
		struct slice field;

		take_field(&bytes, &field);
		show_field(&show, field);
		show_end(&show);
	}
}
