/* tally_test.c: ended attempts are counted by their cause, and answers by the time they took. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/tally.h"
#include "explain/explain.h"
#include "registrar.h"

#include "house.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES        6

static void an_answer_is_in_the_first_bucket_that_is_long_enough(void **state)
{
	static const struct {
		uint64_t took_ms;
		uint32_t up_to_ms;
	} rows[] = {
		{ 0, 5 },
		{ 5, 5 },
		{ 6, 10 },
		{ 25, 25 },
		{ 26, 50 },
		{ 100, 100 },
		{ 250, 250 },
		{ 251, 500 },
		{ 1000, 1000 },
		{ 2500, 2500 },
		{ 4999, 5000 },
		{ 5001, 10000 },
		{ 32000, 32000 },
		{ 32001, UINT32_MAX },
		{ 1 << 20, UINT32_MAX },
		{ UINT64_C(1) << 40, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct agent_tally tally = { 0 };
		struct agent_answers answers = agent_tally_no_answers();

		agent_tally_answered(&tally, rows[i].took_ms);
		agent_tally_add_answers(&tally, &answers);
		assert_int_equal(answers.n, 1);
		assert_int_equal(answers.sum_ms, rows[i].took_ms);
		for (unsigned k = 0; k < AGENT_ANSWER_BUCKETS; k++)
			assert_int_equal(answers.buckets[k].n,
			                 answers.buckets[k].up_to_ms == rows[i].up_to_ms);
	}
}

static void the_bounds_rise_and_the_last_takes_all(void **state)
{
	struct agent_answers answers = agent_tally_no_answers();

	(void)state;
	for (unsigned k = 1; k < AGENT_ANSWER_BUCKETS; k++)
		assert_true(answers.buckets[k].up_to_ms > answers.buckets[k - 1].up_to_ms);
	assert_int_equal(answers.buckets[AGENT_ANSWER_BUCKETS - 1].up_to_ms, UINT32_MAX);
}

static void each_cause_has_counts_of_its_own_and_shards_add_up(void **state)
{
	struct agent_tally shards[2] = { 0 };
	const struct explain_cause *cause;

	(void)state;
	for (unsigned s = 0; s < COUNT(shards); s++) {
		assert_int_equal(agent_tally_init(&shards[s]), 0);
		for (unsigned i = 0; (cause = explain_at(i)); i++) {
			for (unsigned n = 0; n < i; n++)
				agent_tally_refused(&shards[s], cause);
			agent_tally_failed(&shards[s], cause);
		}
	}
	for (unsigned i = 0; explain_at(i); i++) {
		struct agent_cause counted = { 0 };

		for (unsigned s = 0; s < COUNT(shards); s++)
			agent_tally_add_cause(&shards[s], i, &counted);
		assert_int_equal(counted.refused, 2 * i);
		assert_int_equal(counted.failed, 2);
	}
	for (unsigned s = 0; s < COUNT(shards); s++)
		agent_tally_done(&shards[s]);
}

/* ---- of an agent */

struct ends {
	unsigned causes; /* that were told */
	uint64_t refused, failed;
	uint64_t auth_refused, port_closed;
};

static void on_cause(void *ctx, const struct agent_cause *cause)
{
	struct ends *ends = ctx;

	assert_string_equal(cause->id, explain_at(ends->causes)->id);
	ends->causes++;
	ends->refused += cause->refused;
	ends->failed += cause->failed;
	if (strcmp(cause->id, "auth-refused") == 0)
		ends->auth_refused = cause->refused;
	if (strcmp(cause->id, "port-closed") == 0)
		ends->port_closed = cause->failed;
}

static struct ends ends_of(struct house *house)
{
	struct ends ends = { 0 };

	agent_causes(house->agent, on_cause, &ends);
	assert_null(explain_at(ends.causes));
	return ends;
}

/* So many, and each in a bucket. */
static void assert_answers(struct house *house, uint64_t n)
{
	struct agent_answers answers;
	uint64_t sum = 0;

	agent_answers(house->agent, &answers);
	for (unsigned i = 0; i < AGENT_ANSWER_BUCKETS; i++)
		sum += answers.buckets[i].n;
	assert_int_equal(answers.n, n);
	assert_int_equal(sum, n);
}

static bool is_waiting(struct house *house)
{
	return house_line(house, house->what).state == REG_WAITING;
}

static int64_t add_closed_server(struct house *house)
{
	struct store_server server = { .name = "closed",
		                       .domain = "127.0.0.1",
		                       .port = 1,
		                       .transport = "udp",
		                       .expires_s = 3600,
		                       .keepalive = "none",
		                       .srv = "default" };
	int64_t id;

	assert_int_equal(store_server_put(house->store, &server, &id), 0);
	return id;
}

static void a_refusal_and_a_failure_are_counted_by_their_cause(void **state)
{
	struct registrar registrar;
	struct house house;
	struct ends ends;
	int64_t ids[LINES];

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio 1");
	house_add_lines(&house, LINES, ids);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_up(&house, LINES));
	ends = ends_of(&house);
	assert_int_equal(ends.refused + ends.failed, 0);
	assert_answers(&house, LINES);

	house.what = ids[0];
	house_put_line(&house, ids[0], house.studio, 1, REGISTRAR_FIRST, "wrong", AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_waiting));
	ends = ends_of(&house);
	assert_int_equal(ends.auth_refused, 1);
	assert_int_equal(ends.refused, 1);
	assert_int_equal(ends.failed, 0);
	assert_answers(&house, LINES + 1); /* the removal is none */

	house.server = add_closed_server(&house);
	house.what =
		house_put_line(&house, 0, house.studio, LINES + 1, REGISTRAR_FIRST, NULL, AGENT_UP);
	agent_reload(house.agent);
	assert_true(house_wait(&house, is_waiting));
	ends = ends_of(&house);
	assert_true(ends.port_closed > 0); /* it may have tried again */
	assert_int_equal(ends.failed, ends.port_closed);
	assert_int_equal(ends.refused, 1);

	house_stop_agent(&house);
	assert_int_equal(ends_of(&house).refused, 1);
	assert_answers(&house, LINES + 1); /* nobody answered the last, and a stop is none */
	house_close(&house);
	registrar_end(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_in_the_first_bucket_that_is_long_enough),
		cmocka_unit_test(the_bounds_rise_and_the_last_takes_all),
		cmocka_unit_test(each_cause_has_counts_of_its_own_and_shards_add_up),
		cmocka_unit_test(a_refusal_and_a_failure_are_counted_by_their_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
