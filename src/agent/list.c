/* agent/list.c: see agent/list.h. */
#include "agent/list.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/texts.h"

int agent_list_init(struct agent_list *list)
{
	unsigned causes = 0;

	while (explain_at(causes))
		causes++;
	assert(causes < UINT8_MAX); /* there is room for so many in a mark */
	list->causes = calloc(causes + 1, sizeof(*list->causes));
	return list->causes ? 0 : -ENOMEM;
}

void agent_list_done(struct agent_list *list)
{
	for (size_t i = 0; i < list->leaf_count; i++) {
		agent_texts_drop(list->leaves[i]);
		free(list->leaves[i]);
	}
	free(list->leaves);
	free(list->spare);
	free(list->causes);
	*list = (struct agent_list){ 0 };
}

int agent_list_reserve(struct agent_list *list)
{
	size_t cap = list->leaf_cap ? list->leaf_cap * 2 : 16;

	if (!list->spare)
		list->spare = calloc(1, sizeof(*list->spare));
	if (!list->spare)
		return -ENOMEM;
	if (list->leaf_count < list->leaf_cap)
		return 0;
	struct agent_leaf **more = reallocarray(list->leaves, cap, sizeof(struct agent_leaf *));

	if (!more)
		return -ENOMEM;
	list->leaves = more;
	list->leaf_cap = cap;
	return 0;
}

/* ---- counting */

static void add(struct agent_sum *sum, const struct agent_row *row, uint32_t by)
{
	sum->lines += by;
	sum->enabled += row->enabled ? by : 0;
	sum->standings[row->standing] += by;
}

static void add_all(struct agent_list *list, const struct agent_row *row, uint32_t by)
{
	add(&row->leaf->sum, row, by);
	add(&list->sum, row, by);
	list->states[row->state] += by;
	list->causes[row->cause] += by;
	if (!row->entry)
		return;
	row->entry->lines += by;
	row->entry->off += row->enabled ? 0 : by;
	row->entry->up += row->standing == AGENT_STANDING_UP ? by : 0;
	row->entry->held += row->state == REG_HOLDING ? by : 0;
}

/* Where it stands in its leaf: where it did when that was asked last, unless others came or went.
 * Else pointers alone are looked at: a search by key would look at rows. */
static uint32_t place_of(struct agent_row *row)
{
	struct agent_row *const *rows = row->leaf->rows;

	if (row->at >= row->leaf->n || rows[row->at] != row) {
		row->at = 0;
		while (rows[row->at] != row)
			row->at++;
	}
	return row->at;
}

static uint32_t mark_of(const struct agent_row *row)
{
	return row->standing | (row->enabled ? AGENT_MARK_ENABLED : 0) |
	       (row->standing == AGENT_STANDING_UP ? AGENT_MARK_UP : 0) |
	       agent_mark_cause(row->cause) | agent_mark_server(row->entry ? row->entry->id : 0);
}

void agent_list_uncount(struct agent_list *list, struct agent_row *row)
{
	add_all(list, row, UINT32_MAX);
}

void agent_list_count(struct agent_list *list, struct agent_row *row)
{
	add_all(list, row, 1);
	row->leaf->marks[place_of(row)] = mark_of(row);
}

void agent_list_end(struct agent_row *row, uint32_t ends_s)
{
	row->ends_s = ends_s;
	row->leaf->ends_s[place_of(row)] = ends_s;
}

/* Anew, after rows have come from another leaf. */
static void sum_up(struct agent_leaf *leaf)
{
	leaf->sum = (struct agent_sum){ 0 };
	for (uint32_t i = 0; i < leaf->n; i++) {
		leaf->rows[i]->leaf = leaf;
		leaf->rows[i]->at = (uint16_t)i;
		add(&leaf->sum, leaf->rows[i], 1);
	}
}

/* ---- what is asked of many */

/* Nothing here depends on what a row says but the place that is counted up: of rows that are meant
 * by turns, a processor would guess wrong every other time. */
uint32_t agent_list_ask(const struct agent_leaf *leaf, uint32_t from, uint32_t to,
                        const struct agent_ask *ask, const uint8_t *found, struct agent_sum *sum)
{
	enum { KINDS = (AGENT_MARK_STANDING | AGENT_MARK_ENABLED) + 1, MEANT = KINDS };
	uint32_t kinds[2 * KINDS] = { 0 }, pass = 0;

	for (uint32_t i = from; i < to; i++) {
		uint32_t mark = leaf->marks[i];
		bool meant = ((mark & ask->meant_by) == ask->meant) & (!found || found[i]);

		pass += meant & ((mark & ask->pass_by) == ask->pass);
		kinds[(meant ? MEANT : 0) + mark % KINDS]++;
	}
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		uint32_t n = kinds[MEANT + kind];

		if (!n)
			continue;
		sum->lines += n;
		sum->enabled += kind & AGENT_MARK_ENABLED ? n : 0;
		sum->standings[kind & AGENT_MARK_STANDING] += n;
	}
	return pass;
}

/* ---- the order */

static int compare(const struct agent_row *row, const struct agent_row_key *key)
{
	if (row->studio != key->studio)
		return row->studio < key->studio ? -1 : 1;
	if (row->number != key->number)
		return row->number < key->number ? -1 : 1;
	return row->id < key->id ? -1 : row->id > key->id;
}

static struct agent_row_key key_of(const struct agent_row *row)
{
	return (struct agent_row_key){ row->studio, row->number, row->id };
}

/* How many leaves begin with a row that does not stand behind key. */
static size_t leaves_up_to(const struct agent_list *list, const struct agent_row_key *key)
{
	size_t low = 0, high = list->leaf_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(list->leaves[middle]->rows[0], key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many rows of a leaf do not stand behind key. */
static uint32_t rows_up_to(const struct agent_leaf *leaf, const struct agent_row_key *key)
{
	uint32_t low = 0, high = leaf->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(leaf->rows[middle], key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct agent_list_at agent_list_after(const struct agent_list *list,
                                      const struct agent_row_key *key)
{
	size_t leaves = leaves_up_to(list, key);

	if (!leaves)
		return (struct agent_list_at){ 0, 0 };
	return (struct agent_list_at){ leaves - 1, rows_up_to(list->leaves[leaves - 1], key) };
}

struct agent_row *agent_list_next(const struct agent_list *list, struct agent_list_at *at)
{
	if (at->leaf < list->leaf_count && at->row == list->leaves[at->leaf]->n) {
		at->leaf++;
		at->row = 0;
	}
	return at->leaf < list->leaf_count ? list->leaves[at->leaf]->rows[at->row++] : NULL;
}

/* ---- coming and going */

/* The rows from from on, with all that stands beside them, n of them, come to the place at of a
 * leaf, which may be the same. What they take with them of their strings is texts.h's to say. */
static void copy_rows(struct agent_leaf *to, uint32_t at, const struct agent_leaf *leaf,
                      uint32_t from, uint32_t n)
{
	memmove(to->rows + at, leaf->rows + from, n * sizeof(struct agent_row *));
	memmove(to->ends_s + at, leaf->ends_s + from, n * sizeof(*to->ends_s));
	memmove(to->marks + at, leaf->marks + from, n * sizeof(*to->marks));
}

/* The spare one becomes the leaf of that place. */
static struct agent_leaf *add_leaf(struct agent_list *list, size_t at)
{
	struct agent_leaf *leaf = list->spare;

	list->spare = NULL;
	memmove(list->leaves + at + 1, list->leaves + at,
	        (list->leaf_count - at) * sizeof(struct agent_leaf *));
	list->leaves[at] = leaf;
	list->leaf_count++;
	return leaf;
}

static void remove_leaf(struct agent_list *list, size_t at)
{
	agent_texts_drop(list->leaves[at]);
	free(list->leaves[at]);
	list->leaf_count--;
	memmove(list->leaves + at, list->leaves + at + 1,
	        (list->leaf_count - at) * sizeof(struct agent_leaf *));
}

static void split(struct agent_list *list, size_t at)
{
	struct agent_leaf *leaf = list->leaves[at], *more = add_leaf(list, at + 1);

	agent_texts_split(leaf, more);
	more->n = leaf->n / 2;
	leaf->n -= more->n;
	copy_rows(more, 0, leaf, leaf->n, more->n);
	sum_up(leaf);
	sum_up(more);
}

/* Where a row of that key goes: a leaf that has room. Rows that come in their list, as they are
 * read from the store, fill one leaf after the other. */
static struct agent_list_at place_for(struct agent_list *list, const struct agent_row_key *key)
{
	struct agent_list_at at = agent_list_after(list, key);

	if (at.leaf == list->leaf_count) {
		add_leaf(list, at.leaf);
	} else if (list->leaves[at.leaf]->n == AGENT_LEAF_ROWS && at.leaf + 1 == list->leaf_count &&
	           at.row == AGENT_LEAF_ROWS) {
		agent_texts_pack(list->leaves[at.leaf]);
		add_leaf(list, at.leaf + 1);
		at = (struct agent_list_at){ at.leaf + 1, 0 };
	} else if (list->leaves[at.leaf]->n == AGENT_LEAF_ROWS) {
		split(list, at.leaf);
		at = agent_list_after(list, key);
	}
	return at;
}

void agent_list_put(struct agent_list *list, struct agent_row *row)
{
	struct agent_row_key key = key_of(row);
	struct agent_list_at at = place_for(list, &key);
	struct agent_leaf *leaf = list->leaves[at.leaf];

	copy_rows(leaf, at.row + 1, leaf, at.row, leaf->n - at.row);
	leaf->rows[at.row] = row;
	leaf->ends_s[at.row] = row->ends_s;
	leaf->n++;
	leaf->packed = false;
	row->leaf = leaf;
	row->at = (uint16_t)at.row;
	agent_list_count(list, row);
}

/* Many small leaves would be as slow as many rows. */
static void merge(struct agent_list *list, size_t at)
{
	struct agent_leaf *leaf, *more;

	if (at + 1 >= list->leaf_count)
		return;
	leaf = list->leaves[at];
	more = list->leaves[at + 1];
	if (leaf->n + more->n > AGENT_LEAF_ROWS / 2 || agent_texts_merge(leaf, more) < 0)
		return;
	copy_rows(leaf, leaf->n, more, 0, more->n);
	leaf->n += more->n;
	sum_up(leaf);
	remove_leaf(list, at + 1);
}

void agent_list_take(struct agent_list *list, struct agent_row *row)
{
	struct agent_row_key key = key_of(row);
	struct agent_list_at at = agent_list_after(list, &key); /* behind it, in its leaf */
	struct agent_leaf *leaf = row->leaf;

	agent_list_uncount(list, row);
	leaf->n--;
	leaf->packed = false;
	copy_rows(leaf, at.row - 1, leaf, at.row, leaf->n + 1 - at.row);
	row->leaf = NULL;
	if (!leaf->n) {
		remove_leaf(list, at.leaf);
		return;
	}
	merge(list, at.leaf);
	if (at.leaf)
		merge(list, at.leaf - 1);
}

bool agent_list_pack(struct agent_list *list, size_t *at)
{
	while (*at < list->leaf_count && list->leaves[*at]->packed)
		++*at;
	if (*at == list->leaf_count)
		return false;
	agent_texts_pack(list->leaves[(*at)++]);
	return true;
}
