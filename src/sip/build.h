/* sip/build.h: writing a REGISTER (RFC 3261 section 10.2) and an OPTIONS (11.1). What we send is
 * strict, and its headers stand in one fixed order, pinned by the scenarios. */
#ifndef LINEUP_SIP_BUILD_H
#define LINEUP_SIP_BUILD_H

#include <stdint.h>

#include "base/buf.h"

/* All slices are written as they stand; whoever fills them in has checked them. */
struct sip_register {
	struct slice request_uri;         /* "sip:pbx.example:5070" */
	struct slice transport;           /* for the Via: "UDP", "TCP", "TLS" */
	struct slice sent_by;             /* for the Via: "192.0.2.1:5062", "[2001:db8::1]:5062" */
	struct slice branch;              /* "z9hG4bK..." */
	struct slice route;               /* "<sip:proxy.example;lr>", or absent */
	struct slice aor;                 /* "sip:1001@pbx.example": From and To */
	struct slice aor_params;          /* of these URIs, ";user=phone", or absent */
	struct slice from_tag;            /* at least 32 bits of chance, RFC 3261 19.3 */
	struct slice call_id;             /* RFC 3261 8.1.1.4 */
	uint32_t cseq;                    /* RFC 3261 8.1.1.5 */
	struct slice contact;             /* a value, parameters included; absent: none (a query) */
	struct slice contact_tail;        /* more parameters of it, or more values; or absent */
	uint32_t expires_s;               /* the Expires header, always written */
	struct slice authorization;       /* the whole value, "Digest ...", or absent */
	struct slice proxy_authorization; /* the same */
	struct slice supported;           /* option tags, or absent */
	struct slice user_agent;          /* or absent */
	struct slice headers;             /* more lines, each with its CRLF, or absent */
};

/* Appends the message, whose lines always stand in this order, left out where they are absent:
 *
 *   request line, Via (with rport, RFC 3581), Route, Max-Forwards, From, To, Call-ID, CSeq,
 * Contact, Authorization, Proxy-Authorization, Expires, Supported, User-Agent, headers,
 * Content-Length: 0
 *
 * What a proxy needs to pass the request on comes first (RFC 3261 7.3.1), what changes between two
 * REGISTERs of a line comes late, and Content-Length ends it: close to what the widely used clients
 * send, and so to what servers and the SIP helpers of routers have met before.
 *
 * out->full says where it did not fit; what is there then is no message. */
void sip_build_register(const struct sip_register *reg, struct buf *out);

/* A REGISTER that was written once, to be filled in again and again: for others that differ in
 * sent_by, branch, aor, from_tag, call_id, cseq, contact, contact_tail, authorization,
 * proxy_authorization, expires_s and headers alone. branch, from_tag and call_id stand in its text,
 * and are written over; the others are left out, which cuts the text into pieces. It borrows its
 * text. */
#define SIP_TEMPLATE_PIECES 7
struct sip_template {
	const char *text;
	uint16_t end[SIP_TEMPLATE_PIECES];        /* where in text each piece ends */
	uint16_t branch, from_tag, call_id;       /* where in text each begins ... */
	uint16_t branch_n, from_tag_n, call_id_n; /* ... and how long it is */
};

/* Makes one out of a REGISTER. Its text is appended to room, which is to be empty, and is room's.
 * room->full says where it did not fit; what is there then is no template. */
void sip_template_make(const struct sip_register *reg, struct buf *room,
                       struct sip_template *ret_template);

/* Appends what sip_build_register() would, for a reg with a branch, from_tag and call_id of the
 * template's lengths. Where it does not fit nothing is appended, and out->full says so. */
void sip_template_fill(const struct sip_template *template, const struct sip_register *reg,
                       struct buf *out);

/* Appends an instance (RFC 5626 4.1), "<urn:uuid:...>", of 122 of these 128 bits. */
void sip_build_instance(uint64_t a, uint64_t b, struct buf *out);

/* Asks what a server can do, or only whether it is there. */
struct sip_options {
	struct slice request_uri, transport, sent_by, branch, route; /* as in struct sip_register */
	struct slice from;                                           /* "sip:1001@pbx.example" */
	struct slice to; /* "sip:pbx.example": without a user the server itself is meant */
	struct slice from_tag, call_id;
	uint32_t cseq;
	struct slice user_agent; /* or absent */
	/* Where the answer is to go: to where the request came from (RFC 3581), or to the port of
	 * sent_by, whatever the request came from (RFC 3261 18.2.2). */
	enum { SIP_ANSWER_HERE, SIP_ANSWER_SENT_BY } answer;
};

/* Appends the message, its lines in the order of a REGISTER's:
 *
 *   request line, Via (with rport unless the answer is to go to sent_by), Route, Max-Forwards,
 * From, To, Call-ID, CSeq, Accept, User-Agent, Content-Length: 0 */
void sip_build_options(const struct sip_options *options, struct buf *out);

#endif
