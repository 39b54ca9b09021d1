/* agent/start.c: registrations that wait for their turn go to their shards, in batches.
 *
 * Before a line may send, the CSeqs that it will use are reserved in the store, so that whatever
 * ends this process, the next one goes on above all of them. A batch is one write. Where the store
 * cannot be written a line is registered all the same, under an identity that nobody will ever use
 * again: phones must work when a disk is full. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"

#define BUSY_MS   20 /* a shard that has too many commands is given that time */
#define CSEQ_LAST 16 /* so many left, and nothing was reserved: it cannot go on */

/* What has to be done before a line may use its CSeqs. */
enum need {
	NEED_NOTHING,
	NEED_WRITE,    /* row->cseq_wanted to the store */
	NEED_IDENTITY, /* there are none left: another identity */
};

struct batch {
	struct agent_account *accounts[AGENT_WRITE_ROWS];
	enum need needs[AGENT_WRITE_ROWS];
	size_t count;
};

static bool any_busy(struct agent *agent)
{
	for (uint32_t i = 0; i < agent->worker_count; i++)
		if (agent_worker_backlog(&agent->workers[i]) > AGENT_INBOX_MANY)
			return true;
	return false;
}

static enum need reserve(struct agent_row *row)
{
	if (row->cseq_epoch != row->epoch) {
		row->cseq_epoch = row->epoch;
		row->cseq_next = REG_FIRST_CSEQ;
		row->cseq_block = 0;
	}
	row->cseq_wanted = 0;
	if (row->cseq_next + AGENT_CSEQ_LOW <= row->cseq_block)
		return NEED_NOTHING;
	/* After a hundred years, or in a store that somebody wrote into by hand. */
	if (row->cseq_next > LINE_CSEQ_MAX - STORE_CSEQ_BLOCK)
		return NEED_IDENTITY;
	row->cseq_wanted = row->cseq_next + STORE_CSEQ_BLOCK;
	return NEED_WRITE;
}

static void take_batch(struct agent *agent, struct batch *batch)
{
	/* One that is put back waits for the next time. */
	for (size_t left = agent->queue_count; left && batch->count < AGENT_WRITE_ROWS; left--) {
		struct agent_account *account = agent_account_dequeue(agent);

		if (account->phase == AGENT_QUEUED)
			account->phase = AGENT_ABSENT;
		if (account->phase != AGENT_ABSENT || !account->rows || account->held ||
		    agent->state != AGENT_RUNNING) {
			agent_account_follow(agent, account);
			continue;
		}
		batch->needs[batch->count] = reserve(account->rows);
		batch->accounts[batch->count++] = account;
	}
}

/* Whether the server holds a binding of an earlier process; what its Contact was made from. */
static bool binding_left(const struct agent *agent, const struct agent_account *account,
                         struct net_addr *ret_left)
{
	struct agent_report report;

	agent_board_read(&account->board, &report);
	if (!report.told.source.any.sa_family || report.ends_ms <= net_wall_ms(agent->net))
		return false;
	*ret_left = report.told.source;
	return true;
}

static int choose_identity(struct agent *agent, struct agent_account *account, bool fleeting,
                           struct agent_command *command)
{
	struct agent_row *row = account->rows;

	account->line = row->id;
	account->epoch = row->epoch;
	account->fleeting = fleeting;
	if (fleeting) {
		command->cseq_ask = UINT32_MAX;
		return net_random(agent->net, &command->identity, sizeof(command->identity));
	}
	command->identity = hash_pair(&agent->line_key, (uint64_t)row->id, row->epoch);
	command->cseq = row->cseq_next;
	command->cseq_ask = row->cseq_block - AGENT_CSEQ_LOW;
	return 0;
}

/* NULL: none. In *password, which the caller wipes. */
static const char *password_of(struct agent *agent, const struct agent_row *row,
                               char password[STORE_PASSWORD_MAX + 1])
{
	int r = store_line_password(agent->store, row->id, password);

	if (r < 0 && r != -ENOENT)
		agent_note(agent, LOG_LEVEL_ERROR, row, "%s", store_error(agent->store));
	return r < 0 ? NULL : password;
}

static int hand_over(struct agent *agent, struct agent_account *account, bool fleeting)
{
	struct agent_row *row = account->rows;
	char password[STORE_PASSWORD_MAX + 1];
	struct agent_worker *worker = &agent->workers[agent_shard_of(agent, row)];
	const struct agent_command_texts texts = { .auth_user = agent_row_text(row, row->auth_user),
		                                   .contact = agent_row_text(row, row->contact),
		                                   .calls = agent_row_calls(row),
		                                   .password = password_of(agent, row, password),
		                                   .tls_ca = account->place->tls_ca,
		                                   .tls_cert = account->place->tls_cert,
		                                   .tls_key = account->place->tls_key };
	struct agent_command *command = agent_command_new(AGENT_ORDER_ADD, account, &texts);
	int r;

	explicit_bzero(password, sizeof(password));
	if (!command)
		return -ENOMEM;
	r = choose_identity(agent, account, fleeting, command);
	if (r < 0) {
		agent_command_free(command);
		return r;
	}
	binding_left(agent, account, &command->left);
	command->expires_s = row->entry->expires_s;
	command->haste = account->haste;
	account->haste = AGENT_IN_TURN;
	agent_account_entered(agent, account, worker);
	command->share = agent_place_share(account->place, worker->number);
	command->flows = agent_place_flows(account->place);
	command->keep = account->place->keep;
	command->last = account->place->last;
	command->tls_least = account->place->tls_least;
	agent_worker_post(worker, command);
	return 0;
}

/* Whether the row has no CSeqs that it may use. */
static bool settle(struct agent_row *row, enum need need, int r)
{
	if (need == NEED_WRITE && r == 0)
		row->cseq_block = row->cseq_wanted;
	row->cseq_wanted = 0;
	return need == NEED_IDENTITY || (need == NEED_WRITE && r < 0);
}

static bool any_write(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->needs[i] == NEED_WRITE)
			return true;
	return false;
}

static int write_some(struct agent *agent, const struct batch *batch)
{
	struct store_state states[AGENT_WRITE_PORTION];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < batch->count; i++) {
		if (batch->needs[i] == NEED_WRITE)
			agent_journal_fill(batch->accounts[i]->rows, &states[n++]);
		if (n && (n == AGENT_WRITE_PORTION || i + 1 == batch->count)) {
			r = store_states_write(agent->store, states, n);
			n = 0;
		}
	}
	return r;
}

/* What is reserved is on the disk when this returns 0. */
static int write_reserved(struct agent *agent, const struct batch *batch)
{
	int r;

	if (!any_write(batch))
		return 0;
	r = store_begin(agent->store);
	if (r < 0)
		return r;
	r = write_some(agent, batch);
	if (r == 0)
		return store_commit(agent->store);
	store_rollback(agent->store);
	return r;
}

static void send_batch(struct agent *agent, struct batch *batch)
{
	int r = write_reserved(agent, batch), look;

	agent_journal_result(agent, r);
	look = store_look_begin(agent->store); /* which saves two locks of the file a password */
	for (size_t i = 0; i < batch->count; i++) {
		struct agent_account *account = batch->accounts[i];
		bool fleeting = settle(account->rows, batch->needs[i], r);

		if (hand_over(agent, account, fleeting) < 0)
			agent_account_put_off(agent, account);
	}
	if (look == 0)
		store_look_end(agent->store);
}

void agent_start_some(struct agent *agent)
{
	struct batch *batch;

	if (any_busy(agent)) {
		net_timer_set(agent->start, net_now_ms(agent->net) + BUSY_MS);
		return;
	}
	batch = calloc(1, sizeof(*batch));
	if (!batch) {
		net_timer_set(agent->start, net_now_ms(agent->net) + AGENT_RETRY_MS);
		return;
	}
	take_batch(agent, batch);
	send_batch(agent, batch);
	/* Others have their turn before the next batch does. */
	if (agent->queue && batch->count == AGENT_WRITE_ROWS)
		net_timer_set(agent->start, net_now_ms(agent->net));
	free(batch);
}

/* ---- the next block of a line that is under way */

void agent_start_more(struct agent *agent, struct agent_account *account)
{
	struct agent_row *row = agent_row_of(agent, account->line);

	if (!row || row->cseq_epoch != account->epoch || account->phase != AGENT_PRESENT)
		return;
	row->cseq_wanted = row->cseq_block + STORE_CSEQ_BLOCK;
	agent_journal_state(agent, row);
}

/* What row->cseq_wanted says has been written. */
void agent_start_reserved(struct agent *agent, struct agent_row *row)
{
	struct agent_account *account = row->account;
	struct agent_command *command;

	if (account && account->line == row->id && account->phase == AGENT_PRESENT) {
		command = agent_command_new(AGENT_ORDER_RESERVED, account, NULL);
		if (!command) {
			agent_journal_state(agent, row); /* and so is told another time */
			return;
		}
		command->cseq_ask = row->cseq_wanted - AGENT_CSEQ_LOW;
		agent_worker_post(&agent->workers[account->worker], command);
	}
	row->cseq_block = row->cseq_wanted;
	row->cseq_wanted = 0;
}

/* The store could not be written for so long that what was reserved is used up: the line starts
 * anew, and with that gets an identity that needs no store. */
void agent_start_unreserved(struct agent *agent, struct agent_row *row)
{
	struct agent_account *account = row->account;
	struct agent_report report;

	if (!account || account->line != row->id || account->phase != AGENT_PRESENT)
		return;
	agent_board_glance(&account->board, &report);
	if (report.cseq + CSEQ_LAST < row->cseq_block)
		return;
	account->mark = 0;
	agent_account_follow(agent, account);
}
