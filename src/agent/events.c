/* agent/events.c: the row of events: a ring of cells, and a ring of texts that goes with it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/known.h"

#define READ_AT_ONCE 32 /* copied under the lock, told without it */

int agent_events_init(struct agent_events *events)
{
	pthread_mutex_init(&events->lock, NULL);
	events->first = 1;
	events->cells = calloc(AGENT_EVENTS, sizeof(*events->cells));
	events->texts = malloc(AGENT_EVENT_BYTES);
	return events->cells && events->texts ? 0 : -ENOMEM;
}

void agent_events_done(struct agent_events *events)
{
	free(events->cells);
	free(events->texts);
	pthread_mutex_destroy(&events->lock);
}

static struct agent_event_cell *cell_of(const struct agent_events *events, uint64_t number)
{
	return &events->cells[number % AGENT_EVENTS];
}

/* Forgets events until the texts have n bytes in one piece from *ret_at on. */
static void make_room(struct agent_events *events, uint32_t n, uint32_t *ret_at)
{
	uint32_t at = events->text_end + n <= AGENT_EVENT_BYTES ? events->text_end : 0;

	/* What is left behind the end is skipped: whose texts stand there are the oldest. */
	while (events->first <= events->last) {
		const struct agent_event_cell *oldest = cell_of(events, events->first);
		uint32_t from = oldest->text_at, to = from + oldest->text_n + 1u;
		bool skipped = at < events->text_end && from >= events->text_end;

		if (!skipped && (to <= at || from >= at + n))
			break;
		events->first++;
	}
	*ret_at = at;
}

void agent_events_put(struct agent_events *events, const struct agent_event *event,
                      struct slice text)
{
	uint32_t n = text.n < AGENT_EVENT_TEXT ? (uint32_t)text.n : AGENT_EVENT_TEXT, at;
	struct agent_event_cell *cell;

	pthread_mutex_lock(&events->lock);
	if (events->last + 1 - events->first == AGENT_EVENTS)
		events->first++;
	make_room(events, n + 1, &at);
	if (n)
		memcpy(events->texts + at, text.p, n);
	events->texts[at + n] = '\0';
	events->text_end = at + n + 1;
	cell = cell_of(events, ++events->last);
	*cell = (struct agent_event_cell){ .at_ms = event->at_ms,
		                           .line = event->line,
		                           .text_at = at,
		                           .text_n = (uint16_t)n,
		                           .kind = (uint8_t)event->kind,
		                           .level = (uint8_t)event->level };
	pthread_mutex_unlock(&events->lock);
}

/* ---- reading */

struct page {
	struct agent_event events[READ_AT_ONCE];
	char texts[READ_AT_ONCE][AGENT_EVENT_TEXT + 1];
	unsigned n;
};

/* Copies the next events behind *after, which moves; -ESTALE where that is no longer known. */
static int copy_page(struct agent_events *events, uint64_t *after, int64_t line, int64_t twin,
                     uint32_t limit, struct page *page)
{
	int r = 0;

	page->n = 0;
	pthread_mutex_lock(&events->lock);
	if (*after + 1 < events->first)
		r = -ESTALE;
	while (r == 0 && *after < events->last && page->n < READ_AT_ONCE && page->n < limit) {
		const struct agent_event_cell *cell = cell_of(events, ++*after);

		if (line && cell->line != line && cell->line != twin)
			continue;
		page->events[page->n] = (struct agent_event){ .number = *after,
			                                      .at_ms = cell->at_ms,
			                                      .line = cell->line,
			                                      .kind = cell->kind,
			                                      .level = cell->level,
			                                      .text = page->texts[page->n] };
		memcpy(page->texts[page->n], events->texts + cell->text_at, cell->text_n + 1u);
		page->n++;
	}
	pthread_mutex_unlock(&events->lock);
	return r;
}

int agent_events_read(struct agent_events *events, uint64_t after, int64_t line, int64_t twin,
                      uint32_t limit, agent_event_fn *fn, void *ctx)
{
	struct page *page = malloc(sizeof(*page));
	int r = page ? 0 : -ENOMEM;

	while (r == 0 && limit) {
		r = copy_page(events, &after, line, twin, limit, page);
		if (r < 0 || !page->n)
			break;
		limit -= page->n;
		for (unsigned i = 0; r == 0 && i < page->n; i++)
			r = fn(ctx, &page->events[i]);
	}
	free(page);
	return r;
}
