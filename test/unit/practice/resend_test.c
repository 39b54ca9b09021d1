/* Answers that are remembered for retransmissions, and forgotten again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "practice/resend.h"

#define AGE_MS 32000

static struct practice_resends *resends;
static struct net_addr somewhere;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(net_addr_parse(SLICE("192.0.2.1"), 5060, &somewhere), 0);
	return practice_resends_new(4, &resends);
}

static int teardown(void **state)
{
	(void)state;
	practice_resends_free(resends);
	return 0;
}

static bool remembers(uint64_t request, uint64_t now_ms, const char *want)
{
	struct practice_resend resend;

	if (!practice_resend_find(resends, request, now_ms, &resend))
		return false;
	assert_true(slice_equal(resend.answer, slice_str(want)));
	assert_true(net_addr_equal(&resend.sending.to, &somewhere));
	assert_int_equal(resend.loss_percent, 7);
	return true;
}

static void note(uint64_t request, uint64_t now_ms, const char *answer)
{
	const struct practice_resend resend = { .answer = slice_str(answer),
		                                .sending = { .to = somewhere },
		                                .ready_ms = now_ms,
		                                .loss_percent = 7 };

	practice_resend_note(resends, request, now_ms, &resend);
}

static void an_answer_is_kept_for_32_seconds(void **state)
{
	(void)state;
	assert_false(remembers(9, 0, ""));
	note(9, 100, "nine");
	assert_true(remembers(9, 100, "nine"));
	assert_true(remembers(9, 100 + AGE_MS - 1, "nine"));
	assert_false(remembers(9, 100 + AGE_MS, "nine"));
}

static void the_oldest_makes_room(void **state)
{
	/* All in one chain, so that dropping takes from its end, and from its middle after that. */
	(void)state;
	for (uint64_t i = 0; i < 9; i++) {
		char text[2] = { (char)('a' + i), 0 };

		note(4 * i, i, text);
		for (uint64_t k = 0; k <= i; k++) {
			char want[2] = { (char)('a' + k), 0 };

			assert_int_equal(remembers(4 * k, i, want), k + 4 > i);
		}
	}
}

static void chains_stay_whole_when_others_age(void **state)
{
	(void)state;
	note(1, 0, "1");
	note(5, 10, "5");
	note(2, 20, "2");
	note(9, 30, "9");
	assert_false(remembers(1, AGE_MS + 5, "1"));
	assert_true(remembers(5, AGE_MS + 5, "5"));
	assert_true(remembers(9, AGE_MS + 15, "9"));
	assert_false(remembers(5, AGE_MS + 15, "5"));
	assert_true(remembers(2, AGE_MS + 15, "2"));
	assert_false(remembers(2, AGE_MS + 30, "2"));
	assert_false(remembers(9, AGE_MS + 30, "9"));
	note(1, AGE_MS + 30, "");
	assert_true(remembers(1, AGE_MS + 30, ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_kept_for_32_seconds),
		TEST(the_oldest_makes_room),
		TEST(chains_stay_whole_when_others_age),
	};

	return cmocka_run_group_tests_name("practice resends", tests, NULL, NULL);
}
