/* api/edit.c: the settings changed, row by row (api/row.c), each change in one transaction with its
 * audit (api/change.c); and what is done with a line. Adding lines is in api/lines.c. */
#include <errno.h>

#include "api/own.h"
#include "api/routes.h"

const char *api_edit_object(struct api_call *call, const struct api_table *table,
                            const union api_row *row, int64_t id)
{
	switch (table->mapping) {
	case CONFIG_GENERAL:
		return "general settings";
	case CONFIG_SERVERS:
		if (!row->server.name && row->server.port)
			return api_arena_format(&call->arena, "server \"%s:%u\"",
			                        row->server.domain, row->server.port);
		return api_arena_format(&call->arena, "server \"%s\"",
		                        row->server.name ? row->server.name : row->server.domain);
	case CONFIG_STUDIOS:
		return api_arena_format(&call->arena, "studio \"%s\"", row->studio.name);
	case CONFIG_LINES:
		return api_arena_format(&call->arena, "studio %lld line %u (id %lld)",
		                        (long long)row->line.studio, row->line.number,
		                        (long long)id);
	case CONFIG_FILE:
	case CONFIG_MAPPING_COUNT:
		break;
	}
	return "";
}

static int put_row(struct store *store, const struct api_table *table, const union api_row *row,
                   int64_t *ret_id)
{
	switch (table->mapping) {
	case CONFIG_GENERAL:
		*ret_id = 0;
		return store_general_set(store, &row->general);
	case CONFIG_SERVERS:
		return store_server_put(store, &row->server, ret_id);
	case CONFIG_STUDIOS:
		return store_studio_put(store, &row->studio, ret_id);
	case CONFIG_LINES:
		return store_line_put(store, &row->line, ret_id);
	case CONFIG_FILE:
	case CONFIG_MAPPING_COUNT:
		break;
	}
	return -EINVAL;
}

/* What the store refuses beside values is a studio that is not there. */
static void explain_put(struct api_call *call, const struct api_table *table, int err)
{
	if (table->mapping == CONFIG_LINES && err == -ENOENT)
		api_refuse(call, 400, "bad-value", "studio", "%s", store_error(call->store));
	else
		api_refuse_store(call, err,
		                 table->mapping == CONFIG_LINES && err == -EEXIST ? "number"
		                                                                  : NULL);
}

int api_edit_write(struct api_call *call, const struct api_table *table, enum api_given given,
                   const json_t *input, union api_row *row, int64_t *ret_id)
{
	int err;

	if (!api_row_take(call, table, given, input, row))
		return -EINVAL;
	err = table->mapping == CONFIG_LINES ? api_line_number(call, &row->line) : 0;
	if (!err)
		err = put_row(call->store, table, row, ret_id);
	if (err)
		explain_put(call, table, err);
	return err;
}

/* Within a change, which it ends: the body's members into row, and that into the store. */
static bool write_row(struct api_call *call, const struct api_table *table, enum api_given given,
                      const char *what, const union api_row *before, union api_row *row,
                      int64_t *ret_id)
{
	json_t *input = api_row_input(call, table);
	int err = input ? api_edit_write(call, table, given, input, row, ret_id) : -EINVAL;
	bool done;

	done = api_change_end(call, err, what,
	                      err ? "" : api_edit_object(call, table, row, *ret_id),
	                      err ? NULL : api_row_detail(call, table, before, row));
	if (done && table->mapping == CONFIG_LINES)
		api_line_remark(call, input, &row->line, *ret_id);
	if (done && table->mapping == CONFIG_SERVERS)
		api_server_remark(call, input, &row->server, *ret_id);
	api_input_free(input);
	return done;
}

static void create(struct api_call *call, const struct api_table *table, const char *what)
{
	union api_row row;
	int64_t id = 0;

	api_row_fallback(table, &row);
	if (!api_change_begin(call))
		return;
	if (!write_row(call, table, API_ALL, what, NULL, &row, &id))
		return;
	call->status = 201;
	api_row_answer(call, table, id);
}

static void change(struct api_call *call, const struct api_table *table, const char *what)
{
	union api_row before, row;
	int64_t id = call->parts.id;

	if (!api_change_begin(call))
		return;
	if (!api_row_read(call, table, id, &before)) {
		store_rollback(call->store);
		return;
	}
	row = before;
	if (write_row(call, table, API_SOME, what, &before, &row, &id))
		api_row_answer(call, table, id);
}

static void remove_row(struct api_call *call, const struct api_table *table, const char *what,
                       int (*remove)(struct store *store, int64_t id))
{
	union api_row row;
	int err;

	if (!api_change_begin(call))
		return;
	if (!api_row_read(call, table, call->parts.id, &row)) {
		store_rollback(call->store);
		return;
	}
	err = remove(call->store, call->parts.id);
	if (api_change_end(call, err, what, api_edit_object(call, table, &row, call->parts.id),
	                   NULL))
		call->status = 204;
}

void api_general_change(struct api_call *call)
{
	change(call, &api_general_table, "general.set");
}

void api_server_create(struct api_call *call)
{
	create(call, &api_server_table, "server.add");
}

void api_server_change(struct api_call *call)
{
	change(call, &api_server_table, "server.set");
}

void api_server_remove(struct api_call *call)
{
	remove_row(call, &api_server_table, "server.remove", store_server_remove);
}

void api_studio_create(struct api_call *call)
{
	create(call, &api_studio_table, "studio.add");
}

void api_studio_change(struct api_call *call)
{
	change(call, &api_studio_table, "studio.set");
}

void api_studio_remove(struct api_call *call)
{
	remove_row(call, &api_studio_table, "studio.remove", store_studio_remove);
}

void api_line_change(struct api_call *call)
{
	change(call, &api_line_table, "line.set");
}

void api_line_remove(struct api_call *call)
{
	remove_row(call, &api_line_table, "line.remove", store_line_remove);
}

/* ---- actions on a line */

static void act(struct api_call *call, const char *what,
                int (*action)(struct agent *agent, int64_t line))
{
	union api_row row;
	int err;

	if (!api_change_begin(call))
		return;
	if (!api_row_read(call, &api_line_table, call->parts.id, &row)) {
		store_rollback(call->store);
		return;
	}
	err = action(call->api->agent, call->parts.id);
	if (err == -ENOENT)
		api_refuse_early(call);
	else if (err == -EPERM)
		api_refuse(call, 409, "not-registered", NULL,
		           "this line is not to be registered, or cannot be: its status says why");
	if (api_change_end(call, err, what,
	                   api_edit_object(call, &api_line_table, &row, call->parts.id), NULL))
		call->status = 204;
}

void api_line_register(struct api_call *call)
{
	act(call, "line.register", agent_register_now);
}

void api_line_unregister(struct api_call *call)
{
	act(call, "line.unregister", agent_unregister);
}
