/* session_test: which nonce is answered next, how often it was used, and when HA1 is made anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "digest/session.h"

struct fixture {
	struct digest *digest;
	struct digest_session session;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	assert_int_equal(digest_new(&f->digest), 0);
}

static void tear_down(struct fixture *f)
{
	digest_session_done(&f->session);
	assert_null(f->session.kept);
	digest_free(f->digest);
}

static void take(struct fixture *f, const char *value)
{
	struct slice in = slice_str(value), scheme;
	struct digest_challenge challenge;
	enum digest_verdict verdict;

	assert_true(digest_challenge_next(&in, &verdict, &scheme, &challenge));
	assert_int_equal(verdict, DIGEST_USABLE);
	assert_int_equal(digest_session_take(&f->session, &challenge), 0);
}

static const struct digest_request request = { .user = SLICE("1001"),
	                                       .method = SLICE("REGISTER"),
	                                       .uri = SLICE("sip:pbx.example"),
	                                       .body = SLICE(""),
	                                       .cnonce = SLICE("0123456789abcdef") };

/* Answers, and checks the answer the way a server does. */
static uint32_t answer(struct fixture *f, const char *realm, const char *nonce)
{
	char memory[1024];
	struct buf out = buf_over(memory, sizeof(memory));
	struct digest_credentials credentials;
	struct digest_ha1 ha1;

	assert_int_equal(
		digest_session_answer(f->digest, &f->session, &request, SLICE("secret"), &out), 0);
	assert_int_equal(digest_credentials_parse(buf_slice(&out), &credentials), PARSE_OK);
	assert_true(slice_equal(credentials.realm, slice_str(realm)));
	assert_true(slice_equal(credentials.nonce, slice_str(nonce)));
	assert_int_equal(digest_ha1(f->digest, credentials.algorithm, request.user,
	                            slice_str(realm), SLICE("secret"), &ha1),
	                 0);
	assert_true(digest_verify(f->digest, &credentials, &ha1, request.method, request.body));
	return credentials.nc;
}

static void a_nonce_is_used_again_with_a_rising_count(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	take(&f, "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"");
	assert_int_equal(answer(&f, "r", "n1"), 1);
	assert_int_equal(answer(&f, "r", "n1"), 2);
	take(&f, "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", stale=true");
	assert_int_equal(answer(&f, "r", "n1"), 3);
	take(&f, "Digest realm=\"r\", nonce=\"n2\", qop=\"auth\"");
	assert_int_equal(answer(&f, "r", "n2"), 1);
	assert_int_equal(f.session.answers, 3);
	tear_down(&f);
}

static void another_realm_or_algorithm_is_answered_with_its_own_hash(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	take(&f, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
	assert_int_equal(answer(&f, "r", "n"), 1);
	take(&f, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256");
	assert_int_equal(answer(&f, "r", "n"), 2);
	take(&f, "Digest realm=\"other\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256");
	assert_int_equal(f.session.answers, 1);
	assert_int_equal(answer(&f, "other", "n"), 1);
	tear_down(&f);
}

static void a_server_that_knows_another_password_is_noticed(void **state)
{
	struct fixture f;
	struct digest_request first = request;
	char right[128], rspauth[DIGEST_HEX_MAX];
	struct digest_ha1 ha1;
	struct buf info = buf_over(right, sizeof(right));

	(void)state;
	set_up(&f);
	first.nc = 1;
	assert_false(
		digest_session_disproved(f.digest, &f.session, &request, SLICE("rspauth=\"00\"")));
	take(&f, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
	answer(&f, "r", "n");
	buf_str(&info, "rspauth=\"");
	digest_session_ha1(&f.session, &ha1);
	assert_int_equal(digest_rspauth(f.digest, f.session.kept, &ha1, &first, rspauth), 0);
	buf_put(&info, slice_of(rspauth, 32));
	buf_str(&info, "\"");
	assert_false(digest_session_disproved(f.digest, &f.session, &request, buf_slice(&info)));
	assert_false(digest_session_disproved(f.digest, &f.session, &request, SLICE_NONE));
	assert_false(digest_session_disproved(f.digest, &f.session, &request,
	                                      SLICE("nextnonce=\"n2\"")));
	right[9] ^= 1;
	assert_true(digest_session_disproved(f.digest, &f.session, &request, buf_slice(&info)));
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nonce_is_used_again_with_a_rising_count),
		cmocka_unit_test(another_realm_or_algorithm_is_answered_with_its_own_hash),
		cmocka_unit_test(a_server_that_knows_another_password_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
