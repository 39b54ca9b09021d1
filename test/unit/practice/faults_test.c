/* Faults as text: what is read, what is refused and in which words, and what is shown again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "practice/practice.h"

static void a_fault_is_read_and_shown_again(void **state)
{
	static const struct {
		const char *text, *shown;
		enum practice_fault_id id;
		int32_t n;
		uint32_t seconds;
	} rows[] = {
		{ "silence", NULL, PRACTICE_FAULT_SILENCE, 0, 0 },
		{ "slow", "slow=2000", PRACTICE_FAULT_SLOW, 2000, 0 },
		{ "slow=1", NULL, PRACTICE_FAULT_SLOW, 1, 0 },
		{ "slow=60000", NULL, PRACTICE_FAULT_SLOW, 60000, 0 },
		{ "date", "date=3600", PRACTICE_FAULT_DATE, 3600, 0 },
		{ "date=-86400", NULL, PRACTICE_FAULT_DATE, -86400, 0 },
		{ "ban", "ban=3/60", PRACTICE_FAULT_BAN, 3, 60 },
		{ "ban=1/86400", NULL, PRACTICE_FAULT_BAN, 1, 86400 },
		{ "402", "402=Bad Extension", PRACTICE_FAULT_PAYMENT, 0, 0 },
		{ "402=Payment Required", NULL, PRACTICE_FAULT_PAYMENT, 0, 0 },
		{ "403=a=b:c", NULL, PRACTICE_FAULT_FORBIDDEN, 0, 0 },
		{ "503=0", NULL, PRACTICE_FAULT_BUSY, 0, 0 },
		{ "status=699", NULL, PRACTICE_FAULT_STATUS, 699, 0 },
		{ "redirect", "redirect=foreign", PRACTICE_FAULT_REDIRECT, 0, 0 },
		{ "redirect=192.0.2.1:5070", NULL, PRACTICE_FAULT_REDIRECT, 0, 0 },
		{ "redirect=[2001:db8::1]:5070", NULL, PRACTICE_FAULT_REDIRECT, 0, 0 },
		{ "alg=2001:db8::1", "alg=[2001:db8::1]", PRACTICE_FAULT_ALG, 0, 0 },
		{ "too-many-contacts=asterisk", NULL, PRACTICE_FAULT_TOO_MANY_CONTACTS, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char memory[256], said[256];
		struct buf out = buf_over(memory, sizeof(memory)),
			   err = buf_over(said, sizeof(said));
		struct practice_fault fault;

		assert_int_equal(practice_fault_parse(slice_str(rows[i].text), &fault, &err), 0);
		assert_int_equal(fault.id, rows[i].id);
		assert_int_equal(fault.n, rows[i].n);
		assert_int_equal(fault.seconds, rows[i].seconds);
		practice_fault_show(&fault, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(memory, rows[i].shown ? rows[i].shown : rows[i].text);
		assert_int_equal(err.n, 0);
	}
}

static void what_is_no_fault_is_told_in_words(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", "\"\" is no fault" },
		{ "silnce", "\"silnce\" is no fault; did you mean \"silence\"?" },
		{ "too-many", "\"too-many\" is no fault; did you mean \"too-many-contacts\"?" },
		{ "405", "\"405\" is no fault; did you mean \"404\"?" },
		{ "Silence\n", "\"Silence\\x0a\" is no fault; did you mean \"silence\"?" },
		{ "unheard-of", "\"unheard-of\" is no fault" },
		{ "silence=", "silence takes no argument" },
		{ "silence=1", "silence takes no argument" },
		{ "slow=0", "slow: MS is a number from 1 to 60000" },
		{ "slow=60001", "slow: MS is a number from 1 to 60000" },
		{ "slow=-1", "slow: MS is a number from 1 to 60000" },
		{ "slow=", "slow: MS is a number from 1 to 60000" },
		{ "date=-", "date: SECONDS is a number from -2147483647 to 2147483647" },
		{ "date=2147483648", "date: SECONDS is a number from -2147483647 to 2147483647" },
		{ "ban=3", "ban: COUNT/SECONDS is two numbers from 1 to 86400" },
		{ "ban=0/60", "ban: COUNT/SECONDS is two numbers from 1 to 86400" },
		{ "ban=3/0", "ban: COUNT/SECONDS is two numbers from 1 to 86400" },
		{ "ban=3/60s", "ban: COUNT/SECONDS is two numbers from 1 to 86400" },
		{ "status", "status: CODE is a number from 300 to 699" },
		{ "status=200", "status: CODE is a number from 300 to 699" },
		{ "402=", "402: PHRASE is text of 1 to 63 bytes, without control characters" },
		{ "402=a\r\nX: y",
		  "402: PHRASE is text of 1 to 63 bytes, without control characters" },
		{ "402=1234567890123456789012345678901234567890123456789012345678901234",
		  "402: PHRASE is text of 1 to 63 bytes, without control characters" },
		{ "redirect=a b",
		  "redirect: HOST is a host with or without a port, or self, or foreign" },
		{ "redirect=",
		  "redirect: HOST is a host with or without a port, or self, or foreign" },
		{ "alg=host.example", "alg: ADDRESS is an IP address" },
		{ "too-many-contacts=3cx", "too-many-contacts: SYSTEM is kamailio or asterisk" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char said[256];
		struct buf err = buf_over(said, sizeof(said));
		struct practice_fault fault = { .n = 77 };

		assert_int_equal(practice_fault_parse(slice_str(rows[i].text), &fault, &err),
		                 -EINVAL);
		assert_int_equal(buf_end(&err), 0);
		assert_string_equal(said, rows[i].said);
		assert_int_equal(fault.n, 77);
	}
}

static void a_long_word_is_shown_in_part(void **state)
{
	char text[5000], said[256];
	struct buf err = buf_over(said, sizeof(said));
	struct practice_fault fault;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(practice_fault_parse(slice_of(text, sizeof(text)), &fault, &err), -EINVAL);
	assert_int_equal(buf_end(&err), 0);
	assert_string_equal(said + 64, "\" is no fault");
}

static void an_extension_may_stand_in_front(void **state)
{
	static const struct {
		const char *text, *extension;
		enum practice_fault_id id;
	} rows[] = {
		{ "1001:silence", "1001", PRACTICE_FAULT_SILENCE },
		{ "slow:slow=5", "slow", PRACTICE_FAULT_SLOW },
		{ "silence", NULL, PRACTICE_FAULT_SILENCE },
		{ "redirect=h:5070", NULL, PRACTICE_FAULT_REDIRECT },
		{ "1001:redirect=h:5070", "1001", PRACTICE_FAULT_REDIRECT },
		{ ":silence", "", PRACTICE_FAULT_SILENCE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char said[256];
		struct buf err = buf_over(said, sizeof(said));
		struct practice_fault fault;
		struct slice extension;

		assert_int_equal(
			practice_fault_parse_for(slice_str(rows[i].text), &extension, &fault, &err),
			0);
		assert_int_equal(fault.id, rows[i].id);
		assert_int_equal(slice_present(extension), rows[i].extension != NULL);
		assert_true(slice_equal(extension, slice_str(rows[i].extension)));
	}
}

static void a_list_has_each_fault_once_and_eight_at_the_most(void **state)
{
	struct practice_faults faults = { 0 };
	char memory[512], said[256];
	struct buf out = buf_over(memory, sizeof(memory)), err = buf_over(said, sizeof(said));

	(void)state;
	assert_int_equal(practice_faults_parse(SLICE("slow, loss=1 ,slow=7"), &faults, &err), 0);
	practice_faults_show(&faults, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, "slow=7,loss=1");
	assert_int_equal(practice_faults_find(&faults, PRACTICE_FAULT_SLOW)->n, 7);
	assert_null(practice_faults_find(&faults, PRACTICE_FAULT_DATE));
	assert_int_equal(practice_faults_parse(SLICE("date,"), &faults, &err), -EINVAL);
	assert_int_equal(faults.count, 3);
	err = buf_over(said, sizeof(said));
	assert_int_equal(practice_faults_parse(SLICE("402,403,404,480,500,503"), &faults, &err),
	                 -EINVAL);
	assert_int_equal(buf_end(&err), 0);
	assert_string_equal(said, "there are more than 8 faults");
	assert_int_equal(faults.count, 8);
	assert_int_equal(practice_faults_parse(SLICE("slow=9"), &faults, &err), 0);
	assert_int_equal(faults.count, 8);
}

static void every_fault_has_help_and_reads_its_own_default(void **state)
{
	(void)state;
	for (unsigned id = 0; id < PRACTICE_FAULT_COUNT; id++) {
		const struct practice_fault_help *help =
			practice_fault_help((enum practice_fault_id)id);
		char text[256], said[256], memory[256];
		struct buf err = buf_over(said, sizeof(said)),
			   out = buf_over(memory, sizeof(memory));
		struct practice_fault fault;

		assert_non_null(help->name);
		assert_in_range(strlen(help->help), 10, 80);
		assert_int_not_equal(help->help[strlen(help->help) - 1], '.');
		if (help->argument && !help->fallback)
			continue;
		assert_int_equal(practice_fault_parse(slice_str(help->name), &fault, &err), 0);
		assert_int_equal(fault.id, id);
		snprintf(text, sizeof(text), "%s%s%s", help->name, help->argument ? "=" : "",
		         help->argument ? help->fallback : "");
		practice_fault_show(&fault, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(memory, text);
	}
}

/* Every fault but "status", which has no default, stands in the list; no extension does twice. */
static void the_extensions_of_its_own_have_every_fault(void **state)
{
	struct practice_users users = { 0 };
	const struct practice_example *example;
	bool seen[PRACTICE_FAULT_COUNT] = { false };
	struct slice twice;
	size_t count = 8;

	(void)state;
	assert_int_equal(practice_users_add_own(&users), 0);
	for (unsigned i = 0; (example = practice_example_at(i)); i++, count++) {
		const struct practice_user *user = &users.list[count];

		assert_true(slice_equal(user->extension, slice_str(example->extension)));
		assert_true(slice_equal(user->password, SLICE("practice")));
		assert_non_null(user->faults);
		for (unsigned k = 0; k < user->faults->count; k++)
			seen[user->faults->list[k].id] = true;
	}
	assert_int_equal(users.count, count);
	assert_null(users.list[7].faults);
	assert_int_equal(practice_users_find_twice(&users, &twice), 0);
	for (unsigned id = 0; id < PRACTICE_FAULT_COUNT; id++)
		if (seen[id] == (id == PRACTICE_FAULT_STATUS))
			fail_msg("%s", practice_fault_help((enum practice_fault_id)id)->name);
	practice_users_done(&users);
}

static void an_account_has_its_faults_in_the_last_column(void **state)
{
	static const struct {
		const char *line, *auth_user, *faults;
	} rows[] = {
		{ "1001:secret:studio-a", "studio-a", NULL },
		{ "1001:secret:studio-a:slow=5", "studio-a", "slow=5" },
		{ "1001:secret::slow=5,redirect=h:5070", NULL, "slow=5,redirect=h:5070" },
	};
	struct practice_fault fault = { .id = PRACTICE_FAULT_LOSS, .n = 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct practice_users users = { 0 };
		char memory[256];
		struct buf out = buf_over(memory, sizeof(memory));

		assert_int_equal(practice_users_add(&users, slice_str(rows[i].line), &out), 0);
		const struct practice_user *user = &users.list[0];
		assert_true(slice_equal(user->auth_user, slice_str(rows[i].auth_user)));
		assert_int_equal(slice_present(user->auth_user), rows[i].auth_user != NULL);
		assert_int_equal(user->faults != NULL, rows[i].faults != NULL);
		if (user->faults) {
			practice_faults_show(user->faults, &out);
			assert_int_equal(buf_end(&out), 0);
			assert_string_equal(memory, rows[i].faults);
		}
		assert_int_equal(practice_users_set_fault(&users, SLICE("1001"), &fault), 0);
		assert_non_null(practice_faults_find(users.list[0].faults, PRACTICE_FAULT_LOSS));
		assert_int_equal(practice_users_set_fault(&users, SLICE("1002"), &fault), -ENOENT);
		practice_users_done(&users);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_read_and_shown_again),
		cmocka_unit_test(what_is_no_fault_is_told_in_words),
		cmocka_unit_test(a_long_word_is_shown_in_part),
		cmocka_unit_test(an_extension_may_stand_in_front),
		cmocka_unit_test(a_list_has_each_fault_once_and_eight_at_the_most),
		cmocka_unit_test(every_fault_has_help_and_reads_its_own_default),
		cmocka_unit_test(the_extensions_of_its_own_have_every_fault),
		cmocka_unit_test(an_account_has_its_faults_in_the_last_column),
	};

	return cmocka_run_group_tests_name("practice faults as text", tests, NULL, NULL);
}
