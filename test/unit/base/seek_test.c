/* seek_test.c: a piece of text is found wherever it stands, and nowhere else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/seek.h"

#define LONG 100

static size_t place_of(const char *part, struct slice in)
{
	const char *found = seek_next(slice_str(part), in.p, in.p + in.n);

	return found ? (size_t)(found - in.p) : SIZE_MAX;
}

/* In memory that ends with the text, so that whatever reads on is seen by the sanitizers. */
static void a_piece_is_found_at_every_place_of_every_length(void **state)
{
	(void)state;
	for (size_t n = 1; n < LONG; n++) {
		char *text = malloc(n);

		assert_non_null(text);
		for (size_t part_n = 1; part_n <= n && part_n < 9; part_n++)
			for (size_t at = 0; at + part_n <= n; at++) {
				const char *part = "aBc4e6G8";
				char wanted[9] = "";

				memset(text, 'x', n);
				memcpy(text + at, "AbC4E6g8", part_n);
				memcpy(wanted, part, part_n);
				assert_int_equal(place_of(wanted, slice_of(text, n)), at);
			}
		free(text);
	}
}

static void what_only_begins_in_the_text_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(place_of("999", SLICE("99")), SIZE_MAX);
	assert_int_equal(place_of("999", SLICE("the last of forty characters here is 99")),
	                 SIZE_MAX);
	assert_int_equal(place_of("", SLICE("abc")), 0);
	assert_int_equal(place_of("a", SLICE("")), SIZE_MAX);
}

static void only_letters_have_a_case(void **state)
{
	(void)state;
	/* Each pair differs in the bit that the case of a letter is in. */
	assert_int_equal(place_of("@", SLICE("````````````````````")), SIZE_MAX);
	assert_int_equal(place_of("[1]", SLICE("{1}{1}{1}{1}{1}{1}[1]")), 18);
	assert_int_equal(place_of("\xc3\xa9", SLICE("\xe3\x89 \xc3\x89 \xc3\xa9")), 6);
}

static void a_nul_between_is_passed(void **state)
{
	(void)state;
	assert_int_equal(place_of("b", slice_of("a\0a\0a\0a\0a\0a\0a\0a\0a\0B", 19)), 18);
}

/* The same as byte by byte, in text that is full of beginnings. */
static void it_finds_what_a_plain_search_finds(void **state)
{
	char text[LONG + 1], part[5];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (unsigned round = 0; round < 5000; round++) {
		size_t part_n = (size_t)rng_between(&rng, 1, 4);

		for (unsigned i = 0; i < LONG; i++)
			text[i] = (char)('a' + rng_between(&rng, 0, 1));
		for (unsigned i = 0; i < part_n; i++)
			part[i] = (char)('a' + rng_between(&rng, 0, 1));
		text[LONG] = part[part_n] = '\0';
		const char *plain = strstr(text, part);

		assert_int_equal(place_of(part, slice_of(text, LONG)),
		                 plain ? (size_t)(plain - text) : SIZE_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_piece_is_found_at_every_place_of_every_length),
		cmocka_unit_test(what_only_begins_in_the_text_is_not_found),
		cmocka_unit_test(only_letters_have_a_case),
		cmocka_unit_test(a_nul_between_is_passed),
		cmocka_unit_test(it_finds_what_a_plain_search_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
