/* reg/wait.c: how long to wait: for the next refresh, after a refusal, after a failure. */
#include "reg/reg.h"

/* A dead transaction takes 32 s, the early try after it up to 5 s, and a second one that dies late,
 * too, another 32 s. */
#define ROOM_MS      70000
#define ROOM_FROM_MS 120000

uint64_t reg_refresh_after_ms(uint32_t granted_s, struct rng *rng)
{
	uint64_t granted_ms = granted_s * UINT64_C(1000);
	uint64_t latest_ms = granted_ms / 2;

	if (granted_ms >= ROOM_FROM_MS) {
		uint64_t three_quarters_ms = granted_ms / 4 * 3;

		latest_ms = granted_ms - ROOM_MS;
		if (latest_ms > three_quarters_ms)
			latest_ms = three_quarters_ms;
		return rng_between(rng, latest_ms / 5 * 4, latest_ms);
	}
	return rng_between(rng, latest_ms / 10 * 9, latest_ms);
}

/* first_ms doubled n - 1 times, at most most_ms. */
static uint64_t doubled(uint64_t first_ms, unsigned n, uint64_t most_ms)
{
	for (; n > 1 && first_ms < most_ms; n--)
		first_ms *= 2;
	return first_ms < most_ms ? first_ms : most_ms;
}

uint64_t reg_refused_wait_ms(unsigned n, struct rng *rng)
{
	uint64_t wait_ms = doubled(REG_REFUSED_MIN_MS, n, REG_REFUSED_MAX_MS);

	/* Never below: the servers' windows for a ban are counted in such minutes. */
	return rng_between(rng, wait_ms, wait_ms / 10 * 11);
}

uint64_t reg_busy_wait_ms(struct rng *rng)
{
	return rng_between(rng, REG_BUSY_MIN_MS, REG_BUSY_MAX_MS);
}

uint64_t reg_told_wait_ms(uint32_t retry_after_s, uint64_t left_ms, struct rng *rng)
{
	uint64_t wait_ms =
		UINT64_C(1000) *
		(retry_after_s < REG_RETRY_AFTER_MAX_S ? retry_after_s : REG_RETRY_AFTER_MAX_S);
	uint64_t spread_ms = wait_ms / 10, latest_ms;

	if (spread_ms < REG_TOLD_SPREAD_MIN_MS)
		spread_ms = REG_TOLD_SPREAD_MIN_MS;
	if (spread_ms > REG_TOLD_SPREAD_MAX_MS)
		spread_ms = REG_TOLD_SPREAD_MAX_MS;
	latest_ms = wait_ms + spread_ms;
	if (left_ms > wait_ms && left_ms < latest_ms + REG_LAST_MIN_MS)
		latest_ms =
			left_ms > wait_ms + REG_LAST_MIN_MS ? left_ms - REG_LAST_MIN_MS : wait_ms;
	return rng_between(rng, wait_ms, latest_ms);
}

/* RFC 5626 4.5, n being one more than the failures that count: the first one had its early try. */
static uint64_t backed_off(uint64_t base_ms, unsigned n, uint64_t most_ms, struct rng *rng)
{
	uint64_t wait_ms;

	if (n <= 1)
		return rng_between(rng, REG_SOON_MIN_MS, REG_SOON_MAX_MS);
	wait_ms = doubled(base_ms, n, most_ms);
	return rng_between(rng, wait_ms / 2, wait_ms);
}

uint64_t reg_failed_wait_ms(unsigned n, bool was_good, struct rng *rng)
{
	uint64_t most_ms = was_good ? REG_FAILED_GOOD_MS : REG_FAILED_NEVER_MS;

	return backed_off(REG_FAILED_BASE_MS, n, most_ms, rng);
}

uint64_t reg_beside_wait_ms(unsigned n, struct rng *rng)
{
	return backed_off(REG_BESIDE_BASE_MS, n, REG_FAILED_NEVER_MS, rng);
}
