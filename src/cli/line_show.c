/* cli/line_show.c: a line with its last result, and its cause in the layout that all commands
 * share. */
#include "cli/line_show.h"

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/line_view.h"
#include "cli/show_cause.h"
#include "explain/explain.h"

#define INDENT   2
#define TEXT_MAX 4096

static void put_shown(struct buf *out, const char *text)
{
	buf_show(out, slice_str(text));
}

static void put_text(const struct term *term, struct buf *text)
{
	term_wrap(term->file, buf_slice(text),
	          (struct term_block){ .indent = INDENT, .width = term->width });
}

/* "Studio 1/3 Call-in 1: refused, for 4 min" */
static void put_title(const struct term *term, const json_t *line, const struct line_view *view)
{
	static const enum term_style styles[] = {
		[TERM_MARK_GOOD] = TERM_GREEN,
		[TERM_MARK_WAIT] = TERM_AMBER,
		[TERM_MARK_BAD] = TERM_RED,
		[TERM_MARK_NONE] = TERM_DIM,
	};
	char memory[TEXT_MAX];
	struct buf name = buf_over(memory, sizeof(memory));

	put_shown(&name, client_text(line, "studio_name"));
	buf_char(&name, '/');
	buf_str(&name, view->cells[LINE_NUMBER]);
	buf_char(&name, ' ');
	buf_str(&name, view->cells[LINE_NAME]);
	name.n -= !view->cells[LINE_NAME][0];
	buf_end(&name);
	term_mark(term, view->mark);
	fputc(' ', term->file);
	term_put(term, TERM_BOLD, memory);
	fputs(": ", term->file);
	term_put(term, styles[view->mark], view->cells[LINE_STATE]);
	if (view->cells[LINE_SINCE][0])
		fprintf(term->file, ", for %s", view->cells[LINE_SINCE]);
	fputc('\n', term->file);
}

static void put_where(const struct term *term, const json_t *line)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	const char *address = client_text(line, "address"), *target = client_text(line, "target");
	const char *realm = client_text(line, "realm");

	put_shown(&text, *address ? address : client_text(line, "extension"));
	if (*target) {
		buf_str(&text, " at ");
		put_shown(&text, target);
		buf_str(&text, " over ");
		put_shown(&text, client_text(line, "transport"));
	}
	buf_str(&text, ", auth user ");
	put_shown(&text, client_text(line, "auth_user"));
	if (*realm) {
		buf_str(&text, ", realm \"");
		put_shown(&text, realm);
		buf_char(&text, '"');
	}
	put_text(term, &text);
}

static void put_result(const struct term *term, const json_t *line, const struct line_view *view,
                       int64_t now_ms)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	int64_t at_ms = clock_read(client_text(line, "result_at"));
	int64_t answer_ms = client_number(line, "answer_ms");

	if (!view->cells[LINE_RESULT][0])
		return;
	buf_str(&text, "last result ");
	buf_str(&text, view->cells[LINE_RESULT]);
	if (at_ms && now_ms >= at_ms + 1000) {
		buf_str(&text, ", ");
		explain_span((uint64_t)(now_ms - at_ms), &text);
		buf_str(&text, " ago");
	}
	if (answer_ms && view->up) {
		buf_str(&text, ", in ");
		explain_span((uint64_t)answer_ms, &text);
	}
	put_text(term, &text);
}

/* "retry 5 min", as it is short for a table, in a sentence. */
static void put_next(struct buf *text, struct slice cell)
{
	struct slice what = slice_of(cell.p, slice_find(cell, ' '));
	struct slice when = slice_from(cell, what.n);

	buf_put(text, what);
	buf_str(text, slice_equal(when, SLICE(" now")) ? "" : " in");
	buf_put(text, when);
}

static void put_times(const struct term *term, const json_t *line, const struct line_view *view,
                      int64_t now_ms)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	int64_t ends_ms = clock_read(client_text(line, "ends_at"));
	int64_t granted_s = client_number(line, "granted"), others = client_number(line, "foreign");

	if (view->up && granted_s) {
		buf_str(&text, "granted ");
		buf_u64(&text, (uint64_t)granted_s);
		buf_str(&text, " s");
		if (ends_ms > now_ms && now_ms) {
			buf_str(&text, ", ends in ");
			explain_span((uint64_t)(ends_ms - now_ms), &text);
		}
	}
	if (view->up && client_number(line, "flows") > 1) {
		buf_str(&text, text.n ? ", by " : "by ");
		buf_str(&text,
		        client_number(line, "flows_up") > 1 ? "two flows" : "one of two flows");
	}
	if (view->cells[LINE_NEXT][0]) {
		buf_str(&text, text.n ? ", " : "");
		put_next(&text, slice_str(view->cells[LINE_NEXT]));
	}
	if (view->up && others) {
		buf_str(&text, text.n ? ", " : "");
		buf_u64(&text, (uint64_t)others);
		buf_str(&text, others == 1 ? " other device is registered on this extension"
		                           : " other devices are registered on this extension");
	}
	if (text.n)
		put_text(term, &text);
}

/* "Service-Route <sip:a;lr>, <sip:b;lr>" */
static void put_list(const struct term *term, const char *name, const json_t *list)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	const json_t *value;
	size_t i;

	if (!json_array_size(list))
		return;
	buf_str(&text, name);
	json_array_foreach(list, i, value)
	{
		buf_str(&text, i ? ", " : " ");
		put_shown(&text, json_string_value(value));
	}
	put_text(term, &text);
}

static void put_gruu(const struct term *term, const json_t *line, const char *member,
                     const char *name)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!*client_text(line, member))
		return;
	buf_str(&text, name);
	put_shown(&text, client_text(line, member));
	put_text(term, &text);
}

/* What the server said beside the time that it granted. */
static void put_said(const struct term *term, const json_t *line)
{
	put_list(term, "Service-Route", json_object_get(line, "service_route"));
	put_list(term, "Path", json_object_get(line, "path"));
	put_list(term, "P-Associated-URI", json_object_get(line, "p_associated_uri"));
	put_gruu(term, line, "pub_gruu", "public GRUU ");
	put_gruu(term, line, "temp_gruu", "temporary GRUU ");
}

/* What the line shows together with others, or over hours. */
static void put_patterns(const struct term *term, const json_t *patterns)
{
	const json_t *pattern;
	char memory[TEXT_MAX];
	size_t i;

	json_array_foreach(patterns, i, pattern)
	{
		struct buf text = buf_over(memory, sizeof(memory));

		put_shown(&text, client_text(pattern, "seen"));
		buf_str(&text, " (lineup explain ");
		put_shown(&text, client_text(pattern, "id"));
		buf_char(&text, ')');
		put_text(term, &text);
	}
}

/* The texts come filled from the daemon, so there are no words to put into them. */
static void put_cause(const struct term *term, const json_t *explained, unsigned status,
                      enum term_mark mark)
{
	static const struct explain_words none;
	struct explain_cause cause = {
		.id = client_text(explained, "id"),
		.title = client_text(explained, "title"),
		.who = client_text(explained, "who"),
	};
	const json_t *advice = json_object_get(explained, "advice");

	for (size_t i = 0; i < EXPLAIN_ADVICE_MAX && i < json_array_size(advice); i++)
		cause.advice[i] = json_string_value(json_array_get(advice, i));
	fputc('\n', term->file);
	show_cause_title(term, mark, &cause, status);
	show_cause_text(term, client_text(explained, "meaning"), &none, 0, SHOW_CAUSE_INDENT);
	show_cause_text(term, client_text(explained, "seen"), &none, 0, SHOW_CAUSE_INDENT);
	show_cause_advice(term, &cause, &none);
	show_cause_again(term, client_text(explained, "again"), &none);
}

/* What people trip over at such servers, where the line fails. */
static void put_quirks(const struct term *term, const json_t *profile)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	put_shown(&text, client_text(profile, "title"));
	buf_str(&text, ": ");
	put_shown(&text, client_text(profile, "quirks"));
	fputc('\n', term->file);
	put_text(term, &text);
}

/* A registration that several lines have has the settings of one of them. */
static void put_shared(const struct term *term, const json_t *line, const json_t *other)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!other)
		return;
	buf_str(&text, "one registration with ");
	put_shown(&text, client_text(other, "studio_name"));
	buf_char(&text, '/');
	buf_u64(&text, (uint64_t)client_number(other, "number"));
	buf_str(&text, client_number(line, "follows")
	                       ? ", whose Auth User, Auth Password, Contact and Calls it has"
	                       : ": it has the Auth User, Auth Password, Contact and Calls of "
	                         "this line");
	put_text(term, &text);
}

void line_show(const struct term *term, const json_t *line, const json_t *other, int64_t now_ms)
{
	struct line_view *view = malloc(sizeof(*view));
	const json_t *explained = json_object_get(line, "explained");

	if (!view)
		return;
	line_view_fill(line, now_ms, view);
	put_title(term, line, view);
	put_where(term, line);
	put_shared(term, line, other);
	put_result(term, line, view, now_ms);
	put_times(term, line, view, now_ms);
	put_said(term, line);
	put_patterns(term, json_object_get(line, "patterns"));
	if (json_is_object(explained))
		put_cause(term, explained, (unsigned)client_number(line, "status"),
		          view->up ? TERM_MARK_WAIT : TERM_MARK_BAD);
	if (json_is_object(explained) && json_is_object(json_object_get(line, "profile")))
		put_quirks(term, json_object_get(line, "profile"));
	free(view);
}
