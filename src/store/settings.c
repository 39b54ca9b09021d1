/* store/settings.c: what is set for all, and the studios.
 *
 * Where the default server becomes another, so does the server of each line that names none. */
#include <errno.h>

#include "store/sql.h"

int store_general_get(struct store *store, struct store_general *ret_general)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store,
	                   "SELECT default_server, srv, on_stop, history_days, shards, syslog,"
	                   " syslog_port, syslog_host, dns FROM general",
	                   SQL_NONE, &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0) {
		*ret_general = (struct store_general){
			.default_server = sqlite3_column_int64(stmt, 0),
			.srv = sqlite3_column_int(stmt, 1),
			.on_stop = sqlite3_column_int(stmt, 2) ? STORE_ON_STOP_KEEP
			                                       : STORE_ON_STOP_REMOVE,
			.history_days = (uint32_t)sqlite3_column_int64(stmt, 3),
			.shards = (uint32_t)sqlite3_column_int64(stmt, 4),
			.syslog = (enum store_syslog)sqlite3_column_int(stmt, 5),
			.syslog_port = (uint16_t)sqlite3_column_int(stmt, 6),
		};
		err = 0;
		sql_column_copy(stmt, 7, ret_general->syslog_host, sizeof(ret_general->syslog_host),
		                &err);
		sql_column_copy(stmt, 8, ret_general->dns, sizeof(ret_general->dns), &err);
	} else if (err == 0) {
		store->damaged = true;
		err = store_say(store, -EIO, "the store has lost its general settings");
	}
	sql_give(store, stmt);
	return err;
}

int store_about(struct store *store, struct store_about *ret_about)
{
	int64_t version = 0, pages = 0, page = 0;
	int err = sql_ask(store, "PRAGMA user_version", SQL_NONE, &version);

	if (!err)
		err = sql_ask(store, "PRAGMA page_count", SQL_NONE, &pages);
	if (!err)
		err = sql_ask(store, "PRAGMA page_size", SQL_NONE, &page);
	if (!err)
		*ret_about = (struct store_about){ (int)version, pages * page };
	return err;
}

static int write_general(struct store *store, const struct store_general *general)
{
	const struct sql_value values[] = {
		sql_id(general->default_server),  sql_number(general->srv),
		sql_number(general->on_stop),     sql_number(general->history_days),
		sql_number(general->shards),      sql_number(general->syslog),
		sql_number(general->syslog_port), sql_text(general->syslog_host),
		sql_text(general->dns),
	};
	int64_t differs = 0;
	int err =
		sql_ask(store, "SELECT default_server IS NOT ?1 FROM general", values, 1, &differs);

	if (!err)
		err = sql_run(store,
		              "UPDATE general SET default_server = ?1, srv = ?2, on_stop = ?3,"
		              " history_days = ?4, shards = ?5, syslog = ?6,"
		              " syslog_port = ?7, syslog_host = ?8, dns = ?9",
		              values, 9);
	if (err == -ENOENT)
		store_say(store, err, "the default server does not exist");
	if (!err && differs)
		err = sql_run(store, "UPDATE line SET epoch = epoch + 1 WHERE server IS NULL",
		              SQL_NONE);
	return err ? err : store_change_add(store, STORE_GENERAL, 0);
}

int store_general_set(struct store *store, const struct store_general *general)
{
	int err = store_text_check(store, "the syslog host", general->syslog_host);

	if (!err)
		err = store_text_check(store, "the name server", general->dns);
	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	return err ? err : sql_end(store, write_general(store, general));
}

/* ---- studios */

static int write_studio(struct store *store, const struct store_studio *studio, int64_t *ret_id)
{
	int64_t id = studio->id;
	int err;

	if (id)
		err = sql_run_row(
			store, "UPDATE studio SET name = ?2, note = ?3 WHERE id = ?1",
			SQL_VALUES(sql_number(id), sql_text(studio->name), sql_text(studio->note)));
	else
		err = sql_run(store, "INSERT INTO studio (name, note) VALUES (?1, ?2)",
		              SQL_VALUES(sql_text(studio->name), sql_text(studio->note)));
	if (err == -EEXIST)
		store_say(store, err, "another studio is called \"%s\"", studio->name);
	if (err == -ENOENT)
		store_say(store, err, "there is no studio with the id %lld", (long long)id);
	if (err)
		return err;
	*ret_id = id ? id : sqlite3_last_insert_rowid(store->db);
	return store_change_add(store, STORE_STUDIO, *ret_id);
}

int store_studio_put(struct store *store, const struct store_studio *studio, int64_t *ret_id)
{
	int64_t id = 0;
	int err = store_text_need(store, "the name of the studio", studio->name);

	if (!err)
		err = store_text_check(store, "the note of the studio", studio->note);
	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, write_studio(store, studio, &id));
	if (!err && ret_id)
		*ret_id = id;
	return err;
}

static int remove_studio(struct store *store, int64_t id)
{
	int64_t found;
	int err = sql_ask(store, "SELECT id FROM studio WHERE id = ?1", SQL_VALUES(sql_number(id)),
	                  &found);

	if (err == -ENOENT)
		return store_say(store, err, "there is no studio with the id %lld", (long long)id);
	if (!err)
		err = store_change_add_lines(store, id);
	if (!err)
		err = sql_run(store, "DELETE FROM studio WHERE id = ?1",
		              SQL_VALUES(sql_number(id)));
	return err ? err : store_change_add(store, STORE_STUDIO, id);
}

int store_studio_remove(struct store *store, int64_t id)
{
	int err = sql_begin(store, STORE_SYNC_FULL);

	return err ? err : sql_end(store, remove_studio(store, id));
}

struct studios {
	store_studio_fn *fn;
	void *ctx;
	bool any;
};

static int studio_row(void *ctx, sqlite3_stmt *stmt)
{
	struct studios *studios = ctx;
	int err = 0;
	const struct store_studio studio = {
		.id = sqlite3_column_int64(stmt, 0),
		.name = sql_column(stmt, 1, &err),
		.note = sql_column(stmt, 2, &err),
		.lines = (uint32_t)sqlite3_column_int64(stmt, 3),
	};

	studios->any = true;
	return err ? err : studios->fn(studios->ctx, &studio);
}

#define STUDIO_COLUMNS \
	"SELECT id, name, note, (SELECT count(*) FROM line WHERE studio = studio.id) FROM studio"

int store_studios(struct store *store, int64_t id, store_studio_fn *fn, void *ctx)
{
	struct studios studios = { fn, ctx, false };

	if (!id)
		return sql_walk(store, STUDIO_COLUMNS " ORDER BY name", SQL_NONE, studio_row,
		                &studios);
	int err = sql_walk(store, STUDIO_COLUMNS " WHERE id = ?1", SQL_VALUES(sql_number(id)),
	                   studio_row, &studios);
	if (!err && !studios.any)
		err = store_say(store, -ENOENT, "there is no studio with the id %lld",
		                (long long)id);
	return err;
}
