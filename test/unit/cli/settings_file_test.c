/* Password files are read into a settings file, with every line of it where it was; and lines are
 * named by people. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/find.h"
#include "cli/settings_file.h"

struct folder {
	char path[64];
};

static void put_file(const struct folder *folder, const char *name, const char *bytes, size_t n)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static const struct {
	const char *name, *text;
} files[] = {
	{ "one", "secret\n" },   { "dos", "secret\r\n" }, { "quoted", "a\"b\\c: #d\n" },
	{ "utf8", "gr\u00fcn" }, { "empty", "" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static int set_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	snprintf(folder->path, sizeof(folder->path), "/tmp/lineup-splice-XXXXXX");
	if (!mkdtemp(folder->path)) {
		free(folder);
		return -1;
	}
	for (size_t i = 0; i < FILES; i++)
		put_file(folder, files[i].name, files[i].text, strlen(files[i].text));
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *folder = *state;
	char path[128];

	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder->path, files[i].name);
		unlink(path);
	}
	rmdir(folder->path);
	free(folder);
	return 0;
}

static void passwords_stand_where_their_files_were_named(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "a: b\n", "a: b\n" },
		{ "password-file: one\n", "password: \"secret\"\n" },
		{ "password-file: dos\nb: c\n", "password: \"secret\"\nb: c\n" },
		{ "x:\n  - password-file: \"one\"  # remark\n    y: 1\n",
		  "x:\n  - password: \"secret\"  # remark\n    y: 1\n" },
		{ "{password-file: quoted, z: 1}", "{password: \"a\\\"b\\\\c: #d\", z: 1}" },
		{ "\"password-file\" : utf8\n", "password: \"gr\u00fcn\"\n" },
		{ "n: gr\u00fcn\r\np: \u20ac\r\npassword-file: one\r\nq: 1\r\n",
		  "n: gr\u00fcn\r\np: \u20ac\r\npassword: \"secret\"\r\nq: 1\r\n" },
		{ "\xef\xbb\xbfpassword-file: one\n", "password: \"secret\"\n" },
		{ "password-file: |-\n  one\nb: c\n", "password: \"secret\"\nb: c\n" },
		{ "- password-file: one\n- password-file: dos\n",
		  "- password: \"secret\"\n- password: \"secret\"\n" },
		/* it counts as left out */
		{ "password-file:\nb: c\n", "password-file:\nb: c\n" },
		/* one that is empty takes the password away, as config/ has it */
		{ "password-file: empty\n", "password: \"\"\n" },
		/* values of that name are none of ours */
		{ "name: password-file\npassword: x\n", "name: password-file\npassword: x\n" },
		{ "- password-file\n- one\n", "- password-file\n- one\n" },
	};
	const struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = NULL;
		size_t n = 0;

		assert_int_equal(
			password_files_splice(slice_str(rows[i].in), folder->path, &text, &n), 0);
		if (n != strlen(rows[i].out) || memcmp(text, rows[i].out, n) != 0)
			fail_msg("%s: %.*s", rows[i].in, (int)n, text);
		OPENSSL_clear_free(text, n);
	}
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const struct {
		const char *in;
		int err;
	} rows[] = {
		{ "password-file: missing\n", -ENOENT },
		{ "password-file: .\n", -EINVAL },
		{ "a: [\n", -EINVAL },
		{ "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", -EINVAL },
	};
	const struct folder *folder = *state;
	char *text = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			password_files_splice(slice_str(rows[i].in), folder->path, &text, &n),
			rows[i].err);
		assert_null(text);
	}
	assert_int_equal(
		password_files_splice(SLICE("password-file: one"), "/no/such/folder", &text, &n),
		-ENOENT);
}

static void lines_are_named_by_studio_and_number(void **state)
{
	static const struct {
		const char *text, *studio;
		uint32_t number;
	} rows[] = {
		{ "Studio 1/3", "Studio 1", 3 },
		{ "News / Late/12", "News / Late", 12 },
		{ "A/007", "A", 7 },
		{ "A/4294967295", "A", 4294967295 },
		{ "Studio 1", NULL, 0 },
		{ "Studio 1/", NULL, 0 },
		{ "/3", NULL, 0 },
		{ "A/0", NULL, 0 },
		{ "A/-1", NULL, 0 },
		{ "A/3x", NULL, 0 },
		{ "A/4294967296", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice studio = SLICE_NONE;
		uint32_t number = 0;

		assert_int_equal(find_split(slice_str(rows[i].text), &studio, &number),
		                 rows[i].studio != NULL);
		assert_int_equal(number, rows[i].number);
		assert_true(slice_equal(studio, slice_str(rows[i].studio)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_stand_where_their_files_were_named),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(lines_are_named_by_studio_and_number),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
