/* test/unit/practice/streams_test.c: the registrar's connections over loopback: answers find back,
 * and who says nothing, or never ends what it says, loses its place (attack B05). Each wait is for
 * an event; a guard of 10 s only ends a run in which it never comes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "practice/streams.h"

#define GUARD_MS 10000
#define OPTIONS  "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"
#define ANSWER   "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
#define ENDS     3

struct hall;

struct end {
	struct hall *hall;
	struct net_stream *stream;
	unsigned opened, messages, closed;
};

struct hall {
	struct net *net;
	struct net_timer *guard;
	struct practice_streams *streams;
	struct end ends[ENDS];
	unsigned asked;
	uint64_t last_flow;
	bool (*done)(const struct hall *hall);
	bool timed_out;
};

static void look(struct hall *hall)
{
	if (hall->done && hall->done(hall))
		net_stop(hall->net);
}

static void on_opened(void *ctx)
{
	struct end *end = ctx;

	end->opened++;
	look(end->hall);
}

static void on_message(void *ctx, struct slice bytes)
{
	struct end *end = ctx;

	assert_true(slice_equal(bytes, SLICE(ANSWER)));
	end->messages++;
	look(end->hall);
}

static void on_closed(void *ctx, const struct net_stream_end *over)
{
	struct end *end = ctx;

	(void)over;
	end->closed++;
	look(end->hall);
}

static const struct net_stream_handler handler = { .opened = on_opened,
	                                           .message = on_message,
	                                           .closed = on_closed };

static void on_asked(void *ctx, uint64_t flow, const char *transport, const struct net_addr *from,
                     struct slice bytes)
{
	struct hall *hall = ctx;

	(void)from;
	assert_string_equal(transport, "tcp");
	assert_true(slice_equal(bytes, SLICE(OPTIONS)));
	hall->asked++;
	hall->last_flow = flow;
	practice_streams_send(hall->streams, flow, SLICE(ANSWER));
}

static void on_guard(void *ctx)
{
	struct hall *hall = ctx;

	hall->timed_out = true;
	net_stop(hall->net);
}

static void hall_open(struct hall *hall, struct practice_streams_limits limits)
{
	struct net_addr local;

	*hall = (struct hall){ 0 };
	assert_int_equal(net_new(&hall->net), 0);
	assert_int_equal(net_timer_new(hall->net, on_guard, hall, &hall->guard), 0);
	assert_int_equal(practice_streams_new(hall->net, limits, on_asked, hall, &hall->streams),
	                 0);
	net_addr_parse(SLICE("127.0.0.1"), 0, &local);
	assert_int_equal(practice_streams_listen(hall->streams, &local, NULL), 0);
	assert_null(practice_streams_local(hall->streams, "tls"));
}

static void hall_connect(struct hall *hall, unsigned i)
{
	struct net_stream_cfg cfg = { .to = *practice_streams_local(hall->streams, "tcp") };

	hall->ends[i].hall = hall;
	assert_int_equal(net_stream_connect(hall->net, &cfg, &handler, &hall->ends[i],
	                                    &hall->ends[i].stream),
	                 0);
}

static void hall_run(struct hall *hall, bool (*done)(const struct hall *hall))
{
	hall->done = done;
	if (done(hall))
		return;
	net_timer_set(hall->guard, net_now_ms(hall->net) + GUARD_MS);
	assert_int_equal(net_run(hall->net), 0);
	assert_false(hall->timed_out);
}

static void hall_close(struct hall *hall)
{
	for (unsigned i = 0; i < ENDS; i++)
		net_stream_close(hall->ends[i].stream);
	practice_streams_free(hall->streams);
	net_timer_free(hall->guard);
	net_free(hall->net);
}

static bool first_is_open(const struct hall *hall)
{
	return hall->ends[0].opened && practice_streams_count(hall->streams) == 1;
}

static bool second_is_open(const struct hall *hall)
{
	return hall->ends[1].opened && practice_streams_count(hall->streams) == 2;
}

static bool first_is_answered(const struct hall *hall)
{
	return hall->ends[0].messages == 1;
}

static bool first_is_closed(const struct hall *hall)
{
	return hall->ends[0].closed;
}

static void an_answer_goes_back_on_the_connection_of_the_request(void **state)
{
	struct hall hall;

	(void)state;
	hall_open(&hall, PRACTICE_STREAMS_LIMITS);
	hall_connect(&hall, 0);
	hall_run(&hall, first_is_open);
	hall_connect(&hall, 1);
	hall_run(&hall, second_is_open);
	net_stream_send(hall.ends[0].stream, SLICE(OPTIONS));
	hall_run(&hall, first_is_answered);
	assert_int_equal(hall.ends[1].messages, 0);
	/* One that is gone since is no trouble. */
	practice_streams_send(hall.streams, 77, SLICE(ANSWER));
	hall_close(&hall);
}

static void who_does_not_end_a_message_is_cut_off(void **state)
{
	struct hall hall;

	(void)state;
	hall_open(&hall, (struct practice_streams_limits){
				 .max = 8, .idle_ms = 300000, .partial_ms = 80 });
	hall_connect(&hall, 0);
	hall_run(&hall, first_is_open);
	net_stream_send(hall.ends[0].stream, SLICE("OPTIONS sip:a SIP/2.0\r\nX: "));
	hall_run(&hall, first_is_closed);
	assert_int_equal(hall.asked, 0);
	assert_int_equal(practice_streams_count(hall.streams), 0);
	hall_close(&hall);
}

static void who_says_nothing_at_all_is_cut_off(void **state)
{
	struct hall hall;

	(void)state;
	hall_open(&hall, (struct practice_streams_limits){
				 .max = 8, .idle_ms = 300000, .partial_ms = 80 });
	hall_connect(&hall, 0);
	hall_run(&hall, first_is_closed);
	hall_close(&hall);
}

static bool second_is_answered(const struct hall *hall)
{
	return hall->ends[1].messages == 1;
}

static bool third_is_open(const struct hall *hall)
{
	return hall->ends[2].opened && hall->ends[0].closed;
}

static void the_one_that_is_quiet_for_the_longest_time_makes_room(void **state)
{
	struct hall hall;

	(void)state;
	hall_open(&hall, (struct practice_streams_limits){
				 .max = 2, .idle_ms = 300000, .partial_ms = 300000 });
	hall_connect(&hall, 0);
	hall_run(&hall, first_is_open);
	hall_connect(&hall, 1);
	hall_run(&hall, second_is_open);
	net_stream_send(hall.ends[1].stream, SLICE(OPTIONS));
	hall_run(&hall, second_is_answered);
	hall_connect(&hall, 2);
	hall_run(&hall, third_is_open);
	assert_int_equal(hall.ends[1].closed, 0);
	assert_int_equal(practice_streams_count(hall.streams), 2);
	hall_close(&hall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_goes_back_on_the_connection_of_the_request),
		cmocka_unit_test(who_does_not_end_a_message_is_cut_off),
		cmocka_unit_test(who_says_nothing_at_all_is_cut_off),
		cmocka_unit_test(the_one_that_is_quiet_for_the_longest_time_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
