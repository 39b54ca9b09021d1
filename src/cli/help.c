/* cli/help.c: `lineup help`: the help of a command, and the same rows for manuals and shells. */
#include <string.h>

#include "cli/commands.h"

static int run(const struct cli_args *args)
{
	const char *words[] = { NULL, NULL, NULL };
	struct cli_named named;
	char memory[128];
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
	for (unsigned i = 0; i < args->operand_count; i++)
		words[i] = args->operands[i];
	named = cli_find(args->program, words);
	if (named.group && !words[1])
		cli_write_group(args->program, named.group, cli_help_width(args->out), args->out);
	else if (!named.command)
		return cli_unknown_command(args->program, words, args->err);
	else if (words[named.words])
		return cli_usage_error(args, "\"%s\" is one too many",
		                       cli_shown(words[named.words], memory, sizeof(memory)));
	else
		cli_write_help(args->program, named.command, cli_help_width(args->out), args->out);
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
	.operands_max = 2,
	.brief = "shows what there is, or what a command does",
	.description =
		"Shows all commands, or all that there is to know about one of them. The same "
		"texts make the manual page and the completions of shells.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
