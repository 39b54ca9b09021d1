/* cli/guess.h: "did you mean": the nearest of some names to a word that is none of them.
 *
 *   struct cli_guess guess = cli_guess_for(word);
 *   for (each name)
 *           cli_guess_offer(&guess, name);
 *   if (guess.best) ...
 */
#ifndef LINEUP_CLI_GUESS_H
#define LINEUP_CLI_GUESS_H

#include "base/slice.h"

#define CLI_GUESS_WORD_MAX 63 /* longer words have no neighbours */

struct cli_guess {
	struct slice word;
	struct slice best; /* absent where nothing is near; borrows from the name offered */
	unsigned distance; /* of best */
};

struct cli_guess cli_guess_for(struct slice word);
void cli_guess_offer(struct cli_guess *guess, struct slice name);

/* How many single changes (a letter put in, left out, replaced, two neighbours swapped) make one
 * word of the other. Words above CLI_GUESS_WORD_MAX are UINT_MAX apart. */
unsigned cli_distance(struct slice a, struct slice b);

#endif
