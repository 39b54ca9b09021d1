/* base/slice.c: comparing and trimming borrowed bytes. */
#include "base/slice.h"

static inline unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool slice_same_letters(struct slice a, struct slice b)
{
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool slice_starts_nocase(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_equal_nocase(slice_of(s.p, prefix.n), prefix);
}

static inline bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
	while (s.n && blank(s.p[0]))
		s = slice_from(s, 1);
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}
