/* agent/list.c: see agent/list.h. */
#include "agent/list.h"

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
	sum->caused += row->cause ? by : 0;
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

/* Of the rows there that are counted. */
static void choose_entry(struct agent_leaf *leaf, struct agent_server_entry *entry)
{
	leaf->entry = entry;
	leaf->entry_lines = 0;
	for (uint32_t i = 0; i < leaf->n; i++)
		leaf->entry_lines += leaf->rows[i]->entry == entry;
}

void agent_list_uncount(struct agent_list *list, struct agent_row *row)
{
	add_all(list, row, UINT32_MAX);
	row->leaf->entry_lines -= row->entry == row->leaf->entry;
}

void agent_list_count(struct agent_list *list, struct agent_row *row)
{
	add_all(list, row, 1);
	if (row->entry == row->leaf->entry)
		row->leaf->entry_lines++;
	else if (!row->leaf->entry_lines)
		choose_entry(row->leaf, row->entry);
}

/* Its place is found by a look at pointers alone: a search by key would look at rows. */
void agent_list_end(struct agent_row *row, uint32_t ends_s)
{
	struct agent_leaf *leaf = row->leaf;
	uint32_t i = 0;

	row->ends_s = ends_s;
	while (leaf->rows[i] != row)
		i++;
	leaf->ends_s[i] = ends_s;
}

/* Anew, after rows have come from another leaf. */
static void sum_up(struct agent_leaf *leaf)
{
	leaf->sum = (struct agent_sum){ 0 };
	for (uint32_t i = 0; i < leaf->n; i++) {
		leaf->rows[i]->leaf = leaf;
		add(&leaf->sum, leaf->rows[i], 1);
	}
	choose_entry(leaf, leaf->rows[0]->entry);
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
	memcpy(more->rows, leaf->rows + leaf->n, more->n * sizeof(struct agent_row *));
	memcpy(more->ends_s, leaf->ends_s + leaf->n, more->n * sizeof(*more->ends_s));
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

	memmove(leaf->rows + at.row + 1, leaf->rows + at.row,
	        (leaf->n - at.row) * sizeof(struct agent_row *));
	memmove(leaf->ends_s + at.row + 1, leaf->ends_s + at.row,
	        (leaf->n - at.row) * sizeof(*leaf->ends_s));
	leaf->rows[at.row] = row;
	leaf->ends_s[at.row] = row->ends_s;
	leaf->n++;
	leaf->packed = false;
	row->leaf = leaf;
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
	memcpy(leaf->rows + leaf->n, more->rows, more->n * sizeof(struct agent_row *));
	memcpy(leaf->ends_s + leaf->n, more->ends_s, more->n * sizeof(*leaf->ends_s));
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
	memmove(leaf->rows + at.row - 1, leaf->rows + at.row,
	        (leaf->n + 1 - at.row) * sizeof(struct agent_row *));
	memmove(leaf->ends_s + at.row - 1, leaf->ends_s + at.row,
	        (leaf->n + 1 - at.row) * sizeof(*leaf->ends_s));
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
