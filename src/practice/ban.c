/* practice/ban.c: a short list, searched from end to end: whoever rehearses has few addresses. */
#include "practice/ban.h"

static const struct practice_ban *find(const struct practice_bans *bans,
                                       const struct net_addr *from)
{
	for (unsigned i = 0; i < bans->count; i++)
		if (net_addr_same_host(&bans->list[i].from, from))
			return &bans->list[i];
	return NULL;
}

/* A place for one more address: behind the others, or that of the ban which ends first. */
static struct practice_ban *make_place(struct practice_bans *bans)
{
	struct practice_ban *first = &bans->list[0];

	if (bans->count < PRACTICE_BANS_MAX)
		return &bans->list[bans->count++];
	for (unsigned i = 1; i < bans->count; i++)
		if (bans->list[i].until_ms < first->until_ms)
			first = &bans->list[i];
	return first;
}

void practice_bans_note(struct practice_bans *bans, const struct net_addr *from, uint32_t limit,
                        uint32_t seconds, uint64_t now_ms)
{
	const struct practice_ban *known = find(bans, from);
	struct practice_ban *ban = known ? &bans->list[known - bans->list] : make_place(bans);
	const uint32_t before = known && now_ms < known->until_ms ? known->failures : 0;

	*ban = (struct practice_ban){
		.from = *from,
		.until_ms = now_ms + (uint64_t)seconds * 1000,
		.failures = before + 1,
		.limit = limit,
	};
}

bool practice_bans_hold(const struct practice_bans *bans, const struct net_addr *from,
                        uint64_t now_ms)
{
	const struct practice_ban *ban = find(bans, from);

	return ban && ban->failures >= ban->limit && now_ms < ban->until_ms;
}
