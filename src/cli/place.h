/* cli/place.h: the folder in which the daemon keeps what it must not lose, and where the command
 * line finds it: --state, else STATE_DIRECTORY (systemd), else lineup in the folder that the XDG
 * base directories name for state. */
#ifndef LINEUP_CLI_PLACE_H
#define LINEUP_CLI_PLACE_H

#include "cli/cli.h"

#define PLACE_PATH_MAX 1024              /* bytes of a path */
#define PLACE_SYSTEM   "/var/lib/lineup" /* of the daemon that systemd runs (lineup.service) */

/* Of systemd: where it is among those that the daemon was given, it is the key for passwords, in
 * place of the one in the folder. */
#define PLACE_CREDENTIAL "lineup.key"

/* The option that place_make() and place_find() read, for a command's rows. */
#define PLACE_OPTION \
	{ \
		.name = "state", .arg = "DIR", \
		.help = "the daemon's state folder; else $STATE_DIRECTORY, else lineup in " \
			"$XDG_STATE_HOME or ~/.local/state" \
	}

struct place {
	char folder[PLACE_PATH_MAX];
	char store[PLACE_PATH_MAX], key[PLACE_PATH_MAX]; /* see store/store.h */
	char socket[PLACE_PATH_MAX];                     /* that the command line calls */
};

/* For the daemon: makes the folder where it is missing, for its user alone. Returns CLI_OK, or
 * CLI_USAGE or CLI_FAILED (the person has been told). */
int place_make(const struct cli_args *args, struct place *ret_place);

/* For whoever calls the daemon; makes nothing. Where neither an option nor the environment says
 * otherwise, and no daemon of this user has been there, it is PLACE_SYSTEM. Returns as above. */
int place_find(const struct cli_args *args, struct place *ret_place);

/* What stands in a folder that is there. Returns CLI_OK, or CLI_USAGE where its path is too long.
 */
int place_at(const struct cli_args *args, const char *folder, struct place *ret_place);

#endif
