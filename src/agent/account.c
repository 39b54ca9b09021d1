/* agent/account.c: one registration, for one row or several, and its way into a shard and out of
 * it.
 *
 *     ABSENT --- a row wants it ---> QUEUED --- its turn, start.c ---> PRESENT
 *        ^                                                               |
 *        '------ the shard: it is gone ------ LEAVING <--- nobody wants it any more, or its
 *                                                          settings are others than the shard has
 *
 * What the rows want is compared with what the shard has whenever one of them changes, and when the
 * shard says that it is gone; in between changes may come as fast as they like. So the old binding
 * is removed with the old settings before the new ones start, and of many edits the last one
 * counts.
 *
 * The row whose settings and identity count is its leader, and stays it as long as it wants the
 * registration: another row that comes to share it disturbs nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/num.h"

/* Of all that a shard is told of a row. */
static uint64_t mark_of(const struct agent *agent, const struct agent_row *row)
{
	const struct hash_key *key = &agent->map_key;
	const char *contact = row->contact ? agent_row_text(row, row->contact) : "";
	const char *auth_user = agent_row_text(row, row->auth_user);
	const char *calls = agent_row_calls(row) ? agent_row_calls(row) : "";
	uint64_t mark = hash_pair(key, (uint64_t)row->id,
	                          (uint64_t)row->epoch << 32 | row->entry->expires_s);

	mark = hash_pair(key, mark, hash_bytes(key, auth_user, strlen(auth_user)));
	mark = hash_pair(key, mark, hash_bytes(key, calls, strlen(calls)));
	return hash_pair(key, mark, hash_bytes(key, contact, strlen(contact)));
}

static void enqueue(struct agent *agent, struct agent_account *account)
{
	if (account->queued)
		return;
	account->queued = true;
	agent->queue_count++;
	account->next = NULL;
	*agent->queue_end = account;
	agent->queue_end = &account->next;
	net_timer_set(agent->start, net_now_ms(agent->net));
}

/* ---- being found */

static uint64_t key_of(const struct agent *agent, const struct agent_place *place, const char *user)
{
	return hash_pair(&agent->map_key, (uint64_t)(uintptr_t)place,
	                 hash_bytes(&agent->map_key, user, strlen(user)));
}

void agent_account_free(struct agent_account *account)
{
	agent_board_done(&account->board);
	free(account);
}

/* Nobody wants it, and no shard knows of it; what one has said of it may still be under way. */
static void bury(struct agent *agent, struct agent_account *account)
{
	agent_map_remove(&agent->accounts, account);
	account->buried = true;
	account->place->accounts--;
	agent_steps_forget(&agent->steps, account);
	agent_said_forget(&agent->said, account);
	account->next = agent->buried;
	agent->buried = account;
}

static int make(struct agent *agent, struct agent_place *place, const char *user, uint64_t key,
                struct agent_account **ret_account)
{
	size_t user_n = strlen(user) + 1;
	struct agent_account *account = calloc(1, sizeof(*account) + user_n);

	if (!account)
		return -ENOMEM;
	memcpy(account->user, user, user_n);
	account->key = key;
	if (agent_map_add(&agent->accounts, account) < 0) {
		free(account);
		return -ENOMEM;
	}
	account->place = place;
	place->accounts++;
	*ret_account = account;
	return 0;
}

/* ---- what the last process knew */

bool agent_read_addr(const char *text, struct net_addr *ret_addr)
{
	const char *colon = strrchr(text, ':');
	uint32_t port;

	return colon && num_u32(slice_str(colon + 1), UINT16_MAX, &port) == 0 &&
	       net_addr_parse(slice_of(text, (size_t)(colon - text)), (uint16_t)port, ret_addr) ==
	               0;
}

static void remember(struct agent *agent, struct agent_account *account,
                     const struct store_state *state)
{
	struct agent_report report = { .state = REG_IDLE,
		                       .status = state->status,
		                       .ends_ms = state->bound_until_ms,
		                       .result_ms = state->result_at_ms,
		                       .cause = explain_by_id(slice_str(state->cause)) };

	memcpy(report.told.reason, state->reason, sizeof(report.told.reason));
	report.told.reason[sizeof(report.told.reason) - 1] = '\0';
	if (!agent_read_addr(state->target, &report.told.target))
		report.told.target = (struct net_addr){ 0 };
	if (!agent_read_addr(state->source, &report.told.source))
		report.told.source = (struct net_addr){ 0 };
	agent_board_write(&agent->told[agent_shard_of(agent, account->rows)], &account->board,
	                  &report);
	agent_account_count(agent, account, &report);
	account->history_begun = true;
	account->history_state = state->bound_until_ms ? REG_REGISTERED : REG_IDLE;
}

static void lead(struct agent_account *account, struct agent_row *row)
{
	struct agent_row **at;

	for (at = &account->rows; *at != row; at = &(*at)->account_next)
		;
	*at = row->account_next;
	row->account_next = account->rows;
	account->rows = row;
}

/* Of rows that share a registration that one leads whose binding the server has. */
void agent_account_remember(struct agent *agent, struct agent_row *row,
                            const struct store_state *state)
{
	struct agent_account *account = row->account;

	if (account->rows != row && state->bound_until_ms && !agent_board_ends_ms(&account->board))
		lead(account, row);
	if (account->rows == row)
		remember(agent, account, state);
}

/* ---- being counted */

static enum agent_standing standing_of(const struct agent_report *report)
{
	if (report->up)
		return AGENT_STANDING_UP;
	if (report->state == REG_TRYING)
		return AGENT_STANDING_TRYING;
	if (report->state == REG_WAITING)
		return report->refused ? AGENT_STANDING_REFUSED : AGENT_STANDING_WAITING;
	return AGENT_STANDING_NONE;
}

void agent_account_count(struct agent *agent, struct agent_account *account,
                         const struct agent_report *report)
{
	uint8_t before = account->standing;

	account->standing = (uint8_t)standing_of(report);
	if (account->standing != before)
		agent_steps_follow(&agent->steps, account);
	account->state = (uint8_t)report->state;
	account->cause = report->cause ? (uint8_t)(explain_index(report->cause) + 1) : 0;
	for (struct agent_row *row = account->rows; row; row = row->account_next)
		agent_row_count(agent, row);
}

/* ---- rows come and go */

struct wanted {
	const struct agent_place *place;
	const char *user;
};

static bool is_wanted(const void *ctx, const void *value)
{
	const struct wanted *wanted = ctx;
	const struct agent_account *account = value;

	return account->place == wanted->place && strcmp(account->user, wanted->user) == 0;
}

struct agent_account *agent_account_find(const struct agent *agent, const struct agent_place *place,
                                         const char *user)
{
	const struct wanted wanted = { place, user };

	return agent_map_find(&agent->accounts, key_of(agent, place, user), is_wanted, &wanted);
}

/* The first to come leads, and does so for as long as it wants the registration. */
static void insert(struct agent_account *account, struct agent_row *row)
{
	struct agent_row **at = &account->rows;

	if (*at)
		at = &(*at)->account_next;
	while (*at && (*at)->id < row->id)
		at = &(*at)->account_next;
	row->account_next = *at;
	*at = row;
}

int agent_account_join(struct agent *agent, struct agent_row *row, struct agent_place *place)
{
	const char *user = agent_row_text(row, row->user);
	struct agent_account *account = agent_account_find(agent, place, user);

	if (!account) {
		int r = make(agent, place, user, key_of(agent, place, user), &account);

		if (r < 0)
			return r;
	}
	insert(account, row);
	row->account = account;
	agent_account_follow(agent, account);
	return 0;
}

void agent_account_leave(struct agent *agent, struct agent_row *row)
{
	struct agent_account *account = row->account;
	struct agent_row **at;

	if (!account)
		return;
	for (at = &account->rows; *at != row; at = &(*at)->account_next)
		;
	*at = row->account_next;
	row->account = NULL;
	row->account_next = NULL;
	agent_row_count(agent, row);
	agent_account_follow(agent, account);
}

/* ---- into a shard and out of it */

static void leave_shard(struct agent *agent, struct agent_account *account, uint32_t removal_ms)
{
	struct agent_command *command = agent_command_new(AGENT_ORDER_REMOVE, account, NULL);

	if (!command) {
		enqueue(agent, account); /* then it is followed again */
		net_timer_set(agent->start, net_now_ms(agent->net) + AGENT_RETRY_MS);
		return;
	}
	command->removal_ms = removal_ms;
	account->phase = AGENT_LEAVING;
	agent_worker_post(&agent->workers[account->worker], command);
}

void agent_account_follow(struct agent *agent, struct agent_account *account)
{
	bool wanted = account->rows && !account->held && agent->state == AGENT_RUNNING;

	switch (account->phase) {
	case AGENT_ABSENT:
		if (wanted) {
			account->phase = AGENT_QUEUED;
			enqueue(agent, account);
		} else if (!account->rows && !account->queued) {
			bury(agent, account);
		}
		break;
	case AGENT_QUEUED:
	case AGENT_LEAVING:
		break; /* looked at when its turn comes, when it is gone */
	case AGENT_PRESENT:
		if (!wanted) {
			leave_shard(agent, account, REG_REMOVAL_MS);
		} else if (account->mark != mark_of(agent, account->rows)) {
			account->haste = AGENT_AT_ONCE;
			leave_shard(agent, account, REG_CHANGE_MS);
		}
		break;
	}
}

void agent_account_entered(struct agent *agent, struct agent_account *account,
                           struct agent_worker *worker)
{
	account->phase = AGENT_PRESENT;
	account->worker = (uint8_t)worker->number;
	account->mark = mark_of(agent, account->rows);
	agent_place_enter(agent, account->place, worker->number);
}

/* The CSeqs that were not used are the next ones of that identity. */
static void keep_cseq(const struct agent *agent, const struct agent_account *account)
{
	struct agent_row *row = agent_row_of(agent, account->line);
	struct agent_report report;

	agent_board_glance(&account->board, &report);
	if (row && row->cseq_epoch == account->epoch && !account->fleeting &&
	    report.cseq >= row->cseq_next)
		row->cseq_next = report.cseq + 1;
}

void agent_account_gone(struct agent *agent, struct agent_account *account, unsigned news)
{
	struct agent_row *row = agent_row_of(agent, account->line);

	if (!(news & AGENT_NEWS_FAILED))
		keep_cseq(agent, account);
	agent_scene_forget(agent, account);
	agent_place_quit(agent, account->place, account->worker);
	account->phase = AGENT_ABSENT;
	if (row)
		agent_journal_state(agent, row);
	if (news & AGENT_NEWS_FAILED)
		agent_account_put_off(agent, account);
	else
		agent_account_follow(agent, account);
}

void agent_account_put_off(struct agent *agent, struct agent_account *account)
{
	agent_note(agent, LOG_LEVEL_ERROR, account->rows,
	           "there is no memory for this line: it is tried again");
	account->phase = AGENT_QUEUED;
	enqueue(agent, account);
	net_timer_set(agent->start, net_now_ms(agent->net) + AGENT_RETRY_MS);
}

/* The account whose turn it is, or NULL. */
struct agent_account *agent_account_dequeue(struct agent *agent)
{
	struct agent_account *account = agent->queue;

	if (!account)
		return NULL;
	agent->queue = account->next;
	if (!agent->queue)
		agent->queue_end = &agent->queue;
	agent->queue_count--;
	account->queued = false;
	return account;
}
