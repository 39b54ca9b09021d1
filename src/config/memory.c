/* config/memory.c: what a file says, in few allocations: texts and rows from an arena that is wiped
 * as a whole, since passwords are among them; and finding a row by a key of bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "config/part.h"

/* --- arena --- */

#define CHUNK_BYTES ((size_t)64 * 1024)
#define ALIGN       16

struct config_chunk {
	struct config_chunk *next;
	size_t used, cap;
	_Alignas(ALIGN) char bytes[];
};

static struct config_chunk *chunk_add(struct config_arena *arena, size_t n)
{
	size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
	struct config_chunk *chunk = calloc(1, sizeof(*chunk) + cap);

	if (!chunk)
		return NULL;
	chunk->cap = cap;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

static void *take(struct config_arena *arena, size_t n, size_t align)
{
	struct config_chunk *chunk = arena->chunks;
	size_t at = chunk ? (chunk->used + align - 1) & ~(align - 1) : 0;

	if (!chunk || at > chunk->cap || n > chunk->cap - at) {
		chunk = chunk_add(arena, n);
		at = 0;
	}
	if (!chunk)
		return NULL;
	chunk->used = at + n;
	return chunk->bytes + at;
}

void *config_arena_take(struct config_arena *arena, size_t n)
{
	return take(arena, n, ALIGN);
}

char *config_arena_text(struct config_arena *arena, struct slice text)
{
	char *copy = take(arena, text.n + 1, 1);

	if (copy && text.n)
		memcpy(copy, text.p, text.n);
	return copy;
}

void config_arena_done(struct config_arena *arena)
{
	for (struct config_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		explicit_bzero(chunk->bytes, chunk->used);
		free(chunk);
	}
	*arena = (struct config_arena){ 0 };
}

/* --- map: open addressing, at most half full --- */

struct config_slot {
	struct slice key; /* absent: free */
	uint32_t hash;
	uint32_t value;
};

/* Whoever may send settings may do worse than make them slow: the key need not be secret. */
static uint32_t hash_of(struct slice key)
{
	static const struct hash_key fixed = { 0x6c696e6575702031, 0x73657474696e6773 };

	return (uint32_t)hash_bytes(&fixed, key.p, key.n);
}

static struct config_slot *slot_of(const struct config_map *map, struct slice key, uint32_t hash)
{
	uint32_t at = hash & (map->cap - 1);

	for (;; at = (at + 1) & (map->cap - 1)) {
		struct config_slot *slot = &map->slots[at];

		if (!slot->key.p || (slot->hash == hash && slice_equal(slot->key, key)))
			return slot;
	}
}

static int map_grow(struct config_map *map)
{
	struct config_map grown = { .cap = map->cap ? 2 * map->cap : 64, .count = map->count };

	grown.slots = calloc(grown.cap, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < map->cap; i++) {
		const struct config_slot *slot = &map->slots[i];

		if (slot->key.p)
			*slot_of(&grown, slot->key, slot->hash) = *slot;
	}
	free(map->slots);
	*map = grown;
	return 0;
}

int config_map_put(struct config_map *map, struct slice key, uint32_t value, uint32_t *ret_value)
{
	uint32_t hash = hash_of(key);
	struct config_slot *slot;

	if (2 * (map->count + 1) > map->cap && map_grow(map) != 0)
		return -ENOMEM;
	slot = slot_of(map, key, hash);
	if (slot->key.p) {
		if (ret_value)
			*ret_value = slot->value;
		return -EEXIST;
	}
	*slot = (struct config_slot){ .key = key, .hash = hash, .value = value };
	map->count++;
	return 0;
}

bool config_map_find(const struct config_map *map, struct slice key, uint32_t *ret_value)
{
	const struct config_slot *slot;

	if (map->count == 0)
		return false;
	slot = slot_of(map, key, hash_of(key));
	if (slot->key.p)
		*ret_value = slot->value;
	return slot->key.p != NULL;
}

void config_map_done(struct config_map *map)
{
	free(map->slots);
	*map = (struct config_map){ 0 };
}

/* --- rows --- */

struct config *config_new(enum config_format format)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config)
		config->format = format;
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->servers.list);
	free(config->studios.list);
	free(config->lines.list);
	config_arena_done(&config->arena);
	free(config);
}

static int rows_put(struct config_rows *rows, struct config_row *row)
{
	if (rows->count == rows->cap) {
		uint32_t cap = rows->cap ? 2 * rows->cap : 16;
		struct config_row **list =
			reallocarray(rows->list, cap, sizeof(struct config_row *));

		if (!list)
			return -ENOMEM;
		rows->list = list;
		rows->cap = cap;
	}
	rows->list[rows->count++] = row;
	return 0;
}

struct config_rows *config_rows_of(struct config *config, enum config_mapping mapping)
{
	return mapping == CONFIG_SERVERS   ? &config->servers
	       : mapping == CONFIG_STUDIOS ? &config->studios
	                                   : &config->lines;
}

struct config_row *config_add(struct config *config, enum config_mapping mapping)
{
	struct config_row *row = config_arena_take(
		&config->arena,
		sizeof(*row) + config_key_count(mapping) * sizeof(struct config_value));

	if (!row)
		return NULL;
	if (mapping == CONFIG_GENERAL)
		config->general = row;
	else if (rows_put(config_rows_of(config, mapping), row) != 0)
		return NULL;
	return row;
}
