/* bench/measure.c: pinning, clocks, results. */
#include "measure.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

void measure_die(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(2);
}

void measure_pin(unsigned index)
{
	cpu_set_t allowed, one;
	int chosen = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		measure_die("sched_getaffinity", errno);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		chosen = cpu;
		if (index-- == 0)
			break;
	}
	CPU_ZERO(&one);
	CPU_SET(chosen, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		measure_die("sched_setaffinity", errno);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t us_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

void measure_now(struct measure_cpu *ret_cpu)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	*ret_cpu = (struct measure_cpu){
		.all_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
		.user_us = us_of(usage.ru_utime),
		.system_us = us_of(usage.ru_stime),
		.wall_ns = clock_ns(CLOCK_MONOTONIC),
	};
}

void measure_add(struct measure_cpu *sum, const struct measure_cpu *begun)
{
	struct measure_cpu now;

	measure_now(&now);
	sum->all_ns += now.all_ns - begun->all_ns;
	sum->user_us += now.user_us - begun->user_us;
	sum->system_us += now.system_us - begun->system_us;
	sum->wall_ns += now.wall_ns - begun->wall_ns;
}

void measure_print_used(const char *name, const struct measure_cpu *used, uint64_t registrations,
                        uint64_t calls)
{
	double n = (double)registrations;

	printf("{\"name\": \"%s\", \"registrations\": %" PRIu64
	       ", \"cpu_us\": %.3f, \"user_us\": %.3f, \"system_us\": %.3f, \"wall_us\": %.3f, "
	       "\"calls\": %.3f}\n",
	       name, registrations, (double)used->all_ns / 1e3 / n, (double)used->user_us / n,
	       (double)used->system_us / n, (double)used->wall_ns / 1e3 / n, (double)calls / n);
	fflush(stdout);
}

void measure_print(const char *name, const struct measure_cpu *begun, uint64_t registrations,
                   uint64_t calls)
{
	struct measure_cpu used = { 0 };

	measure_add(&used, begun);
	measure_print_used(name, &used, registrations, calls);
}

uint64_t measure_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	char text[128] = "";
	struct slice rest;
	uint32_t pages[3]; /* size, resident, of which backed by files */

	if (!file || !fgets(text, sizeof(text), file))
		measure_die("/proc/self/statm", errno);
	fclose(file);
	rest = slice_str(text);
	for (unsigned i = 0; i < 3; i++) {
		size_t n = slice_find(rest, ' ');

		if (num_u32(slice_of(rest.p, n), UINT32_MAX, &pages[i]))
			measure_die("/proc/self/statm", EINVAL);
		rest = slice_from(rest, n + 1);
	}
	return (uint64_t)(pages[1] - pages[2]) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void measure_print_memory(const char *name, uint64_t before_bytes, uint64_t count)
{
	printf("{\"name\": \"%s\", \"lines\": %" PRIu64 ", \"bytes\": %.1f}\n", name, count,
	       (double)(measure_resident_bytes() - before_bytes) / (double)count);
	fflush(stdout);
}

uint32_t measure_number(const char *text, uint32_t max)
{
	uint32_t number;
	int error = num_u32(slice_str(text), max, &number);

	if (error)
		measure_die(text, error);
	return number;
}

struct net_addr measure_addr(const char *text)
{
	struct slice all = slice_str(text);
	size_t colon = slice_find(all, ':');
	struct net_addr addr;
	int error = -EINVAL;

	if (colon < all.n)
		error = net_addr_parse(slice_of(text, colon),
		                       (uint16_t)measure_number(text + colon + 1, UINT16_MAX),
		                       &addr);
	if (error)
		measure_die(text, error);
	return addr;
}
