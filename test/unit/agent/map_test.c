/* map_test.c: the map does what a plain array does, whatever comes and goes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/map.h"
#include "base/rng.h"

#define KEYS 500

static void it_holds_what_an_array_would(void **state)
{
	static int values[KEYS];
	struct agent_map map = { 0 };
	int *model[KEYS] = { NULL };
	struct rng rng;
	size_t used = 0;

	(void)state;
	rng_seed(&rng, 7);
	for (unsigned turn = 0; turn < 50000; turn++) {
		uint64_t key = rng_between(&rng, 0, KEYS - 1);

		if (rng_between(&rng, 0, 2)) {
			used += !model[key];
			model[key] = &values[rng_between(&rng, 0, KEYS - 1)];
			assert_int_equal(agent_map_put(&map, key, model[key]), 0);
		} else {
			used -= model[key] != NULL;
			model[key] = NULL;
			agent_map_remove(&map, key);
		}
		assert_int_equal(map.used, used);
		key = rng_between(&rng, 0, KEYS - 1);
		assert_ptr_equal(agent_map_get(&map, key), model[key]);
	}
	for (uint64_t key = 0; key < KEYS; key++)
		assert_ptr_equal(agent_map_get(&map, key), model[key]);
	assert_true(map.cap >= 2 * map.used);
	agent_map_done(&map);
}

static void an_empty_one_has_nothing(void **state)
{
	struct agent_map map = { 0 };

	(void)state;
	assert_null(agent_map_get(&map, 1));
	agent_map_remove(&map, 1);
	agent_map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_an_array_would),
		cmocka_unit_test(an_empty_one_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
