/* agent/texts.c: see agent/texts.h. */
#include "agent/texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/seek.h"

size_t agent_texts_size(const struct agent_row *row)
{
	const uint16_t starts[] = { row->extension, row->auth_user, row->contact, row->calls,
		                    row->user };
	uint16_t last = 0; /* the name is the first, and a block may have no more than that */

	if (!row->texts)
		return 0;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		last = starts[i] > last ? starts[i] : last;
	return last + strlen(row->texts + last) + 1;
}

void agent_texts_free(struct agent_row *row)
{
	if (!row->packed)
		free(row->texts);
	row->texts = NULL;
}

void agent_texts_set(struct agent_row *row, char *texts)
{
	agent_texts_free(row);
	row->texts = texts;
	row->packed = false;
	if (row->leaf)
		row->leaf->packed = false;
}

/* ---- blocks */

static struct agent_texts *block_of(size_t n)
{
	struct agent_texts *block = malloc(sizeof(*block) + n);

	if (block)
		*block = (struct agent_texts){ .leaves = 1 };
	return block;
}

void agent_texts_drop(struct agent_leaf *leaf)
{
	struct agent_texts *block = leaf->texts;

	leaf->texts = NULL;
	leaf->packed = false;
	if (block && !--block->leaves)
		free(block);
}

static size_t size_of(const struct agent_leaf *leaf)
{
	size_t n = 0;

	for (uint32_t i = 0; i < leaf->n; i++)
		n += agent_texts_size(leaf->rows[i]);
	return n;
}

/* Where there is room for them. */
static void move_into(struct agent_texts *block, const struct agent_leaf *leaf)
{
	for (uint32_t i = 0; i < leaf->n; i++) {
		struct agent_row *row = leaf->rows[i];
		size_t n = agent_texts_size(row);
		char *at = block->bytes + block->n;

		if (!n)
			continue;
		memcpy(at, row->texts, n);
		agent_texts_free(row);
		row->texts = at;
		row->packed = true;
		block->n += (uint32_t)n;
	}
}

void agent_texts_pack(struct agent_leaf *leaf)
{
	struct agent_texts *block = leaf->packed ? NULL : block_of(size_of(leaf));

	if (!block)
		return;
	move_into(block, leaf);
	agent_texts_drop(leaf);
	leaf->texts = block;
	leaf->packed = true;
}

void agent_texts_split(struct agent_leaf *leaf, struct agent_leaf *more)
{
	more->texts = leaf->texts;
	if (more->texts)
		more->texts->leaves++;
	leaf->packed = more->packed = false;
}

int agent_texts_merge(struct agent_leaf *leaf, struct agent_leaf *more)
{
	struct agent_texts *block = block_of(size_of(leaf) + size_of(more));

	if (!block)
		return -ENOMEM;
	move_into(block, leaf);
	move_into(block, more);
	agent_texts_drop(leaf);
	agent_texts_drop(more);
	leaf->texts = block;
	leaf->packed = true;
	return 0;
}

/* ---- being searched */

/* Whose strings have that byte, from the row numbered from on: near it most of the time. */
static uint32_t row_of(const struct agent_leaf *leaf, uint32_t from, const char *at)
{
	uint32_t low = from, step = 1, high;

	while (low + step < leaf->n && leaf->rows[low + step]->texts <= at) {
		low += step;
		step *= 2;
	}
	high = low + step < leaf->n ? low + step : leaf->n;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (leaf->rows[middle]->texts <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint32_t agent_texts_seek(const struct agent_leaf *leaf, uint32_t from, struct slice part)
{
	const char *end = leaf->texts->bytes + leaf->texts->n, *at;

	if (from >= leaf->n)
		return leaf->n;
	at = seek_next(part, leaf->rows[from]->texts, end);
	return at ? row_of(leaf, from, at) : leaf->n;
}
