/* sip/typed.c: looking at what a person typed, see typed.h. */
#include "sip/typed.h"

#include <errno.h>

#define SHOWN_MAX 40 /* bytes of a text as a sentence shows it */

/* What cannot be seen on a screen. The first row that has a code point counts. */
static const struct {
	uint32_t first, last;
	const char *what;
	const char *note; /* NULL: the code point */
} unseen[] = {
	{ ' ', ' ', "a blank", "" },
	{ '\t', '\t', "a blank", "a tab" },
	{ '\n', '\n', "a blank", "a line feed" },
	{ '\r', '\r', "a blank", "a carriage return" },
	{ 0x0000, 0x001f, "a control character", NULL },
	{ 0x007f, 0x009f, "a control character", NULL },
	{ 0x00a0, 0x00a0, "a blank", "non-breaking, U+00A0" },
	{ 0x00ad, 0x00ad, "an invisible character", NULL },
	{ 0x034f, 0x034f, "an invisible character", NULL },
	{ 0x061c, 0x061c, "an invisible character", NULL },
	{ 0x1680, 0x1680, "a blank", NULL },
	{ 0x180e, 0x180e, "an invisible character", NULL },
	{ 0x2000, 0x200a, "a blank", NULL },
	{ 0x200b, 0x200f, "an invisible character", NULL },
	{ 0x2028, 0x2029, "a blank", "a line separator" },
	{ 0x202a, 0x202e, "an invisible character", NULL },
	{ 0x202f, 0x202f, "a blank", "non-breaking, U+202F" },
	{ 0x205f, 0x205f, "a blank", NULL },
	{ 0x2060, 0x206f, "an invisible character", NULL },
	{ 0x3000, 0x3000, "a blank", NULL },
	{ 0xfe00, 0xfe0f, "an invisible character", NULL },
	{ 0xfeff, 0xfeff, "an invisible character", NULL },
	{ 0xfff9, 0xfffb, "an invisible character", NULL },
	{ 0xe0000, 0xe0fff, "an invisible character", NULL },
};

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t sip_typed_point(struct slice s, uint32_t *ret_point)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.p[0];
	size_t n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t point = n == 1 ? lead : n == 0 ? 0 : lead & (0x7fu >> n);

	if (n == 0 || n > s.n || lead > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (!is_continuation(s.p[i]))
			return 0;
		point = point << 6 | ((unsigned char)s.p[i] & 0x3f);
	}
	if (point < lowest[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

bool sip_typed_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

/* Appends text in quotes. Cut between characters where that is possible; what is no UTF-8 is shown
 * byte by byte and may be cut anywhere. */
static void put_shown(struct buf *out, struct slice text)
{
	char memory[SHOWN_MAX + 1];
	struct buf shown;
	size_t n = text.n < SHOWN_MAX ? text.n : SHOWN_MAX;

	for (;; n--) {
		if (n < text.n && n > SHOWN_MAX / 8 && is_continuation(text.p[n]))
			continue;
		shown = buf_over(memory, sizeof(memory));
		buf_show(&shown, slice_of(text.p, n));
		if (!shown.full)
			break;
	}
	buf_char(out, '"');
	buf_put(out, buf_slice(&shown));
	buf_str(out, n < text.n ? "...\"" : "\"");
}

int sip_typed_refuse(const char *part, struct slice text, const char *what, struct buf *reterr)
{
	buf_str(reterr, part);
	buf_char(reterr, ' ');
	put_shown(reterr, text);
	buf_char(reterr, ' ');
	buf_str(reterr, what);
	return -EINVAL;
}

static void put_ordinal(struct buf *out, size_t n)
{
	static const char *const ends[] = { "th", "st", "nd", "rd" };
	bool teen = n % 100 >= 11 && n % 100 <= 13;

	buf_u64(out, n);
	buf_str(out, !teen && n % 10 <= 3 ? ends[n % 10] : "th");
}

static void put_point(struct buf *out, uint32_t point)
{
	buf_str(out, "U+");
	for (int shift = point > 0xffff ? 20 : 12; shift >= 0; shift -= 4)
		buf_char(out, "0123456789ABCDEF"[point >> shift & 15]);
}

/* Ends a sentence with the place of a character. */
static int refuse_place(size_t place, bool last, struct buf *reterr)
{
	buf_str(reterr, " at its ");
	put_ordinal(reterr, place);
	buf_str(reterr, last ? " character, the last" : " character");
	return -EINVAL;
}

/* The row of unseen[] that has point, or -1. */
static int unseen_find(uint32_t point)
{
	if (point > ' ' && point < 0x7f)
		return -1;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (point >= unseen[i].first && point <= unseen[i].last)
			return (int)i;
	return -1;
}

static void put_unseen(struct buf *out, int row, uint32_t point)
{
	const char *note = unseen[row].note;

	buf_str(out, unseen[row].what);
	if (note && !*note)
		return;
	buf_str(out, " (");
	if (note)
		buf_str(out, note);
	else
		put_point(out, point);
	buf_char(out, ')');
}

int sip_typed_check(const char *part, struct slice text, struct buf *reterr)
{
	size_t place = 1;

	for (size_t at = 0, n; at < text.n; at += n, place++) {
		uint32_t point;
		int row;

		n = sip_typed_point(slice_from(text, at), &point);
		if (n == 0) {
			sip_typed_refuse(part, text, "has a byte (0x", reterr);
			buf_hex(reterr, text.p + at, 1);
			buf_str(reterr, ") that is no UTF-8");
			return refuse_place(place, at + 1 == text.n, reterr);
		}
		row = unseen_find(point);
		if (row >= 0) {
			sip_typed_refuse(part, text, "has ", reterr);
			put_unseen(reterr, row, point);
			return refuse_place(place, at + n == text.n, reterr);
		}
	}
	return 0;
}
