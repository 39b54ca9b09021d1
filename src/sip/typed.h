/* sip/typed.h: text that a person typed or pasted, and the sentences that refuse it. For aor.c. */
#ifndef LINEUP_SIP_TYPED_H
#define LINEUP_SIP_TYPED_H

#include <stdint.h>

#include "base/buf.h"

/* The length of the valid UTF-8 sequence (RFC 3629) at the front of s, which is not empty, with its
 * code point in *ret_point; 0 where there is none. */
size_t sip_typed_point(struct slice s, uint32_t *ret_point);

/* Whether a code point is a control character (C0, DEL, C1). */
bool sip_typed_is_control(uint32_t point);

/* Appends 'PART "TEXT" WHAT' to *reterr, with the text printable and cut short where it is long.
 * Returns -EINVAL, so that a check can return what this returns. */
int sip_typed_refuse(const char *part, struct slice text, const char *what, struct buf *reterr);

/* Refuses what cannot be seen: blanks of any kind, control characters, marks without a shape, and
 * bytes that are no UTF-8, all of which come along when something is copied from a mail or a page.
 * Returns 0 or -EINVAL with a sentence. */
int sip_typed_check(const char *part, struct slice text, struct buf *reterr);

#endif
