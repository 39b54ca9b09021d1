/* cli/help.c: `lineup help`: the help of a command, and the same rows for manuals and shells. */
#include <string.h>

#include "cli/commands.h"

static int run(const struct cli_args *args)
{
	const struct cli_command *command;
	const char *shell = cli_value(args, "completion");

	if (cli_times(args, "man")) {
		cli_write_man(args->program, args->out);
		return CLI_OK;
	}
	if (shell) {
		if (strcmp(shell, "bash") == 0)
			cli_write_bash(args->program, args->out);
		else
			cli_write_zsh(args->program, args->out);
		return CLI_OK;
	}
	if (args->operand_count == 0) {
		cli_write_overview(args->program, cli_help_width(args->out), args->out);
		return CLI_OK;
	}
	command = cli_find(args->program, args->operands[0]);
	if (!command)
		return cli_unknown_command(args->program, args->operands[0], args->err);
	cli_write_help(args->program, command, cli_help_width(args->out), args->out);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{ .name = "man", .help = "write the manual page, for man(1), to standard output" },
	{ .name = "completion",
	  .arg = "SHELL",
	  .choices = "bash zsh",
	  .help = "write the completions for a shell to standard output" },
	{ 0 },
};

static const struct cli_exit exits[] = { { 0, "the help was shown" }, { 0 } };

static const struct cli_example examples[] = {
	{ "lineup help register", "Shows what lineup register does." },
	{ ". <(lineup help --completion bash)", "Completes commands and options in this shell." },
	{ 0 },
};

const struct cli_command cli_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.operands_max = 1,
	.brief = "shows what there is, or what a command does",
	.description =
		"Shows all commands, or all that there is to know about one of them. The same "
		"texts make the manual page and the completions of shells.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
