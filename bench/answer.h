/* bench/answer.h: the answers of the stub registrar. It challenges a REGISTER without credentials
 * and grants one with them, copies what an answer must copy (RFC 3261 8.2.6.2) and looks at nothing
 * else. Knows nothing of sockets. */
#ifndef LINEUP_BENCH_ANSWER_H
#define LINEUP_BENCH_ANSWER_H

#include "digest/digest.h"
#include "net/addr.h"

#define ANSWER_MAX 2048 /* bytes of an answer; a request must be 400 shorter */

#define ANSWER_EXPIRES_S 3600

struct answerer {
	bool verify; /* check each answer to a challenge */
	enum digest_algorithm algorithm;
	uint32_t expires_s; /* that it grants; 0: ANSWER_EXPIRES_S */
	struct digest *digest;
	uint64_t nonces, challenged, granted, wrong;
	struct answerer_bytes {
		uint64_t request, answer; /* of all that were challenged, or granted */
	} of_challenged, of_granted;
	struct sockaddr_in seen; /* whom seen_text shows */
	char seen_text[64];      /* "=5060;received=127.0.0.1": for the Via */
	size_t seen_text_n;
};

/* Writes the answer to one request into out; too_many: that it cannot be served. The slice borrows
 * from out, and is absent where the request is none that has an answer. */
struct slice answerer_answer(struct answerer *answerer, const struct sockaddr_in *from,
                             struct slice request, bool too_many, char out[ANSWER_MAX]);

/* Writes what was counted, as members of a JSON object: how many were challenged, granted and
 * wrong, and the mean sizes of the messages. */
void answerer_show(const struct answerer *answerer, struct buf *out);

#endif
