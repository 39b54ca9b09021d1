/* base/buf.h: writing into memory of a fixed size.
 *
 * A buf never writes past its memory and never allocates. What does not fit is dropped and
 * remembered, so that a writer checks once, at the end, instead of at each piece. */
#ifndef LINEUP_BASE_BUF_H
#define LINEUP_BASE_BUF_H

#include <stdint.h>

#include "base/slice.h"

struct buf {
	char *p;
	size_t n;   /* bytes written */
	size_t cap; /* bytes that p has room for, the closing NUL included */
	bool full;  /* something did not fit */
};

/* An empty buf over memory of cap (at least 1) bytes, which stays the caller's. */
static inline struct buf buf_over(char *memory, size_t cap)
{
	return (struct buf){ .p = memory, .cap = cap };
}

/* Appends s whole, or nothing of it where it does not fit. */
static inline void buf_put(struct buf *b, struct slice s)
{
	if (b->full || s.n >= b->cap - b->n) {
		b->full = b->full || s.n > 0;
		return;
	}
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

static inline void buf_char(struct buf *b, char c)
{
	buf_put(b, slice_of(&c, 1));
}

static inline void buf_str(struct buf *b, const char *s)
{
	buf_put(b, slice_str(s));
}

/* Appends n in decimal. */
void buf_u64(struct buf *b, uint64_t n);

/* Appends n in decimal, with zeros in front up to width (at most 20) digits. */
void buf_u64_wide(struct buf *b, uint64_t n, unsigned width);

/* Appends n as digits lower-case hexadecimal digits (1 to 16), zeros in front. */
void buf_hex_u64(struct buf *b, uint64_t n, unsigned digits);

/* Appends n bytes as 2 * n lower-case hexadecimal digits. */
void buf_hex(struct buf *b, const void *bytes, size_t n);

/* Appends text that came from a network or a file so that a terminal, a log line or a page may show
 * it: valid UTF-8 stays; control bytes, broken UTF-8, line and paragraph separators and the marks
 * that turn the direction of text become \xNN, a backslash becomes \\. One event stays one line. */
void buf_show(struct buf *b, struct slice text);

/* Appends text as the inside of a JSON string (RFC 8259), without the quotes around it. Bytes that
 * are no valid UTF-8 become U+FFFD; control characters \u00NN. */
void buf_json(struct buf *b, struct slice text);

static inline struct slice buf_slice(const struct buf *b)
{
	return slice_of(b->p, b->n);
}

/* Closes with a NUL that is not counted. Returns 0, or -ENOBUFS where something did not fit. */
int buf_end(struct buf *b);

#endif
