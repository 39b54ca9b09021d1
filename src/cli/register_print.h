/* cli/register_print.h: what `lineup register` prints while it is at work: log lines, messages and
 * states, as words over which a spinner goes, or as lines of JSON (docs/json.md). Results are
 * cli/register_verdict.h's. */
#ifndef LINEUP_CLI_REGISTER_PRINT_H
#define LINEUP_CLI_REGISTER_PRINT_H

#include "cli/register.h"

struct register_print {
	const struct cli_args *args;
	const struct register_settings *settings;
	struct term term;
	struct term_spinner spinner;
	char *room;                      /* to compose in */
	int write_error;                 /* the first, a negative errno; 0: none */
	void (*on_no_reader)(void *ctx); /* nobody reads any more; told once */
	void *ctx;
};

/* print: args, settings, on_no_reader and ctx are set, all else is zero. Returns 0 or -ENOMEM; in
 * both cases register_print_done() frees. */
int register_print_init(struct register_print *print);
void register_print_done(struct register_print *print);

/* Where words go, without a spinner that would be in their way. */
const struct term *register_print_term(struct register_print *print);

/* Text as it is. What cannot be written is told once, on standard error. */
void register_print_text(struct register_print *print, struct slice text);

void register_print_log(struct register_print *print, const struct log_event *event);
/* As far as the settings ask for messages; and for states. */
void register_print_message(struct register_print *print, const struct line_message *message);
void register_print_state(struct register_print *print, enum reg_state state);
/* JSON alone: how many of its flows hold a binding. */
void register_print_flows(struct register_print *print, unsigned up);

#endif
