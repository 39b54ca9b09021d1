/* base/pool.c: objects in chunks, so that none moves when the pool grows.
 *
 * What was given back is chained through its own first 4 bytes, chunk by chunk; a fresh number is
 * made only when no chain has any, which keeps the numbers dense. The lowest chunk that has one is
 * taken from, so that the highest ones empty and can be freed. */
#include "base/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_OBJECTS (1u << POOL_CHUNK_BITS)

struct pool_part {
	uint32_t free; /* head of the chain of those given back, or POOL_NONE */
	uint32_t used; /* objects that are out */
};

void pool_init(struct pool *pool, size_t size, uint32_t max)
{
	*pool = (struct pool){
		.size = size < sizeof(uint32_t) ? sizeof(uint32_t) : size,
		.clear = size < sizeof(uint32_t) ? sizeof(uint32_t) : size,
		.max = max,
	};
}

void pool_done(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->chunk_count; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	free(pool->parts);
	pool_init(pool, pool->size, pool->max);
}

/* Room for one more chunk in both arrays. */
static int reserve(struct pool *pool)
{
	uint32_t cap = pool->chunk_cap ? 2 * pool->chunk_cap : 1;
	struct pool_part *parts;
	char **chunks;

	if (pool->chunk_count < pool->chunk_cap)
		return 0;
	chunks = reallocarray(pool->chunks, cap, sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	pool->chunks = chunks;
	parts = reallocarray(pool->parts, cap, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	pool->parts = parts;
	pool->chunk_cap = cap;
	return 0;
}

static int add_chunk(struct pool *pool)
{
	uint32_t left = pool->max - pool->made;
	char *chunk;

	if (reserve(pool) < 0)
		return -ENOMEM;
	chunk = calloc(left < CHUNK_OBJECTS ? left : CHUNK_OBJECTS, pool->size);
	if (!chunk)
		return -ENOMEM;
	pool->parts[pool->chunk_count] = (struct pool_part){ .free = POOL_NONE };
	pool->chunks[pool->chunk_count++] = chunk;
	return 0;
}

/* Points pool->from to a chunk that has an object to hand out. */
static int find_chunk(struct pool *pool)
{
	while (pool->from < pool->chunk_count && pool->parts[pool->from].free == POOL_NONE)
		pool->from++;
	if (pool->from < pool->chunk_count)
		return 0;
	if (pool->made == pool->max)
		return -ENOSPC;
	if (pool->made == pool->chunk_count * CHUNK_OBJECTS) {
		int r = add_chunk(pool);

		if (r < 0)
			return r;
	}
	pool->from = pool->chunk_count - 1;
	return 0;
}

int pool_take(struct pool *pool, uint32_t *ret_number)
{
	struct pool_part *part;
	uint32_t number;

	if (pool->from >= pool->chunk_count || pool->parts[pool->from].free == POOL_NONE) {
		int r = find_chunk(pool);

		if (r < 0)
			return r;
	}
	part = &pool->parts[pool->from];
	number = part->free;
	if (number != POOL_NONE)
		memcpy(&part->free, pool_at(pool, number), sizeof(part->free));
	else
		number = pool->made++;
	memset(pool_at(pool, number), 0, pool->clear);
	part->used++;
	pool->used++;
	*ret_number = number;
	return 0;
}

void pool_give(struct pool *pool, uint32_t number)
{
	uint32_t at = number >> POOL_CHUNK_BITS;
	struct pool_part *part = &pool->parts[at];

	assert(number < pool->made && part->used > 0);
	memcpy(pool_at(pool, number), &part->free, sizeof(part->free));
	part->free = number;
	part->used--;
	pool->used--;
	if (at < pool->from)
		pool->from = at;
}

void pool_rest(struct pool *pool)
{
	while (pool->chunk_count > 1 && !pool->parts[pool->chunk_count - 1].used) {
		free(pool->chunks[--pool->chunk_count]);
		if (pool->made > pool->chunk_count * CHUNK_OBJECTS)
			pool->made = pool->chunk_count * CHUNK_OBJECTS;
	}
	if (pool->used == 0 && pool->chunk_count) {
		pool->made = 0;
		pool->parts[0].free = POOL_NONE;
	}
	if (pool->from > pool->chunk_count)
		pool->from = pool->chunk_count;
}
