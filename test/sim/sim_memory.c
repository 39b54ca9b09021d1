/* sim_memory.c: malloc and its like, counted, and failing on demand.
 *
 * The linker sends every call from the agent's objects here (-Wl,--wrap, see CMakeLists.txt). The
 * blocks that are out stand in a set of pointers, so that what was never freed is seen without a
 * sanitizer, too. What shared libraries allocate does not come here. */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void __real_free(void *p);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t count, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

/* The one exception to "no globals": malloc has no argument to hang them on. */
static struct {
	uint64_t calls;
	uint64_t fail_at; /* the number of the call that fails; 0: none */
	void **set;       /* open addressing, never more than half full */
	size_t cap, used;
} memory;

static size_t set_slot(void *const *set, size_t cap, const void *p)
{
	size_t i = (size_t)(((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15)) & (cap - 1);

	while (set[i] && set[i] != p)
		i = (i + 1) & (cap - 1);
	return i;
}

static void set_grow(void)
{
	size_t cap = memory.cap ? 2 * memory.cap : 1024;
	void **set = __real_calloc(cap, sizeof(*set));

	if (!set)
		abort();
	for (size_t i = 0; i < memory.cap; i++)
		if (memory.set[i])
			set[set_slot(set, cap, memory.set[i])] = memory.set[i];
	__real_free(memory.set);
	memory.set = set;
	memory.cap = cap;
}

static void *set_add(void *p)
{
	if (!p)
		return NULL;
	if (2 * (memory.used + 1) > memory.cap)
		set_grow();
	memory.set[set_slot(memory.set, memory.cap, p)] = p;
	memory.used++;
	return p;
}

/* Takes p out and moves what had to step aside for it back to its place. */
static void set_remove(void *p)
{
	size_t hole, i;

	if (!p || !memory.cap)
		return;
	hole = set_slot(memory.set, memory.cap, p);
	if (!memory.set[hole])
		return;
	memory.set[hole] = NULL;
	memory.used--;
	for (i = (hole + 1) & (memory.cap - 1); memory.set[i]; i = (i + 1) & (memory.cap - 1)) {
		void *moved = memory.set[i];

		memory.set[i] = NULL;
		memory.set[set_slot(memory.set, memory.cap, moved)] = moved;
	}
	if (!memory.used) { /* nothing kept for ourselves either: leak checkers see a clean end */
		__real_free(memory.set);
		memory.set = NULL;
		memory.cap = 0;
	}
}

static bool refuse(void)
{
	if (++memory.calls != memory.fail_at)
		return false;
	memory.fail_at = 0;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return refuse() ? NULL : set_add(__real_malloc(n));
}

void *__wrap_calloc(size_t count, size_t n)
{
	return refuse() ? NULL : set_add(__real_calloc(count, n));
}

void *__wrap_realloc(void *p, size_t n)
{
	void *moved;

	if (refuse())
		return NULL;
	set_remove(p);
	moved = __real_realloc(p, n);
	set_add(moved ? moved : p);
	return moved;
}

void *__wrap_reallocarray(void *p, size_t count, size_t n)
{
	size_t total;

	if (__builtin_mul_overflow(count, n, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return __wrap_realloc(p, total);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
	return refuse() ? NULL : set_add(__real_aligned_alloc(align, n));
}

void __wrap_free(void *p)
{
	set_remove(p);
	__real_free(p);
}

char *__wrap_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = __wrap_malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, strlen(s));
}

void sim_memory_fail(uint64_t nth)
{
	memory.fail_at = nth ? memory.calls + nth : 0;
}

uint64_t sim_memory_calls(void)
{
	return memory.calls;
}

uint64_t sim_memory_live(void)
{
	return memory.used;
}

void *sim_own(size_t n)
{
	void *p = __real_calloc(1, n ? n : 1);

	if (!p)
		abort();
	return p;
}

char *sim_own_text(struct slice text)
{
	char *copy = sim_own(text.n + 1);

	if (text.n)
		memcpy(copy, text.p, text.n);
	return copy;
}
