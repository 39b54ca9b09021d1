/* lines_test.c: whatever is asked for, in any mix, the lines are those that a look at each of them
 * finds, and as many. */
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

#define ROWS    3000
#define STUDIOS 5
#define ENTRIES 5
#define CAUSES  4
#define LIMIT   60

/* No more of the agent than who reads lines looks at. */
struct scene {
	struct agent agent;
	struct agent_row *rows; /* by id, from 1; those that stand in the list have a leaf */
	struct agent_server_entry entries[ENTRIES];
	struct agent_place places[2];
	char name[8]; /* of all of them */
	struct rng rng;
};

/* Two ids have no room in a mark, and no line is at the last. */
static const int64_t server_ids[ENTRIES] = { 1, 7, AGENT_SERVERS_APART, INT64_C(1) << 40, 9 };

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || !(scene->rows = calloc(ROWS, sizeof(*scene->rows))) ||
	    agent_list_init(&scene->agent.list) < 0 ||
	    pthread_mutex_init(&scene->agent.lock, NULL) != 0)
		return -1;
	rng_seed(&scene->rng, 5);
	snprintf(scene->places[0].host, sizeof(scene->places[0].host), "pbx.hall.example");
	snprintf(scene->places[1].host, sizeof(scene->places[1].host), "192.0.2.1");
	for (unsigned i = 0; i < ENTRIES; i++) {
		scene->entries[i] =
			(struct agent_server_entry){ .id = server_ids[i],
			                             .name = scene->name,
			                             .place = i == 4 ? NULL
			                                             : &scene->places[i % 2] };
		if (agent_map_add(&scene->agent.entries, &scene->entries[i]) < 0)
			return -1;
	}
	for (unsigned i = 0; i < ROWS; i++) {
		scene->rows[i].id = (int64_t)i + 1;
		if (agent_map_add(&scene->agent.row_by_id, &scene->rows[i]) < 0)
			return -1;
	}
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < ROWS; i++)
		agent_texts_free(&scene->rows[i]);
	agent_list_done(&scene->agent.list);
	agent_map_done(&scene->agent.row_by_id);
	agent_map_done(&scene->agent.entries);
	pthread_mutex_destroy(&scene->agent.lock);
	free(scene->rows);
	free(scene);
	return 0;
}

static uint32_t below(struct scene *scene, uint32_t n)
{
	return (uint32_t)rng_between(&scene->rng, 0, n - 1);
}

/* ---- a random walk of the settings and of what happens */

static void change(struct scene *scene, struct agent_row *row)
{
	uint32_t entry = below(scene, ENTRIES + 1);

	row->entry = entry < ENTRIES ? &scene->entries[entry] : NULL;
	row->enabled = below(scene, 8) != 0;
	row->standing = (uint8_t)below(scene, AGENT_STANDINGS);
	row->cause = (uint8_t)below(scene, CAUSES);
}

/* A name, an extension, and an auth user that is never looked for, though it has what is. */
static void say(struct scene *scene, struct agent_row *row)
{
	static const char *const names[] = { "", "Hall", "hall 2", "Oper", "a rather long name" };
	char block[96];
	int at = snprintf(block, sizeof(block), "%s", names[below(scene, 5)]) + 1;
	int user = at + snprintf(block + at, sizeof(block) - (size_t)at, "%" PRId64, row->id) + 1;
	int n = user + snprintf(block + user, sizeof(block) - (size_t)user, "u123 oper") + 1;
	char *texts = malloc((size_t)n);

	assert_non_null(texts);
	memcpy(texts, block, (size_t)n);
	agent_texts_set(row, texts);
	row->extension = (uint16_t)at;
	row->auth_user = (uint16_t)user;
}

static void step(struct scene *scene)
{
	struct agent_row *row = &scene->rows[below(scene, ROWS)];
	uint32_t what = below(scene, 8);

	if (!row->leaf) {
		say(scene, row);
		change(scene, row);
		row->studio = 1 + below(scene, STUDIOS);
		row->number = 1 + below(scene, ROWS);
		assert_int_equal(agent_list_reserve(&scene->agent.list), 0);
		agent_list_put(&scene->agent.list, row);
	} else if (what == 0) {
		agent_list_take(&scene->agent.list, row);
	} else if (what == 1) {
		say(scene, row);
	} else {
		agent_list_uncount(&scene->agent.list, row);
		change(scene, row);
		agent_list_count(&scene->agent.list, row);
	}
}

/* ---- what is asked, and what a plain look finds */

static void draw_filter(struct scene *scene, struct agent_filter *ret_filter)
{
	static const char *const texts[] = { "hall", "HALL.",  "1",   "12", "oper",
		                             "u1",   "192.0.", "zzz", "" };
	uint32_t cause = below(scene, CAUSES), text = below(scene, 20);

	*ret_filter = (struct agent_filter){ .up = below(scene, 3),
		                             .limit = below(scene, LIMIT),
		                             .text = text < 9 ? texts[text] : NULL };
	if (below(scene, 3) == 0)
		ret_filter->studio = 1 + below(scene, STUDIOS + 1);
	if (below(scene, 2) == 0)
		ret_filter->server = below(scene, 12) ? server_ids[below(scene, ENTRIES)] : 8;
	if (below(scene, 10) == 0)
		ret_filter->line = 1 + below(scene, ROWS);
	if (below(scene, 3) == 0)
		ret_filter->cause = cause ? explain_at(cause - 1)->id : "no-such-cause";
	if (below(scene, 2) == 0)
		ret_filter->offset = below(scene, below(scene, 2) ? 50 : ROWS);
}

static bool is_meant(const struct agent_row *row, const struct agent_filter *filter)
{
	const struct agent_server_entry *entry = row->entry;

	if ((filter->studio && filter->studio != row->studio) ||
	    (filter->server && (!entry || entry->id != filter->server)) ||
	    (filter->line && filter->line != row->id))
		return false;
	return !filter->text || !*filter->text || strcasestr(row->texts, filter->text) ||
	       strcasestr(agent_row_text(row, row->extension), filter->text) ||
	       (entry && entry->place && strcasestr(entry->place->host, filter->text));
}

static bool passes(const struct agent_row *row, const struct agent_filter *filter)
{
	bool up = row->standing == AGENT_STANDING_UP;

	if (filter->up != AGENT_ANY && up != (filter->up == AGENT_UP))
		return false;
	return !filter->cause ||
	       (row->cause && strcmp(explain_at(row->cause - 1U)->id, filter->cause) == 0);
}

struct found {
	int64_t ids[LIMIT];
	uint32_t n, total;
	struct agent_count count;
};

static void look_at_each(struct scene *scene, const struct agent_filter *filter,
                         struct found *ret_found)
{
	struct agent_list_at at = { 0 };
	struct agent_count *count = &ret_found->count;
	const struct agent_row *row;

	*ret_found = (struct found){ .n = 0 };
	while ((row = agent_list_next(&scene->agent.list, &at))) {
		if (!is_meant(row, filter))
			continue;
		count->lines++;
		count->enabled += row->enabled;
		count->up += row->standing == AGENT_STANDING_UP;
		count->refused += row->standing == AGENT_STANDING_REFUSED;
		count->waiting += row->standing == AGENT_STANDING_WAITING;
		count->trying += row->standing == AGENT_STANDING_TRYING;
		if (!passes(row, filter))
			continue;
		if (ret_found->total >= filter->offset &&
		    ret_found->total < filter->offset + filter->limit)
			ret_found->ids[ret_found->n++] = row->id;
		ret_found->total++;
	}
}

static void note(void *ctx, const struct agent_line *line)
{
	struct found *found = ctx;

	assert_in_range(found->n, 0, LIMIT - 1);
	found->ids[found->n++] = line->id;
}

static void check(struct scene *scene, const struct agent_filter *filter)
{
	struct found expected, found = { .n = 0 };

	look_at_each(scene, filter, &expected);
	assert_int_equal(
		agent_lines(&scene->agent, filter, note, &found, &found.total, &found.count), 0);
	assert_int_equal(found.total, expected.total);
	assert_int_equal(found.n, expected.n);
	assert_memory_equal(found.ids, expected.ids, sizeof(found.ids));
	assert_memory_equal(&found.count, &expected.count, sizeof(found.count));
}

/* A row that is in no list is not the agent's. */
static void forget_absent(struct scene *scene)
{
	for (unsigned i = 0; i < ROWS; i++) {
		struct agent_row *row = &scene->rows[i];

		agent_map_remove(&scene->agent.row_by_id, row);
		if (row->leaf)
			assert_int_equal(agent_map_add(&scene->agent.row_by_id, row), 0);
	}
}

/* ---- tests */

static void any_mix_is_counted_and_paged(void **state)
{
	struct scene *scene = *state;

	for (unsigned round = 0; round < 20; round++) {
		struct agent_filter filter;
		size_t at = 0;

		for (unsigned i = 0; i < 500; i++)
			step(scene);
		while (round % 2 && agent_list_pack(&scene->agent.list, &at))
			;
		forget_absent(scene);
		for (unsigned i = 0; i < 60; i++) {
			draw_filter(scene, &filter);
			check(scene, &filter);
		}
	}
}

/* The hosts are looked at anew with each question. */
static void a_server_that_moves_is_found_by_its_new_host(void **state)
{
	struct scene *scene = *state;
	const struct agent_filter before = { .text = "pbx.hall", .limit = 5 };
	const struct agent_filter now = { .text = "voice", .limit = 5 };
	struct found found;

	for (unsigned i = 0; i < 2000; i++)
		step(scene);
	look_at_each(scene, &before, &found);
	assert_int_not_equal(found.total, 0);
	check(scene, &before);
	snprintf(scene->places[0].host, sizeof(scene->places[0].host), "voice.example");
	look_at_each(scene, &before, &found);
	assert_int_equal(found.total, 0);
	check(scene, &before);
	check(scene, &now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_mix_is_counted_and_paged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_that_moves_is_found_by_its_new_host,
		                                set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
