/* A branch names its transaction, to nobody else's use. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "txn/branch.h"

static const struct hash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static bool is_ours(struct slice branch)
{
	uint32_t number = 4711, generation = 4712;
	bool ours = txn_branch_read(&key, branch, &number, &generation);

	if (!ours) {
		assert_int_equal(number, 4711);
		assert_int_equal(generation, 4712);
	}
	return ours;
}

/* The checks were computed with another implementation of SipHash (that of OpenSSL). */
static void a_branch_is_cookie_number_generation_and_check(void **state)
{
	static const struct {
		uint32_t number, generation;
		const char *branch;
	} rows[] = {
		{ 1, 2, "z9hG4bK000000010000000236783d569d1b5408" },
		{ 0xdeadbeef, 0xffffffff, "z9hG4bKdeadbeefffffffff28fea2eb03a0f28c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char branch[TXN_BRANCH_LEN + 1] = { 0 };

		branch[TXN_BRANCH_LEN] = '!';
		txn_branch_write(&key, rows[i].number, rows[i].generation, branch);
		assert_int_equal(branch[TXN_BRANCH_LEN], '!'); /* no NUL */
		branch[TXN_BRANCH_LEN] = '\0';
		assert_string_equal(branch, rows[i].branch);
	}
}

static void what_was_written_is_read_in_any_case(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 6);
	for (int i = 0; i < 1000; i++) {
		uint32_t number = (uint32_t)(rng_u64(&rng) >> rng_between(&rng, 32, 63));
		uint32_t generation = (uint32_t)(rng_u64(&rng) >> rng_between(&rng, 32, 63));
		char branch[TXN_BRANCH_LEN];

		txn_branch_write(&key, number, generation, branch);
		for (int letters = 0; letters < 3; letters++) {
			uint32_t got_number = ~number, got_generation = ~generation;

			for (size_t k = 0; k < TXN_BRANCH_LEN; k++) {
				if (letters == 1)
					branch[k] = (char)toupper(branch[k]);
				else if (letters == 2 && rng_between(&rng, 0, 1))
					branch[k] = (char)tolower(branch[k]);
			}
			assert_true(txn_branch_read(&key, slice_of(branch, sizeof(branch)),
			                            &got_number, &got_generation));
			assert_int_equal(got_number, number);
			assert_int_equal(got_generation, generation);
		}
	}
}

static void one_changed_byte_makes_it_a_strangers(void **state)
{
	char branch[TXN_BRANCH_LEN];

	(void)state;
	txn_branch_write(&key, 0x0badcafe, 0x00c0ffee, branch);
	for (size_t at = 0; at < sizeof(branch); at++) {
		char kept = branch[at];

		for (unsigned c = 0; c < 256; c++) {
			bool same = tolower((unsigned char)kept) == tolower((int)c);

			branch[at] = (char)c;
			assert_int_equal(is_ours(slice_of(branch, sizeof(branch))), same);
		}
		branch[at] = kept;
	}
}

static void another_length_or_another_key_is_a_strangers(void **state)
{
	struct hash_key other = { key.k0, key.k1 ^ 1 };
	char branch[TXN_BRANCH_LEN + 1];

	(void)state;
	txn_branch_write(&key, 1, 2, branch);
	branch[TXN_BRANCH_LEN] = '0';
	for (size_t n = 0; n <= sizeof(branch); n++)
		assert_int_equal(is_ours(slice_of(branch, n)), n == TXN_BRANCH_LEN);
	assert_false(is_ours(SLICE_NONE));
	txn_branch_write(&other, 1, 2, branch);
	assert_false(is_ours(slice_of(branch, TXN_BRANCH_LEN)));
}

static void swapped_numbers_are_not_taken(void **state)
{
	char branch[TXN_BRANCH_LEN], swapped[TXN_BRANCH_LEN];

	(void)state;
	txn_branch_write(&key, 1, 2, branch);
	txn_branch_write(&key, 2, 1, swapped);
	assert_memory_not_equal(branch + 23, swapped + 23, 16);
	memcpy(swapped + 23, branch + 23, 16);
	assert_false(is_ours(slice_of(swapped, sizeof(swapped))));
}

static void a_branch_is_found_in_what_icmp_quotes(void **state)
{
	static const char front[] = "REGISTER sip:pbx.example SIP/2.0\r\n"
				    "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=";
	char text[sizeof(front) + TXN_BRANCH_LEN + 1], branch[TXN_BRANCH_LEN];

	(void)state;
	txn_branch_write(&key, 7, 9, branch);
	memcpy(text, front, sizeof(front) - 1);
	memcpy(text + sizeof(front) - 1, branch, sizeof(branch));
	for (size_t n = 0; n < sizeof(front) - 1 + sizeof(branch); n++)
		assert_false(slice_present(txn_branch_find(slice_of(text, n))));
	assert_true(slice_equal(txn_branch_find(slice_of(text, sizeof(text) - 2)),
	                        slice_of(branch, sizeof(branch))));
}

/* Of a branch that is ours, and of one that only looks like it; of another length there is none. */
static void a_guess_is_the_number_that_stands_there(void **state)
{
	char branch[TXN_BRANCH_LEN];
	uint32_t number = 0;

	(void)state;
	txn_branch_write(&(struct hash_key){ 1, 2 }, 0x12345678, 9, branch);
	assert_true(txn_branch_guess(slice_of(branch, sizeof(branch)), &number));
	assert_int_equal(number, 0x12345678);
	branch[sizeof(branch) - 1] ^= 1;
	assert_true(txn_branch_guess(slice_of(branch, sizeof(branch)), &number));
	assert_int_equal(number, 0x12345678);
	assert_false(txn_branch_guess(slice_of(branch, sizeof(branch) - 1), &number));
	assert_false(txn_branch_guess(SLICE_NONE, &number));
	branch[7] = 'x';
	assert_false(txn_branch_guess(slice_of(branch, sizeof(branch)), &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_branch_is_cookie_number_generation_and_check),
		cmocka_unit_test(what_was_written_is_read_in_any_case),
		cmocka_unit_test(one_changed_byte_makes_it_a_strangers),
		cmocka_unit_test(another_length_or_another_key_is_a_strangers),
		cmocka_unit_test(swapped_numbers_are_not_taken),
		cmocka_unit_test(a_branch_is_found_in_what_icmp_quotes),
		cmocka_unit_test(a_guess_is_the_number_that_stands_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
