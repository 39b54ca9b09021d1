/* aor_test: what a person types becomes an address, or a sentence that says what is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>

#include "sip/aor.h"
#include "sip/uri.h"
#include "unit/sip/fence.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define SENTENCE_SIZE 160 /* what aor.h says is enough */

struct good {
	const char *text, *user, *plain, *host;
	unsigned port, sips;
};

static const struct good good[] = {
	{ "1001@pbx.example", "1001", "1001", "pbx.example", 0, 0 },
	{ "sip:1001@pbx.example", "1001", "1001", "pbx.example", 0, 0 },
	{ "SIP:1001@pbx.example:5070", "1001", "1001", "pbx.example", 5070, 0 },
	{ "Sips:studio@PBX.Example", "studio", "studio", "PBX.Example", 0, 1 },
	{ "5555555@1234567.ac1.vbspbx.com", "5555555", "5555555", "1234567.ac1.vbspbx.com", 0, 0 },
	{ "a1b2@192.0.2.1:1", "a1b2", "a1b2", "192.0.2.1", 1, 0 },
	{ "1001@192.0.2.1:65535", "1001", "1001", "192.0.2.1", 65535, 0 },
	{ "1001@[2001:db8::1]", "1001", "1001", "[2001:db8::1]", 0, 0 },
	{ "1001@[2001:db8::1]:5061", "1001", "1001", "[2001:db8::1]", 5061, 0 },
	{ "1001@2001:db8::1", "1001", "1001", "[2001:db8::1]", 0, 0 },
	{ "1001@::1", "1001", "1001", "[::1]", 0, 0 },
	{ "studio%201@h", "studio%201", "studio 1", "h", 0, 0 },
	{ "a%2fb%2Fc@h", "a%2fb%2Fc", "a/b/c", "h", 0, 0 },
	{ "user%40other.example@h", "user%40other.example", "user@other.example", "h", 0, 0 },
	{ "a%3Ab@h", "a%3Ab", "a:b", "h", 0, 0 },
	{ "*67#@h", "*67%23", "*67#", "h", 0, 0 },
	{ "+1-212-555-1212@h", "+1-212-555-1212", "+1-212-555-1212", "h", 0, 0 },
	{ "a;b=c&d$,?/-_.!~*'()@h", "a;b=c&d$,?/-_.!~*'()", "a;b=c&d$,?/-_.!~*'()", "h", 0, 0 },
	{ "100%@h", "100%25", "100%", "h", 0, 0 },
	{ "5%zz%4@h", "5%25zz%254", "5%zz%4", "h", 0, 0 },
	{ "[x]{y}|^`\\@h", "%5Bx%5D%7By%7D%7C%5E%60%5C", "[x]{y}|^`\\", "h", 0, 0 },
	{ "J\xc3\xbcrgen@h", "J%C3%BCrgen", "J\xc3\xbcrgen", "h", 0, 0 },
	{ "J%c3%bcrgen@h", "J%c3%bcrgen", "J\xc3\xbcrgen", "h", 0, 0 },
	{ "\xf0\x9f\x8e\x99@h", "%F0%9F%8E%99", "\xf0\x9f\x8e\x99", "h", 0, 0 },
	{ "1001@3cx", "1001", "1001", "3cx", 0, 0 },
	{ "1001@pbx.example.", "1001", "1001", "pbx.example.", 0, 0 },
	{ "1001@_sip.x", "1001", "1001", "_sip.x", 0, 0 },
	{ "sip@sip", "sip", "sip", "sip", 0, 0 },
	{ "tel@tel", "tel", "tel", "tel", 0, 0 },
	{ "1001@h:05060", "1001", "1001", "h", 5060, 0 },
};

static void what_people_type_becomes_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		char sentence[SENTENCE_SIZE];
		struct buf error = buf_over(sentence, sizeof(sentence));
		struct sip_aor aor;

		if (sip_aor_parse(slice_str(good[i].text), &aor, &error) != 0)
			fail_msg("%s: %.*s", good[i].text, (int)error.n, error.p);
		assert_int_equal(error.n, 0);
		assert_string_equal(aor.user, good[i].user);
		assert_string_equal(aor.plain, good[i].plain);
		assert_string_equal(aor.host, good[i].host);
		assert_int_equal(aor.port, good[i].port);
		assert_int_equal(aor.sips, good[i].sips);
	}
}

struct refused {
	const char *text, *sentence;
};

static const struct refused refused[] = {
	{ "", "address is empty" },
	{ "1001", "address \"1001\" has no \"@\": it is EXTENSION@SERVER, as in 1001@pbx.example" },
	{ "sip:", "address \"\" has no \"@\": it is EXTENSION@SERVER, as in 1001@pbx.example" },
	{ "@h", "extension is empty" },
	{ "sip:@h", "extension is empty" },
	{ "1001@", "server is empty" },
	{ "@", "extension is empty" },
	{ "1001@pbx@h", "address \"1001@pbx@h\" has more than one \"@\" (one that belongs to the "
	                "extension is typed %40)" },
	{ "1001:secret@h", "address has a \":\" in front of its \"@\": a password does not belong "
	                   "there (a colon in an extension is typed %3A)" },

	/* blanks, seen and unseen */
	{ "10 01@h", "extension \"10 01\" has a blank at its 3rd character" },
	{ " 1001@h", "extension \" 1001\" has a blank at its 1st character" },
	{ "1001 @h", "extension \"1001 \" has a blank at its 5th character, the last" },
	{ "1001@h ", "server \"h \" has a blank at its 2nd character, the last" },
	{ "1001@ h", "server \" h\" has a blank at its 1st character" },
	{ "sip: 1001@h", "extension \" 1001\" has a blank at its 1st character" },
	{ " sip:1001@h", "address \" sip\" has a blank at its 1st character" },
	{ "1 0:secret@h", "address \"1 0\" has a blank at its 2nd character" },
	{ "10\t01@h", "extension \"10\\x0901\" has a blank (a tab) at its 3rd character" },
	{ "1001@h\r\n",
	  "server \"h\\x0d\\x0a\" has a blank (a carriage return) at its 2nd character" },
	{ "1001\n@h", "extension \"1001\\x0a\" has a blank (a line feed) at its 5th character, the "
	              "last" },
	{ "10\xc2\xa0"
	  "01@h",
	  "extension \"10\xc2\xa0"
	  "01\" has a blank (non-breaking, U+00A0) at its 3rd character" },
	{ "\xc3\xbc\xe2\x80\x83@h",
	  "extension \"\xc3\xbc\xe2\x80\x83\" has a blank (U+2003) at its "
	  "2nd character, the last" },
	{ "123456789012345678901 3@h",
	  "extension \"123456789012345678901 3\" has a blank at its 22nd character" },
	{ "1234567890 @h",
	  "extension \"1234567890 \" has a blank at its 11th character, the last" },

	/* other characters that cannot be seen */
	{ "10\x01@h",
	  "extension \"10\\x01\" has a control character (U+0001) at its 3rd character, "
	  "the last" },
	{ "10\x7f"
	  "1@h",
	  "extension \"10\\x7f1\" has a control character (U+007F) at its 3rd character" },
	{ "1001@h\xc2\x85", "server \"h\\xc2\\x85\" has a control character (U+0085) at its 2nd "
	                    "character, the last" },
	{ "\xef\xbb\xbf"
	  "1001@h",
	  "extension \"\\xef\\xbb\\xbf1001\" has an invisible character (U+FEFF) at its 1st "
	  "character" },
	{ "10\xe2\x80\x8b@h", "extension \"10\xe2\x80\x8b\" has an invisible character (U+200B) at "
	                      "its 3rd character, the last" },
	{ "10\xe2\x80\xae@h", "extension \"10\\xe2\\x80\\xae\" has an invisible character (U+202E) "
	                      "at its 3rd character, the last" },
	{ "10\xf3\xa0\x80\x81@h", NULL },
	{ "10\xff@h", "extension \"10\\xff\" has a byte (0xff) that is no UTF-8 at its 3rd "
	              "character, the last" },
	{ "10\xc0\xa0@h",
	  "extension \"10\\xc0\\xa0\" has a byte (0xc0) that is no UTF-8 at its 3rd "
	  "character" },
	{ "10\xe0\x80\xaf@h", NULL },
	{ "10\xed\xa0\x80@h", NULL },
	{ "10\xf4\x90\x80\x80@h", NULL },
	{ "10\xf5\x80\x80\x80@h", NULL },
	{ "10\xe2\x80@h", NULL },
	{ "10\xc3@h", NULL },
	{ "a%00b@h", "extension \"a%00b\" has an escaped (%HH) control character in it" },
	{ "a%0d%0aVia@h", "extension \"a%0d%0aVia\" has an escaped (%HH) control character in it" },
	{ "a%ff@h", "extension \"a%ff\" has escapes (%HH) that make no valid UTF-8" },
	{ "a%c3\xc3\xbc@h",
	  "extension \"a%c3\xc3\xbc\" has escapes (%HH) that make no valid UTF-8" },

	/* pasted with more in it */
	{ "<sip:1001@h>",
	  "address \"<sip:1001@h>\" has a \"<\" in it: type only what stands between "
	  "\"<\" and \">\"" },
	{ "Alice <sip:1001@h>;tag=1",
	  "address \"Alice <sip:1001@h>;tag=1\" has a \"<\" in it: type "
	  "only what stands between \"<\" and \">\"" },
	{ "1001@h>", "address \"1001@h>\" has a \">\" in it: leave it out" },
	{ "\"1001@h\"", "address \"\"1001@h\"\" has a quote (\") in it: leave it out" },
	{ "sip:1001@h;transport=tcp", "server \"h;transport=tcp\" has parameters (from \";\" on): "
	                              "leave them out; the transport is a setting of its own" },
	{ "sip:1001@h?subject=x", "server \"h?subject=x\" has headers (from \"?\" on): leave them "
	                          "out" },
	{ "sip://1001@h", "address \"//1001@h\" begins with \"//\": a SIP address has no slashes" },
	{ "sip:sip:1001@h",
	  "extension \"sip:1001\" begins with a scheme: leave out what ends in \":\"" },
	{ "1001@sip:h", "server \"sip:h\" begins with a scheme: leave out what ends in \":\"" },
	{ "1001@h/x", "server \"h/x\" has a \"/\" in it: type only its name or address, as in "
	              "pbx.example" },
	{ "tel:+15551234", "address \"tel:+15551234\" begins with \"tel:\" and is no SIP address, "
	                   "which looks like 1001@pbx.example" },
	{ "HTTPS://pbx.example", "address \"HTTPS://pbx.example\" begins with \"https:\" and is no "
	                         "SIP address, which looks like 1001@pbx.example" },
	{ "mailto:a@h",
	  "address \"mailto:a@h\" begins with \"mailto:\" and is no SIP address, which "
	  "looks like 1001@pbx.example" },
	{ "javascript:alert(1)@h", NULL },

	/* ports */
	{ "1001@h:0", "port \"0\" is no number from 1 to 65535" },
	{ "1001@h:65536", "port \"65536\" is no number from 1 to 65535" },
	{ "1001@h:4294972356", "port \"4294972356\" is no number from 1 to 65535" },
	{ "1001@h:12x", "port \"12x\" is no number from 1 to 65535" },
	{ "1001@h:-1", "port \"-1\" is no number from 1 to 65535" },
	{ "1001@h:+5060", "port \"+5060\" is no number from 1 to 65535" },
	{ "1001@h:0x13", "port \"0x13\" is no number from 1 to 65535" },
	{ "1001@h:", "server \"h:\" ends in \":\" without a port" },
	{ "1001@[::1]:", "server \"[::1]:\" ends in \":\" without a port" },
	{ "1001@[::1]:70000", "port \"70000\" is no number from 1 to 65535" },
	{ "1001@:5060", "server \":5060\" has a port but no name" },

	/* hosts */
	{ "1001@300.1.1.1", "server \"300.1.1.1\" is no IPv4 address: that has four numbers from 0 "
	                    "to 255, without zeros in front" },
	{ "1001@192.168.001.1", NULL },
	{ "1001@1.2.3", NULL },
	{ "1001@h_&x", "server \"h_&x\" has a \"&\" in it, which no host name may have" },
	{ "1001@b\xc3\xbcro",
	  "server \"b\xc3\xbcro\" has a \"\xc3\xbc\" in it, which no host name may "
	  "have (its form for the DNS begins with xn--)" },
	{ "1001@a\\b", "server \"a\\\\b\" has a \"\\\\\" in it, which no host name may have" },
	{ "1001@pbx..example", "server \"pbx..example\" is no host name: a part of it is empty, "
	                       "longer than 63, all digits, or has a hyphen at an end" },
	{ "1001@-pbx", NULL },
	{ "1001@pbx.1", NULL },
	{ "1001@[::1", "server \"[::1\" is no IPv6 address (with a port it is typed "
	               "[2001:db8::1]:5060)" },
	{ "1001@[pbx]:5060", NULL },
	{ "1001@[::1]x", NULL },
	{ "1001@[::1]:1:2", NULL },
	{ "1001@1:2:3", "server \"1:2:3\" is no IPv6 address (with a port it is typed "
	                "[2001:db8::1]:5060)" },
	{ "1001@h:1:2", NULL },
	{ "1001@[[::1]]", NULL },
	{ "1001@fe80::1%eth0",
	  "server \"fe80::1%eth0\" has a zone (from \"%\" on): leave it out, and set "
	  "\"eth0\" as its interface" },
	{ "1001@[fe80::1%eth0]:5060",
	  "server \"[fe80::1%eth0]\" has a zone (from \"%\" on): leave it "
	  "out, and set \"eth0\" as its interface" },
	{ "1001@[fe80::1%25eth0]",
	  "server \"[fe80::1%25eth0]\" has a zone (from \"%\" on): leave it "
	  "out, and set \"eth0\" as its interface" },
	{ "1001@[fe80::1%]",
	  "server \"[fe80::1%]\" has a zone (from \"%\" on): leave it out, and set its interface "
	  "by name" },
	{ "1001@fe80::1%a-name-that-is-none",
	  "server \"fe80::1%a-name-that-is-none\" has a zone (from \"%\" on): leave it out, and "
	  "set its interface by name" },
};

static void assert_sentence(struct slice text, const struct buf *error, const char *want)
{
	if (error->full || error->n == 0)
		fail_msg("%.*s: no sentence, or one too long", (int)text.n, text.p);
	if (want && !slice_equal(buf_slice(error), slice_str(want)))
		fail_msg("got:  %.*s\nwant: %s", (int)error->n, error->p, want);
	for (size_t i = 0; i < error->n; i++)
		assert_true((unsigned char)error->p[i] >= ' ' && error->p[i] != 0x7f);
}

static void what_is_wrong_is_said_in_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		char sentence[SENTENCE_SIZE];
		struct buf error = buf_over(sentence, sizeof(sentence));
		struct sip_aor aor = { .port = 4711 };

		if (sip_aor_parse(slice_str(refused[i].text), &aor, &error) != -EINVAL)
			fail_msg("\"%s\" should be refused", refused[i].text);
		assert_int_equal(aor.port, 4711);
		assert_sentence(slice_str(refused[i].text), &error, refused[i].sentence);
	}
}

static void nul_is_refused_wherever_it_stands(void **state)
{
	static const char text[] = "sip:1001@pbx.example:5070";

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		char copy[sizeof(text)], sentence[SENTENCE_SIZE];
		struct buf error = buf_over(sentence, sizeof(sentence));
		struct sip_aor aor;

		memcpy(copy, text, sizeof(text));
		copy[at] = '\0';
		assert_int_equal(sip_aor_parse(slice_of(copy, sizeof(text) - 1), &aor, &error),
		                 -EINVAL);
		assert_sentence(slice_str(text), &error, NULL);
	}
}

static void parts_are_read_alone_as_settings_have_them(void **state)
{
	static const struct refused extensions[] = {
		{ "", "extension is empty" },
		{ "1001@h",
		  "extension \"1001@h\" has an \"@\" in it: type only what stands in front "
		  "of it (or %40 where it belongs to it)" },
		{ "sip:1001", "extension \"sip:1001\" begins with a scheme: leave out what ends in "
		              "\":\"" },
		{ "10 01", "extension \"10 01\" has a blank at its 3rd character" },
	};
	static const struct refused servers[] = {
		{ "", "server is empty" },
		{ "1001@h",
		  "server \"1001@h\" has an \"@\" in it: type only what stands behind it" },
		{ "sips:h", "server \"sips:h\" begins with sips: leave that out, and set the "
		            "transport to tls" },
		{ "sip:h;transport=tcp", "server \"sip:h;transport=tcp\" is a URI: type its host "
		                         "and port alone; the transport is a "
		                         "setting of its own" },
		{ "http://h/",
		  "server \"http://h/\" has a \"/\" in it: type only its name or address, "
		  "as in pbx.example" },
		{ "h:99999", "port \"99999\" is no number from 1 to 65535" },
	};
	char user[SIP_USER_MAX + 1] = "", plain[SIP_USER_MAX + 1] = "", host[SIP_HOST_MAX + 1] = "";
	char sentence[SENTENCE_SIZE];
	struct buf error = buf_over(sentence, sizeof(sentence));
	uint16_t port = 4711;

	(void)state;
	for (size_t i = 0; i < COUNT(extensions); i++) {
		error = buf_over(sentence, sizeof(sentence));
		assert_int_equal(
			sip_extension_parse(slice_str(extensions[i].text), user, plain, &error),
			-EINVAL);
		assert_sentence(slice_str(extensions[i].text), &error, extensions[i].sentence);
	}
	for (size_t i = 0; i < COUNT(servers); i++) {
		error = buf_over(sentence, sizeof(sentence));
		assert_int_equal(sip_server_parse(slice_str(servers[i].text), host, &port, &error),
		                 -EINVAL);
		assert_sentence(slice_str(servers[i].text), &error, servers[i].sentence);
	}
	assert_string_equal(user, "");
	assert_string_equal(plain, "");
	assert_string_equal(host, "");
	assert_int_equal(port, 4711);
	assert_int_equal(sip_extension_parse(SLICE("a:b<c>"), user, plain, &error), 0);
	assert_string_equal(user, "a%3Ab%3Cc%3E");
	assert_string_equal(plain, "a:b<c>");
	assert_int_equal(sip_server_parse(SLICE("pbx.example"), host, &port, &error), 0);
	assert_string_equal(host, "pbx.example");
	assert_int_equal(port, 0);
}

static void lengths_are_bounded_after_escaping(void **state)
{
	char text[64000], user[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1], host[SIP_HOST_MAX + 1];
	static const struct {
		char fill;
		size_t n;
		int want;
	} rows[] = {
		{ 'a', 255, 0 },
		{ 'a', 256, -EINVAL },
		{ 'a', 64000, -EINVAL },
		{ '#', 85, 0 },
		{ '#', 86, -EINVAL },
		{ '%', 64000, -EINVAL },
		{ ';', 255, 0 },
		{ ' ', 64000, -EINVAL },
		{ '\xff', 64000, -EINVAL },
		{ '\x80', 64000, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char sentence[SENTENCE_SIZE];
		struct buf error = buf_over(sentence, sizeof(sentence));
		uint16_t port;

		memset(text, rows[i].fill, rows[i].n);
		assert_int_equal(
			sip_extension_parse(slice_of(text, rows[i].n), user, plain, &error),
			rows[i].want);
		if (rows[i].want)
			assert_sentence(SLICE("long"), &error, NULL);
		error = buf_over(sentence, sizeof(sentence));
		assert_int_equal(sip_server_parse(slice_of(text, rows[i].n), host, &port, &error),
		                 -EINVAL);
		assert_sentence(SLICE("long"), &error, NULL);
	}
	for (size_t i = 0; i < 256; i++)
		text[i] = i % 2 ? '.' : 'h';
	for (size_t n = 253; n <= 256; n++) {
		char sentence[SENTENCE_SIZE];
		struct buf error = buf_over(sentence, sizeof(sentence));
		uint16_t port;

		assert_int_equal(sip_server_parse(slice_of(text, n), host, &port, &error),
		                 n <= SIP_HOST_MAX ? 0 : -EINVAL);
	}
}

/* What must hold of any bytes at all: a sentence, or an address whose URI reads back. */
static void try_bytes(struct slice text)
{
	char sentence[SENTENCE_SIZE], memory[700];
	struct buf error = buf_over(sentence, sizeof(sentence));
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_aor aor;
	struct sip_uri uri;

	if (sip_aor_parse(text, &aor, &error) != 0) {
		assert_sentence(text, &error, NULL);
		return;
	}
	buf_str(&out, "sip:");
	buf_str(&out, aor.user);
	buf_char(&out, '@');
	buf_str(&out, aor.host);
	assert_int_equal(sip_uri_parse(buf_slice(&out), &uri), PARSE_OK);
	assert_true(slice_equal(uri.user, slice_str(aor.user)));
	assert_true(slice_equal(uri.host, slice_str(aor.host)));
	assert_false(slice_present(uri.password));
	assert_int_equal(uri.params.n + uri.headers.n + uri.port, 0);
	assert_true(sip_uri_user_equal(uri.user, slice_str(aor.user)));
}

static void every_prefix_stays_inside_its_memory(void **state)
{
	(void)state;
	fence_cut(FENCE_TEXTS(good), try_bytes);
	fence_cut(FENCE_TEXTS(refused), try_bytes);
}

static void flipped_bytes_stay_inside_their_memory(void **state)
{
	(void)state;
	fence_flip(FENCE_TEXTS(good), 1001, try_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_type_becomes_an_address),
		cmocka_unit_test(what_is_wrong_is_said_in_a_sentence),
		cmocka_unit_test(nul_is_refused_wherever_it_stands),
		cmocka_unit_test(parts_are_read_alone_as_settings_have_them),
		cmocka_unit_test(lengths_are_bounded_after_escaping),
		cmocka_unit_test(every_prefix_stays_inside_its_memory),
		cmocka_unit_test(flipped_bytes_stay_inside_their_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
