/* agent/map.c: see agent/map.h. */
#include "agent/map.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAP 64

/* Ids are dense and hashes are not: both must spread (the finalizer of SplitMix64). */
static uint64_t spread(uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return key ^ key >> 31;
}

/* The cell of key, or the free one where it would stand. */
static size_t find(const struct agent_map *map, uint64_t key)
{
	size_t at = spread(key) & (map->cap - 1);

	while (map->cells[at].value && map->cells[at].key != key)
		at = (at + 1) & (map->cap - 1);
	return at;
}

void agent_map_done(struct agent_map *map)
{
	free(map->cells);
	*map = (struct agent_map){ 0 };
}

void *agent_map_get(const struct agent_map *map, uint64_t key)
{
	return map->cap ? map->cells[find(map, key)].value : NULL;
}

static int grow(struct agent_map *map)
{
	struct agent_map more = { .cap = map->cap ? map->cap * 2 : FIRST_CAP, .used = map->used };

	more.cells = calloc(more.cap, sizeof(*more.cells));
	if (!more.cells)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++)
		if (map->cells[i].value)
			more.cells[find(&more, map->cells[i].key)] = map->cells[i];
	free(map->cells);
	*map = more;
	return 0;
}

int agent_map_put(struct agent_map *map, uint64_t key, void *value)
{
	size_t at;

	if (2 * (map->used + 1) > map->cap && grow(map) < 0)
		return -ENOMEM;
	at = find(map, key);
	map->used += !map->cells[at].value;
	map->cells[at] = (struct agent_map_cell){ key, value };
	return 0;
}

void agent_map_remove(struct agent_map *map, uint64_t key)
{
	size_t hole, mask = map->cap - 1;

	if (!map->cap || !map->cells[hole = find(map, key)].value)
		return;
	map->used--;
	for (size_t at = (hole + 1) & mask; map->cells[at].value; at = (at + 1) & mask) {
		size_t home = spread(map->cells[at].key) & mask;

		/* It may move up where its home is not between the hole and itself. */
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			map->cells[hole] = map->cells[at];
			hole = at;
		}
	}
	map->cells[hole].value = NULL;
}
