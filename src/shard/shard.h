/* shard/shard.h: the lines of one thread, with all that they share: sockets, timers, transactions,
 * servers. Everything here is called from the thread that runs the net. */
#ifndef LINEUP_SHARD_SHARD_H
#define LINEUP_SHARD_SHARD_H

#include "base/hash.h"
#include "line/line.h"

struct net;
struct dns;
struct shard;

struct shard_cfg {
	struct net *net; /* both outlive the shard */
	struct dns *dns;
	struct log log;
	struct line_watch watch; /* members may be NULL */
	struct hash_key key;     /* secret: branches, tags and Call-IDs come from it */
	uint64_t seed;           /* for what is spread at random */
	uint32_t lines_max;      /* more are refused */
	const char *user_agent;  /* copied; NULL: no such header */
};

/* Returns 0, -ENOMEM, -ENOTSUP (no digest in OpenSSL) or a socket's error. */
int shard_new(const struct shard_cfg *cfg, struct shard **ret_shard);

/* Frees all, sends nothing: stop the lines first. */
void shard_free(struct shard *shard);

/* A server for lines to name. Lasts as long as the shard. Returns 0, -ENOMEM or -EINVAL. */
int shard_server_add(struct shard *shard, const struct server_cfg *cfg, struct server **ret_server);

/* A line, not yet asked to register. Returns 0, -ENOMEM, -ENOSPC (lines_max), -EINVAL (a text too
 * long or a value out of range). */
int shard_line_add(struct shard *shard, const struct line_cfg *cfg, struct line **ret_line);

/* Frees an IDLE line; of another it first forgets what is under way, and sends nothing. */
void shard_line_remove(struct shard *shard, struct line *line);

void shard_line_start(struct shard *shard, struct line *line);
void shard_line_stop(struct shard *shard,
                     struct line *line); /* removes its binding, REG_REMOVAL_MS at the most */
void shard_line_nudge(struct shard *shard, struct line *line);

struct shard_stats {
	uint64_t registered; /* attempts that were granted */
	uint64_t refused, failed;
	uint64_t retransmitted;
	uint64_t dropped;   /* datagrams that were for nobody */
	uint64_t strangers; /* ... of those: requests */
	uint32_t lines, transactions;
};
void shard_stats(const struct shard *shard, struct shard_stats *ret_stats);

#endif
