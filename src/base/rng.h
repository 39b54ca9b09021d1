/* base/rng.h: a seeded generator (xoshiro256**) for what must be spread but need not be secret:
 * jitter, refresh times, the order of equals. The same seed gives the same run. Secrets come from
 * net_random(). */
#ifndef LINEUP_BASE_RNG_H
#define LINEUP_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_u64(struct rng *rng);

/* A number from low to high, both included; low <= high. */
uint64_t rng_between(struct rng *rng, uint64_t low, uint64_t high);

#endif
