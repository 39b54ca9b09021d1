/* Events as sentences and as JSON, and accounts as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>

#include "practice/practice.h"
#include "sip/aor.h"

static struct practice_event event_of(enum practice_event_kind kind)
{
	struct practice_event event = { .kind = kind };

	assert_int_equal(net_addr_parse(SLICE("2001:db8::1"), 5070, &event.from), 0);
	return event;
}

static void an_event_is_one_line_whatever_the_network_sent(void **state)
{
	char text[256];
	struct buf out = buf_over(text, sizeof(text));
	struct practice_event event = event_of(PRACTICE_REFUSED);

	(void)state;
	event.extension = SLICE("10\n\x1b[31m01");
	event.status = 403;
	event.reason = SLICE("Forbidden");
	practice_event_show(&event, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(text,
	                    "10\\x0a\\x1b[31m01 refused, from [2001:db8::1]:5070: 403 Forbidden");
}

static void every_kind_has_a_sentence_and_a_name(void **state)
{
	(void)state;
	for (int kind = 0; kind < PRACTICE_EVENT_COUNT; kind++) {
		char text[256], json[512];
		struct buf out = buf_over(text, sizeof(text)),
			   object = buf_over(json, sizeof(json));
		struct practice_event event = event_of((enum practice_event_kind)kind);

		event.extension = SLICE("1001");
		event.method = SLICE("REGISTER");
		practice_event_show(&event, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_non_null(strstr(text, "[2001:db8::1]:5070"));
		practice_event_json(&event, 0, &object);
		assert_int_equal(buf_end(&object), 0);
		json_t *parsed = json_loads(json, 0, NULL);
		assert_non_null(parsed);
		assert_true(json_string_length(json_object_get(parsed, "event")) > 0);
		json_decref(parsed);
	}
}

static void json_has_what_is_known_and_no_more(void **state)
{
	char text[512];
	struct buf out = buf_over(text, sizeof(text));
	struct practice_event event = event_of(PRACTICE_REGISTERED);

	(void)state;
	event.extension = SLICE("10\"01");
	event.contact = SLICE("sip:a@b");
	event.granted_s = 3600;
	practice_event_json(&event, INT64_C(1289690940123), &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(text, "{\"time\":\"2010-11-13T23:29:00.123Z\",\"event\":\"registered\","
	                          "\"extension\":\"10\\\"01\",\"from\":\"[2001:db8::1]:5070\","
	                          "\"contact\":\"sip:a@b\",\"granted_s\":3600}");
	out = buf_over(text, sizeof(text));
	event = event_of(PRACTICE_REFUSED);
	event.method = SLICE("INVITE");
	event.status = 405;
	event.reason = SLICE("Method Not Allowed");
	event.why = "because";
	practice_event_json(&event, 0, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(text, "{\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"refused\","
	                          "\"from\":\"[2001:db8::1]:5070\",\"method\":\"INVITE\","
	                          "\"status\":405,\"reason\":\"Method Not Allowed\","
	                          "\"why\":\"because\"}");
}

/* ---- accounts ---- */

static void assert_slice(struct slice got, const char *want)
{
	if (!want) {
		assert_false(slice_present(got));
		return;
	}
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.p, want, got.n);
}

static void an_account_is_two_or_three_parts(void **state)
{
	static const struct {
		const char *line, *extension, *password, *auth_user;
	} rows[] = {
		{ "1001:secret", "1001", "secret", NULL },
		{ " 1001:secret:studio-a\r", "1001", "secret", "studio-a" },
		{ "studio%201:pass word:a b", "studio 1", "pass word", "a b" },
		{ "1:#", "1", "#", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct practice_users users = { 0 };
		char memory[160];
		struct buf fault = buf_over(memory, sizeof(memory));

		assert_int_equal(practice_users_add(&users, slice_str(rows[i].line), &fault), 0);
		assert_int_equal(users.count, 1);
		assert_slice(users.list[0].extension, rows[i].extension);
		assert_slice(users.list[0].password, rows[i].password);
		assert_slice(users.list[0].auth_user, rows[i].auth_user);
		practice_users_done(&users);
	}
}

static void a_file_is_read_whole_and_each_fault_has_its_line(void **state)
{
	static const char text[] = "# accounts\n"
				   "\n"
				   "1001:hunter2\r\n"
				   "1002\n"
				   "  # a remark: with a colon\n"
				   "10 03:hunter2\n"
				   "1004:\n"
				   "1005:hunter2:\n"
				   "1006:hun:ter:2\n"
				   "1007:hunter2:auth";
	char memory[2048], aor[160];
	struct buf faults = buf_over(memory, sizeof(memory)), sentence = buf_over(aor, sizeof(aor));
	char user[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1], want[2048];
	struct practice_users users = { 0 };

	(void)state;
	assert_int_equal(practice_users_read(&users, SLICE("1001:a\n1002:b\n"), "x", &faults), 0);
	assert_int_equal(users.count, 2);
	practice_users_done(&users);
	assert_int_equal(faults.n, 0);

	assert_int_equal(practice_users_read(&users, slice_str(text), "users.txt", &faults),
	                 -EINVAL);
	assert_int_equal(users.count, 2);
	assert_slice(users.list[1].auth_user, "auth");
	assert_int_equal(buf_end(&faults), 0);
	assert_int_equal(sip_extension_parse(SLICE("10 03"), user, plain, &sentence), -EINVAL);
	assert_int_equal(buf_end(&sentence), 0);
	snprintf(want, sizeof(want),
	         "users.txt:4: an account is EXTENSION:PASSWORD, with :AUTH-USER and :FAULT behind "
	         "it "
	         "where need be\n"
	         "users.txt:6: %s\n"
	         "users.txt:7: the password is empty\n"
	         "users.txt:8: the auth user is empty\n"
	         "users.txt:9: behind the third colon faults must follow, and there are none like "
	         "these; a password has no colon here\n",
	         aor);
	assert_string_equal(memory, want);
	assert_null(strstr(memory, "hun"));
	practice_users_done(&users);
}

static void many_accounts_are_taken(void **state)
{
	struct practice_users users = { 0 };
	char memory[160];
	struct buf fault = buf_over(memory, sizeof(memory));

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char line[32];

		snprintf(line, sizeof(line), "%d:p%d", i, i);
		assert_int_equal(practice_users_add(&users, slice_str(line), &fault), 0);
	}
	assert_int_equal(users.count, 1000);
	assert_slice(users.list[999].password, "p999");
	practice_users_done(&users);
	assert_int_equal(users.count, 0);
	users.count = PRACTICE_USERS_MAX;
	assert_int_equal(practice_users_add(&users, SLICE("1:2"), &fault), -ENOSPC);
	assert_int_equal(practice_users_read(&users, SLICE("1:2"), "x", &fault), -ENOSPC);
}

static void an_extension_named_twice_is_found(void **state)
{
	struct practice_users users = { 0 };
	char memory[160];
	struct buf fault = buf_over(memory, sizeof(memory));
	struct slice extension = SLICE_NONE;

	(void)state;
	assert_int_equal(practice_users_find_twice(&users, &extension), 0);
	assert_int_equal(practice_users_read(&users, SLICE("1:a\n100:a\n10:a\n2:a\n"), "x", &fault),
	                 0);
	assert_int_equal(practice_users_find_twice(&users, &extension), 0);
	assert_false(slice_present(extension));
	assert_int_equal(practice_users_add(&users, SLICE("%31%30:b"), &fault), 0);
	assert_int_equal(practice_users_find_twice(&users, &extension), -EEXIST);
	assert_slice(extension, "10");
	practice_users_done(&users);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_one_line_whatever_the_network_sent),
		cmocka_unit_test(every_kind_has_a_sentence_and_a_name),
		cmocka_unit_test(json_has_what_is_known_and_no_more),
		cmocka_unit_test(an_account_is_two_or_three_parts),
		cmocka_unit_test(a_file_is_read_whole_and_each_fault_has_its_line),
		cmocka_unit_test(many_accounts_are_taken),
		cmocka_unit_test(an_extension_named_twice_is_found),
	};

	return cmocka_run_group_tests_name("practice events and accounts", tests, NULL, NULL);
}
