/* practice/held.c: a short list of pointers, the one that is due first at its end. */
#include "practice/held.h"

#include <errno.h>
#include <stdlib.h>

struct answer {
	uint64_t due_ms;
	struct practice_sending sending;
	size_t n;
	char bytes[];
};

struct practice_held {
	struct answer *list[PRACTICE_HELD_MAX];
	unsigned count;
};

int practice_held_new(struct practice_held **ret_held)
{
	struct practice_held *held = calloc(1, sizeof(*held));

	if (!held)
		return -ENOMEM;
	*ret_held = held;
	return 0;
}

void practice_held_free(struct practice_held *held)
{
	if (!held)
		return;
	while (held->count)
		free(held->list[--held->count]);
	free(held);
}

int practice_held_put(struct practice_held *held, uint64_t due_ms, struct slice answer,
                      const struct practice_sending *sending)
{
	unsigned place = held->count;

	if (held->count == PRACTICE_HELD_MAX)
		return -ENOSPC;
	struct answer *copy = malloc(sizeof(*copy) + answer.n);
	if (!copy)
		return -ENOMEM;
	copy->due_ms = due_ms;
	copy->sending = *sending;
	copy->n = answer.n;
	memcpy(copy->bytes, answer.p, answer.n);
	for (; place > 0 && held->list[place - 1]->due_ms <= due_ms; place--)
		held->list[place] = held->list[place - 1];
	held->list[place] = copy;
	held->count++;
	return 0;
}

bool practice_held_take(struct practice_held *held, uint64_t now_ms, struct buf *out,
                        struct practice_sending *ret_sending)
{
	if (practice_held_next_ms(held) > now_ms)
		return false;
	struct answer *answer = held->list[--held->count];
	buf_put(out, slice_of(answer->bytes, answer->n));
	*ret_sending = answer->sending;
	free(answer);
	return true;
}

uint64_t practice_held_next_ms(const struct practice_held *held)
{
	return held->count ? held->list[held->count - 1]->due_ms : NET_NEVER;
}
