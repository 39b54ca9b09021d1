/* store/sql.h: SQLite, as the files of this room use it.
 *
 * A statement's text is a constant of static storage: the prepared statement is kept under its
 * address. Values are bound in their order and borrowed for the call. Each function that fails has
 * set store_error(). */
#ifndef LINEUP_STORE_SQL_H
#define LINEUP_STORE_SQL_H

#include "store/own.h"

struct sql_value {
	enum sql_is { SQL_NULL, SQL_NUMBER, SQL_TEXT, SQL_BLOB } is;
	int64_t number;
	const void *bytes;
	size_t n;
};

static inline struct sql_value sql_number(int64_t number)
{
	return (struct sql_value){ .is = SQL_NUMBER, .number = number };
}

/* The row of that id; 0 is NULL. */
static inline struct sql_value sql_id(int64_t id)
{
	return (struct sql_value){ .is = id ? SQL_NUMBER : SQL_NULL, .number = id };
}

/* NULL and "" are NULL. */
static inline struct sql_value sql_text(const char *text)
{
	return (struct sql_value){ .is = text && *text ? SQL_TEXT : SQL_NULL,
		                   .bytes = text,
		                   .n = text ? strlen(text) : 0 };
}

/* bytes of NULL are NULL. */
static inline struct sql_value sql_blob(const void *bytes, size_t n)
{
	return (struct sql_value){ .is = bytes ? SQL_BLOB : SQL_NULL, .bytes = bytes, .n = n };
}

/* The two arguments of a list of values. */
#define SQL_VALUES(...) \
	(const struct sql_value[]){ __VA_ARGS__ }, \
		sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value)
#define SQL_NONE NULL, 0

/* Once, for a database that was opened. */
int sql_init(struct store *store);

/* Takes a statement to walk its rows; sql_give() (of NULL: nothing) ends that. The same statement
 * may be taken again meanwhile: a callback may ask what its caller is asking. */
int sql_take(struct store *store, const char *text, const struct sql_value *values, size_t n,
             sqlite3_stmt **ret_stmt);
void sql_give(struct store *store, sqlite3_stmt *stmt);

/* 1: stmt stands on a row; 0: there are no more; or negative errno. */
int sql_next(struct store *store, sqlite3_stmt *stmt);

/* The text of a column, or NULL where it has none. Where there is no memory for it, *err becomes
 * -ENOMEM; else it stays. */
const char *sql_column(sqlite3_stmt *stmt, int column, int *err);

/* Copies it, cut to cap - 1 bytes at a character's border; "" for NULL. */
void sql_column_copy(sqlite3_stmt *stmt, int column, char *ret_text, size_t cap, int *err);

/* Runs a statement to its end. */
int sql_run(struct store *store, const char *text, const struct sql_value *values, size_t n);

/* The same for one that names a row: -ENOENT where no row was changed. */
int sql_run_row(struct store *store, const char *text, const struct sql_value *values, size_t n);

/* The number in the first column of its first row (0 for NULL), or -ENOENT. */
int sql_ask(struct store *store, const char *text, const struct sql_value *values, size_t n,
            int64_t *ret_number);

/* What is no statement to keep: PRAGMAs, the schema. */
int sql_script(struct store *store, const char *text);

/* Walks rows: each goes to row(), whose result other than 0 ends the walk. While it runs, nothing
 * can be changed through this store. */
typedef int sql_row_fn(void *ctx, sqlite3_stmt *stmt);
int sql_walk(struct store *store, const char *text, const struct sql_value *values, size_t n,
             sql_row_fn *row, void *ctx);

/* Begins a change of one or more rows, in a transaction of its own, or within store_begin() in that
 * one. sql_end() keeps it where err is 0, undoes it where not, and returns err or what went wrong
 * in the end. There are no savepoints, which would copy each page that is written: so a change
 * begins with the statement that may be refused, and one that fails later (no memory, no space)
 * takes the whole of store_begin() with it. */
int sql_begin(struct store *store, enum store_sync sync);
int sql_end(struct store *store, int err);

/* Sets store_error() from what SQLite says last. */
int sql_error(struct store *store);

#endif
