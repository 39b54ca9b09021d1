/* agent/map.h: from a 64-bit number to a pointer, for the control thread's tables: rows by id,
 * accounts by the hash of what they register. Open addressing, half full at the most; removal moves
 * the followers up, so that there are no tombs to sweep. */
#ifndef LINEUP_AGENT_MAP_H
#define LINEUP_AGENT_MAP_H

#include <stddef.h>
#include <stdint.h>

struct agent_map_cell {
	uint64_t key;
	void *value; /* NULL: free */
};

/* Zeroed: empty. */
struct agent_map {
	struct agent_map_cell *cells;
	size_t used, cap; /* cap: a power of 2, or 0 */
};

void agent_map_done(struct agent_map *map);
void *agent_map_get(const struct agent_map *map, uint64_t key); /* NULL: there is none */

/* Puts value (never NULL) there, in place of what was there. Returns 0 or -ENOMEM. */
int agent_map_put(struct agent_map *map, uint64_t key, void *value);
void agent_map_remove(struct agent_map *map, uint64_t key);

#endif
