/* cli/output.c: standard output, and what becomes of it. */
#include "cli/output.h"

#include <errno.h>
#include <poll.h>

const struct cli_exit output_exit = { OUTPUT_UNWRITTEN,
	                              "it went well, but the output could not be written" };

/* A stream forgets errno, and what it could not write; its pipe still knows. */
static int reason_of(FILE *file)
{
	struct pollfd end = { .fd = fileno(file), .events = POLLOUT };

	return poll(&end, 1, 0) > 0 && end.revents & POLLERR ? EPIPE : EIO;
}

int output_put(FILE *file, struct slice text)
{
	int err;

	errno = 0;
	fwrite(text.p, 1, text.n, file);
	fflush(file);
	if (!ferror(file))
		return 0;
	err = errno ? errno : reason_of(file);
	clearerr(file);
	return -err;
}
