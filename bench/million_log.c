/* bench/million_log.c: the log of bench_million, written to a file as `lineup serve` writes it to
 * its standard output, and counted. */
#include <errno.h>
#include <string.h>

#include "measure.h"
#include "million.h"

#define EVENT_MAX 4608 /* of cli/serve_log.c */

void million_log_open(struct million_log *log, const char *path)
{
	*log = (struct million_log){ .file = fopen(path, "ae") };
	if (!log->file)
		measure_die(path, errno);
}

/* "and 99,990 more at pbx.example ...": 99,990; of another text 0. */
static uint64_t left_out(struct slice text)
{
	static const struct slice front = SLICE("and ");
	uint64_t n = 0;
	size_t at = front.n;

	if (text.n < front.n || memcmp(text.p, front.p, front.n) != 0)
		return 0;
	for (; at < text.n && (text.p[at] == ',' || (text.p[at] >= '0' && text.p[at] <= '9')); at++)
		if (text.p[at] != ',')
			n = n * 10 + (uint64_t)(text.p[at] - '0');
	return slice_equal((struct slice){ text.p + at, text.n - at < 6 ? text.n - at : 6 },
	                   SLICE(" more "))
	               ? n
	               : 0;
}

void million_log_event(void *ctx, const struct log_event *event)
{
	struct million_log *log = ctx;
	char memory[EVENT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	uint64_t more = event->kind == LOG_NOTE ? left_out(event->text) : 0;

	log_time_utc(event->wall_ms, &text);
	buf_char(&text, ' ');
	log_write(LOG_CLASSIC, event, &text);
	buf_char(&text, '\n');
	flockfile(log->file); /* the API's threads log, too */
	if (fwrite(text.p, 1, text.n, log->file) != text.n || fflush(log->file))
		measure_die("the log", errno);
	log->lines++;
	log->bytes += text.n;
	log->sums += more > 0;
	log->left_out += more;
	funlockfile(log->file);
	if (event->level <= LOG_LEVEL_ERROR)
		fprintf(stderr, "bench: %.*s", (int)text.n, text.p);
}

void million_log_print(const struct million_log *log)
{
	flockfile(log->file);
	million_print("log_lines", (double)log->lines);
	million_print("log_bytes", (double)log->bytes);
	million_print("log_sums", (double)log->sums);
	million_print("log_left_out", (double)log->left_out);
	funlockfile(log->file);
}
