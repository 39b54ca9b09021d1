/* cli/args.c: a command line taken apart by the rows of its command. getopt_long() does the work;
 * this file gives it the rows and says what was wrong in words of its own. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/guess.h"
#include "base/num.h"
#include "cli/cli.h"

#define VAL_FIRST 256 /* getopt's val of row 0: above every letter */

static const struct cli_option help_row = {
	.letter = 'h',
	.name = "help",
	.help = "show this help",
};

const struct cli_option *cli_option_at(const struct cli_command *command, unsigned index)
{
	const struct cli_option *rows = command->options;
	unsigned n = 0;

	while (rows && rows[n].name) {
		if (n == index)
			return &rows[n];
		n++;
	}
	return index == n ? &help_row : NULL;
}

const struct cli_exit *cli_exit_at(const struct cli_command *command, unsigned index)
{
	static const struct cli_exit usage_row = { CLI_USAGE,
		                                   "the command line is wrong; nothing was done" };
	const struct cli_exit *rows = command->exits;
	unsigned below = 0;

	while (rows && rows[below].meaning && rows[below].status < CLI_USAGE)
		below++;
	if (index == below)
		return &usage_row;
	if (index > below)
		index--;
	for (unsigned i = 0; rows && rows[i].meaning; i++)
		if (i == index)
			return &rows[i];
	return NULL;
}

const char *cli_shown(const char *text, char *memory, size_t cap)
{
	struct buf b = buf_over(memory, cap);

	buf_show(&b, slice_str(text));
	return buf_end(&b) ? "(too long to show)" : memory;
}

__attribute__((format(printf, 2, 0))) static void say(const struct cli_args *args,
                                                      const char *format, va_list ap)
{
	fprintf(args->err, "%s %s: ", args->program->name, args->command->name);
	vfprintf(args->err, format, ap);
}

int cli_usage_error(const struct cli_args *args, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(args, format, ap);
	va_end(ap);
	fprintf(args->err, "\nTry: %s %s --help\n", args->program->name, args->command->name);
	return CLI_USAGE;
}

int cli_fail(const struct cli_args *args, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(args, format, ap);
	va_end(ap);
	fputc('\n', args->err);
	return CLI_FAILED;
}

/* The two tables that getopt_long() wants, and the rows behind their values. */
struct rows {
	struct option longs[CLI_OPTIONS_MAX + 2]; /* with the one that has two spellings */
	char shorts[2 * CLI_OPTIONS_MAX + 2];
};

/* The same option's other name, for the one that has two; NULL for all others. */
static const char *other_spelling(const char *name)
{
	return strcmp(name, "keepalive") == 0    ? "keep-alive"
	       : strcmp(name, "keep-alive") == 0 ? "keepalive"
	                                         : NULL;
}

static void make_rows(const struct cli_command *command, struct rows *rows)
{
	const struct cli_option *row;
	char *at = rows->shorts;
	unsigned n = 0;

	*at++ = ':'; /* tell a missing value from an unknown option */
	for (unsigned i = 0; i < CLI_OPTIONS_MAX && (row = cli_option_at(command, i)); i++) {
		struct option *option = &rows->longs[n++];

		*option = (struct option){ .name = row->name,
			                   .has_arg = row->arg ? required_argument : no_argument,
			                   .val = VAL_FIRST + (int)i };
		if (other_spelling(row->name)) {
			rows->longs[n] = *option;
			rows->longs[n++].name = other_spelling(row->name);
		}
		if (row->letter) {
			*at++ = row->letter;
			if (row->arg)
				*at++ = ':';
		}
	}
}

static const struct cli_option *row_of(const struct cli_command *command, int val)
{
	const struct cli_option *row;

	if (val >= VAL_FIRST)
		return cli_option_at(command, (unsigned)(val - VAL_FIRST));
	for (unsigned i = 0; (row = cli_option_at(command, i)); i++)
		if (row->letter == val)
			return row;
	return NULL;
}

/* getopt_long() takes "--pass" for the only row that begins so; several such rows end here. */
static void say_unknown_long(const struct cli_args *args, const char *typed)
{
	char memory[128];
	const struct cli_option *row;
	struct slice word = slice_of(typed + 2, strcspn(typed + 2, "="));
	struct guess guess = guess_for(word);

	for (unsigned i = 0; (row = cli_option_at(args->command, i)); i++)
		guess_offer(&guess, slice_str(row->name));
	typed = cli_shown(typed, memory, sizeof(memory));
	if (guess.best.p)
		cli_usage_error(args, "unknown option \"%s\"; did you mean --%.*s?", typed,
		                (int)guess.best.n, guess.best.p);
	else
		cli_usage_error(args, "unknown option \"%s\"", typed);
}

static void say_unknown(const struct cli_args *args, int val, const char *typed)
{
	const struct cli_option *row = val ? row_of(args->command, val) : NULL;
	char letter[2] = { (char)val, '\0' }, memory[8];

	if (row)
		cli_usage_error(args, "--%s takes no value", row->name);
	else if (val)
		cli_usage_error(
			args, "unknown option \"-%s\"%s", cli_shown(letter, memory, sizeof(memory)),
			val >= '0' && val <= '9' && args->command->operands
				? "; what begins with \"-\" and is none stands behind \"--\""
				: "");
	else
		say_unknown_long(args, typed);
}

static bool is_choice(const char *choices, struct slice value, struct guess *guess)
{
	for (const char *at = choices; *at; at += strspn(at, " ")) {
		struct slice choice = slice_of(at, strcspn(at, " "));

		if (slice_equal(choice, value))
			return true;
		guess_offer_word(guess, choice);
		at += choice.n;
	}
	return false;
}

static enum cli_parse take_option(struct cli_args *args, const struct cli_option *row,
                                  const char *value)
{
	char memory[128];
	struct guess guess = guess_for(slice_str(value));

	if (row->choices && !is_choice(row->choices, slice_str(value), &guess)) {
		value = cli_shown(value, memory, sizeof(memory));
		if (guess.best.p)
			cli_usage_error(args, "--%s: \"%s\" is none of: %s; did you mean %.*s?",
			                row->name, value, row->choices, (int)guess.best.n,
			                guess.best.p);
		else
			cli_usage_error(args, "--%s: \"%s\" is none of: %s", row->name, value,
			                row->choices);
		return CLI_PARSE_BAD;
	}
	if (args->given_count == CLI_GIVEN_MAX) {
		cli_usage_error(args, "more than %d options", CLI_GIVEN_MAX);
		return CLI_PARSE_BAD;
	}
	args->given[args->given_count++] = (struct cli_given){ .option = row, .value = value };
	return CLI_PARSE_OK;
}

static enum cli_parse take_operands(struct cli_args *args, char **argv, unsigned n)
{
	char memory[128];
	const struct cli_command *command = args->command;

	if (n < command->operands_min) {
		cli_usage_error(args, "%s is missing", command->operands);
		return CLI_PARSE_BAD;
	}
	if (n > command->operands_max) {
		cli_usage_error(args, "\"%s\" is one too many",
		                cli_shown(argv[command->operands_max], memory, sizeof(memory)));
		return CLI_PARSE_BAD;
	}
	args->operands = (const char *const *)argv;
	args->operand_count = n;
	return CLI_PARSE_OK;
}

enum cli_parse cli_parse(struct cli_args *args, int argc, char **argv)
{
	struct rows rows = { 0 };
	const struct cli_option *row;
	int val;

	make_rows(args->command, &rows);
	args->given_count = 0;
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((val = getopt_long(argc, argv, rows.shorts, rows.longs, NULL)) != -1) {
		if (val == '?') {
			say_unknown(args, optopt, argv[optind - 1]);
			return CLI_PARSE_BAD;
		}
		if (val == ':') {
			row = row_of(args->command, optopt);
			cli_usage_error(args, "--%s wants its %s", row->name, row->arg);
			return CLI_PARSE_BAD;
		}
		row = row_of(args->command, val);
		if (row == &help_row)
			return CLI_PARSE_HELP;
		if (take_option(args, row, optarg) != CLI_PARSE_OK)
			return CLI_PARSE_BAD;
	}
	return take_operands(args, argv + optind, (unsigned)(argc - optind));
}

static const struct cli_option *row_named(const struct cli_args *args, const char *name)
{
	const struct cli_option *row;

	for (unsigned i = 0; (row = cli_option_at(args->command, i)); i++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

unsigned cli_times(const struct cli_args *args, const char *name)
{
	const struct cli_option *row = row_named(args, name);
	unsigned n = 0;

	for (unsigned i = 0; i < args->given_count; i++)
		n += args->given[i].option == row;
	return n;
}

const char *cli_value_at(const struct cli_args *args, const char *name, unsigned n)
{
	const struct cli_option *row = row_named(args, name);

	for (unsigned i = 0; i < args->given_count; i++)
		if (args->given[i].option == row && n-- == 0)
			return args->given[i].value;
	return NULL;
}

const char *cli_value(const struct cli_args *args, const char *name)
{
	unsigned n = cli_times(args, name);

	return n ? cli_value_at(args, name, n - 1) : row_named(args, name)->fallback;
}

int cli_number(const struct cli_args *args, const char *name, uint32_t min, uint32_t max,
               uint32_t *ret_n)
{
	char memory[64];
	uint32_t n;
	const char *value = cli_value(args, name);

	if (!value)
		return CLI_OK;
	if (num_u32(slice_str(value), max, &n) || n < min)
		return cli_usage_error(args, "--%s: \"%s\" is not a number from %u to %u", name,
		                       cli_shown(value, memory, sizeof(memory)), min, max);
	*ret_n = n;
	return CLI_OK;
}
