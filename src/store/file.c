/* store/file.c: the lock beside the database, and the moving of what is damaged.
 *
 * The lock is flock() on a file of its own: the kernel lets go of it when the process ends, however
 * it ends. (Locks of fcntl() on the database would be lost by any close() of it in this process,
 * SQLite's among them, which is also why nothing here opens the database.) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "store/own.h"

#define ASIDE_TRIES 100
#define SMALLEST    512 /* bytes of a database; SQLite takes one of a single byte for none */

static const char *const parts[] = { "", "-wal",
	                             "-shm" }; /* in the order in which they are moved */

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int say_errno(struct store *store, const char *what, const char *path)
{
	int err = -errno;

	return store_say(store, err, "%s %s: %s", what, path, strerrordesc_np(-err));
}

/* 0: unknown. */
static uint32_t pid_in(int fd)
{
	char text[16];
	uint32_t pid = 0;
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (n > 0)
		(void)num_u32(slice_trim(slice_of(text, (size_t)n)), INT32_MAX, &pid);
	return pid;
}

static int say_taken(struct store *store, int fd)
{
	uint32_t pid = pid_in(fd);

	if (pid)
		return store_say(store, -EBUSY, "process %u is already using the store %s",
		                 (unsigned)pid, store->path);
	return store_say(store, -EBUSY, "another process is already using the store %s",
	                 store->path);
}

int store_file_lock(struct store *store)
{
	char path[STORE_TEXT_MAX], pid[16];

	snprintf(path, sizeof(path), "%s.lock", store->path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return say_errno(store, "cannot open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int err = errno == EWOULDBLOCK ? say_taken(store, fd)
		                               : say_errno(store, "cannot lock", path);
		close(fd);
		return err;
	}
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	/* Only for the other's sentence: on a full disk the lock holds without it. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	store->lock = fd;
	return 0;
}

void store_file_unlock(struct store *store)
{
	close(store->lock);
	store->lock = -1;
}

int store_file_look(struct store *store)
{
	char path[STORE_TEXT_MAX];
	struct stat about;

	if (stat(store->path, &about) == 0) {
		if (!S_ISREG(about.st_mode))
			return store_say(store, -EINVAL, "%s is not a file", store->path);
		store->bytes = about.st_size;
		return store->bytes < SMALLEST ? -EUCLEAN : 0;
	}
	if (errno != ENOENT)
		return say_errno(store, "cannot look at", store->path);
	/* SQLite would delete a log without its database. */
	snprintf(path, sizeof(path), "%s-wal", store->path);
	return stat(path, &about) == 0 && about.st_size ? -EUCLEAN : -ENOENT;
}

int store_file_make(struct store *store)
{
	int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return say_errno(store, "cannot make", store->path);
	close(fd);
	return 0;
}

void store_file_unmake(struct store *store)
{
	char path[STORE_TEXT_MAX];

	for (size_t i = 0; i < PARTS; i++) {
		snprintf(path, sizeof(path), "%s%s", store->path, parts[i]);
		unlink(path);
	}
}

int store_file_sync(struct store *store)
{
	char folder[sizeof(store->path)];
	const char *end = strrchr(store->path, '/');

	snprintf(folder, sizeof(folder), "%.*s", (int)(end - store->path + 1), store->path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0) {
		int err = say_errno(store, "cannot write the folder", folder);
		if (fd >= 0)
			close(fd);
		return err;
	}
	close(fd);
	return 0;
}

int64_t store_file_now_ms(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_int64 julian_ms = 0; /* since noon of 24 November -4713 */

	vfs->xCurrentTimeInt64(vfs, &julian_ms);
	return julian_ms - INT64_C(210866760000000);
}

/* "2026-11-22T10:18:04.113Z" to "20261122-101804" */
static void stamp(char ret_stamp[16])
{
	char memory[32];
	struct buf time = buf_over(memory, sizeof(memory));
	size_t n = 0;

	log_time_utc(store_file_now_ms(), &time);
	for (size_t i = 0; i < time.n && n < 15; i++) {
		if (memory[i] >= '0' && memory[i] <= '9')
			ret_stamp[n++] = memory[i];
		else if (memory[i] == 'T')
			ret_stamp[n++] = '-';
	}
	ret_stamp[n] = '\0';
}

static bool is_free(const char *path)
{
	char name[STORE_TEXT_MAX + 8];
	struct stat about;

	for (size_t i = 0; i < PARTS; i++) {
		snprintf(name, sizeof(name), "%s%s", path, parts[i]);
		if (lstat(name, &about) == 0 || errno != ENOENT)
			return false;
	}
	return true;
}

static int find_free(struct store *store, char ret_path[STORE_TEXT_MAX])
{
	char now[16];

	stamp(now);
	snprintf(ret_path, STORE_TEXT_MAX, "%s.damaged-%s", store->path, now);
	for (unsigned n = 1; !is_free(ret_path); n++) {
		if (n > ASIDE_TRIES)
			return store_say(store, -EEXIST, "no name is free to set %s aside",
			                 store->path);
		snprintf(ret_path, STORE_TEXT_MAX, "%s.damaged-%s-%u", store->path, now, n);
	}
	return 0;
}

/* The database goes first: a crash in between leaves a log without it, which store_file_look()
 * finds, and never the database without a log that belongs to it. */
int store_file_set_aside(struct store *store, char ret_path[STORE_TEXT_MAX])
{
	char from[STORE_TEXT_MAX], to[STORE_TEXT_MAX + 8], aside[STORE_TEXT_MAX];
	int err = find_free(store, aside);

	if (err)
		return err;
	for (size_t i = 0; i < PARTS; i++) {
		snprintf(from, sizeof(from), "%s%s", store->path, parts[i]);
		snprintf(to, sizeof(to), "%s%s", aside, parts[i]);
		if (rename(from, to) != 0 && errno != ENOENT)
			return say_errno(store, "damaged, and cannot be set aside:", from);
	}
	err = store_file_sync(store);
	if (!err)
		memcpy(ret_path, aside, STORE_TEXT_MAX);
	return err;
}
