/* cli/apply.c: `lineup apply` and `lineup import`: settings from a file; and `lineup export`, which
 * writes them back. */
#include <stdio.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/settings_file.h"

static const struct cli_option options[] = { SETTINGS_FILE_OPTIONS, { 0 } };
static const struct cli_exit exits[] = { SETTINGS_FILE_EXITS, { 0 } };

/* ---- apply */

static int run_apply(const struct cli_args *args)
{
	return settings_file_run(args, SETTINGS_YAML);
}

static const struct cli_example apply_examples[] = {
	{ "lineup apply studio.yaml", "Shows what would change, asks, and changes it." },
	{ "lineup apply --dry-run studio.yaml", "Only shows it." },
	{ "lineup apply --yes studio.yaml", "Asks nothing, as a script wants it." },
	{ 0 },
};

const struct cli_command cli_apply = {
	.name = "apply",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "makes the daemon's settings those of a file",
	.description =
		"Makes all settings what FILE says (- is standard input), and shows the difference "
		"before anything changes: what the file does not name is removed. Lines that do "
		"not differ keep their registration. Applied again, it changes nothing."
		"\n\n"
		"Every fault of a file is shown at once with its place, and while there is one "
		"nothing is changed. A password that the file leaves out stays as it is. Files "
		"that password-file names are read here, as seen from the folder of FILE.",
	.options = options,
	.exits = exits,
	.examples = apply_examples,
	.secrecy = CLI_SECRET,
	.run = run_apply,
};

/* ---- import */

static int run_import(const struct cli_args *args)
{
	return settings_file_run(args, SETTINGS_CSV);
}

static const struct cli_example import_examples[] = {
	{ "lineup import lines.csv", "Shows what would change, asks, and changes it." },
	{ 0 },
};

const struct cli_command cli_import = {
	.name = "import",
	.operands = "FILE.csv",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "adds and changes lines by a spreadsheet",
	.description =
		"Reads a sheet (- is standard input) whose first row names the columns: Studio, "
		"Number, Name, Extension, Auth User, Auth Password, Server, Register, Contact, "
		"Calls. Lines are added and changed, none is removed, and a cell that is empty "
		"leaves "
		"what is there. Studios and servers that are not there yet are made."
		"\n\n"
		"Every fault is shown at once with its row and column, and while there is one "
		"nothing is changed.",
	.options = options,
	.exits = exits,
	.examples = import_examples,
	.secrecy = CLI_SECRET,
	.run = run_import,
};

/* ---- export */

static int run_export(const struct cli_args *args)
{
	static const struct client_call call = { .method = "GET", .path = "/api/v1/export" };
	const char *path = cli_value(args, "output");
	struct client_answer answer = { .json = NULL };
	struct client *client = NULL;
	int status = client_open(args, &client);

	if (!status)
		status = client_send(client, &call, &answer);
	if (!status)
		status = client_check(client, &answer);
	if (!status && path)
		status = output_file(args, path, slice_of(answer.text, answer.n), 0666);
	else if (!status)
		fwrite(answer.text, 1, answer.n, args->out);
	client_answer_done(&answer);
	client_close(client);
	return status;
}

static const struct cli_option export_options[] = {
	PLACE_OPTION,
	{ 'o', "output", "FILE", NULL, NULL, "write to FILE instead of standard output" },
	{ 0 },
};

static const struct cli_exit export_exits[] = {
	{ CLI_OK, "the settings were written" },
	{ CLI_FAILED, "they could not be written" },
	CLIENT_EXIT,
	{ 0 },
};

static const struct cli_example export_examples[] = {
	{ "lineup export --output studio.yaml", "The settings as a file, to keep or to edit." },
	{ 0 },
};

const struct cli_command cli_export = {
	.name = "export",
	.brief = "writes the daemon's settings as a file",
	.description =
		"Writes all settings as the file that lineup apply reads. Passwords are left out: "
		"none ever comes back out of the daemon, and those that are left out stay as they "
		"are when the file is applied.",
	.options = export_options,
	.exits = export_exits,
	.examples = export_examples,
	.run = run_export,
};
