/* sip/reply.c: what a response takes over from its request. It knows addresses as text only. */
#include "sip/reply.h"

#include "base/lex.h"
#include "sip/addr.h"

/* Whether the sender's own idea of its address differs from what was seen. */
static bool address_differs(const struct sip_reply *reply, const struct sip_via *via)
{
	struct slice host = via->host;

	if (host.n > 2 && host.p[0] == '[')
		host = slice_of(host.p + 1, host.n - 2);
	return !slice_equal_nocase(host, reply->from_host);
}

static void put_top_via(const struct sip_reply *reply, const struct sip_via *via,
                        struct slice value, struct buf *out)
{
	size_t n = slice_find(value, ';');
	struct slice name, ignored;

	buf_put(out,
	        slice_present(reply->sent_by) ? reply->sent_by : slice_trim(slice_of(value.p, n)));
	value = slice_from(value, n);
	while (lex_char(&value, ';')) {
		struct slice start = value;

		if (!lex_param(&value, &name, &ignored, NULL) ||
		    slice_equal_nocase(name, SLICE("received")) ||
		    slice_equal_nocase(name, SLICE("rport")))
			continue;
		buf_char(out, ';');
		buf_put(out, slice_trim(slice_of(start.p, start.n - value.n)));
	}
	if (via->rport_asked || address_differs(reply, via)) {
		buf_str(out, ";received=");
		buf_put(out, reply->from_host);
	}
	if (via->rport_asked) {
		buf_str(out, ";rport=");
		buf_u64(out, reply->from_port);
	}
}

static void put_vias(const struct sip_reply *reply, const struct sip_via *top_via, struct buf *out)
{
	struct sip_values walk = { 0 };
	struct slice value;

	for (bool top = true; sip_value_next(reply->request, SIP_VIA, &walk, &value); top = false) {
		buf_str(out, "Via: ");
		if (top)
			put_top_via(reply, top_via, value, out);
		else
			buf_put(out, value);
		buf_str(out, "\r\n");
	}
}

/* A header of the request, as it stands. */
static void put_copy(const struct sip_reply *reply, enum sip_header header, struct buf *out)
{
	if (!slice_present(reply->request->first[header]))
		return;
	buf_str(out, sip_header_name(header));
	buf_str(out, ": ");
	buf_put(out, reply->request->first[header]);
	buf_str(out, "\r\n");
}

static void put_to(const struct sip_reply *reply, struct buf *out)
{
	struct slice value = reply->request->first[SIP_TO], tag;
	struct sip_addr to;

	if (!slice_present(value))
		return;
	buf_str(out, "To: ");
	buf_put(out, value);
	if (sip_addr_parse(value, &to) == PARSE_OK &&
	    !sip_addr_param(to.params, SLICE("tag"), &tag)) {
		buf_str(out, ";tag=");
		buf_hex_u64(out, reply->to_tag, 16);
	}
	buf_str(out, "\r\n");
}

void sip_reply_front(const struct sip_reply *reply, const struct sip_via *top_via, struct buf *out)
{
	buf_str(out, "SIP/2.0 ");
	buf_u64(out, reply->status);
	buf_char(out, ' ');
	buf_put(out, reply->reason);
	buf_str(out, "\r\n");
	put_vias(reply, top_via, out);
	put_copy(reply, SIP_FROM, out);
	put_to(reply, out);
	put_copy(reply, SIP_CALL_ID, out);
	put_copy(reply, SIP_CSEQ, out);
}
