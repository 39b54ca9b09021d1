/* practice/resend.c: a ring of answers in the order of their age, and chains through it by hash. */
#include "practice/resend.h"

#include <errno.h>
#include <stdlib.h>

#define AGE_MAX_MS 32000 /* RFC 3261 17.2.2, timer J: 64 * T1 */
#define NONE       UINT32_MAX

struct entry {
	uint64_t request;
	uint64_t until_ms;
	uint32_t next;                 /* of its chain */
	struct practice_resend resend; /* its text is owned; absent where this place is free */
};

struct practice_resends {
	uint32_t max;
	uint32_t first, count; /* the ring: places first to first + count - 1, oldest first */
	uint32_t *chains;      /* max of them */
	struct entry *ring;
};

static void free_answer(struct entry *entry)
{
	free((char *)(uintptr_t)entry->resend.answer.p);
	entry->resend.answer = SLICE_NONE;
}

int practice_resends_new(uint32_t max, struct practice_resends **ret_resends)
{
	struct practice_resends *resends = calloc(1, sizeof(*resends));

	if (!resends)
		return -ENOMEM;
	resends->max = max;
	resends->chains = malloc(max * sizeof(*resends->chains));
	resends->ring = calloc(max, sizeof(*resends->ring));
	if (!resends->chains || !resends->ring) {
		practice_resends_free(resends);
		return -ENOMEM;
	}
	memset(resends->chains, 0xff, max * sizeof(*resends->chains));
	*ret_resends = resends;
	return 0;
}

void practice_resends_free(struct practice_resends *resends)
{
	if (!resends)
		return;
	for (uint32_t i = 0; resends->ring && i < resends->max; i++)
		free_answer(&resends->ring[i]);
	free(resends->ring);
	free(resends->chains);
	free(resends);
}

static void drop_oldest(struct practice_resends *resends)
{
	const uint32_t place = resends->first & (resends->max - 1);
	struct entry *entry = &resends->ring[place];
	uint32_t *link = &resends->chains[entry->request & (resends->max - 1)];

	while (*link != place)
		link = &resends->ring[*link].next;
	*link = entry->next;
	free_answer(entry);
	resends->first++;
	resends->count--;
}

static void drop_aged(struct practice_resends *resends, uint64_t now_ms)
{
	while (resends->count &&
	       resends->ring[resends->first & (resends->max - 1)].until_ms <= now_ms)
		drop_oldest(resends);
}

bool practice_resend_find(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          struct practice_resend *ret_resend)
{
	drop_aged(resends, now_ms);
	uint32_t place = resends->chains[request & (resends->max - 1)];
	while (place != NONE && resends->ring[place].request != request)
		place = resends->ring[place].next;
	if (place == NONE)
		return false;
	*ret_resend = resends->ring[place].resend;
	return true;
}

void practice_resend_note(struct practice_resends *resends, uint64_t request, uint64_t now_ms,
                          const struct practice_resend *resend)
{
	const struct slice answer = resend->answer;
	char *copy = malloc(answer.n + 1);

	if (!copy)
		return;
	if (answer.n)
		memcpy(copy, answer.p, answer.n);
	if (resends->count == resends->max)
		drop_oldest(resends);
	const uint32_t place = (resends->first + resends->count) & (resends->max - 1);
	uint32_t *chain = &resends->chains[request & (resends->max - 1)];
	resends->ring[place] = (struct entry){
		.request = request,
		.until_ms = now_ms + AGE_MAX_MS,
		.next = *chain,
		.resend = *resend,
	};
	resends->ring[place].resend.answer = slice_of(copy, answer.n);
	*chain = place;
	resends->count++;
}
