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
	SERVER_SRV,
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
	LINE_KEYS
};
#define KEYS_MAX 16 /* of a mapping */

const struct config_key *key_at(enum config_mapping mapping, unsigned index);
unsigned key_count(enum config_mapping mapping);
/* Takes a word off the front of a list with blanks between; false at its end. */
bool choice_take(struct slice *rest, struct slice *ret_choice);

/* ---- memory that is wiped and freed as a whole */

struct arena {
	struct arena_chunk *chunks;
};
void *arena_take(struct arena *arena, size_t n);          /* zeroed; NULL: no memory */
char *arena_text(struct arena *arena, struct slice text); /* a copy, NUL-terminated */
void arena_done(struct arena *arena);

/* ---- finding by a key of bytes, which is not copied */

struct map {
	struct map_slot *slots;
	uint32_t count, cap;
};
/* Returns 0, -ENOMEM, or -EEXIST: the key is there already, with *ret_value (may be NULL). */
int map_put(struct map *map, struct slice key, uint32_t value, uint32_t *ret_value);
bool map_find(const struct map *map, struct slice key, uint32_t *ret_value);
void map_done(struct map *map);

/* ---- what a file or a store says */

struct value {
	const char *text;      /* NULL: not given */
	uint32_t line, column; /* where it stands */
};

/* Which line; also the bytes that a line is found by. */
struct line_key {
	uint32_t studio; /* index */
	uint32_t number; /* 0: not known yet */
};

/* A server, a studio, a line, or the general settings. */
struct row {
	int64_t id;            /* in the store; 0: from a file */
	uint32_t line, column; /* where it begins; of a CSV file: row and 0 */
	struct line_key key;   /* of a line */
	bool has_password;     /* of a line of the store */
	struct value values[]; /* one for each key of its mapping */
};
struct rows {
	struct row **list;
	uint32_t count, cap;
};
struct config {
	enum config_format format;
	struct arena arena;
	struct row *general; /* NULL: the file has none */
	struct rows servers, studios, lines;
};
struct notes;
struct config *config_new(enum config_format format);
struct rows *config_rows(struct config *config, enum config_mapping mapping);
/* A row of that mapping at the end of its list, or NULL: no memory. */
struct row *config_add(struct config *config, enum config_mapping mapping);
/* Readers of the two formats: rows, and whatever is wrong with one alone. 0, or -EINVAL: there was
 * no reading on; -ENOMEM. The notes have the faults in both cases. */
int yaml_read(struct slice text, const struct config_place *place, struct config *config,
              struct notes *notes);
int csv_read(struct slice text, struct config *config, struct notes *notes);

/* Checks text as a value of row and keeps it. */
int row_set(struct config *config, enum config_mapping mapping, struct row *row, unsigned index,
            struct slice text, const struct value *place, struct notes *notes);

/* The file that password-file names, as the password. */
int password_file_read(struct config *config, const struct config_place *place, struct row *row,
                       struct notes *notes);

/* ---- rows of the store */

/* The settings as rows. *ret_change: the change that they are as of. */
int settings_load(struct store *store, struct config **ret_config, int64_t *ret_change);

/* The texts of a row, by index of their keys, as a row of the store. They borrow. */
void general_fill(const char *const *texts, struct store_general *ret_general);
void server_fill(const char *const *texts, struct store_server *ret_server);
void line_fill(const char *const *texts, struct store_line *ret_line);

/* ---- faults and remarks */

struct notes {
	struct config_faults faults, remarks;
	bool no_memory;
};
static inline bool notes_any(const struct notes *notes)
{
	return notes->faults.count > 0;
}
void note_fault(struct notes *notes, uint32_t line, uint32_t column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void note_remark(struct notes *notes, uint32_t line, uint32_t column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Hands over faults, or remarks where there is none. 0, -EINVAL, -ENOMEM. */
int notes_end(struct notes *notes, struct config_faults *ret_faults);

/* An export says that it is one, and where it ends, so that one that was cut short is known. */
#define EXPORT_HEAD "# Settings of Lineup. They are whole with the last line only."
#define EXPORT_TAIL "# End of the settings."

#define SHOWN_BYTES 200 /* room for a text as a sentence shows it */
/* A text in quotes, printable and cut where it is long. Returns memory. */
const char *shown(struct slice text, char memory[SHOWN_BYTES]);

#endif
