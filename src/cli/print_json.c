/* cli/print_json.c: jansson escapes what JSON wants escaped; DEL, C1 and marks of direction, which
 * a server may have sent, it writes as they are. */
#include "cli/print_json.h"

#include "base/buf.h"
#include "base/utf8.h"

/* Whole characters come in. Outside of strings there is nothing to hide but line breaks. */
static int put(const char *text, size_t n, void *ctx)
{
	struct slice all = slice_of(text, n);
	FILE *out = ctx;
	size_t run = 0, at = 0;

	while (at < n) {
		uint32_t point = 0;
		unsigned length = utf8_take(slice_from(all, at), &point);
		char memory[16];
		struct buf escaped = buf_over(memory, sizeof(memory));

		if (!length || point == '\n' || !utf8_is_deceiving(point)) {
			at += length ? length : 1;
			continue;
		}
		fwrite(text + run, 1, at - run, out);
		buf_json(&escaped, slice_of(text + at, length));
		fwrite(escaped.p, 1, escaped.n, out);
		at += length;
		run = at;
	}
	fwrite(text + run, 1, n - run, out);
	return 0;
}

void print_json(const json_t *json, size_t flags, FILE *out)
{
	json_dump_callback(json, put, out, flags);
}
