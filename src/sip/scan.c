/* sip/scan.c: parameters the short way, see scan.h. */
#include "sip/scan.h"

#define BOTH (SCAN_TOKEN | SCAN_PLAIN)

const unsigned char sip_scan_kinds[256] = {
	/* all but blanks, "," and ";" */
	[0x00 ... 0x08] = SCAN_PLAIN,
	[0x0b ... 0x0c] = SCAN_PLAIN,
	[0x0e ... 0x1f] = SCAN_PLAIN,
	['"'] = SCAN_PLAIN,
	['#'] = SCAN_PLAIN,
	['$'] = SCAN_PLAIN,
	['&'] = SCAN_PLAIN,
	['('] = SCAN_PLAIN,
	[')'] = SCAN_PLAIN,
	['/'] = SCAN_PLAIN,
	[':'] = SCAN_PLAIN,
	['<' ... '@'] = SCAN_PLAIN,
	['[' ... '^'] = SCAN_PLAIN,
	['{' ... '}'] = SCAN_PLAIN,
	[0x7f ... 0xff] = SCAN_PLAIN,
	/* RFC 3261 25.1 */
	['0' ... '9'] = BOTH,
	['A' ... 'Z'] = BOTH,
	['a' ... 'z'] = BOTH,
	['-'] = BOTH,
	['.'] = BOTH,
	['!'] = BOTH,
	['%'] = BOTH,
	['*'] = BOTH,
	['_'] = BOTH,
	['+'] = BOTH,
	['`'] = BOTH,
	['\''] = BOTH,
	['~'] = BOTH,
};

/* Takes ";name", ";name=" or ";name=value" in front of another ";" or the end. */
static bool take_plain(struct slice *in, struct slice *ret_name, struct slice *ret_value)
{
	const char *end = in->p + in->n, *name = in->p + 1, *value = NULL, *p;
	size_t name_n;

	p = scan_over(name, end, SCAN_TOKEN);
	name_n = (size_t)(p - name);
	if (name_n == 0)
		return false;
	if (p < end && *p == '=') {
		value = ++p;
		if (p < end && *p == '"')
			return false;
		p = scan_over(p, end, SCAN_PLAIN);
	}
	if (p < end && *p != ';')
		return false;
	*ret_name = slice_of(name, name_n);
	*ret_value = value ? slice_of(value, (size_t)(p - value)) : SLICE_NONE;
	*in = slice_of(p, (size_t)(end - p));
	return true;
}

bool sip_scan_param(struct slice *in, struct slice *ret_name, struct slice *ret_value)
{
	struct slice s = *in;

	if (s.n && s.p[0] == ';' && take_plain(in, ret_name, ret_value))
		return true;
	if (!lex_char(&s, ';'))
		return false;
	if (s.n == 0 || s.p[0] == ';') {
		*ret_name = slice_of(s.p, 0);
		*ret_value = SLICE_NONE;
	} else if (!lex_param(&s, ret_name, ret_value, NULL)) {
		return false;
	}
	*in = s;
	return true;
}
