/* shard/shard.h: the lines of one thread, with all that they share: sockets, timers, transactions,
 * servers; and the answers to what servers ask (answer/answer.h), so many a second for each server.
 * Everything here is called from the thread that runs the net. */
#ifndef LINEUP_SHARD_SHARD_H
#define LINEUP_SHARD_SHARD_H

#include "base/hash.h"
#include "line/line.h"
#include "net/tls.h"
#include "pace/pace.h"

struct net;
struct dns;
struct shard;

struct shard_cfg {
	struct net *net; /* both outlive the shard */
	struct dns *dns;
	struct log log;
	struct line_watch watch; /* members may be NULL */
	struct hash_key
		key;   /* secret: tags and Call-IDs come from it, and last as long as it does */
	uint64_t seed; /* another one in each process and shard: for what is spread at
	                  random, and, with the key, for branches */
	uint16_t port4, port6; /* local ports; 0: any. Where one is taken any other is, with a note
	                          in the log */
	uint32_t lines_max;    /* more are refused */
	uint32_t lines;  /* so many are expected: their places in tables are made at once, since
	                    a table that grows with lines in it holds up the loop */
	uint32_t number; /* which of the shards whose log is one, from 0: no two of them give out
	                    the same handle of an attempt ("0xa000001") ... */
	uint32_t shards; /* ... and of how many; 0: it is the only one */
	bool once; /* each line is stopped at the first end of an attempt: the log foretells nothing
	              that would come behind it */
	const char *user_agent; /* copied; NULL: no such header */
};

/* Returns 0, -ENOMEM, -ENOTSUP (no digest in OpenSSL) or a socket's error. */
int shard_new(const struct shard_cfg *cfg, struct shard **ret_shard);

/* Frees all, sends nothing: stop the lines first. */
void shard_free(struct shard *shard);

/* Where its sockets are bound; 0: the machine has no such family. */
void shard_local_ports(const struct shard *shard, uint16_t *ret_port4, uint16_t *ret_port6);

/* A server for lines to name. Returns 0, -ENOMEM or -EINVAL. */
int shard_server_add(struct shard *shard, const struct server_cfg *cfg, struct server **ret_server);

/* Frees a server that no line names. One that stays goes with the shard. */
void shard_server_remove(struct shard *shard, struct server *server);

/* This shard's share of the server's pace (pace/pace.h). No line is touched. */
void shard_server_pace(struct shard *shard, struct server *server, const struct pace_share *share);

/* What is sent from now on to keep its NAT's mappings open. No line is touched. */
void shard_server_keep(struct shard *shard, struct server *server, enum sip_keep keep);

/* A line, not yet asked to register. Returns 0, -ENOMEM, -ENOSPC (lines_max), -EINVAL (a text too
 * long or a value out of range). */
int shard_line_add(struct shard *shard, const struct line_cfg *cfg, struct line **ret_line);

/* Frees an IDLE line; of another it first forgets what is under way, and sends nothing. */
void shard_line_remove(struct shard *shard, struct line *line);

/* Other TLS files for a server, or the same ones, to be read again: the next connections are made
 * with them, those that are open stay. Where they cannot be read the log says so, and the old ones
 * are used on. */
void shard_server_tls(struct shard *shard, struct server *server,
                      const struct net_tls_files *files);

/* Reads the TLS files of all servers again, for the connections that come. */
void shard_tls_reload(struct shard *shard);

void shard_line_start(struct shard *shard, struct line *line);
void shard_line_stop(struct shard *shard,
                     struct line *line); /* removes its binding, REG_REMOVAL_MS at the most */

/* The same for each line, within REG_REMOVAL_MS for all of them. The first LINE_WALK of them are
 * told at once, the others so many in each turn of the loop; whoever starts a line meanwhile may
 * find it stopped. */
void shard_stop(struct shard *shard);

void shard_line_nudge(struct shard *shard, struct line *line);

/* other, a second flow of the same identity (RFC 5626 4.2), has come to be registered, or is no
 * more: line waits longer after failures while it is (4.5), and tries at once when it waits so and
 * other is lost. */
void shard_line_beside(struct shard *shard, struct line *line, const struct line *other);

/* The same with another bound than REG_REMOVAL_MS. */
void shard_line_stop_within(struct shard *shard, struct line *line, uint32_t removal_ms);

struct shard_stats {
	uint64_t sent, received; /* datagrams */
	uint64_t trains;         /* what those sent left in (net/net.h) */
	uint64_t calls_send, calls_receive;
	uint64_t registered; /* attempts that were granted */
	uint64_t refused, failed;
	uint64_t removed; /* removals that a server confirmed */
	uint64_t retransmitted;
	uint64_t dropped;   /* datagrams that were for nobody */
	uint64_t strangers; /* ... of those: requests that no server of a line's sent */
	uint64_t answered;  /* requests of servers */
	uint32_t lines, transactions;
	uint32_t room; /* attempts that there is memory for; less, once there were many */
};
void shard_stats(const struct shard *shard, struct shard_stats *ret_stats);

#endif
