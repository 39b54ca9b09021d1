/* cli/explain.c: `lineup explain`: the knowledge base, for people and for programs. What a question
 * means is read in question.c; here it is answered. */
#include <errno.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/looks_like.h"
#include "cli/question.h"
#include "cli/show_cause.h"
#include "explain/pattern.h"
#include "sip/status.h"

#define JSON_MAX  65536                    /* bytes of one entry */
#define ID_COLUMN (2 + EXPLAIN_ID_MAX + 2) /* where titles begin in a list */

/* What a text speaks of where the question does not tell. */
static const struct explain_words unknown = {
	.status = { "<status>", 8 },
	.reason = { "<reason>", 8 },
	.server = { "<server>", 8 },
	.address = { "<address>", 9 },
	.extension = { "<extension>", 11 },
	.auth_user = { "<auth user>", 11 },
	.realm = { "<realm>", 7 },
	.algorithm = { "<algorithm>", 11 },
	.min_expires = { "<number>", 8 },
	.retry_after = { "<number>", 8 },
	.hint = { "<the server's words>", 20 },
	.target = { "<address:port>", 14 },
	.transport = { "<transport>", 11 },
	.interface = { "<interface>", 11 },
	.issuer = { "<authority>", 11 },
	.count = { "<number>", 8 },
	.period = { "<time>", 6 },
	.offset = { "<time> ahead of or behind", 25 },
	.since = { "<time>", 6 },
};

/* ---- words */

struct answer_words {
	struct explain_words words;
	char status[8];
};

/* The phrase that belongs to a status, as far as there is one and it does not change the answer: a
 * 402 without words is not yet one about money. */
static struct slice usual_reason(const struct question_answer *answer)
{
	const struct reg_facts alone = { .status = answer->status };
	struct reg_facts worded = alone;

	worded.reason = slice_str(sip_status_phrase(answer->status));
	if (answer->status >= 300 && !explain_names(answer->status))
		return unknown.reason;
	return explain(&worded) == explain(&alone) ? worded.reason : unknown.reason;
}

static void answer_words(const struct question *q, const struct question_answer *answer,
                         struct answer_words *ret_words)
{
	struct buf status = buf_over(ret_words->status, sizeof(ret_words->status));
	struct explain_words *words = &ret_words->words;

	*words = unknown;
	if (answer->status) {
		buf_u64(&status, answer->status);
		words->status = buf_slice(&status);
		words->reason = usual_reason(answer);
	}
	if (q->reason.n)
		words->reason = q->reason;
	if (q->address.n)
		words->address = q->address;
	if (q->extension.n)
		words->extension = q->extension;
	if (q->server.n)
		words->server = q->server;
	if (q->transport.n)
		words->transport = q->transport;
}

/* ---- on a terminal or a pipe */

/* On a narrow terminal the title stands below. */
static void show_row(const struct term *term, const struct explain_cause *cause)
{
	struct term_block block = { .indent = ID_COLUMN, .width = term->width };
	int n = fprintf(term->file, "  %s", cause->id);

	if (block.width >= ID_COLUMN + EXPLAIN_TITLE_MAX) {
		fprintf(term->file, "%*s", ID_COLUMN - n, "");
		block.at = ID_COLUMN;
	} else {
		fputs("\n    ", term->file);
		block.at = block.indent = 4;
	}
	term_wrap(term->file, slice_str(cause->title), block);
}

/* "nobody" needs no alarm. */
static enum term_mark mark_of(const struct explain_cause *cause)
{
	return slice_equal(slice_str(cause->who), SLICE("nobody")) ? TERM_MARK_NONE : TERM_MARK_BAD;
}

static void show_answer(const struct term *term, const struct question *q,
                        const struct question_answer *answer)
{
	const struct explain_cause *cause = answer->cause;
	struct answer_words words;

	answer_words(q, answer, &words);
	show_cause_title(term, mark_of(cause), cause, answer->status);
	show_cause_text(term, cause->meaning, &words.words, 0, SHOW_CAUSE_INDENT);
	show_cause_text(term, cause->seen, &words.words, 0, SHOW_CAUSE_INDENT);
	show_cause_advice(term, cause, &words.words);
	show_cause_again(term, cause->again, &words.words);
}

static bool is_answer(const struct question *q, const struct explain_cause *cause)
{
	for (unsigned i = 0; i < q->answer_count; i++)
		if (q->answers[i].cause == cause)
			return true;
	return false;
}

/* The other entries that belong below an answer. Returns how many. */
static unsigned others_of(const struct question *q, const struct question_answer *answer,
                          const struct explain_cause *ret_causes[EXPLAIN_UNDER_MAX])
{
	const struct explain_cause *causes[EXPLAIN_UNDER_MAX];
	unsigned count, kept = 0;

	if (answer->list == QUESTION_ALONE)
		return 0;
	count = explain_under(answer->list == QUESTION_UNANSWERED ? 0 : answer->status, causes);
	for (unsigned i = 0; i < count; i++)
		if (!is_answer(q, causes[i]))
			ret_causes[kept++] = causes[i];
	return kept;
}

static void show_others(const struct term *term, const struct question *q,
                        const struct question_answer *answer)
{
	const struct explain_cause *causes[EXPLAIN_UNDER_MAX];
	unsigned count = others_of(q, answer, causes);

	if (!count)
		return;
	fputc('\n', term->file);
	if (answer->list == QUESTION_UNANSWERED)
		term_put(term, TERM_BOLD, "Also where no server answers:");
	else
		term_printf(term, TERM_BOLD, "Also under %u:", answer->status);
	fputc('\n', term->file);
	for (unsigned i = 0; i < count; i++)
		show_row(term, causes[i]);
}

static void show_question(const struct term *term, const struct question *q)
{
	if (q->remark.n) {
		term_wrap(term->file, q->remark, (struct term_block){ .width = term->width });
		fputc('\n', term->file);
	}
	for (unsigned i = 0; i < q->answer_count; i++) {
		if (i)
			fputc('\n', term->file);
		show_answer(term, q, &q->answers[i]);
	}
	for (unsigned i = 0; i < q->answer_count; i++)
		show_others(term, q, &q->answers[i]);
	if (q->more_count) {
		fputc('\n', term->file);
		term_put(term, TERM_BOLD, "These words may also mean:");
		fputc('\n', term->file);
		for (unsigned i = 0; i < q->more_count; i++)
			show_row(term, q->more[i]);
	}
	if (slice_present(q->agent))
		fputc('\n', term->file);
	looks_like_show(term, (struct looks_like){ .agent = q->agent }, LOOKS_LIKE_QUIRKS);
}

/* ---- as JSON */

static void put_status(struct json *json, uint16_t status)
{
	if (status)
		json_put_number(json, "status", status);
	else
		json_put_null(json, "status");
}

static void put_row(struct json *json, const struct explain_cause *cause, uint16_t status)
{
	json_open_object(json, NULL);
	json_put_string(json, "id", slice_str(cause->id));
	json_put_string(json, "title", slice_str(cause->title));
	put_status(json, status);
	json_close_object(json);
}

static void put_also(struct json *json, const struct question *q)
{
	const struct explain_cause *causes[EXPLAIN_UNDER_MAX];

	json_open_array(json, "also");
	for (unsigned i = 1; i < q->answer_count; i++)
		put_row(json, q->answers[i].cause, q->answers[i].status);
	for (unsigned i = 0; i < q->answer_count; i++) {
		unsigned count = others_of(q, &q->answers[i], causes);

		for (unsigned k = 0; k < count; k++)
			put_row(json, causes[k], q->answers[i].status);
	}
	for (unsigned i = 0; i < q->more_count; i++)
		put_row(json, q->more[i], 0);
	json_close_array(json);
}

static int print_json(const struct cli_args *args, struct buf *out, const char *end)
{
	if (buf_end(out) < 0)
		return -ENOBUFS;
	fprintf(args->out, "%s%s", out->p, end);
	return CLI_OK;
}

static int print_question(const struct cli_args *args, const struct question *q)
{
	char memory[JSON_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	struct json json = json_over(&out);
	struct answer_words words;

	answer_words(q, &q->answers[0], &words);
	json_open_object(&json, NULL);
	show_cause_json(&json, q->answers[0].cause, &words.words);
	put_status(&json, q->answers[0].status);
	json_put_string(&json, "remark", q->remark);
	put_also(&json, q);
	looks_like_json(&json, (struct looks_like){ .agent = q->agent });
	json_close_object(&json);
	return print_json(args, &out, "\n");
}

/* ---- the list */

static const struct group {
	const char *who; /* the first of those who must act; NULL: patterns */
	const char *heading;
} groups[] = {
	{ "you", "For you to mend, or to look at first" },
	{ "your network", "For your network" },
	{ "your provider", "For your provider" },
	{ "nobody", "For nobody: it is as it should be, or passes by itself" },
	{ NULL, "What several lines, or several hours, show together" },
};

static bool is_in(const struct group *group, const struct explain_cause *cause)
{
	struct slice who = slice_str(cause->who);

	if (explain_is_pattern(cause))
		return !group->who;
	return group->who &&
	       slice_equal(slice_of(who.p, slice_find(who, ',')), slice_str(group->who));
}

static void show_list(const struct term *term)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		const struct explain_cause *cause;

		if (i)
			fputc('\n', term->file);
		term_put_wrapped(term, TERM_BOLD, slice_str(groups[i].heading),
		                 (struct term_block){ .width = term->width });
		for (unsigned k = 0; (cause = explain_at(k)); k++)
			if (is_in(&groups[i], cause))
				show_row(term, cause);
	}
}

static int print_list(const struct cli_args *args)
{
	const struct explain_cause *cause;
	char memory[JSON_MAX];

	fputs("[\n", args->out);
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		struct buf out = buf_over(memory, sizeof(memory));
		struct json json = json_over(&out);
		int r;

		json_open_object(&json, NULL);
		show_cause_json(&json, cause, &unknown);
		json_close_object(&json);
		r = print_json(args, &out, explain_at(i + 1) ? ",\n" : "\n");
		if (r < 0)
			return r;
	}
	fputs("]\n", args->out);
	return CLI_OK;
}

static int list(const struct cli_args *args)
{
	struct term term = term_of(args->out);

	if (args->operand_count)
		return cli_usage_error(args, "--list shows everything, and takes no question");
	if (cli_times(args, "json"))
		return print_list(args);
	show_list(&term);
	return CLI_OK;
}

/* ---- what was typed, or comes in */

static bool is_from_input(const struct cli_args *args)
{
	return !args->operand_count ||
	       (args->operand_count == 1 && strcmp(args->operands[0], "-") == 0);
}

static int join_operands(const struct cli_args *args, char ret_text[QUESTION_BYTES_MAX])
{
	struct buf text = buf_over(ret_text, QUESTION_BYTES_MAX);

	for (unsigned i = 0; i < args->operand_count; i++) {
		buf_str(&text, i ? " " : "");
		buf_str(&text, args->operands[i]);
	}
	if (buf_end(&text) < 0)
		return cli_usage_error(args, "the text is longer than %d bytes",
		                       QUESTION_BYTES_MAX - 1);
	return CLI_OK;
}

/* The end of standard input, from the beginning of a line on, as much as a question may have: of a
 * log it is what came last that counts. */
static int read_input(const struct cli_args *args, char ret_text[QUESTION_BYTES_MAX])
{
	enum { ROOM = QUESTION_BYTES_MAX - 1 };
	char window[2 * ROOM];
	size_t n = 0, skip = 0;

	while (!feof(stdin) && !ferror(stdin)) {
		if (n == sizeof(window)) {
			memmove(window, window + n - ROOM - 1, ROOM + 1);
			n = ROOM + 1;
		}
		n += fread(window + n, 1, sizeof(window) - n, stdin);
	}
	if (ferror(stdin))
		return cli_fail(args, "standard input could not be read");
	if (n > ROOM) {
		const char *from = window + n - ROOM - 1;
		const char *end = memchr(from, '\n', ROOM);

		skip = (size_t)((end ? end : from) - window) + 1;
	}
	for (size_t i = skip; i < n; i++)
		ret_text[i - skip] = window[i] ? window[i] : ' ';
	ret_text[n - skip] = '\0';
	return CLI_OK;
}

/* ---- the command */

/* What is not near is offered with less assurance, and with all that there is. */
static void put_far_offer(struct slice text, struct buf *out)
{
	const struct explain_cause *nearest = question_nearest(text);

	if (nearest) {
		buf_str(out, "the nearest id is ");
		buf_str(out, nearest->id);
		buf_str(out, ", and ");
	}
	buf_str(out, "\"lineup explain --list\" shows what there is");
}

/* The nearest thing that would be understood: a number says more than the words around it. */
static void put_offer(struct slice text, struct buf *out)
{
	const struct explain_cause *near[QUESTION_NEAR_MAX];
	uint16_t status = question_status_in(text);
	unsigned count = status ? 0 : question_near(text, near);

	if (!count && !status) {
		put_far_offer(text, out);
		return;
	}
	buf_str(out, "did you mean ");
	if (!count)
		buf_u64(out, status);
	for (unsigned i = 0; i < count; i++) {
		buf_str(out, i == 0 ? "" : i + 1 < count ? ", " : " or ");
		buf_str(out, near[i]->id);
	}
	buf_char(out, '?');
}

/* A header field alone: what it says of the server is all that there is to say. */
static int tell_agent(const struct cli_args *args, struct slice agent)
{
	char memory[JSON_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	struct json json = json_over(&out);
	struct term term = term_of(args->out);

	if (!cli_times(args, "json")) {
		looks_like_show(&term, (struct looks_like){ .agent = agent }, LOOKS_LIKE_QUIRKS);
		return CLI_OK;
	}
	json_open_object(&json, NULL);
	looks_like_json(&json, (struct looks_like){ .agent = agent });
	json_close_object(&json);
	return print_json(args, &out, "\n");
}

static int misunderstood(const struct cli_args *args, const char *text)
{
	struct slice agent = looks_like_find(slice_str(text));
	char shown[256], memory[128];
	struct buf offer = buf_over(memory, sizeof(memory));

	if (slice_present(agent))
		return tell_agent(args, agent);
	if (is_from_input(args))
		return cli_usage_error(args,
		                       "standard input has no line of a log, no status line and no "
		                       "id; \"lineup explain --list\" shows what there is");
	put_offer(slice_str(text), &offer);
	buf_end(&offer);
	return cli_usage_error(
		args, "\"%s\" is no status from 300 to 699, no id and no line of a log; %s",
		cli_shown(text, shown, sizeof(shown)), memory);
}

static int run(const struct cli_args *args)
{
	char typed[QUESTION_BYTES_MAX] = "", memory[QUESTION_MEMORY];
	struct buf room = buf_over(memory, sizeof(memory));
	struct term term = term_of(args->out);
	struct question q;
	int status;

	if (cli_times(args, "list"))
		return list(args);
	if (!args->operand_count && isatty(fileno(stdin)))
		return cli_usage_error(args, "a status, an id or a line of a log is missing");
	status = is_from_input(args) ? read_input(args, typed) : join_operands(args, typed);
	if (status)
		return status;
	if (!slice_trim(slice_str(typed)).n)
		return cli_usage_error(args,
		                       "what shall be explained? A status, an id or a line of "
		                       "a log is missing; \"lineup explain --list\" shows "
		                       "what there is");
	if (!question_read(slice_str(typed), &room, &q))
		return misunderstood(args, typed);
	if (cli_times(args, "json"))
		return print_question(args, &q);
	show_question(&term, &q);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{ 'l', "list", NULL, NULL, NULL, "show the ids and titles of all entries" },
	{ 0, "json", NULL, NULL, NULL,
	  "write JSON: one object with the entry, or with --list an array of all" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was explained" },
	{ CLI_FAILED, "standard input could not be read" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup explain 403", "what a 403 means, and what else it may mean" },
	{ "lineup explain auth-refused", "the entry that another command named" },
	{ "lineup explain 'SIP: REGISTER sip:1001@pbx.example: 403 Forbidden'",
	  "a line of a log, in quotes" },
	{ "lineup explain < studio.log", "the last attempt that a log tells of" },
	{ 0 },
};

const struct cli_command cli_explain = {
	.name = "explain",
	.operands = "[CODE | ID | TEXT...]",
	.operands_max = 4096,
	.brief = "says what an answer of a server means and what to do",
	.description =
		"Says what is behind a failed registration, who can mend it, and how. It needs no "
		"network and no other command.\n\n"
		"CODE is the status of an answer, 300 to 699. The entry that it has by itself is "
		"shown in full, then the ids of the others that it has in other circumstances. ID "
		"is the name of an entry, as other commands show it.\n\n"
		"TEXT is a line of a log, of Lineup in any of its formats or of a device that "
		"writes the same lines, with or without a time in front; a status line; or the "
		"words that came with a number, such as \"Bad Extension\". It comes on the "
		"command line or, with - or nothing there, from standard input, of which the last "
		"16 KB are read. Several lines of one attempt tell more than the last alone; a "
		"line with the Server or User-Agent field "
		"of the answer tells which PBX it is, and what people trip over there. Where no "
		"server answered it matters what the request went over: a Via field, "
		"\";transport=tcp\" in the URI or a remark about a connection tells that.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
