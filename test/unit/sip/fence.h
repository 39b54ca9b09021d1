/* unit/sip/fence.h: bytes that stand right at the edge of memory that may not be touched, so that a
 * parser that looks one byte too far is killed on the spot. */
#ifndef LINEUP_TEST_FENCE_H
#define LINEUP_TEST_FENCE_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

#endif
