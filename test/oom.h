/* test/oom.h: allocations that fail on demand.
 *
 * For programs named *_oom_test.c, which test/CMakeLists.txt links with --wrap: every allocation of
 * the code under test passes here. oom_after(n) lets n more succeed and fails all that follow;
 * oom_off() lets all succeed. Include it in one source file only. */
#ifndef LINEUP_TEST_OOM_H
#define LINEUP_TEST_OOM_H

#include <stddef.h>
#include <stdint.h>

/* Of the thread that says so: others go on undisturbed. */
static _Thread_local uint64_t oom_left = UINT64_MAX;

static inline void oom_after(uint64_t n)
{
	oom_left = n;
}

static inline void oom_off(void)
{
	oom_left = UINT64_MAX;
}

static inline int oom_fails(void)
{
	if (oom_left == UINT64_MAX)
		return 0;
	if (oom_left == 0)
		return 1;
	oom_left--;
	return 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t count, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t count, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t n)
{
	return oom_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
	return oom_fails() ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return oom_fails() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t count, size_t n)
{
	return oom_fails() ? NULL : __real_reallocarray(p, count, n);
}

char *__wrap_strdup(const char *s)
{
	return oom_fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return oom_fails() ? NULL : __real_strndup(s, n);
}

#endif
