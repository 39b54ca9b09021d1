/* identity_test.c: what tells lines and requests apart never repeats (attack C13): Call-IDs, tags,
 * instances and branches, a million of each. That the key behind them is drawn by
 * getrandom() is net_random()'s, tested in test/unit/net. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "line/part.h"
#include "sim.h"

#define COUNT 1000000u
#define WIDTH 48 /* bytes that one sample has room for */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, WIDTH);
}

static void none_repeats(char (*samples)[WIDTH])
{
	qsort(samples, COUNT, WIDTH, compare);
	for (size_t i = 1; i < COUNT; i++)
		if (memcmp(samples[i - 1], samples[i], WIDTH) == 0)
			fail_msg("twice: %.*s", WIDTH, samples[i]);
}

static struct server server; /* of lines with one flow */

/* The fixed part of a line's environment that identities come from. */
static struct line_env *env_new(void)
{
	struct line_env *env = sim_own(sizeof(*env));

	env->key = (struct hash_key){ UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };
	return env;
}

static void call_ids_and_tags_never_repeat(void **state)
{
	struct line_env *env = env_new();
	char(*call_ids)[WIDTH] = sim_own(COUNT * (size_t)WIDTH);
	char(*tags)[WIDTH] = sim_own(COUNT * (size_t)WIDTH);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		struct line line = { .identity = i + 1, .server = &server };

		line_request_call_id(env, &line, call_ids[i], tags[i]);
	}
	none_repeats(call_ids);
	none_repeats(tags);
	free(call_ids);
	free(tags);
	free(env);
}

static void instances_never_repeat(void **state)
{
	struct line_env *env = env_new();
	char(*instances)[WIDTH] = sim_own(COUNT * (size_t)WIDTH);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		struct line line = { .identity = i + 1, .server = &server };
		struct buf out = buf_over(instances[i], WIDTH);

		line_request_instance(env, &line, &out);
		assert_false(out.full);
	}
	none_repeats(instances);
	free(instances);
	free(env);
}

static void branches_never_repeat(void **state)
{
	struct line_env *env = env_new();
	char(*branches)[WIDTH] = sim_own(COUNT * (size_t)WIDTH);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		txn_branch_write(&env->key, i % 64, i / 64, branches[i]);
	none_repeats(branches);
	free(branches);
	free(env);
}

static void another_key_gives_other_identities(void **state)
{
	struct line_env *env = env_new();
	struct line line = { .identity = 1, .server = &server };
	char a[2][WIDTH] = { "" }, b[2][WIDTH] = { "" };

	(void)state;
	line_request_call_id(env, &line, a[0], a[1]);
	env->key.k1++;
	line_request_call_id(env, &line, b[0], b[1]);
	assert_memory_not_equal(a[0], b[0], LINE_CALL_ID_LEN);
	assert_memory_not_equal(a[1], b[1], LINE_TAG_LEN);
	free(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_ids_and_tags_never_repeat),
		cmocka_unit_test(instances_never_repeat),
		cmocka_unit_test(branches_never_repeat),
		cmocka_unit_test(another_key_gives_other_identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
