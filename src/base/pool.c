/* base/pool.c: objects in chunks of 1024, so that none moves when the pool grows.
 *
 * What was given back is chained through its own first 4 bytes; a fresh number is made only when
 * that chain is empty, which keeps the numbers dense. Memory is not returned before pool_done() or
 * pool_rest(). */
#include "base/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_OBJECTS 1024u /* pool_at() has it as a shift */

void pool_init(struct pool *pool, size_t size, uint32_t max)
{
	*pool = (struct pool){
		.size = size < sizeof(uint32_t) ? sizeof(uint32_t) : size,
		.clear = size < sizeof(uint32_t) ? sizeof(uint32_t) : size,
		.max = max,
		.free = POOL_NONE,
	};
}

void pool_done(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->chunk_count; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	pool_init(pool, pool->size, pool->max);
}

static int add_chunk(struct pool *pool)
{
	uint32_t left = pool->max - pool->made;
	char **chunks;
	char *chunk;

	chunks = reallocarray(pool->chunks, pool->chunk_count + 1, sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	pool->chunks = chunks;
	chunk = calloc(left < CHUNK_OBJECTS ? left : CHUNK_OBJECTS, pool->size);
	if (!chunk)
		return -ENOMEM;
	pool->chunks[pool->chunk_count++] = chunk;
	return 0;
}

int pool_take(struct pool *pool, uint32_t *ret_number)
{
	uint32_t number = pool->free;

	if (number != POOL_NONE) {
		const void *object = pool_at(pool, number);

		memcpy(&pool->free, object, sizeof(pool->free));
	} else {
		if (pool->made == pool->max)
			return -ENOSPC;
		if (pool->made == pool->chunk_count * CHUNK_OBJECTS) {
			int error = add_chunk(pool);

			if (error)
				return error;
		}
		number = pool->made++;
	}
	memset(pool_at(pool, number), 0, pool->clear);
	pool->used++;
	*ret_number = number;
	return 0;
}

void pool_give(struct pool *pool, uint32_t number)
{
	assert(number < pool->made && pool->used > 0);
	memcpy(pool_at(pool, number), &pool->free, sizeof(pool->free));
	pool->free = number;
	pool->used--;
}

void pool_rest(struct pool *pool)
{
	assert(pool->used == 0);
	while (pool->chunk_count > 1)
		free(pool->chunks[--pool->chunk_count]);
	pool->made = 0;
	pool->free = POOL_NONE;
}
