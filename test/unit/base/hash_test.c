/* SipHash-2-4 against the vectors of its authors, and against inputs made to collide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

/* The hashes of the first 0, 1, 2 ... 63 bytes of 00 01 02 ..., with the key 00 01 ... 0f: appendix
 * A of the paper has the one of 15 bytes, the reference implementation has all. */
static const uint64_t vectors[64] = {
	0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
	0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
	0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
	0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
	0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
	0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
	0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad,
	0xde4daaaca71dc9a5, 0xa6a2506687956571, 0xad87a3535c49ef28, 0x32d892fad841c342,
	0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
	0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
	0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95,
	0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
	0xe612a3cb9ecba951, 0xc766e62cfcadaf96, 0xee64435a9752fe72, 0xa192d576b245165a,
	0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f, 0x7fa8220ba3b2ecea, 0x245731c13ca42499,
	0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
	0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
};

static const struct hash_key paper_key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static void the_hash_is_that_of_the_paper(void **state)
{
	unsigned char bytes[64 + 8];

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) { /* at any alignment */
		for (size_t i = 0; i < 64; i++)
			bytes[shift + i] = (unsigned char)i;
		for (size_t n = 0; n < 64; n++)
			assert_true(hash_bytes(&paper_key, bytes + shift, n) == vectors[n]);
	}
	assert_true(vectors[15] == 0xa129ca6149be45e5);
	assert_true(hash_bytes(&paper_key, NULL, 0) == vectors[0]);
}

static void a_pair_hashes_as_its_bytes(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 255, 0x0706050403020100, 1ULL << 63, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 6; j++) {
			unsigned char bytes[16];

			for (unsigned k = 0; k < 8; k++) {
				bytes[k] = (unsigned char)(numbers[i] >> (8 * k));
				bytes[8 + k] = (unsigned char)(numbers[j] >> (8 * k));
			}
			assert_true(hash_pair(&paper_key, numbers[i], numbers[j]) ==
			            hash_bytes(&paper_key, bytes, 16));
		}
	}
}

static void a_number_hashes_as_its_bytes(void **state)
{
	(void)state;
	assert_true(hash_number(&paper_key, 0x0706050403020100) == vectors[8]);
	assert_true(hash_number(&paper_key, 0x0706050403020101) != vectors[8]);
	assert_true(hash_number(&paper_key, 0) != hash_pair(&paper_key, 0, 0));
}

/* Of the 16 bytes 00 01 ... 0f, and of 16 zeros, as OpenSSL's has it (openssl mac -macopt size:16
 * SIPHASH). */
static void the_wide_hash_is_that_of_its_authors(void **state)
{
	struct hash_wide wide = hash_pair_wide(&paper_key, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
	struct hash_wide zeros = hash_pair_wide(&paper_key, 0, 0);

	(void)state;
	assert_true(wide.a == 0xbb54b067caa4e26e && wide.b == 0x77052385bf1533fd);
	assert_true(zeros.a == 0x5abd8ea184320dd6 && zeros.b == 0xcd0780072af0d0f3);
	assert_true(wide.a != vectors[16] && wide.b != vectors[16]);
}

#define FLOOD   100000u
#define BLOCKS  17u /* 2^17 texts */
#define BUCKETS 65536u

static uint64_t djb2(const char *s, size_t n)
{
	uint64_t h = 5381;

	for (size_t i = 0; i < n; i++)
		h = h * 33 + (unsigned char)s[i];
	return h;
}

/* The fullest of the buckets that the hashes of the flood fall into. */
static unsigned fullest_bucket(const struct hash_key *key)
{
	unsigned *counts = calloc(BUCKETS, sizeof(*counts));
	unsigned fullest = 0;

	assert_non_null(counts);
	for (uint32_t i = 0; i < FLOOD; i++) {
		char text[2 * BLOCKS];

		/* 33 * 'E' + 'z' == 33 * 'F' + 'Y' */
		for (unsigned block = 0; block < BLOCKS; block++)
			memcpy(text + 2 * block, i >> block & 1 ? "Ez" : "FY", 2);
		uint64_t h = key ? hash_bytes(key, text, sizeof(text)) : djb2(text, sizeof(text));
		unsigned count = ++counts[h % BUCKETS];

		if (count > fullest)
			fullest = count;
	}
	free(counts);
	return fullest;
}

static void a_flood_that_collides_without_a_key_is_spread_with_one(void **state)
{
	(void)state;
	assert_int_equal(fullest_bucket(NULL), FLOOD);
	/* At 1.5 a bucket, 65536 Poisson buckets hold more than 13 less than once in 10^5 floods.
	 */
	for (uint64_t k = 0; k < 4; k++)
		assert_in_range(fullest_bucket(&(struct hash_key){ k, ~k }), 2, 13);
}

static void each_half_of_the_key_changes_the_hash(void **state)
{
	struct hash_key other0 = paper_key, other1 = paper_key;

	(void)state;
	other0.k0 ^= 1;
	other1.k1 ^= 1ULL << 63;
	assert_true(hash_pair(&paper_key, 1, 2) != hash_pair(&other0, 1, 2));
	assert_true(hash_pair(&paper_key, 1, 2) != hash_pair(&other1, 1, 2));
	assert_true(hash_pair(&paper_key, 1, 2) != hash_pair(&paper_key, 2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_that_of_the_paper),
		cmocka_unit_test(a_pair_hashes_as_its_bytes),
		cmocka_unit_test(a_number_hashes_as_its_bytes),
		cmocka_unit_test(the_wide_hash_is_that_of_its_authors),
		cmocka_unit_test(a_flood_that_collides_without_a_key_is_spread_with_one),
		cmocka_unit_test(each_half_of_the_key_changes_the_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
