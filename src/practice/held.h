/* practice/held.h: answers that are held back for a while, by a server that is slow. Reads no
 * clock: whoever has one asks for what is due. */
#ifndef LINEUP_PRACTICE_HELD_H
#define LINEUP_PRACTICE_HELD_H

#include "practice/registrar.h"

#define PRACTICE_HELD_MAX 1024 /* at once; more are not taken */

struct practice_held;

/* Returns 0 or -ENOMEM. */
int practice_held_new(struct practice_held **ret_held);
void practice_held_free(struct practice_held *held);

/* Takes an answer, which is copied. Returns 0, -ENOSPC or -ENOMEM. */
int practice_held_put(struct practice_held *held, uint64_t due_ms, struct slice answer,
                      const struct practice_sending *sending);

/* Appends the one that was due first to out; of equals the one that came first. False where none is
 * due. */
bool practice_held_take(struct practice_held *held, uint64_t now_ms, struct buf *out,
                        struct practice_sending *ret_sending);

/* When the next one is due; NET_NEVER: none is held. */
uint64_t practice_held_next_ms(const struct practice_held *held);

#endif
