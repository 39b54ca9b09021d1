/* sip/build.c: writing requests, see build.h.
 *
 * A request is written line by line, which notes where what differs from one to the next stands:
 * that is a template, so that one place knows what stands where. To fill one in, as each
 * registration does twice, looks once whether there is room and then only copies. */
#include "sip/build.h"

#include <assert.h>

#include "base/hex.h"

/* The pieces of a template, by what is filled in behind them. */
enum piece {
	TO_SENT_BY,
	TO_FROM,
	TO_TO,
	TO_CSEQ,
	TO_LINES, /* Contact, Authorization, Proxy-Authorization, Expires */
	TO_HEADERS,
	TO_END,
};

static_assert(TO_END + 1 == SIP_TEMPLATE_PIECES, "each has its end");

static void put_line(struct buf *b, struct slice name_and_colon, struct slice value)
{
	if (!slice_present(value))
		return;
	buf_put(b, name_and_colon);
	buf_put(b, value);
	buf_put(b, SLICE("\r\n"));
}

static void end_piece(struct sip_template *notes, enum piece piece, const struct buf *b)
{
	notes->end[piece] = (uint16_t)b->n;
}

/* What stands in the front of every request. */
struct front {
	struct slice transport, sent_by, branch, route, from, to, params, from_tag, call_id, cseq;
	struct slice rport;          /* ";rport" or empty */
	struct slice method_and_end; /* " REGISTER\r\n" */
};

static void put_front(struct buf *b, const struct front *front, struct sip_template *notes)
{
	buf_put(b, SLICE("Via: SIP/2.0/"));
	buf_put(b, front->transport);
	buf_char(b, ' ');
	end_piece(notes, TO_SENT_BY, b);
	buf_put(b, front->sent_by);
	buf_put(b, front->rport);
	buf_put(b, SLICE(";branch="));
	notes->branch = (uint16_t)b->n;
	buf_put(b, front->branch);
	buf_put(b, SLICE("\r\n"));
	put_line(b, SLICE("Route: "), front->route);
	buf_put(b, SLICE("Max-Forwards: 70\r\nFrom: <"));
	end_piece(notes, TO_FROM, b);
	buf_put(b, front->from);
	buf_put(b, front->params);
	buf_put(b, SLICE(">;tag="));
	notes->from_tag = (uint16_t)b->n;
	buf_put(b, front->from_tag);
	buf_put(b, SLICE("\r\nTo: <"));
	end_piece(notes, TO_TO, b);
	buf_put(b, front->to);
	buf_put(b, front->params);
	buf_put(b, SLICE(">\r\nCall-ID: "));
	notes->call_id = (uint16_t)b->n;
	buf_put(b, front->call_id);
	buf_put(b, SLICE("\r\nCSeq: "));
	end_piece(notes, TO_CSEQ, b);
	buf_put(b, front->cseq);
	buf_put(b, front->method_and_end);
}

/* cseq and expires: the numbers of reg, or what stands for them in a template. */
static void put_register(struct buf *b, const struct sip_register *reg, struct slice cseq,
                         struct slice expires, struct sip_template *notes)
{
	buf_put(b, SLICE("REGISTER "));
	buf_put(b, reg->request_uri);
	buf_put(b, SLICE(" SIP/2.0\r\n"));
	put_front(b,
	          &(struct front){
			  .transport = reg->transport,
			  .sent_by = reg->sent_by,
			  .branch = reg->branch,
			  .route = reg->route,
			  .from = reg->aor,
			  .to = reg->aor,
			  .params = reg->aor_params,
			  .from_tag = reg->from_tag,
			  .call_id = reg->call_id,
			  .cseq = cseq,
			  .rport = SLICE(";rport"),
			  .method_and_end = SLICE(" REGISTER\r\n"),
		  },
	          notes);
	end_piece(notes, TO_LINES, b);
	if (slice_present(reg->contact)) {
		buf_put(b, SLICE("Contact: "));
		buf_put(b, reg->contact);
		buf_put(b, reg->contact_tail);
		buf_put(b, SLICE("\r\n"));
	}
	put_line(b, SLICE("Authorization: "), reg->authorization);
	put_line(b, SLICE("Proxy-Authorization: "), reg->proxy_authorization);
	put_line(b, SLICE("Expires: "), expires);
	put_line(b, SLICE("Supported: "), reg->supported);
	put_line(b, SLICE("User-Agent: "), reg->user_agent);
	end_piece(notes, TO_HEADERS, b);
	buf_put(b, reg->headers);
	buf_put(b, SLICE("Content-Length: 0\r\n\r\n"));
	end_piece(notes, TO_END, b);
}

static struct buf digits_of(uint32_t number, char digits[16])
{
	struct buf b = buf_over(digits, 16);

	buf_u64(&b, number);
	return b;
}

void sip_build_register(const struct sip_register *reg, struct buf *out)
{
	struct sip_template notes;
	char digits[2][16];
	struct buf cseq = digits_of(reg->cseq, digits[0]);
	struct buf expires = digits_of(reg->expires_s, digits[1]);

	put_register(out, reg, buf_slice(&cseq), buf_slice(&expires), &notes);
}

/* ---- templates */

void sip_template_make(const struct sip_register *reg, struct buf *room,
                       struct sip_template *ret_template)
{
	struct sip_register left = *reg;
	struct sip_template template = { .text = room->p,
		                         .branch_n = (uint16_t)reg->branch.n,
		                         .from_tag_n = (uint16_t)reg->from_tag.n,
		                         .call_id_n = (uint16_t)reg->call_id.n };

	assert(room->n == 0 && room->cap <= UINT16_MAX);
	left.sent_by = left.aor = SLICE("");
	left.contact = left.authorization = left.proxy_authorization = left.headers = SLICE_NONE;
	put_register(room, &left, SLICE(""), SLICE_NONE, &template);
	*ret_template = template;
}

static inline size_t line_length(struct slice name_and_colon, struct slice value)
{
	return slice_present(value) ? name_and_colon.n + value.n + 2 : 0;
}

/* Whether all of it has room behind what is there, and a NUL. */
static inline bool has_room(const struct buf *out, const struct sip_template *template,
                            const struct sip_register *reg, struct slice cseq, struct slice expires)
{
	size_t n = template->end[TO_END] + reg->sent_by.n + 2 * reg->aor.n + cseq.n +
	           line_length(SLICE("Contact: "), reg->contact) + reg->contact_tail.n +
	           line_length(SLICE("Authorization: "), reg->authorization) +
	           line_length(SLICE("Proxy-Authorization: "), reg->proxy_authorization) +
	           line_length(SLICE("Expires: "), expires) + reg->headers.n;

	return !out->full && n < out->cap - out->n;
}

/* These write and return the end of what they wrote. */
static inline char *copy(char *to, struct slice from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
	return to + from.n;
}

static inline char *copy_line(char *to, struct slice name_and_colon, struct slice value)
{
	if (!slice_present(value))
		return to;
	return copy(copy(copy(to, name_and_colon), value), SLICE("\r\n"));
}

static inline char *copy_piece(char *to, const struct sip_template *template, enum piece piece)
{
	uint16_t begin = piece ? template->end[piece - 1] : 0;

	return copy(to, slice_of(template->text + begin, (size_t)(template->end[piece] - begin)));
}

/* The same with an id in it, which is in the text at at. */
static inline char *copy_piece_with(char *to, const struct sip_template *template, enum piece piece,
                                    uint16_t at, struct slice id)
{
	char *end = copy_piece(to, template, piece);

	memcpy(end - (template->end[piece] - at), id.p, id.n);
	return end;
}

static inline char *copy_lines(char *to, const struct sip_register *reg, struct slice expires)
{
	if (slice_present(reg->contact)) {
		to = copy(copy(to, SLICE("Contact: ")), reg->contact);
		to = copy(copy(to, reg->contact_tail), SLICE("\r\n"));
	}
	to = copy_line(to, SLICE("Authorization: "), reg->authorization);
	to = copy_line(to, SLICE("Proxy-Authorization: "), reg->proxy_authorization);
	return copy_line(to, SLICE("Expires: "), expires);
}

void sip_template_fill(const struct sip_template *template, const struct sip_register *reg,
                       struct buf *out)
{
	char digits[2][16];
	struct buf cseq = digits_of(reg->cseq, digits[0]);
	struct buf expires = digits_of(reg->expires_s, digits[1]);
	char *to = out->p + out->n;

	assert(reg->branch.n == template->branch_n && reg->from_tag.n == template->from_tag_n &&
	       reg->call_id.n == template->call_id_n);
	if (!has_room(out, template, reg, buf_slice(&cseq), buf_slice(&expires))) {
		out->full = true;
		return;
	}
	to = copy(copy_piece(to, template, TO_SENT_BY), reg->sent_by);
	to = copy_piece_with(to, template, TO_FROM, template->branch, reg->branch);
	to = copy(to, reg->aor);
	to = copy_piece_with(to, template, TO_TO, template->from_tag, reg->from_tag);
	to = copy(to, reg->aor);
	to = copy_piece_with(to, template, TO_CSEQ, template->call_id, reg->call_id);
	to = copy(to, buf_slice(&cseq));
	to = copy_lines(copy_piece(to, template, TO_LINES), reg, buf_slice(&expires));
	to = copy(copy_piece(to, template, TO_HEADERS), reg->headers);
	to = copy_piece(to, template, TO_END);
	out->n = (size_t)(to - out->p);
}

void sip_build_instance(uint64_t a, uint64_t b, struct buf *out)
{
	char text[] = "<urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx>", digits[32];

	/* A UUID of version 8 (RFC 9562 5.8): its bits are ours to choose. */
	a = (a & ~UINT64_C(0xf000)) | 0x8000;
	b = (b & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
	hex_write16(digits, a);
	hex_write16(digits + 16, b);
	memcpy(text + 10, digits, 8);
	memcpy(text + 19, digits + 8, 4);
	memcpy(text + 24, digits + 12, 4);
	memcpy(text + 29, digits + 16, 4);
	memcpy(text + 34, digits + 20, 12);
	buf_put(out, slice_of(text, sizeof(text) - 1));
}

void sip_build_options(const struct sip_options *options, struct buf *out)
{
	struct sip_template notes;
	char digits[16];
	struct buf cseq = digits_of(options->cseq, digits);

	buf_put(out, SLICE("OPTIONS "));
	buf_put(out, options->request_uri);
	buf_put(out, SLICE(" SIP/2.0\r\n"));
	put_front(out,
	          &(struct front){
			  .transport = options->transport,
			  .sent_by = options->sent_by,
			  .branch = options->branch,
			  .route = options->route,
			  .from = options->from,
			  .to = options->to,
			  .from_tag = options->from_tag,
			  .call_id = options->call_id,
			  .cseq = buf_slice(&cseq),
			  .rport = options->answer == SIP_ANSWER_HERE ? SLICE(";rport") : SLICE(""),
			  .method_and_end = SLICE(" OPTIONS\r\n"),
		  },
	          &notes);
	buf_put(out, SLICE("Accept: application/sdp\r\n"));
	put_line(out, SLICE("User-Agent: "), options->user_agent);
	buf_put(out, SLICE("Content-Length: 0\r\n\r\n"));
}
