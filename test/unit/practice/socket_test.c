/* The registrar on a socket of 127.0.0.1, asked by another socket of the same loop. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "practice/practice.h"

static const char request[] = "OPTIONS sip:pbx.test SIP/2.0\r\n"
			      "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport\r\n"
			      "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
			      "CSeq: 1 OPTIONS\r\n\r\n";

struct meeting {
	struct net *net;
	struct net_udp *client;
	struct practice *practice;
	char log[1024];
	struct buf events;
	char answer[NET_SEND_MAX];
	size_t answer_n;
	unsigned traced_in, traced_out;
};

static void on_answer(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct meeting *meeting = ctx;

	assert_true(net_addr_equal(from, practice_local(meeting->practice)));
	assert_true(bytes.n <= sizeof(meeting->answer));
	memcpy(meeting->answer, bytes.p, bytes.n);
	meeting->answer_n = bytes.n;
	net_stop(meeting->net);
}

static void on_odd_answer(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct meeting *meeting = ctx;

	assert_true(net_addr_same_host(from, practice_local(meeting->practice)));
	assert_int_not_equal(net_addr_port(from), net_addr_port(practice_local(meeting->practice)));
	meeting->answer_n = bytes.n;
	/* What is said to that port is not heard. */
	assert_int_equal(net_udp_send(meeting->client, from, slice_str(request)), 0);
	net_stop(meeting->net);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)sent;
	fail_msg("error %d", error);
}

static void on_event(void *ctx, const struct practice_event *event)
{
	struct meeting *meeting = ctx;

	practice_event_show(event, &meeting->events);
	buf_char(&meeting->events, '\n');
}

static void on_trace(void *ctx, enum practice_way way, const struct net_addr *peer,
                     const char *transport, struct slice bytes)
{
	struct meeting *meeting = ctx;

	assert_true(net_addr_equal(peer, net_udp_local(meeting->client)));
	assert_string_equal(transport, "udp");
	if (way == PRACTICE_IN) {
		meeting->traced_in++;
		assert_true(slice_equal(bytes, slice_str(request)));
	} else {
		meeting->traced_out++;
	}
}

static void a_datagram_is_answered_and_told(void **state)
{
	static const struct practice_handler handler = { .event = on_event, .trace = on_trace };
	static const struct net_udp_handler udp = { .datagram = on_answer, .error = on_error };
	const struct practice_config config = practice_config_default();
	struct meeting meeting = { 0 };
	struct practice_stats stats;
	struct net_addr any;

	(void)state;
	meeting.events = buf_over(meeting.log, sizeof(meeting.log));
	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &any), 0);
	assert_int_equal(net_new(&meeting.net), 0);
	assert_int_equal(
		practice_new(meeting.net, &any, &config, &handler, &meeting, &meeting.practice), 0);
	assert_int_equal(net_udp_open(meeting.net, &any, &udp, &meeting, &meeting.client), 0);
	assert_int_not_equal(net_addr_port(practice_local(meeting.practice)), 0);
	assert_int_equal(
		net_udp_send(meeting.client, practice_local(meeting.practice), slice_str(request)),
		0);
	assert_int_equal(net_run(meeting.net), 0);
	assert_true(meeting.answer_n > 14);
	assert_memory_equal(meeting.answer, "SIP/2.0 200 OK", 14);
	assert_int_equal(buf_end(&meeting.events), 0);
	assert_non_null(strstr(meeting.log, "OPTIONS answered, from 127.0.0.1:"));
	assert_int_equal(meeting.traced_in, 1);
	assert_int_equal(meeting.traced_out, 1);
	practice_stats(meeting.practice, &stats);
	assert_int_equal(stats.requests, 1);
	assert_int_equal(stats.by_class[2], 1);
	practice_free(meeting.practice);
	net_udp_close(meeting.client);
	net_free(meeting.net);
}

static void an_answer_comes_late_and_from_another_port(void **state)
{
	static const struct practice_handler handler = { .event = on_event };
	static const struct net_udp_handler udp = { .datagram = on_odd_answer, .error = on_error };
	struct practice_faults own = { .list = { { .id = PRACTICE_FAULT_OTHER_PORT } },
		                       .count = 1 };
	struct practice_faults all = { .list = { { .id = PRACTICE_FAULT_OTHER_PORT },
		                                 { .id = PRACTICE_FAULT_SLOW, .n = 5 } },
		                       .count = 2 };
	const struct practice_user user = { .extension = SLICE("1"),
		                            .password = SLICE("a"),
		                            .faults = &own };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct practice_config config = practice_config_default();
		struct meeting meeting = { 0 };
		struct net_addr any;

		/* A user's fault alone opens the port, too. */
		config.users = &user;
		config.user_count = 1;
		config.faults = i ? &all : NULL;
		meeting.events = buf_over(meeting.log, sizeof(meeting.log));
		assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &any), 0);
		assert_int_equal(net_new(&meeting.net), 0);
		assert_int_equal(practice_new(meeting.net, &any, &config, &handler, &meeting,
		                              &meeting.practice),
		                 0);
		assert_int_equal(net_udp_open(meeting.net, &any, &udp, &meeting, &meeting.client),
		                 0);
		if (i) {
			const uint64_t begin_ms = net_now_ms(meeting.net);

			assert_int_equal(net_udp_send(meeting.client,
			                              practice_local(meeting.practice),
			                              slice_str(request)),
			                 0);
			assert_int_equal(net_run(meeting.net), 0);
			assert_true(meeting.answer_n > 0);
			assert_true(net_now_ms(meeting.net) >= begin_ms + 5);
		}
		practice_free(meeting.practice);
		net_udp_close(meeting.client);
		net_free(meeting.net);
	}
}

static void what_cannot_start_leaves_nothing_behind(void **state)
{
	static const struct practice_handler handler = { 0 };
	struct practice_config config = practice_config_default();
	struct practice *first, *second = NULL;
	struct net *net;
	struct net_addr any;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &any), 0);
	assert_int_equal(net_new(&net), 0);
	assert_int_equal(practice_new(net, &any, &config, &handler, NULL, &first), 0);
	assert_int_equal(practice_new(net, practice_local(first), &config, &handler, NULL, &second),
	                 -EADDRINUSE);
	config.algorithm_count = 0;
	assert_int_equal(practice_new(net, &any, &config, &handler, NULL, &second), -EINVAL);
	assert_null(second);
	practice_free(first);
	practice_free(NULL);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_is_answered_and_told),
		cmocka_unit_test(an_answer_comes_late_and_from_another_port),
		cmocka_unit_test(what_cannot_start_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("practice on a socket", tests, NULL, NULL);
}
