/* sip/addr.c: reading name-addr and addr-spec, see addr.h.
 *
 * A display name without quotes is taken wider than RFC 3261 25.1 has it (commas, UTF-8: people
 * type them), but never so wide that a URI could be taken for a name. */
#include "sip/addr.h"

#include "sip/scan.h"

/* Takes what stands in front of "<" and the "<" itself. False where there is no name-addr. */
static bool take_display(struct slice *in, struct slice *ret_display)
{
	struct slice rest = *in, display = SLICE_NONE;
	size_t n = 0;

	if (rest.n && rest.p[0] == '"') {
		if (!lex_quoted(&rest, &display))
			return false;
	} else {
		while (n < rest.n && !memchr("<>\":;", rest.p[n], 5))
			n++;
		if (slice_trim(slice_of(rest.p, n)).n)
			display = slice_trim(slice_of(rest.p, n));
		rest = slice_from(rest, n);
	}
	lex_blanks(&rest);
	if (rest.n == 0 || rest.p[0] != '<')
		return false;
	*in = slice_from(rest, 1);
	*ret_display = display;
	return true;
}

static size_t find_bare_end(struct slice in)
{
	size_t n = 0;

	while (n < in.n && !memchr("; \t\r\n", in.p[n], 5))
		n++;
	return n;
}

/* A bare URI with a comma or a question mark could be read in two ways: RFC 3261 20.10 has such a
 * one stand in "<>". */
static bool bare_allowed(struct slice uri)
{
	return slice_find(uri, ',') == uri.n && slice_find(uri, '?') == uri.n;
}

bool sip_addr_params_valid(struct slice params)
{
	struct slice name, value;

	while (params.n)
		if (!sip_scan_param(&params, &name, &value))
			return false;
	return true;
}

enum parse sip_addr_parse(struct slice value, struct sip_addr *ret_addr)
{
	struct sip_addr addr = { 0 };
	struct slice in = slice_trim(value);

	if (in.n == 0)
		return PARSE_BAD;
	if (take_display(&in, &addr.display)) {
		addr.uri_text = slice_of(in.p, slice_find(in, '>'));
		if (addr.uri_text.n == in.n)
			return PARSE_BAD;
		in = slice_from(in, addr.uri_text.n + 1);
	} else {
		addr.uri_text = slice_of(in.p, find_bare_end(in));
		if (!bare_allowed(addr.uri_text))
			return PARSE_BAD;
		in = slice_from(in, addr.uri_text.n);
	}
	addr.params = slice_trim(in);
	if (sip_uri_parse(addr.uri_text, &addr.uri) != PARSE_OK ||
	    !sip_addr_params_valid(addr.params))
		return PARSE_BAD;
	*ret_addr = addr;
	return PARSE_OK;
}

bool sip_addr_param(struct slice params, struct slice name, struct slice *ret_value)
{
	struct slice found, value;

	while (sip_scan_param(&params, &found, &value)) {
		if (!slice_equal_nocase(found, name))
			continue;
		*ret_value = slice_present(value) ? value : slice_from(found, found.n);
		return true;
	}
	return false;
}
