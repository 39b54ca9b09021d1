/* api/input.c: what comes in: query parameters, and bodies of JSON whose members are all known.
 *
 * jansson reads it, within limits that are looked at before: a body has a size, and brackets nest
 * API_JSON_DEPTH deep. */
#include <errno.h>
#include <stdio.h>

#include "api/own.h"
#include "base/guess.h"
#include "base/num.h"

/* ---- query */

const char *api_query_text(const struct api_call *call, const char *name)
{
	const char *value = api_target_param(&call->target, name);

	return value && *value ? value : NULL;
}

bool api_query_number(struct api_call *call, const char *name, uint64_t max, uint64_t fallback,
                      uint64_t *ret_n)
{
	const char *value = api_query_text(call, name);

	if (!value) {
		*ret_n = fallback;
		return true;
	}
	if (num_u64(slice_str(value), max, ret_n) == 0)
		return true;
	api_refuse(call, 400, "bad-value", name, "%s is not a number from 0 to %llu", name,
	           (unsigned long long)max);
	return false;
}

bool api_query_page(struct api_call *call, struct api_page *ret_page)
{
	uint64_t offset, limit;

	if (!api_query_number(call, "offset", UINT32_MAX, 0, &offset) ||
	    !api_query_number(call, "limit", API_LIMIT_MAX, API_LIMIT_DEFAULT, &limit))
		return false;
	*ret_page = (struct api_page){ (uint32_t)offset, (uint32_t)limit };
	return true;
}

/* ---- JSON */

/* Brackets outside strings. What is no JSON the parser says. */
static bool too_deep(struct slice text)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '[') && ++depth > API_JSON_DEPTH)
			return true;
		else if (!in_string && (c == '}' || c == ']') && depth)
			depth--;
	}
	return false;
}

static void refuse_unknown(struct api_call *call, const char *name, const char *const *names)
{
	struct guess guess = guess_for(slice_str(name));
	char memory[256];
	struct buf shown = buf_over(memory, sizeof(memory));

	for (; *names; names++)
		guess_offer(&guess, slice_str(*names));
	buf_show(&shown, slice_of(name, strnlen(name, 60)));
	buf_end(&shown);
	if (slice_present(guess.best))
		api_refuse(call, 400, "unknown-member", memory,
		           "there is no member \"%s\" here; did you mean \"%.*s\"?", memory,
		           (int)guess.best.n, guess.best.p);
	else
		api_refuse(call, 400, "unknown-member", memory, "there is no member \"%s\" here",
		           memory);
}

static bool all_known(struct api_call *call, json_t *input, const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach(input, name, value)
	{
		size_t i = 0;

		while (names[i] && strcmp(names[i], name) != 0)
			i++;
		if (!names[i]) {
			refuse_unknown(call, name, names);
			return false;
		}
	}
	return true;
}

static json_t *parse(struct api_call *call)
{
	json_error_t error;
	json_t *input;

	if (call->body_n == 0 && call->route->body == API_JSON_OR_NOTHING)
		return json_object();
	if (too_deep(slice_of(call->body, call->body_n))) {
		api_refuse(call, 400, "bad-json", NULL, "the body nests deeper than %d levels",
		           API_JSON_DEPTH);
		return NULL;
	}
	input = json_loadb(call->body ? call->body : "", call->body_n, JSON_REJECT_DUPLICATES,
	                   &error);
	if (!input)
		/* the parser's sentence may quote the body, a password even; its place does not */
		api_refuse(call, 400, "bad-json", NULL,
		           "the body is no JSON: something is wrong in line %d, column %d",
		           error.line, error.column);
	return input;
}

json_t *api_input(struct api_call *call, const char *const *names)
{
	json_t *input = parse(call);

	if (!input)
		return NULL;
	if (!json_is_object(input))
		api_refuse(call, 400, "bad-json", NULL, "the body is no JSON object");
	else if (all_known(call, input, names))
		return input;
	api_input_free(input);
	return NULL;
}

static bool are_rows(struct api_call *call, json_t *rows, const char *const *names, bool is_list)
{
	json_t *row;
	size_t i;

	if (json_array_size(rows) == 0 || json_array_size(rows) > API_ROWS_MAX) {
		api_refuse(call, 400, "bad-json", NULL, "a list has 1 to %d rows, and this one %zu",
		           API_ROWS_MAX, json_array_size(rows));
		return false;
	}
	json_array_foreach(rows, i, row)
	{
		call->in_list = is_list;
		call->index = (uint32_t)i;
		if (!json_is_object(row)) {
			api_refuse(call, 400, "bad-json", NULL,
			           is_list ? "a row of the list is no JSON object"
			                   : "the body is no JSON object and no list of such");
			return false;
		}
		if (!all_known(call, row, names))
			return false;
	}
	call->in_list = false;
	return true;
}

json_t *api_inputs(struct api_call *call, const char *const *names, bool *ret_list)
{
	json_t *input = parse(call), *rows = input;
	bool is_list = json_is_array(input);

	if (input && !is_list) {
		rows = json_array();
		if (!rows || json_array_append_new(rows, input) != 0) {
			api_refuse_store(call, -ENOMEM, NULL);
			json_decref(rows);
			return NULL;
		}
	}
	if (!rows || are_rows(call, rows, names, is_list)) {
		*ret_list = is_list;
		return rows;
	}
	api_input_free(rows);
	return NULL;
}

static void wipe_members(json_t *input)
{
	const char *name;
	json_t *value;

	if (json_is_object(input))
		json_object_foreach(input, name, value) if (json_is_string(value))
			explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

void api_input_free(json_t *input)
{
	json_t *row;
	size_t i;

	wipe_members(input);
	json_array_foreach(input, i, row) wipe_members(row);
	json_decref(input);
}

bool api_input_text(struct api_call *call, const json_t *input, const char *name,
                    enum api_need need, const char **ret_text)
{
	const json_t *value = json_object_get(input, name);

	if (value && !json_is_null(value) && !json_is_string(value)) {
		api_refuse(call, 400, "bad-value", name, "%s is no string", name);
		return false;
	}
	*ret_text = json_string_value(value);
	if (need == API_MUST && (!*ret_text || !**ret_text)) {
		api_refuse(call, 400, "missing", name, "%s is missing", name);
		return false;
	}
	return true;
}
