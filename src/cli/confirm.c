/* cli/confirm.c: asks on the controlling terminal, since standard input may be the file itself. */
#include "cli/confirm.h"

#include "base/slice.h"

int confirm(const struct cli_args *args, const char *question)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	char answer[16];
	struct slice said = SLICE_NONE;

	if (!tty) {
		cli_fail(args,
		         "there is no terminal to ask on; nothing was changed. --yes makes the "
		         "changes without asking");
		return CLI_USAGE;
	}
	fprintf(tty, "%s [y/N] ", question);
	fflush(tty);
	if (fgets(answer, sizeof(answer), tty))
		said = slice_trim(slice_str(answer));
	fclose(tty);
	return slice_equal_nocase(said, SLICE("y")) || slice_equal_nocase(said, SLICE("yes"))
	               ? CLI_OK
	               : CLI_FAILED;
}
