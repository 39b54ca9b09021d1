/* unit/sip/guard.h: memory with a page in front and behind that nobody may touch, so that a read
 * one byte too far ends the test. */
#ifndef LINEUP_TEST_GUARD_H
#define LINEUP_TEST_GUARD_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/slice.h"

struct guard {
	char *map;
	size_t page;
	size_t cap; /* bytes between the two pages: whole pages */
};

static inline struct guard guard_new(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guard g = { .page = page, .cap = (n + page - 1) / page * page };

	g.map = mmap(NULL, g.cap + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect(g.map + page, g.cap, PROT_READ | PROT_WRITE) != 0)
		abort();
	return g;
}

static inline void guard_free(struct guard *g)
{
	munmap(g->map, g->cap + 2 * g->page);
}

/* A copy whose first byte stands right behind the page in front. */
static inline struct slice guard_front(struct guard *g, struct slice s)
{
	memcpy(g->map + g->page, s.p, s.n);
	return slice_of(g->map + g->page, s.n);
}

/* A copy whose last byte stands right in front of the page behind. */
static inline struct slice guard_back(struct guard *g, struct slice s)
{
	char *at = g->map + g->page + g->cap - s.n;

	memcpy(at, s.p, s.n);
	return slice_of(at, s.n);
}

#endif
