/* bench/lineup.c: lines on one shard, each registered once, as the daemon would do it.
 *
 * Making the lines is not measured; all that a registration takes is: pacing, both requests, the
 * digest, both answers, the timers, the machine, its state, the counters, and the log at the level
 * that the daemon's shards have, of which the first entries of each kind are written out and the
 * rest taken in and counted, as the daemon has it where many lines say the same. At the end it says
 * what memory a line takes at rest: settings, names and the digest's session included, and the
 * share of what all lines have in common. At rest is when the loop has turned until the shard has
 * given back what the last round took, as the daemon's loops do. And what a page fault takes here,
 * of which a start has some.
 *
 * Two programs are made of it: bench_lineup (lineup_main.c), and bench_count (count.c). */
#include "lineup.h"

#include <errno.h>
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <netinet/in.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/pool.h"
#include "counted.h"
#include "engine.h"
#include "log/log.h"
#include "measure.h"

#define PATIENCE_MS 60000 /* and one more for each line */
#define NAME_MAX    64
#define REST_MS     500   /* between two looks whether what a round took was given back ... */
#define RESTS_MAX   20    /* ... so often */
#define LOG_WRITTEN 10    /* entries of a kind; the rest is counted */
#define LOG_ROOM    16384 /* what is taken in until it is begun anew */

static bool no_trains; /* for what stands in for a call of the library */

/* What one thread works with: in cache lines of its own, since it counts there. */
struct bench {
	_Alignas(MEASURE_APART) const struct lineup_options *options;
	unsigned index;
	pthread_t thread;
	pthread_barrier_t *together; /* all threads begin a round together */
	struct measure_cpu used[2];  /* by the registrations, and by the refreshes */
	struct measure_calls calls[2];
	uint64_t done[2];
	unsigned what;         /* of the two, what is being done */
	uint64_t in_flight[2]; /* attempts under way at the server, summed over all ends */
	struct engine engine;
	struct net_timer *patience;
	struct net_timer *begin;
	struct net_timer *rest;
	unsigned rests;
	void (*act)(struct shard *shard, struct line *line); /* what each line does in a round */
	struct line **lines;
	uint32_t count, granted, failed;
	const char *record; /* NULL: nothing is written down */
	unsigned recorded;
	uint64_t before_bytes; /* resident, without the lines */
	uint64_t sent_again;   /* in the rounds before */
	uint32_t in_state[REG_STATE_COUNT];
	uint64_t sent, received, logged[LOG_KIND_COUNT];
	struct buf log; /* the entries taken in last */
};

/* In place of the library's (bench/CMakeLists.txt): net/ asks a socket whether the kernel cuts
 * trains. */
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	if (no_trains && level == SOL_UDP && name == UDP_SEGMENT) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_getsockopt(fd, level, name, value, n);
}

static void write_down(struct bench *bench, struct slice bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%u", bench->record, ++bench->recorded);
	file = fopen(path, "w");
	if (!file || fwrite(bytes.p, 1, bytes.n, file) != bytes.n || fclose(file))
		measure_die(path, errno);
}

static void on_sent(void *ctx, struct line *line, const struct line_message *message)
{
	struct bench *bench = ctx;

	(void)line;
	bench->sent++;
	if (bench->record)
		write_down(bench, message->bytes);
}

static void on_received(void *ctx, struct line *line, const struct line_message *message)
{
	struct bench *bench = ctx;

	(void)line;
	bench->received++;
	if (bench->record)
		write_down(bench, message->bytes);
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct bench *bench = ctx;

	bench->in_state[from]--;
	bench->in_state[line_reg(line)->state]++;
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct bench *bench = ctx;

	bench->in_flight[bench->what] += line_server(line)->gate->pace.in_flight;
	if (end->end == REG_END_GRANTED)
		bench->granted++;
	else
		bench->failed++;
	if (bench->granted + bench->failed == bench->count)
		net_stop(bench->engine.net);
}

/* Keeps an entry with its texts, as a shard hands it to another thread. */
static void take_in(struct bench *bench, const struct log_event *event)
{
	const struct slice texts[] = { event->reason, event->uri, event->address, event->text };
	size_t bytes = sizeof(*event);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		bytes += texts[i].n;
	if (bench->log.n + bytes >= bench->log.cap)
		bench->log.n = 0;
	buf_put(&bench->log, slice_of((const char *)event, sizeof(*event)));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		buf_put(&bench->log, texts[i]);
}

static void on_log(void *ctx, const struct log_event *event)
{
	struct bench *bench = ctx;

	take_in(bench, event);
	if (bench->logged[event->kind]++ < LOG_WRITTEN) {
		char text[4096];
		struct buf out = buf_over(text, sizeof(text));

		log_write(LOG_CLASSIC, event, &out);
	}
	if (event->level <= LOG_LEVEL_WARN)
		fprintf(stderr, "bench: %.*s\n", (int)event->text.n, event->text.p);
}

static void on_rest(void *ctx)
{
	struct bench *bench = ctx;
	struct shard_stats stats;

	shard_stats(bench->engine.shard, &stats);
	if (stats.room <= POOL_KEPT || bench->rests++ == RESTS_MAX)
		net_stop(bench->engine.net);
	else
		net_timer_set(bench->rest, net_now_ms(bench->engine.net) + REST_MS);
}

/* As a worker of the daemon does when it has been calm for a while. */
static void come_to_rest(struct bench *bench)
{
	net_timer_set(bench->rest, net_now_ms(bench->engine.net) + REST_MS);
	net_run(bench->engine.net);
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

static void on_silence(void *ctx)
{
	struct bench *bench = ctx;

	fprintf(stderr, "bench: %" PRIu32 " of %" PRIu32 " lines in time\n", bench->granted,
	        bench->count);
	exit(2);
}

/* From the loop, as everything that a daemon does: there the clock of the loop is right. Outside it
 * stands still, and what is sent then is sent again as soon as the loop turns. */
static void on_begin(void *ctx)
{
	struct bench *bench = ctx;

	for (uint32_t i = 0; i < bench->count; i++)
		bench->act(bench->engine.shard, bench->lines[i]);
}

static void add_lines(struct bench *bench)
{
	struct net_addr addr = measure_addr_of(bench->options->addresses, bench->index);
	struct server *server =
		engine_add_server(&bench->engine, &addr,
	                          &(struct server_cfg){ .transport = bench->options->transport,
	                                                .tls_ca = bench->options->ca });

	bench->lines = malloc(bench->count * sizeof(struct line *));
	if (!bench->lines)
		measure_die("lines", ENOMEM);
	/* Memory of the benchmark's own: written to, so that it counts before, not after. */
	memset(bench->lines, 1, bench->count * sizeof(struct line *));
	bench->before_bytes = measure_resident_bytes();
	for (uint32_t i = 0; i < bench->count; i++) {
		uint32_t number = bench->index * bench->count + i;
		char user[16];

		snprintf(user, sizeof(user), "%07" PRIu32, 1000000 + number);
		bench->lines[i] = engine_add_line(&bench->engine, server, user, number + 1);
	}
}

static void bench_open(struct bench *bench)
{
	struct shard_cfg cfg = {
		.log = { .level = LOG_LEVEL_INFO, .sink = on_log, .ctx = bench },
		.watch = { bench, on_state, on_sent, on_received, on_ended },
		.seed = bench->index + 1,
		.lines_max = bench->count,
		.user_agent = "lineup",
	};
	int error;

	bench->log = buf_over(malloc(LOG_ROOM), LOG_ROOM);
	if (!bench->log.p)
		measure_die("log", ENOMEM);
	memset(bench->log.p, 0, LOG_ROOM); /* so that it is no memory of the lines' */
	bench->in_state[REG_IDLE] = bench->count;
	engine_open(&bench->engine, &cfg);
	if ((error = net_timer_new(bench->engine.net, on_silence, bench, &bench->patience)) ||
	    (error = net_timer_new(bench->engine.net, on_begin, bench, &bench->begin)) ||
	    (error = net_timer_new(bench->engine.net, on_rest, bench, &bench->rest)))
		measure_die("net", error);
	add_lines(bench);
}

static void bench_close(struct bench *bench)
{
	net_timer_free(bench->patience);
	net_timer_free(bench->begin);
	net_timer_free(bench->rest);
	engine_close(&bench->engine);
	free(bench->lines);
	free(bench->log.p);
}

/* What is to come with the next turn of the loop, and how long to wait for all of it. */
static void set_off(struct bench *bench, uint64_t patience_ms)
{
	uint64_t now_ms = net_now_ms(bench->engine.net);

	net_timer_set(bench->begin, now_ms);
	net_timer_set(bench->patience, now_ms + patience_ms);
}

static void add_calls(struct measure_calls *sum, const struct shard_stats *before,
                      const struct shard_stats *after)
{
	sum->send += after->calls_send - before->calls_send;
	sum->receive += after->calls_receive - before->calls_receive;
	sum->sent += after->sent - before->sent;
	sum->received += after->received - before->received;
	sum->trains += after->trains - before->trains;
}

/* Has each line act and waits until all have ended an attempt. what: 0 registrations, 1 refreshes
 */
static void round_of(struct bench *bench, unsigned what,
                     void (*act)(struct shard *shard, struct line *line))
{
	struct measure_cpu begun;
	struct shard_stats before, stats;

	bench->granted = bench->failed = 0;
	bench->act = act;
	bench->what = what;
	pthread_barrier_wait(bench->together);
	set_off(bench, PATIENCE_MS + bench->count);
	shard_stats(bench->engine.shard, &before);
	measure_now(&begun);
	COUNTED_TOGGLE;
	net_run(bench->engine.net);
	COUNTED_TOGGLE;
	COUNTED_DUMP; /* a file for each round */
	measure_add(&bench->used[what], &begun);
	bench->done[what] += bench->granted;
	shard_stats(bench->engine.shard, &stats);
	add_calls(&bench->calls[what], &before, &stats);
	if (bench->failed || stats.retransmitted > bench->sent_again)
		fprintf(stderr, "bench: %" PRIu32 " failed, %" PRIu64 " sent again\n",
		        bench->failed, stats.retransmitted - bench->sent_again);
	bench->sent_again = stats.retransmitted;
	if (bench->in_state[REG_REGISTERED] != bench->granted)
		fprintf(stderr, "bench: %" PRIu32 " of %" PRIu32 " granted lines are registered\n",
		        bench->in_state[REG_REGISTERED], bench->granted);
}

static void *work(void *ctx)
{
	struct bench *bench = ctx;

	measure_pin(bench->index);
	bench_open(bench);
	round_of(bench, 0, shard_line_start);
	for (uint32_t i = 0; i < bench->options->rounds; i++)
		round_of(bench, 1, shard_line_nudge);
	if (bench->options->threads == 1 && !bench->record) {
		come_to_rest(bench);
		measure_print_memory("lineup-memory", bench->before_bytes, bench->count);
		printf("{\"name\": \"fault\", \"cpu_us\": %.3f}\n", measure_fault_us());
	}
	bench_close(bench);
	return NULL;
}

/* What all threads have used for what they have done. */
static void print_sum(const struct bench *benches, const struct lineup_options *options,
                      unsigned what)
{
	static const char *const transports[] = { [DNS_TCP] = "-tcp", [DNS_TLS] = "-tls" };
	struct measure_cpu sum = { 0 };
	struct measure_calls calls = { 0 };
	uint64_t done = 0, in_flight = 0;
	char name[NAME_MAX], threads[16] = "";

	for (uint32_t i = 0; i < options->threads; i++) {
		measure_sum(&sum, &benches[i].used[what]);
		measure_sum_calls(&calls, &benches[i].calls[what]);
		done += benches[i].done[what];
		in_flight += benches[i].in_flight[what];
	}
	if (options->threads > 1)
		snprintf(threads, sizeof(threads), "-%" PRIu32, options->threads);
	snprintf(name, sizeof(name), "lineup%s%s%s%s", no_trains ? "-no-trains" : "",
	         options->transport == DNS_UDP ? "" : transports[options->transport], threads,
	         what ? "-refresh" : "");
	measure_print_used(name, &sum, done, options->transport == DNS_UDP ? &calls : NULL);
	printf("{\"name\": \"%s-window\", \"in_flight\": %.1f}\n", name,
	       done ? (double)in_flight / (double)done : 0.0);
}

bool lineup_run(const struct lineup_options *options)
{
	static struct bench benches[MEASURE_THREADS_MAX];
	pthread_barrier_t together;
	bool good = true;

	no_trains = options->no_trains;
	pthread_barrier_init(&together, NULL, options->threads);
	for (uint32_t i = 0; i < options->threads; i++)
		benches[i] = (struct bench){ .options = options,
			                     .index = i,
			                     .together = &together,
			                     .count = options->lines / options->threads,
			                     .record = options->record };
	for (uint32_t i = 1; i < options->threads; i++)
		if (pthread_create(&benches[i].thread, NULL, work, &benches[i]))
			measure_die("pthread_create", EAGAIN);
	work(&benches[0]);
	for (uint32_t i = 1; i < options->threads; i++)
		pthread_join(benches[i].thread, NULL);
	pthread_barrier_destroy(&together);
	print_sum(benches, options, 0);
	if (options->rounds)
		print_sum(benches, options, 1);
	for (uint32_t i = 0; i < options->threads; i++)
		good = good && benches[i].failed == 0;
	return good;
}
