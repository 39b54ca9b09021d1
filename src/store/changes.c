/* store/changes.c: the numbered row of changes that others follow.
 *
 * A change is written in the transaction that makes it. The numbers have no gaps, and the schema
 * trims the oldest: where the row that a reader had last is still there, nothing behind it is
 * missing. */
#include <errno.h>

#include "store/sql.h"

int store_change_add(struct store *store, enum store_what what, int64_t id)
{
	return sql_run(store, "INSERT INTO change (what, id) VALUES (?1, ?2)",
	               SQL_VALUES(sql_number(what), sql_number(id)));
}

int store_sequence(struct store *store, const char *table, int64_t *ret_number)
{
	return sql_ask(store, "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1",
	               SQL_VALUES(sql_text(table)), ret_number);
}

int64_t store_change_last(struct store *store)
{
	int64_t number;
	int err = store_sequence(store, "change", &number);

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
