/* answer/bucket.c: a bucket as one number (the generic cell rate algorithm, ITU-T I.371): each
 * answer moves the time at which the bucket is full again, in units of 1/1024 ms. */
#include "answer/bucket.h"

#define UNIT 1024u

bool answer_bucket_take(struct answer_bucket *bucket, uint32_t lines, uint64_t now_ms)
{
	uint64_t now = now_ms * UNIT;
	uint64_t step = UINT64_C(1000) * UNIT / (ANSWER_RATE_MIN + lines / ANSWER_LINE_S);
	uint64_t from = bucket->full_at > now ? bucket->full_at : now;

	if (step == 0)
		step = 1;
	if (from + step > now + UINT64_C(1000) * UNIT * ANSWER_BURST_S)
		return false;
	bucket->full_at = from + step;
	return true;
}

bool answer_call_is_new(struct answer_calls *calls, uint64_t mark, uint64_t now_ms)
{
	for (unsigned i = 0; i < ANSWER_CALLS_KEPT; i++)
		if (calls->calls[i].mark == mark && now_ms < calls->calls[i].until_ms)
			return false;
	calls->calls[calls->next].mark = mark;
	calls->calls[calls->next].until_ms = now_ms + ANSWER_CALL_MS;
	calls->next = (calls->next + 1) % ANSWER_CALLS_KEPT;
	return true;
}
