/* shard/own.h: what the files of shard/ share among themselves. */
#ifndef LINEUP_SHARD_OWN_H
#define LINEUP_SHARD_OWN_H

#include "answer/bucket.h"
#include "line/part.h"
#include "shard/shard.h"

/* Lines by the user of their Contact: numbers of lines, open addressing. */
struct shard_users {
	uint32_t *slots; /* number + 1; 0: free */
	uint32_t cap;    /* a power of two; 0: nothing yet */
	uint32_t used;
};

#define SHARD_ROUTES_MS      500
#define SHARD_ROUTES_REST_MS 1000
#define SHARD_NAME_WAYS      10

#define SHARD_LOOKERS 64
#define SHARD_DUE     512 /* timers of each kind that fire in one turn of the loop */

struct shard {
	struct line_env env;
	struct pool lines;
	struct server **servers;
	struct answer_bucket *buckets; /* of each server: the answers that it may have */
	uint32_t server_count, server_cap;
	struct shard_users users;
	struct answer_bucket looks[SHARD_LOOKERS]; /* through all servers, by who asks */
	struct answer_calls calls;
	struct net_routes *routes; /* NULL: the kernel tells nobody */
	struct net_timer *routes_timer;
	bool routes_wait;              /* something has changed, more may follow ... */
	uint64_t routes_look_ms;       /* ... until then */
	bool routes_walk;              /* lines are being told ... */
	uint32_t routes_at;            /* ... the next of them */
	uint64_t routes_rest_until_ms; /* ways are not looked at before */
	bool stop_walk;                /* shard_stop(): lines are being told ... */
	uint32_t stop_at;              /* ... the next of them ... */
	uint64_t stop_until_ms;        /* ... and until when their bindings may be removed */
	/* The ways that look-ups go, as they were when they were last looked at. */
	struct net_way name_ways[SHARD_NAME_WAYS];
	unsigned name_way_count;
	uint32_t dns_epoch;  /* dns_epoch() at that time */
	uint64_t rest_at_ms; /* what attempts left is not looked at before */
};

/* routes.c. Returns 0 or -ENOMEM. */
int shard_routes_init(struct shard *shard);
void shard_routes_done(struct shard *shard);

/* users.c. Room for more lines, before they are put in. Returns 0 or -ENOMEM. */
int shard_users_reserve(struct shard *shard, uint32_t more);
void shard_users_put(struct shard *shard, const struct line *line);
void shard_users_remove(struct shard *shard, const struct line *line);
/* Walks the lines of a user, escapes resolved (RFC 3261 19.1.4). *at starts as 0. NULL at the end.
 */
struct line *shard_users_next(const struct shard *shard, struct slice user, uint32_t *at);

/* inbound.c: a request that came in over flow, or, where that is NULL, as a datagram from from. */
void shard_on_request(struct shard *shard, struct flow *flow, const struct sip_msg *msg,
                      const struct net_addr *from);

#endif
