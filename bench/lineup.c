/* bench/lineup.c: lines on one shard, each registered once at the stub, as the daemon would do it.
 *
 * Making the lines is not measured; all that a registration takes is: pacing, both requests, the
 * digest, both answers, the timers, the machine. At the end it says what memory a line takes at
 * rest: settings, names and the digest's session included, and the share of what all lines have in
 * common.
 *
 *   bench_lineup ADDRESS LINES [ROUNDS]    ROUNDS: refreshes of all lines after that, on one nonce
 *   bench_lineup --pace ADDRESS LINES      until all are granted, however often one has to ask: the
 *                                          time, and the requests that were sent again
 *   bench_lineup --record FILES ADDRESS    one registration; its four datagrams go to FILES.1 to .4
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns.h"
#include "measure.h"
#include "net/net.h"
#include "shard/shard.h"

/* For bench/instructions: what is counted is what is measured. Costs nothing otherwise. */
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#endif

#define PATIENCE_MS 60000

struct bench {
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct net_timer *patience;
	struct line **lines;
	uint32_t count, granted, failed;
	const char *record; /* NULL: nothing is written down */
	unsigned recorded;
	uint64_t before_bytes; /* resident, without the lines */
	bool pace;             /* who failed comes back, and is waited for */
};

static void write_down(struct bench *bench, struct slice bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%u", bench->record, ++bench->recorded);
	file = fopen(path, "w");
	if (!file || fwrite(bytes.p, 1, bytes.n, file) != bytes.n || fclose(file))
		measure_die(path, errno);
}

static void on_message(void *ctx, struct line *line, const struct line_message *message)
{
	(void)line;
	write_down(ctx, message->bytes);
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct bench *bench = ctx;

	(void)line;
	if (end->end == REG_END_GRANTED)
		bench->granted++;
	else
		bench->failed++;
	if (bench->granted + (bench->pace ? 0 : bench->failed) == bench->count)
		net_stop(bench->net);
}

static void on_log(void *ctx, const struct log_event *event)
{
	(void)ctx;
	fprintf(stderr, "bench: %.*s\n", (int)event->text.n, event->text.p);
}

static void on_silence(void *ctx)
{
	struct bench *bench = ctx;

	fprintf(stderr, "bench: %" PRIu32 " of %" PRIu32 " lines after %u s\n", bench->granted,
	        bench->count, PATIENCE_MS / 1000);
	exit(2);
}

static void add_lines(struct bench *bench, const char *address)
{
	struct net_addr addr = measure_addr(address);
	char host[NET_ADDR_TEXT_MAX];
	struct buf host_buf = buf_over(host, sizeof(host));
	struct server_cfg server_cfg = { .host = host, .port = net_addr_port(&addr) };
	struct server *server;
	int error;

	net_addr_show_host(&addr, &host_buf);
	buf_end(&host_buf);
	error = shard_server_add(bench->shard, &server_cfg, &server);
	if (error)
		measure_die("server", error);
	bench->lines = malloc(bench->count * sizeof(struct line *));
	if (!bench->lines)
		measure_die("lines", ENOMEM);
	/* Memory of the benchmark's own: written to, so that it counts before, not after. */
	memset(bench->lines, 1, bench->count * sizeof(struct line *));
	bench->before_bytes = measure_resident_bytes();
	for (uint32_t i = 0; i < bench->count; i++) {
		char user[16];
		struct line_cfg cfg = {
			.server = server,
			.user = user,
			.auth_user = user,
			.password = "secret",
			.expires_s = 3600,
			.identity = i + 1,
		};

		snprintf(user, sizeof(user), "%07" PRIu32, 1000000 + i);
		error = shard_line_add(bench->shard, &cfg, &bench->lines[i]);
		if (error)
			measure_die("line", error);
	}
}

static void bench_open(struct bench *bench, const char *address)
{
	struct shard_cfg cfg = {
		.log = { .level = LOG_LEVEL_WARN, .sink = on_log },
		.watch = { .ctx = bench, .ended = on_ended },
		.seed = 1,
		.lines_max = bench->count,
		.user_agent = "lineup",
	};
	int error = net_new(&bench->net);

	if (error || (error = dns_new(bench->net, &bench->dns)) ||
	    (error = net_timer_new(bench->net, on_silence, bench, &bench->patience)))
		measure_die("net", error);
	cfg.net = bench->net;
	cfg.dns = bench->dns;
	if (bench->record)
		cfg.watch.sent = cfg.watch.received = on_message;
	error = net_random(bench->net, &cfg.key, sizeof(cfg.key));
	if (error || (error = shard_new(&cfg, &bench->shard)))
		measure_die("shard", error);
	add_lines(bench, address);
}

static void bench_close(struct bench *bench)
{
	shard_free(bench->shard);
	dns_free(bench->dns);
	net_timer_free(bench->patience);
	net_free(bench->net);
	free(bench->lines);
}

/* Has each line act and waits until all have ended an attempt. */
static void round_of(struct bench *bench, const char *name,
                     void (*act)(struct shard *shard, struct line *line))
{
	struct measure_cpu begun;
	struct shard_stats stats;

	bench->granted = bench->failed = 0;
	net_timer_set(bench->patience, net_now_ms(bench->net) + PATIENCE_MS);
	measure_now(&begun);
	CALLGRIND_TOGGLE_COLLECT;
	for (uint32_t i = 0; i < bench->count; i++)
		act(bench->shard, bench->lines[i]);
	net_run(bench->net);
	CALLGRIND_TOGGLE_COLLECT;
	measure_print(name, &begun, bench->granted, 0);
	shard_stats(bench->shard, &stats);
	if (bench->failed || stats.retransmitted)
		fprintf(stderr, "bench: %" PRIu32 " failed, %" PRIu64 " sent again\n",
		        bench->failed, stats.retransmitted);
}

/* The time that it takes to have all lines registered at a server that is slower than they are. */
static void race(struct bench *bench)
{
	struct measure_cpu begun, now;
	struct shard_stats stats;

	net_timer_set(bench->patience, net_now_ms(bench->net) + 4 * PATIENCE_MS);
	measure_now(&begun);
	for (uint32_t i = 0; i < bench->count; i++)
		shard_line_start(bench->shard, bench->lines[i]);
	net_run(bench->net);
	measure_now(&now);
	shard_stats(bench->shard, &stats);
	printf("{\"lines\": %" PRIu32 ", \"seconds\": %.2f, \"sent\": %" PRIu64
	       ", \"sent_again\": %" PRIu64 ", \"failed\": %" PRIu32 "}\n",
	       bench->granted, (double)(now.wall_ns - begun.wall_ns) / 1e9, stats.sent,
	       stats.retransmitted, bench->failed);
}

int main(int argc, char **argv)
{
	struct bench bench = { .count = 1 };
	uint32_t rounds = 0;

	if (argc == 4 && strcmp(argv[1], "--pace") == 0) {
		bench.pace = true;
		bench.count = measure_number(argv[3], 10000000);
		measure_pin(0);
		bench_open(&bench, argv[2]);
		race(&bench);
		bench_close(&bench);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "--record") == 0)
		bench.record = argv[2];
	else if (argc == 3 || argc == 4)
		bench.count = measure_number(argv[2], 10000000);
	else
		measure_die("usage: bench_lineup ADDRESS LINES [ROUNDS]", EINVAL);
	if (!bench.record && argc == 4)
		rounds = measure_number(argv[3], 5);
	measure_pin(0);
	bench_open(&bench, bench.record ? argv[3] : argv[1]);
	round_of(&bench, "lineup", shard_line_start);
	while (rounds--)
		round_of(&bench, "lineup-refresh", shard_line_nudge);
	if (!bench.record)
		measure_print_memory("lineup-memory", bench.before_bytes, bench.count);
	bench_close(&bench);
	return bench.failed ? 1 : 0;
}
