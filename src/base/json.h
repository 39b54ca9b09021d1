/* base/json.h: writing JSON (RFC 8259) straight into a buf, value by value, with no tree in
 * between.
 *
 * Commas and quotes are put by the writer. A key is NULL inside an array and at the top. What does
 * not fit shows in out->full. */
#ifndef LINEUP_BASE_JSON_H
#define LINEUP_BASE_JSON_H

#include "base/buf.h"

#define JSON_DEPTH_MAX 32

struct json {
	struct buf *out;
	unsigned depth;
	uint32_t filled; /* a bit for each depth: something stands there already */
};

static inline struct json json_over(struct buf *out)
{
	return (struct json){ .out = out };
}

void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);

/* An absent slice is null; bytes that are no UTF-8 become U+FFFD. */
void json_put_string(struct json *json, const char *key, struct slice value);
void json_put_number(struct json *json, const char *key, uint64_t value);
void json_put_true(struct json *json, const char *key);
void json_put_false(struct json *json, const char *key);
void json_put_null(struct json *json, const char *key);

#endif
