/* cli/output.h: standard output, and what becomes of it: a full disk behind "lineup register >
 * file" must not look like success, and a reader that has seen enough ("| head") is no fault to
 * tell of.
 */
#ifndef LINEUP_CLI_OUTPUT_H
#define LINEUP_CLI_OUTPUT_H

#include <stdio.h>

#include "base/slice.h"
#include "cli/cli.h"

/* Exit status of what went well but could not be told. Every command has it, and its row. */
#define OUTPUT_UNWRITTEN 4
extern const struct cli_exit output_exit;

/* Writes text and all that was written to file before. Returns 0 or the negative errno of what
 * failed since the last call, which is then forgotten: -EPIPE where the reader has gone away, -EIO
 * where the reason is not known any more. */
int output_put(FILE *file, struct slice text);

#endif
