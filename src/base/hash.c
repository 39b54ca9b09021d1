/* base/hash.c: SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 *
 * Two rounds for each 8 bytes, four at the end; the names v0 to v3 are the paper's. The variant
 * with an output of 128 bits is the authors' too, in their reference implementation. */
#include "base/hash.h"

#include <endian.h>
#include <string.h>

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline struct sip_state sip_begin(const struct hash_key *key)
{
	return (struct sip_state){
		.v0 = key->k0 ^ 0x736f6d6570736575,
		.v1 = key->k1 ^ 0x646f72616e646f6d,
		.v2 = key->k0 ^ 0x6c7967656e657261,
		.v3 = key->k1 ^ 0x7465646279746573,
	};
}

static inline void sip_word(struct sip_state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static inline uint64_t sip_finish(struct sip_state *s)
{
	for (int i = 0; i < 4; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t sip_end(struct sip_state *s)
{
	s->v2 ^= 0xff;
	return sip_finish(s);
}

/* The next n (up to 8) bytes as a little-endian number. */
static inline uint64_t word_at(const unsigned char *p, size_t n)
{
	uint64_t word = 0;

	if (n)
		memcpy(&word, p, n);
	return le64toh(word);
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	struct sip_state s = sip_begin(key);
	uint64_t length = n; /* its lowest byte closes the message */

	for (; n >= 8; p += 8, n -= 8)
		sip_word(&s, word_at(p, 8));
	sip_word(&s, length << 56 | word_at(p, n));
	return sip_end(&s);
}

uint64_t hash_pair(const struct hash_key *key, uint64_t a, uint64_t b)
{
	struct sip_state s = sip_begin(key);

	sip_word(&s, a);
	sip_word(&s, b);
	sip_word(&s, (uint64_t)16 << 56);
	return sip_end(&s);
}

uint64_t hash_number(const struct hash_key *key, uint64_t a)
{
	struct sip_state s = sip_begin(key);

	sip_word(&s, a);
	sip_word(&s, (uint64_t)8 << 56);
	return sip_end(&s);
}

struct hash_wide hash_pair_wide(const struct hash_key *key, uint64_t a, uint64_t b)
{
	struct sip_state s = sip_begin(key);
	struct hash_wide wide;

	s.v1 ^= 0xee;
	sip_word(&s, a);
	sip_word(&s, b);
	sip_word(&s, (uint64_t)16 << 56);
	s.v2 ^= 0xee;
	wide.a = sip_finish(&s);
	s.v1 ^= 0xdd;
	wide.b = sip_finish(&s);
	return wide;
}
