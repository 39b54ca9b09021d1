/* base/lex.c: tokens, quoted strings, parameters and lists.
 *
 * Every function works on a copy of *in and stores it back when the piece was there, which is what
 * makes "moves nothing" hold without an undo. Nothing here reads a byte twice for each one that
 * stands in front of it: the work is linear in the length of the text. */
#include "base/lex.h"

#include "base/wide.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 3261 25.1: token = alphanum and - . ! % * _ + ` ' ~ */
static const bool token_chars[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
	['.'] = true,         ['!'] = true,         ['%'] = true,         ['*'] = true,
	['_'] = true,         ['+'] = true,         ['`'] = true,         ['\''] = true,
	['~'] = true,
};

bool lex_is_token(unsigned char c)
{
	return token_chars[c];
}

void lex_blanks(struct slice *in)
{
	/* As a rule there is none. */
	if (in->n == 0 || (unsigned char)in->p[0] > ' ')
		return;
	for (;;) {
		if (in->n >= 1 && is_blank(in->p[0]))
			*in = slice_from(*in, 1);
		else if (in->n >= 3 && in->p[0] == '\r' && in->p[1] == '\n' && is_blank(in->p[2]))
			*in = slice_from(*in, 3);
		else
			return;
	}
}

bool lex_char(struct slice *in, char c)
{
	struct slice s = *in;

	lex_blanks(&s);
	if (s.n == 0 || s.p[0] != c)
		return false;
	s = slice_from(s, 1);
	lex_blanks(&s);
	*in = s;
	return true;
}

bool lex_token(struct slice *in, struct slice *ret_token)
{
	size_t n = 0;

	while (n < in->n && token_chars[(unsigned char)in->p[n]])
		n++;
	if (n == 0)
		return false;
	*ret_token = slice_of(in->p, n);
	*in = slice_from(*in, n);
	return true;
}

/* The offset behind the closing quote of the quoted-string that begins at at, or 0. */
static size_t quoted_end(struct slice s, size_t at)
{
	struct slice inside = slice_from(s, at + 1);

	inside.n = slice_find(inside, '"');
	if (slice_find(inside, '\\') == inside.n)
		return at + 1 + inside.n < s.n ? at + inside.n + 2 : 0;
	for (at++; at < s.n; at++) {
		if (s.p[at] == '"')
			return at + 1;
		if (s.p[at] == '\\')
			at++;
	}
	return 0;
}

bool lex_quoted(struct slice *in, struct slice *ret_inside)
{
	size_t end = in->n && in->p[0] == '"' ? quoted_end(*in, 0) : 0;

	if (end == 0)
		return false;
	*ret_inside = slice_of(in->p + 1, end - 2);
	*in = slice_from(*in, end);
	return true;
}

static bool ends_value(char c)
{
	return is_blank(c) || c == '\r' || c == '\n' || c == ',' || c == ';';
}

bool lex_param(struct slice *in, struct slice *ret_name, struct slice *ret_value, bool *ret_quoted)
{
	struct slice s = *in, name, value = SLICE_NONE;
	bool quoted = false;

	lex_blanks(&s);
	if (!lex_token(&s, &name))
		return false;
	if (lex_char(&s, '=')) {
		quoted = s.n && s.p[0] == '"';
		if (quoted) {
			if (!lex_quoted(&s, &value))
				return false;
		} else {
			value = slice_of(s.p, 0);
			while (value.n < s.n && !ends_value(s.p[value.n]))
				value.n++;
			s = slice_from(s, value.n);
		}
	}
	lex_blanks(&s);
	*in = s;
	*ret_name = name;
	*ret_value = value;
	if (ret_quoted)
		*ret_quoted = quoted;
	return true;
}

/* The offset of the comma that ends the element at the front of s, or s.n. A quote or a "<" that
 * is never closed holds all that follows: what is broken is then one broken element, and no piece
 * of it is taken for an element of its own. */
static size_t element_end(struct slice s)
{
	size_t at = 0;

	if (slice_find(s, ',') == s.n)
		return s.n;
	while (at < s.n && s.p[at] != ',') {
		if (s.p[at] == '"') {
			at = quoted_end(s, at);
			if (at == 0)
				return s.n;
		} else if (s.p[at] == '<') {
			at += slice_find(slice_from(s, at), '>');
		} else {
			at++;
		}
	}
	return at;
}

bool lex_element(struct slice *in, struct slice *ret_element)
{
	struct slice s = *in;

	while (s.n) {
		size_t end = element_end(s);
		struct slice element = slice_trim(slice_of(s.p, end));

		s = slice_from(s, end < s.n ? end + 1 : end);
		if (element.n) {
			*in = s;
			*ret_element = element;
			return true;
		}
	}
	return false;
}

void lex_unquote(struct slice inside, struct buf *out)
{
	if (slice_find(inside, '\\') == inside.n && slice_find(inside, '\n') == inside.n) {
		buf_put(out, inside);
		return;
	}
	while (inside.n) {
		struct slice rest = inside;

		lex_blanks(&rest);
		if (rest.n < inside.n) {
			struct slice blanks = slice_of(inside.p, inside.n - rest.n);
			bool fold = slice_find(blanks, '\n') < blanks.n;

			buf_put(out, fold ? SLICE(" ") : blanks);
			inside = rest;
			continue;
		}
		/* A line break is never quoted: a backslash in front of a fold stands for itself.
		 */
		if (inside.n > 1 && inside.p[0] == '\\' && inside.p[1] != '\r')
			inside = slice_from(inside, 1);
		buf_char(out, inside.p[0]);
		inside = slice_from(inside, 1);
	}
}

/* What cannot stand in a quoted-string as it is. */
static const bool wants_quoting[256] = {
	['"'] = true,
	['\\'] = true,
	['\r'] = true,
	['\n'] = true,
};

/* The offset from at on of the first byte that cannot stand as it is, or text.n. */
static size_t plain_end(struct slice text, size_t at)
{
	while (text.n - at >= WIDE) {
		wide b = wide_load(text.p + at);
		unsigned n =
			wide_first((wide)((b == '"') | (b == '\\') | (b == '\r') | (b == '\n')));

		at += n;
		if (n < WIDE)
			return at;
	}
	while (at < text.n && !wants_quoting[(unsigned char)text.p[at]])
		at++;
	return at;
}

void lex_quote(struct slice text, struct buf *out)
{
	buf_char(out, '"');
	for (size_t at = 0, end; at < text.n; at = end + 1) {
		end = plain_end(text, at);
		buf_put(out, slice_of(text.p + at, end - at));
		if (end == text.n)
			break;
		if (text.p[end] == '\r' || text.p[end] == '\n') {
			buf_char(out, ' ');
		} else {
			buf_char(out, '\\');
			buf_char(out, text.p[end]);
		}
	}
	buf_char(out, '"');
}
