/* base/seek.h: a piece of text in a long one, in any letter case of ASCII.
 *
 * For whoever searches megabytes while somebody waits: 16 bytes are looked at in a few
 * instructions, and only where the first, the middle and the last byte of the piece fit are they
 * compared one by one. strcasestr() asks the locale for each letter and takes ten times as long.
 * What is searched may have NULs in it. */
#ifndef LINEUP_BASE_SEEK_H
#define LINEUP_BASE_SEEK_H

#include "base/slice.h"

/* Where part first stands from at on, whole before end; NULL: nowhere. An empty one stands
 * everywhere. */
const char *seek_next(struct slice part, const char *at, const char *end);

/* Whether part stands anywhere in a NUL-terminated text. */
static inline bool seek_within(struct slice part, const char *text)
{
	return seek_next(part, text, text + strlen(text)) != NULL;
}

#endif
