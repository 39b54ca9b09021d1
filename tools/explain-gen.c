/* tools/explain-gen.c: makes the table of causes from their texts, and refuses texts that are not
 * as src/explain/README.md wants them.
 *
 *   explain-gen OUT.c AGAIN.txt RULES.c RULES_TEST.c PATTERN.c PATTERN_TEST.c TEXT.txt...
 *
 * Runs while Lineup is built, on the machine that builds. Every fault of every text is named with
 * its file and line; then nothing is written, and the build stops. A cause in RULES.c or PATTERN.c
 * without a text is a fault, and so are a text that neither leads to, and a cause that has no row
 * in the tables of the test behind its file. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"

#define FILE_MAX  65536 /* bytes of a file */
#define VALUE_MAX 1500  /* bytes of a value, its lines joined */
#define STOCK_MAX 8     /* sentences of AGAIN.txt */

/* The fields of a text, in their order. X(name, key, what is asked of the value) */
#define FIELDS(X) \
	X(TITLE, "title:", check_title) \
	X(SEEN, "seen:", check_sentence) \
	X(MEANS, "Means:", check_sentence) \
	X(WHO, "Who:", check_who) \
	X(AGAIN, "Again:", check_sentence)

#define FIELD_ENUM(name, key, check) FIELD_##name,
enum { FIELDS(FIELD_ENUM) FIELD_COUNT };

struct value {
	unsigned line; /* where it begins; 0: it is not there */
	char text[VALUE_MAX];
};

struct text {
	const char *path;
	char id[EXPLAIN_ID_MAX + 1];
	struct value fields[FIELD_COUNT];
	struct value advice[EXPLAIN_ADVICE_MAX];
	unsigned advices;
	bool ruled;  /* a rule or a pattern leads to it */
	bool tested; /* where tables are being looked through: one of these leads to it */
};

struct stock {
	char name[EXPLAIN_ID_MAX + 1];
	struct value value;
};

struct gen {
	unsigned faults;
	struct stock stock[STOCK_MAX];
	unsigned stocks;
	struct text *texts;
	unsigned count;
	char file[FILE_MAX + 1];
};

/* Where a file is being read. */
struct reader {
	struct gen *gen;
	const char *path;
	unsigned line_no;
	char *left;          /* what follows the line */
	struct value *value; /* what a line that begins with a blank goes on with; NULL: nothing */
};

__attribute__((format(printf, 4, 5))) static void fault(struct gen *gen, const char *path,
                                                        unsigned line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	gen->faults++;
}

/* The bytes of the UTF-8 character that s begins with, or 0 where it begins with none. */
static unsigned utf8_length(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	if (u[0] > 0xf4 || (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Counts the columns of a line, and says what does not belong into it. */
static unsigned columns(struct reader *r, const char *line)
{
	unsigned count = 0;

	for (const char *at = line; *at; count++) {
		unsigned n = utf8_length(at);

		if (!n) {
			fault(r->gen, r->path, r->line_no, "no valid UTF-8 in column %u",
			      count + 1);
			return count;
		}
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			fault(r->gen, r->path, r->line_no, "a control character in column %u",
			      count + 1);
		at += n;
	}
	return count;
}

/* Reads the file at path into gen->file. Returns whether that worked. */
static bool open_file(struct gen *gen, const char *path, struct reader *ret_reader)
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file) {
		fault(gen, path, 0, "%s", strerror(errno));
		return false;
	}
	n = fread(gen->file, 1, FILE_MAX, file);
	if (ferror(file) || n == FILE_MAX || memchr(gen->file, 0, n)) {
		fault(gen, path, 0, "cannot be read, has a NUL in it, or is too large");
		fclose(file);
		return false;
	}
	fclose(file);
	gen->file[n] = 0;
	*ret_reader = (struct reader){ .gen = gen, .path = path, .left = gen->file };
	return true;
}

/* The next line, or NULL. */
static char *next_line(struct reader *r)
{
	char *line = r->left;
	size_t n = strcspn(line, "\n");

	if (!*line)
		return NULL;
	r->line_no++;
	r->left = line + n + (line[n] == '\n');
	line[n] = 0;
	return line;
}

/* The next line of a text: short, valid, without blanks at its end. */
static char *next_text_line(struct reader *r)
{
	char *line = next_line(r);

	if (!line)
		return NULL;
	if (columns(r, line) > EXPLAIN_WIDTH)
		fault(r->gen, r->path, r->line_no, "longer than %d columns", EXPLAIN_WIDTH);
	if (*line && line[strlen(line) - 1] == ' ')
		fault(r->gen, r->path, r->line_no, "ends in a blank");
	return line;
}

/* Adds a line's piece to the value that is being read. */
static void value_add(struct reader *r, const char *piece)
{
	struct value *value = r->value;
	size_t have = strlen(value->text), n;

	piece += strspn(piece, " ");
	n = strlen(piece);
	if (have + n + 2 > VALUE_MAX) {
		fault(r->gen, r->path, r->line_no, "more than %d bytes", VALUE_MAX);
		return;
	}
	if (have && n)
		value->text[have++] = ' ';
	memcpy(value->text + have, piece, n + 1);
}

static void value_begin(struct reader *r, struct value *value, const char *piece)
{
	value->line = r->line_no;
	r->value = value;
	value_add(r, piece);
}

/* A line that goes on with a value, is empty, or is a remark. Returns whether it was one. */
static bool read_common(struct reader *r, const char *line)
{
	if (*line == '#')
		return true;
	if (!*line) {
		r->value = NULL;
		return true;
	}
	if (*line != ' ')
		return false;
	if (r->value)
		value_add(r, line);
	else
		fault(r->gen, r->path, r->line_no, "goes on with nothing");
	return true;
}

static void read_again_file(struct gen *gen, const char *path)
{
	struct reader r;
	char *line;

	if (!open_file(gen, path, &r))
		return;
	while ((line = next_text_line(&r))) {
		size_t n = strcspn(line, ":");
		struct stock *stock = &gen->stock[gen->stocks];

		if (read_common(&r, line))
			continue;
		if (line[n] != ':' || n > EXPLAIN_ID_MAX || gen->stocks == STOCK_MAX) {
			fault(gen, path, r.line_no, "not NAME: SENTENCE, or one too many");
			continue;
		}
		memcpy(stock->name, line, n);
		gen->stocks++;
		value_begin(&r, &stock->value, line + n + 1);
	}
}

static void check_title(struct gen *gen, const struct text *text, const struct value *value)
{
	size_t width = 0;

	for (const char *at = value->text; *at; at++)
		width += ((unsigned char)*at & 0xc0) != 0x80;
	if (width > EXPLAIN_TITLE_MAX || width + strlen(text->id) > EXPLAIN_HEAD_MAX)
		fault(gen, text->path, value->line,
		      "a title has at most %d columns, with its id at most %d", EXPLAIN_TITLE_MAX,
		      EXPLAIN_HEAD_MAX);
	if (strpbrk(value->text, ".@"))
		fault(gen, text->path, value->line, "a title has no full stop and no placeholder");
}

/* "you, then your provider" */
static void check_who(struct gen *gen, const struct text *text, const struct value *value)
{
	static const char *const people[] = { "you", "your network", "your provider", "nobody" };
	static const char between[] = ", then ";
	const char *at = value->text;

	for (;;) {
		size_t n = 0;

		for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++) {
			size_t length = strlen(people[i]);

			if (strncmp(at, people[i], length) == 0 &&
			    (!at[length] || at[length] == ','))
				n = length;
		}
		if (n && !at[n])
			return;
		if (!n || strncmp(at + n, between, strlen(between)) != 0)
			break;
		at += n + strlen(between);
	}
	fault(gen, text->path, value->line,
	      "who is one of \"you\", \"your network\", \"your provider\", \"nobody\", "
	      "or several with \", then \" between");
}

/* "@STATUS@" is a placeholder; "sip:1001@pbx.example" has none. */
static void check_placeholders(struct gen *gen, const struct text *text, const struct value *value)
{
#define NAME(name, field, absent) #name,
	static const char *const names[] = { EXPLAIN_WORDS(NAME) };
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	const char *at = value->text;

	while ((at = strchr(at, '@'))) {
		size_t n = strspn(++at, letters);
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			known |= strlen(names[i]) == n && memcmp(at, names[i], n) == 0;
		if (n && (!known || at[n] != '@'))
			fault(gen, text->path, value->line, "unknown placeholder @%.*s", (int)n,
			      at);
		at += n + (n && at[n] == '@');
	}
}

static void check_sentence(struct gen *gen, const struct text *text, const struct value *value)
{
	size_t n = strlen(value->text);

	n -= n > 1 && value->text[n - 1] == '"';
	if (!n || !strchr(".?", value->text[n - 1]))
		fault(gen, text->path, value->line, "a sentence ends in a full stop");
	check_placeholders(gen, text, value);
}

/* What Again: says in one word stands in AGAIN.txt in full. */
static void expand_again(struct gen *gen, const struct text *text, struct value *value)
{
	if (!*value->text || strchr(value->text, ' '))
		return;
	for (unsigned i = 0; i < gen->stocks; i++) {
		if (strcmp(value->text, gen->stock[i].name) == 0) {
			memcpy(value->text, gen->stock[i].value.text, VALUE_MAX);
			return;
		}
	}
	fault(gen, text->path, value->line, "Again: \"%s\" is not in again.txt", value->text);
}

/* The id stands in the first line, and is the file's name. */
static void read_id(struct reader *r, struct text *text)
{
	const char *name = strrchr(text->path, '/') ? strrchr(text->path, '/') + 1 : text->path;
	const char *id = next_text_line(r);
	size_t n = id ? strlen(id) : 0;

	if (!n || n > EXPLAIN_ID_MAX || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
		fault(r->gen, r->path, 1,
		      "an id is 1 to %d lower-case letters, digits and hyphens, alone in line 1",
		      EXPLAIN_ID_MAX);
		return;
	}
	memcpy(text->id, id, n + 1);
	if (strncmp(name, id, n) != 0 || strcmp(name + n, ".txt") != 0)
		fault(r->gen, r->path, 1, "the id \"%s\" is not the file's name", id);
}

/* A line that begins a field. Returns whether it was one. */
static bool read_field(struct reader *r, struct text *text, const char *line)
{
#define KEY(name, key, check) key,
	static const char *const keys[] = { FIELDS(KEY) };

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		if (strncmp(line, keys[i], strlen(keys[i])) != 0)
			continue;
		if (text->fields[i].line)
			fault(r->gen, r->path, r->line_no, "%s stands here twice", keys[i]);
		else if (i > 0 && !text->fields[i - 1].line)
			fault(r->gen, r->path, r->line_no, "%s comes before it", keys[i - 1]);
		value_begin(r, &text->fields[i], line + strlen(keys[i]));
		return true;
	}
	return false;
}

/* "1. Do this." Returns whether it was one. */
static bool read_advice(struct reader *r, struct text *text, const char *line)
{
	if (line[0] < '0' || line[0] > '9' || line[1] != '.' || line[2] != ' ')
		return false;
	if (text->advices == EXPLAIN_ADVICE_MAX) {
		fault(r->gen, r->path, r->line_no, "more than %d pieces of advice",
		      EXPLAIN_ADVICE_MAX);
		return true;
	}
	if (!text->fields[FIELD_COUNT - 1].line)
		fault(r->gen, r->path, r->line_no, "advice comes last");
	if (line[0] != (char)('1' + text->advices))
		fault(r->gen, r->path, r->line_no, "this is number %u", text->advices + 1);
	value_begin(r, &text->advice[text->advices++], line + 3);
	return true;
}

static void check_text(struct gen *gen, struct text *text)
{
	typedef void check_fn(struct gen *, const struct text *, const struct value *);
#define CHECK(name, key, check) { key, check },
	static const struct {
		const char *key;
		check_fn *check;
	} fields[] = { FIELDS(CHECK) };

	expand_again(gen, text, &text->fields[FIELD_AGAIN]);
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		if (!*text->fields[i].text)
			fault(gen, text->path, 1, "%s is missing", fields[i].key);
		else
			fields[i].check(gen, text, &text->fields[i]);
	}
	if (!text->advices)
		fault(gen, text->path, 1, "there is no advice");
	for (unsigned i = 0; i < text->advices; i++)
		check_sentence(gen, text, &text->advice[i]);
}

static void read_text(struct gen *gen, const char *path)
{
	struct text *text = &gen->texts[gen->count++];
	struct reader r;
	char *line;

	text->path = path;
	if (!open_file(gen, path, &r))
		return;
	read_id(&r, text);
	while ((line = next_text_line(&r)))
		if (!read_common(&r, line) && !read_field(&r, text, line) &&
		    !read_advice(&r, text, line))
			fault(gen, path, r.line_no, "neither a field nor advice: \"%s\"", line);
	check_text(gen, text);
}

/* Each text that is to be tested opens a row in the test at path, as in { "id", ... }. That the row
 * leads to it is the test's to say. */
static void check_rows(struct gen *gen, const char *path)
{
	char row[EXPLAIN_ID_MAX + 8];
	struct reader r;

	if (!open_file(gen, path, &r))
		return;
	for (unsigned i = 0; i < gen->count; i++) {
		struct text *text = &gen->texts[i];

		snprintf(row, sizeof(row), "{ \"%s\",", text->id);
		if (text->tested && !strstr(r.left, row))
			fault(gen, text->path, 1, "no row of %s leads to \"%s\"", path, text->id);
	}
}

/* Marks the text that a CAUSE("id") names. */
static void check_cause(struct gen *gen, const char *path, unsigned line_no, const char *id)
{
	bool known = false;

	for (unsigned i = 0; i < gen->count; i++)
		if (strcmp(gen->texts[i].id, id) == 0)
			known = gen->texts[i].ruled = gen->texts[i].tested = true;
	if (!known)
		fault(gen, path, line_no, "\"%s\" has no text", id);
}

/* Every CAUSE("id") has a text, and a row in the tables of its test. */
static void check_rules(struct gen *gen, const char *path, const char *test_path)
{
	static const char mark[] = "CAUSE(\"";
	struct reader r;
	char *line;

	for (unsigned i = 0; i < gen->count; i++)
		gen->texts[i].tested = false;
	if (!open_file(gen, path, &r))
		return;
	while ((line = next_line(&r))) {
		for (char *id = line; (id = strstr(id, mark));) {
			id += strlen(mark);
			if (!strchr(id, '"'))
				break;
			*strchr(id, '"') = 0;
			check_cause(gen, path, r.line_no, id);
			id += strlen(id) + 1;
		}
	}
	check_rows(gen, test_path);
}

/* Every text is led to. */
static void check_ruled(struct gen *gen)
{
	for (unsigned i = 0; i < gen->count; i++)
		if (*gen->texts[i].id && !gen->texts[i].ruled)
			fault(gen, gen->texts[i].path, 1, "no rule leads to \"%s\"",
			      gen->texts[i].id);
}

static void write_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs("\",\n", out);
}

static void write_text(FILE *out, const struct text *text)
{
	fputs("\t{\n\t\t", out);
	write_string(out, text->id);
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		fputs("\t\t", out);
		write_string(out, text->fields[i].text);
	}
	fputs("\t\t{\n", out);
	for (unsigned i = 0; i < text->advices; i++) {
		fputs("\t\t\t", out);
		write_string(out, text->advice[i].text);
	}
	fputs("\t\t},\n\t},\n", out);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct text *)a)->id, ((const struct text *)b)->id);
}

static void write_table(struct gen *gen, const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		fault(gen, path, 0, "%s", strerror(errno));
		return;
	}
	qsort(gen->texts, gen->count, sizeof(*gen->texts), by_id);
	fputs("/* Made by tools/explain-gen.c from src/explain/texts: change it there. */\n"
	      "#include \"explain/rules.h\"\n\n"
	      "const struct explain_cause explain_causes[] = {\n",
	      out);
	for (unsigned i = 0; i < gen->count; i++)
		write_text(out, &gen->texts[i]);
	fprintf(out, "};\nconst unsigned explain_cause_count = %u;\n", gen->count);
	if (fclose(out) != 0)
		fault(gen, path, 0, "%s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct gen *gen;
	unsigned faults;

	if (argc < 8) {
		fputs("usage: explain-gen OUT.c AGAIN.txt RULES.c RULES_TEST.c PATTERN.c "
		      "PATTERN_TEST.c TEXT.txt...\n",
		      stderr);
		return 2;
	}
	gen = calloc(1, sizeof(*gen));
	if (gen)
		gen->texts = calloc((size_t)argc, sizeof(*gen->texts));
	if (!gen || !gen->texts) {
		fputs("explain-gen: out of memory\n", stderr);
		free(gen);
		return 2;
	}
	read_again_file(gen, argv[2]);
	for (int i = 7; i < argc; i++)
		read_text(gen, argv[i]);
	check_rules(gen, argv[3], argv[4]);
	check_rules(gen, argv[5], argv[6]);
	check_ruled(gen);
	if (!gen->faults)
		write_table(gen, argv[1]);
	faults = gen->faults;
	free(gen->texts);
	free(gen);
	return faults ? 1 : 0;
}
