/* The registrar by the steps of RFC 3261 10.3, request by request. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

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

#define CONTACT_A "Contact: <sip:a@10.0.0.5:5062>\r\n"
#define CONTACT_B "Contact: <sip:b@10.0.0.5:5062>\r\n"

/* ---- the answer as such ---- */

static void an_answer_carries_what_the_request_did_and_more(void **state)
{
	char want[1024];

	(void)state;
	assert_int_equal(desk_ask(&desk, (struct ask){ .cseq = 7, .headers = CONTACT_A }), 200);
	const char *branch = strstr(desk.bytes, "z9hG4bK");
	assert_non_null(branch);
	snprintf(want, sizeof(want),
	         "SIP/2.0 200 OK\r\n"
	         "Via: SIP/2.0/UDP 10.0.0.5:5062;branch=%.*s;received=192.0.2.77;rport=43122\r\n"
	         "From: <sip:1001@pbx.test>;tag=f\r\n"
	         "To: <sip:1001@pbx.test>;tag=",
	         (int)strcspn(branch, ";"), branch);
	assert_memory_equal(desk.bytes, want, strlen(want));
	assert_true(desk_has(&desk, "Call-ID: call-1"));
	assert_true(desk_has(&desk, "CSeq: 7 REGISTER"));
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=3600"));
	assert_true(desk_has(&desk, "Server: Lineup practice"));
	assert_true(desk_has(&desk, "Date: Sat, 13 Nov 2010 23:29:00 GMT"));
	assert_true(desk_has(&desk, "Content-Length: 0\r\n"));
	assert_true(net_addr_equal(&desk.to, &desk.from));
}

static void answers_go_where_the_via_says(void **state)
{
	static const struct {
		const char *from, *via, *want;
		uint16_t port;
	} rows[] = {
		{ "192.0.2.77", "192.0.2.77:5070;branch=z9hG4bKx",
		  "192.0.2.77:5070;branch=z9hG4bKx", 5070 },
		{ "192.0.2.77", "192.0.2.77;branch=z9hG4bKx", "192.0.2.77;branch=z9hG4bKx", 5060 },
		{ "192.0.2.77", "192.0.2.77:5070;rport;branch=z9hG4bKx",
		  "192.0.2.77:5070;branch=z9hG4bKx;received=192.0.2.77;rport=43122", 43122 },
		{ "192.0.2.77", "host.example ; RPORT ; branch = z9hG4bKx ; x=\"a;b\"",
		  "host.example;branch = z9hG4bKx;x=\"a;b\";received=192.0.2.77;rport=43122",
		  43122 },
		{ "192.0.2.77", "10.1.1.1;received=6.6.6.6;branch=z9hG4bKx",
		  "10.1.1.1;branch=z9hG4bKx;received=192.0.2.77", 5060 },
		{ "2001:db8::7", "[2001:db8::1]:5066;branch=z9hG4bKx",
		  "[2001:db8::1]:5066;branch=z9hG4bKx;received=2001:db8::7", 5066 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024], want[512];
		int n = snprintf(text, sizeof(text),
		                 "OPTIONS sip:pbx.test SIP/2.0\r\nv: SIP/2.0/UDP %s , SIP/2.0/TCP "
		                 "deeper;branch=y\r\nVia: SIP/2.0/TLS deepest;branch=z\r\n"
		                 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\n"
		                 "CSeq: 1 OPTIONS\r\n\r\n",
		                 rows[i].via);

		assert_int_equal(net_addr_parse(slice_str(rows[i].from), 43122, &desk.from), 0);
		assert_int_equal(desk_send(&desk, slice_of(text, (size_t)n)), 200);
		snprintf(want, sizeof(want),
		         "Via: SIP/2.0/UDP %s\r\nVia: SIP/2.0/TCP deeper;branch=y\r\n"
		         "Via: SIP/2.0/TLS deepest;branch=z",
		         rows[i].want);
		if (!desk_has(&desk, want))
			fail_msg("row %zu: %.*s", i, (int)desk.n, desk.bytes);
		assert_true(desk_has(&desk, "To: <sip:c@d>;tag=2"));
		assert_true(net_addr_same_host(&desk.to, &desk.from));
		assert_int_equal(net_addr_port(&desk.to), rows[i].port);
	}
}

static void the_tag_is_the_same_for_one_call_id_only(void **state)
{
	static const char *const call_ids[] = { "one", "one", "two" };
	char tags[3][17] = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(desk_ask_with(&desk, (struct ask){ .call_id = call_ids[i] }, ""),
		                 401);
		const char *to = strstr(desk.bytes, "To: <sip:1001@pbx.test>;tag=");
		assert_non_null(to);
		memcpy(tags[i], strchr(to, '=') + 1, 16);
	}
	assert_string_equal(tags[0], tags[1]);
	assert_string_not_equal(tags[0], tags[2]);
}

static void a_retransmission_gets_the_same_answer_and_is_not_counted_twice(void **state)
{
	static const char request[] =
		"REGISTER sip:pbx.test SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKsame;rport\r\n"
		"From: <sip:1001@pbx.test>;tag=f\r\nTo: <sip:1001@pbx.test>\r\n"
		"Call-ID: again\r\nCSeq: 1 REGISTER\r\n\r\n";
	char first[NET_SEND_MAX];
	struct practice_stats stats;

	(void)state;
	assert_int_equal(desk_send(&desk, slice_str(request)), 401);
	size_t n = desk.n;
	memcpy(first, desk.bytes, n);
	desk.now_ms += 31999;
	assert_int_equal(desk_send(&desk, slice_str(request)), 401);
	assert_int_equal(desk.n, n);
	assert_memory_equal(desk.bytes, first, n);
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.requests, 1);
	assert_int_equal(stats.resent, 1);
	assert_int_equal(stats.by_class[4], 1);
	/* From another port it is another client's. */
	net_addr_set_port(&desk.from, 43123);
	assert_int_equal(desk_send(&desk, slice_str(request)), 401);
	assert_memory_not_equal(desk.bytes, first, n);
	net_addr_set_port(&desk.from, 43122);
	/* After 32 s it is forgotten: the nonce is a new one. */
	desk.now_ms += 1;
	assert_int_equal(desk_send(&desk, slice_str(request)), 401);
	assert_memory_not_equal(desk.bytes, first, n);
}

static void what_is_no_request_gets_no_answer(void **state)
{
	static const struct {
		struct slice bytes;
		const char *log;
	} rows[] = {
		{ SLICE(""), "" },
		{ SLICE("\r\n\r\n"), "" },
		{ SLICE("\0\0\0\0"), "" },
		{ SLICE("hello\r\n\r\n"),
		  "a datagram ignored, from 192.0.2.77:43122 (this is no SIP message)\n" },
		{ SLICE("REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"),
		  "a datagram ignored, from 192.0.2.77:43122 (this is no SIP message)\n" },
		{ SLICE("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n"),
		  "a datagram ignored, from 192.0.2.77:43122 (a response to nothing that was "
		  "asked)\n" },
		{ SLICE("OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n"),
		  "OPTIONS ignored, from 192.0.2.77:43122 (without a Via that can be read there is "
		  "no way back)\n" },
		{ SLICE("OPTIONS sip:a SIP/2.0\r\nVia: nonsense\r\n\r\n"),
		  "OPTIONS ignored, from 192.0.2.77:43122 (without a Via that can be read there is "
		  "no way back)\n" },
		{ SLICE("ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n"),
		  "ACK ignored, from 192.0.2.77:43122 (an ACK is not answered)\n" },
	};
	struct practice_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk_log_clear(&desk);
		assert_int_equal(desk_send(&desk, rows[i].bytes), 0);
		assert_string_equal(desk_log(&desk), rows[i].log);
	}
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.ignored, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(stats.requests, 0);
}

static void an_answer_that_no_datagram_holds_is_not_sent(void **state)
{
	static char text[8192];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&b, "OPTIONS sip:a SIP/2.0\r\n");
	for (int i = 0; i < 120; i++)
		buf_str(&b, "Via: SIP/2.0/UDP proxy.example;branch=z9hG4bK1\r\n");
	buf_str(&b,
	        "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n");
	assert_int_equal(buf_end(&b), 0);
	assert_int_equal(desk_send(&desk, buf_slice(&b)), 0);
	assert_non_null(strstr(desk_log(&desk), "too long for a datagram"));
}

static void a_broken_request_is_told_what_is_missing(void **state)
{
#define TOP  "REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:a@b>;tag=1\r\n"
#define TO   "To: <sip:1001@pbx.test>\r\n"
#define CALL "Call-ID: x\r\n"
#define CSEQ "CSeq: 1 REGISTER\r\n"
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ TOP FROM TO CSEQ "\r\n", "Missing Call-ID" },
		{ TOP FROM TO CSEQ "Call-ID: \r\n\r\n", "Missing Call-ID" },
		{ TOP FROM TO CALL "\r\n", "Missing CSeq" },
		{ TOP FROM TO CALL "CSeq: x REGISTER\r\n\r\n", "Malformed CSeq" },
		{ TOP FROM TO CALL "CSeq: 2147483648 REGISTER\r\n\r\n", "Malformed CSeq" },
		{ TOP FROM TO CALL "CSeq: 1 OPTIONS\r\n\r\n", "CSeq Names Another Method" },
		{ TOP TO CALL CSEQ "\r\n", "Missing From" },
		{ TOP TO CALL CSEQ "From: <\r\n\r\n", "Malformed From" },
		{ TOP FROM CALL CSEQ "\r\n", "Missing To" },
		{ TOP FROM CALL CSEQ "To: nobody\r\n\r\n", "Malformed To" },
		{ TOP FROM CALL CSEQ "To: <sip:pbx.test>\r\n\r\n", "To Is No Address-of-Record" },
		{ TOP FROM CALL CSEQ "To: <tel:+1>\r\n\r\n", "To Is No Address-of-Record" },
		{ "REGISTER sip: SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n" FROM TO CALL
		          CSEQ "\r\n",
		  "Malformed Request-URI" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (desk_send(&desk, slice_str(rows[i].text)) != 400)
			fail_msg("row %zu is answered %u", i, desk.msg.status);
		desk_assert_reason(&desk, rows[i].reason);
	}
}

/* ---- methods ---- */

static void other_methods_are_not_allowed(void **state)
{
	static const struct {
		const char *method;
		unsigned status;
		bool allow;
	} rows[] = {
		{ "OPTIONS", 200, true }, { "INVITE", 405, true },   { "SUBSCRIBE", 405, true },
		{ "MESSAGE", 405, true }, { "register", 405, true }, { "BYE", 405, true },
		{ "CANCEL", 481, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(desk_ask_with(&desk, (struct ask){ .method = rows[i].method }, ""),
		                 rows[i].status);
		assert_int_equal(desk_has(&desk, "Allow: REGISTER, OPTIONS"), rows[i].allow);
	}
	desk_log_clear(&desk);
	desk_ask_with(&desk, (struct ask){ .method = "OPTIONS" }, "");
	desk_ask_with(&desk, (struct ask){ .method = "INVITE" }, "");
	assert_string_equal(desk_log(&desk),
	                    "OPTIONS answered, from 192.0.2.77:43122: 200 OK\n"
	                    "INVITE refused, from 192.0.2.77:43122: 405 Method Not Allowed\n");
}

/* ---- 10.3, steps 1, 2 and 5: whose address it is ---- */

static void the_address_must_be_one_of_ours(void **state)
{
	static const struct {
		const char *uri, *extension;
		unsigned status;
	} rows[] = {
		{ "sip:pbx.test", "1001", 401 },
		{ "sips:PBX.TEST;transport=tls", "1001", 401 },
		{ "sip:1001@pbx.test:5070", "1001", 401 },
		{ "sip:pbx.test", "%31001", 401 },
		{ "sip:pbx.test", "studio%203", 401 },
		{ "tel:+15551234", "1001", 416 },
		{ "sip:other.test", "1001", 404 },
		{ "sip:pbx.test", "1003", 404 },
		{ "sip:pbx.test", "10", 404 },
		{ "sip:pbx.test", "10011", 404 },
		{ "sip:pbx.test", "Studio%203", 404 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ask ask = { .uri = rows[i].uri, .extension = rows[i].extension };

		if (desk_ask_with(&desk, ask, "") != rows[i].status)
			fail_msg("row %zu is answered %u", i, desk.msg.status);
	}
	desk_log_clear(&desk);
	desk_ask_with(&desk, (struct ask){ .extension = "1003" }, "");
	assert_string_equal(desk_log(&desk),
	                    "REGISTER refused, from 192.0.2.77:43122: 404 Not Found "
	                    "(no such extension here)\n");
}

static void an_extension_of_sip_that_is_required_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(
		desk_ask_with(&desk,
	                      (struct ask){ .headers = "Require: path, gruu\r\nRequire: x\r\n" },
	                      ""),
		420);
	assert_true(desk_has(&desk, "Unsupported: path, gruu, x"));
	assert_int_equal(desk_ask_with(&desk, (struct ask){ .headers = "Require:\r\n" }, ""), 401);
}

/* ---- steps 6 to 8: the bindings ---- */

static void without_contact_the_bindings_are_told(void **state)
{
	(void)state;
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_int_equal(desk_contacts(&desk), 0);
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 100\r\n" }),
	                 200);
	desk.now_ms += 30001;
	desk_log_clear(&desk);
	assert_int_equal(desk_ask(&desk, (struct ask){ .call_id = "other" }), 200);
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=70"));
	assert_string_equal(desk_log(&desk),
	                    "1001 was asked for its password, at 192.0.2.77:43122\n"
	                    "1001 asked for its bindings, from 192.0.2.77:43122\n");
	/* Another extension's are its own. */
	assert_int_equal(desk_ask(&desk, (struct ask){ .extension = "1002",
	                                               .user = "studio-a",
	                                               .password = "secret1002" }),
	                 200);
	assert_int_equal(desk_contacts(&desk), 0);
}

static void the_time_is_that_of_the_contact_then_of_the_header(void **state)
{
	static const struct {
		const char *headers;
		unsigned granted; /* 0: 423 */
	} rows[] = {
		{ "Contact: <sip:a@b>\r\n", 3600 },
		{ "Contact: <sip:a@b>\r\nExpires: 120\r\n", 120 },
		{ "Contact: <sip:a@b>;expires=90\r\nExpires: 120\r\n", 90 },
		{ "Contact: sip:a@b;EXPIRES=\"90\"\r\n", 90 },
		{ "Contact: <sip:a@b>\r\nExpires: 7200\r\n", 7200 },
		{ "Contact: <sip:a@b>\r\nExpires: 7201\r\n", 7200 },
		{ "Contact: <sip:a@b>\r\nExpires: 99999999999999999999\r\n", 7200 },
		/* RFC 3261 20.10 and 20.19: what is malformed counts as 3600. */
		{ "Contact: <sip:a@b>\r\nExpires: soon\r\n", 3600 },
		{ "Contact: <sip:a@b>;expires=-1\r\n", 3600 },
		{ "Contact: <sip:a@b>;expires\r\nExpires: 120\r\n", 3600 },
		{ "Contact: <sip:a@b>\r\nExpires: 60\r\n", 60 },
		{ "Contact: <sip:a@b>\r\nExpires: 59\r\n", 0 },
		{ "Contact: <sip:a@b>;expires=1\r\nExpires: 120\r\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[128];
		unsigned status = desk_ask(&desk, (struct ask){ .headers = rows[i].headers });

		if (!rows[i].granted) {
			assert_int_equal(status, 423);
			assert_true(desk_has(&desk, "Min-Expires: 60"));
			continue;
		}
		assert_int_equal(status, 200);
		snprintf(want, sizeof(want), "Contact: <sip:a@b>;expires=%u", rows[i].granted);
		if (!desk_has(&desk, want))
			fail_msg("row %zu: %.*s", i, (int)desk.n, desk.bytes);
	}
}

static void an_hour_is_never_too_brief(void **state)
{
	struct practice_config config = desk_config();

	(void)state;
	config.expires_min_s = 7200;
	desk_close(&desk);
	desk_open(&desk, &config);
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 3599\r\n" }),
	                 423);
	assert_true(desk_has(&desk, "Min-Expires: 7200"));
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 3600\r\n" }),
	                 200);
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=3600"));
}

static void parameters_come_back_as_they_were(void **state)
{
	(void)state;
	assert_int_equal(
		desk_ask(&desk,
	                 (struct ask){ .headers = "Contact: \"A\" <sip:a@b;x=y?h=1> ; q=0.5 ; "
	                                          "expires=80;+sip.instance=\"<urn:uuid:1>\""
	                                          ";reg-id=1\r\n" }),
		200);
	assert_true(desk_has(&desk,
	                     "Contact: <sip:a@b;x=y?h=1>;q=0.5;+sip.instance=\"<urn:uuid:1>\";"
	                     "reg-id=1;expires=80"));
}

static void contacts_that_are_wrong_change_nothing(void **state)
{
	static const struct {
		const char *headers, *reason;
		unsigned status;
	} rows[] = {
		{ "Contact: <\r\n", "Malformed Contact", 400 },
		{ "Contact: <sip:ok@b>, nobody\r\n", "Malformed Contact", 400 },
		{ "Contact:\r\n", "Empty Contact", 400 },
		{ "Contact: <sip:ok@b>;q=2\r\n", "Malformed q in Contact", 400 },
		{ "Contact: <sip:ok@b>;q=0.1234\r\n", "Malformed q in Contact", 400 },
		{ "Contact: <sip:ok@b>;q=1.1\r\n", "Malformed q in Contact", 400 },
		{ "Contact: <sip:ok@b>;q=0,5\r\n", "Malformed Contact", 400 },
		{ "Contact: <sip:ok@b>;q=0x5\r\n", "Malformed q in Contact", 400 },
		{ "Contact: <sip:ok@b>;q=\r\n", "Malformed q in Contact", 400 },
		{ "Contact: <sip:ok@b>, <sip:ok@B>\r\n", "Contact Twice", 400 },
		{ "Contact: <sip:ok@b>, <sip:no@b>;expires=5\r\n", "Interval Too Brief", 423 },
		{ "Contact: *\r\n", "Contact * Without Expires 0", 400 },
		{ "Contact: *\r\nExpires: 1\r\n", "Contact * Without Expires 0", 400 },
		{ "Contact: *\r\nExpires: zero\r\n", "Contact * Without Expires 0", 400 },
		{ "Contact: *, <sip:ok@b>\r\nExpires: 0\r\n", "Contact * With Other Contacts",
		  400 },
		{ "Contact: <sip:ok@b>\r\nContact: *\r\nExpires: 0\r\n",
		  "Contact * With Other Contacts", 400 },
		{ "Contact: *, *\r\nExpires: 0\r\n", "Contact * With Other Contacts", 400 },
		{ "Contact: <sip:1@b>, <sip:2@b>, <sip:3@b>\r\n", "Too Many Contacts", 403 },
		{ "Contact: <sip:1@b>, <sip:2@b>, <sip:3@b>, <sip:4@b>, <sip:5@b>, <sip:6@b>, "
		  "<sip:7@b>,"
		  " <sip:8@b>, <sip:9@b>, <sip:10@b>, <sip:11@b>, <sip:12@b>, <sip:13@b>, "
		  "<sip:14@b>,"
		  " <sip:15@b>, <sip:16@b>, <sip:17@b>, <sip:18@b>, <sip:19@b>, <sip:20@b>, "
		  "<sip:21@b>,"
		  " <sip:22@b>, <sip:23@b>, <sip:24@b>, <sip:25@b>, <sip:26@b>, <sip:27@b>, "
		  "<sip:28@b>,"
		  " <sip:29@b>, <sip:30@b>, <sip:31@b>, <sip:32@b>, <sip:33@b>\r\nExpires: 0\r\n",
		  "Too Many Contacts", 400 },
	};

	(void)state;
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = CONTACT_A }), 200);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk_log_clear(&desk);
		unsigned status = desk_ask(&desk, (struct ask){ .headers = rows[i].headers });
		if (status != rows[i].status)
			fail_msg("%s is answered %.*s", rows[i].headers, (int)desk.n, desk.bytes);
		desk_assert_reason(&desk, rows[i].reason);
		assert_int_equal(desk_contacts(&desk), 0);
		assert_null(strstr(desk_log(&desk), "registered"));
		assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
		assert_int_equal(desk_contacts(&desk), 1);
		assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=3600"));
	}
}

static void q_may_be_any_that_the_grammar_has(void **state)
{
	static const char *const good[] = { "0", "1", "0.", "1.", "0.7", "0.999", "1.000" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char headers[128];

		snprintf(headers, sizeof(headers), "Contact: <sip:a@b>;q=%s\r\n", good[i]);
		assert_int_equal(desk_ask(&desk, (struct ask){ .headers = headers }), 200);
	}
}

static void equal_uris_are_one_binding(void **state)
{
	(void)state;
	desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:a@host.test:5062;x=1>\r\n" });
	desk_log_clear(&desk);
	assert_int_equal(
		desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:%61@HOST.test:5062;x=1;y=2>"
	                                                 ";expires=90\r\n" }),
		200);
	assert_int_equal(desk_contacts(&desk), 1);
	assert_true(desk_has(&desk, "Contact: <sip:%61@HOST.test:5062;x=1;y=2>;expires=90"));
	assert_non_null(strstr(desk_log(&desk), "1001 refreshed from 192.0.2.77:43122 for 90 s\n"));
	desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:A@host.test:5062;x=1>\r\n" });
	assert_int_equal(desk_contacts(&desk), 2);
	/* Other schemes are equal letter by letter. */
	desk_ask(&desk, (struct ask){ .headers = "Contact: <tel:+1>, <mailto:a@b>;expires=0\r\n" });
	assert_int_equal(desk_contacts(&desk), 3);
	desk_ask(&desk, (struct ask){ .headers = "Contact: <tel:+1>\r\n" });
	assert_int_equal(desk_contacts(&desk), 3);
}

static void a_binding_goes_by_expires_0(void **state)
{
	(void)state;
	desk_ask(&desk, (struct ask){ .headers = CONTACT_A CONTACT_B });
	assert_int_equal(desk_contacts(&desk), 2);
	desk_log_clear(&desk);
	assert_int_equal(
		desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:a@10.0.0.5:5062>;expires=0,"
	                                                 "<sip:never@there>;expires=0\r\n" }),
		200);
	assert_int_equal(desk_contacts(&desk), 1);
	assert_true(desk_has(&desk, "Contact: <sip:b@10.0.0.5:5062>;expires=3600"));
	assert_string_equal(desk_log(&desk),
	                    "1001 was asked for its password, at 192.0.2.77:43122\n"
	                    "1001 removed its registration, from 192.0.2.77:43122\n");
}

static void a_new_address_takes_the_old_ones_place_in_one_request(void **state)
{
	(void)state;
	desk_ask(&desk, (struct ask){ .headers = CONTACT_A });
	assert_int_equal(
		desk_ask(&desk, (struct ask){ .headers = CONTACT_B "Contact: <sip:a@10.0.0.5:5062>"
	                                                           ";expires=0\r\n" }),
		200);
	assert_int_equal(desk_contacts(&desk), 1);
	assert_true(desk_has(&desk, "Contact: <sip:b@10.0.0.5:5062>;expires=3600"));
}

static void the_star_removes_all(void **state)
{
	(void)state;
	desk_ask(&desk, (struct ask){ .call_id = "one", .headers = CONTACT_A });
	desk_ask(&desk, (struct ask){ .call_id = "two", .headers = CONTACT_B });
	assert_int_equal(desk_contacts(&desk), 2);
	assert_int_equal(desk_ask(&desk, (struct ask){ .call_id = "three",
	                                               .headers = "Contact: *\r\nExpires: 0\r\n" }),
	                 200);
	assert_int_equal(desk_contacts(&desk), 0);
	struct practice_stats stats;
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.bindings, 0);
}

static void a_late_request_of_the_same_call_fails_whole(void **state)
{
	static const struct {
		const char *call_id, *headers;
		uint32_t cseq;
		unsigned status;
		size_t contacts; /* of 1001 then */
	} rows[] = {
		{ "one", CONTACT_A, 10, 200, 1 },
		{ "one", CONTACT_A, 10, 500, 1 },
		{ "one", CONTACT_A, 9, 500, 1 },
		{ "one", CONTACT_B CONTACT_A, 9, 500, 1 },
		{ "one", "Contact: <sip:a@10.0.0.5:5062>;expires=0\r\n", 10, 500, 1 },
		{ "one", "Contact: *\r\nExpires: 0\r\n", 10, 500, 1 },
		{ "one", CONTACT_B, 3, 200, 2 }, /* a contact that is new has no order */
		{ "two", CONTACT_A, 1, 200, 2 }, /* another Call-ID has an order of its own */
		{ "one", CONTACT_A, 2, 200, 2 },
		{ "one", "Contact: *\r\nExpires: 0\r\n", 3, 500, 2 },
		{ "one", "Contact: *\r\nExpires: 0\r\n", 4, 200, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned status = desk_ask(&desk, (struct ask){ .call_id = rows[i].call_id,
		                                                .cseq = rows[i].cseq,
		                                                .headers = rows[i].headers });

		if (status != rows[i].status)
			fail_msg("row %zu is answered %u", i, status);
		if (status == 500)
			desk_assert_reason(&desk, "CSeq Out Of Order");
		assert_int_equal(desk_ask(&desk, (struct ask){ .call_id = "look" }), 200);
		assert_int_equal(desk_contacts(&desk), rows[i].contacts);
	}
}

static void a_binding_that_is_not_refreshed_runs_out(void **state)
{
	(void)state;
	assert_true(practice_next_ms(desk.core) == NET_NEVER);
	desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 60\r\n" });
	assert_true(practice_next_ms(desk.core) <= desk.now_ms + 60000);
	desk_log_clear(&desk);
	practice_expire(desk.core, desk.now_ms + 59999);
	assert_string_equal(desk_log(&desk), "");
	practice_expire(desk.core, desk.now_ms + 60000);
	assert_string_equal(
		desk_log(&desk),
		"1001 has run out: no refresh came from 192.0.2.77:43122 within 60 s\n");
	desk.now_ms += 60000;
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_int_equal(desk_contacts(&desk), 0);
}

static void a_refresh_moves_the_end(void **state)
{
	(void)state;
	desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 60\r\n" });
	desk.now_ms += 50000;
	desk_ask(&desk, (struct ask){ .headers = CONTACT_A "Expires: 60\r\n" });
	desk.now_ms += 59000;
	desk_log_clear(&desk);
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=1"));
	desk.now_ms += 1000;
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_int_equal(desk_contacts(&desk), 0);
	assert_non_null(strstr(desk_log(&desk), "1001 has run out"));
}

static void there_is_a_limit_for_each_and_for_all(void **state)
{
	(void)state;
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:1@b>, <sip:2@b>, "
	                                                          "<sip:3@b>\r\n" }),
	                 200);
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:4@b>\r\n" }), 403);
	desk_assert_reason(&desk, "Too Many Contacts");
	/* Where another goes there is room. */
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = "Contact: <sip:4@b>, "
	                                                          "<sip:1@b>;expires=0\r\n" }),
	                 200);
	assert_int_equal(desk_contacts(&desk), 3);
	/* Two are left of the five for all, and a request that fails leaves them. */
	struct ask other = { .extension = "1004", .user = "studio-a", .password = "secret1004" };
	other.headers = "Contact: <sip:1@b>, <sip:2@b>, <sip:3@b>\r\n";
	assert_int_equal(desk_ask(&desk, other), 500);
	desk_assert_reason(&desk, "No Room For Another Binding");
	other.headers = "Contact: <sip:1@b>, <sip:2@b>\r\n";
	assert_int_equal(desk_ask(&desk, other), 200);
	assert_int_equal(desk_contacts(&desk), 2);
}

static void contacts_that_no_answer_could_list_are_refused(void **state)
{
	char headers[4096];
	int n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		n += snprintf(headers + n, sizeof(headers) - (size_t)n,
		              "Contact: <sip:%d@host.test;long=%0900d>\r\n", i, i);
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = headers }), 403);
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_int_equal(desk_contacts(&desk), 0);
}

/* ---- the registrar as such ---- */

static void a_configuration_that_breaks_a_limit_is_refused(void **state)
{
	static const struct practice_user twice[] = { { SLICE("1"), SLICE("a"), SLICE_NONE },
		                                      { SLICE("2"), SLICE("a"), SLICE_NONE },
		                                      { SLICE("1"), SLICE("b"), SLICE_NONE } };
	static const unsigned char key[PRACTICE_KEY_BYTES];
	static char long_realm[DIGEST_REALM_MAX + 2];
	static const struct practice_handler handler = { 0 };

	(void)state;
	memset(long_realm, 'r', DIGEST_REALM_MAX + 1);
	for (int i = 0; i < 14; i++) {
		struct practice_config config = desk_config();
		struct practice_core *core = NULL;

		switch (i) {
		case 0:
			config.expires_min_s = 0;
			break;
		case 1:
			config.expires_min_s = config.expires_max_s + 1;
			break;
		case 2:
			config.expires_max_s = PRACTICE_EXPIRES_MAX_S + 1;
			break;
		case 3:
			config.algorithm_count = 0;
			break;
		case 4:
			config.algorithm_count = PRACTICE_ALGORITHMS_MAX + 1;
			break;
		case 5:
			config.algorithms[1] = DIGEST_UNKNOWN;
			break;
		case 6:
			config.contacts_max = 0;
			break;
		case 7:
			config.bindings_max = 0;
			break;
		case 8:
			config.realm = slice_str(long_realm);
			break;
		case 9:
			config.realm = SLICE("a\r\nb");
			break;
		case 10:
			config.server_name = SLICE("a\x7f");
			break;
		case 11:
			config.server_name = slice_str(long_realm);
			break;
		case 12:
			config.user_count = PRACTICE_USERS_MAX + 1;
			break;
		default:
			config.users = twice;
			config.user_count = 3;
		}
		if (practice_core_new(&config, key, &handler, NULL, 0, &core) != -EINVAL)
			fail_msg("case %d is taken", i);
		assert_null(core);
	}
	practice_core_free(NULL);
}

static void nobody_needs_to_listen(void **state)
{
	static const unsigned char key[PRACTICE_KEY_BYTES];
	static const struct practice_handler handler = { 0 };
	const struct practice_config config = practice_config_default();
	struct practice_core *core = NULL;
	struct practice_core *listened = desk.core;

	(void)state;
	assert_int_equal(practice_core_new(&config, key, &handler, NULL, desk.now_ms, &core), 0);
	desk.core = core;
	assert_int_equal(desk_ask_with(&desk, (struct ask){ 0 }, ""), 404);
	desk.core = listened;
	practice_core_free(core);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_carries_what_the_request_did_and_more),
		TEST(answers_go_where_the_via_says),
		TEST(the_tag_is_the_same_for_one_call_id_only),
		TEST(a_retransmission_gets_the_same_answer_and_is_not_counted_twice),
		TEST(what_is_no_request_gets_no_answer),
		TEST(an_answer_that_no_datagram_holds_is_not_sent),
		TEST(a_broken_request_is_told_what_is_missing),
		TEST(other_methods_are_not_allowed),
		TEST(the_address_must_be_one_of_ours),
		TEST(an_extension_of_sip_that_is_required_is_not_known),
		TEST(without_contact_the_bindings_are_told),
		TEST(the_time_is_that_of_the_contact_then_of_the_header),
		TEST(an_hour_is_never_too_brief),
		TEST(parameters_come_back_as_they_were),
		TEST(contacts_that_are_wrong_change_nothing),
		TEST(q_may_be_any_that_the_grammar_has),
		TEST(equal_uris_are_one_binding),
		TEST(a_binding_goes_by_expires_0),
		TEST(a_new_address_takes_the_old_ones_place_in_one_request),
		TEST(the_star_removes_all),
		TEST(a_late_request_of_the_same_call_fails_whole),
		TEST(a_binding_that_is_not_refreshed_runs_out),
		TEST(a_refresh_moves_the_end),
		TEST(there_is_a_limit_for_each_and_for_all),
		TEST(contacts_that_no_answer_could_list_are_refused),
		TEST(a_configuration_that_breaks_a_limit_is_refused),
		TEST(nobody_needs_to_listen),
	};

	return cmocka_run_group_tests_name("practice registrar", tests, NULL, NULL);
}
