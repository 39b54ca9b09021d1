/* sip/scan.h: the pieces of base/lex.h that the Via and the Contacts of every answer go through,
 * with a short way for the spelling that nearly everybody uses: no blank around a delimiter, no
 * quotes around a value. What is spelled otherwise goes through lex. For via.c and addr.c. */
#ifndef LINEUP_SIP_SCAN_H
#define LINEUP_SIP_SCAN_H

#include "base/lex.h"

enum {
	SCAN_TOKEN = 1, /* may stand in a token */
	SCAN_PLAIN = 2, /* may stand in a value without quotes: see lex_param() */
};

extern const unsigned char sip_scan_kinds[256];

static inline const char *scan_over(const char *p, const char *end, unsigned char kind)
{
	while (p < end && (sip_scan_kinds[(unsigned char)*p] & kind))
		p++;
	return p;
}

/* The value of a hexadecimal digit, or -1. */
static inline int scan_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As lex_char(). */
static inline bool scan_char(struct slice *in, char c)
{
	if (in->n == 0)
		return false;
	if ((unsigned char)in->p[0] <= ' ' || (in->n > 1 && (unsigned char)in->p[1] <= ' '))
		return lex_char(in, c);
	if (in->p[0] != c)
		return false;
	*in = slice_from(*in, 1);
	return true;
}

/* Takes ";" and a parameter behind it, as lex_param(). The empty one of ";;" and of a last ";" has
 * an empty name and no value. False, with nothing moved, where in does not go on with one. */
bool sip_scan_param(struct slice *in, struct slice *ret_name, struct slice *ret_value);

#endif
