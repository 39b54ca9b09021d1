/* base/hash.h: SipHash-2-4, the keyed hash behind branches, tags and Call-IDs: without the key
 * nobody can find two inputs that meet, or guess an output. */
#ifndef LINEUP_BASE_HASH_H
#define LINEUP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t n);

/* The same for two numbers: hash_bytes() of their 16 bytes, little-endian. */
uint64_t hash_pair(const struct hash_key *key, uint64_t a, uint64_t b);

#endif
