/* cli/register.h: the parts of `lineup register`: its settings, the run, what an attempt has met,
 * and the two ways to tell of it. */
#ifndef LINEUP_CLI_REGISTER_H
#define LINEUP_CLI_REGISTER_H

#include "cli/account.h"
#include "cli/result.h"
#include "cli/term.h"
#include "explain/explain.h"
#include "line/line.h"
#include "log/log.h"

enum register_detail { REGISTER_QUIET, REGISTER_USUAL, REGISTER_VERBOSE };

/* The command line, checked. */
struct register_settings {
	struct account account;
	const char *contact; /* NULL: this process */
	enum sip_keep keep_alive;
	const char *calls; /* as in line_cfg; NULL: not set */
	struct sip_demands demands;
	struct account_flows flows;
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

/* What an attempt has met until now. All zeros: nothing. */
struct register_seen {
	struct net_addr server; /* the last that was asked */
	bool asked;             /* one was */
	uint16_t status;        /* of the last response; 0: none came, and all below is unset */
	struct net_addr from;
	char reason[RESULT_TEXT_MAX +
	            2];    /* one byte more than is told, which is then marked as cut */
	char received[64]; /* its Via's; "" where it has none */
	uint16_t rport;    /* its Via's; 0 where it has none */
};

/* Takes a message into account (cli/register_seen.c). */
void register_see(struct register_seen *seen, const struct line_message *message);

/* What is told of the end of an attempt; borrows as struct line_end does. */
struct register_news {
	const struct line *line;
	const struct line_end *end;
	const struct register_seen *seen;
	const struct register_settings *settings;
	uint64_t now_ms;
	uint64_t retry_in_ms; /* 0: it ends here */
	bool first;           /* the first end of this flow in this run */
	bool second;          /* of the second of two flows */
};

/* The verdict in words, to a terminal or a pipe (cli/register_show.c). */
void register_show(const struct term *term, const struct register_news *news);
/* The same in one line, for a failure like the one before. */
void register_show_again(const struct term *term, const struct register_news *news);

/* That it was stopped before anything was decided, and what was seen until then. */
void register_show_stopped(const struct term *term, const struct register_seen *seen);

/* Appends the result as a line of JSON (cli/register_json.c, docs/json.md). In REGISTER_JSON_MAX
 * bytes there is room for whatever a datagram can say: six times 64 KiB, and our own words. */
#define REGISTER_JSON_MAX (640 * 1024)
void register_json(const struct register_news *news, struct buf *out);

#endif
