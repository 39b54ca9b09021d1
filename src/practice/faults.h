/* practice/faults.h: what the registrar can do wrong on demand, by name.
 *
 * One table (faults.c) has a row for each fault: its name, its argument, what the argument is where
 * none is given, a line of help, and what may stand there. Parsing, `lineup practice --faults` and
 * the extensions that always have a fault follow from it; what a fault does is in faulty.c, auth.c
 * and contact.c, where a request meets it. */
#ifndef LINEUP_PRACTICE_FAULTS_H
#define LINEUP_PRACTICE_FAULTS_H

#include "base/buf.h"

/* In the order in which a request meets them. */
enum practice_fault_id {
	PRACTICE_FAULT_LOSS,
	PRACTICE_FAULT_SILENCE,
	PRACTICE_FAULT_GARBAGE,
	PRACTICE_FAULT_OTHER_PORT,
	PRACTICE_FAULT_SLOW,
	PRACTICE_FAULT_TRYING,
	PRACTICE_FAULT_REDIRECT,
	PRACTICE_FAULT_NOT_FOUND,
	PRACTICE_FAULT_UNAVAILABLE,
	PRACTICE_FAULT_SERVER_ERROR,
	PRACTICE_FAULT_BUSY,
	PRACTICE_FAULT_STATUS,
	PRACTICE_FAULT_SILENCE_AFTER_LOGIN,
	PRACTICE_FAULT_NO_CHALLENGE,
	PRACTICE_FAULT_BASIC,
	PRACTICE_FAULT_ENDLESS,
	PRACTICE_FAULT_SHA_256_ONLY,
	PRACTICE_FAULT_TWO_CHALLENGES,
	PRACTICE_FAULT_WRONG_PASSWORD,
	PRACTICE_FAULT_BAN,
	PRACTICE_FAULT_ALWAYS_STALE,
	PRACTICE_FAULT_NONCE_LIFE,
	PRACTICE_FAULT_NEW_NONCE,
	PRACTICE_FAULT_PAYMENT,
	PRACTICE_FAULT_FORBIDDEN,
	PRACTICE_FAULT_NOT_FOUND_AFTER_LOGIN,
	PRACTICE_FAULT_NO_QUERY,
	PRACTICE_FAULT_TOO_BRIEF,
	PRACTICE_FAULT_TOO_MANY_CONTACTS,
	PRACTICE_FAULT_GRANTED_ZERO,
	PRACTICE_FAULT_GRANTED_ABSENT,
	PRACTICE_FAULT_OTHER_DEVICE,
	PRACTICE_FAULT_BARE_CONTACTS,
	PRACTICE_FAULT_ALG,
	PRACTICE_FAULT_DATE,
	PRACTICE_FAULT_COUNT
};

#define PRACTICE_FAULT_TEXT_MAX 63 /* bytes of an argument that is text */
#define PRACTICE_FAULTS_MAX     8  /* faults of one extension, and of all */

struct practice_fault {
	enum practice_fault_id id;
	int32_t n;        /* an argument that is a number, or its first */
	uint32_t seconds; /* its second: COUNT/SECONDS */
	char text[PRACTICE_FAULT_TEXT_MAX + 1];
};

/* Zeroed: none. Each id stands there once. */
struct practice_faults {
	struct practice_fault list[PRACTICE_FAULTS_MAX];
	unsigned count;
};

/* What a person is told of a fault. */
struct practice_fault_help {
	const char *name;
	const char *argument; /* "SECONDS"; NULL: it takes none */
	const char *fallback; /* the argument where none is given; NULL: one must be */
	const char *help;     /* one line, without a full stop */
};
const struct practice_fault_help *practice_fault_help(enum practice_fault_id id);

/* Reads "NAME" or "NAME=VALUE". Returns 0, or -EINVAL: *reterr (cap 256 bytes are enough) has a
 * sentence, printable whatever was given, with the name that may be meant. */
int practice_fault_parse(struct slice text, struct practice_fault *ret_fault, struct buf *reterr);

/* The same with "EXTENSION:" in front, or without: then *ret_extension is absent. Of ":" and "="
 * the first decides. */
int practice_fault_parse_for(struct slice text, struct slice *ret_extension,
                             struct practice_fault *ret_fault, struct buf *reterr);

/* Adds a fault; one of the same id gives way. Returns 0 or -ENOSPC. */
int practice_faults_set(struct practice_faults *faults, const struct practice_fault *fault);

/* Adds those of a list, "NAME=VALUE,NAME": an argument has no comma there. Returns 0, or -EINVAL
 * and a sentence in *reterr; what stood in front of the wrong one is then added. */
int practice_faults_parse(struct slice list, struct practice_faults *faults, struct buf *reterr);

/* NULL where there is none of that id. */
const struct practice_fault *practice_faults_find(const struct practice_faults *faults,
                                                  enum practice_fault_id id);

/* Appends "NAME=VALUE", as practice_fault_parse() reads it; of several, with commas between. */
void practice_fault_show(const struct practice_fault *fault, struct buf *out);
void practice_faults_show(const struct practice_faults *faults, struct buf *out);

/* The extensions that always have a fault where nobody names accounts of their own. The number is 1
 * and the status that the client then shows, 408 where it gets no answer (so 1403, 1408); a further
 * digit tells those apart that end alike. NULL from the count on. */
struct practice_example {
	const char *extension;
	const char *faults; /* as practice_faults_parse() reads them */
};
const struct practice_example *practice_example_at(unsigned index);

#endif
