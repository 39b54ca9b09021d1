/* sip/via.c: reading a Via value, see via.h.
 *
 * The answer to our request carries our own Via back, with what the server saw of us added. So this
 * is strict where we wrote (protocol, sent-by) and patient where others did (received, rport). */
#include "sip/via.h"

#include "base/lex.h"
#include "base/num.h"
#include "sip/uri.h"

static bool take_protocol(struct slice *in, struct slice *ret_transport)
{
	struct slice name, version, transport;
	size_t before;

	lex_blanks(in);
	if (!lex_token(in, &name) || !slice_equal_nocase(name, SLICE("SIP")) ||
	    !lex_char(in, '/') || !lex_token(in, &version) || !slice_equal(version, SLICE("2.0")) ||
	    !lex_char(in, '/') || !lex_token(in, &transport))
		return false;
	before = in->n;
	lex_blanks(in);
	if (in->n == before)
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
	if (!lex_char(in, ':'))
		return true;
	if (!lex_token(in, &digits) || num_u32(digits, 65535, &port) != 0 || port == 0)
		return false;
	via->port = (uint16_t)port;
	return true;
}

static void note_param(struct slice name, struct slice value, struct sip_via *via)
{
	if (slice_equal_nocase(name, SLICE("branch"))) {
		if (!slice_present(via->branch))
			via->branch = value;
	} else if (slice_equal_nocase(name, SLICE("received"))) {
		if (!slice_present(via->received))
			via->received = value;
	} else if (slice_equal_nocase(name, SLICE("rport")) && !via->rport_asked) {
		uint32_t port;

		via->rport_asked = true;
		if (slice_present(value) && num_u32(value, 65535, &port) == 0)
			via->rport = (uint16_t)port;
	}
}

enum parse sip_via_parse(struct slice value, struct sip_via *ret_via)
{
	struct sip_via via = { 0 };
	struct slice in = value, name, param;

	if (!take_protocol(&in, &via.transport) || !take_sent_by(&in, &via))
		return PARSE_BAD;
	while (lex_char(&in, ';')) {
		if (in.n == 0 || in.p[0] == ';') /* ";;" and a last ";" say nothing */
			continue;
		if (!lex_param(&in, &name, &param, NULL))
			return PARSE_BAD;
		note_param(name, param, &via);
	}
	lex_blanks(&in);
	if (in.n)
		return PARSE_BAD;
	*ret_via = via;
	return PARSE_OK;
}
