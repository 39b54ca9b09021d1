/* cli/commands.c: the program and its commands, in the order in which the help shows them. */
#include "cli/commands.h"

static const struct cli_command *const commands[] = {
	&cli_register,  &cli_check,         &cli_explain,
	&cli_serve,     &cli_status,        &cli_watch,
	&cli_log,       &cli_line_add,      &cli_line_set,
	&cli_line_rm,   &cli_line_register, &cli_line_unregister,
	&cli_line_show, &cli_server_add,    &cli_server_set,
	&cli_server_rm, &cli_server_list,   &cli_server_profiles,
	&cli_login_add, &cli_login_rm,      &cli_login_list,
	&cli_apply,     &cli_import,        &cli_export,
	&cli_backup,    &cli_restore,       &cli_practice,
	&cli_demo,      &cli_help,          &cli_version,
	NULL,
};

static const struct cli_group groups[] = {
	{ "line", "adds, changes, removes, tries and shows lines" },
	{ "server", "adds, changes, removes and lists servers" },
	{ "login", "says who may log in at the page and the API" },
	{ NULL, NULL },
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
	.groups = groups,
};
