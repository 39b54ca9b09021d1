/* api/settings.c: the general settings, servers, studios and lines: reading them, and changing them
 * by rows (api/row.c). */
#include <errno.h>
#include <stdio.h>

#include "api/own.h"
#include "api/routes.h"

/* ---- lists: as many rows as were asked for, and how many there are */

struct listing {
	struct api_call *call;
	const struct api_table *table;
	struct api_page page;
	uint32_t seen;
};

static void list_row(struct listing *listing, const void *row)
{
	struct json *json = api_out(listing->call);
	uint32_t rank = listing->seen++;

	if (rank < listing->page.offset || rank - listing->page.offset >= listing->page.limit)
		return;
	json_open_object(json, NULL);
	api_row_put(json, listing->table, row);
	json_close_object(json);
	api_flush(listing->call);
}

static bool list_begin(struct listing *listing, const char *name)
{
	struct json *json = api_out(listing->call);

	if (!api_query_page(listing->call, &listing->page))
		return false;
	json_open_object(json, NULL);
	json_open_array(json, name);
	return true;
}

static void list_end(struct listing *listing, int err)
{
	struct json *json = api_out(listing->call);

	if (err) {
		api_refuse_store(listing->call, err, NULL);
		return;
	}
	json_close_array(json);
	json_put_number(json, "total", listing->seen);
	json_close_object(json);
}

static int list_server(void *ctx, const struct store_server *server)
{
	list_row(ctx, server);
	return 0;
}

static int list_studio(void *ctx, const struct store_studio *studio)
{
	list_row(ctx, studio);
	return 0;
}

static int list_line(void *ctx, const struct store_line *line)
{
	list_row(ctx, line);
	return 0;
}

void api_servers_list(struct api_call *call)
{
	struct listing listing = { .call = call, .table = &api_server_table };

	if (list_begin(&listing, "servers"))
		list_end(&listing, store_servers(call->store, 0, list_server, &listing));
}

void api_studios_list(struct api_call *call)
{
	struct listing listing = { .call = call, .table = &api_studio_table };

	if (list_begin(&listing, "studios"))
		list_end(&listing, store_studios(call->store, 0, list_studio, &listing));
}

void api_lines_list(struct api_call *call)
{
	struct listing listing = { .call = call, .table = &api_line_table };
	struct store_lines_of of = { 0 };
	uint64_t studio, server;

	if (!api_query_number(call, "studio", INT64_MAX, 0, &studio) ||
	    !api_query_number(call, "server", INT64_MAX, 0, &server))
		return;
	of.studio = (int64_t)studio;
	of.server = (int64_t)server;
	if (list_begin(&listing, "lines"))
		list_end(&listing, store_lines(call->store, &of, list_line, &listing));
}

/* ---- one row */

struct found {
	struct api_call *call;
	const struct api_table *table;
	void *row;
	bool found, kept;
};

static void keep_row(struct found *found, const void *row)
{
	found->found = true;
	found->kept = api_row_keep(found->call, found->table, row, found->row);
}

static int found_server(void *ctx, const struct store_server *server)
{
	keep_row(ctx, server);
	return 0;
}

static int found_studio(void *ctx, const struct store_studio *studio)
{
	keep_row(ctx, studio);
	return 0;
}

static int found_line(void *ctx, const struct store_line *line)
{
	keep_row(ctx, line);
	return 0;
}

/* The row of the kind that table has, with that id. False where the call was refused. */
static bool read_row(struct api_call *call, const struct api_table *table, int64_t id,
                     void *ret_row)
{
	struct found found = { .call = call, .table = table, .row = ret_row };
	const struct store_lines_of of = { .id = id };
	int err;

	switch (table->mapping) {
	case CONFIG_SERVERS:
		err = store_servers(call->store, id, found_server, &found);
		break;
	case CONFIG_STUDIOS:
		err = store_studios(call->store, id, found_studio, &found);
		break;
	case CONFIG_LINES:
		err = store_lines(call->store, &of, found_line, &found);
		break;
	case CONFIG_GENERAL:
		err = store_general_get(call->store, ret_row);
		found.found = found.kept = true;
		break;
	case CONFIG_FILE:
	case CONFIG_MAPPING_COUNT:
	default:
		err = -EINVAL;
		break;
	}
	if (err)
		api_refuse_store(call, err, NULL);
	else if (!found.found)
		api_refuse(call, 404, "not-found", NULL, "there is no %s with this id",
		           table->mapping == CONFIG_LINES ? "line" : "such row");
	return !err && found.kept;
}

union row {
	struct store_general general;
	struct store_server server;
	struct store_studio studio;
	struct store_line line;
};

/* What is allowed, and worth a second look. */
static void put_remarks(struct json *json, const struct store_server *server)
{
	json_open_array(json, "remarks");
	for (unsigned n = 0; n < CONFIG_SERVER_LACKS; n++) {
		char memory[CONFIG_LACK_BYTES];
		struct buf text = buf_over(memory, sizeof(memory));

		if (config_server_lacks(server, n, &text))
			json_put_string(json, NULL, buf_slice(&text));
	}
	json_close_array(json);
}

static void answer_row(struct api_call *call, const struct api_table *table, const void *row)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_row_put(json, table, row);
	if (table->mapping == CONFIG_SERVERS)
		put_remarks(json, row);
	json_close_object(json);
}

static void answer_id(struct api_call *call, const struct api_table *table, int64_t id)
{
	union row row;

	if (read_row(call, table, id, &row))
		answer_row(call, table, &row);
}

void api_general_get(struct api_call *call)
{
	answer_id(call, &api_general_table, 0);
}

void api_server_get(struct api_call *call)
{
	answer_id(call, &api_server_table, call->parts.id);
}

void api_studio_get(struct api_call *call)
{
	answer_id(call, &api_studio_table, call->parts.id);
}

void api_line_get(struct api_call *call)
{
	answer_id(call, &api_line_table, call->parts.id);
}

/* ---- changes */

static const char *object_of(struct api_call *call, const struct api_table *table,
                             const union row *row, int64_t id)
{
	switch (table->mapping) {
	case CONFIG_GENERAL:
		return "general settings";
	case CONFIG_SERVERS:
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

static int put_row(struct store *store, const struct api_table *table, const union row *row,
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

/* A line without a number is the next one of its studio. */
static int number_line(struct api_call *call, struct store_line *line)
{
	const struct store_lines_of of = { .studio = line->studio };
	struct highest highest = { 0 };
	int err = line->number ? 0 : store_lines(call->store, &of, take_number, &highest);

	if (!err && !line->number && highest.number < UINT32_MAX)
		line->number = highest.number + 1;
	return err;
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

/* Within a change: body into row into the store. *ret_done: it was committed. */
static bool write_row(struct api_call *call, const struct api_table *table, enum api_given given,
                      const char *what, const union row *before, union row *row, int64_t *ret_id)
{
	json_t *input;
	const char *detail;
	int err;

	if (!api_row_take(call, table, given, row, &input)) {
		store_rollback(call->store);
		return false;
	}
	err = table->mapping == CONFIG_LINES ? number_line(call, &row->line) : 0;
	if (!err)
		err = put_row(call->store, table, row, ret_id);
	if (err)
		explain_put(call, table, err);
	detail = api_row_detail(call, table, before, row);
	api_input_free(input);
	return api_change_end(call, err, what, object_of(call, table, row, *ret_id), detail);
}

static void create(struct api_call *call, const struct api_table *table, const char *what)
{
	union row row;
	int64_t id = 0;

	api_row_fallback(table, &row);
	if (!api_change_begin(call))
		return;
	if (!write_row(call, table, API_ALL, what, NULL, &row, &id))
		return;
	call->status = 201;
	answer_id(call, table, id);
}

static void change(struct api_call *call, const struct api_table *table, const char *what)
{
	union row before, row;
	int64_t id = call->parts.id;

	if (!api_change_begin(call))
		return;
	if (!read_row(call, table, id, &before)) {
		store_rollback(call->store);
		return;
	}
	row = before;
	if (write_row(call, table, API_SOME, what, &before, &row, &id))
		answer_id(call, table, id);
}

static void remove_row(struct api_call *call, const struct api_table *table, const char *what,
                       int (*remove)(struct store *store, int64_t id))
{
	union row row;
	int err;

	if (!api_change_begin(call))
		return;
	if (!read_row(call, table, call->parts.id, &row)) {
		store_rollback(call->store);
		return;
	}
	err = remove(call->store, call->parts.id);
	if (api_change_end(call, err, what, object_of(call, table, &row, call->parts.id), NULL))
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

void api_line_create(struct api_call *call)
{
	create(call, &api_line_table, "line.add");
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
	union row row;
	int err;

	if (!api_change_begin(call))
		return;
	if (!read_row(call, &api_line_table, call->parts.id, &row)) {
		store_rollback(call->store);
		return;
	}
	err = action(call->api->agent, call->parts.id);
	if (err == -ENOENT)
		api_refuse_early(call);
	else if (err == -EPERM)
		api_refuse(call, 409, "not-registered", NULL,
		           "this line is not to be registered, or cannot be: its status says why");
	if (api_change_end(call, err, what, object_of(call, &api_line_table, &row, call->parts.id),
	                   NULL))
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
