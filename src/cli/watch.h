/* cli/watch.h: what the parts of `lineup watch` share: the run (watch.c), which rows are shown
 * (watch_choose.c), and the screen (watch_screen.c). */
#ifndef LINEUP_CLI_WATCH_H
#define LINEUP_CLI_WATCH_H

#include <jansson.h>

#include "cli/cli.h"
#include "cli/line_view.h"

enum watch_sort { WATCH_BY_PLACE, WATCH_BY_STATE, WATCH_BY_SINCE, WATCH_BY_NAME, WATCH_SORT_COUNT };
enum watch_filter { WATCH_ALL, WATCH_NOT_UP, WATCH_UP, WATCH_FILTER_COUNT };

#define WATCH_TEXT_MAX 64 /* bytes of what is searched for */

/* ---- watch.c */

/* Who shows the live view as a part of something else. */
struct watch_guest {
	const char *banner;      /* a line above the last one; NULL: none */
	bool (*ends)(void *ctx); /* whether it is to end, asked at least once a second; NULL: no */
	void *ctx;
};

/* Shows the lines of the daemon, on a terminal, until the person goes or it is to end. args are of
 * a command with the option PLACE_OPTION. Returns an exit status. */
int watch_lines(const struct cli_args *args, const struct watch_guest *guest);

/* ---- watch_choose.c */

/* How the rows are chosen and ordered. */
struct watch_choice {
	enum watch_sort sort;
	enum watch_filter filter;
	char text[WATCH_TEXT_MAX]; /* in a name, extension, studio or server; "": any */
};

/* A row of the table. Where there are several studios, its number has the studio in front. */
struct watch_row {
	const json_t *line; /* borrowed from the answer */
	size_t place;       /* in the answer */
	struct line_view view;
};

/* The rows of an answer of /api/v1/status that the choice leaves, in its order. *ret_rows is the
 * caller's. Returns 0 or -ENOMEM. */
int watch_choose(const json_t *answer, const struct watch_choice *choice,
                 struct watch_row **ret_rows, size_t *ret_count);

const char *watch_sort_name(enum watch_sort sort);
const char *watch_filter_name(enum watch_filter filter);

/* ---- watch_screen.c */

/* What is on the screen, beside the rows. */
struct watch_page {
	const json_t *answer;
	const struct watch_choice *choice;
	const struct watch_row *rows;
	size_t count, selected, top; /* top: the first row that is seen */
	const char *note;            /* in the last line; "" shows the keys */
	const char *banner;          /* above it; NULL: none */
	bool is_note_bad;
};

int watch_screen_open(void);
void watch_screen_close(void);

/* Draws the table; moves page->top so that the selected row is seen. */
void watch_screen_table(struct watch_page *page);

/* Draws text, lines ending with a newline, from the line top on; cut to the screen. *top is kept
 * within the text. */
void watch_screen_text(const char *title, const char *text, size_t *top);

/* Columns and lines there are. */
void watch_screen_size(unsigned *ret_columns, unsigned *ret_lines);

/* A key, or WATCH_NO_KEY after ms without one. */
#define WATCH_NO_KEY (-1)
int watch_screen_key(int ms);

/* Shows a question and what is typed to it, at the bottom. Returns whether it ended by Enter; text
 * is left alone where it ended by Esc. */
bool watch_screen_ask(const char *question, char *text, size_t cap);

#endif
