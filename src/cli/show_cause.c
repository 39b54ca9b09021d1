/* cli/show_cause.c: the layout of a cause, on a terminal and as JSON. */
#include "cli/show_cause.h"

#define TEXT_MAX 8192 /* bytes of one text of a cause, filled */

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

/* A left part from column at, where the cursor is, and a right part that ends where the line does,
 * or stands on lines of its own where the two have no room on one. */
static void put_sides(const struct term *term, unsigned at, enum term_style left_style,
                      const char *left, enum term_style right_style, const char *right)
{
	unsigned used = at + term_columns(slice_str(left)) + term_columns(slice_str(right));
	struct term_block block = { .at = at, .indent = SHOW_CAUSE_INDENT, .width = term->width };

	if (right[0] && used + 2 <= term->width) {
		term_put(term, left_style, left);
		fprintf(term->file, "%*s", (int)(term->width - used), "");
		term_put(term, right_style, right);
		fputc('\n', term->file);
		return;
	}
	term_put_wrapped(term, left_style, slice_str(left), block);
	block.at = 0;
	if (right[0])
		term_put_wrapped(term, right_style, slice_str(right), block);
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
	put_sides(term, 2, style_of(mark), cause->title, TERM_DIM, memory);
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
	char memory[128];
	struct buf who = buf_over(memory, sizeof(memory));

	if (!cause->advice[0])
		return;
	buf_str(&who, "who: ");
	buf_str(&who, cause->who);
	buf_end(&who);
	fprintf(term->file, "\n%*s", SHOW_CAUSE_INDENT, "");
	put_sides(term, SHOW_CAUSE_INDENT, TERM_BOLD, "What to do", TERM_PLAIN, memory);
	for (unsigned i = 0; cause->advice[i]; i++) {
		fprintf(term->file, "  %u. ", i + 1);
		show_cause_text(term, cause->advice[i], words, 5, 5);
	}
}

void show_cause_again(const struct term *term, const char *again, const struct explain_words *words)
{
	fputc('\n', term->file);
	term_put(term, TERM_BOLD, "  Again:");
	show_cause_text(term, again, words, 8, 9);
}

void show_cause_more(const struct term *term, const struct explain_cause *cause)
{
	char memory[64];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "More: lineup explain ");
	buf_str(&text, cause->id);
	term_put_wrapped(term, TERM_PLAIN, buf_slice(&text),
	                 (struct term_block){ .indent = SHOW_CAUSE_INDENT, .width = term->width });
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
