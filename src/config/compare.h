/* config/compare.h: what compare.c, servers.c and lines.c share while they compare. */
#ifndef LINEUP_CONFIG_COMPARE_H
#define LINEUP_CONFIG_COMPARE_H

#include "config/diff.h"

/* What a line of the file was found to be. */
struct match {
	uint32_t have; /* index in the store, or DIFF_NONE: a new one */
	uint32_t server;
	uint32_t number;
};

/* Another line of the studio has its extension. */
enum ambiguous { AMBIGUOUS_AT_SERVER = 1, AMBIGUOUS_ANYWHERE = 2 };

struct comparer {
	struct config_diff *diff;
	const struct config *config; /* the file */
	struct config *have;         /* the store's settings */
	struct store *store;
	struct notes *notes;

	struct map names, addresses; /* of diff->servers */
	unsigned guessed;            /* how often "did you mean" was looked for */
	uint32_t default_server;     /* as it shall be: among diff->servers, or DIFF_NONE */

	struct map lines;         /* of the store: by studio and number */
	struct map extensions;    /* of the store: by studio, server and extension, for CSV */
	struct map fresh;         /* new lines of a CSV file: by studio, server and extension */
	struct map registrations; /* as they shall be: by server and extension */
	struct match *matches;    /* of each line of the file */
	uint32_t *last;           /* of each studio of the file: its highest number */
	uint32_t *line_counts;    /* of each studio of the store */
	uint32_t *wanted;         /* of each studio of the store: its index in the file */
	uint32_t *claimed;        /* of each line of the store: its index in the file */
	uint8_t *ambiguous;       /* of each line of the store: enum ambiguous */
};

/* Lists the servers of file and store. 0 or -ENOMEM. */
int servers_gather(struct comparer *c);

/* The server that a value of the file names, made where there is none; DIFF_NONE where that cannot
 * be, which is said. 0 or -ENOMEM. */
int servers_resolve(struct comparer *c, const struct value *value, uint32_t *ret_index);

/* The server of that name in the store; of NULL DIFF_NONE. */
uint32_t servers_of_store(const struct comparer *c, const char *name);

/* Makes the store's lines findable. 0 or -ENOMEM. */
int lines_index(struct comparer *c);

/* Finds the line of the store that a line of the file is, and keeps what differs. */
int lines_compare(struct comparer *c, uint32_t index);

/* Remarks on lines that share a registration or have no server. Only where there is no fault: each
 * line then has its match. */
int lines_remark(struct comparer *c);

/* Keeps an entry that is new or differs, in words. 0 or -ENOMEM. */
int compare_keep(struct comparer *c, enum config_mapping mapping, struct diff_entry *entry);

#endif
