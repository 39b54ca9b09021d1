/* store/access.c: who may do what, and who did what.
 *
 * Of passwords and tokens only hashes come here. The audit is written by whoever changes something,
 * in the transaction of the change; it takes what it is given, since a record that was refused for
 * its spelling is no record. The schema keeps the last 100,000 of it. */
#include <errno.h>

#include "store/sql.h"

static int write_login(struct store *store, const struct store_login *login, int64_t *ret_id)
{
	const struct sql_value values[] = { sql_id(login->id), sql_text(login->name),
		                            sql_text(login->password_hash),
		                            sql_number(login->role) };
	int err;

	if (login->id)
		err = sql_run_row(store,
		                  "UPDATE login SET name = ?2, password_hash = ?3, role = ?4"
		                  " WHERE id = ?1",
		                  values, 4);
	else
		err = sql_run(store,
		              "INSERT INTO login (id, name, password_hash, role)"
		              " VALUES (?1, ?2, ?3, ?4)",
		              values, 4);
	if (err == -EEXIST)
		store_say(store, err, "there is a login \"%s\" already", login->name);
	if (err == -ENOENT)
		store_say(store, err, "there is no login with the id %lld", (long long)login->id);
	if (!err)
		*ret_id = login->id ? login->id : sqlite3_last_insert_rowid(store->db);
	return err;
}

int store_login_put(struct store *store, const struct store_login *login, int64_t *ret_id)
{
	int64_t id = 0;
	int err = store_text_need(store, "the name of the login", login->name);

	if (!err)
		err = store_text_need(store, "the hash of the password", login->password_hash);
	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, write_login(store, login, &id));
	if (!err && ret_id)
		*ret_id = id;
	return err;
}

static int remove_row(struct store *store, const char *text, int64_t id)
{
	int err = sql_begin(store, STORE_SYNC_FULL);

	return err ? err : sql_end(store, sql_run_row(store, text, SQL_VALUES(sql_number(id))));
}

int store_login_remove(struct store *store, int64_t id)
{
	return remove_row(store, "DELETE FROM login WHERE id = ?1", id);
}

struct logins {
	store_login_fn *fn;
	void *ctx;
	bool any;
};

static int login_row(void *ctx, sqlite3_stmt *stmt)
{
	struct logins *logins = ctx;
	int err = 0;
	const struct store_login login = {
		.id = sqlite3_column_int64(stmt, 0),
		.name = sql_column(stmt, 1, &err),
		.password_hash = sql_column(stmt, 2, &err),
		.role = (enum store_role)sqlite3_column_int(stmt, 3),
	};

	logins->any = true;
	return err ? err : logins->fn(logins->ctx, &login);
}

int store_logins(struct store *store, const char *name, store_login_fn *fn, void *ctx)
{
	struct logins logins = { fn, ctx, false };

	if (!name)
		return sql_walk(store,
		                "SELECT id, name, password_hash, role FROM login ORDER BY name",
		                SQL_NONE, login_row, &logins);
	int err = sql_walk(store, "SELECT id, name, password_hash, role FROM login WHERE name = ?1",
	                   SQL_VALUES(sql_text(name)), login_row, &logins);
	return !err && !logins.any ? store_say(store, -ENOENT, "there is no such login") : err;
}

/* ---- tokens */

static int write_token(struct store *store, const struct store_token *token, int64_t *ret_id)
{
	const struct sql_value values[] = { sql_id(token->id),
		                            sql_number(token->login),
		                            sql_text(token->label),
		                            sql_blob(token->hash, STORE_HASH_BYTES),
		                            sql_number(token->role),
		                            sql_number(token->made_ms),
		                            sql_number(token->expires_ms) };
	int err;

	if (token->id)
		err = sql_run_row(store,
		                  "UPDATE token SET login = ?2, label = ?3, hash = ?4, role = ?5,"
		                  " made_ms = ?6, expires_ms = ?7 WHERE id = ?1",
		                  values, 7);
	else
		err = sql_run(store,
		              "INSERT INTO token (id, login, label, hash, role, made_ms,"
		              " expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		              values, 7);
	if (!err)
		*ret_id = token->id ? token->id : sqlite3_last_insert_rowid(store->db);
	return err;
}

int store_token_put(struct store *store, const struct store_token *token, int64_t *ret_id)
{
	int64_t id = 0;
	int err = store_text_need(store, "the label of the token", token->label);

	if (!err && !token->hash)
		err = store_say(store, -EINVAL, "the hash of the token is missing");
	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, write_token(store, token, &id));
	if (!err && ret_id)
		*ret_id = id;
	return err;
}

int store_token_remove(struct store *store, int64_t id)
{
	return remove_row(store, "DELETE FROM token WHERE id = ?1", id);
}

struct tokens {
	store_token_fn *fn;
	void *ctx;
	bool any;
};

static int token_row(void *ctx, sqlite3_stmt *stmt)
{
	struct tokens *tokens = ctx;
	int err = 0;
	const struct store_token token = {
		.id = sqlite3_column_int64(stmt, 0),
		.login = sqlite3_column_int64(stmt, 1),
		.label = sql_column(stmt, 2, &err),
		.hash = sqlite3_column_blob(stmt, 3),
		.role = (enum store_role)sqlite3_column_int(stmt, 4),
		.made_ms = sqlite3_column_int64(stmt, 5),
		.expires_ms = sqlite3_column_int64(stmt, 6),
	};

	tokens->any = true;
	if (!token.hash)
		err = -ENOMEM;
	return err ? err : tokens->fn(tokens->ctx, &token);
}

#define TOKEN_COLUMNS "SELECT id, login, label, hash, role, made_ms, expires_ms FROM token"

int store_tokens(struct store *store, const uint8_t *hash, store_token_fn *fn, void *ctx)
{
	struct tokens tokens = { fn, ctx, false };

	if (!hash)
		return sql_walk(store, TOKEN_COLUMNS " ORDER BY id", SQL_NONE, token_row, &tokens);
	int err = sql_walk(store, TOKEN_COLUMNS " WHERE hash = ?1",
	                   SQL_VALUES(sql_blob(hash, STORE_HASH_BYTES)), token_row, &tokens);
	return !err && !tokens.any ? store_say(store, -ENOENT, "there is no such token") : err;
}

/* ---- audit */

int store_audit_write(struct store *store, const struct store_audit *audit)
{
	char who[STORE_TEXT_MAX + 1], what[STORE_TEXT_MAX + 1], object[STORE_TEXT_MAX + 1];
	char detail[STORE_TEXT_MAX + 1];
	int err = sql_begin(store, STORE_SYNC_FULL);

	if (err)
		return err;
	store_text_keep(slice_str(audit->who), who, sizeof(who));
	store_text_keep(slice_str(audit->what), what, sizeof(what));
	store_text_keep(slice_str(audit->object), object, sizeof(object));
	store_text_keep(slice_str(audit->detail), detail, sizeof(detail));
	return sql_end(store,
	               sql_run(store,
	                       "INSERT INTO audit (at_ms, who, what, object, detail)"
	                       " VALUES (?1, ?2, ?3, ?4, ?5)",
	                       SQL_VALUES(sql_number(audit->at_ms), sql_text(who), sql_text(what),
	                                  sql_text(object), sql_text(detail))));
}

struct audits {
	store_audit_fn *fn;
	void *ctx;
};

static int audit_row(void *ctx, sqlite3_stmt *stmt)
{
	const struct audits *audits = ctx;
	int err = 0;
	const struct store_audit audit = {
		.at_ms = sqlite3_column_int64(stmt, 0),
		.who = sql_column(stmt, 1, &err),
		.what = sql_column(stmt, 2, &err),
		.object = sql_column(stmt, 3, &err),
		.detail = sql_column(stmt, 4, &err),
	};

	return err ? err : audits->fn(audits->ctx, &audit);
}

int store_audits(struct store *store, int64_t before_ms, uint32_t limit, store_audit_fn *fn,
                 void *ctx)
{
	struct audits audits = { fn, ctx };

	return sql_walk(store,
	                "SELECT at_ms, who, what, object, detail FROM audit WHERE at_ms < ?1"
	                " ORDER BY at_ms DESC, id DESC LIMIT ?2",
	                SQL_VALUES(sql_number(before_ms), sql_number(limit)), audit_row, &audits);
}
