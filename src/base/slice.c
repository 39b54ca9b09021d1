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
