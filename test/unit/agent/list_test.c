/* list_test.c: the rows stand in their order and are counted, and their strings are found, whatever
 * comes, changes and goes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/texts.h"
#include "base/rng.h"

#define ROWS    4000
#define STUDIOS 7
#define ENTRIES 3

struct scene {
	struct agent_list list;
	struct agent_row *rows; /* by id, from 1; those that stand in the list have a leaf */
	struct agent_server_entry entries[ENTRIES];
	struct rng rng;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || !(scene->rows = calloc(ROWS, sizeof(*scene->rows))) ||
	    agent_list_init(&scene->list) < 0)
		return -1;
	rng_seed(&scene->rng, 11);
	for (unsigned i = 0; i < ROWS; i++)
		scene->rows[i].id = (int64_t)i + 1;
	for (unsigned i = 0; i < ENTRIES; i++)
		scene->entries[i].id = (int64_t)i + 1;
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < ROWS; i++)
		agent_texts_free(&scene->rows[i]);
	agent_list_done(&scene->list);
	free(scene->rows);
	free(scene);
	return 0;
}

static uint32_t below(struct scene *scene, uint32_t n)
{
	return (uint32_t)rng_between(&scene->rng, 0, n - 1);
}

static void change(struct scene *scene, struct agent_row *row)
{
	uint32_t entry = below(scene, ENTRIES + 1);

	row->entry = entry < ENTRIES ? &scene->entries[entry] : NULL;
	row->enabled = below(scene, 2);
	row->standing = (uint8_t)below(scene, AGENT_STANDINGS);
	row->state = (uint8_t)below(scene, REG_STATE_COUNT);
	row->cause = (uint8_t)below(scene, 4);
	if (row->leaf)
		agent_list_end(row, below(scene, 1000));
	else
		row->ends_s = below(scene, 1000);
}

/* As a row of the store has them: the name, then others, each once. */
static void say(struct agent_row *row, const char *name)
{
	char block[64];
	int at = snprintf(block, sizeof(block), "%s", name) + 1;
	int n = at + snprintf(block + at, sizeof(block) - (size_t)at, "%" PRId64, row->id) + 1;
	char *texts = malloc((size_t)n);

	assert_non_null(texts);
	memcpy(texts, block, (size_t)n);
	agent_texts_set(row, texts);
	row->extension = row->auth_user = (uint16_t)at;
}

static void name_it(struct scene *scene, struct agent_row *row)
{
	static const char *const names[] = { "", "Hall", "hall 2", "Oper", "a rather long name" };

	say(row, names[below(scene, sizeof(names) / sizeof(*names))]);
}

static void put(struct scene *scene, struct agent_row *row, uint32_t studios)
{
	name_it(scene, row);
	row->studio = 1 + below(scene, studios);
	row->number = 1 + below(scene, ROWS);
	assert_int_equal(agent_list_reserve(&scene->list), 0);
	agent_list_put(&scene->list, row);
}

/* ---- what must be true at any time */

static void add(struct agent_sum *sum, const struct agent_row *row)
{
	sum->lines++;
	sum->enabled += row->enabled;
	sum->standings[row->standing]++;
}

static void check_sum(const struct agent_sum *sum, const struct agent_sum *counted)
{
	assert_int_equal(sum->lines, counted->lines);
	assert_int_equal(sum->enabled, counted->enabled);
	for (unsigned i = 0; i < AGENT_STANDINGS; i++)
		assert_int_equal(sum->standings[i], counted->standings[i]);
}

static void check_mark(uint32_t mark, const struct agent_row *row)
{
	assert_int_equal(mark & AGENT_MARK_STANDING, row->standing);
	assert_int_equal((mark & AGENT_MARK_ENABLED) != 0, row->enabled);
	assert_int_equal((mark & AGENT_MARK_UP) != 0, row->standing == AGENT_STANDING_UP);
	assert_int_equal(mark & AGENT_MARK_CAUSE, agent_mark_cause(row->cause));
	assert_int_equal(mark & AGENT_MARK_SERVER,
	                 agent_mark_server(row->entry ? row->entry->id : 0));
}

static void check_leaf(const struct agent_leaf *leaf)
{
	struct agent_sum counted = { 0 };

	assert_in_range(leaf->n, 1, AGENT_LEAF_ROWS);
	for (uint32_t i = 0; i < leaf->n; i++) {
		assert_ptr_equal(leaf->rows[i]->leaf, leaf);
		assert_int_equal(leaf->ends_s[i], leaf->rows[i]->ends_s);
		assert_int_equal(strtoll(leaf->rows[i]->texts + leaf->rows[i]->extension, NULL, 10),
		                 leaf->rows[i]->id);
		assert_true(leaf->rows[i]->packed || !leaf->packed);
		check_mark(leaf->marks[i], leaf->rows[i]);
		add(&counted, leaf->rows[i]);
	}
	check_sum(&leaf->sum, &counted);
}

static bool stands_before(const struct agent_row *a, const struct agent_row *b)
{
	if (a->studio != b->studio)
		return a->studio < b->studio;
	return a->number != b->number ? a->number < b->number : a->id < b->id;
}

static void check_all(struct scene *scene)
{
	uint32_t states[REG_STATE_COUNT] = { 0 }, causes[4] = { 0 };
	uint32_t lines[ENTRIES] = { 0 }, up[ENTRIES] = { 0 }, there = 0;
	struct agent_list_at at = { 0 };
	struct agent_sum counted = { 0 };
	const struct agent_row *row, *last = NULL;

	for (size_t i = 0; i < scene->list.leaf_count; i++)
		check_leaf(scene->list.leaves[i]);
	for (; (row = agent_list_next(&scene->list, &at)); last = row) {
		assert_true(!last || stands_before(last, row));
		add(&counted, row);
		states[row->state]++;
		causes[row->cause]++;
		for (unsigned i = 0; i < ENTRIES; i++) {
			lines[i] += row->entry == &scene->entries[i];
			up[i] += row->entry == &scene->entries[i] &&
			         row->standing == AGENT_STANDING_UP;
		}
	}
	for (unsigned i = 0; i < ROWS; i++)
		there += scene->rows[i].leaf != NULL;
	assert_int_equal(counted.lines, there);
	check_sum(&scene->list.sum, &counted);
	for (unsigned i = 0; i < ENTRIES; i++) {
		assert_int_equal(scene->entries[i].lines, lines[i]);
		assert_int_equal(scene->entries[i].up, up[i]);
	}
	for (unsigned i = 0; i < REG_STATE_COUNT; i++)
		assert_int_equal(scene->list.states[i], states[i]);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(scene->list.causes[i], causes[i]);
}

/* ---- tests */

static void rows_come_change_and_go(void **state)
{
	struct scene *scene = *state;

	/* More come than go, then the other way round, until none is left but a few. */
	for (unsigned turn = 0; turn < 40000; turn++) {
		struct agent_row *row = &scene->rows[below(scene, ROWS)];
		bool grows = turn < 20000;

		if (row->leaf && below(scene, 3) == 0) {
			agent_list_uncount(&scene->list, row);
			change(scene, row);
			agent_list_count(&scene->list, row);
		} else if (row->leaf && below(scene, grows ? 6 : 1) == 0) {
			agent_list_take(&scene->list, row);
			assert_null(row->leaf);
		} else if (!row->leaf && below(scene, grows ? 1 : 12) == 0) {
			change(scene, row);
			put(scene, row, STUDIOS);
		}
		if (turn % 1000 == 0)
			check_all(scene);
	}
	for (unsigned i = 0; i < ROWS; i++)
		if (scene->rows[i].leaf)
			agent_list_take(&scene->list, &scene->rows[i]);
	check_all(scene);
	assert_int_equal(scene->list.leaf_count, 0);
}

/* As they are read from the store. */
static void rows_that_come_in_their_order_fill_the_leaves(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < ROWS; i++) {
		struct agent_row *row = &scene->rows[i];

		change(scene, row);
		row->studio = 1 + i / 1000;
		row->number = 1 + i % 1000;
		name_it(scene, row);
		assert_int_equal(agent_list_reserve(&scene->list), 0);
		agent_list_put(&scene->list, row);
	}
	check_all(scene);
	assert_int_equal(scene->list.leaf_count, (ROWS + AGENT_LEAF_ROWS - 1) / AGENT_LEAF_ROWS);
	/* The last one may get more. */
	for (size_t i = 0; i < scene->list.leaf_count; i++)
		assert_int_equal(scene->list.leaves[i]->packed, i + 1 < scene->list.leaf_count);
	for (unsigned i = 0; i < ROWS; i++)
		agent_list_take(&scene->list, &scene->rows[i]);
}

static void a_walk_goes_on_behind_any_key(void **state)
{
	struct scene *scene = *state;
	struct agent_list_at at;
	const struct agent_row *row;

	for (unsigned i = 0; i < ROWS; i += 2)
		put(scene, &scene->rows[i], 2);
	for (unsigned turn = 0; turn < 2000; turn++) {
		const struct agent_row key = { .studio = below(scene, 4),
			                       .number = below(scene, ROWS),
			                       .id = below(scene, ROWS) };
		const struct agent_row *first = NULL;

		at = agent_list_after(&scene->list,
		                      &(struct agent_row_key){ key.studio, key.number, key.id });
		row = agent_list_next(&scene->list, &at);
		for (unsigned i = 0; i < ROWS; i += 2)
			if (stands_before(&key, &scene->rows[i]) &&
			    (!first || stands_before(&scene->rows[i], first)))
				first = &scene->rows[i];
		assert_ptr_equal(row, first);
	}
	for (unsigned i = 0; i < ROWS; i += 2)
		agent_list_take(&scene->list, &scene->rows[i]);
}

/* ---- their strings */

static void pack_all(struct scene *scene)
{
	size_t at = 0;

	while (agent_list_pack(&scene->list, &at))
		;
	for (size_t i = 0; i < scene->list.leaf_count; i++)
		assert_true(scene->list.leaves[i]->packed);
}

static bool has(const struct agent_row *row, const char *part)
{
	return strcasestr(row->texts, part) || strcasestr(row->texts + row->extension, part);
}

/* Each leaf tells of those rows, and of no other. */
static void check_found(const struct scene *scene, const char *part)
{
	for (size_t i = 0; i < scene->list.leaf_count; i++) {
		const struct agent_leaf *leaf = scene->list.leaves[i];
		uint8_t found[AGENT_LEAF_ROWS] = { 0 };
		uint32_t from = leaf->n / 3;

		agent_texts_find(leaf, from, leaf->n - 1, slice_str(part), found);
		for (uint32_t k = 0; k < leaf->n; k++)
			assert_int_equal(found[k],
			                 k >= from && k < leaf->n - 1 && has(leaf->rows[k], part));
		agent_texts_find(leaf, 0, leaf->n, slice_str(part), found);
		for (uint32_t k = 0; k < leaf->n; k++)
			assert_int_equal(found[k], has(leaf->rows[k], part));
	}
}

static void rows_are_found_by_their_strings(void **state)
{
	static const char *const parts[] = { "a", "HALL", "hall 2", "per", "99", "123", "none" };
	struct scene *scene = *state;

	for (unsigned turn = 0; turn < 20000; turn++) {
		struct agent_row *row = &scene->rows[below(scene, ROWS)];

		if (row->leaf && below(scene, 2) == 0)
			agent_list_take(&scene->list, row);
		else if (row->leaf)
			name_it(scene, row);
		else
			put(scene, row, STUDIOS);
		if (turn % 1000)
			continue;
		pack_all(scene);
		check_all(scene);
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			check_found(scene, parts[i]);
	}
	for (unsigned i = 0; i < ROWS; i++)
		if (scene->rows[i].leaf)
			agent_list_take(&scene->list, &scene->rows[i]);
}

static void a_row_that_says_something_else_is_packed_again(void **state)
{
	struct scene *scene = *state;
	uint8_t found[AGENT_LEAF_ROWS] = { 0 };
	struct agent_leaf *leaf;

	for (unsigned i = 0; i < 10; i++)
		put(scene, &scene->rows[i], 1);
	pack_all(scene);
	leaf = scene->list.leaves[0];
	say(leaf->rows[4], "Roof");
	assert_false(leaf->packed);
	pack_all(scene);
	agent_texts_find(leaf, 0, leaf->n, SLICE("roof"), found);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(found[i], i == 4);
	for (unsigned i = 0; i < 10; i++)
		agent_list_take(&scene->list, &scene->rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_come_change_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rows_that_come_in_their_order_fill_the_leaves,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_walk_goes_on_behind_any_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rows_are_found_by_their_strings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_row_that_says_something_else_is_packed_again,
		                                set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
