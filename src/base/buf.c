/* base/buf.c: numbers and untrusted text, written into memory of a fixed size.
 *
 * The two ways of showing text share one reader of UTF-8 (RFC 3629: no overlong form, no surrogate,
 * nothing above U+10FFFF) and one list of what must never reach a terminal as it is; they differ
 * only in how they spell it. Runs that need no escape are copied in one go. */
#include "base/buf.h"

#include <errno.h>

#include "base/hex.h"
#include "base/utf8.h"

static const char hex_digits[] = "0123456789abcdef";

void buf_u64(struct buf *b, uint64_t n)
{
	buf_u64_wide(b, n, 1);
}

void buf_u64_wide(struct buf *b, uint64_t n, unsigned width)
{
	char digits[20];
	size_t at = sizeof(digits);

	if (width > sizeof(digits))
		width = sizeof(digits);
	while (n || sizeof(digits) - at < width) {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	}
	buf_put(b, slice_of(digits + at, sizeof(digits) - at));
}

void buf_hex_u64(struct buf *b, uint64_t n, unsigned digits)
{
	char text[16];

	if (digits > sizeof(text))
		digits = sizeof(text);
	hex_write16(text, n);
	buf_put(b, slice_of(text + sizeof(text) - digits, digits));
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
	if (b->full || 2 * n >= b->cap - b->n) {
		b->full = b->full || n > 0;
		return;
	}
	hex_write(b->p + b->n, bytes, n);
	b->n += 2 * n;
}

static void show_bytes(struct buf *b, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		const char text[] = { '\\', 'x', hex_digits[c >> 4], hex_digits[c & 15] };

		buf_put(b, slice_of(text, sizeof(text)));
	}
}

/* What is shown as it is, and known as such by one look at one byte. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* The same of 8 bytes: of each the highest bit says that it is not. A byte that is borrowed from,
 * or carried into, stands above one that is marked already. */
static bool are_plain(const char *p)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t x, slash;

	memcpy(&x, p, sizeof(x));
	slash = x ^ each * '\\';
	return !((x | (x + each) | ((x - each * ' ') & ~x) | ((slash - each) & ~slash)) &
	         each * 0x80);
}

/* How many bytes at the front of text are plain. */
static size_t plain_length(struct slice text)
{
	size_t n = 0;

	while (text.n - n >= 8 && are_plain(text.p + n))
		n += 8;
	while (n < text.n && is_plain(text.p[n]))
		n++;
	return n;
}

void buf_show(struct buf *b, struct slice text)
{
	size_t run = 0, at = 0;

	while ((at += plain_length(slice_from(text, at))) < text.n) {
		uint32_t point = 0;
		unsigned length = utf8_take(slice_from(text, at), &point);
		struct slice piece = slice_of(text.p + at, length ? length : 1);

		at += piece.n;
		if (length && point != '\\' && !utf8_is_deceiving(point))
			continue;
		buf_put(b, slice_of(text.p + run, at - piece.n - run));
		run = at;
		if (point == '\\')
			buf_str(b, "\\\\");
		else
			show_bytes(b, piece);
	}
	buf_put(b, slice_from(text, run));
}

static void json_escape(struct buf *b, unsigned length, uint32_t point)
{
	if (length == 0) {
		buf_str(b, "\xef\xbf\xbd");
	} else if (point == '"' || point == '\\') {
		buf_char(b, '\\');
		buf_char(b, (char)point);
	} else {
		buf_str(b, "\\u");
		buf_hex_u64(b, point, 4);
	}
}

void buf_json(struct buf *b, struct slice text)
{
	size_t run = 0, at = 0;

	while (at < text.n) {
		uint32_t point = 0;
		unsigned length = utf8_take(slice_from(text, at), &point);
		size_t n = length ? length : 1;

		at += n;
		if (length && point != '\\' && point != '"' && !utf8_is_deceiving(point))
			continue;
		buf_put(b, slice_of(text.p + run, at - n - run));
		run = at;
		json_escape(b, length, point);
	}
	buf_put(b, slice_from(text, run));
}

int buf_end(struct buf *b)
{
	b->p[b->n] = '\0';
	return b->full ? -ENOBUFS : 0;
}
