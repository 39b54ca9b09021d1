/* test/unit/store/faults.h: a disk that fails on demand, as SQLite sees it.
 *
 * A VFS before the system's own, registered as the default. faults_arm() lets n more operations of
 * a kind succeed and fails the next one, or that and all that follow. Include it in one source file
 * only. */
#ifndef LINEUP_TEST_STORE_FAULTS_H
#define LINEUP_TEST_STORE_FAULTS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum faults_kind {
	FAULTS_OPEN,
	FAULTS_READ,
	FAULTS_WRITE,
	FAULTS_FULL, /* writes, for want of space */
	FAULTS_TRUNCATE,
	FAULTS_SYNC,
	FAULTS_SHARE, /* the memory that threads share */
	FAULTS_KINDS
};

static struct {
	enum faults_kind kind;
	bool armed, lasting, struck;
	unsigned left;
} faults;

static sqlite3_vfs *faults_below;

static inline void faults_arm(enum faults_kind kind, unsigned n, bool lasting)
{
	faults.kind = kind;
	faults.left = n;
	faults.lasting = lasting;
	faults.struck = false;
	faults.armed = true;
}

/* Whether a fault has happened since. */
static inline bool faults_disarm(void)
{
	faults.armed = false;
	return faults.struck;
}

static inline bool faults_now(enum faults_kind kind)
{
	if (!faults.armed || kind != faults.kind || (faults.struck && !faults.lasting))
		return false;
	if (faults.left > 0) {
		faults.left--;
		return false;
	}
	faults.struck = true;
	return true;
}

struct faults_file {
	sqlite3_file base;
	sqlite3_file *below; /* right behind */
};

static inline sqlite3_file *faults_file(sqlite3_file *file)
{
	return ((struct faults_file *)file)->below;
}

#define BELOW(file) faults_file(file)->pMethods

static int faults_close(sqlite3_file *file)
{
	return BELOW(file)->xClose(faults_file(file));
}

static int faults_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
	return faults_now(FAULTS_READ) ? SQLITE_IOERR_READ
	                               : BELOW(file)->xRead(faults_file(file), bytes, n, at);
}

static int faults_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	if (faults_now(FAULTS_WRITE))
		return SQLITE_IOERR_WRITE;
	if (faults_now(FAULTS_FULL))
		return SQLITE_FULL;
	return BELOW(file)->xWrite(faults_file(file), bytes, n, at);
}

static int faults_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	return faults_now(FAULTS_TRUNCATE) ? SQLITE_IOERR_TRUNCATE
	                                   : BELOW(file)->xTruncate(faults_file(file), n);
}

static int faults_sync(sqlite3_file *file, int flags)
{
	return faults_now(FAULTS_SYNC) ? SQLITE_IOERR_FSYNC
	                               : BELOW(file)->xSync(faults_file(file), flags);
}

static int faults_size(sqlite3_file *file, sqlite3_int64 *ret_n)
{
	return BELOW(file)->xFileSize(faults_file(file), ret_n);
}

static int faults_lock(sqlite3_file *file, int lock)
{
	return BELOW(file)->xLock(faults_file(file), lock);
}

static int faults_unlock(sqlite3_file *file, int lock)
{
	return BELOW(file)->xUnlock(faults_file(file), lock);
}

static int faults_reserved(sqlite3_file *file, int *ret_reserved)
{
	return BELOW(file)->xCheckReservedLock(faults_file(file), ret_reserved);
}

static int faults_control(sqlite3_file *file, int what, void *value)
{
	return BELOW(file)->xFileControl(faults_file(file), what, value);
}

static int faults_sector(sqlite3_file *file)
{
	return BELOW(file)->xSectorSize(faults_file(file));
}

static int faults_traits(sqlite3_file *file)
{
	return BELOW(file)->xDeviceCharacteristics(faults_file(file));
}

static int faults_share(sqlite3_file *file, int page, int n, int extend, void volatile **ret_at)
{
	return faults_now(FAULTS_SHARE)
	               ? SQLITE_IOERR_SHMSIZE
	               : BELOW(file)->xShmMap(faults_file(file), page, n, extend, ret_at);
}

static int faults_share_lock(sqlite3_file *file, int at, int n, int flags)
{
	return BELOW(file)->xShmLock(faults_file(file), at, n, flags);
}

static void faults_share_barrier(sqlite3_file *file)
{
	BELOW(file)->xShmBarrier(faults_file(file));
}

static int faults_share_end(sqlite3_file *file, int remove)
{
	return BELOW(file)->xShmUnmap(faults_file(file), remove);
}

static const sqlite3_io_methods faults_methods = {
	.iVersion = 2,
	.xClose = faults_close,
	.xRead = faults_read,
	.xWrite = faults_write,
	.xTruncate = faults_truncate,
	.xSync = faults_sync,
	.xFileSize = faults_size,
	.xLock = faults_lock,
	.xUnlock = faults_unlock,
	.xCheckReservedLock = faults_reserved,
	.xFileControl = faults_control,
	.xSectorSize = faults_sector,
	.xDeviceCharacteristics = faults_traits,
	.xShmMap = faults_share,
	.xShmLock = faults_share_lock,
	.xShmBarrier = faults_share_barrier,
	.xShmUnmap = faults_share_end,
};

static int faults_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *ret_flags)
{
	struct faults_file *own = (struct faults_file *)file;

	(void)vfs;
	own->base.pMethods = NULL;
	own->below = (sqlite3_file *)(own + 1);
	if (faults_now(FAULTS_OPEN))
		return SQLITE_CANTOPEN;
	int code = faults_below->xOpen(faults_below, name, own->below, flags, ret_flags);
	if (own->below->pMethods)
		own->base.pMethods = &faults_methods;
	return code;
}

static inline void faults_register(void)
{
	static sqlite3_vfs vfs;

	faults_below = sqlite3_vfs_find(NULL);
	vfs = *faults_below;
	vfs.pNext = NULL;
	vfs.zName = "faults";
	vfs.szOsFile = (int)sizeof(struct faults_file) + faults_below->szOsFile;
	vfs.xOpen = faults_open;
	sqlite3_vfs_register(&vfs, 1);
}

#undef BELOW

#endif
