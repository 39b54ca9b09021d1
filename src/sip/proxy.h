/* sip/proxy.h: an outbound proxy as providers print it and people type it:
 * "edge.example", "edge.example:5080", "sip:edge.example:5080;transport=tcp;lr",
 * "sips:edge.example".
 *
 * What of it says over which transport the proxy is reached stands for the transport that is set
 * beside. ";lr" says what is sent anyhow (RFC 3261 19.1.1), and is left out. */
#ifndef LINEUP_SIP_PROXY_H
#define LINEUP_SIP_PROXY_H

#include "sip/aor.h"

#define SIP_PROXY_MAX (SIP_HOST_MAX + 32) /* bytes that sip_proxy_put() writes, NUL included */

struct sip_proxy {
	char host[SIP_HOST_MAX + 1]; /* "": there is none */
	uint16_t port;               /* 0 where none is named */
	const char *transport;       /* "udp", "tcp" or "tls", a constant; NULL: it says none */
};

/* Reads text. "sips:" is TLS (RFC 3261 26.2.2), ";transport=tcp" behind it, too; udp behind it is
 * refused, as is any other parameter, and what sip_server_parse() refuses.
 *
 * Returns 0, or -EINVAL: *reterr (cap 256 bytes are enough) then has a sentence for a person that
 * begins with "server" as those of sip_server_parse() do, printable whatever was typed. *ret_proxy
 * is set on 0 only. */
int sip_proxy_parse(struct slice text, struct sip_proxy *ret_proxy, struct buf *reterr);

/* Appends the one way of writing it: "edge.example:5080", or "sip:edge.example:5080;transport=tcp"
 * where it says a transport; nothing where there is none. */
void sip_proxy_put(const struct sip_proxy *proxy, struct buf *out);

#endif
