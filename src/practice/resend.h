/* practice/resend.h: the answers of the last 32 seconds, for requests that come once more
 * (RFC 3261 17.2.2: over UDP the client sends again until it hears, and must then hear the same).
 *
 * A retransmission is known as the same bytes from the same address. The number of answers and
 * their age are bounded; the oldest makes room. What is forgotten is answered anew, as if it were a
 * new request: then the nonce's count says that it is not. */
#ifndef LINEUP_PRACTICE_RESEND_H
#define LINEUP_PRACTICE_RESEND_H

#include "base/hash.h"
#include "practice/registrar.h"

struct practice_resends;

/* One answer. */
struct practice_resend {
	struct slice answer;
	struct practice_sending sending;
	uint64_t ready_ms; /* before that the request is still being worked on */
	uint32_t loss_percent;
};

/* Returns 0 or -ENOMEM. max is a power of 2. */
int practice_resends_new(uint32_t max, struct practice_resends **ret_resends);
void practice_resends_free(struct practice_resends *resends);

/* The answer to the request with this hash, if it is remembered. False: it is not. */
bool practice_resend_find(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          struct practice_resend *ret_resend);

/* Remembers one, its text copied. Where there is no memory for it, it is forgotten, and nothing
 * else is lost. */
void practice_resend_note(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          const struct practice_resend *resend);

#endif
