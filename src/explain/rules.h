/* explain/rules.h: the room's own two tables: which facts lead to which cause (rules.c, by hand),
 * and the causes' texts (causes.c, made by tools/explain-gen.c from texts/). */
#ifndef LINEUP_EXPLAIN_RULES_H
#define LINEUP_EXPLAIN_RULES_H

#include <stdint.h>

#include "explain/explain.h"

#define EXPLAIN_STATUS_MAX 11 /* statuses that one row names */

/* What is true of facts beside their status and enums. X(name, when) */
#define EXPLAIN_SIGNS(X) \
	X(SENT, "the request that was answered, or was not, had credentials in it") \
	X(GOOD, "the line has been registered before, with these settings") \
	X(WAS_REFUSED, "the server refused the line's login before, and said nothing since") \
	X(OPTIONS, "the server has answered an OPTIONS just before") \
	X(STRAY, "answers came that were not ours") \
	X(CONNECTED, "the request went over an open connection, TCP or TLS") \
	X(FOREIGN, "other devices' bindings are listed") \
	X(VIA_REWRITTEN, "our Via came back changed: something on the way rewrites SIP") \
	X(WEAKER, "the challenge is weaker than an earlier one") \
	X(REALM_CHANGED, "the realm is not the one that was answered first") \
	X(UNPROVEN, "the server could not prove that it knows the password") \
	X(RETRY_AFTER, "the server said when to come back") \
	X(MIN_LONGER, "423 with a time that is longer than what was asked, a day at most") \
	X(CLOCK_ODD, "the clock of this machine shows a time that has long passed") \
	X(HINT, "the server gave words of its own beside the reason phrase")

#define EXPLAIN_SIGN_BIT(name, text) EXPLAIN_BIT_##name,
enum explain_sign_bit { EXPLAIN_SIGNS(EXPLAIN_SIGN_BIT) EXPLAIN_SIGN_COUNT };
#define EXPLAIN_SIGN(name, text) EXPLAIN_##name = 1u << EXPLAIN_BIT_##name,
enum explain_sign { EXPLAIN_SIGNS(EXPLAIN_SIGN) };

/* A row holds where all of its conditions hold. One that is left out (zero, NULL) asks nothing. */
struct explain_rule {
	const char *cause;
	uint16_t is[EXPLAIN_STATUS_MAX + 1]; /* the status is one of these; 0 at the end */
	uint8_t class;                       /* the status is 100 * class to 100 * class + 99 */
	/* Sets of enum values, 1 << value each. */
	uint64_t locals;
	uint32_t stages, auths, grants, redirects;
	uint32_t when, unless; /* sets of enum explain_sign: all of these, none of those */
	/* Phrases in lower case with '|' between, of which one stands in a text, each beginning
	 * where a word begins. */
	const char *says;   /* in the reason phrase, P-Registrar-Error, Warning or Reason */
	const char *maker;  /* in Server or the realm: what made the server */
	const char *option; /* in Unsupported or Require */
};

extern const struct explain_rule explain_rules[];
extern const unsigned explain_rule_count;

extern const struct explain_cause explain_causes[]; /* in the order of their ids */
extern const unsigned explain_cause_count;

#endif
