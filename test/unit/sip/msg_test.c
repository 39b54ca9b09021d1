/* unit/sip/msg_test.c: what sip_parse() takes and refuses, and the walks over headers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "sip/msg.h"
#include "unit/sip/good_messages.h"

static void assert_slice(struct slice got, const char *text)
{
	assert_non_null(got.p);
	assert_int_equal(got.n, strlen(text));
	assert_memory_equal(got.p, text, got.n);
}

/* A literal with all its bytes, NULs too. */
#define BYTES(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

static struct sip_msg parsed(const char *text)
{
	struct sip_msg msg;
	size_t at = 0;

	if (sip_parse(slice_str(text), &msg, &at) != PARSE_OK)
		fail_msg("refused at %zu: %s", at, text);
	return msg;
}

static void good_messages_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD_COUNT; i++)
		parsed(good_messages[i]);
}

static void a_response_has_status_and_reason(void **state)
{
	static const struct {
		const char *line;
		unsigned status;
		const char *reason;
	} rows[] = {
		{ "SIP/2.0 200 OK", 200, "OK" },
		{ "sIp/2.0 401 Unauthorized", 401, "Unauthorized" },
		{ "SIP/2.0 100 ", 100, "" },
		{ "SIP/2.0 699", 699, "" },
		{ "SIP/2.0 480\tGone  home\t ", 480, "Gone  home" },
		{ "SIP/2.0 200 \xd0\x94\xd0\xb0 = 2**3", 200, "\xd0\x94\xd0\xb0 = 2**3" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;

		snprintf(text, sizeof(text), "%s\r\n\r\n", rows[i].line);
		msg = parsed(text);
		assert_int_equal(msg.kind, SIP_RESPONSE);
		assert_int_equal(msg.status, rows[i].status);
		assert_slice(msg.reason, rows[i].reason);
		assert_null(msg.method.p);
		assert_null(msg.uri.p);
	}
}

static void a_request_has_method_and_uri(void **state)
{
	static const struct {
		const char *line, *method, *uri;
	} rows[] = {
		{ "REGISTER sip:pbx.example SIP/2.0", "REGISTER", "sip:pbx.example" },
		{ "options SIPS:[2001:db8::1]:5061;lr sip/2.0", "options",
		  "SIPS:[2001:db8::1]:5061;lr" },
		{ "!x-.%*_+`'~9 tel:1 SIP/2.0", "!x-.%*_+`'~9", "tel:1" },
		{ "SIP x SIP/2.0", "SIP", "x" },
		{ "S / SIP/2.0", "S", "/" },
		{ "INVITE <sip:a?b=%20> SIP/2.0", "INVITE", "<sip:a?b=%20>" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;

		snprintf(text, sizeof(text), "%s\r\n\r\n", rows[i].line);
		msg = parsed(text);
		assert_int_equal(msg.kind, SIP_REQUEST);
		assert_int_equal(msg.status, 0);
		assert_slice(msg.method, rows[i].method);
		assert_slice(msg.uri, rows[i].uri);
		assert_slice(msg.headers, "");
		assert_slice(msg.body, "");
	}
}

static void every_known_header_is_found_by_each_of_its_names(void **state)
{
#define ROW(constant, name, compact) { SIP_##constant, name, compact },
	static const struct {
		enum sip_header header;
		const char *name;
		char compact;
	} rows[] = { SIP_HEADERS(ROW) };

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), SIP_HEADER_COUNT);
	for (unsigned i = 0; i < SIP_HEADER_COUNT; i++) {
		char names[4][32] = { { 0 } };

		assert_string_equal(sip_header_name(rows[i].header), rows[i].name);
		for (size_t c = 0; c <= strlen(rows[i].name); c++) {
			char byte = rows[i].name[c];
			bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';

			names[0][c] = byte;
			names[1][c] = (char)(letter ? byte | 0x20 : byte);
			names[2][c] = (char)(letter ? byte & ~0x20 : byte);
		}
		names[3][0] = rows[i].compact;
		for (unsigned k = 0; k < (rows[i].compact ? 5 : 3); k++) {
			char text[200];
			struct sip_msg msg;

			if (k == 4)
				names[3][0] = (char)(rows[i].compact & ~0x20);
			snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s: 0\r\n\r\n",
			         names[k < 4 ? k : 3]);
			msg = parsed(text);
			for (unsigned h = 0; h < SIP_HEADER_COUNT; h++)
				assert_int_equal(slice_present(msg.first[h]), h == i);
			assert_slice(msg.first[i], "0");
		}
	}
	assert_null(sip_header_name(SIP_OTHER));
}

static void names_that_only_look_alike_are_other_headers(void **state)
{
	static const char *const names[] = {
		"Vi",
		"Vie",
		"Via-",
		"ToTo",
		"Contect",
		"Cantact",
		"Call.ID",
		"CallXID",
		"Call_ID",
		"C%6Fntact",
		"x",
		"a",
		"b",
		"e",
		"-",
		"_via",
		"0",
		"`",
		"~",
		"Content-Lengtn",
		"Content-Length-",
		"Proxy-Authorizatiom",
		"Proxy-Authorization2",
		"Alert-Info",
		"P-Asserted-Identity-And-Much-More-Than-The-Longest",
		"Subject",
		"s",
		"Allow",
		"u",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *at = NULL;
		enum sip_header header;
		struct slice name, value;
		char text[200];
		struct sip_msg msg;

		snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s: 1\r\n\r\n", names[i]);
		msg = parsed(text);
		for (unsigned h = 0; h < SIP_HEADER_COUNT; h++)
			assert_null(msg.first[h].p);
		assert_true(sip_line_next(&msg, &at, &header, &name, &value));
		assert_int_equal(header, SIP_OTHER);
		assert_slice(name, names[i]);
		assert_slice(value, "1");
	}
}

static void values_are_trimmed_and_keep_their_folds(void **state)
{
	static const struct {
		const char *line, *value;
	} rows[] = {
		{ "To:x", "x" },
		{ "To: x ", "x" },
		{ "To \t :\t x\t", "x" },
		{ "TO:\r\n x", "x" },
		{ "t:\r\n\t\r\n x\r\n ", "x" },
		{ "To: a\r\n b\r\n\tc", "a\r\n b\r\n\tc" },
		{ "To: a \r\n  b", "a \r\n  b" },
		{ "To: \"a\r\n :b\"", "\"a\r\n :b\"" },
		{ "To:", "" },
		{ "To: \t ", "" },
		{ "To:\r\n ", "" },
		{ "To: :", ":" },
		{ "To: \x01\x1f\x7f\x80\xff", "\x01\x1f\x7f\x80\xff" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;
		const char *at = NULL;
		struct slice value;

		snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s\r\nVia: v\r\n\r\nbody",
		         rows[i].line);
		msg = parsed(text);
		assert_slice(msg.first[SIP_TO], rows[i].value);
		assert_slice(msg.first[SIP_VIA], "v");
		assert_slice(msg.body, "body");
		assert_true(sip_header_next(&msg, SIP_TO, &at, &value));
		assert_slice(value, rows[i].value);
		assert_false(sip_header_next(&msg, SIP_TO, &at, &value));
	}
}

static void the_body_is_what_content_length_says(void **state)
{
	static const struct {
		const char *head, *rest, *body;
	} rows[] = {
		{ "", "", "" },
		{ "", "all that is left", "all that is left" },
		{ "l: 0\r\n", "dropped", "" },
		{ "Content-Length: 4\r\n", "body", "body" },
		{ "Content-Length: 4\r\n", "body, and more", "body" },
		{ "CONTENT-LENGTH :\r\n 00004 \r\n", "\r\n\r\nX", "\r\n\r\n" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;

		snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s\r\n%s", rows[i].head,
		         rows[i].rest);
		msg = parsed(text);
		assert_slice(msg.headers, rows[i].head);
		assert_slice(msg.body, rows[i].body);
	}
}

static void a_body_may_hold_any_byte(void **state)
{
	static const struct slice text =
		BYTES("SIP/2.0 200 OK\r\nl: 9\r\n\r\n\0\r\n\n\r\xff\0\0\r");
	struct sip_msg msg;

	(void)state;
	assert_int_equal(sip_parse(text, &msg, NULL), PARSE_OK);
	assert_int_equal(msg.body.n, 9);
}

static void a_nul_is_taken_as_a_quoted_pair_only(void **state)
{
	static const struct {
		struct slice text;
		enum parse parse;
	} rows[] = {
		{ BYTES("SIP/2.0 200 OK\r\nTo: \"\\\0\" <sip:a>\r\n\r\n"), PARSE_OK },
		{ BYTES("SIP/2.0 200 OK\r\nTo: \"\\\\\\\0\\\0\"\r\n\r\n"), PARSE_OK },
		{ BYTES("SIP/2.0 200 OK\r\nTo: \"\\\\\0\"\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 OK\r\nTo: \"\\\0\0\"\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 OK\r\nTo: \0\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 OK\r\nTo:\r\n \0\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 OK\r\nT\0: a\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 O\0K\r\n\r\n"), PARSE_BAD },
		{ BYTES("X sip:\0 SIP/2.0\r\n\r\n"), PARSE_BAD },
		{ BYTES("\0SIP/2.0 200 OK\r\n\r\n"), PARSE_BAD },
		{ BYTES("SIP/2.0 200 OK\r\n\0\r\n\r\n"), PARSE_BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;
		size_t at = SIZE_MAX;
		enum parse parse = sip_parse(rows[i].text, &msg, &at);

		if (parse != rows[i].parse)
			fail_msg("row %zu: %d", i, parse);
		if (parse == PARSE_BAD)
			assert_int_equal(rows[i].text.p[at], '\0');
	}
}

/* Each is BAD at "^", which stands in front of the byte. */
static void what_is_no_sip_is_bad_where_it_shows(void **state)
{
#define OK_LINE "SIP/2.0 200 OK\r\n"
	static const char *const rows[] = {
		/* status lines */
		"SIP/^1.0 200 OK\r\n\r\n",
		"SIP/2^,0 200 OK\r\n\r\n",
		"SIP/2.0^0 200 OK\r\n\r\n",
		"SIP/2.0^\t200 OK\r\n\r\n",
		"SIP/2.0^\r\n\r\n",
		"SIP/2.0 ^\r\n\r\n",
		"SIP/2.0 ^ 200 OK\r\n\r\n",
		"SIP/2.0 ^099 OK\r\n\r\n",
		"SIP/2.0 ^700 OK\r\n\r\n",
		"SIP/2.0 ^-20 OK\r\n\r\n",
		"SIP/2.0 20^\r\n\r\n",
		"SIP/2.0 20^ OK\r\n\r\n",
		"SIP/2.0 2^x0 OK\r\n\r\n",
		"SIP/2.0 200^0 OK\r\n\r\n",
		"SIP/2.0 200^OK\r\n\r\n",
		"SIP/2.0 429^4967301 big\r\n\r\n",
		/* request lines */
		"^ X a SIP/2.0\r\n\r\n",
		"X^\ta SIP/2.0\r\n\r\n",
		"X^\r\n\r\n",
		"X ^\r\n\r\n",
		"X a^\r\n\r\n",
		"X ^ a SIP/2.0\r\n\r\n",
		"X a^\tb SIP/2.0\r\n\r\n",
		"X a ^ SIP/2.0\r\n\r\n",
		"X a ^b SIP/2.0\r\n\r\n",
		"X a S^P/2.0\r\n\r\n",
		"X a SIP/^7.0\r\n\r\n",
		"X a SIP/2.0^ \r\n\r\n",
		"X a SIP/2.0^1\r\n\r\n",
		"X a SIP/2.^\r\n\r\n",
		"X^@\r\n\r\n",
		"GET / ^HTTP/1.1\r\n\r\n",
		"^:x\r\n\r\n",
		"^\x16\x03\x01",
		/* line ends */
		"SIP/2.0 200 OK^\nVia: x\n\n",
		"SIP/2.0 200 OK^\rVia: x\r\r",
		"^\nX a SIP/2.0\r\n\r\n",
		"^\rX a SIP/2.0\r\n\r\n",
		"\r\n^\nX a SIP/2.0\r\n\r\n",
		OK_LINE "Via: x^\n\r\n",
		OK_LINE "Via: x^\r\r\n\r\n",
		OK_LINE "Via: x\r\n y^\nz\r\n\r\n",
		OK_LINE "Via: x\r\n^\n",
		OK_LINE "Via: x\r\n^\rx",
		/* header lines */
		OK_LINE "^ folded: start line\r\n\r\n",
		OK_LINE "^: x\r\n\r\n",
		OK_LINE "Via^\r\n\r\n",
		OK_LINE "Via ^\r\n : x\r\n\r\n",
		OK_LINE "Via ^x: y\r\n\r\n",
		OK_LINE "V^(ia: y\r\n\r\n",
		OK_LINE "V^\xc3\xbc: y\r\n\r\n",
		OK_LINE "To: a\r\nSIP^/2.0 200 OK\r\n\r\n",
		/* what may stand once */
		OK_LINE "From: a\r\n^f: a\r\n\r\n",
		OK_LINE "To:\r\nVia: x\r\n^TO:\r\n\r\n",
		OK_LINE "Call-ID: a\r\n^i: a\r\n\r\n",
		OK_LINE "CSeq: 1 X\r\n^cseq: 1 X\r\n\r\n",
		OK_LINE "Max-Forwards: 1\r\n^max-forwards: 1\r\n\r\n",
		OK_LINE "l: 0\r\n^Content-Length: 0\r\n\r\n",
		/* Content-Length */
		OK_LINE "l: ^-1\r\n\r\n",
		OK_LINE "l: ^+1\r\n\r\nx",
		OK_LINE "l: ^0x1\r\n\r\nx",
		OK_LINE "l: ^1 1\r\n\r\nx",
		OK_LINE "l: ^1,1\r\n\r\nx",
		OK_LINE "l: ^1;a\r\n\r\nx",
		OK_LINE "l: ^2147483648\r\n\r\n",
		OK_LINE "l: ^4294967296\r\n\r\n",
		OK_LINE "l: ^18446744073709551616\r\n\r\n",
		OK_LINE "l: ^99999999999999999999999999999999\r\n\r\n",
		OK_LINE "l:^\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t mark = strcspn(rows[i], "^"), at = SIZE_MAX;
		struct sip_msg msg;
		char text[200];
		enum parse parse;

		snprintf(text, sizeof(text), "%.*s%s", (int)mark, rows[i], rows[i] + mark + 1);
		parse = sip_parse(slice_str(text), &msg, &at);
		if (parse != PARSE_BAD || at != mark)
			fail_msg("row %zu: %d at %zu, not at %zu: %s", i, parse, at, mark, text);
		assert_int_equal(sip_parse(slice_str(text), &msg, NULL), PARSE_BAD);
	}
}

static void what_is_cut_short_is_partial(void **state)
{
	static const char *const rows[] = {
		"",
		"\r",
		"\r\n",
		"\r\n\r",
		"\r\n\r\n",
		"S",
		"SIP",
		"SIP/",
		"SIP/2.",
		"SIP/2.0",
		"SIP/2.0 ",
		"SIP/2.0 2",
		"SIP/2.0 200",
		"SIP/2.0 200 ",
		"SIP/2.0 200 OK\r",
		"\r\nSIP/2.0 200 OK\r\n",
		"SIPX",
		"X",
		"X ",
		"X sip:",
		"X a ",
		"X a S",
		"X a SIP/2.0",
		"X a SIP/2.0\r",
		OK_LINE,
		OK_LINE "\r",
		OK_LINE "V",
		OK_LINE "Via ",
		OK_LINE "Via:",
		OK_LINE "Via: x",
		OK_LINE "Via: x\r",
		OK_LINE "Via: x\r\n",
		OK_LINE "Via: x\r\n ",
		OK_LINE "Via: x\r\n\r",
		/* the value may still come in a fold */
		OK_LINE "l:\r\n",
		OK_LINE "l:\r\n ",
		/* a second CSeq whose line may go on: not all of it was seen */
		OK_LINE "CSeq: 1 X\r\nCSeq: 2 X\r\n",
		OK_LINE "CSeq: 1 X\r\nCSeq: 2 X\r\n ",
		/* the body is shorter than it should be */
		OK_LINE "l: 1\r\n\r\n",
		OK_LINE "l: 2147483647\r\n\r\nx",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg msg;
		size_t at = 4711;
		enum parse parse = sip_parse(slice_str(rows[i]), &msg, &at);

		if (parse != PARSE_PARTIAL || at != 4711)
			fail_msg("row %zu: %d", i, parse);
	}
	assert_int_equal(sip_parse(SLICE_NONE, &(struct sip_msg){ 0 }, NULL), PARSE_PARTIAL);
}

static void headers_of_one_kind_are_walked_in_order(void **state)
{
	const struct sip_msg msg =
		parsed("SIP/2.0 200 OK\r\nVia: 1\r\nm: a\r\nX: y\r\nv :\r\n 2\r\n"
	               "CONTACT:\r\nVIA:3 , 4\r\nContact: b\r\nZ: z\r\n\r\n");
	static const struct {
		enum sip_header header;
		const char *values[4];
	} rows[] = {
		{ SIP_VIA, { "1", "2", "3 , 4" } },
		{ SIP_CONTACT, { "a", "", "b" } },
		{ SIP_OTHER, { "y", "z" } },
		{ SIP_ROUTE, { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = NULL;
		struct slice value;

		for (unsigned k = 0; rows[i].values[k]; k++) {
			assert_true(sip_header_next(&msg, rows[i].header, &at, &value));
			assert_slice(value, rows[i].values[k]);
		}
		assert_false(sip_header_next(&msg, rows[i].header, &at, &value));
		assert_false(sip_header_next(&msg, rows[i].header, &at, &value));
	}
}

static void values_are_walked_over_lines_and_commas(void **state)
{
	const struct sip_msg msg = parsed(
		"SIP/2.0 200 OK\r\nContact: a,, b\r\n , \"c, \\\", d\" <sip:e,f>;x=\"g,h\"\r\n"
		"m:\r\nm: ,\r\nContact : * ,\r\n\r\n");
	static const char *const values[] = { "a", "b", "\"c, \\\", d\" <sip:e,f>;x=\"g,h\"", "*" };
	struct sip_values walk = { 0 };
	struct slice value;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
		assert_slice(value, values[i]);
	}
	assert_false(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
	assert_false(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
	walk = (struct sip_values){ 0 };
	assert_false(sip_value_next(&msg, SIP_VIA, &walk, &value));
}

static void lines_are_walked_with_their_names(void **state)
{
	const struct sip_msg msg =
		parsed("SIP/2.0 200 OK\r\nv : 1\r\nX-Y: a\r\n b\r\nTo:\r\n\r\nbody: x\r\n\r\n");
	static const struct {
		enum sip_header header;
		const char *name, *value;
	} rows[] = { { SIP_VIA, "v", "1" }, { SIP_OTHER, "X-Y", "a\r\n b" }, { SIP_TO, "To", "" } };
	enum sip_header header;
	struct slice name, value;
	const char *at = NULL;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(sip_line_next(&msg, &at, &header, &name, &value));
		assert_int_equal(header, rows[i].header);
		assert_slice(name, rows[i].name);
		assert_slice(value, rows[i].value);
	}
	assert_false(sip_line_next(&msg, &at, &header, &name, &value));
	assert_false(sip_line_next(&msg, &at, &header, &name, &value));
}

static void a_cseq_is_a_number_and_a_method(void **state)
{
	static const struct {
		const char *value;
		uint32_t number;
		const char *method; /* NULL: BAD */
	} rows[] = {
		{ "4711 REGISTER", 4711, "REGISTER" },
		{ "0\tX", 0, "X" },
		{ "0009\r\n  INVITE", 9, "INVITE" },
		{ " 1  a-.!%*_+`'~ ", 1, "a-.!%*_+`'~" },
		{ "2147483647 OPTIONS", INT32_MAX, "OPTIONS" },
		{ "2147483648 OPTIONS", 0, NULL },
		{ "4294967297 OPTIONS", 0, NULL },
		{ "36893488147419103232 REGISTER", 0, NULL },
		{ "", 0, NULL },
		{ "1", 0, NULL },
		{ "1 ", 0, NULL },
		{ "REGISTER", 0, NULL },
		{ "REGISTER 1", 0, NULL },
		{ "1REGISTER", 0, NULL },
		{ "1 REG ISTER", 0, NULL },
		{ "1 REGISTER;x", 0, NULL },
		{ "-1 REGISTER", 0, NULL },
		{ "+1 REGISTER", 0, NULL },
		{ "0x1 REGISTER", 0, NULL },
		{ "1, 2 REGISTER", 0, NULL },
		{ "1 \"REGISTER\"", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice method = SLICE_NONE;
		uint32_t number = 77;
		enum parse parse = sip_cseq_parse(slice_str(rows[i].value), &number, &method);

		if (!rows[i].method) {
			if (parse != PARSE_BAD)
				fail_msg("taken: %s", rows[i].value);
			assert_int_equal(number, 77);
			assert_null(method.p);
			continue;
		}
		assert_int_equal(parse, PARSE_OK);
		assert_int_equal(number, rows[i].number);
		assert_slice(method, rows[i].method);
	}
	assert_int_equal(sip_cseq_parse(SLICE_NONE, &(uint32_t){ 0 }, &(struct slice){ 0 }),
	                 PARSE_BAD);
}

static void seconds_stop_at_a_parameter_or_a_comment(void **state)
{
	static const struct {
		const char *value;
		int64_t s; /* -1: BAD */
	} rows[] = {
		{ "0", 0 },
		{ "3600", 3600 },
		{ " 007 ", 7 },
		{ "18000;duration=3600", 18000 },
		{ "120 (I am in a meeting)", 120 },
		{ "120(now)", 120 },
		{ "60\r\n ;x", 60 },
		{ "86400", 86400 },
		{ "86401", 86400 },
		{ "4294967296", 86400 },
		{ "4294967328", 86400 },
		{ "949302838503028349304023988", 86400 },
		{ "", -1 },
		{ " ", -1 },
		{ ";duration=60", -1 },
		{ "(60)", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "1.5", -1 },
		{ "0x10", -1 },
		{ "60s", -1 },
		{ "60 s", -1 },
		{ "60, 70", -1 },
		{ "Fri, 01 Jan 2010 16:00:00 GMT", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t s = 77;
		enum parse parse = sip_seconds_parse(slice_str(rows[i].value), 86400, &s);

		if ((parse == PARSE_OK) != (rows[i].s >= 0) ||
		    s != (rows[i].s < 0 ? 77 : rows[i].s))
			fail_msg("\"%s\": %d, %u", rows[i].value, parse, s);
	}
	assert_int_equal(sip_seconds_parse(SLICE_NONE, 1, &(uint32_t){ 0 }), PARSE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_messages_parse),
		cmocka_unit_test(a_response_has_status_and_reason),
		cmocka_unit_test(a_request_has_method_and_uri),
		cmocka_unit_test(every_known_header_is_found_by_each_of_its_names),
		cmocka_unit_test(names_that_only_look_alike_are_other_headers),
		cmocka_unit_test(values_are_trimmed_and_keep_their_folds),
		cmocka_unit_test(the_body_is_what_content_length_says),
		cmocka_unit_test(a_body_may_hold_any_byte),
		cmocka_unit_test(a_nul_is_taken_as_a_quoted_pair_only),
		cmocka_unit_test(what_is_no_sip_is_bad_where_it_shows),
		cmocka_unit_test(what_is_cut_short_is_partial),
		cmocka_unit_test(headers_of_one_kind_are_walked_in_order),
		cmocka_unit_test(values_are_walked_over_lines_and_commas),
		cmocka_unit_test(lines_are_walked_with_their_names),
		cmocka_unit_test(a_cseq_is_a_number_and_a_method),
		cmocka_unit_test(seconds_stop_at_a_parameter_or_a_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
