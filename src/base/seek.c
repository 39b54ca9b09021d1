/* base/seek.c: see base/seek.h. */
#include "base/seek.h"

#include <stdbool.h>

#include "base/wide.h"

static inline unsigned char small(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool stands_at(struct slice part, const char *at)
{
	size_t n = 0;

	while (n < part.n && small(at[n]) == small(part.p[n]))
		n++;
	return n == part.n;
}

/* All letters are small in it, and some other characters are others: it finds too much at most. */
static inline wide load(const char *at)
{
	return wide_load(at) | 0x20;
}

static inline wide all(char c)
{
	return (wide){ 0 } + (uint8_t)((uint8_t)c | 0x20);
}

/* Of the places from at to limit. */
static const char *first_of(struct slice part, const char *at, const char *limit)
{
	for (; at < limit; at++)
		if (stands_at(part, at))
			return at;
	return NULL;
}

const char *seek_next(struct slice part, const char *at, const char *end)
{
	size_t middle = part.n / 2, last = part.n - 1;
	wide begins, goes_on, ends;
	const char *limit; /* where it can no longer begin */

	if (!part.n)
		return at;
	if ((size_t)(end - at) < part.n)
		return NULL;
	begins = all(part.p[0]);
	goes_on = all(part.p[middle]);
	ends = all(part.p[last]);
	limit = end - last;
	for (; limit - at >= WIDE; at += WIDE) {
		wide fit = (wide)((load(at) == begins) & (load(at + middle) == goes_on) &
		                  (load(at + last) == ends));
		unsigned n = wide_first(fit);
		const char *found = n < WIDE ? first_of(part, at + n, at + WIDE) : NULL;

		if (found)
			return found;
	}
	return first_of(part, at, limit);
}
