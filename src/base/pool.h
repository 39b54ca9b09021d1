/* base/pool.h: many objects of one size, named by 32-bit numbers.
 *
 * Numbers are dense (the lowest that is free is not promised, but none is above the highest number
 * ever in use at once), an object never moves, and one that was given back is handed out again,
 * of the lowest chunk that has one. */
#ifndef LINEUP_BASE_POOL_H
#define LINEUP_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_NONE UINT32_MAX

struct pool {
	size_t size;   /* bytes of one object */
	size_t clear;  /* bytes zeroed when it is handed out: all, unless the owner lowers it */
	uint32_t max;  /* never more objects than this */
	uint32_t used; /* objects that are out */
	uint32_t made; /* objects that have memory: those that are out, and those given back */
	uint32_t from; /* no chunk before this one has an object to hand out */
	char **chunks;
	struct pool_part *parts; /* what is known of each chunk */
	uint32_t chunk_count, chunk_cap;
};

#define POOL_CHUNK_BITS 7

void pool_init(struct pool *pool, size_t size, uint32_t max);
void pool_done(struct pool *pool);

/* Hands out an object, its first pool->clear bytes zeroed. Returns 0, -ENOMEM, or -ENOSPC where max
 * are out. */
int pool_take(struct pool *pool, uint32_t *ret_number);
void pool_give(struct pool *pool, uint32_t number);

#define POOL_KEPT (1u << POOL_CHUNK_BITS) /* objects whose memory stays */

/* Frees the memory of the highest numbers, as far down as nobody has one of them, but for the first
 * POOL_KEPT objects'. Of a pool that is empty numbers begin anew. */
void pool_rest(struct pool *pool);

/* The object of a number. Of a number below pool->made the memory may always be read (what was
 * given back has its first 4 bytes overwritten), so that a number from the wire can be checked. */
static inline void *pool_at(const struct pool *pool, uint32_t number)
{
	return pool->chunks[number >> POOL_CHUNK_BITS] +
	       (size_t)(number & ((1u << POOL_CHUNK_BITS) - 1)) * pool->size;
}

#endif
