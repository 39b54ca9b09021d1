/* agent/texts.h: the strings of rows, those of a leaf's rows in one block.
 *
 * A search by text looks at each of a million rows. Where their strings lie one behind the other it
 * reads some twenty bytes a row in the order in which they are in memory, and touches no row at
 * all. The block of a leaf is made when its rows are known (agent_texts_pack()); until then, and
 * after each change, the new strings have memory of their own, and the leaf is searched row by row.
 * The first two strings of a row are its name and its extension, "" where they are not set. A leaf
 * that is split shares its block with the other half until both are packed again. All with
 * agent->lock held, and what writes by the control thread. */
#ifndef LINEUP_AGENT_TEXTS_H
#define LINEUP_AGENT_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct agent_leaf;
struct agent_row;

struct agent_texts {
	uint32_t leaves; /* that have rows with strings in here */
	uint32_t n;
	char bytes[];
};

/* Of all strings of a row, NULs included; 0: it has none yet. */
size_t agent_texts_size(const struct agent_row *row);

/* texts, from malloc(), become the row's. Where each string stands in them is the caller's to say,
 * who does so after that. */
void agent_texts_set(struct agent_row *row, char *texts);

/* Frees what is the row's own. */
void agent_texts_free(struct agent_row *row);

/* Puts the strings of a leaf's rows into a block of their own. Without memory for it all stays as
 * it is, and a later call may have more luck. */
void agent_texts_pack(struct agent_leaf *leaf);

/* A leaf's half, more, is about to get rows of leaf, strings and all. */
void agent_texts_split(struct agent_leaf *leaf, struct agent_leaf *more);

/* Puts the strings of both leaves, one behind the other, into a block of leaf's, which is about to
 * get all rows of more. Returns 0 or -ENOMEM: nothing has changed, and they must stay two. */
int agent_texts_merge(struct agent_leaf *leaf, struct agent_leaf *more);

/* The leaf is about to go, and so are its rows, or they have gone before. */
void agent_texts_drop(struct agent_leaf *leaf);

/* Of the rows from from to to of a leaf: sets found to 1, at the place of each, where part is in
 * its name or its extension, in any letter case. What else is in found stays as it is. */
void agent_texts_find(const struct agent_leaf *leaf, uint32_t from, uint32_t to, struct slice part,
                      uint8_t *found);

#endif
