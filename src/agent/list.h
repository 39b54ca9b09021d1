/* agent/list.h: the rows in the order of studio and number, counted.
 *
 * They stand in leaves of up to AGENT_LEAF_ROWS, each of which knows how many of its rows are in
 * which standing. So a page in the middle of a million lines, and how many of them are up, are
 * found by looking at the leaves. Those of a server or with a cause are counted by their marks,
 * four bytes a row that stand one behind the other in the leaf. A row is looked at only where it is
 * told. All with agent->lock held. */
#ifndef LINEUP_AGENT_LIST_H
#define LINEUP_AGENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reg/reg.h"

#define AGENT_LEAF_ROWS 500 /* a leaf takes about two pages */

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
	uint32_t standings[AGENT_STANDINGS];
};

/* What rows are asked for by, of each in four bytes. From the lowest bit: its standing, enabled,
 * up, its cause, its server. The server is its id, and of ids that have no room there all the same
 * number: whoever asks for one of these must look at the rows. */
#define AGENT_MARK_STANDING UINT32_C(0x7)
#define AGENT_MARK_ENABLED  UINT32_C(0x8)
#define AGENT_MARK_UP       UINT32_C(0x10)
#define AGENT_MARK_CAUSE    UINT32_C(0x1fe0)
#define AGENT_MARK_SERVER   UINT32_C(0xffffe000)
#define AGENT_CAUSE_SHIFT   5
#define AGENT_SERVER_SHIFT  13
#define AGENT_SERVERS_APART \
	(AGENT_MARK_SERVER >> AGENT_SERVER_SHIFT) /* ids from here on have no room */

static inline uint32_t agent_mark_cause(uint8_t cause)
{
	return (uint32_t)cause << AGENT_CAUSE_SHIFT;
}

static inline uint32_t agent_mark_server(int64_t id)
{
	return ((uint64_t)id < AGENT_SERVERS_APART ? (uint32_t)id : AGENT_SERVERS_APART)
	       << AGENT_SERVER_SHIFT;
}

/* The id, or AGENT_SERVERS_APART. */
static inline uint32_t agent_mark_server_of(uint32_t mark)
{
	return mark >> AGENT_SERVER_SHIFT;
}

struct agent_leaf {
	struct agent_sum sum;
	uint32_t n;
	bool packed; /* texts has the strings of all rows, in their order, and nothing else */
	struct agent_texts *texts; /* NULL: none of its rows has strings there */
	struct agent_row *rows[AGENT_LEAF_ROWS];
	uint32_t ends_s[AGENT_LEAF_ROWS];  /* of each row's binding, since 1970; 0: none */
	uint32_t marks[AGENT_LEAF_ROWS];   /* of each row, see above */
	uint16_t texts_n[AGENT_LEAF_ROWS]; /* while packed: of each row's strings, NULs included */
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

/* ---- what is asked of many */

/* Rows are meant whose mark has, of the bits meant_by, those of meant; of these some pass. */
struct agent_ask {
	uint32_t meant_by, meant;
	uint32_t pass_by, pass;
};

/* Of the rows from from to to of a leaf, and of those that found, where it is not NULL, has other
 * than 0 for: adds to *sum those that are meant, and returns how many of them pass. found is read
 * from its place from on. */
uint32_t agent_list_ask(const struct agent_leaf *leaf, uint32_t from, uint32_t to,
                        const struct agent_ask *ask, const uint8_t *found, struct agent_sum *sum);

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
