/* What the rows of the real commands become: help, manual, completions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/term.h"

struct page {
	char *text;
	size_t n;
	FILE *file;
};

static void page_open(struct page *page)
{
	page->file = open_memstream(&page->text, &page->n);
	assert_non_null(page->file);
}

static void assert_fits(struct page *page, unsigned width, const char *name)
{
	struct slice line;

	fclose(page->file);
	for (struct slice rest = slice_of(page->text, page->n); rest.n;
	     rest = slice_from(rest, line.n + 1)) {
		line = slice_of(rest.p, slice_find(rest, '\n'));
		/* Every text ends its last line. */
		assert_true(line.n < rest.n);
		if (term_columns(line) > width)
			fail_msg("%s: wider than %u columns: %.*s", name, width, (int)line.n,
			         line.p);
		if (line.n && line.p[line.n - 1] == ' ')
			fail_msg("%s: a blank at the end: %.*s", name, (int)line.n, line.p);
	}
	free(page->text);
}

static void help_fits_a_terminal_of_80_columns(void **state)
{
	struct page page;

	(void)state;
	page_open(&page);
	cli_write_overview(&cli_lineup, CLI_WIDTH, page.file);
	assert_fits(&page, CLI_WIDTH, "overview");
	for (unsigned i = 0; cli_lineup.commands[i]; i++) {
		page_open(&page);
		cli_write_help(&cli_lineup, cli_lineup.commands[i], CLI_WIDTH, page.file);
		assert_fits(&page, CLI_WIDTH, cli_lineup.commands[i]->name);
	}
}

/* By the words of its name; the first of two is a group's, whose row is there. */
static void assert_found(const struct cli_command *command)
{
	char name[64];
	char *rest = name;
	const char *words[3] = { NULL };

	snprintf(name, sizeof(name), "%s", command->name);
	for (unsigned i = 0; i < 2; i++)
		words[i] = strsep(&rest, " ");
	const struct cli_named named = cli_find(&cli_lineup, words);

	assert_ptr_equal(named.command, command);
	assert_int_equal(named.words, words[1] ? 2 : 1);
	if (!words[1])
		return;
	words[1] = NULL;
	assert_non_null(cli_find(&cli_lineup, words).group);
}

static void rows_are_complete_and_in_one_style(void **state)
{
	const struct cli_option *row;

	(void)state;
	for (unsigned i = 0; cli_lineup.commands[i]; i++) {
		const struct cli_command *command = cli_lineup.commands[i];
		char letters[CLI_OPTIONS_MAX + 1] = "";
		unsigned n;

		assert_true(strlen(command->brief) <= 60);
		assert_true(command->brief[strlen(command->brief) - 1] != '.');
		assert_true(command->description[strlen(command->description) - 1] == '.');
		assert_found(command);
		assert_int_equal(command->operands == NULL, command->operands_max == 0);
		assert_int_equal(cli_exit_at(command, 0)->status, CLI_OK);
		for (n = 0; (row = cli_option_at(command, n)); n++) {
			assert_true(n < CLI_OPTIONS_MAX);
			if (row->help[strlen(row->help) - 1] == '.')
				fail_msg("%s --%s: ends in a full stop", command->name, row->name);
			if (row->letter && strchr(letters, row->letter))
				fail_msg("%s: -%c twice", command->name, row->letter);
			for (unsigned j = 0; j < n; j++)
				assert_string_not_equal(cli_option_at(command, j)->name, row->name);
			strncat(letters, (char[]){ row->letter, '\0' }, 1);
		}
		assert_string_equal(cli_option_at(command, n - 1)->name, "help");
	}
}

static void exit_statuses_rise_with_the_common_ones_among_them(void **state)
{
	const struct cli_exit *exit;

	(void)state;
	for (unsigned i = 0; cli_lineup.commands[i]; i++) {
		int last = -1, usages = 0;

		for (unsigned n = 0; (exit = cli_exit_at(cli_lineup.commands[i], n)); n++) {
			assert_true(exit->status > last);
			last = exit->status;
			usages += exit->status == CLI_USAGE;
			assert_true(exit->status < OUTPUT_UNWRITTEN);
		}
		assert_int_equal(usages, 1);
		assert_true(last >= CLI_USAGE);
	}
}

static void output_that_is_lost_is_in_the_help_of_every_command(void **state)
{
	struct page page;

	(void)state;
	for (unsigned i = 0; cli_lineup.commands[i]; i++) {
		page_open(&page);
		cli_write_help(&cli_lineup, cli_lineup.commands[i], CLI_WIDTH, page.file);
		fclose(page.file);
		assert_non_null(strstr(page.text, "\n  4   it went well, but the output"));
		free(page.text);
	}
}

static void every_command_and_option_is_in_the_manual_and_the_completions(void **state)
{
	struct page man, bash, zsh;
	const struct cli_option *row;
	char text[128];

	(void)state;
	page_open(&man);
	cli_write_man(&cli_lineup, man.file);
	fclose(man.file);
	page_open(&bash);
	cli_write_bash(&cli_lineup, bash.file);
	fclose(bash.file);
	page_open(&zsh);
	cli_write_zsh(&cli_lineup, zsh.file);
	fclose(zsh.file);
	for (unsigned i = 0; cli_lineup.commands[i]; i++) {
		snprintf(text, sizeof(text), ".SS lineup %s\n", cli_lineup.commands[i]->name);
		assert_non_null(strstr(man.text, text));
		for (unsigned j = 0; (row = cli_option_at(cli_lineup.commands[i], j)); j++) {
			snprintf(text, sizeof(text), "--%s", row->name);
			assert_non_null(strstr(bash.text, text));
			assert_non_null(strstr(zsh.text, text));
		}
	}
	free(man.text);
	free(bash.text);
	free(zsh.text);
}

/* Hands a text to a program, whose command line is before, the path, after; and returns what it
 * says. */
static char *tell(const char *before, const char *after,
                  void (*write)(const struct cli_program *, FILE *))
{
	char path[] = "/tmp/lineup-help-XXXXXX";
	char line[512];
	struct page said;
	int fd = mkstemp(path), c;
	FILE *file, *pipe;

	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	write(&cli_lineup, file);
	fclose(file);
	snprintf(line, sizeof(line), "%s %s%s", before, path, after);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	page_open(&said);
	while ((c = fgetc(pipe)) != EOF)
		fputc(c, said.file);
	fclose(said.file);
	if (pclose(pipe) != 0)
		fail_msg("%s: %s", line, said.text);
	unlink(path);
	return said.text;
}

static void the_manual_is_read_by_man_without_a_warning(void **state)
{
	char *said;

	(void)state;
	if (system("command -v man >/dev/null") != 0)
		skip();
	said = tell("LC_ALL=C MANWIDTH=80 man --warnings -l", " 2>&1 >/dev/null", cli_write_man);
	assert_string_equal(said, "");
	free(said);
}

static void bash_completes_by_the_rows(void **state)
{
	char *said;

	(void)state;
	said = tell(
		"bash -uc '.",
		"; COMP_WORDS=(lineup he); COMP_CWORD=1; _lineup; "
		"echo \"${COMPREPLY[*]}\"; COMP_WORDS=(lineup help --c); COMP_CWORD=2; _lineup; "
		"echo \"${COMPREPLY[*]}\"; COMP_WORDS=(lineup help --completion b); "
		"COMP_CWORD=3; _lineup; echo \"${COMPREPLY[*]}\"' 2>&1",
		cli_write_bash);
	assert_string_equal(said, "help\n--completion\nbash\n");
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_fits_a_terminal_of_80_columns),
		cmocka_unit_test(rows_are_complete_and_in_one_style),
		cmocka_unit_test(exit_statuses_rise_with_the_common_ones_among_them),
		cmocka_unit_test(output_that_is_lost_is_in_the_help_of_every_command),
		cmocka_unit_test(every_command_and_option_is_in_the_manual_and_the_completions),
		cmocka_unit_test(the_manual_is_read_by_man_without_a_warning),
		cmocka_unit_test(bash_completes_by_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
