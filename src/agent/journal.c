/* agent/journal.c: what has to outlive this process: the state of lines, and their history.
 *
 * Rows whose state has changed stand in a list, each once; events of the history in an array. Both
 * are written together, in one transaction, AGENT_WRITE_MS after the first of them came or when
 * AGENT_WRITE_ROWS wait. Where the store cannot be written they wait for AGENT_RETRY_MS. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"

#define HISTORY_FIRST 256
#define HISTORY_KEPT  1024 /* events whose room stays */

static void write_at(struct agent *agent, uint64_t after_ms)
{
	net_timer_set(agent->write, net_now_ms(agent->net) + after_ms);
	agent->write_set = true;
}

static void write_soon(struct agent *agent)
{
	bool many =
		agent->dirty_count >= AGENT_WRITE_ROWS || agent->history_count >= AGENT_WRITE_ROWS;

	if (agent->write_failed || agent->state == AGENT_STOPPED)
		return; /* a time is set, or none will come */
	if (many)
		write_at(agent, 0);
	else if (!agent->write_set)
		write_at(agent, AGENT_WRITE_MS);
}

/* ---- state */

/* So that a state that is to be written always finds room. What no state was ever put into takes
 * no memory. */
int agent_journal_reserve(struct agent *agent)
{
	size_t cap = agent->dirty_cap ? agent->dirty_cap * 2 : 64;
	struct agent_row **more;

	if (agent->row_by_id.used < agent->dirty_cap)
		return 0;
	more = reallocarray(agent->dirty, cap, sizeof(struct agent_row *));
	if (!more)
		return -ENOMEM;
	agent->dirty = more;
	agent->dirty_cap = cap;
	return 0;
}

void agent_journal_soon(struct agent *agent)
{
	write_soon(agent);
}

void agent_journal_state(struct agent *agent, struct agent_row *row)
{
	if (!row->dirty_at) {
		agent->dirty[agent->dirty_count++] = row;
		row->dirty_at = (uint32_t)agent->dirty_count;
	}
	write_soon(agent);
}

/* The last one takes its place. */
void agent_journal_forget(struct agent *agent, struct agent_row *row)
{
	struct agent_row *last;

	if (!row->dirty_at)
		return;
	last = agent->dirty[--agent->dirty_count];
	agent->dirty[row->dirty_at - 1] = last;
	last->dirty_at = row->dirty_at;
	row->dirty_at = 0;
}

static void show(const struct net_addr *addr, char *text, size_t cap)
{
	struct buf out = buf_over(text, cap);

	if (addr->any.sa_family)
		net_addr_show(addr, &out);
	buf_end(&out);
}

void agent_journal_fill(const struct agent_row *row, struct store_state *ret_state)
{
	struct agent_report report;

	*ret_state = (struct store_state){ .line = row->id,
		                           .epoch = row->cseq_epoch,
		                           .cseq_block = row->cseq_wanted ? row->cseq_wanted
		                                                          : row->cseq_block };
	if (!row->account || row->account->rows != row)
		return;
	agent_board_read(&row->account->board, &report);
	ret_state->bound_until_ms = report.ends_ms;
	ret_state->status = report.status;
	ret_state->result_at_ms = report.result_ms;
	show(&report.told.target, ret_state->target, sizeof(ret_state->target));
	show(&report.told.source, ret_state->source, sizeof(ret_state->source));
	memcpy(ret_state->reason, report.told.reason, sizeof(ret_state->reason));
	if (report.cause)
		stpncpy(ret_state->cause, report.cause->id, sizeof(ret_state->cause) - 1);
}

/* ---- history */

/* Whether a change is one that people would call one: not each refresh and each new try. Of two
 * that follow each other only what differs is written. */
static bool worth_it(struct agent_account *account, const struct agent_record *record)
{
	enum reg_state state = (enum reg_state)record->state;
	uint16_t cause = record->cause ? (uint16_t)(explain_index(record->cause) + 1) : 0;
	bool was_up =
		account->history_state == REG_REGISTERED || account->history_state == REG_HOLDING;

	if (state == REG_REFRESHING || state == REG_STOPPING || state == REG_REMOVING)
		return false;
	if (state == REG_TRYING && !(was_up && record->lapsed))
		return false;
	if (account->history_begun && account->history_state == state &&
	    account->history_cause == cause)
		return false;
	if (!account->history_begun && state == REG_IDLE)
		return false;
	account->history_begun = true;
	account->history_state = (uint8_t)state;
	account->history_cause = cause;
	return true;
}

static struct store_event *one_more(struct agent *agent)
{
	if (agent->history_count == agent->history_cap) {
		size_t cap = agent->history_cap ? agent->history_cap * 2 : HISTORY_FIRST;
		struct store_event *more = cap > AGENT_HISTORY_MAX
		                                   ? NULL
		                                   : realloc(agent->history, cap * sizeof(*more));

		if (!more) {
			agent->history_lost++;
			return NULL;
		}
		agent->history = more;
		agent->history_cap = cap;
	}
	return &agent->history[agent->history_count++];
}

void agent_journal_event(struct agent *agent, const struct store_event *event)
{
	struct store_event *place = one_more(agent);

	if (place)
		*place = *event;
	write_soon(agent);
}

void agent_journal_history(struct agent *agent, const struct agent_record *record)
{
	struct agent_account *account = record->account;
	struct store_event event = { .at_ms = record->at_ms,
		                     .up = record->up,
		                     .status = record->status };

	if (!worth_it(account, record))
		return;
	stpncpy(event.state, reg_state_name((enum reg_state)record->state),
	        sizeof(event.state) - 1);
	if (record->cause)
		stpncpy(event.cause, record->cause->id, sizeof(event.cause) - 1);
	for (const struct agent_row *row = account->rows; row; row = row->account_next) {
		event.line = row->id;
		agent_journal_event(agent, &event);
	}
}

void agent_journal_joined(struct agent *agent, const struct agent_row *row)
{
	const struct agent_account *account = row->account;
	struct store_event event = { .line = row->id, .at_ms = net_wall_ms(agent->net) };
	const struct explain_cause *cause = explain_at(account->history_cause - 1U);
	struct agent_report report;

	if (!account->history_begun || account->history_state == REG_IDLE)
		return;
	agent_board_glance(&account->board, &report);
	event.up = report.up;
	event.status = report.status;
	stpncpy(event.state, reg_state_name((enum reg_state)account->history_state),
	        sizeof(event.state) - 1);
	if (cause)
		stpncpy(event.cause, cause->id, sizeof(event.cause) - 1);
	agent_journal_event(agent, &event);
}

void agent_journal_leaves(struct agent *agent, const struct agent_row *row)
{
	const struct agent_account *account = row->account;
	struct store_event event = { .line = row->id, .at_ms = net_wall_ms(agent->net) };

	if (!account->history_begun || account->history_state == REG_IDLE)
		return;
	stpncpy(event.state, reg_state_name(REG_IDLE), sizeof(event.state) - 1);
	agent_journal_event(agent, &event);
}

/* ---- writing */

void agent_journal_result(struct agent *agent, int r)
{
	if (r < 0 && !agent->write_failed)
		agent_note(agent, LOG_LEVEL_ERROR, NULL,
		           "the store cannot be written: %s; it is tried again every %d s",
		           store_error(agent->store), AGENT_RETRY_MS / 1000);
	if (r < 0) {
		agent->write_failed = true;
		write_at(agent, AGENT_RETRY_MS);
		return;
	}
	if (agent->write_failed)
		agent_note(agent, LOG_LEVEL_WARN, NULL, "the store is written again");
	agent->write_failed = false;
	if (agent->history_lost)
		agent_note(agent, LOG_LEVEL_WARN, NULL, "%llu changes are missing in the history",
		           (unsigned long long)agent->history_lost);
	agent->history_lost = 0;
}

/* The rows that are written next are the last ones of the list, the last one first. */
static struct agent_row *next_row(const struct agent *agent, size_t at)
{
	return agent->dirty[agent->dirty_count - 1 - at];
}

/* A CSeq must be known to be used before it is, even if the power fails; all else may be some
 * seconds old after that, and does not wait for the disk. */
static int begin_write(struct agent *agent, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (next_row(agent, i)->cseq_wanted)
			return store_begin(agent->store);
	return store_begin_quick(agent->store);
}

/* In portions, since a batch of them is half a megabyte, which would come from the kernel and go
 * back to it with each write. */
static int write_states(struct agent *agent, size_t n)
{
	struct store_state states[AGENT_WRITE_PORTION];
	int r = 0;

	for (size_t at = 0, count; r == 0 && at < n; at += count) {
		for (count = 0; count < AGENT_WRITE_PORTION && at + count < n; count++)
			agent_journal_fill(next_row(agent, at + count), &states[count]);
		r = store_states_write(agent->store, states, count);
	}
	return r;
}

static int write_all(struct agent *agent, size_t n)
{
	int r = begin_write(agent, n);

	if (r < 0)
		return r;
	r = write_states(agent, n);
	if (r == 0 && agent->history_count)
		r = store_history_write(agent->store, agent->history, agent->history_count);
	if (r == 0)
		return store_commit(agent->store);
	store_rollback(agent->store);
	return r;
}

/* It is written. What a storm of changes needed is not kept. */
static void forget_history(struct agent *agent)
{
	agent->history_count = 0;
	if (agent->history_cap <= HISTORY_KEPT)
		return;
	free(agent->history);
	agent->history = NULL;
	agent->history_cap = 0;
}

/* The last n rows of the list are those that were written: nobody has changed it since. */
static void after_write(struct agent *agent, size_t n, int r)
{
	for (size_t left = agent->dirty_count, end = left - n; left > end; left--) {
		struct agent_row *row = agent->dirty[left - 1];

		if (r == 0)
			agent_journal_forget(agent, row);
		if (r == 0 && row->cseq_wanted)
			agent_start_reserved(agent, row);
		if (r < 0 && row->cseq_wanted)
			agent_start_unreserved(agent, row);
	}
	if (r == 0)
		forget_history(agent);
}

void agent_journal_write(struct agent *agent)
{
	size_t n = agent->dirty_count < AGENT_WRITE_ROWS ? agent->dirty_count : AGENT_WRITE_ROWS;
	int r = 0;

	agent->write_set = false;
	if (n || agent->history_count)
		r = write_all(agent, n);
	if (r == 0)
		r = agent_place_write(agent);
	after_write(agent, n, r);
	agent_journal_result(agent, r);
	if (r == 0 && agent->dirty_count)
		write_at(agent, 0);
}
