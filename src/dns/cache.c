/* dns/cache.c: a table that is walked from end to end. It is asked a few times a minute, and its
 * rows are compared by a hash first. */
#include "dns/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct dns_question question;
	uint32_t mark; /* of the question; compared first */
	struct dns_set set;
	uint64_t fresh_until_ms, stale_until_ms;
	uint64_t used_ms;
};

struct dns_cache {
	struct entry *entries[DNS_CACHE_MAX];
	unsigned count;
};

int dns_cache_new(struct dns_cache **ret_cache)
{
	struct dns_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	*ret_cache = cache;
	return 0;
}

static void entry_free(struct entry *entry)
{
	free(entry->set.records);
	free(entry);
}

void dns_cache_clear(struct dns_cache *cache)
{
	while (cache->count)
		entry_free(cache->entries[--cache->count]);
}

void dns_cache_expire(struct dns_cache *cache, uint64_t now_ms)
{
	for (unsigned i = 0; i < cache->count; i++)
		if (cache->entries[i]->fresh_until_ms > now_ms)
			cache->entries[i]->fresh_until_ms = now_ms;
}

void dns_cache_free(struct dns_cache *cache)
{
	if (!cache)
		return;
	dns_cache_clear(cache);
	free(cache);
}

static void drop(struct dns_cache *cache, unsigned i)
{
	entry_free(cache->entries[i]);
	cache->entries[i] = cache->entries[--cache->count];
}

/* FNV-1a over small letters. A name server that makes them collide gains nothing: the walk is as
 * long either way. */
static uint32_t mark_of(const struct dns_question *question)
{
	uint32_t mark = UINT32_C(2166136261) ^ (uint32_t)question->type;

	for (const char *p = question->name; *p; p++)
		mark = (mark ^ (uint32_t)(*p | 0x20)) * UINT32_C(16777619);
	return mark;
}

static struct entry **find(struct dns_cache *cache, const struct dns_question *question)
{
	uint32_t mark = mark_of(question);

	for (unsigned i = 0; i < cache->count; i++) {
		struct entry *entry = cache->entries[i];

		if (entry->mark == mark && entry->question.type == question->type &&
		    slice_equal_nocase(slice_str(entry->question.name), slice_str(question->name)))
			return &cache->entries[i];
	}
	return NULL;
}

const struct dns_set *dns_cache_get(struct dns_cache *cache, const struct dns_question *question,
                                    uint64_t now_ms)
{
	struct entry **at = find(cache, question);

	if (!at || now_ms >= (*at)->fresh_until_ms)
		return NULL;
	(*at)->used_ms = now_ms;
	(*at)->set.ttl_s = (uint32_t)(((*at)->fresh_until_ms - now_ms + 999) / 1000);
	return &(*at)->set;
}

static void make_room(struct dns_cache *cache)
{
	unsigned oldest = 0;

	if (cache->count < DNS_CACHE_MAX)
		return;
	for (unsigned i = 1; i < cache->count; i++)
		if (cache->entries[i]->used_ms < cache->entries[oldest]->used_ms)
			oldest = i;
	drop(cache, oldest);
}

/* An entry with a copy of the records, at the end of the table; NULL: no memory. */
static struct entry *add(struct dns_cache *cache, const struct dns_question *question,
                         const struct dns_set *set)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->set = *set;
	entry->set.records = NULL;
	if (set->count) {
		entry->set.records = malloc(set->count * sizeof(*set->records));
		if (!entry->set.records) {
			free(entry);
			return NULL;
		}
		memcpy(entry->set.records, set->records, set->count * sizeof(*set->records));
	}
	entry->question = *question;
	entry->mark = mark_of(question);
	make_room(cache);
	cache->entries[cache->count++] = entry;
	return entry;
}

/* What serves when DNS fails, where it is not too old: records, and that a name has no NAPTR or
 * SRV, without which nobody could go on to its addresses. That it has no address is no help. */
static bool serves(const struct entry *entry, uint64_t now_ms)
{
	return (entry->set.result == DNS_FOUND || entry->question.type == DNS_TYPE_SRV ||
	        entry->question.type == DNS_TYPE_NAPTR) &&
	       now_ms < entry->stale_until_ms;
}

bool dns_cache_last(struct dns_cache *cache, const struct dns_question *question, uint64_t now_ms,
                    struct dns_set *ret_set)
{
	struct entry **at = find(cache, question);

	if (!at || !serves(*at, now_ms))
		return false;
	*ret_set = (*at)->set;
	ret_set->stale = false;
	return true;
}

/* DNS fails: what it said last. */
static const struct dns_set *serve_stale(struct entry *entry, uint64_t now_ms)
{
	entry->set.stale = true;
	entry->set.ttl_s = DNS_STALE_AGAIN_S;
	entry->fresh_until_ms = now_ms + DNS_STALE_AGAIN_S * UINT64_C(1000);
	entry->used_ms = now_ms;
	return &entry->set;
}

static uint32_t ttl_of(const struct dns_set *set)
{
	uint32_t most_s = set->result == DNS_FOUND ? DNS_CACHE_MOST_S : DNS_ABSENT_MOST_S;
	uint32_t ttl_s = set->ttl_s < most_s ? set->ttl_s : most_s;

	return ttl_s > DNS_CACHE_LEAST_S ? ttl_s : DNS_CACHE_LEAST_S;
}

const struct dns_set *dns_cache_put(struct dns_cache *cache, const struct dns_question *question,
                                    const struct dns_set *set, uint64_t now_ms)
{
	struct entry **at = find(cache, question);
	struct entry *entry;

	if (dns_set_failed(set))
		return at && serves(*at, now_ms) ? serve_stale(*at, now_ms) : set;
	if (at)
		drop(cache, (unsigned)(at - cache->entries));
	entry = add(cache, question, set);
	if (!entry)
		return set;
	entry->set.ttl_s = ttl_of(set);
	entry->used_ms = now_ms;
	entry->fresh_until_ms = now_ms + entry->set.ttl_s * UINT64_C(1000);
	entry->stale_until_ms = entry->fresh_until_ms + DNS_STALE_S * UINT64_C(1000);
	return &entry->set;
}

void dns_cache_forget_absent(struct dns_cache *cache, const struct dns_question *question)
{
	struct entry **at = find(cache, question);

	if (at && (*at)->set.result != DNS_FOUND)
		drop(cache, (unsigned)(at - cache->entries));
}
