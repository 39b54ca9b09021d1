/* check_test: each step of the doctor's visit with each of its outcomes, on the sim. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "visit.h"

#define STALE "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n2\", qop=\"auth\", stale=true\r\n"

/* To where the REGISTER with the answer is out. */
static void open_and_log_in(struct visit *visit, struct check_cfg cfg)
{
	visit_open_and_ask(visit, cfg);
	visit_answer(visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(visit, SIP_AUTHORIZATION), "username=\"1001\""));
	assert_string_equal(visit_header(visit, SIP_CONTACT), "");
}

static void a_line_that_would_register_is_proved_to(void **state)
{
	struct visit visit;
	unsigned listed, total;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	assert_string_equal(visit_header(&visit, SIP_EXPIRES), "3600");
	visit_answer(&visit, "200 OK", "Contact: <sip:1001@192.0.2.77:5060>;expires=2841\r\n");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_ADDRESS, CHECK_GOOD, "sip:1001@pbx.example, auth user 1001");
	assert_told(&visit, CHECK_NAME, CHECK_GOOD, "pbx.example: 192.0.2.10:5060");
	assert_told(&visit, CHECK_REACH, CHECK_GOOD,
	            "192.0.2.10:5060 answers OPTIONS over UDP: 200 OK");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_GOOD, "Digest realm \"pbx\", MD5");
	assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "200 OK");
	assert_told(&visit, CHECK_BINDINGS, CHECK_GOOD,
	            "1 device: sip:1001@192.0.2.77:5060 for 47 min");
	assert_told(&visit, CHECK_NETWORK, CHECK_GOOD, "");
	assert_told(&visit, CHECK_CLOCK, CHECK_GOOD, "no Date header");
	assert_null(visit_told(&visit, CHECK_TRIAL));
	assert_int_equal(visit.end->warnings, 0);
	assert_int_equal(check_bindings(visit.check, &listed, &total)->expires_s, 2841);
	assert_int_equal(listed, 1);
	assert_int_equal(total, 1);
	visit_close(&visit);
}

/* ---- name */

static void a_name_without_an_address_ends_it(void **state)
{
	static const struct {
		enum dns_result result;
		const char *cause;
	} rows[] = {
		{ DNS_UNKNOWN, "name-unknown" }, { DNS_EMPTY, "name-empty" },
		{ DNS_SILENT, "name-silent" },   { DNS_FAILED, "name-failed" },
		{ DNS_MEMORY, "memory" },        { DNS_NOWHERE, "name-nowhere" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open(&visit);
		sim_name_forget(visit.net, "pbx.example");
		sim_name_result(visit.net, "pbx.example", rows[i].result);
		visit_begin(&visit, visit_cfg());
		visit_wait(&visit);
		assert_cause(&visit, CHECK_NAME, rows[i].cause);
		assert_told(&visit, CHECK_REACH, CHECK_NOT_REACHED, "not reached");
		assert_told(&visit, CHECK_NETWORK, CHECK_NOT_REACHED, "not reached");
		assert_told(&visit, CHECK_CLOCK, CHECK_NOT_REACHED, "not reached");
		assert_null(visit.end->target);
		visit_close(&visit);
	}
}

static void a_name_server_is_not_waited_for_without_end(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	sim_name_delay(visit.net, "pbx.example", 60000);
	visit_begin(&visit, visit_cfg());
	assert_in_range(visit_wait(&visit), 1, 20000);
	assert_cause(&visit, CHECK_NAME, "name-silent");
	visit_close(&visit);
}

static void a_proxy_is_looked_up_and_named_in_the_route(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct net_addr proxy = addr_of("192.0.2.20", 0);
	struct visit visit;

	(void)state;
	cfg.proxy_host = "proxy.example";
	cfg.proxy_port = 5080;
	visit_open(&visit);
	sim_name_address(visit.net, "proxy.example", &proxy);
	visit_begin(&visit, cfg);
	visit_expect(&visit, "OPTIONS", 0);
	assert_string_equal(visit_header(&visit, SIP_ROUTE), "<sip:proxy.example:5080;lr>");
	assert_true(slice_equal(visit.msg.uri, SLICE("sip:pbx.example")));
	assert_told(&visit, CHECK_ADDRESS, CHECK_GOOD, "through proxy.example:5080");
	assert_told(&visit, CHECK_NAME, CHECK_GOOD, "proxy.example: 192.0.2.20:5080");
	assert_int_equal(net_addr_port(&visit.request->to), 5080);
	visit_wait(&visit);
	visit_close(&visit);
}

/* ---- reach */

static void any_final_answer_to_options_counts_as_reached(void **state)
{
	static const char *const rows[] = { "404 Not Found", "405 Method Not Allowed",
		                            "503 Service Unavailable", "603 Decline" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open(&visit);
		visit_begin(&visit, visit_cfg());
		visit_expect(&visit, "OPTIONS", 0);
		visit_answer(&visit, "100 Trying", "");
		assert_null(visit_told(&visit, CHECK_REACH));
		visit_answer(&visit, rows[i], "");
		assert_told(&visit, CHECK_REACH,
		            strncmp(rows[i], "503", 3) == 0 ? CHECK_WARNING : CHECK_GOOD, rows[i]);
		visit_expect(&visit, "REGISTER", 0);
		visit_wait(&visit);
		visit_close(&visit);
	}
}

static void silence_to_options_is_told_and_a_register_is_tried(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	visit_begin(&visit, visit_cfg());
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect(&visit, "REGISTER", CHECK_OPTIONS_MS);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING, "192.0.2.10:5060: does not answer OPTIONS");
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	assert_int_equal(visit.end->warnings, 1);
	visit_close(&visit);
}

static void a_closed_port_ends_it_at_once(void **state)
{
	static const struct {
		int error;
		const char *cause;
	} rows[] = { { ECONNREFUSED, "port-closed" },
		     { EHOSTUNREACH, "host-unreachable" },
		     { ENETUNREACH, "no-route" },
		     { EACCES, "prohibited" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open(&visit);
		visit_begin(&visit, visit_cfg());
		visit_expect(&visit, "OPTIONS", 0);
		visit_icmp(&visit, rows[i].error);
		assert_cause(&visit, CHECK_REACH, rows[i].cause);
		assert_told(&visit, CHECK_CHALLENGE, CHECK_NOT_REACHED, "not reached");
		visit_close(&visit);
	}
}

static void no_way_out_is_noticed_before_anything_is_sent(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	sim_route_cut(visit.net);
	visit_begin(&visit, visit_cfg());
	visit_wait(&visit);
	assert_cause(&visit, CHECK_REACH, "no-route");
	visit_close(&visit);
}

static void all_is_sent_from_the_interface_that_is_set(void **state)
{
	static const char *const texts[] = { "audio0", "10.1.0.2" };
	struct net_addr own = addr_of("10.1.0.2", 0);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct check_cfg cfg = visit_cfg();
		struct visit visit;

		cfg.interface = texts[i];
		visit_open(&visit);
		assert_true(sim_device_set(visit.net, "audio0", &own, NULL));
		visit_begin(&visit, cfg);
		visit_expect(&visit, "OPTIONS", 0);
		assert_told(&visit, CHECK_ADDRESS, CHECK_GOOD,
		            i ? ", from 10.1.0.2" : ", over audio0");
		assert_non_null(strstr(visit_header(&visit, SIP_VIA), "SIP/2.0/UDP 10.1.0.2:"));
		visit_answer(&visit, "200 OK", "");
		for (unsigned asks = 0; asks < 2; asks++) {
			visit_expect(&visit, "REGISTER", 0);
			assert_true(net_addr_same_host(&visit.request->from.addr, &own));
			assert_string_equal(visit.request->over, i ? "" : "audio0");
			visit_answer(&visit, asks ? "200 OK" : "401 Unauthorized",
			             asks ? "" : VISIT_CHALLENGE);
		}
		assert_would_register(&visit);
		visit_close(&visit);
	}
}

static void an_interface_that_is_not_there_is_the_finding(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	cfg.interface = "audio0";
	visit_open(&visit);
	visit_begin(&visit, cfg);
	visit_wait(&visit);
	assert_cause(&visit, CHECK_REACH, "no-interface");
	visit_close(&visit);
}

static void what_names_no_interface_begins_no_check(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct check *check = NULL;
	struct visit visit;

	(void)state;
	cfg.interface = "eth0:1";
	cfg.watch.ended = visit_ended;
	visit_open(&visit);
	assert_int_equal(check_start(&cfg, visit.net, visit.dns, &check), -EINVAL);
	assert_null(check);
	visit_close(&visit);
}

static void silence_to_register_alone_has_a_cause_of_its_own(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	assert_in_range(visit_wait(&visit), 31000, 33000);
	assert_cause(&visit, CHECK_CHALLENGE, "register-silent");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_BAD, "though it answers OPTIONS");
	visit_close(&visit);
}

/* What the first server answered says nothing of the one that it names. */
static void silence_behind_a_redirect_is_silence(void **state)
{
	struct net_addr other = addr_of("192.0.2.30", 0);
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	sim_name_address(visit.net, "a.pbx.example", &other);
	visit_answer(&visit, "302 Moved", "Contact: <sip:a.pbx.example>\r\n");
	visit_expect(&visit, "REGISTER", 0);
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "silence");
	visit_close(&visit);
}

static void silence_ends_within_its_bound(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	for (unsigned i = 0; i < 9; i++) {
		char text[16];
		struct net_addr addr;

		snprintf(text, sizeof(text), "192.0.2.%u", 20 + i);
		addr = addr_of(text, 0);
		sim_name_address(visit.net, "pbx.example", &addr);
	}
	visit_begin(&visit, visit_cfg());
	assert_in_range(visit_wait(&visit), 32000, CHECK_LONGEST_MS);
	assert_cause(&visit, CHECK_CHALLENGE, "silence");
	assert_told(&visit, CHECK_NAME, CHECK_GOOD, "and 7 more");
	visit_close(&visit);
}

/* ---- challenge */

static void a_challenge_that_cannot_be_answered_is_the_finding(void **state)
{
	static const struct {
		const char *lines, *cause;
	} rows[] = {
		{ "", "auth-no-challenge" },
		{ "WWW-Authenticate: Basic realm=\"pbx\"\r\n", "auth-not-digest" },
		{ "WWW-Authenticate: Digest realm=\"pbx\"\r\n", "auth-malformed" },
		{ "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=SHA3\r\n",
		  "auth-algorithm" },
		{ "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"x\"\r\n", "auth-qop" },
		{ "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n", "auth-realm" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct check_cfg cfg = visit_cfg();
		struct visit visit;

		if (strcmp(rows[i].cause, "auth-realm") == 0)
			cfg.realm = "other";
		visit_open_and_ask(&visit, cfg);
		visit_answer(&visit, "401 Unauthorized", rows[i].lines);
		assert_cause(&visit, CHECK_CHALLENGE, rows[i].cause);
		assert_told(&visit, CHECK_LOGIN, CHECK_NOT_REACHED, "not reached");
		visit_close(&visit);
	}
}

static void a_refusal_without_a_challenge_is_the_finding(void **state)
{
	static const struct {
		const char *status, *cause;
	} rows[] = {
		{ "403 Forbidden", "forbidden-unasked" },
		{ "404 Not Found", "not-found" },
		{ "405 Method Not Allowed", "register-not-allowed" },
		{ "503 Service Unavailable", "server-busy" },
		{ "480 Unavailable", "unavailable" },
		{ "408 Request Timeout", "server-timeout" },
		{ "603 Decline", "taken-for-call" },
		{ "302 Moved", "redirect-nowhere" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open_and_ask(&visit, visit_cfg());
		visit_answer(&visit, rows[i].status, "");
		assert_cause(&visit, CHECK_CHALLENGE, rows[i].cause);
		assert_told(&visit, CHECK_CHALLENGE, CHECK_BAD, rows[i].status);
		visit_close(&visit);
	}
}

static void the_strongest_offer_is_answered_and_all_are_told(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	visit_answer(&visit, "401 Unauthorized",
	             "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=MD5\r\n"
	             "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=SHA-256\r\n"
	             "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=SHA3\r\n");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_GOOD, "MD5, SHA-256 and SHA3");
	visit_expect(&visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_AUTHORIZATION), "algorithm=SHA-256"));
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "(SHA-256)");
	visit_close(&visit);
}

static void a_server_that_wants_no_login_is_told(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, cfg);
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_CHALLENGE, CHECK_WARNING, "asks for no login");
	assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "the password was not sent");
	visit_close(&visit);
	cfg.password = NULL;
	visit_open_and_ask(&visit, cfg);
	visit_answer(&visit, "200 OK", "");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_GOOD, "asks for no login");
	visit_close(&visit);
}

static void without_a_password_the_login_is_the_finding(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	cfg.password = NULL;
	visit_open_and_ask(&visit, cfg);
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	assert_told(&visit, CHECK_CHALLENGE, CHECK_GOOD, "Digest");
	assert_cause(&visit, CHECK_LOGIN, "auth-no-password");
	visit_close(&visit);
}

/* ---- login */

static void a_refused_login_is_the_finding(void **state)
{
	static const struct {
		const char *status, *lines, *cause;
	} rows[] = {
		{ "401 Unauthorized", VISIT_CHALLENGE, "auth-refused" },
		{ "403 Forbidden auth ID", "", "forbidden-auth-user" },
		{ "403 Forbidden", "", "forbidden" },
		{ "404 Not Found", "", "not-found-after-login" },
		{ "402 Bad Extension", "", "bad-extension" },
		{ "503 Service Unavailable", "Retry-After: 7\r\n", "server-busy-until" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		open_and_log_in(&visit, visit_cfg());
		visit_answer(&visit, rows[i].status, rows[i].lines);
		assert_cause(&visit, CHECK_LOGIN, rows[i].cause);
		assert_told(&visit, CHECK_LOGIN, CHECK_BAD, rows[i].status);
		assert_told(&visit, CHECK_BINDINGS, CHECK_NOT_REACHED, "not reached");
		assert_told(&visit, CHECK_NETWORK, CHECK_GOOD, "nothing rewritten");
		visit_close(&visit);
	}
}

static void a_stale_nonce_is_answered_again_but_not_for_ever(void **state)
{
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	for (unsigned i = 0; i < 2; i++) {
		visit_answer(&visit, "401 Unauthorized", STALE);
		visit_expect(&visit, "REGISTER", 0);
		assert_non_null(strstr(visit_header(&visit, SIP_AUTHORIZATION), "nonce=\"n2\""));
	}
	visit_answer(&visit, "401 Unauthorized", STALE);
	assert_cause(&visit, CHECK_LOGIN, "auth-stale-loop");
	visit_close(&visit);
}

static void a_proxy_and_then_the_registrar_are_both_answered(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	visit_answer(&visit, "407 Proxy Authentication Required",
	             "Proxy-Authenticate: Digest realm=\"edge\", nonce=\"p1\"\r\n");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_GOOD, "a proxy asks: Digest realm \"edge\"");
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(&visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_AUTHORIZATION), "realm=\"pbx\""));
	assert_non_null(strstr(visit_header(&visit, SIP_PROXY_AUTHORIZATION), "realm=\"edge\""));
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	visit_close(&visit);
}

static void a_new_realm_each_time_gets_no_endless_answers(void **state)
{
	struct visit visit;
	unsigned answers = 0;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	while (!visit.end) {
		char lines[128];

		snprintf(lines, sizeof(lines),
		         "WWW-Authenticate: Digest realm=\"r%u\", nonce=\"n\"\r\n", answers);
		visit_answer(&visit, "401 Unauthorized", lines);
		if (!visit.end) {
			visit_expect(&visit, "REGISTER", 0);
			assert_true(++answers < 10);
		}
	}
	assert_int_equal(answers, 6);
	assert_cause(&visit, CHECK_LOGIN, "auth-realm-loop");
	assert_told(&visit, CHECK_LOGIN, CHECK_BAD, "the question of another realm");
	visit_close(&visit);
}

static void silence_after_the_login_is_told_from_silence(void **state)
{
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	assert_in_range(visit_wait(&visit), 31000, 33000);
	assert_cause(&visit, CHECK_LOGIN, "silence-after-login");
	visit_close(&visit);
}

static void a_server_that_proves_nothing_is_remarked(void **state)
{
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	visit_answer(&visit, "200 OK", "Authentication-Info: rspauth=\"00\"\r\n");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_LOGIN, CHECK_WARNING, "did not prove");
	visit_close(&visit);
}

static void a_longer_time_is_asked_for_once(void **state)
{
	struct visit visit;
	struct check_cfg cfg = visit_cfg();

	(void)state;
	cfg.expires_s = 60;
	open_and_log_in(&visit, cfg);
	visit_answer(&visit, "423 Interval Too Brief", "Min-Expires: 600\r\n");
	visit_expect(&visit, "REGISTER", 0);
	assert_string_equal(visit_header(&visit, SIP_EXPIRES), "600");
	visit_answer(&visit, "423 Interval Too Brief", "Min-Expires: 1200\r\n");
	assert_int_equal(visit.end->result, CHECK_FAILED);
	assert_int_equal(visit.end->bad->id, CHECK_LOGIN);
	visit_close(&visit);
}

static void a_redirect_within_the_domain_is_followed_without_credentials(void **state)
{
	struct net_addr next = addr_of("192.0.2.30", 0);
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	sim_name_address(visit.net, "b.pbx.example", &next);
	visit_answer(&visit, "302 Moved", "Contact: <sip:b.pbx.example:5070>\r\n");
	visit_expect(&visit, "REGISTER", 0);
	assert_true(slice_equal(visit.msg.uri, SLICE("sip:b.pbx.example:5070")));
	assert_string_equal(visit_header(&visit, SIP_AUTHORIZATION), "");
	assert_true(net_addr_same_host(&visit.request->to, &next));
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_LOGIN, CHECK_WARNING, "sent on to sip:b.pbx.example:5070; 200");
	visit_close(&visit);
}

static void redirects_end_at_strangers_at_unknown_names_and_at_the_sixth(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	visit_answer(&visit, "302 Moved", "Contact: <sip:evil.example>\r\n");
	assert_cause(&visit, CHECK_CHALLENGE, "redirect-foreign");
	visit_close(&visit);

	visit_open_and_ask(&visit, visit_cfg());
	visit_answer(&visit, "302 Moved", "Contact: <sip:none.pbx.example>\r\n");
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "name-unknown");
	visit_close(&visit);

	visit_open_and_ask(&visit, visit_cfg());
	for (unsigned i = 0; i < 5; i++) {
		visit_answer(&visit, "302 Moved", "Contact: <sip:pbx.example>\r\n");
		visit_expect(&visit, "REGISTER", 0);
	}
	visit_answer(&visit, "302 Moved", "Contact: <sip:pbx.example>\r\n");
	assert_cause(&visit, CHECK_CHALLENGE, "redirect-loop");
	visit_close(&visit);
}

/* ---- trial */

/* The trial's Contact, with its parameters behind the instance. */
static void assert_contact(struct visit *visit, const char *behind)
{
	static const char front[] = "<sip:1001@192.0.2.1:5062>;+sip.instance=\"<urn:uuid:";
	const char *contact = visit_header(visit, SIP_CONTACT);
	const size_t uuid_n = 36;

	assert_memory_equal(contact, front, sizeof(front) - 1);
	assert_memory_equal(contact + sizeof(front) - 1 + uuid_n, ">\"", 2);
	assert_string_equal(contact + sizeof(front) - 1 + uuid_n + 2, behind);
}

/* To where a REGISTER with a Contact and credentials is out. */
static void open_trial(struct visit *visit)
{
	visit_open_and_ask(visit, visit_cfg());
	visit_answer(visit, "400 Missing Contact", "");
	visit_expect(visit, "REGISTER", 0);
	assert_contact(visit, ";q=0.001");
	assert_string_equal(visit_header(visit, SIP_EXPIRES), "10");
	assert_string_equal(visit_header(visit, SIP_AUTHORIZATION), "");
	visit_answer(visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(visit, "REGISTER", 0);
	assert_contact(visit, ";q=0.001");
}

#define MINE  "Contact: <sip:1001@192.0.2.1:5062>;expires=10\r\n"
#define OTHER "Contact: <sip:1001@192.0.2.77:5060>;expires=90\r\n"

static void a_server_that_is_not_to_be_asked_gets_a_binding_for_a_moment(void **state)
{
	struct visit visit;
	char call_id[sizeof(visit.texts)];

	(void)state;
	open_trial(&visit);
	snprintf(call_id, sizeof(call_id), "%s", visit_header(&visit, SIP_CALL_ID));
	visit_answer(&visit, "423 Interval Too Brief", "Min-Expires: 60\r\n");
	visit_expect(&visit, "REGISTER", 0);
	assert_string_equal(visit_header(&visit, SIP_EXPIRES), "60");
	visit_answer(&visit, "200 OK", MINE OTHER);
	visit_expect(&visit, "REGISTER", 0);
	assert_contact(&visit, ";expires=0");
	assert_string_equal(visit_header(&visit, SIP_EXPIRES), "0");
	assert_string_equal(visit_header(&visit, SIP_CALL_ID), call_id);
	assert_string_equal(visit_header(&visit, SIP_CSEQ), "6 REGISTER");
	visit_answer(&visit, "200 OK", OTHER);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_TRIAL, CHECK_WARNING,
	            "without a Contact the server said 400; so a binding was made and removed "
	            "again at once");
	assert_told(&visit, CHECK_BINDINGS, CHECK_GOOD, "1 device: sip:1001@192.0.2.77:5060");
	visit_close(&visit);
}

static void a_trial_is_removed_whatever_is_said_to_that(void **state)
{
	struct visit visit;

	(void)state;
	open_trial(&visit);
	visit_answer(&visit, "200 OK", MINE);
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "401 Unauthorized", STALE);
	visit_expect(&visit, "REGISTER", 0);
	assert_contact(&visit, ";expires=0");
	visit_answer(&visit, "500 Server Error", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_TRIAL, CHECK_WARNING, "ends by itself in 10 s");
	visit_close(&visit);

	open_trial(&visit);
	visit_answer(&visit, "200 OK", MINE);
	assert_in_range(visit_wait(&visit), 1, 4000);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_TRIAL, CHECK_WARNING, "not confirmed");
	visit_close(&visit);
}

static void a_trial_that_is_not_listed_is_the_finding(void **state)
{
	struct visit visit;

	(void)state;
	open_trial(&visit);
	visit_answer(&visit, "200 OK", OTHER);
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "200 OK", "");
	assert_cause(&visit, CHECK_TRIAL, "granted-to-others");
	assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "200 OK");
	visit_close(&visit);
}

static void a_trial_that_is_refused_leaves_nothing(void **state)
{
	struct visit visit;

	(void)state;
	open_trial(&visit);
	visit_answer(&visit, "403 Forbidden", "");
	assert_cause(&visit, CHECK_LOGIN, "forbidden");
	assert_told(&visit, CHECK_TRIAL, CHECK_NOT_REACHED, "no binding was made");
	visit_close(&visit);
}

static void a_trial_can_be_forbidden(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	cfg.trial = CHECK_TRIAL_NEVER;
	open_and_log_in(&visit, cfg);
	visit_answer(&visit, "400 Bad Request", "");
	assert_cause(&visit, CHECK_LOGIN, "bad-request");
	visit_close(&visit);
}

static void a_trial_that_was_wished_for_shows_what_a_question_cannot(void **state)
{
	static const struct {
		const char *status, *lines, *cause; /* NULL: fine */
	} rows[] = {
		{ "200 OK", MINE OTHER, NULL },
		{ "200 OK", OTHER, "granted-to-others" },
		{ "200 OK", "Contact: <sip:1001@192.0.2.1:5062>;expires=0\r\n" OTHER,
		  "granted-zero" },
		{ "403 Too many contacts", "", "too-many-contacts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct check_cfg cfg = visit_cfg();
		struct visit visit;

		cfg.trial = CHECK_TRIAL_ALWAYS;
		open_and_log_in(&visit, cfg);
		visit_answer(&visit, "200 OK", OTHER);
		assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "200 OK");
		visit_expect(&visit, "REGISTER", 0);
		assert_string_equal(visit_header(&visit, SIP_EXPIRES), "10");
		assert_contact(&visit, ";q=0.001");
		assert_non_null(strstr(visit_header(&visit, SIP_AUTHORIZATION), "nc=00000002"));
		visit_answer(&visit, rows[i].status, rows[i].lines);
		if (strncmp(rows[i].status, "200", 3) == 0) {
			visit_expect(&visit, "REGISTER", 0);
			assert_string_equal(visit_header(&visit, SIP_EXPIRES), "0");
			visit_answer(&visit, "200 OK", OTHER);
			assert_true(visit.end->tried);
		}
		if (rows[i].cause) {
			assert_cause(&visit, CHECK_TRIAL, rows[i].cause);
		} else {
			assert_would_register(&visit);
			assert_told(&visit, CHECK_TRIAL, CHECK_GOOD, "removed again at once");
		}
		assert_told(&visit, CHECK_BINDINGS, CHECK_GOOD, "1 device");
		visit_close(&visit);
	}
}

/* ---- bindings, network, clock */

static void many_devices_are_remarked_and_counted(void **state)
{
	struct visit visit;
	char lines[2048] = "";
	unsigned listed, total;

	(void)state;
	for (unsigned i = 0; i < CHECK_BINDINGS_MAX + 4; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		         "Contact: <sip:1001@192.0.2.%u>;expires=%u\r\n", 40 + i,
		         i == 0   ? 90
		         : i == 1 ? 7200
		                  : 172800);
	open_and_log_in(&visit, visit_cfg());
	visit_answer(&visit, "200 OK", lines);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_BINDINGS, CHECK_WARNING,
	            "20 devices: sip:1001@192.0.2.40 for 1 min, sip:1001@192.0.2.41 for 2 h, "
	            "sip:1001@192.0.2.42 for 2 d, ...");
	assert_non_null(check_bindings(visit.check, &listed, &total));
	assert_int_equal(listed, CHECK_BINDINGS_MAX);
	assert_int_equal(total, CHECK_BINDINGS_MAX + 4);
	visit_close(&visit);
}

/* The Via that was sent, with another sent-by where it is given, and more behind it. */
static const char *via_with(struct visit *visit, const char *sent_by, const char *more)
{
	static char text[512];
	const char *via = visit_header(visit, SIP_VIA);
	const char *branch = strstr(via, ";branch=");

	snprintf(text, sizeof(text), "SIP/2.0/UDP %s%s%s", sent_by, branch, more);
	return text;
}

static void what_the_way_does_to_messages_is_told(void **state)
{
	static const struct {
		const char *sent_by, *more, *text;
		enum check_state state;
	} rows[] = {
		{ "192.0.2.1:5062", "", "does not say", CHECK_GOOD },
		{ "192.0.2.1:5062", ";rport=5062", "no NAT seen, nothing rewritten", CHECK_GOOD },
		{ "192.0.2.1:5062", ";rport=5062;received=192.0.2.1", "no NAT seen", CHECK_GOOD },
		{ "192.0.2.1:5062", ";rport=40000;received=203.0.113.9",
		  "NAT: we send from 192.0.2.1:5062, the server sees 203.0.113.9:40000",
		  CHECK_WARNING },
		{ "192.0.2.1:5062", ";rport=40000", "the server sees 192.0.2.1:40000",
		  CHECK_WARNING },
		{ "192.0.2.1:5062", ";received=nonsense", "nothing rewritten", CHECK_GOOD },
		{ "203.0.113.9:5060", "", "our Via came back as 203.0.113.9:5060", CHECK_WARNING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open_and_ask(&visit, visit_cfg());
		visit_answer_from(&visit, &visit.request->to, "404 Not Found",
		                  via_with(&visit, rows[i].sent_by, rows[i].more), "");
		assert_told(&visit, CHECK_NETWORK, rows[i].state, rows[i].text);
		visit_close(&visit);
	}
}

static void an_answer_from_elsewhere_is_not_taken_but_told(void **state)
{
	struct net_addr elsewhere = addr_of("192.0.2.99", 5060);
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	visit_answer_from(&visit, &elsewhere, "401 Unauthorized", NULL, VISIT_CHALLENGE);
	assert_null(visit_told(&visit, CHECK_CHALLENGE));
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "not-ours");
	assert_told(&visit, CHECK_NETWORK, CHECK_WARNING,
	            "an answer came from 192.0.2.99:5060, which was not asked");
	visit_close(&visit);
}

static void what_is_no_sip_is_told_from_silence(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	assert_true(sim_receive(visit.net, visit.request->udp, &visit.request->to,
	                        SLICE("HTTP/1.1 400 Bad Request\r\n\r\n")));
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "not-sip");
	visit_close(&visit);
}

static void a_provisional_answer_alone_is_no_answer(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	visit_answer(&visit, "100 Trying", "");
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "no-final-answer");
	visit_close(&visit);
}

static void a_clock_that_is_off_is_told(void **state)
{
	static const struct {
		const char *date, *text;
		enum check_state state;
	} rows[] = {
		{ "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", "within 5 min", CHECK_GOOD },
		{ "Date: Thu, 01 Jan 2026 00:05:00 GMT\r\n", "within 5 min", CHECK_GOOD },
		{ "Date: Thu, 01 Jan 2026 00:05:01 GMT\r\n", "5 min ahead of ours", CHECK_WARNING },
		{ "Date: Wed, 31 Dec 2025 21:00:00 GMT\r\n", "3 h behind ours", CHECK_WARNING },
		{ "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "20454 d behind ours", CHECK_WARNING },
		{ "Date: today\r\n", "no Date header", CHECK_GOOD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct visit visit;

		visit_open_and_ask(&visit, visit_cfg());
		visit_answer(&visit, "404 Not Found", rows[i].date);
		assert_told(&visit, CHECK_CLOCK, rows[i].state, rows[i].text);
		visit_close(&visit);
	}
}

static void text_from_the_network_is_shown_printable(void **state)
{
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	visit_answer(&visit, "403 \x1b[31mred", "");
	assert_told(&visit, CHECK_LOGIN, CHECK_BAD, "403 \\x1b[31mred");
	visit_close(&visit);
}

/* ---- ending early */

static void cancelled_it_ends_at_once_and_leaves_nothing(void **state)
{
	struct visit visit;

	(void)state;
	open_and_log_in(&visit, visit_cfg());
	check_cancel(visit.check);
	assert_null(visit.end);
	assert_int_equal(visit_wait(&visit), 0);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	assert_string_equal(visit.end->cause->id, "interrupted");
	check_cancel(visit.check);
	visit_close(&visit);
}

static void cancelled_in_a_trial_it_removes_the_binding_first(void **state)
{
	struct visit visit;

	(void)state;
	open_trial(&visit);
	check_cancel(visit.check);
	sim_run_until(visit.net, net_now_ms(visit.net) + 100);
	assert_null(visit.end);
	visit_answer(&visit, "200 OK", MINE);
	visit_expect(&visit, "REGISTER", 0);
	assert_string_equal(visit_header(&visit, SIP_EXPIRES), "0");
	visit_answer(&visit, "200 OK", "");
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);

	open_trial(&visit);
	check_cancel(visit.check);
	visit_answer(&visit, "403 Forbidden", "");
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);

	open_trial(&visit);
	check_cancel(visit.check);
	assert_in_range(visit_wait(&visit), 1, 4000);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);

	open_trial(&visit);
	check_cancel(visit.check);
	check_cancel(visit.check);
	assert_int_equal(visit_wait(&visit), 0);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);
}

static void freed_in_mid_air_it_leaves_nothing(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	sim_name_delay(visit.net, "pbx.example", 1000);
	visit_begin(&visit, visit_cfg());
	sim_run_until(visit.net, net_now_ms(visit.net) + 10);
	check_free(visit.check);
	visit.check = NULL;
	visit_close(&visit);
	open_and_log_in(&visit, visit_cfg());
	sim_run_until(visit.net, net_now_ms(visit.net) + 10);
	check_free(visit.check);
	visit.check = NULL;
	visit_close(&visit);
	check_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_would_register_is_proved_to),
		cmocka_unit_test(a_name_without_an_address_ends_it),
		cmocka_unit_test(a_name_server_is_not_waited_for_without_end),
		cmocka_unit_test(a_proxy_is_looked_up_and_named_in_the_route),
		cmocka_unit_test(any_final_answer_to_options_counts_as_reached),
		cmocka_unit_test(silence_to_options_is_told_and_a_register_is_tried),
		cmocka_unit_test(a_closed_port_ends_it_at_once),
		cmocka_unit_test(no_way_out_is_noticed_before_anything_is_sent),
		cmocka_unit_test(all_is_sent_from_the_interface_that_is_set),
		cmocka_unit_test(an_interface_that_is_not_there_is_the_finding),
		cmocka_unit_test(what_names_no_interface_begins_no_check),
		cmocka_unit_test(silence_to_register_alone_has_a_cause_of_its_own),
		cmocka_unit_test(silence_behind_a_redirect_is_silence),
		cmocka_unit_test(silence_ends_within_its_bound),
		cmocka_unit_test(a_challenge_that_cannot_be_answered_is_the_finding),
		cmocka_unit_test(a_refusal_without_a_challenge_is_the_finding),
		cmocka_unit_test(the_strongest_offer_is_answered_and_all_are_told),
		cmocka_unit_test(a_server_that_wants_no_login_is_told),
		cmocka_unit_test(without_a_password_the_login_is_the_finding),
		cmocka_unit_test(a_refused_login_is_the_finding),
		cmocka_unit_test(a_stale_nonce_is_answered_again_but_not_for_ever),
		cmocka_unit_test(a_proxy_and_then_the_registrar_are_both_answered),
		cmocka_unit_test(a_new_realm_each_time_gets_no_endless_answers),
		cmocka_unit_test(silence_after_the_login_is_told_from_silence),
		cmocka_unit_test(a_server_that_proves_nothing_is_remarked),
		cmocka_unit_test(a_longer_time_is_asked_for_once),
		cmocka_unit_test(a_redirect_within_the_domain_is_followed_without_credentials),
		cmocka_unit_test(redirects_end_at_strangers_at_unknown_names_and_at_the_sixth),
		cmocka_unit_test(a_server_that_is_not_to_be_asked_gets_a_binding_for_a_moment),
		cmocka_unit_test(a_trial_is_removed_whatever_is_said_to_that),
		cmocka_unit_test(a_trial_that_is_not_listed_is_the_finding),
		cmocka_unit_test(a_trial_that_is_refused_leaves_nothing),
		cmocka_unit_test(a_trial_can_be_forbidden),
		cmocka_unit_test(a_trial_that_was_wished_for_shows_what_a_question_cannot),
		cmocka_unit_test(many_devices_are_remarked_and_counted),
		cmocka_unit_test(what_the_way_does_to_messages_is_told),
		cmocka_unit_test(an_answer_from_elsewhere_is_not_taken_but_told),
		cmocka_unit_test(what_is_no_sip_is_told_from_silence),
		cmocka_unit_test(a_provisional_answer_alone_is_no_answer),
		cmocka_unit_test(a_clock_that_is_off_is_told),
		cmocka_unit_test(text_from_the_network_is_shown_printable),
		cmocka_unit_test(cancelled_it_ends_at_once_and_leaves_nothing),
		cmocka_unit_test(cancelled_in_a_trial_it_removes_the_binding_first),
		cmocka_unit_test(freed_in_mid_air_it_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
