/* store/own.h: what the files of this room share.
 *
 * A function that fails has said why with store_say() or through sql.h, so that store_error() has
 * its sentence, and returns the errno that belongs to it. */
#ifndef LINEUP_STORE_OWN_H
#define LINEUP_STORE_OWN_H

#include <openssl/types.h>
#include <sqlite3.h>

#include "base/slice.h"
#include "store/store.h"

#define STORE_PATH_MAX    (STORE_TEXT_MAX - 64) /* room for .damaged-YYYYMMDD-HHMMSS-N-wal */
#define STORE_STATEMENTS  64                    /* that are kept prepared */
#define STORE_CHECK_PAGES 65536                 /* a larger file is checked without its history */
#define STORE_SEAL_EXTRA  28                    /* bytes of a sealed text beyond its own */
#define STORE_KEY_BYTES   32
#define STORE_APPLICATION 0x4c6e5570 /* "LnUp" in the file's header */

/* What must outlive a loss of power (FULL), and what only must outlive the process (NORMAL: the
 * last changes may be lost, all of them or from some point on; nothing is damaged). */
enum store_sync { STORE_SYNC_UNKNOWN, STORE_SYNC_FULL, STORE_SYNC_NORMAL };

struct store_secret {
	EVP_CIPHER_CTX *seal, *open;
};

struct store {
	sqlite3 *db;
	struct store_secret secret;
	struct log log;
	enum store_mode mode;
	enum store_sync sync; /* as it is set now */
	int lock;             /* file descriptor; -1: none */
	unsigned walks;       /* callbacks that are running */
	bool begun;           /* store_begin() */
	bool marked;          /* the file says that it is in use */
	bool marking;         /* the open transaction makes it say so */
	int64_t changes;      /* of SQLite's count, when the change that is under way began */
	int64_t last_line;    /* the id that was given last, within store_begin(); 0: unknown */
	int64_t bytes;        /* of the file, when it was looked at */
	bool damaged;         /* met a page that cannot be right */
	struct store_statement {
		const char *text;
		sqlite3_stmt *stmt;
		bool taken;
	} statements[STORE_STATEMENTS];
	char path[STORE_PATH_MAX + 3];
	char error[512];
};

/* Keeps the sentence for store_error(). Returns err. */
int store_say(struct store *store, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- file.c: the files beside and in place of the database */

/* Sets store->lock. -EBUSY: another process has it; the sentence names it. */
int store_file_lock(struct store *store);
void store_file_unlock(struct store *store);

/* 0: a file that may be a store; -ENOENT: none, and nothing of one; -EUCLEAN: what is there cannot
 * be a store: empty, or no more than its log. */
int store_file_look(struct store *store);

/* Makes an empty file for this user alone. */
int store_file_make(struct store *store);

/* Removes what store_file_make() began. */
void store_file_unmake(struct store *store);

/* Makes the names of the folder outlive a loss of power. */
int store_file_sync(struct store *store);

/* Moves the file, its -wal and its -shm to a name that is free. The database is closed. */
int store_file_set_aside(struct store *store, char ret_path[STORE_TEXT_MAX]);

/* Wall clock, by SQLite's, since this room has none. */
int64_t store_file_now_ms(void);

/* ---- schema.c */

/* Each step brings the schema to the version of its number in the list, from 1. */
int store_schema_migrate(struct store *store, const char *const *steps, int count, int *ret_from);
extern const char *const store_schema_steps[STORE_SCHEMA];

/* -EPROTO: not a store, or one of a newer program than knows count steps. */
int store_schema_version(struct store *store, int count, int *ret_version);

/* Looks for damage. A file of more than pages_max pages is not read whole: only what the lines
 * need. -EUCLEAN. */
int store_schema_check(struct store *store, int64_t pages_max);

/* ---- secret.c: what is encrypted, with AES-256-GCM. id is the row that it belongs to: sealed text
 * that was moved to another row does not open. */

/* *ret_key: the file's. Made where there is none and make says so. -EACCES: it is missing, of wrong
 * size, or open to others. */
enum store_key { STORE_KEY_THERE, STORE_KEY_MAKE };
int store_secret_read(struct store *store, const char *path, enum store_key make,
                      uint8_t ret_key[STORE_KEY_BYTES]);
int store_secret_init(struct store_secret *secret, const uint8_t key[STORE_KEY_BYTES]);
void store_secret_done(struct store_secret *secret);

/* ret_sealed has room for n + STORE_SEAL_EXTRA bytes. -EIO: OpenSSL refuses. */
int store_secret_seal(struct store_secret *secret, int64_t id, const void *plain, size_t n,
                      uint8_t *ret_sealed);

/* ret_plain has room for n bytes; *ret_n of them are set. -EBADMSG: other key, other row, or
 * damaged. */
int store_secret_open(struct store_secret *secret, int64_t id, const void *sealed, size_t n,
                      void *ret_plain, size_t *ret_n);

/* ---- text.c */

/* Whether text is valid UTF-8, without control characters and marks that turn its direction. */
bool store_text_plain(struct slice text);

/* -EINVAL where text (NULL is fine) is not plain or too long. */
int store_text_check(struct store *store, const char *what, const char *text);

/* The same, and it may not be missing. */
int store_text_need(struct store *store, const char *what, const char *text);

/* Text that came from a network, which is kept whatever it is: as it is where it is plain, else as
 * buf_show() shows it; cut to less than cap bytes at a character's border. */
void store_text_keep(struct slice text, char *ret_text, size_t cap);

/* The same for arrays that need not end with a NUL. */
#define store_text_keep_array(from, ret) \
	store_text_keep(slice_of(from, strnlen(from, sizeof(from))), ret, sizeof(ret))

static inline bool store_text_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* ---- changes.c */

int store_change_add(struct store *store, enum store_what what, int64_t id);

/* One for each line of a studio. */
int store_change_add_lines(struct store *store, int64_t studio);

#endif
