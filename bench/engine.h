/* bench/engine.h: one shard with a loop and a resolver of its own, as the programs that measure
 * lines have it in each of their threads. What goes wrong ends the program with a message. */
#ifndef LINEUP_BENCH_ENGINE_H
#define LINEUP_BENCH_ENGINE_H

#include "dns/dns.h"
#include "net/net.h"
#include "shard/shard.h"

struct engine {
	struct net *net;
	struct dns *dns;
	struct shard *shard;
};

/* cfg: without net, dns and key, which are filled in. */
void engine_open(struct engine *ret_engine, const struct shard_cfg *cfg);
void engine_close(struct engine *engine);

/* A server at an address. cfg: without host and port, which are filled in. */
struct server *engine_add_server(struct engine *engine, const struct net_addr *addr,
                                 const struct server_cfg *cfg);

/* A line that asks for an hour, and logs in as measure_login() has it. */
struct line *engine_add_line(struct engine *engine, struct server *server, const char *user,
                             uint64_t identity);

#endif
