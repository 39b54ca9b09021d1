/* bench/million.c: the whole daemon but its page, with many lines: a store in SQLite, the agent
 * that follows it, shards with threads of their own, the log at its default level.
 *
 *   bench_million ADDRESS LINES THREADS FOLDER [cost | again | outage | pace]
 *
 * Prints, a line of JSON each: how long the store takes to be written (once, at an import) and to
 * be read, in real and in CPU time; what a daemon with ten lines costs to start; how long until all
 * are registered, the CPU time for one, and what was logged; what memory a line takes at rest,
 * everything that the daemon keeps of it included; how long pages of the status take; what part of
 * one core refreshes take at the pace that the granted time brings, measured; what memory a line
 * takes when all were refreshed at once. Its end leaves the bindings.
 *
 * "cost" does less, to be done often: it starts the daemon, too, and says what a refresh takes
 * where all come at once. Few lines it starts and refreshes several times, and prints each.
 *
 * "outage" does all that the first does, and then says {"outage": true}; while the registrar is
 * away, which whoever reads this sees to, all lines are tried, so that many fail; a line on
 * standard input later it is back, and when all are registered again memory is looked at once more.
 * The loops of the shards are timed all the while.
 *
 * "pace" has a store of its own, at a registrar that grants a time short enough that
 * the lines' own timers refresh them within a minute: it measures what that takes.
 *
 * With "again" it is the process behind that one: it finds the states and CSeqs of all lines in the
 * store, reads them, and registers all anew; meanwhile it times the loops of the shards.
 *
 * Both say where they answer HTTP, {"http": ADDRESS, "socket": PATH}, the first at rest, the second
 * before all are registered, and do so until a line comes on standard input. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/agent.h"
#include "api/api.h"
#include "base/rng.h"
#include "measure.h"
#include "million.h"
#include "net/net.h"
#include "reg/reg.h"

#define PATIENCE_MS 900000
#define LOOK_MS     100   /* what is counted changes once a second; each look is a wake-up */
#define REST_MS     6000  /* until a storm counts as over, and memory has gone back */
#define STEADY_MS   20000 /* as long are refreshes measured at their own pace */
#define PACE_MS     60000 /* ... and as long where their own timers bring them */
#define AWAY_MS     45000 /* of an outage: a time-out takes 32 s */
#define FEW         10000 /* fewer lines use little CPU time beside what disturbs it: they are ... */
#define STARTS      3     /* ... started so often, */
#define SETS        2     /* ... refreshed in so many sets ... */
#define ROUNDS      5     /* ... of so many rounds: a bucket has 6, and is full by the next set */
#define FEWEST      10    /* lines that show what a round costs by itself */
#define LEAST       100   /* lines */
#define TICK_MS     20
#define DRAWS       100000 /* of the time until a refresh, for the mean of it */
#define PAGE        100

struct bench {
	char store_path[512], key_path[512];
	struct million_log log;
	struct net *net;
	struct agent *agent;
	struct net_timer *look;
	uint32_t lines, threads;
	uint64_t want, until_ms;
	uint64_t shown;
	int64_t server;
	int64_t studio; /* of the last line that was looked at */
	int64_t *ids;
	uint32_t id_count;
	uint32_t granted_s; /* of the last line that was looked at */
	struct api *api;
	struct net_timer *tick, *pause;
	uint64_t before_bytes; /* resident, without lines */
	double fault_us;       /* CPU time of a page fault here */
	double each_s;         /* between two refreshes of a line */
	uint64_t begun_ms;
	uint32_t nudged;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What the whole process has used. */
struct used {
	double cpu_s, faults;
};

static struct used used_since(struct used begun)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (struct used){ cpu_s() - begun.cpu_s, (double)usage.ru_minflt - begun.faults };
}

static struct used used_now(void)
{
	return used_since((struct used){ 0 });
}

/* Of this thread alone: a look at the lines on a machine that others use as well. */
static double own_cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void million_print(const char *name, double value)
{
	printf("{\"name\": \"%s\", \"value\": %.3f}\n", name, value);
	fflush(stdout);
}

/* ---- the agent */

static void on_look(void *ctx)
{
	struct bench *bench = ctx;
	struct agent_counters counters;
	uint64_t now_ms = net_now_ms(bench->net);

	agent_counters(bench->agent, &counters);
	if (counters.granted >= bench->want) {
		net_stop(bench->net);
		return;
	}
	if (now_ms > bench->until_ms) {
		fprintf(stderr, "bench: %" PRIu64 " of %" PRIu64 " granted in time\n",
		        counters.granted, bench->want);
		exit(2);
	}
	net_timer_set(bench->look, now_ms + LOOK_MS);
}

static void on_rest(void *ctx)
{
	net_stop(ctx);
}

/* Until what has happened is written down, too. */
static void rest(struct bench *bench)
{
	struct net_timer *timer;

	if (net_timer_new(bench->net, on_rest, bench->net, &timer))
		measure_die("net_timer_new", ENOMEM);
	net_timer_set(timer, net_now_ms(bench->net) + REST_MS);
	net_run(bench->net);
	net_timer_free(timer);
}

/* Until so many registrations were granted since the start. */
static void wait_for(struct bench *bench, uint64_t granted)
{
	bench->want = granted;
	bench->until_ms = net_now_ms(bench->net) + PATIENCE_MS;
	net_timer_set(bench->look, net_now_ms(bench->net));
	net_run(bench->net);
}

/* As `lineup serve` does it, its log at the default level included. */
static void begin(struct bench *bench, const char *store_path)
{
	char why[512] = "";
	struct agent_cfg cfg = { .net = bench->net,
		                 .store_path = store_path,
		                 .key_path = bench->key_path,
		                 .log = { LOG_LEVEL_INFO, million_log_event, &bench->log },
		                 .shards = bench->threads,
		                 .user_agent = "lineup" };
	int r;

	if (agent_new(&cfg, &bench->agent, why, sizeof(why)) < 0)
		measure_die(why, EIO);
	r = agent_start(bench->agent);
	if (r < 0)
		measure_die("agent_start", r);
}

static void forget(struct bench *bench)
{
	agent_free(bench->agent);
	bench->log = (struct million_log){ .file = bench->log.file };
}

/* What each line adds, in microseconds, to what few of them take, page faults aside: what those
 * cost is the machine's, and memory that is bounded, events and messages, is touched for the first
 * time by the first lines. */
static double added_us(const struct bench *bench, struct used many, uint32_t lines, struct used few,
                       uint32_t few_lines)
{
	double cpu_us = (many.cpu_s - few.cpu_s) * 1e6;
	double faults_us = (many.faults - few.faults) * bench->fault_us;

	return (cpu_us - faults_us) / (lines - few_lines);
}

/* What a daemon takes to start whatever the number of its lines. */
static struct used start_few(struct bench *bench, const char *path)
{
	struct used begun = used_now(), used;

	begin(bench, path);
	wait_for(bench, FEWEST);
	rest(bench);
	used = used_since(begun);
	million_print("few_cpu_ms", used.cpu_s * 1e3);
	forget(bench);
	return used;
}

/* What the last ones leave to be written counts, too: of many lines much, of few nothing. */
static void start(struct bench *bench, struct used few)
{
	struct used begun = used_now(), used;
	double begun_s = now_s();

	begin(bench, bench->store_path);
	million_print("load_s", now_s() - begun_s);
	million_print("load_cpu_s", used_since(begun).cpu_s);
	wait_for(bench, bench->lines);
	million_print("all_registered_s", now_s() - begun_s);
	rest(bench);
	used = used_since(begun);
	million_print("cpu_us", used.cpu_s * 1e6 / bench->lines);
	million_print("faults", used.faults / bench->lines);
	million_print("line_cpu_us", added_us(bench, used, bench->lines, few, FEWEST));
}

/* ---- what is asked of it */

static void on_line(void *ctx, const struct agent_line *line)
{
	struct bench *bench = ctx;

	bench->shown++;
	bench->studio = line->studio;
	bench->granted_s = line->granted_s;
	if (bench->ids && bench->id_count < bench->lines)
		bench->ids[bench->id_count++] = line->id;
}

static void time_page(struct bench *bench, const char *name, const struct agent_filter *filter)
{
	struct agent_count count;
	uint32_t total;
	double begun = now_s();

	bench->shown = 0;
	if (agent_lines(bench->agent, filter, on_line, bench, &total, &count) < 0)
		measure_die("agent_lines", ENOMEM);
	million_print(name, (now_s() - begun) * 1e3);
}

static int64_t middle_studio(struct bench *bench)
{
	if (agent_lines(bench->agent,
	                &(struct agent_filter){ .offset = bench->lines / 2, .limit = 1 }, on_line,
	                bench, NULL, NULL) < 0)
		measure_die("agent_lines", ENOMEM);
	return bench->studio;
}

static void on_cause(void *ctx, const struct agent_cause *cause)
{
	struct bench *bench = ctx;

	bench->shown += cause->lines;
}

static void ask(struct bench *bench)
{
	struct agent_counters counters;
	struct agent_answers answers;
	uint32_t states[REG_STATE_COUNT];
	double begun, cpu;

	time_page(bench, "page_ms",
	          &(struct agent_filter){ .offset = bench->lines / 2, .limit = PAGE });
	time_page(bench, "page_up_ms",
	          &(struct agent_filter){
			  .up = AGENT_UP, .offset = bench->lines / 2, .limit = PAGE });
	time_page(bench, "page_server_ms",
	          &(struct agent_filter){
			  .server = bench->server, .offset = bench->lines / 12, .limit = PAGE });
	time_page(bench, "page_studio_ms",
	          &(struct agent_filter){
			  .studio = middle_studio(bench), .offset = PAGE, .limit = PAGE });
	time_page(bench, "page_down_ms", &(struct agent_filter){ .up = AGENT_DOWN, .limit = PAGE });
	time_page(bench, "page_cause_ms",
	          &(struct agent_filter){ .cause = "silence-since", .limit = PAGE });
	cpu = own_cpu_s();
	time_page(bench, "page_text_ms", &(struct agent_filter){ .text = "999", .limit = PAGE });
	million_print("page_text_cpu_ms", (own_cpu_s() - cpu) * 1e3);
	time_page(bench, "page_digit_ms", &(struct agent_filter){ .text = "9", .limit = PAGE });
	time_page(bench, "page_host_ms",
	          &(struct agent_filter){
			  .text = "127.0", .offset = bench->lines / 2, .limit = PAGE });
	time_page(bench, "page_mixed_ms",
	          &(struct agent_filter){ .text = "9",
	                                  .server = bench->server,
	                                  .up = AGENT_UP,
	                                  .offset = bench->lines / 24,
	                                  .limit = PAGE });
	begun = now_s();
	cpu = own_cpu_s();
	agent_counters(bench->agent, &counters);
	agent_answers(bench->agent, &answers);
	agent_states(bench->agent, states);
	agent_causes(bench->agent, on_cause, bench);
	(void)agent_first_end_ms(bench->agent);
	million_print("metrics_ms", (now_s() - begun) * 1e3);
	million_print("metrics_cpu_ms", (own_cpu_s() - cpu) * 1e3);
}

static void open_api(struct bench *bench, const char *folder)
{
	const char *addresses[] = { "127.0.0.1:0", NULL };
	char path[512], why[512] = "";
	struct api_cfg cfg = { .agent = bench->agent,
		               .store_path = bench->store_path,
		               .key_path = bench->key_path,
		               .addresses = addresses,
		               .socket_path = path,
		               .version = "bench",
		               .log = agent_log(bench->agent) };

	snprintf(path, sizeof(path), "%s/socket", folder);
	if (api_new(&cfg, &bench->api, why, sizeof(why)) < 0)
		measure_die(why, EIO);
	printf("{\"http\": \"%s\", \"socket\": \"%s\"}\n", api_address(bench->api, 0), path);
	fflush(stdout);
}

/* Who reads this output asks what it likes until it says so. */
static void close_api(struct bench *bench)
{
	char line[16];

	if (!fgets(line, sizeof(line), stdin))
		fprintf(stderr, "bench: nobody asked\n");
	api_free(bench->api);
}

/* ---- refreshes */

/* What this program keeps of them is no line's weight. */
static void take_ids(struct bench *bench)
{
	bench->ids = malloc(bench->lines * sizeof(*bench->ids));
	bench->before_bytes += bench->lines * sizeof(*bench->ids);
	if (!bench->ids ||
	    agent_lines(bench->agent,
	                &(struct agent_filter){ .up = AGENT_UP, .limit = bench->lines }, on_line,
	                bench, NULL, NULL) < 0)
		measure_die("memory", ENOMEM);
}

static void nudge(struct bench *bench, uint32_t i)
{
	if (agent_register_now(bench->agent, bench->ids[i]) < 0)
		measure_die("agent_register_now", EIO);
}

/* What reg/ makes of a granted time, in the mean. */
static double refresh_each_s(uint32_t granted_s)
{
	struct rng rng;
	double sum_ms = 0;

	rng_seed(&rng, 1);
	for (unsigned i = 0; i < DRAWS; i++)
		sum_ms += (double)reg_refresh_after_ms(granted_s, &rng);
	return sum_ms / DRAWS / 1e3;
}

/* As many as are due by now, spread over all lines. */
static void on_tick(void *ctx)
{
	struct bench *bench = ctx;
	uint64_t now_ms = net_now_ms(bench->net), passed_ms = now_ms - bench->begun_ms;
	double due = (double)passed_ms / 1e3 * bench->id_count / bench->each_s;

	for (; bench->nudged < due && bench->nudged < bench->id_count; bench->nudged++)
		nudge(bench, (uint32_t)(bench->nudged * UINT64_C(7919) % bench->id_count));
	if (passed_ms >= STEADY_MS)
		net_stop(bench->net);
	else
		net_timer_set(bench->tick, now_ms + TICK_MS);
}

/* A core's part that is used from begun to now. */
static double percent_since(double begun_s, double begun_cpu_s)
{
	return (cpu_s() - begun_cpu_s) / (now_s() - begun_s) * 100;
}

/* Refreshes by hand at the pace at which they come by themselves. */
static void steady(struct bench *bench)
{
	struct agent_counters before, after;
	double cpu = cpu_s(), begun = now_s(), refreshes;

	rest(bench);
	million_print("idle_percent", percent_since(begun, cpu));
	agent_counters(bench->agent, &before);
	bench->each_s = refresh_each_s(bench->granted_s);
	cpu = cpu_s();
	begun = now_s();
	bench->begun_ms = net_now_ms(bench->net);
	net_timer_set(bench->tick, bench->begun_ms);
	net_run(bench->net);
	million_print("granted_s", bench->granted_s);
	million_print("refresh_each_s", bench->each_s);
	million_print("steady_percent", percent_since(begun, cpu));
	cpu = cpu_s() - cpu;
	rest(bench);
	agent_counters(bench->agent, &after);
	refreshes = (double)(after.granted - before.granted);
	million_print("steady_refreshes", refreshes);
	million_print("steady_cpu_us", cpu * 1e6 / refreshes);
}

/* The lines from from to to are refreshed at once, rounds times one behind the other. What that
 * takes, in CPU time, with all that is left to be done then. */
static struct used refresh(struct bench *bench, uint32_t from, uint32_t to, uint32_t rounds)
{
	struct agent_counters counters;
	struct used begun;

	agent_counters(bench->agent, &counters);
	begun = used_now();
	for (uint32_t round = 1; round <= rounds; round++) {
		for (uint32_t i = from; i < to; i++)
			nudge(bench, i);
		wait_for(bench, counters.granted + (uint64_t)round * (to - from));
	}
	rest(bench);
	return used_since(begun);
}

/* Of few lines several times behind each other: what the store does now and then, as it moves its
 * log into its file, is in a single round or is not. A round costs something that none of many
 * lines does (threads wake up, to what other programs have left in the caches; a commit; seconds of
 * waiting for the count): a few lines show what, and each further one costs what it adds to that.
 */
static void refresh_at_once(struct bench *bench, uint32_t rounds)
{
	struct used few = refresh(bench, 0, FEWEST, rounds);
	struct used many = refresh(bench, FEWEST, bench->id_count, rounds);
	uint32_t count = bench->id_count - FEWEST;

	million_print("round_cpu_ms", few.cpu_s * 1e3 / rounds);
	million_print("refresh_cpu_us", many.cpu_s * 1e6 / count / rounds);
	million_print("refresh_faults", many.faults / count / rounds);
	million_print("refresh_line_cpu_us", added_us(bench, many, count, few, FEWEST) / rounds);
}

/* ---- what a line weighs, and an outage */

static void print_memory(const struct bench *bench, const char *name)
{
	uint64_t bytes = measure_resident_bytes() - bench->before_bytes;

	million_print(name, (double)bytes / bench->lines);
}

static void pass(struct bench *bench, uint64_t ms)
{
	net_timer_set(bench->pause, net_now_ms(bench->net) + ms);
	net_run(bench->net);
}

static bool all_are_up(struct bench *bench)
{
	uint32_t states[REG_STATE_COUNT];

	agent_states(bench->agent, states);
	return states[REG_REGISTERED] == bench->lines;
}

static void wait_for_reader(const char *says)
{
	char line[16];

	printf("%s\n", says);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		fprintf(stderr, "bench: nobody said that the registrar has gone or come\n");
}

static void outage(struct bench *bench)
{
	struct agent_counters before, after;
	struct million_turns turns;
	uint64_t until_ms;

	agent_counters(bench->agent, &before);
	million_turns_begin(&turns, bench->agent);
	wait_for_reader("{\"outage\": true}");
	for (uint32_t i = 0; i < bench->id_count; i++)
		nudge(bench, i);
	pass(bench, AWAY_MS);
	agent_counters(bench->agent, &after);
	million_print("outage_failed", (double)(after.failed - before.failed));
	time_page(bench, "outage_page_cause_ms",
	          &(struct agent_filter){ .cause = "silence-since", .limit = PAGE });
	time_page(bench, "outage_page_server_ms",
	          &(struct agent_filter){ .server = bench->server,
	                                  .up = AGENT_DOWN,
	                                  .cause = "silence-since",
	                                  .limit = PAGE });
	wait_for_reader("{\"outage\": false}");
	until_ms = net_now_ms(bench->net) + PATIENCE_MS;
	while (!all_are_up(bench) && net_now_ms(bench->net) < until_ms)
		pass(bench, LOOK_MS);
	rest(bench);
	million_turns_end(&turns, "outage");
	print_memory(bench, "outage_bytes_a_line");
}

/* ---- refreshes by the lines' own timers */

/* Leaves the bindings, and all that the next process has to know in the store. */
static void end(struct bench *bench)
{
	agent_stop(bench->agent, on_rest, bench->net);
	net_run(bench->net);
	agent_free(bench->agent);
}

static void run_pace(struct bench *bench, const char *address)
{
	struct agent_counters before, after;
	double cpu, begun, refreshes;

	bench->server = million_fill(bench->store_path, bench->key_path, address, bench->lines);
	begin(bench, bench->store_path);
	wait_for(bench, bench->lines);
	if (agent_lines(bench->agent, &(struct agent_filter){ .up = AGENT_UP, .limit = 1 }, on_line,
	                bench, NULL, NULL) < 0)
		measure_die("agent_lines", ENOMEM);
	bench->each_s = refresh_each_s(bench->granted_s);
	/* Until they no longer come all at once, as they started. */
	pass(bench, (uint64_t)(2 * bench->each_s * 1e3));
	agent_counters(bench->agent, &before);
	cpu = cpu_s();
	begun = now_s();
	pass(bench, PACE_MS);
	million_print("pace_percent", percent_since(begun, cpu));
	cpu = cpu_s() - cpu;
	begun = now_s() - begun;
	agent_counters(bench->agent, &after);
	refreshes = (double)(after.granted - before.granted);
	million_print("pace_granted_s", bench->granted_s);
	million_print("pace_per_s", refreshes / begun);
	million_print("pace_due_per_s", bench->lines / bench->each_s);
	million_print("pace_failed", (double)(after.failed - before.failed));
	million_print("pace_cpu_us", cpu * 1e6 / refreshes);
	end(bench);
}

/* ---- one process, and the one behind it */

/* From a store that is made for it, beside what a start with few lines takes. */
static void fill_and_start(struct bench *bench, const char *address)
{
	char few_path[sizeof(bench->store_path) + 8];
	double begun = now_s();
	struct used few;

	bench->server = million_fill(bench->store_path, bench->key_path, address, bench->lines);
	million_print("import_s", now_s() - begun);
	snprintf(few_path, sizeof(few_path), "%s.few", bench->store_path);
	(void)million_fill(few_path, bench->key_path, address, FEWEST);
	few = start_few(bench, few_path);
	malloc_trim(0);
	bench->before_bytes = measure_resident_bytes();
	start(bench, few);
}

static void run_cost(struct bench *bench, const char *address, const char *folder)
{
	const bool few = bench->lines < FEW;

	million_print("fault_us", bench->fault_us);
	for (unsigned i = 1; i <= (few ? STARTS : 1); i++) {
		if (i > 1)
			forget(bench);
		snprintf(bench->store_path, sizeof(bench->store_path), "%s/start%u.db", folder, i);
		fill_and_start(bench, address);
	}
	take_ids(bench);
	for (unsigned set = 1; set <= (few ? SETS : 1); set++)
		refresh_at_once(bench, few ? ROUNDS : 1);
	free(bench->ids);
	end(bench);
}

static void run(struct bench *bench, const char *address, const char *folder, bool with_outage)
{
	fill_and_start(bench, address);
	print_memory(bench, "bytes_a_line");
	million_log_print(&bench->log);
	ask(bench);
	open_api(bench, folder);
	close_api(bench);
	take_ids(bench);
	steady(bench);
	(void)refresh(bench, 0, bench->id_count, 1);
	print_memory(bench, "refreshed_bytes_a_line");
	if (with_outage)
		outage(bench);
	free(bench->ids);
	end(bench);
}

static void run_again(struct bench *bench, const char *folder)
{
	struct million_turns turns;
	uint32_t states = million_states(bench->store_path, bench->key_path);
	double begun, cpu;

	if (states != bench->lines) {
		fprintf(stderr, "bench: only %" PRIu32 " lines have a state\n", states);
		exit(2);
	}
	begun = now_s();
	cpu = cpu_s();
	begin(bench, bench->store_path);
	million_print("again_load_s", now_s() - begun);
	million_print("again_load_cpu_s", cpu_s() - cpu);
	open_api(bench, folder);
	million_turns_begin(&turns, bench->agent);
	wait_for(bench, bench->lines);
	million_print("again_registered_s", now_s() - begun);
	million_turns_end(&turns, "storm");
	close_api(bench);
	end(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	const char *what = argc == 6 ? argv[5] : "";
	bool cost = strcmp(what, "cost") == 0, again = strcmp(what, "again") == 0;
	bool with_outage = strcmp(what, "outage") == 0, pace = strcmp(what, "pace") == 0;
	char log_path[512];
	int r;

	if (argc != 5 && !cost && !again && !pace && !with_outage)
		measure_die("usage: bench_million ADDRESS LINES THREADS FOLDER "
		            "[cost | again | outage | pace]",
		            EINVAL);
	bench.lines = measure_number(argv[2], 10000000);
	if (bench.lines < LEAST)
		measure_die("so few lines show nothing", EINVAL);
	bench.threads = measure_number(argv[3], AGENT_SHARDS_MAX);
	snprintf(bench.store_path, sizeof(bench.store_path), "%s/lineup.db", argv[4]);
	snprintf(bench.key_path, sizeof(bench.key_path), "%s/key", argv[4]);
	snprintf(log_path, sizeof(log_path), "%s/log", argv[4]);
	million_log_open(&bench.log, log_path);
	bench.fault_us = measure_fault_us();
	if ((r = net_new(&bench.net)) ||
	    (r = net_timer_new(bench.net, on_look, &bench, &bench.look)) ||
	    (r = net_timer_new(bench.net, on_tick, &bench, &bench.tick)) ||
	    (r = net_timer_new(bench.net, on_rest, bench.net, &bench.pause)))
		measure_die("net", r);
	if (cost)
		run_cost(&bench, argv[1], argv[4]);
	else if (again)
		run_again(&bench, argv[4]);
	else if (pace)
		run_pace(&bench, argv[1]);
	else
		run(&bench, argv[1], argv[4], with_outage);
	fclose(bench.log.file);
	net_timer_free(bench.tick);
	net_timer_free(bench.pause);
	net_timer_free(bench.look);
	net_free(bench.net);
	return 0;
}
