/* cli/term.h: what a terminal can show, and how to ask it for a password.
 *
 * Colour and marks are a help, never the message: the words carry all of it, so that a pipe, a dumb
 * terminal or a screen reader loses nothing. */
#ifndef LINEUP_CLI_TERM_H
#define LINEUP_CLI_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "base/slice.h"

enum term_style { TERM_PLAIN, TERM_GREEN, TERM_AMBER, TERM_RED, TERM_DIM, TERM_BOLD };

/* Each has a colour and an ASCII form: ● + green, ◐ ~ amber, ✗ x red, – - dim. */
enum term_mark { TERM_MARK_GOOD, TERM_MARK_WAIT, TERM_MARK_BAD, TERM_MARK_NONE };

struct term {
	FILE *file;
	unsigned width; /* columns: the terminal's, else 80 */
	bool tty;
	bool colour; /* a terminal that is not TERM=dumb, and NO_COLOR is not set */
	bool utf8;   /* by the locale: call setlocale(LC_CTYPE, "") first */
};

/* What file is. Reads the environment; so only from main() or a command's start. */
struct term term_of(FILE *file);

/* Writes text in a style. */
void term_put(const struct term *term, enum term_style style, const char *text);
void term_printf(const struct term *term, enum term_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes a mark in its colour; one column wide. */
void term_mark(const struct term *term, enum term_mark mark);

/* Where wrapped text stands: every line from column indent to below column width, but the first
 * from column at, where the cursor is now, if that is beyond indent. */
struct term_block {
	unsigned at;
	unsigned indent;
	unsigned width;
};

/* Writes text broken at blanks, ending with a line end. A newline in text breaks the line, an empty
 * line stays one. A word longer than a line stands on a line of its own, whole. Columns are counted
 * as code points. */
void term_wrap(FILE *file, struct slice text, struct term_block block);

/* The same in a style. */
void term_put_wrapped(const struct term *term, enum term_style style, struct slice text,
                      struct term_block block);

/* Columns that text takes: code points of UTF-8. */
unsigned term_columns(struct slice text);

/* A line that shows that something goes on, on a terminal only, and goes away without a trace.
 * All zeros is a spinner that shows nothing. */
struct term_spinner {
	unsigned turn;
	bool shown;
};
void term_spin(struct term_spinner *spinner, const struct term *term, const char *text);
void term_spin_end(struct term_spinner *spinner, const struct term *term);

/* Asks on the controlling terminal, with nothing shown of what is typed. Whatever ends the
 * question, a signal included, leaves the terminal as it was; a stop and continue asks again.
 *
 * Returns the length of what was typed, NUL-terminated in ret_password without its line end, or
 *   -ENXIO      there is no terminal to ask on
 *   -ECANCELED  end of file, nothing typed
 *   -EINTR      a signal that the program handles came
 *   -ENOBUFS    longer than cap - 1 bytes
 * and other negative errno. ret_password is wiped unless it succeeds. */
int term_read_password(const char *prompt, char *ret_password, size_t cap);

#endif
