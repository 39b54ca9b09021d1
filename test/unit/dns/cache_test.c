/* cache_test: how long what a name server said is used, and what serves when it says nothing
 * (attack E05's TTLs, and E03's last good word). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "dns/cache.h"

#define S UINT64_C(1000)

static struct dns_cache *cache;

static struct dns_question question_of(const char *name)
{
	struct dns_question question = { .type = DNS_TYPE_A };

	snprintf(question.name, sizeof(question.name), "%s", name);
	return question;
}

static const struct dns_set *put(const char *name, enum dns_result result, uint32_t ttl_s,
                                 uint64_t now_ms)
{
	struct dns_record record = { .port = 7 };
	struct dns_question question = question_of(name);
	struct dns_set set = { .result = result, .ttl_s = ttl_s };

	if (result == DNS_FOUND) {
		set.records = &record;
		set.count = 1;
		return dns_cache_put(cache, &question, &set, now_ms);
	}
	/* The set itself may come back. */
	static struct dns_set failed;
	failed = set;
	return dns_cache_put(cache, &question, &failed, now_ms);
}

static const struct dns_set *get(const char *name, uint64_t now_ms)
{
	struct dns_question question = question_of(name);

	return dns_cache_get(cache, &question, now_ms);
}

static int open_cache(void **state)
{
	(void)state;
	return dns_cache_new(&cache);
}

static int close_cache(void **state)
{
	(void)state;
	dns_cache_free(cache);
	return 0;
}

static void a_set_lasts_as_long_as_its_ttl(void **state)
{
	struct dns_question srv = question_of("a.test");
	const struct dns_set *set;

	(void)state;
	assert_null(get("a.test", 0));
	put("a.test", DNS_FOUND, 60, 0);
	set = get("A.TEST", 10 * S + 1);
	assert_non_null(set);
	assert_int_equal(set->ttl_s, 50);
	assert_int_equal(set->records[0].port, 7);
	srv.type = DNS_TYPE_SRV;
	assert_null(dns_cache_get(cache, &srv, 0));
	assert_non_null(get("a.test", 60 * S - 1));
	assert_null(get("a.test", 60 * S));
}

static void ttls_are_held_between_a_second_and_a_day(void **state)
{
	static const struct {
		enum dns_result result;
		uint32_t ttl_s, want_s;
	} rows[] = {
		{ DNS_FOUND, 0, DNS_CACHE_LEAST_S },        { DNS_FOUND, 1, 1 },
		{ DNS_FOUND, INT32_MAX, DNS_CACHE_MOST_S }, { DNS_EMPTY, 30, 30 },
		{ DNS_UNKNOWN, 86400, DNS_ABSENT_MOST_S },  { DNS_EMPTY, 0, DNS_CACHE_LEAST_S },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(put("a.test", rows[i].result, rows[i].ttl_s, 5)->ttl_s,
		                 rows[i].want_s);
		assert_non_null(get("a.test", 5 + rows[i].want_s * S - 1));
		assert_null(get("a.test", 5 + rows[i].want_s * S));
	}
}

static void the_last_good_word_serves_for_a_day_when_dns_fails(void **state)
{
	static const enum dns_result failures[] = { DNS_SILENT, DNS_FAILED, DNS_MEMORY };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t end_ms = 60 * S + DNS_STALE_S * S;
		const struct dns_set *set;

		put("a.test", DNS_FOUND, 60, 0);
		set = put("a.test", failures[i], 0, 70 * S);
		assert_int_equal(set->result, DNS_FOUND);
		assert_true(set->stale);
		assert_int_equal(set->records[0].port, 7);
		/* And is not asked after again at once. */
		assert_true(get("a.test", 70 * S + DNS_STALE_AGAIN_S * S - 1)->stale);
		assert_null(get("a.test", 70 * S + DNS_STALE_AGAIN_S * S));
		assert_int_equal(put("a.test", failures[i], 0, end_ms - 1)->result, DNS_FOUND);
		assert_int_equal(put("a.test", failures[i], 0, end_ms)->result, failures[i]);
		dns_cache_clear(cache);
	}
}

/* And of a question that is open, which is not answered by that. */
static void the_last_good_word_can_be_read(void **state)
{
	struct dns_question question = question_of("a.test");
	uint64_t end_ms = 60 * S + DNS_STALE_S * S;
	struct dns_set set;

	(void)state;
	assert_false(dns_cache_last(cache, &question, 0, &set));
	put("a.test", DNS_FOUND, 60, 0);
	assert_true(dns_cache_last(cache, &question, 70 * S, &set));
	assert_int_equal(set.result, DNS_FOUND);
	assert_int_equal(set.records[0].port, 7);
	assert_null(get("a.test", 70 * S));
	assert_true(dns_cache_last(cache, &question, end_ms - 1, &set));
	assert_false(dns_cache_last(cache, &question, end_ms, &set));
	put("a.test", DNS_SILENT, 0, 80 * S);
	assert_true(dns_cache_last(cache, &question, 90 * S, &set));
	assert_false(set.stale);
	assert_true(get("a.test", 90 * S)->stale);
	put("a.test", DNS_EMPTY, 60, 120 * S);
	assert_false(dns_cache_last(cache, &question, 120 * S, &set));
}

static void a_fresh_word_ends_the_stale_one(void **state)
{
	(void)state;
	put("a.test", DNS_FOUND, 60, 0);
	put("a.test", DNS_SILENT, 0, 70 * S);
	assert_false(put("a.test", DNS_FOUND, 60, 80 * S)->stale);
	assert_int_equal(put("a.test", DNS_UNKNOWN, 60, 90 * S)->result, DNS_UNKNOWN);
	assert_int_equal(put("a.test", DNS_SILENT, 0, 100 * S)->result, DNS_SILENT);
}

static void absences_can_be_forgotten_and_presences_not(void **state)
{
	struct dns_question question = question_of("a.test");

	(void)state;
	put("a.test", DNS_UNKNOWN, 60, 0);
	dns_cache_forget_absent(cache, &question);
	assert_null(get("a.test", 1));
	dns_cache_forget_absent(cache, &question);
	put("a.test", DNS_FOUND, 60, 0);
	dns_cache_forget_absent(cache, &question);
	assert_non_null(get("a.test", 1));
}

static void a_full_cache_drops_what_was_used_longest_ago(void **state)
{
	char name[32];

	(void)state;
	for (unsigned i = 0; i < DNS_CACHE_MAX; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		put(name, DNS_FOUND, 3600, i);
	}
	get("n0.test", 1000);
	put("more.test", DNS_FOUND, 3600, 2000);
	assert_non_null(get("n0.test", 3000));
	assert_null(get("n1.test", 3000));
	assert_non_null(get("n2.test", 3000));
	assert_non_null(get("more.test", 3000));
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "x%u.test", i);
		put(name, DNS_FOUND, 3600, 4000 + i);
	}
	assert_null(get("n0.test", 20000));
}

/* Other name servers are asked: what the old ones said holds no longer, but where they fail. */
static void what_has_expired_still_serves_when_dns_fails(void **state)
{
	(void)state;
	put("a.test", DNS_FOUND, 86400, 0);
	put("b.test", DNS_UNKNOWN, 300, 0);
	dns_cache_expire(cache, 10 * S);
	assert_null(get("a.test", 10 * S));
	assert_null(get("b.test", 10 * S));
	assert_int_equal(put("a.test", DNS_FAILED, 0, 20 * S)->result, DNS_FOUND);
	assert_true(get("a.test", 20 * S)->stale);
	dns_cache_expire(cache, 21 * S);
	assert_int_equal(put("a.test", DNS_UNKNOWN, 60, 21 * S)->result, DNS_UNKNOWN);
	assert_int_equal(put("a.test", DNS_FAILED, 0, 100 * S)->result, DNS_FAILED);
}

/* Without that word nobody could go on to what there is. */
static void that_there_is_no_service_serves_when_dns_fails(void **state)
{
	static const enum dns_type types[] = { DNS_TYPE_SRV, DNS_TYPE_NAPTR };
	struct dns_set absent = { .result = DNS_UNKNOWN, .ttl_s = 60 };
	struct dns_set failed = { .result = DNS_FAILED };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct dns_question question = question_of("a.test");
		const struct dns_set *set;

		question.type = types[i];
		dns_cache_put(cache, &question, &absent, 0);
		set = dns_cache_put(cache, &question, &failed, 3600 * S);
		assert_int_equal(set->result, DNS_UNKNOWN);
		assert_true(set->stale);
		set = dns_cache_put(cache, &question, &failed, (60 + DNS_STALE_S) * S);
		assert_int_equal(set->result, DNS_FAILED);
	}
	/* That there is no address is no help. */
	put("b.test", DNS_UNKNOWN, 60, 0);
	assert_int_equal(put("b.test", DNS_FAILED, 0, 3600 * S)->result, DNS_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_set_lasts_as_long_as_its_ttl, open_cache,
		                                close_cache),
		cmocka_unit_test_setup_teardown(ttls_are_held_between_a_second_and_a_day,
		                                open_cache, close_cache),
		cmocka_unit_test_setup_teardown(the_last_good_word_serves_for_a_day_when_dns_fails,
		                                open_cache, close_cache),
		cmocka_unit_test_setup_teardown(the_last_good_word_can_be_read, open_cache,
		                                close_cache),
		cmocka_unit_test_setup_teardown(a_fresh_word_ends_the_stale_one, open_cache,
		                                close_cache),
		cmocka_unit_test_setup_teardown(absences_can_be_forgotten_and_presences_not,
		                                open_cache, close_cache),
		cmocka_unit_test_setup_teardown(a_full_cache_drops_what_was_used_longest_ago,
		                                open_cache, close_cache),
		cmocka_unit_test_setup_teardown(what_has_expired_still_serves_when_dns_fails,
		                                open_cache, close_cache),
		cmocka_unit_test_setup_teardown(that_there_is_no_service_serves_when_dns_fails,
		                                open_cache, close_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
