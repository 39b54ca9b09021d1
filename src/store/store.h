/* store/store.h: the settings, the state that outlives a process, the history: all that must be
 * there after a kill -9.
 *
 * The store is the truth for settings: whoever changes them (the page, the API, a file) writes
 * here, and the agent follows the changes. Behind this header stands SQLite (WAL, one file); it
 * speaks of the lines of some shards, of batches of state written by their owner, and of changes to
 * watch, so that another database can stand here.
 *
 * One struct store belongs to one thread; each thread opens its own on the same file, and the owner
 * closes last. Settings are UTF-8 without control characters and bounded (STORE_TEXT_MAX); of those
 * that may be missing "" is NULL. Strings of a row that is handed to a callback last for the call;
 * a callback may read the store, but change nothing (-EBUSY).
 *
 * Functions return 0 or negative errno: -ENOENT (no such row, or one that is referred to), -EEXIST
 * (the name or number is taken), -EBUSY (a server that lines use), -EINVAL (a value that the schema
 * refuses), -EAGAIN (another thread has been writing for STORE_BUSY_MS), -ENOMEM, -ENOSPC, -EIO;
 * store_error() has a sentence about the last one. After an error nothing of the change is there.
 */
#ifndef LINEUP_STORE_STORE_H
#define LINEUP_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/log.h"

#define STORE_TEXT_MAX     1024
#define STORE_PASSWORD_MAX 1024
#define STORE_HOST_MAX     255
#define STORE_BUSY_MS      5000
#define STORE_VALUE_MAX    65536
#define STORE_HASH_BYTES   32
#define STORE_SCHEMA       10   /* the version that this program writes */
#define STORE_EXPIRES_S    3600 /* of a server that is made by itself */
#define STORE_CSEQ_BLOCK   256  /* CSeqs are reserved in blocks: a crash skips at most this many */

struct store;

struct store_cfg {
	const char *path;     /* of the database file; its folder must exist, and is 0700 */
	const char *key_path; /* of the key for passwords, 32 bytes, mode 0600; made where it is
	                       * missing and the store is new */
	struct log log;
	enum store_mode {
		STORE_OWN, /* the daemon: locks the store, migrates it, sets a damaged file aside */
		STORE_SHARE, /* another thread of the daemon: no lock, no migration */
	} mode;
};

/* What opening met, for a sentence to a person. */
struct store_found {
	bool created;
	int migrated_from;              /* schema version; 0: not migrated */
	char set_aside[STORE_TEXT_MAX]; /* where a damaged file was moved to; "" none was */
};

/* Opens or makes it. -EBUSY: another instance owns it. -EACCES: the key is missing or readable by
 * others, or does not fit, or the file cannot be written. -EPROTO: written by a newer program, or
 * not by this one. *reterr (cap bytes) has a sentence on error. *ret_found may be NULL. */
int store_open(const struct store_cfg *cfg, struct store **ret_store, struct store_found *ret_found,
               char *reterr, size_t reterr_cap);
void store_close(struct store *store);
const char *store_error(const struct store *store);

/* About the file. */
struct store_about {
	int schema;    /* version */
	int64_t bytes; /* of the database, without its log */
};
int store_about(struct store *store, struct store_about *ret_about);

/* Several changes as one, or none of them. They do not nest. A change that is refused within
 * (-EEXIST, -EINVAL, -ENOENT, -EBUSY) leaves the others as they are; any other error may have
 * undone the whole, which store_commit() then says, too. Rolling back nothing is fine. */
int store_begin(struct store *store);
/* The same for what may be some seconds old after a loss of power, results and history: its commit
 * does not wait for the disk. No CSeqs may be reserved in it. The end of this process loses
 * nothing. */
int store_begin_quick(struct store *store);
/* Whatever is read until store_look_end() is of one moment, and costs no lock for each row; nothing
 * may be changed meanwhile. Not within store_begin(). */
int store_look_begin(struct store *store);
void store_look_end(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/* ---- settings */

enum store_on_stop { STORE_ON_STOP_REMOVE, STORE_ON_STOP_KEEP };
enum store_syslog { STORE_SYSLOG_NONE, STORE_SYSLOG_UDP, STORE_SYSLOG_TCP };

struct store_general {
	int64_t default_server; /* 0: none */
	bool srv;               /* "Use SRV look-ups" */
	enum store_on_stop on_stop;
	uint32_t history_days;
	uint32_t shards;                      /* kept once it was chosen */
	enum store_syslog syslog;             /* how the log is sent to another machine */
	uint16_t syslog_port;                 /* 0: that of the transport */
	char syslog_host[STORE_HOST_MAX + 1]; /* a name or an address; "": none */
	char dns[STORE_HOST_MAX + 1];         /* "192.0.2.53:5353"; "": those of resolv.conf */
};
int store_general_get(struct store *store, struct store_general *ret_general);
int store_general_set(struct store *store, const struct store_general *general);

struct store_server {
	int64_t id; /* 0 on a put: a new one */
	const char *
		name; /* unique; NULL on a put: the domain, and ":" and the port where it has one */
	const char *domain;
	uint16_t port;         /* 0: the default */
	const char *proxy;     /* "host" or "host:port"; NULL: none */
	const char *transport; /* "udp", "tcp", "tls", "auto" */
	uint32_t expires_s;
	uint32_t rate_per_s;                     /* 0: none */
	const char *keepalive;                   /* "none", "crlf", "stun", "options" */
	const char *interface;                   /* name or address; NULL: any */
	const char *tls_ca, *tls_cert, *tls_key; /* paths; NULL: none */
	const char *tls_min; /* "1.2" or "1.3": the lowest version that is spoken; NULL on a put:
	                        "1.2" */
	const char *srv;     /* "default", "yes", "no" */
	const char *profile; /* whose values its settings began with; NULL: none's */
	const char *calls;   /* what an INVITE gets at lines that do not say it themselves:
	                        "unavailable", "busy" or a SIP URI; NULL: "unavailable" */
	const char *contact_params; /* more parameters of the Contact, ";name=value"; NULL: none */
	bool outbound;              /* RFC 5626 */
	uint32_t flows;             /* RFC 5626 4.2, with outbound: 1 or 2; 0 on a put: 1 */
	const char *second_proxy;   /* of the second flow, as proxy; NULL: the same */
	bool gruu;                  /* RFC 5627 */
	const char *address_params; /* of the URI in To and From, ";name=value"; NULL: none */
	const char *request_params; /* of the Request-URI, likewise */
	const char *headers; /* more header fields, "Name: value | Name: value"; NULL: none */
	uint32_t lines;      /* read only: how many use it, by name or as the default */
};

struct store_studio {
	int64_t id;
	const char *name; /* unique */
	const char *note; /* NULL: none */
	uint32_t lines;   /* read only */
};

enum store_password {
	STORE_PASSWORD_LEAVE, /* as it is */
	STORE_PASSWORD_SET,   /* line->password */
	STORE_PASSWORD_CLEAR,
};

struct store_line {
	int64_t id; /* lasting: never used twice */
	int64_t studio;
	uint32_t number;                 /* unique in its studio, from 1 */
	const char *name;                /* NULL: none */
	const char *extension;           /* as a person typed it */
	const char *auth_user;           /* NULL: the extension */
	enum store_password password_is; /* on a put */
	const char *password; /* on a put with SET only: nothing ever returns it; any bytes */
	bool has_password;    /* on a read */
	int64_t server;       /* 0: the default server */
	bool enabled;         /* register: yes or no */
	const char *contact;  /* NULL: this process */
	const char *calls;    /* what an INVITE gets; NULL: as the server has it */
	uint32_t epoch;       /* read only: rises with each change of what is sent */
};

/* Adds (id 0) or replaces. *ret_id (may be NULL). An epoch rises where something that is sent
 * changed: of a line its extension, auth user, password, contact, or the server that it comes to;
 * of a server its domain, port, proxies, transport, expires, interface, outbound, flows, gruu,
 * contact_params, address_params, request_params or headers, for all lines that use it. */
int store_server_put(struct store *store, const struct store_server *server, int64_t *ret_id);
int store_studio_put(struct store *store, const struct store_studio *studio, int64_t *ret_id);
int store_line_put(struct store *store, const struct store_line *line, int64_t *ret_id);

/* -EBUSY: a server that lines use. A studio goes with its lines. */
int store_server_remove(struct store *store, int64_t id);
int store_studio_remove(struct store *store, int64_t id);
int store_line_remove(struct store *store, int64_t id);

/* In the order of their names; lines by studio and number. A callback that returns other than 0
 * ends the walk, which returns that. id, name: one row, or -ENOENT; 0 and NULL: all. */
typedef int store_server_fn(void *ctx, const struct store_server *server);
typedef int store_studio_fn(void *ctx, const struct store_studio *studio);
typedef int store_line_fn(void *ctx, const struct store_line *line);
int store_servers(struct store *store, int64_t id, store_server_fn *fn, void *ctx);
int store_studios(struct store *store, int64_t id, store_studio_fn *fn, void *ctx);
struct store_lines_of {
	int64_t id, studio, server; /* 0: any; server: by name or as the default */
};
int store_lines(struct store *store, const struct store_lines_of *of, store_line_fn *fn, void *ctx);

/* The password of a line, for the agent alone. -ENOENT: it has none. The caller wipes ret_password.
 */
int store_line_password(struct store *store, int64_t id, char ret_password[STORE_PASSWORD_MAX + 1]);

/* The server of that domain and port, made where there is none (as at the article's system): called
 * by its whole address, reached by UDP, for STORE_EXPIRES_S. *ret_made (may be NULL) says whether.
 */
int store_server_for(struct store *store, const char *domain, uint16_t port, int64_t *ret_id,
                     bool *ret_made);

/* ---- changes to watch */

enum store_what { STORE_GENERAL, STORE_SERVER, STORE_STUDIO, STORE_LINE };
struct store_change {
	int64_t number; /* rises */
	enum store_what what;
	int64_t id; /* of the row, which may be gone */
};
typedef int store_change_fn(void *ctx, const struct store_change *change);
int64_t store_change_last(struct store *store);
/* Those behind number, oldest first. -ESTALE: they are no longer known: read all settings anew. A
 * change of a server or of the general settings stands for what it does to its lines. The last
 * 100,000 are kept. */
int store_changes(struct store *store, int64_t after, store_change_fn *fn, void *ctx);

/* ---- state that the owner of the lines writes, in batches */

struct store_state {
	int64_t line;
	uint32_t epoch;         /* of the settings that it belongs to */
	uint32_t cseq_block;    /* CSeqs below this may have been used */
	int64_t bound_until_ms; /* wall clock; 0: no binding */
	char target[64];        /* where the binding is, "192.0.2.1:5060"; "" none */
	char source[64];        /* what its Contact was made from */
	uint16_t status;        /* last result; 0: none yet */
	char cause[32];         /* its id; "" success */
	char reason[128];
	int64_t result_at_ms; /* wall clock */
};
/* What comes late changes nothing: the state of a line that is gone, or of an older epoch than is
 * known; and a cseq_block never falls within an epoch. A batch that raises one waits for the disk;
 * others may be lost with the last seconds before a loss of power. Text is kept as buf_show() shows
 * it, where it is not plain. */
int store_states_write(struct store *store, const struct store_state *states, size_t n);
/* Where a server answered last while DNS listed it. What comes for one that is gone changes
 * nothing.
 */
struct store_target {
	int64_t server;
	uint64_t mark;     /* of the settings that led there: another one means nothing */
	char address[64];  /* "192.0.2.1:5060" */
	char transport[8]; /* "udp", "tcp", "tls" */
	int64_t at_ms;     /* wall clock */
};
int store_targets_write(struct store *store, const struct store_target *targets, size_t n);
typedef int store_target_fn(void *ctx, const struct store_target *target);
int store_targets(struct store *store, store_target_fn *fn, void *ctx);

typedef int store_state_fn(void *ctx, const struct store_state *state);
int store_states(struct store *store, store_state_fn *fn, void *ctx);

/* Small values of the process: the secret key of identities, the local ports. At most
 * STORE_VALUE_MAX bytes, and 64 of a name. -ENOENT; -ENOBUFS: longer than cap. */
int store_value_set(struct store *store, const char *name, const void *bytes, size_t n);
int store_value_get(struct store *store, const char *name, void *ret_bytes, size_t cap,
                    size_t *ret_n);

/* ---- history: every change of state, kept for history_days */

struct store_event {
	int64_t line;
	int64_t at_ms;  /* wall clock */
	uint8_t up;     /* 1: a binding is held */
	char state[16]; /* "REGISTERED" */
	uint16_t status;
	char cause[32];
};
int store_history_write(struct store *store, const struct store_event *events, size_t n);
typedef int store_event_fn(void *ctx, const struct store_event *event);
/* Of one line (0: all), from a time on, oldest first, at most limit. */
int store_history(struct store *store, int64_t line, int64_t from_ms, uint32_t limit,
                  store_event_fn *fn, void *ctx);
/* The last ones of one line, newest first, at most limit. */
int store_history_last(struct store *store, int64_t line, uint32_t limit, store_event_fn *fn,
                       void *ctx);
/* Milliseconds in which the line was up, of the span. An event holds until the next one. */
int store_uptime(struct store *store, int64_t line, int64_t from_ms, int64_t to_ms,
                 int64_t *ret_up_ms);
/* Removes what is older, but the last event of each line: it says what held then. */
int store_history_trim(struct store *store, int64_t before_ms);

/* ---- who may do what */

enum store_role { STORE_VIEWER = 1, STORE_OPERATOR, STORE_ADMIN };
struct store_login {
	int64_t id;
	const char *name;          /* unique */
	const char *password_hash; /* scrypt, as its maker wrote it */
	enum store_role role;
};
int store_login_put(struct store *store, const struct store_login *login, int64_t *ret_id);
int store_login_remove(struct store *store, int64_t id);
typedef int store_login_fn(void *ctx, const struct store_login *login);
int store_logins(struct store *store, const char *name, store_login_fn *fn,
                 void *ctx); /* NULL: all */

/* Sessions and API tokens: only a hash of the secret is kept. */
struct store_token {
	int64_t id;
	int64_t login;
	const char *label;   /* "session", or what its owner called it */
	const uint8_t *hash; /* SHA-256 of the token, 32 bytes */
	enum store_role role;
	int64_t made_ms, expires_ms; /* wall clock; expires 0: never */
};
int store_token_put(struct store *store, const struct store_token *token, int64_t *ret_id);
int store_token_remove(struct store *store, int64_t id);
typedef int store_token_fn(void *ctx, const struct store_token *token);
int store_tokens(struct store *store, const uint8_t *hash, store_token_fn *fn,
                 void *ctx); /* NULL: all */

struct store_audit {
	int64_t at_ms;
	const char *who;    /* login, or "local user 1000" */
	const char *what;   /* "line.set" */
	const char *object; /* "studio 1 line 3" */
	const char *detail; /* what changed; never a password */
};
/* Text that is not plain is kept as buf_show() shows it, and cut. */
int store_audit_write(struct store *store, const struct store_audit *audit);
typedef int store_audit_fn(void *ctx, const struct store_audit *audit);
/* Those before a time, newest first, at most limit. The last 100,000 are kept. */
int store_audits(struct store *store, int64_t before_ms, uint32_t limit, store_audit_fn *fn,
                 void *ctx);

#endif
