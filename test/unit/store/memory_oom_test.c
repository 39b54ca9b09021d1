/* Without memory the store says so, changes nothing by half, and goes on when there is some again.
 * SQLite and OpenSSL allocate through the same functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "oom.h"
#include "place.h"
#include "store/own.h"

enum { ROUNDS = 500 };

static struct place place;

/* ---- SQLite's and OpenSSL's memory */

static void *sqlite_malloc(int n)
{
	return malloc((size_t)n);
}

static void *sqlite_realloc(void *p, int n)
{
	return realloc(p, (size_t)n);
}

static int sqlite_size(void *p)
{
	return p ? (int)malloc_usable_size(p) : 0;
}

static int sqlite_roundup(int n)
{
	return (n + 7) & ~7;
}

static int sqlite_init(void *ctx)
{
	(void)ctx;
	return SQLITE_OK;
}

static void sqlite_shutdown(void *ctx)
{
	(void)ctx;
}

static void *openssl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *openssl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(p, n);
}

static void openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static int share_memory(void **state)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = sqlite_malloc,
		.xFree = free,
		.xRealloc = sqlite_realloc,
		.xSize = sqlite_size,
		.xRoundup = sqlite_roundup,
		.xInit = sqlite_init,
		.xShutdown = sqlite_shutdown,
	};

	(void)state;
	return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1 ||
	       sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK;
}

/* ---- */

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	oom_off();
	place_done(&place);
	return 0;
}

static int see_line(void *ctx, const struct store_line *line)
{
	*(unsigned *)ctx += line->has_password;
	return 0;
}

static int see_state(void *ctx, const struct store_state *state)
{
	(void)ctx;
	(void)state;
	return 0;
}

static int see_server(void *ctx, const struct store_server *server)
{
	(void)ctx;
	(void)server;
	return 0;
}

static int see_change(void *ctx, const struct store_change *change)
{
	(void)ctx;
	(void)change;
	return 0;
}

/* Puts a line with a password in a transaction with its server; reads all kinds of rows. */
static int use_all(struct store *store)
{
	const struct store_state of_line = { .line = 1, .epoch = 1, .cseq_block = 256 };
	const struct store_event event = { .line = 1, .at_ms = 5, .up = 1 };
	const struct store_audit audit = { .at_ms = 1, .who = "ann", .what = "line.set" };
	const struct store_lines_of all = { .id = 0 };
	struct store_line line = good_line(1, 2);
	char password[STORE_PASSWORD_MAX + 1];
	int64_t up_ms;
	unsigned count = 0;
	int err = store_begin(store);

	if (err)
		return err;
	line.password_is = STORE_PASSWORD_SET;
	line.password = "geheim";
	err = store_server_for(store, "pbx.test", 0, &line.server, NULL);
	if (!err)
		err = store_line_put(store, &line, &line.id);
	if (err) {
		store_rollback(store);
		return err;
	}
	err = store_commit(store);
	if (!err)
		err = store_line_put(store, &line, NULL);
	if (!err)
		err = store_line_password(store, line.id, password);
	if (!err)
		err = store_states_write(store, &of_line, 1);
	if (!err)
		err = store_history_write(store, &event, 1);
	if (!err)
		err = store_audit_write(store, &audit);
	if (!err)
		err = store_lines(store, &all, see_line, &count);
	if (!err)
		err = store_servers(store, 0, see_server, NULL);
	if (!err)
		err = store_states(store, see_state, NULL);
	if (!err)
		err = store_changes(store, 0, see_change, NULL);
	if (!err)
		err = store_uptime(store, 1, 0, 10, &up_ms);
	return err;
}

static void make_old_store(void)
{
	char path[96];

	unlink(place.path);
	snprintf(path, sizeof(path), "%s-wal", place.path);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", place.path);
	unlink(path);
	place_open(&place);
	put_line(place.store, put_studio(place.store, "S"), 1);
	place_close(&place);
}

/* Only n allocations succeed. Returns the error of all that is done. */
static int use_with(uint64_t n)
{
	const struct store_lines_of all = { .id = 0 };
	unsigned with_password = 0;

	make_old_store();
	oom_after(n);
	int err = place_try(&place, STORE_OWN, &place.store);
	bool opened = err == 0;
	if (opened)
		err = use_all(place.store);
	oom_off();
	if (err && err != -ENOMEM && err != -EIO)
		fail_msg("with %d allocations: %d", (int)n, err);
	if (!opened)
		place_open(&place);
	assert_false(place.found.created);
	assert_string_equal(place.found.set_aside, "");
	/* the line and its server are there, or neither is; and the store works */
	unsigned servers = store_servers(place.store, 1, see_server, NULL) == 0;
	assert_int_equal(store_lines(place.store, &all, see_line, &with_password), 0);
	assert_int_equal(with_password, servers);
	put_studio(place.store, "after");
	if (!with_password)
		assert_int_equal(use_all(place.store), 0);
	place_close(&place);
	return err;
}

static void each_allocation_may_fail(void **state)
{
	uint64_t enough = 1000, step;

	(void)state;
	while (use_with(enough))
		enough *= 2;
	step = enough / ROUNDS + 1;
	for (uint64_t n = 0; n < enough; n += n < 100 ? 1 : step)
		(void)use_with(n);
}

static void a_store_without_memory_is_not_made(void **state)
{
	struct store *store = NULL;

	(void)state;
	for (uint64_t n = 0; n < 2000; n += n < 100 ? 1 : 37) {
		place_files(&place, place_remove_file, NULL);
		oom_after(n);
		int err = place_try(&place, STORE_OWN, &store);
		oom_off();
		assert_true(err == 0 || err == -ENOMEM || err == -EIO || err == -EACCES);
		if (err)
			assert_true(strlen(place.error) > 5);
		else
			store_close(store);
		place_open(&place);
		assert_string_equal(place.found.set_aside, "");
		put_studio(place.store, "S");
		place_close(&place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_allocation_may_fail, begin, end),
		cmocka_unit_test_setup_teardown(a_store_without_memory_is_not_made, begin, end),
	};

	return cmocka_run_group_tests_name("without memory", tests, share_memory, NULL);
}
