/* cli/client.c: HTTP by libcurl over the UNIX socket, JSON by jansson. */
#include "cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cli/place.h"

#define CONNECT_MS     5000
#define CALL_PATH_MAX  2048         /* bytes of a path with its query */
#define EVENT_LINE_MAX (128 * 1024) /* bytes of a line of a stream of events */

struct client {
	const struct cli_args *args;
	struct place place;
	CURL *curl;
};

/* What comes in. */
struct take {
	char *text;
	size_t n, cap;
	bool failed; /* no memory, or too much */
};

/* ---- the connection */

int client_open(const struct cli_args *args, struct client **ret_client)
{
	struct client *client = calloc(1, sizeof(*client));
	int status;

	if (!client)
		return -ENOMEM;
	client->args = args;
	status = place_find(args, &client->place);
	if (!status) {
		client->curl = curl_global_init(CURL_GLOBAL_NOTHING) ? NULL : curl_easy_init();
		status = client->curl ? CLI_OK : -ENOMEM;
	}
	if (status) {
		client_close(client);
		return status;
	}
	*ret_client = client;
	return CLI_OK;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	if (client->curl) {
		curl_easy_cleanup(client->curl);
		curl_global_cleanup();
	}
	free(client);
}

/* A path that we made: nothing of it needs escapes. */
static int prepare(struct client *client, const struct client_call *call,
                   struct curl_slist *headers)
{
	CURL *curl = client->curl;
	char url[CALL_PATH_MAX + 32];
	struct buf text = buf_over(url, sizeof(url));

	buf_str(&text, "http://localhost");
	buf_str(&text, call->path);
	if (buf_end(&text))
		return -ENOBUFS;
	/* keeps the connection */
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->place.socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	if (slice_present(call->body)) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.p);
	} else if (strcmp(call->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
	}
	return 0;
}

/* Always CLIENT_NO_DAEMON. */
static int say_no_daemon(const struct client *client, CURLcode code)
{
	char memory[PLACE_PATH_MAX];
	const char *socket = cli_shown(client->place.socket, memory, sizeof(memory));
	long err = 0;

	curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &err);
	if (code == CURLE_COULDNT_CONNECT && err == EACCES)
		cli_fail(client->args,
		         "you may not use the daemon's socket (%s): it is for the "
		         "daemon's own user, and root",
		         socket);
	else if (code == CURLE_COULDNT_CONNECT)
		cli_fail(client->args,
		         "no daemon runs here (socket %s): start one with lineup "
		         "serve",
		         socket);
	else
		cli_fail(client->args, "the daemon at %s does not answer: %s", socket,
		         curl_easy_strerror(code));
	return CLIENT_NO_DAEMON;
}

/* ---- one answer */

static size_t on_bytes(const char *bytes, size_t size, size_t count, void *ctx)
{
	struct take *take = ctx;
	size_t n = size * count, cap = take->cap ? take->cap : 4096;
	char *larger;

	while (cap <= take->n + n)
		cap *= 2;
	if (cap != take->cap) {
		larger = cap <= CLIENT_BYTES_MAX ? realloc(take->text, cap) : NULL;
		if (!larger) {
			take->failed = true;
			return 0;
		}
		take->text = larger;
		take->cap = cap;
	}
	memcpy(take->text + take->n, bytes, n);
	take->n += n;
	return n;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	return on_bytes(bytes, size, count, ctx);
}

void client_answer_done(struct client_answer *answer)
{
	json_decref(answer->json);
	free(answer->text);
	*answer = (struct client_answer){ .json = NULL };
}

static bool is_json(CURL *curl)
{
	const char *type = NULL;

	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	return type && (strstr(type, "/json") || strstr(type, "+json"));
}

/* Takes the text over on CLI_OK only. */
static int read_answer(struct client *client, struct take *take, struct client_answer *ret_answer)
{
	struct client_answer answer = { .n = take->n };

	if (on_bytes("", 1, 1, take) != 1) /* its NUL */
		return -ENOMEM;
	answer.text = take->text;
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer.status);
	if (answer.n && is_json(client->curl)) {
		answer.json = json_loadb(answer.text, answer.n, 0, NULL);
		if (!answer.json) {
			cli_fail(client->args, "what the daemon answers is no JSON");
			return CLIENT_NO_DAEMON;
		}
	}
	*ret_answer = answer;
	return CLI_OK;
}

static int make_headers(const struct client_call *call, struct curl_slist **ret_headers)
{
	char type[128];
	/* An upload begins at once: the daemon is on this machine. */
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:"), *more;

	snprintf(type, sizeof(type), "Content-Type: %s",
	         call->content_type ? call->content_type : "application/json");
	more = headers && slice_present(call->body) ? curl_slist_append(headers, type) : headers;
	if (!more) {
		curl_slist_free_all(headers);
		return -ENOMEM;
	}
	*ret_headers = more;
	return 0;
}

int client_send(struct client *client, const struct client_call *call,
                struct client_answer *ret_answer)
{
	struct curl_slist *headers = NULL;
	struct take take = { .text = NULL };
	CURLcode code;
	int status = make_headers(call, &headers);

	if (!status)
		status = prepare(client, call, headers);
	if (status)
		goto out;
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &take);
	code = curl_easy_perform(client->curl);
	if (take.failed || code == CURLE_OUT_OF_MEMORY)
		status = -ENOMEM;
	else if (code != CURLE_OK)
		status = say_no_daemon(client, code);
	else
		status = read_answer(client, &take, ret_answer);
out:
	if (status)
		free(take.text);
	curl_slist_free_all(headers);
	return status;
}

/* ---- what it says */

/* Some details begin with what a person typed; all of them are shown as they come, made
 * printable. */
int client_check(const struct client *client, const struct client_answer *answer)
{
	const char *detail = client_text(answer->json, "detail");
	char memory[2048];

	if (answer->status >= 200 && answer->status < 300)
		return CLI_OK;
	if (*detail)
		return cli_fail(client->args, "%s", cli_shown(detail, memory, sizeof(memory)));
	return cli_fail(client->args, "the daemon refuses this, with status %ld", answer->status);
}

int client_ask(struct client *client, const struct client_call *call, json_t **ret_json)
{
	struct client_answer answer = { .json = NULL };
	int status = client_send(client, call, &answer);

	if (!status)
		status = client_check(client, &answer);
	if (!status && ret_json)
		*ret_json = json_incref(answer.json);
	client_answer_done(&answer);
	return status;
}

int client_get(struct client *client, const char *path, json_t **ret_json)
{
	const struct client_call call = { .method = "GET", .path = path };
	json_t *json = NULL;
	int status = client_ask(client, &call, &json);

	if (!status && !json) {
		cli_fail(client->args, "the daemon's answer is empty");
		return CLIENT_NO_DAEMON;
	}
	if (!status)
		*ret_json = json;
	return status;
}

int client_put(struct client *client, const char *method, const char *path, const json_t *body,
               json_t **ret_json)
{
	size_t n = json_dumpb(body, NULL, 0, JSON_COMPACT);
	char *text = malloc(n + 1);
	int status;

	if (!text)
		return -ENOMEM;
	json_dumpb(body, text, n, JSON_COMPACT);
	const struct client_call call = { .method = method,
		                          .path = path,
		                          .content_type = "application/json",
		                          .body = slice_of(text, n) };

	status = client_ask(client, &call, ret_json);
	explicit_bzero(text, n);
	free(text);
	return status;
}

/* ---- lists */

static int add_page(struct client *client, const char *path, const char *rows, json_t *list,
                    size_t *ret_got)
{
	char text[CALL_PATH_MAX];
	json_t *page = NULL, *more;
	int status;

	snprintf(text, sizeof(text), "%s%coffset=%zu&limit=%d", path, strchr(path, '?') ? '&' : '?',
	         json_array_size(json_object_get(list, rows)), CLIENT_PAGE);
	status = client_get(client, text, &page);
	if (status)
		return status;
	more = json_object_get(page, rows);
	*ret_got = json_array_size(more);
	if (json_object_size(list) == 0)
		status = json_object_update(list, page) ? -ENOMEM : CLI_OK;
	else if (json_array_extend(json_object_get(list, rows), more))
		status = -ENOMEM;
	json_decref(page);
	return status;
}

int client_list(struct client *client, const char *path, const char *rows, json_t **ret_json)
{
	json_t *list = json_object();
	size_t got = 0;
	int status = list ? CLI_OK : -ENOMEM;

	do
		status = status ? status : add_page(client, path, rows, list, &got);
	while (!status && got == CLIENT_PAGE);
	if (status)
		json_decref(list);
	else
		*ret_json = list;
	return status;
}

/* ---- events */

struct follow {
	const struct client *client;
	client_event_fn *fn;
	void *ctx;
	int status;
	struct take line;
	struct take refusal; /* the body, where it is no stream */
};

static void take_line(struct follow *follow, struct slice line)
{
	static const struct slice data = { "data: ", 6 };
	json_t *event;

	if (line.n < data.n || memcmp(line.p, data.p, data.n) != 0)
		return;
	event = json_loadb(line.p + data.n, line.n - data.n, 0, NULL);
	if (!event)
		return;
	follow->status = follow->fn(follow->ctx, event);
	json_decref(event);
}

static size_t on_stream(char *bytes, size_t size, size_t count, void *ctx)
{
	struct follow *follow = ctx;
	struct slice in = slice_of(bytes, size * count);
	long status = 0;

	curl_easy_getinfo(follow->client->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return on_bytes(bytes, size, count, &follow->refusal);
	while (in.n && !follow->status) {
		size_t end = slice_find(in, '\n');

		if (follow->line.n + end > EVENT_LINE_MAX ||
		    on_bytes(in.p, 1, end, &follow->line) != end)
			return 0;
		if (end == in.n)
			break;
		take_line(follow, slice_of(follow->line.text, follow->line.n));
		follow->line.n = 0;
		in = slice_from(in, end + 1);
	}
	return follow->status ? 0 : size * count;
}

/* How it ended, and not by fn. */
static int end_of_stream(struct client *client, struct follow *follow, CURLcode code)
{
	struct client_answer answer = { .json = NULL };
	int status = CLIENT_NO_DAEMON;

	if (follow->refusal.n) {
		status = read_answer(client, &follow->refusal, &answer);
		if (!status)
			status = client_check(client, &answer);
		json_decref(answer.json);
	} else if (code == CURLE_OK || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
	           code == CURLE_GOT_NOTHING) {
		cli_fail(client->args, "the daemon has ended");
	} else {
		status = say_no_daemon(client, code);
	}
	return status;
}

int client_follow(struct client *client, const char *path, client_event_fn *fn, void *ctx)
{
	const struct client_call call = { .method = "GET", .path = path };
	struct follow follow = { .client = client, .fn = fn, .ctx = ctx };
	struct curl_slist *headers = NULL;
	int status = make_headers(&call, &headers);
	CURLcode code;

	if (!status)
		status = prepare(client, &call, headers);
	if (!status) {
		curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_stream);
		curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &follow);
		code = curl_easy_perform(client->curl);
		status = follow.status ? follow.status : end_of_stream(client, &follow, code);
	}
	free(follow.line.text);
	free(follow.refusal.text);
	curl_slist_free_all(headers);
	return status;
}

/* ---- small things */

void client_put_escaped(struct slice text, struct buf *out)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	for (size_t i = 0; i < text.n; i++) {
		if (memchr(plain, text.p[i], sizeof(plain) - 1)) {
			buf_char(out, text.p[i]);
		} else {
			buf_char(out, '%');
			buf_hex(out, text.p + i, 1);
		}
	}
}

void client_wipe(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

const char *client_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t client_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}
