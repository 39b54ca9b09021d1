/* cli/register.h: the parts of `lineup register`: its settings, the run, and the two ways to tell
 * of it. */
#ifndef LINEUP_CLI_REGISTER_H
#define LINEUP_CLI_REGISTER_H

#include "cli/cli.h"
#include "cli/term.h"
#include "explain/explain.h"
#include "line/line.h"
#include "log/log.h"
#include "sip/aor.h"

#define REGISTER_PASSWORD_MAX 1024 /* bytes */
#define REGISTER_TEXT_MAX     512  /* bytes of an auth user, realm or contact */
#define REGISTER_NO_ANSWER    3    /* exit status: no usable answer came */

enum register_detail { REGISTER_QUIET, REGISTER_USUAL, REGISTER_VERBOSE };

/* The command line, checked. */
struct register_settings {
	struct sip_aor aor;
	char auth_user[REGISTER_TEXT_MAX];
	char password[REGISTER_PASSWORD_MAX + 1];
	bool has_password;
	const char *realm;                 /* NULL: any */
	const char *contact;               /* NULL: this process */
	char proxy_host[SIP_HOST_MAX + 1]; /* "" for none */
	uint16_t proxy_port;
	uint32_t expires_s;
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

/* Exit status of an end. */
int register_exit_status(const struct line_end *end);

/* The verdict in words, to a terminal or a pipe (cli/register_show.c). */
void register_show(const struct term *term, const struct register_news *news);
/* The same in one line, for a failure like the one before. */
void register_show_again(const struct term *term, const struct register_news *news);

/* The result as one JSON object without a line end (cli/register_json.c); in a block of memory that
 * the caller frees, NULL where there is none left. */
char *register_json(const struct register_news *news);
char *register_json_interrupted(const struct register_settings *settings);

/* The words for a cause's text. The memory is the caller's and must last as long as they do. */
struct register_words {
	struct explain_words words;
	char status[8], server[NET_ADDR_TEXT_MAX], min_expires[16], retry_after[16];
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8];
};
void register_words(const struct register_news *news, struct register_words *ret_words);

#endif
