/* cli/settings_file.h: a file of settings on its way to the daemon: `lineup apply`, `lineup import`
 * and `lineup restore` differ in the format alone, and in the passphrase of a backup. */
#ifndef LINEUP_CLI_SETTINGS_FILE_H
#define LINEUP_CLI_SETTINGS_FILE_H

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "config/config.h"

/* The options that settings_file_run() reads. */
#define SETTINGS_FILE_OPTIONS \
	PLACE_OPTION, \
		{ 'n', "dry-run", NULL, NULL, NULL, "show the difference, and change nothing" }, \
		{ 'y', "yes", NULL, NULL, NULL, "make the changes without asking" }, \
	{ \
		0, "json", NULL, NULL, NULL, "print what the API answers, for programs" \
	}

#define SETTINGS_FILE_EXITS \
	{ CLI_OK, "the settings are as the file says, or the difference was shown" }, \
		{ CLI_FAILED, "the changes were declined, or the daemon could not make them" }, \
	{ \
		CLIENT_NO_DAEMON, "no daemon answered" \
	}

/* The option for the passphrase of a backup, as row_edit_password() reads it. */
#define SETTINGS_FILE_PASSPHRASE_OPTION \
	{ \
		'p', "password-file", "FILE", NULL, NULL, \
			"read the passphrase from FILE (- is standard input); else from the " \
			"environment's LINEUP_PASSWORD; else it is asked for on the terminal" \
	}

enum settings_file_kind { SETTINGS_YAML, SETTINGS_CSV, SETTINGS_BACKUP };

/* Reads the only operand, checks it, shows the difference that it would make, asks, and has the
 * daemon make it, unless the settings have changed meanwhile. A backup that has passwords needs
 * their passphrase, which is asked for. Returns an exit status. */
int settings_file_run(const struct cli_args *args, enum settings_file_kind kind);

/* A studio.yaml that config_read() took, with each password-file replaced by the password in it:
 * the daemon reads no files that others name. Line numbers stay as they are. *ret_text is *ret_n
 * bytes and to be wiped by the caller, by OPENSSL_clear_free(). Returns 0, -EINVAL (it is no YAML),
 * -ENOMEM or what a file could not be read for. */
int password_files_splice(struct slice yaml, const char *folder, char **ret_text, size_t *ret_n);

#endif
