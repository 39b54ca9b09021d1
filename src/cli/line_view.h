/* cli/line_view.h: a line of the API's status as people are shown it: cells of a table that fits
 * the terminal. `lineup status` prints them, `lineup watch` draws them. */
#ifndef LINEUP_CLI_LINE_VIEW_H
#define LINEUP_CLI_LINE_VIEW_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/term.h"

enum line_column {
	LINE_NUMBER,
	LINE_NAME,
	LINE_EXTENSION,
	LINE_STATE,
	LINE_SINCE,
	LINE_RESULT,
	LINE_NEXT,
	LINE_COLUMN_COUNT
};

#define LINE_CELL_MAX 256 /* bytes; what is longer is cut, and shown as such in its column */
#define LINE_INDENT   2
#define LINE_GAP      2

/* What a line does, as one word says it; the worst first, for sorting. */
enum line_condition {
	LINE_IMPOSSIBLE, /* its settings do not allow it */
	LINE_REFUSED,    /* a server said no */
	LINE_UNANSWERED, /* no server's answer decided */
	LINE_WAITING,    /* a server cannot just now, and says so */
	LINE_HELD,       /* a binding is held, the last refresh failed */
	LINE_TRYING,
	LINE_LEAVING, /* its binding is being removed */
	LINE_REGISTERED,
	LINE_STOPPED, /* by hand, or not begun yet */
	LINE_OFF,     /* its settings say so */
	LINE_CONDITION_COUNT
};

struct line_view {
	char cells[LINE_COLUMN_COUNT][LINE_CELL_MAX]; /* printable; STATE without its mark */
	enum line_condition condition;
	enum term_mark mark;
	bool enabled;
	bool up;          /* a binding is held */
	int64_t since_ms; /* how long it has been up or down; -1: unknown */
};

/* line: a row of "lines" of /api/v1/status. now_ms: the daemon's clock, as "time" there says. */
void line_view_fill(const json_t *line, int64_t now_ms, struct line_view *ret_view);

/* Columns of a table, 0 for one that is left out. All zeros: nothing seen yet. */
struct line_layout {
	unsigned columns[LINE_COLUMN_COUNT];
};

/* Grows so that the view's cells, and the headings, have room, each to a limit of its own. */
void line_layout_see(struct line_layout *layout, const struct line_view *view);

/* Shrinks and leaves out until a row fits into width, in a fixed order: long results and names
 * first, then what happens next, since when, the result, the extension. Number, name and state
 * stay. */
void line_layout_fit(struct line_layout *layout, unsigned width);

/* The heading of a column. */
const char *line_heading(enum line_column column);

/* A cell cut to its column, blanks behind or, for numbers, in front. A NUMBER with its studio,
 * "Studio 1/3", is cut in front. STATE has room for its mark and a blank, which are left to the
 * caller. */
void line_cell(const struct line_layout *layout, const struct line_view *view,
               enum line_column column, bool utf8, struct buf *out);

/* The front of text that takes at most so many columns. */
struct slice line_front(struct slice text, unsigned most);

/* Both as a line on a terminal. */
void line_put_headings(const struct term *term, const struct line_layout *layout);
void line_put(const struct term *term, const struct line_layout *layout,
              const struct line_view *view);

#endif
