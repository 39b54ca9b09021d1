/* bench/crowd.c: many lines at registrars that are slower than they are, in real time: what
 * bench/pace asks. It says when all lines of each registrar are up, and when none is; what happens
 * to the registrars meanwhile (an outage, a lost connection, another route) is bench/pace's to do.
 *
 *   bench_crowd [--threads N] [--tcp] [--rate N] LINES ADDRESS [LINES ADDRESS]
 *       --threads N    so many shards, each with a thread and an equal part of the lines
 *       --rate N       a fixed rate at each registrar, for all threads together
 *
 * The commands come on the standard input, one a line. For each it prints one line of JSON, with
 * times of the monotonic clock: when the last line of each registrar came up, and when 99 of 100
 * were; what was sent, sent again and failed since the last command, and the rates of all shards
 * together, each 100 ms.
 *
 *       up      waits until all lines are up
 *       down    waits until no line of the first registrar is
 *       anew    at once: from now on a line counts as up once it has registered again
 *
 * It ends with its input. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "measure.h"

#define THREADS_MAX    16
#define REGISTRARS_MAX 2
#define LINES_MAX      1000000
#define TICK_MS        100
#define TICKS_MAX      6000 /* ten minutes */

struct options {
	uint32_t threads, rate_per_s, registrars;
	enum dns_transport transport;
	uint32_t lines[REGISTRARS_MAX]; /* of all threads */
	const char *addresses[REGISTRARS_MAX];
};

/* Of one registrar in one thread: written there, read by the first. */
struct group {
	struct server *server;
	_Atomic uint32_t up;         /* lines that hold a binding */
	_Atomic uint32_t granted;    /* since the last "anew" */
	_Atomic uint64_t last_up_ms; /* the last grant, */
	_Atomic uint64_t most_up_ms; /* and the one with which 99 of 100 of its lines were */
	uint32_t lines;
};

struct worker {
	_Alignas(64) const struct options *options;
	unsigned index;
	pthread_t thread;
	struct engine engine;
	struct net_timer *begin, *tick;
	struct net_async *stop;
	struct line **lines;
	uint32_t count;
	struct group groups[REGISTRARS_MAX];
	_Atomic uint64_t sent, again, failed;
	_Atomic uint32_t ticks;
	uint32_t rates[TICKS_MAX]; /* of the first registrar, up to ticks */
};

static struct worker workers[THREADS_MAX];

static struct group *group_of(struct worker *worker, const struct line *line)
{
	return &worker->groups[line_server(line) == worker->groups[1].server];
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct group *group = group_of(ctx, line);
	bool was = from == REG_REGISTERED || from == REG_REFRESHING || from == REG_HOLDING;

	if (reg_bound(line_reg(line)) && !was)
		group->up++;
	if (!reg_bound(line_reg(line)) && was)
		group->up--;
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct worker *worker = ctx;
	struct group *group = group_of(worker, line);

	if (end->end != REG_END_GRANTED)
		return;
	group->last_up_ms = net_now_ms(worker->engine.net);
	if (++group->granted == group->lines - group->lines / 100)
		group->most_up_ms = group->last_up_ms;
}

static void on_begin(void *ctx)
{
	struct worker *worker = ctx;

	for (uint32_t i = 0; i < worker->count; i++)
		shard_line_start(worker->engine.shard, worker->lines[i]);
}

static void on_tick(void *ctx)
{
	struct worker *worker = ctx;
	struct shard_stats stats;

	shard_stats(worker->engine.shard, &stats);
	worker->sent = stats.sent;
	worker->again = stats.retransmitted;
	worker->failed = stats.failed;
	if (worker->ticks < TICKS_MAX) {
		worker->rates[worker->ticks] = line_server(worker->lines[0])->gate->pace.rate.per_s;
		worker->ticks++;
	}
	net_timer_set(worker->tick, net_now_ms(worker->engine.net) + TICK_MS);
}

static void on_stop(void *ctx)
{
	struct worker *worker = ctx;

	net_stop(worker->engine.net);
}

/* As the agent does it where all threads have as many lines. */
static void add_server(struct worker *worker, unsigned number)
{
	const struct options *options = worker->options;
	struct net_addr addr = measure_addr(options->addresses[number]);
	struct pace_share share = {
		.rate_per_s = options->rate_per_s,
		.shares = options->threads,
		.part = { PACE_PARTS * worker->index / options->threads,
		          PACE_PARTS * (worker->index + 1) / options->threads },
	};
	struct server *server = engine_add_server(
		&worker->engine, &addr, &(struct server_cfg){ .transport = options->transport });

	shard_server_pace(worker->engine.shard, server, &share);
	worker->groups[number].server = server;
}

static void add_lines(struct worker *worker, unsigned number)
{
	uint32_t count = worker->options->lines[number] / worker->options->threads;

	worker->groups[number].lines = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t identity = worker->index * LINES_MAX + worker->count;
		char user[16];

		snprintf(user, sizeof(user), "%08" PRIu32, 10000000 + identity);
		worker->lines[worker->count] = engine_add_line(
			&worker->engine, worker->groups[number].server, user, identity + 1);
		worker->count++;
	}
}

static void worker_open(struct worker *worker)
{
	const struct options *options = worker->options;
	uint32_t most = options->lines[0] + options->lines[1];
	struct shard_cfg cfg = {
		.log = { .level = LOG_LEVEL_QUIET },
		.watch = { .ctx = worker, .state = on_state, .ended = on_ended },
		.seed = worker->index + 1,
		.number = worker->index,
		.shards = options->threads,
		.lines_max = most,
		.user_agent = "lineup",
	};
	int error;

	worker->lines = calloc(most, sizeof(struct line *));
	if (!worker->lines)
		measure_die("lines", ENOMEM);
	engine_open(&worker->engine, &cfg);
	if ((error = net_timer_new(worker->engine.net, on_begin, worker, &worker->begin)) ||
	    (error = net_timer_new(worker->engine.net, on_tick, worker, &worker->tick)) ||
	    (error = net_async_new(worker->engine.net, on_stop, worker, &worker->stop)))
		measure_die("net", error);
	for (unsigned i = 0; i < options->registrars; i++) {
		add_server(worker, i);
		add_lines(worker, i);
	}
}

static void worker_close(struct worker *worker)
{
	net_timer_free(worker->begin);
	net_timer_free(worker->tick);
	net_async_free(worker->stop);
	engine_close(&worker->engine);
	free(worker->lines);
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;
	uint64_t now_ms = net_now_ms(worker->engine.net);

	net_timer_set(worker->begin, now_ms);
	net_timer_set(worker->tick, now_ms + TICK_MS);
	net_run(worker->engine.net);
	return NULL;
}

/* ---- the first thread, which asks the others */

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

/* The least of those that are up and those that were granted anew. */
static uint32_t count_up(const struct options *options, unsigned number)
{
	uint32_t up = 0, granted = 0;

	for (unsigned i = 0; i < options->threads; i++) {
		up += workers[i].groups[number].up;
		granted += workers[i].groups[number].granted;
	}
	return up < granted ? up : granted;
}

static bool all_up(const struct options *options)
{
	for (unsigned i = 0; i < options->registrars; i++)
		if (count_up(options, i) < options->lines[i])
			return false;
	return true;
}

static void print_rates(const struct options *options, uint32_t from)
{
	uint32_t ticks = workers[0].ticks;

	for (unsigned i = 1; i < options->threads; i++)
		ticks = workers[i].ticks < ticks ? workers[i].ticks : ticks;
	printf(", \"rates\": [");
	for (uint32_t t = from; t < ticks; t++) {
		uint32_t sum = 0;

		for (unsigned i = 0; i < options->threads; i++)
			sum += workers[i].rates[t];
		printf(t > from ? ", %" PRIu32 : "%" PRIu32, sum);
	}
	printf("]");
}

struct mark {
	uint64_t at_ms, sent, again, failed;
	uint32_t ticks;
};

static struct mark mark_now(const struct options *options)
{
	struct mark mark = { .at_ms = clock_ms(), .ticks = workers[0].ticks };

	for (unsigned i = 0; i < options->threads; i++) {
		mark.sent += workers[i].sent;
		mark.again += workers[i].again;
		mark.failed += workers[i].failed;
	}
	return mark;
}

static void print_mark(const struct options *options, const char *what, const struct mark *from)
{
	struct mark mark;

	nanosleep(&(struct timespec){ .tv_nsec = 2 * TICK_MS * 1000000L }, NULL);
	mark = mark_now(options);
	printf("{\"what\": \"%s\", \"from_ms\": %" PRIu64 ", \"at_ms\": %" PRIu64
	       ", \"sent\": %" PRIu64 ", \"sent_again\": %" PRIu64 ", \"failed\": %" PRIu64,
	       what, from->at_ms, mark.at_ms, mark.sent - from->sent, mark.again - from->again,
	       mark.failed - from->failed);
	for (unsigned n = 0; n < options->registrars; n++) {
		uint64_t last_ms = 0, most_ms = 0, first_ms = UINT64_MAX;
		const char *which = n ? "_2" : "";

		for (unsigned i = 0; i < options->threads; i++) {
			const struct group *group = &workers[i].groups[n];

			if (group->last_up_ms > last_ms)
				last_ms = group->last_up_ms;
			if (group->last_up_ms < first_ms)
				first_ms = group->last_up_ms;
			if (group->most_up_ms > most_ms)
				most_ms = group->most_up_ms;
		}
		printf(", \"first_up_ms%s\": %" PRIu64 ", \"last_up_ms%s\": %" PRIu64
		       ", \"most_up_ms%s\": %" PRIu64,
		       which, first_ms, which, last_ms, which, most_ms);
	}
	print_rates(options, from->ticks);
	printf("}\n");
	fflush(stdout);
}

static void obey(const struct options *options)
{
	struct mark from = mark_now(options);
	char command[64];

	while (fgets(command, sizeof(command), stdin)) {
		command[strcspn(command, "\n")] = '\0';
		if (strcmp(command, "up") == 0) {
			while (!all_up(options))
				rest();
		} else if (strcmp(command, "down") == 0) {
			while (count_up(options, 0))
				rest();
		} else if (strcmp(command, "anew") == 0) {
			for (unsigned i = 0; i < options->threads; i++)
				for (unsigned n = 0; n < options->registrars; n++)
					workers[i].groups[n].granted = 0;
		} else {
			measure_die("no command is called so", EINVAL);
		}
		print_mark(options, command, &from);
		from = mark_now(options);
	}
}

static _Noreturn void usage(void)
{
	measure_die("usage: bench_crowd [--threads N] [--tcp] [--rate N] LINES ADDRESS "
	            "[LINES ADDRESS]",
	            EINVAL);
}

static struct options read_options(int argc, char **argv)
{
	static const struct option names[] = { { "threads", required_argument, NULL, 't' },
		                               { "tcp", no_argument, NULL, 'c' },
		                               { "rate", required_argument, NULL, 'r' },
		                               { 0 } };
	struct options options = { .threads = 1, .transport = DNS_UDP };
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 't')
			options.threads = measure_number(optarg, THREADS_MAX);
		else if (option == 'c')
			options.transport = DNS_TCP;
		else if (option == 'r')
			options.rate_per_s = measure_number(optarg, 100000);
		else
			usage();
	}
	for (; optind + 1 < argc && options.registrars < REGISTRARS_MAX; optind += 2) {
		options.lines[options.registrars] = measure_number(argv[optind], LINES_MAX);
		options.addresses[options.registrars++] = argv[optind + 1];
	}
	if (optind < argc || !options.registrars || !options.threads ||
	    options.lines[0] < options.threads)
		usage();
	for (unsigned i = 0; i < options.registrars; i++)
		options.lines[i] -= options.lines[i] % options.threads;
	return options;
}

int main(int argc, char **argv)
{
	struct options options = read_options(argc, argv);

	for (unsigned i = 0; i < options.threads; i++) {
		workers[i].options = &options;
		workers[i].index = i;
		worker_open(&workers[i]);
	}
	for (unsigned i = 0; i < options.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			measure_die("pthread_create", EAGAIN);
	obey(&options);
	for (unsigned i = 0; i < options.threads; i++)
		net_async_send(workers[i].stop);
	for (unsigned i = 0; i < options.threads; i++) {
		pthread_join(workers[i].thread, NULL);
		worker_close(&workers[i]);
	}
	return 0;
}
