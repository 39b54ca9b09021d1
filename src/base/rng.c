/* base/rng.c: xoshiro256** (Blackman, Vigna, 2018), its state filled by splitmix64, as its authors
 * advise: so that any seed, 0 included, starts from a state with many bits set. */
#include "base/rng.h"

#include <assert.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix(&seed);
}

uint64_t rng_u64(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rng_between(struct rng *rng, uint64_t low, uint64_t high)
{
	assert(low <= high);
	uint64_t span = high - low + 1;

	if (span == 0) /* all 2^64 numbers */
		return rng_u64(rng);
	/* The last 2^64 % span results would make the low numbers likelier: they are drawn again.
	 */
	uint64_t limit = UINT64_MAX - (UINT64_MAX % span + 1) % span;
	uint64_t n = rng_u64(rng);

	while (n > limit)
		n = rng_u64(rng);
	return low + n % span;
}
