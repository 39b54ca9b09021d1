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

static void answer(struct api_call *call, const struct config_diff *diff, bool applied,
                   const struct config_faults *remarks)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_bool(json, "applied", applied);
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

static bool read_dry_run(struct api_call *call, bool *ret_dry)
{
	uint64_t dry;

	if (!api_query_number(call, "dry_run", 1, 0, &dry))
		return false;
	*ret_dry = dry;
	return true;
}

static const char *summary(struct api_call *call, const struct config_diff *diff)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < config_diff_count(diff); i++)
		counts[config_diff_at(diff, i)->kind]++;
	return api_arena_format(&call->arena, "%zu added, %zu changed, %zu removed",
	                        counts[CONFIG_ADD], counts[CONFIG_CHANGE], counts[CONFIG_REMOVE]);
}

/* Returns 0 where it was carried out, and told. */
static int carry_out(struct api_call *call, const struct config_diff *diff, const char *what)
{
	int err = config_diff_count(diff) ? config_apply(diff, call->store) : 0;

	if (err || !config_diff_count(diff))
		return err;
	agent_reload(call->api->agent);
	api_change_tell(call, what, "settings", summary(call, diff));
	return 0;
}

static void compare(struct api_call *call, const struct config *config, bool dry, const char *what,
                    struct config_faults *remarks)
{
	struct config_faults faults = { 0 };
	struct config_diff *diff = NULL;
	int err = config_compare(config, call->store, &diff, &faults);

	if (!err && !dry)
		err = carry_out(call, diff, what);
	if (err)
		refuse(call, err, &faults);
	else if (call->status < 400)
		answer(call, diff, !dry, faults.count ? &faults : remarks);
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
	bool dry;
	int err;

	if (!read_dry_run(call, &dry))
		return;
	err = config_read(format, text, &place, &config, &faults);
	if (err)
		refuse(call, err, &faults);
	else
		compare(call, config, dry, what, &faults);
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
