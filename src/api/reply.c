/* api/reply.c: answers: JSON written row by row into blocks that are sent as they are, refusals as
 * problem+json (RFC 9457), and the headers that every answer has. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/own.h"

#define BLOCK_BYTES (64 * 1024)

struct api_block {
	struct api_block *next;
	size_t n;
	char bytes[BLOCK_BYTES];
};

/* ---- memory that all calls share */

bool api_hold(struct api *api, size_t n)
{
	size_t held = atomic_fetch_add(&api->held, n);

	if (held + n <= API_HELD_MAX)
		return true;
	atomic_fetch_sub(&api->held, n);
	return false;
}

void api_release(struct api *api, size_t n)
{
	atomic_fetch_sub(&api->held, n);
}

/* ---- the spool */

static void spool_free(struct api *api, struct api_spool *spool)
{
	while (spool->first) {
		struct api_block *block = spool->first;

		spool->first = block->next;
		free(block);
		api_release(api, sizeof(*block));
	}
	*spool = (struct api_spool){ .first = NULL };
}

static bool spool_grow(struct api_call *call)
{
	struct api_spool *spool = &call->spool;
	struct api_block *block;

	if (!api_hold(call->api, sizeof(*block)))
		return false;
	block = malloc(sizeof(*block));
	if (!block) {
		api_release(call->api, sizeof(*block));
		return false;
	}
	block->next = NULL;
	block->n = 0;
	if (spool->last)
		spool->last->next = block;
	else
		spool->first = block;
	spool->last = block;
	return true;
}

void api_spool_put(struct api_call *call, struct slice bytes)
{
	struct api_spool *spool = &call->spool;

	while (bytes.n && !spool->failed) {
		if ((!spool->last || spool->last->n == BLOCK_BYTES) && !spool_grow(call)) {
			spool->failed = true;
			return;
		}
		size_t room = BLOCK_BYTES - spool->last->n;
		size_t n = bytes.n < room ? bytes.n : room;

		memcpy(spool->last->bytes + spool->last->n, bytes.p, n);
		spool->last->n += n;
		spool->n += n;
		bytes = slice_from(bytes, n);
	}
}

/* ---- JSON */

struct json *api_out(struct api_call *call)
{
	if (!call->type)
		call->type = "application/json";
	return &call->json;
}

void api_flush(struct api_call *call)
{
	if (call->item_buf.full)
		call->spool.failed = true;
	api_spool_put(call, buf_slice(&call->item_buf));
	call->item_buf.n = 0;
	call->item_buf.full = false;
}

void api_put_text(struct json *json, const char *key, const char *text)
{
	json_put_string(json, key, slice_str(text));
}

void api_put_bool(struct json *json, const char *key, bool value)
{
	if (value)
		json_put_true(json, key);
	else
		json_put_false(json, key);
}

void api_put_id(struct json *json, const char *key, int64_t id)
{
	if (id > 0)
		json_put_number(json, key, (uint64_t)id);
	else
		json_put_null(json, key);
}

void api_put_time(struct json *json, const char *key, int64_t at_ms)
{
	char memory[40];
	struct buf text = buf_over(memory, sizeof(memory));

	if (at_ms <= 0) {
		json_put_null(json, key);
		return;
	}
	log_time_utc(at_ms, &text);
	json_put_string(json, key, buf_slice(&text));
}

/* ---- refusals */

static const char *title_of(unsigned status)
{
	const char *title = MHD_get_reason_phrase_for(status);

	return title && *title ? title : "Error";
}

/* Throws away what was begun. */
static void begin_anew(struct api_call *call)
{
	spool_free(call->api, &call->spool);
	call->item_buf = buf_over(call->item, API_ITEM_MAX);
	call->json = json_over(&call->item_buf);
	call->cookie = NULL;
	call->name = NULL;
	call->cache = call->encoding = call->tag = NULL;
}

struct json *api_refuse_open(struct api_call *call, unsigned status, const char *code,
                             const char *field, const char *sentence)
{
	struct json *json = &call->json;

	begin_anew(call);
	call->status = status;
	call->type = "application/problem+json";
	json_open_object(json, NULL);
	api_put_text(json, "title", title_of(status));
	json_put_number(json, "status", status);
	api_put_text(json, "code", code);
	api_put_text(json, "detail", sentence);
	if (field)
		api_put_text(json, "field", field);
	if (call->in_list)
		json_put_number(json, "index", call->index);
	return json;
}

void api_refuse_close(struct api_call *call)
{
	json_close_object(&call->json);
}

void api_refuse(struct api_call *call, unsigned status, const char *code, const char *field,
                const char *format, ...)
{
	char sentence[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	api_refuse_open(call, status, code, field, sentence);
	api_refuse_close(call);
}

void api_refuse_store(struct api_call *call, int err, const char *field)
{
	static const struct {
		int err;
		unsigned status;
		const char *code;
	} rows[] = {
		{ -ENOENT, 404, "not-found" },
		{ -EEXIST, 409, "taken" },
		{ -EBUSY, 409, "in-use" },
		{ -EINVAL, 400, "bad-value" },
		{ -ENOSPC, 507, "disk-full" },
		{ -EAGAIN, 503, "busy" },
		{ -ESTALE, 409, "changed-meanwhile" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].err == err) {
			api_refuse(call, rows[i].status, rows[i].code, field, "%s",
			           store_error(call->store));
			return;
		}
	if (err == -ENOMEM)
		api_refuse(call, 503, "memory", NULL, "this machine is out of memory");
	else
		api_refuse(call, 500, "store", NULL, "%s", store_error(call->store));
}

void api_refuse_early(struct api_call *call)
{
	call->retry_s = 1;
	api_refuse(call, 409, "not-known-yet", NULL,
	           "the line has just been made; try again in a moment");
}

/* ---- sending */

struct reading {
	struct api *api;
	struct api_spool spool;
	struct api_block *block;
	size_t at; /* in block */
};

static ssize_t read_spool(void *ctx, uint64_t at, char *bytes, size_t cap)
{
	struct reading *reading = ctx;
	size_t n;

	(void)at; /* it is asked in order */
	while (reading->block && reading->at == reading->block->n) {
		reading->block = reading->block->next;
		reading->at = 0;
	}
	if (!reading->block)
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = reading->block->n - reading->at;
	if (n > cap)
		n = cap;
	memcpy(bytes, reading->block->bytes + reading->at, n);
	reading->at += n;
	return (ssize_t)n;
}

static void read_done(void *ctx)
{
	struct reading *reading = ctx;

	spool_free(reading->api, &reading->spool);
	free(reading);
}

static struct MHD_Response *response_of_spool(struct api_call *call)
{
	struct reading *reading = malloc(sizeof(*reading));
	struct MHD_Response *response;

	if (!reading)
		return NULL;
	*reading = (struct reading){ .api = call->api,
		                     .spool = call->spool,
		                     .block = call->spool.first };
	response = MHD_create_response_from_callback(call->spool.n, BLOCK_BYTES, read_spool,
	                                             reading, read_done);
	if (response)
		call->spool = (struct api_spool){ .first = NULL };
	else
		free(reading);
	return response;
}

static struct MHD_Response *response_of_stream(struct api_call *call)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_BYTES, api_stream_read, call->stream, api_stream_free);

	if (response)
		call->stream = NULL;
	return response;
}

/* Where an answer says nothing of ours, not even an error. */
static struct MHD_Response *response_of_nothing(struct api_call *call)
{
	static char none[] = "";

	call->status = 503;
	return MHD_create_response_from_buffer(0, none, MHD_RESPMEM_PERSISTENT);
}

/* false: no memory. */
static bool put_headers(const struct api_call *call, struct MHD_Response *response)
{
	static const char *const all[][2] = {
		{ "Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action "
		                             "'self'; frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
	};
	char retry[16];
	const struct {
		const char *name, *value;
	} some[] = {
		{ "Cache-Control", call->cache ? call->cache : "no-store" },
		{ "Content-Type", call->type },
		{ "Content-Encoding", call->encoding },
		{ "ETag", call->tag },
		{ "Allow", *call->allow ? call->allow : NULL },
		{ "Set-Cookie", call->cookie },
		{ "WWW-Authenticate", call->challenge ? "Bearer realm=\"lineup\"" : NULL },
		{ "Retry-After", call->retry_s ? retry : NULL },
		{ "Connection", call->closes ? "close" : NULL },
		{ "Content-Disposition", call->name },
	};
	bool ok = true;

	snprintf(retry, sizeof(retry), "%u", call->retry_s);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ok = ok && MHD_add_response_header(response, all[i][0], all[i][1]) == MHD_YES;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (some[i].value)
			ok = ok && MHD_add_response_header(response, some[i].name, some[i].value) ==
			                   MHD_YES;
	return ok;
}

static void finish(struct api_call *call)
{
	if (call->type && strstr(call->type, "json") && (call->item_buf.n || call->spool.n))
		buf_char(&call->item_buf, '\n');
	api_flush(call);
	if (!call->spool.failed)
		return;
	call->retry_s = 5;
	api_refuse(call, 503, "too-large", NULL,
	           "there is no memory for this answer; ask for less of it");
	api_flush(call);
}

enum MHD_Result api_reply_queue(struct api_call *call)
{
	struct MHD_Response *response = NULL;
	enum MHD_Result result = MHD_NO;

	if (call->stream)
		response = response_of_stream(call);
	if (!response) {
		finish(call);
		response = response_of_spool(call);
	}
	if (!response)
		response = response_of_nothing(call);
	if (response && put_headers(call, response))
		result = MHD_queue_response(call->http, call->status, response);
	if (response)
		MHD_destroy_response(response);
	call->phase = API_QUEUED;
	return result;
}

void api_reply_done(struct api_call *call)
{
	spool_free(call->api, &call->spool);
	if (call->stream)
		api_stream_free(call->stream);
	call->stream = NULL;
}
