/* api/admit.c: whether a request may be made at all. All of it is decided from its head, before a
 * byte of its body is kept: framing that two programs could read in two ways is refused, then what
 * comes from a foreign page, then who has no right to it, then what is too large. */
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "api/own.h"
#include "base/hash.h"
#include "base/num.h"

/* ---- framing */

struct heads {
	unsigned host, length, coding;
	const char *length_value, *coding_value, *host_value;
};

static enum MHD_Result look_at_head(void *ctx, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
	struct heads *heads = ctx;

	(void)kind;
	if (strcasecmp(name, "Host") == 0) {
		heads->host++;
		heads->host_value = value;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		heads->length++;
		heads->length_value = value;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		heads->coding++;
		heads->coding_value = value;
	}
	return MHD_YES;
}

static bool framing_holds(struct api_call *call, const struct heads *heads)
{
	if (heads->host > 1 || heads->length > 1 || heads->coding > 1)
		api_refuse(call, 400, "framing", NULL,
		           "Host, Content-Length or Transfer-Encoding is there twice");
	else if (heads->length && heads->coding)
		api_refuse(call, 400, "framing", NULL,
		           "Content-Length and Transfer-Encoding exclude each other");
	else if (heads->coding && strcasecmp(heads->coding_value, "chunked") != 0)
		api_refuse(call, 501, "framing", "Transfer-Encoding",
		           "of transfer codings only \"chunked\" is known");
	else
		return true;
	/* Where the next request begins nobody knows. */
	call->closes = true;
	return false;
}

/* ---- from where */

static bool host_holds(struct api_call *call, const struct heads *heads)
{
	struct slice authority = slice_present(call->target.authority)
	                                 ? call->target.authority
	                                 : slice_str(heads->host_value);

	if (call->conn->local ||
	    (slice_present(authority) &&
	     api_target_is_us(authority, slice_str(call->conn->here), call->api->hosts)))
		return true;
	api_refuse(call, 421, "host", "Host",
	           "this server is not known by that name; lineup serve --http-host adds names");
	return false;
}

static bool refuse_foreign(struct api_call *call, const char *header)
{
	api_refuse(call, 403, "foreign", header, "a page of another site asks for this");
	return false;
}

static bool origin_holds(struct api_call *call, const struct heads *heads)
{
	const char *origin = MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Origin");
	const char *site =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Sec-Fetch-Site");
	struct slice authority = slice_present(call->target.authority)
	                                 ? call->target.authority
	                                 : slice_str(heads->host_value);

	if (origin &&
	    (!authority.n || !api_target_same_origin(slice_str(origin), authority, &call->tls)))
		return refuse_foreign(call, "Origin");
	if (site && call->route->ways != API_PAGE && strcasecmp(site, "same-origin") != 0 &&
	    strcasecmp(site, "none") != 0)
		return refuse_foreign(call, "Sec-Fetch-Site");
	return true;
}

/* ---- to where */

static bool target_holds(struct api_call *call)
{
	char memory[160];
	struct buf why = buf_over(memory, sizeof(memory));
	const char *uri = call->conn->uri;
	int err = uri ? api_target_parse(slice_str(uri), &call->target, &why) : -ENAMETOOLONG;

	if (!err)
		return true;
	buf_end(&why);
	if (err == -ENAMETOOLONG)
		api_refuse(call, 414, "target", NULL, "the path and query are too long");
	else
		api_refuse(call, 400, "target", NULL, "%s", memory);
	return false;
}

static bool route_holds(struct api_call *call, const char *method)
{
	struct slice word = slice_str(method);

	/* MHD leaves the body of its answer out. */
	if (strcmp(method, "HEAD") == 0) {
		call->head = true;
		word = SLICE("GET");
	}
	switch (api_route_find(word, call->target.path, &call->route, &call->parts, call->allow)) {
	case API_FOUND:
		return true;
	case API_NOWHERE:
		api_refuse(call, 404, "nowhere", NULL, "there is nothing at this path");
		return false;
	case API_OTHER_METHOD:
		api_refuse(call, 405, "method", NULL, "this path takes %s", call->allow);
		return false;
	}
	return false;
}

static bool one_of(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (struct slice rest = slice_str(words ? words : ""); rest.n;) {
		size_t end = slice_find(rest, ' ');

		if (end == n && memcmp(rest.p, word, n) == 0)
			return true;
		rest = slice_from(rest, end < rest.n ? end + 1 : end);
	}
	return false;
}

static bool query_holds(struct api_call *call)
{
	for (unsigned i = 0; i < call->target.param_count; i++) {
		const char *name = call->target.params[i].name;
		char memory[128];
		struct buf shown = buf_over(memory, sizeof(memory));

		if (call->route->ways == API_PAGE || one_of(call->route->query, name))
			continue;
		buf_show(&shown, slice_of(name, strnlen(name, 30)));
		buf_end(&shown);
		api_refuse(call, 400, "unknown-parameter", memory,
		           "there is no parameter \"%s\" here", memory);
		return false;
	}
	return true;
}

/* ---- with what */

static bool type_is(const char *given, const char *wanted)
{
	size_t n = strcspn(given, "; \t");

	return n == strlen(wanted) && strncasecmp(given, wanted, n) == 0;
}

static bool type_holds(struct api_call *call, bool has_body)
{
	static const char *const types[][4] = {
		[API_JSON] = { "application/json" },
		[API_JSON_OR_NOTHING] = { "application/json" },
		[API_JSON_FILE] = { "application/json" },
		[API_YAML] = { "application/yaml", "application/x-yaml", "text/yaml" },
		[API_CSV] = { "text/csv" },
	};
	const char *given =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Content-Type");
	const char *const *wanted = types[call->route->body];

	if (call->route->body == API_NO_BODY && has_body) {
		api_refuse(call, 400, "body", NULL, "this request has no body");
		return false;
	}
	if (call->route->body == API_NO_BODY ||
	    (call->route->body == API_JSON_OR_NOTHING && !has_body))
		return true;
	for (unsigned i = 0; given && i < 4 && wanted[i]; i++)
		if (type_is(given, wanted[i]))
			return true;
	api_refuse(call, 415, "type", "Content-Type", "the body must be %s", wanted[0]);
	return false;
}

static bool is_file(const struct api_route *route)
{
	return route->body == API_YAML || route->body == API_CSV || route->body == API_JSON_FILE;
}

static bool size_holds(struct api_call *call, const struct heads *heads)
{
	uint64_t length = 0;

	call->body_max = is_file(call->route) ? API_FILE_MAX : API_BODY_MAX;
	if (heads->length && num_u64(slice_str(heads->length_value), UINT64_MAX, &length) < 0)
		api_refuse(call, 400, "framing", "Content-Length", "the length is no number");
	else if (length > call->body_max)
		api_refuse(call, 413, "size", NULL, "the body is larger than %zu bytes",
		           call->body_max);
	else
		return true;
	call->closes = true;
	return false;
}

/* ---- how often */

static uint64_t address_of(struct api_call *call)
{
	static const struct hash_key key = { 0, 0 }; /* of a table of ours: no secret */
	char memory[64];
	struct slice part = api_limiter_part(slice_str(call->conn->peer), memory);

	return hash_bytes(&key, part.p, part.n);
}

static bool rate_holds(struct api_call *call)
{
	uint64_t wait_ms;

	if (call->route->ways != API_GUESSED || call->conn->local)
		return true;
	wait_ms =
		api_limiter_take(&call->api->limiter, address_of(call), net_now_ms(call->api->net));
	if (!wait_ms)
		return true;
	call->retry_s = (unsigned)(wait_ms / 1000 + 1);
	api_refuse(call, 429, "rate", NULL, "too many tries: wait %u s", call->retry_s);
	return false;
}

void api_admit_give(struct api_call *call)
{
	if (call->route && call->route->ways == API_GUESSED && !call->conn->local)
		api_limiter_give(&call->api->limiter, address_of(call));
}

static bool all_hold(struct api_call *call, const char *method, const char *version,
                     const struct heads *heads, bool has_body)
{
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
		call->closes = true;
		api_refuse(call, 505, "version", NULL,
		           "only HTTP/1.0 and HTTP/1.1 are spoken here");
		return false;
	}
	return framing_holds(call, heads) && target_holds(call) && host_holds(call, heads) &&
	       route_holds(call, method) && origin_holds(call, heads) && api_access(call) &&
	       query_holds(call) && type_holds(call, has_body) && size_holds(call, heads) &&
	       rate_holds(call);
}

void api_admit(struct api_call *call, const char *method, const char *version)
{
	struct heads heads = { 0 };
	uint64_t length = 0;
	bool has_body;

	MHD_get_connection_values(call->http, MHD_HEADER_KIND, look_at_head, &heads);
	if (heads.length)
		num_u64(slice_str(heads.length_value), UINT64_MAX, &length);
	has_body = heads.coding || length > 0;
	if (all_hold(call, method, version, &heads, has_body)) {
		call->phase = API_READS;
		return;
	}
	/* A body that was not read would be taken for the next request. Where it is short it is
	 * read and thrown away, so that the answer reaches a client that sends before it listens.
	 */
	if (heads.coding || length > API_SKIPPED_MAX)
		call->closes = true;
	call->body_max = API_SKIPPED_MAX;
	call->phase = call->closes ? API_ANSWERED : API_SKIPS;
}
