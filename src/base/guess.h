/* base/guess.h: "did you mean": the nearest of some names to a word that is none of them.
 *
 *   struct guess guess = guess_for(word);
 *   for (each name)
 *           guess_offer(&guess, name);
 *   if (guess.best) ...
 */
#ifndef LINEUP_BASE_GUESS_H
#define LINEUP_BASE_GUESS_H

#include <stdbool.h>

#include "base/slice.h"

#define GUESS_WORD_MAX 63 /* longer words have no neighbours */

struct guess {
	struct slice word;
	struct slice best; /* absent where nothing is near; borrows from the name offered */
	unsigned distance; /* of best */
};

struct guess guess_for(struct slice word);
void guess_offer(struct guess *guess, struct slice name);

/* The same, but for a number (digits and dots), which is near to no other: who types 3 means 3. */
void guess_offer_word(struct guess *guess, struct slice name);

/* Whether the word looks like a slip of the best: one or two changes, and not of digits alone,
 * since pbx1 and pbx2 are two servers, and meant to be. */
bool guess_is_slip(const struct guess *guess);

/* How many single changes (a letter put in, left out, replaced, two neighbours swapped) make one
 * word of the other. Words above GUESS_WORD_MAX are UINT_MAX apart. */
unsigned guess_distance(struct slice a, struct slice b);

#endif
