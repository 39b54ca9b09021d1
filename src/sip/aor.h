/* sip/aor.h: from what a person types to an address-of-record (docs/architecture.md, behaviour 1).
 *
 * "1001@pbx.example:5070", with or without "sip:" in front, becomes the URI that stands in To and
 * From (without a port, RFC 3261 19.1.1), the request URI (with it), and the user as it goes on the
 * wire. */
#ifndef LINEUP_SIP_AOR_H
#define LINEUP_SIP_AOR_H

#include <stdint.h>

#include "base/buf.h"

#define SIP_USER_MAX 255 /* bytes of an extension, escaped */
#define SIP_HOST_MAX 255 /* bytes of a host */

struct sip_aor {
	char user[SIP_USER_MAX + 1];  /* escaped: "studio%201" */
	char plain[SIP_USER_MAX + 1]; /* with its escapes resolved: the default auth user */
	char host[SIP_HOST_MAX + 1];  /* lower case kept as typed; an IPv6 address in brackets */
	uint16_t port;                /* 0 where none is named */
	bool sips;                    /* "sips:" was typed */
};

/* Reads text. A valid %HH in the extension is kept; a character that RFC 3261 does not allow in a
 * user is escaped; an IPv6 address may stand with or without brackets where no port is named.
 *
 * Refused are, beside what is plainly wrong: blanks of any kind and what cannot be seen, also
 * escaped control characters; a second "@"; a ":" in front of the "@" (a password would go over the
 * network in clear; the sentence does not show it); other schemes, "<" and ">", parameters and
 * headers.
 *
 * Returns 0, or -EINVAL: *reterr (cap 160 bytes are enough) then has a sentence for a person that
 * names and shows what is wrong ('extension "10 01" has a blank at its 3rd character'), printable
 * whatever was typed. *ret_aor is set on 0 only. */
int sip_aor_parse(struct slice text, struct sip_aor *ret_aor, struct buf *reterr);

/* The same for its parts, as settings have them. */
int sip_extension_parse(struct slice text, char ret_user[SIP_USER_MAX + 1],
                        char ret_plain[SIP_USER_MAX + 1], struct buf *reterr);
int sip_server_parse(struct slice text, char ret_host[SIP_HOST_MAX + 1], uint16_t *ret_port,
                     struct buf *reterr);

#endif
