/* practice/resend.h: the answers of the last 32 seconds, for requests that come once more
 * (RFC 3261 17.2.2: over UDP the client sends again until it hears, and must then hear the same).
 *
 * A retransmission is known as the same bytes from the same address. The number of answers and
 * their age are bounded; the oldest makes room. What is forgotten is answered anew, as if it were a
 * new request: then the nonce's count says that it is not. */
#ifndef LINEUP_PRACTICE_RESEND_H
#define LINEUP_PRACTICE_RESEND_H

#include "base/hash.h"
#include "net/addr.h"

struct practice_resends;

/* Returns 0 or -ENOMEM. max is a power of 2. */
int practice_resends_new(uint32_t max, struct practice_resends **ret_resends);
void practice_resends_free(struct practice_resends *resends);

/* The answer to the request with this hash, if it is remembered: empty where it was none. False:
 * it is not. */
bool practice_resend_find(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          struct slice *ret_answer, struct net_addr *ret_to);

/* Remembers one. Where there is no memory for it, it is forgotten, and nothing else is lost. */
void practice_resend_note(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          struct slice answer, const struct net_addr *to);

#endif
