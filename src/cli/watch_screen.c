/* cli/watch_screen.c: drawing, by ncurses. All text has been made printable before. */
#include <langinfo.h>
#include <limits.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli/client.h"
#include "cli/watch.h"

#define TEXT_MAX  1024
#define CTRL_L    12 /* draws all of the screen anew, as after a resize */
#define ESCAPE    27
#define ESCAPE_MS 25 /* so long it is waited whether an Esc is the front of another key */
#define FIRST_ROW 2

static const char keys[] =
	"/ search  s sort  f filter  r register now  Enter details  ? help  q quit";

enum { PAIR_NONE, PAIR_GREEN, PAIR_AMBER, PAIR_RED };

static bool is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void open_colours(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(PAIR_GREEN, COLOR_GREEN, -1);
	init_pair(PAIR_AMBER, COLOR_YELLOW, -1);
	init_pair(PAIR_RED, COLOR_RED, -1);
}

int watch_screen_open(void)
{
	/* initscr() would end the process where it fails. */
	if (!newterm(NULL, stdout, stdin))
		return -1;
	open_colours();
	raw(); /* Ctrl-C is a key, so that the terminal is put right before it ends */
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	return 0;
}

void watch_screen_close(void)
{
	endwin();
	delscreen(set_term(NULL));
}

void watch_screen_size(unsigned *ret_columns, unsigned *ret_lines)
{
	*ret_columns = (unsigned)COLS;
	*ret_lines = (unsigned)LINES;
}

int watch_screen_key(int ms)
{
	int key;

	timeout(ms);
	key = getch();
	if (key == CTRL_L) {
		clearok(curscr, TRUE);
		return KEY_RESIZE;
	}
	return key == ERR ? WATCH_NO_KEY : key;
}

/* ---- pieces */

/* Text from a place on, cut at the right edge; returns the column behind it. */
static int put(int y, int x, attr_t how, const char *text)
{
	struct slice front = slice_str(text);

	if (x >= COLS)
		return x;
	front = line_front(front, (unsigned)(COLS - x));
	attron(how);
	mvaddnstr(y, x, front.p, (int)front.n);
	attroff(how);
	return x + (int)term_columns(front);
}

static attr_t of_mark(enum term_mark mark)
{
	switch (mark) {
	case TERM_MARK_GOOD:
		return (attr_t)COLOR_PAIR(PAIR_GREEN);
	case TERM_MARK_WAIT:
		return (attr_t)COLOR_PAIR(PAIR_AMBER);
	case TERM_MARK_BAD:
		return (attr_t)COLOR_PAIR(PAIR_RED);
	case TERM_MARK_NONE:
		break;
	}
	return A_DIM;
}

static const char *text_of(enum term_mark mark)
{
	static const char *const marks[][2] = {
		[TERM_MARK_GOOD] = { "+ ", "\u25cf " },
		[TERM_MARK_WAIT] = { "~ ", "\u25d0 " },
		[TERM_MARK_BAD] = { "x ", "\u2717 " },
		[TERM_MARK_NONE] = { "- ", "\u2013 " },
	};

	return marks[mark][is_utf8()];
}

static void put_row(int y, const struct line_layout *layout, const struct line_view *view,
                    attr_t how)
{
	char memory[TEXT_MAX];
	int x = LINE_INDENT;

	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		struct buf cell = buf_over(memory, sizeof(memory));
		attr_t own = i == LINE_STATE                     ? of_mark(view->mark)
		             : i == LINE_SINCE || i == LINE_NEXT ? (attr_t)A_DIM
		                                                 : (attr_t)A_NORMAL;

		if (!layout->columns[i])
			continue;
		line_cell(layout, view, (enum line_column)i, is_utf8(), &cell);
		buf_end(&cell);
		if (i == LINE_STATE)
			put(y, x, how | own, text_of(view->mark));
		put(y, x + (i == LINE_STATE ? 2 : 0), how | own, memory);
		x += (int)layout->columns[i] + LINE_GAP;
	}
}

static void put_headings(const struct line_layout *layout)
{
	int x = LINE_INDENT;

	for (int i = 0; i < LINE_COLUMN_COUNT; i++) {
		if (!layout->columns[i])
			continue;
		put(1, x, A_DIM, line_heading((enum line_column)i));
		x += (int)layout->columns[i] + LINE_GAP;
	}
}

/* "46 of 48 lines registered", and how the rows were chosen. */
static void put_title(const struct watch_page *page)
{
	char text[TEXT_MAX], shown[4 * WATCH_TEXT_MAX + 1];
	const json_t *count = json_object_get(page->answer, "count");
	const struct watch_choice *choice = page->choice;
	struct buf search = buf_over(shown, sizeof(shown));
	int64_t up = client_number(count, "up"), enabled = client_number(count, "enabled");
	int x;

	snprintf(text, sizeof(text), "%lld of %lld %s registered", (long long)up,
	         (long long)enabled, enabled == 1 ? "line" : "lines");
	x = put(0, 0, A_BOLD | (up < enabled ? (attr_t)COLOR_PAIR(PAIR_RED) : 0), text);
	buf_show(&search, slice_str(choice->text));
	buf_end(&search);
	snprintf(text, sizeof(text), "   by %s, %s%s%s%s", watch_sort_name(choice->sort),
	         watch_filter_name(choice->filter), choice->text[0] ? ", with \"" : "", shown,
	         choice->text[0] ? "\"" : "");
	put(0, x, A_NORMAL, text);
}

static void put_bottom(const struct watch_page *page)
{
	bool has_note = page->note && *page->note;

	if (page->banner && LINES > FIRST_ROW + 2)
		put(LINES - 2, 0, A_BOLD, page->banner);
	put(LINES - 1, 0,
	    !has_note           ? (attr_t)A_DIM
	    : page->is_note_bad ? (attr_t)COLOR_PAIR(PAIR_RED) | A_BOLD
	                        : (attr_t)A_BOLD,
	    has_note ? page->note : keys);
}

/* ---- pages */

void watch_screen_table(struct watch_page *page)
{
	struct line_layout layout = { { 0 } };
	int below = page->banner ? 2 : 1;
	size_t room = LINES > FIRST_ROW + below ? (size_t)(LINES - FIRST_ROW - below) : 1;

	if (page->selected < page->top)
		page->top = page->selected;
	if (page->selected >= page->top + room)
		page->top = page->selected - room + 1;
	if (page->top + room > page->count)
		page->top = page->count > room ? page->count - room : 0;
	for (size_t i = 0; i < page->count; i++)
		line_layout_see(&layout, &page->rows[i].view);
	line_layout_fit(&layout, (unsigned)COLS);
	erase();
	put_title(page);
	put_headings(&layout);
	for (size_t i = 0; i < room && page->top + i < page->count; i++)
		put_row(FIRST_ROW + (int)i, &layout, &page->rows[page->top + i].view,
		        page->top + i == page->selected ? A_REVERSE : A_NORMAL);
	if (!page->count)
		put(FIRST_ROW, LINE_INDENT, A_DIM, "No lines.");
	put_bottom(page);
	refresh();
}

static size_t count_lines(struct slice text)
{
	size_t n = 0;

	while (text.n) {
		size_t end = slice_find(text, '\n');

		n++;
		text = slice_from(text, end < text.n ? end + 1 : end);
	}
	return n;
}

void watch_screen_text(const char *title, const char *text, size_t *top)
{
	struct slice rest = slice_str(text);
	size_t all = count_lines(rest), room = LINES > 2 ? (size_t)(LINES - 2) : 1;
	char memory[TEXT_MAX];

	if (*top + room > all)
		*top = all > room ? all - room : 0;
	erase();
	put(0, 0, A_DIM, title);
	for (size_t i = 0; rest.n && i < *top + room; i++) {
		size_t end = slice_find(rest, '\n');

		if (i >= *top) {
			snprintf(memory, sizeof(memory), "%.*s", (int)end, rest.p);
			put(2 + (int)(i - *top), 0, A_NORMAL, memory);
		}
		rest = slice_from(rest, end < rest.n ? end + 1 : end);
	}
	refresh();
}

/* ---- a line of input */

/* Takes the last character away. */
static void shorten(char *text)
{
	size_t n = strlen(text);

	while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n ? n - 1 : 0] = '\0';
}

static void lengthen(char *text, size_t cap, wchar_t c)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t n = wcrtomb(bytes, c, &state), at = strlen(text);

	if (n == (size_t)-1 || c < L' ' || at + n >= cap)
		return;
	memcpy(text + at, bytes, n);
	text[at + n] = '\0';
}

bool watch_screen_ask(const char *question, char *text, size_t cap)
{
	char typed[WATCH_TEXT_MAX] = "";
	wint_t c = 0;
	int kind;

	timeout(-1);
	curs_set(1);
	do {
		move(LINES - 1, 0);
		clrtoeol();
		move(LINES - 1,
		     put(LINES - 1, put(LINES - 1, 0, A_BOLD, question), A_NORMAL, typed));
		refresh();
		kind = get_wch(&c);
		if ((kind == KEY_CODE_YES && c == KEY_BACKSPACE) ||
		    (kind == OK && (c == 127 || c == '\b')))
			shorten(typed);
		else if (kind == OK)
			lengthen(typed, sizeof(typed) < cap ? sizeof(typed) : cap, (wchar_t)c);
	} while (kind != ERR &&
	         !(kind == OK && (c == '\r' || c == '\n' || c == ESCAPE || c == 3)) &&
	         !(kind == KEY_CODE_YES && c == KEY_ENTER));
	curs_set(0);
	if (kind == ERR || (kind == OK && (c == ESCAPE || c == 3)))
		return false;
	memcpy(text, typed, strlen(typed) + 1);
	return true;
}
