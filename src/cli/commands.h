/* cli/commands.h: the commands there are, and the program that they make. */
#ifndef LINEUP_CLI_COMMANDS_H
#define LINEUP_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_program cli_lineup;

extern const struct cli_command cli_register;
extern const struct cli_command cli_check;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_serve;
extern const struct cli_command cli_status;
extern const struct cli_command cli_watch;
extern const struct cli_command cli_log;
extern const struct cli_command cli_line_add, cli_line_set, cli_line_rm, cli_line_show;
extern const struct cli_command cli_line_register, cli_line_unregister;
extern const struct cli_command cli_server_add, cli_server_set, cli_server_rm, cli_server_list,
	cli_server_profiles;
extern const struct cli_command cli_login_add, cli_login_rm, cli_login_list;
extern const struct cli_command cli_apply;
extern const struct cli_command cli_import;
extern const struct cli_command cli_export;
extern const struct cli_command cli_backup;
extern const struct cli_command cli_restore;
extern const struct cli_command cli_practice;
extern const struct cli_command cli_demo;
extern const struct cli_command cli_help;
extern const struct cli_command cli_version;

#endif
