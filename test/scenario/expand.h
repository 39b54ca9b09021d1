/* expand.h: {{placeholders}} in what a test sends, filled in from a request of ours.
 *
 * The same for the scenarios and for test/data/answers-to-register.json. A placeholder is one of
 *
 *   {{via}} {{via-other-branch}} {{via-no-branch}} {{from}} {{from-other-tag}} {{to}} {{callid}}
 *   {{cseq}} {{branch}} {{contact}} {{instance}} {{user}} {{host}} {{rhost}} {{registrar}}
 *   {{authorization}}        of the request
 *   {{realm}} {{rand}}
 *   {{rep:TEXT:N}}           TEXT N times
 *   {{i}} {{A+i}} {{hex:i}}  the turn of the innermost repeat, plus A, as 8 hexadecimal digits
 *
 * In a scenario, also @contact (our Contact, <> around it), @instance, @via, @from and @to, where
 * no letter or digit stands before the @. */
#ifndef LINEUP_TEST_EXPAND_H
#define LINEUP_TEST_EXPAND_H

#include "base/rng.h"
#include "stage.h"

#define EXPAND_ERROR_MAX 128

struct expand {
	const struct request *request; /* NULL: placeholders of a request are errors */
	const char *realm;
	uint64_t turn; /* of {{i}} */
	struct rng *chance;
	bool at_words;
};

/* Returns the text, a block to be freed, *ret_n its length (a NUL stands behind it); or NULL, and
 * error has a sentence. */
char *expand(const struct expand *expand, struct slice text, size_t *ret_n,
             char error[EXPAND_ERROR_MAX]);

#endif
