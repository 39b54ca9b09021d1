/* bench/million.c: the whole daemon but its page, with many lines: a store in SQLite, the agent
 * that follows it, shards with threads of their own.
 *
 *   bench_million ADDRESS LINES THREADS FOLDER
 *
 * Prints, a line of JSON each: how long the store takes to be written (once, at an import) and to
 * be read, in real and in CPU time; what a daemon without lines costs to start; how long until all
 * are registered, and the CPU time for one; what memory a line takes at rest, everything that the
 * daemon keeps of it included; how long pages of the status take; what a refresh costs, and what
 * part of one core all of them take at a granted time of 3,600 s. In between it says where it
 * answers HTTP, {"http": ADDRESS, "socket": PATH}, and does so until a line comes on standard
 * input. */
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
#include "measure.h"
#include "million.h"
#include "net/net.h"

#define PATIENCE_MS    900000
#define LOOK_MS        20
#define REST_MS        2000
#define REFRESH_EACH_S 2430 /* granted 3,600 s: at 4/5 to all of 3/4 of them */
#define PAGE           100

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
	int64_t *ids;
	uint32_t id_count;
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

/* What a daemon costs that has no line: that is no line's. */
static void start_empty(struct bench *bench, const char *folder)
{
	char path[512];
	double cpu;

	snprintf(path, sizeof(path), "%s/empty.db", folder);
	cpu = cpu_s();
	begin(bench, path);
	rest(bench);
	million_print("empty_cpu_ms", (cpu_s() - cpu) * 1e3);
	agent_free(bench->agent);
}

static void start(struct bench *bench)
{
	double begun = now_s(), cpu = cpu_s();

	begin(bench, bench->store_path);
	million_print("load_s", now_s() - begun);
	million_print("load_cpu_s", cpu_s() - cpu);
	wait_for(bench, bench->lines);
	million_print("all_registered_s", now_s() - begun);
	million_print("cpu_us", (cpu_s() - cpu) * 1e6 / bench->lines);
}

/* ---- what is asked of it */

static void on_line(void *ctx, const struct agent_line *line)
{
	struct bench *bench = ctx;

	bench->shown++;
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
			  .server = bench->server, .offset = bench->lines / 2, .limit = PAGE });
	time_page(bench, "page_down_ms", &(struct agent_filter){ .up = AGENT_DOWN, .limit = PAGE });
	cpu = own_cpu_s();
	time_page(bench, "page_text_ms", &(struct agent_filter){ .text = "999", .limit = PAGE });
	million_print("page_text_cpu_ms", (own_cpu_s() - cpu) * 1e3);
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

/* Who reads this output asks what it likes meanwhile. */
static void serve(const struct bench *bench, const char *folder)
{
	const char *addresses[] = { "127.0.0.1:0", NULL };
	char path[512], why[512] = "", line[16];
	struct api_cfg cfg = { .agent = bench->agent,
		               .store_path = bench->store_path,
		               .key_path = bench->key_path,
		               .addresses = addresses,
		               .socket_path = path,
		               .version = "bench",
		               .log = agent_log(bench->agent) };
	struct api *api;

	snprintf(path, sizeof(path), "%s/socket", folder);
	if (api_new(&cfg, &api, why, sizeof(why)) < 0)
		measure_die(why, EIO);
	printf("{\"http\": \"%s\", \"socket\": \"%s\"}\n", api_address(api, 0), path);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		fprintf(stderr, "bench: nobody asked\n");
	api_free(api);
}

static void refresh(struct bench *bench)
{
	struct agent_counters counters;
	double cpu, cost_us;

	bench->ids = malloc(bench->lines * sizeof(*bench->ids));
	if (!bench->ids)
		measure_die("memory", ENOMEM);
	agent_lines(bench->agent, &(struct agent_filter){ .limit = bench->lines }, on_line, bench,
	            NULL, NULL);
	agent_counters(bench->agent, &counters);
	cpu = cpu_s();
	for (uint32_t i = 0; i < bench->id_count; i++)
		if (agent_register_now(bench->agent, bench->ids[i]) < 0)
			measure_die("agent_register_now", EIO);
	wait_for(bench, counters.granted + bench->id_count);
	cost_us = (cpu_s() - cpu) * 1e6 / bench->id_count;
	million_print("refresh_cpu_us", cost_us);
	million_print("steady_percent", cost_us * bench->lines / REFRESH_EACH_S / 1e4);
	free(bench->ids);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	char log_path[512];
	uint64_t before_bytes;
	double begun;
	int r;

	if (argc != 5)
		measure_die("usage: bench_million ADDRESS LINES THREADS FOLDER", EINVAL);
	bench.lines = measure_number(argv[2], 10000000);
	bench.threads = measure_number(argv[3], AGENT_SHARDS_MAX);
	snprintf(bench.store_path, sizeof(bench.store_path), "%s/lineup.db", argv[4]);
	snprintf(bench.key_path, sizeof(bench.key_path), "%s/key", argv[4]);
	begun = now_s();
	bench.server = million_fill(bench.store_path, bench.key_path, argv[1], bench.lines);
	million_print("import_s", now_s() - begun);
	snprintf(log_path, sizeof(log_path), "%s/log", argv[4]);
	if ((r = net_new(&bench.net)) ||
	    (r = net_timer_new(bench.net, on_look, &bench, &bench.look)))
		measure_die("net", r);
	million_log_open(&bench.log, log_path);
	start_empty(&bench, argv[4]);
	bench.log.lines = bench.log.bytes = 0;
	malloc_trim(0);
	before_bytes = measure_resident_bytes();
	start(&bench);
	rest(&bench);
	million_print("bytes_a_line",
	              (double)(measure_resident_bytes() - before_bytes) / bench.lines);
	million_log_print(&bench.log);
	ask(&bench);
	serve(&bench, argv[4]);
	refresh(&bench);
	agent_free(bench.agent);
	fclose(bench.log.file);
	net_timer_free(bench.look);
	net_free(bench.net);
	return 0;
}
