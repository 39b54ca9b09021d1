/* api/arena.h: memory that lives as long as a call, and is wiped when it goes, since passwords pass
 * through it. */
#ifndef LINEUP_API_ARENA_H
#define LINEUP_API_ARENA_H

#include "base/slice.h"

struct api_arena {
	struct api_chunk *chunks;
};

/* Zeroed; NULL: no memory. */
void *api_arena_take(struct api_arena *arena, size_t n);

/* A copy that ends with a NUL. NULL: no memory, or text is absent. */
char *api_arena_text(struct api_arena *arena, struct slice text);

char *api_arena_format(struct api_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void api_arena_done(struct api_arena *arena);

#endif
