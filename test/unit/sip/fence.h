/* unit/sip/fence.h: bytes that stand right at the edge of memory that may not be touched, so that a
 * parser that looks one byte too far is killed on the spot. */
#ifndef LINEUP_TEST_FENCE_H
#define LINEUP_TEST_FENCE_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/slice.h"

#define FENCE_PAGES 20 /* room for 64 KB */

struct fence {
	char *first; /* behind a PROT_NONE page */
	char *end;   /* in front of another one */
};

static inline struct fence fence_new(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, (FENCE_PAGES + 2) * page, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0 ||
	    mprotect(memory + (FENCE_PAGES + 1) * page, page, PROT_NONE) != 0)
		abort();
	return (struct fence){ memory + page, memory + (FENCE_PAGES + 1) * page };
}

static inline void fence_free(struct fence *fence)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(fence->first - page, (FENCE_PAGES + 2) * page);
}

/* A copy of bytes whose last byte is the last that may be read. */
static inline struct slice fence_at_end(const struct fence *fence, struct slice bytes)
{
	char *at = fence->end - bytes.n;

	if (bytes.n > (size_t)(fence->end - fence->first))
		abort();
	if (bytes.n)
		memcpy(at, bytes.p, bytes.n);
	return slice_of(at, bytes.n);
}

/* A copy of bytes whose first byte is the first that may be read. */
static inline struct slice fence_at_start(const struct fence *fence, struct slice bytes)
{
	if (bytes.n > (size_t)(fence->end - fence->first))
		abort();
	if (bytes.n)
		memcpy(fence->first, bytes.p, bytes.n);
	return slice_of(fence->first, bytes.n);
}

/* ---- walks over the texts of a table. read() reads bytes and asserts that what it got lies in
 * them. */

struct fence_texts {
	const char *const *first; /* a member of the first row */
	size_t stride;            /* the size of a row */
	size_t count;
};

#define FENCE_TEXTS(rows) \
	(struct fence_texts) \
	{ \
		&(rows)[0].text, sizeof(*(rows)), COUNT(rows) \
	}

static inline struct slice fence_text(const struct fence_texts *texts, size_t i)
{
	return slice_str(*(const char *const *)((const char *)texts->first + i * texts->stride));
}

/* Every beginning of every text, and every end of it. */
static inline void fence_cut(struct fence_texts texts, void (*read)(struct slice bytes))
{
	struct fence fence = fence_new();

	for (size_t i = 0; i < texts.count; i++) {
		struct slice text = fence_text(&texts, i);

		for (size_t n = 0; n <= text.n; n++) {
			read(fence_at_end(&fence, slice_of(text.p, n)));
			read(fence_at_start(&fence, slice_of(text.p + text.n - n, n)));
		}
	}
	fence_free(&fence);
}

/* Texts with one to four bytes of them changed. */
static inline void fence_flip(struct fence_texts texts, uint64_t seed,
                              void (*read)(struct slice bytes))
{
	struct fence fence = fence_new();
	struct rng rng;

	rng_seed(&rng, seed);
	for (int round = 0; round < 20000; round++) {
		size_t from = rng_between(&rng, 0, texts.count - 1);
		struct slice text = fence_at_end(&fence, fence_text(&texts, from));
		size_t flips = rng_between(&rng, 1, 4);

		for (size_t i = 0; i < flips; i++)
			fence.end[-(ptrdiff_t)rng_between(&rng, 1, text.n)] = (char)rng_u64(&rng);
		read(text);
	}
	fence_free(&fence);
}

#endif
