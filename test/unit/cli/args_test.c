/* A command line is taken apart by the rows of its command, and complaints say what to do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/output.h"

#define ARGS_MAX 80

static const struct cli_option options[] = {
	{ .letter = 'u', .name = "auth-user", .arg = "NAME", .help = "name to log in with" },
	{ .letter = 'e', .name = "expires", .arg = "SECONDS", .fallback = "3600", .help = "time" },
	{ .name = "log-format", .arg = "FORM", .choices = "classic logfmt json", .help = "form" },
	{ .name = "log-level", .arg = "LEVEL", .help = "how much" },
	{ .letter = '1', .name = "once", .help = "stop at the first result" },
	{ 0 },
};

/* Writes what it was given, so that a test sees all of it as one text. */
static int echo(const struct cli_args *args)
{
	uint32_t expires;
	int rc = cli_number(args, "expires", 60, 86400, &expires);

	if (rc)
		return rc;
	fprintf(args->out, "expires %u once %u", expires, cli_times(args, "once"));
	for (unsigned i = 0; i < cli_times(args, "auth-user"); i++)
		fprintf(args->out, " user %s", cli_value_at(args, "auth-user", i));
	if (cli_value(args, "auth-user"))
		fprintf(args->out, " last %s", cli_value(args, "auth-user"));
	for (unsigned i = 0; i < args->operand_count; i++)
		fprintf(args->out, " operand %s", args->operands[i]);
	return CLI_OK;
}

static int run_out_of_memory(const struct cli_args *args)
{
	(void)args;
	return -ENOMEM;
}

static int run_denied(const struct cli_args *args)
{
	(void)args;
	return -EACCES;
}

static int run_seven(const struct cli_args *args)
{
	(void)args;
	return 7;
}

static const struct cli_exit exits[] = { { 0, "fine" }, { 0 } };

static const struct cli_command echo_command = {
	.name = "echo",
	.operands = "ADDRESS [ADDRESS]",
	.operands_min = 1,
	.operands_max = 2,
	.brief = "echoes",
	.description = "Echoes what it was given.",
	.options = options,
	.exits = exits,
	.run = echo,
};

#define PLAIN(word, fn) \
	{ \
		.name = word, .brief = "b", .description = "d", .exits = exits, .run = fn \
	}
static const struct cli_command hungry = PLAIN("hungry", run_out_of_memory);
static const struct cli_command denied = PLAIN("denied", run_denied);
static const struct cli_command seven = PLAIN("seven", run_seven);

static const struct cli_command lamp_on = PLAIN("lamp on", run_seven);
static const struct cli_command lamp_off = PLAIN("lamp off", run_denied);

static const struct cli_command *const commands[] = { &echo_command, &hungry,   &denied, &seven,
	                                              &lamp_on,      &lamp_off, NULL };

static const struct cli_group groups[] = { { "lamp", "light" }, { NULL, NULL } };

static const struct cli_program program = {
	.name = "prog",
	.version = "1.2.3",
	.brief = "a program",
	.description = "A program.",
	.commands = commands,
	.groups = groups,
};

struct ran {
	int status;
	char *out, *err;
};

/* line: words with single blanks between, after the program's name. */
static struct ran run(const char *line)
{
	char *argv[ARGS_MAX + 1] = { (char[]){ "prog" } };
	struct ran ran;
	size_t out_n, err_n;
	char *words = strdup(line), *rest = words;
	int argc = 1;
	FILE *out = open_memstream(&ran.out, &out_n), *err = open_memstream(&ran.err, &err_n);

	while (*line && argc < ARGS_MAX && (argv[argc] = strsep(&rest, " ")))
		argc++;
	ran.status = cli_run(&program, argc, argv, out, err);
	fclose(out);
	fclose(err);
	free(words);
	return ran;
}

static void check(const char *line, int status, const char *out, const char *err)
{
	struct ran ran = run(line);

	if (ran.status != status || strcmp(ran.out, out) != 0 || strcmp(ran.err, err) != 0)
		print_message("%s\n-> %d\n%s\n%s\n", line, ran.status, ran.out, ran.err);
	assert_int_equal(ran.status, status);
	assert_string_equal(ran.out, out);
	assert_string_equal(ran.err, err);
	free(ran.out);
	free(ran.err);
}

static void options_and_operands_reach_the_command(void **state)
{
	(void)state;
	check("echo a", 0, "expires 3600 once 0 operand a", "");
	check("echo -e 60 a b", 0, "expires 60 once 0 operand a operand b", "");
	check("echo a --expires=61 -1 b", 0, "expires 61 once 1 operand a operand b", "");
	check("echo --expires 62 -- -a", 0, "expires 62 once 0 operand -a", "");
	check("echo -1e63 a", 0, "expires 63 once 1 operand a", "");
	check("echo --exp 64 a", 0, "expires 64 once 0 operand a", "");
	check("echo -- --help", 0, "expires 3600 once 0 operand --help", "");
}

static void options_may_come_more_than_once_and_the_last_counts(void **state)
{
	(void)state;
	check("echo -u x -u y a", 0, "expires 3600 once 0 user x user y last y operand a", "");
	check("echo -e 60 -e 70 --once -1 a", 0, "expires 70 once 2 operand a", "");
}

static void complaints_say_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *err;
	} rows[] = {
		{ "echo", "ADDRESS [ADDRESS] is missing" },
		{ "echo a b c", "\"c\" is one too many" },
		{ "echo a --expirse 60", "unknown option \"--expirse\"; did you mean --expires?" },
		{ "echo a --auth-usr=x",
		  "unknown option \"--auth-usr=x\"; did you mean --auth-user?" },
		{ "echo a --log", "unknown option \"--log\"; did you mean --log-format?" },
		{ "echo a --zzzzzz", "unknown option \"--zzzzzz\"" },
		{ "echo a -x", "unknown option \"-x\"" },
		{ "echo a -1x", "unknown option \"-x\"" },
		{ "echo a -5", "unknown option \"-5\"; what begins with \"-\" and is none stands "
		               "behind \"--\"" },
		{ "echo a -e", "--expires wants its SECONDS" },
		{ "echo a --expires", "--expires wants its SECONDS" },
		{ "echo a --once=1", "--once takes no value" },
		{ "echo a --log-format jsno",
		  "--log-format: \"jsno\" is none of: classic logfmt json; did you mean json?" },
		{ "echo a --log-format xml",
		  "--log-format: \"xml\" is none of: classic logfmt json" },
		{ "echo a --log-format=", "--log-format: \"\" is none of: classic logfmt json" },
		{ "echo a -e 12x", "--expires: \"12x\" is not a number from 60 to 86400" },
		{ "echo a -e 59", "--expires: \"59\" is not a number from 60 to 86400" },
		{ "echo a -e 86401", "--expires: \"86401\" is not a number from 60 to 86400" },
		{ "echo a -e -60", "--expires: \"-60\" is not a number from 60 to 86400" },
		{ "echo a \033[2J b", "\"b\" is one too many" },
		{ "echo a b \033[2J", "\"\\x1b[2J\" is one too many" },
	};
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(err, sizeof(err), "prog echo: %s\nTry: prog echo --help\n", rows[i].err);
		check(rows[i].line, CLI_USAGE, "", err);
	}
}

static void unknown_commands_get_a_guess(void **state)
{
	(void)state;
	check("ehco", CLI_USAGE, "",
	      "prog: \"ehco\" is no command; did you mean \"echo\"?\nTry: prog --help\n");
	check("frobnicate", CLI_USAGE, "",
	      "prog: \"frobnicate\" is no command\nTry: prog --help\n");
	check("--hepl", CLI_USAGE, "", "prog: \"--hepl\" is no command\nTry: prog --help\n");
	check(" echo", CLI_USAGE, "", "prog: \"\" is no command\nTry: prog --help\n");
}

static void commands_of_a_group_have_two_words(void **state)
{
	static const char overview[] = "Usage: prog lamp COMMAND [OPTION]... [ARGUMENT]...\n\n"
				       "Commands:\n"
				       "  lamp on   b\n"
				       "  lamp off  b\n\n"
				       "prog lamp COMMAND --help tells more of a command.\n";

	(void)state;
	check("lamp on", 7, "", "");
	check("lamp off", CLI_FAILED, "", "prog lamp off: Permission denied\n");
	check("lamp on x", CLI_USAGE, "",
	      "prog lamp on: \"x\" is one too many\nTry: prog lamp on --help\n");
	check("lamp", CLI_USAGE, "", overview);
	check("lamp --help", CLI_OK, overview, "");
	check("lamp -h", CLI_OK, overview, "");
	check("lamp onn", CLI_USAGE, "",
	      "prog: \"lamp onn\" is no command; did you mean \"lamp on\"?\n"
	      "Try: prog lamp --help\n");
	check("lamp frobnicate", CLI_USAGE, "",
	      "prog: \"lamp frobnicate\" is no command\nTry: prog lamp --help\n");
	check("lmap on", CLI_USAGE, "",
	      "prog: \"lmap\" is no command; did you mean \"lamp\"?\nTry: prog --help\n");
	check("on", CLI_USAGE, "", "prog: \"on\" is no command\nTry: prog --help\n");
}

static void too_many_options_are_refused(void **state)
{
	char line[512] = "echo a";

	(void)state;
	for (int i = 0; i < CLI_GIVEN_MAX; i++)
		strncat(line, " -1", sizeof(line) - strlen(line) - 1);
	check(line, 0, "expires 3600 once 64 operand a", "");
	strncat(line, " -1", sizeof(line) - strlen(line) - 1);
	check(line, CLI_USAGE, "", "prog echo: more than 64 options\nTry: prog echo --help\n");
}

static void statuses_and_errors_of_a_command_become_the_process_s(void **state)
{
	(void)state;
	check("seven", 7, "", "");
	check("hungry", CLI_FAILED, "", "prog hungry: there is not enough memory\n");
	check("denied", CLI_FAILED, "", "prog denied: Permission denied\n");
}

static void version_and_help_are_results(void **state)
{
	struct ran ran;

	(void)state;
	check("--version", 0, "prog 1.2.3\n", "");
	check("-V", 0, "prog 1.2.3\n", "");
	ran = run("--help");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.out, "Usage: prog COMMAND"));
	assert_string_equal(ran.err, "");
	free(ran.out);
	free(ran.err);
	ran = run("echo --nonsense-after --help -h");
	assert_int_equal(ran.status, CLI_USAGE);
	free(ran.out);
	free(ran.err);
	ran = run("echo -h --nonsense-after");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.out, "Usage: prog echo [OPTION]... ADDRESS [ADDRESS]\n"));
	assert_non_null(strstr(ran.out, "\n  -e, --expires SECONDS     time (default: 3600)\n"));
	assert_non_null(strstr(ran.out, "form; one of: classic logfmt json\n"));
	free(ran.out);
	free(ran.err);
}

static void no_command_at_all_is_a_mistake_that_shows_the_commands(void **state)
{
	char *argv[] = { (char[]){ "prog" }, NULL };
	char *text;
	size_t n;
	FILE *out = tmpfile(), *err = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(cli_run(&program, 1, argv, out, err), CLI_USAGE);
	assert_int_equal(ftell(out), 0);
	fclose(out);
	fclose(err);
	assert_non_null(strstr(text, "\nCommands:\n  echo    echoes\n"));
	free(text);
}

static void output_that_cannot_be_written_is_a_failure(void **state)
{
	char *argv[] = { (char[]){ "prog" }, (char[]){ "--version" }, NULL };
	char *text;
	size_t n;
	FILE *out = fopen("/dev/full", "w"), *err = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	assert_int_equal(cli_run(&program, 2, argv, out, err), OUTPUT_UNWRITTEN);
	fclose(out);
	fclose(err);
	assert_string_equal(text, "prog: cannot write the output: No space left on device\n");
	free(text);
}

/* Whether the command has noticed, and the stream forgotten why, or not. */
static void a_reader_that_has_gone_is_no_fault(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	for (int noticed = 0; noticed < 2; noticed++) {
		char *argv[] = { (char[]){ "prog" }, (char[]){ "--version" }, NULL };
		char *text;
		size_t n;
		int ends[2];
		FILE *out, *err = open_memstream(&text, &n);

		assert_int_equal(pipe(ends), 0);
		close(ends[0]);
		out = fdopen(ends[1], "w");
		if (noticed) {
			fputs("earlier", out);
			assert_int_equal(fflush(out), EOF);
		}
		assert_int_equal(cli_run(&program, 2, argv, out, err), OUTPUT_UNWRITTEN);
		fclose(out);
		fclose(err);
		assert_string_equal(text, "");
		free(text);
	}
}

static void a_write_error_is_told_once(void **state)
{
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(output_put(out, SLICE("")), 0);
	assert_int_equal(output_put(out, SLICE("text")), -ENOSPC);
	assert_int_equal(output_put(out, SLICE("")), 0);
	fputs("text", out);
	assert_int_equal(fflush(out), EOF);
	assert_int_equal(output_put(out, SLICE("")), -EIO);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_reach_the_command),
		cmocka_unit_test(options_may_come_more_than_once_and_the_last_counts),
		cmocka_unit_test(complaints_say_what_is_wrong),
		cmocka_unit_test(unknown_commands_get_a_guess),
		cmocka_unit_test(commands_of_a_group_have_two_words),
		cmocka_unit_test(too_many_options_are_refused),
		cmocka_unit_test(statuses_and_errors_of_a_command_become_the_process_s),
		cmocka_unit_test(version_and_help_are_results),
		cmocka_unit_test(no_command_at_all_is_a_mistake_that_shows_the_commands),
		cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
		cmocka_unit_test(a_reader_that_has_gone_is_no_fault),
		cmocka_unit_test(a_write_error_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
