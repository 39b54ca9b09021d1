/* What lines share: a way is stored once, lasts as long as a line names it, and is found again
 * among thousands; against a plain list of what each line should name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "line/ways.h"

#define LINES 3000

static const struct hash_key key = { 1, 2 };

static struct net_addr addr_of(const char *host, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(host), port, &addr), 0);
	return addr;
}

static void lines_of_one_way_share_it(void **state)
{
	struct net_addr server = addr_of("192.0.2.10", 5060), here = addr_of("192.0.2.1", 5062);
	struct net_addr other = addr_of("2001:db8::1", 5060);
	uint32_t a = 0, b = 0, c = 0;
	struct line_ways ways;

	(void)state;
	line_ways_init(&ways, &key);
	assert_int_equal(line_ways_set(&ways, &a, &server, &here), 0);
	assert_int_equal(line_ways_set(&ways, &b, &server, &here), 0);
	assert_int_equal(a, b);
	line_ways_copy(&ways, &c, a);
	assert_int_equal(c, a);
	assert_int_equal(line_ways_at(&ways, a)->lines, 3);
	assert_int_equal(line_ways_set(&ways, &b, &other, &here), 0);
	assert_int_not_equal(a, b);
	assert_true(net_addr_equal(&line_ways_at(&ways, b)->addr, &other));
	assert_true(net_addr_equal(&line_ways_at(&ways, b)->source, &here));
	line_ways_clear(&ways, &a);
	line_ways_clear(&ways, &c);
	line_ways_clear(&ways, &c);
	assert_int_equal(a, 0);
	/* The place of the one that nobody names any more. */
	assert_int_equal(line_ways_set(&ways, &a, &server, &other), 0);
	assert_int_equal(ways.made, 2);
	line_ways_copy(&ways, &a, a);
	assert_int_equal(line_ways_at(&ways, a)->lines, 1);
	line_ways_copy(&ways, &a, 0);
	assert_int_equal(a, 0);
	line_ways_done(&ways);
}

static void no_way_has_no_address(void **state)
{
	struct line_ways ways;

	(void)state;
	line_ways_init(&ways, &key);
	assert_int_equal(line_ways_at(&ways, 0)->addr.any.sa_family, 0);
	assert_int_equal(line_ways_at(&ways, 0)->source.any.sa_family, 0);
	line_ways_done(&ways);
}

static struct net_addr some_addr(uint32_t n)
{
	struct net_addr addr = addr_of(n & 1 ? "2001:db8::1" : "192.0.2.1", (uint16_t)(1 + n % 50));

	if (n & 1)
		addr.v6.sin6_addr.s6_addr[15] = (uint8_t)(n >> 8);
	else
		addr.v4.sin_addr.s_addr += (n >> 8 & 7) << 24;
	return addr;
}

static void each_line_names_what_it_went_last(void **state)
{
	static uint32_t way[LINES];
	static struct net_addr addr[LINES], source[LINES];
	struct line_ways ways;
	struct rng rng;

	(void)state;
	line_ways_init(&ways, &key);
	rng_seed(&rng, 11);
	for (unsigned i = 0; i < 40000; i++) {
		unsigned line = (unsigned)rng_between(&rng, 0, LINES - 1);

		if (rng_between(&rng, 0, 3) == 0) {
			line_ways_clear(&ways, &way[line]);
			continue;
		}
		addr[line] = some_addr((uint32_t)rng_u64(&rng));
		source[line] = some_addr((uint32_t)rng_u64(&rng));
		assert_int_equal(line_ways_set(&ways, &way[line], &addr[line], &source[line]), 0);
	}
	for (unsigned line = 0; line < LINES; line++) {
		const struct line_way *at = line_ways_at(&ways, way[line]);

		if (!way[line])
			continue;
		assert_true(net_addr_equal(&at->addr, &addr[line]));
		assert_true(net_addr_equal(&at->source, &source[line]));
	}
	/* Never more of them than lines, and the one that changes. */
	assert_true(ways.made <= LINES + 1);
	for (unsigned line = 0; line < LINES; line++)
		line_ways_clear(&ways, &way[line]);
	for (uint32_t head = 0; head < ways.cap; head++)
		assert_int_equal(ways.heads[head], UINT32_MAX);
	line_ways_done(&ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_way_share_it),
		cmocka_unit_test(no_way_has_no_address),
		cmocka_unit_test(each_line_names_what_it_went_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
