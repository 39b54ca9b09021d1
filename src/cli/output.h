/* cli/output.h: standard output, and what becomes of it: a full disk behind "lineup register >
 * file" must not look like success, and a reader that has seen enough ("| head") is no fault to
 * tell of.
 */
#ifndef LINEUP_CLI_OUTPUT_H
#define LINEUP_CLI_OUTPUT_H

#include <stdio.h>
#include <sys/types.h>

#include "base/slice.h"
#include "cli/cli.h"

/* Exit status of what went well but could not be told. Every command has it, and its row. */
#define OUTPUT_UNWRITTEN 4
extern const struct cli_exit output_exit;

/* Writes text and all that was written to file before. Returns 0 or the negative errno of what
 * failed since the last call, which is then forgotten: -EPIPE where the reader has gone away, -EIO
 * where the reason is not known any more. */
int output_put(FILE *file, struct slice text);

/* Writes a file of that mode, less the umask; one that is there is replaced as a whole, or not at
 * all. Returns CLI_OK, or CLI_FAILED (the person has been told). */
int output_file(const struct cli_args *args, const char *path, struct slice text, mode_t mode);

#endif
