/* agent/read.c: what is known, for any thread. Rows are copied a page at a time under agent->lock
 * and told without it, so that a slow reader keeps nobody waiting; registrations are read from
 * their boards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/texts.h"
#include "base/seek.h"

#define PAGE 16 /* lines that are told at once */
/* Marks that are looked at before others have the lock, at most: about 50 us. */
#define PAGE_LOOK 32000
#define LEAF_COST 16  /* a look at the sums of a leaf, in marks */
#define TEXT_COST 8   /* ... and at the strings of a row */
#define LEAVES    100 /* whose ends are looked at before others have the lock: about 50 us */

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

/* The line whose settings it has instead of its own; 0: none. */
static int64_t followed_by(const struct agent_row *row)
{
	const struct agent_row *leader = row->account ? row->account->rows : NULL;

	return leader && leader != row ? leader->id : 0;
}

static int64_t twin_of(const struct agent_row *row)
{
	int64_t leader = followed_by(row);

	return leader || !row->account_next ? leader : row->account_next->id;
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
	line->flows = report->flows ? report->flows : 1;
	line->flows_up = report->flows ? report->flows_up : report->up;
	copy(line->reason, sizeof(line->reason), report->told.reason);
	copy(line->realm, sizeof(line->realm), report->told.realm);
	copy(line->went_over, sizeof(line->went_over), report->told.transport);
	copy(line->named, sizeof(line->named), report->told.named);
	copy(line->cause, sizeof(line->cause), report->cause ? report->cause->id : "");
	if (report->told.target.any.sa_family) {
		struct buf target = buf_over(line->target, sizeof(line->target));

		net_addr_show(&report->told.target, &target);
		buf_end(&target);
	}
}

static void put_address(const struct agent_row *row, struct agent_line *line)
{
	struct buf address = buf_over(line->address, sizeof(line->address));

	buf_str(&address, "sip:");
	buf_str(&address, row->user ? agent_row_text(row, row->user) : "");
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
		                     .same_as = twin_of(row),
		                     .follows = followed_by(row) };
	copy(line->name, sizeof(line->name), row->texts);
	copy(line->studio_name, sizeof(line->studio_name), studio ? studio->name : "");
	copy(line->extension, sizeof(line->extension), agent_row_text(row, row->extension));
	copy(line->auth_user, sizeof(line->auth_user), agent_row_text(row, row->auth_user));
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
	struct agent_ask ask;
	struct agent_row_key key; /* of the row that was looked at last */
	uint32_t total;
	struct agent_sum sum;
	struct slice text; /* that is looked for; absent: any */
	uint8_t *hosts;    /* by the server's part of a mark, whether its host has it; ... */
	uint32_t host_n;   /* ... from here on none has; 0: none at all */
	bool counts_all;   /* all rows are meant, and of a leaf's sums those that pass are known */
	uint8_t found[AGENT_LEAF_ROWS]; /* of the rows of a leaf: what a mark alone does not say */
	struct agent_line page[PAGE];
	unsigned n;
};

static bool host_has(const struct agent_server_entry *entry, struct slice part)
{
	return entry && entry->place && seek_within(part, entry->place->host);
}

/* What becomes of row, which is meant and passes. */
static void tell(struct walk *walk, const struct agent_row *row)
{
	const struct agent_filter *filter = walk->filter;
	struct agent_report report = { .state = REG_IDLE };
	uint32_t rank = walk->total++;

	if (rank < filter->offset || rank - filter->offset >= filter->limit)
		return;
	if (row->account)
		agent_board_read(&row->account->board, &report);
	fill(walk->agent, row, &report, &walk->page[walk->n++]);
}

/* ---- what marks do not say */

/* Whether one must look at the row to know its server. */
static bool is_apart(uint32_t mark)
{
	return agent_mark_server_of(mark) == AGENT_SERVERS_APART;
}

static bool is_found_by_host(const struct walk *walk, const struct agent_leaf *leaf, uint32_t i)
{
	uint32_t mark = leaf->marks[i], server = agent_mark_server_of(mark);

	return is_apart(mark) ? host_has(leaf->rows[i]->entry, walk->text)
	                      : server < walk->host_n && walk->hosts[server];
}

static void find_text(struct walk *walk, const struct agent_leaf *leaf, uint32_t from, uint32_t to)
{
	uint32_t by_host = 0;

	for (uint32_t i = from; i < to; i++) {
		walk->found[i] = walk->host_n && is_found_by_host(walk, leaf, i);
		by_host += walk->found[i];
	}
	if (by_host < to - from)
		agent_texts_find(leaf, from, to, walk->text, walk->found);
}

/* Of servers whose marks are the same. */
static void sift_apart(struct walk *walk, const struct agent_leaf *leaf, uint32_t from, uint32_t to)
{
	bool text = slice_present(walk->text);

	for (uint32_t i = from; i < to; i++) {
		const struct agent_server_entry *entry = leaf->rows[i]->entry;

		walk->found[i] =
			(!text || walk->found[i]) && entry && entry->id == walk->filter->server;
	}
}

/* NULL: the marks say all. */
static const uint8_t *find(struct walk *walk, const struct agent_leaf *leaf, uint32_t from,
                           uint32_t to)
{
	bool text = slice_present(walk->text), apart = is_apart(walk->ask.meant);

	if (text)
		find_text(walk, leaf, from, to);
	if (apart)
		sift_apart(walk, leaf, from, to);
	return text || apart ? walk->found : NULL;
}

/* ---- leaves */

/* How many rows of a leaf pass, where its sums say it. */
static uint32_t leaf_passes(const struct walk *walk, const struct agent_leaf *leaf)
{
	uint32_t up = leaf->sum.standings[AGENT_STANDING_UP];

	switch (walk->filter->up) {
	case AGENT_UP:
		return up;
	case AGENT_DOWN:
		return leaf->sum.lines - up;
	case AGENT_ANY:
		break;
	}
	return leaf->sum.lines;
}

static void add_sum(struct agent_sum *sum, const struct agent_sum *more)
{
	sum->lines += more->lines;
	sum->enabled += more->enabled;
	for (unsigned i = 0; i < AGENT_STANDINGS; i++)
		sum->standings[i] += more->standings[i];
}

/* Whether none of the next passing ones is to be told. */
static bool are_counted_only(const struct walk *walk, uint32_t passing)
{
	uint64_t first = walk->filter->offset, end = first + walk->filter->limit;

	return !passing || walk->total >= end || walk->total + (uint64_t)passing <= first;
}

/* Until the page is full. */
static void look_at_rows(struct walk *walk, const struct agent_leaf *leaf, const uint8_t *found,
                         uint32_t *at, uint32_t to)
{
	for (; *at < to && walk->n < PAGE; ++*at)
		if (agent_list_ask(leaf, *at, *at + 1, &walk->ask, found, &walk->sum))
			tell(walk, leaf->rows[*at]);
}

/* From *at to to, or as far as there is room in the page; returns what that costs. */
static uint32_t look_at_some(struct walk *walk, const struct agent_leaf *leaf, uint32_t *at,
                             uint32_t to)
{
	const uint8_t *found = find(walk, leaf, *at, to);
	struct agent_sum sum = { 0 };
	uint32_t rows = to - *at;
	uint32_t passing = agent_list_ask(leaf, *at, to, &walk->ask, found, &sum);

	if (are_counted_only(walk, passing)) {
		add_sum(&walk->sum, &sum);
		walk->total += passing;
		*at = to;
	} else {
		look_at_rows(walk, leaf, found, at, to);
	}
	return found ? rows * TEXT_COST : rows;
}

/* Likewise of a whole leaf, as far as its rows are of the studio that is asked for. */
static uint32_t look_at_leaf(struct walk *walk, const struct agent_leaf *leaf, uint32_t *at,
                             uint32_t to)
{
	uint32_t passing = leaf_passes(walk, leaf);

	if (*at || to < leaf->n || !walk->counts_all || !are_counted_only(walk, passing))
		return look_at_some(walk, leaf, at, to);
	add_sum(&walk->sum, &leaf->sum);
	walk->total += passing;
	*at = to;
	return LEAF_COST;
}

/* Where the rows of a leaf end that are of the studio. */
static uint32_t end_of(const struct walk *walk, const struct agent_leaf *leaf)
{
	int64_t studio = walk->filter->studio;
	uint32_t to = leaf->n;

	while (studio && to && leaf->rows[to - 1]->studio > studio)
		to--;
	return to;
}

/* Copies the next page; whether there may be more. */
static bool take_page(struct walk *walk)
{
	const struct agent_list *list = &walk->agent->list;
	struct agent_list_at at;
	uint32_t looked = 0;
	bool more;

	walk->n = 0;
	pthread_mutex_lock(&walk->agent->lock);
	at = agent_list_after(list, &walk->key);
	while ((more = at.leaf < list->leaf_count) && walk->n < PAGE && looked < PAGE_LOOK) {
		const struct agent_leaf *leaf = list->leaves[at.leaf];
		uint32_t to = end_of(walk, leaf);

		if (at.row < to)
			looked += look_at_leaf(walk, leaf, &at.row, to);
		if (at.row) {
			const struct agent_row *row = leaf->rows[at.row - 1];

			walk->key = (struct agent_row_key){ row->studio, row->number, row->id };
		}
		if (at.row >= to && to < leaf->n) {
			more = false; /* others' studios are all that follows */
			break;
		}
		if (at.row == leaf->n)
			at = (struct agent_list_at){ at.leaf + 1, 0 };
	}
	pthread_mutex_unlock(&walk->agent->lock);
	return more;
}

/* One line alone is found without a walk. */
static void take_one(struct walk *walk)
{
	const struct agent_filter *filter = walk->filter;
	const struct agent_row *row;

	pthread_mutex_lock(&walk->agent->lock);
	row = agent_row_of(walk->agent, filter->line);
	if (row && (!filter->studio || row->studio == filter->studio)) {
		struct agent_row_key key = { row->studio, row->number, row->id };
		struct agent_list_at at = agent_list_after(&walk->agent->list, &key);
		uint32_t i = at.row - 1;

		look_at_some(walk, row->leaf, &i, at.row);
	}
	pthread_mutex_unlock(&walk->agent->lock);
}

static void tell_all(struct walk *walk, agent_line_fn *fn, void *ctx)
{
	bool more = true;

	while (more) {
		if (walk->filter->line) {
			take_one(walk);
			more = false;
		} else {
			more = take_page(walk);
		}
		for (unsigned i = 0; i < walk->n; i++)
			fn(ctx, &walk->page[i]);
	}
}

/* ---- what is asked */

/* What rows have that failed for that cause; none of them has the last one. */
static uint8_t cause_of(const char *id)
{
	const struct explain_cause *cause = explain_by_id(slice_str(id));

	return cause ? (uint8_t)(explain_index(cause) + 1) : UINT8_MAX;
}

static struct agent_ask ask_of(const struct agent_filter *filter)
{
	struct agent_ask ask = { 0 };

	if (filter->server) {
		ask.meant_by = AGENT_MARK_SERVER;
		ask.meant = agent_mark_server(filter->server);
	}
	if (filter->up != AGENT_ANY) {
		ask.pass_by = AGENT_MARK_UP;
		ask.pass = filter->up == AGENT_UP ? AGENT_MARK_UP : 0;
	}
	if (filter->cause) {
		ask.pass_by |= AGENT_MARK_CAUSE;
		ask.pass |= agent_mark_cause(cause_of(filter->cause));
	}
	return ask;
}

/* Which hosts have the text: there are far fewer of them than lines. A server that gets such a host
 * while the walk is under way may be missed, as may be a line that gets such a name behind where
 * the walk is. */
static int find_hosts(struct walk *walk)
{
	const struct agent_map *entries = &walk->agent->entries;

	for (size_t i = 0; i < entries->cap; i++) {
		const struct agent_server_entry *entry = entries->cells[i];
		uint32_t server;

		if (!host_has(entry, walk->text))
			continue;
		server = agent_mark_server_of(agent_mark_server(entry->id));
		if (server >= walk->host_n) {
			uint8_t *hosts = realloc(walk->hosts, server + 1);

			if (!hosts)
				return -ENOMEM;
			memset(hosts + walk->host_n, 0, server + 1 - walk->host_n);
			walk->hosts = hosts;
			walk->host_n = server + 1;
		}
		walk->hosts[server] = 1;
	}
	return 0;
}

static int begin(struct walk *walk, struct agent *agent, const struct agent_filter *filter)
{
	int r = 0;

	walk->agent = agent;
	walk->filter = filter;
	walk->ask = ask_of(filter);
	walk->key.studio = filter->studio ? filter->studio : INT64_MIN;
	walk->counts_all = !filter->server && !filter->cause;
	if (filter->text && *filter->text) {
		walk->text = slice_str(filter->text);
		walk->counts_all = false;
		pthread_mutex_lock(&agent->lock);
		r = find_hosts(walk);
		pthread_mutex_unlock(&agent->lock);
	}
	return r;
}

static struct agent_count count_of(const struct agent_sum *sum)
{
	return (struct agent_count){ .lines = sum->lines,
		                     .enabled = sum->enabled,
		                     .up = sum->standings[AGENT_STANDING_UP],
		                     .refused = sum->standings[AGENT_STANDING_REFUSED],
		                     .waiting = sum->standings[AGENT_STANDING_WAITING],
		                     .trying = sum->standings[AGENT_STANDING_TRYING] };
}

int agent_lines(struct agent *agent, const struct agent_filter *filter, agent_line_fn *fn,
                void *ctx, uint32_t *ret_total, struct agent_count *ret_count)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int r = walk ? begin(walk, agent, filter) : -ENOMEM;

	if (r < 0)
		goto out;
	tell_all(walk, fn, ctx);
	if (ret_total)
		*ret_total = walk->total;
	if (ret_count)
		*ret_count = count_of(&walk->sum);
out:
	if (walk)
		free(walk->hosts);
	free(walk);
	return r;
}

/* ---- all of them, in numbers */

void agent_states(struct agent *agent, uint32_t ret_states[REG_STATE_COUNT])
{
	pthread_mutex_lock(&agent->lock);
	for (unsigned i = 0; i < REG_STATE_COUNT; i++)
		ret_states[i] = agent->list.states[i];
	pthread_mutex_unlock(&agent->lock);
}

static void first_end_of(const struct agent_leaf *leaf, uint32_t *first_s)
{
	for (uint32_t i = 0; i < leaf->n; i++)
		if (leaf->ends_s[i] && leaf->ends_s[i] < *first_s)
			*first_s = leaf->ends_s[i];
}

/* Rows further on may come and go meanwhile: each is seen that stays. */
int64_t agent_first_end_ms(struct agent *agent)
{
	struct agent_row_key key = { .studio = INT64_MIN };
	const struct agent_list *list = &agent->list;
	uint32_t first_s = UINT32_MAX;
	bool more = true;

	while (more) {
		pthread_mutex_lock(&agent->lock);
		struct agent_list_at at = agent_list_after(list, &key);

		if (at.leaf < list->leaf_count && at.row == list->leaves[at.leaf]->n)
			at.leaf++;
		for (unsigned n = 0; n < LEAVES && at.leaf < list->leaf_count; n++, at.leaf++) {
			const struct agent_leaf *leaf = list->leaves[at.leaf];
			const struct agent_row *row = leaf->rows[leaf->n - 1];

			first_end_of(leaf, &first_s);
			key = (struct agent_row_key){ row->studio, row->number, row->id };
		}
		more = at.leaf < list->leaf_count;
		pthread_mutex_unlock(&agent->lock);
	}
	return first_s == UINT32_MAX ? 0 : first_s * INT64_C(1000);
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
	server->unanswered = place->unanswered;
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
		const struct agent_server_entry *entry = agent->entries.cells[i];
		struct agent_server *server = &servers[n];

		if (!entry)
			continue;
		n++;
		server->id = entry->id;
		server->lines = entry->lines;
		server->up = entry->up;
		server->held = entry->held;
		server->off = entry->off;
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
	struct agent_report report = { .up = false };
	const struct agent_row *row;

	*ret_said = (struct agent_said){ .cut = false };
	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	if (row && row->account)
		agent_board_read(&row->account->board, &report);
	if (report.up)
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
		         studio ? studio->name : "", (unsigned)row->number,
		         row->texts[0] ? " " : "", AGENT_TEXT_MAX - 1, row->texts);
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
	if (row && row->account)
		leader = row->account->rows->id;
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
		ret_counters->answered += atomic_load(&totals->answered);
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

		pthread_mutex_lock(&agent->lock);
		cause.lines = agent->list.causes[i + 1];
		pthread_mutex_unlock(&agent->lock);
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
