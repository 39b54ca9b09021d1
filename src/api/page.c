/* api/page.c: what is seen without a login: a plain page that says what this is, and the two
 * answers for whoever watches over the process. */
#include "api/own.h"
#include "api/routes.h"

static const char page[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>Lineup</title>\n"
	"<h1>Lineup</h1>\n"
	"<p>This is the daemon that keeps the phone lines of this place registered.</p>\n"
	"<p>On its machine, as its user, the command line shows and changes them:</p>\n"
	"<pre>lineup status\nlineup watch\nlineup log -f\nlineup --help</pre>\n"
	"<p>Programs use the API under <code>/api/v1</code> with a token, which\n"
	"<code>POST /api/v1/tokens</code> makes. The first login is made by whoever has the\n"
	"address that the daemon printed when it started, or by\n"
	"<code>lineup login add NAME</code>.</p>\n"
	"</html>\n";

void api_page_get(struct api_call *call)
{
	call->type = "text/html; charset=utf-8";
	api_spool_put(call, slice_of(page, sizeof(page) - 1));
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
