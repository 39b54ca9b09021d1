/* base/guess.c: the distance of Damerau and Levenshtein in its simple form (optimal string
 * alignment: a swapped pair is not changed again), which is the one that typing errors make. */
#include "base/guess.h"

#include <limits.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned guess_distance(struct slice a, struct slice b)
{
	/* rows[i % 3]: distances of the first i bytes of a to each beginning of b; a swap looks two
	 * rows back. */
	unsigned rows[3][GUESS_WORD_MAX + 1];

	if (a.n > GUESS_WORD_MAX || b.n > GUESS_WORD_MAX)
		return UINT_MAX;
	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned changed = a.p[i - 1] != b.p[j - 1];

			row[j] = least(row[j - 1] + 1, above[j] + 1, above[j - 1] + changed);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[a.n % 3][b.n];
}

struct guess guess_for(struct slice word)
{
	return (struct guess){ .word = word, .distance = UINT_MAX };
}

/* A beginning of the name is as near as one change, however much is missing: people stop early. */
void guess_offer(struct guess *guess, struct slice name)
{
	unsigned distance = guess_distance(guess->word, name);
	/* One change in three letters: more, and the guess is noise. */
	unsigned limit = (unsigned)(guess->word.n + 2) / 3;

	if (guess->word.n >= 2 && slice_starts_nocase(name, guess->word))
		distance = 1;
	if (distance <= limit && distance < guess->distance) {
		guess->best = name;
		guess->distance = distance;
	}
}

void guess_offer_word(struct guess *guess, struct slice name)
{
	for (size_t i = 0; i < guess->word.n; i++) {
		char c = guess->word.p[i];

		if (c != '.' && (c < '0' || c > '9')) {
			guess_offer(guess, name);
			return;
		}
	}
}

#define SLIPS_MAX 2 /* changes */

static bool same_but_digits(struct slice a, struct slice b)
{
	const char digits[] = "0123456789";
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && memchr(digits, a.p[i], sizeof(digits) - 1))
			i++;
		while (j < b.n && memchr(digits, b.p[j], sizeof(digits) - 1))
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (a.p[i++] != b.p[j++])
			return false;
	}
}

bool guess_is_slip(const struct guess *guess)
{
	return slice_present(guess->best) &&
	       guess_distance(guess->word, guess->best) <= SLIPS_MAX &&
	       !same_but_digits(guess->word, guess->best);
}
