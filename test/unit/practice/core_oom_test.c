/* Each allocation fails in turn: the registrar does not start, or says 500 and has changed nothing,
 * and is as good as ever once there is memory again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "oom.h"
#include "unit/practice/desk.h"

#define ALLOCATIONS_MAX 1000

static void a_registrar_starts_whole_or_not_at_all(void **state)
{
	static const unsigned char key[PRACTICE_KEY_BYTES];
	static const struct practice_handler handler = { 0 };
	struct practice_config config = desk_config();
	struct practice_faults faults = { .count = 1 };
	struct practice_user users[2] = { desk_users[0], desk_users[1] };
	struct practice_core *core = NULL;
	uint64_t allowed;

	users[1].faults = &faults;
	config.users = users;
	config.user_count = 2;

	(void)state;
	for (allowed = 0; allowed < ALLOCATIONS_MAX && !core; allowed++) {
		oom_after(allowed);
		int err = practice_core_new(&config, key, &handler, NULL, 0, &core);
		oom_off();
		assert_int_equal(err, core ? 0 : -ENOMEM);
	}
	assert_in_range(allowed, 8, ALLOCATIONS_MAX - 1);
	practice_core_free(core);
}

static void accounts_are_added_whole_or_not_at_all(void **state)
{
	struct practice_users users = { 0 };
	char memory[160];
	struct buf fault = buf_over(memory, sizeof(memory));
	struct slice extension;

	(void)state;
	for (uint64_t allowed = 0; allowed < 2; allowed++) {
		oom_after(allowed);
		assert_int_equal(practice_users_add(&users, SLICE("1:a"), &fault), -ENOMEM);
		assert_int_equal(practice_users_read(&users, SLICE("1:a\n"), "x", &fault), -ENOMEM);
		oom_off();
		practice_users_done(&users);
	}
	for (uint64_t allowed = 0; allowed < 3; allowed++) {
		oom_after(allowed);
		assert_int_equal(practice_users_add(&users, SLICE("1:a:b:loss"), &fault), -ENOMEM);
		oom_off();
		practice_users_done(&users);
	}
	for (uint64_t allowed = 0; allowed < 20; allowed++) {
		oom_after(allowed);
		assert_int_equal(practice_users_add_own(&users), -ENOMEM);
		oom_off();
		practice_users_done(&users);
	}
	assert_int_equal(practice_users_add(&users, SLICE("1:a"), &fault), 0);
	oom_after(0);
	const struct practice_fault loss = { .id = PRACTICE_FAULT_LOSS, .n = 1 };
	assert_int_equal(practice_users_set_fault(&users, SLICE("1"), &loss), -ENOMEM);
	assert_int_equal(practice_users_find_twice(&users, &extension), -ENOMEM);
	oom_off();
	practice_users_done(&users);
}

static void a_change_without_memory_changes_nothing(void **state)
{
	const struct practice_config config = desk_config();
	struct desk desk;
	char line[2048];
	bool stale;
	unsigned status = 0;
	uint64_t allowed;

	(void)state;
	desk_open(&desk, &config);
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:a@b>\r\n" }), 200);
	for (allowed = 0; allowed < ALLOCATIONS_MAX && status != 200; allowed++) {
		struct ask ask = { .headers = "Contact: <sip:a@b>;expires=100, <sip:c@d>\r\n" };

		assert_int_equal(desk_ask_with(&desk, ask, ""), 401);
		struct digest_kept *kept = desk_challenge(&desk, DIGEST_SHA_256, &stale);
		desk_authorization(&desk, ask, kept, 1, line, sizeof(line));
		free(kept);
		oom_after(allowed);
		status = desk_ask_with(&desk, ask, line);
		oom_off();
		if (status != 200) {
			assert_int_equal(status, 500);
			assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
			assert_true(desk_has(&desk, "Contact: <sip:a@b>;expires=3600"));
			assert_int_equal(desk_contacts(&desk), 1);
		}
	}
	assert_in_range(allowed, 3, ALLOCATIONS_MAX - 1);
	assert_int_equal(desk_contacts(&desk), 2);
	desk_close(&desk);
}

static void an_answer_that_cannot_be_held_is_told(void **state)
{
	const struct practice_faults faults = { .list = { { .id = PRACTICE_FAULT_SLOW, .n = 1 } },
		                                .count = 1 };
	struct practice_config config = desk_config();
	struct desk desk;

	(void)state;
	config.faults = &faults;
	desk_open(&desk, &config);
	oom_after(0);
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, ""), 0);
	oom_off();
	assert_non_null(strstr(desk_log(&desk), "too many answers are held back"));
	assert_int_equal(practice_next_ms(desk.core), NET_NEVER);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registrar_starts_whole_or_not_at_all),
		cmocka_unit_test(accounts_are_added_whole_or_not_at_all),
		cmocka_unit_test(a_change_without_memory_changes_nothing),
		cmocka_unit_test(an_answer_that_cannot_be_held_is_told),
	};

	return cmocka_run_group_tests_name("practice without memory", tests, NULL, NULL);
}
