/* bench/lineup.h: lines that register at a stub, and what that took. */
#ifndef LINEUP_BENCH_LINEUP_H
#define LINEUP_BENCH_LINEUP_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/dns.h"

struct lineup_options {
	const char *addresses; /* of the stub: A:PORT; or one for each thread, with commas */
	enum dns_transport transport;
	const char *ca; /* DNS_TLS: the file of the authority */
	bool no_trains; /* as on a kernel that knows no UDP_SEGMENT */
	uint32_t lines;
	uint32_t rounds;    /* refreshes of all lines after their registration, on one nonce */
	uint32_t threads;   /* from 1: so many shards, each with an equal share of the lines */
	const char *record; /* one line's messages go to files with that name; NULL: none do */
};

/* All threads do the same, the first of them in the caller's. Prints what that took. Returns
 * whether all were granted. */
bool lineup_run(const struct lineup_options *options);

#endif
