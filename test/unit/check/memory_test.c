/* memory_test: whichever allocation, socket or send fails, a visit ends, says so, and leaves
 * nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "visit.h"

/* Answers whatever is asked, to the end. */
static void visit_all(struct visit *visit)
{
	while (!visit->end) {
		struct sim_datagram *next;

		if (sim_run_to_send(visit->net, net_now_ms(visit->net) + CHECK_LONGEST_MS) !=
		    SIM_SENT)
			break;
		next = sim_sent_take(visit->net);
		free(visit->request);
		visit->request = next;
		assert_int_equal(sip_parse(slice_of(next->bytes, next->n), &visit->msg, NULL),
		                 PARSE_OK);
		if (slice_equal(visit->msg.method, SLICE("OPTIONS")) ||
		    slice_present(visit->msg.first[SIP_AUTHORIZATION]))
			visit_answer(visit, "200 OK", "");
		else
			visit_answer(visit, "401 Unauthorized", VISIT_CHALLENGE);
	}
	assert_non_null(visit->end);
}

static void begin(struct visit *visit, int *ret_error)
{
	struct check_cfg cfg = visit_cfg();

	cfg.watch = (struct check_watch){ .ctx = visit, .step = visit_step, .ended = visit_ended };
	*ret_error = check_start(&cfg, visit->net, visit->dns, &visit->check);
}

static void each_allocation_fails_at(unsigned addresses)
{
	struct net_addr second = addr_of("192.0.2.11", 0);
	unsigned refused = 0, failed = 0;

	for (uint64_t nth = 1;; nth++) {
		struct visit visit;
		uint64_t before;
		int r;

		visit_open(&visit);
		if (addresses > 1)
			sim_name_address(visit.net, "pbx.example", &second);
		before = sim_memory_calls();
		sim_memory_fail(nth);
		begin(&visit, &r);
		if (r == 0)
			visit_all(&visit);
		sim_memory_fail(0);
		if (sim_memory_calls() - before < nth) {
			assert_would_register(&visit);
			visit_close(&visit);
			break;
		}
		if (r < 0) {
			assert_int_equal(r, -ENOMEM);
			refused++;
		} else if (visit.end->result == CHECK_FAILED) {
			assert_int_equal(visit.end->facts->local, REG_LOCAL_MEMORY);
			failed++;
		}
		visit_close(&visit);
	}
	assert_true(refused >= 4);
	assert_true(failed >= 2);
}

/* Where there is no memory to ask one beside the other they are asked one after the other. */
static void each_allocation_may_fail(void **state)
{
	(void)state;
	each_allocation_fails_at(1);
	each_allocation_fails_at(2);
}

static void sockets_may_fail(void **state)
{
	struct visit visit;
	int r;

	(void)state;
	for (unsigned nth = 1; nth <= 2; nth++) { /* one family is enough, if it is the right one */
		visit_open(&visit);
		sim_open_fail(visit.net, nth, EAFNOSUPPORT);
		begin(&visit, &r);
		assert_int_equal(r, 0);
		visit_all(&visit);
		if (nth == 1)
			assert_cause(&visit, CHECK_REACH, "no-route");
		else
			assert_would_register(&visit);
		visit_close(&visit);
	}
}

static void each_send_may_fail(void **state)
{
	static const enum check_step_id bad[] = { CHECK_REACH, CHECK_CHALLENGE, CHECK_LOGIN };

	(void)state;
	for (unsigned nth = 1; nth <= 3; nth++) {
		struct visit visit;
		int r;

		visit_open(&visit);
		begin(&visit, &r);
		assert_int_equal(r, 0);
		sim_send_fail(visit.net, nth, EPERM);
		visit_all(&visit);
		assert_cause(&visit, bad[nth - 1], "prohibited");
		visit_close(&visit);
	}
}

static void what_is_too_long_is_refused_at_the_start(void **state)
{
	static char host[600];
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	cfg.proxy_host = host;
	visit_open(&visit);
	assert_int_equal(check_start(&cfg, visit.net, visit.dns, &visit.check), -EINVAL);
	visit_close(&visit);
}

static void a_login_too_large_for_a_datagram_is_told(void **state)
{
	static char user[3000];
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	memset(user, 'u', sizeof(user) - 1);
	cfg.auth_user = user;
	visit_open(&visit);
	visit_begin(&visit, cfg);
	visit_all(&visit);
	assert_cause(&visit, CHECK_LOGIN, "too-large");
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(sockets_may_fail),
		cmocka_unit_test(each_send_may_fail),
		cmocka_unit_test(what_is_too_long_is_refused_at_the_start),
		cmocka_unit_test(a_login_too_large_for_a_datagram_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
