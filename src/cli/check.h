/* cli/check.h: the parts of `lineup check`: its settings, the run, and the two ways to tell of it.
 */
#ifndef LINEUP_CLI_CHECK_H
#define LINEUP_CLI_CHECK_H

#include "check/check.h"
#include "cli/account.h"
#include "cli/term.h"

/* The command line, checked. */
struct check_settings {
	struct account account;
	struct sip_demands demands;
	struct account_flows flows;
	enum check_trial trial;
	enum sip_keep keep;
	uint32_t mapping_s; /* 0: not asked for */
	bool trace;
	bool json;
	bool verbose;
};

/* ---- cli/check_show.c */

/* One step, as a line: mark, name, what was seen, how long it took at the right end. */
void check_show_step(const struct term *term, const struct check_step *step);

/* The end, in words: why not, and what to do; or that it would register, and what is remarkable
 * (warned: a bit for each step); and the certificates, where connections were shown several. */
void check_show_end(const struct term *term, const struct check *check,
                    const struct check_settings *settings, const struct check_end *end,
                    unsigned warned);

/* The same as lines of JSON, their ends included. */
void check_json_step(const struct check_step *step, struct buf *out);
void check_json_progress(enum check_step_id id, const char *text, struct buf *out);
void check_json_end(const struct check *check, const struct check_settings *settings,
                    const struct check_end *end, struct buf *out);

#endif
