/* cli/register_print.c: see cli/register_print.h. */
#include "cli/register_print.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "cli/message.h"
#include "cli/output.h"

#define PRINT_MAX (REGISTER_JSON_MAX > MESSAGE_PRINT_MAX ? REGISTER_JSON_MAX : MESSAGE_PRINT_MAX)

int register_print_init(struct register_print *print)
{
	print->term = term_of(print->args->out);
	print->room = malloc(PRINT_MAX);
	return print->room ? 0 : -ENOMEM;
}

void register_print_done(struct register_print *print)
{
	free(print->room);
}

const struct term *register_print_term(struct register_print *print)
{
	term_spin_end(&print->spinner, &print->term);
	return &print->term;
}

/* ---- writing */

/* Without a reader there is nobody to keep the line registered for; on a full disk there is. */
static void note_write_error(struct register_print *print, int err)
{
	if (print->write_error)
		return;
	print->write_error = err;
	if (err == -EPIPE)
		print->on_no_reader(print->ctx);
	else
		cli_fail(print->args, "cannot write the output: %s", strerror(-err));
}

void register_print_text(struct register_print *print, struct slice text)
{
	int err;

	term_spin_end(&print->spinner, &print->term);
	err = output_put(print->args->out, text);
	if (err < 0)
		note_write_error(print, err);
}

/* Half an object would be none. */
static void print_json(struct register_print *print, const struct buf *line)
{
	if (line->full)
		cli_fail(print->args, "left out what is longer than %d bytes", PRINT_MAX);
	else
		register_print_text(print, buf_slice(line));
}

/* "09:14:02.113  " in the time of the place, as the person's own clock shows it. */
static void put_clock(const struct term *term, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	term_printf(term, TERM_DIM, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
	            (int)(wall_ms % 1000));
	fputs("  ", term->file);
}

static void print_json_text(struct register_print *print, const char *event, struct slice text)
{
	struct buf out = buf_over(print->room, PRINT_MAX);
	struct json json = json_over(&out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", slice_str(event));
	json_put_string(&json, "text", text);
	json_close_object(&json);
	buf_char(&out, '\n');
	print_json(print, &out);
}

/* ---- events */

void register_print_log(struct register_print *print, const struct log_event *event)
{
	char memory[4096];
	struct buf text = buf_over(memory, sizeof(memory));

	log_write(print->settings->log_format, event, &text);
	if (print->settings->json) {
		print_json_text(print, "log", buf_slice(&text));
		return;
	}
	term_spin_end(&print->spinner, &print->term);
	if (print->settings->log_format == LOG_CLASSIC)
		put_clock(&print->term, event->wall_ms);
	buf_char(&text, '\n');
	register_print_text(print, buf_slice(&text));
}

void register_print_message(struct register_print *print, const struct line_message *message)
{
	const struct register_settings *settings = print->settings;
	struct buf out = buf_over(print->room, PRINT_MAX);
	struct message shown = { .peer = message->peer,
		                 .transport = dns_transport_name(message->transport),
		                 .method = SLICE("REGISTER"),
		                 .bytes = message->bytes,
		                 .msg = message->msg,
		                 .cseq = message->cseq,
		                 .again = message->again,
		                 .credentials = message->credentials };

	if (settings->json) {
		if (settings->detail == REGISTER_QUIET && !settings->trace)
			return;
		message_json(&shown, settings->trace ? MESSAGE_TRACED : MESSAGE_TOLD, &out);
		print_json(print, &out);
		return;
	}
	if (settings->trace) {
		message_trace(&shown, &out);
		register_print_text(print, buf_slice(&out));
	}
	if (settings->detail == REGISTER_VERBOSE && !message->msg) {
		term_spin_end(&print->spinner, &print->term);
		message_show_sent(&shown, &print->term);
	}
}

void register_print_state(struct register_print *print, enum reg_state state)
{
	struct buf out = buf_over(print->room, PRINT_MAX);
	struct json json = json_over(&out);

	if (print->settings->detail == REGISTER_QUIET)
		return;
	if (print->settings->json) {
		json_open_object(&json, NULL);
		json_put_string(&json, "event", SLICE("state"));
		json_put_string(&json, "state", slice_str(reg_state_name(state)));
		json_put_string(&json, "text", slice_str(reg_state_text(state)));
		json_close_object(&json);
		buf_char(&out, '\n');
		print_json(print, &out);
	} else if (print->settings->detail == REGISTER_VERBOSE) {
		term_spin_end(&print->spinner, &print->term);
		term_printf(&print->term, TERM_DIM, "              %s: %s\n", reg_state_name(state),
		            reg_state_text(state));
	}
}

void register_print_flows(struct register_print *print, unsigned up)
{
	struct buf out = buf_over(print->room, PRINT_MAX);
	struct json json = json_over(&out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("flows"));
	json_put_number(&json, "flows", print->settings->flows.count);
	json_put_number(&json, "flows_up", up);
	json_close_object(&json);
	buf_char(&out, '\n');
	print_json(print, &out);
}
