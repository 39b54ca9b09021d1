/* bench/count.c: lines that register, and are refreshed once, at a registrar in their own thread,
 * in lockstep (lockstep.h), for counting instructions (bench/instructions): two runs of one build
 * do the same. No more than one refresh: on a clock that stands a line may send REG_BUCKET
 * REGISTERs.
 *
 *   bench_count [--tcp | --tls CERTIFICATE KEY] LINES
 *                                          the certificate is its own authority */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lineup.h"
#include "lockstep.h"
#include "measure.h"

#define LINES_MAX 100000

static _Noreturn void usage(void)
{
	measure_die("usage: bench_count [--tcp | --tls CERTIFICATE KEY] LINES", EINVAL);
}

int main(int argc, char **argv)
{
	struct lineup_options options = { .transport = DNS_UDP, .rounds = 1, .threads = 1 };
	const char *key = NULL;
	char address[32];
	int at = 1;
	bool good;

	if (argc > 2 && strcmp(argv[1], "--tcp") == 0) {
		options.transport = DNS_TCP;
		at = 2;
	} else if (argc > 4 && strcmp(argv[1], "--tls") == 0) {
		options.transport = DNS_TLS;
		options.ca = argv[2];
		key = argv[3];
		at = 4;
	}
	if (argc != at + 1)
		usage();
	options.lines = measure_number(argv[at], LINES_MAX);
	if (!options.lines)
		usage();
	snprintf(address, sizeof(address), "127.0.0.1:%u",
	         lockstep_open(options.transport, options.ca, key));
	options.addresses = address;
	good = lineup_run(&options);
	lockstep_close();
	return good ? 0 : 1;
}
