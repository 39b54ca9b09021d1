/* store/state.c: what the owner of the lines knows about them, and small values of the process.
 *
 * A registrar refuses a CSeq that falls, so that a block of them must be known to be used before it
 * is, even if the power fails: a batch that reserves one waits for the disk. Results may be a few
 * seconds old after that, and do not wait. What belongs to an older epoch than is there, and a
 * CSeq below the one that is there, come from a writer that is late: they change nothing. */
#include <errno.h>

#include "store/sql.h"

#define VALUE_NAME_MAX 64

/* Of a line that has a state, as nearly all have to which something happens; what is of an older
 * epoch changes nothing. */
static const char update_text[] =
	"UPDATE state SET epoch = ?2,"
	" cseq_block = CASE WHEN ?2 = epoch THEN max(?3, cseq_block) ELSE ?3 END,"
	" bound_until_ms = ?4, target = ?5, source = ?6, status = ?7, cause = ?8, reason = ?9,"
	" result_at_ms = ?10 WHERE line = ?1 AND ?2 >= epoch";

/* Of one that has none. A line that was removed meanwhile gets none. */
static const char write_text[] =
	"INSERT INTO state (line, epoch, cseq_block, bound_until_ms, target, source, status, cause,"
	" reason, result_at_ms)"
	" SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM line WHERE id = ?1"
	" ON CONFLICT (line) DO NOTHING";

static const char known_text[] =
	"SELECT EXISTS (SELECT 1 FROM state WHERE line = ?1 AND epoch = ?2 AND cseq_block >= ?3)";

static int write_state(struct store *store, const struct store_state *state)
{
	char target[sizeof(state->target)], source[sizeof(state->source)];
	char cause[sizeof(state->cause)], reason[sizeof(state->reason)];

	store_text_keep_array(state->target, target);
	store_text_keep_array(state->source, source);
	store_text_keep_array(state->cause, cause);
	store_text_keep_array(state->reason, reason);
	const struct sql_value values[] = {
		sql_number(state->line),
		sql_number(state->epoch),
		sql_number(state->cseq_block),
		sql_number(state->bound_until_ms),
		sql_text(target),
		sql_text(source),
		sql_number(state->status),
		sql_text(cause),
		sql_text(reason),
		sql_number(state->result_at_ms),
	};
	int err = sql_run(store, update_text, values, sizeof(values) / sizeof(*values));

	if (err || sqlite3_changes(store->db))
		return err;
	return sql_run(store, write_text, values, sizeof(values) / sizeof(*values));
}

/* *ret_sync: what the batch needs. */
static int choose_sync(struct store *store, const struct store_state *states, size_t n,
                       enum store_sync *ret_sync)
{
	int64_t known = 1;
	int err = 0;

	for (size_t i = 0; !err && known && i < n; i++)
		err = sql_ask(store, known_text,
		              SQL_VALUES(sql_number(states[i].line), sql_number(states[i].epoch),
		                         sql_number(states[i].cseq_block)),
		              &known);
	*ret_sync = known ? STORE_SYNC_NORMAL : STORE_SYNC_FULL;
	return err;
}

int store_states_write(struct store *store, const struct store_state *states, size_t n)
{
	enum store_sync sync = STORE_SYNC_FULL;
	int err = 0;

	/* Whoever has begun a transaction has said whether it waits for the disk. */
	if (!store->begun)
		err = choose_sync(store, states, n, &sync);
	if (!err)
		err = sql_begin(store, sync);
	if (err)
		return err;
	for (size_t i = 0; !err && i < n; i++)
		err = write_state(store, &states[i]);
	return sql_end(store, err);
}

struct states {
	store_state_fn *fn;
	void *ctx;
};

static int state_row(void *ctx, sqlite3_stmt *stmt)
{
	const struct states *states = ctx;
	int err = 0;
	struct store_state state = {
		.line = sqlite3_column_int64(stmt, 0),
		.epoch = (uint32_t)sqlite3_column_int64(stmt, 1),
		.cseq_block = (uint32_t)sqlite3_column_int64(stmt, 2),
		.bound_until_ms = sqlite3_column_int64(stmt, 3),
		.status = (uint16_t)sqlite3_column_int(stmt, 6),
		.result_at_ms = sqlite3_column_int64(stmt, 9),
	};

	sql_column_copy(stmt, 4, state.target, sizeof(state.target), &err);
	sql_column_copy(stmt, 5, state.source, sizeof(state.source), &err);
	sql_column_copy(stmt, 7, state.cause, sizeof(state.cause), &err);
	sql_column_copy(stmt, 8, state.reason, sizeof(state.reason), &err);
	return err ? err : states->fn(states->ctx, &state);
}

int store_states(struct store *store, store_state_fn *fn, void *ctx)
{
	struct states states = { fn, ctx };

	return sql_walk(store,
	                "SELECT line, epoch, cseq_block, bound_until_ms, target, source, status,"
	                " cause, reason, result_at_ms FROM state ORDER BY line",
	                SQL_NONE, state_row, &states);
}

/* ---- where servers answered */

static int write_target(struct store *store, const struct store_target *target)
{
	return sql_run(store,
	               "INSERT INTO target (server, mark, address, transport, at_ms)"
	               " SELECT id, ?2, ?3, ?4, ?5 FROM server WHERE id = ?1"
	               " ON CONFLICT (server) DO UPDATE SET mark = excluded.mark,"
	               " address = excluded.address, transport = excluded.transport,"
	               " at_ms = excluded.at_ms",
	               SQL_VALUES(sql_number(target->server), sql_number((int64_t)target->mark),
	                          sql_text(target->address), sql_text(target->transport),
	                          sql_number(target->at_ms)));
}

int store_targets_write(struct store *store, const struct store_target *targets, size_t n)
{
	int err = sql_begin(store, STORE_SYNC_NORMAL);

	if (err)
		return err;
	for (size_t i = 0; !err && i < n; i++)
		err = write_target(store, &targets[i]);
	return sql_end(store, err);
}

struct targets {
	store_target_fn *fn;
	void *ctx;
};

static int target_row(void *ctx, sqlite3_stmt *stmt)
{
	const struct targets *targets = ctx;
	struct store_target target = {
		.server = sqlite3_column_int64(stmt, 0),
		.mark = (uint64_t)sqlite3_column_int64(stmt, 1),
		.at_ms = sqlite3_column_int64(stmt, 4),
	};
	int err = 0;

	sql_column_copy(stmt, 2, target.address, sizeof(target.address), &err);
	sql_column_copy(stmt, 3, target.transport, sizeof(target.transport), &err);
	return err ? err : targets->fn(targets->ctx, &target);
}

int store_targets(struct store *store, store_target_fn *fn, void *ctx)
{
	struct targets targets = { fn, ctx };

	return sql_walk(
		store, "SELECT server, mark, address, transport, at_ms FROM target ORDER BY server",
		SQL_NONE, target_row, &targets);
}

/* ---- values */

static int check_name(struct store *store, const char *name)
{
	int err = store_text_need(store, "the name of the value", name);

	if (!err && strlen(name) > VALUE_NAME_MAX)
		err = store_say(store, -EINVAL, "the name of the value is too long");
	return err;
}

int store_value_set(struct store *store, const char *name, const void *bytes, size_t n)
{
	int err = check_name(store, name);

	if (!err && n > STORE_VALUE_MAX)
		err = store_say(store, -EINVAL, "the value \"%s\" is longer than %d bytes", name,
		                STORE_VALUE_MAX);
	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	return sql_end(store, sql_run(store,
	                              "INSERT INTO value (name, bytes) VALUES (?1, ?2)"
	                              " ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes",
	                              SQL_VALUES(sql_text(name), sql_blob(n ? bytes : "", n))));
}

static int copy_value(struct store *store, const char *name, sqlite3_stmt *stmt, void *ret_bytes,
                      size_t cap, size_t *ret_n)
{
	size_t n = (size_t)sqlite3_column_bytes(stmt, 0);
	const void *bytes = sqlite3_column_blob(stmt, 0);

	if (n > cap)
		return store_say(store, -ENOBUFS, "the value \"%s\" is longer than expected", name);
	if (n && !bytes)
		return store_say(store, -ENOMEM, "out of memory");
	if (n)
		memcpy(ret_bytes, bytes, n);
	*ret_n = n;
	return 0;
}

int store_value_get(struct store *store, const char *name, void *ret_bytes, size_t cap,
                    size_t *ret_n)
{
	sqlite3_stmt *stmt;
	int err = check_name(store, name);

	if (!err)
		err = sql_take(store, "SELECT bytes FROM value WHERE name = ?1",
		               SQL_VALUES(sql_text(name)), &stmt);
	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0)
		err = copy_value(store, name, stmt, ret_bytes, cap, ret_n);
	else if (err == 0)
		err = store_say(store, -ENOENT, "there is no value \"%s\"", name);
	sql_give(store, stmt);
	return err;
}
