/* txn/branch.c: numbers to a branch and back.
 *
 * The check is a hash of both numbers and of a word that stands for this use of the key, so that
 * no other number derived with the same key (a tag, a Call-ID) shows a branch's check. */
#include "txn/branch.h"

#include <assert.h>
#include <string.h>

#define COOKIE     "z9hG4bK" /* RFC 3261 8.1.1.7 */
#define COOKIE_LEN (sizeof(COOKIE) - 1)
#define USE        0x6272616e6368 /* "branch" */

static_assert(TXN_BRANCH_LEN == COOKIE_LEN + 8 + 8 + 16, "cookie, number, generation, check");

static uint64_t check_of(const struct hash_key *key, uint32_t number, uint32_t generation)
{
	return hash_pair(key, (uint64_t)number << 32 | generation, USE);
}

static void write_hex(char *out, unsigned digits, uint64_t n)
{
	for (; digits-- > 0; n >>= 4)
		out[digits] = "0123456789abcdef"[n & 15];
}

void txn_branch_write(const struct hash_key *key, uint32_t number, uint32_t generation,
                      char ret_branch[TXN_BRANCH_LEN])
{
	char *p = ret_branch;

	memcpy(p, COOKIE, COOKIE_LEN);
	write_hex(p + COOKIE_LEN, 8, number);
	write_hex(p + COOKIE_LEN + 8, 8, generation);
	write_hex(p + COOKIE_LEN + 16, 16, check_of(key, number, generation));
}

/* The value of a hexadecimal digit plus one; 0: it is none. */
static const unsigned char digit_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Reads that many hexadecimal digits of either case; false where one of them is none. */
static bool read_hex(const char *p, unsigned digits, uint64_t *ret_n)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < digits; i++) {
		unsigned value = digit_values[(unsigned char)p[i]];

		if (value == 0)
			return false;
		n = n << 4 | (value - 1);
	}
	*ret_n = n;
	return true;
}

bool txn_branch_read(const struct hash_key *key, struct slice branch, uint32_t *ret_number,
                     uint32_t *ret_generation)
{
	uint64_t number, generation, check;

	if (branch.n != TXN_BRANCH_LEN || !slice_starts_nocase(branch, SLICE(COOKIE)))
		return false;
	if (!read_hex(branch.p + COOKIE_LEN, 8, &number) ||
	    !read_hex(branch.p + COOKIE_LEN + 8, 8, &generation) ||
	    !read_hex(branch.p + COOKIE_LEN + 16, 16, &check))
		return false;
	if (check != check_of(key, (uint32_t)number, (uint32_t)generation))
		return false;
	*ret_number = (uint32_t)number;
	*ret_generation = (uint32_t)generation;
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
