/* api/limiter.c: see api/limiter.h. A bucket is one number: the time from which on it is full.
 * Taking moves it by the time that one try takes to come back. */
#include "api/limiter.h"

#include <arpa/inet.h>

static struct api_bucket *find(struct api_limiter *limiter, uint64_t address)
{
	struct api_bucket *oldest = &limiter->addresses[0];

	for (unsigned i = 0; i < API_LIMITER_ADDRESSES; i++) {
		struct api_bucket *bucket = &limiter->addresses[i];

		if (bucket->full_ms && bucket->address == address)
			return bucket;
		if (bucket->full_ms < oldest->full_ms)
			oldest = bucket;
	}
	*oldest = (struct api_bucket){ .address = address };
	return oldest;
}

/* How long until a try is there; 0: now. */
static uint64_t wait_ms(const struct api_bucket *bucket, uint64_t now_ms, uint64_t fill_ms,
                        unsigned tries)
{
	uint64_t after_ms = (bucket->full_ms > now_ms ? bucket->full_ms : now_ms) + fill_ms;
	uint64_t bound_ms = now_ms + fill_ms * tries;

	return after_ms > bound_ms ? after_ms - bound_ms : 0;
}

static void take(struct api_bucket *bucket, uint64_t now_ms, uint64_t fill_ms)
{
	bucket->full_ms = (bucket->full_ms > now_ms ? bucket->full_ms : now_ms) + fill_ms;
}

uint64_t api_limiter_take(struct api_limiter *limiter, uint64_t address, uint64_t now_ms)
{
	struct api_bucket *own = find(limiter, address);
	uint64_t own_ms = wait_ms(own, now_ms, API_LIMITER_FILL_MS, API_LIMITER_TRIES);
	uint64_t all_ms = wait_ms(&limiter->all, now_ms, API_LIMITER_ALL_MS, API_LIMITER_ALL);

	if (own_ms || all_ms)
		return own_ms > all_ms ? own_ms : all_ms;
	take(own, now_ms, API_LIMITER_FILL_MS);
	take(&limiter->all, now_ms, API_LIMITER_ALL_MS);
	return 0;
}

static void give(struct api_bucket *bucket, uint64_t fill_ms)
{
	bucket->full_ms -= bucket->full_ms > fill_ms ? fill_ms : bucket->full_ms;
}

void api_limiter_give(struct api_limiter *limiter, uint64_t address)
{
	give(find(limiter, address), API_LIMITER_FILL_MS);
	give(&limiter->all, API_LIMITER_ALL_MS);
}

struct slice api_limiter_part(struct slice address, char memory[64])
{
	struct in6_addr v6;

	if (address.n < 2 || address.n >= 64 || address.p[0] != '[')
		return address;
	memcpy(memory, address.p + 1, address.n - 2);
	memory[address.n - 2] = '\0';
	if (inet_pton(AF_INET6, memory, &v6) != 1)
		return address;
	memcpy(memory, &v6, 8);
	return slice_of(memory, 8);
}
