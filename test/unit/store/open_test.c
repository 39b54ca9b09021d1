/* Opening: one owner, a key that fits, a version that is known, and damage that is set aside and
 * never written over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "base/rng.h"
#include "place.h"
#include "store/own.h"

static struct place place;

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

static int count_studio(void *ctx, const struct store_studio *studio)
{
	(void)studio;
	++*(unsigned *)ctx;
	return 0;
}

static unsigned studios(void)
{
	unsigned count = 0;

	assert_int_equal(store_studios(place.store, 0, count_studio, &count), 0);
	return count;
}

static bool exists(const char *behind)
{
	char path[128];
	struct stat about;

	snprintf(path, sizeof(path), "%s%s", place.path, behind);
	return stat(path, &about) == 0;
}

static unsigned mode_of(const char *path)
{
	struct stat about;

	assert_int_equal(stat(path, &about), 0);
	return about.st_mode & 0777;
}

/* Opening ends with that error and a sentence with that in it. */
static void assert_refused(enum store_mode mode, int expected, const char *words)
{
	struct store *store = NULL;

	assert_int_equal(place_try(&place, mode, &store), expected);
	assert_null(store);
	if (!strstr(place.error, words))
		fail_msg("\"%s\" has no \"%s\"", place.error, words);
}

/* What a SQL text does to the closed file. */
static void do_sql(const char *text)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Runs fn in a process that dies as by kill -9, so that nothing is closed. */
static void die_after(void (*fn)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		fn();
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- a new one */

static void a_new_store_is_for_its_user_alone(void **state)
{
	char wal[96];

	(void)state;
	umask(0);
	place_open(&place);
	assert_true(place.found.created);
	assert_int_equal(place.found.migrated_from, 0);
	assert_string_equal(place.found.set_aside, "");
	put_studio(place.store, "S");
	snprintf(wal, sizeof(wal), "%s-wal", place.path);
	assert_int_equal(mode_of(place.path), 0600);
	assert_int_equal(mode_of(place.key), 0600);
	assert_int_equal(mode_of(wal), 0600);
	place_reopen(&place);
	assert_false(place.found.created);
	assert_int_equal(place.found.migrated_from, 0);
	assert_int_equal(studios(), 1);
}

static void a_path_is_a_name_and_nothing_else(void **state)
{
	static const char *const names[] = { ":memory:", "file:store?mode=memory" };
	char before[4096];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(place.folder), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct stat about;

		snprintf(place.path, sizeof(place.path), "%s", names[i]);
		place_open(&place);
		place_close(&place);
		assert_int_equal(stat(names[i], &about), 0);
		assert_true(about.st_size > 0);
	}
	assert_int_equal(chdir(before), 0);
}

static void a_place_that_cannot_hold_a_store_is_told(void **state)
{
	char long_path[STORE_TEXT_MAX + 1];

	(void)state;
	snprintf(place.path, sizeof(place.path), "%s/none/store", place.folder);
	assert_refused(STORE_OWN, -ENOENT, "cannot open");
	snprintf(place.path, sizeof(place.path), "%s", place.folder);
	assert_refused(STORE_OWN, -EINVAL, "is not a file");
	snprintf(long_path, sizeof(long_path), "%s.lock", place.folder);
	assert_int_equal(unlink(long_path), 0);

	const struct store_cfg rows[] = { { .path = "", .key_path = place.key },
		                          { .path = long_path, .key_path = place.key } };
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store *store = NULL;

		assert_int_equal(
			store_open(&rows[i], &store, NULL, place.error, sizeof(place.error)),
			-EINVAL);
		assert_non_null(strstr(place.error, "missing or too long"));
	}
}

/* Opens as somebody who is not root, whom no mode would keep from anything. */
static int error_for_nobody(void)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(0);
		_exit(-place_try(&place, STORE_OWN, &place.store));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void what_may_not_be_written_is_not_opened(void **state)
{
	size_t before_n, after_n;
	char lock[96];

	(void)state;
	place_open(&place);
	place_close(&place);
	char *before = place_read(place.path, &before_n);
	snprintf(lock, sizeof(lock), "%s.lock", place.path);
	assert_int_equal(chmod(place.folder, 0555), 0);
	assert_int_equal(chmod(lock, 0444), 0);
	assert_int_equal(error_for_nobody(), -EACCES);
	assert_int_equal(chmod(lock, 0666), 0);
	assert_int_equal(chmod(place.path, 0), 0);
	assert_int_equal(error_for_nobody(), -EACCES);
	assert_int_equal(chmod(place.path, 0444), 0);
	assert_int_equal(error_for_nobody(), -EACCES);
	assert_int_equal(chmod(place.folder, 0700), 0);
	assert_int_equal(chmod(place.path, 0600), 0);
	char *after = place_read(place.path, &after_n);
	assert_int_equal(after_n, before_n);
	assert_memory_equal(after, before, before_n);
	free(before);
	free(after);
}

static void what_cannot_be_set_aside_is_not_written_over(void **state)
{
	char lock[96];
	size_t n;

	(void)state;
	place_open(&place);
	place_close(&place);
	place_write(place.path, "damaged", 7);
	snprintf(lock, sizeof(lock), "%s.lock", place.path);
	assert_int_equal(chmod(lock, 0666), 0);
	assert_int_equal(chmod(place.folder, 0555), 0);
	assert_int_equal(error_for_nobody(), -EACCES);
	assert_int_equal(chmod(place.folder, 0700), 0);
	char *bytes = place_read(place.path, &n);
	assert_int_equal(n, 7);
	assert_memory_equal(bytes, "damaged", 7);
	free(bytes);
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	store_close(NULL);
}

/* ---- one owner */

static void a_second_owner_is_refused_by_name(void **state)
{
	char words[160];

	(void)state;
	place_open(&place);
	snprintf(words, sizeof(words), "process %d is already using the store %s", (int)getpid(),
	         place.path);
	assert_refused(STORE_OWN, -EBUSY, words);
	put_studio(place.store, "S");
	place_reopen(&place);
}

static void own_and_write(void)
{
	place_open(&place);
	put_studio(place.store, "of a process that dies");
}

static void the_lock_dies_with_its_process(void **state)
{
	(void)state;
	die_after(own_and_write);
	place_open(&place);
	assert_false(place.found.created);
	assert_int_equal(studios(), 1);
}

static void a_share_needs_an_owners_store(void **state)
{
	struct store *share = NULL;

	(void)state;
	assert_refused(STORE_SHARE, -ENOENT, "there is no store");
	do_sql("PRAGMA user_version = 0; CREATE TABLE t (a)");
	assert_refused(STORE_SHARE, -EPROTO, "not a store of lineup");
	do_sql("DROP TABLE t");
	assert_refused(STORE_SHARE, -EPROTO, "has not been made ready");
	place_open(&place);
	assert_int_equal(place_try(&place, STORE_SHARE, &share), 0);
	put_studio(share, "S");
	assert_int_equal(studios(), 1);
	store_close(share);
}

static void what_another_writes_is_waited_for_and_then_told(void **state)
{
	const struct store_studio studio = { .name = "S" };
	sqlite3 *other;

	(void)state;
	place_open(&place);
	sqlite3_busy_timeout(place.store->db, 0);
	assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_studio_put(place.store, &studio, NULL), -EAGAIN);
	assert_non_null(strstr(store_error(place.store), "is locked"));
	assert_int_equal(store_begin(place.store), -EAGAIN);
	assert_int_equal(studios(), 0);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_int_equal(store_studio_put(place.store, &studio, NULL), 0);
}

/* ---- the key */

static int64_t put_secret(const char *password)
{
	int64_t studio = put_studio(place.store, "S"), id;
	struct store_line line = good_line(studio, 1);

	line.password_is = STORE_PASSWORD_SET;
	line.password = password;
	assert_int_equal(store_line_put(place.store, &line, &id), 0);
	return id;
}

static void passwords_stay_readable_with_the_same_key_only(void **state)
{
	char password[STORE_PASSWORD_MAX + 1], key[32];
	size_t n;

	(void)state;
	place_open(&place);
	int64_t id = put_secret("geheim");
	place_close(&place);
	char *good = place_read(place.key, &n);
	assert_int_equal(n, 32);
	size_t file_n;
	char *file = place_read(place.path, &file_n);

	assert_int_equal(unlink(place.key), 0);
	assert_refused(STORE_OWN, -EACCES, "is missing");
	memset(key, 7, sizeof(key));
	place_write(place.key, key, 31);
	assert_refused(STORE_OWN, -EACCES, "is not a file of 32 bytes");
	place_write(place.key, good, n);
	assert_int_equal(truncate(place.key, 33), 0);
	assert_refused(STORE_OWN, -EACCES, "is not a file of 32 bytes");
	place_write(place.key, key, sizeof(key));
	assert_refused(STORE_OWN, -EACCES, "does not fit");
	place_write(place.key, good, n);
	assert_int_equal(chmod(place.key, 0604), 0);
	assert_refused(STORE_OWN, -EACCES, "can be read by others");
	assert_int_equal(chmod(place.key, 0640), 0);
	assert_refused(STORE_OWN, -EACCES, "can be read by others");
	assert_int_equal(chmod(place.key, 0400), 0);

	size_t after_n;
	char *after = place_read(place.path, &after_n);
	assert_int_equal(after_n, file_n);
	assert_memory_equal(after, file, file_n);
	place_open(&place);
	assert_string_equal(place.found.set_aside, "");
	assert_int_equal(store_line_password(place.store, id, password), 0);
	assert_string_equal(password, "geheim");
	free(good);
	free(file);
	free(after);
}

static void a_folder_is_no_key(void **state)
{
	(void)state;
	assert_int_equal(mkdir(place.key, 0700), 0);
	assert_refused(STORE_OWN, -EACCES, "is not a file of 32 bytes");
	assert_int_equal(rmdir(place.key), 0);
}

static void a_key_that_another_user_hands_over_may_show_its_group(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	place_open(&place);
	place_close(&place);
	assert_int_equal(chmod(place.key, 0440), 0);
	assert_refused(STORE_OWN, -EACCES, "can be read by others");
	assert_int_equal(chown(place.key, 65534, (gid_t)-1), 0);
	place_open(&place);
}

static void a_key_that_cannot_be_made_is_told_and_no_other_is_replaced(void **state)
{
	char new_key[96];

	(void)state;
	snprintf(new_key, sizeof(new_key), "%s.new", place.key);
	assert_int_equal(mkdir(new_key, 0700), 0);
	assert_refused(STORE_OWN, -EEXIST, "cannot be made");
	assert_int_equal(rmdir(new_key), 0);
	place_write(new_key, "half", 4); /* of a process that was killed */
	place_open(&place);
	assert_int_not_equal(access(new_key, F_OK), 0);
}

static void a_password_stands_in_no_file(void **state)
{
	static const char *const behind[] = { "", "-wal", "-shm", ".lock" };
	static const char secret[] = "correct-horse-battery";

	(void)state;
	place_open(&place);
	put_secret(secret);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(behind); i++) {
			char path[128];
			size_t n;

			snprintf(path, sizeof(path), "%s%s", place.path, behind[i]);
			char *bytes = place_read(path, &n);
			assert_null(memmem(bytes, n, secret, strlen(secret)));
			if (round == 1 && i == 0) /* that the search would find it */
				assert_non_null(memmem(bytes, n, "1001", 4));
			free(bytes);
		}
		place_close(&place);
	}
}

static void a_sealed_password_opens_in_its_own_row_only(void **state)
{
	char password[STORE_PASSWORD_MAX + 1] = "untouched";
	int64_t studio;

	(void)state;
	place_open(&place);
	int64_t first = put_secret("geheim");
	studio = put_studio(place.store, "T");
	int64_t second = put_line(place.store, studio, 1);
	assert_int_equal(store_line_password(place.store, second, password), -ENOENT);
	assert_int_equal(store_line_password(place.store, 99, password), -ENOENT);
	assert_string_equal(password, "untouched");
	place_close(&place);
	do_sql("UPDATE line SET password = (SELECT password FROM line WHERE id = 1)");
	place_open(&place);
	assert_int_equal(store_line_password(place.store, first, password), 0);
	assert_int_equal(store_line_password(place.store, second, password), -EIO);
	assert_non_null(strstr(store_error(place.store), "cannot be decrypted"));
	place_close(&place);
	do_sql("UPDATE line SET password = x'0102'");
	place_open(&place);
	assert_int_equal(store_line_password(place.store, first, password), -EIO);
	place_close(&place);
	do_sql("UPDATE line SET password = zeroblob(5000)");
	place_open(&place);
	assert_int_equal(store_line_password(place.store, first, password), -EIO);

	struct store_line again = good_line(studio, 1);
	again.id = second;
	again.password_is = STORE_PASSWORD_SET;
	again.password = "neu";
	assert_int_equal(store_line_put(place.store, &again, NULL), 0);
	assert_int_equal(store_line_password(place.store, second, password), 0);
	assert_string_equal(password, "neu");
}

static void the_same_password_is_sealed_anew_each_time(void **state)
{
	struct store_secret secret;
	uint8_t key[STORE_KEY_BYTES] = { 1 }, first[32], second[32];
	char plain[8];
	size_t n;

	(void)state;
	assert_int_equal(store_secret_init(&secret, key), 0);
	assert_int_equal(store_secret_seal(&secret, 5, "abcd", 4, first), 0);
	assert_int_equal(store_secret_seal(&secret, 5, "abcd", 4, second), 0);
	assert_memory_not_equal(first, second, 12);
	assert_memory_not_equal(first + 12, second + 12, 4);
	assert_int_equal(store_secret_open(&secret, 5, first, 32, plain, &n), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(plain, "abcd", 4);
	for (unsigned at = 0; at < sizeof(first); at++) {
		first[at] ^= 1;
		assert_int_equal(store_secret_open(&secret, 5, first, 32, plain, &n), -EBADMSG);
		first[at] ^= 1;
	}
	assert_int_equal(store_secret_open(&secret, 6, first, 32, plain, &n), -EBADMSG);
	assert_int_equal(store_secret_open(&secret, 5, first, 27, plain, &n), -EBADMSG);
	store_secret_done(&secret);
}

/* ---- versions */

static void an_empty_database_becomes_a_store(void **state)
{
	(void)state;
	do_sql("PRAGMA journal_mode = WAL; VACUUM"); /* version 0: begun and killed */
	place_open(&place);
	assert_false(place.found.created);
	assert_string_equal(place.found.set_aside, "");
	put_studio(place.store, "S");
	place_reopen(&place);
	assert_int_equal(studios(), 1);
}

#define TEXT_OF(n) #n
#define TEXT(n)    TEXT_OF(n)

static void a_newer_or_a_foreign_file_is_left_alone(void **state)
{
	static const struct {
		const char *sql, *words;
	} rows[] = {
		{ "PRAGMA user_version = 1000", "written by a newer lineup (version 1000" },
		{ "PRAGMA user_version = -1", "written by a newer lineup" },
		{ "PRAGMA user_version = 1; PRAGMA application_id = 5", "not a store of lineup" },
		{ "PRAGMA user_version = 0", "not a store of lineup" },
	};
	char back[80];

	(void)state;
	place_open(&place);
	put_studio(place.store, "S");
	place_close(&place);
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t before_n, after_n;

		do_sql(rows[i].sql);
		char *before = place_read(place.path, &before_n);
		assert_refused(STORE_OWN, -EPROTO, rows[i].words);
		assert_refused(STORE_SHARE, -EPROTO, rows[i].words);
		char *after = place_read(place.path, &after_n);
		assert_int_equal(after_n, before_n);
		assert_memory_equal(after, before, before_n);
		free(before);
		free(after);
	}
	snprintf(back, sizeof(back), "PRAGMA user_version = %d; PRAGMA application_id = 1282299248",
	         STORE_SCHEMA);
	do_sql(back);
	place_open(&place);
	assert_int_equal(studios(), 1);
}

/* As the program wrote it that knew version 1 only. */
static void make_version_1(void)
{
	do_sql(store_schema_steps[0]);
	do_sql("PRAGMA user_version = 1; PRAGMA journal_mode = WAL");
	do_sql("UPDATE general SET history_days = 9, shards = 3; UPDATE store SET clean = 1;"
	       "INSERT INTO studio (name) VALUES ('S')");
}

static void a_store_of_version_1_keeps_its_settings_and_learns_of_syslog(void **state)
{
	struct store_general general;

	(void)state;
	make_version_1();
	place_open(&place);
	assert_int_equal(place.found.migrated_from, 1);
	assert_int_equal(studios(), 1);
	assert_int_equal(store_general_get(place.store, &general), 0);
	assert_int_equal(general.history_days, 9);
	assert_int_equal(general.shards, 3);
	assert_int_equal(general.syslog, STORE_SYSLOG_NONE);
	assert_int_equal(general.syslog_port, 0);
	assert_string_equal(general.syslog_host, "");
	general.syslog = STORE_SYSLOG_UDP;
	snprintf(general.syslog_host, sizeof(general.syslog_host), "log.studio.test");
	assert_int_equal(store_general_set(place.store, &general), 0);
	place_reopen(&place);
	assert_int_equal(place.found.migrated_from, 0);
	assert_int_equal(store_general_get(place.store, &general), 0);
	assert_string_equal(general.syslog_host, "log.studio.test");
}

static int sees_nothing_new(void *ctx, const struct store_server *server)
{
	(void)ctx;
	assert_string_equal(server->domain, "old.test");
	assert_null(server->calls);
	assert_null(server->profile);
	assert_null(server->contact_params);
	assert_false(server->outbound);
	assert_int_equal(server->flows, 1);
	assert_null(server->second_proxy);
	assert_false(server->gruu);
	assert_null(server->address_params);
	assert_null(server->request_params);
	assert_null(server->headers);
	assert_int_equal(server->lines, 1);
	return 0;
}

/* As the program wrote it that knew version 2 only. */
static void a_store_of_version_2_learns_what_calls_get(void **state)
{
	struct store_server server = { .domain = "pbx.test",
		                       .transport = "udp",
		                       .expires_s = 60,
		                       .keepalive = "none",
		                       .srv = "no",
		                       .calls = "busy",
		                       .outbound = true };

	(void)state;
	make_version_1();
	do_sql(store_schema_steps[1]);
	do_sql("PRAGMA user_version = 2;"
	       "INSERT INTO server (name, domain, port, transport, expires_s, rate_per_s, "
	       "keepalive,"
	       " srv) VALUES ('old.test', 'old.test', 0, 'udp', 60, 0, 'none', 'no');"
	       "INSERT INTO line (studio, number, extension, server, enabled, epoch)"
	       " VALUES (1, 1, '1001', 1, 1, 7)");
	place_open(&place);
	assert_int_equal(place.found.migrated_from, 2);
	assert_int_equal(store_servers(place.store, 1, sees_nothing_new, NULL), 0);
	assert_int_equal(store_server_put(place.store, &server, &server.id), 0);
	place_reopen(&place);
	assert_int_equal(place.found.migrated_from, 0);
}

/* Whether names are looked up as SRV once a store of version 3 is a later one, where sql was done
 * in it. */
static bool srv_after(const char *sql)
{
	struct store_general general;

	make_version_1();
	do_sql(store_schema_steps[1]);
	do_sql(store_schema_steps[2]);
	do_sql("PRAGMA user_version = 3");
	do_sql(sql);
	place_open(&place);
	assert_int_equal(place.found.migrated_from, 3);
	assert_int_equal(store_general_get(place.store, &general), 0);
	return general.srv;
}

static void a_store_of_version_3_without_servers_learns_to_look_them_up(void **state)
{
	(void)state;
	assert_true(srv_after("SELECT 1"));
}

static void a_store_of_version_3_with_servers_reaches_them_as_it_did(void **state)
{
	(void)state;
	assert_false(srv_after("INSERT INTO server (name, domain, port, transport, expires_s, "
	                       "rate_per_s, keepalive, srv)"
	                       " VALUES ('a', 'a', 0, 'udp', 60, 0, 'none', 'default')"));
}

static void steps_are_taken_in_order_and_each_is_whole(void **state)
{
	enum { MORE = STORE_SCHEMA, LAST, ALL };
	const char *steps[ALL];
	int from = -1;

	(void)state;
	for (size_t i = 0; i < STORE_SCHEMA; i++)
		steps[i] = store_schema_steps[i];
	steps[MORE] = "CREATE TABLE extra (a INTEGER); INSERT INTO extra VALUES (2)";
	steps[LAST] = "UPDATE extra SET a = a * 10; INSERT INTO nowhere VALUES (1)";
	place_open(&place);
	put_studio(place.store, "S");
	struct store *store = place.store;
	assert_int_equal(store_schema_migrate(store, steps, ALL, &from), -EIO);
	assert_non_null(strstr(store_error(store), "nowhere"));
	assert_int_equal(from, -1);
	assert_int_equal(store_schema_version(store, ALL, &from), 0);
	assert_int_equal(from, LAST);

	steps[LAST] = "UPDATE extra SET a = a * 10";
	assert_int_equal(store_schema_migrate(store, steps, ALL, &from), 0);
	assert_int_equal(from, LAST);
	assert_int_equal(store_schema_migrate(store, steps, ALL, &from), 0);
	assert_int_equal(from, ALL);
	assert_int_equal(studios(), 1);
	store->damaged = false; /* by the step that was wrong on purpose */
	place_close(&place);

	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT a FROM extra", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 20);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	assert_refused(STORE_OWN, -EPROTO, "newer");
}

/* ---- damage */

/* The store that opens is new, and what was there is where the store says, byte for byte. */
static void assert_set_aside(const char *bytes, size_t n)
{
	size_t aside_n;

	place_open(&place);
	if (!place.found.created)
		fail_msg("a file of %zu bytes was taken for a store", n);
	if (strncmp(place.found.set_aside, place.path, strlen(place.path)) != 0)
		fail_msg("set aside to \"%s\"", place.found.set_aside);
	char *aside = place_read(place.found.set_aside, &aside_n);
	assert_int_equal(aside_n, n);
	assert_memory_equal(aside, bytes, n);
	free(aside);
	assert_int_equal(unlink(place.found.set_aside), 0);
	assert_int_equal(studios(), 0);
	put_studio(place.store, "new");
	place_close(&place);
}

static char *good_file(size_t *ret_n)
{
	place_open(&place);
	int64_t studio = put_studio(place.store, "S");
	for (uint32_t number = 1; number <= 300; number++)
		put_line(place.store, studio, number);
	place_close(&place);
	return place_read(place.path, ret_n);
}

static void a_file_that_cannot_be_a_store_is_set_aside(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
		{ "", 0 },
		{ "x", 1 },
		{ "this is a text that somebody has put here by mistake", 52 },
		{ "SQLite format 3", 16 },
	};
	char zeros[8192] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		place_write(place.path, rows[i].bytes, rows[i].n);
		assert_set_aside(rows[i].bytes, rows[i].n);
	}
	place_write(place.path, zeros, sizeof(zeros));
	assert_set_aside(zeros, sizeof(zeros));
}

static void a_file_cut_short_is_set_aside(void **state)
{
	size_t n;
	char *bytes = good_file(&n);

	(void)state;
	assert_true(n > 8 * 4096);
	for (size_t length = 0; length < n; length += length < 4200 ? 100 : 2048) {
		place_write(place.path, bytes, length);
		assert_set_aside(bytes, length);
	}
	free(bytes);
}

static int accept_line(void *ctx, const struct store_line *line)
{
	char password[STORE_PASSWORD_MAX + 1];

	(void)ctx;
	(void)store_line_password(place.store, line->id, password);
	return 0;
}

static int accept_server(void *ctx, const struct store_server *server)
{
	(void)ctx;
	(void)server;
	return 0;
}

static int accept_change(void *ctx, const struct store_change *change)
{
	(void)ctx;
	(void)change;
	return 0;
}

/* Whatever it finds: it ends. */
static void read_everything(void)
{
	const struct store_lines_of all = { .id = 0 };
	struct store_general general;
	unsigned count = 0;

	(void)store_general_get(place.store, &general);
	(void)store_servers(place.store, 0, accept_server, NULL);
	(void)store_studios(place.store, 0, count_studio, &count);
	(void)store_lines(place.store, &all, accept_line, NULL);
	(void)store_changes(place.store, 0, accept_change, NULL);
	(void)store_history_trim(place.store, 1);
}

static void remove_but_key(void *ctx, const char *path)
{
	(void)ctx;
	if (strcmp(path, place.key) != 0)
		unlink(path);
}

/* Whether it was closed in order decides how closely it is looked at; in neither case is anything
 * lost that was there. */
static void flip_bits(const char *clean, uint64_t seed)
{
	struct rng rng;
	size_t n;
	unsigned found = 0;

	char *bytes = good_file(&n);
	rng_seed(&rng, seed);
	for (unsigned round = 0; round < 400; round++) {
		size_t at = rng_between(&rng, 0, round % 2 ? n - 1 : 4095);
		char bit = (char)(1 << rng_between(&rng, 0, 7));

		place_files(&place, remove_but_key, NULL);
		place_write(place.path, bytes, n);
		if (clean)
			do_sql(clean);
		size_t was_n;
		char *was = place_read(place.path, &was_n);
		was[at] = (char)(was[at] ^ bit);
		place_write(place.path, was, was_n);
		int err = place_try(&place, STORE_OWN, &place.store);
		if (err) {
			size_t is_n;
			char *is = place_read(place.path, &is_n);

			assert_true(err == -EPROTO || err == -EACCES || err == -EIO);
			assert_true(strlen(place.error) > 10);
			assert_int_equal(is_n, was_n);
			assert_memory_equal(is, was, was_n);
			free(is);
		} else if (*place.found.set_aside) {
			size_t is_n;
			char *is = place_read(place.found.set_aside, &is_n);

			found++;
			assert_int_equal(is_n, was_n);
			assert_memory_equal(is, was, was_n);
			free(is);
		} else {
			read_everything();
		}
		place_close(&place);
		free(was);
	}
	assert_true(found > 0);
	free(bytes);
}

static void flipped_bits_lose_nothing_that_was_there(void **state)
{
	(void)state;
	flip_bits(NULL, 1);
}

static void flipped_bits_of_a_file_that_was_not_closed_lose_nothing(void **state)
{
	(void)state;
	flip_bits("UPDATE store SET clean = 0", 2);
}

/* A page of lines is filled with what is no page. */
static void spoil_lines(void)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
	                                    "SELECT max(pageno) FROM dbstat WHERE name = 'line'"
	                                    " AND pagetype = 'leaf'",
	                                    -1, &stmt, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	off_t page = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);

	char garbage[4096];
	int fd = open(place.path, O_WRONLY | O_CLOEXEC);
	memset(garbage, 0xee, sizeof(garbage));
	assert_true(fd >= 0 && page > 1);
	assert_int_equal(pwrite(fd, garbage, sizeof(garbage), (page - 1) * 4096), 4096);
	close(fd);
}

static void damage_within_is_looked_for_after_a_crash(void **state)
{
	size_t n;
	char *bytes = good_file(&n);

	(void)state;
	free(bytes);
	die_after(own_and_write);
	spoil_lines();
	bytes = place_read(place.path, &n);
	assert_set_aside(bytes, n);
	free(bytes);
}

static void damage_that_is_met_is_looked_for_at_the_next_opening(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	size_t n;
	char *bytes = good_file(&n);

	(void)state;
	free(bytes);
	spoil_lines();
	place_open(&place);
	assert_false(place.found.created); /* closed in order: trusted */
	assert_int_equal(store_lines(place.store, &all, accept_line, NULL), -EIO);
	assert_non_null(strstr(store_error(place.store), "is damaged"));
	place_close(&place);
	place_open(&place);
	assert_true(place.found.created);
	assert_string_not_equal(place.found.set_aside, "");
}

static void a_large_file_is_looked_through_where_it_counts(void **state)
{
	size_t n;

	(void)state;
	free(good_file(&n));
	place_open(&place);
	assert_int_equal(store_schema_check(place.store, 1), 0);
	assert_int_equal(store_schema_check(place.store, 1 << 20), 0);
	place_close(&place);
	spoil_lines();
	place_open(&place);
	assert_int_equal(store_schema_check(place.store, 1), -EUCLEAN);
	assert_int_equal(store_schema_check(place.store, 1 << 20), -EUCLEAN);
}

static void lost_general_settings_are_damage(void **state)
{
	size_t n;

	(void)state;
	place_open(&place);
	place_close(&place);
	do_sql("DELETE FROM general");
	char *bytes = place_read(place.path, &n);
	assert_set_aside(bytes, n);
	place_close(&place);
	free(bytes);

	struct store_general general;
	place_open(&place);
	do_sql("DELETE FROM general");
	assert_int_equal(store_general_get(place.store, &general), -EIO);
}

static void a_log_without_its_database_is_set_aside(void **state)
{
	char wal[96];
	size_t n, aside_n;

	(void)state;
	die_after(own_and_write);
	assert_int_equal(unlink(place.path), 0);
	snprintf(wal, sizeof(wal), "%s-wal", place.path);
	char *bytes = place_read(wal, &n);
	assert_true(n > 0);
	place_open(&place);
	assert_true(place.found.created);
	snprintf(wal, sizeof(wal), "%.80s-wal", place.found.set_aside);
	char *aside = place_read(wal, &aside_n);
	assert_int_equal(aside_n, n);
	assert_memory_equal(aside, bytes, n);
	free(aside);
	free(bytes);
}

static void what_is_set_aside_takes_its_log_along_and_no_ones_place(void **state)
{
	char first[STORE_TEXT_MAX], log[STORE_TEXT_MAX + 8];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		place_write(place.path, "damaged", 7);
		snprintf(log, sizeof(log), "%s-wal", place.path);
		place_write(log, "log", 3);
		place_open(&place);
		place_close(&place);
		if (i == 0)
			memcpy(first, place.found.set_aside, sizeof(first));
		else /* within one second they differ by a number */
			assert_string_not_equal(place.found.set_aside, first);
		snprintf(log, sizeof(log), "%s-wal", place.found.set_aside);
		assert_int_equal(access(place.found.set_aside, F_OK), 0);
		assert_int_equal(access(log, F_OK), 0);
	}
	const char *stamp = strstr(first, ".damaged-");
	assert_non_null(stamp);
	assert_int_equal(strlen(stamp), strlen(".damaged-20261122-101804"));
	assert_int_equal(strspn(stamp + 9, "0123456789"), 8);
	assert_int_equal(stamp[17], '-');
	assert_int_equal(strspn(stamp + 18, "0123456789"), 6);
}

static void a_store_that_a_person_has_copied_is_a_log_again(void **state)
{
	(void)state;
	place_open(&place);
	put_studio(place.store, "S");
	place_close(&place);
	do_sql("PRAGMA journal_mode = DELETE");
	assert_false(exists("-wal"));
	place_open(&place);
	put_studio(place.store, "T");
	assert_true(exists("-wal"));
	assert_int_equal(studios(), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_for_its_user_alone),
		TEST(a_path_is_a_name_and_nothing_else),
		TEST(a_place_that_cannot_hold_a_store_is_told),
		TEST(what_may_not_be_written_is_not_opened),
		TEST(what_cannot_be_set_aside_is_not_written_over),
		TEST(closing_nothing_is_fine),
		TEST(a_second_owner_is_refused_by_name),
		TEST(the_lock_dies_with_its_process),
		TEST(a_share_needs_an_owners_store),
		TEST(what_another_writes_is_waited_for_and_then_told),
		TEST(passwords_stay_readable_with_the_same_key_only),
		TEST(a_folder_is_no_key),
		TEST(a_key_that_another_user_hands_over_may_show_its_group),
		TEST(a_key_that_cannot_be_made_is_told_and_no_other_is_replaced),
		TEST(a_password_stands_in_no_file),
		TEST(a_sealed_password_opens_in_its_own_row_only),
		TEST(the_same_password_is_sealed_anew_each_time),
		TEST(an_empty_database_becomes_a_store),
		TEST(a_newer_or_a_foreign_file_is_left_alone),
		TEST(a_store_of_version_2_learns_what_calls_get),
		TEST(a_store_of_version_3_without_servers_learns_to_look_them_up),
		TEST(a_store_of_version_3_with_servers_reaches_them_as_it_did),
		TEST(a_store_of_version_1_keeps_its_settings_and_learns_of_syslog),
		TEST(steps_are_taken_in_order_and_each_is_whole),
		TEST(a_file_that_cannot_be_a_store_is_set_aside),
		TEST(a_file_cut_short_is_set_aside),
		TEST(flipped_bits_lose_nothing_that_was_there),
		TEST(flipped_bits_of_a_file_that_was_not_closed_lose_nothing),
		TEST(damage_within_is_looked_for_after_a_crash),
		TEST(damage_that_is_met_is_looked_for_at_the_next_opening),
		TEST(a_large_file_is_looked_through_where_it_counts),
		TEST(lost_general_settings_are_damage),
		TEST(a_log_without_its_database_is_set_aside),
		TEST(what_is_set_aside_takes_its_log_along_and_no_ones_place),
		TEST(a_store_that_a_person_has_copied_is_a_log_again),
	};

	return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
