/* cli/register.h: the parts of `lineup register`: its settings, the run, and the two ways to tell
 * of it. */
#ifndef LINEUP_CLI_REGISTER_H
#define LINEUP_CLI_REGISTER_H

#include "cli/account.h"
#include "cli/term.h"
#include "explain/explain.h"
#include "line/line.h"
#include "log/log.h"

enum register_detail { REGISTER_QUIET, REGISTER_USUAL, REGISTER_VERBOSE };

/* The command line, checked. */
struct register_settings {
	struct account account;
	const char *contact; /* NULL: this process */
	enum log_format log_format;
	enum register_detail detail;
	bool once;
	bool keep;
	bool trace;
	bool json;
};

/* Reads and checks. Returns CLI_OK or CLI_USAGE (the person has been told). */
int register_settings_read(const struct cli_args *args, struct register_settings *ret_settings);

/* Registers, and stays. Returns an exit status or negative errno. */
int register_run(const struct cli_args *args, const struct register_settings *settings);

/* What is told of the end of an attempt; borrows as struct line_end does. */
struct register_news {
	const struct line *line;
	const struct line_end *end;
	const struct register_settings *settings;
	uint64_t now_ms;
	uint64_t retry_in_ms; /* 0: it ends here */
	bool first;           /* the first end of this run */
};

/* The verdict in words, to a terminal or a pipe (cli/register_show.c). */
void register_show(const struct term *term, const struct register_news *news);
/* The same in one line, for a failure like the one before. */
void register_show_again(const struct term *term, const struct register_news *news);

/* The result as one JSON object without a line end (cli/register_json.c); in a block of memory that
 * the caller frees, NULL where there is none left. */
char *register_json(const struct register_news *news);
char *register_json_interrupted(const struct register_settings *settings);

#endif
