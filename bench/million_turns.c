/* bench/million_turns.c: how long the loops of the shards take to turn, and how much CPU time a
 * shard has in one turn: with more threads than cores the rest is waiting for a core.
 *
 * A turn ends where its loop waits, so each thread's clock is looked at there, in the turn's own
 * thread: whoever asks from another one waits for a core, too, and would take the work of many
 * turns for that of one. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "million.h"

#define EACH_NS 1000000 /* what is timed is right to so much */

static uint64_t ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the turns */

/* Of all shards, since libuv has no place for whose they are where it waits. */
static _Atomic bool looking;
static _Atomic uint64_t turned, most_work_ns;

static _Thread_local struct {
	enum { THREAD_UNKNOWN, THREAD_SHARD, THREAD_OTHER } kind;
	bool looked_at;
	uint64_t begun_ns; /* of the thread's CPU time */
} turn;

static bool is_shard(void)
{
	char name[16] = "";

	if (turn.kind == THREAD_UNKNOWN) {
		(void)pthread_getname_np(pthread_self(), name, sizeof(name));
		turn.kind = strncmp(name, "shard-", 6) == 0 ? THREAD_SHARD : THREAD_OTHER;
	}
	return turn.kind == THREAD_SHARD;
}

static void turn_begins(void)
{
	turn.looked_at = looking && is_shard();
	if (turn.looked_at)
		turn.begun_ns = ns_of(CLOCK_THREAD_CPUTIME_ID);
}

static void turn_ends(void)
{
	uint64_t most_ns = most_work_ns, work_ns;

	if (!turn.looked_at || !looking)
		return;
	work_ns = ns_of(CLOCK_THREAD_CPUTIME_ID) - turn.begun_ns;
	turned++;
	while (work_ns > most_ns && !atomic_compare_exchange_weak(&most_work_ns, &most_ns, work_ns))
		continue;
}

#define SHOWN __attribute__((visibility("default")))

/* libuv finds these two in place of the C library's. */
SHOWN int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout,
                      const sigset_t *ss)
{
	int n;

	turn_ends();
	n = (int)syscall(SYS_epoll_pwait, epfd, events, maxevents, timeout, ss, (size_t)_NSIG / 8);
	turn_begins();
	return n;
}

SHOWN int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
	return epoll_pwait(epfd, events, maxevents, timeout, NULL);
}

/* ---- the watch */

/* Of the control thread by its contract; but it is atomics and a bell alone, and what the control
 * thread is busy with shall not be in the times. */
static void *watch(void *ctx)
{
	static const struct timespec each = { .tv_nsec = EACH_NS };
	struct million_turns *turns = ctx;
	uint64_t asked_ns = ns_of(CLOCK_MONOTONIC);

	(void)agent_turns(turns->agent);
	while (!turns->ended) {
		uint64_t took_ns;

		nanosleep(&each, NULL);
		if (!agent_turns(turns->agent))
			continue;
		took_ns = ns_of(CLOCK_MONOTONIC) - asked_ns;
		asked_ns += took_ns;
		turns->n++;
		turns->sum_ns += took_ns;
		if (took_ns > turns->longest_ns)
			turns->longest_ns = took_ns;
	}
	return NULL;
}

void million_turns_begin(struct million_turns *turns, struct agent *agent)
{
	int err;

	*turns = (struct million_turns){ .agent = agent };
	turned = 0;
	most_work_ns = 0;
	looking = true;
	err = pthread_create(&turns->thread, NULL, watch, turns);
	if (err)
		measure_die("pthread_create", err);
}

static void print(const char *when, const char *what, double ns)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_turn_%s", when, what);
	million_print(name, ns / 1e6);
}

void million_turns_end(struct million_turns *turns, const char *when)
{
	turns->ended = true;
	pthread_join(turns->thread, NULL);
	looking = false;
	if (!turned)
		measure_die("turns of a shard: libuv waits elsewhere", ENOENT);
	print(when, "ms", turns->n ? (double)turns->sum_ns / (double)turns->n : 0);
	print(when, "longest_ms", (double)turns->longest_ns);
	print(when, "work_longest_ms", (double)most_work_ns);
}
