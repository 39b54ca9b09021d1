/* cli/status.c: `lineup status`: the lines of every studio as a table, and what the servers do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/line_view.h"
#include "cli/place.h"
#include "cli/print_json.h"
#include "explain/explain.h"
#include "net/tls.h"

#define TEXT_MAX     1200
#define PATTERNS_MAX 20 /* that are told in words */
#define DAY_MS       86400000

static const struct cli_option options[] = {
	PLACE_OPTION,
	{ .name = "json", .help = "print what the API answers, for programs" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "every line that shall be is registered" },
	{ CLI_FAILED, "a line is not, or there is no such studio" },
	CLIENT_EXIT,
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup status", "All studios." },
	{ "lineup status \"Studio 1\"", "One of them." },
	{ "lineup status --json | jq -r '.lines[] | select(.cause) | .address'",
	  "The addresses of all lines whose last try failed." },
	{ 0 },
};

/* ---- one studio */

struct studio {
	size_t first, end; /* its rows */
	unsigned enabled, up, off;
	int64_t since_ms; /* since the last change; -1: unknown */
	struct line_layout layout;
};

/* From the row first on: those of one studio, which stand together. */
static struct studio measure(const json_t *lines, size_t first, int64_t now_ms,
                             struct line_view *view)
{
	struct studio studio = { .first = first, .end = first, .since_ms = -1 };
	int64_t id = client_number(json_array_get(lines, first), "studio");

	while (studio.end < json_array_size(lines) &&
	       client_number(json_array_get(lines, studio.end), "studio") == id) {
		line_view_fill(json_array_get(lines, studio.end++), now_ms, view);
		line_layout_see(&studio.layout, view);
		studio.enabled += view->enabled;
		studio.up += view->enabled && view->up;
		studio.off += !view->enabled;
		if (view->since_ms >= 0 &&
		    (studio.since_ms < 0 || view->since_ms < studio.since_ms))
			studio.since_ms = view->since_ms;
	}
	return studio;
}

/* "Studio 1: 7 of 8 lines registered", and at the right end for how long nothing has changed. */
static void put_title(const struct term *term, const struct studio *studio, const json_t *lines)
{
	char name[TEXT_MAX], count[64], since[64];
	struct buf shown = buf_over(name, sizeof(name)), span = buf_over(since, sizeof(since));
	unsigned used, wide;

	buf_show(&shown,
	         slice_str(client_text(json_array_get(lines, studio->first), "studio_name")));
	buf_end(&shown);
	snprintf(count, sizeof(count), ": %u of %u %s registered", studio->up, studio->enabled,
	         studio->enabled == 1 ? "line" : "lines");
	term_put(term, TERM_BOLD, name);
	term_put(term, studio->up == studio->enabled ? TERM_PLAIN : TERM_RED, count);
	used = term_columns(slice_str(name)) + term_columns(slice_str(count));
	if (studio->off)
		used += (unsigned)fprintf(term->file, ", %u off", studio->off);
	buf_str(&span, "no change for ");
	if (studio->since_ms >= 0)
		explain_span((uint64_t)(studio->since_ms < 1000 ? 1000 : studio->since_ms), &span);
	buf_end(&span);
	wide = term_columns(slice_str(since));
	if (studio->since_ms >= 0 && used + 2 + wide <= term->width)
		term_printf(term, TERM_DIM, "%*s%s", (int)(term->width - used - wide), "", since);
	fputc('\n', term->file);
}

/* A line that is the same registration as another one, in whatever studio. */
static void put_shared(const struct term *term, const json_t *lines, const json_t *line)
{
	char memory[TEXT_MAX];
	struct buf name = buf_over(memory, sizeof(memory));
	int64_t other = client_number(line, "same_as");
	const json_t *row;
	size_t i;

	if (!other)
		return;
	buf_str(&name, "a line of another studio");
	json_array_foreach(lines, i, row)
	{
		if (client_number(row, "id") != other)
			continue;
		name.n = 0;
		buf_show(&name, slice_str(client_text(row, "studio_name")));
		buf_char(&name, '/');
		buf_u64(&name, (uint64_t)client_number(row, "number"));
		break;
	}
	buf_end(&name);
	term_printf(term, TERM_DIM, "  %lld shares one registration with %s.",
	            (long long)client_number(line, "number"), memory);
	fputc('\n', term->file);
}

static void put_studio(const struct term *term, const struct studio *studio, const json_t *lines,
                       int64_t now_ms, struct line_view *view)
{
	struct line_layout layout = studio->layout;

	line_layout_fit(&layout, term->width);
	put_title(term, studio, lines);
	line_put_headings(term, &layout);
	for (size_t i = studio->first; i < studio->end; i++) {
		line_view_fill(json_array_get(lines, i), now_ms, view);
		line_put(term, &layout, view);
	}
	for (size_t i = studio->first; i < studio->end; i++)
		put_shared(term, lines, json_array_get(lines, i));
	fputc('\n', term->file);
}

/* ---- servers */

/* ", its certificate ends in 9 days (2026-12-08)", from NET_TLS_WARN_DAYS before on. */
static void put_certificate(const struct term *term, const json_t *server, const char *key,
                            const char *whose, int64_t now_ms)
{
	const char *until = client_text(server, key);
	int64_t until_ms = clock_read(until);
	int64_t days = (until_ms - now_ms) / DAY_MS;

	if (!until_ms || days >= NET_TLS_WARN_DAYS)
		return;
	if (until_ms <= now_ms)
		term_printf(term, TERM_RED, ", %s certificate has expired (%.10s)", whose, until);
	else
		term_printf(term, TERM_AMBER, ", %s certificate ends in %lld day%s (%.10s)", whose,
		            (long long)days, days == 1 ? "" : "s", until);
}

/* Of what is up, what no refresh has kept so: ", 2 of them held: the last refresh failed". */
static void put_held(const struct term *term, int64_t held)
{
	if (held)
		term_printf(term, TERM_AMBER, ", %lld of them held: the last refresh failed",
		            (long long)held);
}

/* "Server pbx.example: 7 of 7 up (1 switched off), answers in 18 ms" */
static void put_server(const struct term *term, const json_t *server, int64_t now_ms)
{
	char name[TEXT_MAX];
	int64_t lines = client_number(server, "lines"), up = client_number(server, "up");
	int64_t answer_ms = client_number(server, "answer_ms"),
		off = client_number(server, "switched_off");
	bool dead = json_is_true(json_object_get(server, "dead"));

	fprintf(term->file,
	        "Server %s: ", cli_shown(client_text(server, "name"), name, sizeof(name)));
	fprintf(term->file, "%lld of %lld up", (long long)up, (long long)(lines - off));
	if (off)
		fprintf(term->file, " (%lld switched off)", (long long)off);
	put_held(term, client_number(server, "held"));
	if (dead)
		term_put(term, TERM_RED, ", does not answer");
	else if (json_is_true(json_object_get(server, "busy")))
		term_put(term, TERM_RED, ", says 503: it takes no registrations now");
	else if (json_is_true(json_object_get(server, "unanswered")))
		term_put(term, TERM_AMBER, ", gave no answer last");
	else if (answer_ms)
		fprintf(term->file, ", answers in %lld ms", (long long)answer_ms);
	put_certificate(term, server, "certificate_until", "its", now_ms);
	put_certificate(term, server, "own_certificate_until", "our", now_ms);
	fputc('\n', term->file);
}

/* Whether one of the lines is at the server. */
static bool is_used(const json_t *lines, const json_t *server)
{
	int64_t id = client_number(server, "id");
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) if (client_number(line, "server") == id) return true;
	return false;
}

/* ---- patterns */

/* Whether the same was said of a line before it. */
static bool is_said(const json_t *said, const char *seen)
{
	const json_t *text;
	size_t i;

	json_array_foreach(said, i,
	                   text) if (strcmp(json_string_value(text), seen) == 0) return true;
	return false;
}

/* "All 8 lines at pbx.example fail together, for 4 min now. (lineup explain all-lines-fail)" */
static void put_pattern(const struct term *term, const json_t *pattern)
{
	char memory[TEXT_MAX + 200];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_show(&text, slice_str(client_text(pattern, "seen")));
	buf_str(&text, " (lineup explain ");
	buf_show(&text, slice_str(client_text(pattern, "id")));
	buf_char(&text, ')');
	term_wrap(term->file, buf_slice(&text), (struct term_block){ .width = term->width });
}

/* What lines show together, each thing once: of a server's lines all say the same. */
static void put_patterns(const struct term *term, const json_t *lines)
{
	json_t *said = json_array();
	const json_t *line, *pattern;
	unsigned more = 0;
	size_t i, k;

	json_array_foreach(lines, i, line)
	{
		json_array_foreach(json_object_get(line, "patterns"), k, pattern)
		{
			if (is_said(said, client_text(pattern, "seen")))
				continue;
			if (json_array_size(said) == PATTERNS_MAX) {
				more++;
				continue;
			}
			put_pattern(term, pattern);
			json_array_append(said, json_object_get(pattern, "seen"));
		}
	}
	if (more)
		fprintf(term->file, "... and %u more: lineup status --json has them all.\n", more);
	json_decref(said);
}

/* ---- all */

/* Returns whether all lines that shall be up are. */
static bool put_status(const struct term *term, const json_t *answer, struct line_view *view)
{
	const json_t *lines = json_object_get(answer, "lines"), *server;
	int64_t now_ms = clock_read(client_text(answer, "time"));
	bool all_up = true;
	size_t i;

	for (size_t at = 0; at < json_array_size(lines);) {
		struct studio studio = measure(lines, at, now_ms, view);

		put_studio(term, &studio, lines, now_ms, view);
		all_up = all_up && studio.up == studio.enabled;
		at = studio.end;
	}
	json_array_foreach(json_object_get(answer, "servers"), i,
	                   server) if (is_used(lines, server)) put_server(term, server, now_ms);
	put_patterns(term, lines);
	if (!json_array_size(lines))
		fputs("There are no lines here yet: lineup line add, or lineup apply FILE.\n",
		      term->file);
	return all_up;
}

static bool all_are_up(const json_t *answer, struct line_view *view)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(answer, "lines"), i, line)
	{
		line_view_fill(line, 0, view);
		if (view->enabled && !view->up)
			return false;
	}
	return true;
}

static int show(const struct cli_args *args, const json_t *answer)
{
	struct line_view *view = malloc(sizeof(*view));
	struct term term = term_of(args->out);
	bool all_up;

	if (!view)
		return -ENOMEM;
	if (cli_times(args, "json")) {
		print_json(answer, JSON_INDENT(2), args->out);
		fputc('\n', args->out);
		all_up = all_are_up(answer, view);
	} else {
		all_up = put_status(&term, answer, view);
	}
	free(view);
	return all_up ? CLI_OK : CLI_FAILED;
}

static int ask(struct client *client, const struct cli_args *args, json_t **ret_answer)
{
	char path[64] = "/api/v1/status";
	int64_t studio;
	int status;

	if (args->operand_count) {
		status = find_studio(client, args, args->operands[0], &studio);
		if (status)
			return status;
		snprintf(path, sizeof(path), "/api/v1/status?studio=%lld", (long long)studio);
	}
	return client_list(client, path, "lines", ret_answer);
}

static int run(const struct cli_args *args)
{
	struct client *client = NULL;
	json_t *answer = NULL;
	int status = client_open(args, &client);

	if (!status)
		status = ask(client, args, &answer);
	if (!status)
		status = show(args, answer);
	json_decref(answer);
	client_close(client);
	return status;
}

const struct cli_command cli_status = {
	.name = "status",
	.operands = "[STUDIO]",
	.operands_max = 1,
	.brief = "shows the lines of the daemon and what they do",
	.description =
		"Shows the lines of every studio, or of one: whether each is registered and since "
		"when, its last result, and what it does next. A result that is no success ends "
		"with the name of its cause, which lineup explain explains."
		"\n\n"
		"The table fits the terminal: where it is narrow, columns are left out.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
