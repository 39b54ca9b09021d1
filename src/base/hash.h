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

/* The same for one number: hash_bytes() of its 8 bytes. Inputs of other lengths are other inputs:
 * none of the pairs has a hash in common with it but by chance. */
uint64_t hash_number(const struct hash_key *key, uint64_t a);

/* Twice as many bits, for little more: SipHash-2-4-128 of the 16 bytes. Neither half says anything
 * of the other, nor of hash_pair(). */
struct hash_wide {
	uint64_t a, b;
};
struct hash_wide hash_pair_wide(const struct hash_key *key, uint64_t a, uint64_t b);

#endif
