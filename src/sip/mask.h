/* sip/mask.h: a message as a person may see it (--trace). */
#ifndef LINEUP_SIP_MASK_H
#define LINEUP_SIP_MASK_H

#include "base/buf.h"

/* Appends bytes line by line, each with prefix in front and '\n' behind, made printable by
 * buf_show(). What would let somebody guess the password is masked as "***": in Authorization,
 * Proxy-Authorization and Authentication-Info all but what is known to be harmless (response,
 * cnonce and rspauth are hidden; username, realm, nonce, uri, algorithm, qop, nc and opaque are
 * shown), and whole credentials of other schemes than Digest; and in all other fields, where a
 * server may have sent back what it was sent, what stands behind "response=" and its like. Takes
 * any bytes: what is not SIP is shown, too. */
void sip_show_masked(struct slice bytes, struct slice prefix, struct buf *out);

#endif
