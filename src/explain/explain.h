/* explain/explain.h: from facts to a cause, and from a cause to words (README.md tells how to add
 * one).
 *
 * A cause is a row in rules.c, which says when it holds, and a text in texts/ID.txt, which a
 * generator (tools/explain-gen.c) puts into the program. The build fails where one lacks the
 * other. */
#ifndef LINEUP_EXPLAIN_EXPLAIN_H
#define LINEUP_EXPLAIN_EXPLAIN_H

#include "base/buf.h"
#include "reg/outcome.h"

#define EXPLAIN_ADVICE_MAX 8
#define EXPLAIN_WIDTH      76  /* columns of a text's longest line */
#define EXPLAIN_ID_MAX     24  /* characters of an id */
#define EXPLAIN_TITLE_MAX  50  /* columns of a title */
#define EXPLAIN_HEAD_MAX   71  /* of a title and its id, which share a line of 80 with a status */
#define EXPLAIN_UNDER_MAX  64  /* causes of one status */
#define EXPLAIN_WORD_MAX   200 /* bytes of a word that explain_fill() shows; the rest is cut */

struct explain_cause {
	const char *id;      /* "auth-refused": lower case and hyphens, lasting */
	const char *title;   /* "The server refused the name or password" */
	const char *seen;    /* one sentence, placeholders as @STATUS@ in it: what was met */
	const char *meaning; /* what that means, in plain words; one paragraph */
	const char *who;     /* who must act, the first one first: "you", "your network", "your
	                        provider", "nobody", joined by ", then " */
	const char *again;   /* whether and when Lineup tries again */
	const char *advice[EXPLAIN_ADVICE_MAX + 1]; /* what to do, in order; NULL at the end */
};

/* The cause of facts, in the first place of those that are no success. Total: the last rules take
 * whatever is left, by class of status (RFC 3261 8.1.3.2), and success, a first challenge and a
 * redirect that may be followed have entries as well. Never NULL. */
const struct explain_cause *explain(const struct reg_facts *facts);

/* What a person asks for: an id in any letter case, or NULL. */
const struct explain_cause *explain_by_id(struct slice id);

/* All causes, in the order of their ids; NULL from index on that are too large. */
const struct explain_cause *explain_at(unsigned index);

/* The place of a cause of theirs among them, as explain_at() has it. */
unsigned explain_index(const struct explain_cause *cause);

/* The causes that a status can have, each once: first the one that it has where nothing else is
 * known, then those of other circumstances, where rules name the status before where they name its
 * class. Status 0: where no server answered, silence first. Returns how many, at least 1. */
unsigned explain_under(uint16_t status, const struct explain_cause *ret_causes[EXPLAIN_UNDER_MAX]);

/* Whether rules name the status itself, and not its class alone (RFC 3261 8.1.3.2). */
bool explain_names(uint16_t status);

/* What a server's own words may mean when the status that came with them is not known: the causes
 * whose rules look for such words, the most telling first. status: the only one that the words lead
 * to this cause with; 0 where there are several. Returns how many, 0 where no rule knows them. */
struct explain_sense {
	const struct explain_cause *cause;
	uint16_t status;
};
unsigned explain_by_words(struct slice words, struct explain_sense ret_senses[EXPLAIN_UNDER_MAX]);

/* The words that stand for the placeholders of a text: X(PLACEHOLDER, field, what stands there
 * where the slice is absent). The last four are those of patterns (explain/pattern.h). */
#define EXPLAIN_WORDS(X) \
	X(STATUS, status, "?") \
	X(REASON, reason, "?") \
	X(SERVER, server, "?") \
	X(ADDRESS, address, "?") \
	X(EXTENSION, extension, "?") \
	X(AUTH_USER, auth_user, "?") \
	X(REALM, realm, "?") \
	X(ALGORITHM, algorithm, "?") \
	X(MIN_EXPIRES, min_expires, "?") \
	X(RETRY_AFTER, retry_after, "?") \
	X(HINT, hint, "?")                                           /* explain_hint() */ \
	X(TARGET, target, "the address that is set")                 /* "192.0.2.10:5060" */ \
	X(TRANSPORT, transport, "the transport that is set")         /* "UDP", "TCP", "TLS" */ \
	X(INTERFACE, interface, "the network interface that is set") /* its name or address */ \
	X(ISSUER, issuer, "an authority")                            /* of a certificate */ \
	X(COUNT, count, "?") \
	X(PERIOD, period, "?") \
	X(OFFSET, offset, "?") \
	X(SINCE, since, "?") /* how long it has been so: "12 min" */

#define EXPLAIN_WORD_FIELD(placeholder, field, absent) struct slice field;
struct explain_words {
	EXPLAIN_WORDS(EXPLAIN_WORD_FIELD)
};

/* The server's own words beside the reason phrase: P-Registrar-Error, else Warning, else Reason;
 * absent where there is none. Borrows from the facts. */
struct slice explain_hint(const struct reg_facts *facts);

/* Appends text with its placeholders (@STATUS@ and so on) replaced. A word is made printable by
 * buf_show(), since it may come from the network, and cut at EXPLAIN_WORD_MAX bytes with "..."
 * behind it. */
void explain_fill(const char *text, const struct explain_words *words, struct buf *out);

/* Appends a duration as people say it: "39 ms", "18 s", "41 min", "6 h 20 min", "2 d 4 h". */
void explain_span(uint64_t ms, struct buf *out);

#endif
