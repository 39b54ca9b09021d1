/* cli/show_cause.h: a cause as people are shown it, in the one layout that all commands share: a
 * mark, a title and the id; what it means and what was met; what to do, and who must do it. */
#ifndef LINEUP_CLI_SHOW_CAUSE_H
#define LINEUP_CLI_SHOW_CAUSE_H

#include "base/json.h"
#include "cli/term.h"
#include "explain/explain.h"

#define SHOW_CAUSE_INDENT 2 /* columns in front of all but the title */

/* The mark, the title, and at the right end of the line, or on a line of its own where there is no
 * room, the id (an absent one is left out) and the status (0: none). */
void show_cause_title(const struct term *term, enum term_mark mark,
                      const struct explain_cause *cause, unsigned status);

/* One text with its words filled in, wrapped. at: the cursor's column now; indent: that of the
 * lines behind the first. */
void show_cause_text(const struct term *term, const char *text, const struct explain_words *words,
                     unsigned at, unsigned indent);

/* "What to do", who must do it, and the advice with its numbers. Nothing where there is no advice.
 */
void show_cause_advice(const struct term *term, const struct explain_cause *cause,
                       const struct explain_words *words);

/* "Again:", and whether and when it is tried again. */
void show_cause_again(const struct term *term, const char *again,
                      const struct explain_words *words);

/* Where more is said of it. */
void show_cause_more(const struct term *term, const struct explain_cause *cause);

/* The cause's members in an object that is open: id, title, seen, meaning, who, again, advice. Keys
 * are a promise to programs: add, never rename. */
void show_cause_json(struct json *json, const struct explain_cause *cause,
                     const struct explain_words *words);

#endif
