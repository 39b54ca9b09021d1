/* answer/bucket.h: how many answers one server gets, and which calls were told of before. Time
 * comes in as an argument. */
#ifndef LINEUP_ANSWER_BUCKET_H
#define LINEUP_ANSWER_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define ANSWER_RATE_MIN 20 /* answers a second that a server gets however few lines it has */
#define ANSWER_LINE_S   10 /* ... and one more for so many lines: each asked every 10 s */
#define ANSWER_BURST_S  2  /* that may come at once, in seconds of the rate */

/* Starts zeroed, which is full. */
struct answer_bucket {
	uint64_t full_at; /* when what was taken has run in again, in 1/1024 ms */
};

/* Takes one answer for a server of so many lines. False: there is none left for now. */
bool answer_bucket_take(struct answer_bucket *bucket, uint32_t lines, uint64_t now_ms);

#define ANSWER_CALLS_KEPT 64
#define ANSWER_CALL_MS    32000 /* RFC 3261 17.1.1.2: an INVITE is not sent again after 64*T1 */

/* The calls of late, so that a retransmission is told of once. Starts zeroed. */
struct answer_calls {
	struct {
		uint64_t mark, until_ms;
	} calls[ANSWER_CALLS_KEPT];
	uint32_t next;
};

/* Whether the call of that mark (a hash of what tells it from others) is a new one; it is known
 * from now on. */
bool answer_call_is_new(struct answer_calls *calls, uint64_t mark, uint64_t now_ms);

#endif
