/* Passwords as scrypt, tokens, comparing; how often a password may be tried; memory of a call. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/arena.h"
#include "api/limiter.h"
#include "api/secret.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t salt[API_SALT_BYTES] = "0123456789abcde";

static void a_password_is_known_again_by_its_hash(void **state)
{
	char one[API_PASSWORD_HASH], two[API_PASSWORD_HASH];
	uint8_t other_salt[API_SALT_BYTES] = { 1 };

	(void)state;
	assert_int_equal(api_secret_hash(SLICE("correct horse"), salt, one), 0);
	assert_int_equal(strncmp(one, "$scrypt$ln=15,r=8,p=1$", 22), 0);
	assert_null(strstr(one, "horse"));
	assert_int_equal(api_secret_check(SLICE("correct horse"), one), 1);
	assert_int_equal(api_secret_check(SLICE("correct hors"), one), 0);
	assert_int_equal(api_secret_check(SLICE("correct horse "), one), 0);
	assert_int_equal(api_secret_check(SLICE(""), one), 0);
	assert_int_equal(api_secret_hash(SLICE("correct horse"), other_salt, two), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(api_secret_check(SLICE("correct horse"), two), 1);
}

/* A value that another program made (Python's hashlib.scrypt), with parameters that are not ours.
 */
static void the_parameters_of_a_hash_are_its_own(void **state)
{
	static const char made_elsewhere[] =
		"$scrypt$ln=4,r=1,p=2$30313233343536373839616263646500$"
		"23ceea1420412320dcb3afed3721bb7baf6034e7ef223592e0a104d5c87111c5";

	(void)state;
	assert_int_equal(api_secret_check(SLICE("pleaseletmein"), made_elsewhere), 1);
	assert_int_equal(api_secret_check(SLICE("pleaseletmeIn"), made_elsewhere), 0);
}

static void nobody_has_no_password(void **state)
{
	(void)state;
	assert_int_equal(api_secret_check(SLICE("x"), NULL), 0);
	assert_int_equal(api_secret_check(SLICE(""), NULL), 0);
}

static void what_is_no_hash_costs_no_time(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"$scrypt$",
		"$scrypt$ln=15,r=8,p=1$00$00",
		"$scrypt$ln=99,r=8,p=1$30313233343536373839616263646500$"
		"0000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=0,r=8,p=1$30313233343536373839616263646500$"
		"0000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=4,r=17,p=1$30313233343536373839616263646500$"
		"0000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=4,r=8,p=5$30313233343536373839616263646500$"
		"0000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=4,r=8,p=1$3031323334353637383961626364650g$"
		"0000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=4,r=8,p=1$30313233343536373839616263646500$"
		"00000000000000000000000000000000000000000000000000000000000000000",
		"$scrypt$ln=4,p=1,r=8$30313233343536373839616263646500$"
		"0000000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(api_secret_check(SLICE("x"), bad[i]), -EINVAL);
}

static void tokens_follow_from_chance(void **state)
{
	uint8_t chance[API_TOKEN_BYTES], hash[API_HASH_BYTES];
	char token[API_TOKEN_TEXT], csrf[API_TOKEN_TEXT], again[API_TOKEN_TEXT];
	static const uint8_t abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea };

	(void)state;
	memset(chance, 0xa5, sizeof(chance));
	api_secret_token(chance, token);
	assert_int_equal(strlen(token), 64);
	assert_int_equal(strspn(token, "a5"), 64);
	assert_int_equal(api_secret_digest(SLICE("abc"), hash), 0);
	assert_memory_equal(hash, abc, sizeof(abc)); /* FIPS 180-2 */
	assert_int_equal(api_secret_csrf(slice_str(token), csrf), 0);
	assert_int_equal(api_secret_csrf(slice_str(token), again), 0);
	assert_string_equal(csrf, again);
	assert_int_equal(strlen(csrf), 64);
	assert_int_equal(api_secret_csrf(SLICE("another"), again), 0);
	assert_string_not_equal(csrf, again);
	memset(token, 'x', sizeof(token));
	assert_int_equal(api_secret_csrf(slice_of(token, 65), again), 0);
}

static void equal_is_equal(void **state)
{
	(void)state;
	assert_true(api_secret_equal(SLICE("abc"), SLICE("abc")));
	assert_true(api_secret_equal(SLICE(""), SLICE("")));
	assert_false(api_secret_equal(SLICE("abc"), SLICE("abd")));
	assert_false(api_secret_equal(SLICE("abc"), SLICE("ab")));
	assert_false(api_secret_equal(SLICE("ab"), SLICE("abc")));
}

/* ---- tries */

static void an_address_has_so_many_tries(void **state)
{
	struct api_limiter *limiter = calloc(1, sizeof(*limiter));
	uint64_t now_ms = 1000;

	(void)state;
	assert_non_null(limiter);
	for (unsigned i = 0; i < API_LIMITER_TRIES; i++)
		assert_int_equal(api_limiter_take(limiter, 7, now_ms), 0);
	assert_int_equal(api_limiter_take(limiter, 7, now_ms), API_LIMITER_FILL_MS);
	assert_int_equal(api_limiter_take(limiter, 8, now_ms), 0);
	now_ms += API_LIMITER_FILL_MS - 1;
	assert_int_equal(api_limiter_take(limiter, 7, now_ms), 1);
	now_ms++;
	assert_int_equal(api_limiter_take(limiter, 7, now_ms), 0);
	assert_int_equal(api_limiter_take(limiter, 7, now_ms), API_LIMITER_FILL_MS);
	/* after a long time there are no more than at first */
	now_ms += 1000 * API_LIMITER_FILL_MS;
	for (unsigned i = 0; i < API_LIMITER_TRIES; i++)
		assert_int_equal(api_limiter_take(limiter, 7, now_ms), 0);
	assert_true(api_limiter_take(limiter, 7, now_ms) > 0);
	free(limiter);
}

static void who_is_right_is_never_in_his_own_way(void **state)
{
	struct api_limiter *limiter = calloc(1, sizeof(*limiter));

	(void)state;
	assert_non_null(limiter);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(api_limiter_take(limiter, 7, 5), 0);
		api_limiter_give(limiter, 7);
	}
	free(limiter);
}

/* 100,000 tries from 100,000 addresses within a second: as many as all have together. */
static void many_addresses_have_no_more_than_all(void **state)
{
	struct api_limiter *limiter = calloc(1, sizeof(*limiter));
	unsigned taken = 0;

	(void)state;
	assert_non_null(limiter);
	for (unsigned i = 0; i < 100000; i++)
		taken += api_limiter_take(limiter, i, 10000 + i / 100) == 0;
	assert_int_equal(taken, API_LIMITER_ALL);
	free(limiter);
}

static void the_address_that_waited_longest_is_forgotten(void **state)
{
	struct api_limiter *limiter = calloc(1, sizeof(*limiter));
	uint64_t now_ms = 1000;

	(void)state;
	assert_non_null(limiter);
	for (unsigned i = 0; i < API_LIMITER_TRIES; i++)
		assert_int_equal(api_limiter_take(limiter, 7, now_ms), 0);
	for (uint64_t i = 0; i < API_LIMITER_ADDRESSES - 1; i++) {
		now_ms++;
		api_limiter_take(limiter, 100 + i, now_ms);
		api_limiter_give(limiter, 100 + i);
	}
	/* it has waited longest, but its bucket is the emptiest: it stays */
	assert_true(api_limiter_take(limiter, 7, now_ms) > 0);
	free(limiter);
}

static void an_address_is_what_one_person_has(void **state)
{
	char a[64], b[64];

	(void)state;
	assert_true(slice_equal(api_limiter_part(SLICE("192.0.2.1"), a), SLICE("192.0.2.1")));
	assert_true(slice_equal(api_limiter_part(SLICE("[2001:db8:1:2::1]"), a),
	                        api_limiter_part(SLICE("[2001:db8:1:2:ffff::2]"), b)));
	assert_false(slice_equal(api_limiter_part(SLICE("[2001:db8:1:2::1]"), a),
	                         api_limiter_part(SLICE("[2001:db8:1:3::1]"), b)));
	assert_true(slice_equal(api_limiter_part(SLICE("[nonsense]"), a), SLICE("[nonsense]")));
	assert_int_equal(api_limiter_part(SLICE(""), a).n, 0);
}

/* ---- memory */

static void an_arena_gives_zeroed_memory_of_any_size(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 4000, 4096, 4097, 100000, 3 };
	struct api_arena arena = { NULL };
	char *text;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		unsigned char *taken = api_arena_take(&arena, sizes[i]);

		assert_non_null(taken);
		assert_int_equal((uintptr_t)taken % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(taken[k], 0);
		memset(taken, 0xff, sizes[i]);
	}
	text = api_arena_text(&arena, slice_of("abcdef", 3));
	assert_string_equal(text, "abc");
	assert_null(api_arena_text(&arena, SLICE_NONE));
	assert_string_equal(api_arena_text(&arena, SLICE("")), "");
	assert_string_equal(api_arena_format(&arena, "%s %d", "line", 5), "line 5");
	assert_null(api_arena_take(&arena, SIZE_MAX - 64));
	api_arena_done(&arena);
	assert_null(arena.chunks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_known_again_by_its_hash),
		cmocka_unit_test(the_parameters_of_a_hash_are_its_own),
		cmocka_unit_test(nobody_has_no_password),
		cmocka_unit_test(what_is_no_hash_costs_no_time),
		cmocka_unit_test(tokens_follow_from_chance),
		cmocka_unit_test(equal_is_equal),
		cmocka_unit_test(an_address_has_so_many_tries),
		cmocka_unit_test(who_is_right_is_never_in_his_own_way),
		cmocka_unit_test(many_addresses_have_no_more_than_all),
		cmocka_unit_test(the_address_that_waited_longest_is_forgotten),
		cmocka_unit_test(an_address_is_what_one_person_has),
		cmocka_unit_test(an_arena_gives_zeroed_memory_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
