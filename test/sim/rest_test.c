/* rest_test.c: what a storm of attempts took is given back when it is over, although a few attempts
 * are open all the time: at a registrar that is dead there always are. */
#include "base/pool.h"
#include "crowd.h"

#define MANY   20000
#define FEW    10
#define REST_S 2

static void memory_of_a_storm_is_given_back_while_few_attempts_are_open(void **state)
{
	static const struct server_cfg plain;
	struct shard_stats stats;
	uint32_t room = 0;
	struct crowd crowd;

	(void)state;
	crowd_open(&crowd, MANY + FEW);
	crowd_add(&crowd, FEW, DROPS, &plain)->dead = true;
	crowd_add(&crowd, MANY, DROPS, &plain);
	for (uint64_t at_ms = SIM_BEGIN_MS; crowd.up < MANY && at_ms < SIM_BEGIN_MS + 30000;
	     at_ms += 100) {
		crowd_run(&crowd, at_ms, false);
		shard_stats(crowd.shards[0], &stats);
		room = stats.room > room ? stats.room : room;
	}
	assert_int_equal(crowd.up, MANY);
	assert_true(room > 2 * POOL_KEPT);
	crowd_run(&crowd, net_now_ms(crowd.net) + UINT64_C(1000) * REST_S, false);
	shard_stats(crowd.shards[0], &stats);
	assert_in_range(stats.transactions, 1, FEW);
	assert_in_range(stats.room, 1, POOL_KEPT);
	crowd_close(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_a_storm_is_given_back_while_few_attempts_are_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
