/* agent/read.c: what is known, for any thread. Rows are copied a page at a time under agent->lock
 * and told without it, so that a slow reader keeps nobody waiting; registrations are read from
 * their boards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"

#define PAGE      16  /* lines that are told at once */
#define PAGE_LOOK 512 /* rows that are looked at for a page, at most */
#define AHEAD     8   /* rows that are being fetched while one is looked at */

static void copy(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	if (n >= cap)
		n = cap - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* Why an enabled line is not registered at all; NULL: it can be. */
static const char *problem_of(const struct agent_row *row)
{
	if (!row->enabled || row->account)
		return NULL;
	if (!row->user)
		return "the extension cannot stand in an address";
	if (!row->entry)
		return "no server is set, and there is no default server";
	return row->entry->problem;
}

static int64_t twin_of(const struct agent_row *row)
{
	const struct agent_row *first = row->account ? row->account->rows : NULL;

	if (!first || (first == row && !row->account_next))
		return 0;
	if (row->account->leader && row->account->leader != row)
		return row->account->leader->id;
	return first == row ? row->account_next->id : first->id;
}

static void put_report(const struct agent_report *report, struct agent_line *line)
{
	line->state = report->state;
	line->since_ms = report->since_ms;
	line->granted_s = report->granted_s;
	line->ends_ms = report->ends_ms;
	line->next_ms = report->next_ms;
	line->status = report->status;
	line->local = report->local;
	line->result_ms = report->result_ms;
	line->answer_ms = report->answer_ms;
	line->bindings = report->bindings;
	line->foreign = report->foreign;
	copy(line->reason, sizeof(line->reason), report->reason);
	copy(line->realm, sizeof(line->realm), report->realm);
	copy(line->cause, sizeof(line->cause), report->cause ? report->cause->id : "");
	if (report->target.any.sa_family) {
		struct buf target = buf_over(line->target, sizeof(line->target));

		net_addr_show(&report->target, &target);
		buf_end(&target);
	}
}

static void put_address(const struct agent_row *row, struct agent_line *line)
{
	struct buf address = buf_over(line->address, sizeof(line->address));

	buf_str(&address, "sip:");
	buf_str(&address, row->user ? row->user : "");
	if (row->entry && row->entry->place) {
		buf_char(&address, '@');
		buf_str(&address, row->entry->place->host);
	}
	buf_end(&address);
}

static void fill(const struct agent *agent, const struct agent_row *row,
                 const struct agent_report *report, struct agent_line *ret_line)
{
	const struct agent_studio *studio = agent_map_get(&agent->studios, (uint64_t)row->studio);
	const char *problem = problem_of(row);
	struct agent_line *line = ret_line;

	*line = (struct agent_line){ .id = row->id,
		                     .studio = row->studio,
		                     .server = row->entry ? row->entry->id : 0,
		                     .number = row->number,
		                     .enabled = row->enabled,
		                     .same_as = twin_of(row) };
	copy(line->name, sizeof(line->name), row->name);
	copy(line->studio_name, sizeof(line->studio_name), studio ? studio->name : "");
	copy(line->extension, sizeof(line->extension), row->extension);
	copy(line->auth_user, sizeof(line->auth_user), row->auth_user);
	copy(line->server_name, sizeof(line->server_name), row->entry ? row->entry->name : "");
	copy(line->transport, sizeof(line->transport),
	     dns_transport_name(row->entry && row->entry->place ? row->entry->place->transport
	                                                        : DNS_UDP));
	put_address(row, line);
	put_report(report, line);
	if (problem) {
		line->local = true;
		copy(line->reason, sizeof(line->reason), problem);
	}
}

/* ---- lines */

struct walk {
	struct agent *agent;
	const struct agent_filter *filter;
	struct agent_row_key key; /* of the row that was looked at last */
	uint32_t total;
	struct agent_count count;
	struct agent_line page[PAGE];
	unsigned n;
};

static inline unsigned char small(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* In any letter case, as strcasestr() does it; that takes ten times as long, since it asks the
 * locale for each letter. */
static bool has(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t n = 0;

		while (part[n] && small(text[n]) == small(part[n]))
			n++;
		if (!part[n])
			return true;
	}
	return false;
}

/* Whether a row is of those that are spoken of, in whatever state. */
static bool meant(const struct agent_row *row, const struct agent_filter *filter)
{
	if ((filter->studio && row->studio != filter->studio) ||
	    (filter->line && row->id != filter->line) ||
	    (filter->server && (!row->entry || row->entry->id != filter->server)))
		return false;
	if (!filter->text || !*filter->text)
		return true;
	return has(row->name, filter->text) || has(row->extension, filter->text) ||
	       (row->entry && row->entry->place && has(row->entry->place->host, filter->text));
}

static bool passes(const struct agent_row *row, const struct agent_glance *glance,
                   const struct agent_filter *filter)
{
	struct agent_report report;

	if (filter->up != AGENT_ANY && glance->up != (filter->up == AGENT_UP))
		return false;
	if (!filter->cause)
		return true;
	if (!row->account)
		return false;
	agent_board_read(&row->account->board, &report);
	return report.cause && strcmp(report.cause->id, filter->cause) == 0;
}

static void count(const struct agent_row *row, const struct agent_glance *report,
                  struct agent_count *count)
{
	count->lines++;
	count->enabled += row->enabled;
	if (report->up)
		count->up++;
	else if (report->state == REG_TRYING)
		count->trying++;
	else if (report->state == REG_WAITING && report->refused)
		count->refused++;
	else if (report->state == REG_WAITING)
		count->waiting++;
}

/* With the lock held. */
static void look_at(struct walk *walk, const struct agent_row *row)
{
	const struct agent_filter *filter = walk->filter;
	struct agent_glance glance = { 0 };
	struct agent_report report = { 0 };
	uint32_t rank;

	if (!meant(row, filter))
		return;
	if (row->account)
		glance = agent_board_glance(&row->account->board);
	count(row, &glance, &walk->count);
	if (!passes(row, &glance, filter))
		return;
	rank = walk->total++;
	if (rank < filter->offset || rank - filter->offset >= filter->limit)
		return;
	if (row->account)
		agent_board_read(&row->account->board, &report);
	fill(walk->agent, row, &report, &walk->page[walk->n++]);
}

/* Has the memory of rows further on fetched, so that a walk over a million of them does not wait
 * for each of them in turn. */
static void fetch_ahead(const struct agent *agent, size_t at)
{
	if (at + 2 * AHEAD >= agent->row_count)
		return;
	__builtin_prefetch(agent->rows[at + 2 * AHEAD]);
	if (agent->rows[at + AHEAD]->account)
		__builtin_prefetch(&agent->rows[at + AHEAD]->account->board);
}

/* Copies the next page; whether there may be more. */
static bool take_page(struct walk *walk)
{
	struct agent *agent = walk->agent;
	size_t at, looked = 0;
	bool more;

	walk->n = 0;
	pthread_mutex_lock(&agent->lock);
	at = agent_row_after(agent, &walk->key);
	for (; at < agent->row_count && walk->n < PAGE && looked < PAGE_LOOK; at++, looked++) {
		const struct agent_row *row = agent->rows[at];

		fetch_ahead(agent, at);
		walk->key = (struct agent_row_key){ row->studio, row->number, row->id };
		look_at(walk, row);
	}
	more = at < agent->row_count;
	pthread_mutex_unlock(&agent->lock);
	return more;
}

int agent_lines(struct agent *agent, const struct agent_filter *filter, agent_line_fn *fn,
                void *ctx, uint32_t *ret_total, struct agent_count *ret_count)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	bool more = true;

	if (!walk)
		return -ENOMEM;
	walk->agent = agent;
	walk->filter = filter;
	walk->key.studio = INT64_MIN;
	while (more) {
		more = take_page(walk);
		for (unsigned i = 0; i < walk->n; i++)
			fn(ctx, &walk->page[i]);
	}
	if (ret_total)
		*ret_total = walk->total;
	if (ret_count)
		*ret_count = walk->count;
	free(walk);
	return 0;
}

/* ---- servers */

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t median(const struct agent_place *place)
{
	uint32_t sorted[AGENT_ANSWERS];
	uint32_t n = place->answers_n < AGENT_ANSWERS ? place->answers_n : AGENT_ANSWERS;

	if (!n)
		return 0;
	memcpy(sorted, place->answers_ms, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_u32);
	return sorted[n / 2];
}

static void fill_place(struct agent_server *server, const struct agent_place *place)
{
	server->dead = place->dead;
	server->busy = place->busy && !server->up;
	server->answer_ms = median(place);
	server->certificate_until_s = place->cert_until_s;
	server->own_until_s = place->own_until_s;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct agent_server *)a)->name,
	              ((const struct agent_server *)b)->name);
}

int agent_servers(struct agent *agent, agent_server_fn *fn, void *ctx)
{
	struct agent_server *servers;
	size_t n = 0;

	pthread_mutex_lock(&agent->lock);
	servers = calloc(agent->entries.used + 1, sizeof(*servers));
	for (size_t i = 0; servers && i < agent->entries.cap; i++) {
		const struct agent_server_entry *entry = agent->entries.cells[i].value;
		struct agent_server *server = &servers[n];

		if (!entry)
			continue;
		n++;
		server->id = entry->id;
		server->lines = entry->lines;
		server->up = entry->up;
		if (entry->place)
			fill_place(server, entry->place);
		copy(server->name, sizeof(server->name), entry->name);
	}
	pthread_mutex_unlock(&agent->lock);
	if (!servers)
		return -ENOMEM;
	qsort(servers, n, sizeof(*servers), compare_names);
	for (size_t i = 0; i < n; i++)
		fn(ctx, &servers[i]);
	free(servers);
	return 0;
}

/* ---- messages and events */

int agent_steps(struct agent *agent, int64_t line, agent_step_fn *fn, void *ctx)
{
	struct agent_step_cell cells[AGENT_STEPS];
	const struct agent_row *row;
	unsigned n = 0;
	bool known;

	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	known = row != NULL;
	if (row && row->account)
		n = agent_steps_copy(&agent->steps, row->account, cells);
	pthread_mutex_unlock(&agent->lock);
	for (unsigned i = 0; i < n; i++) {
		const struct agent_step_cell *cell = &cells[i];
		struct agent_step step = { .at_ms = cell->at_ms,
			                   .sent = cell->sent,
			                   .ctx = cell->ctx,
			                   .cseq = cell->cseq,
			                   .status = cell->status,
			                   .credentials = cell->credentials,
			                   .again = cell->again,
			                   .text = cell->text };
		struct buf peer = buf_over(step.peer, sizeof(step.peer));

		copy(step.reason, sizeof(step.reason), cell->reason);
		net_addr_show(&cell->peer, &peer);
		buf_end(&peer);
		fn(ctx, &step);
		free(cell->text);
	}
	return known ? 0 : -ENOENT;
}

int agent_others(struct agent *agent, int64_t line,
                 char ret_others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1])
{
	const struct agent_row *row;

	ret_others[0][0] = '\0';
	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	if (row && row->account)
		agent_steps_others(&agent->steps, row->account, ret_others);
	pthread_mutex_unlock(&agent->lock);
	return row ? 0 : -ENOENT;
}

int agent_said(struct agent *agent, int64_t line, struct agent_said *ret_said)
{
	const struct agent_row *row;

	*ret_said = (struct agent_said){ .cut = false };
	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	if (row && row->account && agent_board_glance(&row->account->board).up)
		agent_said_copy(&agent->said, row->account, ret_said);
	pthread_mutex_unlock(&agent->lock);
	return row ? 0 : -ENOENT;
}

int agent_line_name(struct agent *agent, int64_t line, char ret_name[AGENT_NAME_MAX])
{
	const struct agent_studio *studio;
	const struct agent_row *row;

	ret_name[0] = '\0';
	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	studio = row ? agent_map_get(&agent->studios, (uint64_t)row->studio) : NULL;
	if (row)
		snprintf(ret_name, AGENT_NAME_MAX, "%.*s/%u%s%.*s", AGENT_TEXT_MAX - 1,
		         studio ? studio->name : "", (unsigned)row->number, row->name[0] ? " " : "",
		         AGENT_TEXT_MAX - 1, row->name);
	pthread_mutex_unlock(&agent->lock);
	return row ? 0 : -ENOENT;
}

/* The log of a registration that is shared is its leader's. */
static int64_t leader_of(struct agent *agent, int64_t line)
{
	const struct agent_row *row;
	int64_t leader = line;

	pthread_mutex_lock(&agent->lock);
	row = line ? agent_row_of(agent, line) : NULL;
	if (row && row->account && row->account->leader)
		leader = row->account->leader->id;
	pthread_mutex_unlock(&agent->lock);
	return leader;
}

int agent_events(struct agent *agent, const struct agent_event_filter *filter, agent_event_fn *fn,
                 void *ctx)
{
	return agent_events_read(&agent->events, filter, leader_of(agent, filter->line), fn, ctx);
}

uint64_t agent_events_tail(struct agent *agent, const struct agent_event_filter *filter)
{
	return agent_events_end(&agent->events, filter, leader_of(agent, filter->line));
}

uint64_t agent_events_first(struct agent *agent)
{
	return agent_events_oldest(&agent->events);
}

uint64_t agent_events_whole(struct agent *agent)
{
	uint64_t forgotten;

	pthread_mutex_lock(&agent->events.lock);
	forgotten = agent->events.forgotten;
	pthread_mutex_unlock(&agent->events.lock);
	return forgotten;
}

uint64_t agent_events_last(struct agent *agent)
{
	uint64_t last;

	pthread_mutex_lock(&agent->events.lock);
	last = agent->events.last;
	pthread_mutex_unlock(&agent->events.lock);
	return last;
}

/* ---- counters */

void agent_counters(struct agent *agent, struct agent_counters *ret_counters)
{
	*ret_counters = (struct agent_counters){ 0 };
	for (uint32_t i = 0; i < agent->worker_count; i++) {
		const struct agent_totals *totals = &agent->workers[i].totals;

		ret_counters->sent += atomic_load(&totals->sent);
		ret_counters->received += atomic_load(&totals->received);
		ret_counters->retransmitted += atomic_load(&totals->retransmitted);
		ret_counters->dropped += atomic_load(&totals->dropped);
		ret_counters->strangers += atomic_load(&totals->strangers);
		ret_counters->granted += atomic_load(&totals->granted);
		ret_counters->refused += atomic_load(&totals->refused);
		ret_counters->failed += atomic_load(&totals->failed);
		ret_counters->removed += atomic_load(&totals->removed);
	}
}

void agent_causes(struct agent *agent, agent_cause_fn *fn, void *ctx)
{
	const struct explain_cause *known;

	for (unsigned i = 0; (known = explain_at(i)); i++) {
		struct agent_cause cause = { .id = known->id };

		for (uint32_t k = 0; k < agent->worker_count; k++)
			agent_tally_add_cause(&agent->workers[k].tally, i, &cause);
		fn(ctx, &cause);
	}
}

void agent_answers(struct agent *agent, struct agent_answers *ret_answers)
{
	*ret_answers = agent_tally_no_answers();
	for (uint32_t i = 0; i < agent->worker_count; i++)
		agent_tally_add_answers(&agent->workers[i].tally, ret_answers);
}
