/* cli/output.c: standard output, and what becomes of it. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

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

static int write_part(const char *path, struct slice text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), err = 0;

	if (fd < 0)
		return -errno;
	while (!err && text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n >= 0)
			text = slice_from(text, (size_t)n);
		else if (errno != EINTR)
			err = -errno;
	}
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

int output_file(const struct cli_args *args, const char *path, struct slice text, mode_t mode)
{
	char part[4096], memory[512];
	int err = -ENAMETOOLONG;

	if ((size_t)snprintf(part, sizeof(part), "%s.part", path) < sizeof(part)) {
		err = write_part(part, text, mode);
		if (!err && rename(part, path) < 0)
			err = -errno;
		if (err)
			unlink(part);
	}
	return err ? cli_fail(args, "cannot write %s: %s", cli_shown(path, memory, sizeof(memory)),
	                      strerror(-err))
	           : CLI_OK;
}
