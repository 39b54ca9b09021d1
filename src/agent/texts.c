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

/* Where there is room for them. sizes gets how long those of each row are. */
static void move_into(struct agent_texts *block, const struct agent_leaf *leaf, uint16_t *sizes)
{
	for (uint32_t i = 0; i < leaf->n; i++) {
		struct agent_row *row = leaf->rows[i];
		size_t n = agent_texts_size(row);
		char *at = block->bytes + block->n;

		sizes[i] = (uint16_t)n;
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
	move_into(block, leaf, leaf->texts_n);
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
	move_into(block, leaf, leaf->texts_n);
	move_into(block, more, leaf->texts_n + leaf->n);
	agent_texts_drop(leaf);
	agent_texts_drop(more);
	leaf->texts = block;
	leaf->packed = true;
	return 0;
}

/* ---- being searched */

/* Behind the second string from text on. */
static const char *behind_two(const char *text)
{
	text += strlen(text) + 1;
	return text + strlen(text) + 1;
}

/* Without a look at the rows: where the strings of each begin follows from how long they are. */
static void find_packed(const struct agent_leaf *leaf, uint32_t from, uint32_t to,
                        struct slice part, uint8_t *found)
{
	const char *end = leaf->texts->bytes + leaf->texts->n;
	const char *texts = leaf->rows[from]->texts, *at;

	for (uint32_t i = from; (at = seek_next(part, texts, end)); texts += leaf->texts_n[i++]) {
		for (; i < to && at >= texts + leaf->texts_n[i]; i++)
			texts += leaf->texts_n[i];
		if (i >= to)
			break;
		if (at < behind_two(texts))
			found[i] = 1;
	}
}

void agent_texts_find(const struct agent_leaf *leaf, uint32_t from, uint32_t to, struct slice part,
                      uint8_t *found)
{
	if (leaf->packed && from < to) {
		find_packed(leaf, from, to, part, found);
		return;
	}
	for (uint32_t i = from; i < to; i++) {
		const struct agent_row *row = leaf->rows[i];

		if (seek_within(part, row->texts) ||
		    seek_within(part, agent_row_text(row, row->extension)))
			found[i] = 1;
	}
}
