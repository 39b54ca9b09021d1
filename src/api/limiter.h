/* api/limiter.h: how often a password may be tried: so many times at once, then so many in a time,
 * for each address and for all of them together. It reads no clock.
 *
 * A try that succeeds is given back, so that people who know their password are never in the way of
 * each other. The table of addresses is bounded: where it is full, the address that was idle for
 * longest makes room, which is no gain to it, since its bucket has filled most. */
#ifndef LINEUP_API_LIMITER_H
#define LINEUP_API_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define API_LIMITER_ADDRESSES 1024
#define API_LIMITER_TRIES     5     /* of an address at once */
#define API_LIMITER_FILL_MS   12000 /* one more */
#define API_LIMITER_ALL       30    /* of all at once */
#define API_LIMITER_ALL_MS    1000

struct api_bucket {
	uint64_t full_ms; /* from then on it is full */
	uint64_t address; /* hash */
};

struct api_limiter {
	struct api_bucket all;
	struct api_bucket addresses[API_LIMITER_ADDRESSES];
};

/* Takes a try of that address at that time. Returns 0, or the time in ms after which there is one
 * again. */
uint64_t api_limiter_take(struct api_limiter *limiter, uint64_t address, uint64_t now_ms);

/* Gives it back. */
void api_limiter_give(struct api_limiter *limiter, uint64_t address);

/* The part of an address that one person commonly has: an IPv4 address, the first 64 bits of an
 * IPv6 one, as they are written without a port. */
struct slice api_limiter_part(struct slice address, char memory[64]);

#endif
