/* config/diff.h: the difference, between the file that finds it (compare.c), the one that puts it
 * into words (words.c) and the one that carries it out (apply.c).
 *
 * want is what the file says, have what the store has; NULL: nothing. */
#ifndef LINEUP_CONFIG_DIFF_H
#define LINEUP_CONFIG_DIFF_H

#include "config/part.h"

#define DIFF_NONE UINT32_MAX /* no server */

/* In the order in which they are carried out: first what makes room, last what must be let go. */
enum config_step {
	DIFF_STUDIO_REMOVE,
	DIFF_LINE_REMOVE,
	DIFF_SERVER_PUT,
	DIFF_SERVER_MAKE, /* one that lines name by its address */
	DIFF_STUDIO_PUT,
	DIFF_LINE_PUT,
	DIFF_GENERAL,
	DIFF_SERVER_REMOVE,
	DIFF_STEP_COUNT
};

struct config_entry {
	struct config_change change;
	enum config_step step;
	const struct config_row *want, *have;
	uint32_t index;  /* of a server among diff->servers, of a studio or line in the file */
	uint32_t server; /* of a line, of the general settings: among diff->servers, or DIFF_NONE */
	uint32_t number; /* of a line */
	enum store_password password;
};

/* A server of the file, of the store, or of both. */
struct config_named {
	const struct config_row *want, *have;
	const char *name;   /* as lines call it */
	const char *domain; /* of one to be made */
	uint16_t port;
	bool named; /* by a line, or as the default */
};

struct config_diff {
	const struct config *config; /* the file */
	struct config *have;         /* the store */
	int64_t change;              /* the one that have is as of */
	struct config_arena arena;
	struct config_named *servers;
	uint32_t server_count, server_cap;
	uint32_t *studios; /* for each of the file its index in the store, or DIFF_NONE */
	struct config_entry *entries;
	size_t count, cap;
};

/* What a setting shall be, as text: given, left as it is, or fallen back; of a server its name.
 * NULL: nothing. */
const char *config_diff_text(const struct config_diff *diff, enum config_mapping mapping,
                             const struct config_entry *entry, unsigned index);

/* Whether that differs from what the store has. Not for what rows are found by, which is the same,
 * and what cannot be compared as text: lists and passwords. */
bool config_diff_differs(const struct config_diff *diff, enum config_mapping mapping,
                         const struct config_entry *entry, unsigned index);

/* Puts entry->change into words. 0 or -ENOMEM. */
int config_diff_describe(struct config_diff *diff, struct config_entry *entry);

/* 'studio "Studio 1" line 3' */
void config_diff_put_line(const struct config_row *studio, uint32_t number, struct buf *out);

#endif
