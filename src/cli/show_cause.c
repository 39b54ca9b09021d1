/* cli/show_cause.c: the layout of a cause, on a terminal and as JSON. */
#include "cli/show_cause.h"

#define TEXT_MAX 4096 /* bytes of one text of a cause, filled */

static enum term_style style_of(enum term_mark mark)
{
	switch (mark) {
	case TERM_MARK_GOOD:
		return TERM_GREEN;
	case TERM_MARK_WAIT:
		return TERM_AMBER;
	case TERM_MARK_BAD:
		return TERM_RED;
	case TERM_MARK_NONE:
		return TERM_PLAIN;
	}
	return TERM_PLAIN;
}

/* Blanks between a left part and a right part that ends at the line's last column but one. */
static void put_gap(const struct term *term, unsigned left, unsigned right)
{
	unsigned used = left + right;

	fprintf(term->file, "%*s", used + 1 < term->width ? (int)(term->width - used) : 2, "");
}

void show_cause_title(const struct term *term, enum term_mark mark,
                      const struct explain_cause *cause, unsigned status)
{
	char memory[64];
	struct buf id = buf_over(memory, sizeof(memory));

	if (cause->id)
		buf_str(&id, cause->id);
	if (cause->id && status)
		buf_str(&id, ", ");
	if (status)
		buf_u64(&id, status);
	buf_end(&id);
	term_mark(term, mark);
	fputc(' ', term->file);
	term_put(term, style_of(mark), cause->title);
	if (id.n) {
		put_gap(term, 2 + term_columns(slice_str(cause->title)), (unsigned)id.n);
		term_put(term, TERM_DIM, memory);
	}
	fputc('\n', term->file);
}

void show_cause_text(const struct term *term, const char *text, const struct explain_words *words,
                     unsigned at, unsigned indent)
{
	char memory[TEXT_MAX];
	struct buf filled = buf_over(memory, sizeof(memory));

	explain_fill(text, words, &filled);
	term_wrap(term->file, buf_slice(&filled),
	          (struct term_block){ .at = at, .indent = indent, .width = term->width });
}

void show_cause_advice(const struct term *term, const struct explain_cause *cause,
                       const struct explain_words *words)
{
	static const char heading[] = "  What to do";

	if (!cause->advice[0])
		return;
	fputc('\n', term->file);
	term_put(term, TERM_BOLD, heading);
	put_gap(term, sizeof(heading) - 1, term_columns(slice_str(cause->who)) + 5);
	fprintf(term->file, "who: %s\n", cause->who);
	for (unsigned i = 0; cause->advice[i]; i++) {
		fprintf(term->file, "  %u. ", i + 1);
		show_cause_text(term, cause->advice[i], words, 5, 5);
	}
}

static void put_filled(struct json *json, const char *key, const char *text,
                       const struct explain_words *words)
{
	char memory[TEXT_MAX];
	struct buf filled = buf_over(memory, sizeof(memory));

	explain_fill(text, words, &filled);
	json_put_string(json, key, buf_slice(&filled));
}

void show_cause_json(struct json *json, const struct explain_cause *cause,
                     const struct explain_words *words)
{
	json_put_string(json, "id", slice_str(cause->id));
	json_put_string(json, "title", slice_str(cause->title));
	put_filled(json, "seen", cause->seen, words);
	put_filled(json, "meaning", cause->meaning, words);
	json_put_string(json, "who", slice_str(cause->who));
	put_filled(json, "again", cause->again, words);
	json_open_array(json, "advice");
	for (unsigned i = 0; cause->advice[i]; i++)
		put_filled(json, NULL, cause->advice[i], words);
	json_close_array(json);
}
