/* agent/row.c: the lines of the store, in the order of studio and number, and which registration
 * each of them wants. All with agent->lock held. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"

struct agent_row *agent_row_of(const struct agent *agent, int64_t id)
{
	return agent_map_get(&agent->row_by_id, (uint64_t)id);
}

/* ---- the order */

static int compare(const struct agent_row *row, const struct agent_row_key *key)
{
	if (row->studio != key->studio)
		return row->studio < key->studio ? -1 : 1;
	if (row->number != key->number)
		return row->number < key->number ? -1 : 1;
	return row->id < key->id ? -1 : row->id > key->id;
}

/* How many rows stand in front of key. */
static size_t rank_of(const struct agent *agent, const struct agent_row_key *key)
{
	size_t low = 0, high = agent->row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(agent->rows[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t agent_row_after(const struct agent *agent, const struct agent_row_key *key)
{
	size_t at = rank_of(agent, key);

	return at < agent->row_count && compare(agent->rows[at], key) == 0 ? at + 1 : at;
}

static struct agent_row_key key_of(const struct agent_row *row)
{
	return (struct agent_row_key){ row->studio, row->number, row->id };
}

static void take_out(struct agent *agent, const struct agent_row *row)
{
	struct agent_row_key key = key_of(row);
	size_t at = rank_of(agent, &key);

	agent->row_count--;
	memmove(agent->rows + at, agent->rows + at + 1,
	        (agent->row_count - at) * sizeof(*agent->rows));
}

/* There is room. */
static void put_in(struct agent *agent, struct agent_row *row)
{
	struct agent_row_key key = key_of(row);
	size_t at = rank_of(agent, &key);

	memmove(agent->rows + at + 1, agent->rows + at,
	        (agent->row_count - at) * sizeof(*agent->rows));
	agent->rows[at] = row;
	agent->row_count++;
}

static int make_room(struct agent *agent)
{
	size_t cap = agent->row_cap ? agent->row_cap * 2 : 64;
	struct agent_row **more;

	if (agent->row_count < agent->row_cap)
		return 0;
	more = realloc(agent->rows, cap * sizeof(*more));
	if (!more)
		return -ENOMEM;
	agent->rows = more;
	agent->row_cap = cap;
	return 0;
}

/* ---- what a row says */

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* The strings of a row stand in one block. A text of the store that is an empty one is not set. */
static int take_texts(struct agent_row *row, const struct store_line *line)
{
	char user[SIP_USER_MAX + 1] = "", plain[SIP_USER_MAX + 1] = "", why[160];
	struct buf reterr = buf_over(why, sizeof(why));
	bool fits =
		sip_extension_parse(slice_str(text_of(line->extension)), user, plain, &reterr) == 0;
	const char *auth_user = line->auth_user && *line->auth_user ? line->auth_user : plain;
	const char *parts[] = { text_of(line->name),    text_of(line->extension), auth_user,
		                text_of(line->contact), text_of(line->calls),     user };
	const char **members[] = { &row->name,    &row->extension, &row->auth_user,
		                   &row->contact, &row->calls,     &row->user };
	size_t n = 0;
	char *at;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		n += strlen(parts[i]) + 1;
	at = malloc(n);
	if (!at)
		return -ENOMEM;
	free(row->texts);
	row->texts = at;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		*members[i] = memcpy(at, parts[i], strlen(parts[i]) + 1);
		at += strlen(parts[i]) + 1;
	}
	if (!*row->contact)
		row->contact = NULL;
	if (!*row->calls)
		row->calls = NULL;
	if (!fits)
		row->user = NULL;
	return 0;
}

/* Its own, or those of its server. */
const char *agent_row_calls(const struct agent_row *row)
{
	return row->calls ? row->calls : row->entry->calls;
}

static void row_free(struct agent_row *row)
{
	free(row->remembered);
	free(row->texts);
	free(row);
}

static int add(struct agent *agent, int64_t id, struct agent_row **ret_row)
{
	struct agent_row *row = calloc(1, sizeof(*row));
	int r = row ? make_room(agent) : -ENOMEM;

	if (r == 0)
		r = agent_map_put(&agent->row_by_id, (uint64_t)id, row);
	if (r < 0) {
		free(row);
		return r;
	}
	row->id = id;
	*ret_row = row;
	return 0;
}

int agent_row_put(struct agent *agent, const struct store_line *line, struct agent_row **ret_row)
{
	struct agent_row *row = agent_row_of(agent, line->id);
	bool known = row != NULL, moves;
	struct agent_row_key key;
	int r = known ? 0 : add(agent, line->id, &row);

	if (r == 0)
		r = take_texts(row, line);
	if (r < 0) {
		if (row && !known) {
			agent_map_remove(&agent->row_by_id, (uint64_t)row->id);
			row_free(row);
		}
		return r;
	}
	key = (struct agent_row_key){ line->studio, line->number, line->id };
	moves = !known || compare(row, &key) != 0;
	if (known && moves)
		take_out(agent, row);
	row->studio = line->studio;
	row->number = line->number;
	row->server = line->server;
	row->epoch = line->epoch;
	row->enabled = line->enabled;
	if (moves)
		put_in(agent, row);
	*ret_row = row;
	return 0;
}

/* ---- which registration it wants */

void agent_row_count_up(struct agent_row *row)
{
	bool up = row->account && row->account->up;

	if (!row->entry || up == row->counted)
		return;
	row->counted = up;
	row->entry->up += up ? 1 : UINT32_MAX;
}

void agent_row_set_entry(struct agent_row *row, struct agent_server_entry *entry)
{
	if (row->entry == entry)
		return;
	if (row->entry) {
		row->entry->lines--;
		row->entry->up -= row->counted;
	}
	row->counted = false;
	row->entry = entry;
	if (entry)
		entry->lines++;
}

static bool has_it(const struct agent_row *row, const struct agent_place *place)
{
	return row->account && row->account->place == place &&
	       strcmp(row->account->user, row->user) == 0;
}

int agent_row_locate(struct agent *agent, struct agent_row *row)
{
	int64_t server = row->server ? row->server : agent->general.default_server;
	struct agent_server_entry *entry = agent_map_get(&agent->entries, (uint64_t)server);
	struct agent_place *place = entry && row->enabled && row->user ? entry->place : NULL;
	int r = 0;

	agent_row_set_entry(row, entry);
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
	agent_row_count_up(row);
	return r;
}

void agent_row_remove(struct agent *agent, struct agent_row *row)
{
	agent_account_leave(agent, row);
	agent_row_set_entry(row, NULL);
	agent_journal_forget(agent, row);
	take_out(agent, row);
	agent_map_remove(&agent->row_by_id, (uint64_t)row->id);
	row_free(row);
}
