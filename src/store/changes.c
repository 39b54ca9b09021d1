/* store/changes.c: the numbered row of changes that others follow.
 *
 * A change is written in the transaction that makes it. The numbers have no gaps, and only the
 * oldest are trimmed: where the row that a reader had last is still there, nothing behind it is
 * missing. */
#include <errno.h>

#include "store/sql.h"

#define KEPT       100000 /* changes, at least */
#define TRIM_EVERY 1000

static int trim(struct store *store)
{
	return sql_run(store,
	               "DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?1",
	               SQL_VALUES(sql_number(KEPT)));
}

int store_change_add(struct store *store, enum store_what what, int64_t id)
{
	int err = sql_run(store, "INSERT INTO change (what, id) VALUES (?1, ?2)",
	                  SQL_VALUES(sql_number(what), sql_number(id)));

	if (!err && sqlite3_last_insert_rowid(store->db) % TRIM_EVERY == 0)
		err = trim(store);
	return err;
}

int store_change_add_lines(struct store *store, int64_t studio)
{
	int err = sql_run(store,
	                  "INSERT INTO change (what, id)"
	                  " SELECT ?2, id FROM line WHERE studio = ?1 ORDER BY number",
	                  SQL_VALUES(sql_number(studio), sql_number(STORE_LINE)));

	return err ? err : trim(store);
}

int64_t store_change_last(struct store *store)
{
	int64_t number;
	int err = sql_ask(store, "SELECT max(number) FROM change", SQL_NONE, &number);

	return err ? err : number;
}

struct changes {
	struct store *store;
	int64_t after;
	bool begun; /* the first row was met: the one that after names */
	store_change_fn *fn;
	void *ctx;
};

static int stale(struct store *store)
{
	return store_say(store, -ESTALE, "changes that far back are no longer known");
}

static int change_row(void *ctx, sqlite3_stmt *stmt)
{
	struct changes *changes = ctx;
	const struct store_change change = {
		.number = sqlite3_column_int64(stmt, 0),
		.what = (enum store_what)sqlite3_column_int(stmt, 1),
		.id = sqlite3_column_int64(stmt, 2),
	};

	if (!changes->begun) {
		int64_t first = changes->after ? changes->after : 1;

		if (change.number != first)
			return stale(changes->store);
		changes->begun = true;
		if (change.number == changes->after)
			return 0;
	}
	return changes->fn(changes->ctx, &change);
}

int store_changes(struct store *store, int64_t after, store_change_fn *fn, void *ctx)
{
	struct changes changes = { .store = store, .after = after, .fn = fn, .ctx = ctx };
	int err = sql_walk(store,
	                   "SELECT number, what, id FROM change WHERE number >= ?1"
	                   " ORDER BY number",
	                   SQL_VALUES(sql_number(after)), change_row, &changes);

	return !err && !changes.begun && after ? stale(store) : err;
}
