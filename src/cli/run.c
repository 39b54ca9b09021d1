/* cli/run.c: from argv to a command and back to an exit status. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/guess.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/term.h"

/* ---- names: of one word, or of two */

bool cli_is_in(const struct cli_command *command, const struct cli_group *group)
{
	size_t n = strlen(group->name);

	return strncmp(command->name, group->name, n) == 0 && command->name[n] == ' ';
}

static const struct cli_group *group_named(const struct cli_program *program, const char *word)
{
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		if (strcmp(at->name, word) == 0)
			return at;
	return NULL;
}

/* Its second word, where it is of the group, else the first. */
static const char *word_of(const struct cli_command *command, const struct cli_group *group)
{
	return group ? command->name + strlen(group->name) + 1 : command->name;
}

struct cli_named cli_find(const struct cli_program *program, const char *const *words)
{
	const struct cli_group *group = group_named(program, words[0]);
	const char *word = group ? words[1] : words[0];

	for (unsigned i = 0; word && program->commands[i]; i++) {
		const struct cli_command *command = program->commands[i];

		if ((!group || cli_is_in(command, group)) &&
		    strcmp(word_of(command, group), word) == 0)
			return (struct cli_named){ .command = command, .words = group ? 2 : 1 };
	}
	return (struct cli_named){ .group = group };
}

/* A command of two words is known by its group first. */
static void offer(const struct cli_command *command, const struct cli_group *group,
                  struct guess *guess)
{
	struct slice name = slice_str(command->name);

	if (!group)
		guess_offer(guess, slice_of(name.p, slice_find(name, ' ')));
	else if (cli_is_in(command, group))
		guess_offer(guess, slice_str(word_of(command, group)));
}

int cli_unknown_command(const struct cli_program *program, const char *const *words, FILE *err)
{
	char memory[128];
	const struct cli_group *group = words[1] ? group_named(program, words[0]) : NULL;
	const char *word = group ? words[1] : words[0];
	const char *front = group ? group->name : "", *blank = group ? " " : "";
	struct guess guess = guess_for(slice_str(word));

	for (unsigned i = 0; program->commands[i]; i++)
		offer(program->commands[i], group, &guess);
	fprintf(err, "%s: \"%s%s%s\" is no command", program->name, front, blank,
	        cli_shown(word, memory, sizeof(memory)));
	if (guess.best.p)
		fprintf(err, "; did you mean \"%s%s%.*s\"?", front, blank, (int)guess.best.n,
		        guess.best.p);
	fprintf(err, "\nTry: %s %s%s--help\n", program->name, front, blank);
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

static bool asks_for_help(const char *word)
{
	return word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

static int run_group(const struct cli_program *program, const struct cli_group *group,
                     const char *const *words, FILE *out, FILE *err)
{
	if (words[1] && !asks_for_help(words[1]))
		return cli_unknown_command(program, words, err);
	cli_write_group(program, group, cli_help_width(words[1] ? out : err), words[1] ? out : err);
	return words[1] ? CLI_OK : CLI_USAGE;
}

static int choose(const struct cli_program *program, int argc, char **argv, FILE *out, FILE *err)
{
	struct cli_args args = { .program = program, .out = out, .err = err };
	const char *words[] = { argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL, NULL };
	struct cli_named named;

	if (!words[0]) {
		cli_write_overview(program, cli_help_width(err), err);
		return CLI_USAGE;
	}
	if (asks_for_help(words[0])) {
		cli_write_overview(program, cli_help_width(out), out);
		return CLI_OK;
	}
	if (strcmp(words[0], "--version") == 0 || strcmp(words[0], "-V") == 0) {
		fprintf(out, "%s %s\n", program->name, program->version);
		return CLI_OK;
	}
	named = cli_find(program, words);
	if (named.group)
		return run_group(program, named.group, words, out, err);
	if (!named.command)
		return cli_unknown_command(program, words, err);
	args.command = named.command;
	return run_command(&args, argc - (int)named.words, argv + named.words);
}

int cli_run(const struct cli_program *program, int argc, char **argv, FILE *out, FILE *err)
{
	int status = choose(program, argc, argv, out, err);
	int written = output_put(out, SLICE(""));

	if (written == 0)
		return status;
	if (written != -EPIPE)
		fprintf(err, "%s: cannot write the output: %s\n", program->name,
		        strerror(-written));
	return status ? status : OUTPUT_UNWRITTEN;
}
