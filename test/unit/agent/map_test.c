/* map_test.c: the map does what a plain array does, whatever comes and goes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/map.h"
#include "base/rng.h"

#define KEYS 500

struct object {
	uint64_t key;
	unsigned name;
};

static void it_holds_what_an_array_would(void **state)
{
	static struct object objects[KEYS];
	static bool there[KEYS];
	struct agent_map map = { 0 };
	struct rng rng;
	size_t used = 0;

	(void)state;
	rng_seed(&rng, 7);
	for (unsigned turn = 0; turn < 50000; turn++) {
		uint64_t key = rng_between(&rng, 0, KEYS - 1);
		struct object *object = &objects[key];

		object->key = key;
		if (!there[key] && rng_between(&rng, 0, 2)) {
			there[key] = true;
			used++;
			assert_int_equal(agent_map_add(&map, object), 0);
		} else {
			used -= there[key];
			there[key] = false;
			agent_map_remove(&map, object);
		}
		assert_int_equal(map.used, used);
		key = rng_between(&rng, 0, KEYS - 1);
		assert_ptr_equal(agent_map_get(&map, key), there[key] ? &objects[key] : NULL);
	}
	for (uint64_t key = 0; key < KEYS; key++)
		assert_ptr_equal(agent_map_get(&map, key), there[key] ? &objects[key] : NULL);
	assert_true(map.cap >= 2 * map.used);
	agent_map_done(&map);
}

static bool has_name(const void *ctx, const void *value)
{
	return ((const struct object *)value)->name == *(const unsigned *)ctx;
}

/* As two registrations whose hashes meet. */
static void objects_of_one_key_are_told_apart(void **state)
{
	struct object objects[] = { { 9, 0 }, { 9, 1 }, { 9, 2 }, { 9, 3 } };
	struct agent_map map = { 0 };
	unsigned name;

	(void)state;
	for (name = 0; name < 3; name++)
		assert_int_equal(agent_map_add(&map, &objects[name]), 0);
	for (name = 0; name < 3; name++)
		assert_ptr_equal(agent_map_find(&map, 9, has_name, &name), &objects[name]);
	assert_null(agent_map_find(&map, 9, has_name, &name));
	agent_map_remove(&map, &objects[3]); /* which is not there */
	assert_int_equal(map.used, 3);
	agent_map_remove(&map, &objects[0]);
	name = 0;
	assert_null(agent_map_find(&map, 9, has_name, &name));
	for (name = 1; name < 3; name++)
		assert_ptr_equal(agent_map_find(&map, 9, has_name, &name), &objects[name]);
	agent_map_done(&map);
}

static void an_empty_one_has_nothing(void **state)
{
	struct object object = { 1, 0 };
	struct agent_map map = { 0 };

	(void)state;
	assert_null(agent_map_get(&map, 1));
	agent_map_remove(&map, &object);
	agent_map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_an_array_would),
		cmocka_unit_test(objects_of_one_key_are_told_apart),
		cmocka_unit_test(an_empty_one_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
