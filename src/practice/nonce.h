/* practice/nonce.h: nonces that prove themselves, so that none has to be kept until it is used.
 *
 * A nonce has the time it was made at, a number, and a keyed hash over both. What must be kept is
 * only the highest count (nc) of those in use: a table of a fixed size, in which a newer nonce
 * takes the place of an old one, which then counts as stale. Reads no clock. */
#ifndef LINEUP_PRACTICE_NONCE_H
#define LINEUP_PRACTICE_NONCE_H

#include "base/buf.h"
#include "base/hash.h"

#define PRACTICE_NONCE_LEN 32

struct practice_nonces;

/* slots: how many nonces can be in use at once, a power of 2. Returns 0 or -ENOMEM. */
int practice_nonces_new(const struct hash_key *key, uint32_t slots,
                        struct practice_nonces **ret_nonces);
void practice_nonces_free(struct practice_nonces *nonces);

/* Appends a nonce that was never made before. */
void practice_nonce_make(struct practice_nonces *nonces, uint64_t now_ms, struct buf *out);

enum practice_nonce {
	PRACTICE_NONCE_GOOD,    /* ours, young enough, nc never seen: and now it is used */
	PRACTICE_NONCE_FOREIGN, /* not made with this key */
	PRACTICE_NONCE_OLD,
	PRACTICE_NONCE_USED, /* this nc, or a higher one, was there before */
};

/* Judges a nonce that came with a right response, and notes its nc (RFC 7616 3.4: from 1). One that
 * was made more than age_max_s ago is old. */
enum practice_nonce practice_nonce_use(struct practice_nonces *nonces, struct slice nonce,
                                       uint32_t nc, uint32_t age_max_s, uint64_t now_ms);

#endif
