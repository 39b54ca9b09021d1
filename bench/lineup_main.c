/* bench/lineup_main.c: lines that register at a stub in another process, timed (lineup.c).
 *
 *   bench_lineup [OPTIONS] ADDRESSES LINES [ROUNDS]
 *                                          ADDRESSES: one, or one for each thread: A:PORT,A:PORT
 *                                          ROUNDS: refreshes of all lines after that, on one nonce
 *       --threads N                        so many shards, each with a thread and an equal share of
 *                                          the lines; the memory is not looked at
 *       --tcp, --tls CA                    over one connection for each shard
 *       --no-trains                        as on a kernel that knows no UDP_SEGMENT
 *   bench_lineup [--tcp] --record FILES ADDRESS
 *                                          one registration; its four messages go to FILES.1 to .4
 */
#include <errno.h>
#include <getopt.h>

#include "lineup.h"
#include "measure.h"

#define LINES_MAX 10000000

static _Noreturn void usage(void)
{
	measure_die("usage: bench_lineup [--threads N] [--tcp | --tls CA | --no-trains] ADDRESSES "
	            "LINES [ROUNDS]\n"
	            "       bench_lineup [--tcp] --record FILES ADDRESS",
	            EINVAL);
}

static void read_options(int argc, char **argv, struct lineup_options *options)
{
	static const struct option names[] = {
		{ "threads", required_argument, NULL, 't' },
		{ "tcp", no_argument, NULL, 'c' },
		{ "tls", required_argument, NULL, 's' },
		{ "record", required_argument, NULL, 'r' },
		{ "no-trains", no_argument, NULL, 'n' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 't':
			options->threads = measure_number(optarg, MEASURE_THREADS_MAX);
			break;
		case 'c':
			options->transport = DNS_TCP;
			break;
		case 's':
			options->transport = DNS_TLS;
			options->ca = optarg;
			break;
		case 'n':
			options->no_trains = true;
			break;
		case 'r':
			options->record = optarg;
			break;
		default:
			usage();
		}
	}
}

int main(int argc, char **argv)
{
	struct lineup_options options = { .transport = DNS_UDP, .lines = 1, .threads = 1 };

	read_options(argc, argv, &options);
	argc -= optind;
	argv += optind;
	if (options.record ? argc != 1 : argc != 2 && argc != 3)
		usage();
	options.addresses = argv[0];
	if (!options.record)
		options.lines = measure_number(argv[1], LINES_MAX);
	if (argc == 3)
		options.rounds = measure_number(argv[2], 5);
	if (options.threads == 0 || options.lines < options.threads)
		usage();
	return lineup_run(&options) ? 0 : 1;
}
