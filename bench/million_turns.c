/* bench/million_turns.c: how long the loops of the shards take to turn, and how much of that they
 * worked: with more threads than cores the rest is waiting for one. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "measure.h"
#include "million.h"

#define EACH_NS 1000000 /* what is timed is right to so much */

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- the threads of the shards, which have names */

static uint64_t worked_ns(const struct million_shard *shard)
{
	char text[128];
	size_t n;
	uint64_t ns;

	rewind(shard->file);
	n = fread(text, 1, sizeof(text), shard->file);
	if (num_u64(slice_of(text, slice_find(slice_of(text, n), ' ')), UINT64_MAX, &ns) < 0)
		measure_die("schedstat of a shard", EIO);
	return ns;
}

static void add_shard(struct million_turns *turns, const char *tid)
{
	char path[300], name[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", tid);
	file = fopen(path, "re");
	if (!file || !fgets(name, sizeof(name), file))
		measure_die(path, errno);
	fclose(file);
	if (strncmp(name, "shard-", 6) != 0 || turns->shard_count == AGENT_SHARDS_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", tid);
	file = fopen(path, "re");
	if (!file)
		measure_die(path, errno);
	setvbuf(file, NULL, _IONBF, 0);
	turns->shards[turns->shard_count++] = (struct million_shard){ .file = file };
}

static void find_shards(struct million_turns *turns)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;

	if (!folder)
		measure_die("/proc/self/task", errno);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			add_shard(turns, entry->d_name);
	closedir(folder);
}

/* What the one of them that worked most did since the last call. */
static double most_work_ms(struct million_turns *turns)
{
	uint64_t most_ns = 0;

	for (unsigned i = 0; i < turns->shard_count; i++) {
		struct million_shard *shard = &turns->shards[i];
		uint64_t ns = worked_ns(shard);

		if (ns - shard->worked_ns > most_ns)
			most_ns = ns - shard->worked_ns;
		shard->worked_ns = ns;
	}
	return (double)most_ns / 1e6;
}

/* ---- the watch */

/* Of the control thread by its contract; but it is atomics and a bell alone, and what the control
 * thread is busy with shall not be in the times. */
static void *watch(void *ctx)
{
	static const struct timespec each = { .tv_nsec = EACH_NS };
	struct million_turns *turns = ctx;
	double asked_ms = now_ms();

	(void)most_work_ms(turns);
	(void)agent_turns(turns->agent);
	while (!turns->ended) {
		double took_ms, work_ms;

		nanosleep(&each, NULL);
		if (!agent_turns(turns->agent))
			continue;
		took_ms = now_ms() - asked_ms;
		asked_ms += took_ms;
		turns->n++;
		turns->sum_ms += took_ms;
		if (took_ms > turns->longest_ms)
			turns->longest_ms = took_ms;
		work_ms = most_work_ms(turns);
		if (work_ms > turns->most_work_ms)
			turns->most_work_ms = work_ms;
	}
	return NULL;
}

void million_turns_begin(struct million_turns *turns, struct agent *agent)
{
	int err;

	*turns = (struct million_turns){ .agent = agent };
	find_shards(turns);
	err = pthread_create(&turns->thread, NULL, watch, turns);
	if (err)
		measure_die("pthread_create", err);
}

void million_turns_end(struct million_turns *turns)
{
	turns->ended = true;
	pthread_join(turns->thread, NULL);
	million_print("storm_turn_ms", turns->n ? turns->sum_ms / (double)turns->n : 0);
	million_print("storm_turn_longest_ms", turns->longest_ms);
	million_print("storm_turn_work_longest_ms", turns->most_work_ms);
	for (unsigned i = 0; i < turns->shard_count; i++)
		fclose(turns->shards[i].file);
}
