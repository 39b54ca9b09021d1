/* cli/man.c: the manual page, in the man(7) macros, out of the rows of all commands. */
#include "cli/cli.h"
#include "cli/output.h"

/* roff reads "\" and a "." or "'" at the start of a line as its own, and sets "-" as a hyphen that
 * cannot be pasted into a shell. Newlines of texts become paragraphs where they are double. */
static void put(FILE *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\n' && at[1] == '\n') {
			fputs("\n.PP\n", out);
			at++;
		} else if (*at == '\\') {
			fputs("\\e", out);
		} else if (*at == '-') {
			fputs("\\-", out);
		} else if ((*at == '.' || *at == '\'') && (at == text || at[-1] == '\n')) {
			fprintf(out, "\\&%c", *at);
		} else {
			fputc(*at, out);
		}
	}
}

static void put_line(FILE *out, const char *text)
{
	put(out, text);
	fputc('\n', out);
}

static void put_option(FILE *out, const struct cli_option *row)
{
	fputs(".TP\n\\fB", out);
	if (row->letter)
		fprintf(out, "\\-%c\\fR, \\fB", row->letter);
	fputs("\\-\\-", out);
	put(out, row->name);
	fputs("\\fR", out);
	if (row->arg) {
		fputs(" \\fI", out);
		put(out, row->arg);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	put(out, row->help);
	if (row->choices) {
		fputs("; one of: ", out);
		put(out, row->choices);
	}
	if (row->fallback) {
		fputs(" (default: ", out);
		put(out, row->fallback);
		fputc(')', out);
	}
	fputc('\n', out);
}

static void put_exit(FILE *out, const struct cli_exit *exit)
{
	fprintf(out, ".TP\n%d\n", exit->status);
	put_line(out, exit->meaning);
}

static void put_command(FILE *out, const struct cli_program *program,
                        const struct cli_command *command)
{
	const struct cli_option *row;
	const struct cli_exit *exit;

	fprintf(out, ".SS %s %s\n\\fB%s %s\\fR [\\fIOPTION\\fR]...", program->name, command->name,
	        program->name, command->name);
	if (command->operands) {
		fputc(' ', out);
		put(out, command->operands);
	}
	fputs("\n.PP\n", out);
	put_line(out, command->description);
	for (unsigned i = 0; (row = cli_option_at(command, i)); i++)
		put_option(out, row);
	fputs(".PP\nExit status:\n", out);
	for (unsigned i = 0; (exit = cli_exit_at(command, i)); i++)
		put_exit(out, exit);
	put_exit(out, &output_exit);
	for (const struct cli_example *example = command->examples; example && example->line;
	     example++) {
		fputs(".PP\n.nf\n\\fB", out);
		put(out, example->line);
		fputs("\\fR\n.fi\n.RS\n", out);
		put_line(out, example->what);
		fputs(".RE\n", out);
	}
}

void cli_write_man(const struct cli_program *program, FILE *out)
{
	fprintf(out, ".TH %s 1 \"\" \"%s %s\"\n.SH NAME\n%s \\- ", program->name, program->name,
	        program->version, program->name);
	put_line(out, program->brief);
	fprintf(out,
	        ".SH SYNOPSIS\n\\fB%s\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
	        "[\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n",
	        program->name);
	put_line(out, program->description);
	fputs(".SH COMMANDS\n", out);
	for (unsigned i = 0; program->commands[i]; i++)
		put_command(out, program, program->commands[i]);
}
