/* bench/measure.h: what the measured programs have in common: one CPU, one clock, one form of
 * result. */
#ifndef LINEUP_BENCH_MEASURE_H
#define LINEUP_BENCH_MEASURE_H

#include <stdint.h>

#include "net/addr.h"

/* Stays on the index-th CPU of those that are allowed (the last where there are fewer). */
void measure_pin(unsigned index);

/* What this thread has used since it began. */
struct measure_cpu {
	uint64_t all_ns; /* user and system */
	uint64_t user_us, system_us;
	uint64_t wall_ns;
};
void measure_now(struct measure_cpu *ret_cpu);

/* Prints one line of JSON: CPU time and wall time since begun, for registrations of them. calls is
 * how often the kernel was called to send and to receive, 0 where nobody counted. */
void measure_print(const char *name, const struct measure_cpu *begun, uint64_t registrations,
                   uint64_t calls);

/* Adds what this thread has used since begun; and prints such a sum in the same form. */
void measure_add(struct measure_cpu *sum, const struct measure_cpu *begun);
void measure_print_used(const char *name, const struct measure_cpu *used, uint64_t registrations,
                        uint64_t calls);

/* Bytes of memory that this process has resident and not shared with a file (/proc/self/statm). */
uint64_t measure_resident_bytes(void);

/* Prints one line of JSON: how many bytes each of count lines takes. */
void measure_print_memory(const char *name, uint64_t before_bytes, uint64_t count);

/* "127.0.0.1:5060", and a number; the program ends with a message where text is neither. */
struct net_addr measure_addr(const char *text);
uint32_t measure_number(const char *text, uint32_t max);

/* Ends the program with a message: for what cannot go wrong on a sane machine. */
_Noreturn void measure_die(const char *what, int error);

#endif
