/* The filling in of words: each placeholder, what is absent, what is hostile, what does not fit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/explain.h"

static const struct explain_words all = {
	.status = { "401", 3 },
	.reason = { "Unauthorized", 12 },
	.server = { "pbx.example", 11 },
	.address = { "sip:1001@pbx.example", 20 },
	.extension = { "1001", 4 },
	.auth_user = { "host", 4 },
	.realm = { "pbx", 3 },
	.algorithm = { "SHA-256", 7 },
	.min_expires = { "300", 3 },
	.retry_after = { "120", 3 },
	.hint = { "Contact parse error", 19 },
	.target = { "192.0.2.10:5060", 15 },
	.transport = { "TCP", 3 },
	.interface = { "eth1", 4 },
	.issuer = { "Studio CA", 9 },
	.count = { "8", 1 },
	.period = { "30 s", 4 },
	.offset = { "7 min ahead of", 14 },
	.since = { "2 h", 3 },
};

static void must_become(const char *text, const struct explain_words *words, const char *want)
{
	char memory[2048];
	struct buf out = buf_over(memory, sizeof(memory));

	explain_fill(text, words, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, want);
}

static void each_placeholder_is_replaced(void **state)
{
	(void)state;
	must_become("@STATUS@ @REASON@ @SERVER@ @ADDRESS@ @EXTENSION@ @AUTH_USER@", &all,
	            "401 Unauthorized pbx.example sip:1001@pbx.example 1001 host");
	must_become("@REALM@|@ALGORITHM@|@MIN_EXPIRES@|@RETRY_AFTER@|@HINT@", &all,
	            "pbx|SHA-256|300|120|Contact parse error");
	must_become("@TARGET@|@TRANSPORT@|@INTERFACE@|@ISSUER@", &all,
	            "192.0.2.10:5060|TCP|eth1|Studio CA");
	must_become("@COUNT@|@PERIOD@|@OFFSET@|@SINCE@", &all, "8|30 s|7 min ahead of|2 h");
	must_become("@EXTENSION@@SERVER@", &all, "1001pbx.example");
}

static void what_is_no_placeholder_stays(void **state)
{
	(void)state;
	must_become("", &all, "");
	must_become("no words", &all, "no words");
	must_become("sip:a@b, @, @@, @status@, @STAT@, @STATUS", &all,
	            "sip:a@b, @, @@, @status@, @STAT@, @STATUS");
}

static void an_absent_word_has_one_in_its_place_and_an_empty_one_is_empty(void **state)
{
	const struct explain_words words = { .reason = { "", 0 } };

	(void)state;
	must_become("[@STATUS@] [@REASON@]", &words, "[?] []");
	must_become("@TARGET@, @TRANSPORT@, @INTERFACE@, @ISSUER@", &words,
	            "the address that is set, the transport that is set, the network interface "
	            "that is set, an authority");
}

static void words_are_not_filled_in_again(void **state)
{
	const struct explain_words words = { .reason = SLICE("@STATUS@"), .status = SLICE("401") };

	(void)state;
	must_become("@REASON@", &words, "@STATUS@");
}

static void hostile_words_are_made_printable(void **state)
{
	static const struct {
		struct slice word;
		const char *want;
	} cases[] = {
		{ { "\x1b[2Jgone", 8 }, "\\x1b[2Jgone" },
		{ { "a\r\nSIP: recv 200 OK", 19 }, "a\\x0d\\x0aSIP: recv 200 OK" },
		{ { "a\0b", 3 }, "a\\x00b" },
		{ { "\\x1b", 4 }, "\\\\x1b" },
		{ { "\xff\xfe", 2 }, "\\xff\\xfe" },
		{ { "\xe2\x80\xaegnp", 6 }, "\\xe2\\x80\\xaegnp" },
		{ { "Zürich", 7 }, "Zürich" },
		{ { "%s%n", 4 }, "%s%n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct explain_words reason = { .reason = cases[i].word };
		const struct explain_words realm = { .realm = cases[i].word };
		const struct explain_words hint = { .hint = cases[i].word };

		must_become("@REASON@", &reason, cases[i].want);
		must_become("@REALM@", &realm, cases[i].want);
		must_become("@HINT@", &hint, cases[i].want);
	}
}

static void a_long_word_is_cut_but_no_character_is(void **state)
{
	char word[600], want[EXPLAIN_WORD_MAX + 8];
	struct explain_words words = { .realm = { word, EXPLAIN_WORD_MAX } };

	(void)state;
	memset(word, 'x', sizeof(word));
	memset(want, 'x', EXPLAIN_WORD_MAX);
	want[EXPLAIN_WORD_MAX] = 0;
	must_become("@REALM@", &words, want);
	words.realm.n = sizeof(word);
	memcpy(want + EXPLAIN_WORD_MAX, "...", 4);
	must_become("@REALM@", &words, want);
	memcpy(word + EXPLAIN_WORD_MAX - 2, "\xe2\x82\xac", 3); /* the cut would be within it */
	memcpy(want + EXPLAIN_WORD_MAX - 2, "...", 4);
	must_become("@REALM@", &words, want);
	/* Bytes that only look like a character's end do not eat the word up. */
	memset(word, 0x80, sizeof(word));
	words.realm.n = EXPLAIN_WORD_MAX + 1;
	{
		char memory[2048];
		struct buf out = buf_over(memory, sizeof(memory));

		explain_fill("@REALM@", &words, &out);
		assert_int_equal(out.n, (EXPLAIN_WORD_MAX - 3) * 4 + 3);
	}
}

static void what_does_not_fit_is_remembered(void **state)
{
	char memory[16];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	explain_fill("@STATUS@ @REASON@ from @SERVER@", &all, &out);
	assert_true(out.full);
	assert_true(out.n < sizeof(memory));
}

static void the_registrars_own_words_come_first(void **state)
{
	struct reg_facts facts = { .reason_header = SLICE("Q.850;cause=21") };

	(void)state;
	assert_true(slice_equal(explain_hint(&facts), SLICE("Q.850;cause=21")));
	facts.warning = SLICE("399 pbx \"no\"");
	assert_true(slice_equal(explain_hint(&facts), SLICE("399 pbx \"no\"")));
	facts.registrar_error = SLICE("Contact parse error");
	assert_true(slice_equal(explain_hint(&facts), SLICE("Contact parse error")));
	assert_false(slice_present(explain_hint(&(struct reg_facts){ .status = 400 })));
}

static void a_duration_has_its_two_largest_units(void **state)
{
	static const struct {
		uint64_t ms;
		const char *want;
	} cases[] = {
		{ 0, "0 ms" },
		{ 999, "999 ms" },
		{ 1000, "1 s" },
		{ 59999, "59 s" },
		{ 60000, "1 min" },
		{ 119999, "1 min" },
		{ 3600000, "1 h" },
		{ 3659999, "1 h" },
		{ 22800000, "6 h 20 min" },
		{ 86400000, "1 d" },
		{ 187200000, "2 d 4 h" },
		{ UINT64_MAX, "213503982334 d 14 h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char memory[32];
		struct buf out = buf_over(memory, sizeof(memory));

		explain_span(cases[i].ms, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(memory, cases[i].want);
	}
}

static void must_be_whole(const char *text)
{
	char memory[4096];
	struct buf out = buf_over(memory, sizeof(memory));

	explain_fill(text, &all, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_true(out.n > 0);
	for (const char *at = strchr(memory, '@'); at; at = strchr(at + 1, '@'))
		assert_false(at[1] >= 'A' && at[1] <= 'Z');
}

static void no_text_keeps_a_placeholder(void **state)
{
	const struct explain_cause *cause;

	(void)state;
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		must_be_whole(cause->title);
		must_be_whole(cause->seen);
		must_be_whole(cause->meaning);
		must_be_whole(cause->who);
		must_be_whole(cause->again);
		assert_non_null(cause->advice[0]);
		for (unsigned k = 0; cause->advice[k]; k++)
			must_be_whole(cause->advice[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_placeholder_is_replaced),
		cmocka_unit_test(what_is_no_placeholder_stays),
		cmocka_unit_test(an_absent_word_has_one_in_its_place_and_an_empty_one_is_empty),
		cmocka_unit_test(words_are_not_filled_in_again),
		cmocka_unit_test(hostile_words_are_made_printable),
		cmocka_unit_test(a_long_word_is_cut_but_no_character_is),
		cmocka_unit_test(what_does_not_fit_is_remembered),
		cmocka_unit_test(the_registrars_own_words_come_first),
		cmocka_unit_test(a_duration_has_its_two_largest_units),
		cmocka_unit_test(no_text_keeps_a_placeholder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
