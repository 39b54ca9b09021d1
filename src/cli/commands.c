/* cli/commands.c: the program and its commands, in the order in which the help shows them. */
#include "cli/commands.h"

static const struct cli_command *const commands[] = {
	&cli_register, &cli_check,  &cli_explain,  &cli_serve, &cli_status,  &cli_log, &cli_apply,
	&cli_import,   &cli_export, &cli_practice, &cli_help,  &cli_version, NULL,
};

const struct cli_program cli_lineup = {
	.name = "lineup",
	.version = LINEUP_VERSION,
	.brief = "keeps phone lines registered, and explains why one is not",
	.description =
		"Lineup registers SIP extensions at the server of a PBX or provider, keeps them "
		"registered, shows every step of it, and says in plain words what to fix when one "
		"will not register.",
	.commands = commands,
};
