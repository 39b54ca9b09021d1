/* api/lines.c: lines that are added, one or many at once, all of them or none; and what is worth a
 * second look at a line that was changed. */
#include <errno.h>
#include <stdlib.h>

#include "api/own.h"
#include "api/routes.h"
#include "base/buf.h"
#include "sip/uri.h"

#define LOOPS_TOLD 10 /* lines that come back to themselves, of one change of a server */

/* ---- numbers */

struct highest {
	uint32_t number;
};

static int take_number(void *ctx, const struct store_line *line)
{
	struct highest *highest = ctx;

	if (line->number > highest->number)
		highest->number = line->number;
	return 0;
}

int api_line_number(struct api_call *call, struct store_line *line)
{
	const struct store_lines_of of = { .studio = line->studio };
	struct highest highest = { 0 };
	int err = line->number ? 0 : store_lines(call->store, &of, take_number, &highest);

	if (!err && !line->number && highest.number < UINT32_MAX)
		line->number = highest.number + 1;
	return err;
}

/* ---- remarks */

/* "extension" at a server, as a member of a JSON object. */
static const char *registration_key(struct api_call *call, const struct store_line *line,
                                    int64_t default_server)
{
	return api_arena_format(&call->arena, "%lld %s",
	                        (long long)(line->server ? line->server : default_server),
	                        line->extension);
}

/* Lines that were just written, by what they register as; those of the store are held to them. */
struct sharing {
	struct api_call *call;
	int64_t default_server;
	json_t *ids; /* key to the id of the first line that has it */
};

static int see_studio(void *ctx, const struct store_studio *studio)
{
	struct buf *name = ctx;

	buf_show(name, slice_str(studio->name));
	return 0;
}

static void see_agent_line(void *ctx, const struct agent_line *line)
{
	*(int64_t *)ctx = line->follows;
}

/* Whether of two lines with one registration the other one is the one whose settings it has: as
 * long as it wants it, the one that had it first. */
static bool leads(struct api_call *call, int64_t other, int64_t written)
{
	const struct agent_filter filter = { .line = other, .limit = 1 };
	int64_t follows = -1; /* the agent has not seen it yet: it is as new */

	(void)agent_lines(call->api->agent, &filter, see_agent_line, &follows, NULL, NULL);
	return follows == -1 ? other < written : follows != written;
}

static void tell_shared(struct sharing *sharing, const struct store_line *other, int64_t written)
{
	struct api_call *call = sharing->call;
	char studio_memory[256], extension_memory[256];
	struct buf studio = buf_over(studio_memory, sizeof(studio_memory));
	struct buf extension = buf_over(extension_memory, sizeof(extension_memory));

	store_studios(call->store, other->studio, see_studio, &studio);
	buf_show(&extension, slice_str(other->extension));
	buf_end(&studio);
	buf_end(&extension);
	api_remark(call,
	           "extension %s at this server is line %u of \"%s\", too: one registration, with "
	           "the Auth User, Auth Password, Contact and Calls of %s line",
	           extension_memory, other->number, studio_memory,
	           leads(call, other->id, written) ? "that" : "this");
}

static int hold_to(void *ctx, const struct store_line *line)
{
	struct sharing *sharing = ctx;
	const char *key = registration_key(sharing->call, line, sharing->default_server);
	const json_t *id = key && line->enabled ? json_object_get(sharing->ids, key) : NULL;

	if (id && json_integer_value(id) != line->id)
		tell_shared(sharing, line, json_integer_value(id));
	return 0;
}

static void remark_nowhere(struct api_call *call, const struct store_line *line)
{
	char memory[256];
	struct buf extension = buf_over(memory, sizeof(memory));

	buf_show(&extension, slice_str(line->extension));
	buf_end(&extension);
	api_remark(call,
	           "extension %s has no server, and there is no default server: it cannot register "
	           "until it has one",
	           memory);
}

struct written {
	struct store_line line;
	int64_t id;
};

struct looped {
	const struct store_line *line;
	bool loops;
};

static int see_loop(void *ctx, const struct store_server *server)
{
	struct looped *looped = ctx;
	const char *calls = looped->line->calls ? looped->line->calls : server->calls;

	looped->loops =
		calls && sip_uri_leads_to(slice_str(calls), slice_str(looped->line->extension),
	                                  slice_str(server->domain));
	return 0;
}

static void tell_loop(struct api_call *call, const struct store_line *line)
{
	char memory[256];
	struct buf extension = buf_over(memory, sizeof(memory));

	buf_show(&extension, slice_str(line->extension));
	buf_end(&extension);
	api_remark(call,
	           "calls of extension %s are sent on to its own address: they come back to it "
	           "without end",
	           memory);
}

/* A call that is sent on to the line itself comes to it again, and again. */
static void remark_loop(struct api_call *call, const struct store_line *line, int64_t server)
{
	struct looped looped = { .line = line };

	(void)store_servers(call->store, server, see_loop, &looped);
	if (looped.loops)
		tell_loop(call, line);
}

/* The lines of a server whose calls it now sends on to themselves. */
struct looping {
	struct api_call *call;
	const struct store_server *server;
	unsigned told;
};

static int look_for_loop(void *ctx, const struct store_line *line)
{
	struct looping *looping = ctx;
	struct looped looped = { .line = line };

	if (!line->enabled || line->calls)
		return 0;
	see_loop(&looped, looping->server);
	if (!looped.loops)
		return 0;
	tell_loop(looping->call, line);
	return ++looping->told == LOOPS_TOLD;
}

void api_server_remark(struct api_call *call, const json_t *input,
                       const struct store_server *server, int64_t id)
{
	const struct store_lines_of of = { .server = id };
	struct looping looping = { .call = call, .server = server };
	struct sip_uri uri;

	if (!json_object_get(input, "calls") && !json_object_get(input, "domain"))
		return;
	/* Most addresses are elsewhere, and no line need be looked at. */
	if (server->calls && sip_uri_parse(slice_str(server->calls), &uri) == PARSE_OK &&
	    sip_uri_leads_to(slice_str(server->calls), uri.user, slice_str(server->domain)))
		(void)store_lines(call->store, &of, look_for_loop, &looping);
}

/* Remarks are told, not answered for: what goes wrong here changes nothing. */
static void remark_lines(struct api_call *call, const struct written *lines, size_t n)
{
	struct sharing sharing = { .call = call, .ids = json_object() };
	const struct store_lines_of all = { 0 };
	struct store_general general;

	if (!sharing.ids || store_general_get(call->store, &general) != 0)
		n = 0;
	else
		sharing.default_server = general.default_server;
	for (size_t i = 0; i < n; i++) {
		const char *key = registration_key(call, &lines[i].line, sharing.default_server);

		int64_t server =
			lines[i].line.server ? lines[i].line.server : sharing.default_server;

		if (!lines[i].line.enabled || !key)
			continue;
		if (!server) {
			remark_nowhere(call, &lines[i].line);
			continue;
		}
		remark_loop(call, &lines[i].line, server);
		if (!json_object_get(sharing.ids, key))
			json_object_set_new(sharing.ids, key, json_integer(lines[i].id));
	}
	if (n && json_object_size(sharing.ids))
		store_lines(call->store, &all, hold_to, &sharing);
	json_decref(sharing.ids);
}

/* A change of what a line is called has nothing to do with its registration. */
static bool concerns_registration(const json_t *input)
{
	static const char *const members[] = { "extension", "server",  "register", "auth_user",
		                               "password",  "contact", "calls" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(input, members[i]))
			return true;
	return false;
}

void api_line_remark(struct api_call *call, const json_t *input, const struct store_line *line,
                     int64_t id)
{
	const struct written written = { *line, id };

	if (concerns_registration(input))
		remark_lines(call, &written, 1);
}

/* ---- adding */

/* Within a change: one line, with its audit. */
static int add(struct api_call *call, const json_t *input, struct written *written)
{
	union api_row row;
	struct store_audit audit;
	int err;

	api_row_fallback(&api_line_table, &row);
	err = api_edit_write(call, &api_line_table, API_ALL, input, &row, &written->id);
	if (err)
		return err;
	written->line = row.line;
	written->line.password = NULL;
	audit = api_change_audit(call, "line.add",
	                         api_edit_object(call, &api_line_table, &row, written->id),
	                         api_row_detail(call, &api_line_table, NULL, &row));
	return store_audit_write(call->store, &audit);
}

static int add_all(struct api_call *call, const json_t *rows, bool is_list, struct written *written)
{
	const json_t *input;
	int err = 0;
	size_t i;

	json_array_foreach(rows, i, input)
	{
		call->in_list = is_list;
		call->index = (uint32_t)i;
		err = add(call, input, &written[i]);
		if (err)
			break;
	}
	if (!err)
		call->in_list = false;
	return err;
}

static void answer_all(struct api_call *call, const struct written *written, size_t n)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	json_open_array(json, "lines");
	for (size_t i = 0; i < n; i++) {
		union api_row row;

		if (!api_row_read(call, &api_line_table, written[i].id, &row))
			return;
		json_open_object(json, NULL);
		api_row_put(json, &api_line_table, &row);
		json_close_object(json);
		api_flush(call);
	}
	json_close_array(json);
	api_remarks_put(call);
	json_close_object(json);
}

void api_line_create(struct api_call *call)
{
	bool is_list;
	json_t *rows = api_row_inputs(call, &api_line_table, &is_list);
	size_t n = json_array_size(rows);
	struct written *written = rows ? calloc(n + 1, sizeof(*written)) : NULL;
	int err;

	if (rows && !written)
		api_refuse_store(call, -ENOMEM, NULL);
	if (written && api_change_begin(call)) {
		err = add_all(call, rows, is_list, written);
		if (api_change_commit(call, err)) {
			call->status = 201;
			remark_lines(call, written, n);
			if (is_list)
				answer_all(call, written, n);
			else
				api_row_answer(call, &api_line_table, written[0].id);
		}
	}
	free(written);
	api_input_free(rows);
}
