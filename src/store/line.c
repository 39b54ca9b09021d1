/* store/line.c: the lines, and their passwords, which come in here and leave only by
 * store_line_password().
 *
 * The epoch of a line rises where its REGISTER would say something else than before. A password is
 * opened to know whether a new one is another; a server that is named and the same as the default
 * is no change. */
#include <errno.h>
#include <openssl/crypto.h>

#include "store/sql.h"

#define SEALED_MAX (STORE_PASSWORD_MAX + STORE_SEAL_EXTRA)

static int check(struct store *store, const struct store_line *line)
{
	int err = store_text_need(store, "the extension", line->extension);

	if (!err)
		err = store_text_check(store, "the name of the line", line->name);
	if (!err)
		err = store_text_check(store, "the auth user", line->auth_user);
	if (!err)
		err = store_text_check(store, "the contact", line->contact);
	if (!err)
		err = store_text_check(store, "the calls setting", line->calls);
	if (err || line->password_is != STORE_PASSWORD_SET)
		return err;
	if (!line->password)
		return store_say(store, -EINVAL, "the password is missing");
	if (strnlen(line->password, STORE_PASSWORD_MAX + 1) > STORE_PASSWORD_MAX)
		return store_say(store, -EINVAL, "the password is longer than %d bytes",
		                 STORE_PASSWORD_MAX);
	return 0;
}

/* What a line becomes, and what becomes of its password. */
struct put {
	const struct store_line *line;
	int64_t id;
	enum store_password password_is; /* LEAVE where the new one is the old one */
	uint8_t sealed[SEALED_MAX];
	size_t sealed_n;
	bool sent_differs;
};

static int seal(struct store *store, struct put *put)
{
	size_t n = strlen(put->line->password);

	if (store_secret_seal(&store->secret, put->id, put->line->password, n, put->sealed) != 0)
		return store_say(store, -EIO, "the password cannot be encrypted");
	put->sealed_n = n + STORE_SEAL_EXTRA;
	return 0;
}

/* One that cannot be opened is another. */
static bool same_password(struct store *store, const struct put *put, const void *sealed, size_t n)
{
	char old[SEALED_MAX];
	size_t old_n;

	if (!sealed || n > sizeof(old) ||
	    store_secret_open(&store->secret, put->id, sealed, n, old, &old_n) != 0)
		return false;
	bool same = old_n == strlen(put->line->password) &&
	            CRYPTO_memcmp(old, put->line->password, old_n) == 0;
	OPENSSL_cleanse(old, sizeof(old));
	return same;
}

/* stmt stands on the line as it was. */
static int compare(struct store *store, struct put *put, sqlite3_stmt *stmt)
{
	const struct store_line *line = put->line;
	bool had = sqlite3_column_type(stmt, 4) != SQLITE_NULL;
	int err = 0;

	if (line->password_is == STORE_PASSWORD_SET &&
	    same_password(store, put, sqlite3_column_blob(stmt, 4),
	                  (size_t)sqlite3_column_bytes(stmt, 4)))
		put->password_is = STORE_PASSWORD_LEAVE;
	put->sent_differs = !store_text_same(line->extension, sql_column(stmt, 0, &err)) ||
	                    !store_text_same(line->auth_user, sql_column(stmt, 1, &err)) ||
	                    !store_text_same(line->contact, sql_column(stmt, 2, &err)) ||
	                    sqlite3_column_int(stmt, 3) || put->password_is == STORE_PASSWORD_SET ||
	                    (put->password_is == STORE_PASSWORD_CLEAR && had);
	return err ? store_say(store, err, "out of memory") : 0;
}

static int say_no_line(struct store *store, int64_t id)
{
	return store_say(store, -ENOENT, "there is no line with the id %lld", (long long)id);
}

static int look_at_old(struct store *store, struct put *put)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store,
	                   "SELECT extension, auth_user, contact,"
	                   " coalesce(server, default_server) IS NOT coalesce(?2, default_server),"
	                   " password FROM line, general WHERE id = ?1",
	                   SQL_VALUES(sql_number(put->id), sql_id(put->line->server)), &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0)
		err = compare(store, put, stmt);
	else if (err == 0)
		err = say_no_line(store, put->id);
	sql_give(store, stmt);
	return err;
}

static const char insert_text[] =
	"INSERT INTO line (id, studio, number, name, extension, auth_user, server, enabled, "
	"contact,"
	" calls, password, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)";

static const char update_text[] =
	"UPDATE line SET studio = ?2, number = ?3, name = ?4, extension = ?5, auth_user = ?6,"
	" server = ?7, enabled = ?8, contact = ?9,"
	" calls = ?10, password = CASE WHEN ?12 THEN password ELSE ?11 END,"
	" epoch = epoch + ?13 WHERE id = ?1";

enum { INSERTED = 11, UPDATED = 13 };

static int write_line(struct store *store, const struct put *put)
{
	const struct store_line *line = put->line;
	const struct sql_value values[UPDATED] = {
		sql_number(put->id),
		sql_number(line->studio),
		sql_number(line->number),
		sql_text(line->name),
		sql_text(line->extension),
		sql_text(line->auth_user),
		sql_id(line->server),
		sql_number(line->enabled),
		sql_text(line->contact),
		sql_text(line->calls),
		sql_blob(put->sealed_n ? put->sealed : NULL, put->sealed_n),
		sql_number(put->password_is == STORE_PASSWORD_LEAVE),
		sql_number(put->sent_differs),
	};
	int err = line->id ? sql_run(store, update_text, values, UPDATED)
	                   : sql_run(store, insert_text, values, INSERTED);

	if (err == -EEXIST)
		store_say(store, err, "the number %u is taken in this studio",
		          (unsigned)line->number);
	if (err == -ENOENT)
		store_say(store, err, "the studio or the server of the line does not exist");
	return err ? err : store_change_add(store, STORE_LINE, put->id);
}

/* The id is known before the row is written, since the password is sealed with it. In a transaction
 * nobody else can take one, so that it is asked for once. */
static int choose_id(struct store *store, int64_t *ret_id)
{
	int64_t last = store->begun ? store->last_line : 0;
	int err = 0;

	if (!last)
		err = sql_ask(store, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'line'",
		              SQL_NONE, &last);
	if (!err)
		*ret_id = last + 1;
	return err;
}

static int put_line(struct store *store, struct put *put)
{
	int err = put->line->id ? look_at_old(store, put) : choose_id(store, &put->id);

	if (!err && put->password_is == STORE_PASSWORD_SET)
		err = seal(store, put);
	if (!err)
		err = write_line(store, put);
	if (!err && !put->line->id)
		store->last_line = put->id;
	return err;
}

int store_line_put(struct store *store, const struct store_line *line, int64_t *ret_id)
{
	struct put put = { .line = line, .id = line->id, .password_is = line->password_is };
	int err = check(store, line);

	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, put_line(store, &put));
	if (!err && ret_id)
		*ret_id = put.id;
	return err;
}

static int remove_line(struct store *store, int64_t id)
{
	int err = sql_run_row(store, "DELETE FROM line WHERE id = ?1", SQL_VALUES(sql_number(id)));

	if (err == -ENOENT)
		return say_no_line(store, id);
	return err ? err : store_change_add(store, STORE_LINE, id);
}

int store_line_remove(struct store *store, int64_t id)
{
	int err = sql_begin(store, STORE_SYNC_FULL);

	return err ? err : sql_end(store, remove_line(store, id));
}

struct lines {
	store_line_fn *fn;
	void *ctx;
	bool any;
};

static int line_row(void *ctx, sqlite3_stmt *stmt)
{
	struct lines *lines = ctx;
	int err = 0;
	const struct store_line line = {
		.id = sqlite3_column_int64(stmt, 0),
		.studio = sqlite3_column_int64(stmt, 1),
		.number = (uint32_t)sqlite3_column_int64(stmt, 2),
		.name = sql_column(stmt, 3, &err),
		.extension = sql_column(stmt, 4, &err),
		.auth_user = sql_column(stmt, 5, &err),
		.has_password = sqlite3_column_int(stmt, 6),
		.server = sqlite3_column_int64(stmt, 7),
		.enabled = sqlite3_column_int(stmt, 8),
		.contact = sql_column(stmt, 9, &err),
		.calls = sql_column(stmt, 10, &err),
		.epoch = (uint32_t)sqlite3_column_int64(stmt, 11),
	};

	lines->any = true;
	return err ? err : lines->fn(lines->ctx, &line);
}

#define LINE_COLUMNS \
	"SELECT id, studio, number, name, extension, auth_user, password IS NOT NULL, server," \
	" enabled, contact, calls, epoch FROM line"
#define OF_STUDIO "(?2 IS NULL OR studio = ?2)"
#define OF_SERVER \
	"(?3 IS NULL OR server = ?3 OR" \
	" (server IS NULL AND ?3 = (SELECT default_server FROM general)))"

/* Each has the index that it wants: a statement for all of them would walk all lines. */
static const char all_text[] = LINE_COLUMNS " ORDER BY studio, number";
static const char one_text[] = LINE_COLUMNS " WHERE id = ?1 AND " OF_STUDIO " AND " OF_SERVER;
static const char studio_text[] =
	LINE_COLUMNS " WHERE studio = ?2 AND " OF_SERVER " ORDER BY number";
static const char server_text[] =
	LINE_COLUMNS " WHERE server = ?3 OR"
		     " (server IS NULL AND ?3 = (SELECT default_server FROM general))"
		     " ORDER BY studio, number";

int store_lines(struct store *store, const struct store_lines_of *of, store_line_fn *fn, void *ctx)
{
	const struct sql_value values[] = { sql_id(of->id), sql_id(of->studio),
		                            sql_id(of->server) };
	struct lines lines = { fn, ctx, false };
	const char *text = of->id       ? one_text
	                   : of->studio ? studio_text
	                   : of->server ? server_text
	                                : all_text;
	int err = sql_walk(store, text, values, text == all_text ? 0 : 3, line_row, &lines);

	return !err && of->id && !lines.any ? say_no_line(store, of->id) : err;
}

static int open_password(struct store *store, int64_t id, sqlite3_stmt *stmt,
                         char ret_password[STORE_PASSWORD_MAX + 1])
{
	size_t sealed_n = (size_t)sqlite3_column_bytes(stmt, 0), n = 0;
	const void *sealed = sqlite3_column_blob(stmt, 0);

	if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		return store_say(store, -ENOENT, "the line has no password");
	if (!sealed)
		return store_say(store, -ENOMEM, "out of memory");
	if (sealed_n > SEALED_MAX ||
	    store_secret_open(&store->secret, id, sealed, sealed_n, ret_password, &n) != 0)
		return store_say(store, -EIO,
		                 "the password of the line with the id %lld cannot be decrypted: "
		                 "set it again",
		                 (long long)id);
	ret_password[n] = '\0';
	return 0;
}

int store_line_password(struct store *store, int64_t id, char ret_password[STORE_PASSWORD_MAX + 1])
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, "SELECT password FROM line WHERE id = ?1",
	                   SQL_VALUES(sql_number(id)), &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0)
		err = open_password(store, id, stmt, ret_password);
	else if (err == 0)
		err = say_no_line(store, id);
	sql_give(store, stmt);
	return err;
}
