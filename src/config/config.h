/* config/config.h: settings as files: studio.yaml, and lines.csv from a spreadsheet.
 *
 * A file is read whole and checked whole: every fault is told with its place, and nothing is
 * changed while there is one. Then it is compared with the store, and the difference can be shown
 * or carried out in one transaction. A file that was just applied makes no difference. */
#ifndef LINEUP_CONFIG_CONFIG_H
#define LINEUP_CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "store/store.h"

#define CONFIG_FILE_MAX   (256u * 1024 * 1024) /* bytes of a file */
#define CONFIG_FAULTS_MAX 100                  /* faults that are told; the others are counted */

/* What is wrong, for a person. */
struct config_fault {
	uint32_t line, column; /* from 1; 0: not of one place. CSV: row and column of the sheet */
	char *text;            /* "expires: \"12x\" is not a number of seconds from 1 to 86400" */
};
struct config_faults {
	struct config_fault *list;
	unsigned count; /* in list */
	unsigned more;  /* beyond CONFIG_FAULTS_MAX */
};
void config_faults_done(struct config_faults *faults);

/* What a file says. */
struct config;
enum config_format { CONFIG_YAML, CONFIG_CSV };

/* Where the paths of password-file lead from, and whether they may be read: the daemon reads none
 * that came over the network. */
struct config_place {
	const char *folder; /* NULL: password-file is refused */
};

/* Returns 0; -EINVAL: *ret_faults (to be freed with config_faults_done()) says why, *ret_config is
 * not set; -EFBIG; -ENOMEM. */
int config_read(enum config_format format, struct slice text, const struct config_place *place,
                struct config **ret_config, struct config_faults *ret_faults);
void config_free(struct config *config); /* wipes passwords */

/* The difference to the store. A YAML file is all there shall be: what it does not name is removed;
 * a CSV file adds and changes lines, and removes nothing. A password that is not given stays as it
 * is. */
enum config_kind { CONFIG_ADD, CONFIG_CHANGE, CONFIG_REMOVE };
struct config_change {
	enum config_kind kind;
	const char *object; /* "studio \"Studio 1\" line 3" */
	const char
		*detail; /* "extension \"1003\" -> \"1004\", password changed"; never a password */
};
struct config_diff;
int config_compare(const struct config *config, struct store *store, struct config_diff **ret_diff,
                   struct config_faults *ret_faults);
void config_diff_free(struct config_diff *diff);
size_t config_diff_count(const struct config_diff *diff);
const struct config_change *config_diff_at(const struct config_diff *diff, size_t index);

/* Carries the difference out, all of it or nothing. */
int config_apply(const struct config_diff *diff, struct store *store);

/* Writes the settings of the store as studio.yaml. Passwords are left out, with a remark where
 * there is one. Returns 0, a store's error, or what write() returned. */
int config_export(struct store *store, int (*write)(void *ctx, struct slice text), void *ctx);

#endif
