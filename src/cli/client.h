/* cli/client.h: calls to the daemon: its API over the UNIX socket, which needs no login.
 *
 * What goes wrong is said here, in a sentence: no daemon, an answer that is none, and what the
 * daemon refuses (application/problem+json, RFC 9457). */
#ifndef LINEUP_CLI_CLIENT_H
#define LINEUP_CLI_CLIENT_H

#include <jansson.h>

#include "base/slice.h"
#include "cli/cli.h"

#define CLIENT_NO_DAEMON 3         /* exit status: nobody, or nothing of sense, answered */
#define CLIENT_PAGE      10000     /* rows that a list is asked for at once */
#define CLIENT_BYTES_MAX (1 << 30) /* of an answer */

#define CLIENT_EXIT \
	{ \
		CLIENT_NO_DAEMON, "no daemon answered" \
	}

struct client;

/* Finds the daemon's socket; nothing is sent yet. Returns CLI_OK, what place_find() returned, or
 * -ENOMEM. */
int client_open(const struct cli_args *args, struct client **ret_client);
void client_close(struct client *client);

struct client_call {
	const char *method;       /* "GET" */
	const char *path;         /* "/api/v1/status?studio=3" */
	const char *content_type; /* of body */
	struct slice body;        /* absent: none. Kept by the caller, who wipes it */
};

struct client_answer {
	long status;
	json_t *json; /* NULL where the answer is no JSON */
	char *text;   /* n bytes and a NUL */
	size_t n;
};
void client_answer_done(struct client_answer *answer);

/* Makes the call. Returns CLI_OK whatever the answer's status, CLIENT_NO_DAEMON where it has been
 * said that there is no answer, or -ENOMEM. *ret_answer is set on CLI_OK only. */
int client_send(struct client *client, const struct client_call *call,
                struct client_answer *ret_answer);

/* Whether the answer is a success; else says what the daemon says, and returns CLI_FAILED. */
int client_check(const struct client *client, const struct client_answer *answer);

/* Both, for an answer of JSON: *ret_json, the caller's, is set on CLI_OK only, and NULL where the
 * answer has no body. ret_json may be NULL. */
int client_ask(struct client *client, const struct client_call *call, json_t **ret_json);

/* GET, and a body of JSON (the caller's; its strings are wiped where it is done) by another method.
 */
int client_get(struct client *client, const char *path, json_t **ret_json);
int client_put(struct client *client, const char *method, const char *path, const json_t *body,
               json_t **ret_json);

/* GET a list, page after page, as if it had come at once: the rows of all pages in the member rows
 * of the first. path may have a query. */
int client_list(struct client *client, const char *path, const char *rows, json_t **ret_json);

/* Follows server-sent events until fn returns other than CLI_OK, which is then returned, or the
 * daemon ends (CLIENT_NO_DAEMON, said). */
typedef int client_event_fn(void *ctx, json_t *event);
int client_follow(struct client *client, const char *path, client_event_fn *fn, void *ctx);

/* Appends text as a value of a query. */
struct buf;
void client_put_escaped(struct slice text, struct buf *out);

/* Wipes a member's text where it stands. */
void client_wipe(json_t *object, const char *key);

/* A member's text, "" where it is missing or null; a number, 0. They borrow. */
const char *client_text(const json_t *object, const char *key);
int64_t client_number(const json_t *object, const char *key);

#endif
