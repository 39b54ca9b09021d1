/* What a server reads of an answer, and a client of Authentication-Info. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "digest/digest.h"

static void assert_slice(struct slice got, const char *want)
{
	if (!want) {
		assert_false(slice_present(got));
		return;
	}
	assert_true(slice_present(got));
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.p, want, got.n);
}

static void all_directives_of_an_answer_are_read(void **state)
{
	struct digest_credentials got;

	(void)state;
	assert_int_equal(digest_credentials_parse(
				 SLICE(" DIGEST username=\"a\\\"b\",realm=\"r\", nonce=\"n\", "
	                               "uri=\"sip:x\", response=\"00ff\", algorithm=sha-256-SESS, "
	                               "cnonce=\"c\", opaque=\"o\", qop=auth-int, nc=0000000a, "
	                               "auts=\"x\", auts=\"y\" "),
				 &got),
	                 PARSE_OK);
	assert_slice(got.user, "a\\\"b");
	assert_slice(got.realm, "r");
	assert_slice(got.nonce, "n");
	assert_slice(got.uri, "sip:x");
	assert_slice(got.response, "00ff");
	assert_slice(got.cnonce, "c");
	assert_slice(got.opaque, "o");
	assert_int_equal(got.algorithm, DIGEST_SHA_256);
	assert_true(got.sess);
	assert_int_equal(got.qop, DIGEST_QOP_AUTH_INT);
	assert_int_equal(got.nc, 10);
}

#define FRONT "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"x\",response=\"f\""

static void an_answer_is_whole_or_bad(void **state)
{
	static const struct {
		const char *value;
		enum parse want;
	} rows[] = {
		{ FRONT, PARSE_OK },
		{ FRONT ",qop=auth,cnonce=\"\",nc=00000001", PARSE_OK },
		{ FRONT ",qop=other,cnonce=\"\",nc=00000001", PARSE_OK },
		{ FRONT ",algorithm=ROT13", PARSE_OK },
		{ FRONT ",algorithm=MD5-sess,cnonce=\"c\"", PARSE_OK },
		{ FRONT ",nc=ffffffff", PARSE_OK },
		{ "", PARSE_BAD },
		{ "Digest", PARSE_BAD },
		{ "Basic dXNlcjpwYXNz", PARSE_BAD },
		{ "Digestusername=\"u\"", PARSE_BAD },
		{ "Digest realm=\"r\",nonce=\"n\",uri=\"x\",response=\"f\"", PARSE_BAD },
		{ "Digest username=\"u\",nonce=\"n\",uri=\"x\",response=\"f\"", PARSE_BAD },
		{ "Digest username=\"u\",realm=\"r\",uri=\"x\",response=\"f\"", PARSE_BAD },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",response=\"f\"", PARSE_BAD },
		{ "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"x\"", PARSE_BAD },
		{ FRONT ",username=\"u\"", PARSE_BAD },
		{ FRONT ",URI=\"x\"", PARSE_BAD },
		{ FRONT ",qop=auth,nc=00000001", PARSE_BAD },
		{ FRONT ",qop=auth,cnonce=\"c\"", PARSE_BAD },
		{ FRONT ",algorithm=MD5-sess", PARSE_BAD },
		{ FRONT ",nc=1", PARSE_BAD },
		{ FRONT ",nc=000000001", PARSE_BAD },
		{ FRONT ",nc=0000000A", PARSE_BAD },
		{ FRONT ",nc=0x000001", PARSE_BAD },
		{ FRONT ",nc=-0000001", PARSE_BAD },
		{ FRONT ",cnonce=\"open", PARSE_BAD },
		{ FRONT ",opaque=\"\x01\"", PARSE_BAD },
		{ FRONT ", Basic dXNlcjpwYXNz", PARSE_BAD },
		{ FRONT ", junk", PARSE_BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct digest_credentials got = { .nc = 77 };

		if (digest_credentials_parse(slice_str(rows[i].value), &got) != rows[i].want)
			fail_msg("%s", rows[i].value);
		if (rows[i].want == PARSE_BAD)
			assert_int_equal(got.nc, 77);
	}
}

static void unknown_names_are_left_to_the_server(void **state)
{
	struct digest_credentials got;

	(void)state;
	assert_int_equal(digest_credentials_parse(slice_str(FRONT ",algorithm=ROT13,qop=x,"
	                                                          "cnonce=\"\",nc=00000001"),
	                                          &got),
	                 PARSE_OK);
	assert_int_equal(got.algorithm, DIGEST_UNKNOWN);
	assert_int_equal(got.qop, DIGEST_QOP_UNKNOWN);
	assert_int_equal(digest_credentials_parse(slice_str(FRONT), &got), PARSE_OK);
	assert_int_equal(got.algorithm, DIGEST_MD5);
	assert_int_equal(got.qop, DIGEST_QOP_NONE);
	assert_int_equal(got.nc, 0);
	assert_slice(got.cnonce, NULL);
	assert_slice(got.opaque, NULL);
}

static void authentication_info_gives_nonce_and_proof(void **state)
{
	static const struct {
		const char *value, *nextnonce, *rspauth;
		enum parse want;
	} rows[] = {
		{ "nextnonce=\"n2\", qop=auth, rspauth=\"ab\", cnonce=\"c\", nc=00000001", "n2",
		  "ab", PARSE_OK },
		{ "nextnonce=\"n\\\"2\"", "n\\\"2", NULL, PARSE_OK },
		{ "RSPAUTH=\"\"", NULL, "", PARSE_OK },
		{ "", NULL, NULL, PARSE_OK },
		{ "nextnonce=\"a\", nextnonce=\"b\"", NULL, NULL, PARSE_BAD },
		{ "nextnonce=\"a\x02\"", NULL, NULL, PARSE_BAD },
		{ "nextnonce=\"a", NULL, NULL, PARSE_BAD },
		{ "nextnonce", NULL, NULL, PARSE_BAD },
		{ "Digest nextnonce=\"a\"", NULL, NULL, PARSE_BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct digest_info info = { SLICE_NONE, SLICE_NONE };

		assert_int_equal(digest_info_parse(slice_str(rows[i].value), &info), rows[i].want);
		assert_slice(info.nextnonce, rows[i].nextnonce);
		assert_slice(info.rspauth, rows[i].rspauth);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_directives_of_an_answer_are_read),
		cmocka_unit_test(an_answer_is_whole_or_bad),
		cmocka_unit_test(unknown_names_are_left_to_the_server),
		cmocka_unit_test(authentication_info_gives_nonce_and_proof),
	};

	return cmocka_run_group_tests_name("digest credentials", tests, NULL, NULL);
}
