/* Backups: what comes back of one, and what does not open. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/seal.h"
#include "unit/config/desk.h"

#define PASSPHRASE SLICE("correct horse")
#define MANY_BYTES ((size_t)200000)
#define SEALED     "# Passwords of Lineup, version "

static const char settings[] =
	"general: {default-server: a.example}\n"
	"studios:\n- name: \"Studio \\\"1\\\"\"\n  lines:\n"
	"  - {extension: 1001, password: \"p\xc3\xa4ss \\\"1\\\"\"}\n"
	"  - {extension: 1002}\n"
	"  - {number: 7, extension: 1003, password: three, server: b.example}\n"
	"- name: Z\n  lines: [{extension: 2001, password: of-b}]\n";

/* What was written, to be freed. */
static char *make_backup(struct desk *desk, struct slice passphrase)
{
	char *text;

	desk->text[0] = '\0';
	assert_int_equal(config_backup(desk->store, passphrase, desk_take, desk), 0);
	text = strdup(desk->text);
	assert_non_null(text);
	return text;
}

static int restore(struct desk *desk, const char *text, struct slice passphrase)
{
	struct config *config = NULL;
	struct config_diff *diff = NULL;
	struct config_faults faults, more = { 0 };
	int err = config_backup_read(slice_str(text), passphrase, &config, &faults);

	desk_faults(&faults, desk->text, DESK_TEXT_MAX);
	if (!err)
		err = config_compare(config, desk->store, &diff, &more);
	if (!err)
		err = config_apply(diff, desk->store, NULL);
	config_diff_free(diff);
	config_free(config);
	config_faults_done(&faults);
	config_faults_done(&more);
	return err;
}

struct seen {
	struct store *store;
	char text[512];
};

static int see_line(void *ctx, const struct store_line *line)
{
	struct seen *seen = ctx;
	char password[STORE_PASSWORD_MAX + 1] = "-";
	size_t n = strlen(seen->text);

	if (line->has_password)
		assert_int_equal(store_line_password(seen->store, line->id, password), 0);
	snprintf(seen->text + n, sizeof(seen->text) - n, "%u %s %s\n", line->number,
	         line->extension, password);
	return 0;
}

static void expect_lines(struct desk *desk, const char *expected)
{
	const struct store_lines_of all = { 0 };
	struct seen seen = { .store = desk->store };

	assert_int_equal(store_lines(desk->store, &all, see_line, &seen), 0);
	assert_string_equal(seen.text, expected);
}

#define ALL_LINES "1 1001 p\xc3\xa4ss \"1\"\n2 1002 -\n7 1003 three\n1 2001 of-b\n"

static void a_sealed_backup_brings_every_password_back(void **state)
{
	struct desk *desk = *state;
	char *text;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, PASSPHRASE);
	assert_null(strstr(text, "three"));
	assert_null(strstr(text, "of-b"));
	desk_apply(desk, CONFIG_YAML, "studios: [{name: C}]\n");
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	expect_lines(desk, ALL_LINES);

	/* one that had none loses it, one that was changed gets its own again */
	desk_apply(desk, CONFIG_YAML,
	           "general: {default-server: a.example}\n"
	           "studios:\n- name: \"Studio \\\"1\\\"\"\n  lines:\n"
	           "  - {extension: 1001, password: other}\n"
	           "  - {extension: 1002, password: new}\n");
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	expect_lines(desk, ALL_LINES);
	free(text);
}

static void a_backup_without_passphrase_is_the_export_and_leaves_passwords(void **state)
{
	struct desk *desk = *state;
	char *text, *exported;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, SLICE_NONE);
	exported = desk_export(desk);
	assert_string_equal(text, exported);
	assert_int_equal(restore(desk, text, SLICE_NONE), 0);
	expect_lines(desk, ALL_LINES);
	assert_int_equal(restore(desk, text, PASSPHRASE), -EINVAL);
	assert_non_null(strstr(desk->text, "there are no passwords in this file"));
	expect_lines(desk, ALL_LINES);
	free(text);
	free(exported);
}

static void a_sealed_backup_can_be_applied_as_a_studio_file(void **state)
{
	struct desk *desk = *state;
	char *text;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, PASSPHRASE);
	assert_int_equal(desk_compare(desk, CONFIG_YAML, text, DESK_SHOW), 0);
	assert_string_equal(desk->text, "");
	free(text);
}

static void the_same_settings_are_sealed_anew_each_time(void **state)
{
	struct desk *desk = *state;
	char *first, *second;

	desk_apply(desk, CONFIG_YAML, settings);
	first = make_backup(desk, PASSPHRASE);
	second = make_backup(desk, PASSPHRASE);
	assert_int_equal(strlen(first), strlen(second));
	assert_string_not_equal(strstr(first, SEALED), strstr(second, SEALED));
	free(first);
	free(second);
}

static void a_backup_without_lines_or_of_many_comes_back(void **state)
{
	struct desk *desk = *state;
	char *text, *again;
	size_t n = 0;

	text = make_backup(desk, PASSPHRASE);
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	free(text);

	text = malloc(MANY_BYTES);
	assert_non_null(text);
	n += (size_t)snprintf(text, MANY_BYTES, "studios:\n- name: Many\n  lines:\n");
	for (unsigned i = 0; i < 2000; i++)
		n += (size_t)snprintf(text + n, MANY_BYTES - n,
		                      "  - {extension: %u, server: a.example, password: pw%u}\n", i,
		                      i * 7919);
	desk_apply(desk, CONFIG_YAML, text);
	free(text);
	text = make_backup(desk, PASSPHRASE);
	desk_apply(desk, CONFIG_YAML, "studios: []\n");
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	again = make_backup(desk, SLICE_NONE);
	assert_int_equal(strncmp(text, again, strlen(again)), 0);
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	free(text);
	free(again);
}

static void a_wrong_or_missing_passphrase_changes_nothing(void **state)
{
	struct desk *desk = *state;
	int64_t change;
	char *text;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, PASSPHRASE);
	desk_apply(desk, CONFIG_YAML, "studios: []\n");
	change = store_change_last(desk->store);
	assert_int_equal(restore(desk, text, SLICE_NONE), -ENOKEY);
	assert_int_equal(restore(desk, text, SLICE("correct hors")), -EACCES);
	assert_int_equal(restore(desk, text, SLICE("")), -EACCES);
	assert_int_equal(store_change_last(desk->store), change);
	assert_int_equal(config_backup(desk->store, SLICE("1234567"), desk_take, desk), -EINVAL);
	assert_int_equal(config_backup(desk->store, SLICE(""), desk_take, desk), -EINVAL);
	free(text);
}

/* A byte of the settings, of the method or of the sealed part: it does not open, or is a fault. */
static void what_was_changed_does_not_open(void **state)
{
	struct desk *desk = *state;
	char *text;
	size_t n, sealed;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, PASSPHRASE);
	n = strlen(text);
	sealed = (size_t)(strstr(text, SEALED) - text);
	for (size_t at = 70; at < n; at += at < sealed ? 47 : 23) {
		char was = text[at];
		int err;

		text[at] = was == 'b' ? 'c' : 'b';
		err = restore(desk, text, PASSPHRASE);
		if (err != -EACCES && err != -EINVAL)
			fail_msg("%d at %zu of %zu", err, at, n);
		text[at] = was;
	}
	assert_int_equal(restore(desk, text, PASSPHRASE), 0);
	free(text);
}

/* The bits beside the padding are nobody's: with them changed it would be the same bytes. */
static void a_line_counts_only_as_it_would_be_written(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} lines[] = {
		{ "YWJj", 3 }, { "YWI=", 2 }, { "YQ==", 1 }, { "YWJ=", 0 }, { "YR==", 0 },
		{ "Y===", 0 }, { "YWJ", 0 },  { "YW J", 0 }, { "Y=Jj", 0 }, { "", 0 },
	};
	char bytes[SEAL_LINE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(seal_line_read(slice_str(lines[i].text), bytes), lines[i].n);
}

static void a_backup_that_was_cut_short_is_refused(void **state)
{
	struct desk *desk = *state;
	char *text, *sealed;
	size_t n;

	desk_apply(desk, CONFIG_YAML, settings);
	text = make_backup(desk, PASSPHRASE);
	n = strlen(text);
	sealed = strstr(text, SEALED);
	/* up to the first line of the passwords, it is a whole export */
	for (char *at = text + n - 2; at > sealed + 48; at--) {
		*at = '\0';
		assert_int_equal(restore(desk, text, PASSPHRASE), -EINVAL);
		assert_non_null(strstr(desk->text, "cut short"));
	}
	free(text);
}

static void costs_that_nobody_would_spend_are_refused(void **state)
{
	static const char *const methods[] = {
		"2: scrypt 15 8 1",  "1: argon2 15 8 1", "1: scrypt 25 8 1",  "1: scrypt 15 8 5",
		"1: scrypt 18 64 1", "1: scrypt 0 8 1",  "1: scrypt 15 8",    "1: scrypt 15 8 1 1",
		"1: scrypt x 8 1",   "1: scrypt 15 0 1", "1: scrypt 15 8 1x",
	};
	struct desk *desk = *state;
	char *text = make_backup(desk, PASSPHRASE), *sealed = strstr(text, SEALED), other[4096];

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(other, sizeof(other), "%.*s%s%s%s", (int)(sealed - text), text, SEALED,
		         methods[i], strchr(sealed, '\n'));
		assert_int_equal(restore(desk, other, PASSPHRASE), -EINVAL);
		assert_non_null(strstr(desk->text, "newer Lineup"));
	}
	free(text);
}

static void what_is_no_backup_is_refused(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(restore(desk, settings, SLICE_NONE), -EINVAL);
	assert_non_null(strstr(desk->text, "1:1: this is no backup"));
	assert_int_equal(restore(desk, "", SLICE_NONE), -EINVAL);
	assert_int_equal(restore(desk, "", PASSPHRASE), -EINVAL);
}

/* As if somebody who knows the passphrase had made it. */
static char *forge(const char *front, const char *records, size_t n)
{
	const struct seal_how how = { .ln = 1, .r = 1, .p = 1 };
	char sealed[256], *text = malloc(4096);
	char line[SEAL_LINE_TEXT + 1];
	struct seal *seal;
	size_t at;

	assert_non_null(text);
	at = (size_t)snprintf(text, 4096, "%s" SEALED "1: scrypt 1 1 1\n", front);
	memset(sealed, 0, 28);
	assert_int_equal(seal_new(SEAL_CLOSE, &how, PASSPHRASE, &seal), 0);
	assert_int_equal(seal_text(seal, slice_of(text, at)), 0);
	assert_int_equal(seal_close(seal, slice_of(records, n), sealed + 28), 0);
	seal_free(seal);
	n += 28 + SEAL_TAG_BYTES;
	for (size_t i = 0; i < n; i += SEAL_LINE_BYTES) {
		size_t part = n - i < SEAL_LINE_BYTES ? n - i : SEAL_LINE_BYTES;
		struct slice base64 = seal_line_write(slice_of(sealed + i, part), line);

		at += (size_t)snprintf(text + at, 4096 - at, "# %.*s\n", (int)base64.n, base64.p);
	}
	snprintf(text + at, 4096 - at, "# End of the passwords.\n");
	return text;
}

static void records_that_nobody_wrote_are_a_fault(void **state)
{
#define RECORD(text) \
	{ \
		text, sizeof(text) - 1 \
	}
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
		RECORD("A"),           RECORD("A\0"),           RECORD("A\0001\0pw"),
		RECORD("A\0001\0\0"),  RECORD("A\0002\0pw\0"),  RECORD("B\0001\0pw\0"),
		RECORD("A\0-1\0pw\0"), RECORD("A\0001\0pw\0A"),
	};
	static const char front[] =
		"# Settings of Lineup. They are whole with the last line only.\n"
		"studios:\n- name: A\n  lines: [{number: 1, extension: 1, "
		"server: a.example}]\n# End of the settings.\n";
	struct desk *desk = *state;
	char *text;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = forge(front, rows[i].bytes, rows[i].n);
		assert_int_equal(restore(desk, text, PASSPHRASE), -EINVAL);
		free(text);
	}
	text = forge(front, "A\0001\0pw", 7);
	if (restore(desk, text, PASSPHRASE) != 0)
		fail_msg("%s", desk->text);
	expect_lines(desk, "1 1 pw\n");
	free(text);
}

static int refuse_to_write(void *ctx, struct slice text)
{
	size_t *left = ctx;

	if (text.n > *left)
		return -ENOSPC;
	*left -= text.n;
	return 0;
}

static void a_backup_that_cannot_be_written_says_so(void **state)
{
	struct desk *desk = *state;
	size_t left = 0;

	desk_apply(desk, CONFIG_YAML, settings);
	assert_int_equal(config_backup(desk->store, PASSPHRASE, refuse_to_write, &left), -ENOSPC);
	left = 900; /* the settings, but not what follows */
	assert_int_equal(config_backup(desk->store, PASSPHRASE, refuse_to_write, &left), -ENOSPC);
	assert_in_range(left, 1, 300);
}

static int open_desk(void **state)
{
	static struct desk desk;

	desk_open(&desk);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sealed_backup_brings_every_password_back),
		TEST(a_backup_without_passphrase_is_the_export_and_leaves_passwords),
		TEST(a_sealed_backup_can_be_applied_as_a_studio_file),
		TEST(the_same_settings_are_sealed_anew_each_time),
		TEST(a_backup_without_lines_or_of_many_comes_back),
		TEST(a_wrong_or_missing_passphrase_changes_nothing),
		TEST(what_was_changed_does_not_open),
		TEST(a_line_counts_only_as_it_would_be_written),
		TEST(a_backup_that_was_cut_short_is_refused),
		TEST(costs_that_nobody_would_spend_are_refused),
		TEST(what_is_no_backup_is_refused),
		TEST(records_that_nobody_wrote_are_a_fault),
		TEST(a_backup_that_cannot_be_written_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
