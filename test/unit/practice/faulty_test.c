/* What each fault does to a request, at the registrar without a network. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "practice/ban.h"
#include "unit/practice/desk.h"

#define CONTACT "Contact: <sip:a@10.0.0.5:5062>;+sip.instance=\"<urn:x>\"\r\n"

static struct desk desk;

static void parse(const char *text, struct practice_faults *ret_faults)
{
	char said[256];
	struct buf err = buf_over(said, sizeof(said));

	*ret_faults = (struct practice_faults){ 0 };
	assert_int_equal(practice_faults_parse(slice_str(text), ret_faults, &err), 0);
}

/* Opens the desk with these faults for all. */
static void open_with(const char *text)
{
	struct practice_config config = desk_config();
	struct practice_faults faults;

	parse(text, &faults);
	config.faults = &faults;
	desk_open(&desk, &config);
}

static const struct ask usual = { .headers = CONTACT };

static struct ask for_seconds(unsigned expires_s)
{
	static char headers[128];

	snprintf(headers, sizeof(headers), "%sExpires: %u\r\n", CONTACT, expires_s);
	return (struct ask){ .headers = headers };
}

/* What an OPTIONS is answered. */
static unsigned options(void)
{
	return desk_ask_with(&desk, (struct ask){ .method = "OPTIONS" }, "");
}

/* The challenge of the last answer, answered. */
static unsigned answer_again(struct ask ask, enum digest_algorithm algorithm, uint32_t nc,
                             bool *ret_stale)
{
	struct digest_kept *kept = desk_challenge(&desk, algorithm, ret_stale);
	char line[2048];

	assert_non_null(kept);
	desk_authorization(&desk, ask, kept, nc, line, sizeof(line));
	free(kept);
	return desk_ask_with(&desk, ask, line);
}

/* ---- answers by number ---- */

static void a_status_comes_in_front_of_the_login(void **state)
{
	static const struct {
		const char *fault, *reason, *header;
		unsigned status;
	} rows[] = {
		{ "404", "Not Found", NULL, 404 },
		{ "404=No such user", "No such user", NULL, 404 },
		{ "480", "Temporarily Unavailable", NULL, 480 },
		{ "500", "Server Internal Error", NULL, 500 },
		{ "503", "Service Unavailable", "Retry-After: 30", 503 },
		{ "503=120", "Service Unavailable", "Retry-After: 120", 503 },
		{ "503=0", "Service Unavailable", NULL, 503 },
		{ "status=603", "Decline", NULL, 603 },
		{ "status=407", "Proxy Authentication Required", NULL, 407 },
		{ "redirect", "Moved Temporarily", "Contact: <sip:elsewhere.invalid>", 302 },
		{ "redirect=self", "Moved Temporarily", "Contact: <sip:pbx.test>", 302 },
		{ "redirect=192.0.2.9:5070", "Moved Temporarily", "Contact: <sip:192.0.2.9:5070>",
		  302 },
		{ "basic", "Unauthorized", "WWW-Authenticate: Basic realm=\"re\\\"alm\"", 401 },
		{ "no-challenge", "Unauthorized", NULL, 401 },
		{ "trying", "Trying", NULL, 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_with(rows[i].fault);
		if (desk_ask_with(&desk, usual, "") != rows[i].status)
			fail_msg("%s is answered %u", rows[i].fault, desk.msg.status);
		desk_assert_reason(&desk, rows[i].reason);
		if (rows[i].header && !desk_has(&desk, rows[i].header))
			fail_msg("%s: %.*s", rows[i].fault, (int)desk.n, desk.bytes);
		assert_int_equal(slice_present(desk.msg.first[SIP_RETRY_AFTER]),
		                 rows[i].header && strstr(rows[i].header, "Retry") != NULL);
		assert_int_equal(slice_present(desk.msg.first[SIP_WWW_AUTHENTICATE]),
		                 rows[i].header && strstr(rows[i].header, "WWW") != NULL);
		assert_int_equal(options(), 200);
		desk_close(&desk);
	}
}

static void a_status_comes_behind_the_login(void **state)
{
	static const struct {
		const char *fault, *reason, *header;
		unsigned status;
	} rows[] = {
		{ "402", "Bad Extension", NULL, 402 },
		{ "402=Payment Required", "Payment Required", NULL, 402 },
		{ "403", "Forbidden", NULL, 403 },
		{ "403=Forbidden auth ID", "Forbidden auth ID", NULL, 403 },
		{ "404-after-login", "Not Found", NULL, 404 },
		{ "too-many-contacts", "Service Unavailable",
		  "P-Registrar-Error: Too many registered contacts", 503 },
		{ "too-many-contacts=asterisk", "Forbidden", "Server: Asterisk PBX 18.10.0", 403 },
		{ "no-query", "OK", NULL, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_with(rows[i].fault);
		/* A wrong password is not told what a right one is. */
		struct ask wrong = usual;
		wrong.password = "wrong";
		assert_int_equal(desk_ask(&desk, wrong), 401);
		if (desk_ask(&desk, usual) != rows[i].status)
			fail_msg("%s is answered %u", rows[i].fault, desk.msg.status);
		desk_assert_reason(&desk, rows[i].reason);
		if (rows[i].header)
			assert_true(desk_has(&desk, rows[i].header));
		desk_close(&desk);
	}
}

static void no_query_refuses_what_has_no_contact(void **state)
{
	(void)state;
	open_with("no-query");
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 400);
	desk_assert_reason(&desk, "Missing Contact");
	assert_int_equal(desk_ask(&desk, usual), 200);
	desk_close(&desk);
}

static void a_place_that_is_taken_is_listed_and_removals_go_on(void **state)
{
	(void)state;
	open_with("too-many-contacts");
	assert_int_equal(desk_ask(&desk, (struct ask){ 0 }), 200);
	assert_true(desk_has(&desk, "Contact: <sip:1001@198.51.100.20:5060>;expires=1800"));
	assert_int_equal(desk_ask(&desk, for_seconds(0)), 200);
	desk_close(&desk);
}

static void a_longer_time_is_wanted_and_then_granted(void **state)
{
	(void)state;
	open_with("423=100000");
	assert_int_equal(desk_ask(&desk, for_seconds(3600)), 423);
	assert_true(desk_has(&desk, "Min-Expires: 100000"));
	assert_int_equal(desk_ask(&desk, for_seconds(99999)), 423);
	assert_int_equal(desk_ask(&desk, for_seconds(100000)), 200);
	assert_non_null(memmem(desk.bytes, desk.n, ";expires=100000\r\n", 17));
	assert_int_equal(desk_ask(&desk, for_seconds(0)), 200);
	desk_close(&desk);
	/* What is above the least is cut to the registrar's most, as ever. */
	open_with("423=60");
	assert_int_equal(desk_ask(&desk, for_seconds(86400)), 200);
	assert_non_null(memmem(desk.bytes, desk.n, ";expires=7200\r\n", 15));
	desk_close(&desk);
}

/* ---- logins ---- */

static void no_password_is_right(void **state)
{
	(void)state;
	open_with("wrong-password");
	assert_int_equal(desk_ask(&desk, usual), 401);
	assert_non_null(strstr(desk_log(&desk), "(wrong password) [wrong-password]"));
	desk_close(&desk);
}

static void a_right_answer_is_called_stale_each_time(void **state)
{
	bool stale;

	(void)state;
	open_with("always-stale");
	assert_int_equal(desk_ask(&desk, usual), 401);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(answer_again(usual, DIGEST_SHA_256, 1, &stale), 401);
		assert_true(stale);
	}
	struct ask wrong = usual;
	wrong.password = "wrong";
	assert_int_equal(answer_again(wrong, DIGEST_SHA_256, 1, &stale), 401);
	answer_again(usual, DIGEST_SHA_256, 1, &stale);
	assert_false(stale);
	desk_close(&desk);
}

static void a_nonce_lives_as_long_as_was_said(void **state)
{
	bool stale;

	(void)state;
	open_with("nonce-life=20");
	assert_int_equal(desk_ask_with(&desk, usual, ""), 401);
	struct digest_kept *kept = desk_challenge(&desk, DIGEST_SHA_256, &stale);
	for (unsigned i = 0; i < 3; i++) {
		char line[2048];

		desk_authorization(&desk, usual, kept, i + 1, line, sizeof(line));
		assert_int_equal(desk_ask_with(&desk, usual, line), i < 2 ? 200 : 401);
		desk.now_ms += i ? 1000 : 20000;
	}
	free(kept);
	assert_int_equal(answer_again(usual, DIGEST_SHA_256, 1, &stale), 200);
	assert_true(stale);
	desk_close(&desk);
}

static void a_nonce_serves_once_and_no_stale_is_said(void **state)
{
	bool stale;

	(void)state;
	open_with("new-nonce");
	assert_int_equal(desk_ask_with(&desk, usual, ""), 401);
	struct digest_kept *kept = desk_challenge(&desk, DIGEST_SHA_256, &stale);
	char line[2048];
	desk_authorization(&desk, usual, kept, 1, line, sizeof(line));
	assert_int_equal(desk_ask_with(&desk, usual, line), 200);
	desk_authorization(&desk, usual, kept, 2, line, sizeof(line));
	assert_int_equal(desk_ask_with(&desk, usual, line), 401);
	assert_int_equal(answer_again(usual, DIGEST_SHA_256, 1, &stale), 200);
	assert_false(stale);
	free(kept);
	desk_close(&desk);
}

static void the_realm_is_another_each_time(void **state)
{
	bool stale;

	(void)state;
	open_with("endless-401");
	assert_int_equal(desk_ask_with(&desk, usual, ""), 401);
	assert_non_null(memmem(desk.bytes, desk.n, "realm=\"re\\\"alm 1\"", 17));
	assert_int_equal(answer_again(usual, DIGEST_MD5, 1, &stale), 401);
	assert_non_null(memmem(desk.bytes, desk.n, "realm=\"re\\\"alm 2\"", 17));
	assert_false(stale);
	desk_close(&desk);
}

static void challenges_are_those_that_were_asked_for(void **state)
{
	static const struct {
		const char *fault;
		size_t count;
	} rows[] = { { "sha-256-only", 1 }, { "two-challenges", 2 } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct practice_config config = desk_config();
		struct practice_faults faults;
		struct slice value;
		const char *at = NULL;
		size_t count = 0;
		bool stale;

		/* The registrar itself has another algorithm, so HA1 must be there for these. */
		parse(rows[i].fault, &faults);
		config.faults = &faults;
		config.algorithms[0] = DIGEST_SHA_512_256;
		config.algorithm_count = 1;
		desk_open(&desk, &config);
		assert_int_equal(desk_ask(&desk, usual), 200);
		assert_int_equal(desk_ask_with(&desk, usual, ""), 401);
		while (sip_header_next(&desk.msg, SIP_WWW_AUTHENTICATE, &at, &value)) {
			count++;
			assert_non_null(memmem(value.p, value.n, count == 1 ? "=SHA-256" : "=MD5",
			                       count == 1 ? 8 : 4));
		}
		assert_int_equal(count, rows[i].count);
		if (count == 2)
			assert_int_equal(answer_again(usual, DIGEST_MD5, 1, &stale), 200);
		desk_close(&desk);
	}
}

static void wrong_passwords_ban_the_address_for_a_time(void **state)
{
	struct ask wrong = usual;
	struct practice_stats stats;

	(void)state;
	wrong.password = "wrong";
	open_with("ban=2/60");
	assert_int_equal(desk_ask(&desk, wrong), 401);
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_int_equal(desk_ask(&desk, wrong), 401);
	desk_log_clear(&desk);
	assert_int_equal(options(), 0);
	assert_string_equal(desk_log(&desk), "a datagram ignored, from 192.0.2.77:43122 (this "
	                                     "address is banned) [ban=2/60]\n");
	/* The port makes no difference, the address does. */
	net_addr_set_port(&desk.from, 9);
	assert_int_equal(options(), 0);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.78"), 9, &desk.from), 0);
	assert_int_equal(options(), 200);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.77"), 9, &desk.from), 0);
	desk.now_ms += 59999;
	assert_int_equal(options(), 0);
	desk.now_ms += 1;
	assert_int_equal(options(), 200);
	/* What lies further apart than the time does not count together. */
	assert_int_equal(desk_ask(&desk, wrong), 401);
	desk.now_ms += 60000;
	assert_int_equal(desk_ask(&desk, wrong), 401);
	assert_int_equal(options(), 200);
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.ignored, 3);
	desk_close(&desk);
}

static void the_ban_that_ends_first_gives_way(void **state)
{
	static struct practice_bans bans;
	struct net_addr from;

	(void)state;
	for (unsigned i = 0; i <= PRACTICE_BANS_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		assert_int_equal(net_addr_parse(slice_str(text), 1, &from), 0);
		practice_bans_note(&bans, &from, 1, i == 7 ? 50 : 60, 1000);
		assert_true(practice_bans_hold(&bans, &from, 1000));
	}
	for (unsigned i = 0; i < PRACTICE_BANS_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.0.0.%u", i);
		assert_int_equal(net_addr_parse(slice_str(text), 1, &from), 0);
		assert_int_equal(practice_bans_hold(&bans, &from, 1000), i != 7);
	}
}

/* ---- bindings ---- */

static void zero_seconds_are_granted_and_nothing_is_kept(void **state)
{
	struct practice_stats stats;

	(void)state;
	open_with("granted-zero");
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;+sip.instance=\"<urn:x>\""
	                            ";expires=0"));
	assert_non_null(strstr(desk_log(&desk), "200 OK (for 0 s) [granted-zero]"));
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.bindings, 0);
	assert_int_equal(desk_ask(&desk, for_seconds(0)), 200);
	assert_int_equal(desk_contacts(&desk), 0);
	desk_close(&desk);
}

static void ok_is_said_without_a_binding(void **state)
{
	(void)state;
	open_with("granted-absent");
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_int_equal(desk_contacts(&desk), 0);
	assert_non_null(strstr(desk_log(&desk), "200 OK (without a binding) [granted-absent]"));
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = "Contact: *\r\nExpires: 0\r\n" }),
	                 200);
	desk_close(&desk);
}

static void another_device_is_listed(void **state)
{
	(void)state;
	open_with("other-device");
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_int_equal(desk_contacts(&desk), 2);
	assert_true(desk_has(&desk, "Contact: <sip:1001@198.51.100.20:5060>;expires=1800"));
	assert_int_equal(options(), 200);
	assert_int_equal(desk_contacts(&desk), 0);
	desk_close(&desk);
}

static void a_list_without_parameters(void **state)
{
	(void)state;
	open_with("bare-contacts");
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_true(desk_has(&desk, "Contact: <sip:a@10.0.0.5:5062>;expires=3600"));
	desk_close(&desk);
}

static void an_alg_rewrites_contact_and_via(void **state)
{
	static const struct {
		const char *contact, *listed;
	} rows[] = {
		{ "Contact: <sip:a@10.0.0.5:5062;ob>;q=0.5\r\n",
		  "Contact: <sip:a@203.0.113.77:5062>;q=0.5;expires=3600" },
		{ "Contact: <sip:10.0.0.5>\r\n", "Contact: <sip:203.0.113.77>;expires=3600" },
		{ "Contact: <tel:+15551234>\r\n", "Contact: <tel:+15551234>;expires=3600" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_with("alg");
		assert_int_equal(desk_ask(&desk, (struct ask){ .headers = rows[i].contact }), 200);
		assert_true(desk_has(&desk, rows[i].listed));
		assert_memory_equal(
			desk.bytes,
			"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.77:5062;branch=", 58);
		assert_int_equal(desk_contacts(&desk), 1);
		/* It is rewritten again when it goes, so it is found. */
		char headers[128];
		snprintf(headers, sizeof(headers), "%sExpires: 0\r\n", rows[i].contact);
		assert_int_equal(desk_ask(&desk, (struct ask){ .headers = headers }), 200);
		assert_int_equal(desk_contacts(&desk), 0);
		desk_close(&desk);
	}
}

static void a_contact_that_an_alg_makes_too_long_is_refused(void **state)
{
	static char contact[4000];
	int n = snprintf(contact, sizeof(contact), "Contact: <sip:%0*d@10.0.0.5>;x=%01500d\r\n",
	                 2400, 1, 1);

	(void)state;
	assert_in_range(n, 3900, sizeof(contact) - 1);
	open_with("alg=[2001:db8::1]");
	assert_int_equal(desk_ask(&desk, (struct ask){ .headers = contact }), 403);
	desk_close(&desk);
}

/* ---- the way there and back ---- */

static void the_clock_is_wrong_by_as_much_as_was_said(void **state)
{
	static const struct {
		const char *fault, *date;
	} rows[] = { { "date=86400", "Date: Sun, 14 Nov 2010 23:29:00 GMT" },
		     { "date=-60", "Date: Sat, 13 Nov 2010 23:28:00 GMT" } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		open_with(rows[i].fault);
		assert_int_equal(options(), 200);
		assert_true(desk_has(&desk, rows[i].date));
		assert_int_equal(desk_ask(&desk, usual), 200);
		assert_true(desk_has(&desk, rows[i].date));
		desk_close(&desk);
	}
}

static void nothing_is_answered(void **state)
{
	(void)state;
	open_with("silence");
	assert_int_equal(desk_ask_with(&desk, usual, ""), 0);
	assert_string_equal(desk_log(&desk), "1001 ignored, from 192.0.2.77:43122 (nothing is "
	                                     "answered) [silence]\n");
	assert_int_equal(options(), 0);
	desk_close(&desk);
}

static void a_login_is_not_answered_however_often_it_comes(void **state)
{
	bool stale;

	(void)state;
	open_with("silence-after-login");
	assert_int_equal(desk_ask_with(&desk, usual, ""), 401);
	struct digest_kept *kept = desk_challenge(&desk, DIGEST_SHA_256, &stale);
	char line[2048];
	desk_authorization(&desk, usual, kept, 1, line, sizeof(line));
	for (int i = 0; i < 3; i++)
		assert_int_equal(desk_ask_with(&desk, usual, line), 0);
	free(kept);
	desk_close(&desk);
}

static void what_is_answered_may_be_no_sip(void **state)
{
	static const char request[] = "OPTIONS sip:pbx.test SIP/2.0\r\n"
				      "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1;rport\r\n"
				      "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
				      "CSeq: 1 OPTIONS\r\n\r\n";
	struct practice_sending sending;
	struct practice_stats stats;
	struct sip_msg msg;

	(void)state;
	open_with("garbage");
	const struct practice_request ask = { .from = desk.from,
		                              .bytes = slice_str(request),
		                              .now_ms = desk.now_ms };
	for (int i = 0; i < 2; i++) {
		struct buf out = buf_over(desk.bytes, sizeof(desk.bytes));

		assert_true(practice_answer(desk.core, &ask, &out, &sending));
		assert_true(out.n > 0);
		assert_int_not_equal(sip_parse(buf_slice(&out), &msg, NULL), PARSE_OK);
		assert_true(net_addr_equal(&sending.to, &desk.from));
	}
	practice_core_stats(desk.core, &stats);
	assert_int_equal(stats.by_class[0], 1);
	assert_int_equal(stats.resent, 1);
	desk_close(&desk);
}

static void answers_come_from_the_other_port(void **state)
{
	(void)state;
	open_with("other-port");
	assert_int_equal(options(), 200);
	assert_int_equal(desk.port, PRACTICE_OTHER_PORT);
	assert_int_equal(desk_ask(&desk, usual), 200);
	assert_int_equal(desk.port, PRACTICE_OTHER_PORT);
	desk_close(&desk);
	open_with("slow");
	assert_int_equal(desk.port, PRACTICE_USUAL_PORT);
	desk_close(&desk);
}

static void an_answer_is_held_back_and_given_once_its_time_has_come(void **state)
{
	static const char request[] = "OPTIONS sip:pbx.test SIP/2.0\r\n"
				      "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1;rport\r\n"
				      "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
				      "CSeq: 1 OPTIONS\r\n\r\n";
	struct practice_sending sending;
	struct buf out = buf_over(desk.bytes, sizeof(desk.bytes));

	(void)state;
	open_with("slow=700");
	assert_int_equal(practice_next_ms(desk.core), NET_NEVER);
	assert_int_equal(desk_send(&desk, slice_str(request)), 0);
	assert_int_equal(practice_next_ms(desk.core), DESK_BEGIN_MS + 700);
	/* A retransmission hastens nothing. */
	desk.now_ms += 500;
	assert_int_equal(desk_send(&desk, slice_str(request)), 0);
	assert_false(practice_take_due(desk.core, desk.now_ms, &out, &sending));
	desk.now_ms += 200;
	assert_true(practice_take_due(desk.core, desk.now_ms, &out, &sending));
	assert_int_equal(desk_take(&desk, &out, &sending), 200);
	assert_true(net_addr_equal(&desk.to, &desk.from));
	assert_false(practice_take_due(desk.core, desk.now_ms, &out, &sending));
	assert_int_equal(desk_send(&desk, slice_str(request)), 200);
	desk_close(&desk);
}

static void held_answers_have_an_order_and_a_limit(void **state)
{
	char memory[16];
	struct practice_sending sending;
	struct buf out;

	(void)state;
	open_with("slow=100");
	for (unsigned i = 0; i <= 1024; i++) {
		desk_log_clear(&desk);
		assert_int_equal(options(), 0);
		assert_int_equal(strstr(desk_log(&desk), "too many answers are held back") != NULL,
		                 i == 1024);
	}
	for (unsigned i = 0; i < 1024; i++) {
		char want[32];

		out = buf_over(desk.bytes, sizeof(desk.bytes));
		assert_true(practice_take_due(desk.core, desk.now_ms + 100, &out, &sending));
		assert_int_equal(desk_take(&desk, &out, &sending), 200);
		snprintf(want, sizeof(want), "CSeq: %u OPTIONS", i + 1);
		assert_true(desk_has(&desk, want));
	}
	out = buf_over(memory, sizeof(memory));
	assert_false(practice_take_due(desk.core, desk.now_ms + 100, &out, &sending));
	assert_int_equal(options(), 0); /* one that nobody fetches is freed */
	desk_close(&desk);
}

/* How many of a hundred requests are answered, a retransmission counted for each. */
static unsigned answered(const char *fault, uint64_t seed)
{
	struct practice_config config = desk_config();
	struct practice_faults faults;
	unsigned count = 0;

	parse(fault, &faults);
	config.faults = &faults;
	config.seed = seed;
	desk_open(&desk, &config);
	for (unsigned i = 0; i < 100; i++) {
		char request[512];
		int n = snprintf(request, sizeof(request),
		                 "OPTIONS sip:pbx.test SIP/2.0\r\n"
		                 "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK%u;rport\r\n"
		                 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
		                 "CSeq: 1 OPTIONS\r\n\r\n",
		                 i);

		for (int k = 0; k < 2; k++)
			count += desk_send(&desk, slice_of(request, (size_t)n)) == 200;
	}
	desk_close(&desk);
	return count;
}

static void losses_go_by_the_percentage_and_the_seed(void **state)
{
	(void)state;
	/* Of 200 datagrams 0.7 * 0.7 get through both ways: 98, give or take. */
	unsigned once = answered("loss", 1);
	assert_in_range(once, 70, 126);
	assert_int_equal(answered("loss", 1), once);
	/* Of seeds that differ, two of four counts do. */
	assert_false(answered("loss", 2) == once && answered("loss", 3) == once &&
	             answered("loss", 4) == once);
	assert_int_equal(answered("loss=100", 1), 0);
	assert_in_range(answered("loss=1", 1), 180, 200);
}

static void a_lost_answer_has_done_its_work(void **state)
{
	struct practice_stats stats = { 0 };
	unsigned tries = 0;

	(void)state;
	open_with("loss=50");
	while (!strstr(desk_log(&desk), "the answer got lost") && tries++ < 100)
		options();
	assert_in_range(tries, 1, 99);
	practice_core_stats(desk.core, &stats);
	assert_true(stats.by_class[2] > 0);
	assert_true(stats.ignored > 0);
	desk_close(&desk);
}

/* ---- whose fault ---- */

static void an_extensions_own_fault_comes_before_that_of_all(void **state)
{
	struct practice_config config = desk_config();
	struct practice_user users[2] = { desk_users[0], desk_users[1] };
	struct practice_faults all, own;

	(void)state;
	parse("403=All,date=60", &all);
	parse("403=Own,slow=5", &own);
	config.faults = &all;
	config.users = users;
	config.user_count = 2;
	users[1].faults = &own;
	desk_open(&desk, &config);
	assert_int_equal(desk_ask(&desk, usual), 403);
	desk_assert_reason(&desk, "All");
	assert_non_null(strstr(desk_log(&desk), "[403=All,date=60]\n"));
	desk_log_clear(&desk);
	assert_int_equal(desk_ask_with(&desk, (struct ask){ .extension = "1002" }, ""), 0);
	assert_string_equal(desk_log(&desk), "1002 was asked for its password, at 192.0.2.77:43122 "
	                                     "[403=Own,slow=5,date=60]\n");
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_comes_in_front_of_the_login),
		cmocka_unit_test(a_status_comes_behind_the_login),
		cmocka_unit_test(no_query_refuses_what_has_no_contact),
		cmocka_unit_test(a_place_that_is_taken_is_listed_and_removals_go_on),
		cmocka_unit_test(a_longer_time_is_wanted_and_then_granted),
		cmocka_unit_test(no_password_is_right),
		cmocka_unit_test(a_right_answer_is_called_stale_each_time),
		cmocka_unit_test(a_nonce_lives_as_long_as_was_said),
		cmocka_unit_test(a_nonce_serves_once_and_no_stale_is_said),
		cmocka_unit_test(the_realm_is_another_each_time),
		cmocka_unit_test(challenges_are_those_that_were_asked_for),
		cmocka_unit_test(wrong_passwords_ban_the_address_for_a_time),
		cmocka_unit_test(the_ban_that_ends_first_gives_way),
		cmocka_unit_test(zero_seconds_are_granted_and_nothing_is_kept),
		cmocka_unit_test(ok_is_said_without_a_binding),
		cmocka_unit_test(another_device_is_listed),
		cmocka_unit_test(a_list_without_parameters),
		cmocka_unit_test(an_alg_rewrites_contact_and_via),
		cmocka_unit_test(a_contact_that_an_alg_makes_too_long_is_refused),
		cmocka_unit_test(the_clock_is_wrong_by_as_much_as_was_said),
		cmocka_unit_test(nothing_is_answered),
		cmocka_unit_test(a_login_is_not_answered_however_often_it_comes),
		cmocka_unit_test(what_is_answered_may_be_no_sip),
		cmocka_unit_test(answers_come_from_the_other_port),
		cmocka_unit_test(an_answer_is_held_back_and_given_once_its_time_has_come),
		cmocka_unit_test(held_answers_have_an_order_and_a_limit),
		cmocka_unit_test(losses_go_by_the_percentage_and_the_seed),
		cmocka_unit_test(a_lost_answer_has_done_its_work),
		cmocka_unit_test(an_extensions_own_fault_comes_before_that_of_all),
	};

	return cmocka_run_group_tests_name("practice with faults", tests, NULL, NULL);
}
