/* test/unit/reg/outcome_test.c: every reply and every silence has its class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reg/outcome.h"

static enum reg_outcome of_status(unsigned status)
{
	struct reg_facts facts = { .status = (uint16_t)status,
		                   .auth = REG_AUTH_ASKED,
		                   .grant = REG_GRANT_OURS,
		                   .redirect = REG_REDIRECT_ALLOWED };

	return reply_outcome(&facts);
}

static enum reg_outcome wanted(unsigned status)
{
	if (status < 200)
		return REG_PROVISIONAL;
	if (status < 300)
		return REG_GRANTED;
	if (status < 400)
		return REG_REDIRECTED;
	if (status == 401 || status == 407)
		return REG_CHALLENGED;
	if (status == 423)
		return REG_TOO_BRIEF;
	if (status == 408 || status == 480 || (status >= 500 && status < 600))
		return REG_FAILED;
	return REG_REFUSED;
}

static void every_status_has_its_class(void **state)
{
	(void)state;
	for (unsigned status = 100; status < 700; status++)
		assert_int_equal(of_status(status), wanted(status));
}

static void no_answer_may_pass_whatever_the_reason(void **state)
{
	(void)state;
	for (int local = 1; local < REG_LOCAL_COUNT; local++) {
		struct reg_facts facts = { .local = local };

		assert_int_equal(reply_outcome(&facts), REG_FAILED);
		assert_int_equal(reg_shown_status(&facts), 408);
		assert_non_null(reg_local_text(local));
		assert_non_null(reg_local_name(local));
	}
}

/* A first question for the login is none, and a no to anything else is none either. */
static void a_refused_login_is_told_from_other_refusals(void **state)
{
	static const struct {
		struct reg_facts facts;
		bool is;
	} rows[] = {
		{ { .status = 401, .auth = REG_AUTH_REJECTED }, true },
		{ { .status = 407, .auth = REG_AUTH_STALE_LOOP }, true },
		{ { .status = 403 }, true },
		{ { .status = 401, .auth = REG_AUTH_ASKED }, false },
		{ { .status = 407, .auth = REG_AUTH_ASKED }, false },
		{ { .status = 404 }, false },
		{ { .status = 200, .grant = REG_GRANT_ABSENT }, false },
		{ { .local = REG_LOCAL_SILENCE }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(reg_login_refused(&rows[i].facts), rows[i].is);
}

static void what_cannot_be_acted_on_is_a_refusal(void **state)
{
	static const struct reg_facts rows[] = {
		{ .status = 200, .grant = REG_GRANT_ABSENT },
		{ .status = 200, .grant = REG_GRANT_ZERO },
		{ .status = 302, .redirect = REG_REDIRECT_FOREIGN },
		{ .status = 302, .redirect = REG_REDIRECT_NOWHERE },
		{ .status = 305, .redirect = REG_REDIRECT_DOWNGRADE },
		{ .status = 401, .auth = REG_AUTH_NO_CHALLENGE },
		{ .status = 407, .auth = REG_AUTH_NOT_DIGEST },
		{ .status = 401, .auth = REG_AUTH_NO_PASSWORD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(reply_outcome(&rows[i]), REG_REFUSED);
}

static void a_confirmed_removal_is_a_grant(void **state)
{
	struct reg_facts facts = { .status = 200, .grant = REG_GRANT_REMOVED };

	(void)state;
	assert_int_equal(reply_outcome(&facts), REG_GRANTED);
	assert_int_equal(reg_shown_status(&facts), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_class),
		cmocka_unit_test(no_answer_may_pass_whatever_the_reason),
		cmocka_unit_test(a_refused_login_is_told_from_other_refusals),
		cmocka_unit_test(what_cannot_be_acted_on_is_a_refusal),
		cmocka_unit_test(a_confirmed_removal_is_a_grant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
