/* store/store.c: opening and closing.
 *
 * The owner's way in: the lock, a look at what is there, the database, whose it is, whether it is
 * whole (only where it was not closed in order), its version, its key. Damage found on the way puts
 * the file aside and begins a new one; anything else that is wrong is an error and changes nothing:
 * a key that does not fit means that the data is fine. */
#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/sql.h"

#define KEY_CHECK "lineup"

const char *store_error(const struct store *store)
{
	return store->error;
}

/* SQLite takes "file:..." and ":memory:" for more than names. */
static int set_path(struct store *store, const char *path)
{
	if (!*path || strlen(path) > STORE_PATH_MAX)
		return store_say(store, -EINVAL, "the path of the store is missing or too long");
	snprintf(store->path, sizeof(store->path), "%s%s", *path == '/' ? "" : "./", path);
	return 0;
}

static void close_db(struct store *store)
{
	for (unsigned i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i].stmt);
	memset(store->statements, 0, sizeof(store->statements));
	if (sqlite3_close(store->db) != SQLITE_OK)
		assert(!"a statement was left open");
	store->db = NULL;
	store->sync = STORE_SYNC_UNKNOWN;
}

/* What a file can do to its reader is kept small: no SQL of its own beyond our triggers, no text
 * for names. A -wal and a -shm that stay after a close can be used when the disk is full. */
static int configure(struct store *store)
{
	int keep = 1;

	sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
	sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 16 << 20);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	return sql_script(store, "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
	                         "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;"
	                         "PRAGMA journal_size_limit = 67108864");
}

static int open_db(struct store *store)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
		return sql_error(store);
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return store_say(store, -EACCES, "the store %s cannot be written", store->path);
	int err = configure(store);
	return err ? err : sql_init(store);
}

/* It is kept in the file, and asked for again for one that a person has copied or repaired. */
static int use_wal(struct store *store)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, "PRAGMA journal_mode = WAL", SQL_NONE, &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0) {
		const char *mode = sql_column(stmt, 0, &err);
		if (mode)
			err = strcmp(mode, "wal") == 0 ? 0 : -ENOTSUP;
		if (err == -ENOTSUP)
			store_say(store, err,
			          "the folder of %s cannot hold a database that threads "
			          "share",
			          store->path);
	}
	sql_give(store, stmt);
	return err;
}

/* Looks through it where it was not closed in order, or has not the size of a file that was. */
static int check_if_unclean(struct store *store)
{
	int64_t clean, page_bytes;
	int err = sql_ask(store, "SELECT clean FROM store JOIN general USING (one)", SQL_NONE,
	                  &clean);

	if (err == -ENOENT) {
		store->damaged = true;
		return store_say(store, -EUCLEAN, "the store %s has lost its general settings",
		                 store->path);
	}
	if (!err)
		err = sql_ask(store, "PRAGMA page_size", SQL_NONE, &page_bytes);
	if (!err && (!clean || store->bytes % page_bytes))
		err = store_schema_check(store, STORE_CHECK_PAGES);
	return err;
}

static int read_key_check(struct store *store, uint8_t *ret_sealed, size_t cap, size_t *ret_n)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, "SELECT key_check FROM store", SQL_NONE, &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0) {
		size_t n = (size_t)sqlite3_column_bytes(stmt, 0);

		*ret_n = n < cap ? n : cap;
		if (*ret_n)
			memcpy(ret_sealed, sqlite3_column_blob(stmt, 0), *ret_n);
		err = 0;
	}
	sql_give(store, stmt);
	return err;
}

static int write_key_check(struct store *store)
{
	uint8_t sealed[sizeof(KEY_CHECK) + STORE_SEAL_EXTRA];
	int err = store_secret_seal(&store->secret, 0, KEY_CHECK, sizeof(KEY_CHECK), sealed);

	if (err)
		return store_say(store, err, "the key cannot be used");
	err = sql_begin(store, STORE_SYNC_FULL);
	if (!err)
		err = sql_end(store, sql_run(store, "UPDATE store SET key_check = ?1",
		                             SQL_VALUES(sql_blob(sealed, sizeof(sealed)))));
	return err;
}

/* A store in which no key was used yet takes any. */
static int fit_key(struct store *store, const char *key_path)
{
	uint8_t key[STORE_KEY_BYTES], sealed[sizeof(KEY_CHECK) + STORE_SEAL_EXTRA];
	char plain[sizeof(KEY_CHECK)];
	size_t sealed_n = 0, n;
	int err = read_key_check(store, sealed, sizeof(sealed), &sealed_n);

	if (err)
		return err;
	err = store_secret_read(
		store, key_path,
		!sealed_n && store->mode == STORE_OWN ? STORE_KEY_MAKE : STORE_KEY_THERE, key);
	if (err)
		return err;
	err = store_secret_init(&store->secret, key);
	OPENSSL_cleanse(key, sizeof(key));
	if (err)
		return store_say(store, err, "out of memory");
	if (!sealed_n)
		return write_key_check(store);
	if (store_secret_open(&store->secret, 0, sealed, sealed_n, plain, &n) != 0)
		return store_say(store, -EACCES, "the key %s does not fit the store %s", key_path,
		                 store->path);
	return 0;
}

/* What there is, up to the key. */
static int open_whole(struct store *store, struct store_found *found)
{
	int version = 0, from = 0;
	int err = open_db(store);

	if (!err)
		err = use_wal(store);
	if (!err)
		err = store_schema_version(store, STORE_SCHEMA, &version);
	if (!err && version)
		err = check_if_unclean(store);
	if (!err)
		err = store_schema_migrate(store, store_schema_steps, STORE_SCHEMA, &from);
	if (!err && from < STORE_SCHEMA)
		found->migrated_from = from;
	return err;
}

static int begin_new(struct store *store, struct store_found *found)
{
	int err = store_file_make(store);

	if (err)
		return err;
	err = open_whole(store, found);
	if (!err)
		err = store_file_sync(store);
	if (!err) {
		found->created = true;
		return 0;
	}
	close_db(store);
	store_file_unmake(store);
	return err;
}

static int open_own(struct store *store, const struct store_cfg *cfg, struct store_found *found)
{
	int err = store_file_lock(store);

	if (err)
		return err;
	err = store_file_look(store);
	if (err == 0)
		err = open_whole(store, found);
	if (store->damaged || err == -EUCLEAN) {
		close_db(store);
		store->damaged = false;
		err = store_file_set_aside(store, found->set_aside);
		if (!err)
			err = -ENOENT;
	}
	if (err == -ENOENT)
		err = begin_new(store, found);
	return err ? err : fit_key(store, cfg->key_path);
}

static int open_shared(struct store *store, const struct store_cfg *cfg)
{
	int version, err = store_file_look(store);

	if (err == -ENOENT || err == -EUCLEAN)
		return store_say(store, -ENOENT, "there is no store %s", store->path);
	if (!err)
		err = open_db(store);
	if (!err)
		err = store_schema_version(store, STORE_SCHEMA, &version);
	if (!err && version < STORE_SCHEMA)
		return store_say(store, -EPROTO, "the store %s has not been made ready",
		                 store->path);
	return err ? err : fit_key(store, cfg->key_path);
}

static void free_store(struct store *store)
{
	close_db(store);
	store_secret_done(&store->secret);
	if (store->lock >= 0)
		store_file_unlock(store);
	free(store);
}

int store_open(const struct store_cfg *cfg, struct store **ret_store, struct store_found *ret_found,
               char *reterr, size_t reterr_cap)
{
	struct store_found found = { .created = false };
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		snprintf(reterr, reterr_cap, "out of memory");
		return -ENOMEM;
	}
	store->lock = -1;
	store->log = cfg->log;
	store->mode = cfg->mode;
	int err = set_path(store, cfg->path);
	if (!err)
		err = cfg->mode == STORE_OWN ? open_own(store, cfg, &found)
		                             : open_shared(store, cfg);
	if (err) {
		snprintf(reterr, reterr_cap, "%s", store->error);
		free_store(store);
		return err;
	}
	*ret_store = store;
	if (ret_found)
		*ret_found = found;
	return 0;
}

static void log_note(const struct store *store, const char *what)
{
	char text[sizeof(store->error) + 128];
	int n = snprintf(text, sizeof(text), "store: %s: %s", what, store->error);
	const struct log_event event = {
		.kind = LOG_NOTE,
		.level = LOG_LEVEL_WARN,
		.wall_ms = store_file_now_ms(),
		.text = slice_of(text, (size_t)n),
	};

	log_emit(&store->log, &event);
}

/* One that met damage says so, for the next opening to look. */
static void mark_closed(struct store *store)
{
	int err = sql_begin(store, STORE_SYNC_FULL);

	if (!err)
		err = sql_end(store, sql_run(store, "UPDATE store SET clean = ?1",
		                             SQL_VALUES(sql_number(!store->damaged))));
	if (err)
		log_note(store, "not closed in order, and looked through when it is opened next");
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->begun)
		store_rollback(store);
	if (store->mode == STORE_OWN && (store->marked || store->damaged))
		mark_closed(store);
	free_store(store);
}
