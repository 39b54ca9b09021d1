/* test/unit/dns/faults_oom_test.c: a look-up without memory, or without a thread, is refused, and
 * the next one works. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>

#include "dns/dns.h"
#include "net/net.h"
#include "oom.h"

/* Takes the place of libc's: there is never a thread to be had. */
int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*fn)(void *),
                   void *arg)
{
	*ret_thread = pthread_self();
	(void)attr;
	(void)fn;
	(void)arg;
	return EAGAIN;
}

static void on_found(void *ctx, enum dns_result result, const struct dns_target *targets,
                     unsigned count)
{
	unsigned *answers = ctx;

	(void)targets;
	assert_int_equal(result, DNS_FOUND);
	assert_int_equal(count, 1);
	++*answers;
}

static const struct dns_where literal = { { "192.0.2.7", 9 }, 0, DNS_UDP };
static const struct dns_where name = { { "pbx.test", 8 }, 0, DNS_UDP };

static void each_allocation_may_fail(void **state)
{
	struct dns_query *query = NULL;
	struct dns *dns = NULL;
	unsigned answers = 0;
	struct net *net;

	(void)state;
	assert_int_equal(net_new(&net), 0);
	for (uint64_t allowed = 0; allowed < 2; allowed++) { /* itself, its desk */
		oom_after(allowed);
		assert_int_equal(dns_new(net, &dns), -ENOMEM);
		assert_null(dns);
		oom_off();
	}
	assert_int_equal(dns_new(net, &dns), 0);
	oom_after(0);
	assert_int_equal(dns_locate(dns, &literal, on_found, &answers, &query), -ENOMEM);
	oom_after(1);
	assert_int_equal(dns_locate(dns, &name, on_found, &answers, &query), -ENOMEM);
	assert_null(query);
	oom_off();
	assert_int_equal(dns_locate(dns, &literal, on_found, &answers, &query), 0);
	assert_int_equal(net_run(net), 0);
	assert_int_equal(answers, 1);
	dns_free(dns);
	net_free(net);
}

static void a_name_without_a_thread_is_refused(void **state)
{
	struct dns_query *query = NULL;
	unsigned answers = 0;
	struct dns *dns;
	struct net *net;

	(void)state;
	assert_int_equal(net_new(&net), 0);
	assert_int_equal(dns_new(net, &dns), 0);
	assert_int_equal(dns_locate(dns, &name, on_found, &answers, &query), -ENOMEM);
	assert_null(query);
	assert_int_equal(net_run(net), 0);
	assert_int_equal(answers, 0);
	dns_free(dns);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(a_name_without_a_thread_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
