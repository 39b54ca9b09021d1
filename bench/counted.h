/* bench/counted.h: what callgrind counts, for bench/instructions. Costs nothing without it. */
#ifndef LINEUP_BENCH_COUNTED_H
#define LINEUP_BENCH_COUNTED_H

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define COUNTED_TOGGLE CALLGRIND_TOGGLE_COLLECT /* from here on, or no more */
#define COUNTED_DUMP   CALLGRIND_DUMP_STATS     /* to a file of its own */
#else
#define COUNTED_TOGGLE
#define COUNTED_DUMP
#endif

#endif
