/* base/json.c: JSON as it is written; see base/json.h. */
#include "base/json.h"

#include <assert.h>

static void begin(struct json *json, const char *key)
{
	if (json->filled & 1u << json->depth)
		buf_char(json->out, ',');
	json->filled |= 1u << json->depth;
	if (key) {
		buf_char(json->out, '"');
		buf_json(json->out, slice_str(key));
		buf_put(json->out, SLICE("\":"));
	}
}

static void open(struct json *json, const char *key, char bracket)
{
	assert(json->depth + 1 < JSON_DEPTH_MAX);
	begin(json, key);
	buf_char(json->out, bracket);
	json->depth++;
	json->filled &= ~(1u << json->depth);
}

static void close(struct json *json, char bracket)
{
	assert(json->depth > 0);
	json->depth--;
	buf_char(json->out, bracket);
}

void json_open_object(struct json *json, const char *key)
{
	open(json, key, '{');
}

void json_close_object(struct json *json)
{
	close(json, '}');
}

void json_open_array(struct json *json, const char *key)
{
	open(json, key, '[');
}

void json_close_array(struct json *json)
{
	close(json, ']');
}

void json_put_string(struct json *json, const char *key, struct slice value)
{
	if (!slice_present(value)) {
		json_put_null(json, key);
		return;
	}
	begin(json, key);
	buf_char(json->out, '"');
	buf_json(json->out, value);
	buf_char(json->out, '"');
}

void json_put_number(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	buf_u64(json->out, value);
}

void json_put_true(struct json *json, const char *key)
{
	begin(json, key);
	buf_put(json->out, SLICE("true"));
}

void json_put_false(struct json *json, const char *key)
{
	begin(json, key);
	buf_put(json->out, SLICE("false"));
}

void json_put_null(struct json *json, const char *key)
{
	begin(json, key);
	buf_put(json->out, SLICE("null"));
}
