/* practice/nonce.c: making and judging nonces, see nonce.h. A nonce is 32 hexadecimal digits: 8 of
 * the second it was made in, 8 of its number, 16 of the hash. */
#include "practice/nonce.h"

#include <errno.h>
#include <stdlib.h>

struct slot {
	uint32_t number; /* 0: never used */
	uint32_t nc;     /* the highest that was seen */
};

struct practice_nonces {
	struct hash_key key;
	uint32_t slots;
	uint32_t last; /* number of the one made last */
	struct slot slot[];
};

int practice_nonces_new(const struct hash_key *key, uint32_t slots,
                        struct practice_nonces **ret_nonces)
{
	struct practice_nonces *nonces =
		calloc(1, sizeof(*nonces) + (size_t)slots * sizeof(nonces->slot[0]));

	if (!nonces)
		return -ENOMEM;
	nonces->key = *key;
	nonces->slots = slots;
	*ret_nonces = nonces;
	return 0;
}

void practice_nonces_free(struct practice_nonces *nonces)
{
	free(nonces);
}

static void write_nonce(const struct practice_nonces *nonces, uint32_t made_s, uint32_t number,
                        struct buf *out)
{
	buf_hex_u64(out, made_s, 8);
	buf_hex_u64(out, number, 8);
	buf_hex_u64(out, hash_pair(&nonces->key, made_s, number), 16);
}

void practice_nonce_make(struct practice_nonces *nonces, uint64_t now_ms, struct buf *out)
{
	nonces->last += 1 + (nonces->last == UINT32_MAX); /* 0 means a slot that was never used */
	write_nonce(nonces, (uint32_t)(now_ms / 1000), nonces->last, out);
}

/* Eight lower-case digits, as we wrote them. */
static bool read_hex(const char *digits, uint32_t *ret_n)
{
	static const char all[] = "0123456789abcdef";
	uint32_t n = 0;

	for (int i = 0; i < 8; i++) {
		const char *digit = memchr(all, digits[i], 16);

		if (!digit)
			return false;
		n = n << 4 | (uint32_t)(digit - all);
	}
	*ret_n = n;
	return true;
}

/* Whether we made this one; then when, and which it was. */
static bool read_nonce(const struct practice_nonces *nonces, struct slice nonce,
                       uint32_t *ret_made_s, uint32_t *ret_number)
{
	char memory[PRACTICE_NONCE_LEN + 1];
	struct buf again = buf_over(memory, sizeof(memory));

	if (nonce.n != PRACTICE_NONCE_LEN || !read_hex(nonce.p, ret_made_s) ||
	    !read_hex(nonce.p + 8, ret_number))
		return false;
	write_nonce(nonces, *ret_made_s, *ret_number, &again);
	return slice_equal(nonce, buf_slice(&again));
}

enum practice_nonce practice_nonce_use(struct practice_nonces *nonces, struct slice nonce,
                                       uint32_t nc, uint32_t age_max_s, uint64_t now_ms)
{
	uint32_t made_s, number;

	if (!read_nonce(nonces, nonce, &made_s, &number))
		return PRACTICE_NONCE_FOREIGN;
	if ((uint32_t)(now_ms / 1000) - made_s > age_max_s)
		return PRACTICE_NONCE_OLD;
	struct slot *slot = &nonces->slot[number & (nonces->slots - 1)];
	if (slot->number == number && nc <= slot->nc)
		return PRACTICE_NONCE_USED;
	/* A newer one has the slot, so what was seen of this one is forgotten. */
	if (slot->number != number && slot->number &&
	    nonces->last - slot->number < nonces->last - number)
		return PRACTICE_NONCE_OLD;
	if (nc == 0)
		return PRACTICE_NONCE_USED;
	*slot = (struct slot){ number, nc };
	return PRACTICE_NONCE_GOOD;
}
