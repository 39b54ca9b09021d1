/* cli/main.c: the process around the command line. All else is in cli_run(). */
#include <locale.h>
#include <signal.h>

#include "cli/commands.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	/* A reader that goes away is an error of the write, not the end of the process: a line must
	 * still give its binding back. */
	signal(SIGPIPE, SIG_IGN);
	return cli_run(&cli_lineup, argc, argv, stdout, stderr);
}
