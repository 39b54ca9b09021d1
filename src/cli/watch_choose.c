/* cli/watch_choose.c: which rows `lineup watch` shows, and in which order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/watch.h"

const char *watch_sort_name(enum watch_sort sort)
{
	static const char *const names[WATCH_SORT_COUNT] = {
		[WATCH_BY_PLACE] = "studio",
		[WATCH_BY_STATE] = "state",
		[WATCH_BY_SINCE] = "last change",
		[WATCH_BY_NAME] = "name",
	};

	return names[sort];
}

const char *watch_filter_name(enum watch_filter filter)
{
	static const char *const names[WATCH_FILTER_COUNT] = {
		[WATCH_ALL] = "all",
		[WATCH_NOT_UP] = "not registered",
		[WATCH_UP] = "registered",
	};

	return names[filter];
}

static bool has(const json_t *line, const char *key, const char *text)
{
	return strcasestr(client_text(line, key), text) != NULL;
}

static bool is_wanted(const struct watch_row *row, const struct watch_choice *choice)
{
	const char *text = choice->text;

	if (choice->filter == WATCH_UP && !row->view.up)
		return false;
	/* A line that shall not be up is nothing to worry about. */
	if (choice->filter == WATCH_NOT_UP && (row->view.up || !row->view.enabled))
		return false;
	return !*text || has(row->line, "name", text) || has(row->line, "extension", text) ||
	       has(row->line, "studio_name", text) || has(row->line, "server_name", text);
}

static int by_place(const struct watch_row *a, const struct watch_row *b)
{
	return a->place < b->place ? -1 : a->place > b->place;
}

/* What changed last comes first; what never did, last. */
static int by_since(const struct watch_row *a, const struct watch_row *b)
{
	uint64_t x = (uint64_t)a->view.since_ms, y = (uint64_t)b->view.since_ms;

	return x < y ? -1 : x > y;
}

static int compare_state(const void *a, const void *b)
{
	const struct watch_row *x = a, *y = b;

	if (x->view.condition != y->view.condition)
		return x->view.condition < y->view.condition ? -1 : 1;
	return by_place(x, y);
}

static int compare_since(const void *a, const void *b)
{
	int order = by_since(a, b);

	return order ? order : by_place(a, b);
}

static int compare_name(const void *a, const void *b)
{
	const struct watch_row *x = a, *y = b;
	int order = strcasecmp(x->view.cells[LINE_NAME], y->view.cells[LINE_NAME]);

	return order ? order : by_place(x, y);
}

static void sort(struct watch_row *rows, size_t count, enum watch_sort by)
{
	static int (*const compare[WATCH_SORT_COUNT])(const void *, const void *) = {
		[WATCH_BY_STATE] = compare_state,
		[WATCH_BY_SINCE] = compare_since,
		[WATCH_BY_NAME] = compare_name,
	};

	if (compare[by] && count)
		qsort(rows, count, sizeof(*rows), compare[by]);
}

static bool has_studios(const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i,
	                   line) if (client_number(line, "studio") !=
	                             client_number(json_array_get(lines, 0), "studio")) return true;
	return false;
}

static void name_place(struct watch_row *row)
{
	struct slice studio = slice_str(client_text(row->line, "studio_name"));
	struct buf cell = buf_over(row->view.cells[LINE_NUMBER], LINE_CELL_MAX);

	buf_show(&cell, line_front(studio, LINE_CELL_MAX / 4 - 12));
	buf_char(&cell, '/');
	buf_u64(&cell, (uint64_t)client_number(row->line, "number"));
	buf_end(&cell);
}

int watch_choose(const json_t *answer, const struct watch_choice *choice,
                 struct watch_row **ret_rows, size_t *ret_count)
{
	const json_t *lines = json_object_get(answer, "lines"), *line;
	int64_t now_ms = clock_read(client_text(answer, "time"));
	bool studios = has_studios(lines);
	struct watch_row *rows = calloc(json_array_size(lines) + 1, sizeof(*rows));
	size_t i, n = 0;

	if (!rows)
		return -ENOMEM;
	json_array_foreach(lines, i, line)
	{
		struct watch_row *row = &rows[n];

		row->line = line;
		row->place = i;
		line_view_fill(line, now_ms, &row->view);
		if (!is_wanted(row, choice))
			continue;
		if (studios)
			name_place(row);
		n++;
	}
	sort(rows, n, choice->sort);
	*ret_rows = rows;
	*ret_count = n;
	return 0;
}
