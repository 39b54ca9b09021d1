/* config/config.h: settings as files: studio.yaml, and lines.csv from a spreadsheet.
 *
 * A file is read whole and checked whole: every fault is told with its place, and nothing is
 * changed while there is one. Then it is compared with the store, and the difference can be shown
 * or carried out in one transaction. A file that was just applied makes no difference. */
#ifndef LINEUP_CONFIG_CONFIG_H
#define LINEUP_CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/store.h"

#define CONFIG_FILE_MAX   (256u * 1024 * 1024) /* bytes of a file */
#define CONFIG_FAULTS_MAX 100                  /* faults that are told; the others are counted */
#define CONFIG_LINES_MAX  1000000              /* lines of a file; as many studios and servers */

/* ---- keys: what may stand in a file. The reader, the checks, the export and the manual go by
 * these rows. */

/* A mapping of studio.yaml: the file itself, and what stands under its keys. */
enum config_mapping {
	CONFIG_FILE,
	CONFIG_GENERAL,
	CONFIG_SERVERS, /* one of the list */
	CONFIG_STUDIOS,
	CONFIG_LINES,
	CONFIG_MAPPING_COUNT
};

enum config_type {
	CONFIG_TEXT,           /* one line of text */
	CONFIG_USER,           /* the same without quotes: it stands between them in a request */
	CONFIG_SECRET,         /* text that is never shown */
	CONFIG_PATH,           /* of a file */
	CONFIG_NUMBER,         /* from min to max */
	CONFIG_YES_NO,         /* also true, false, on, off */
	CONFIG_CHOICE,         /* one of choices */
	CONFIG_EXTENSION,      /* sip_extension_parse() */
	CONFIG_HOST,           /* sip_server_parse(), without a port */
	CONFIG_PROXY,          /* sip_proxy_parse() */
	CONFIG_ADDRESS,        /* an IP address, with a port or without */
	CONFIG_URI,            /* a SIP URI */
	CONFIG_CALLS,          /* "unavailable", "busy" or a SIP URI */
	CONFIG_PARAMETERS,     /* ";name=value", of a Contact (RFC 3261 25.1) */
	CONFIG_URI_PARAMETERS, /* the same of a SIP URI */
	CONFIG_HEADERS,        /* "Name: value | Name: value" (sip/extra.h) */
	CONFIG_INTERFACE,      /* interface_fault() */
	CONFIG_SERVER,         /* name of a server, or its address where it is not listed */
	CONFIG_ONE,            /* a mapping: of */
	CONFIG_LIST,           /* a list of such */
};

/* What holds where a file does not give it. */
enum config_absent {
	CONFIG_FALLS_BACK, /* the fallback, or nothing where that is NULL */
	CONFIG_STAYS,      /* what the store has */
	CONFIG_REQUIRED,   /* it must be given */
};

struct config_key {
	const char *name;     /* "auth-user" */
	const char *column;   /* its column in a CSV file, "Auth User"; NULL: it has none */
	const char *fallback; /* as it would be written; NULL: nothing */
	const char *help;     /* starts in lower case, ends without a full stop */
	const char *unit;     /* of a NUMBER: "seconds"; NULL: it is just a number */
	const char *choices;  /* of a CHOICE, blanks between */
	uint32_t min, max;    /* of a NUMBER */
	enum config_type type;
	enum config_absent absent;
	enum config_mapping of; /* of ONE and LIST */
};

/* The keys of a mapping, in the order of an export. */
const struct config_key *config_keys(enum config_mapping mapping, size_t *ret_count);

/* The same key by its name, "keepalive" being one of keep-alive, too; NULL: there is none. */
const struct config_key *config_key_find(enum config_mapping mapping, struct slice name);

/* Appends what a key takes, for a person: "a number of seconds from 1 to 86400". */
void config_key_takes(const struct config_key *key, struct buf *out);

/* Checks a value, whoever typed it, and appends it to *ret_value as the store shall have it:
 * numbers without zeros in front, "yes" or "no". Returns 0, or -EINVAL with a sentence, printable
 * whatever was typed, and without the value where that is a secret. Room for both:
 * CONFIG_VALUE_BYTES. Not for ONE and LIST. */
#define CONFIG_VALUE_BYTES (STORE_TEXT_MAX + 8)
int config_key_check(const struct config_key *key, struct slice text, struct buf *ret_value,
                     struct buf *reterr);

/* Appends what the nth of the files that a server names lacks now, as this process sees it, as a
 * sentence for a person; false: nothing. n is below CONFIG_SERVER_LACKS. It is worth a remark and
 * no fault: certificates often come later. */
#define CONFIG_SERVER_LACKS 4
#define CONFIG_LACK_BYTES   400 /* room for one */
bool config_server_lacks(const struct store_server *server, unsigned n, struct buf *out);

/* ---- files */

/* What is wrong, for a person. */
struct config_fault {
	uint32_t line, column; /* from 1; 0: not of one place. CSV: row and column of the sheet */
	char *text;            /* "expires: \"12x\" is not a number of seconds from 1 to 86400" */
};
struct config_faults {
	struct config_fault *list; /* by place */
	unsigned count;            /* in list */
	unsigned more;             /* beyond CONFIG_FAULTS_MAX; from 10000 on nobody counts */
};
void config_faults_done(struct config_faults *faults);

/* What a file says. */
struct config;
enum config_format { CONFIG_YAML, CONFIG_CSV };

/* Where the paths of password-file lead from, and whether they may be read: the daemon reads none
 * that came over the network. */
struct config_place {
	const char *folder; /* NULL: password-file is refused */
};

/* Returns 0; -EINVAL: *ret_config is not set; -EFBIG: longer than CONFIG_FILE_MAX; -ENOMEM.
 *
 * *ret_faults is set whatever comes back, and to be freed with config_faults_done(): with -EINVAL
 * and -EFBIG it says why; with 0 it holds remarks, on what is allowed and worth a second look.
 * text is not needed afterwards. */
int config_read(enum config_format format, struct slice text, const struct config_place *place,
                struct config **ret_config, struct config_faults *ret_faults);
void config_free(struct config *config); /* wipes passwords */

/* The difference to the store. A YAML file is all there shall be: what it does not name is removed,
 * and a key that it does not give has its fallback. A CSV file adds and changes lines, and removes
 * nothing: a cell that is empty leaves what is there. A password that is not given stays as it is;
 * one that is empty on purpose (password: "") is taken away.
 *
 * *ret_faults is as for config_read(): -EINVAL, or remarks. Besides: a store's error; -EAGAIN: the
 * settings did not stand still long enough to be read.
 * The difference borrows from config, which must outlive it. */
enum config_kind { CONFIG_ADD, CONFIG_CHANGE, CONFIG_REMOVE };
struct config_change {
	enum config_kind kind;
	const char *object; /* "studio \"Studio 1\" line 3" */
	const char
		*detail; /* "extension \"1003\" -> \"1004\", password changed"; never a password */
};
struct config_diff;
int config_compare(const struct config *config, struct store *store, struct config_diff **ret_diff,
                   struct config_faults *ret_faults);
void config_diff_free(struct config_diff *diff);
size_t config_diff_count(const struct config_diff *diff);
const struct config_change *config_diff_at(const struct config_diff *diff, size_t index);

/* The number of the store's change that the difference is as of. */
int64_t config_diff_as_of(const struct config_diff *diff);

/* Carries the difference out, all of it or nothing, and with it the audit (NULL: none). Returns 0,
 * a store's error, or -ESTALE: the settings have changed since they were compared, so that the
 * difference is another one. */
int config_apply(const struct config_diff *diff, struct store *store,
                 const struct store_audit *audit);

/* Writes the settings of the store as studio.yaml. Passwords are left out, with a remark where
 * there is one. Returns 0, a store's error, -EAGAIN as above, or what write() returned. */
int config_export(struct store *store, int (*write)(void *ctx, struct slice text), void *ctx);

/* ---- backups */

#define CONFIG_PASSPHRASE_MIN 8 /* bytes */
#define CONFIG_PASSPHRASE_MAX 1024

/* Writes an export, and behind it, with a passphrase, the passwords of the lines, sealed with it
 * (scrypt and AES-256-GCM) so that they open only together with these settings. The file is a
 * studio.yaml with or without them: config_read() takes it and leaves the passwords out. An absent
 * passphrase: none. Returns as config_export() does, and -EINVAL (a passphrase that is too short or
 * too long), -EFBIG (more than a file may have), -EIO. */
int config_backup(struct store *store, struct slice passphrase,
                  int (*write)(void *ctx, struct slice text), void *ctx);

/* Whether a file has passwords behind the settings, for which a passphrase is needed. */
bool config_backup_is_sealed(struct slice text);

/* Reads a backup as config_read() reads a studio.yaml, and its passwords: a line that had none is
 * to have none then. Without passwords in it they stay as they are, and a passphrase is a
 * fault. Besides the errors of config_read(), for which ret_faults says why: -ENOKEY: there are
 * passwords, and passphrase is absent; -EACCES: it is another one, or the file was changed since it
 * was written; -EIO. */
int config_backup_read(struct slice text, struct slice passphrase, struct config **ret_config,
                       struct config_faults *ret_faults);

#endif
