/* agent/map.c: see agent/map.h. */
#include "agent/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

/* Ids are dense and hashes are not: both must spread (the finalizer of SplitMix64). */
static uint64_t spread(uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return key ^ key >> 31;
}

static uint64_t key_of(const void *value)
{
	uint64_t key;

	memcpy(&key, value, sizeof(key));
	return key;
}

static size_t home_of(const struct agent_map *map, uint64_t key)
{
	return spread(key) & (map->cap - 1);
}

static size_t behind(const struct agent_map *map, size_t at)
{
	return (at + 1) & (map->cap - 1);
}

void agent_map_done(struct agent_map *map)
{
	free(map->cells);
	*map = (struct agent_map){ 0 };
}

static bool is_any(const void *ctx, const void *value)
{
	(void)ctx;
	(void)value;
	return true;
}

void *agent_map_get(const struct agent_map *map, uint64_t key)
{
	return agent_map_find(map, key, is_any, NULL);
}

void *agent_map_find(const struct agent_map *map, uint64_t key, agent_map_fn *is, const void *ctx)
{
	size_t at;

	if (!map->cap)
		return NULL;
	for (at = home_of(map, key); map->cells[at]; at = behind(map, at))
		if (key_of(map->cells[at]) == key && is(ctx, map->cells[at]))
			break;
	return map->cells[at];
}

/* There is a free cell. */
static void put(struct agent_map *map, void *value)
{
	size_t at = home_of(map, key_of(value));

	while (map->cells[at])
		at = behind(map, at);
	map->cells[at] = value;
}

static int grow(struct agent_map *map)
{
	struct agent_map more = { .cap = map->cap ? map->cap * 2 : FIRST_CAP, .used = map->used };

	more.cells = calloc(more.cap, sizeof(*more.cells));
	if (!more.cells)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++)
		if (map->cells[i])
			put(&more, map->cells[i]);
	free(map->cells);
	*map = more;
	return 0;
}

int agent_map_add(struct agent_map *map, void *value)
{
	if (5 * (map->used + 1) > 4 * map->cap && grow(map) < 0)
		return -ENOMEM;
	put(map, value);
	map->used++;
	return 0;
}

void agent_map_remove(struct agent_map *map, const void *value)
{
	size_t hole, mask = map->cap - 1;

	if (!map->cap)
		return;
	for (hole = home_of(map, key_of(value)); map->cells[hole] != value;
	     hole = behind(map, hole))
		if (!map->cells[hole])
			return;
	map->used--;
	for (size_t at = behind(map, hole); map->cells[at]; at = behind(map, at)) {
		size_t home = home_of(map, key_of(map->cells[at]));

		/* It may move up where its home is not between the hole and itself. */
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			map->cells[hole] = map->cells[at];
			hole = at;
		}
	}
	map->cells[hole] = NULL;
}
