/* agent/events.c: the row of events: two rings of cells, each with a ring of texts, and one row of
 * numbers over both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/known.h"

#define READ_AT_ONCE 32 /* copied under the lock, told without it */
#define RING_BYTES   (AGENT_EVENT_BYTES / 2)
#define TURN_BYTES   (128u << 10) /* free at the start: texts go there rather than further on */

static int init_ring(struct agent_event_ring *ring)
{
	ring->first = 1;
	ring->cells = calloc(AGENT_RING, sizeof(*ring->cells));
	ring->texts = malloc(RING_BYTES);
	return ring->cells && ring->texts ? 0 : -ENOMEM;
}

static void done_ring(struct agent_event_ring *ring)
{
	free(ring->cells);
	free(ring->texts);
}

int agent_events_init(struct agent_events *events)
{
	int r;

	pthread_mutex_init(&events->lock, NULL);
	r = init_ring(&events->log);
	return r < 0 ? r : init_ring(&events->rest);
}

void agent_events_done(struct agent_events *events)
{
	done_ring(&events->log);
	done_ring(&events->rest);
	pthread_mutex_destroy(&events->lock);
}

static struct agent_event_cell *cell_of(const struct agent_event_ring *ring, uint64_t n)
{
	return &ring->cells[n % AGENT_RING];
}

static void forget_first(struct agent_events *events, struct agent_event_ring *ring)
{
	uint64_t number = cell_of(ring, ring->first++)->number;

	if (number > events->forgotten)
		events->forgotten = number;
}

/* Where the next text goes: behind the last one, or at the start again. Where it is their number
 * that bounds the events there is room at the start long before the end is reached: what is behind
 * is then never written to. */
static uint32_t next_at(const struct agent_event_ring *ring, uint32_t n)
{
	uint32_t first_at = cell_of(ring, ring->first)->text_at;
	bool turned = ring->first > ring->last || first_at >= ring->text_end;

	if (ring->text_end + n > RING_BYTES || (!turned && first_at >= TURN_BYTES))
		return 0;
	return ring->text_end;
}

/* Forgets events until the texts have n bytes in one piece from *ret_at on. */
static void make_room(struct agent_events *events, struct agent_event_ring *ring, uint32_t n,
                      uint32_t *ret_at)
{
	uint32_t at = next_at(ring, n);

	if (ring->last + 1 - ring->first == AGENT_RING)
		forget_first(events, ring);
	/* What is left behind the end is skipped: whose texts stand there are the oldest. */
	while (ring->first <= ring->last) {
		const struct agent_event_cell *oldest = cell_of(ring, ring->first);
		uint32_t from = oldest->text_at, to = from + oldest->text_n + 1u;
		bool skipped = at < ring->text_end && from >= ring->text_end;

		if (!skipped && (to <= at || from >= at + n))
			break;
		forget_first(events, ring);
	}
	*ret_at = at;
}

void agent_events_put(struct agent_events *events, const struct agent_event *event,
                      enum agent_event_for reader, struct slice text)
{
	bool log = event->kind == AGENT_LOG && reader == AGENT_FOR_ALL;
	struct agent_event_ring *ring = log ? &events->log : &events->rest;
	uint32_t n = text.n < AGENT_EVENT_TEXT ? (uint32_t)text.n : AGENT_EVENT_TEXT, at;

	pthread_mutex_lock(&events->lock);
	make_room(events, ring, n + 1, &at);
	if (n)
		memcpy(ring->texts + at, text.p, n);
	ring->texts[at + n] = '\0';
	ring->text_end = at + n + 1;
	*cell_of(ring, ++ring->last) = (struct agent_event_cell){ .number = ++events->last,
		                                                  .at_ms = event->at_ms,
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

/* The first of a ring that has a higher number; ring->last + 1: none has. */
static uint64_t find_after(const struct agent_event_ring *ring, uint64_t number)
{
	uint64_t low = ring->first, high = ring->last + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (cell_of(ring, middle)->number > number)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* What stands in the rest and is of the log is for its line alone. */
static bool passes(const struct agent_events *events, const struct agent_event_ring *ring,
                   const struct agent_event_cell *cell, const struct agent_event_filter *filter,
                   int64_t twin)
{
	if (filter->log_only && cell->kind != AGENT_LOG)
		return false;
	if (!filter->line)
		return ring == &events->log || cell->kind != AGENT_LOG;
	return cell->line == filter->line || cell->line == twin;
}

static void copy_cell(const struct agent_event_ring *ring, const struct agent_event_cell *cell,
                      struct page *page)
{
	page->events[page->n] = (struct agent_event){ .number = cell->number,
		                                      .at_ms = cell->at_ms,
		                                      .line = cell->line,
		                                      .kind = cell->kind,
		                                      .level = cell->level,
		                                      .text = page->texts[page->n] };
	memcpy(page->texts[page->n], ring->texts + cell->text_at, cell->text_n + 1u);
	page->n++;
}

static uint64_t oldest(const struct agent_events *events)
{
	const struct agent_event_ring *log = &events->log, *rest = &events->rest;
	uint64_t a = log->first <= log->last ? cell_of(log, log->first)->number : 0;
	uint64_t b = rest->first <= rest->last ? cell_of(rest, rest->first)->number : 0;

	if (!a && !b)
		return events->last + 1;
	return a && (!b || a < b) ? a : b;
}

/* Copies the next events behind *after, which moves; -ESTALE where that is below what is known. */
static int copy_page(struct agent_events *events, const struct agent_event_filter *filter,
                     int64_t twin, uint64_t *after, uint32_t limit, struct page *page)
{
	const struct agent_event_ring *log = &events->log, *rest = &events->rest;
	uint64_t at_log, at_rest;
	int r;

	page->n = 0;
	pthread_mutex_lock(&events->lock);
	r = *after + 1 < oldest(events) ? -ESTALE : 0;
	at_log = find_after(log, *after);
	at_rest = find_after(rest, *after);
	while (r == 0 && page->n < READ_AT_ONCE && page->n < limit &&
	       (at_log <= log->last || at_rest <= rest->last)) {
		bool is_log = at_rest > rest->last ||
		              (at_log <= log->last &&
		               cell_of(log, at_log)->number < cell_of(rest, at_rest)->number);
		const struct agent_event_ring *ring = is_log ? log : rest;
		const struct agent_event_cell *cell = cell_of(ring, is_log ? at_log++ : at_rest++);

		*after = cell->number;
		if (passes(events, ring, cell, filter, twin))
			copy_cell(ring, cell, page);
	}
	pthread_mutex_unlock(&events->lock);
	return r;
}

int agent_events_read(struct agent_events *events, const struct agent_event_filter *filter,
                      int64_t twin, agent_event_fn *fn, void *ctx)
{
	struct page *page = malloc(sizeof(*page));
	uint64_t after = filter->after;
	uint32_t limit = filter->limit;
	int r = page ? 0 : -ENOMEM;

	while (r == 0 && limit) {
		r = copy_page(events, filter, twin, &after, limit, page);
		if (r < 0 || !page->n)
			break;
		limit -= page->n;
		for (unsigned i = 0; r == 0 && i < page->n; i++)
			r = fn(ctx, &page->events[i]);
	}
	free(page);
	return r;
}

uint64_t agent_events_oldest(struct agent_events *events)
{
	uint64_t number;

	pthread_mutex_lock(&events->lock);
	number = oldest(events);
	pthread_mutex_unlock(&events->lock);
	return number;
}

uint64_t agent_events_end(struct agent_events *events, const struct agent_event_filter *filter,
                          int64_t twin)
{
	const struct agent_event_ring *log = &events->log, *rest = &events->rest;
	uint64_t at_log, at_rest, number;
	uint32_t n = 0;

	pthread_mutex_lock(&events->lock);
	at_log = log->last;
	at_rest = rest->last;
	number = events->last;
	while (n < filter->limit && (at_log >= log->first || at_rest >= rest->first)) {
		bool is_log = at_rest < rest->first ||
		              (at_log >= log->first &&
		               cell_of(log, at_log)->number > cell_of(rest, at_rest)->number);
		const struct agent_event_ring *ring = is_log ? log : rest;
		const struct agent_event_cell *cell = cell_of(ring, is_log ? at_log-- : at_rest--);

		n += passes(events, ring, cell, filter, twin);
		number = cell->number - 1;
	}
	pthread_mutex_unlock(&events->lock);
	return number;
}
