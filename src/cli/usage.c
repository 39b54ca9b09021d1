/* cli/usage.c: what --help shows, out of the rows of a command. */
#include <string.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/term.h"

#define OPTION_COLUMN 28 /* where the help of an option begins, at full width */

static void wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
	/* Two blanks stay between a label and its text. */
	if (at && at + 2 > indent) {
		fputc('\n', out);
		at = 0;
	}
	term_wrap(out, slice_str(text),
	          (struct term_block){ .at = at, .indent = indent, .width = width });
}

static void write_entry(FILE *out, const char *name, const char *text, unsigned indent,
                        unsigned width)
{
	int at = fprintf(out, "  %s", name);

	wrap(out, text, (unsigned)at, indent, width);
}

/* The group that a command is of, or NULL. */
static const struct cli_group *group_of(const struct cli_program *program,
                                        const struct cli_command *command)
{
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		if (cli_is_in(command, at))
			return at;
	return NULL;
}

/* The commands of a group, each; NULL: those of none, and the groups. */
static void write_commands(const struct cli_program *program, const struct cli_group *group,
                           unsigned indent, unsigned width, FILE *out)
{
	const struct cli_group *last = NULL;

	fputs("Commands:\n", out);
	for (unsigned i = 0; program->commands[i]; i++) {
		const struct cli_command *command = program->commands[i];
		const struct cli_group *of = group_of(program, command);

		if (of == group)
			write_entry(out, command->name, command->brief, indent, width);
		else if (!group && of != last)
			write_entry(out, of->name, of->brief, indent, width);
		last = of;
	}
	fputc('\n', out);
}

/* Columns in front of what is said of a command. */
static unsigned indent_of(const struct cli_program *program, const struct cli_group *group)
{
	unsigned indent = 0;

	for (unsigned i = 0; program->commands[i]; i++) {
		const struct cli_group *of = group_of(program, program->commands[i]);
		const char *name = of == group || !of ? program->commands[i]->name : of->name;
		unsigned n = (unsigned)strlen(name) + 4;

		indent = (of == group || !group) && n > indent ? n : indent;
	}
	return indent;
}

void cli_write_overview(const struct cli_program *program, unsigned width, FILE *out)
{
	char text[256];

	fprintf(out, "Usage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n", program->name);
	wrap(out, program->description, 0, 0, width);
	fputc('\n', out);
	write_commands(program, NULL, indent_of(program, NULL), width, out);
	snprintf(text, sizeof(text), "%s COMMAND --help tells more of a command.", program->name);
	wrap(out, text, 0, 0, width);
}

void cli_write_group(const struct cli_program *program, const struct cli_group *group,
                     unsigned width, FILE *out)
{
	char text[256];

	fprintf(out, "Usage: %s %s COMMAND [OPTION]... [ARGUMENT]...\n\n", program->name,
	        group->name);
	write_commands(program, group, indent_of(program, group), width, out);
	snprintf(text, sizeof(text), "%s %s COMMAND --help tells more of a command.", program->name,
	         group->name);
	wrap(out, text, 0, 0, width);
}

static void write_synopsis(const struct cli_program *program, const struct cli_command *command,
                           FILE *out)
{
	fprintf(out, "Usage: %s %s [OPTION]...", program->name, command->name);
	if (command->operands)
		fprintf(out, " %s", command->operands);
	fputs("\n\n", out);
}

static void write_option(const struct cli_option *row, unsigned width, FILE *out)
{
	char text[1024];
	unsigned indent = width < CLI_WIDTH ? 8 : OPTION_COLUMN;
	int at;

	if (row->letter)
		at = fprintf(out, "  -%c, --%s", row->letter, row->name);
	else
		at = fprintf(out, "      --%s", row->name);
	if (row->arg)
		at += fprintf(out, " %s", row->arg);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", row->help, row->choices ? "; one of: " : "",
	         row->choices ? row->choices : "", row->fallback ? " (default: " : "",
	         row->fallback ? row->fallback : "", row->fallback ? ")" : "");
	wrap(out, text, (unsigned)at, indent, width);
}

static void write_exit(const struct cli_exit *exit, unsigned width, FILE *out)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", exit->status);
	write_entry(out, number, exit->meaning, 6, width);
}

static void write_exits(const struct cli_command *command, unsigned width, FILE *out)
{
	const struct cli_exit *exit;

	fputs("\nExit status:\n", out);
	for (unsigned i = 0; (exit = cli_exit_at(command, i)); i++)
		write_exit(exit, width, out);
	write_exit(&output_exit, width, out);
}

static void write_examples(const struct cli_command *command, unsigned width, FILE *out)
{
	fputs("\nExamples:\n", out);
	for (const struct cli_example *example = command->examples; example->line; example++) {
		fprintf(out, "  %s\n", example->line);
		wrap(out, example->what, 0, 6, width);
	}
}

void cli_write_help(const struct cli_program *program, const struct cli_command *command,
                    unsigned width, FILE *out)
{
	const struct cli_option *row;

	write_synopsis(program, command, out);
	wrap(out, command->description, 0, 0, width);
	fputs("\nOptions:\n", out);
	for (unsigned i = 0; (row = cli_option_at(command, i)); i++)
		write_option(row, width, out);
	write_exits(command, width, out);
	if (command->examples)
		write_examples(command, width, out);
}
