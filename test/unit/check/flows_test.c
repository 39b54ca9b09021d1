/* flows_test: what the doctor tells of the second of two flows, on the sim. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "visit.h"

static struct check_cfg two_flows(const char *proxy)
{
	struct check_cfg cfg = visit_cfg();

	cfg.flows = (struct check_flows){
		.count = 2, .proxy_host = proxy, .proxy_port = 5080, .transport = DNS_TCP
	};
	return cfg;
}

static void know_proxy(struct visit *visit)
{
	struct net_addr proxy = addr_of("192.0.2.20", 0);

	sim_name_address(visit->net, "edge2.example", &proxy);
}

static void take_login(struct visit *visit)
{
	visit_expect(visit, "REGISTER", 0);
	assert_string_equal(visit_header(visit, SIP_AUTHORIZATION), "");
	visit_answer(visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "200 OK", "");
}

/* To where the first flow is proved. */
static void prove_first(struct visit *visit, struct check_cfg cfg)
{
	visit_open(visit);
	know_proxy(visit);
	visit_begin(visit, cfg);
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	take_login(visit);
}

static void a_second_proxy_is_asked_all_that_the_first_is(void **state)
{
	char first_call[256];
	struct visit visit;

	(void)state;
	prove_first(&visit, two_flows("edge2.example"));
	snprintf(first_call, sizeof(first_call), "%s", visit_header(&visit, SIP_CALL_ID));
	assert_null(visit.end);
	assert_true(sim_stream_open(visit.net, visit_connect(&visit, SIM_CONNECT_TCP), 0));
	visit_expect(&visit, "OPTIONS", 0);
	assert_string_equal(visit_header(&visit, SIP_ROUTE), "<sip:edge2.example:5080;lr>");
	assert_string_not_equal(visit_header(&visit, SIP_CALL_ID), first_call);
	visit_answer(&visit, "200 OK", "");
	take_login(&visit);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_GOOD,
	            "by edge2.example: it would register at 192.0.2.20:5080 over TCP");
	assert_int_equal(visit.end->transport, DNS_UDP); /* the first flow's */
	visit_close(&visit);
}

static void a_second_proxy_that_refuses_changes_no_result(void **state)
{
	struct visit visit;

	(void)state;
	prove_first(&visit, two_flows("edge2.example"));
	assert_true(sim_stream_open(visit.net, visit_connect(&visit, SIM_CONNECT_TCP), 0));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "");
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "403 Forbidden", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_WARNING,
	            "by edge2.example: it would not register. Challenge: 403 Forbidden "
	            "(forbidden-unasked)");
	assert_int_equal(visit.end->warnings, 1);
	visit_close(&visit);
}

static void a_second_proxy_that_is_not_there_is_a_warning(void **state)
{
	struct visit visit;

	(void)state;
	prove_first(&visit, two_flows("nowhere.example"));
	visit_wait(&visit);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_WARNING,
	            "by nowhere.example: it would not register. Name: ");
	visit_close(&visit);
}

static void what_the_second_proxy_shows_is_kept(void **state)
{
	struct check_cfg cfg = two_flows("edge2.example");
	const struct check_certificate *list;
	struct net_addr proxy = addr_of("192.0.2.20", 5080);
	struct visit visit;
	unsigned count;

	(void)state;
	cfg.flows.transport = DNS_TLS;
	prove_first(&visit, cfg);
	assert_true(sim_stream_refuse(visit.net, visit_connect(&visit, SIM_CONNECT_TLS),
	                              net_wall_ms(visit.net) / 1000 + 100, NET_END_TLS_NAME));
	assert_would_register(&visit);
	list = check_certificates(visit.check, &count);
	assert_int_equal(count, 1);
	assert_true(net_addr_equal(&list[0].server, &proxy));
	assert_int_equal(list[0].refused, REG_LOCAL_TLS_NAME);
	visit_close(&visit);
}

static void without_a_proxy_it_is_said_where_it_goes(void **state)
{
	static const struct {
		const char *answer, *text;
		enum check_state state;
	} rows[] = {
		{ "200 OK", "the second one goes to 192.0.2.11:5060, which answers OPTIONS, too",
		  CHECK_GOOD },
		{ NULL, "the second one goes to 192.0.2.11:5060, which does not answer OPTIONS",
		  CHECK_WARNING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_addr second = addr_of("192.0.2.11", 0);
		struct visit visit;

		visit_open(&visit);
		sim_name_address(visit.net, "pbx.example", &second);
		visit_begin(&visit, two_flows(NULL));
		visit_expect(&visit, "OPTIONS", 0);
		visit_answer(&visit, "200 OK", "");
		visit_expect(&visit, "OPTIONS", 0);
		if (rows[i].answer)
			visit_answer(&visit, rows[i].answer, "");
		else
			visit_icmp(&visit, ECONNREFUSED);
		take_login(&visit);
		assert_would_register(&visit);
		assert_told(&visit, CHECK_FLOWS, rows[i].state, rows[i].text);
		visit_close(&visit);
	}
}

static void one_address_over_udp_gains_nothing(void **state)
{
	struct check_cfg cfg = two_flows(NULL);
	struct visit visit;

	(void)state;
	prove_first(&visit, cfg);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_WARNING, "both flows share a socket");
	visit_close(&visit);

	cfg.transport = DNS_TCP;
	visit_open(&visit);
	visit_begin(&visit, cfg);
	assert_true(sim_stream_open(visit.net, visit_connect(&visit, SIM_CONNECT_TCP), 0));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "");
	take_login(&visit);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_GOOD, "another connection");
	visit_close(&visit);
}

static void it_is_stopped_with_the_rest(void **state)
{
	struct visit visit;

	(void)state;
	prove_first(&visit, two_flows("edge2.example"));
	(void)visit_connect(&visit, SIM_CONNECT_TCP);
	check_cancel(visit.check);
	sim_run_until(visit.net, net_now_ms(visit.net) + 1);
	assert_non_null(visit.end);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);

	/* Freed in the middle of it. */
	prove_first(&visit, two_flows("edge2.example"));
	check_free(visit.check);
	visit.check = NULL;
	visit_close(&visit);
}

/* A whole check more, and it ends all the same; the keep-alive that was asked for still comes. */
static void a_silent_second_proxy_takes_no_more_than_a_check(void **state)
{
	struct check_cfg cfg = two_flows("edge2.example");
	struct visit visit;

	(void)state;
	cfg.flows.transport = DNS_UDP;
	cfg.keep = SIP_KEEP_CRLF;
	prove_first(&visit, cfg);
	assert_in_range(visit_wait(&visit), 1, CHECK_LONGEST_MS + 2000);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_FLOWS, CHECK_WARNING, "it would not register. Challenge: ");
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_GOOD, "CRLF went out");
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_proxy_is_asked_all_that_the_first_is),
		cmocka_unit_test(a_second_proxy_that_refuses_changes_no_result),
		cmocka_unit_test(a_second_proxy_that_is_not_there_is_a_warning),
		cmocka_unit_test(what_the_second_proxy_shows_is_kept),
		cmocka_unit_test(without_a_proxy_it_is_said_where_it_goes),
		cmocka_unit_test(one_address_over_udp_gains_nothing),
		cmocka_unit_test(it_is_stopped_with_the_rest),
		cmocka_unit_test(a_silent_second_proxy_takes_no_more_than_a_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
