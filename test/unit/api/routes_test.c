/* The table of routes: finding one, and that docs/openapi.yaml describes these and no others, with
 * the same roles, summaries and parameters. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <yaml.h>

#include "api/own.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- finding */

static enum api_find find(const char *method, const char *path, struct api_parts *parts,
                          const struct api_route **route, char allow[API_ALLOW_MAX])
{
	return api_route_find(slice_str(method), slice_str(path), route, parts, allow);
}

static void every_route_is_found_by_its_path(void **state)
{
	const struct api_route *route, *found;
	char allow[API_ALLOW_MAX], path[128];

	(void)state;
	for (size_t i = 0; (route = api_route_at(i)); i++) {
		struct buf filled = buf_over(path, sizeof(path));
		struct api_parts parts = { 0 };

		for (const char *at = api_route_path(route); *at; at++) {
			if (*at != '{') {
				buf_char(&filled, *at);
				continue;
			}
			buf_str(&filled, at[1] == 'i' ? "42" : "auth-refused");
			at = strchr(at, '}');
		}
		assert_int_equal(buf_end(&filled), 0);
		assert_int_equal(find(api_route_method(route), path, &parts, &found, allow),
		                 API_FOUND);
		assert_ptr_equal(found, route);
		if (strstr(api_route_path(route), "{id}"))
			assert_int_equal(parts.id, 42);
		if (strstr(api_route_path(route), "{word}"))
			assert_string_equal(parts.word, "auth-refused");
	}
}

static void what_is_no_route_is_nowhere(void **state)
{
	static const char *const paths[] = {
		"/x",
		"/api",
		"/api/v1",
		"/api/v2/status",
		"/api/v1/lines/x",
		"/api/v1/lines/0",
		"/api/v1/lines/01",
		"/api/v1/lines/9223372036854775808",
		"/api/v1/lines/1/",
		"/api/v1/lines/1/x",
		"/api/v1/lines/1/status/x",
		"/api/v1/causes/a-word-of-64-characters-which-is-one-more-than-there-is-room-for-",
	};
	const struct api_route *route;
	struct api_parts parts;
	char allow[API_ALLOW_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(find("GET", paths[i], &parts, &route, allow), API_NOWHERE);
}

static void another_method_is_told_which_there_are(void **state)
{
	const struct api_route *route;
	struct api_parts parts;
	char allow[API_ALLOW_MAX];

	(void)state;
	assert_int_equal(find("PUT", "/api/v1/lines/1", &parts, &route, allow), API_OTHER_METHOD);
	assert_string_equal(allow, "GET, HEAD, PATCH, DELETE");
	assert_int_equal(find("GET", "/api/v1/apply", &parts, &route, allow), API_OTHER_METHOD);
	assert_string_equal(allow, "POST");
	assert_int_equal(find("get", "/", &parts, &route, allow), API_OTHER_METHOD);
	assert_string_equal(allow, "GET, HEAD");
	assert_int_equal(find("PUT", "/api/v1/session", &parts, &route, allow), API_OTHER_METHOD);
	assert_string_equal(allow, "POST, GET, HEAD, PATCH, DELETE");
}

/* A change has a role, and is no GET: that is what the check of foreign pages goes by. */
static void whoever_changes_something_has_a_role(void **state)
{
	static const char *const open[] = { "/",       "/assets/{word}", "/healthz",
		                            "/readyz", "/api/v1/setup",  "/api/v1/session" };
	const struct api_route *route;

	(void)state;
	for (size_t i = 0; (route = api_route_at(i)); i++) {
		bool may = false;

		for (size_t k = 0; k < COUNT(open); k++)
			may = may || strcmp(open[k], route->path) == 0;
		assert_true(may || route->role >= API_VIEWER);
		/* the front has a store that it must only read */
		if (strcmp(route->method, "GET") != 0 && route->where == API_FRONT)
			assert_string_equal(route->path, "/api/v1/lines/{id}/check");
		assert_true(route->body == API_NO_BODY || strcmp(route->method, "GET") != 0);
	}
}

/* ---- the description */

struct description {
	yaml_document_t document;
	yaml_node_t *root;
};

static yaml_node_t *member(struct description *d, yaml_node_t *node, const char *name)
{
	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		if (strcmp((const char *)yaml_document_get_node(&d->document, pair->key)
		                   ->data.scalar.value,
		           name) == 0)
			return yaml_document_get_node(&d->document, pair->value);
	return NULL;
}

static const char *text(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

static int open_description(void **state)
{
	static struct description d;
	FILE *file = fopen(TEST_DATA "/../docs/openapi.yaml", "r");
	yaml_parser_t parser;

	assert_non_null(file);
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, file);
	assert_true(yaml_parser_load(&parser, &d.document));
	d.root = yaml_document_get_root_node(&d.document);
	yaml_parser_delete(&parser);
	fclose(file);
	*state = &d;
	return 0;
}

static int close_description(void **state)
{
	struct description *d = *state;

	yaml_document_delete(&d->document);
	return 0;
}

static yaml_node_t *operation_of(struct description *d, const struct api_route *route)
{
	char method[16];
	size_t n = strlen(route->method);

	assert_true(n < sizeof(method));
	for (size_t i = 0; i <= n; i++)
		method[i] = (char)(route->method[i] | (i < n ? 0x20 : 0));
	return member(d, member(d, member(d, d->root, "paths"), route->path), method);
}

/* "#/components/parameters/NAME", or the thing itself. */
static yaml_node_t *resolve(struct description *d, yaml_node_t *node)
{
	const char *ref = text(member(d, node, "$ref"));
	const char *name = strrchr(ref, '/');

	if (!name)
		return node;
	return member(d, member(d, member(d, d->root, "components"), "parameters"), name + 1);
}

static void every_route_is_described(void **state)
{
	struct description *d = *state;
	const struct api_route *route;

	for (size_t i = 0; (route = api_route_at(i)); i++) {
		yaml_node_t *operation = operation_of(d, route);
		yaml_node_t *body = member(d, operation, "requestBody");

		if (!operation)
			fail_msg("%s %s is not described", route->method, route->path);
		assert_string_equal(text(member(d, operation, "summary")),
		                    api_route_summary(route));
		assert_string_equal(text(member(d, operation, "x-role")), api_route_role(route));
		assert_int_equal(body != NULL,
		                 route->body != API_NO_BODY && route->body != API_JSON_OR_NOTHING);
	}
}

static void the_parameters_are_described(void **state)
{
	struct description *d = *state;
	const struct api_route *route;

	for (size_t i = 0; (route = api_route_at(i)); i++) {
		yaml_node_t *list = member(d, operation_of(d, route), "parameters");
		char words[256];
		struct buf queries = buf_over(words, sizeof(words));

		for (yaml_node_item_t *item = list ? list->data.sequence.items.start : NULL;
		     list && item < list->data.sequence.items.top; item++) {
			yaml_node_t *parameter =
				resolve(d, yaml_document_get_node(&d->document, *item));

			if (strcmp(text(member(d, parameter, "in")), "query") != 0)
				continue;
			buf_str(&queries, queries.n ? " " : "");
			buf_str(&queries, text(member(d, parameter, "name")));
		}
		assert_int_equal(buf_end(&queries), 0);
		assert_string_equal(words, api_route_query(route));
	}
}

static void nothing_else_is_described(void **state)
{
	struct description *d = *state;
	yaml_node_t *paths = member(d, d->root, "paths");
	size_t described = 0, there = 0;

	while (api_route_at(there))
		there++;
	for (yaml_node_pair_t *path = paths->data.mapping.pairs.start;
	     path < paths->data.mapping.pairs.top; path++) {
		yaml_node_t *item = yaml_document_get_node(&d->document, path->value);

		for (yaml_node_pair_t *pair = item->data.mapping.pairs.start;
		     pair < item->data.mapping.pairs.top; pair++)
			described += strcmp(text(yaml_document_get_node(&d->document, pair->key)),
			                    "parameters") != 0;
	}
	assert_int_equal(described, there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_found_by_its_path),
		cmocka_unit_test(what_is_no_route_is_nowhere),
		cmocka_unit_test(another_method_is_told_which_there_are),
		cmocka_unit_test(whoever_changes_something_has_a_role),
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(the_parameters_are_described),
		cmocka_unit_test(nothing_else_is_described),
	};

	return cmocka_run_group_tests(tests, open_description, close_description);
}
