/* Reading challenges: one verdict for each, where one ends and the next begins, and what is kept.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Writes what a header value reads as: "Digest USABLE MD5 auth [realm|nonce|opaque]; ..." */
static void read_all(struct slice in, char *out, size_t cap)
{
	static const char *const verdicts[] = {
		[DIGEST_USABLE] = "USABLE",       [DIGEST_NOT_DIGEST] = "NOT_DIGEST",
		[DIGEST_MALFORMED] = "MALFORMED", [DIGEST_NO_ALGORITHM] = "NO_ALGORITHM",
		[DIGEST_NO_QOP] = "NO_QOP",       [DIGEST_TOO_LONG] = "TOO_LONG",
	};
	static const char *const qops[] = { "none", "auth", "auth-int", "unknown" };
	struct buf text = buf_over(out, cap);
	enum digest_verdict verdict;
	struct slice scheme;
	struct digest_challenge challenge;

	for (size_t before = in.n; digest_challenge_next(&in, &verdict, &scheme, &challenge);
	     before = in.n) {
		assert_true(in.n < before); /* so that every loop like this one ends */
		if (text.n)
			buf_str(&text, "; ");
		buf_put(&text, scheme);
		buf_char(&text, ' ');
		buf_str(&text, verdicts[verdict]);
		if (verdict != DIGEST_USABLE && verdict != DIGEST_NO_ALGORITHM &&
		    verdict != DIGEST_NO_QOP)
			continue;
		buf_char(&text, ' ');
		buf_str(&text, digest_algorithm_name(challenge.algorithm, challenge.sess));
		buf_char(&text, ' ');
		buf_str(&text, qops[challenge.qop]);
		buf_str(&text, challenge.stale ? " stale [" : " [");
		buf_put(&text, challenge.realm);
		buf_char(&text, '|');
		buf_put(&text, challenge.nonce);
		buf_char(&text, '|');
		buf_put(&text, slice_present(challenge.opaque) ? challenge.opaque : SLICE("-"));
		buf_char(&text, ']');
	}
	assert_int_equal(in.n, 0);
	assert_int_equal(buf_end(&text), 0);
}

struct row {
	const char *value, *want;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char got[2048];

		read_all(slice_str(rows[i].value), got, sizeof(got));
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s\n    reads as: %s\n    not as:   %s", rows[i].value, got,
			         rows[i].want);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void one_challenge_reads_as_it_stands(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ " , ,, ", "" },
		{ "Digest realm=\"r\", nonce=\"n\"", "Digest USABLE MD5 none [r|n|-]" },
		{ "DIGEST REALM=\"r\",NONCE=\"n\",OPAQUE=\"\",STALE=TRUE",
		  "DIGEST USABLE MD5 none stale [r|n|]" },
		{ "Digest realm=\"\", nonce=\"\"", "Digest USABLE MD5 none [||-]" },
		{ "Digest realm = \"r\" ,\r\n nonce\r\n\t=\r\n \"n\" ",
		  "Digest USABLE MD5 none [r|n|-]" },
		{ "Digest realm=\"a, nonce=\\\"b\\\"\", nonce=\"n\"",
		  "Digest USABLE MD5 none [a, nonce=\\\"b\\\"|n|-]" },
		{ "Digest realm=r, nonce=abc+/==, stale=\"true\"",
		  "Digest USABLE MD5 none stale [r|abc+/==|-]" },
		{ "Digest realm=\"r\", nonce=\"n\", stale=false, domain=\"sip:a sip:b\", "
		  "userhash=true, charset=UTF-8, x=1, x=2",
		  "Digest USABLE MD5 none [r|n|-]" },
		{ "Digest realm=\"a\r\n b\", nonce=\"a\tb\"",
		  "Digest USABLE MD5 none [a\r\n b|a\tb|-]" },
		{ "Digest realm=\"a\\\\\r\n b\", nonce=\"\xff\xc3\xb6\"",
		  "Digest USABLE MD5 none [a\\\\\r\n b|\xff\xc3\xb6|-]" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void algorithms_are_read_without_case_and_with_quotes(void **state)
{
	static const struct row rows[] = {
		{ "Digest realm=\"\",nonce=\"\",algorithm=MD5", "Digest USABLE MD5 none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=\"md5-SESS\"",
		  "Digest USABLE MD5-sess none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=sha-256",
		  "Digest USABLE SHA-256 none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=SHA-256-sess",
		  "Digest USABLE SHA-256-sess none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=SHA-512-256",
		  "Digest USABLE SHA-512-256 none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=SHA-512-256-sess",
		  "Digest USABLE SHA-512-256-sess none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=SHA-512",
		  "Digest NO_ALGORITHM unknown none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=",
		  "Digest NO_ALGORITHM unknown none [||-]" },
		{ "Digest realm=\"\",nonce=\"\",algorithm=AKAv1-MD5,qop=auth-conf",
		  "Digest NO_ALGORITHM unknown unknown [||-]" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void the_best_qop_of_a_list_is_picked(void **state)
{
	/* C11, and lists with garbage in them. */
	static const struct {
		const char *list, *want;
	} rows[] = {
		{ "auth", "USABLE MD5 auth" },
		{ "AUTH", "USABLE MD5 auth" },
		{ "auth-int", "USABLE MD5 auth-int" },
		{ "auth,auth-int", "USABLE MD5 auth" },
		{ "auth-int,auth", "USABLE MD5 auth" },
		{ " auth-int , auth ", "USABLE MD5 auth" },
		{ "auth auth-int", "USABLE MD5 auth" },
		{ "auth-conf,,;auth;, auth-int,", "USABLE MD5 auth-int" },
		{ "authx,xauth,auth-intx", "NO_QOP MD5 unknown" },
		{ "auth-conf", "NO_QOP MD5 unknown" },
		{ "", "USABLE MD5 none" },
		{ " , ,", "USABLE MD5 none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[256], want[256];

		snprintf(value, sizeof(value), "Digest realm=\"\", nonce=\"\", qop=\"%s\"",
		         rows[i].list);
		snprintf(want, sizeof(want), "Digest %s [||-]", rows[i].want);
		check_rows(&(struct row){ value, want }, 1);
	}
}

static void a_broken_challenge_is_malformed(void **state)
{
	static const struct row rows[] = {
		{ "Digest", "Digest MALFORMED" },
		{ "Digest realm=\"r\"", "Digest MALFORMED" },
		{ "Digest nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm, nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n", "Digest MALFORMED" },
		{ "Digest realm=\"r, nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\\\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\" nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\"; nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", realm=\"r\", nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", NONCE=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", opaque=\"\", opaque=\"\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", stale=true, stale=true", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", qop=auth, qop=auth", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, algorithm=MD5",
		  "Digest MALFORMED" },
		{ "Digest realm=a\\b, nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=a\"b, nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", @", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", =x", "Digest MALFORMED" },
		{ "Digest realm=\"a\rb\", nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"a\r\nb\", nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"a\\\r\n b\", nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"a\nb\", nonce=\"n\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\x1b[2J\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"\x7f\"", "Digest MALFORMED" },
		{ "Digest realm=\"r\", nonce=\"n\", opaque=\"\\\x01\"", "Digest MALFORMED" },
		{ "realm=\"r\", nonce=\"n\"", " MALFORMED" },
		{ "\"Digest\" realm=\"r\", nonce=\"n\"", " MALFORMED" },
		{ "@", " MALFORMED" },
		{ "\"", " MALFORMED" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void a_nul_is_a_control_byte_wherever_it_stands(void **state)
{
	static const char good[] = "Digest realm=\"realm\", nonce=\"nonce\", opaque=\"opaque\"";

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		char value[sizeof(good)], got[256];

		memcpy(value, good, sizeof(good));
		value[i] = 0;
		read_all(slice_of(value, sizeof(good) - 1), got, sizeof(got));
		assert_null(strstr(got, "USABLE"));
	}
}

static void a_comma_separates_directives_and_challenges(void **state)
{
	static const struct row rows[] = {
		{ "Basic realm=\"b\", Digest realm=\"r\", nonce=\"n\"",
		  "Basic NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "Digest realm=\"r\", nonce=\"n\", Basic realm=\"b\", charset=\"UTF-8\"",
		  "Digest USABLE MD5 none [r|n|-]; Basic NOT_DIGEST" },
		{ "NTLM, Digest realm=\"r\", nonce=\"n\", Negotiate",
		  "NTLM NOT_DIGEST; Digest USABLE MD5 none [r|n|-]; Negotiate NOT_DIGEST" },
		{ "NTLM TlRM==, Digest realm=\"r\", nonce=\"n\"",
		  "NTLM NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "NTLM TlRM, Digest realm=\"r\", nonce=\"n\"",
		  "NTLM NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "Negotiate a/b+c._~-== , Digest realm=\"r\", nonce=\"n\"",
		  "Negotiate NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "Bearer a = b, c\t= d, Digest\trealm=\"r\",,, nonce=\"n\"",
		  "Bearer NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "Digest realm=\"1\", nonce=\"1\", algorithm=SHA-256, Digest realm=\"2\", "
		  "nonce=\"2\", algorithm=MD5,Digest realm=\"3\",nonce=\"3\"",
		  "Digest USABLE SHA-256 none [1|1|-]; Digest USABLE MD5 none [2|2|-]; "
		  "Digest USABLE MD5 none [3|3|-]" },
		{ "New a=\"Digest realm=\\\"x\\\", nonce=\\\"y\\\"\", Digest realm=\"r\", "
		  "nonce=\"n\"",
		  "New NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		/* What is broken ends with its challenge, if its quotes end. */
		{ "Digest realm=\"r\" nonce=\"n\", Digest realm=\"r\", nonce=\"n\"",
		  "Digest MALFORMED; Digest USABLE MD5 none [r|n|-]" },
		{ "Basic @ \"a, Digest b\" x, Digest realm=\"r\", nonce=\"n\"",
		  "Basic NOT_DIGEST; Digest USABLE MD5 none [r|n|-]" },
		{ "stray=1, Digest realm=\"r\", nonce=\"n\"",
		  " MALFORMED; Digest USABLE MD5 none [r|n|-]" },
		{ "Basic realm=\"open, Digest realm=\"r\", nonce=\"n\"", "Basic NOT_DIGEST" },
		/* A list of qop without quotes is no list: its comma ends the directive. */
		{ "Digest realm=\"r\", nonce=\"n\", qop=auth,auth-int",
		  "Digest USABLE MD5 auth [r|n|-]; auth-int NOT_DIGEST" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void a_hundred_unknown_schemes_hide_nothing(void **state)
{
	/* C06 */
	char value[8192];
	struct buf text = buf_over(value, sizeof(value));
	struct digest_challenge challenge;
	enum digest_verdict verdict;
	struct slice scheme;
	int others = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		buf_str(&text, "Scheme-");
		buf_u64(&text, i);
		buf_str(&text, i % 3 == 0 ? ", " : i % 3 == 1 ? " abc==, " : " realm=\"b\", ");
	}
	buf_str(&text, "Digest realm=\"r\", nonce=\"n\"");
	assert_int_equal(buf_end(&text), 0);
	struct slice in = buf_slice(&text);
	while (digest_challenge_next(&in, &verdict, &scheme, &challenge) &&
	       verdict == DIGEST_NOT_DIGEST)
		others++;
	assert_int_equal(others, 100);
	assert_int_equal(verdict, DIGEST_USABLE);
	assert_slice(challenge.realm, "r");
	assert_false(digest_challenge_next(&in, &verdict, &scheme, &challenge));
}

static void without_a_challenge_there_is_none(void **state)
{
	/* C05: an empty header value; results stay as they were. */
	enum digest_verdict verdict = DIGEST_TOO_LONG;
	struct slice in = SLICE(" "), scheme = SLICE("before");
	struct digest_challenge challenge = { .realm = SLICE("before") };

	(void)state;
	assert_false(digest_challenge_next(&in, &verdict, &scheme, &challenge));
	assert_int_equal(verdict, DIGEST_TOO_LONG);
	assert_slice(scheme, "before");
	assert_slice(challenge.realm, "before");
}

static void the_stronger_algorithm_is_better_and_the_first_of_equals(void **state)
{
	/* C07: whatever the order they come in. */
	const struct digest_challenge md5 = { .algorithm = DIGEST_MD5 };
	const struct digest_challenge sha = { .algorithm = DIGEST_SHA_256 };
	const struct digest_challenge sha512 = { .algorithm = DIGEST_SHA_512_256 };

	(void)state;
	assert_true(digest_better(&sha, &md5));
	assert_false(digest_better(&md5, &sha));
	assert_true(digest_better(&sha512, &sha));
	assert_false(digest_better(&sha, &sha512));
	assert_false(digest_better(&md5, &md5));
}

/* A challenge with n bytes of each realm, nonce and opaque. */
static size_t challenge_of(char *out, size_t realm_n, size_t nonce_n, size_t opaque_n,
                           const char *piece)
{
	const char *const names[] = { "Digest realm=\"", "\", nonce=\"", "\", opaque=\"" };
	const size_t counts[] = { realm_n, nonce_n, opaque_n };
	size_t n = 0, piece_n = strlen(piece);

	for (int i = 0; i < 3; i++) {
		memcpy(out + n, names[i], strlen(names[i]));
		n += strlen(names[i]);
		for (size_t k = 0; k < counts[i]; k++, n += piece_n)
			memcpy(out + n, piece, piece_n);
	}
	out[n++] = '"';
	return n;
}

static void the_limits_are_exact(void **state)
{
	static const struct {
		size_t realm_n, nonce_n, opaque_n;
		enum digest_verdict verdict;
	} rows[] = {
		{ 255, 512, 512, DIGEST_USABLE },
		{ 256, 1, 1, DIGEST_TOO_LONG },
		{ 1, 513, 1, DIGEST_TOO_LONG },
		{ 1, 1, 513, DIGEST_TOO_LONG },
		/* C01 */
		{ 60000, 1, 1, DIGEST_TOO_LONG },
		{ 1, 60000, 1, DIGEST_TOO_LONG },
		{ 1, 1, 60000, DIGEST_TOO_LONG },
	};
	/* A quoted pair counts as the one byte that it stands for. */
	static const char *const pieces[] = { "x", "\\\"", "\\\\" };
	char *text = malloc(200000);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 3 * sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t row = i / 3;
		size_t n = challenge_of(text, rows[row].realm_n, rows[row].nonce_n,
		                        rows[row].opaque_n, pieces[i % 3]);
		struct slice in = slice_of(text, n), scheme;
		struct digest_challenge challenge;
		enum digest_verdict verdict;
		struct digest_kept *kept = NULL;

		assert_true(digest_challenge_next(&in, &verdict, &scheme, &challenge));
		assert_int_equal(verdict, rows[row].verdict);
		if (verdict != DIGEST_USABLE)
			continue;
		assert_int_equal(digest_keep(&challenge, &kept), 0);
		assert_int_equal(digest_kept_realm(kept).n, 255);
		assert_int_equal(digest_kept_nonce(kept).n, 512);
		assert_int_equal(digest_kept_opaque(kept).n, 512);
		assert_true(digest_same_realm(kept, &challenge));
		assert_true(digest_same_nonce(kept, &challenge));
		free(kept);
	}
	free(text);
}

static void every_prefix_stays_within_its_bytes(void **state)
{
	static const char *const values[] = {
		"Digest realm=\"a\\\"b\", nonce=\"n\r\n n\", opaque=\"o\", qop=\"auth,auth-int\"",
		"NTLM TlRM==, Basic realm=\"b\", Digest realm=r, nonce=abc==, Negotiate",
		"Digest realm = \"\\\\\" , nonce\r\n\t= \"\r\n \" , x=,y",
	};
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (size_t n = 0; n <= strlen(values[i]); n++) {
			char *at = pages + page - n, got[512];
			struct digest_credentials credentials;
			struct digest_info info;

			memcpy(at, values[i], n);
			read_all(slice_of(at, n), got, sizeof(got));
			/* A whole challenge is not usable before its nonce is closed. */
			if (strstr(got, "USABLE"))
				assert_non_null(strstr(got, "|"));
			assert_int_equal(digest_credentials_parse(slice_of(at, n), &credentials),
			                 PARSE_BAD);
			digest_info_parse(slice_of(at, n), &info);
		}
	}
	munmap(pages, 2 * page);
}

/* Keeps the first challenge of value in *kept. */
static void keep(const char *value, struct digest_kept **kept, struct digest_challenge *challenge)
{
	struct slice in = slice_str(value), scheme;
	enum digest_verdict verdict;

	assert_true(digest_challenge_next(&in, &verdict, &scheme, challenge));
	assert_int_equal(verdict, DIGEST_USABLE);
	assert_int_equal(digest_keep(challenge, kept), 0);
}

static void what_is_kept_has_its_escapes_resolved(void **state)
{
	struct digest_kept *kept = NULL;
	struct digest_challenge challenge;

	(void)state;
	keep("Digest realm=\"a\\\"b\", nonce=\"c \r\n\t d\", opaque=\"\\\\\", algorithm=MD5-sess, "
	     "qop=auth-int",
	     &kept, &challenge);
	assert_slice(digest_kept_realm(kept), "a\"b");
	assert_slice(digest_kept_nonce(kept), "c d");
	assert_slice(digest_kept_opaque(kept), "\\");
	assert_int_equal(kept->algorithm, DIGEST_MD5);
	assert_true(kept->sess);
	assert_true(kept->algorithm_named);
	assert_int_equal(kept->qop, DIGEST_QOP_AUTH_INT);
	/* A later one takes its place. */
	keep("Digest realm=\"other\", nonce=\"\"", &kept, &challenge);
	assert_slice(digest_kept_realm(kept), "other");
	assert_slice(digest_kept_nonce(kept), "");
	assert_slice(digest_kept_opaque(kept), NULL);
	assert_false(kept->algorithm_named);
	free(kept);
}

static void a_next_nonce_takes_the_place_of_the_nonce_alone(void **state)
{
	/* C15 */
	static char long_nonce[DIGEST_TEXT_MAX + 2];
	struct digest_kept *kept = NULL;
	struct digest_challenge challenge;

	(void)state;
	keep("Digest realm=\"r\", nonce=\"n\", opaque=\"o\", qop=auth", &kept, &challenge);
	assert_int_equal(digest_keep_nonce(SLICE("ne\\\"xt"), &kept), 0);
	assert_slice(digest_kept_realm(kept), "r");
	assert_slice(digest_kept_nonce(kept), "ne\"xt");
	assert_slice(digest_kept_opaque(kept), "o");
	assert_int_equal(kept->qop, DIGEST_QOP_AUTH);

	memset(long_nonce, 'x', DIGEST_TEXT_MAX + 1);
	assert_int_equal(digest_keep_nonce(slice_str(long_nonce), &kept), -EMSGSIZE);
	assert_slice(digest_kept_nonce(kept), "ne\"xt");
	free(kept);
	kept = NULL;

	keep("Digest realm=\"r\", nonce=\"n\"", &kept, &challenge);
	assert_int_equal(digest_keep_nonce(SLICE("m"), &kept), 0);
	assert_slice(digest_kept_opaque(kept), NULL);
	free(kept);
}

static void the_same_realm_is_the_same_text_however_it_is_quoted(void **state)
{
	static const struct {
		const char *value;
		bool same_realm, same_nonce;
	} rows[] = {
		{ "Digest realm=\"a b\", nonce=\"n\"", true, true },
		{ "Digest realm=\"\\a b\", nonce=n", true, true },
		{ "Digest realm=\"a\r\n b\", nonce=\"N\"", true, false },
		{ "Digest realm=\"A b\", nonce=\"n\\\\\"", false, false },
		{ "Digest realm=\"\", nonce=\"\"", false, false },
	};
	struct digest_kept *kept = NULL, *other = NULL;
	struct digest_challenge challenge;

	(void)state;
	keep("Digest realm=\"a b\", nonce=\"n\"", &kept, &challenge);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		keep(rows[i].value, &other, &challenge);
		assert_int_equal(digest_same_realm(kept, &challenge), rows[i].same_realm);
		assert_int_equal(digest_same_nonce(kept, &challenge), rows[i].same_nonce);
	}
	/* One that was too long to be kept is nobody's. */
	static char long_text[DIGEST_TEXT_MAX + 2];
	memset(long_text, 'x', DIGEST_TEXT_MAX + 1);
	challenge.nonce = slice_str(long_text);
	assert_false(digest_same_nonce(kept, &challenge));
	free(kept);
	free(other);
}

static void names_of_algorithms_are_those_of_the_registry(void **state)
{
	(void)state;
	assert_string_equal(digest_algorithm_name(DIGEST_MD5, false), "MD5");
	assert_string_equal(digest_algorithm_name(DIGEST_SHA_256, true), "SHA-256-sess");
	assert_string_equal(digest_algorithm_name(DIGEST_SHA_512_256, false), "SHA-512-256");
	assert_string_equal(digest_algorithm_name(DIGEST_UNKNOWN, false), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_challenge_reads_as_it_stands),
		cmocka_unit_test(algorithms_are_read_without_case_and_with_quotes),
		cmocka_unit_test(the_best_qop_of_a_list_is_picked),
		cmocka_unit_test(a_broken_challenge_is_malformed),
		cmocka_unit_test(a_nul_is_a_control_byte_wherever_it_stands),
		cmocka_unit_test(a_comma_separates_directives_and_challenges),
		cmocka_unit_test(a_hundred_unknown_schemes_hide_nothing),
		cmocka_unit_test(without_a_challenge_there_is_none),
		cmocka_unit_test(the_stronger_algorithm_is_better_and_the_first_of_equals),
		cmocka_unit_test(the_limits_are_exact),
		cmocka_unit_test(every_prefix_stays_within_its_bytes),
		cmocka_unit_test(what_is_kept_has_its_escapes_resolved),
		cmocka_unit_test(a_next_nonce_takes_the_place_of_the_nonce_alone),
		cmocka_unit_test(the_same_realm_is_the_same_text_however_it_is_quoted),
		cmocka_unit_test(names_of_algorithms_are_those_of_the_registry),
	};

	return cmocka_run_group_tests_name("digest challenge", tests, NULL, NULL);
}
