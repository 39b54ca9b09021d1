/* api/page.c: what is seen without a login: the page, whose files are part of the program, and the
 * two answers for whoever watches over the process.
 *
 * The document names the other files by what is in them, so that a browser asks for those once and
 * for the document each time. They are stored packed, and are sent so to everybody: whoever runs
 * them can unpack them. */
#include "api/own.h"
#include "api/routes.h"
#include "api/web.h"

static bool is_known(const struct api_call *call, const struct api_web_file *file)
{
	const char *tags =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "If-None-Match");

	return tags && strstr(tags, file->tag);
}

static void send_file(struct api_call *call, const struct api_web_file *file, const char *cache)
{
	call->tag = file->tag;
	call->cache = cache;
	if (is_known(call, file)) {
		call->status = MHD_HTTP_NOT_MODIFIED;
		return;
	}
	call->type = file->type;
	call->encoding = file->encoding;
	api_spool_put(call, slice_of(file->bytes, (size_t)(file->end - file->bytes)));
}

void api_page_get(struct api_call *call)
{
	send_file(call, &api_web_files[0], "no-cache");
}

void api_asset_get(struct api_call *call)
{
	for (const struct api_web_file *file = &api_web_files[1]; file->name; file++)
		if (strcmp(file->name, call->parts.word) == 0) {
			send_file(call, file, "public, max-age=31536000, immutable");
			return;
		}
	api_refuse(call, 404, "not-found", NULL,
	           "there is no such file; load the page again, it may be of an older version");
}

void api_healthz(struct api_call *call)
{
	call->type = "text/plain";
	api_spool_put(call, SLICE("ok\n"));
}

/* The settings can be read. */
void api_readyz(struct api_call *call)
{
	struct store_general general;

	if (store_general_get(call->store, &general) == 0) {
		api_healthz(call);
		return;
	}
	call->status = 503;
	call->type = "text/plain";
	api_spool_put(call, SLICE("the store cannot be read\n"));
}

void api_version_get(struct api_call *call)
{
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_text(json, "version", call->api->version);
	api_put_text(json, "api", "v1");
	json_close_object(json);
}
