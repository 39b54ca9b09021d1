/* cli/register_verdict.h: what a run of `lineup register` has come to: the results of its attempts,
 * told as they come or kept for the end, and what became of the binding. */
#ifndef LINEUP_CLI_REGISTER_VERDICT_H
#define LINEUP_CLI_REGISTER_VERDICT_H

#include "cli/register_print.h"

struct register_verdict {
	struct register_print *print;
	char *words; /* with --once: of the ends until now; NULL: none */
	size_t words_n;
	char *json; /* of the last end that counts, in REGISTER_JSON_MAX bytes */
	size_t json_n;
	const struct explain_cause *causes[2]; /* of the last end of each flow; NULL: it was good */
	enum { REMOVAL_NONE, REMOVAL_CONFIRMED, REMOVAL_UNCONFIRMED } removal;
};

/* verdict: print is set, all else is zero. Returns 0 or -ENOMEM; in both cases
 * register_verdict_done() frees. */
int register_verdict_init(struct register_verdict *verdict);
void register_verdict_done(struct register_verdict *verdict);

/* An attempt has ended. Whoever follows the run reads it at once, in full or, where it is like the
 * one before, in one line; with --once, and as JSON, it stands at the end of all. Of JSON the last
 * one with counts set is the run's. */
enum register_counts { REGISTER_BESIDE, REGISTER_COUNTS };
void register_verdict_take(struct register_verdict *verdict, const struct register_news *news,
                           enum register_counts counts);

/* A binding was removed, or was not: so end says. */
void register_verdict_removed(struct register_verdict *verdict, const struct line_end *end);

/* The run was stopped before line had any result. */
void register_verdict_stopped(struct register_verdict *verdict, const struct line *line,
                              const struct register_seen *seen, uint64_t took_ms);

/* The end of what is printed. had: whether the server has granted a binding, as far as is known. */
void register_verdict_print(struct register_verdict *verdict, bool had);

#endif
