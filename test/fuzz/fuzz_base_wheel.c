/* fuzz/fuzz_base_wheel.c: any order of operations on the wheel, six bytes each, against a list
 * searched from end to end. */
#include "fuzz/fuzz.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/wheel.h"

#define TIMERS 8u

static void take_all(struct wheel *wheel, uint64_t now, uint64_t at[TIMERS])
{
	uint32_t number;

	while ((number = wheel_take(wheel, now)) != WHEEL_NONE) {
		assert(number < TIMERS && at[number] <= now);
		at[number] = WHEEL_NEVER;
	}
	for (uint32_t i = 0; i < TIMERS; i++)
		assert(at[i] > now);
}

static void check(const struct wheel *wheel, const uint64_t at[TIMERS])
{
	uint64_t next = wheel_next_ms(wheel);
	uint64_t earliest = WHEEL_NEVER;

	for (uint32_t i = 0; i < TIMERS; i++) {
		assert(wheel_armed(wheel, i) == (at[i] != WHEEL_NEVER));
		if (at[i] < earliest)
			earliest = at[i];
	}
	assert(next <= earliest && (next == WHEEL_NEVER) == (earliest == WHEEL_NEVER));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t at[TIMERS];
	uint64_t now = UINT64_C(1) << 40;
	struct wheel *wheel;

	if (wheel_new(now, &wheel) || wheel_reserve(wheel, TIMERS))
		return 0;
	memset(at, 0xff, sizeof(at));
	for (; size >= 6; data += 6, size -= 6) {
		uint32_t number = data[0] % TIMERS, ms;

		memcpy(&ms, data + 2, sizeof(ms));
		ms >>= data[1] & 31;
		switch (data[0] / TIMERS % 4) {
		case 0:
			at[number] = now + ms;
			wheel_set(wheel, number, at[number]);
			break;
		case 1:
			at[number] = WHEEL_NEVER;
			wheel_clear(wheel, number);
			break;
		case 2:
			now += ms;
			take_all(wheel, now, at);
			break;
		default:
			if (wheel_next_ms(wheel) > now && wheel_next_ms(wheel) != WHEEL_NEVER)
				now = wheel_next_ms(wheel);
			take_all(wheel, now, at);
			break;
		}
		/* Due at once, the wheel says its own time, which is not above what is armed. */
		check(wheel, at);
	}
	wheel_free(wheel);
	return 0;
}
