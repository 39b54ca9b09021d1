/* A line as people are shown it: the word for its state, its result, and columns that fit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/line_view.h"
#include "cli/watch.h"
#include "log/log.h"

#define NOW "2026-11-22T12:00:00.000Z"

static json_t *line_of(const char *text)
{
	json_t *line = json_loads(text, 0, NULL);

	assert_non_null(line);
	return line;
}

static void every_state_has_its_word_and_mark(void **state)
{
	static const struct {
		const char *line;
		enum line_condition condition;
		const char *word;
		enum term_mark mark;
		bool up;
	} rows[] = {
		{ "{\"state\":\"REGISTERED\",\"register\":true}", LINE_REGISTERED, "registered",
		  TERM_MARK_GOOD, true },
		{ "{\"state\":\"REFRESHING\",\"register\":true}", LINE_REGISTERED, "registered",
		  TERM_MARK_GOOD, true },
		{ "{\"state\":\"HOLDING\",\"register\":true}", LINE_HELD, "held", TERM_MARK_WAIT,
		  true },
		{ "{\"state\":\"TRYING\",\"register\":true}", LINE_TRYING, "trying", TERM_MARK_WAIT,
		  false },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":401}", LINE_REFUSED,
		  "refused", TERM_MARK_BAD, false },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":503}", LINE_WAITING,
		  "waiting", TERM_MARK_WAIT, false },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":480}", LINE_WAITING,
		  "waiting", TERM_MARK_WAIT, false },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":603}", LINE_REFUSED,
		  "refused", TERM_MARK_BAD, false },
		{ "{\"state\":\"WAITING\",\"register\":true,\"local\":true}", LINE_UNANSWERED,
		  "unanswered", TERM_MARK_BAD, false },
		{ "{\"state\":\"IDLE\",\"register\":true,\"local\":true,\"reason\":\"no server\"}",
		  LINE_IMPOSSIBLE, "impossible", TERM_MARK_BAD, false },
		{ "{\"state\":\"IDLE\",\"register\":true,\"local\":false,\"reason\":\"OK\"}",
		  LINE_STOPPED, "stopped", TERM_MARK_NONE, false },
		{ "{\"state\":\"IDLE\",\"register\":false}", LINE_OFF, "off", TERM_MARK_NONE,
		  false },
		{ "{\"state\":\"REMOVING\",\"register\":true}", LINE_LEAVING, "leaving",
		  TERM_MARK_WAIT, false },
		{ "{\"state\":\"STOPPING\",\"register\":true}", LINE_LEAVING, "leaving",
		  TERM_MARK_WAIT, false },
		{ "{\"state\":\"of a later version\",\"register\":true}", LINE_STOPPED, "stopped",
		  TERM_MARK_NONE, false },
		{ "{}", LINE_OFF, "off", TERM_MARK_NONE, false },
	};
	static struct line_view view;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *line = line_of(rows[i].line);

		line_view_fill(line, clock_read(NOW), &view);
		assert_int_equal(view.condition, rows[i].condition);
		assert_string_equal(view.cells[LINE_STATE], rows[i].word);
		assert_int_equal(view.mark, rows[i].mark);
		assert_int_equal(view.up, rows[i].up);
		json_decref(line);
	}
}

static void cells_say_what_was_and_what_comes(void **state)
{
	static const struct {
		const char *line, *since, *result, *next;
	} rows[] = {
		{ "{\"state\":\"REGISTERED\",\"register\":true,\"status\":200,\"reason\":\"OK\","
		  "\"since\":\"2026-11-16T08:00:00.000Z\",\"next_at\":\"2026-11-22T12:31:00."
		  "000Z\"}",
		  "6 d 4 h", "200 OK", "refresh 31 min" },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":401,\"reason\":\"No\","
		  "\"cause\":{\"id\":\"auth-refused\"},\"since\":\"2026-11-22T11:59:59.999Z\","
		  "\"next_at\":\"2026-11-22T12:05:00.000Z\"}",
		  "1 s", "401 auth-refused", "retry 5 min" },
		{ "{\"state\":\"WAITING\",\"register\":true,\"local\":true,\"status\":408,"
		  "\"cause\":{\"id\":\"port-closed\"},\"since\":\"2026-11-22T12:00:09.000Z\","
		  "\"next_at\":\"2026-11-22T11:00:00.000Z\"}",
		  "1 s", "408 port-closed", "retry now" },
		{ "{\"state\":\"WAITING\",\"register\":true,\"status\":488,\"reason\":"
		  "\"a\\u001b[2Jb\"}",
		  "", "488 a\\x1b[2Jb", "" },
		{ "{\"state\":\"IDLE\",\"register\":true,\"local\":true,\"status\":0,\"reason\":"
		  "\"no server\",\"next_at\":\"2026-11-22T12:05:00.000Z\"}",
		  "", "no server", "" },
	};
	static struct line_view view;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *line = line_of(rows[i].line);

		line_view_fill(line, clock_read(NOW), &view);
		assert_string_equal(view.cells[LINE_SINCE], rows[i].since);
		assert_string_equal(view.cells[LINE_RESULT], rows[i].result);
		assert_string_equal(view.cells[LINE_NEXT], rows[i].next);
		json_decref(line);
	}
}

/* Two lines as a table of so many columns. */
static char *table(unsigned width, bool utf8)
{
	static const char *const lines[] = {
		"{\"number\":1,\"name\":\"Host of the morning show\",\"extension\":\"1001\","
		"\"state\":\"REGISTERED\",\"register\":true,\"status\":200,\"reason\":\"OK\","
		"\"since\":\"2026-11-16T08:00:00.000Z\",\"next_at\":\"2026-11-22T12:31:00.000Z\"}",
		"{\"number\":12,\"name\":\"G\u00e4ste\",\"extension\":\"1002\",\"state\":\"IDLE\","
		"\"register\":false}",
	};
	static struct line_view view;
	struct line_layout layout = { { 0 } };
	struct term term = { .width = width, .utf8 = utf8 };
	char *text;
	size_t n;

	for (int i = 0; i < 2; i++) {
		json_t *line = line_of(lines[i]);

		line_view_fill(line, clock_read(NOW), &view);
		line_layout_see(&layout, &view);
		json_decref(line);
	}
	line_layout_fit(&layout, width);
	term.file = open_memstream(&text, &n);
	line_put_headings(&term, &layout);
	for (int i = 0; i < 2; i++) {
		json_t *line = line_of(lines[i]);

		line_view_fill(line, clock_read(NOW), &view);
		line_put(&term, &layout, &view);
		json_decref(line);
	}
	fclose(term.file);
	return text;
}

static void columns_are_left_out_in_a_fixed_order(void **state)
{
	static const struct {
		unsigned width;
		const char *want;
	} rows[] = {
		{ 100,
		  "   #  Name                      Extension  State         Since    Result  Next\n"
		  "   1  Host of the morning show  1001       \u25cf registered  6 d 4 h  200 OK  "
		  "refresh 31 min\n"
		  "  12  G\u00e4ste                     1002       \u2013 off\n" },
		{ 76, "   #  Name          Extension  State         Since    Result  Next\n"
		      "   1  Host of the\u2026  1001       \u25cf registered  6 d 4 h  200 OK  "
		      "refresh 31 min\n"
		      "  12  G\u00e4ste         1002       \u2013 off\n" },
		{ 64, "   #  Name              Extension  State         Since    Result\n"
		      "   1  Host of the mor\u2026  1001       \u25cf registered  6 d 4 h  200 OK\n"
		      "  12  G\u00e4ste             1002       \u2013 off\n" },
		{ 50, "   #  Name         Extension  State         Result\n"
		      "   1  Host of th\u2026  1001       \u25cf registered  200 OK\n"
		      "  12  G\u00e4ste        1002       \u2013 off\n" },
		{ 40, "   #  Name       Extension  State\n"
		      "   1  Host of \u2026  1001       \u25cf registered\n"
		      "  12  G\u00e4ste      1002       \u2013 off\n" },
		{ 30, "   #  Name        State\n"
		      "   1  Host of t\u2026  \u25cf registered\n"
		      "  12  G\u00e4ste       \u2013 off\n" },
		{ 1, "   #  Name  State\n"
		     "   1  Hos\u2026  \u25cf registered\n"
		     "  12  G\u00e4s\u2026  \u2013 off\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = table(rows[i].width, true);

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static void nothing_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (unsigned width = 26; width < 120; width++) {
		char *got = table(width, width % 2);
		struct slice rest = slice_str(got);

		while (rest.n) {
			size_t end = slice_find(rest, '\n');

			assert_true(term_columns(slice_of(rest.p, end)) <= width);
			assert_true(end == 0 || rest.p[end - 1] != ' ');
			rest = slice_from(rest, end + 1);
		}
		free(got);
	}
}

static void long_and_hostile_names_are_cut_and_printable(void **state)
{
	static struct line_view view;
	struct line_layout layout = { { 0 } };
	char memory[1024];
	struct buf cell = buf_over(memory, sizeof(memory));
	json_t *line = json_object(), *name;
	char text[1024];

	(void)state;
	memset(text, '\x01', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	name = json_string(text);
	json_object_set_new(line, "name", name);
	line_view_fill(line, 0, &view);
	for (const char *at = view.cells[LINE_NAME]; *at; at++)
		assert_true((unsigned char)*at >= ' ');
	line_layout_see(&layout, &view);
	line_cell(&layout, &view, LINE_NAME, false, &cell);
	assert_int_equal(term_columns(buf_slice(&cell)), layout.columns[LINE_NAME]);
	assert_int_equal(cell.p[cell.n - 1], '~');
	json_decref(line);
}

/* ---- times */

static void times_are_read_as_the_api_writes_them(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00.001Z", 1 },
		{ "2000-02-29T23:59:59.999Z", 951868799999 },
		{ "2000-03-01T00:00:00.000Z", 951868800000 },
		{ "2026-11-22T10:18:04.113Z", 1795342684113 },
		{ "2100-03-01T00:00:00.000Z", 4107542400000 },
		{ NULL, 0 },
		{ "", 0 },
		{ "2026-11-22", 0 },
		{ "2026-11-22T10:18:04.113", 0 },
		{ "2026-11-22T10:18:04,113Z", 0 },
		{ "2026-13-22T10:18:04.113Z", 0 },
		{ "2026-00-22T10:18:04.113Z", 0 },
		{ "2026-11-22T24:18:04.113Z", 0 },
		{ "2026-11-22T10:60:04.113Z", 0 },
		{ "2026-11-22T1a:18:04.113Z", 0 },
		{ "1969-12-31T23:59:59.999Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(clock_read(rows[i].text), rows[i].ms);
}

static void times_are_written_and_read_back(void **state)
{
	char memory[64];

	(void)state;
	for (int64_t ms = 1; ms < 4200000000000; ms = ms * 3 / 2 + 1) {
		struct buf text = buf_over(memory, sizeof(memory));

		log_time_utc(ms, &text);
		assert_int_equal(buf_end(&text), 0);
		assert_int_equal(clock_read(memory), ms);
	}
}

/* ---- watch */

static const char answer_text[] =
	"{\"time\":\"" NOW "\",\"lines\":["
	"{\"id\":1,\"studio\":1,\"studio_name\":\"A\",\"number\":1,\"name\":\"delta\","
	"\"extension\":\"1001\",\"server_name\":\"pbx\",\"state\":\"REGISTERED\",\"register\":true,"
	"\"since\":\"2026-11-22T11:00:00.000Z\"},"
	"{\"id\":2,\"studio\":1,\"studio_name\":\"A\",\"number\":2,\"name\":\"Charlie\","
	"\"extension\":\"1002\",\"server_name\":\"pbx\",\"state\":\"WAITING\",\"register\":true,"
	"\"status\":401,\"since\":\"2026-11-22T11:59:00.000Z\"},"
	"{\"id\":3,\"studio\":2,\"studio_name\":\"B\",\"number\":1,\"name\":\"bravo\","
	"\"extension\":\"2001\",\"server_name\":\"trunk\",\"state\":\"IDLE\",\"register\":false},"
	"{\"id\":4,\"studio\":2,\"studio_name\":\"B\",\"number\":2,\"name\":null,"
	"\"extension\":\"2002\",\"server_name\":\"trunk\",\"state\":\"TRYING\",\"register\":true,"
	"\"since\":\"2026-11-22T11:30:00.000Z\"}]}";

static void rows_are_sorted_filtered_and_searched(void **state)
{
	static const struct {
		struct watch_choice choice;
		const char *want;
	} rows[] = {
		{ { WATCH_BY_PLACE, WATCH_ALL, "" }, "A/1 A/2 B/1 B/2 " },
		{ { WATCH_BY_STATE, WATCH_ALL, "" }, "A/2 B/2 A/1 B/1 " },
		{ { WATCH_BY_SINCE, WATCH_ALL, "" }, "A/2 B/2 A/1 B/1 " },
		{ { WATCH_BY_NAME, WATCH_ALL, "" }, "B/2 B/1 A/2 A/1 " },
		{ { WATCH_BY_PLACE, WATCH_NOT_UP, "" }, "A/2 B/2 " },
		{ { WATCH_BY_PLACE, WATCH_UP, "" }, "A/1 " },
		{ { WATCH_BY_PLACE, WATCH_ALL, "CHAR" }, "A/2 " },
		{ { WATCH_BY_PLACE, WATCH_ALL, "200" }, "B/1 B/2 " },
		{ { WATCH_BY_PLACE, WATCH_ALL, "trunk" }, "B/1 B/2 " },
		{ { WATCH_BY_PLACE, WATCH_ALL, "a" }, "A/1 A/2 B/1 " },
		{ { WATCH_BY_PLACE, WATCH_NOT_UP, "nobody" }, "" },
	};
	json_t *answer = line_of(answer_text);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct watch_row *found = NULL;
		char memory[256];
		struct buf got = buf_over(memory, sizeof(memory));
		size_t count = 0;

		assert_int_equal(watch_choose(answer, &rows[i].choice, &found, &count), 0);
		for (size_t j = 0; j < count; j++) {
			buf_str(&got, found[j].view.cells[LINE_NUMBER]);
			buf_char(&got, ' ');
		}
		buf_end(&got);
		assert_string_equal(memory, rows[i].want);
		free(found);
	}
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_its_word_and_mark),
		cmocka_unit_test(cells_say_what_was_and_what_comes),
		cmocka_unit_test(columns_are_left_out_in_a_fixed_order),
		cmocka_unit_test(nothing_is_wider_than_the_terminal),
		cmocka_unit_test(long_and_hostile_names_are_cut_and_printable),
		cmocka_unit_test(times_are_read_as_the_api_writes_them),
		cmocka_unit_test(times_are_written_and_read_back),
		cmocka_unit_test(rows_are_sorted_filtered_and_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
