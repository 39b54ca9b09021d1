/* dns/cache.h: what name servers said, for as long as they said that it holds; and their last good
 * word, for when they fail (RFC 8767). Bounded; a full cache drops what was used longest ago. Pure:
 * the time is given in. */
#ifndef LINEUP_DNS_CACHE_H
#define LINEUP_DNS_CACHE_H

#include "dns/record.h"

#define DNS_CACHE_MAX     256
#define DNS_CACHE_MOST_S  86400 /* longer TTLs count as this */
#define DNS_CACHE_LEAST_S 1     /* shorter ones, 0 among them, as this: no storm of questions */
#define DNS_ABSENT_MOST_S 300   /* that there is no NAPTR, SRV, or address of one family */
#define DNS_STALE_S       86400 /* for how long beyond its TTL a good word serves */
#define DNS_STALE_AGAIN_S 30    /* between two questions while it does */

struct dns_cache;

/* Returns 0 or -ENOMEM. */
int dns_cache_new(struct dns_cache **ret_cache);
void dns_cache_free(struct dns_cache *cache);

/* Forgets all. */
void dns_cache_clear(struct dns_cache *cache);

/* Nothing holds any more from now_ms on: all is asked again, and what was good serves where that
 * fails, for as long as it would have. */
void dns_cache_expire(struct dns_cache *cache, uint64_t now_ms);

/* What holds at now_ms: a set whose ttl_s is what is left, valid until the next call that changes
 * the cache; or NULL: ask. */
const struct dns_set *dns_cache_get(struct dns_cache *cache, const struct dns_question *question,
                                    uint64_t now_ms);

/* Takes in an answer and returns what is to be used: that, or, where nothing was learnt
 * (dns_set_failed()), the last good one (marked stale), which for SRV and NAPTR may be that there
 * is none. Valid until the next call that
 * changes the cache; set itself where there is no memory. */
const struct dns_set *dns_cache_put(struct dns_cache *cache, const struct dns_question *question,
                                    const struct dns_set *set, uint64_t now_ms);

/* The last good word of a question that is open, which serves until it is answered, as long as it
 * would where DNS fails. That has not happened yet: *ret_set is not stale, and the cache stays as
 * it is. False: there is none. *ret_set has records as that of dns_cache_get() has. */
bool dns_cache_last(struct dns_cache *cache, const struct dns_question *question, uint64_t now_ms,
                    struct dns_set *ret_set);

/* The absences of a name (its addresses', where there are none) are asked again next time. */
void dns_cache_forget_absent(struct dns_cache *cache, const struct dns_question *question);

#endif
