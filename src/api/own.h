/* api/own.h: what the files of this room share (README.md has the picture).
 *
 * Threads:
 *   front    the loop of api->net: all of HTTP, sockets, access, events, checks. It reads the store
 *            and never writes it
 *   workers  API_WORKERS of them, each with a store of its own: handlers that write, or take long
 * A call belongs to the front until api_worker_post(), then to a worker until it is back in the
 * front by the bell. Members of struct api are the front's unless they say otherwise. */
#ifndef LINEUP_API_OWN_H
#define LINEUP_API_OWN_H

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "agent/agent.h"
#include "api/api.h"
#include "api/arena.h"
#include "api/limiter.h"
#include "api/secret.h"
#include "api/target.h"
#include "base/json.h"
#include "config/config.h"
#include "explain/explain.h"
#include "net/net.h"
#include "store/store.h"

#define API_WORKERS          3
#define API_CONNECTIONS      512                  /* by TCP, all addresses */
#define API_PER_ADDRESS      128                  /* ... of one address */
#define API_LOCALS           128                  /* by the UNIX socket */
#define API_SPARE            16                   /* so many are kept free for who comes next */
#define API_HEAD_BYTES       (24 * 1024)          /* of a connection: request line and headers */
#define API_BODY_MAX         (1024 * 1024)        /* of a request, but for files */
#define API_FILE_MAX         (256 * 1024 * 1024)  /* ... and for these */
#define API_SKIPPED_MAX      (1024 * 1024)        /* a refused body that is read all the same */
#define API_HELD_MAX         (1024 * 1024 * 1024) /* bodies and answers in memory, all calls */
#define API_HEAD_MS          15000                /* from connecting to the end of the headers */
#define API_IDLE_MS          60000                /* between two requests, and without progress */
#define API_PACE_BYTES_PER_S 16384                /* slower than that is no client */
#define API_SWEEP_MS         1000                 /* deadlines are looked at no more often */
#define API_STREAMS          64                   /* clients that follow the events */
#define API_STREAM_LOOK_MS   100                  /* how often new events are looked for */
#define API_STREAM_QUIET_MS  15000                /* a comment is sent into silence */
#define API_LIMIT_DEFAULT    100                  /* rows of a list */
#define API_LIMIT_MAX        10000
#define API_ITEM_MAX         65536                /* bytes of one row of a list */
#define API_SESSION_MS       (12 * 3600 * 1000LL) /* the life of a session */
#define API_SESSION_LABEL    "session"
#define API_LOGINS_MAX       1000
#define API_TOKENS_MAX       10000
#define API_JSON_DEPTH       8    /* of a body */
#define API_ROWS_MAX         1000 /* of a list that comes in */
#define API_REMARKS_MAX      20
#define API_CHANCE_BYTES     64  /* that a call has for salts and tokens */
#define API_PASSWORD_MIN     8   /* of a login */
#define API_PASSWORD_MAX     256 /* bytes */

/* ---- routes */

struct api_call;

/* Whom a route is for; those above may do what those below may. */
enum api_role {
	API_ANYBODY,
	API_VIEWER = STORE_VIEWER,
	API_OPERATOR = STORE_OPERATOR,
	API_ADMIN = STORE_ADMIN
};

enum api_body {
	API_NO_BODY,
	API_JSON,
	API_JSON_OR_NOTHING,
	API_JSON_FILE, /* JSON with a file in it */
	API_YAML,
	API_CSV
};

enum api_where {
	API_FRONT,  /* at once: it must not wait */
	API_WORKER, /* where it may write and take its time */
};

enum api_ways {
	API_NORMAL,
	API_PAGE,    /* people come here by links from elsewhere */
	API_GUESSED, /* takes a password: only so many tries */
};

struct api_route {
	const char *method, *path;
	enum api_role role;
	void (*handle)(struct api_call *call);
	const char *summary;
	enum api_where where;
	enum api_body body;
	enum api_ways ways;
	const char *query; /* the parameters that it takes, blanks between; NULL: none */
};

/* The route of a path and method. API_FOUND: *ret_route and the parts of the path are set;
 * API_OTHER_METHOD: the path has others, *ret_allow (as the header Allow has them) says which. */
enum api_find { API_FOUND, API_NOWHERE, API_OTHER_METHOD };
struct api_parts {
	int64_t id;    /* of {id} */
	char word[64]; /* of {word} */
};
#define API_ALLOW_MAX 64
enum api_find api_route_find(struct slice method, struct slice path,
                             const struct api_route **ret_route, struct api_parts *ret_parts,
                             char ret_allow[API_ALLOW_MAX]);

/* ---- calls */

/* Who calls. */
struct api_who {
	enum api_role role;
	int64_t login; /* 0: the UNIX socket, or nobody */
	int64_t token; /* the row of the session or API token; 0: none */
	enum api_way { API_NO_WAY, API_BY_SOCKET, API_BY_TOKEN, API_BY_SESSION } way;
	char name[STORE_TEXT_MAX + 1]; /* "anna", "local user 1000" */
	uint8_t hash[API_HASH_BYTES];  /* of the session's or API token's secret */
};

struct api_spool {
	struct api_block *first, *last;
	size_t n;
	bool failed; /* no memory, or above what may be held */
};

enum api_phase {
	API_READS,    /* the body comes in */
	API_SKIPS,    /* it was refused, and its body is read to its end */
	API_READY,    /* the front shall handle it */
	API_WAITS,    /* a worker has it; the connection is suspended */
	API_ANSWERED, /* the reply is set and waits to be queued */
	API_QUEUED,
};

struct api_call {
	struct api *api;
	struct api_conn *conn;
	struct MHD_Connection *http;
	enum api_phase phase;
	const struct api_route *route; /* NULL: refused before one was found */
	struct api_parts parts;
	struct api_target target;
	struct api_who who;
	struct api_arena arena;
	int64_t now_ms; /* wall clock */
	uint8_t chance[API_CHANCE_BYTES];
	bool head; /* the method is HEAD */
	bool tls;  /* the browser speaks TLS, with somebody in front of us */
	char *body;
	size_t body_n, body_cap, body_max, held;

	struct store *store; /* of the thread that handles it */

	/* the reply */
	unsigned status;
	const char *type;
	struct api_spool spool;
	struct json json;
	char *item; /* json's memory, API_ITEM_MAX */
	struct buf item_buf;
	char allow[API_ALLOW_MAX];
	char *cookie;               /* Set-Cookie; in the arena; NULL: none */
	unsigned retry_s;           /* Retry-After; 0: none */
	bool challenge;             /* WWW-Authenticate */
	bool closes;                /* the connection ends with it */
	const char *name;           /* of a file to save as; NULL: none */
	const char *cache;          /* Cache-Control; NULL: no-store */
	const char *encoding, *tag; /* Content-Encoding and ETag; NULL: none */
	struct api_stream *stream;  /* events follow; NULL: none */
	bool in_list;               /* what is refused is the row of a list with this index */
	uint32_t index;
	struct api_remark *remarks, **remarks_end; /* for an answer that is no refusal */
	unsigned remark_count;
	bool changed; /* the agent is to follow the store */

	struct api_call *next; /* of a worker's queue */
};

/* ---- reply.c: answers */

/* Begins a JSON answer: api_out(call) is the writer; api_flush() after each row of a list. */
struct json *api_out(struct api_call *call);
void api_flush(struct api_call *call);
/* Members that json.h has no call for. */
void api_put_text(struct json *json, const char *key, const char *text); /* NULL: null */
void api_put_bool(struct json *json, const char *key, bool value);
void api_put_id(struct json *json, const char *key, int64_t id);      /* 0: null */
void api_put_time(struct json *json, const char *key, int64_t at_ms); /* 0: null */

/* Ends in a refusal: what was begun is thrown away. detail is a sentence; field the member, query
 * parameter or header at fault, or NULL. */
void api_refuse(struct api_call *call, unsigned status, const char *code, const char *field,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same of something that the store returned; field as above. */
void api_refuse_store(struct api_call *call, int err, const char *field);
/* The store has a line that the agent has not seen yet. */
void api_refuse_early(struct api_call *call);
/* Open, for members that a refusal has beside: more members, then api_refuse_close(). */
struct json *api_refuse_open(struct api_call *call, unsigned status, const char *code,
                             const char *field, const char *sentence);
void api_refuse_close(struct api_call *call);

void api_spool_put(struct api_call *call, struct slice bytes);
/* Queues what call has. */
enum MHD_Result api_reply_queue(struct api_call *call);
void api_reply_done(struct api_call *call);
/* Bytes that are held for calls, of all. False: no more. [any thread] */
bool api_hold(struct api *api, size_t n);
void api_release(struct api *api, size_t n);

/* ---- input.c: what comes in */

/* Of the query: false where the call was refused. Absent: the fallback. */
bool api_query_number(struct api_call *call, const char *name, uint64_t max, uint64_t fallback,
                      uint64_t *ret_n);
/* NULL: absent. */
const char *api_query_text(const struct api_call *call, const char *name);
struct api_page {
	uint32_t offset, limit;
};
bool api_query_page(struct api_call *call, struct api_page *ret_page);

/* The body as a JSON object with no other members than names, which ends with NULL. NULL where the
 * call was refused. The caller ends it with api_input_free(), which wipes its strings. */
json_t *api_input(struct api_call *call, const char *const *names);
/* The body as a JSON array of 1 to API_ROWS_MAX such objects; one object stands for an array of
 * one. *ret_list: whether it is an array. */
json_t *api_inputs(struct api_call *call, const char *const *names, bool *ret_list);
void api_input_free(json_t *input);
/* A member as text: false where the call was refused. */
enum api_need { API_MAY, API_MUST };
bool api_input_text(struct api_call *call, const json_t *input, const char *name,
                    enum api_need need, const char **ret_text);

/* ---- access.c: who may do what */

/* Sets call->who from the credentials of the request; false where the call was refused. */
bool api_access(struct api_call *call);
/* Whether a session or token still stands, for streams. */
bool api_access_stands(struct api *api, const struct api_who *who);
/* Whether there is any login, and how many admins. */
int api_access_count(struct store *store, uint32_t *ret_logins, uint32_t *ret_admins);
/* The roles by name; 0: none of them. */
enum api_role api_role_of(const char *name);
const char *api_role_name(enum api_role role);
/* The header of a session's cookie, in the call's arena; NULL: no memory. secret NULL: one that
 * ends it. */
char *api_access_cookie(struct api_call *call, const char *secret);

/* ---- admit.c: whether a request may be made at all, before its body is read */

void api_admit(struct api_call *call, const char *method, const char *version);
/* Gives back the try that a password was given: it was right. */
void api_admit_give(struct api_call *call);

/* ---- change.c: one change of the store with its audit */

/* False where the call was refused. */
bool api_change_begin(struct api_call *call);
/* err: what came of it. Refuses where that is no success. */
bool api_change_end(struct api_call *call, int err, const char *what, const char *object,
                    const char *detail);
/* The same for a change that has written its audits itself. */
bool api_change_commit(struct api_call *call, int err);
/* For a change that writes it itself. Its texts borrow. */
struct store_audit api_change_audit(const struct api_call *call, const char *what,
                                    const char *object, const char *detail);
/* An audit of something that is done already. */
void api_change_tell(struct api_call *call, const char *what, const char *object,
                     const char *detail);

/* Tells what was done besides, or is worth a second look, without a full stop, as a refusal does;
 * the API_REMARKS_MAX first ones are kept, and put as the member "remarks" of an open object, where
 * there are any. */
struct api_remark {
	struct api_remark *next;
	const char *text; /* NULL: there was no memory for it */
};
void api_remark(struct api_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void api_remarks_put(struct api_call *call);

/* ---- conn.c: connections and their deadlines */

struct api_conn {
	struct api *api;
	struct api_listener *listener;
	struct api_conn *prev, *next;
	int fd;
	uid_t uid;                                             /* of a UNIX socket's other end */
	bool local;                                            /* it is one */
	char peer[NET_ADDR_TEXT_MAX], here[NET_ADDR_TEXT_MAX]; /* without ports */
	uint64_t until_ms; /* then it is closed, unless REG_NEVER */
	bool asks;         /* a request is under way, its head having come */
	bool cut;          /* it is being closed */
	char *uri;         /* of the request under way */
};

void api_conn_notify(void *cls, struct MHD_Connection *http, void **socket_context,
                     enum MHD_ConnectionNotificationCode code);
void *api_conn_uri(void *cls, const char *uri, struct MHD_Connection *http);
struct api_conn *api_conn_of(struct MHD_Connection *http);
/* From now on it has so much time, and what that many bytes take at a slow client's pace. */
void api_conn_give(struct api_conn *conn, uint64_t ms, size_t bytes);
void api_conn_sweep(void *ctx);

/* ---- http.c */

int api_http_listen(struct api *api, const struct api_cfg *cfg, char *reterr, size_t cap);
int api_http_start(struct api *api);
void api_http_stop(struct api *api);
void api_http_pump(struct api *api);
/* A call is back from a worker. */
void api_http_resume(struct api_call *call);

/* ---- listen.c */

int api_listen_tcp(const char *address, int *ret_fd, char ret_bound[NET_ADDR_TEXT_MAX],
                   char *reterr, size_t cap);
int api_listen_unix(const char *path, int *ret_fd, char *reterr, size_t cap);
int api_listen_peer(int fd, char ret_peer[NET_ADDR_TEXT_MAX], char ret_here[NET_ADDR_TEXT_MAX]);
int api_listen_uid(int fd, uid_t *ret_uid);

/* ---- worker.c */

struct api_workers {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct api_call *first, **last; /* to be done */
	struct api_call *done;          /* done, in no order */
	unsigned queued;
	bool ends;
	unsigned running;
	struct api_worker {
		struct api *api;
		pthread_t thread;
		struct store *store;
	} workers[API_WORKERS];
};

int api_workers_start(struct api *api, char *reterr, size_t cap);
void api_workers_stop(struct api *api);
/* False: too many wait already. */
bool api_worker_post(struct api_call *call);
void api_workers_collect(struct api *api);

/* ---- events.c */

void api_streams_look(void *ctx);
void api_streams_end(struct api *api);
ssize_t api_stream_read(void *ctx, uint64_t at, char *bytes, size_t cap);
void api_stream_free(void *ctx);

/* ---- cause.c */

/* words NULL: with its placeholders as they are. */
void api_cause_put(struct json *json, const char *key, const struct explain_cause *cause,
                   const struct explain_words *words);

/* ---- pattern.c */

/* What the line shows together with others, or over hours: a member "patterns". */
void api_patterns_put(struct api_call *call, const struct agent_line *line);

/* ---- checks.c */

struct api_checks;
int api_checks_new(struct api *api, struct api_checks **ret_checks);
void api_checks_free(struct api_checks *checks);

/* ---- row.c: settings, by tables of their members */

/* A member of a row of the store: what JSON calls it, the key of config/ that checks and explains
 * it, where it stands. */
struct api_member {
	const char *name; /* NULL ends a table */
	const char *key;  /* NULL: shown only */
	enum api_kind {
		API_TEXT, /* const char *, NULL: null */
		API_U16,  /* 0 is null where the key takes no 0 */
		API_U32,
		API_COUNT, /* uint32_t, shown as it is */
		API_BOOL,
		API_ON_STOP,  /* enum store_on_stop */
		API_SYSLOG,   /* enum store_syslog */
		API_HOST,     /* char[STORE_HOST_MAX + 1], "": null */
		API_SERVER,   /* int64_t: by its id, name or address */
		API_ID,       /* int64_t, shown only */
		API_STUDIO,   /* int64_t: by its id */
		API_PASSWORD, /* of struct store_line: taken, never shown */
	} kind;
	size_t offset;
};
struct api_table {
	enum config_mapping mapping;
	const struct api_member *members;
	size_t size; /* of a row */
};
extern const struct api_table api_general_table, api_server_table, api_studio_table, api_line_table;

/* Writes the members of a row into an open object. */
void api_row_put(struct json *json, const struct api_table *table, const void *row);

/* A copy of a row whose texts are in the arena. False: no memory, and the call was refused. */
bool api_row_keep(struct api_call *call, const struct api_table *table, const void *row,
                  void *ret_row);

/* Fills row with what holds where nothing is given. */
void api_row_fallback(const struct api_table *table, void *row);

/* The body as api_input() and api_inputs() read it, for a table. */
json_t *api_row_input(struct api_call *call, const struct api_table *table);
json_t *api_row_inputs(struct api_call *call, const struct api_table *table, bool *ret_list);

/* Takes its members into row, whose texts may borrow from input. False where the call was refused.
 * A server that has no entry yet is made, and said, so this is part of a change. */
enum api_given { API_ALL, API_SOME }; /* whether what a row must have must be there */
bool api_row_take(struct api_call *call, const struct api_table *table, enum api_given given,
                  const json_t *input, void *row);

/* "extension "1001" -> "1002", password changed", in the arena. before NULL: it is new. */
const char *api_row_detail(struct api_call *call, const struct api_table *table, const void *before,
                           const void *after);

union api_row {
	struct store_general general;
	struct store_server server;
	struct store_studio studio;
	struct store_line line;
};

/* ---- settings.c: settings, read */

/* The row of the kind that table has, with that id, its texts in the arena. False where the call
 * was refused. */
bool api_row_read(struct api_call *call, const struct api_table *table, int64_t id, void *ret_row);
/* Answers with it, and with what there is to remark. */
void api_row_answer(struct api_call *call, const struct api_table *table, int64_t id);

/* ---- edit.c: settings, changed */

/* Within a change: members into row, row into the store. Refuses where that is no success. */
int api_edit_write(struct api_call *call, const struct api_table *table, enum api_given given,
                   const json_t *input, union api_row *row, int64_t *ret_id);
/* What the audit calls it; in the arena. */
const char *api_edit_object(struct api_call *call, const struct api_table *table,
                            const union api_row *row, int64_t id);

/* ---- lines.c */

/* A line without a number is the next one of its studio. Returns 0 or a store's error. */
int api_line_number(struct api_call *call, struct store_line *line);
/* What there is to remark on a line that was changed by input. */
void api_line_remark(struct api_call *call, const json_t *input, const struct store_line *line,
                     int64_t id);
/* The same of a server: which of its lines its calls would come back to, the first few of them. */
void api_server_remark(struct api_call *call, const json_t *input,
                       const struct store_server *server, int64_t id);

/* ---- profiles.c */

/* A profile's members into an open object. */
struct config_profile;
void api_profile_put(struct json *json, const struct config_profile *profile);

/* ---- the whole */

struct api_listener {
	struct api *api;
	struct MHD_Daemon *daemon;
	struct uv_poll_s *poll; /* on the daemon's descriptor; malloc'd, freed when it is closed */
	bool local;
	unsigned conns; /* that are not being closed */
	char bound[NET_ADDR_TEXT_MAX];
};

struct api {
	struct agent *agent;
	struct log log;
	struct net_addr dns; /* the name server to ask; family 0: those of resolv.conf */
	char *version, *store_path, *key_path, *socket_path;
	char **hosts; /* NULL at the end */
	struct net *net;
	struct store *store;
	pthread_t thread;
	bool running;
	struct net_async *bell;
	atomic_bool ends;
	struct net_timer *pump, *sweep, *look;

	struct api_listener listeners[API_ADDRESSES_MAX + 1];
	unsigned listener_count;
	char cookie[32]; /* its name, after the port of the first address */

	struct api_conn *conns;
	bool sweeping; /* the timer is set */
	uint64_t turned_away,
		turned_away_next_ms; /* from the local socket; when it is said again */
	struct api_stream *streams;
	unsigned stream_count;
	struct api_limiter limiter;
	struct api_workers workers;
	struct api_checks *checks;
	atomic_size_t held; /* bytes of bodies and answers */

	int64_t started_ms;            /* wall clock */
	char one_time[API_TOKEN_TEXT]; /* "" none; constant while it runs */
	char *one_time_url;
};

void api_note(struct api *api, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
