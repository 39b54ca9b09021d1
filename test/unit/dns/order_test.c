/* order_test: what comes first, by RFC 2782, RFC 3403 and RFC 6724. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns/order.h"

static struct rng rng;

static struct dns_record srv(unsigned priority, unsigned weight, unsigned port)
{
	return (struct dns_record){ .priority = (uint16_t)priority,
		                    .weight = (uint16_t)weight,
		                    .port = (uint16_t)port };
}

static void priorities_stand_in_their_order(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < 100; turn++) {
		struct dns_record records[] = { srv(20, 65535, 3), srv(10, 0, 1), srv(10, 70, 1),
			                        srv(15, 0, 2), srv(65535, 1, 4) };

		dns_order_srv(records, 5, &rng);
		for (unsigned i = 1; i < 5; i++)
			assert_true(records[i - 1].priority <= records[i].priority);
	}
	dns_order_srv(NULL, 0, &rng);
}

/* The first of three with weights 70, 20 and 10, a hundred thousand times: each within a hundredth
 * of all, which is more than six standard deviations. */
static void weights_are_shares(void **state)
{
	unsigned firsts[3] = { 0 };

	(void)state;
	for (unsigned turn = 0; turn < 100000; turn++) {
		struct dns_record records[] = { srv(1, 20, 1), srv(1, 70, 0), srv(1, 10, 2) };

		dns_order_srv(records, 3, &rng);
		firsts[records[0].port]++;
	}
	assert_in_range(firsts[0], 69000, 71000);
	assert_in_range(firsts[1], 19000, 21000);
	assert_in_range(firsts[2], 9000, 11000);
}

static void weight_0_has_a_small_chance_and_is_never_lost(void **state)
{
	unsigned firsts = 0;

	(void)state;
	for (unsigned turn = 0; turn < 10000; turn++) {
		struct dns_record records[] = { srv(1, 99, 1), srv(1, 0, 2), srv(1, 0, 3) };

		dns_order_srv(records, 3, &rng);
		firsts += records[0].port != 1;
		assert_int_equal(records[0].port + records[1].port + records[2].port, 6);
	}
	assert_in_range(firsts, 30, 300);
}

static void all_of_the_greatest_weight_do_not_overflow(void **state)
{
	struct dns_record records[DNS_RECORDS_MAX];
	unsigned sum = 0;

	(void)state;
	for (unsigned i = 0; i < DNS_RECORDS_MAX; i++)
		records[i] = srv(1, 65535, i);
	dns_order_srv(records, DNS_RECORDS_MAX, &rng);
	for (unsigned i = 0; i < DNS_RECORDS_MAX; i++)
		sum += records[i].port;
	assert_int_equal(sum, DNS_RECORDS_MAX * (DNS_RECORDS_MAX - 1) / 2);
}

static void naptr_goes_by_order_then_preference(void **state)
{
	struct dns_record records[] = { srv(20, 1, 3), srv(10, 60, 2), srv(10, 50, 1) };

	(void)state;
	dns_order_naptr(records, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(records[i].port, i + 1);
}

static struct net_addr addr_of(const char *text)
{
	struct net_addr addr = { 0 };

	if (text)
		assert_int_equal(net_addr_parse(slice_str(text), 0, &addr), 0);
	return addr;
}

/* The examples of RFC 6724 10.2, and what a studio meets. NULL: no way. */
static void addresses_go_by_rfc_6724(void **state)
{
	static const struct {
		const char *first, *first_source, *second, *second_source;
	} rows[] = {
		/* 1: what cannot be reached comes last */
		{ "192.0.2.10", "192.0.2.1", "2001:db8::10", NULL },
		{ "2001:db8::10", "2001:db8::1", "192.0.2.10", NULL },
		/* 2: the scope of the source */
		{ "198.51.100.121", "198.51.100.117", "2001:db8:1::1", "fe80::1" },
		{ "2001:db8:1::1", "2001:db8:1::2", "198.51.100.121", "169.254.13.78" },
		/* 5: the label of the source */
		{ "2002:c633:6401::1", "2002:c633:6401::2", "2001:db8:1::1", "2002:c633:6401::2" },
		/* 6: precedence */
		{ "2001:db8:1::1", "2001:db8:1::2", "10.1.2.3", "10.1.2.4" },
		{ "10.1.2.3", "10.1.2.4", "fd00::10", "fd00::1" },
		{ "192.0.2.10", "192.0.2.1", "2001::1", "2001::2" },
		{ "::1", "::1", "127.0.0.1", "127.0.0.1" },
		/* 8: the smaller scope */
		{ "fe80::10", "fe80::1", "2001:db8:1::1", "2001:db8:1::2" },
		/* 9: the longer prefix in common */
		{ "2001:db8:1::1", "2001:db8:1::2", "2001:db8:3ffe::1", "2001:db8:3f44::2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (unsigned turned = 0; turned < 2; turned++) {
			struct net_addr first = addr_of(rows[i].first);
			struct dns_path paths[2];

			paths[turned] = (struct dns_path){ first, addr_of(rows[i].first_source) };
			paths[!turned] = (struct dns_path){ addr_of(rows[i].second),
				                            addr_of(rows[i].second_source) };
			dns_order_paths(paths, 2);
			assert_true(net_addr_equal(&paths[0].addr, &first));
		}
}

/* 10: equals stay: a name server turns them round to share out the load. */
static void equals_stay_as_they_are(void **state)
{
	static const char *const texts[] = { "192.0.2.30", "192.0.2.10", "192.0.2.200",
		                             "10.9.8.7" };
	struct dns_path paths[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		paths[i] = (struct dns_path){ addr_of(texts[i]), addr_of("192.0.2.1") };
	dns_order_paths(paths, 4);
	for (unsigned i = 0; i < 4; i++) {
		struct net_addr addr = addr_of(texts[i]);

		assert_true(net_addr_equal(&paths[i].addr, &addr));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(priorities_stand_in_their_order),
		cmocka_unit_test(weights_are_shares),
		cmocka_unit_test(weight_0_has_a_small_chance_and_is_never_lost),
		cmocka_unit_test(all_of_the_greatest_weight_do_not_overflow),
		cmocka_unit_test(naptr_goes_by_order_then_preference),
		cmocka_unit_test(addresses_go_by_rfc_6724),
		cmocka_unit_test(equals_stay_as_they_are),
	};

	rng_seed(&rng, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
