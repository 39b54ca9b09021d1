/* test/unit/store/place.h: a folder of its own for each test, and rows to put there. Include it in
 * one source file of a program. */
#ifndef LINEUP_TEST_STORE_PLACE_H
#define LINEUP_TEST_STORE_PLACE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct place {
	char folder[64], path[80], key[80];
	struct store *store; /* opened by place_open(), closed by place_done() */
	struct store_found found;
	char error[512];
};

static inline void place_init(struct place *place)
{
	*place = (struct place){ .store = NULL };
	/* where there is no disk to wait for */
	snprintf(place->folder, sizeof(place->folder), "/dev/shm/lineup-store-XXXXXX");
	if (!mkdtemp(place->folder)) {
		snprintf(place->folder, sizeof(place->folder), "/tmp/lineup-store-XXXXXX");
		assert_non_null(mkdtemp(place->folder));
	}
	snprintf(place->path, sizeof(place->path), "%s/store", place->folder);
	snprintf(place->key, sizeof(place->key), "%s/key", place->folder);
}

static inline int place_try(struct place *place, enum store_mode mode, struct store **ret_store)
{
	const struct store_cfg cfg = { .path = place->path, .key_path = place->key, .mode = mode };

	return store_open(&cfg, ret_store, &place->found, place->error, sizeof(place->error));
}

static inline struct store *place_open(struct place *place)
{
	int err = place_try(place, STORE_OWN, &place->store);

	if (err)
		fail_msg("store_open: %d, %s", err, place->error);
	return place->store;
}

static inline void place_close(struct place *place)
{
	store_close(place->store);
	place->store = NULL;
}

static inline struct store *place_reopen(struct place *place)
{
	place_close(place);
	return place_open(place);
}

/* Calls fn for each file of the folder. */
static inline void place_files(const struct place *place, void (*fn)(void *ctx, const char *path),
                               void *ctx)
{
	DIR *folder = opendir(place->folder);
	struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		char path[sizeof(place->folder) + sizeof(entry->d_name) + 1];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", place->folder, entry->d_name);
		fn(ctx, path);
	}
	closedir(folder);
}

static inline void place_remove_file(void *ctx, const char *path)
{
	(void)ctx;
	assert_int_equal(unlink(path), 0);
}

static inline void place_done(struct place *place)
{
	place_close(place);
	place_files(place, place_remove_file, NULL);
	assert_int_equal(rmdir(place->folder), 0);
}

/* The bytes of a file, for free(). */
static inline char *place_read(const char *path, size_t *ret_n)
{
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &about), 0);
	char *bytes = malloc((size_t)about.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, (size_t)about.st_size), about.st_size);
	close(fd);
	*ret_n = (size_t)about.st_size;
	return bytes;
}

static inline void place_write(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(close(fd), 0);
}

/* ---- rows that are right */

static inline struct store_server good_server(const char *domain)
{
	return (struct store_server){
		.domain = domain,
		.transport = "udp",
		.expires_s = 3600,
		.keepalive = "none",
		.srv = "default",
	};
}

static inline int64_t put_server(struct store *store, const char *domain)
{
	const struct store_server server = good_server(domain);
	int64_t id = 0;

	assert_int_equal(store_server_put(store, &server, &id), 0);
	return id;
}

static inline int64_t put_studio(struct store *store, const char *name)
{
	const struct store_studio studio = { .name = name };
	int64_t id = 0;

	assert_int_equal(store_studio_put(store, &studio, &id), 0);
	return id;
}

static inline struct store_line good_line(int64_t studio, uint32_t number)
{
	return (struct store_line){
		.studio = studio,
		.number = number,
		.extension = "1001",
		.enabled = true,
	};
}

static inline int64_t put_line(struct store *store, int64_t studio, uint32_t number)
{
	const struct store_line line = good_line(studio, number);
	int64_t id = 0;

	assert_int_equal(store_line_put(store, &line, &id), 0);
	return id;
}

#endif
