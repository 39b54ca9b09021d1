/* cli/serve.h: what the parts of `lineup serve` share: the daemon (serve.c), and how it speaks
 * (serve_log.c); and what the demo has of it. */
#ifndef LINEUP_CLI_SERVE_H
#define LINEUP_CLI_SERVE_H

#include "cli/cli.h"
#include "cli/term.h"
#include "log/log.h"

struct net;

/* Whether a value of --http is an address to listen at. Where it is none, says so and returns
 * CLI_USAGE; else CLI_OK. */
int serve_check_http(const struct cli_args *args, const char *address);

/* How its log is written. Lines come from several threads; each is written as one. */
struct serve_log {
	struct term term;
	enum log_format format;
	enum log_level level;
	bool journal; /* what is written goes to systemd's journal, which has a clock of its own */
	struct net *net;
};

/* Reads the options log-format and log-level, and the environment. */
void serve_log_open(const struct cli_args *args, struct net *net, struct serve_log *ret_log);

/* For what logs: struct log's sink; ctx is a struct serve_log. [any thread] */
void serve_log_event(void *ctx, const struct log_event *event);

/* What is said at the start, whatever the level: as it is where the log is classic, else as a note.
 * [control thread] */
void serve_log_say(const struct serve_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether file is the stream to the journal that $JOURNAL_STREAM, "DEVICE:INODE", names. */
bool serve_log_is_journal(FILE *file, const char *journal_stream);

#endif
