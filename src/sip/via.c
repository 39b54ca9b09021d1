/* sip/via.c: reading a Via value, see via.h.
 *
 * The answer to our request carries our own Via back, with what the server saw of us added. So this
 * is strict where we wrote (protocol, sent-by) and patient where others did (received, rport). */
#include "sip/via.h"

#include "base/num.h"
#include "sip/scan.h"
#include "sip/uri.h"

/* Takes "SIP/2.0/" and the blanks that RFC 3261 25.1 allows in it. */
static bool take_protocol(struct slice *in)
{
	struct slice name, version;

	if (in->n > 8 && memcmp(in->p, "SIP/2.0/", 8) == 0 && (unsigned char)in->p[8] > ' ') {
		*in = slice_from(*in, 8);
		return true;
	}
	lex_blanks(in);
	return lex_token(in, &name) && slice_equal_nocase(name, SLICE("SIP")) &&
	       lex_char(in, '/') && lex_token(in, &version) && slice_equal(version, SLICE("2.0")) &&
	       lex_char(in, '/');
}

/* Takes the transport and the blanks that must follow it. */
static bool take_transport(struct slice *in, struct slice *ret_transport)
{
	const char *end = in->p + in->n, *p = scan_over(in->p, end, SCAN_TOKEN);
	struct slice transport = slice_of(in->p, (size_t)(p - in->p)), rest;

	*in = rest = slice_of(p, (size_t)(end - p));
	lex_blanks(in);
	if (transport.n == 0 || in->n == rest.n)
		return false;
	*ret_transport = transport;
	return true;
}

static bool ends_host(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ':' || c == ';';
}

static bool take_sent_by(struct slice *in, struct sip_via *via)
{
	size_t n = 0;
	struct slice digits;
	uint32_t port;

	if (in->n && in->p[0] == '[') {
		n = slice_find(*in, ']');
		n += n < in->n;
	} else {
		while (n < in->n && !ends_host(in->p[n]))
			n++;
	}
	via->host = slice_of(in->p, n);
	if (!sip_host_valid(via->host))
		return false;
	*in = slice_from(*in, n);
	if (!scan_char(in, ':'))
		return true;
	if (!lex_token(in, &digits) || num_u32(digits, 65535, &port) != 0 || port == 0)
		return false;
	via->port = (uint16_t)port;
	return true;
}

static inline bool named(struct slice name, struct slice wanted)
{
	return name.n == wanted.n && slice_equal_nocase(name, wanted);
}

/* The first of each name counts. */
static void note_param(struct slice name, struct slice value, struct sip_via *via)
{
	uint32_t port;

	if (!slice_present(via->branch) && named(name, SLICE("branch"))) {
		via->branch = value;
	} else if (!slice_present(via->received) && named(name, SLICE("received"))) {
		via->received = value;
	} else if (!via->rport_asked && named(name, SLICE("rport"))) {
		via->rport_asked = true;
		if (num_u32(value, 65535, &port) == 0)
			via->rport = (uint16_t)port;
	}
}

enum parse sip_via_parse(struct slice value, struct sip_via *ret_via)
{
	struct sip_via via = { 0 };
	struct slice in = value, name, param;

	if (!take_protocol(&in) || !take_transport(&in, &via.transport) || !take_sent_by(&in, &via))
		return PARSE_BAD;
	while (sip_scan_param(&in, &name, &param))
		note_param(name, param, &via);
	lex_blanks(&in);
	if (in.n)
		return PARSE_BAD;
	*ret_via = via;
	return PARSE_OK;
}
