/* cli/completion.c: what bash and zsh need to complete commands, options and their values, out of
 * the rows of all commands. A value is one of its choices, a file where the row calls it FILE or
 * DIR, else nothing: a shell cannot guess an address. */
#include <stdbool.h>
#include <string.h>

#include "cli/cli.h"

static bool is_file(const struct cli_option *row)
{
	return row->arg && (strstr(row->arg, "FILE") || strstr(row->arg, "DIR"));
}

static void bash_values(const struct cli_command *command, FILE *out)
{
	const struct cli_option *row;

	for (unsigned i = 0; (row = cli_option_at(command, i)); i++) {
		if (!row->arg)
			continue;
		fprintf(out, "\t\"%s:--%s\"", command->name, row->name);
		if (row->letter)
			fprintf(out, " | \"%s:-%c\"", command->name, row->letter);
		if (row->choices)
			fprintf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n",
			        row->choices);
		else if (is_file(row))
			fputs(") COMPREPLY=($(compgen -f -- \"$word\")) ;;\n", out);
		else
			fputs(") COMPREPLY=() ;;\n", out);
	}
}

static void bash_command(const struct cli_command *command, FILE *out)
{
	const struct cli_option *row;

	bash_values(command, out);
	fprintf(out, "\t\"%s:\"*) COMPREPLY=($(compgen -W '", command->name);
	for (unsigned i = 0; (row = cli_option_at(command, i)); i++)
		fprintf(out, "%s--%s", i ? " " : "", row->name);
	fputs("' -- \"$word\")) ;;\n", out);
}

/* The first words of all commands, each once, a blank in front. */
static void put_first_words(const struct cli_program *program, FILE *out)
{
	for (unsigned i = 0; program->commands[i]; i++)
		if (!strchr(program->commands[i]->name, ' '))
			fprintf(out, " %s", program->commands[i]->name);
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		fprintf(out, " %s", at->name);
}

static void put_second_words(const struct cli_program *program, const struct cli_group *group,
                             FILE *out)
{
	const char *blank = "";

	for (unsigned i = 0; program->commands[i]; i++) {
		if (!cli_is_in(program->commands[i], group))
			continue;
		fprintf(out, "%s%s", blank, program->commands[i]->name + strlen(group->name) + 1);
		blank = " ";
	}
}

static void bash_group(const struct cli_program *program, const struct cli_group *group, FILE *out)
{
	fprintf(out,
	        "\t%s)\n\t\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n\t\t\tCOMPREPLY=($(compgen -W '",
	        group->name);
	put_second_words(program, group, out);
	fputs("' -- \"$word\"))\n\t\t\treturn\n\t\tfi\n"
	      "\t\tcommand=\"$command ${COMP_WORDS[2]}\" ;;\n",
	      out);
}

void cli_write_bash(const struct cli_program *program, FILE *out)
{
	fprintf(out,
	        "# bash completion of %s, written by `%s help --completion bash`\n"
	        "_%s()\n{\n\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\" "
	        "before=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"${COMP_WORDS[1]}\"\n"
	        "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	        "\t\tCOMPREPLY=($(compgen -W '--help --version",
	        program->name, program->name, program->name);
	put_first_words(program, out);
	fputs("' -- \"$word\"))\n\t\treturn\n\tfi\n\tcase \"$command\" in\n", out);
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		bash_group(program, at, out);
	fputs("\tesac\n\tcase \"$command:$before\" in\n", out);
	for (unsigned i = 0; program->commands[i]; i++)
		bash_command(program->commands[i], out);
	fprintf(out, "\tesac\n}\ncomplete -F _%s %s\n", program->name, program->name);
}

/* Help texts stand in single quotes and in the brackets of an option spec. */
static void zsh_text(const char *text, FILE *out)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\'')
			fputs("'\\''", out);
		else if (*at == '[' || *at == ']' || *at == ':' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else
			fputc(*at, out);
	}
}

static void zsh_option(const struct cli_option *row, FILE *out)
{
	if (row->letter)
		fprintf(out, "\t\t\t'*'{-%c,--%s}'[", row->letter, row->name);
	else
		fprintf(out, "\t\t\t'*--%s[", row->name);
	zsh_text(row->help, out);
	fputc(']', out);
	if (row->arg) {
		fputc(':', out);
		zsh_text(row->arg, out);
		fputc(':', out);
	}
	if (row->choices)
		fprintf(out, "(%s)", row->choices);
	else if (is_file(row))
		fputs("_files", out);
	fputs("' \\\n", out);
}

static void zsh_brief(const char *name, const char *brief, FILE *out)
{
	fprintf(out, "\t\t'%s:", name);
	zsh_text(brief, out);
	fputs("'\n", out);
}

/* "commands" lists what the first word may be; a group's second words stand in a list of its own.
 */
static void zsh_lists(const struct cli_program *program, FILE *out)
{
	fputs("\tlocal -a commands\n\tcommands=(\n", out);
	for (unsigned i = 0; program->commands[i]; i++)
		if (!strchr(program->commands[i]->name, ' '))
			zsh_brief(program->commands[i]->name, program->commands[i]->brief, out);
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		zsh_brief(at->name, at->brief, out);
	fputs("\t)\n", out);
	for (const struct cli_group *at = program->groups; at && at->name; at++) {
		fprintf(out, "\tlocal -a of_%s\n\tof_%s=(\n", at->name, at->name);
		for (unsigned i = 0; program->commands[i]; i++)
			if (cli_is_in(program->commands[i], at))
				zsh_brief(program->commands[i]->name + strlen(at->name) + 1,
				          program->commands[i]->brief, out);
		fputs("\t)\n", out);
	}
}

static void zsh_groups(const struct cli_program *program, FILE *out)
{
	fputs("\tcase $command in\n", out);
	for (const struct cli_group *at = program->groups; at && at->name; at++)
		fprintf(out,
		        "\t%s)\n\t\tif (( CURRENT == 2 )); then\n\t\t\t_describe command of_%s\n"
		        "\t\t\treturn\n\t\tfi\n\t\tcommand=\"$command $words[2]\"\n"
		        "\t\tshift words\n\t\t(( CURRENT-- )) ;;\n",
		        at->name, at->name);
	fputs("\tesac\n", out);
}

void cli_write_zsh(const struct cli_program *program, FILE *out)
{
	const struct cli_option *row;

	fprintf(out,
	        "#compdef %s\n# zsh completion of %s, written by `%s help --completion zsh`\n"
	        "_%s() {\n",
	        program->name, program->name, program->name, program->name);
	zsh_lists(program, out);
	fputs("\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n"
	      "\tfi\n\tlocal command=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n",
	      out);
	zsh_groups(program, out);
	fputs("\tcase $command in\n", out);
	for (unsigned i = 0; program->commands[i]; i++) {
		fprintf(out, "\t'%s')\n\t\t_arguments \\\n", program->commands[i]->name);
		for (unsigned j = 0; (row = cli_option_at(program->commands[i], j)); j++)
			zsh_option(row, out);
		fputs("\t\t\t'*:argument:_default' ;;\n", out);
	}
	fprintf(out, "\tesac\n}\n_%s \"$@\"\n", program->name);
}
