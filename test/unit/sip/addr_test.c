/* addr_test: names, URIs and parameters of Contact, From, To and Route. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/lex.h"
#include "sip/addr.h"
#include "sip/msg.h"
#include "unit/sip/fence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(const char *text, struct slice got, const char *want)
{
	if (slice_present(got) != (want != NULL) || !slice_equal(got, slice_str(want)))
		fail_msg("%s: got \"%.*s\"", text, (int)got.n, got.n ? got.p : "");
}

struct row {
	const char *text, *display, *uri, *params;
};

static const struct row rows[] = {
	{ "<sip:1001@192.0.2.1:5062>;expires=3600", NULL, "sip:1001@192.0.2.1:5062",
	  ";expires=3600" },
	{ "sip:1001@h;expires=60;q=0.5", NULL, "sip:1001@h", ";expires=60;q=0.5" },
	{ "sip:1001@h", NULL, "sip:1001@h", "" },
	{ " \r\n sip:a@h \t;tag=x ", NULL, "sip:a@h", ";tag=x" },
	{ "sip:a@h;transport=tcp", NULL, "sip:a@h", ";transport=tcp" },
	{ "<sip:a@h;transport=tcp?x=y>", NULL, "sip:a@h;transport=tcp?x=y", "" },
	{ "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", "A. G. Bell",
	  "sip:agb@bell-telephone.com", ";tag=a48s" },
	{ "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "Anonymous",
	  "sip:c8oqz84zk7z@privacy.org", ";tag=hyh8" },
	{ "two  words\t<sip:a@h>", "two  words", "sip:a@h", "" },
	{ "\"\"<sip:a@h>", "", "sip:a@h", "" },
	{ "\"quote \\\" here\" <sip:a@h>", "quote \\\" here", "sip:a@h", "" },
	{ "\"<sip:joe@big.org>\" <sip:really@other.org>", "<sip:joe@big.org>",
	  "sip:really@other.org", "" },
	{ "\"folded\r\n name, with; marks\"\r\n <sip:a@h>\r\n ;x", "folded\r\n name, with; marks",
	  "sip:a@h", ";x" },
	{ "\"ends in a backslash \\\\\" <sip:a@h>", "ends in a backslash \\\\", "sip:a@h", "" },
	{ "caller<sip:caller@example.com>", "caller", "sip:caller@example.com", "" },
	{ "Bell, Alexander <sip:a@h>", "Bell, Alexander", "sip:a@h", "" },
	{ "J\xc3\xbcrgen <sip:a@h>", "J\xc3\xbcrgen", "sip:a@h", "" },
	{ "<sip:a@h>;+sip.instance=\"<urn:uuid:0;,>\";reg-id=1", NULL, "sip:a@h",
	  ";+sip.instance=\"<urn:uuid:0;,>\";reg-id=1" },
	{ "<sip:a@h>;;x; ;y = 1 ;", NULL, "sip:a@h", ";;x; ;y = 1 ;" },
	{ "<tel:+1-201-555-0123;phone-context=x>;q=1", NULL, "tel:+1-201-555-0123;phone-context=x",
	  ";q=1" },
	{ "tel:5551234;tag=1", NULL, "tel:5551234", ";tag=1" },
	{ "<urn:service:sos>", NULL, "urn:service:sos", "" },
	{ "<javascript:alert(1)>", NULL, "javascript:alert(1)", "" },
	{ "<sip:[2001:db8::1]:5060>;received=\"sip:[2001:db8::2]:6000\"", NULL,
	  "sip:[2001:db8::1]:5060", ";received=\"sip:[2001:db8::2]:6000\"" },
	{ "sip:[2001:db8::1];x", NULL, "sip:[2001:db8::1]", ";x" },
};

static void address_falls_into_its_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sip_addr addr;

		if (sip_addr_parse(slice_str(rows[i].text), &addr) != PARSE_OK)
			fail_msg("%s: should be an address", rows[i].text);
		assert_slice(rows[i].text, addr.display, rows[i].display);
		assert_slice(rows[i].text, addr.uri_text, rows[i].uri);
		assert_slice(rows[i].text, addr.params, rows[i].params);
	}
}

static const char *const bad[] = {
	"",
	" ",
	"/",
	"*",
	"<>",
	"<",
	">",
	"<sip:a@h",
	"sip:a@h>",
	"<sip:a@h>>",
	"<<sip:a@h>>",
	"< sip:a@h>",
	"<sip:a@h >",
	"<sip:a@h> x",
	"<sip:a@h>x",
	"sip:a@h x",
	"no-scheme",
	"<no-scheme>",
	"</>",
	"\"name\"",
	"\"name\" sip:a@h",
	"\"open <sip:a@h>",
	"\"open\\\" <sip:a@h>",
	"\"open\r\n still open <sip:a@h>",
	"\"a\" \"b\" <sip:a@h>",
	"a \"b\" <sip:a@h>",
	"sip:x@y <sip:a@h>",
	"a;b <sip:a@h>",
	"a:b <sip:a@h>",
	"\\",
	"\"\\",
	/* a bare URI with these must stand in <> (RFC 3261 20.10) */
	"sip:a@h?Route=%3Csip:x%3E",
	"sip:a,b@h",
	"sip:a?b@h",
	"sip:a;b@h",
	/* parameters */
	"<sip:a@h>;tag=\"x",
	"<sip:a@h>;tag=\"x\"y",
	"<sip:a@h>;=x",
	"<sip:a@h>;a b",
	"<sip:a@h>;a=b c",
	"<sip:a@h>,<sip:b@h>",
	"<sip:a@h>;x=1,2",
	"<sip:a@h>;<sip:b@h>",
	/* URIs that uri.c refuses */
	"<sip:a@h:0>",
	"<sip:a@h:65536>",
	"<sip:a@[::1%eth0]>",
	"<sip:@h>",
	"<sip:a@h@i>",
	"<sip:a%0@h>",
};

static void what_is_no_address_is_refused_and_sets_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct sip_addr addr = { .uri.port = 4711 };

		if (sip_addr_parse(slice_str(bad[i]), &addr) != PARSE_BAD)
			fail_msg("\"%s\" should be refused", bad[i]);
		assert_int_equal(addr.uri.port, 4711);
	}
	assert_int_equal(sip_addr_parse(SLICE_NONE, &(struct sip_addr){ 0 }), PARSE_BAD);
}

static void parameters_of_a_bare_uri_belong_to_the_header(void **state)
{
	struct sip_addr addr;
	struct slice value;

	(void)state;
	assert_int_equal(sip_addr_parse(SLICE("sip:a@h;transport=tcp;expires=9"), &addr), PARSE_OK);
	assert_false(sip_uri_param(&addr.uri, SLICE("transport"), &value));
	assert_true(sip_addr_param(addr.params, SLICE("transport"), &value));
	assert_slice("bare", value, "tcp");
	assert_int_equal(sip_addr_parse(SLICE("<sip:a@h;transport=tcp>;expires=9"), &addr),
	                 PARSE_OK);
	assert_true(sip_uri_param(&addr.uri, SLICE("transport"), &value));
	assert_false(sip_addr_param(addr.params, SLICE("transport"), &value));
}

static void parameters_are_found_by_name(void **state)
{
	struct slice params =
		SLICE(";;Tag=a;tag=b; q = \"0.5\" ;lr;empty=;e2=\"\";long=1.2.3.4:5060");
	struct slice value = SLICE("untouched");

	(void)state;
	assert_true(sip_addr_param(params, SLICE("tag"), &value));
	assert_slice("tag", value, "a");
	assert_true(sip_addr_param(params, SLICE("Q"), &value));
	assert_slice("q", value, "0.5");
	assert_true(sip_addr_param(params, SLICE("lr"), &value));
	assert_slice("lr", value, "");
	assert_true(sip_addr_param(params, SLICE("empty"), &value));
	assert_slice("empty", value, "");
	assert_true(sip_addr_param(params, SLICE("e2"), &value));
	assert_slice("e2", value, "");
	assert_true(sip_addr_param(params, SLICE("long"), &value));
	assert_slice("long", value, "1.2.3.4:5060");
	value = SLICE("untouched");
	assert_false(sip_addr_param(params, SLICE("ta"), &value));
	assert_false(sip_addr_param(SLICE(""), SLICE("tag"), &value));
	assert_false(sip_addr_param(SLICE_NONE, SLICE("tag"), &value));
	assert_false(sip_addr_param(SLICE("tag=x"), SLICE("tag"), &value));
	assert_slice("untouched", value, "untouched");
}

static void quoted_display_names_unquote_to_what_they_stand_for(void **state)
{
	char memory[100];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_addr addr;

	(void)state;
	assert_int_equal(sip_addr_parse(SLICE("\"a \\\"b\\\"\r\n  c\\\\\" <sip:a@h>"), &addr),
	                 PARSE_OK);
	lex_unquote(addr.display, &out);
	assert_slice("unquoted", buf_slice(&out), "a \"b\" c\\");
}

static void contacts_of_a_message_are_read_one_by_one(void **state)
{
	static const char answer[] =
		"SIP/2.0 200 OK\r\n"
		"Contact: \"A, B\" <sip:a@h;x=1,2>;expires=60 , sip:b@h;expires=61\r\n"
		"m: <sip:c@h>;expires=62,/\r\n"
		"Content-Length: 0\r\n\r\n";
	static const char *const users[] = { "a", "b", "c", NULL };
	struct sip_values walk = { 0 };
	struct sip_msg msg;
	struct slice value, expires;
	size_t n = 0;

	(void)state;
	assert_int_equal(sip_parse(slice_str(answer), &msg, NULL), PARSE_OK);
	for (; sip_value_next(&msg, SIP_CONTACT, &walk, &value); n++) {
		struct sip_addr addr;
		char want[] = { '6', (char)('0' + n), '\0' };

		assert_true(n < COUNT(users));
		assert_int_equal(sip_addr_parse(value, &addr), users[n] ? PARSE_OK : PARSE_BAD);
		if (!users[n])
			continue;
		assert_slice("user", addr.uri.user, users[n]);
		assert_true(sip_addr_param(addr.params, SLICE("expires"), &expires));
		assert_slice("expires", expires, want);
	}
	assert_int_equal(n, COUNT(users));
}

static void long_names_and_many_parameters_are_read(void **state)
{
	static char text[70000];
	struct sip_addr addr;
	struct slice value;
	size_t n;

	(void)state;
	memset(text, 'd', 64000);
	memcpy(text + 64000, "<sip:a@h>", 9);
	assert_int_equal(sip_addr_parse(slice_of(text, 64009), &addr), PARSE_OK);
	assert_int_equal(addr.display.n, 64000);
	text[0] = '"'; /* never closed */
	assert_int_equal(sip_addr_parse(slice_of(text, 64009), &addr), PARSE_BAD);
	memset(text, '\\', 64000); /* each one quotes the next */
	text[0] = '"';
	assert_int_equal(sip_addr_parse(slice_of(text, 64000), &addr), PARSE_BAD);
	n = (size_t)snprintf(text, sizeof(text), "<sip:a@h>");
	for (int i = 0; i < 5000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ";p%d=%d", i, i);
	assert_int_equal(sip_addr_parse(slice_of(text, n), &addr), PARSE_OK);
	assert_true(sip_addr_param(addr.params, SLICE("p4999"), &value));
	assert_slice("last", value, "4999");
}

static void assert_inside(struct slice part, struct slice whole)
{
	if (slice_present(part))
		assert_true(part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void try_bytes(struct slice text)
{
	struct sip_addr addr;
	struct slice value;

	if (sip_addr_parse(text, &addr) != PARSE_OK)
		return;
	assert_inside(addr.display, text);
	assert_inside(addr.uri_text, text);
	assert_inside(addr.params, text);
	if (sip_addr_param(addr.params, SLICE("expires"), &value))
		assert_inside(value, text);
}

static void every_prefix_stays_inside_its_memory(void **state)
{
	(void)state;
	fence_cut(FENCE_TEXTS(rows), try_bytes);
}

static void flipped_bytes_stay_inside_their_memory(void **state)
{
	(void)state;
	fence_flip(FENCE_TEXTS(rows), 2010, try_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_falls_into_its_parts),
		cmocka_unit_test(what_is_no_address_is_refused_and_sets_nothing),
		cmocka_unit_test(parameters_of_a_bare_uri_belong_to_the_header),
		cmocka_unit_test(parameters_are_found_by_name),
		cmocka_unit_test(quoted_display_names_unquote_to_what_they_stand_for),
		cmocka_unit_test(contacts_of_a_message_are_read_one_by_one),
		cmocka_unit_test(long_names_and_many_parameters_are_read),
		cmocka_unit_test(every_prefix_stays_inside_its_memory),
		cmocka_unit_test(flipped_bytes_stay_inside_their_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
