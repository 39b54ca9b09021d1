/* cli/confirm.h: a yes or no, asked on the terminal. */
#ifndef LINEUP_CLI_CONFIRM_H
#define LINEUP_CLI_CONFIRM_H

#include "cli/cli.h"

/* Asks, whatever the standard streams are. Returns CLI_OK for yes, CLI_FAILED for no and for the
 * end of file, CLI_USAGE where there is no terminal (the person has been told to use --yes). */
int confirm(const struct cli_args *args, const char *question);

#endif
