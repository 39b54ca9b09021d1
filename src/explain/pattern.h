/* explain/pattern.h: what several lines, or several hours, show and one answer does not.
 *
 * The caller tells in a struct explain_scene what it knows of a line, of its server and of the
 * other servers of this machine; explain_patterns() names the patterns that hold. A pattern stands
 * beside the line's own cause and has a text as any other. Pure and without allocation: cheap
 * enough to be asked whenever somebody looks at a line. */
#ifndef LINEUP_EXPLAIN_PATTERN_H
#define LINEUP_EXPLAIN_PATTERN_H

#include "explain/explain.h"

#define EXPLAIN_LOSSES_MAX  16 /* times at which the line was lost, the last ones */
#define EXPLAIN_PATTERN_MAX 16 /* patterns that can hold at once, at most */

/* How an attempt ended. X(name, what it means to a person) */
#define EXPLAIN_ENDS(X) \
	X(UNKNOWN, "nothing is known") \
	X(REGISTERED, "registered") \
	X(REFUSED, "401, 403 or 407, and not as the first question") \
	X(UNANSWERED, "no server answered") \
	X(OTHER, "failed in any other way")

#define EXPLAIN_END_ENUM(name, text) EXPLAIN_END_##name,
enum explain_end { EXPLAIN_ENDS(EXPLAIN_END_ENUM) };

/* How an attempt ended that left this cause (NULL: none, it was a success) and this status. */
enum explain_end explain_end_of(const struct explain_cause *cause, uint16_t status);

/* Whether a server can be registered at when it is named in a certain way. */
enum explain_way { EXPLAIN_WAY_UNTRIED, EXPLAIN_WAY_WORKS, EXPLAIN_WAY_FAILS };

/* Counts over lines that are meant to be registered. */
struct explain_tally {
	uint32_t lines;
	uint32_t failing;    /* of these, the last attempt failed */
	uint32_t unanswered; /* of the failing, no server answered */
	uint32_t refused;    /* of the lines, met with EXPLAIN_END_REFUSED within a day */
};

/* What is known at one moment; all zeros is nothing. */
struct explain_scene {
	/* The line: its last attempt, and the one before that ended otherwise. */
	enum explain_end now, before;
	uint64_t good_for_ms; /* registered for so long, short gaps aside, before it failed */
	uint64_t lost_for_ms; /* not registered for so long, as the granted time has ended; 0: it
	                         is, or never was */
	uint64_t lost_at_ms[EXPLAIN_LOSSES_MAX]; /* when it went from registered to not, rising; any
	                                            clock that does not jump */
	uint32_t losses;                         /* how many of them are set */

	/* Its last 2xx, and its address. */
	uint32_t foreign;   /* bindings of others */
	uint32_t own_ports; /* different ports among the bindings with our user and host */
	uint32_t twins;     /* lines of ours with this line's address, itself included */
	bool dropped;       /* a refresh met that the server had let go of our binding */

	/* Its server. */
	struct explain_tally here;
	uint64_t failing_for_ms;  /* since the first of those that fail began to */
	uint64_t failing_span_ms; /* from the first of them to the last */
	uint64_t asks_every_ms;   /* the longest that a line goes without asking it; 0: unknown */
	enum explain_way by_name, by_address; /* the same server, named and in digits */
	bool dated;                           /* an answer had a Date */
	int64_t ahead_s;                      /* what that is ahead of our clock */

	struct explain_tally elsewhere; /* all other servers together */
};

/* The patterns that hold, the most telling first. Fills at most max of ret_causes and returns how
 * many. */
unsigned explain_patterns(const struct explain_scene *scene,
                          const struct explain_cause **ret_causes, unsigned max);

/* Whether a cause is a pattern. */
bool explain_is_pattern(const struct explain_cause *cause);

/* The time between losses of the line, where it is always nearly the same; else 0. At least 4 gaps,
 * and more than half of all, must be within a tenth of their median, so that one loss missed or
 * added does not hide it. */
uint64_t explain_period_ms(const struct explain_scene *scene);

/* Sets the words of a pattern that its text may have beside SERVER, ADDRESS and EXTENSION: COUNT,
 * PERIOD, OFFSET, SINCE, as far as they belong to it. They borrow from *memory. */
struct explain_pattern_text {
	char count[24], period[32], offset[48], since[32];
};
void explain_pattern_words(const struct explain_scene *scene, const struct explain_cause *cause,
                           struct explain_pattern_text *memory, struct explain_words *words);

#endif
