/* config/csv.c: lines.csv as spreadsheets write it (RFC 4180), with commas, semicolons or tabs,
 * into rows. The first row names the columns, in any order and spelling of case, blanks and
 * hyphens.
 *
 * A cell that is empty says nothing. Cells that are missing at a row's end are empty: spreadsheets
 * leave them out. */
#include <errno.h>

#include "base/guess.h"
#include "base/num.h"
#include "config/part.h"

#define COLUMNS_MAX 100
#define PIECE_MAX   (STORE_TEXT_MAX + 1)
#define CELL_MAX \
	(3 * PIECE_MAX) /* of one with quotes in it: enough to know that it is too long \
	                 */
#define FOLDED_MAX 64   /* of a column, folded */

struct column {
	enum config_mapping mapping;
	unsigned index; /* of its key; KEYS_MAX: of none */
};

struct sheet {
	struct slice rest;
	char separator;
	bool misshapen;          /* the cell that was taken, and it is said */
	struct config_value at;  /* row and column of the cell that was taken */
	char unquoted[CELL_MAX]; /* of a cell that has quotes in it */
	struct column columns[COLUMNS_MAX];
	unsigned column_count;
	struct config_map studios;
	struct config *config;
	struct config_notes *notes;
};

/* --- cells --- */

enum after { AFTER_CELL, AFTER_ROW };

#define FAULT_HERE(sheet, ...) \
	config_note_fault((sheet)->notes, (sheet)->at.line, (sheet)->at.column, __VA_ARGS__)

static bool ends_cell(const struct sheet *sheet, char c)
{
	return c == sheet->separator || c == '\n' || c == '\r';
}

static struct slice take_plain(struct sheet *sheet)
{
	size_t n = 0;

	while (n < sheet->rest.n && !ends_cell(sheet, sheet->rest.p[n]))
		n++;
	struct slice cell = slice_of(sheet->rest.p, n);

	sheet->rest = slice_from(sheet->rest, n);
	return cell;
}

static void refuse_shape(struct sheet *sheet, const char *what)
{
	FAULT_HERE(sheet, "%s", what);
	sheet->misshapen = true;
}

/* The quote in front is taken. Two quotes stand for one. */
static struct slice take_quoted(struct sheet *sheet)
{
	struct buf cell = buf_over(sheet->unquoted, sizeof(sheet->unquoted));

	for (;;) {
		size_t n = slice_find(sheet->rest, '"');

		buf_put(&cell, slice_of(sheet->rest.p, n < PIECE_MAX ? n : PIECE_MAX));
		if (n == sheet->rest.n) {
			refuse_shape(sheet, "the quote in front of the cell is never closed");
			sheet->rest = slice_from(sheet->rest, n);
			break;
		}
		sheet->rest = slice_from(sheet->rest, n + 1);
		if (sheet->rest.n == 0 || sheet->rest.p[0] != '"')
			break;
		buf_char(&cell, '"');
		sheet->rest = slice_from(sheet->rest, 1);
	}
	if (sheet->rest.n && !ends_cell(sheet, sheet->rest.p[0])) {
		refuse_shape(sheet, "something stands behind the closing quote of the cell");
		take_plain(sheet);
	}
	return buf_slice(&cell);
}

static void begin_row(struct sheet *sheet)
{
	sheet->at = (struct config_value){ .line = sheet->at.line + 1 };
}

/* Takes the end of a line: CRLF, LF or CR. */
static void end_row(struct sheet *sheet)
{
	if (sheet->rest.n > 1 && sheet->rest.p[0] == '\r' && sheet->rest.p[1] == '\n')
		sheet->rest = slice_from(sheet->rest, 1);
	if (sheet->rest.n)
		sheet->rest = slice_from(sheet->rest, 1);
}

/* Takes a cell and what ends it. The cell lasts until the next. */
static enum after take_cell(struct sheet *sheet, struct slice *ret_cell)
{
	sheet->at.column++;
	sheet->misshapen = false;
	if (sheet->rest.n && sheet->rest.p[0] == '"') {
		sheet->rest = slice_from(sheet->rest, 1);
		*ret_cell = take_quoted(sheet);
	} else {
		*ret_cell = take_plain(sheet);
		if (slice_find(*ret_cell, '"') < ret_cell->n)
			refuse_shape(sheet,
			             "there is a quote within the cell: such a cell stands in "
			             "quotes, and the quote within is written twice");
	}
	if (sheet->rest.n && sheet->rest.p[0] == sheet->separator) {
		sheet->rest = slice_from(sheet->rest, 1);
		return AFTER_CELL;
	}
	end_row(sheet);
	return AFTER_ROW;
}

/* --- the first row --- */

/* A name without blanks, hyphens and case. What is longer than any name is cut. */
static struct slice fold(struct slice name, char memory[FOLDED_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < FOLDED_MAX; i++) {
		char c = name.p[i];

		if (c == ' ' || c == '-' || c == '_')
			continue;
		memory[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return slice_of(memory, n);
}

/* Offers a key by its column's name; the nearest so far is kept in *nearest. True: it is the one.
 */
static bool offer(struct guess *guess, const struct config_key *key, const char **nearest)
{
	char memory[FOLDED_MAX];
	struct slice column = fold(slice_str(key->column), memory);
	unsigned before = guess->distance;

	guess_offer(guess, column);
	if (guess->distance < before)
		*nearest = key->column;
	return slice_equal(guess->word, column);
}

/* The column of that name, or one of KEYS_MAX with the nearest name in *ret_nearest. */
static struct column find_column(struct slice name, const char **ret_nearest)
{
	static const enum config_mapping mappings[] = { CONFIG_STUDIOS, CONFIG_LINES };
	char memory[FOLDED_MAX], key_memory[FOLDED_MAX];
	struct guess guess = guess_for(fold(name, memory));

	*ret_nearest = NULL;
	for (unsigned m = 0; m < 2; m++) {
		for (unsigned i = 0; i < config_key_count(mappings[m]); i++) {
			const struct config_key *key = config_key_at(mappings[m], i);

			if (!key->column)
				continue;
			if (offer(&guess, key, ret_nearest) ||
			    (mappings[m] == CONFIG_LINES &&
			     slice_equal(guess.word, fold(slice_str(key->name), key_memory))))
				return (struct column){ mappings[m], i };
		}
	}
	return (struct column){ CONFIG_LINES, KEYS_MAX };
}

static bool has_column(const struct sheet *sheet, struct column column)
{
	for (unsigned i = 0; i < sheet->column_count; i++)
		if (sheet->columns[i].mapping == column.mapping &&
		    sheet->columns[i].index == column.index)
			return true;
	return false;
}

static void read_name(struct sheet *sheet, struct slice cell)
{
	char memory[SHOWN_BYTES];
	const char *nearest;
	struct slice name = slice_trim(cell);
	struct column column = find_column(name, &nearest);

	if (sheet->misshapen) {
		column.index = KEYS_MAX;
	} else if (column.index != KEYS_MAX && has_column(sheet, column)) {
		FAULT_HERE(
			sheet, "there are two columns %s",
			config_shown(slice_str(config_key_at(column.mapping, column.index)->column),
		                     memory));
		column.index = KEYS_MAX;
	} else if (column.index == KEYS_MAX && nearest) {
		FAULT_HERE(sheet, "unknown column %s; did you mean \"%s\"?",
		           config_shown(name, memory), nearest);
	} else if (column.index == KEYS_MAX && name.n) {
		FAULT_HERE(sheet, "unknown column %s", config_shown(name, memory));
	}
	sheet->columns[sheet->column_count++] = column;
}

static int read_names(struct sheet *sheet)
{
	enum after after = AFTER_CELL;

	begin_row(sheet);
	while (after == AFTER_CELL) {
		struct slice cell;

		after = take_cell(sheet, &cell);
		if (sheet->column_count == COLUMNS_MAX) {
			FAULT_HERE(sheet, "there are more than %u columns", COLUMNS_MAX);
			return -EINVAL;
		}
		read_name(sheet, cell);
	}
	return 0;
}

/* Without these every row would be at fault. */
static int need_columns(const struct sheet *sheet)
{
	const char *missing = NULL;

	if (!has_column(sheet, (struct column){ CONFIG_LINES, LINE_NUMBER }) &&
	    !has_column(sheet, (struct column){ CONFIG_LINES, LINE_EXTENSION }))
		missing = "Extension";
	if (!has_column(sheet, (struct column){ CONFIG_STUDIOS, STUDIO_NAME }))
		missing = "Studio";
	if (!missing)
		return 0;
	config_note_fault(sheet->notes, sheet->at.line, 0,
	                  "there is no column \"%s\"; the first row names the columns", missing);
	return -EINVAL;
}

static const char separators[] = ",;\t";

static unsigned separator_index(char c)
{
	return c ? (unsigned)strcspn(separators, (const char[]){ c, '\0' })
	         : sizeof(separators) - 1;
}

/* A first line "sep=;", with which some programs say what stands between the cells. */
static bool take_separator(struct sheet *sheet)
{
	const struct slice sep = SLICE("sep=");
	struct slice text = sheet->rest;

	if (!slice_starts_nocase(text, sep) || text.n < sep.n + 2 ||
	    !separators[separator_index(text.p[sep.n])] ||
	    (text.p[sep.n + 1] != '\r' && text.p[sep.n + 1] != '\n'))
		return false;
	sheet->separator = text.p[sep.n];
	sheet->rest = slice_from(text, sep.n + 1);
	begin_row(sheet);
	end_row(sheet);
	return true;
}

/* What stands between the names of the first row: the mark that is there most often. */
static void find_separator(struct sheet *sheet)
{
	unsigned counts[sizeof(separators)] = { 0 }, most = 0;
	struct slice text = sheet->rest;
	bool quoted = false;

	if (take_separator(sheet))
		return;
	for (size_t i = 0; i < text.n && (quoted || (text.p[i] != '\n' && text.p[i] != '\r'));
	     i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		if (!quoted)
			counts[separator_index(text.p[i])]++;
	}
	for (unsigned i = 1; separators[i]; i++)
		if (counts[i] > counts[most])
			most = i;
	sheet->separator = separators[most];
}

/* --- the others --- */

/* The studio of that name, made where it is new. */
static int set_studio(struct sheet *sheet, struct config_row *line, struct slice cell)
{
	struct config *config = sheet->config;
	struct config_row *studio;
	uint32_t index = config->studios.count;
	int err;

	if (config_map_find(&sheet->studios, cell, &index)) {
		line->key.studio = index;
		return 0;
	}
	studio = config_add(config, CONFIG_STUDIOS);
	if (!studio)
		return -ENOMEM;
	studio->line = sheet->at.line;
	err = config_row_set(config, CONFIG_STUDIOS, studio, STUDIO_NAME, cell, &sheet->at,
	                     sheet->notes);
	if (err || !studio->values[STUDIO_NAME].text) {
		config->studios.count--;
		return err;
	}
	line->key.studio = index;
	return config_map_put(&sheet->studios, slice_str(studio->values[STUDIO_NAME].text), index,
	                      NULL);
}

static int set_cell(struct sheet *sheet, struct config_row *row, unsigned place, struct slice cell,
                    uint32_t *seen)
{
	const struct column *column = &sheet->columns[place];

	if ((cell.n == 0 && !sheet->misshapen) || column->index == KEYS_MAX)
		return 0;
	*seen |= 1u << (column->mapping == CONFIG_STUDIOS ? KEYS_MAX : column->index);
	if (sheet->misshapen)
		return 0;
	if (column->mapping == CONFIG_STUDIOS)
		return set_studio(sheet, row, cell);
	return config_row_set(sheet->config, CONFIG_LINES, row, column->index, cell, &sheet->at,
	                      sheet->notes);
}

/* seen: a bit for each key that the row gives, well or not; KEYS_MAX for the studio. */
static void finish_row(const struct sheet *sheet, struct config_row *row, uint32_t seen)
{
	const char *number = row->values[LINE_NUMBER].text;

	if (!(seen & 1u << KEYS_MAX))
		config_note_fault(sheet->notes, row->line, 0, "the row names no studio");
	if (!(seen & (1u << LINE_NUMBER | 1u << LINE_EXTENSION)))
		config_note_fault(sheet->notes, row->line, 0,
		                  "the row has neither a number nor an extension");
	if (number)
		num_u32(slice_str(number), UINT32_MAX, &row->key.number);
}

static int read_row(struct sheet *sheet, struct config_row *row, uint32_t *ret_seen)
{
	enum after after = AFTER_CELL;
	int err = 0;

	begin_row(sheet);
	row->line = sheet->at.line;
	*ret_seen = 0;
	while (after == AFTER_CELL && !err) {
		struct slice cell;

		after = take_cell(sheet, &cell);
		if (sheet->at.column <= sheet->column_count)
			err = set_cell(sheet, row, sheet->at.column - 1, cell, ret_seen);
		else if (cell.n)
			FAULT_HERE(sheet, "the cell stands beyond the named columns");
	}
	return err;
}

/* A row of empty cells is none, and its memory is the next one's: there may be millions of them. */
static int read_rows(struct sheet *sheet)
{
	struct config_rows *lines = &sheet->config->lines;
	struct config_row *row = NULL;
	int err = 0;

	while (sheet->rest.n && !err && !config_notes_full(sheet->notes)) {
		uint32_t seen;

		if (!row && lines->count == CONFIG_LINES_MAX) {
			config_note_fault(sheet->notes, sheet->at.line + 1, 0,
			                  "there are more than %u rows", CONFIG_LINES_MAX);
			return -EINVAL;
		}
		if (!row)
			row = config_add(sheet->config, CONFIG_LINES);
		err = row ? read_row(sheet, row, &seen) : -ENOMEM;
		if (err || !seen)
			continue;
		finish_row(sheet, row, seen);
		row = NULL;
	}
	if (row)
		lines->count--;
	return err;
}

int config_csv_read(struct slice text, struct config *config, struct config_notes *notes)
{
	struct sheet sheet = { .rest = text, .config = config, .notes = notes };
	int err;

	find_separator(&sheet);
	err = read_names(&sheet);
	if (!err)
		err = need_columns(&sheet);
	if (!err)
		err = read_rows(&sheet);
	config_map_done(&sheet.studios);
	explicit_bzero(sheet.unquoted, sizeof(sheet.unquoted));
	return err;
}
