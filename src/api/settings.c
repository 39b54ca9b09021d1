/* api/settings.c: the general settings, servers, studios and lines, read by rows (api/row.c). */
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

bool api_row_read(struct api_call *call, const struct api_table *table, int64_t id, void *ret_row)
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

/* What is allowed, and worth a second look. */
static void remark_lacks(struct api_call *call, const struct store_server *server)
{
	for (unsigned n = 0; n < CONFIG_SERVER_LACKS; n++) {
		char memory[CONFIG_LACK_BYTES];
		struct buf text = buf_over(memory, sizeof(memory));

		if (config_server_lacks(server, n, &text) && buf_end(&text) == 0)
			api_remark(call, "%s", memory);
	}
}

void api_row_answer(struct api_call *call, const struct api_table *table, int64_t id)
{
	struct json *json;
	union api_row row;

	if (!api_row_read(call, table, id, &row))
		return;
	json = api_out(call);
	json_open_object(json, NULL);
	api_row_put(json, table, &row);
	if (table->mapping == CONFIG_SERVERS)
		remark_lacks(call, &row.server);
	api_remarks_put(call);
	json_close_object(json);
}

void api_general_get(struct api_call *call)
{
	api_row_answer(call, &api_general_table, 0);
}

void api_server_get(struct api_call *call)
{
	api_row_answer(call, &api_server_table, call->parts.id);
}

void api_studio_get(struct api_call *call)
{
	api_row_answer(call, &api_studio_table, call->parts.id);
}

void api_line_get(struct api_call *call)
{
	api_row_answer(call, &api_line_table, call->parts.id);
}
