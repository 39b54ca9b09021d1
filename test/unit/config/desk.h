/* unit/config/desk.h: a store in a folder of its own, and files read, compared, applied and
 * exported in one call each. Faults and differences become one text, so that a table can hold them.
 */
#ifndef LINEUP_TEST_CONFIG_DESK_H
#define LINEUP_TEST_CONFIG_DESK_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

#define DESK_TEXT_MAX ((size_t)1 << 20)

struct desk {
	char folder[64];
	struct store *store;
	char *text; /* what the last call gave, DESK_TEXT_MAX bytes */
};

static inline void desk_open(struct desk *desk)
{
	char path[96], key[96], why[256] = "";
	struct store_found found;
	struct store_cfg cfg = { .path = path, .key_path = key, .mode = STORE_OWN };
	int err;

	strncpy(desk->folder, "/dev/shm/lineup-config-XXXXXX", sizeof(desk->folder));
	desk->text = malloc(DESK_TEXT_MAX);
	assert_non_null(desk->text);
	if (!mkdtemp(desk->folder)) {
		strncpy(desk->folder, "/tmp/lineup-config-XXXXXX", sizeof(desk->folder));
		assert_non_null(mkdtemp(desk->folder));
	}
	snprintf(path, sizeof(path), "%s/store", desk->folder);
	snprintf(key, sizeof(key), "%s/key", desk->folder);
	err = store_open(&cfg, &desk->store, &found, why, sizeof(why));
	if (err)
		fail_msg("store_open: %d %s", err, why);
}

static inline void desk_close(struct desk *desk)
{
	DIR *dir = opendir(desk->folder);
	const struct dirent *entry;

	store_close(desk->store);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	assert_int_equal(rmdir(desk->folder), 0);
	free(desk->text);
}

/* "LINE:COLUMN: TEXT\n" for each; returns text. */
static inline const char *desk_faults(const struct config_faults *faults, char *text, size_t cap)
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < faults->count; i++)
		n += (size_t)snprintf(text + n, cap - n, "%u:%u: %s\n", faults->list[i].line,
		                      faults->list[i].column, faults->list[i].text);
	if (faults->more)
		snprintf(text + n, cap - n, "and %u more\n", faults->more);
	return text;
}

static const struct config_place desk_nowhere = { 0 };

/* Reads text and holds all that is told about it against expected. */
static inline void desk_expect_at(const struct config_place *place, enum config_format format,
                                  struct slice text, int result, const char *expected)
{
	struct config *config = NULL;
	struct config_faults faults;
	char told[16384];
	int err = config_read(format, text, place, &config, &faults);

	desk_faults(&faults, told, sizeof(told));
	config_faults_done(&faults);
	if (err != result || strcmp(told, expected) != 0)
		fail_msg("%d for:\n%.*s\ntold:\n%sexpected:\n%s", err, (int)text.n, text.p, told,
		         expected);
	assert_true(err == 0 || config == NULL);
	config_free(config);
}

static inline void desk_expect(enum config_format format, struct slice text, int result,
                               const char *expected)
{
	desk_expect_at(&desk_nowhere, format, text, result, expected);
}

/* A file that must be fine. */
static inline struct config *desk_read(enum config_format format, struct slice text)
{
	struct config *config = NULL;
	struct config_faults faults;
	char told[4096];
	int err = config_read(format, text, &desk_nowhere, &config, &faults);

	if (err)
		fail_msg("config_read: %d\n%s", err, desk_faults(&faults, told, sizeof(told)));
	config_faults_done(&faults);
	return config;
}

/* What would change, "+ OBJECT: DETAIL\n" for each, with faults or remarks behind as "! ..." Then
 * it is done, where apply says so. Returns what config_compare() or config_apply() returned. */
enum desk_then { DESK_SHOW, DESK_APPLY };
static inline int desk_compare(struct desk *desk, enum config_format format, const char *text,
                               enum desk_then then)
{
	static const char *const marks[] = { "+", "~", "-" };
	struct config *config = desk_read(format, slice_str(text));
	struct config_diff *diff = NULL;
	struct config_faults faults;
	size_t n = 0;
	int err = config_compare(config, desk->store, &diff, &faults);

	desk->text[0] = '\0';
	for (size_t i = 0; !err && i < config_diff_count(diff); i++) {
		const struct config_change *change = config_diff_at(diff, i);

		n += (size_t)snprintf(desk->text + n, DESK_TEXT_MAX - n, "%s %s: %s\n",
		                      marks[change->kind], change->object, change->detail);
	}
	for (unsigned i = 0; i < faults.count; i++)
		n += (size_t)snprintf(desk->text + n, DESK_TEXT_MAX - n, "! %u:%u: %s\n",
		                      faults.list[i].line, faults.list[i].column,
		                      faults.list[i].text);
	config_faults_done(&faults);
	if (!err && then == DESK_APPLY)
		err = config_apply(diff, desk->store, NULL);
	config_diff_free(diff);
	config_free(config);
	return err;
}

/* Applies a file that must be fine, and what it was compared to must then be nothing. */
static inline void desk_apply(struct desk *desk, enum config_format format, const char *text)
{
	int err = desk_compare(desk, format, text, DESK_APPLY);

	if (err)
		fail_msg("apply: %d %s\n%s", err, store_error(desk->store), desk->text);
}

static inline int desk_take(void *ctx, struct slice text)
{
	struct desk *desk = ctx;
	size_t n = strlen(desk->text);

	assert_true(n + text.n < DESK_TEXT_MAX);
	memcpy(desk->text + n, text.p, text.n);
	desk->text[n + text.n] = '\0';
	return 0;
}

/* The export, to be freed. */
static inline char *desk_export(struct desk *desk)
{
	char *text;

	desk->text[0] = '\0';
	assert_int_equal(config_export(desk->store, desk_take, desk), 0);
	text = strdup(desk->text);
	assert_non_null(text);
	return text;
}

#endif
