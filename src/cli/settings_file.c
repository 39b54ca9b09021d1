/* cli/settings_file.c: read, checked here, compared by the daemon, shown, asked about, made so.
 *
 * The file is checked before anything is sent: whoever has it need not have the daemon to find what
 * is wrong with it, and its password files are read with the rights of the person. */
#include "cli/settings_file.h"

#include <errno.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "cli/client.h"
#include "cli/confirm.h"
#include "cli/print_json.h"
#include "cli/row_edit.h"
#include "cli/term.h"

#define TEXT_MAX 4096

struct settings_file {
	const struct cli_args *args;
	struct client *client;
	struct term term;
	enum settings_file_kind kind;
	const char *path;    /* as it was given, for opening it */
	char name[TEXT_MAX]; /* the same, for showing it */
	char folder[TEXT_MAX];
	char *text; /* n bytes; as it is sent */
	size_t n;
	int64_t as_of; /* of the difference that was shown */
};

/* How each is sent. */
static const struct {
	const char *route, *content_type;
} kinds[] = {
	[SETTINGS_YAML] = { "apply", "application/yaml" },
	[SETTINGS_CSV] = { "import", "text/csv" },
	[SETTINGS_BACKUP] = { "restore", "application/json" },
};

/* ---- reading */

static int read_stream(FILE *file, char **ret_text, size_t *ret_n)
{
	char *text = NULL, *larger;
	size_t n = 0, cap = 0;
	int err = 0;

	setvbuf(file, NULL, _IONBF, 0);
	do {
		if (n == cap) {
			size_t more = cap ? 2 * cap : 65536;

			larger = cap <= CONFIG_FILE_MAX ? OPENSSL_clear_realloc(text, cap, more)
			                                : NULL;
			if (!larger) {
				err = cap <= CONFIG_FILE_MAX ? -ENOMEM : -EFBIG;
				break;
			}
			text = larger;
			cap = more;
		}
		errno = 0;
		n += fread(text + n, 1, cap - n, file);
	} while (!feof(file) && !ferror(file));
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	if (!err) {
		larger = OPENSSL_clear_realloc(text, cap, n ? n : 1);
		err = larger ? 0 : -ENOMEM;
		text = larger ? larger : text;
	}
	if (err) {
		OPENSSL_clear_free(text, cap);
		return err;
	}
	*ret_text = text;
	*ret_n = n;
	return 0;
}

static int read_file(struct settings_file *file)
{
	bool is_stdin = strcmp(file->path, "-") == 0;
	FILE *stream = is_stdin ? stdin : fopen(file->path, "re");
	int err = stream ? read_stream(stream, &file->text, &file->n) : -errno;

	if (stream && !is_stdin)
		fclose(stream);
	if (err && err != -ENOMEM)
		return cli_usage_error(file->args, "cannot read %s: %s", file->name,
		                       strerror(-err));
	return err;
}

/* Where the paths in the file lead from. */
static int find_folder(struct settings_file *file)
{
	struct buf folder = buf_over(file->folder, sizeof(file->folder));
	char copy[TEXT_MAX];

	snprintf(copy, sizeof(copy), "%s", file->path);
	buf_str(&folder, strcmp(file->path, "-") == 0 ? "." : dirname(copy));
	if (strlen(file->path) >= sizeof(copy) || buf_end(&folder))
		return cli_usage_error(file->args, "the path of the file is too long");
	cli_shown(strcmp(file->path, "-") == 0 ? "standard input" : file->path, file->name,
	          sizeof(file->name));
	return CLI_OK;
}

/* ---- what is wrong with it */

static void put_fault(const struct settings_file *file, uint32_t line, uint32_t column,
                      const char *what, const char *text)
{
	FILE *out = file->args->err;

	fputs(file->name, out);
	if (line)
		fprintf(out, ":%u", line);
	if (line && column)
		fprintf(out, ":%u", column);
	fprintf(out, ": %s%s\n", what, text);
}

static void put_faults(const struct settings_file *file, const struct config_faults *faults,
                       const char *what)
{
	for (unsigned i = 0; i < faults->count; i++)
		put_fault(file, faults->list[i].line, faults->list[i].column, what,
		          faults->list[i].text);
}

/* Always CLI_USAGE. */
static int say_count(const struct settings_file *file, uint64_t count)
{
	fprintf(file->args->err, "%llu %s; nothing was changed.\n", (unsigned long long)count,
	        count == 1 ? "fault" : "faults");
	return CLI_USAGE;
}

/* The same from the daemon's answer, which sees the store beside. */
static int put_refusal(const struct settings_file *file, const json_t *problem)
{
	const json_t *fault, *faults = json_object_get(problem, "faults");
	char text[TEXT_MAX];
	size_t i;

	json_array_foreach(faults, i, fault)
		put_fault(file, (uint32_t)client_number(fault, "line"),
	                  (uint32_t)client_number(fault, "column"), "",
	                  cli_shown(client_text(fault, "text"), text, sizeof(text)));
	return say_count(file, json_array_size(faults) + (uint64_t)client_number(problem, "more"));
}

static int check_here(struct settings_file *file)
{
	const struct config_place place = { .folder = file->folder };
	struct config *config = NULL;
	struct config_faults faults = { 0 };
	enum config_format format = file->kind == SETTINGS_CSV ? CONFIG_CSV : CONFIG_YAML;
	int err = config_read(format, slice_of(file->text, file->n), &place, &config, &faults);
	int status = err;

	if (err == -EINVAL || err == -EFBIG) {
		put_faults(file, &faults, "");
		status = say_count(file, (uint64_t)faults.count + faults.more);
	}
	config_free(config);
	config_faults_done(&faults);
	return status;
}

/* Whether a key of the file can be password-file: as it is, or written with escapes. Most files are
 * spared being read once more for it. */
static bool may_name_files(const struct settings_file *file)
{
	static const struct slice key = SLICE("password-file");

	return memmem(file->text, file->n, key.p, key.n) || memchr(file->text, '\\', file->n);
}

static int splice(struct settings_file *file)
{
	char *text;
	size_t n;
	int err = password_files_splice(slice_of(file->text, file->n), file->folder, &text, &n);

	/* It was read a moment ago, so what is wrong now is the file's folder. */
	if (err)
		return err == -ENOMEM ? err
		                      : cli_fail(file->args, "%s: its password files: %s",
		                                 file->name, strerror(-err));
	OPENSSL_clear_free(file->text, file->n);
	file->text = text;
	file->n = n;
	return CLI_OK;
}

/* ---- a backup */

/* The text is replaced by what the API takes: a file in JSON, with its passphrase. */
static int pack(struct settings_file *file, const char *passphrase)
{
	json_t *body = json_object(), *text = json_stringn(file->text, file->n);
	char *packed = NULL;
	int err = body ? 0 : -ENOMEM;

	if (!text)
		err = cli_usage_error(file->args, "%s is no text in UTF-8", file->name);
	else if (!err && json_object_set(body, "backup", text))
		err = -ENOMEM;
	if (!err && passphrase && json_object_set_new(body, "passphrase", json_string(passphrase)))
		err = cli_usage_error(file->args, "the passphrase is no UTF-8");
	if (!err)
		packed = json_dumps(body, JSON_COMPACT);
	json_decref(text);
	client_wipe(body, "passphrase");
	json_decref(body);
	if (!err && !packed)
		err = -ENOMEM;
	if (err)
		return err;
	OPENSSL_clear_free(file->text, file->n);
	file->text = packed;
	file->n = strlen(packed);
	return CLI_OK;
}

static int prepare_backup(struct settings_file *file)
{
	struct account account = { .has_password = false };
	int status = CLI_OK;

	if (config_backup_is_sealed(slice_of(file->text, file->n))) {
		status = row_edit_password(file->args, "Passphrase of the backup: ", ROW_EDIT_ONCE,
		                           &account);
		if (!status && !account.has_password)
			status = cli_usage_error(file->args,
			                         "there is no terminal to ask for the passphrase "
			                         "on; use --password-file");
	}
	if (!status)
		status = pack(file, account.has_password ? account.password : NULL);
	OPENSSL_cleanse(&account, sizeof(account));
	return status;
}

/* ---- the difference */

static void put_change(const struct term *term, const json_t *change)
{
	static const struct {
		const char *kind, *sign;
		enum term_style style;
	} signs[] = {
		{ "add", "+ ", TERM_GREEN },
		{ "change", "~ ", TERM_AMBER },
		{ "remove", "- ", TERM_RED },
	};
	char memory[2 * TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	const char *detail = client_text(change, "detail");

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(client_text(change, "kind"), signs[i].kind) == 0)
			term_put(term, signs[i].style, signs[i].sign);
	/* The daemon has made them printable. */
	buf_str(&text, client_text(change, "object"));
	buf_str(&text, *detail ? ": " : "");
	buf_str(&text, detail);
	term_wrap(term->file, buf_slice(&text),
	          (struct term_block){ .at = 4, .indent = 4, .width = term->width });
}

static size_t count_of(const json_t *changes, const char *kind)
{
	const json_t *change;
	size_t i, n = 0;

	json_array_foreach(changes, i, change) n += strcmp(client_text(change, "kind"), kind) == 0;
	return n;
}

/* "12 changes: 9 to add, 2 to change, 1 to remove." */
static void put_summary(const struct term *term, const json_t *changes, const char *to)
{
	static const char *const words[][2] = {
		{ "add", "add" },
		{ "change", "change" },
		{ "remove", "remove" },
	};
	const char *comma = ": ";
	size_t all = json_array_size(changes);

	fprintf(term->file, "%zu %s", all, all == 1 ? "change" : "changes");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = count_of(changes, words[i][0]);

		if (!n)
			continue;
		fprintf(term->file, "%s%zu %s%s", comma, n, to, words[i][1]);
		comma = ", ";
	}
	fputs(".\n", term->file);
}

static void put_difference(const struct settings_file *file, const json_t *answer)
{
	const json_t *changes = json_object_get(answer, "changes"), *row;
	char text[TEXT_MAX];
	size_t i;

	json_array_foreach(json_object_get(answer, "remarks"), i, row) put_fault(
		file, (uint32_t)client_number(row, "line"), (uint32_t)client_number(row, "column"),
		"note: ", cli_shown(client_text(row, "text"), text, sizeof(text)));
	json_array_foreach(changes, i, row) put_change(&file->term, row);
	if (json_array_size(changes))
		put_summary(&file->term, changes, "to ");
	else
		fprintf(file->term.file,
		        "The settings are as %s says: there is nothing to change.\n", file->name);
	fflush(file->term.file);
}

enum wish { LOOK, MAKE_IT_SO };

static int ask(struct settings_file *file, enum wish wish, json_t **ret_answer)
{
	char path[96];
	const struct client_call call = {
		.method = "POST",
		.path = path,
		.content_type = kinds[file->kind].content_type,
		.body = slice_of(file->text, file->n),
	};
	struct client_answer answer = { .json = NULL };
	int status;

	snprintf(path, sizeof(path), "/api/v1/%s?%s=%lld", kinds[file->kind].route,
	         wish == LOOK ? "dry_run" : "as_of", wish == LOOK ? 1LL : (long long)file->as_of);
	status = client_send(file->client, &call, &answer);
	if (!status && answer.status == 422 && json_object_get(answer.json, "faults"))
		status = put_refusal(file, answer.json);
	else if (!status)
		status = client_check(file->client, &answer);
	if (!status)
		*ret_answer = json_incref(answer.json);
	client_answer_done(&answer);
	return status;
}

/* ---- all of it */

static void put_json(const struct settings_file *file, const json_t *answer)
{
	print_json(answer, JSON_INDENT(2), file->args->out);
	fputc('\n', file->args->out);
}

static int make_it_so(struct settings_file *file)
{
	json_t *answer = NULL;
	int status = ask(file, MAKE_IT_SO, &answer);

	if (status)
		return status;
	if (cli_times(file->args, "json"))
		put_json(file, answer);
	else
		fputs("Done.\n", file->term.file);
	json_decref(answer);
	return CLI_OK;
}

/* Where nobody is asked the daemon compares once: what it answers is what it has done. */
static int compare(struct settings_file *file)
{
	bool json = cli_times(file->args, "json"), dry = cli_times(file->args, "dry-run");
	bool at_once = !dry && cli_times(file->args, "yes");
	json_t *answer = NULL;
	int status = ask(file, at_once ? MAKE_IT_SO : LOOK, &answer);
	bool same;

	if (status)
		return status;
	file->as_of = client_number(answer, "as_of");
	same = json_array_size(json_object_get(answer, "changes")) == 0;
	if (!json)
		put_difference(file, answer);
	else if (dry || same || at_once)
		put_json(file, answer);
	json_decref(answer);
	if (!json && at_once && !same)
		fputs("Done.\n", file->term.file);
	if (dry || same || at_once)
		return CLI_OK;
	status = confirm(file->args, "Make them?");
	if (status == CLI_FAILED)
		fputs("Nothing was changed.\n", file->term.file);
	return status ? status : make_it_so(file);
}

static int prepare(struct settings_file *file)
{
	int status;

	if (file->kind == SETTINGS_BACKUP)
		return prepare_backup(file);
	status = check_here(file);
	return status || file->kind == SETTINGS_CSV || !may_name_files(file) ? status
	                                                                     : splice(file);
}

int settings_file_run(const struct cli_args *args, enum settings_file_kind kind)
{
	struct settings_file file = {
		.args = args, .kind = kind, .term = term_of(args->out), .path = args->operands[0]
	};
	int status = find_folder(&file);

	if (!status)
		status = read_file(&file);
	if (!status)
		status = prepare(&file);
	if (!status)
		status = client_open(args, &file.client);
	if (!status)
		status = compare(&file);
	client_close(file.client);
	OPENSSL_clear_free(file.text, file.n ? file.n : 1);
	return status;
}
