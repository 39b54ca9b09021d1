/* base/num.h: the one way in which text becomes a number.
 *
 * Decimal digits and nothing else: no sign, no blank, no 0x, no other script's digits (RFC 3261's
 * 1*DIGIT). Leading zeros are fine. */
#ifndef LINEUP_BASE_NUM_H
#define LINEUP_BASE_NUM_H

#include <stdint.h>

#include "base/slice.h"

/* Returns 0, -EINVAL where s is no number, -ERANGE where it is above max; *ret_n is set on 0 only.
 */
int num_u32(struct slice s, uint32_t max, uint32_t *ret_n);
int num_u64(struct slice s, uint64_t max, uint64_t *ret_n);

/* As num_u32(), but what is above max, however many digits it has, counts as max: for the times
 * that servers name (RFC 3261 20.19, 20.23, 20.33). Returns 0 or -EINVAL. */
int num_u32_clamped(struct slice s, uint32_t max, uint32_t *ret_n);

#endif
