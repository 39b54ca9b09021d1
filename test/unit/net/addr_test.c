/* test/unit/net/addr_test.c: what is an address and what is not, and how one is shown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "net/addr.h"

static const char *shown(const struct net_addr *addr, char text[NET_ADDR_TEXT_MAX])
{
	struct buf out = buf_over(text, NET_ADDR_TEXT_MAX);

	net_addr_show(addr, &out);
	assert_int_equal(buf_end(&out), 0);
	return text;
}

static void addresses_are_read_and_shown(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1:5060" },
		{ "0.0.0.0", "0.0.0.0:5060" },
		{ "255.255.255.255", "255.255.255.255:5060" },
		{ "2001:db8::1", "[2001:db8::1]:5060" },
		{ "[2001:db8::1]", "[2001:db8::1]:5060" },
		{ "2001:0DB8:0:0:0:0:0:00A1", "[2001:db8::a1]:5060" },
		{ "::", "[::]:5060" },
		{ "[::1]", "[::1]:5060" },
		{ "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:5060" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:5060" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[NET_ADDR_TEXT_MAX];
		struct net_addr addr;

		assert_int_equal(net_addr_parse(slice_str(rows[i].text), 5060, &addr), 0);
		assert_string_equal(shown(&addr, text), rows[i].shown);
		assert_int_equal(net_addr_port(&addr), 5060);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const struct slice rows[] = {
		SLICE(""),
		SLICE("pbx.example"),
		SLICE("192.0.2"),
		SLICE("192.0.2.1.1"),
		SLICE("192.0.2.256"),
		SLICE("192.0.2.01"),
		SLICE("127.1"),
		SLICE("0x7f.0.0.1"),
		SLICE("192.0.2.1 "),
		SLICE(" 192.0.2.1"),
		SLICE("192.0.2.1:5060"),
		SLICE("[192.0.2.1]"),
		SLICE("192.0.2.1\0"),
		SLICE("::1\0x"),
		SLICE("[::1"),
		SLICE("::1]"),
		SLICE("[]"),
		SLICE("[[::1]]"),
		SLICE("fe80::1%lo"),
		SLICE("2001:db8:::1"),
		SLICE("1:2:3:4:5:6:7:8:9"),
		SLICE("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255.255"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_addr addr;

		memset(&addr, 0x5a, sizeof(addr));
		assert_int_equal(net_addr_parse(rows[i], 5060, &addr), -EINVAL);
		assert_int_equal(addr.any.sa_family, 0x5a5a);
	}
}

/* A pair, whether the hosts are the same, and whether all of it is. */
static void addresses_are_compared_by_host_and_port(void **state)
{
	static const struct {
		const char *a;
		uint16_t a_port;
		const char *b;
		uint16_t b_port;
		bool same_host, equal;
	} rows[] = {
		{ "192.0.2.1", 5060, "192.0.2.1", 5060, true, true },
		{ "192.0.2.1", 5060, "192.0.2.1", 5061, true, false },
		{ "192.0.2.1", 5060, "192.0.2.2", 5060, false, false },
		{ "::1", 5060, "0:0::1", 5060, true, true },
		{ "::1", 5060, "::1", 5061, true, false },
		{ "::1", 5060, "::2", 5060, false, false },
		{ "192.0.2.1", 5060, "::ffff:192.0.2.1", 5060, false, false },
		{ "0.0.0.0", 5060, "::", 5060, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_addr a, b;

		assert_int_equal(net_addr_parse(slice_str(rows[i].a), rows[i].a_port, &a), 0);
		assert_int_equal(net_addr_parse(slice_str(rows[i].b), rows[i].b_port, &b), 0);
		assert_int_equal(net_addr_same_host(&a, &b), rows[i].same_host);
		assert_int_equal(net_addr_same_host(&b, &a), rows[i].same_host);
		assert_int_equal(net_addr_equal(&a, &b), rows[i].equal);
		assert_int_equal(net_addr_equal(&b, &a), rows[i].equal);
	}
}

static void link_local_hosts_differ_by_their_link(void **state)
{
	struct net_addr a, b;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("fe80::1"), 5060, &a), 0);
	b = a;
	b.v6.sin6_scope_id = 2;
	/* What was typed has none: the interface that is set says which link. */
	assert_true(net_addr_same_host(&a, &b));
	assert_true(net_addr_same_host(&b, &a));
	a.v6.sin6_scope_id = 1;
	assert_false(net_addr_same_host(&a, &b));
	a.v6.sin6_scope_id = 2;
	assert_true(net_addr_equal(&a, &b));
}

static void ports_are_set_in_both_families(void **state)
{
	struct net_addr v4, v6;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("192.0.2.1"), 0, &v4), 0);
	assert_int_equal(net_addr_parse(SLICE("::1"), 0, &v6), 0);
	net_addr_set_port(&v4, 65535);
	net_addr_set_port(&v6, 1);
	assert_int_equal(net_addr_port(&v4), 65535);
	assert_int_equal(net_addr_port(&v6), 1);
	assert_int_equal(net_addr_len(&v4), sizeof(struct sockaddr_in));
	assert_int_equal(net_addr_len(&v6), sizeof(struct sockaddr_in6));
}

static void a_mapped_address_becomes_ipv4(void **state)
{
	struct net_addr mapped, addr;
	char text[NET_ADDR_TEXT_MAX];

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("::ffff:192.0.2.1"), 5060, &mapped), 0);
	assert_int_equal(net_addr_from(&mapped.any, &addr), 0);
	assert_int_equal(addr.any.sa_family, AF_INET);
	assert_string_equal(shown(&addr, text), "192.0.2.1:5060");
}

static void from_the_kernel_only_what_names_a_host_is_kept(void **state)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_flowinfo = 77 };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_zero = { 1, 2 } };
	struct sockaddr other = { .sa_family = AF_UNIX };
	struct net_addr addr;

	(void)state;
	assert_int_equal(net_addr_from((struct sockaddr *)&v6, &addr), 0);
	assert_int_equal(addr.v6.sin6_flowinfo, 0);
	assert_int_equal(net_addr_from((struct sockaddr *)&v4, &addr), 0);
	assert_int_equal(addr.v4.sin_zero[1], 0);
	assert_int_equal(net_addr_from(&other, &addr), -EAFNOSUPPORT);
	assert_int_equal(addr.any.sa_family, AF_INET);
}

static void the_host_alone_is_shown_without_a_port(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "[2001:db8::1]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[NET_ADDR_TEXT_MAX];
		struct buf out = buf_over(text, sizeof(text));
		struct net_addr addr;

		assert_int_equal(net_addr_parse(slice_str(rows[i][0]), 5060, &addr), 0);
		net_addr_show_host(&addr, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(text, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_and_shown),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(addresses_are_compared_by_host_and_port),
		cmocka_unit_test(link_local_hosts_differ_by_their_link),
		cmocka_unit_test(ports_are_set_in_both_families),
		cmocka_unit_test(a_mapped_address_becomes_ipv4),
		cmocka_unit_test(from_the_kernel_only_what_names_a_host_is_kept),
		cmocka_unit_test(the_host_alone_is_shown_without_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
