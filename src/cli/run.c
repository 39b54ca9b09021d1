/* cli/run.c: from argv to a command and back to an exit status. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/guess.h"
#include "cli/cli.h"
#include "cli/term.h"

const struct cli_command *cli_find(const struct cli_program *program, const char *name)
{
	for (unsigned i = 0; program->commands[i]; i++)
		if (strcmp(program->commands[i]->name, name) == 0)
			return program->commands[i];
	return NULL;
}

int cli_unknown_command(const struct cli_program *program, const char *word, FILE *err)
{
	char memory[128];
	struct guess guess = guess_for(slice_str(word));

	for (unsigned i = 0; program->commands[i]; i++)
		guess_offer(&guess, slice_str(program->commands[i]->name));
	fprintf(err, "%s: \"%s\" is no command", program->name,
	        cli_shown(word, memory, sizeof(memory)));
	if (guess.best.p)
		fprintf(err, "; did you mean \"%.*s\"?", (int)guess.best.n, guess.best.p);
	fprintf(err, "\nTry: %s --help\n", program->name);
	return CLI_USAGE;
}

unsigned cli_help_width(FILE *out)
{
	unsigned width = term_of(out).width;

	if (width > CLI_WIDTH)
		return CLI_WIDTH;
	return width < CLI_WIDTH_MIN ? CLI_WIDTH_MIN : width;
}

/* Passwords must not reach a core file, nor another process of the same user. */
static void keep_secrets(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static int run_command(struct cli_args *args, int argc, char **argv)
{
	int status;

	switch (cli_parse(args, argc, argv)) {
	case CLI_PARSE_HELP:
		cli_write_help(args->program, args->command, cli_help_width(args->out), args->out);
		return CLI_OK;
	case CLI_PARSE_BAD:
		return CLI_USAGE;
	case CLI_PARSE_OK:
		break;
	}
	if (args->command->secrecy == CLI_SECRET)
		keep_secrets();
	status = args->command->run(args);
	if (status == -ENOMEM)
		return cli_fail(args, "there is not enough memory");
	if (status < 0)
		return cli_fail(args, "%s", strerror(-status));
	return status;
}

static int choose(const struct cli_program *program, int argc, char **argv, FILE *out, FILE *err)
{
	struct cli_args args = { .program = program, .out = out, .err = err };
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		cli_write_overview(program, cli_help_width(err), err);
		return CLI_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		cli_write_overview(program, cli_help_width(out), out);
		return CLI_OK;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		fprintf(out, "%s %s\n", program->name, program->version);
		return CLI_OK;
	}
	args.command = cli_find(program, word);
	if (!args.command)
		return cli_unknown_command(program, word, err);
	return run_command(&args, argc - 1, argv + 1);
}

int cli_run(const struct cli_program *program, int argc, char **argv, FILE *out, FILE *err)
{
	int status = choose(program, argc, argv, out, err);

	/* A full disk behind "lineup export > file" must not look like success; a reader that has
	 * seen enough ("| head") needs no complaint. */
	errno = 0;
	if (fflush(out) || ferror(out)) {
		if (errno != EPIPE)
			fprintf(err, "%s: cannot write the output: %s\n", program->name,
			        errno ? strerror(errno) : "an earlier write failed");
		return status ? status : CLI_FAILED;
	}
	return status;
}
