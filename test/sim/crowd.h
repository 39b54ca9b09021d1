/* crowd.h: many lines and a registrar that can do 5,000 registrations a second and no more: what is
 * above it drops, or answers with 503. On a virtual clock, so that the times are the pacer's and
 * the same in each run. What must hold is written in docs/architecture.md, "Pacing".
 *
 * The registrar serves one request after the other, 100 us each, so that a registration takes it
 * 200 us; where more than so much work waits for it the request is too much. Over TCP all lines
 * share a connection, which it takes at once, or refuses while it is dead. */
#ifndef LINEUP_TEST_CROWD_H
#define LINEUP_TEST_CROWD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/dns.h"
#include "shard/shard.h"
#include "sim.h"

#define LINES           100000
#define SERVE_US        100
#define QUEUE_US        100000
#define WAY_MS          2     /* there and back, of most */
#define LIMIT_MS        26000 /* 1.3 times LINES * 2 * SERVE_US */
#define EXPIRES_S       600
#define STARTS_PER_S    5000  /* a challenge and a grant each */
#define REFRESHES_PER_S 10000 /* a grant each, as the nonce was kept */
#define KNOWN_MS        2000 /* until the window is found, of a registrar that lets requests wait */
#define SECONDS         2000
#define RATE_SWING      3 /* from the least to the most in all that time */
#define SHARDS_MAX      2

enum excess { DROPS, SAYS_503 };

struct reply;

struct registrar {
	struct net_addr addr;
	struct server *servers[SHARDS_MAX]; /* what the lines of each shard know of it ... */
	struct server *before[SHARDS_MAX];  /* ... or those that were there before crowd_edit() */
	enum excess excess;
	uint64_t queue_us; /* of work that may wait */
	uint64_t burst_us; /* of work that may come at once after a rest; then none waits: a policer
	                    */
	uint64_t way_ms;   /* there and back */
	bool unlimited;    /* it does all that comes, at once */
	unsigned broken_percent; /* so many requests are answered by 503, whatever the load */
	uint64_t random;         /* for that */
	bool dead;
	unsigned nonce;       /* of its challenges; an answer to another one is stale */
	uint64_t answered_ms; /* the first request that it took since it is not dead; 0: none yet */
	uint64_t free_at_us;  /* when it has done what waits */
	struct reply *first, **end; /* grants and challenges, in the order in which they leave */
	struct reply *refusal, **refusal_end; /* 503, which do not wait */
	uint64_t requests, too_many;
	uint32_t granted[SECONDS];  /* in each second since the test began */
	uint32_t received[SECONDS]; /* requests, likewise */
	/* the rates of all shards together: the least and the most in each second; 0: not all of
	 * them have learnt one */
	uint32_t least[SECONDS], most[SECONDS];
	uint64_t *begun; /* when each registration and removal began; NULL: not kept */
	uint32_t begun_count;
};

struct crowd {
	struct net *net;
	struct dns *dns;
	struct shard *shards[SHARDS_MAX];
	unsigned shard_count;
	uint32_t one_in; /* of so many lines one goes to the second shard, and all others to the
	                    first; 0: they go to the shards in turn */
	struct registrar registrars[2];
	unsigned registrar_count;
	struct line **lines;
	struct line **at_rest; /* those that have come to their end, where it is set */
	uint32_t at_rest_count;
	uint32_t count, up;
	uint64_t last_up_ms; /* when the last line came up */
	uint64_t again;      /* sent again before what is looked at */
	bool icmp;           /* of a registrar that is dead the host says so */
};

/* Room for most lines. */
void crowd_open(struct crowd *crowd, uint32_t most);

/* The same with so many shards, as an agent has one in each thread: the lines go to them in turn,
 * or as crowd->one_in says, and each has its share of every server's pace. */
void crowd_open_shards(struct crowd *crowd, uint32_t most, unsigned shards);
void crowd_close(struct crowd *crowd);

/* Adds a registrar and count lines of its own, all of which are started at once. */
struct registrar *crowd_add(struct crowd *crowd, uint32_t count, enum excess excess,
                            const struct server_cfg *like);

/* Adds line number i of a registrar again, with another password, and starts it. */
void crowd_add_line(struct crowd *crowd, const struct registrar *registrar, uint32_t i);

/* What is sent to the registrar was edited: lines that are added from now on are at other servers,
 * as the agent does it, which are the same PBX. */
void crowd_edit(struct crowd *crowd, struct registrar *registrar);

/* The shard that has a line. */
struct shard *crowd_shard_of(const struct crowd *crowd, const struct line *line);

/* Runs until at_ms, or until all lines are up. */
void crowd_run(struct crowd *crowd, uint64_t at_ms, bool until_up);

/* Once what the registrar can bear is known, which takes known_ms from from_ms on, and until few
 * lines are left at last_up_ms, it has all the work that it can do, and not much more: whatever the
 * pacer tries, in no second less than four fifths of the registrations that it completes in one are
 * granted, in none it gets more than six fifths of the requests that it can serve, and the rates of
 * all that time are within a factor of RATE_SWING: nothing swings. */
void crowd_assert_steady(const struct crowd *crowd, const struct registrar *registrar,
                         uint32_t per_s, uint64_t from_ms, uint64_t known_ms);

/* In no second, wherever it begins, have more begun. */
void crowd_assert_rate(const struct registrar *registrar, uint32_t per_s);

/* From here on what was sent and lost before does not count any more. */
void crowd_count_anew(struct crowd *crowd);

/* What was 503 or sent again, in thousandths of all requests. */
unsigned crowd_wasted_permille(const struct crowd *crowd);

/* Prints how long it took from from_ms on. */
void crowd_tell(const char *what, const struct crowd *crowd, uint64_t from_ms);

#endif
