/* test/unit/dns/faults_oom_test.c: a look-up without memory is refused, or ends without a target,
 * and the next one works. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "dns/dns.h"
#include "net/net.h"
#include "oom.h"
#include "unit/dns/server.h"

struct heard {
	struct net *net;
	unsigned answers;
	enum dns_result result;
};

static void on_found(void *ctx, const struct dns_answer *answer)
{
	struct heard *heard = ctx;

	heard->answers++;
	heard->result = answer->result;
	net_stop(heard->net);
}

static bool says_address(struct server *server, const char *name, unsigned type, struct wire *w)
{
	(void)server;
	if (type == WIRE_A)
		wire_address(w, name, 60, "192.0.2.10");
	return true;
}

static void each_allocation_may_fail(void **state)
{
	struct dns *dns = NULL;
	unsigned refused = 0;
	struct net *net;

	(void)state;
	assert_int_equal(net_new(&net), 0);
	for (uint64_t allowed = 0;; allowed++) {
		int r;

		oom_after(allowed);
		r = dns_new(net, &dns);
		oom_off();
		if (r == 0)
			break;
		assert_int_equal(r, -ENOMEM);
		assert_null(dns);
		refused++;
	}
	assert_true(refused >= 4); /* itself, its cache, what asks, its path, a timer */
	dns_free(dns);
	net_free(net);
}

static void each_allocation_of_a_look_up_may_fail(void **state)
{
	const struct dns_where where = { .host = SLICE("pbx.test"), .port = 5060 };
	unsigned refused = 0, failed = 0;
	struct heard heard = { .answers = 0 };
	struct dns_query *query = NULL;
	struct server server;
	struct dns *dns;

	(void)state;
	assert_int_equal(net_new(&heard.net), 0);
	server_open(&server, heard.net, "127.0.0.1", 0, says_address);
	for (uint64_t allowed = 0;; allowed++) {
		int r;

		assert_int_equal(dns_new(heard.net, &dns), 0);
		assert_int_equal(dns_use_server(dns, &server.addr), 0);
		oom_after(allowed);
		r = dns_locate(dns, &where, on_found, &heard, &query);
		if (r == 0) {
			assert_int_equal(net_run(heard.net), 0);
			failed += heard.result != DNS_FOUND;
		} else {
			assert_int_equal(r, -ENOMEM);
			refused++;
		}
		if (oom_left > 0) { /* more than it needed */
			oom_off();
			dns_free(dns);
			break;
		}
		oom_off();
		dns_free(dns);
	}
	assert_int_equal(heard.result, DNS_FOUND);
	assert_true(refused >= 2);
	assert_true(failed >= 1);
	net_udp_close(server.udp);
	net_free(heard.net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(each_allocation_of_a_look_up_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
