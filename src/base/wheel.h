/* base/wheel.h: timers by the million (a hierarchical timing wheel).
 *
 * A timer is a number that the caller chose (a line's, a transaction's): one timer per number.
 * Setting and clearing cost the same whatever the count. A tick is 1 ms; no timer fires early, and
 * timers of one tick fire in no promised order. Reads no clock: the caller says what time it is. */
#ifndef LINEUP_BASE_WHEEL_H
#define LINEUP_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_NONE    UINT32_MAX
#define WHEEL_LATER   (UINT32_MAX - 1)
#define WHEEL_NEVER   UINT64_MAX
#define WHEEL_PORTION 8192 /* timers that one wheel_take() moves within the wheel, at most */

struct wheel;

/* Returns 0 or -ENOMEM. */
int wheel_new(uint64_t now_ms, struct wheel **ret_wheel);
void wheel_free(struct wheel *wheel);

/* Makes room for the timers 0 to count - 1. Returns 0 or -ENOMEM (the wheel is as before). */
int wheel_reserve(struct wheel *wheel, uint32_t count);

/* Arms timer number (reserved before) for at_ms, or moves it there. A time that has passed is due
 * at the next wheel_take(). One that is more than 2^32 - 1 ms (49 days) ahead of the last
 * wheel_take(), or of how far that got, is held at that. */
void wheel_set(struct wheel *wheel, uint32_t number, uint64_t at_ms);

/* Disarms; a timer that is not armed is fine. */
void wheel_clear(struct wheel *wheel, uint32_t number);
bool wheel_armed(const struct wheel *wheel, uint32_t number);

/* When wheel_take() should be called next: never after the earliest timer, at times before it.
 * WHEEL_NEVER with no timer armed. */
uint64_t wheel_next_ms(const struct wheel *wheel);

/* Disarms and returns one timer that is due at now_ms, or WHEEL_NONE. Call until it says so. now_ms
 * never goes back. WHEEL_LATER: so many timers were near in time to each other that it would have
 * held up the caller; it has gone a part of the way, and goes on with the next call, which whoever
 * has other things to do makes after these. Until it is through nothing is due. */
uint32_t wheel_take(struct wheel *wheel, uint64_t now_ms);

#endif
