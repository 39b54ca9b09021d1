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
extern const struct cli_command cli_log;
extern const struct cli_command cli_apply;
extern const struct cli_command cli_import;
extern const struct cli_command cli_export;
extern const struct cli_command cli_practice;
extern const struct cli_command cli_help;
extern const struct cli_command cli_version;

#endif
