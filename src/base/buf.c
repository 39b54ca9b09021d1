/* base/buf.c: numbers and untrusted text, written into memory of a fixed size.
 *
 * The two ways of showing text share one reader of UTF-8 (RFC 3629: no overlong form, no surrogate,
 * nothing above U+10FFFF) and one list of what must never reach a terminal as it is; they differ
 * only in how they spell it. Runs that need no escape are copied in one go. */
#include "base/buf.h"

#include <errno.h>

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
	for (unsigned i = digits; i-- > 0; n >>= 4)
		text[i] = hex_digits[n & 15];
	buf_put(b, slice_of(text, digits));
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
	const unsigned char *byte = bytes;

	if (b->full || 2 * n >= b->cap - b->n) {
		b->full = b->full || n > 0;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		b->p[b->n++] = hex_digits[byte[i] >> 4];
		b->p[b->n++] = hex_digits[byte[i] & 15];
	}
}

/* The length of the valid UTF-8 sequence at the front of s and its code point, or 0. */
static unsigned utf8_take(struct slice s, uint32_t *ret_point)
{
	const unsigned char *u = (const unsigned char *)s.p;
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned length = u[0] < 0x80 ? 1 : u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	uint32_t point = u[0];

	if (length == 0 || length > s.n || u[0] > 0xf4)
		return 0;
	if (length > 1)
		point &= 0x7fu >> length;
	for (unsigned i = 1; i < length; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (u[i] & 0x3f);
	}
	if (point < lowest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return length;
}

/* Whether a code point moves the cursor, ends a line or turns the direction of what follows: with
 * any of these, what a person sees is not what was sent. */
static bool must_hide(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
	       point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

static void show_bytes(struct buf *b, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];
		const char text[] = { '\\', 'x', hex_digits[c >> 4], hex_digits[c & 15] };

		buf_put(b, slice_of(text, sizeof(text)));
	}
}

void buf_show(struct buf *b, struct slice text)
{
	size_t run = 0, at = 0;

	while (at < text.n) {
		uint32_t point = 0;
		unsigned length = utf8_take(slice_from(text, at), &point);
		struct slice piece = slice_of(text.p + at, length ? length : 1);

		at += piece.n;
		if (length && point != '\\' && !must_hide(point))
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
		if (length && point != '\\' && point != '"' && !must_hide(point))
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
