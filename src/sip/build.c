/* sip/build.c: writing a REGISTER, see build.h.
 *
 * This runs twice for each registration, so it works on a copy of the buf: as its address goes
 * nowhere, the compiler keeps it in registers, and a literal becomes a few moves. */
#include "sip/build.h"

static inline void put_line(struct buf *b, struct slice name_and_colon, struct slice value)
{
	if (!slice_present(value))
		return;
	buf_put(b, name_and_colon);
	buf_put(b, value);
	buf_put(b, SLICE("\r\n"));
}

static inline void put_via(struct buf *b, const struct sip_register *reg)
{
	buf_put(b, SLICE("Via: SIP/2.0/"));
	buf_put(b, reg->transport);
	buf_put(b, SLICE(" "));
	buf_put(b, reg->sent_by);
	buf_put(b, SLICE(";rport;branch="));
	buf_put(b, reg->branch);
	buf_put(b, SLICE("\r\n"));
}

static inline void put_dialog(struct buf *b, const struct sip_register *reg, struct slice cseq)
{
	buf_put(b, SLICE("Max-Forwards: 70\r\nFrom: <"));
	buf_put(b, reg->aor);
	buf_put(b, SLICE(">;tag="));
	buf_put(b, reg->from_tag);
	buf_put(b, SLICE("\r\nTo: <"));
	buf_put(b, reg->aor);
	buf_put(b, SLICE(">\r\nCall-ID: "));
	buf_put(b, reg->call_id);
	buf_put(b, SLICE("\r\nCSeq: "));
	buf_put(b, cseq);
	buf_put(b, SLICE(" REGISTER\r\n"));
}

void sip_build_register(const struct sip_register *reg, struct buf *out)
{
	char cseq_digits[16], expires_digits[16];
	struct buf cseq = buf_over(cseq_digits, sizeof(cseq_digits));
	struct buf expires = buf_over(expires_digits, sizeof(expires_digits));
	struct buf b = *out;

	buf_u64(&cseq, reg->cseq);
	buf_u64(&expires, reg->expires_s);

	buf_put(&b, SLICE("REGISTER "));
	buf_put(&b, reg->request_uri);
	buf_put(&b, SLICE(" SIP/2.0\r\n"));
	put_via(&b, reg);
	put_line(&b, SLICE("Route: "), reg->route);
	put_dialog(&b, reg, buf_slice(&cseq));
	put_line(&b, SLICE("Contact: "), reg->contact);
	put_line(&b, SLICE("Authorization: "), reg->authorization);
	put_line(&b, SLICE("Proxy-Authorization: "), reg->proxy_authorization);
	put_line(&b, SLICE("Expires: "), buf_slice(&expires));
	put_line(&b, SLICE("User-Agent: "), reg->user_agent);
	buf_put(&b, SLICE("Content-Length: 0\r\n\r\n"));

	*out = b;
}
