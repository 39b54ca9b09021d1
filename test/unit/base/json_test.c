/* test/unit/base/json_test.c: what the writer writes is what a JSON reader reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"

static void nested_values_are_separated_by_commas(void **state)
{
	char memory[256];
	struct buf out = buf_over(memory, sizeof(memory));
	struct json json = json_over(&out);

	(void)state;
	json_open_object(&json, NULL);
	json_put_string(&json, "a", SLICE("x"));
	json_open_array(&json, "b");
	json_put_number(&json, NULL, 1);
	json_open_object(&json, NULL);
	json_close_object(&json);
	json_open_array(&json, NULL);
	json_put_true(&json, NULL);
	json_put_false(&json, NULL);
	json_close_array(&json);
	json_close_array(&json);
	json_put_null(&json, "c");
	json_put_string(&json, "d", SLICE_NONE);
	json_close_object(&json);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory,
	                    "{\"a\":\"x\",\"b\":[1,{},[true,false]],\"c\":null,\"d\":null}");
}

static void hostile_text_stays_one_string(void **state)
{
	char memory[256];
	struct buf out = buf_over(memory, sizeof(memory));
	struct json json = json_over(&out);
	struct slice hostile = SLICE("\"},\n\x1b[2J\\\xff\0end");
	json_t *read;

	(void)state;
	json_open_object(&json, NULL);
	json_put_string(&json, "t", hostile);
	json_close_object(&json);
	assert_int_equal(buf_end(&out), 0);
	read = json_loads(memory, JSON_ALLOW_NUL, NULL);
	assert_non_null(read);
	assert_int_equal(json_object_size(read), 1);
	assert_memory_equal(json_string_value(json_object_get(read, "t")), "\"},\n\x1b[2J\\", 8);
	json_decref(read);
}

static void what_does_not_fit_is_noticed(void **state)
{
	char memory[8];
	struct buf out = buf_over(memory, sizeof(memory));
	struct json json = json_over(&out);

	(void)state;
	json_open_object(&json, NULL);
	json_put_string(&json, "key", SLICE("value"));
	json_close_object(&json);
	assert_true(buf_end(&out) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_values_are_separated_by_commas),
		cmocka_unit_test(hostile_text_stays_one_string),
		cmocka_unit_test(what_does_not_fit_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
