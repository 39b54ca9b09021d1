/* demands_test: what a server asks of a REGISTER beside RFC 3261, in the doctor's visit on the sim.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "visit.h"

static const struct sip_demands demands = {
	.outbound = true,
	.gruu = true,
	.contact_params = ";ob",
	.address_params = ";user=phone",
	.request_params = ";transport=udp",
	.headers = "X-Site: {extension}-a | User-Agent: Phone/1",
};

static struct check_cfg demanding_cfg(void)
{
	struct check_cfg cfg = visit_cfg();

	cfg.demands = &demands;
	return cfg;
}

static bool request_has(const struct visit *visit, const char *text)
{
	struct slice bytes = slice_of(visit->request->bytes, visit->request->n);
	struct slice part = slice_str(text);

	for (; bytes.n >= part.n; bytes = slice_from(bytes, 1))
		if (slice_equal(slice_of(bytes.p, part.n), part))
			return true;
	return false;
}

static bool meets_the_demands(const struct visit *visit)
{
	return slice_equal(visit->msg.uri, SLICE("sip:pbx.example;transport=udp")) &&
	       request_has(visit, "From: <sip:1001@pbx.example;user=phone>;tag=") &&
	       request_has(visit, "To: <sip:1001@pbx.example;user=phone>\r\n") &&
	       request_has(visit, "Supported: path, outbound, gruu\r\n"
	                          "X-Site: 1001-a\r\nUser-Agent: Phone/1\r\n") &&
	       !request_has(visit, "Lineup/test");
}

/* As a provider does that wants a header or a parameter. */
static void answer_who_demands(struct visit *visit, const char *status, const char *lines)
{
	bool met = meets_the_demands(visit);

	visit_answer(visit, met ? status : "403 Forbidden", met ? lines : "");
}

static void what_a_server_demands_is_sent(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, demanding_cfg());
	answer_who_demands(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(&visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_AUTHORIZATION),
	                       "uri=\"sip:pbx.example;transport=udp\""));
	answer_who_demands(&visit, "200 OK", "");
	assert_told(&visit, CHECK_LOGIN, CHECK_GOOD, "200 OK");
	visit_wait(&visit); /* for STUN, which outbound brings with it */
	assert_non_null(visit_told(&visit, CHECK_KEEPALIVE));
	assert_would_register(&visit);
	visit_close(&visit);
}

static void without_what_it_demands_a_server_refuses(void **state)
{
	struct visit visit;

	(void)state;
	visit_open_and_ask(&visit, visit_cfg());
	answer_who_demands(&visit, "401 Unauthorized", VISIT_CHALLENGE);
	assert_cause(&visit, CHECK_CHALLENGE, "forbidden-unasked");
	visit_close(&visit);
}

static void a_trial_goes_on_without_outbound_where_a_server_has_none(void **state)
{
	struct check_cfg cfg = demanding_cfg();
	struct visit visit;

	(void)state;
	cfg.trial = CHECK_TRIAL_ALWAYS;
	visit_open_and_ask(&visit, cfg);
	answer_who_demands(&visit, "200 OK", "");
	visit_expect(&visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_CONTACT), ">;reg-id=1;ob;+sip.instance="));
	answer_who_demands(&visit, "439 First Hop Lacks Outbound Support", "");
	visit_expect(&visit, "REGISTER", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_CONTACT), ">;ob;+sip.instance="));
	assert_true(request_has(&visit, "Supported: path, gruu\r\n"));
	visit_answer(&visit, "200 OK", "Contact: <sip:1001@192.0.2.1:5062>;expires=10\r\n");
	visit_expect(&visit, "REGISTER", 0);
	visit_answer(&visit, "200 OK", "");
	assert_told(&visit, CHECK_TRIAL, CHECK_WARNING, "does no outbound");
	visit_wait(&visit);
	assert_would_register(&visit);
	visit_close(&visit);
}

static void demands_that_are_none_are_refused(void **state)
{
	struct sip_demands wrong = { .headers = "Via: me" };
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	cfg.demands = &wrong;
	visit_open(&visit);
	assert_int_equal(check_start(&cfg, visit.net, visit.dns, &visit.check), -EINVAL);
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_demands_is_sent),
		cmocka_unit_test(without_what_it_demands_a_server_refuses),
		cmocka_unit_test(a_trial_goes_on_without_outbound_where_a_server_has_none),
		cmocka_unit_test(demands_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
