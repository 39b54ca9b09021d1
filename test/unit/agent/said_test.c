/* agent/said.h: what servers said of lines, stored once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/own.h"

#define ROUTE "<sip:a.example;lr>\n<sip:b.example;lr>\n"

static void say(struct agent_said_book *book, struct agent_account *account,
                const char *const texts[AGENT_RECORD_TEXTS])
{
	struct agent_record *record =
		calloc(1, sizeof(*record) + AGENT_RECORD_TEXTS * (AGENT_SAID_TEXT + 1));
	char *at = (char *)(record + 1);

	assert_non_null(record);
	record->account = account;
	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
		size_t n = texts[i] ? strlen(texts[i]) : 0;

		record->texts_n[i] = texts[i] ? (uint16_t)n : AGENT_RECORD_ABSENT;
		if (n)
			memcpy(at, texts[i], n);
		at += n;
	}
	agent_said_put(book, record);
	free(record);
}

static void say_route(struct agent_said_book *book, struct agent_account *account,
                      const char *route)
{
	say(book, account, (const char *const[AGENT_RECORD_TEXTS]){ route });
}

static struct agent_said said_of(struct agent_said_book *book, const struct agent_account *account)
{
	struct agent_said said;

	agent_said_copy(book, account, &said);
	return said;
}

static void what_a_thousand_lines_are_told_alike_is_stored_once(void **state)
{
	enum { ACCOUNTS = 1000 };
	struct agent_account *accounts = calloc(ACCOUNTS, sizeof(*accounts));
	struct agent_said_book book = { .key = { 1, 2 } };

	(void)state;
	agent_said_init(&book);
	for (unsigned i = 0; i < ACCOUNTS; i++)
		say_route(&book, &accounts[i], ROUTE);
	assert_int_equal(book.accounts.used, ACCOUNTS);
	assert_int_equal(book.shares.used, 2); /* the text, and the set that has it */
	for (unsigned i = 0; i < ACCOUNTS; i++)
		assert_string_equal(said_of(&book, &accounts[i]).service_route, ROUTE);
	say_route(&book, &accounts[7], "<sip:other.example>\n");
	assert_int_equal(book.shares.used, 4);
	assert_string_equal(said_of(&book, &accounts[6]).service_route, ROUTE);
	for (unsigned i = 0; i < ACCOUNTS; i++)
		agent_said_forget(&book, &accounts[i]);
	assert_int_equal(book.accounts.used, 0);
	assert_int_equal(book.shares.used, 0);
	agent_said_done(&book);
	free(accounts);
}

static void sets_that_differ_in_one_text_share_the_others(void **state)
{
	struct agent_account accounts[2] = { { 0 } };
	struct agent_said_book book = { .key = { 1, 2 } };
	struct agent_said said;

	(void)state;
	agent_said_init(&book);
	say(&book, &accounts[0], (const char *const[]){ ROUTE, "<tel:+1>\n", NULL, NULL });
	say(&book, &accounts[1], (const char *const[]){ ROUTE, "<tel:+2>\n", NULL, NULL });
	assert_int_equal(book.shares.used, 5);
	say(&book, &accounts[0], (const char *const[]){ ROUTE, "<tel:+1>\n", NULL, NULL });
	assert_int_equal(book.shares.used, 5);
	said = said_of(&book, &accounts[1]);
	assert_string_equal(said.service_route, ROUTE);
	assert_string_equal(said.associated_uri, "<tel:+2>\n");
	assert_string_equal(said.path, "");
	agent_said_done(&book); /* what is left goes with the book */
}

static void what_is_said_no_more_is_forgotten(void **state)
{
	struct agent_account account = { 0 };
	struct agent_said_book book = { .key = { 1, 2 } };

	(void)state;
	agent_said_init(&book);
	assert_string_equal(said_of(&book, &account).service_route, "");
	agent_said_forget(&book, &account);
	say_route(&book, &account, ROUTE);
	say_route(&book, &account, NULL);
	assert_string_equal(said_of(&book, &account).service_route, "");
	say_route(&book, &account, ROUTE);
	say_route(&book, &account, ""); /* a header without a value */
	assert_string_equal(said_of(&book, &account).service_route, "");
	assert_int_equal(book.accounts.used, 0);
	assert_int_equal(book.shares.used, 0);
	agent_said_done(&book);
}

static void gruus_are_told_apart_and_a_cut_list_says_so(void **state)
{
	struct agent_account account = { 0 };
	struct agent_said_book book = { .key = { 1, 2 } };
	struct agent_said said;

	(void)state;
	agent_said_init(&book);
	say(&book, &account, (const char *const[]){ NULL, NULL, NULL, "sip:p;gr=1\nsip:t;gr\n" });
	said = said_of(&book, &account);
	assert_string_equal(said.pub_gruu, "sip:p;gr=1");
	assert_string_equal(said.temp_gruu, "sip:t;gr");
	assert_false(said.cut);
	say(&book, &account, (const char *const[]){ NULL, NULL, NULL, "\nsip:t;gr\n" });
	said = said_of(&book, &account);
	assert_string_equal(said.pub_gruu, "");
	assert_string_equal(said.temp_gruu, "sip:t;gr");
	say(&book, &account, (const char *const[]){ NULL, NULL, ROUTE "\n", "sip:p;gr=1\n\n" });
	said = said_of(&book, &account);
	assert_string_equal(said.pub_gruu, "sip:p;gr=1");
	assert_string_equal(said.temp_gruu, "");
	assert_string_equal(said.path, ROUTE);
	assert_true(said.cut);
	say_route(&book, &account, "\n"); /* not even one had room */
	said = said_of(&book, &account);
	assert_string_equal(said.service_route, "");
	assert_true(said.cut);
	agent_said_done(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_thousand_lines_are_told_alike_is_stored_once),
		cmocka_unit_test(sets_that_differ_in_one_text_share_the_others),
		cmocka_unit_test(what_is_said_no_more_is_forgotten),
		cmocka_unit_test(gruus_are_told_apart_and_a_cut_list_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
