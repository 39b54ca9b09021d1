/* api/status.c: what the lines do: their states and results with the words for a person, the steps
 * of their attempts, their history, and what is known of a cause. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/own.h"
#include "api/routes.h"
#include "config/profile.h"
#include "explain/explain.h"

#define HISTORY_MAX 10000
#define DAY_MS      86400000LL

/* X-macros of reg/ have a name and a sentence for each state. */
#define STATE_ROW(name, text) [REG_##name] = { #name, text },
static const struct {
	const char *name, *text;
} states[REG_STATE_COUNT] = { REG_STATES(STATE_ROW) };

const char *api_state_name(enum reg_state state)
{
	return states[state].name;
}

/* ---- one line */

static void put_result(struct json *json, const struct agent_line *line)
{
	const struct explain_cause *cause = explain_by_id(slice_str(line->cause));

	json_put_number(json, "status", line->status);
	api_put_bool(json, "local", line->local);
	api_put_text(json, "reason", line->reason);
	if (cause) {
		json_open_object(json, "cause");
		api_put_text(json, "id", cause->id);
		api_put_text(json, "title", cause->title);
		json_close_object(json);
	} else {
		json_put_null(json, "cause");
	}
	api_put_time(json, "result_at", line->result_ms);
}

static void put_line(struct api_call *call, const struct agent_line *line)
{
	struct json *json = api_out(call);

	api_put_id(json, "id", line->id);
	api_put_id(json, "studio", line->studio);
	api_put_text(json, "studio_name", line->studio_name);
	json_put_number(json, "number", line->number);
	api_put_text(json, "name", line->name);
	api_put_text(json, "extension", line->extension);
	api_put_text(json, "address", line->address);
	api_put_text(json, "auth_user", line->auth_user);
	api_put_id(json, "server", line->server);
	api_put_text(json, "server_name", line->server_name);
	api_put_bool(json, "register", line->enabled);
	api_put_id(json, "same_as", line->same_as);
	api_put_id(json, "follows", line->follows);
	api_put_text(json, "state", states[line->state].name);
	api_put_text(json, "state_text", states[line->state].text);
	api_put_time(json, "since", line->since_ms);
	json_put_number(json, "granted", line->granted_s);
	api_put_time(json, "ends_at", line->ends_ms);
	api_put_time(json, "next_at", line->next_ms);
	put_result(json, line);
	api_put_text(json, "realm", line->realm);
	api_put_text(json, "target", line->target);
	api_put_text(json, "transport", line->transport);
	json_put_number(json, "answer_ms", line->answer_ms);
	json_put_number(json, "bindings", line->bindings);
	json_put_number(json, "foreign", line->foreign);
	json_put_number(json, "flows", line->flows);
	json_put_number(json, "flows_up", line->flows_up);
	api_patterns_put(call, line);
}

/* ---- many */

static void on_line(void *ctx, const struct agent_line *line)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	put_line(call, line);
	json_close_object(json);
	api_flush(call);
}

static bool read_up(struct api_call *call, enum agent_up *ret_up)
{
	const char *up = api_query_text(call, "state");

	*ret_up = AGENT_ANY;
	if (!up)
		return true;
	if (strcmp(up, "up") == 0)
		*ret_up = AGENT_UP;
	else if (strcmp(up, "down") == 0)
		*ret_up = AGENT_DOWN;
	else
		api_refuse(call, 400, "bad-value", "state", "state is not up or down");
	return call->status < 400;
}

static bool read_filter(struct api_call *call, struct agent_filter *ret_filter)
{
	struct api_page page;
	uint64_t studio, server, line;

	if (!api_query_page(call, &page) ||
	    !api_query_number(call, "studio", INT64_MAX, 0, &studio) ||
	    !api_query_number(call, "server", INT64_MAX, 0, &server) ||
	    !api_query_number(call, "line", INT64_MAX, 0, &line) || !read_up(call, &ret_filter->up))
		return false;
	ret_filter->studio = (int64_t)studio;
	ret_filter->server = (int64_t)server;
	ret_filter->line = (int64_t)line;
	ret_filter->cause = api_query_text(call, "cause");
	ret_filter->text = api_query_text(call, "text");
	ret_filter->offset = page.offset;
	ret_filter->limit = page.limit;
	return true;
}

static void put_count(struct json *json, const struct agent_count *count)
{
	json_open_object(json, "count");
	json_put_number(json, "lines", count->lines);
	json_put_number(json, "enabled", count->enabled);
	json_put_number(json, "up", count->up);
	json_put_number(json, "refused", count->refused);
	json_put_number(json, "waiting", count->waiting);
	json_put_number(json, "trying", count->trying);
	json_close_object(json);
}

static void on_server(void *ctx, const struct agent_server *server)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_id(json, "id", server->id);
	api_put_text(json, "name", server->name);
	json_put_number(json, "lines", server->lines);
	json_put_number(json, "up", server->up);
	json_put_number(json, "held", server->held);
	json_put_number(json, "switched_off", server->off);
	json_put_number(json, "answer_ms", server->answer_ms);
	api_put_bool(json, "dead", server->dead);
	api_put_bool(json, "unanswered", server->unanswered);
	api_put_bool(json, "busy", server->busy);
	api_put_time(json, "certificate_until", server->certificate_until_s * 1000);
	api_put_time(json, "own_certificate_until", server->own_until_s * 1000);
	json_close_object(json);
	api_flush(call);
}

void api_status(struct api_call *call)
{
	struct agent *agent = call->api->agent;
	struct agent_filter filter = { 0 };
	struct json *json = api_out(call);
	struct agent_count count;
	uint32_t total = 0;
	uint64_t event = agent_events_last(agent);
	int err;

	if (!read_filter(call, &filter))
		return;
	json_open_object(json, NULL);
	api_put_time(json, "time", call->now_ms);
	json_put_number(json, "event", event); /* what comes after it is news */
	json_open_array(json, "lines");
	err = agent_lines(agent, &filter, on_line, call, &total, &count);
	json_close_array(json);
	json_put_number(json, "total", total);
	if (!err)
		put_count(json, &count);
	json_open_array(json, "servers");
	if (!err)
		err = agent_servers(agent, on_server, call);
	json_close_array(json);
	json_close_object(json);
	if (err)
		api_refuse_store(call, -ENOMEM, NULL);
}

/* ---- one, with its cause in full */

struct one {
	struct agent_line line;
	bool found;
};

static void take_one(void *ctx, const struct agent_line *line)
{
	struct one *one = ctx;

	one->line = *line;
	one->found = true;
}

static int note_there(void *ctx, const struct store_line *line)
{
	bool *there = ctx;

	(void)line;
	*there = true;
	return 0;
}

/* In the store, which knows first. False where the call was refused. */
static bool line_is_there(struct api_call *call)
{
	const struct store_lines_of of = { .id = call->parts.id };
	bool there = false;
	int err = store_lines(call->store, &of, note_there, &there);

	if (err && err != -ENOENT)
		api_refuse_store(call, err, NULL);
	else if (!there)
		api_refuse(call, 404, "not-found", NULL, "there is no line with this id");
	return !err && there;
}

/* False where the call was refused. */
static bool find_line(struct api_call *call, struct agent_line *ret_line)
{
	const struct agent_filter filter = { .line = call->parts.id, .limit = 1 };
	struct one one = { .found = false };
	struct agent_count count;
	uint32_t total;
	int err;

	if (!line_is_there(call))
		return false;
	err = agent_lines(call->api->agent, &filter, take_one, &one, &total, &count);
	if (err)
		api_refuse_store(call, -ENOMEM, NULL);
	else if (!one.found)
		api_refuse_early(call);
	else
		*ret_line = one.line;
	return !err && one.found;
}

static struct slice known(const char *text)
{
	return *text ? slice_str(text) : SLICE_NONE;
}

static void put_explained(struct json *json, const struct agent_line *line, int64_t now_ms)
{
	const struct explain_cause *cause = explain_by_id(slice_str(line->cause));
	char number[16], span[64];
	struct buf status = buf_over(number, sizeof(number)), since = buf_over(span, sizeof(span));

	if (!cause) {
		json_put_null(json, "explained");
		return;
	}
	buf_u64(&status, line->status);
	if (line->since_ms > 0 && line->since_ms <= now_ms)
		explain_span((uint64_t)(now_ms - line->since_ms), &since);
	const struct explain_words words = {
		.status = buf_slice(&status),
		.reason = known(line->reason),
		.server = known(line->target[0] ? line->target : line->server_name),
		.address = known(line->address),
		.extension = known(line->extension),
		.auth_user = known(line->auth_user[0] ? line->auth_user : line->extension),
		.realm = known(line->realm),
		.target = known(line->target),
		.transport = known(line->went_over),
		.interface = known(line->named), /* a text has one of these two at the most */
		.issuer = known(line->named),
		.since = since.n ? buf_slice(&since) : SLICE_NONE,
	};
	api_cause_put(json, "explained", cause, &words);
}

/* Of a line that has just gone there are none. */
static void put_others(struct api_call *call, const struct agent_line *line)
{
	char others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1];
	struct json *json = api_out(call);

	(void)agent_others(call->api->agent, line->id, others);
	json_open_array(json, "others");
	for (unsigned i = 0; i < AGENT_OTHERS && others[i][0]; i++)
		api_put_text(json, NULL, others[i]);
	json_close_array(json);
}

static void put_list(struct json *json, const char *name, const char *list)
{
	json_open_array(json, name);
	while (*list) {
		size_t n = strcspn(list, "\n");

		json_put_string(json, NULL, slice_of(list, n));
		list += n + (list[n] == '\n');
	}
	json_close_array(json);
}

static void put_said(struct api_call *call, const struct agent_line *line)
{
	struct json *json = api_out(call);
	struct agent_said said;

	(void)agent_said(call->api->agent, line->id, &said);
	put_list(json, "service_route", said.service_route);
	put_list(json, "path", said.path);
	put_list(json, "p_associated_uri", said.associated_uri);
	api_put_bool(json, "lists_cut", said.cut);
	api_put_text(json, "pub_gruu", said.pub_gruu[0] ? said.pub_gruu : NULL);
	api_put_text(json, "temp_gruu", said.temp_gruu[0] ? said.temp_gruu : NULL);
}

static int note_profile(void *ctx, const struct store_server *server)
{
	const struct config_profile **profile = ctx;

	*profile = server->profile ? config_profile_find(server->profile)
	                           : config_profile_of_host(slice_str(server->domain));
	return 0;
}

/* What is known of such servers as the line's, which may be what it fails at. */
static void put_profile(struct api_call *call, const struct agent_line *line)
{
	struct json *json = api_out(call);
	const struct config_profile *profile = NULL;

	if (line->server)
		(void)store_servers(call->store, line->server, note_profile, &profile);
	if (!profile) {
		json_put_null(json, "profile");
		return;
	}
	json_open_object(json, "profile");
	api_profile_put(json, profile);
	json_close_object(json);
}

void api_line_status(struct api_call *call)
{
	struct json *json = api_out(call);
	struct agent_line line;

	if (!find_line(call, &line))
		return;
	json_open_object(json, NULL);
	put_line(call, &line);
	put_explained(json, &line, call->now_ms);
	put_profile(call, &line);
	put_others(call, &line);
	put_said(call, &line);
	json_close_object(json);
}

void api_cause_get(struct api_call *call)
{
	const struct explain_cause *cause = explain_by_id(slice_str(call->parts.word));

	if (cause)
		api_cause_put(api_out(call), NULL, cause, NULL);
	else
		api_refuse(call, 404, "not-found", NULL, "there is no cause of that id");
}

void api_causes_list(struct api_call *call)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	json_open_array(json, "causes");
	for (unsigned i = 0; explain_at(i); i++) {
		json_open_object(json, NULL);
		api_put_text(json, "id", explain_at(i)->id);
		api_put_text(json, "title", explain_at(i)->title);
		json_close_object(json);
		api_flush(call);
	}
	json_close_array(json);
	json_close_object(json);
}

/* ---- steps */

static void on_step(void *ctx, const struct agent_step *step)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_time(json, "time", step->at_ms);
	api_put_text(json, "direction", step->sent ? "sent" : "received");
	json_put_number(json, "attempt", step->ctx);
	json_put_number(json, "cseq", step->cseq);
	if (step->sent)
		json_put_null(json, "status");
	else
		json_put_number(json, "status", step->status);
	api_put_text(json, "reason", step->reason);
	api_put_bool(json, "credentials", step->credentials);
	api_put_bool(json, "again", step->again);
	api_put_text(json, "peer", step->peer);
	if (step->text)
		api_put_text(json, "message", step->text);
	json_close_object(json);
	api_flush(call);
}

void api_line_steps(struct api_call *call)
{
	struct json *json = api_out(call);
	int err;

	if (!line_is_there(call))
		return;
	json_open_object(json, NULL);
	json_open_array(json, "steps");
	err = agent_steps(call->api->agent, call->parts.id, on_step, call);
	json_close_array(json);
	json_close_object(json);
	if (err == -ENOENT)
		api_refuse_early(call);
	else if (err)
		api_refuse_store(call, -ENOMEM, NULL);
}

/* ---- history */

static int on_event(void *ctx, const struct store_event *event)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_time(json, "time", event->at_ms);
	api_put_bool(json, "up", event->up);
	api_put_text(json, "state", event->state);
	json_put_number(json, "status", event->status);
	api_put_text(json, "cause", *event->cause ? event->cause : NULL);
	json_close_object(json);
	api_flush(call);
	return 0;
}

/* Times in ms since 1970, as everywhere in queries; the default is a day up to now. */
static bool read_span(struct api_call *call, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	uint64_t from, to;

	if (!api_query_number(call, "to", INT64_MAX, (uint64_t)call->now_ms, &to) ||
	    !api_query_number(call, "from", INT64_MAX, to > DAY_MS ? to - DAY_MS : 0, &from))
		return false;
	if (from > to) {
		api_refuse(call, 400, "bad-value", "from", "from is after to");
		return false;
	}
	*ret_from_ms = (int64_t)from;
	*ret_to_ms = (int64_t)to;
	return true;
}

void api_line_history(struct api_call *call)
{
	struct json *json = api_out(call);
	uint64_t from, limit;
	int err;

	if (!api_query_number(call, "from", INT64_MAX, 0, &from) ||
	    !api_query_number(call, "limit", HISTORY_MAX, 1000, &limit) || !line_is_there(call))
		return;
	json_open_object(json, NULL);
	json_open_array(json, "history");
	err = store_history(call->store, call->parts.id, (int64_t)from, (uint32_t)limit, on_event,
	                    call);
	json_close_array(json);
	json_close_object(json);
	if (err)
		api_refuse_store(call, err, NULL);
}

void api_line_uptime(struct api_call *call)
{
	struct json *json = api_out(call);
	int64_t from_ms, to_ms, up_ms = 0;
	int err;

	if (!read_span(call, &from_ms, &to_ms) || !line_is_there(call))
		return;
	err = store_uptime(call->store, call->parts.id, from_ms, to_ms, &up_ms);
	if (err) {
		api_refuse_store(call, err, NULL);
		return;
	}
	json_open_object(json, NULL);
	api_put_time(json, "from", from_ms);
	api_put_time(json, "to", to_ms);
	json_put_number(json, "up_ms", (uint64_t)up_ms);
	json_put_number(json, "span_ms", (uint64_t)(to_ms - from_ms));
	json_close_object(json);
}
