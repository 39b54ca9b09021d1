/* Who may register: challenges, right and wrong answers, nonces and their counts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "practice/nonce.h"
#include "unit/practice/desk.h"

static struct desk desk;

static int setup(void **state)
{
	const struct practice_config config = desk_config();

	(void)state;
	desk_open(&desk, &config);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	desk_close(&desk);
	return 0;
}

/* Gets a challenge and keeps the one with this algorithm. */
static struct digest_kept *get_challenge(enum digest_algorithm algorithm)
{
	bool stale;

	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, ""), 401);
	struct digest_kept *kept = desk_challenge(&desk, algorithm, &stale);
	assert_non_null(kept);
	assert_false(stale);
	return kept;
}

static unsigned answer_with(struct ask ask, const struct digest_kept *kept, uint32_t nc)
{
	char line[2048];

	desk_authorization(&desk, ask, kept, nc, line, sizeof(line));
	return desk_ask_with(&desk, ask, line);
}

/* Whether the last answer is a challenge that says stale=true in each of its headers. */
static bool is_stale(void)
{
	bool sha = false, md5 = false;
	struct digest_kept *a = desk_challenge(&desk, DIGEST_SHA_256, &sha);
	struct digest_kept *b = desk_challenge(&desk, DIGEST_MD5, &md5);

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(sha, md5);
	free(a);
	free(b);
	return sha;
}

static void each_algorithm_has_a_challenge_the_strongest_first(void **state)
{
	char want[512];

	(void)state;
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, ""), 401);
	const char *nonce = strstr(desk.bytes, "nonce=\"") + 7;
	snprintf(
		want, sizeof(want),
		"WWW-Authenticate: Digest realm=\"re\\\"alm\", nonce=\"%.32s\", algorithm=SHA-256, "
		"qop=\"auth\"\r\nWWW-Authenticate: Digest realm=\"re\\\"alm\", nonce=\"%.32s\", "
		"algorithm=MD5, qop=\"auth\"",
		nonce, nonce);
	assert_true(desk_has(&desk, want));
	assert_string_equal(desk_log(&desk),
	                    "1001 was asked for its password, at 192.0.2.77:43122\n");
}

static void every_algorithm_session_and_qop_is_taken(void **state)
{
	static const enum digest_qop qops[] = { DIGEST_QOP_NONE, DIGEST_QOP_AUTH,
		                                DIGEST_QOP_AUTH_INT };

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct digest_kept *kept = get_challenge(i & 1 ? DIGEST_MD5 : DIGEST_SHA_256);

		kept->sess = i & 2;
		kept->qop = qops[i / 4];
		if (answer_with((struct ask){ 0 }, kept, 1) != 200)
			fail_msg("case %u is answered %u", i, desk.msg.status);
		free(kept);
	}
}

static void an_algorithm_that_was_not_offered_is_no_answer(void **state)
{
	struct digest_kept *kept = get_challenge(DIGEST_MD5);

	(void)state;
	kept->algorithm = DIGEST_SHA_512_256;
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 401);
	assert_false(is_stale());
	free(kept);
}

static void a_wrong_name_or_password_is_asked_again_and_told(void **state)
{
	static const struct {
		const char *extension, *user, *password, *why;
		unsigned status;
	} rows[] = {
		{ "1001", "1001", "secret1001", NULL, 200 },
		{ "1001", "1001", "Secret1001", "wrong password", 401 },
		{ "1001", "1001", "", "wrong password", 401 },
		{ "1001", "nobody", "secret1001", "unknown auth user", 401 },
		{ "1002", "studio-a", "secret1002", NULL, 200 },
		{ "1002", "1002", "secret1002", "unknown auth user", 401 },
		/* Two extensions share the auth user "studio-a", with a password each. */
		{ "1004", "studio-a", "secret1004", NULL, 200 },
		{ "1002", "studio-a", "secret1004", "the auth user does not own this extension",
		  403 },
		{ "1002", "studio-a", "secret1001", "wrong password", 401 },
		{ "1001", "studio-a", "secret1002", "the auth user does not own this extension",
		  403 },
		{ "1002", "1001", "secret1001", "the auth user does not own this extension", 403 },
		{ "studio%203", "a\"b\\", "se:\"cret", NULL, 200 },
		{ "studio%203", "a\"b", "se:\"cret", "unknown auth user", 401 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ask ask = { .extension = rows[i].extension,
			                 .user = rows[i].user,
			                 .password = rows[i].password };

		desk_log_clear(&desk);
		if (desk_ask(&desk, ask) != rows[i].status)
			fail_msg("row %zu is answered %u", i, desk.msg.status);
		if (rows[i].why)
			assert_non_null(strstr(desk_log(&desk), rows[i].why));
		if (rows[i].status == 401)
			assert_false(is_stale());
	}
}

static void a_name_too_long_to_be_anybodys_is_nobodys(void **state)
{
	char user[1001];

	(void)state;
	memset(user, 'u', 1000);
	user[1000] = 0;
	assert_int_equal(desk_ask(&desk, (struct ask){ .user = user }), 401);
	assert_non_null(strstr(desk_log(&desk), "unknown auth user"));
}

static void answers_for_other_realms_and_schemes_are_passed_over(void **state)
{
	static const char other[] =
		"Authorization: Basic MTAwMTpzZWNyZXQ=\r\n"
		"Authorization: Digest username=\"u\", realm=\"other\", nonce=\"n\", uri=\"x\", "
		"response=\"f\"\r\n"
		"Authorization: \"\r\n";
	struct digest_kept *kept = get_challenge(DIGEST_SHA_256);
	char lines[4096];

	(void)state;
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, other), 401);
	memcpy(lines, other, sizeof(other));
	desk_authorization(&desk, (struct ask){ 0 }, kept, 1, lines + strlen(lines), 2048);
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, lines), 200);
	free(kept);
}

static void a_broken_answer_is_told_so(void **state)
{
	(void)state;
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 },
	                               "Authorization: Digest username=\"1001\"\r\n"),
	                 400);
	desk_assert_reason(&desk, "Malformed Authorization");
}

static void a_nonce_serves_many_requests_with_a_rising_count(void **state)
{
	struct digest_kept *kept = get_challenge(DIGEST_SHA_256);
	static const struct {
		uint32_t nc;
		unsigned status;
	} rows[] = {
		{ 1, 200 },          { 2, 200 },          { 2, 401 },  { 1, 401 },
		{ 5, 200 },          { 4, 401 },          { 16, 200 }, { 17, 200 },
		{ UINT32_MAX, 200 }, { UINT32_MAX, 401 }, { 0, 401 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (answer_with((struct ask){ 0 }, kept, rows[i].nc) != rows[i].status)
			fail_msg("row %zu is answered %u", i, desk.msg.status);
		if (rows[i].status == 401)
			assert_true(is_stale());
	}
	assert_non_null(strstr(desk_log(&desk), "its nonce count was used before"));
	free(kept);
}

static void without_qop_a_nonce_is_good_for_one_request(void **state)
{
	struct digest_kept *kept = get_challenge(DIGEST_MD5);

	(void)state;
	kept->qop = DIGEST_QOP_NONE;
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 200);
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 401);
	assert_true(is_stale());
	free(kept);
}

static void a_wrong_password_uses_no_count_up(void **state)
{
	struct digest_kept *kept = get_challenge(DIGEST_SHA_256);

	(void)state;
	assert_int_equal(answer_with((struct ask){ .password = "wrong" }, kept, 1), 401);
	assert_false(is_stale());
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 200);
	free(kept);
}

static void an_old_nonce_is_stale(void **state)
{
	struct digest_kept *kept = get_challenge(DIGEST_SHA_256);

	(void)state;
	desk.now_ms += 300 * 1000;
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 200);
	desk.now_ms += 1000;
	assert_int_equal(answer_with((struct ask){ 0 }, kept, 2), 401);
	assert_true(is_stale());
	assert_non_null(strstr(desk_log(&desk), "its nonce is too old"));
	/* The new one works, and with a wrong password an old one is not called stale. */
	bool stale;
	struct digest_kept *fresh = desk_challenge(&desk, DIGEST_SHA_256, &stale);
	assert_int_equal(answer_with((struct ask){ 0 }, fresh, 1), 200);
	assert_int_equal(answer_with((struct ask){ .password = "wrong" }, kept, 3), 401);
	assert_false(is_stale());
	free(kept);
	free(fresh);
}

static void a_nonce_that_is_not_ours_is_stale(void **state)
{
	static const char *const forged[] = { "x",
		                              "",
		                              "00000000000000010000000000000000",
		                              "0000138800000001zzzzzzzzzzzzzzzz",
		                              "zzzzzzzz000000010000000000000000",
		                              "00001388zzzzzzzz0000000000000000" };
	struct digest_kept *kept = get_challenge(DIGEST_SHA_256);

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		assert_int_equal(digest_keep_nonce(slice_str(forged[i]), &kept), 0);
		assert_int_equal(answer_with((struct ask){ 0 }, kept, 1), 401);
		assert_true(is_stale());
	}
	assert_non_null(strstr(desk_log(&desk), "its nonce is none of this run's"));
	free(kept);
}

static void one_digit_changed_makes_a_nonce_foreign(void **state)
{
	const struct hash_key key = { 1, 2 };
	struct practice_nonces *nonces;
	char memory[64];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	assert_int_equal(practice_nonces_new(&key, 4, &nonces), 0);
	practice_nonce_make(nonces, 7000, &out);
	assert_int_equal(out.n, PRACTICE_NONCE_LEN);
	for (size_t i = 0; i < PRACTICE_NONCE_LEN; i++) {
		char was = memory[i];

		memory[i] = was == '0' ? '1' : '0';
		assert_int_equal(practice_nonce_use(nonces, buf_slice(&out), 1, 10, 7000),
		                 PRACTICE_NONCE_FOREIGN);
		memory[i] = was;
	}
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out), 1, 10, 7000),
	                 PRACTICE_NONCE_GOOD);
	practice_nonces_free(nonces);
}

static void a_newer_nonce_takes_the_place_of_an_older(void **state)
{
	const struct hash_key key = { 1, 2 };
	struct practice_nonces *nonces;
	char memory[6][64];
	struct buf out[6];

	(void)state;
	assert_int_equal(practice_nonces_new(&key, 4, &nonces), 0);
	for (int i = 0; i < 6; i++) {
		out[i] = buf_over(memory[i], sizeof(memory[i]));
		practice_nonce_make(nonces, 7000, &out[i]);
	}
	/* The first and the fifth have one place. */
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[0]), 1, 10, 7000),
	                 PRACTICE_NONCE_GOOD);
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[4]), 1, 10, 7000),
	                 PRACTICE_NONCE_GOOD);
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[0]), 2, 10, 7000),
	                 PRACTICE_NONCE_OLD);
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[4]), 1, 10, 7000),
	                 PRACTICE_NONCE_USED);
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[1]), 9, 10, 7000),
	                 PRACTICE_NONCE_GOOD);
	/* A count begins at 1. */
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[3]), 0, 10, 7000),
	                 PRACTICE_NONCE_USED);
	/* Before it was made, by a clock that was set back, it is too old as well. */
	assert_int_equal(practice_nonce_use(nonces, buf_slice(&out[2]), 1, 10, 6000),
	                 PRACTICE_NONCE_OLD);
	practice_nonces_free(nonces);
	practice_nonces_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_algorithm_has_a_challenge_the_strongest_first),
		TEST(every_algorithm_session_and_qop_is_taken),
		TEST(an_algorithm_that_was_not_offered_is_no_answer),
		TEST(a_wrong_name_or_password_is_asked_again_and_told),
		TEST(a_name_too_long_to_be_anybodys_is_nobodys),
		TEST(answers_for_other_realms_and_schemes_are_passed_over),
		TEST(a_broken_answer_is_told_so),
		TEST(a_nonce_serves_many_requests_with_a_rising_count),
		TEST(without_qop_a_nonce_is_good_for_one_request),
		TEST(a_wrong_password_uses_no_count_up),
		TEST(an_old_nonce_is_stale),
		TEST(a_nonce_that_is_not_ours_is_stale),
		cmocka_unit_test(one_digit_changed_makes_a_nonce_foreign),
		cmocka_unit_test(a_newer_nonce_takes_the_place_of_an_older),
	};

	return cmocka_run_group_tests_name("practice auth", tests, NULL, NULL);
}
