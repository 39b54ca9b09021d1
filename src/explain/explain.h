/* explain/explain.h: from facts to a cause, and from a cause to words (README.md tells how to add
 * one).
 *
 * A cause is a row in rules.c, which says when it holds, and a text in texts/ID.txt, which a
 * generator puts into the program. The build fails where one lacks the other. */
#ifndef LINEUP_EXPLAIN_EXPLAIN_H
#define LINEUP_EXPLAIN_EXPLAIN_H

#include "base/buf.h"
#include "reg/outcome.h"

#define EXPLAIN_ADVICE_MAX 8
#define EXPLAIN_WIDTH      76 /* columns of a text's longest line */

struct explain_cause {
	const char *id;      /* "auth-refused": lower case and hyphens, lasting */
	const char *title;   /* "The server refused the name or password" */
	const char *seen;    /* one sentence, placeholders as @STATUS@ in it: what was met */
	const char *meaning; /* what that means, in plain words; one paragraph */
	const char *who; /* who must act first: "you", "your network", "your provider", "nobody" */
	const char *again;                          /* whether and when Lineup tries again */
	const char *advice[EXPLAIN_ADVICE_MAX + 1]; /* what to do, in order; NULL at the end */
};

/* The cause of facts that are no success. Total: the last rules take whatever is left, by class of
 * status (RFC 3261 8.1.3.2). Never NULL. */
const struct explain_cause *explain(const struct reg_facts *facts);

/* What a person asks for: an id, or NULL. */
const struct explain_cause *explain_by_id(struct slice id);

/* All causes, in the order of their ids; NULL from index on that are too large. */
const struct explain_cause *explain_at(unsigned index);

/* What stands for the placeholders of a text. Absent slices become "?". */
struct explain_words {
	struct slice status, reason, server, address, extension, auth_user, realm, algorithm;
	struct slice min_expires, retry_after, hint; /* hint: P-Registrar-Error, Warning, Reason */
};

/* Appends text with its placeholders replaced: @STATUS@ @REASON@ @SERVER@ @ADDRESS@ @EXTENSION@
 * @AUTH_USER@ @REALM@
 * @ALGORITHM@ @MIN_EXPIRES@ @RETRY_AFTER@ @HINT@. What came from the network is made printable. */
void explain_fill(const char *text, const struct explain_words *words, struct buf *out);

#endif
