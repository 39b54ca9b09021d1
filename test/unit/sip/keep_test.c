/* unit/sip/keep_test.c: the words for keep-alives. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sip/keep.h"

static void each_word_has_its_kind_and_others_none(void **state)
{
	static const struct {
		const char *word;
		enum sip_keep keep;
	} rows[] = {
		{ "none", SIP_KEEP_NONE }, { "crlf", SIP_KEEP_CRLF },
		{ "stun", SIP_KEEP_STUN }, { "options", SIP_KEEP_OPTIONS },
		{ "STUN", SIP_KEEP_NONE }, { "", SIP_KEEP_NONE },
		{ NULL, SIP_KEEP_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(sip_keep_of(rows[i].word), rows[i].keep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_has_its_kind_and_others_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
