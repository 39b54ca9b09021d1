/* test/unit/agent/parts_test.c: how a fixed rate is divided among workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/parts.h"

static void parts_are_by_lines_and_have_no_gap(void **state)
{
	static const uint32_t counts[][4] = {
		{ 1, 0, 0, 0 },       { 0, 0, 0, 1 },         { 0, 7, 0, 0 },  { 1, 1, 1, 1 },
		{ 100000, 1, 0, 50 }, { 33333, 33333, 3, 1 }, { 1, 0, 99, 0 }, { 1, 2, 3, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct pace_part parts[4];
		uint32_t to = 0, all = 0;

		for (unsigned n = 0; n < 4; n++)
			all += counts[i][n];
		agent_parts_divide(counts[i], 4, parts);
		for (unsigned n = 0; n < 4; n++) {
			uint32_t size = parts[n].to - parts[n].from;
			uint32_t by_lines = (uint32_t)((uint64_t)PACE_PARTS * counts[i][n] / all);

			assert_int_equal(parts[n].from, to);
			to = parts[n].to;
			if (!counts[i][n])
				assert_int_equal(size, 0);
			else
				assert_true(size >= PACE_PARTS / (AGENT_PARTS_LEAST * 4) &&
				            size + PACE_PARTS / AGENT_PARTS_LEAST >= by_lines);
		}
		assert_int_equal(to, PACE_PARTS);
	}
}

static void nobody_has_a_part_where_there_are_no_lines(void **state)
{
	static const uint32_t none[2];
	struct pace_part parts[2];

	(void)state;
	agent_parts_divide(none, 2, parts);
	assert_int_equal(parts[0].from, parts[0].to);
	assert_int_equal(parts[1].from, parts[1].to);
}

static void little_is_no_news(void **state)
{
	const struct pace_part told[2] = { { 0, 32768 }, { 32768, 65536 } };
	const struct pace_part little[2] = { { 0, 36000 }, { 36000, 65536 } };
	const struct pace_part much[2] = { { 0, 40000 }, { 40000, 65536 } };
	const struct pace_part nothing[2] = { { 0 }, { 0 } };

	(void)state;
	assert_false(agent_parts_differ(told, told, 2));
	assert_false(agent_parts_differ(told, little, 2));
	assert_true(agent_parts_differ(told, much, 2));
	assert_true(agent_parts_differ(nothing, told, 2));
	assert_false(agent_parts_differ(nothing, nothing, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_by_lines_and_have_no_gap),
		cmocka_unit_test(nobody_has_a_part_where_there_are_no_lines),
		cmocka_unit_test(little_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
