/* api/arena.c: see api/arena.h. */
#include "api/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES 4096

struct api_chunk {
	struct api_chunk *next;
	size_t n, cap;
	alignas(max_align_t) char bytes[];
};

static struct api_chunk *grow(struct api_arena *arena, size_t n)
{
	size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
	struct api_chunk *chunk;

	if (n > SIZE_MAX / 2)
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + cap);
	if (!chunk)
		return NULL;
	chunk->cap = cap;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *api_arena_take(struct api_arena *arena, size_t n)
{
	struct api_chunk *chunk = arena->chunks;
	size_t whole = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *taken;

	if (!chunk || chunk->cap - chunk->n < whole)
		chunk = grow(arena, whole);
	if (!chunk)
		return NULL;
	taken = chunk->bytes + chunk->n;
	chunk->n += whole;
	return taken;
}

char *api_arena_text(struct api_arena *arena, struct slice text)
{
	char *copy = slice_present(text) ? api_arena_take(arena, text.n + 1) : NULL;

	if (copy)
		memcpy(copy, text.p, text.n);
	return copy;
}

char *api_arena_format(struct api_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = n < 0 ? NULL : api_arena_take(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

void api_arena_done(struct api_arena *arena)
{
	while (arena->chunks) {
		struct api_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		explicit_bzero(chunk->bytes, chunk->n);
		free(chunk);
	}
}
