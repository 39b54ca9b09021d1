/* agent/map.h: from a 64-bit number to an object that begins with it, for the control thread's
 * tables: rows by id, accounts by the hash of what they register. Open addressing, four fifths full
 * at the most; removal moves the followers up, so that there are no tombs to sweep. A cell is a
 * pointer and nothing else, since there are millions of them. */
#ifndef LINEUP_AGENT_MAP_H
#define LINEUP_AGENT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: empty. */
struct agent_map {
	void **cells;     /* NULL: free; what else stands there begins with its key, an uint64_t or
	                     int64_t, which does not change */
	size_t used, cap; /* cap: a power of 2, or 0 */
};

void agent_map_done(struct agent_map *map);

/* That of key; where there are several, one of them. NULL: there is none. */
void *agent_map_get(const struct agent_map *map, uint64_t key);

/* That of key for which is() holds. */
typedef bool agent_map_fn(const void *ctx, const void *value);
void *agent_map_find(const struct agent_map *map, uint64_t key, agent_map_fn *is, const void *ctx);

/* Puts value in, beside others of its key. Returns 0 or -ENOMEM. */
int agent_map_add(struct agent_map *map, void *value);

/* Takes value itself out, which is there or not. */
void agent_map_remove(struct agent_map *map, const void *value);

#endif
