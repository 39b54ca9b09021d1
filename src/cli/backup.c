/* cli/backup.c: `lineup backup`: all settings as one file, with the passwords sealed; and `lineup
 * restore`, which takes it. */
#include <errno.h>
#include <openssl/crypto.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/row_edit.h"
#include "cli/settings_file.h"

/* ---- backup */

/* *ret_body: what the API takes. */
static int make_body(const struct cli_args *args, json_t **ret_body)
{
	struct account account = { .has_password = false };
	bool bare = cli_times(args, "no-passwords");
	int status = CLI_OK;

	if (!bare)
		status = row_edit_password(args, "Passphrase for the passwords: ", ROW_EDIT_TWICE,
		                           &account);
	if (!status && !bare && !account.has_password)
		status = cli_usage_error(args, "there is no terminal to ask for a passphrase on; "
		                               "use --password-file, or --no-passwords");
	if (!status) {
		*ret_body =
			bare ? json_object() : json_pack("{s:s}", "passphrase", account.password);
		if (!*ret_body)
			status = bare ? -ENOMEM
			              : cli_usage_error(args, "the passphrase is no UTF-8");
	}
	OPENSSL_cleanse(&account, sizeof(account));
	return status;
}

static int fetch(struct client *client, const json_t *body, struct client_answer *ret_answer)
{
	char *text = json_dumps(body, JSON_COMPACT);
	struct client_call call = { .method = "POST",
		                    .path = "/api/v1/backup",
		                    .content_type = "application/json" };
	int status;

	if (!text)
		return -ENOMEM;
	call.body = slice_str(text);
	status = client_send(client, &call, ret_answer);
	OPENSSL_clear_free(text, call.body.n);
	if (status)
		return status;
	status = client_check(client, ret_answer);
	if (status)
		client_answer_done(ret_answer);
	return status;
}

static int run_backup(const struct cli_args *args)
{
	const char *path = args->operands[0];
	struct client_answer answer = { .json = NULL };
	struct client *client = NULL;
	json_t *body = NULL;
	int status = client_open(args, &client);

	if (!status)
		status = make_body(args, &body);
	if (!status)
		status = fetch(client, body, &answer);
	if (!status && strcmp(path, "-") == 0)
		fwrite(answer.text, 1, answer.n, args->out);
	else if (!status)
		status = output_file(args, path, slice_of(answer.text, answer.n), 0600);
	client_answer_done(&answer);
	client_wipe(body, "passphrase");
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option backup_options[] = {
	PLACE_OPTION,
	SETTINGS_FILE_PASSPHRASE_OPTION,
	{ .name = "no-passwords", .help = "leave the passwords out; nothing is asked for" },
	{ 0 },
};

static const struct cli_exit backup_exits[] = {
	{ CLI_OK, "the settings were written" },
	{ CLI_FAILED, "they could not be written, or the daemon refused" },
	CLIENT_EXIT,
	{ 0 },
};

static const struct cli_example backup_examples[] = {
	{ "lineup backup studio-backup.yaml", "Asks for a passphrase, twice." },
	{ "lineup backup --no-passwords - > settings.yaml", "The same as lineup export." },
	{ 0 },
};

const struct cli_command cli_backup = {
	.name = "backup",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "writes all settings as a file, passwords sealed",
	.description =
		"Writes all settings to FILE (- is standard output), and behind them the passwords "
		"of the lines, sealed with a passphrase (scrypt and AES-256-GCM). They open only "
		"together with the settings that they were sealed with: in a file that was edited "
		"they are lost. Logins, tokens and the history are not in it."
		"\n\n"
		"The file is one that lineup apply reads, too; it leaves the passwords as they "
		"are.",
	.options = backup_options,
	.exits = backup_exits,
	.examples = backup_examples,
	.secrecy = CLI_SECRET,
	.run = run_backup,
};

/* ---- restore */

static int run_restore(const struct cli_args *args)
{
	return settings_file_run(args, SETTINGS_BACKUP);
}

static const struct cli_option restore_options[] = {
	SETTINGS_FILE_OPTIONS,
	SETTINGS_FILE_PASSPHRASE_OPTION,
	{ 0 },
};
static const struct cli_exit restore_exits[] = { SETTINGS_FILE_EXITS, { 0 } };

static const struct cli_example restore_examples[] = {
	{ "lineup restore studio-backup.yaml",
	  "Asks for the passphrase, shows what would change, asks, and changes it." },
	{ "lineup restore --dry-run studio-backup.yaml", "Only shows it." },
	{ 0 },
};

const struct cli_command cli_restore = {
	.name = "restore",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "makes the daemon's settings those of a backup",
	.description =
		"Makes all settings what a file of lineup backup says (- is standard input), and "
		"shows the difference before anything changes: what it does not name is removed. "
		"It is carried out as a whole or not at all, and only where the settings are still "
		"those that the difference was shown of."
		"\n\n"
		"Where passwords are in the file its passphrase is needed, and each line gets its "
		"own; without them they stay as they are.",
	.options = restore_options,
	.exits = restore_exits,
	.examples = restore_examples,
	.secrecy = CLI_SECRET,
	.run = run_restore,
};
