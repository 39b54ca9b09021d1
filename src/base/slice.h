/* base/slice.h: a borrowed run of bytes.
 *
 * A slice points into memory that somebody else owns (a datagram, a setting) and is valid as long
 * as that is. It is passed by value, is not NUL-terminated, may hold any byte, and is never kept in
 * a struct that outlives the message. An absent value has p == NULL; an empty one has p != NULL. */
#ifndef LINEUP_BASE_SLICE_H
#define LINEUP_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
#define SLICE_NONE     ((struct slice){ NULL, 0 })

static inline struct slice slice_of(const char *p, size_t n)
{
	return (struct slice){ p, n };
}

/* The slice of a NUL-terminated string; of NULL the absent slice. */
static inline struct slice slice_str(const char *s)
{
	return (struct slice){ s, s ? strlen(s) : 0 };
}

static inline bool slice_present(struct slice s)
{
	return s.p != NULL;
}

/* The same bytes. */
static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Of slices of one length. */
bool slice_same_letters(struct slice a, struct slice b);

/* The same bytes, the case of ASCII letters aside. Other bytes are compared as they are. Most
 * slices that are held against each other differ in length or in nothing. */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0 || slice_same_letters(a, b));
}

/* Whether s begins with prefix, the case of ASCII letters aside. */
bool slice_starts_nocase(struct slice s, struct slice prefix);

/* s from offset at on; at <= s.n. At 0 it is s itself, which may be absent. */
static inline struct slice slice_from(struct slice s, size_t at)
{
	return at ? (struct slice){ s.p + at, s.n - at } : s;
}

static inline bool slice_is_blank(char c)
{
	return (unsigned char)c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* s without the blanks (SP, HT, CR, LF) at both ends. */
static inline struct slice slice_trim(struct slice s)
{
	while (s.n && slice_is_blank(s.p[0]))
		s = slice_from(s, 1);
	while (s.n && slice_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The offset of the first byte c in s, or s.n where there is none. */
static inline size_t slice_find(struct slice s, char c)
{
	const char *at = s.n ? memchr(s.p, (unsigned char)c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

#endif
