/* api/files.c: studio.yaml and lines.csv over HTTP: the difference shown or applied, the export.
 * What is wrong with a file comes back with its places, all of it at once, and nothing is done. */
#include <errno.h>
#include <stdio.h>

#include "api/own.h"
#include "api/routes.h"

static const char *const kind_names[] = {
	[CONFIG_ADD] = "add",
	[CONFIG_CHANGE] = "change",
	[CONFIG_REMOVE] = "remove",
};

static void put_faults(struct json *json, const char *key, const struct config_faults *faults)
{
	json_open_array(json, key);
	for (unsigned i = 0; i < faults->count; i++) {
		json_open_object(json, NULL);
		json_put_number(json, "line", faults->list[i].line);
		json_put_number(json, "column", faults->list[i].column);
		api_put_text(json, "text", faults->list[i].text);
		json_close_object(json);
	}
	json_close_array(json);
}

static void refuse_faults(struct api_call *call, const struct config_faults *faults)
{
	char sentence[128];
	unsigned all = faults->count + faults->more;
	struct json *json;

	snprintf(sentence, sizeof(sentence), "%u %s in the file; nothing was changed", all,
	         all == 1 ? "fault" : "faults");
	json = api_refuse_open(call, 422, "file", NULL, sentence);
	put_faults(json, "faults", faults);
	json_put_number(json, "more", faults->more);
	api_refuse_close(call);
}

static void refuse(struct api_call *call, int err, const struct config_faults *faults)
{
	if (err == -EINVAL || err == -EFBIG)
		refuse_faults(call, faults);
	else if (err == -EAGAIN || err == -ESTALE)
		api_refuse(call, 409, "changed-meanwhile", NULL,
		           "the settings were changed meanwhile; nothing was done, try again");
	else
		api_refuse_store(call, err, NULL);
}

/* ---- the difference */

static void put_change(struct json *json, const struct config_change *change)
{
	json_open_object(json, NULL);
	api_put_text(json, "kind", kind_names[change->kind]);
	api_put_text(json, "object", change->object);
	api_put_text(json, "detail", change->detail);
	json_close_object(json);
}

/* What is asked of a file. */
struct file_job {
	const char *what; /* for the audit */
	bool dry;
	int64_t as_of; /* the settings that the difference was shown of; 0: whichever */
};

static bool read_job(struct api_call *call, const char *what, struct file_job *ret_job)
{
	uint64_t dry, as_of;

	if (!api_query_number(call, "dry_run", 1, 0, &dry) ||
	    !api_query_number(call, "as_of", INT64_MAX, 0, &as_of))
		return false;
	*ret_job = (struct file_job){ what, dry, (int64_t)as_of };
	return true;
}

static void answer(struct api_call *call, const struct file_job *job,
                   const struct config_diff *diff, const struct config_faults *remarks)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_bool(json, "applied", !job->dry);
	json_put_number(json, "as_of", (uint64_t)config_diff_as_of(diff));
	json_put_number(json, "count", config_diff_count(diff));
	put_faults(json, "remarks", remarks);
	json_open_array(json, "changes");
	for (size_t i = 0; i < config_diff_count(diff) && !call->spool.failed; i++) {
		put_change(json, config_diff_at(diff, i));
		api_flush(call);
	}
	json_close_array(json);
	json_close_object(json);
}

static const char *summary(struct api_call *call, const struct config_diff *diff)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < config_diff_count(diff); i++)
		counts[config_diff_at(diff, i)->kind]++;
	return api_arena_format(&call->arena, "%zu added, %zu changed, %zu removed",
	                        counts[CONFIG_ADD], counts[CONFIG_CHANGE], counts[CONFIG_REMOVE]);
}

static int carry_out(struct api_call *call, const struct config_diff *diff, const char *what)
{
	const struct store_audit audit =
		api_change_audit(call, what, "settings", summary(call, diff));
	int err = config_diff_count(diff) ? config_apply(diff, call->store, &audit) : 0;

	if (!err && config_diff_count(diff))
		agent_reload(call->api->agent);
	return err;
}

static void compare(struct api_call *call, const struct config *config, const struct file_job *job,
                    struct config_faults *remarks)
{
	struct config_faults faults = { 0 };
	struct config_diff *diff = NULL;
	int err = config_compare(config, call->store, &diff, &faults);

	if (!err && job->as_of && job->as_of != config_diff_as_of(diff))
		err = -ESTALE;
	if (!err && !job->dry)
		err = carry_out(call, diff, job->what);
	if (err)
		refuse(call, err, &faults);
	else
		answer(call, job, diff, faults.count ? &faults : remarks);
	config_diff_free(diff);
	config_faults_done(&faults);
}

static void take_file(struct api_call *call, enum config_format format, const char *what)
{
	/* whoever sends a file does not get to see what else lies on this machine */
	static const struct config_place place = { .folder = NULL };
	struct slice text = slice_of(call->body ? call->body : "", call->body_n);
	struct config_faults faults = { 0 };
	struct config *config = NULL;
	struct file_job job;
	int err;

	if (!read_job(call, what, &job))
		return;
	err = config_read(format, text, &place, &config, &faults);
	if (err)
		refuse(call, err, &faults);
	else
		compare(call, config, &job, &faults);
	config_free(config);
	config_faults_done(&faults);
}

void api_apply(struct api_call *call)
{
	take_file(call, CONFIG_YAML, "apply");
}

void api_import(struct api_call *call)
{
	take_file(call, CONFIG_CSV, "import");
}

/* ---- export */

static int write_text(void *ctx, struct slice text)
{
	struct api_call *call = ctx;

	api_spool_put(call, text);
	return call->spool.failed ? -ENOMEM : 0;
}

void api_export(struct api_call *call)
{
	int err;

	call->type = "application/yaml";
	call->name = "attachment; filename=\"studio.yaml\"";
	err = config_export(call->store, write_text, call);
	if (err)
		refuse(call, err, &(struct config_faults){ 0 });
}

/* ---- backups */

/* "lineup-2026-11-22.yaml" */
static const char *backup_name(struct api_call *call)
{
	char memory[40];
	struct buf time = buf_over(memory, sizeof(memory));

	log_time_utc(call->now_ms, &time);
	return api_arena_format(&call->arena, "attachment; filename=\"lineup-%.10s.yaml\"", memory);
}

/* Absent where the member is; false where the call was refused. */
static bool take_passphrase(struct api_call *call, const json_t *input, struct slice *ret_text)
{
	const char *text;

	if (!api_input_text(call, input, "passphrase", API_MAY, &text))
		return false;
	*ret_text = slice_str(text);
	return true;
}

static void write_backup(struct api_call *call, struct slice passphrase)
{
	int err = config_backup(call->store, passphrase, write_text, call);

	call->type = "application/yaml";
	call->name = backup_name(call);
	if (err == -EINVAL)
		api_refuse(call, 400, "bad-value", "passphrase",
		           "the passphrase must have %d to %d bytes", CONFIG_PASSPHRASE_MIN,
		           CONFIG_PASSPHRASE_MAX);
	else if (err == -EFBIG)
		api_refuse(call, 422, "size", NULL,
		           "the settings are more than one file may hold: %u MiB",
		           CONFIG_FILE_MAX >> 20);
	else if (err)
		refuse(call, err, &(struct config_faults){ 0 });
	else
		api_change_tell(call, "backup", "settings",
		                slice_present(passphrase) ? "with passwords, sealed"
		                                          : "without passwords");
}

void api_backup(struct api_call *call)
{
	static const char *const names[] = { "passphrase", NULL };
	json_t *input = api_input(call, names);
	struct slice passphrase;

	if (!input)
		return;
	if (take_passphrase(call, input, &passphrase))
		write_backup(call, passphrase);
	api_input_free(input);
}

static void restore(struct api_call *call, const struct file_job *job, struct slice text,
                    struct slice passphrase)
{
	struct config_faults faults = { 0 };
	struct config *config = NULL;
	int err =
		config_backup_read(text, passphrase.n ? passphrase : SLICE_NONE, &config, &faults);

	if (err == -ENOKEY)
		api_refuse(call, 422, "passphrase-needed", "passphrase",
		           "the backup holds passwords: its passphrase is needed");
	else if (err == -EACCES)
		api_refuse(call, 422, "passphrase", "passphrase",
		           "this is not the passphrase of the backup, or the file was changed "
		           "since it was made");
	else if (err)
		refuse(call, err, &faults);
	else
		compare(call, config, job, &faults);
	config_free(config);
	config_faults_done(&faults);
}

void api_restore(struct api_call *call)
{
	static const char *const names[] = { "backup", "passphrase", NULL };
	json_t *input = api_input(call, names);
	struct slice passphrase;
	struct file_job job;
	const char *text;

	if (!input)
		return;
	if (api_input_text(call, input, "backup", API_MUST, &text) &&
	    take_passphrase(call, input, &passphrase) && read_job(call, "restore", &job))
		restore(call, &job, slice_str(text), passphrase);
	api_input_free(input);
}
