/* cli/serve_log.c: the daemon's log on standard output, in the format that was chosen. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "cli/clock.h"
#include "cli/serve.h"
#include "net/net.h"

#define EVENT_MAX 4608 /* bytes of an event, and what stands around it */

bool serve_log_is_journal(FILE *file, const char *journal_stream)
{
	struct slice device = slice_str(journal_stream), inode;
	size_t colon = slice_find(device, ':');
	struct stat about;
	uint64_t dev, ino;

	if (colon == device.n)
		return false;
	inode = slice_from(device, colon + 1);
	device.n = colon;
	return num_u64(device, UINT64_MAX, &dev) == 0 && num_u64(inode, UINT64_MAX, &ino) == 0 &&
	       fstat(fileno(file), &about) == 0 && about.st_dev == dev && about.st_ino == ino;
}

void serve_log_open(const struct cli_args *args, struct net *net, struct serve_log *ret_log)
{
	const char *format = cli_value(args, "log-format"), *level = cli_value(args, "log-level");
	struct serve_log log = { .term = term_of(args->out), .net = net };

	if (strcmp(format, "json") == 0)
		log.format = LOG_JSON;
	else if (strcmp(format, "logfmt") == 0)
		log.format = LOG_LOGFMT;
	while (log.level < LOG_LEVEL_DEBUG && strcmp(log_level_name(log.level), level) != 0)
		log.level++;
	log.journal = serve_log_is_journal(args->out, getenv("JOURNAL_STREAM"));
	*ret_log = log;
}

/* The journal takes "<4>" for how grave the line is (sd-daemon(3)). */
static const char *grade_of(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "<3>";
	case LOG_LEVEL_WARN:
		return "<4>";
	case LOG_LEVEL_DEBUG:
		return "<7>";
	case LOG_LEVEL_QUIET:
	case LOG_LEVEL_INFO:
		break;
	}
	return "<6>";
}

/* In front of a line of the classic log; the others have the time in them. */
static void put_front(const struct serve_log *log, enum log_level level, int64_t wall_ms)
{
	if (log->journal)
		fputs(grade_of(level), log->term.file);
	else if (log->format == LOG_CLASSIC)
		clock_put(&log->term, log->term.tty ? CLOCK_TIME : CLOCK_DATE_AND_TIME, wall_ms);
}

void serve_log_event(void *ctx, const struct log_event *event)
{
	const struct serve_log *log = ctx;
	char memory[EVENT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	log_write(log->format, event, &text);
	buf_char(&text, '\n');
	flockfile(log->term.file);
	put_front(log, event->level, event->wall_ms);
	fwrite(text.p, 1, text.n, log->term.file);
	fflush(log->term.file);
	funlockfile(log->term.file);
}

void serve_log_say(const struct serve_log *log, const char *format, ...)
{
	char text[EVENT_MAX / 2];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (log->format == LOG_CLASSIC) {
		fprintf(log->term.file, "%s\n", text);
		fflush(log->term.file);
		return;
	}
	const struct log_event event = { .kind = LOG_NOTE,
		                         .level = LOG_LEVEL_INFO,
		                         .wall_ms = net_wall_ms(log->net),
		                         .text = slice_str(text) };
	serve_log_event((void *)log, &event);
}
