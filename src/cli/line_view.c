/* cli/line_view.c: the words for a line's state and result, and columns that fit. */
#include "cli/line_view.h"

#include <string.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "explain/explain.h"
#include "reg/reg.h"

/* ---- cells */

struct slice line_front(struct slice text, unsigned most)
{
	size_t n = 0;

	while (n < text.n) {
		size_t next = n + 1;

		while (next < text.n && ((unsigned char)text.p[next] & 0xc0) == 0x80)
			next++;
		if (most-- == 0)
			break;
		n = next;
	}
	return slice_of(text.p, n);
}

static const struct {
	const char *word;
	enum term_mark mark;
} conditions[LINE_CONDITION_COUNT] = {
	[LINE_IMPOSSIBLE] = { "impossible", TERM_MARK_BAD },
	[LINE_REFUSED] = { "refused", TERM_MARK_BAD },
	[LINE_UNANSWERED] = { "unanswered", TERM_MARK_BAD },
	[LINE_WAITING] = { "waiting", TERM_MARK_WAIT },
	[LINE_HELD] = { "held", TERM_MARK_WAIT },
	[LINE_TRYING] = { "trying", TERM_MARK_WAIT },
	[LINE_LEAVING] = { "leaving", TERM_MARK_WAIT },
	[LINE_REGISTERED] = { "registered", TERM_MARK_GOOD },
	[LINE_STOPPED] = { "stopped", TERM_MARK_NONE },
	[LINE_OFF] = { "off", TERM_MARK_NONE },
};

static enum reg_state state_of(const char *name)
{
	for (int i = 0; i < REG_STATE_COUNT; i++)
		if (strcmp(reg_state_name((enum reg_state)i), name) == 0)
			return (enum reg_state)i;
	return REG_IDLE;
}

/* A server that cannot just now, rather than one that will not (reply_outcome()). */
static bool is_passing(int64_t status)
{
	return status == 408 || status == 480 || (status >= 500 && status < 600);
}

static enum line_condition condition_of(const json_t *line, enum reg_state state, bool enabled)
{
	bool local = json_is_true(json_object_get(line, "local"));

	switch (state) {
	case REG_IDLE:
		if (!enabled)
			return LINE_OFF;
		return local && *client_text(line, "reason") ? LINE_IMPOSSIBLE : LINE_STOPPED;
	case REG_TRYING:
		return LINE_TRYING;
	case REG_REGISTERED:
	case REG_REFRESHING:
		return LINE_REGISTERED;
	case REG_HOLDING:
		return LINE_HELD;
	case REG_WAITING:
		if (local)
			return LINE_UNANSWERED;
		return is_passing(client_number(line, "status")) ? LINE_WAITING : LINE_REFUSED;
	case REG_STOPPING:
	case REG_REMOVING:
		return LINE_LEAVING;
	case REG_STATE_COUNT:
		break;
	}
	return LINE_STOPPED;
}

static struct buf cell_of(struct line_view *view, enum line_column column)
{
	return buf_over(view->cells[column], LINE_CELL_MAX);
}

/* As much as has room: no column is as wide. */
static void put_text(struct line_view *view, enum line_column column, const char *text)
{
	struct buf cell = cell_of(view, column);
	struct slice front = line_front(slice_str(text), LINE_CELL_MAX / 4 - 1);

	buf_show(&cell, front);
	buf_end(&cell);
}

/* "200 OK", "401 auth-refused", or what is wrong with the settings. */
static void put_result(const json_t *line, struct line_view *view)
{
	struct buf cell = cell_of(view, LINE_RESULT);
	int64_t status = client_number(line, "status");
	const char *cause = client_text(json_object_get(line, "cause"), "id");

	if (status > 0) {
		buf_u64(&cell, (uint64_t)status);
		buf_char(&cell, ' ');
	}
	if (*cause)
		buf_str(&cell, cause);
	else
		buf_show(&cell, line_front(slice_str(client_text(line, "reason")), 48));
	buf_end(&cell);
}

/* For its next try. */
static bool waits(enum line_condition condition)
{
	return condition == LINE_HELD || condition == LINE_REFUSED ||
	       condition == LINE_UNANSWERED || condition == LINE_WAITING;
}

static void put_next(const json_t *line, int64_t now_ms, struct line_view *view)
{
	struct buf cell = cell_of(view, LINE_NEXT);
	int64_t next_ms = clock_read(client_text(line, "next_at"));

	if (next_ms && (view->condition == LINE_REGISTERED || waits(view->condition))) {
		buf_str(&cell, view->condition == LINE_REGISTERED ? "refresh " : "retry ");
		if (next_ms <= now_ms)
			buf_str(&cell, "now");
		else
			explain_span((uint64_t)(next_ms - now_ms), &cell);
	}
	buf_end(&cell);
}

static void put_since(const json_t *line, int64_t now_ms, struct line_view *view)
{
	struct buf cell = cell_of(view, LINE_SINCE);
	int64_t since_ms = clock_read(client_text(line, "since"));

	view->since_ms = -1;
	if (since_ms) {
		view->since_ms = since_ms < now_ms ? now_ms - since_ms : 0;
		/* Whoever reads it takes a second. */
		explain_span((uint64_t)(view->since_ms < 1000 ? 1000 : view->since_ms), &cell);
	}
	buf_end(&cell);
}

void line_view_fill(const json_t *line, int64_t now_ms, struct line_view *ret_view)
{
	struct line_view *view = ret_view;
	enum reg_state state = state_of(client_text(line, "state"));
	struct buf number = cell_of(view, LINE_NUMBER);

	view->enabled = json_is_true(json_object_get(line, "register"));
	view->up = state == REG_REGISTERED || state == REG_REFRESHING || state == REG_HOLDING;
	view->condition = condition_of(line, state, view->enabled);
	view->mark = conditions[view->condition].mark;
	buf_u64(&number, (uint64_t)client_number(line, "number"));
	buf_end(&number);
	put_text(view, LINE_NAME, client_text(line, "name"));
	put_text(view, LINE_EXTENSION, client_text(line, "extension"));
	put_text(view, LINE_STATE, conditions[view->condition].word);
	put_since(line, now_ms, view);
	put_result(line, view);
	put_next(line, now_ms, view);
}

/* ---- columns */

#define MARK_COLUMNS 2 /* a mark and a blank in front of the state */

static const struct {
	const char *heading;
	unsigned max; /* columns it may grow to */
} columns[LINE_COLUMN_COUNT] = {
	[LINE_NUMBER] = { "#", 28 },
	[LINE_NAME] = { "Name", 28 },
	[LINE_EXTENSION] = { "Extension", 24 },
	[LINE_STATE] = { "State", 12 },
	[LINE_SINCE] = { "Since", 12 },
	[LINE_RESULT] = { "Result", 36 },
	[LINE_NEXT] = { "Next", 20 },
};

/* What is done, in this order, until a row fits: a column shrinks, as far as need be, down to so
 * many columns; 0: it is left out. */
static const struct {
	enum line_column column;
	unsigned to;
} steps[] = {
	{ LINE_RESULT, 16 }, { LINE_NAME, 12 },  { LINE_NUMBER, 16 },   { LINE_EXTENSION, 12 },
	{ LINE_NAME, 10 },   { LINE_NEXT, 0 },   { LINE_SINCE, 0 },     { LINE_NUMBER, 12 },
	{ LINE_NAME, 8 },    { LINE_RESULT, 0 }, { LINE_EXTENSION, 0 }, { LINE_NAME, 4 },
	{ LINE_NUMBER, 8 },
};

const char *line_heading(enum line_column column)
{
	return columns[column].heading;
}

static unsigned wanted(enum line_column column, const char *text)
{
	unsigned n = term_columns(slice_str(text)) + (column == LINE_STATE ? MARK_COLUMNS : 0);
	unsigned max = columns[column].max;

	return n < max ? n : max;
}

void line_layout_see(struct line_layout *layout, const struct line_view *view)
{
	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		unsigned cell = wanted((enum line_column)i, view->cells[i]);
		unsigned heading = term_columns(slice_str(columns[i].heading));

		cell = cell > heading ? cell : heading;
		if (cell > layout->columns[i])
			layout->columns[i] = cell;
	}
}

static unsigned width_of(const struct line_layout *layout)
{
	unsigned n = 0;

	for (int i = 0; i < LINE_COLUMN_COUNT; i++)
		if (layout->columns[i])
			n += layout->columns[i] + (n ? LINE_GAP : LINE_INDENT);
	return n;
}

/* What a column that is gone had leaves room for those that had shrunk before it. */
static void give_back(struct line_layout *layout, const struct line_layout *wanted, unsigned width)
{
	static const enum line_column shrunk[] = { LINE_NUMBER, LINE_EXTENSION, LINE_NAME,
		                                   LINE_RESULT };

	for (size_t i = 0; i < sizeof(shrunk) / sizeof(shrunk[0]); i++) {
		unsigned now = width_of(layout), *column = &layout->columns[shrunk[i]];
		unsigned free = now < width ? width - now : 0;
		unsigned missing = wanted->columns[shrunk[i]] - *column;

		if (*column)
			*column += missing < free ? missing : free;
	}
}

void line_layout_fit(struct line_layout *layout, unsigned width)
{
	const struct line_layout wanted = *layout;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		unsigned now = width_of(layout), *column = &layout->columns[steps[i].column];
		unsigned above = now > width ? now - width : 0;

		if (!above)
			break;
		if (steps[i].to == 0)
			*column = 0;
		else if (*column > steps[i].to)
			*column = *column - steps[i].to > above ? *column - above : steps[i].to;
	}
	give_back(layout, &wanted, width);
}

static void put_blanks(unsigned n, struct buf *out)
{
	while (n--)
		buf_char(out, ' ');
}

void line_cell(const struct line_layout *layout, const struct line_view *view,
               enum line_column column, bool utf8, struct buf *out)
{
	struct slice text = slice_str(view->cells[column]);
	unsigned room = layout->columns[column] - (column == LINE_STATE ? MARK_COLUMNS : 0);
	unsigned n = term_columns(text);
	bool right = column == LINE_NUMBER && slice_find(text, '/') == text.n;

	if (n > room && column == LINE_NUMBER) {
		buf_str(out, utf8 ? "\u2026" : "~");
		buf_put(out, slice_from(text, line_front(text, n - room + 1).n));
		return;
	}
	if (n > room) {
		buf_put(out, line_front(text, room - 1));
		buf_str(out, utf8 ? "\u2026" : "~");
		return;
	}
	if (right)
		put_blanks(room - n, out);
	buf_put(out, text);
	if (!right)
		put_blanks(room - n, out);
}

/* ---- on a terminal */

static enum term_style style_of(const struct line_view *view, enum line_column column)
{
	static const enum term_style of_mark[] = {
		[TERM_MARK_GOOD] = TERM_GREEN,
		[TERM_MARK_WAIT] = TERM_AMBER,
		[TERM_MARK_BAD] = TERM_RED,
		[TERM_MARK_NONE] = TERM_DIM,
	};

	switch (column) {
	case LINE_STATE:
		return of_mark[view->mark];
	case LINE_SINCE:
	case LINE_NEXT:
		return TERM_DIM;
	case LINE_NUMBER:
	case LINE_NAME:
	case LINE_EXTENSION:
	case LINE_RESULT:
	case LINE_COLUMN_COUNT:
		break;
	}
	return TERM_PLAIN;
}

/* The last column that is shown: no blanks go behind it. */
static enum line_column last_of(const struct line_layout *layout)
{
	int last = LINE_STATE;

	for (int i = LINE_STATE; i < LINE_COLUMN_COUNT; i++)
		if (layout->columns[i])
			last = i;
	return (enum line_column)last;
}

static void put_cell(const struct term *term, const struct line_layout *layout,
                     const struct line_view *view, enum line_column column, enum term_style style)
{
	char memory[LINE_CELL_MAX + 128];
	struct buf cell = buf_over(memory, sizeof(memory));

	line_cell(layout, view, column, term->utf8, &cell);
	while (column == last_of(layout) && cell.n && cell.p[cell.n - 1] == ' ')
		cell.n--;
	buf_end(&cell);
	term_put(term, style, memory);
}

static void put_gap(const struct term *term, enum line_column column)
{
	fprintf(term->file, "%*s", column == LINE_NUMBER ? LINE_INDENT : LINE_GAP, "");
}

void line_put_headings(const struct term *term, const struct line_layout *layout)
{
	struct line_view headings = { .condition = LINE_STOPPED };

	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		if (!layout->columns[i])
			continue;
		put_text(&headings, (enum line_column)i, columns[i].heading);
		put_gap(term, (enum line_column)i);
		put_cell(term, layout, &headings, (enum line_column)i, TERM_DIM);
		/* The heading stands above the marks. */
		if (i == LINE_STATE && last_of(layout) != LINE_STATE)
			fprintf(term->file, "%*s", MARK_COLUMNS, "");
	}
	fputc('\n', term->file);
}

/* Where there is nothing more on the line, no blanks are: cells that are empty at its end. */
static enum line_column last_filled(const struct line_layout *layout, const struct line_view *view)
{
	int last = LINE_STATE;

	for (int i = LINE_STATE; i < LINE_COLUMN_COUNT; i++)
		if (layout->columns[i] && view->cells[i][0])
			last = i;
	return (enum line_column)last;
}

void line_put(const struct term *term, const struct line_layout *layout,
              const struct line_view *view)
{
	struct line_layout shown = *layout;

	for (int i = last_filled(layout, view) + 1; i < LINE_COLUMN_COUNT; i++)
		shown.columns[i] = 0;
	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		if (!shown.columns[i])
			continue;
		put_gap(term, (enum line_column)i);
		if (i == LINE_STATE) {
			term_mark(term, view->mark);
			fputc(' ', term->file);
		}
		put_cell(term, &shown, view, (enum line_column)i,
		         style_of(view, (enum line_column)i));
	}
	fputc('\n', term->file);
}
