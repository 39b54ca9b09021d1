/* cli/daemon_log.c: `lineup log`: the last lines of the daemon's log, and those that come. */
#include <errno.h>

#include "base/buf.h"
#include "cli/client.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/place.h"
#include "cli/print_json.h"

#define LINES_MAX      65536 /* as many as the daemon keeps */
#define NAME_MAX_SHOWN 4096  /* bytes of a line's name, made printable */

static const struct cli_option options[] = {
	PLACE_OPTION,
	{ 'f', "follow", NULL, NULL, NULL, "then show the lines that come, until Ctrl-C" },
	{ 'l', "line", "LINE", NULL, NULL, "of this line only: STUDIO/NUMBER, its address or id" },
	{ 'n', "lines", "NUMBER", "20", NULL, "how many of the last ones to show, 0 to 65536" },
	{ 0, "json", NULL, NULL, NULL, "one JSON object a line, as the API has them" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "the lines were shown" },
	{ CLI_FAILED, "there is no such line" },
	CLIENT_EXIT,
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup log -f", "The log as it is written." },
	{ "lineup log -l \"Studio 1/3\" -n 100", "What one line has done." },
	{ "lineup log -n 2000 -l 1003@pbx.example | lineup explain -", "What went wrong there." },
	{ 0 },
};

struct reader {
	const struct cli_args *args;
	struct client *client;
	struct term term;
	int64_t line; /* 0: all */
	uint32_t wanted;
	uint64_t last; /* number of the last event that was read */
};

/* Changes of state are for programs: the log has its own line for each. */
static bool is_shown(const json_t *event)
{
	return strcmp(client_text(event, "kind"), "log") == 0;
}

/* Most lines of the log say nothing of whose they are, and those of many lines are mixed. */
static void put_name(const struct reader *reader, struct slice name)
{
	char memory[NAME_MAX_SHOWN];
	struct buf shown = buf_over(memory, sizeof(memory));

	if (!name.n)
		return;
	buf_show(&shown, name);
	fprintf(reader->args->out, "%.*s  ", (int)shown.n, shown.p);
}

static void put(const struct reader *reader, const json_t *event)
{
	if (cli_times(reader->args, "json")) {
		print_json(event, JSON_COMPACT, reader->args->out);
		fputc('\n', reader->args->out);
		return;
	}
	clock_put(&reader->term, CLOCK_TIME, clock_read(client_text(event, "time")));
	if (!reader->line)
		put_name(reader, slice_str(client_text(event, "name")));
	fprintf(reader->args->out, "%s\n", client_text(event, "text"));
}

static int read_page(struct reader *reader, uint64_t after, uint32_t limit, json_t **ret_page)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/log?kind=log&after=%llu&limit=%u&line=%lld",
	         (unsigned long long)after, limit, (long long)reader->line);
	return client_get(reader->client, path, ret_page);
}

/* All events behind a number, to *list. */
static int read_from(struct reader *reader, uint64_t after, json_t *list)
{
	json_t *page = NULL, *events;
	size_t n;
	int status;

	do {
		status = read_page(reader, after, CLIENT_PAGE, &page);
		if (status)
			return status;
		events = json_object_get(page, "events");
		n = json_array_size(events);
		if (n)
			after = (uint64_t)client_number(json_array_get(events, n - 1), "number");
		reader->last = (uint64_t)client_number(page, "last");
		status = json_array_extend(list, events) ? -ENOMEM : CLI_OK;
		json_decref(page);
	} while (!status && n == CLIENT_PAGE);
	if (n && after > reader->last)
		reader->last = after;
	return status;
}

static size_t count_shown(const json_t *list)
{
	const json_t *event;
	size_t i, n = 0;

	json_array_foreach(list, i, event) n += is_shown(event);
	return n;
}

/* The last ones are near the end, so the end is looked at first. Of one line they may be anywhere.
 */
static int read_last(struct reader *reader, json_t *list)
{
	json_t *page = NULL;
	uint64_t first, last, near;
	int status = read_page(reader, 0, 0, &page);

	if (status)
		return status;
	first = (uint64_t)client_number(page, "first");
	last = (uint64_t)client_number(page, "last");
	json_decref(page);
	first = first ? first - 1 : 0;
	near = last > 4ull * reader->wanted ? last - 4ull * reader->wanted : 0;
	if (!reader->line && near > first) {
		status = read_from(reader, near, list);
		if (status || count_shown(list) >= reader->wanted)
			return status;
		json_array_clear(list);
	}
	return read_from(reader, first, list);
}

static int show_last(struct reader *reader)
{
	json_t *list = json_array();
	const json_t *event;
	size_t i, skip;
	int status = list ? read_last(reader, list) : -ENOMEM;

	if (!status) {
		skip = count_shown(list);
		skip = skip > reader->wanted ? skip - reader->wanted : 0;
		json_array_foreach(list, i, event)
		{
			if (!is_shown(event))
				continue;
			if (skip)
				skip--;
			else
				put(reader, event);
		}
	}
	json_decref(list);
	return status;
}

static int on_event(void *ctx, json_t *event)
{
	const struct reader *reader = ctx;
	int64_t missed = client_number(event, "missed");

	if (missed)
		fprintf(reader->args->err, "(%lld events came too fast to be shown)\n",
		        (long long)missed);
	if (is_shown(event))
		put(reader, event);
	/* A reader that went away ("| head") ends it. */
	return fflush(reader->args->out) ? CLI_FAILED : CLI_OK;
}

static int follow(struct reader *reader)
{
	char path[128];

	fflush(reader->args->out);
	snprintf(path, sizeof(path), "/api/v1/events?after=%llu&line=%lld",
	         (unsigned long long)reader->last, (long long)reader->line);
	return client_follow(reader->client, path, on_event, reader);
}

static int run(const struct cli_args *args)
{
	struct reader reader = { .args = args, .term = term_of(args->out) };
	const char *line = cli_value(args, "line");
	int status = cli_number(args, "lines", 0, LINES_MAX, &reader.wanted);

	if (!status)
		status = client_open(args, &reader.client);
	if (!status && line)
		status = find_line(reader.client, args, line, &reader.line);
	if (!status)
		status = show_last(&reader);
	if (!status && cli_times(args, "follow"))
		status = follow(&reader);
	client_close(reader.client);
	return status;
}

const struct cli_command cli_log = {
	.name = "log",
	.brief = "shows the daemon's log",
	.description =
		"Shows the last lines of the daemon's log, oldest first, and with --follow those "
		"that come. Without --line each begins with the studio, number and name of whose "
		"it is. Where more than 100 lines of a server meet the same within seconds, as at "
		"a start or when it goes away, the first 10 are shown and then how many more there "
		"were; --line shows those of a line among them. The daemon keeps the last 32768 "
		"for this; where it writes its log to, as systemd's journal, there may be more.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
