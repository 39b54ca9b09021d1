/* line/ways.h: where lines have sent their REGISTERs, and from which address of this host: stored
 * once for all the lines of a shard that went the same way, so that a line keeps two numbers rather
 * than four addresses. */
#ifndef LINEUP_LINE_WAYS_H
#define LINEUP_LINE_WAYS_H

#include <stdint.h>

#include "base/hash.h"
#include "net/addr.h"

struct line_way {
	struct net_addr addr;   /* family 0: not known */
	struct net_addr source; /* what the Contact was made from */
	uint32_t lines;         /* that name it, once for each time */
	uint32_t next;          /* this room's own */
};

struct line_ways {
	struct line_way *slots;
	uint32_t *heads;
	uint32_t made, cap, free;
	uint32_t last; /* that was set */
	struct hash_key key;
};

void line_ways_init(struct line_ways *ways, const struct hash_key *key);
void line_ways_done(struct line_ways *ways);

/* A number that names a way; 0: none. Each is given back with line_ways_clear(). */

/* Has *way name these. Returns 0 or -ENOMEM: it names what it did before. */
int line_ways_set(struct line_ways *ways, uint32_t *way, const struct net_addr *addr,
                  const struct net_addr *source);
/* Has *way name what from does, too: that never fails. */
void line_ways_copy(struct line_ways *ways, uint32_t *way, uint32_t from);
void line_ways_clear(struct line_ways *ways, uint32_t *way);

/* Borrows until one is set. Of 0: addresses without a family. */
const struct line_way *line_ways_at(const struct line_ways *ways, uint32_t way);

#endif
