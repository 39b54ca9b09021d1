/* store/schema.c: the tables, how an older file gets them, and whether a file can be trusted.
 *
 * A step that was released is never edited: the next version is one more step. The version stands
 * in the file's header (user_version), the word that the file is ours as well (application_id).
 * Constraints have sentences for names: SQLite says the name of the one that fails, and so do we.
 */
#include <errno.h>
#include <stdio.h>

#include "store/sql.h"

static const char version_1[] =
	"PRAGMA application_id = 1282299248;" /* STORE_APPLICATION */

	/* About the file. key_check: sealed, to know whether a key fits before it is needed. */
	"CREATE TABLE store ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" clean INTEGER NOT NULL,"
	" key_check BLOB"
	") STRICT;"
	"INSERT INTO store VALUES (1, 0, NULL);"

	"CREATE TABLE server ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT NOT NULL UNIQUE,"
	" domain TEXT NOT NULL,"
	" port INTEGER NOT NULL CONSTRAINT \"port is 0 to 65535\""
	"  CHECK (port BETWEEN 0 AND 65535),"
	" proxy TEXT,"
	" transport TEXT NOT NULL CONSTRAINT \"transport is udp, tcp, tls or auto\""
	"  CHECK (transport IN ('udp', 'tcp', 'tls', 'auto')),"
	" expires_s INTEGER NOT NULL CONSTRAINT \"expires is 1 to 86400 seconds\""
	"  CHECK (expires_s BETWEEN 1 AND 86400),"
	" rate_per_s INTEGER NOT NULL CONSTRAINT \"rate is 0 to 100000 in a second\""
	"  CHECK (rate_per_s BETWEEN 0 AND 100000),"
	" keepalive TEXT NOT NULL CONSTRAINT \"keepalive is none, crlf, stun or options\""
	"  CHECK (keepalive IN ('none', 'crlf', 'stun', 'options')),"
	" interface TEXT,"
	" tls_ca TEXT,"
	" tls_cert TEXT,"
	" tls_key TEXT,"
	" srv TEXT NOT NULL CONSTRAINT \"srv is default, yes or no\""
	"  CHECK (srv IN ('default', 'yes', 'no'))"
	") STRICT;"
	"CREATE INDEX server_domain ON server (domain COLLATE NOCASE, port);"

	"CREATE TABLE general ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" default_server INTEGER REFERENCES server ON DELETE SET NULL,"
	" srv INTEGER NOT NULL CHECK (srv IN (0, 1)),"
	" on_stop INTEGER NOT NULL CONSTRAINT \"on-stop is remove or keep\""
	"  CHECK (on_stop IN (0, 1)),"
	" history_days INTEGER NOT NULL CONSTRAINT \"history is kept for 1 to 3650 days\""
	"  CHECK (history_days BETWEEN 1 AND 3650),"
	" shards INTEGER NOT NULL CONSTRAINT \"shards are 0 to 1024\""
	"  CHECK (shards BETWEEN 0 AND 1024)"
	") STRICT;"
	"INSERT INTO general VALUES (1, NULL, 0, 0, 30, 0);"

	"CREATE TABLE studio ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT NOT NULL UNIQUE,"
	" note TEXT"
	") STRICT;"

	/* AUTOINCREMENT: a line is known to its server by its id, and its password is sealed with
         * it, so that an id never comes back. */
	"CREATE TABLE line ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" studio INTEGER NOT NULL REFERENCES studio ON DELETE CASCADE,"
	" number INTEGER NOT NULL CONSTRAINT \"a line's number is 1 to 4294967295\""
	"  CHECK (number BETWEEN 1 AND 4294967295),"
	" name TEXT,"
	" extension TEXT NOT NULL,"
	" auth_user TEXT,"
	" password BLOB,"
	" server INTEGER REFERENCES server,"
	" enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),"
	" contact TEXT,"
	" epoch INTEGER NOT NULL,"
	" UNIQUE (studio, number)"
	") STRICT;"
	"CREATE INDEX line_server ON line (server);"

	/* Its last row is never removed, so that its numbers rise without AUTOINCREMENT. */
	"CREATE TABLE change ("
	" number INTEGER PRIMARY KEY,"
	" what INTEGER NOT NULL,"
	" id INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE state ("
	" line INTEGER PRIMARY KEY REFERENCES line ON DELETE CASCADE,"
	" epoch INTEGER NOT NULL,"
	" cseq_block INTEGER NOT NULL,"
	" bound_until_ms INTEGER NOT NULL,"
	" target TEXT,"
	" source TEXT,"
	" status INTEGER NOT NULL,"
	" cause TEXT,"
	" reason TEXT,"
	" result_at_ms INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE value ("
	" name TEXT PRIMARY KEY,"
	" bytes BLOB NOT NULL"
	") STRICT, WITHOUT ROWID;"

	/* No reference to line: what is written for one that was just removed is no error. */
	"CREATE TABLE history ("
	" id INTEGER PRIMARY KEY,"
	" line INTEGER NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" up INTEGER NOT NULL,"
	" state TEXT,"
	" status INTEGER NOT NULL,"
	" cause TEXT"
	") STRICT;"
	"CREATE INDEX history_line ON history (line, at_ms);"
	"CREATE INDEX history_at ON history (at_ms);"

	"CREATE TABLE login ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT NOT NULL UNIQUE,"
	" password_hash TEXT NOT NULL,"
	" role INTEGER NOT NULL CONSTRAINT \"role is viewer, operator or admin\""
	"  CHECK (role BETWEEN 1 AND 3)"
	") STRICT;"

	"CREATE TABLE token ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" login INTEGER NOT NULL REFERENCES login ON DELETE CASCADE,"
	" label TEXT NOT NULL,"
	" hash BLOB NOT NULL UNIQUE,"
	" role INTEGER NOT NULL CONSTRAINT \"role is viewer, operator or admin\""
	"  CHECK (role BETWEEN 1 AND 3),"
	" made_ms INTEGER NOT NULL,"
	" expires_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX token_login ON token (login);"

	"CREATE TABLE audit ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at_ms INTEGER NOT NULL,"
	" who TEXT,"
	" what TEXT,"
	" object TEXT,"
	" detail TEXT"
	") STRICT;"
	"CREATE INDEX audit_at ON audit (at_ms);"
	"CREATE TRIGGER audit_trim AFTER INSERT ON audit WHEN new.id % 1000 = 0"
	" BEGIN DELETE FROM audit WHERE id <= new.id - 100000; END;";

/* Where the log is sent to beside the daemon's own output. */
static const char version_2[] =
	"ALTER TABLE general ADD COLUMN syslog INTEGER NOT NULL DEFAULT 0"
	" CONSTRAINT \"syslog goes over none, udp or tcp\" CHECK (syslog IN (0, 1, 2));"
	"ALTER TABLE general ADD COLUMN syslog_port INTEGER NOT NULL DEFAULT 0"
	" CONSTRAINT \"the port of the syslog host is 0 to 65535\""
	"  CHECK (syslog_port BETWEEN 0 AND 65535);"
	"ALTER TABLE general ADD COLUMN syslog_host TEXT"
	" CONSTRAINT \"syslog over udp or tcp needs a host\""
	"  CHECK (syslog = 0 OR syslog_host IS NOT NULL);";

/* What calls get, and what some servers want to be told. */
static const char version_3[] = "ALTER TABLE server ADD COLUMN profile TEXT;"
				"ALTER TABLE server ADD COLUMN calls TEXT;"
				"ALTER TABLE server ADD COLUMN contact_params TEXT;"
				"ALTER TABLE server ADD COLUMN outbound INTEGER NOT NULL DEFAULT 0"
				" CONSTRAINT \"outbound is yes or no\" CHECK (outbound IN (0, 1));"
				"ALTER TABLE line ADD COLUMN calls TEXT;";

/* Names are looked up as SRV, as on the command line. A store that has servers keeps what it has:
 * its lines register that way, and nobody can tell whether "no" was chosen. */
static const char version_4[] =
	"UPDATE general SET srv = 1 WHERE NOT EXISTS (SELECT 1 FROM server);";

/* More of what some servers want to be told. */
static const char version_5[] = "ALTER TABLE server ADD COLUMN gruu INTEGER NOT NULL DEFAULT 0"
				" CONSTRAINT \"gruu is yes or no\" CHECK (gruu IN (0, 1));"
				"ALTER TABLE server ADD COLUMN address_params TEXT;"
				"ALTER TABLE server ADD COLUMN request_params TEXT;"
				"ALTER TABLE server ADD COLUMN headers TEXT;";

/* The name server that is asked, where it is not those of /etc/resolv.conf. */
static const char version_6[] = "ALTER TABLE general ADD COLUMN dns TEXT;";

/* How many flows a registration has (RFC 5626 4.2). */
static const char version_7[] =
	"ALTER TABLE server ADD COLUMN flows INTEGER NOT NULL DEFAULT 1"
	" CONSTRAINT \"a line has one flow or two\" CHECK (flows IN (1, 2));";

/* The lowest version of TLS that is spoken with it. */
static const char version_8[] =
	"ALTER TABLE server ADD COLUMN tls_min TEXT NOT NULL DEFAULT '1.2'"
	" CONSTRAINT \"tls-min is 1.2 or 1.3\" CHECK (tls_min IN ('1.2', '1.3'));";

/* Where servers answered last. */
static const char version_9[] = "CREATE TABLE target ("
				" server INTEGER PRIMARY KEY REFERENCES server ON DELETE CASCADE,"
				" mark INTEGER NOT NULL,"
				" address TEXT NOT NULL,"
				" transport TEXT NOT NULL,"
				" at_ms INTEGER NOT NULL"
				") STRICT;";

/* Where the second of two flows goes, where that is not where the first one does. */
static const char version_10[] = "ALTER TABLE server ADD COLUMN second_proxy TEXT;";

const char *const store_schema_steps[STORE_SCHEMA] = { version_1, version_2, version_3, version_4,
	                                               version_5, version_6, version_7, version_8,
	                                               version_9, version_10 };

int store_schema_version(struct store *store, int count, int *ret_version)
{
	int64_t version, application, tables;
	int err = sql_ask(store, "PRAGMA user_version", SQL_NONE, &version);

	if (!err)
		err = sql_ask(store, "PRAGMA application_id", SQL_NONE, &application);
	if (!err)
		err = sql_ask(store, "SELECT count(*) FROM sqlite_schema", SQL_NONE, &tables);
	if (err)
		return err;
	if (version == 0 ? tables > 0 : application != STORE_APPLICATION)
		return store_say(store, -EPROTO, "%s is a database, but not a store of lineup",
		                 store->path);
	if (version < 0 || version > count)
		return store_say(store, -EPROTO,
		                 "the store %s was written by a newer lineup (version %lld; this "
		                 "one knows %d)",
		                 store->path, (long long)version, count);
	*ret_version = (int)version;
	return 0;
}

static int carry_out(struct store *store, const char *step, int version)
{
	char set[48];

	snprintf(set, sizeof(set), "PRAGMA user_version = %d", version);
	int err = sql_script(store, "BEGIN IMMEDIATE");
	if (err)
		return err;
	err = sql_script(store, step);
	if (!err)
		err = sql_script(store, set);
	if (!err)
		err = sql_script(store, "COMMIT");
	if (err)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int store_schema_migrate(struct store *store, const char *const *steps, int count, int *ret_from)
{
	int from = 0, err = store_schema_version(store, count, &from);

	for (int version = from; !err && version < count; version++)
		err = carry_out(store, steps[version], version + 1);
	if (!err)
		*ret_from = from;
	return err;
}

static int check(struct store *store, const char *pragma)
{
	sqlite3_stmt *stmt;
	int err = sql_take(store, pragma, SQL_NONE, &stmt);

	if (err)
		return err;
	err = sql_next(store, stmt);
	if (err > 0) {
		const char *found = sql_column(stmt, 0, &err);
		if (found)
			err = strcmp(found, "ok") == 0 ? 0 : -EUCLEAN;
		if (err == -EUCLEAN) {
			store->damaged = true;
			store_say(store, err, "the store %s is damaged: %s", store->path, found);
		}
	}
	sql_give(store, stmt);
	return err;
}

/* History and audit grow without regard to the lines, and a file that is not read before it is used
 * costs an error later; a start that takes minutes costs the lines. */
int store_schema_check(struct store *store, int64_t pages_max)
{
	static const char *const needed[] = {
		"PRAGMA quick_check('store')",  "PRAGMA quick_check('general')",
		"PRAGMA quick_check('server')", "PRAGMA quick_check('studio')",
		"PRAGMA quick_check('line')",   "PRAGMA quick_check('state')",
		"PRAGMA quick_check('value')",  "PRAGMA quick_check('change')",
		"PRAGMA quick_check('target')", "PRAGMA quick_check('login')",
		"PRAGMA quick_check('token')",
	};
	int64_t pages;
	int err = sql_ask(store, "PRAGMA page_count", SQL_NONE, &pages);

	if (!err && pages <= pages_max)
		return check(store, "PRAGMA quick_check(1)");
	for (size_t i = 0; !err && i < sizeof(needed) / sizeof(needed[0]); i++)
		err = check(store, needed[i]);
	return err;
}
