/* base/utf8.h: one character of UTF-8 (RFC 3629) at a time, and which of them a person cannot see
 * for what they are. */
#ifndef LINEUP_BASE_UTF8_H
#define LINEUP_BASE_UTF8_H

#include <stdint.h>

#include "base/slice.h"

/* The length of the valid sequence at the front of s, which is not empty, with its code point in
 * *ret_point; 0 where there is none (overlong, a surrogate, above U+10FFFF, cut short). */
static inline unsigned utf8_take(struct slice s, uint32_t *ret_point)
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

/* Whether a code point is a control character (C0, DEL, C1). */
static inline bool utf8_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

/* Whether a code point moves the cursor, ends a line or turns the direction of what follows: with
 * any of these, what a person sees is not what is there. */
static inline bool utf8_is_deceiving(uint32_t point)
{
	return utf8_is_control(point) || point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
	       point == 0xfeff;
}

#endif
