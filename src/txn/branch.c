/* txn/branch.c: numbers to a branch and back.
 *
 * The check is a hash of both numbers as one. All else that is derived with the same key (a tag, a
 * Call-ID) is a hash of two, so that none of it shows a branch's check. */
#include "txn/branch.h"

#include <assert.h>
#include <string.h>

#include "base/hex.h"

#define COOKIE     "z9hG4bK" /* RFC 3261 8.1.1.7 */
#define COOKIE_LEN (sizeof(COOKIE) - 1)

static_assert(TXN_BRANCH_LEN == COOKIE_LEN + 8 + 8 + TXN_BRANCH_CHECK_LEN,
              "cookie, number, generation, check");

static uint64_t check_of(const struct hash_key *key, uint32_t number, uint32_t generation)
{
	return hash_number(key, (uint64_t)number << 32 | generation);
}

void txn_branch_write(const struct hash_key *key, uint32_t number, uint32_t generation,
                      char ret_branch[TXN_BRANCH_LEN])
{
	const uint64_t check = check_of(key, number, generation);
	char *p = ret_branch;

	memcpy(p, COOKIE, COOKIE_LEN);
	hex_write8(p + COOKIE_LEN, number);
	hex_write8(p + COOKIE_LEN + 8, generation);
	hex_write16(p + COOKIE_LEN + 16, check);
}

bool txn_branch_guess(struct slice branch, uint32_t *ret_number)
{
	return branch.n == TXN_BRANCH_LEN && hex_read8(branch.p + COOKIE_LEN, ret_number);
}

bool txn_branch_read(const struct hash_key *key, struct slice branch, uint32_t *ret_number,
                     uint32_t *ret_generation)
{
	uint32_t number, generation, high, low;

	if (branch.n != TXN_BRANCH_LEN || !slice_starts_nocase(branch, SLICE(COOKIE)))
		return false;
	if (!hex_read8(branch.p + COOKIE_LEN, &number) ||
	    !hex_read8(branch.p + COOKIE_LEN + 8, &generation) ||
	    !hex_read8(branch.p + COOKIE_LEN + 16, &high) ||
	    !hex_read8(branch.p + COOKIE_LEN + 24, &low))
		return false;
	if (((uint64_t)high << 32 | low) != check_of(key, number, generation))
		return false;
	*ret_number = number;
	*ret_generation = generation;
	return true;
}

struct slice txn_branch_find(struct slice sent)
{
	static const char mark[] = ";branch=";
	const size_t mark_n = sizeof(mark) - 1;

	for (size_t i = 0; i + mark_n + TXN_BRANCH_LEN <= sent.n; i++)
		if (memcmp(sent.p + i, mark, mark_n) == 0)
			return slice_of(sent.p + i + mark_n, TXN_BRANCH_LEN);
	return SLICE_NONE;
}
