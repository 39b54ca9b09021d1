/* bench/series.c: counts by the second; see bench/series.h. */
#include "series.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_US 1000000

uint64_t series_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

void series_init(struct series *series)
{
	*series = (struct series){ .began_ms = series_clock_us() / 1000 };
}

static unsigned second_of(const struct series *series, uint64_t now_us)
{
	uint64_t s = (now_us / 1000 - series->began_ms) / 1000;

	return s < SERIES_SECONDS ? (unsigned)s : SERIES_SECONDS - 1;
}

static void count_begun(struct series *series, uint64_t now_us)
{
	uint64_t oldest = series->begun < SERIES_BEGUN ? 0 : series->begun - SERIES_BEGUN + 1;
	uint64_t first = series->begun;

	series->begun_us[series->begun++ % SERIES_BEGUN] = now_us;
	while (first > oldest && series->begun_us[(first - 1) % SERIES_BEGUN] + SECOND_US > now_us)
		first--;
	if (series->begun - first > series->most_begun)
		series->most_begun = (uint32_t)(series->begun - first);
}

void series_received(struct series *series, struct slice request, bool heard)
{
	uint64_t now_us = series_clock_us();

	series->unheard += !heard;
	if (!heard)
		return;
	series->received[second_of(series, now_us)]++;
	if (!memmem(request.p, request.n, "\nAuthorization:", 15))
		count_begun(series, now_us);
}

void series_served(struct series *series)
{
	uint64_t now_us = series_clock_us();

	series->served[second_of(series, now_us)]++;
	if (!series->served_ms)
		series->served_ms = now_us / 1000;
}

void series_return(struct series *series)
{
	series->served_ms = 0;
}

static void print_seconds(const char *name, const uint32_t counts[SERIES_SECONDS], unsigned n)
{
	printf(", \"%s\": [", name);
	for (unsigned s = 0; s <= n; s++)
		printf(s ? ", %" PRIu32 : "%" PRIu32, counts[s]);
	putchar(']');
}

void series_print(const struct series *series)
{
	unsigned n = second_of(series, series_clock_us());

	printf("\"began_ms\": %" PRIu64 ", \"served_ms\": %" PRIu64 ", \"unheard\": %" PRIu64
	       ", \"begun\": %" PRIu64 ", \"most_begun\": %" PRIu32,
	       series->began_ms, series->served_ms, series->unheard, series->begun,
	       series->most_begun);
	print_seconds("received_in_s", series->received, n);
	print_seconds("served_in_s", series->served, n);
}
