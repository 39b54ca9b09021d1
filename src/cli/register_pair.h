/* cli/register_pair.h: the one or two flows (RFC 5626 4.2) by which `lineup register` holds its
 * line: makes them, begins the second one, and tells each of the other. */
#ifndef LINEUP_CLI_REGISTER_PAIR_H
#define LINEUP_CLI_REGISTER_PAIR_H

#include "cli/register.h"
#include "net/net.h"
#include "shard/shard.h"

/* What is worth telling of two flows. */
enum register_pair_news {
	REGISTER_PAIR_BOTH, /* both are registered */
	REGISTER_PAIR_LOST, /* one of them is lost, and the other one holds the line */
	REGISTER_PAIR_ONE,  /* there will be one only: the registrar does no outbound */
};

struct register_pair {
	struct net *net;
	struct shard *shard;
	struct server *servers[2];
	struct line *lines[2]; /* [1] is NULL where one is wanted */
	struct net_timer *timer;
	enum { REGISTER_PAIR_WAITS, REGISTER_PAIR_DUE, REGISTER_PAIR_BEGUN } second;
	bool told_one;
	unsigned up; /* that were registered when it was last looked at */
	void (*tell)(void *ctx, enum register_pair_news news);
	void *ctx;
};

/* Makes the lines as settings have them. pair: net, shard, tell and ctx are set, all else is zero;
 * what was made when it fails goes with register_pair_done(). 0, or as shard_line_add(). */
int register_pair_make(struct register_pair *pair, const struct register_settings *settings);
void register_pair_done(struct register_pair *pair); /* the lines are the shard's */

void register_pair_start(struct register_pair *pair);
void register_pair_stop(struct register_pair *pair);
bool register_pair_at_rest(const struct register_pair *pair);

/* The flow that line is: 0 or 1; and how many have a binding. */
unsigned register_pair_flow(const struct register_pair *pair, const struct line *line);
unsigned register_pair_up(const struct register_pair *pair);

/* For the calls of struct line_watch of the same names. */
void register_pair_state(struct register_pair *pair);
void register_pair_ended(struct register_pair *pair, const struct line *line,
                         const struct line_end *end);

/* Whether the second flow will have a result of its own, or has had one. */
bool register_pair_has_second(const struct register_pair *pair);

#endif
