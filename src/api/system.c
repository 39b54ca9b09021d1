/* api/system.c: the daemon about itself: since when it runs, how much it holds, whether its log
 * reaches the syslog host. */
#include <stdio.h>
#include <unistd.h>

#include "api/own.h"
#include "api/routes.h"
#include "base/num.h"

/* Resident, of /proc/self/statm (proc(5)): the second number, in pages. 0: not known. */
static uint64_t memory_bytes(void)
{
	char text[128] = "";
	FILE *file = fopen("/proc/self/statm", "re");
	struct slice rest;
	uint64_t pages = 0;

	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	rest = slice_str(text);
	rest = slice_from(rest, slice_find(rest, ' '));
	rest = slice_trim(rest);
	rest.n = slice_find(rest, ' ');
	return num_u64(rest, UINT32_MAX, &pages) == 0 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void put_store(struct json *json, const struct store_about *about)
{
	json_open_object(json, "store");
	json_put_number(json, "schema", (uint64_t)about->schema);
	json_put_number(json, "bytes", (uint64_t)about->bytes);
	json_close_object(json);
}

static void put_syslog(struct api_call *call, struct json *json)
{
	struct sink_status status;

	agent_syslog(call->api->agent, &status);
	json_open_object(json, "syslog");
	api_put_text(json, "state", sink_state_name(status.state));
	api_put_text(json, "state_text", sink_state_text(status.state));
	api_put_text(json, "target", *status.target ? status.target : NULL);
	api_put_text(json, "problem", *status.problem ? status.problem : NULL);
	json_put_number(json, "sent", status.sent);
	json_put_number(json, "suppressed", status.suppressed);
	json_close_object(json);
}

void api_system_get(struct api_call *call)
{
	static const struct agent_filter none = { .limit = 0 };
	struct json *json = api_out(call);
	struct agent_count count = { 0 };
	struct store_about about;
	int err = agent_lines(call->api->agent, &none, NULL, NULL, NULL, &count);

	if (!err)
		err = store_about(call->store, &about);
	if (err) {
		api_refuse_store(call, err, NULL);
		return;
	}
	json_open_object(json, NULL);
	api_put_text(json, "version", call->api->version);
	api_put_text(json, "api", "v1");
	api_put_time(json, "time", call->now_ms);
	api_put_time(json, "started_at", call->api->started_ms);
	json_put_number(json, "lines", count.lines);
	json_put_number(json, "threads", agent_shards(call->api->agent));
	json_put_number(json, "memory_bytes", memory_bytes());
	put_store(json, &about);
	put_syslog(call, json);
	json_close_object(json);
}
