/* base/wide.h: sixteen bytes looked at at once.
 *
 * As many as every 64-bit processor that we know of compares in one step; elsewhere the compiler
 * makes words of them. A comparison of two of them, or of one with a number, has all bits of a byte
 * set where it holds. */
#ifndef LINEUP_BASE_WIDE_H
#define LINEUP_BASE_WIDE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define WIDE 16

typedef uint8_t wide __attribute__((vector_size(WIDE)));
typedef uint64_t wide_halves __attribute__((vector_size(WIDE)));

static inline wide wide_load(const char *at)
{
	wide bytes;

	memcpy(&bytes, at, WIDE);
	return bytes;
}

/* The index of the first byte that a comparison found, or WIDE. */
static inline unsigned wide_first(wide found)
{
	wide_halves half = (wide_halves)found;

	if (half[0])
		return (unsigned)__builtin_ctzll(le64toh(half[0])) / 8;
	return half[1] ? 8 + (unsigned)__builtin_ctzll(le64toh(half[1])) / 8 : WIDE;
}

#endif
