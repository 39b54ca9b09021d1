/* cli/cli.h: the command line: one table of commands, and all that follows from it.
 *
 * A command is a const struct cli_command in src/cli/NAME.c, declared in cli/commands.h and listed
 * in commands.c. Parsing, "did you mean", --help, the man page and the completions of shells come
 * from these rows, so a command says each thing about itself once. To add one, copy version.c. */
#ifndef LINEUP_CLI_CLI_H
#define LINEUP_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_GIVEN_MAX   64 /* options on one command line */
#define CLI_OPTIONS_MAX 48 /* rows of one command, --help included */
#define CLI_WIDTH       80 /* columns of help, or less where the terminal has less */
#define CLI_WIDTH_MIN   40

/* Exit statuses that mean the same for every command; from 3 on they are the command's own. */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* it was tried, and did not work */
	CLI_USAGE = 2,  /* the command line is wrong, and nothing was done */
};

struct cli_option {
	char letter;          /* 0: a long name only */
	const char *name;     /* long name without the dashes; NULL ends the rows */
	const char *arg;      /* what its value is called: "SECONDS"; NULL: it takes none */
	const char *fallback; /* its value where it is not given, shown in the help; NULL: none */
	const char *choices;  /* the only values allowed, blanks between; NULL: any */
	const char *help;     /* starts in lower case, ends without a full stop */
};

struct cli_exit {
	int status;
	const char *meaning; /* NULL ends the rows */
};

struct cli_example {
	const char *line; /* "lineup register 1001@pbx.example"; NULL ends the rows */
	const char *what;
};

/* Whether a command holds passwords: then it leaves no core dump and cannot be traced. */
enum cli_secrecy { CLI_OPEN, CLI_SECRET };

struct cli_args;

struct cli_command {
	const char *name;     /* a word, or two: "line add" belongs to the group "line" */
	const char *operands; /* as the synopsis shows them: "ADDRESS", "[FILE]..."; NULL: none */
	unsigned operands_min;
	unsigned operands_max;
	const char *brief;                  /* one line of at most 60 columns, no full stop */
	const char *description;            /* paragraphs, an empty line between; wrapped for you */
	const struct cli_option *options;   /* NULL: only --help, which every command has */
	const struct cli_exit *exits;       /* rising; 2 is added for you */
	const struct cli_example *examples; /* may be NULL */
	enum cli_secrecy secrecy;

	/* Returns an exit status, or negative errno for what it has not told the person itself:
	 * main() then does (-ENOMEM above all). */
	int (*run)(const struct cli_args *args);
};

/* What the commands have in common whose names begin with the same word. */
struct cli_group {
	const char *name;  /* NULL ends the rows */
	const char *brief; /* as of a command */
};

struct cli_program {
	const char *name;    /* "lineup" */
	const char *version; /* "0.1.0" */
	const char *brief;
	const char *description;
	const struct cli_command *const *commands; /* those of a group together; NULL at the end */
	const struct cli_group *groups;            /* in any order; NULL: none */
};

struct cli_given {
	const struct cli_option *option;
	const char *value; /* NULL: it takes none */
};

/* A command line, taken apart. Strings are those of argv and last as long as the program. */
struct cli_args {
	const struct cli_program *program;
	const struct cli_command *command;
	FILE *out; /* results */
	FILE *err; /* complaints and progress */
	struct cli_given given[CLI_GIVEN_MAX];
	unsigned given_count;
	const char *const *operands;
	unsigned operand_count; /* within the command's limits */
};

/* What the command line gives for an option, by its long name: the last value, else its fallback,
 * else NULL. The name must be in the command's rows. */
const char *cli_value(const struct cli_args *args, const char *name);

/* How often it was given, and its value at that place (n below cli_times()). */
unsigned cli_times(const struct cli_args *args, const char *name);
const char *cli_value_at(const struct cli_args *args, const char *name, unsigned n);

/* The option's value as a number from min to max. Where it is none, says so and returns CLI_USAGE;
 * else CLI_OK. Without value and fallback *ret_n is left alone. */
int cli_number(const struct cli_args *args, const char *name, uint32_t min, uint32_t max,
               uint32_t *ret_n);

/* Says what is wrong with the command line, and where to read more. Always CLI_USAGE. */
int cli_usage_error(const struct cli_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says "lineup COMMAND: text" on args->err. Always CLI_FAILED. */
int cli_fail(const struct cli_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What a person typed, fit to be shown back: written to memory of cap bytes, which is returned; or
 * a phrase in its place where it does not fit. */
const char *cli_shown(const char *text, char *memory, size_t cap);

/* Runs the program: finds the command, takes its options apart, runs it. argv[0] is ignored, argv
 * may be put in another order. Returns the exit status of the process. */
int cli_run(const struct cli_program *program, int argc, char **argv, FILE *out, FILE *err);

/* What words, as many as there are up to NULL, begin with: a command, or only the group of some. */
struct cli_named {
	const struct cli_command *command; /* NULL: none */
	const struct cli_group *group;     /* NULL: none; else command is NULL */
	unsigned words;                    /* of the command's name: 1 or 2 */
};
struct cli_named cli_find(const struct cli_program *program, const char *const *words);

/* Whether a command is of a group. */
bool cli_is_in(const struct cli_command *command, const struct cli_group *group);

/* Says that the first of the words, or the first two where that is a group, are no command, and
 * which one may be meant. Always CLI_USAGE. */
int cli_unknown_command(const struct cli_program *program, const char *const *words, FILE *err);

/* Columns that help has on out, from CLI_WIDTH_MIN to CLI_WIDTH. */
unsigned cli_help_width(FILE *out);

/* Takes argv apart by the rows of args->command into the rest of *args; argv[0] is the command's
 * name. CLI_PARSE_BAD: the complaint is written to args->err. */
enum cli_parse { CLI_PARSE_OK, CLI_PARSE_HELP, CLI_PARSE_BAD };
enum cli_parse cli_parse(struct cli_args *args, int argc, char **argv);

/* Writers of what is known about the program. width: columns, at least CLI_WIDTH_MIN. */
void cli_write_overview(const struct cli_program *program, unsigned width, FILE *out);
void cli_write_group(const struct cli_program *program, const struct cli_group *group,
                     unsigned width, FILE *out);
void cli_write_help(const struct cli_program *program, const struct cli_command *command,
                    unsigned width, FILE *out);
void cli_write_man(const struct cli_program *program, FILE *out);
void cli_write_bash(const struct cli_program *program, FILE *out);
void cli_write_zsh(const struct cli_program *program, FILE *out);

/* A command's row at an index: its own first, then --help, which every command has, then NULL. */
const struct cli_option *cli_option_at(const struct cli_command *command, unsigned index);

/* Its exit statuses, rising, CLI_USAGE among them; then NULL. */
const struct cli_exit *cli_exit_at(const struct cli_command *command, unsigned index);

#endif
