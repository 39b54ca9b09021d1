/* config/compare.h: what compare.c, servers.c and lines.c share while they compare. */
#ifndef LINEUP_CONFIG_COMPARE_H
#define LINEUP_CONFIG_COMPARE_H

#include "config/diff.h"

/* What a line of the file was found to be. */
struct config_match {
	uint32_t have; /* index in the store, or DIFF_NONE: a new one */
	uint32_t server;
	uint32_t number;
};

/* Another line of the studio has its extension. */
enum config_ambiguous { AMBIGUOUS_AT_SERVER = 1, AMBIGUOUS_ANYWHERE = 2 };

struct config_comparer {
	struct config_diff *diff;
	const struct config *config; /* the file */
	struct config *have;         /* the store's settings */
	struct store *store;
	struct config_notes *notes;

	struct config_map names, addresses; /* of diff->servers */
	unsigned guessed;                   /* how often "did you mean" was looked for */
	uint32_t default_server;            /* as it shall be: among diff->servers, or DIFF_NONE */

	struct config_map lines;      /* of the store: by studio and number */
	struct config_map extensions; /* of the store: by studio, server and extension, for CSV */
	struct config_map fresh;      /* new lines of a CSV file: by studio, server and extension */
	struct config_map registrations; /* as they shall be: by server and extension */
	struct config_match *matches;    /* of each line of the file */
	uint32_t *last;                  /* of each studio of the file: its highest number */
	uint32_t *line_counts;           /* of each studio of the store */
	uint32_t *wanted;                /* of each studio of the store: its index in the file */
	uint32_t *claimed;               /* of each line of the store: its index in the file */
	uint8_t *ambiguous;              /* of each line of the store: enum config_ambiguous */
};

/* Lists the servers of file and store. 0 or -ENOMEM. */
int config_servers_gather(struct config_comparer *c);

/* The server that a value of the file names, made where there is none; DIFF_NONE where that cannot
 * be, which is said. 0 or -ENOMEM. */
int config_servers_resolve(struct config_comparer *c, const struct config_value *value,
                           uint32_t *ret_index);

/* The server of that name in the store; of NULL DIFF_NONE. */
uint32_t config_servers_of_store(const struct config_comparer *c, const char *name);

/* Makes the store's lines findable. 0 or -ENOMEM. */
int config_lines_index(struct config_comparer *c);

/* Finds the line of the store that a line of the file is, and keeps what differs. */
int config_lines_compare(struct config_comparer *c, uint32_t index);

/* Remarks on lines that share a registration or have no server. Only where there is no fault: each
 * line then has its match. */
int config_lines_remark(struct config_comparer *c);

/* Keeps an entry that is new or differs, in words. 0 or -ENOMEM. */
int config_compare_keep(struct config_comparer *c, enum config_mapping mapping,
                        struct config_entry *entry);

#endif
