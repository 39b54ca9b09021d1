/* uri_test: SIP URIs are read by RFC 3261 19.1 and compared by 19.1.4. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sip/uri.h"
#include "unit/sip/fence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(struct slice got, const char *want)
{
	if (!want) {
		assert_false(slice_present(got));
		return;
	}
	assert_true(slice_present(got));
	if (!slice_equal(got, slice_str(want)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)got.n, got.p, want);
}

static struct sip_uri good(const char *text)
{
	struct sip_uri uri;

	if (sip_uri_parse(slice_str(text), &uri) != PARSE_OK)
		fail_msg("%s: should be a URI", text);
	return uri;
}

struct parts {
	const char *text;
	enum sip_scheme scheme;
	const char *user, *password, *host;
	unsigned port;
	const char *params, *headers;
};

static const struct parts parts[] = {
	{ "sip:pbx.example", SIP_SCHEME_SIP, NULL, NULL, "pbx.example", 0, "", "" },
	{ "sip:1001@pbx.example", SIP_SCHEME_SIP, "1001", NULL, "pbx.example", 0, "", "" },
	{ "SIPS:a:b@c:1", SIP_SCHEME_SIPS, "a", "b", "c", 1, "", "" },
	{ "sip:a:@c", SIP_SCHEME_SIP, "a", "", "c", 0, "", "" },
	{ "sip:alice;day=tuesday@atlanta.com", SIP_SCHEME_SIP, "alice;day=tuesday", NULL,
	  "atlanta.com", 0, "", "" },
	{ "sip:+1-212-555-1212:1234@gateway.com;user=phone", SIP_SCHEME_SIP, "+1-212-555-1212",
	  "1234", "gateway.com", 0, ";user=phone", "" },
	{ "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", SIP_SCHEME_SIP, NULL, NULL,
	  "atlanta.com", 0, ";method=REGISTER", "?to=alice%40atlanta.com" },
	{ "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com", SIP_SCHEME_SIP,
	  "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", NULL, "example.com", 0, "", "" },
	{ "sip:null-%00-null@example.com", SIP_SCHEME_SIP, "null-%00-null", NULL, "example.com", 0,
	  "", "" },
	{ "sip:[2001:db8::9:1]:5070;x", SIP_SCHEME_SIP, NULL, NULL, "[2001:db8::9:1]", 5070, ";x",
	  "" },
	{ "sip:a@192.0.2.1:65535?h=", SIP_SCHEME_SIP, "a", NULL, "192.0.2.1", 65535, "", "?h=" },
	{ "sip:a@h:0005060", SIP_SCHEME_SIP, "a", NULL, "h", 5060, "", "" },
	{ "sip:a@h;;lr;", SIP_SCHEME_SIP, "a", NULL, "h", 0, ";;lr;", "" },
	{ "sip:a@h;alias=x=y,z", SIP_SCHEME_SIP, "a", NULL, "h", 0, ";alias=x=y,z", "" },
	{ "sip:10#1\xc3\xbc@h", SIP_SCHEME_SIP, "10#1\xc3\xbc", NULL, "h", 0, "", "" },
	{ "tel:+1-201-555-0123;phone-context=x", SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL,
	  NULL },
	{ "urn:uuid:0c67446e", SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL, NULL },
	{ "javascript:alert(1)", SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL, NULL },
	{ "soap.beep://192.0.2.103:3002", SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL, NULL },
	{ "sipx:a@b", SIP_SCHEME_OTHER, NULL, NULL, NULL, 0, NULL, NULL },
};

static void uri_falls_into_its_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct sip_uri uri = good(parts[i].text);

		assert_int_equal(uri.scheme, parts[i].scheme);
		assert_slice(uri.user, parts[i].user);
		assert_slice(uri.password, parts[i].password);
		assert_slice(uri.host, parts[i].host);
		assert_int_equal(uri.port, parts[i].port);
		assert_slice(uri.params, parts[i].params);
		assert_slice(uri.headers, parts[i].headers);
	}
}

static const char *const bad[] = {
	"",
	"/",
	":",
	"sip",
	"sip:",
	"sips:",
	"tel:",
	"1sip:a@b",
	"s_p:a@b",
	"//h",
	"sip:@h",
	"sip::p@h",
	"sip:a@",
	"sip:a@b@c",
	"sip:a:b:c@h",
	"sip:h;x=a@b@c",
	" sip:a@h",
	"sip:a@h ",
	"sip: a@h",
	"sip:a @h",
	"sip:a@ h",
	"sip:a\t@h",
	"sip:a@h;x= y",
	"sip:a\x01@h",
	"sip:a\x7f@h",
	"sip:a\r\n@h",
	"sip:a<b@h",
	"sip:a>b@h",
	"sip:\"a\"@h",
	"tel:1 2",
	"urn:\x02",
	"javascript:<b>",
	"sip:a%@h",
	"sip:a%4@h",
	"sip:a%4g@h",
	"sip:a@h;x=%",
	"sip:a@h;x=%1",
	"tel:%zz",
	/* ports */
	"sip:h:",
	"sip:a@h:;x",
	"sip:h:0",
	"sip:h:00",
	"sip:h:65536",
	"sip:h:65537",
	"sip:h:4294967296",
	"sip:h:4294972356",
	"sip:h:2147483648",
	"sip:h:18446744073709551616",
	"sip:h:18446744073709556676",
	"sip:h:111111111111111111111111111111",
	"sip:h:-1",
	"sip:h:+5060",
	"sip:h:0x13c4",
	"sip:h:12x",
	"sip:h:5060:5061",
	"sip:h:\xd9\xa5",
	/* hosts */
	"sip:a@-h",
	"sip:a@h-",
	"sip:a@h..x",
	"sip:a@.h",
	"sip:a@.",
	"sip:a@1.2.3",
	"sip:a@1",
	"sip:a@256.1.1.1",
	"sip:a@1.2.3.4.5",
	"sip:a@1.2.3.4.",
	"sip:a@01.2.3.4",
	"sip:a@h%41",
	"sip:a@h\xc3\xbc",
	"sip:a@h!",
	"sip:a@[::1",
	"sip:a@::1",
	"sip:a@[::1]x",
	"sip:a@[::1%eth0]",
	"sip:a@[::1%25eth0]",
	"sip:a@[]",
	"sip:a@[:]",
	"sip:a@[1.2.3.4]",
	"sip:a@[2001:db8:::1]",
	"sip:a@[::1]]",
	"sip:a@[[::1]]",
	"sip:a@[::g]",
	"sip:[::1]:0",
	"sip:[::1]:65536",
	"sip:a@[2001:db8:0:0:0:0:0:0:1]",
	/* parameters and headers */
	"sip:a@h;=x",
	"sip:a@h;a;=",
	"sip:a@h?",
	"sip:a@h?=x",
	"sip:a@h?a=1&",
	"sip:a@h?a=1&&b=2",
};

static void what_is_no_uri_is_refused_and_sets_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct sip_uri uri = { .port = 4711 };

		if (sip_uri_parse(slice_str(bad[i]), &uri) != PARSE_BAD)
			fail_msg("\"%s\" should be refused", bad[i]);
		assert_int_equal(uri.port, 4711);
	}
}

static void nul_is_refused_wherever_it_stands(void **state)
{
	static const char text[] = "sip:a:p@h.example:5060;x=y?z=w";

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		char copy[sizeof(text)];
		struct sip_uri uri;

		memcpy(copy, text, sizeof(text));
		copy[at] = '\0';
		assert_int_equal(sip_uri_parse(slice_of(copy, sizeof(text) - 1), &uri), PARSE_BAD);
	}
}

struct pair_row {
	const char *a, *b;
};

/* The first block of each table is RFC 3261 19.1.4's own. */
static const struct pair_row equal[] = {
	{ "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=on" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=off" },
	{ "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on" },
	{ "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
	  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com" },
	{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	  "sip:alice@atlanta.com?priority=urgent&subject=project%20x" },

	{ "sip:a@h", "SIP:a@H" },
	{ "sips:a@h", "sips:a@h" },
	{ "sip:h", "sip:h" },
	{ "sip:a%2fb@h", "sip:a%2Fb@h" },
	{ "sip:%41%6c@h", "sip:Al@h" },
	{ "sip:a%7Eb@h", "sip:a~b@h" },
	{ "sip:a%23b@h", "sip:a#b@h" },
	{ "sip:a:%70w@h", "sip:a:pw@h" },
	{ "sip:a@h:05060", "sip:a@h:5060" },
	{ "sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0::0001]" },
	{ "sip:a@[::ffff:192.0.2.10]", "sip:a@[::ffff:c000:20a]" },
	{ "sip:a@h;%74ransport=udp", "sip:a@h;transport=UDP" },
	{ "sip:a@h;x=1;y=2;z=3", "sip:a@h;z=3;x=1;q" },
	{ "sip:a@h;x=1;x=2", "sip:a@h;x=1" },
	{ "sip:a@h;x=1;x=2", "sip:a@h;x=1;x=3" },
	{ "sip:a@h;;x=1;", "sip:a@h;x=1" },
	{ "sip:a@h;lr", "sip:a@h" },
	{ "sip:a@h?b=1&a=2&b=3", "sip:a@h?B=3&b=1&A=2" },
};

static const struct pair_row unequal[] = {
	{ "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting" },
	{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4" },
	{ "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off" },

	{ "sip:a@h", "sips:a@h" },
	{ "tel:1", "tel:1" },
	{ "sip:a@h", "sip:h" },
	{ "sip:a@h", "sip:a:@h" },
	{ "sip:a:p@h", "sip:a:P@h" },
	{ "sip:a%3bb@h", "sip:a;b@h" },
	{ "sip:a%40b@h", "sip:a%41b@h" },
	{ "sip:a@h", "sip:ab@h" },
	{ "sip:a@h:5060", "sip:a@h:5061" },
	{ "sip:a@h", "sip:a@h.x" },
	{ "sip:a@[::1]", "sip:a@[::2]" },
	{ "sip:a@[::1]", "sip:a@h" },
	{ "sip:a@h;user=phone", "sip:a@h" },
	{ "sip:a@h;ttl=1", "sip:a@h" },
	{ "sip:a@h;method=INVITE", "sip:a@h" },
	{ "sip:a@h;maddr=1.2.3.4", "sip:a@h" },
	{ "sip:a@h;transport=udp", "sip:a@h;transport=tcp" },
	{ "sip:a@h;Tr%61nsport=udp", "sip:a@h" },
	{ "sip:a@h;x=1;x=2", "sip:a@h;x=2;x=1" },
	{ "sip:a@h;a;b;c;ttl=1;z", "sip:a@h;a;b;c;z" },
	{ "sip:a@h;lr", "sip:a@h;lr=on" },
	{ "sip:a@h?a=1&a=1", "sip:a@h?a=1" },
	{ "sip:a@h?a=1&a=1", "sip:a@h?a=1&a=2" },
	{ "sip:a@h?a=1", "sip:a@h?b=1" },
	{ "sip:a@h;a=%26", "sip:a@h;a=&" },
};

static void assert_compares(const struct pair_row *row, bool want)
{
	struct sip_uri a = good(row->a), b = good(row->b);

	if (sip_uri_equal(&a, &b) != want || sip_uri_equal(&b, &a) != want)
		fail_msg("%s and %s should be %s", row->a, row->b, want ? "equal" : "unequal");
}

static void equality_follows_the_rfc_and_its_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(equal); i++)
		assert_compares(&equal[i], true);
	for (size_t i = 0; i < COUNT(unequal); i++)
		assert_compares(&unequal[i], false);
}

static void users_compare_by_case_and_by_what_escapes_stand_for(void **state)
{
	(void)state;
	assert_true(sip_uri_user_equal(SLICE("studio%201"), SLICE("studio%201")));
	assert_true(sip_uri_user_equal(SLICE("%31001"), SLICE("1001")));
	assert_false(sip_uri_user_equal(SLICE("Bob"), SLICE("bob")));
	assert_true(sip_uri_leads_to(SLICE("sip:1%3001@PBX.example:5080;x=y"), SLICE("1001"),
	                             SLICE("pbx.example")));
	assert_true(sip_uri_leads_to(SLICE("sips:1@[2001:db8::1]"), SLICE("1"),
	                             SLICE("[2001:DB8:0::1]")));
	assert_false(sip_uri_leads_to(SLICE("sip:1002@pbx.example"), SLICE("1001"),
	                              SLICE("pbx.example")));
	assert_false(sip_uri_leads_to(SLICE("sip:1001@a.pbx.example"), SLICE("1001"),
	                              SLICE("pbx.example")));
	assert_false(
		sip_uri_leads_to(SLICE("sip:pbx.example"), SLICE("1001"), SLICE("pbx.example")));
	assert_false(sip_uri_leads_to(SLICE("tel:1001"), SLICE("1001"), SLICE("pbx.example")));
	assert_false(sip_uri_leads_to(SLICE("busy"), SLICE("busy"), SLICE("busy")));
	assert_false(sip_uri_user_equal(SLICE("1001"), SLICE("100")));
	assert_false(sip_uri_user_equal(SLICE_NONE, SLICE("")));
	assert_true(sip_uri_user_equal(SLICE_NONE, SLICE_NONE));
	/* Users from a setting were never parsed: half an escape is what it looks like. */
	assert_true(sip_uri_user_equal(SLICE("50%"), SLICE("50%25")));
	assert_true(sip_uri_user_equal(SLICE("5%zz"), SLICE("5%25zz")));
}

static void parameters_are_found_by_name(void **state)
{
	struct sip_uri uri = good("sip:a@h;;Transport=tcp;lr;x=;transport=udp?maddr=y");
	struct slice value = SLICE("untouched");

	(void)state;
	assert_true(sip_uri_param(&uri, SLICE("transport"), &value));
	assert_slice(value, "tcp");
	assert_true(sip_uri_param(&uri, SLICE("LR"), &value));
	assert_slice(value, "");
	assert_true(sip_uri_param(&uri, SLICE("x"), &value));
	assert_slice(value, "");
	value = SLICE("untouched");
	assert_false(sip_uri_param(&uri, SLICE("maddr"), &value));
	assert_false(sip_uri_param(&uri, SLICE("trans"), &value));
	assert_slice(value, "untouched");
	uri = good("tel:1;lr");
	assert_false(sip_uri_param(&uri, SLICE("lr"), &value));
}

/* Writes count parameters, the last first where step is -1. */
static size_t many_params(char *out, size_t cap, int count, int step, char separator)
{
	size_t n = (size_t)snprintf(out, cap, "sip:a@h");

	for (int i = 0; i < count; i++)
		n += (size_t)snprintf(out + n, cap - n, "%cp%d=v%d",
		                      i == 0 && separator == '&' ? '?' : separator,
		                      step > 0 ? i : count - 1 - i, step > 0 ? i : count - 1 - i);
	return n;
}

/* Up to 256 are compared by the rules, in any order; of more, only the same text is equal. */
static void many_parameters_and_headers_are_compared_in_bounded_work(void **state)
{
	static char there[80000], back[80000];
	static const struct {
		int count;
		bool want;
	} rows[] = { { 200, true }, { 256, true }, { 257, false }, { 5000, false } };
	static const char separators[] = { ';', '&' };

	(void)state;
	for (size_t s = 0; s < COUNT(separators); s++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			size_t n =
				many_params(there, sizeof(there), rows[i].count, 1, separators[s]);
			struct sip_uri a, b;

			assert_int_equal(sip_uri_parse(slice_of(there, n), &a), PARSE_OK);
			n = many_params(back, sizeof(back), rows[i].count, -1, separators[s]);
			assert_int_equal(sip_uri_parse(slice_of(back, n), &b), PARSE_OK);
			assert_int_equal(sip_uri_equal(&a, &b), rows[i].want);
			assert_int_equal(sip_uri_equal(&b, &a), rows[i].want);
			assert_true(sip_uri_equal(&a, &a));
		}
	}
}

static void one_of_many_parameters_makes_the_difference(void **state)
{
	static char a_text[8000], b_text[8000];
	struct sip_uri a, b;
	size_t n;

	(void)state;
	n = many_params(a_text, sizeof(a_text), 200, 1, ';');
	assert_int_equal(sip_uri_parse(slice_of(a_text, n), &a), PARSE_OK);
	n = many_params(b_text, sizeof(b_text), 200, -1, ';');
	b_text[n - 1] = 'x'; /* the value of p0 */
	assert_int_equal(sip_uri_parse(slice_of(b_text, n), &b), PARSE_OK);
	assert_false(sip_uri_equal(&a, &b));
}

static void long_parts_are_slices_or_refused(void **state)
{
	static const size_t sizes[] = { 1500, 8000, 64000 };
	static char text[70000];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct sip_uri uri;

		memcpy(text, "sip:", 4);
		memset(text + 4, 'u', sizes[i]);
		memcpy(text + 4 + sizes[i], "@h", 2);
		assert_int_equal(sip_uri_parse(slice_of(text, sizes[i] + 6), &uri), PARSE_OK);
		assert_int_equal(uri.user.n, sizes[i]);
		assert_true(sip_uri_equal(&uri, &uri));
		/* the same as a host */
		assert_int_equal(sip_uri_parse(slice_of(text, sizes[i] + 4), &uri), PARSE_BAD);
		memset(text + 4, '[', sizes[i]);
		assert_int_equal(sip_uri_parse(slice_of(text, sizes[i] + 4), &uri), PARSE_BAD);
	}
}

static void nested_brackets_and_escaped_line_breaks_do_no_harm(void **state)
{
	char text[200] = "sip:a@";
	struct sip_uri uri;

	(void)state;
	memset(text + 6, '[', 64);
	memcpy(text + 70, "::1", 3);
	memset(text + 73, ']', 64);
	assert_int_equal(sip_uri_parse(slice_of(text, 137), &uri), PARSE_BAD);
	uri = good("sip:a%0d%0aVia:x@h");
	assert_slice(uri.user, "a%0d%0aVia");
	assert_slice(uri.password, "x");
}

static const char *const hosts[] = {
	"a",
	"3cx",
	"pbx.example",
	"pbx.example.",
	"_sip._udp.x",
	"a_b.c",
	"xn--bcher-kva.example",
	"1.2.3.4",
	"0.0.0.0",
	"255.255.255.255",
	"1a.2.3.4b",
	"192.0.2.1.example",
	"[::]",
	"[::1]",
	"[2001:db8::1]",
	"[1:2:3:4:5:6:7:8]",
	"[::ffff:1.2.3.4]",
	"[FE80::A]",
	"a23456789012345678901234567890123456789012345678901234567890123",
};

static const char *const no_hosts[] = {
	"",
	".",
	"..",
	"a..b",
	"-a",
	"a-",
	"a.-b",
	"a b",
	"a:b",
	"1",
	"1.2",
	"a.1",
	"1.2.3.4.5",
	"1.2.3.256",
	"1.2.3.04",
	"1.2.3.",
	"1.2.3.4444",
	"::1",
	"[",
	"]",
	"[]",
	"[1]",
	"[::1",
	"::1]",
	"[::1%1]",
	"[fe80::1%eth0]",
	"[1:2:3:4:5:6:7:8:9]",
	"[12345::]",
	"[::1.2.3]",
	"a/b",
	"a,b",
	"a2345678901234567890123456789012345678901234567890123456789012345",
	"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
};

static void hosts_are_names_and_addresses(void **state)
{
	char longest[256];

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++)
		if (!sip_host_valid(slice_str(hosts[i])))
			fail_msg("\"%s\" should be a host", hosts[i]);
	for (size_t i = 0; i < COUNT(no_hosts); i++)
		if (sip_host_valid(slice_str(no_hosts[i])))
			fail_msg("\"%s\" should be no host", no_hosts[i]);
	assert_false(sip_host_valid(SLICE_NONE));
	assert_false(sip_host_valid(slice_of("[::1\0]", 6)));
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 ? '.' : 'a';
	assert_true(sip_host_valid(slice_of(longest, 255)));
	assert_false(sip_host_valid(slice_of(longest, 256)));
}

static void assert_inside(struct slice part, struct slice whole)
{
	if (slice_present(part))
		assert_true(part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* What must hold of any bytes at all. */
static void try_bytes(struct slice text)
{
	struct sip_uri uri;
	struct slice value;

	if (sip_uri_parse(text, &uri) != PARSE_OK)
		return;
	assert_inside(uri.user, text);
	assert_inside(uri.password, text);
	assert_inside(uri.host, text);
	assert_inside(uri.params, text);
	assert_inside(uri.headers, text);
	assert_int_equal(sip_uri_equal(&uri, &uri), uri.scheme != SIP_SCHEME_OTHER);
	if (sip_uri_param(&uri, SLICE("transport"), &value))
		assert_inside(value, text);
	if (uri.scheme != SIP_SCHEME_OTHER)
		assert_true(sip_host_valid(uri.host));
}

static void every_prefix_stays_inside_its_memory(void **state)
{
	(void)state;
	fence_cut(FENCE_TEXTS(parts), try_bytes);
}

static void flipped_bytes_stay_inside_their_memory(void **state)
{
	(void)state;
	fence_flip(FENCE_TEXTS(parts), 19140, try_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uri_falls_into_its_parts),
		cmocka_unit_test(what_is_no_uri_is_refused_and_sets_nothing),
		cmocka_unit_test(nul_is_refused_wherever_it_stands),
		cmocka_unit_test(equality_follows_the_rfc_and_its_examples),
		cmocka_unit_test(users_compare_by_case_and_by_what_escapes_stand_for),
		cmocka_unit_test(parameters_are_found_by_name),
		cmocka_unit_test(many_parameters_and_headers_are_compared_in_bounded_work),
		cmocka_unit_test(one_of_many_parameters_makes_the_difference),
		cmocka_unit_test(long_parts_are_slices_or_refused),
		cmocka_unit_test(nested_brackets_and_escaped_line_breaks_do_no_harm),
		cmocka_unit_test(hosts_are_names_and_addresses),
		cmocka_unit_test(every_prefix_stays_inside_its_memory),
		cmocka_unit_test(flipped_bytes_stay_inside_their_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
