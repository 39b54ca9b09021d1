/* Running out of memory leaves what was kept as it was. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "digest/digest.h"
#include "oom.h"

static void what_was_kept_stays_when_there_is_no_memory(void **state)
{
	const struct digest_challenge first = { .realm = SLICE("first"),
		                                .nonce = SLICE("n1"),
		                                .opaque = SLICE("o"),
		                                .algorithm = DIGEST_MD5 };
	const struct digest_challenge second = { .realm = SLICE("second"), .nonce = SLICE("n2") };
	struct digest_kept *kept = NULL;

	(void)state;
	oom_after(0);
	assert_int_equal(digest_keep(&first, &kept), -ENOMEM);
	assert_null(kept);
	oom_off();
	assert_int_equal(digest_keep(&first, &kept), 0);
	oom_after(0);
	assert_int_equal(digest_keep(&second, &kept), -ENOMEM);
	assert_int_equal(digest_keep_nonce(SLICE("n3"), &kept), -ENOMEM);
	oom_off();
	assert_true(slice_equal(digest_kept_realm(kept), SLICE("first")));
	assert_true(slice_equal(digest_kept_nonce(kept), SLICE("n1")));
	assert_true(slice_equal(digest_kept_opaque(kept), SLICE("o")));
	free(kept);
}

static void a_digest_that_there_is_no_memory_for_is_not_set(void **state)
{
	struct digest *digest = NULL;

	(void)state;
	oom_after(0);
	assert_int_equal(digest_new(&digest), -ENOMEM);
	oom_off();
	assert_null(digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_stays_when_there_is_no_memory),
		cmocka_unit_test(a_digest_that_there_is_no_memory_for_is_not_set),
	};

	return cmocka_run_group_tests_name("digest without memory", tests, NULL, NULL);
}
