/* store/sql.c: statements that are kept, errors as errno with a sentence, changes as a whole.
 *
 * SQLite may end a transaction by itself when it runs out of memory or disk. Whoever believes to be
 * in one would then write the rest of it row by row, so that each change first compares what it
 * believes (store->begun) with what is (autocommit). */
#include "store/sql.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const char begin_text[] = "BEGIN IMMEDIATE";
static const char commit_text[] = "COMMIT";
static const char rollback_text[] = "ROLLBACK";
static const char mark_text[] = "UPDATE store SET clean = 0";

int store_say(struct store *store, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(store->error, sizeof(store->error), format, arguments);
	va_end(arguments);
	return err;
}

/* A constraint of the schema has a sentence for a name. */
static int say_constraint(struct store *store, int code)
{
	const char *message = sqlite3_errmsg(store->db);
	const char *colon = strstr(message, "failed: ");
	const char *name = colon ? colon + strlen("failed: ") : message;

	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return store_say(store, -EEXIST, "there is one already (%s)", name);
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return store_say(store, -ENOENT, "what it refers to does not exist");
	case SQLITE_CONSTRAINT_NOTNULL:
		return store_say(store, -EINVAL, "%s is missing", name);
	default:
		return store_say(store, -EINVAL, "%s", name);
	}
}

int sql_error(struct store *store)
{
	int code = sqlite3_extended_errcode(store->db);
	const char *message = sqlite3_errmsg(store->db);

	if (code == SQLITE_IOERR_NOMEM)
		return store_say(store, -ENOMEM, "out of memory");
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return say_constraint(store, code);
	case SQLITE_NOMEM:
		return store_say(store, -ENOMEM, "out of memory");
	case SQLITE_FULL:
		return store_say(store, -ENOSPC, "no space left for the store %s", store->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return store_say(store, -EAGAIN, "the store %s is locked by somebody else",
		                 store->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return store_say(store, -EACCES, "the store %s: %s", store->path, message);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* of statements that are ours: the schema is not */
		store->damaged = true;
		return store_say(store, -EIO, "the store %s is damaged: %s", store->path, message);
	case SQLITE_TOOBIG:
		return store_say(store, -EINVAL, "it is too long");
	default:
		return store_say(store, -EIO, "the store %s: %s", store->path, message);
	}
}

static int prepare(struct store *store, const char *text, unsigned flags, sqlite3_stmt **ret_stmt)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(store->db, text, -1, flags, &stmt, NULL) != SQLITE_OK)
		return sql_error(store);
	*ret_stmt = stmt;
	return 0;
}

static int find(struct store *store, const char *text, sqlite3_stmt **ret_stmt)
{
	for (unsigned i = 0; i < STORE_STATEMENTS; i++) {
		struct store_statement *kept = &store->statements[i];

		if (!kept->text) {
			int err = prepare(store, text, SQLITE_PREPARE_PERSISTENT, &kept->stmt);
			if (err)
				return err;
			kept->text = text;
		}
		if (kept->text == text && !kept->taken) {
			kept->taken = true;
			*ret_stmt = kept->stmt;
			return 0;
		}
		if (kept->text == text)
			break;
	}
	return prepare(store, text, 0, ret_stmt);
}

static int bind(sqlite3_stmt *stmt, int place, const struct sql_value *value)
{
	switch (value->is) {
	case SQL_NULL:
		return sqlite3_bind_null(stmt, place);
	case SQL_NUMBER:
		return sqlite3_bind_int64(stmt, place, value->number);
	case SQL_TEXT:
		return sqlite3_bind_text64(stmt, place, value->bytes, value->n, SQLITE_STATIC,
		                           SQLITE_UTF8);
	case SQL_BLOB:
		return sqlite3_bind_blob64(stmt, place, value->bytes, value->n, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

int sql_take(struct store *store, const char *text, const struct sql_value *values, size_t n,
             sqlite3_stmt **ret_stmt)
{
	sqlite3_stmt *stmt = NULL;
	int err = find(store, text, &stmt);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (bind(stmt, (int)i + 1, &values[i]) != SQLITE_OK) {
			err = sql_error(store);
			sql_give(store, stmt);
			return err;
		}
	}
	*ret_stmt = stmt;
	return 0;
}

void sql_give(struct store *store, sqlite3_stmt *stmt)
{
	if (!stmt)
		return;
	for (unsigned i = 0; i < STORE_STATEMENTS && store->statements[i].text; i++) {
		if (store->statements[i].stmt != stmt)
			continue;
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
		store->statements[i].taken = false;
		return;
	}
	sqlite3_finalize(stmt);
}

int sql_next(struct store *store, sqlite3_stmt *stmt)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return sql_error(store);
	}
}

const char *sql_column(sqlite3_stmt *stmt, int column, int *err)
{
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return NULL;
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	if (!text)
		*err = -ENOMEM;
	return text;
}

void sql_column_copy(sqlite3_stmt *stmt, int column, char *ret_text, size_t cap, int *err)
{
	store_text_keep(slice_str(sql_column(stmt, column, err)), ret_text, cap);
}

int sql_run(struct store *store, const char *text, const struct sql_value *values, size_t n)
{
	sqlite3_stmt *stmt;
	int more, err = sql_take(store, text, values, n, &stmt);

	if (err)
		return err;
	do {
		more = sql_next(store, stmt);
	} while (more > 0);
	sql_give(store, stmt);
	return more;
}

int sql_run_row(struct store *store, const char *text, const struct sql_value *values, size_t n)
{
	int err = sql_run(store, text, values, n);

	if (!err && sqlite3_changes(store->db) == 0)
		err = store_say(store, -ENOENT, "there is no such row");
	return err;
}

int sql_ask(struct store *store, const char *text, const struct sql_value *values, size_t n,
            int64_t *ret_number)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, text, values, n, &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err == 0)
		err = store_say(store, -ENOENT, "there is no such row");
	else if (err > 0) {
		*ret_number = sqlite3_column_int64(stmt, 0);
		err = 0;
	}
	sql_give(store, stmt);
	return err;
}

int sql_script(struct store *store, const char *text)
{
	return sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_error(store);
}

int sql_walk(struct store *store, const char *text, const struct sql_value *values, size_t n,
             sql_row_fn *row, void *ctx)
{
	sqlite3_stmt *stmt = NULL;
	int err = sql_take(store, text, values, n, &stmt);

	if (err)
		return err;
	store->walks++;
	while ((err = sql_next(store, stmt)) > 0) {
		err = row(ctx, stmt);
		if (err)
			break;
	}
	store->walks--;
	sql_give(store, stmt);
	return err == -ENOMEM ? store_say(store, err, "out of memory") : err;
}

int sql_init(struct store *store)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, rollback_text, SQL_NONE, &stmt);

	if (!err)
		sql_give(store, stmt);
	return err;
}

/* Ends a transaction that failed; its sentence stays. The statement is there since sql_init(), for
 * when it is memory that has run out. */
static void undo(struct store *store)
{
	sqlite3_stmt *stmt;
	char error[sizeof(store->error)];

	memcpy(error, store->error, sizeof(error));
	if (!sqlite3_get_autocommit(store->db) &&
	    sql_take(store, rollback_text, SQL_NONE, &stmt) == 0) {
		sqlite3_step(stmt);
		sql_give(store, stmt);
	}
	memcpy(store->error, error, sizeof(error));
	store->marking = false;
}

/* SQLite takes it between transactions only. */
static int set_sync(struct store *store, enum store_sync sync)
{
	if (store->sync == sync)
		return 0;
	int err = sql_script(store, sync == STORE_SYNC_FULL ? "PRAGMA synchronous = FULL"
	                                                    : "PRAGMA synchronous = NORMAL");
	if (!err)
		store->sync = sync;
	return err;
}

static int say_read(struct store *store)
{
	return store_say(store, -EBUSY, "nothing can be changed from within a walk");
}

static int begin_whole(struct store *store, enum store_sync sync)
{
	if (store->walks)
		return say_read(store);
	undo(store);
	if (!sqlite3_get_autocommit(store->db))
		return store_say(store, -EIO, "the last transaction could not be ended");
	int err = set_sync(store, sync);
	if (!err)
		err = sql_run(store, begin_text, SQL_NONE);
	if (!err && !store->marked) {
		err = sql_run(store, mark_text, SQL_NONE);
		store->marking = !err;
		if (err)
			undo(store);
	}
	return err;
}

static int commit_whole(struct store *store)
{
	int err = sql_run(store, commit_text, SQL_NONE);

	if (err) {
		undo(store);
		return err;
	}
	store->marked = store->marked || store->marking;
	store->marking = false;
	return 0;
}

static int begin_several(struct store *store, enum store_sync sync)
{
	assert(!store->begun);
	int err = begin_whole(store, sync);
	store->begun = !err;
	store->last_line = 0;
	return err;
}

int store_begin(struct store *store)
{
	return begin_several(store, STORE_SYNC_FULL);
}

int store_begin_quick(struct store *store)
{
	return begin_several(store, STORE_SYNC_NORMAL);
}

static int say_lost(struct store *store)
{
	return store_say(store, -EIO, "an error has undone the whole transaction");
}

int store_look_begin(struct store *store)
{
	assert(!store->begun);
	return sql_script(store, "BEGIN");
}

/* Nothing was changed, so there is nothing that could fail to be kept. */
void store_look_end(struct store *store)
{
	(void)sql_script(store, "COMMIT");
}

int store_commit(struct store *store)
{
	assert(store->begun);
	store->begun = false;
	if (sqlite3_get_autocommit(store->db)) {
		store->marking = false;
		return say_lost(store);
	}
	return commit_whole(store);
}

void store_rollback(struct store *store)
{
	if (store->begun)
		undo(store);
	store->begun = false;
}

int sql_begin(struct store *store, enum store_sync sync)
{
	if (!store->begun)
		return begin_whole(store, sync);
	if (store->walks)
		return say_read(store);
	if (sqlite3_get_autocommit(store->db))
		return say_lost(store);
	store->changes = sqlite3_total_changes64(store->db);
	return 0;
}

int sql_end(struct store *store, int err)
{
	if (!store->begun && !err)
		return commit_whole(store);
	if (err && (!store->begun || sqlite3_total_changes64(store->db) != store->changes))
		undo(store);
	return err;
}
