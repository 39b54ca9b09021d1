/* agent/list.h: the rows in the order of studio and number, counted.
 *
 * They stand in leaves of up to AGENT_LEAF_ROWS, each of which knows how many of its rows are in
 * which standing. So a page in the middle of a million lines, and how many of them are up, are
 * found by looking at the leaves, and rows are looked at one by one only where they are asked for.
 * All with agent->lock held. */
#ifndef LINEUP_AGENT_LIST_H
#define LINEUP_AGENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reg/reg.h"

#define AGENT_LEAF_ROWS 500 /* a leaf takes about a page */

struct agent_row;
struct agent_server_entry;
struct agent_texts;

/* What a registration is to those who count: each is of one. */
enum agent_standing {
	AGENT_STANDING_NONE, /* no registration, or one that is taken down */
	AGENT_STANDING_UP,   /* a binding is held */
	AGENT_STANDING_TRYING,
	AGENT_STANDING_REFUSED, /* waits for its next try, the last since a server said no */
	AGENT_STANDING_WAITING, /* likewise, for another reason */
};
#define AGENT_STANDINGS (AGENT_STANDING_WAITING + 1)

struct agent_sum {
	uint32_t lines, enabled;
	uint32_t caused; /* their last result has a cause */
	uint32_t standings[AGENT_STANDINGS];
};

struct agent_leaf {
	struct agent_sum sum;
	struct agent_server_entry *entry; /* of one of its rows at least, NULL being one, too ... */
	uint32_t entry_lines;             /* ... and how many have it */
	uint32_t n;
	bool packed; /* texts has the strings of all rows, in their order, and nothing else */
	struct agent_texts *texts; /* NULL: none of its rows has strings there */
	struct agent_row *rows[AGENT_LEAF_ROWS];
	uint32_t ends_s[AGENT_LEAF_ROWS]; /* of each row's binding, since 1970; 0: none */
};

/* Zeroed, and agent_list_init(): empty. */
struct agent_list {
	struct agent_leaf **leaves; /* none is empty */
	size_t leaf_count, leaf_cap;
	struct agent_leaf *spare; /* for the next row, whichever it is */
	struct agent_sum sum;
	uint32_t states[REG_STATE_COUNT];
	uint32_t *causes; /* by the place of each, from 1; 0: none */
};

int agent_list_init(struct agent_list *list); /* 0 or -ENOMEM */
void agent_list_done(struct agent_list *list);

/* Makes room for one more row. Returns 0 or -ENOMEM. */
int agent_list_reserve(struct agent_list *list);

/* Puts row where it belongs, for which there is room, and counts it; and takes it out. In between
 * what decides its place does not change. The strings of a row that is put have memory of their own
 * (agent/texts.h). */
void agent_list_put(struct agent_list *list, struct agent_row *row);
void agent_list_take(struct agent_list *list, struct agent_row *row);

/* Around each change of what is counted of a row: entry, enabled, standing, state, cause. */
void agent_list_uncount(struct agent_list *list, struct agent_row *row);
void agent_list_count(struct agent_list *list, struct agent_row *row);

/* The end of a row's binding, in whole seconds since 1970; 0: it holds none. */
void agent_list_end(struct agent_row *row, uint32_t ends_s);

/* Packs the strings of the first leaf from *at on that has some which are not (agent/texts.h), and
 * moves *at behind it. Whether there was one. */
bool agent_list_pack(struct agent_list *list, size_t *at);

/* ---- a walk */

struct agent_list_at {
	size_t leaf;
	uint32_t row;
};

struct agent_row_key {
	int64_t studio;
	uint32_t number;
	int64_t id;
};

/* Where the first row behind key stands. */
struct agent_list_at agent_list_after(const struct agent_list *list,
                                      const struct agent_row_key *key);

/* The row there, and on to the next one; NULL at the end. Good until a row comes or goes. */
struct agent_row *agent_list_next(const struct agent_list *list, struct agent_list_at *at);

#endif
