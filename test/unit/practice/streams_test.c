/* test/unit/practice/streams_test.c: the registrar's connections over loopback: answers find back,
 * and who says nothing, or never ends what it says, loses its place (attack B05). Each wait is for
 * an event; a guard of 10 s only ends a run in which it never comes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* ---- a thousand at once */

#define DRIPS          1000
#define DRIP_MS        50
#define DRIP_BYTES_MAX 16384 /* of memory that one of them may cost */

static struct drips {
	struct hall hall;
	struct net_timer *timer;
	int fds[DRIPS];
	unsigned opened, bytes, questions, most;
	size_t heap_before, heap_each; /* what one of them costs when there are most */
} drips;

/* Only who speaks is left. */
static bool drips_are_out(const struct hall *hall)
{
	return practice_streams_count(hall->streams) == 1;
}

static void measure(const struct hall *hall)
{
	unsigned count = practice_streams_count(hall->streams);

	if (count < drips.most)
		return;
	drips.most = count;
	drips.heap_each = (mallinfo2().uordblks - drips.heap_before) / count;
}

/* A byte from each, and a question of who means it. */
static void on_drip(void *ctx)
{
	static const char message[] = "OPTIONS sip:a SIP/2.0\r\nX: ";
	struct hall *hall = &drips.hall;
	char byte = drips.bytes < sizeof(message) - 1 ? message[drips.bytes] : 'x';

	(void)ctx;
	for (unsigned i = 0; i < DRIPS; i++)
		(void)send(drips.fds[i], &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	drips.bytes++;
	if (net_stream_send(hall->ends[0].stream, SLICE(OPTIONS)) == 0)
		drips.questions++;
	measure(hall);
	net_timer_set(drips.timer, net_now_ms(hall->net) + DRIP_MS);
	look(hall);
}

static bool all_is_answered(const struct hall *hall)
{
	return hall->ends[0].messages == drips.questions;
}

static void open_drips(struct hall *hall)
{
	const struct net_addr *to = practice_streams_local(hall->streams, "tcp");

	while (drips.opened < DRIPS) {
		int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_true(fd >= 0);
		assert_int_equal(connect(fd, &to->any, net_addr_len(to)), 0);
		drips.fds[drips.opened++] = fd;
		if (drips.opened % 16 == 0) {
			net_timer_set(drips.timer, net_now_ms(hall->net)); /* a turn */
			net_run(hall->net);
		}
	}
}

static void a_turn_is_over(void *ctx)
{
	net_stop(((struct hall *)ctx)->net);
}

static void a_thousand_who_drip_trouble_nobody(void **state)
{
	struct hall *hall = &drips.hall;
	struct rlimit files = { 0 };
	struct net_timer *turns;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max;
	if (files.rlim_max < 3 * DRIPS || setrlimit(RLIMIT_NOFILE, &files) < 0) {
		print_message("skipped: this machine allows %llu files at once\n",
		              (unsigned long long)files.rlim_max);
		skip();
	}
	hall_open(hall, (struct practice_streams_limits){
				.max = 2 * DRIPS, .idle_ms = 300000, .partial_ms = 1000 });
	hall_connect(hall, 0);
	hall_run(hall, first_is_open);
	net_stream_send(hall->ends[0].stream, SLICE(OPTIONS));
	drips.questions = 1;
	hall_run(hall, all_is_answered);
	drips.heap_before = mallinfo2().uordblks;
	assert_int_equal(net_timer_new(hall->net, a_turn_is_over, hall, &turns), 0);
	drips.timer = turns;
	open_drips(hall);
	assert_int_equal(net_timer_new(hall->net, on_drip, NULL, &drips.timer), 0);
	net_timer_set(drips.timer, net_now_ms(hall->net));
	hall_run(hall, drips_are_out);
	assert_true(drips.bytes > 3);
	net_timer_set(drips.timer, NET_NEVER);
	hall_run(hall, all_is_answered);
	assert_int_equal(hall->asked, drips.questions);
	assert_int_equal(hall->ends[0].closed, 0);
	/* A slow machine sees the first go before the last has come. */
	assert_true(drips.most > DRIPS / 10);
	assert_in_range(drips.heap_each, 0, DRIP_BYTES_MAX);
	print_message("           %u at once, %zu bytes each\n", drips.most, drips.heap_each);
	for (unsigned i = 0; i < DRIPS; i++)
		close(drips.fds[i]);
	net_timer_free(turns);
	net_timer_free(drips.timer);
	hall_close(hall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_goes_back_on_the_connection_of_the_request),
		cmocka_unit_test(who_does_not_end_a_message_is_cut_off),
		cmocka_unit_test(who_says_nothing_at_all_is_cut_off),
		cmocka_unit_test(the_one_that_is_quiet_for_the_longest_time_makes_room),
		cmocka_unit_test(a_thousand_who_drip_trouble_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
