/* api/routes.c: all there is, one row each. Dispatch, the answer to a wrong method, who may do it,
 * what it takes, and the test that compares this with docs/openapi.yaml go by these rows. */
#include "api/routes.h"

#include <stdio.h>

#include "base/num.h"

#define V1 "/api/v1"

static const struct api_route routes[] = {
	{ "GET", "/", API_ANYBODY, api_page_get, "The page", .ways = API_PAGE },
	{ "GET", "/assets/{word}", API_ANYBODY, api_asset_get, "A part of the page" },
	{ "GET", "/healthz", API_ANYBODY, api_healthz, "Whether the process answers" },
	{ "GET", "/readyz", API_ANYBODY, api_readyz, "Whether the settings can be read" },
	{ "GET", "/metrics", API_VIEWER, api_metrics, "Numbers for Prometheus",
	  .where = API_WORKER },

	{ "GET", V1 "/version", API_VIEWER, api_version_get, "The version that runs" },
	{ "GET", V1 "/system", API_VIEWER, api_system_get, "How the daemon itself is",
	  .where = API_WORKER },
	{ "GET", V1 "/status", API_VIEWER, api_status, "What the lines do, and how many",
	  .where = API_WORKER, .query = "studio server line state cause text offset limit" },
	{ "GET", V1 "/causes", API_VIEWER, api_causes_list, "The causes that are known" },
	{ "GET", V1 "/causes/{word}", API_VIEWER, api_cause_get, "What a cause means" },
	{ "GET", V1 "/log", API_VIEWER, api_log_list, "The last events", .where = API_WORKER,
	  .query = "after line kind limit" },
	{ "GET", V1 "/events", API_VIEWER, api_events, "Events as they come (server-sent events)",
	  .query = "after line" },

	{ "GET", V1 "/general", API_VIEWER, api_general_get, "The general settings",
	  .where = API_WORKER },
	{ "PATCH", V1 "/general", API_ADMIN, api_general_change, "Changes the general settings",
	  API_WORKER, API_JSON },
	{ "GET", V1 "/servers", API_VIEWER, api_servers_list, "The servers", .where = API_WORKER,
	  .query = "offset limit" },
	{ "POST", V1 "/servers", API_ADMIN, api_server_create, "Adds a server", API_WORKER,
	  API_JSON },
	{ "GET", V1 "/servers/{id}", API_VIEWER, api_server_get, "A server", .where = API_WORKER },
	{ "PATCH", V1 "/servers/{id}", API_ADMIN, api_server_change, "Changes a server", API_WORKER,
	  API_JSON },
	{ "DELETE", V1 "/servers/{id}", API_ADMIN, api_server_remove,
	  "Removes a server that no line uses", .where = API_WORKER },
	{ "GET", V1 "/profiles", API_VIEWER, api_profiles_list,
	  "What known PBXs and providers want" },
	{ "GET", V1 "/studios", API_VIEWER, api_studios_list, "The studios", .where = API_WORKER,
	  .query = "offset limit" },
	{ "POST", V1 "/studios", API_ADMIN, api_studio_create, "Adds a studio", API_WORKER,
	  API_JSON },
	{ "GET", V1 "/studios/{id}", API_VIEWER, api_studio_get, "A studio", .where = API_WORKER },
	{ "PATCH", V1 "/studios/{id}", API_ADMIN, api_studio_change, "Changes a studio", API_WORKER,
	  API_JSON },
	{ "DELETE", V1 "/studios/{id}", API_ADMIN, api_studio_remove,
	  "Removes a studio with its lines", .where = API_WORKER },
	{ "GET", V1 "/lines", API_VIEWER, api_lines_list, "The settings of the lines",
	  .where = API_WORKER, .query = "studio server offset limit" },
	{ "POST", V1 "/lines", API_ADMIN, api_line_create, "Adds a line, or several", API_WORKER,
	  API_JSON },
	{ "GET", V1 "/lines/{id}", API_VIEWER, api_line_get, "The settings of a line",
	  .where = API_WORKER },
	{ "PATCH", V1 "/lines/{id}", API_ADMIN, api_line_change, "Changes a line", API_WORKER,
	  API_JSON },
	{ "DELETE", V1 "/lines/{id}", API_ADMIN, api_line_remove, "Removes a line",
	  .where = API_WORKER },
	{ "GET", V1 "/lines/{id}/status", API_VIEWER, api_line_status,
	  "What a line does, with its cause explained", .where = API_WORKER },
	{ "GET", V1 "/lines/{id}/steps", API_VIEWER, api_line_steps,
	  "The messages of a line's last attempts", .where = API_WORKER },
	{ "GET", V1 "/lines/{id}/history", API_VIEWER, api_line_history,
	  "The changes of a line's state", .where = API_WORKER, .query = "from limit" },
	{ "GET", V1 "/lines/{id}/uptime", API_VIEWER, api_line_uptime,
	  "For how long a line was registered", .where = API_WORKER, .query = "from to" },
	{ "POST", V1 "/lines/{id}/register", API_OPERATOR, api_line_register,
	  "Registers a line now", API_WORKER, API_JSON_OR_NOTHING },
	{ "POST", V1 "/lines/{id}/unregister", API_OPERATOR, api_line_unregister,
	  "Takes a line down until it is registered by hand", API_WORKER, API_JSON_OR_NOTHING },
	{ "POST", V1 "/lines/{id}/check", API_OPERATOR, api_line_check,
	  "Begins to find out why a line does not register", API_FRONT, API_JSON_OR_NOTHING },
	{ "GET", V1 "/checks/{id}", API_VIEWER, api_check_get, "What a check has found" },

	{ "POST", V1 "/apply", API_ADMIN, api_apply, "Makes the settings those of studio.yaml",
	  API_WORKER, API_YAML, .query = "dry_run as_of" },
	{ "GET", V1 "/export", API_VIEWER, api_export, "The settings as studio.yaml",
	  .where = API_WORKER },
	{ "POST", V1 "/import", API_ADMIN, api_import, "Adds and changes lines by a CSV file",
	  API_WORKER, API_CSV, .query = "dry_run as_of" },
	{ "POST", V1 "/backup", API_ADMIN, api_backup,
	  "The settings as a file, with passwords where it is sealed", API_WORKER, API_JSON },
	{ "POST", V1 "/restore", API_ADMIN, api_restore, "Makes the settings those of a backup",
	  API_WORKER, API_JSON_FILE, .query = "dry_run as_of" },

	{ "POST", V1 "/setup", API_ANYBODY, api_setup, "Makes the first login", API_WORKER,
	  API_JSON, API_GUESSED },
	{ "POST", V1 "/session", API_ANYBODY, api_session_create, "Logs in", API_WORKER, API_JSON,
	  API_GUESSED },
	{ "GET", V1 "/session", API_VIEWER, api_session_get, "Who is logged in" },
	{ "PATCH", V1 "/session", API_VIEWER, api_session_password, "Changes one's own password",
	  API_WORKER, API_JSON, API_GUESSED },
	{ "DELETE", V1 "/session", API_VIEWER, api_session_end, "Logs out", .where = API_WORKER },
	{ "GET", V1 "/logins", API_ADMIN, api_logins_list, "The logins", .where = API_WORKER },
	{ "POST", V1 "/logins", API_ADMIN, api_login_create, "Adds a login", API_WORKER, API_JSON },
	{ "GET", V1 "/logins/{id}", API_ADMIN, api_login_get, "A login", .where = API_WORKER },
	{ "PATCH", V1 "/logins/{id}", API_ADMIN, api_login_change,
	  "Changes the password or the role of a login", API_WORKER, API_JSON },
	{ "DELETE", V1 "/logins/{id}", API_ADMIN, api_login_remove,
	  "Removes a login with its sessions and tokens", .where = API_WORKER },
	{ "GET", V1 "/tokens", API_VIEWER, api_tokens_list, "Sessions and API tokens",
	  .where = API_WORKER },
	{ "POST", V1 "/tokens", API_VIEWER, api_token_create, "Makes an API token", API_WORKER,
	  API_JSON },
	{ "DELETE", V1 "/tokens/{id}", API_VIEWER, api_token_remove, "Ends a session or token",
	  .where = API_WORKER },
	{ "GET", V1 "/audit", API_ADMIN, api_audit_list, "Who changed what", .where = API_WORKER,
	  .query = "before limit" },
};

#define COUNT (sizeof(routes) / sizeof(routes[0]))

/* ---- finding one */

static bool take_part(struct slice pattern, struct slice part, struct api_parts *parts)
{
	uint64_t id;

	if (slice_equal(pattern, SLICE("{id}"))) {
		if (num_u64(part, INT64_MAX, &id) < 0 || id == 0 || part.p[0] == '0')
			return false;
		parts->id = (int64_t)id;
		return true;
	}
	if (slice_equal(pattern, SLICE("{word}"))) {
		if (part.n == 0 || part.n >= sizeof(parts->word))
			return false;
		memcpy(parts->word, part.p, part.n);
		parts->word[part.n] = '\0';
		return true;
	}
	return slice_equal(pattern, part);
}

static bool matches(const char *pattern, struct slice path, struct api_parts *parts)
{
	struct slice rest = slice_str(pattern);

	for (;;) {
		size_t a = slice_find(rest, '/'), b = slice_find(path, '/');

		if (!take_part(slice_of(rest.p, a), slice_of(path.p, b), parts))
			return false;
		if (a == rest.n || b == path.n)
			return a == rest.n && b == path.n;
		rest = slice_from(rest, a + 1);
		path = slice_from(path, b + 1);
	}
}

enum api_find api_route_find(struct slice method, struct slice path,
                             const struct api_route **ret_route, struct api_parts *ret_parts,
                             char ret_allow[API_ALLOW_MAX])
{
	char memory[API_ALLOW_MAX];
	struct buf allow = buf_over(memory, sizeof(memory));

	for (size_t i = 0; i < COUNT; i++) {
		struct api_parts parts = { .id = 0 };

		if (!matches(routes[i].path, path, &parts))
			continue;
		if (slice_equal(method, slice_str(routes[i].method))) {
			*ret_route = &routes[i];
			*ret_parts = parts;
			return API_FOUND;
		}
		buf_str(&allow, allow.n ? ", " : "");
		buf_str(&allow, routes[i].method);
		if (routes[i].method[0] == 'G')
			buf_str(&allow, ", HEAD");
	}
	if (!allow.n)
		return API_NOWHERE;
	buf_end(&allow);
	memcpy(ret_allow, memory, allow.n + 1);
	return API_OTHER_METHOD;
}

/* ---- telling about them */

const struct api_route *api_route_at(size_t index)
{
	return index < COUNT ? &routes[index] : NULL;
}

const char *api_route_method(const struct api_route *route)
{
	return route->method;
}

const char *api_route_path(const struct api_route *route)
{
	return route->path;
}

const char *api_route_role(const struct api_route *route)
{
	return api_role_name(route->role);
}

const char *api_route_summary(const struct api_route *route)
{
	return route->summary;
}

const char *api_route_query(const struct api_route *route)
{
	return route->query ? route->query : "";
}
