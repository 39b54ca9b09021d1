/* cli/main.c: the process around the command line. All else is in cli_run(). */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "cli/commands.h"

/* Who starts us with a closed standard input, output or error ("lineup register >&-") does not want
 * it. Its number must be taken all the same, or the next thing that is opened, a socket or a pipe
 * of the loop, gets it and is written to. */
static void take_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(CLI_FAILED);
}

int main(int argc, char **argv)
{
	take_standard_files();
	setlocale(LC_CTYPE, "");
	/* A reader that goes away is an error of the write, not the end of the process: a line must
	 * still give its binding back. */
	signal(SIGPIPE, SIG_IGN);
	return cli_run(&cli_lineup, argc, argv, stdout, stderr);
}
