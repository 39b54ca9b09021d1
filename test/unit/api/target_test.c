/* What a request names: paths that can be written in one way, queries, hosts that are ours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "api/target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int parse(const char *uri, struct api_target *target, char why[160])
{
	struct buf reterr = buf_over(why, 160);
	int r = api_target_parse(slice_str(uri), target, &reterr);

	assert_int_equal(buf_end(&reterr), 0);
	assert_true(r == -EINVAL ? reterr.n > 0 : reterr.n == 0);
	return r;
}

static void a_plain_path_is_taken(void **state)
{
	static const char *const good[] = {
		"/",     "/a",   "/api/v1/lines/12", "/assets/app-1.2_x.js", "/.well-known/x",
		"/a..b", "/..a",
	};
	struct api_target target;
	char why[160];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse(good[i], &target, why), 0);
		assert_true(slice_equal(target.path, slice_str(good[i])));
		assert_false(slice_present(target.authority));
	}
}

static void a_path_that_could_be_another_is_refused(void **state)
{
	static const char *const bad[] = {
		"",         "a",          "*",           "//",      "//a",     "/a/",
		"/a//b",    "/.",         "/..",         "/a/./b",  "/a/../b", "/.../a",
		"/%61",     "/a%2fb",     "/%2e%2e/a",   "/a b",    "/a\\b",   "/a;b",
		"/a#b",     "/a:b",       "/\xc3\xa4",   "/a\x7f",  "?a=b",    "http://",
		"http://x", "http://x?a", "https://x/a", "http:/a", "x/a",     "/~a",
		"/a@b",
	};
	struct api_target target;
	char why[160];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse(bad[i], &target, why) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void an_authority_stands_in_front_of_a_path(void **state)
{
	struct api_target target;
	char why[160];

	(void)state;
	assert_int_equal(parse("HTTP://Host:80/a?b=c", &target, why), 0);
	assert_true(slice_equal(target.authority, SLICE("Host:80")));
	assert_true(slice_equal(target.path, SLICE("/a")));
	assert_string_equal(api_target_param(&target, "b"), "c");
	assert_int_equal(parse("http:///a", &target, why), 0);
	assert_true(slice_present(target.authority));
	assert_int_equal(target.authority.n, 0);
}

static void parameters_lose_their_escapes(void **state)
{
	struct api_target target;
	char why[160];

	(void)state;
	assert_int_equal(parse("/?a=1&b=x+y%2B%26%3d&&c&d=&%65=%C3%a4=", &target, why), 0);
	assert_int_equal(target.param_count, 5);
	assert_string_equal(api_target_param(&target, "a"), "1");
	assert_string_equal(api_target_param(&target, "b"), "x y+&=");
	assert_string_equal(api_target_param(&target, "c"), "");
	assert_string_equal(api_target_param(&target, "d"), "");
	assert_string_equal(api_target_param(&target, "e"), "\xc3\xa4=");
	assert_null(api_target_param(&target, "f"));
	assert_int_equal(parse("/?", &target, why), 0);
	assert_int_equal(target.param_count, 0);
}

static void a_query_that_is_unclear_is_refused(void **state)
{
	static const char *const bad[] = {
		"/?a=%",    "/?a=%4",   "/?a=%4x",     "/?a=%x4",       "/?%00=1",
		"/?a=%0a",  "/?a=\x01", "/?a=%7f",     "/?a=1&a=2",     "/?a&%61",
		"/?a=%+41", "/?%=1",    "/?a=%%34%31", "/?x=1&y=2&x=1",
	};
	struct api_target target;
	char why[160];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse(bad[i], &target, why) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void there_are_limits(void **state)
{
	char uri[API_URI_MAX + 2], why[160];
	struct buf many = buf_over(uri, sizeof(uri));
	struct api_target target;

	(void)state;
	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[API_URI_MAX] = '\0';
	assert_int_equal(parse(uri, &target, why), 0);
	uri[API_URI_MAX] = 'a';
	uri[API_URI_MAX + 1] = '\0';
	assert_int_equal(parse(uri, &target, why), -ENAMETOOLONG);

	buf_str(&many, "/?p=1");
	for (unsigned i = 1; i < API_PARAMS_MAX; i++) {
		buf_str(&many, "&p");
		buf_u64(&many, i);
	}
	assert_int_equal(buf_end(&many), 0);
	assert_int_equal(parse(uri, &target, why), 0);
	assert_int_equal(target.param_count, API_PARAMS_MAX);
	buf_str(&many, "&q");
	assert_int_equal(buf_end(&many), 0);
	assert_int_equal(parse(uri, &target, why), -EINVAL);

	/* as much as there can be of what is copied */
	memset(uri, '&', sizeof(uri));
	memcpy(uri, "/?x=", 4);
	memset(uri + 4, 'y', API_URI_MAX - 4);
	uri[API_URI_MAX] = '\0';
	assert_int_equal(parse(uri, &target, why), 0);
	assert_int_equal(strlen(api_target_param(&target, "x")), API_URI_MAX - 4);
}

static void a_cut_target_is_read_within_its_bounds(void **state)
{
	static const char whole[] = "http://host:1/path/x?a=%41&b=+%42&c";
	struct api_target target;

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char *copy = malloc(n ? n : 1), why[160];
		struct buf reterr = buf_over(why, sizeof(why));

		assert_non_null(copy);
		memcpy(copy, whole, n);
		/* under the address sanitizer a byte too far is an end */
		(void)api_target_parse(slice_of(copy, n), &target, &reterr);
		free(copy);
	}
}

static void a_host_is_found_in_an_authority(void **state)
{
	static const struct {
		const char *authority, *host; /* NULL: none */
	} rows[] = {
		{ "a.example", "a.example" },
		{ "a:80", "a" },
		{ "a:", "a" },
		{ "[::1]", "[::1]" },
		{ "[::1]:80", "[::1]" },
		{ "", NULL },
		{ ":80", NULL },
		{ "[::1", NULL },
		{ "[::1]x", NULL },
		{ "a:80x", NULL },
		{ "a:80:81", NULL },
		{ "a:-1", NULL },
	};
	struct slice host;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int r = api_target_host(slice_str(rows[i].authority), &host);

		assert_int_equal(r, rows[i].host ? 0 : -EINVAL);
		if (rows[i].host)
			assert_true(slice_equal(host, slice_str(rows[i].host)));
	}
}

static void only_our_names_are_ours(void **state)
{
	char lineup[] = "lineup.example", other[] = "b.example:8443";
	char *const names[] = { lineup, other, NULL };
	static const struct {
		const char *authority;
		bool ours;
	} rows[] = {
		{ "localhost", true },
		{ "LocalHost:1", true },
		{ "127.0.0.1:8080", true },
		{ "[::1]:8080", true },
		{ "192.0.2.1", true },
		{ "192.0.2.1:80", true },
		{ "lineup.example", true },
		{ "Lineup.Example:443", true },
		{ "b.example:8443", true },
		{ "b.example", false },
		{ "b.example:8444", false },
		{ "evil.example", false },
		{ "127.0.0.1.evil.example", false },
		{ "localhost.", false },
		{ "127.0.0.2", false },
		{ "127.1", false },
		{ "192.0.2.2", false },
		{ "192.0.2.1.evil.example", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (api_target_is_us(slice_str(rows[i].authority), SLICE("192.0.2.1"), names) !=
		    rows[i].ours)
			fail_msg("\"%s\"", rows[i].authority);
	assert_false(api_target_is_us(SLICE("lineup.example"), SLICE("192.0.2.1"), NULL));
	assert_false(api_target_is_us(SLICE(""), SLICE(""), NULL));
}

static void an_origin_is_the_same_or_foreign(void **state)
{
	static const struct {
		const char *origin, *authority;
		bool same, tls;
	} rows[] = {
		{ "http://localhost:8080", "localhost:8080", true, false },
		{ "HTTP://LOCALHOST:8080", "localhost:8080", true, false },
		{ "https://lineup.example", "lineup.example", true, true },
		{ "http://localhost:8081", "localhost:8080", false, false },
		{ "http://localhost", "localhost:8080", false, false },
		{ "http://localhost:8080/", "localhost:8080", false, false },
		{ "http://localhost:8080.evil", "localhost:8080", false, false },
		{ "http://evil.example", "localhost:8080", false, false },
		{ "ws://localhost:8080", "localhost:8080", false, false },
		{ "localhost:8080", "localhost:8080", false, false },
		{ "null", "null", false, false },
		{ "http://", "", false, false },
		{ "", "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool tls = false;

		if (api_target_same_origin(slice_str(rows[i].origin), slice_str(rows[i].authority),
		                           &tls) != rows[i].same ||
		    tls != rows[i].tls)
			fail_msg("\"%s\"", rows[i].origin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_path_is_taken),
		cmocka_unit_test(a_path_that_could_be_another_is_refused),
		cmocka_unit_test(an_authority_stands_in_front_of_a_path),
		cmocka_unit_test(parameters_lose_their_escapes),
		cmocka_unit_test(a_query_that_is_unclear_is_refused),
		cmocka_unit_test(there_are_limits),
		cmocka_unit_test(a_cut_target_is_read_within_its_bounds),
		cmocka_unit_test(a_host_is_found_in_an_authority),
		cmocka_unit_test(only_our_names_are_ours),
		cmocka_unit_test(an_origin_is_the_same_or_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
