/* addresses_test: the doctor at a name with several addresses, which are asked side by side and
 * told in their order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "visit.h"

/* Of pbx.example, from 192.0.2.10 on. */
static struct net_addr address(unsigned i)
{
	char text[16];

	snprintf(text, sizeof(text), "192.0.2.%u", 10 + i);
	return addr_of(text, 0);
}

static void open_at(struct visit *visit, unsigned addresses)
{
	visit_open(visit);
	for (unsigned i = 1; i < addresses; i++) {
		struct net_addr more = address(i);

		sim_name_address(visit->net, "pbx.example", &more);
	}
	visit_begin(visit, visit_cfg());
}

static void each_address_is_tried_until_one_answers(void **state)
{
	struct net_addr third = address(2);
	struct visit visit;

	(void)state;
	open_at(&visit, 3);
	visit_expect(&visit, "OPTIONS", 0);
	visit_icmp(&visit, ECONNREFUSED);
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "");
	visit_expect_among(&visit, "REGISTER", CHECK_OPTIONS_MS);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.10:5060: the host is there, but nothing listens on the port; "
	            "192.0.2.11:5060: does not answer OPTIONS; "
	            "192.0.2.12:5060 answers OPTIONS over UDP: 200 OK");
	assert_true(net_addr_same_host(&visit.request->to, &third));
	visit_wait(&visit);
	visit_close(&visit);
}

/* Also those that are needed only when the first one fails. */
static void every_server_of_the_name_is_tried(void **state)
{
	struct net_addr second = address(1);
	struct visit visit;

	(void)state;
	visit_open(&visit);
	sim_name_srv(visit.net, "_sip._udp.pbx.example", 10, 0, 5070, "pbx.example");
	sim_name_srv(visit.net, "_sip._udp.pbx.example", 20, 0, 5071, "edge2.pbx.example");
	sim_name_srv(visit.net, "_sip._udp.pbx.example", 30, 0, 5072, "elsewhere.example");
	sim_name_address(visit.net, "edge2.pbx.example", &second);
	sim_name_address(visit.net, "elsewhere.example", &second);
	visit_begin(&visit, visit_cfg());
	visit_expect(&visit, "OPTIONS", 0);
	assert_told(&visit, CHECK_NAME, CHECK_GOOD,
	            "_sip._udp.pbx.example: pbx.example:5070 (10), edge2:5071 (20), "
	            "elsewhere.example:5072 (30)");
	visit_answer(&visit, "200 OK", "");
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "404 Not Found", "");
	visit_expect(&visit, "OPTIONS", 0);
	visit_icmp(&visit, ECONNREFUSED);
	visit_expect(&visit, "REGISTER", 0);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.11:5072: the host is there, but nothing listens on the port; "
	            "192.0.2.10:5070 answers OPTIONS over UDP: 200 OK; 1 more does");
	assert_int_equal(net_addr_port(&visit.request->to), 5070);
	visit_wait(&visit);
	visit_close(&visit);
}

static void a_server_that_is_out_of_service_is_passed_over(void **state)
{
	struct net_addr second = address(1);
	struct visit visit;

	(void)state;
	open_at(&visit, 2);
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "503 Service Unavailable", "");
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "");
	visit_expect(&visit, "REGISTER", 0);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.10:5060 answers OPTIONS over UDP: 503 Service Unavailable; "
	            "192.0.2.11:5060 answers OPTIONS over UDP: 200 OK");
	assert_true(net_addr_same_host(&visit.request->to, &second));
	visit_wait(&visit);
	visit_close(&visit);
}

static void where_no_address_answers_options_the_live_ones_get_a_register(void **state)
{
	struct net_addr second = address(1), third = address(2);
	struct visit visit;

	(void)state;
	open_at(&visit, 3);
	visit_expect(&visit, "OPTIONS", 0);
	visit_icmp(&visit, ECONNREFUSED);
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect_among(&visit, "REGISTER", CHECK_OPTIONS_MS);
	assert_true(net_addr_same_host(&visit.request->to, &second));
	visit_answer(&visit, "503 Service Unavailable", "");
	visit_expect(&visit, "REGISTER", 0);
	assert_true(net_addr_same_host(&visit.request->to, &third));
	assert_string_equal(visit_header(&visit, SIP_CONTACT), "");
	assert_told(&visit, CHECK_REACH, CHECK_WARNING, "does not answer OPTIONS");
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	assert_told(&visit, CHECK_CHALLENGE, CHECK_WARNING, "192.0.2.11:5060: says 503; Digest");
	visit_wait(&visit);
	visit_close(&visit);
}

/* They are asked side by side, in what are different requests to a proxy behind them all. */
static void several_silent_addresses_take_the_time_of_one(void **state)
{
	char call_ids[4][64], branches[4][128];
	struct visit visit;
	uint64_t from_ms;

	(void)state;
	open_at(&visit, 4);
	from_ms = net_now_ms(visit.net);
	for (unsigned i = 0; i < 4; i++) {
		visit_expect(&visit, "OPTIONS", 0);
		snprintf(call_ids[i], sizeof(call_ids[i]), "%s", visit_header(&visit, SIP_CALL_ID));
		snprintf(branches[i], sizeof(branches[i]), "%s",
		         strstr(visit_header(&visit, SIP_VIA), "branch="));
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(call_ids[i], call_ids[k]);
			assert_string_not_equal(branches[i], branches[k]);
		}
	}
	visit_expect_among(&visit, "REGISTER", CHECK_OPTIONS_MS);
	assert_int_equal(net_now_ms(visit.net) - from_ms, CHECK_OPTIONS_MS);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.10:5060: does not answer OPTIONS; "
	            "192.0.2.11:5060: does not answer OPTIONS; "
	            "192.0.2.12:5060: does not answer OPTIONS; "
	            "192.0.2.13:5060: does not answer OPTIONS");
	/* Then a first REGISTER goes to each. */
	for (unsigned i = 1; i < 4; i++)
		visit_expect(&visit, "REGISTER", 0);
	assert_string_equal(visit_header(&visit, SIP_CONTACT), "");
	assert_string_equal(visit_header(&visit, SIP_AUTHORIZATION), "");
	visit_expect_among(&visit, "OPTIONS", 32000); /* that names nobody */
	assert_int_equal(net_now_ms(visit.net) - from_ms, CHECK_OPTIONS_MS + 32000);
	visit_wait(&visit);
	assert_cause(&visit, CHECK_CHALLENGE, "silence");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_BAD,
	            "192.0.2.10:5060: nothing came back within 32 s; "
	            "192.0.2.11:5060: nothing came back within 32 s; "
	            "192.0.2.12:5060: nothing came back within 32 s; ");
	visit_close(&visit);
}

/* Who answers its scout is asked when the one before it has had its time. */
static void the_second_address_answers_a_register_alone(void **state)
{
	struct net_addr third = address(2);
	struct visit visit;

	(void)state;
	open_at(&visit, 3);
	for (unsigned i = 0; i < 3; i++)
		visit_expect(&visit, "OPTIONS", 0);
	visit_expect_among(&visit, "REGISTER", CHECK_OPTIONS_MS);
	visit_expect(&visit, "REGISTER", 0);
	visit_icmp(&visit, ECONNREFUSED);
	visit_expect(&visit, "REGISTER", 0);
	assert_true(net_addr_same_host(&visit.request->to, &third));
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	do
		visit_expect_among(&visit, "REGISTER", 32000);
	while (!net_addr_same_host(&visit.request->to, &third));
	visit_answer(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	assert_told(&visit, CHECK_CHALLENGE, CHECK_WARNING,
	            "192.0.2.10:5060: nothing came back within 32 s; 192.0.2.11:5060: the host is "
	            "there, but nothing listens on the port; Digest");
	visit_expect(&visit, "REGISTER", 0);
	assert_true(net_addr_same_host(&visit.request->to, &third));
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	visit_close(&visit);
}

static void who_answers_is_the_only_one_that_is_asked_more(void **state)
{
	struct net_addr second = address(1);
	struct visit visit;

	(void)state;
	open_at(&visit, 2);
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect(&visit, "OPTIONS", 0);
	visit_expect_among(&visit, "REGISTER", CHECK_OPTIONS_MS);
	assert_false(net_addr_same_host(&visit.request->to, &second));
	visit_answer(&visit, "400 Bad Request", "");
	/* The trial, and that again. */
	for (unsigned i = 0; i < 2; i++) {
		visit_expect_among(&visit, "REGISTER", i ? 500 : 0);
		assert_false(net_addr_same_host(&visit.request->to, &second));
		assert_string_not_equal(visit_header(&visit, SIP_CONTACT), "");
	}
	check_cancel(visit.check);
	visit_wait(&visit);
	visit_close(&visit);
}

static void cancelled_while_others_are_asked_it_leaves_nothing(void **state)
{
	(void)state;
	for (unsigned answers = 0; answers < 2; answers++) {
		struct visit visit;

		open_at(&visit, 2);
		visit_expect(&visit, "OPTIONS", 0);
		if (answers)
			visit_answer(&visit, "200 OK", "");
		visit_expect(&visit, "OPTIONS", 0);
		check_cancel(visit.check);
		visit_answer(&visit, "200 OK", ""); /* too late */
		assert_int_equal(visit_wait(&visit), 0);
		assert_int_equal(visit.end->result, CHECK_CANCELLED);
		visit_close(&visit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_tried_until_one_answers),
		cmocka_unit_test(every_server_of_the_name_is_tried),
		cmocka_unit_test(a_server_that_is_out_of_service_is_passed_over),
		cmocka_unit_test(where_no_address_answers_options_the_live_ones_get_a_register),
		cmocka_unit_test(several_silent_addresses_take_the_time_of_one),
		cmocka_unit_test(the_second_address_answers_a_register_alone),
		cmocka_unit_test(who_answers_is_the_only_one_that_is_asked_more),
		cmocka_unit_test(cancelled_while_others_are_asked_it_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
