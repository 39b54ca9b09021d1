/* cli/watch.c: `lineup watch`: the lines as they are now, to look through and to try again.
 *
 * It asks the daemon once a second whether anything has happened, and for the lines only where
 * something has. A daemon that is away is waited for. */
#include "cli/watch.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/line_show.h"
#include "cli/place.h"

#define LOOK_MS     1000
#define LOOK_EACH   5000 /* lines; so many more, and it is looked a second less often */
#define NOTE_MAX    512
#define PATH_BYTES  96
#define CTRL_C      3
#define ESCAPE      27
#define SCREEN_EDGE 3 /* lines of the screen that are no rows */

/* ---- what is known */

struct watch {
	struct cli_args args; /* with what is said kept for the last line of the screen */
	char *said;
	size_t said_n;
	struct client *client;
	char path[PATH_BYTES]; /* of the status */
	json_t *answer;
	struct watch_choice choice;
	struct watch_row *rows;
	struct watch_page page;
	char note[NOTE_MAX];
	int64_t selected; /* the id of the line */
	int due;          /* a timer: readable when it is time to look again */
	const struct watch_guest *guest;
};

/* What a call has complained of becomes the note, without the program's name in front. */
static void take_said(struct watch *watch)
{
	struct slice text;
	size_t at;

	fflush(watch->args.err);
	text = slice_trim(slice_of(watch->said ? watch->said : "", watch->said_n));
	at = slice_find(text, ':');
	text = slice_trim(slice_from(text, at < text.n ? at + 1 : 0));
	text.n = slice_find(text, '\n');
	snprintf(watch->note, sizeof(watch->note), "%.*s", (int)text.n, text.p);
	rewind(watch->args.err);
	watch->page.is_note_bad = true;
}

static void say(struct watch *watch, const char *text)
{
	snprintf(watch->note, sizeof(watch->note), "%s", text);
	watch->page.is_note_bad = false;
}

/* Row by row anew, with the selection on the line where it was. */
static int choose(struct watch *watch)
{
	size_t at = watch->page.selected;
	int err;

	free(watch->rows);
	watch->rows = NULL;
	watch->page.count = 0;
	err = watch_choose(watch->answer, &watch->choice, &watch->rows, &watch->page.count);
	if (err)
		return err;
	for (size_t i = 0; i < watch->page.count; i++)
		if (client_number(watch->rows[i].line, "id") == watch->selected)
			at = i;
	if (at >= watch->page.count)
		at = watch->page.count ? watch->page.count - 1 : 0;
	watch->page.selected = at;
	watch->page.rows = watch->rows;
	watch->page.answer = watch->answer;
	return 0;
}

/* Only its time and the number of its last event. */
static int glance(struct watch *watch, json_t **ret_answer)
{
	char path[PATH_BYTES + 16];

	snprintf(path, sizeof(path), "%s%climit=1", watch->path,
	         strchr(watch->path, '?') ? '&' : '?');
	return client_get(watch->client, path, ret_answer);
}

static int read_answer(struct watch *watch)
{
	json_t *answer = NULL, *seen = NULL;
	int status = watch->answer ? glance(watch, &seen) : CLI_OK;
	bool same = seen && client_number(seen, "event") == client_number(watch->answer, "event") &&
	            client_number(seen, "total") == client_number(watch->answer, "total");

	if (!status && same) {
		json_object_set(watch->answer, "time", json_object_get(seen, "time"));
	} else if (!status) {
		status = client_list(watch->client, watch->path, "lines", &answer);
		if (!status) {
			json_decref(watch->answer);
			watch->answer = answer;
		}
	}
	json_decref(seen);
	return status;
}

/* Returns -ENOMEM or 0; a daemon that does not answer is a note. */
static int look(struct watch *watch)
{
	int status = read_answer(watch);

	if (status < 0)
		return status;
	if (status)
		take_said(watch);
	else if (watch->page.is_note_bad)
		say(watch, "");
	return watch->answer ? choose(watch) : 0;
}

/* ---- keys */

static const char keys_help[] =
	"Up, Down, PgUp, PgDn, Home, End   choose a line; j and k do, too\n"
	"Enter    all about the line: its last result, and what to do about it\n"
	"r        register the line now, however long it would wait\n"
	"s        sort: by studio, by state with the worst first, by the last change, by\n"
	"         name\n"
	"f        filter: all lines, those that are not registered, those that are\n"
	"/        search: a part of a name, an extension, a studio or a server\n"
	"Esc      no search and no filter any more\n"
	"Ctrl-L   draw the screen anew\n"
	"q        quit; Ctrl-C does, too\n"
	"\n"
	"Nothing is changed here but by r. lineup line, lineup apply and the page change\n"
	"settings.\n";

/* Whether a key leaves a page of text; else it has moved *top. */
static bool leaves_text(int key, size_t *top)
{
	unsigned columns, lines;

	watch_screen_size(&columns, &lines);
	switch (key) {
	case KEY_UP:
	case 'k':
		*top -= *top > 0;
		return false;
	case KEY_DOWN:
	case 'j':
		++*top;
		return false;
	case KEY_PPAGE:
		*top -= *top < lines ? *top : lines;
		return false;
	case KEY_NPAGE:
	case ' ':
		*top += lines;
		return false;
	case WATCH_NO_KEY:
	case KEY_RESIZE:
		return false;
	default:
		return true;
	}
}

static bool is_over(const struct watch *watch)
{
	return watch->guest->ends && watch->guest->ends(watch->guest->ctx);
}

/* Where it is to end, as if the person had said so. */
static int next_key(const struct watch *watch, int ms)
{
	int key = is_over(watch) ? 'q' : watch_screen_key(ms);

	return is_over(watch) ? 'q' : key;
}

static void show_help(const struct watch *watch)
{
	size_t top = 0;

	do
		watch_screen_text("Keys", keys_help, &top);
	while (!leaves_text(next_key(watch, LOOK_MS), &top));
}

/* The line that it shares its registration with, or NULL. */
static const json_t *shared_with(const struct watch *watch, const json_t *line)
{
	int64_t other = client_number(line, "same_as");
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(watch->answer, "lines"), i,
	                   row) if (other && client_number(row, "id") == other) return row;
	return NULL;
}

static int draw_details(struct watch *watch, int64_t id, size_t *top)
{
	char path[PATH_BYTES], *text = NULL;
	size_t n = 0;
	unsigned columns, lines;
	json_t *line = NULL;
	FILE *file;
	int status;

	snprintf(path, sizeof(path), "/api/v1/lines/%lld/status", (long long)id);
	status = client_get(watch->client, path, &line);
	if (status)
		return status;
	watch_screen_size(&columns, &lines);
	file = open_memstream(&text, &n);
	if (file) {
		struct term term = term_of(watch->args.out);

		term.file = file;
		term.width = columns;
		term.colour = term.tty = false;
		line_show(&term, line, shared_with(watch, line),
		          clock_read(client_text(watch->answer, "time")));
		fclose(file);
		watch_screen_text(
			"One line; arrows scroll, r registers it now, any other key goes back",
			text, top);
	}
	free(text);
	json_decref(line);
	return file ? CLI_OK : -ENOMEM;
}

static int register_now(struct watch *watch, int64_t id)
{
	char path[PATH_BYTES];
	const struct client_call call = { .method = "POST", .path = path };
	int status;

	snprintf(path, sizeof(path), "/api/v1/lines/%lld/register", (long long)id);
	status = client_ask(watch->client, &call, NULL);
	if (status > 0)
		take_said(watch);
	else if (!status)
		say(watch, "It is tried now.");
	return status < 0 ? status : CLI_OK;
}

static int show_details(struct watch *watch, int64_t id)
{
	size_t top = 0;
	int key = WATCH_NO_KEY, status;

	do {
		if (key == 'r')
			register_now(watch, id);
		status = look(watch);
		if (!status)
			status = draw_details(watch, id, &top);
		if (status > 0)
			take_said(watch);
		if (status)
			return status < 0 ? status : CLI_OK;
		key = next_key(watch, LOOK_MS);
	} while (key == 'r' || !leaves_text(key, &top));
	return CLI_OK;
}

static void move_by(struct watch *watch, long by)
{
	struct watch_page *page = &watch->page;
	size_t last = page->count ? page->count - 1 : 0;

	if (by < 0)
		page->selected -= page->selected < (size_t)-by ? page->selected : (size_t)-by;
	else
		page->selected =
			last - page->selected < (size_t)by ? last : page->selected + (size_t)by;
}

/* Returns whether the key moved the selection. */
static bool moves(struct watch *watch, int key)
{
	unsigned columns, lines;
	long page;

	watch_screen_size(&columns, &lines);
	page = lines > SCREEN_EDGE + 1 ? (long)(lines - SCREEN_EDGE - 1) : 1;
	switch (key) {
	case KEY_UP:
	case 'k':
		move_by(watch, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		move_by(watch, 1);
		return true;
	case KEY_PPAGE:
		move_by(watch, -page);
		return true;
	case KEY_NPAGE:
		move_by(watch, page);
		return true;
	case KEY_HOME:
		watch->page.selected = 0;
		return true;
	case KEY_END:
		watch->page.selected = watch->page.count ? watch->page.count - 1 : 0;
		return true;
	default:
		return false;
	}
}

/* Keys that choose other rows. */
static bool chooses(struct watch *watch, int key)
{
	struct watch_choice *choice = &watch->choice;

	switch (key) {
	case 's':
		choice->sort = (choice->sort + 1) % WATCH_SORT_COUNT;
		return true;
	case 'f':
		choice->filter = (choice->filter + 1) % WATCH_FILTER_COUNT;
		return true;
	case '/':
		watch_screen_ask("Search: ", choice->text, sizeof(choice->text));
		return true;
	case ESCAPE:
		choice->text[0] = '\0';
		choice->filter = WATCH_ALL;
		return true;
	default:
		return false;
	}
}

/* *ret_ends: the person wants to go. */
static int take_key(struct watch *watch, int key, bool *ret_ends)
{
	*ret_ends = key == 'q' || key == 'Q' || key == CTRL_C;
	if (!watch->page.is_note_bad)
		say(watch, "");
	if (moves(watch, key)) {
		watch->selected = client_number(
			watch->rows ? watch->rows[watch->page.selected].line : NULL, "id");
		return CLI_OK;
	}
	if (chooses(watch, key))
		return watch->answer ? choose(watch) : CLI_OK;
	if (key == '?')
		show_help(watch);
	else if (key == 'r' && watch->page.count)
		return register_now(watch,
		                    client_number(watch->rows[watch->page.selected].line, "id"));
	else if ((key == '\r' || key == '\n' || key == KEY_ENTER) && watch->page.count)
		return show_details(watch,
		                    client_number(watch->rows[watch->page.selected].line, "id"));
	return CLI_OK;
}

/* ---- the run */

/* How long until the next look: a great table takes its time to be read. */
static int pause_ms(const struct watch *watch)
{
	size_t lines = json_array_size(json_object_get(watch->answer, "lines"));

	return LOOK_MS * (1 + (int)(lines / LOOK_EACH));
}

static void set_due(const struct watch *watch)
{
	int ms = pause_ms(watch);
	const struct itimerspec in = { .it_value = { .tv_sec = ms / 1000,
		                                     .tv_nsec = ms % 1000 * 1000000L } };

	timerfd_settime(watch->due, 0, &in, NULL);
}

/* Keys that come faster than looks must not hold these up. */
static int look_when_due(struct watch *watch)
{
	uint64_t times;
	int status;

	if (read(watch->due, &times, sizeof(times)) != sizeof(times))
		return CLI_OK;
	status = look(watch);
	set_due(watch);
	return status;
}

static int work(struct watch *watch)
{
	bool ends = false;
	int status = look(watch);

	set_due(watch);
	while (!status && !ends) {
		int key;

		watch->page.note = watch->note;
		watch_screen_table(&watch->page);
		key = next_key(watch, pause_ms(watch));
		status = key == WATCH_NO_KEY ? CLI_OK : take_key(watch, key, &ends);
		if (!status)
			status = look_when_due(watch);
	}
	return status;
}

/* Before the screen is taken, so that a complaint is seen where it belongs. */
static int begin(struct watch *watch, const struct cli_args *args)
{
	struct client *client = NULL;
	json_t *first = NULL;
	int64_t studio;
	int status = client_open(args, &client);

	snprintf(watch->path, sizeof(watch->path), "/api/v1/status");
	if (!status && args->operand_count) {
		status = find_studio(client, args, args->operands[0], &studio);
		snprintf(watch->path, sizeof(watch->path), "/api/v1/status?studio=%lld",
		         (long long)studio);
	} else if (!status) {
		status = client_get(client, "/api/v1/version", &first);
	}
	json_decref(first);
	client_close(client);
	return status;
}

int watch_lines(const struct cli_args *args, const struct watch_guest *guest)
{
	struct watch watch = { .args = *args, .guest = guest, .page.banner = guest->banner };
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return cli_usage_error(args,
		                       "this is for a terminal; lineup status is for all else");
	status = begin(&watch, args);
	if (status)
		return status;
	watch.args.err = open_memstream(&watch.said, &watch.said_n);
	watch.due = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	watch.page.choice = &watch.choice;
	status = watch.args.err && watch.due >= 0 ? client_open(&watch.args, &watch.client)
	                                          : -ENOMEM;
	if (!status)
		status = watch_screen_open() ? cli_fail(args,
		                                        "this terminal cannot be drawn on "
		                                        "(TERM=%s)",
		                                        getenv("TERM") ? getenv("TERM") : "")
		                             : CLI_OK;
	if (!status) {
		status = work(&watch);
		watch_screen_close();
	}
	client_close(watch.client);
	json_decref(watch.answer);
	free(watch.rows);
	if (watch.due >= 0)
		close(watch.due);
	if (watch.args.err)
		fclose(watch.args.err);
	free(watch.said);
	return status;
}

static int run(const struct cli_args *args)
{
	static const struct watch_guest nobody = { .banner = NULL };

	return watch_lines(args, &nobody);
}

static const struct cli_option options[] = { PLACE_OPTION, { 0 } };

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was ended by q" },
	{ CLI_FAILED, "there is no such studio, or no way to draw on the terminal" },
	CLIENT_EXIT,
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup watch", "All studios." },
	{ "lineup watch \"Studio 1\"", "One of them." },
	{ 0 },
};

const struct cli_command cli_watch = {
	.name = "watch",
	.operands = "[STUDIO]",
	.operands_max = 1,
	.brief = "shows the lines as they change, and tries one again",
	.description =
		"Shows what lineup status shows, all the time, in a table to move in: Enter tells "
		"all about a line and what to do about it, r registers it now, s sorts, f filters, "
		"/ searches, ? lists the keys, q quits. A daemon that is away is waited for.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
