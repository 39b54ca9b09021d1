/* sip/build.c: writing requests, see build.h.
 *
 * A REGISTER is written twice for each registration, so this works on a copy of the buf: as its
 * address goes nowhere, the compiler keeps it in registers, and a literal becomes a few moves. */
#include "sip/build.h"

static inline void put_line(struct buf *b, struct slice name_and_colon, struct slice value)
{
	if (!slice_present(value))
		return;
	buf_put(b, name_and_colon);
	buf_put(b, value);
	buf_put(b, SLICE("\r\n"));
}

/* What stands in the front of every request. */
struct front {
	struct slice transport, sent_by, branch, route, from, to, params, from_tag, call_id;
	uint32_t cseq;
	struct slice rport;          /* ";rport" or empty */
	struct slice method_and_end; /* " REGISTER\r\n" */
};

static inline void put_front(struct buf *b, const struct front *front)
{
	char digits[16];
	struct buf cseq = buf_over(digits, sizeof(digits));

	buf_u64(&cseq, front->cseq);
	buf_put(b, SLICE("Via: SIP/2.0/"));
	buf_put(b, front->transport);
	buf_put(b, SLICE(" "));
	buf_put(b, front->sent_by);
	buf_put(b, front->rport);
	buf_put(b, SLICE(";branch="));
	buf_put(b, front->branch);
	buf_put(b, SLICE("\r\n"));
	put_line(b, SLICE("Route: "), front->route);
	buf_put(b, SLICE("Max-Forwards: 70\r\nFrom: <"));
	buf_put(b, front->from);
	buf_put(b, front->params);
	buf_put(b, SLICE(">;tag="));
	buf_put(b, front->from_tag);
	buf_put(b, SLICE("\r\nTo: <"));
	buf_put(b, front->to);
	buf_put(b, front->params);
	buf_put(b, SLICE(">\r\nCall-ID: "));
	buf_put(b, front->call_id);
	buf_put(b, SLICE("\r\nCSeq: "));
	buf_put(b, buf_slice(&cseq));
	buf_put(b, front->method_and_end);
}

void sip_build_register(const struct sip_register *reg, struct buf *out)
{
	char digits[16];
	struct buf expires = buf_over(digits, sizeof(digits));
	struct buf b = *out;

	buf_u64(&expires, reg->expires_s);

	buf_put(&b, SLICE("REGISTER "));
	buf_put(&b, reg->request_uri);
	buf_put(&b, SLICE(" SIP/2.0\r\n"));
	put_front(&b, &(struct front){
			      .transport = reg->transport,
			      .sent_by = reg->sent_by,
			      .branch = reg->branch,
			      .route = reg->route,
			      .from = reg->aor,
			      .to = reg->aor,
			      .params = reg->aor_params,
			      .from_tag = reg->from_tag,
			      .call_id = reg->call_id,
			      .cseq = reg->cseq,
			      .rport = SLICE(";rport"),
			      .method_and_end = SLICE(" REGISTER\r\n"),
		      });
	if (slice_present(reg->contact)) {
		buf_put(&b, SLICE("Contact: "));
		buf_put(&b, reg->contact);
		buf_put(&b, reg->contact_tail);
		buf_put(&b, SLICE("\r\n"));
	}
	put_line(&b, SLICE("Authorization: "), reg->authorization);
	put_line(&b, SLICE("Proxy-Authorization: "), reg->proxy_authorization);
	put_line(&b, SLICE("Expires: "), buf_slice(&expires));
	put_line(&b, SLICE("Supported: "), reg->supported);
	put_line(&b, SLICE("User-Agent: "), reg->user_agent);
	buf_put(&b, reg->headers);
	buf_put(&b, SLICE("Content-Length: 0\r\n\r\n"));

	*out = b;
}

void sip_build_instance(uint64_t a, uint64_t b, struct buf *out)
{
	/* A UUID of version 8 (RFC 9562 5.8): its bits are ours to choose. */
	a = (a & ~UINT64_C(0xf000)) | 0x8000;
	b = (b & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
	buf_put(out, SLICE("<urn:uuid:"));
	buf_hex_u64(out, a >> 32, 8);
	buf_char(out, '-');
	buf_hex_u64(out, a >> 16 & 0xffff, 4);
	buf_char(out, '-');
	buf_hex_u64(out, a & 0xffff, 4);
	buf_char(out, '-');
	buf_hex_u64(out, b >> 48, 4);
	buf_char(out, '-');
	buf_hex_u64(out, b & UINT64_C(0xffffffffffff), 12);
	buf_char(out, '>');
}

void sip_build_options(const struct sip_options *options, struct buf *out)
{
	struct buf b = *out;

	buf_put(&b, SLICE("OPTIONS "));
	buf_put(&b, options->request_uri);
	buf_put(&b, SLICE(" SIP/2.0\r\n"));
	put_front(&b,
	          &(struct front){
			  .transport = options->transport,
			  .sent_by = options->sent_by,
			  .branch = options->branch,
			  .route = options->route,
			  .from = options->from,
			  .to = options->to,
			  .from_tag = options->from_tag,
			  .call_id = options->call_id,
			  .cseq = options->cseq,
			  .rport = options->answer == SIP_ANSWER_HERE ? SLICE(";rport") : SLICE(""),
			  .method_and_end = SLICE(" OPTIONS\r\n"),
		  });
	buf_put(&b, SLICE("Accept: application/sdp\r\n"));
	put_line(&b, SLICE("User-Agent: "), options->user_agent);
	buf_put(&b, SLICE("Content-Length: 0\r\n\r\n"));

	*out = b;
}
