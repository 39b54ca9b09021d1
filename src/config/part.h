/* config/part.h: what the files of this room share.
 *
 * A setting is text from the file to the store: checked and put into one spelling by
 * config_key_check(), kept at the index of its key, compared as text. Numbers and enums appear in
 * rows.c only, where rows of the store are made and read. */
#ifndef LINEUP_CONFIG_PART_H
#define LINEUP_CONFIG_PART_H

#include "config/config.h"

/* Indices into config_keys() of a mapping. */
enum { FILE_GENERAL, FILE_SERVERS, FILE_STUDIOS, FILE_KEYS };
enum {
	GENERAL_DEFAULT_SERVER,
	GENERAL_SRV,
	GENERAL_ON_STOP,
	GENERAL_HISTORY_DAYS,
	GENERAL_SHARDS,
	GENERAL_SYSLOG_TRANSPORT,
	GENERAL_SYSLOG_HOST,
	GENERAL_SYSLOG_PORT,
	GENERAL_DNS,
	GENERAL_KEYS
};
enum {
	SERVER_NAME,
	SERVER_DOMAIN,
	SERVER_PORT,
	SERVER_PROXY,
	SERVER_TRANSPORT,
	SERVER_EXPIRES,
	SERVER_RATE,
	SERVER_KEEP_ALIVE,
	SERVER_INTERFACE,
	SERVER_TLS_CA,
	SERVER_TLS_CERT,
	SERVER_TLS_KEY,
	SERVER_TLS_MIN,
	SERVER_SRV,
	SERVER_PROFILE,
	SERVER_CALLS,
	SERVER_OUTBOUND,
	SERVER_CONTACT_PARAMETERS,
	SERVER_FLOWS,
	SERVER_SECOND_PROXY,
	SERVER_GRUU,
	SERVER_ADDRESS_PARAMETERS,
	SERVER_REQUEST_PARAMETERS,
	SERVER_HEADERS,
	SERVER_KEYS
};
enum { STUDIO_NAME, STUDIO_NOTE, STUDIO_LINES, STUDIO_KEYS };
enum {
	LINE_NUMBER,
	LINE_NAME,
	LINE_EXTENSION,
	LINE_AUTH_USER,
	LINE_PASSWORD,
	LINE_PASSWORD_FILE,
	LINE_SERVER,
	LINE_REGISTER,
	LINE_CONTACT,
	LINE_CALLS,
	LINE_KEYS
};
#define KEYS_MAX 30 /* of a mapping */

const struct config_key *config_key_at(enum config_mapping mapping, unsigned index);
unsigned config_key_count(enum config_mapping mapping);

/* Takes a word off the front of a list with blanks between; false at its end. */
static inline bool config_choice_take(struct slice *rest, struct slice *ret_choice)
{
	size_t n = slice_find(*rest, ' ');

	if (rest->n == 0)
		return false;
	*ret_choice = slice_of(rest->p, n);
	*rest = slice_from(*rest, n < rest->n ? n + 1 : n);
	return true;
}

/* ---- memory that is wiped and freed as a whole */

struct config_arena {
	struct config_chunk *chunks;
};
void *config_arena_take(struct config_arena *arena, size_t n); /* zeroed; NULL: no memory */
char *config_arena_text(struct config_arena *arena, struct slice text); /* a copy, NUL-terminated */
void config_arena_done(struct config_arena *arena);

/* ---- finding by a key of bytes, which is not copied */

struct config_map {
	struct config_slot *slots;
	uint32_t count, cap;
};
/* Returns 0, -ENOMEM, or -EEXIST: the key is there already, with *ret_value (may be NULL). */
int config_map_put(struct config_map *map, struct slice key, uint32_t value, uint32_t *ret_value);
bool config_map_find(const struct config_map *map, struct slice key, uint32_t *ret_value);
void config_map_done(struct config_map *map);

/* ---- what a file or a store says */

struct config_notes;

struct config_value {
	const char *text;      /* NULL: not given */
	uint32_t line, column; /* where it stands */
};

/* Which line; also the bytes that a line is found by. */
struct config_line_key {
	uint32_t studio; /* index */
	uint32_t number; /* 0: not known yet */
};

/* A server, a studio, a line, or the general settings. */
struct config_row {
	int64_t id;                   /* in the store; 0: from a file */
	uint32_t line, column;        /* where it begins; of a CSV file: row and 0 */
	struct config_line_key key;   /* of a line */
	bool has_password;            /* of a line of the store */
	struct config_value values[]; /* one for each key of its mapping */
};

struct config_rows {
	struct config_row **list;
	uint32_t count, cap;
};

struct config {
	enum config_format format;
	struct config_arena arena;
	struct config_row *general; /* NULL: the file has none */
	struct config_rows servers, studios, lines;
};

struct config *config_new(enum config_format format);
struct config_rows *config_rows_of(struct config *config, enum config_mapping mapping);
/* A row of that mapping at the end of its list, or NULL: no memory. */
struct config_row *config_add(struct config *config, enum config_mapping mapping);

/* Readers of the two formats: rows, and whatever is wrong with one alone. 0, or -EINVAL: there was
 * no reading on; -ENOMEM. The notes have the faults in both cases. */
int config_yaml_read(struct slice text, const struct config_place *place, struct config *config,
                     struct config_notes *notes);
int config_csv_read(struct slice text, struct config *config, struct config_notes *notes);

/* The two halves of config_read(), for who has more to look at between them. *ret_config is set by
 * the first whatever comes back, and may be NULL; the second frees it unless it returns 0. */
int config_read_begin(enum config_format format, struct slice text,
                      const struct config_place *place, struct config **ret_config,
                      struct config_notes *notes);
int config_read_end(int err, struct config_notes *notes, struct config *config,
                    struct config **ret_config, struct config_faults *ret_faults);

/* Checks text as a value of row and keeps it. */
int config_row_set(struct config *config, enum config_mapping mapping, struct config_row *row,
                   unsigned index, struct slice text, const struct config_value *place,
                   struct config_notes *notes);

/* The file that password-file names, as the password. */
int config_password_read(struct config *config, const struct config_place *place,
                         struct config_row *row, struct config_notes *notes);

/* ---- rows of the store */

/* The settings as rows. *ret_change: the change that they are as of. */
int config_load(struct store *store, struct config **ret_config, int64_t *ret_change);

/* The texts of a row, by index of their keys, as a row of the store. They borrow. */
void config_fill_general(const char *const *texts, struct store_general *ret_general);
void config_fill_server(const char *const *texts, struct store_server *ret_server);
void config_fill_line(const char *const *texts, struct store_line *ret_line);

/* ---- faults and remarks */

#define NOTES_COUNTED 10000 /* faults beyond those that are told */

struct config_notes {
	struct config_faults faults, remarks;
	bool no_memory;
};

static inline bool config_notes_any(const struct config_notes *notes)
{
	return notes->faults.count > 0;
}

/* Whether there are so many that reading on helps nobody. */
static inline bool config_notes_full(const struct config_notes *notes)
{
	return notes->faults.more >= NOTES_COUNTED;
}

void config_note_fault(struct config_notes *notes, uint32_t line, uint32_t column,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
void config_note_remark(struct config_notes *notes, uint32_t line, uint32_t column,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Remarks on the files that a row of a server names. */
void config_files_remark(struct config_notes *notes, const struct config_row *row);

/* Hands over faults, or remarks where there is none. 0, -EINVAL, -ENOMEM. */
int config_notes_end(struct config_notes *notes, struct config_faults *ret_faults);

/* An export says that it is one, and where it ends, so that one that was cut short is known. */
#define EXPORT_HEAD "# Settings of Lineup. They are whole with the last line only."
#define EXPORT_TAIL "# End of the settings."

/* ---- writing a file in large pieces */

#define OUT_BYTES 16384 /* more than any piece that is put */

struct config_out {
	int (*write)(void *ctx, struct slice text);
	void *ctx;
	int err;        /* what write() returned; nothing is written after it */
	size_t written; /* bytes */
	struct buf buf;
	char memory[OUT_BYTES];
};
struct config_out *config_out_new(int (*write)(void *ctx, struct slice text),
                                  void *ctx); /* NULL: no memory; freed by free() */
void config_out_put(struct config_out *out, struct slice text);
void config_out_flush(struct config_out *out);

/* Settings as studio.yaml, to its end, and flushed. 0, -ENOMEM, or what write() returned. */
int config_export_put(struct config_out *out, const struct config *config);

#define SHOWN_BYTES 200 /* room for a text as a sentence shows it */

/* A text in quotes, printable and cut where it is long. Returns memory. */
const char *config_shown(struct slice text, char memory[SHOWN_BYTES]);

#endif
