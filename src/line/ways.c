/* line/ways.c: the ways that lines have gone, see line/ways.h.
 *
 * Slots of one array, found by the hash of both addresses; a slot is free again when no line names
 * it. The lines of a server share its few ways, so that the chains are short and the array small.
 */
#include "line/ways.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define NONE      UINT32_MAX
#define HEADS_MIN 16u

static bool same(const struct line_way *way, const struct net_addr *addr,
                 const struct net_addr *source)
{
	return net_addr_equal(&way->addr, addr) && net_addr_equal(&way->source, source);
}

/* Host and port: what net_addr_equal() looks at, and as its bytes no padding. */
static uint64_t hash_addr(const struct hash_key *key, const struct net_addr *addr)
{
	uint64_t port = net_addr_port(addr);

	if (addr->any.sa_family == AF_INET6)
		return hash_pair(key, port << 32 | addr->v6.sin6_scope_id,
		                 hash_bytes(key, &addr->v6.sin6_addr, sizeof(addr->v6.sin6_addr)));
	return hash_pair(key, port, addr->v4.sin_addr.s_addr);
}

static uint32_t *head_of(const struct line_ways *ways, const struct net_addr *addr,
                         const struct net_addr *source)
{
	uint64_t hash = hash_addr(&ways->key, addr) ^ hash_addr(&ways->key, source) * 3;

	return &ways->heads[hash & (ways->cap - 1)];
}

void line_ways_init(struct line_ways *ways, const struct hash_key *key)
{
	*ways = (struct line_ways){ .free = NONE, .key = *key };
}

void line_ways_done(struct line_ways *ways)
{
	free(ways->slots);
	free(ways->heads);
	*ways = (struct line_ways){ .free = NONE };
}

/* Twice the room, with all chains made anew. */
static int grow(struct line_ways *ways)
{
	uint32_t cap = ways->cap ? ways->cap * 2 : HEADS_MIN;
	struct line_way *slots = reallocarray(ways->slots, cap, sizeof(*slots));
	uint32_t *heads;

	if (!slots)
		return -ENOMEM;
	ways->slots = slots;
	heads = reallocarray(ways->heads, cap, sizeof(*heads));
	if (!heads)
		return -ENOMEM;
	ways->heads = heads;
	ways->cap = cap;
	for (uint32_t i = 0; i < cap; i++)
		heads[i] = NONE;
	/* Every slot is in use: else there would have been room. */
	for (uint32_t i = 0; i < ways->made; i++) {
		uint32_t *head = head_of(ways, &slots[i].addr, &slots[i].source);

		slots[i].next = *head;
		*head = i;
	}
	return 0;
}

static uint32_t find(const struct line_ways *ways, const struct net_addr *addr,
                     const struct net_addr *source)
{
	uint32_t i = ways->cap ? *head_of(ways, addr, source) : NONE;

	while (i != NONE && !same(&ways->slots[i], addr, source))
		i = ways->slots[i].next;
	return i;
}

/* A slot for a way that has none. Returns 0 or -ENOMEM. */
static int add(struct line_ways *ways, const struct net_addr *addr, const struct net_addr *source,
               uint32_t *ret_slot)
{
	uint32_t slot = ways->free, *head;
	int r = slot == NONE && ways->made == ways->cap ? grow(ways) : 0;

	if (r < 0)
		return r;
	if (slot == NONE)
		slot = ways->made++;
	else
		ways->free = ways->slots[slot].next;
	head = head_of(ways, addr, source);
	ways->slots[slot] = (struct line_way){ .addr = *addr, .source = *source, .next = *head };
	*head = slot;
	*ret_slot = slot;
	return 0;
}

int line_ways_set(struct line_ways *ways, uint32_t *way, const struct net_addr *addr,
                  const struct net_addr *source)
{
	uint32_t slot;
	int r = 0;

	/* As nearly always: the way that it went before. */
	if (*way && same(&ways->slots[*way - 1], addr, source))
		return 0;
	/* Lines begin one after the other at the same server. */
	slot = ways->last;
	if (slot >= ways->made || !ways->slots[slot].lines ||
	    !same(&ways->slots[slot], addr, source))
		slot = find(ways, addr, source);
	if (slot == NONE)
		r = add(ways, addr, source, &slot);
	if (r < 0)
		return r;
	ways->last = slot;
	ways->slots[slot].lines++;
	line_ways_clear(ways, way);
	*way = slot + 1;
	return 0;
}

void line_ways_copy(struct line_ways *ways, uint32_t *way, uint32_t from)
{
	if (from)
		ways->slots[from - 1].lines++;
	line_ways_clear(ways, way);
	*way = from;
}

void line_ways_clear(struct line_ways *ways, uint32_t *way)
{
	uint32_t slot = *way - 1, *link;
	struct line_way *gone;

	if (!*way)
		return;
	*way = 0;
	gone = &ways->slots[slot];
	assert(gone->lines);
	if (--gone->lines)
		return;
	for (link = head_of(ways, &gone->addr, &gone->source); *link != slot;)
		link = &ways->slots[*link].next;
	*link = gone->next;
	gone->next = ways->free;
	ways->free = slot;
}

const struct line_way *line_ways_at(const struct line_ways *ways, uint32_t way)
{
	/* Of no family: equal to no other. */
	static const struct line_way none;

	return way ? &ways->slots[way - 1] : &none;
}
