/* agent/row.c: the lines of the store, and which registration each of them wants. All with
 * agent->lock held. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/texts.h"
#include "base/buf.h"

struct agent_row *agent_row_of(const struct agent *agent, int64_t id)
{
	return agent_map_get(&agent->row_by_id, (uint64_t)id);
}

/* ---- what a row says */

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* Appends text to the block, where one like it is not there; ret_at: where it stands. */
static size_t lay(char *block, size_t n, const char *text, uint16_t like, uint16_t *ret_at)
{
	size_t text_n = strlen(text) + 1;

	if (like && strcmp(block + like, text) == 0) {
		*ret_at = like;
		return n;
	}
	memcpy(block + n, text, text_n);
	*ret_at = (uint16_t)n;
	return n + text_n;
}

static bool moves(const struct agent_row *row, const struct store_line *line)
{
	return !row->leaf || row->studio != line->studio || row->number != line->number;
}

/* What is in its leaf's block (agent/texts.h) stays there, unless the row leaves the leaf. */
static int keep_texts(struct agent_row *row, const struct store_line *line, const char *block,
                      size_t n)
{
	char *texts;

	if (!moves(row, line) && agent_texts_size(row) == n && memcmp(row->texts, block, n) == 0)
		return 0;
	texts = malloc(n);
	if (!texts)
		return -ENOMEM;
	memcpy(texts, block, n);
	agent_texts_set(row, texts);
	return 0;
}

/* The strings of a row stand in one block, those that are the same once. A text of the store that
 * is an empty one is not set. */
static int take_texts(struct agent_row *row, const struct store_line *line)
{
	char user[SIP_USER_MAX + 1] = "", plain[SIP_USER_MAX + 1] = "", why[160];
	char block[5 * (STORE_TEXT_MAX + 1) + SIP_USER_MAX + 1];
	struct buf reterr = buf_over(why, sizeof(why));
	bool fits =
		sip_extension_parse(slice_str(text_of(line->extension)), user, plain, &reterr) == 0;
	const char *auth_user = line->auth_user && *line->auth_user ? line->auth_user : plain;
	struct agent_row at = { 0 };
	uint16_t name;
	size_t n;

	n = lay(block, 0, text_of(line->name), 0, &name);
	n = lay(block, n, text_of(line->extension), 0, &at.extension);
	n = lay(block, n, auth_user, at.extension, &at.auth_user);
	if (fits)
		n = lay(block, n, user, at.extension, &at.user);
	if (*text_of(line->contact))
		n = lay(block, n, line->contact, 0, &at.contact);
	if (*text_of(line->calls))
		n = lay(block, n, line->calls, 0, &at.calls);
	if (keep_texts(row, line, block, n) < 0)
		return -ENOMEM;
	row->extension = at.extension;
	row->auth_user = at.auth_user;
	row->user = at.user;
	row->contact = at.contact;
	row->calls = at.calls;
	return 0;
}

/* Its own, or those of its server. */
const char *agent_row_calls(const struct agent_row *row)
{
	return row->calls ? agent_row_text(row, row->calls) : row->entry->calls;
}

void agent_row_free(struct agent_row *row)
{
	agent_texts_free(row);
	free(row);
}

static int add(struct agent *agent, int64_t id, struct agent_row **ret_row)
{
	struct agent_row *row = calloc(1, sizeof(*row));
	int r = row ? agent_journal_reserve(agent) : -ENOMEM;

	if (r == 0) {
		row->id = id;
		r = agent_map_add(&agent->row_by_id, row);
	}
	if (r < 0) {
		free(row);
		return r;
	}
	*ret_row = row;
	return 0;
}

int agent_row_put(struct agent *agent, const struct store_line *line, struct agent_row **ret_row)
{
	struct agent_row *row = agent_row_of(agent, line->id);
	bool known = row != NULL;
	int r = agent_list_reserve(&agent->list);

	if (r == 0 && !known)
		r = add(agent, line->id, &row);
	if (r == 0)
		r = take_texts(row, line);
	if (r < 0) {
		if (row && !known) {
			agent_map_remove(&agent->row_by_id, row);
			agent_row_free(row);
		}
		return r;
	}
	assert(row);
	if (row->leaf && moves(row, line))
		agent_list_take(&agent->list, row);
	if (row->leaf)
		agent_list_uncount(&agent->list, row);
	row->studio = line->studio;
	row->number = line->number;
	row->epoch = line->epoch;
	row->enabled = line->enabled;
	if (row->leaf)
		agent_list_count(&agent->list, row);
	else
		agent_list_put(&agent->list, row);
	*ret_row = row;
	return 0;
}

/* ---- which registration it wants */

void agent_row_count(struct agent *agent, struct agent_row *row)
{
	static const struct agent_account none = { .state = REG_IDLE };
	const struct agent_account *account = row->account ? row->account : &none;
	uint32_t ends_s = (uint32_t)(agent_board_ends_ms(&account->board) / 1000);

	if (row->ends_s != ends_s)
		agent_list_end(row, ends_s);
	if (row->standing == account->standing && row->state == account->state &&
	    row->cause == account->cause)
		return;
	agent_list_uncount(&agent->list, row);
	row->standing = account->standing;
	row->state = account->state;
	row->cause = account->cause;
	agent_list_count(&agent->list, row);
}

void agent_row_set_entry(struct agent *agent, struct agent_row *row,
                         struct agent_server_entry *entry)
{
	if (row->entry == entry)
		return;
	agent_list_uncount(&agent->list, row);
	row->entry = entry;
	agent_list_count(&agent->list, row);
}

static bool has_it(const struct agent_row *row, const struct agent_place *place)
{
	return row->account && row->account->place == place &&
	       strcmp(row->account->user, agent_row_text(row, row->user)) == 0;
}

int agent_row_locate(struct agent *agent, struct agent_row *row, int64_t server)
{
	uint64_t id = (uint64_t)(server ? server : agent->general.default_server);
	struct agent_server_entry *entry = agent_map_get(&agent->entries, id);
	struct agent_place *place;
	int r = 0;

	if (entry && !entry->seen) /* it is about to go, as the default server may be by now */
		entry = NULL;
	place = entry && row->enabled && row->user ? entry->place : NULL;
	agent_row_set_entry(agent, row, entry);
	if (place && has_it(row, place)) {
		agent_account_follow(agent, row->account);
	} else {
		if (row->account)
			agent_journal_leaves(agent, row);
		agent_account_leave(agent, row);
		if (place)
			r = agent_account_join(agent, row, place);
		if (row->account)
			agent_journal_joined(agent, row);
	}
	agent_row_count(agent, row);
	return r;
}

void agent_row_remove(struct agent *agent, struct agent_row *row)
{
	agent_account_leave(agent, row);
	agent_journal_forget(agent, row);
	agent_list_take(&agent->list, row);
	agent_map_remove(&agent->row_by_id, row);
	agent_row_free(row);
}
