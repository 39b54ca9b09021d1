/* A guess is offered for what fingers do, and not for what they do not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>

#include "base/guess.h"

static void distance_counts_single_changes(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "register", "register", 0 },
		{ "regster", "register", 1 },
		{ "registter", "register", 1 },
		{ "redister", "register", 1 },
		{ "regitser", "register", 1 },
		{ "ab", "ba", 1 },
		{ "ca", "abc", 3 }, /* what was swapped is not changed again */
		{ "kitten", "sitting", 3 },
		{ "serve", "status", 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice a = slice_str(rows[i].a), b = slice_str(rows[i].b);

		assert_int_equal(guess_distance(a, b), rows[i].distance);
		assert_int_equal(guess_distance(b, a), rows[i].distance);
	}
}

static void long_words_have_no_neighbours(void **state)
{
	char word[GUESS_WORD_MAX + 2];

	(void)state;
	memset(word, 'x', sizeof(word));
	assert_int_equal(
		guess_distance(slice_of(word, GUESS_WORD_MAX), slice_of(word, GUESS_WORD_MAX - 1)),
		1);
	assert_int_equal(guess_distance(slice_of(word, sizeof(word) - 1), slice_of(word, 3)),
	                 UINT_MAX);
	assert_int_equal(guess_distance(slice_of(word, 3), slice_of(word, sizeof(word) - 1)),
	                 UINT_MAX);
}

static void the_nearest_name_wins_and_the_first_among_equals(void **state)
{
	static const struct {
		const char *word, *best;
	} rows[] = {
		{ "registr", "register" },
		{ "pratcice", "practice" },
		{ "reg", "register" },
		{ "stats", "status" },
		{ "explian", "explain" },
		{ "x", NULL },
		{ "", NULL },
		{ "zzzzzzzz", NULL },
		{ "e", NULL },
		{ "st", "status" },
		{ "helpp", "help" },
		{ "hlp", "help" },
		{ "hp", NULL },
	};
	static const char *const names[] = { "register", "practice", "status",
		                             "start",    "explain",  "help" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guess guess = guess_for(slice_str(rows[i].word));

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			guess_offer(&guess, slice_str(names[j]));
		if (rows[i].best)
			assert_true(slice_equal(guess.best, slice_str(rows[i].best)));
		else
			assert_false(slice_present(guess.best));
	}
}

static void a_number_is_no_slip_of_another(void **state)
{
	struct guess three = guess_for(SLICE("3")), old = guess_for(SLICE("1.1"));
	struct guess word = guess_for(SLICE("1.x"));

	(void)state;
	guess_offer_word(&three, SLICE("1"));
	guess_offer_word(&old, SLICE("1.2"));
	guess_offer_word(&word, SLICE("1.2"));
	assert_false(slice_present(three.best));
	assert_false(slice_present(old.best));
	assert_true(slice_equal(word.best, SLICE("1.2")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_single_changes),
		cmocka_unit_test(long_words_have_no_neighbours),
		cmocka_unit_test(a_number_is_no_slip_of_another),
		cmocka_unit_test(the_nearest_name_wins_and_the_first_among_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
