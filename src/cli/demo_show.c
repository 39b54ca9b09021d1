/* cli/demo_show.c: what the lines of `lineup demo` do, as lines of text: for whoever has no
 * terminal to draw on, and for tests. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/demo.h"
#include "cli/line_view.h"

#define LOOK_MS 200
#define LINES   8
#define GOOD    5 /* the first lines, which are to be up */
#define REFUSED 6 /* by their numbers */
#define BUSY    7
#define FLAPS   8

struct seen {
	struct {
		enum line_condition condition;
		char result[LINE_CELL_MAX];
		bool any, up, was_up, was_lost;
	} lines[LINES + 1]; /* by number */
	struct line_view view;
};

/* ---- one look */

/* Between two results there is nothing to say. */
static bool is_worth_a_line(enum line_condition condition)
{
	return condition != LINE_TRYING && condition != LINE_STOPPED && condition != LINE_LEAVING;
}

static void put_line(const struct term *term, const struct line_view *view, int64_t now_ms)
{
	clock_put(term, CLOCK_TIME, now_ms);
	term_mark(term, view->mark);
	fprintf(term->file, " %s  %-12s %s  %-11s %s", view->cells[LINE_NUMBER],
	        view->cells[LINE_NAME], view->cells[LINE_EXTENSION], view->cells[LINE_STATE],
	        view->cells[LINE_RESULT]);
	if (!view->up && *view->cells[LINE_NEXT])
		fprintf(term->file, "  %s", view->cells[LINE_NEXT]);
	fputc('\n', term->file);
	fflush(term->file);
}

static void note(struct seen *seen, int64_t number, const struct term *term, int64_t now_ms)
{
	const struct line_view *view = &seen->view;

	if (number < 1 || number > LINES)
		return;
	seen->lines[number].was_lost =
		seen->lines[number].was_lost || (seen->lines[number].was_up && !view->up);
	seen->lines[number].up = view->up;
	seen->lines[number].was_up = seen->lines[number].was_up || view->up;
	if (!is_worth_a_line(view->condition) ||
	    (seen->lines[number].any && seen->lines[number].condition == view->condition &&
	     strcmp(seen->lines[number].result, view->cells[LINE_RESULT]) == 0))
		return;
	seen->lines[number].any = true;
	seen->lines[number].condition = view->condition;
	memcpy(seen->lines[number].result, view->cells[LINE_RESULT],
	       sizeof(seen->lines[number].result));
	put_line(term, view, now_ms);
}

static int look(struct client *client, struct seen *seen, const struct term *term)
{
	json_t *answer = NULL;
	const json_t *line;
	int64_t now_ms;
	size_t i;
	int status = client_list(client, "/api/v1/status", "lines", &answer);

	if (status)
		return status;
	now_ms = clock_read(client_text(answer, "time"));
	json_array_foreach(json_object_get(answer, "lines"), i, line)
	{
		line_view_fill(line, now_ms, &seen->view);
		note(seen, client_number(line, "number"), term, now_ms);
	}
	json_decref(answer);
	return CLI_OK;
}

/* ---- until when */

/* Five lines up, one refused, one that waits for its server, one that was up and was lost. */
static bool all_was_seen(const struct seen *seen)
{
	for (unsigned i = 1; i <= GOOD; i++)
		if (!seen->lines[i].up)
			return false;
	return seen->lines[REFUSED].any && seen->lines[REFUSED].condition == LINE_REFUSED &&
	       seen->lines[BUSY].any && seen->lines[BUSY].condition == LINE_WAITING &&
	       seen->lines[FLAPS].was_lost;
}

/* A timer that is readable once for_s are over; of 0, never. -1 with errno. */
static int open_bound(uint32_t for_s)
{
	const struct itimerspec bound = { .it_value.tv_sec = for_s };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd >= 0)
		timerfd_settime(fd, 0, &bound, NULL);
	return fd;
}

static bool is_over(int bound)
{
	uint64_t times;

	return read(bound, &times, sizeof(times)) == sizeof(times);
}

static int watch(const struct demo_show *show, struct client *client, int bound,
                 enum demo_end *ret_end)
{
	struct pollfd fds[] = { { .fd = demo_house_wake_fd(show->house), .events = POLLIN },
		                { .fd = bound, .events = POLLIN } };
	struct term term = term_of(show->args->out);
	struct seen seen = { .view.up = false };

	for (;;) {
		int status = look(client, &seen, &term);

		if (status)
			return status;
		if (demo_house_ends(show->house) || ferror(show->args->out))
			*ret_end = DEMO_SIGNAL;
		else if (show->once && all_was_seen(&seen))
			*ret_end = DEMO_SEEN;
		else if (is_over(bound))
			*ret_end = DEMO_TIME;
		else if (poll(fds, 2, LOOK_MS) >= 0 || errno == EINTR)
			continue;
		else
			return -errno;
		return CLI_OK;
	}
}

int demo_show(const struct demo_show *show, enum demo_end *ret_end)
{
	struct client *client = NULL;
	int bound = open_bound(show->for_s);
	int status = bound < 0 ? -errno : client_open(show->args, &client);

	if (!status)
		status = watch(show, client, bound, ret_end);
	client_close(client);
	if (bound >= 0)
		close(bound);
	return status;
}
