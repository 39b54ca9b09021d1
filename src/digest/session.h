/* digest/session.h: what is remembered of the challenges of one realm at one target, from one
 * answer to the next (RFC 7616 3.4: a nonce is used again with a rising nc). */
#ifndef LINEUP_DIGEST_SESSION_H
#define LINEUP_DIGEST_SESSION_H

#include "digest/digest.h"

/* All zeros: no challenge came yet. Read freely; nc and answers may be set back by who owns it. */
struct digest_session {
	struct digest_kept *kept; /* NULL: nothing to answer with */
	uint32_t nc;              /* how often kept's nonce was used */
	uint8_t answers;          /* challenges of this realm taken, one after the other */
	enum digest_algorithm ha1_algorithm : 8; /* of ha1; DIGEST_UNKNOWN: none yet */
	unsigned char ha1[DIGEST_HEX_MAX / 2];   /* of kept's realm: the bytes, to be small */
};

/* The session's HA1 as digest_answer() wants it. */
void digest_session_ha1(const struct digest_session *session, struct digest_ha1 *ret_ha1);

/* Keeps a challenge, so that the next answer is to it. Returns 0 or -ENOMEM (the old one stays). */
int digest_session_take(struct digest_session *session, const struct digest_challenge *challenge);

/* Appends the next answer to the kept challenge, with nc raised by one (request->nc is not looked
 * at). Returns 0, or -EIO where OpenSSL fails. out->full says where it did not fit. */
int digest_session_answer(struct digest *digest, struct digest_session *session,
                          const struct digest_request *request, struct slice password,
                          struct buf *out);

/* Whether an Authentication-Info header (absent where there is none) shows that the server does not
 * know the password: it has an rspauth, and that is wrong (RFC 7616 3.5). request is the one that
 * was answered last. */
bool digest_session_disproved(struct digest *digest, const struct digest_session *session,
                              const struct digest_request *request, struct slice info);

/* Wipes and frees what it holds; all zeros then. */
void digest_session_done(struct digest_session *session);

#endif
