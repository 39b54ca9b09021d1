/* Logins, tokens and the audit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "place.h"
#include "store/own.h"

static struct place place;

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	place_open(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

/* ---- logins */

static int tell_login(void *ctx, const struct store_login *login)
{
	size_t n = strlen(ctx);

	snprintf((char *)ctx + n, 128 - n, "%d %s %s %d, ", (int)login->id, login->name,
	         login->password_hash, (int)login->role);
	return 0;
}

static void assert_logins(const char *name, int expected, const char *story)
{
	char told[128] = "";

	assert_int_equal(store_logins(place.store, name, tell_login, told), expected);
	assert_string_equal(told, story);
}

static int64_t put_login(const char *name)
{
	const struct store_login login = { .name = name,
		                           .password_hash = "h",
		                           .role = STORE_ADMIN };
	int64_t id = 0;

	assert_int_equal(store_login_put(place.store, &login, &id), 0);
	return id;
}

static void logins_are_kept_and_found_by_name(void **state)
{
	struct store_login login = { .name = "bea", .password_hash = "$s$x", .role = STORE_VIEWER };

	(void)state;
	assert_logins(NULL, 0, "");
	assert_int_equal(store_login_put(place.store, &login, &login.id), 0);
	put_login("ann");
	place_reopen(&place);
	assert_logins(NULL, 0, "2 ann h 3, 1 bea $s$x 1, ");
	assert_logins("bea", 0, "1 bea $s$x 1, ");
	assert_logins("Bea", -ENOENT, "");
	login.role = STORE_OPERATOR;
	assert_int_equal(store_login_put(place.store, &login, NULL), 0);
	assert_logins("bea", 0, "1 bea $s$x 2, ");
	assert_int_equal(store_login_remove(place.store, 1), 0);
	assert_int_equal(store_login_remove(place.store, 1), -ENOENT);
	assert_logins(NULL, 0, "2 ann h 3, ");
	assert_int_equal(put_login("bea"), 3); /* no token of the old one is the new one's */
}

static void a_logins_faults_have_sentences(void **state)
{
	static const struct {
		struct store_login login;
		int err;
		const char *sentence;
	} rows[] = {
		{ { .password_hash = "h", .role = 1 },
		  -EINVAL,
		  "the name of the login is missing" },
		{ { .name = "x", .role = 1 }, -EINVAL, "the hash of the password is missing" },
		{ { .name = "x", .password_hash = "h" },
		  -EINVAL,
		  "role is viewer, operator or admin" },
		{ { .name = "x", .password_hash = "h", .role = (enum store_role)4 },
		  -EINVAL,
		  "role is viewer, operator or admin" },
		{ { .name = "x\n", .password_hash = "h", .role = 1 },
		  -EINVAL,
		  "the name of the login holds a control character, or is no valid UTF-8" },
		{ { .name = "ann", .password_hash = "h", .role = 1 },
		  -EEXIST,
		  "there is a login \"ann\" already" },
		{ { .id = 9, .name = "x", .password_hash = "h", .role = 1 },
		  -ENOENT,
		  "there is no login with the id 9" },
	};

	(void)state;
	put_login("ann");
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_login_put(place.store, &rows[i].login, NULL), rows[i].err);
		assert_string_equal(store_error(place.store), rows[i].sentence);
	}
	assert_logins(NULL, 0, "1 ann h 3, ");
}

/* ---- tokens */

static int tell_token(void *ctx, const struct store_token *token)
{
	size_t n = strlen(ctx);

	snprintf((char *)ctx + n, 128 - n, "%d of %d %s %02x..%02x %d %d-%d, ", (int)token->id,
	         (int)token->login, token->label, token->hash[0], token->hash[31], (int)token->role,
	         (int)token->made_ms, (int)token->expires_ms);
	return 0;
}

static void assert_tokens(const uint8_t *hash, int expected, const char *story)
{
	char told[128] = "";

	assert_int_equal(store_tokens(place.store, hash, tell_token, told), expected);
	assert_string_equal(told, story);
}

static void tokens_are_found_by_their_hash_and_go_with_their_login(void **state)
{
	uint8_t one[32] = { 0xab, [31] = 0xcd }, two[32] = { 1, [31] = 2 };
	int64_t ann = put_login("ann"), bea = put_login("bea");
	struct store_token token = { .login = ann,
		                     .label = "session",
		                     .hash = one,
		                     .role = STORE_VIEWER,
		                     .made_ms = 5,
		                     .expires_ms = 9 };

	(void)state;
	assert_int_equal(store_token_put(place.store, &token, &token.id), 0);
	assert_int_equal(store_token_put(place.store,
	                                 &(struct store_token){ .login = bea,
	                                                        .label = "script",
	                                                        .hash = two,
	                                                        .role = STORE_ADMIN },
	                                 NULL),
	                 0);
	assert_tokens(NULL, 0, "1 of 1 session ab..cd 1 5-9, 2 of 2 script 01..02 3 0-0, ");
	assert_tokens(one, 0, "1 of 1 session ab..cd 1 5-9, ");
	token.expires_ms = 99;
	assert_int_equal(store_token_put(place.store, &token, NULL), 0);
	assert_tokens(one, 0, "1 of 1 session ab..cd 1 5-99, ");
	one[31] ^= 1;
	assert_tokens(one, -ENOENT, "");
	assert_int_equal(store_login_remove(place.store, ann), 0);
	assert_tokens(NULL, 0, "2 of 2 script 01..02 3 0-0, ");
	assert_int_equal(store_token_remove(place.store, 2), 0);
	assert_int_equal(store_token_remove(place.store, 2), -ENOENT);
	assert_tokens(NULL, 0, "");
}

static void a_tokens_faults_are_refused(void **state)
{
	static const uint8_t hash[32] = { 1 }, other[32] = { 2 };
	static const struct {
		struct store_token token;
		int err;
	} rows[] = {
		{ { .login = 1, .label = "l", .role = 1 }, -EINVAL },
		{ { .login = 1, .hash = other, .role = 1 }, -EINVAL },
		{ { .login = 1, .label = "l", .hash = other }, -EINVAL },
		{ { .login = 7, .label = "l", .hash = other, .role = 1 }, -ENOENT },
		{ { .id = 7, .login = 1, .label = "l", .hash = other, .role = 1 }, -ENOENT },
		{ { .login = 1, .label = "l", .hash = hash, .role = 1 }, -EEXIST },
	};
	const struct store_token first = { .login = 1, .label = "l", .hash = hash, .role = 1 };

	(void)state;
	put_login("ann");
	assert_int_equal(store_token_put(place.store, &first, NULL), 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(store_token_put(place.store, &rows[i].token, NULL), rows[i].err);
	assert_tokens(NULL, 0, "1 of 1 l 01..00 1 0-0, ");
}

/* ---- audit */

struct told {
	unsigned count;
	struct store_audit last;
	char text[4][STORE_TEXT_MAX + 1];
};

static int tell_audit(void *ctx, const struct store_audit *audit)
{
	struct told *told = ctx;

	told->count++;
	told->last = *audit;
	snprintf(told->text[0], sizeof(told->text[0]), "%s", audit->who ? audit->who : "-");
	snprintf(told->text[1], sizeof(told->text[1]), "%s", audit->what ? audit->what : "-");
	snprintf(told->text[2], sizeof(told->text[2]), "%s", audit->object ? audit->object : "-");
	snprintf(told->text[3], sizeof(told->text[3]), "%s", audit->detail ? audit->detail : "-");
	return 0;
}

static void the_audit_is_told_newest_first(void **state)
{
	struct store_audit audit = { .who = "ann",
		                     .what = "line.set",
		                     .object = "studio 1 line 3" };
	struct told told = { .count = 0 };

	(void)state;
	for (audit.at_ms = 1; audit.at_ms <= 5; audit.at_ms++)
		assert_int_equal(store_audit_write(place.store, &audit), 0);
	audit.at_ms = 3;
	audit.what = "line.rm";
	assert_int_equal(store_audit_write(place.store, &audit), 0);
	assert_int_equal(store_audits(place.store, 4, 1, tell_audit, &told), 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.last.at_ms, 3);
	assert_string_equal(told.text[0], "ann");
	assert_string_equal(told.text[1], "line.rm");
	assert_string_equal(told.text[2], "studio 1 line 3");
	assert_string_equal(told.text[3], "-");
	assert_int_equal(store_audits(place.store, 100, 100, tell_audit, &told), 0);
	assert_int_equal(told.count, 7);
	assert_int_equal(told.last.at_ms, 1);
}

static void the_audit_takes_what_it_is_given(void **state)
{
	char long_text[STORE_TEXT_MAX + 100];
	const struct store_audit audit = {
		.at_ms = 1, .who = "x\xff\n", .what = "login.refused", .detail = long_text
	};
	struct told told = { .count = 0 };

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(store_audit_write(place.store, &audit), 0);
	assert_int_equal(store_audits(place.store, 2, 9, tell_audit, &told), 0);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text[0], "x\\xff\\x0a");
	assert_int_equal(strlen(told.text[3]), STORE_TEXT_MAX);
}

static void a_refused_change_takes_its_record_along(void **state)
{
	const struct store_audit audit = { .at_ms = 1, .who = "ann", .what = "line.set" };
	struct told told = { .count = 0 };

	(void)state;
	assert_int_equal(store_begin(place.store), 0);
	put_studio(place.store, "S");
	assert_int_equal(store_audit_write(place.store, &audit), 0);
	store_rollback(place.store);
	assert_int_equal(store_audits(place.store, 9, 9, tell_audit, &told), 0);
	assert_int_equal(told.count, 0);
}

static void the_audit_has_a_length(void **state)
{
	const struct store_audit audit = { .at_ms = 1, .who = "ann", .what = "line.set" };
	struct told told = { .count = 0 };

	(void)state;
	assert_int_equal(store_begin(place.store), 0);
	for (unsigned i = 0; i < 101001; i++)
		assert_int_equal(store_audit_write(place.store, &audit), 0);
	assert_int_equal(store_commit(place.store), 0);
	assert_int_equal(store_audits(place.store, 9, UINT32_MAX, tell_audit, &told), 0);
	assert_in_range(told.count, 100000, 100999);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(logins_are_kept_and_found_by_name),
		TEST(a_logins_faults_have_sentences),
		TEST(tokens_are_found_by_their_hash_and_go_with_their_login),
		TEST(a_tokens_faults_are_refused),
		TEST(the_audit_is_told_newest_first),
		TEST(the_audit_takes_what_it_is_given),
		TEST(a_refused_change_takes_its_record_along),
		TEST(the_audit_has_a_length),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
