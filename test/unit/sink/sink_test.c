/* The log on its way to a host that is there, away, slow, or another one than before: on the sim,
 * whose clock moves when the test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim.h"
#include "sink/sink.h"

static struct desk {
	struct net *net;
	struct sink *sink;
	char notes[4096]; /* "LEVEL text\n" each */
} desk;

static void on_note(void *ctx, enum log_level level, const char *text)
{
	size_t n = strlen(desk.notes);

	(void)ctx;
	snprintf(desk.notes + n, sizeof(desk.notes) - n, "%s %s\n", log_level_name(level), text);
}

static int open_desk(void **state)
{
	const struct sink_cfg cfg = { .program = "lineup", .note = on_note };
	struct sink_cfg with = cfg;

	(void)state;
	desk = (struct desk){ 0 };
	assert_int_equal(net_new(&desk.net), 0);
	with.net = desk.net;
	assert_int_equal(sink_new(&with, &desk.sink), 0);
	return 0;
}

static int close_desk(void **state)
{
	(void)state;
	sink_free(desk.sink);
	assert_int_equal(sim_open_sockets(desk.net), 0);
	assert_int_equal(sim_open_streams(desk.net), 0);
	assert_int_equal(sim_open_timers(desk.net), 0);
	assert_int_equal(sim_open_queries(desk.net), 0);
	net_free(desk.net);
	return 0;
}

static struct net_addr at(const char *host, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(host), port, &addr), 0);
	return addr;
}

static void name(const char *host, const char *address)
{
	const struct net_addr addr = at(address, 0);

	sim_name_address(desk.net, host, &addr);
}

static void point(enum sink_transport transport, const char *host, uint16_t port)
{
	const struct sink_where where = { transport, host, port };

	sink_point(desk.sink, &where);
}

static void say(const char *text)
{
	const struct log_event event = { .kind = LOG_NOTE,
		                         .level = LOG_LEVEL_INFO,
		                         .wall_ms = net_wall_ms(desk.net),
		                         .text = slice_str(text) };

	sink_put(desk.sink, &event);
}

static void run(uint64_t ms)
{
	sim_run_until(desk.net, net_now_ms(desk.net) + ms);
}

/* What the oldest thing sent is, where it goes to, and its end: "SIP: a"; "" nothing was. */
static const char *sent(enum sim_kind kind, const char *to, uint16_t port)
{
	static char text[3000];
	struct sim_datagram *datagram = sim_sent_take(desk.net);
	struct net_addr addr = at(to, port);

	if (!datagram)
		return "";
	assert_int_equal(datagram->kind, kind);
	assert_true(net_addr_equal(&datagram->to, &addr));
	snprintf(text, sizeof(text), "%.*s", (int)datagram->n, datagram->bytes);
	free(datagram);
	return text;
}

static const char *behind(const char *message)
{
	const char *text = strstr(message, "SIP: ");

	return text ? text : message;
}

static struct sink_status status(void)
{
	struct sink_status now;

	sink_status(desk.sink, &now);
	return now;
}

static void drop_all(void)
{
	struct sim_datagram *datagram;

	while ((datagram = sim_sent_take(desk.net)))
		free(datagram);
}

/* ---- UDP */

static void nothing_is_sent_where_no_host_is_set(void **state)
{
	(void)state;
	say("lost");
	run(100000);
	assert_null(sim_sent(desk.net));
	assert_int_equal(status().state, SINK_OFF);
	assert_int_equal(status().suppressed, 0);
	assert_string_equal(desk.notes, "");
}

static void over_udp_each_event_is_a_datagram(void **state)
{
	(void)state;
	name("log.test", "192.0.2.7");
	point(SINK_UDP, "log.test", 0);
	say("early"); /* before the name is known: it waits */
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.7", 514)), "SIP: early");
	say("a");
	say("b\nc");
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.7", 514)), "SIP: a");
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.7", 514)), "SIP: b\\x0ac");
	assert_string_equal(
		desk.notes,
		"info the log goes to the syslog host log.test (192.0.2.7:514) over UDP\n");
	assert_int_equal(status().sent, 3);
	assert_string_equal(status().target, "192.0.2.7:514");
}

static void a_port_that_is_closed_is_told_once_and_does_not_stop_it(void **state)
{
	const struct net_addr to = at("192.0.2.7", 5514);

	(void)state;
	point(SINK_UDP, "192.0.2.7", 5514);
	run(10);
	desk.notes[0] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		say("x");
		run(10);
		assert_true(sim_icmp(desk.net, sim_udp_of(desk.net, AF_INET), &to, ECONNREFUSED,
		                     SLICE_NONE));
	}
	assert_string_equal(desk.notes, "warn the syslog host 192.0.2.7 does not take the log over "
	                                "UDP: Connection refused\n");
	assert_string_equal(status().problem, "Connection refused");
	assert_int_equal(status().state, SINK_SENDING);
	assert_int_equal(status().sent, 3);
	drop_all();
}

static void a_name_that_got_another_address_is_followed(void **state)
{
	(void)state;
	name("log.test", "192.0.2.7");
	point(SINK_UDP, "log.test", 0);
	run(10);
	sim_name_forget(desk.net, "log.test");
	name("log.test", "2001:db8::7");
	say("old");
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.7", 514)), "SIP: old");
	run(SINK_LOOK_MS);
	say("looks");
	run(10);
	say("new");
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.7", 514)), "SIP: looks");
	assert_string_equal(behind(sent(SIM_DATAGRAM, "2001:db8::7", 514)), "SIP: new");

	/* one that is not known any more is used as before */
	sim_name_forget(desk.net, "log.test");
	run(SINK_LOOK_MS);
	say("a");
	run(10);
	say("b");
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "2001:db8::7", 514)), "SIP: a");
	assert_string_equal(behind(sent(SIM_DATAGRAM, "2001:db8::7", 514)), "SIP: b");
	assert_int_equal(status().state, SINK_SENDING);
}

/* ---- TCP */

static struct net_stream *asked_for(const char *host, uint16_t port)
{
	const struct net_addr to = at(host, port);

	assert_string_equal(sent(SIM_CONNECT_TCP, host, port), "");
	return sim_stream_to(desk.net, &to);
}

static void over_tcp_each_event_has_its_length_in_front(void **state)
{
	struct net_stream *stream;
	const char *text;
	size_t length;
	char *end;

	(void)state;
	point(SINK_TCP, "192.0.2.7", 0);
	run(10);
	stream = asked_for("192.0.2.7", 601);
	assert_int_equal(status().state, SINK_CONNECTING);
	say("first");
	run(10);
	assert_null(sim_sent(desk.net));
	sim_stream_open(desk.net, stream, 0);
	run(10);
	text = sent(SIM_BYTES, "192.0.2.7", 601);
	length = (size_t)strtoul(text, &end, 10);
	assert_int_equal(*end, ' ');
	assert_int_equal(strlen(end + 1), length);
	assert_string_equal(behind(text), "SIP: first");
	assert_int_equal(end[1], '<');
	assert_string_equal(
		desk.notes,
		"info the log goes to the syslog host 192.0.2.7 (192.0.2.7:601) over TCP\n");
}

/* Waits that double from a second to a minute, each up to a quarter longer; told once. */
static void a_host_that_is_away_is_tried_again_ever_more_slowly(void **state)
{
	uint64_t low = SINK_RETRY_MS, before;

	(void)state;
	point(SINK_TCP, "192.0.2.7", 1601);
	run(10);
	for (unsigned i = 0; i < 10; i++) {
		struct net_stream *stream = asked_for("192.0.2.7", 1601);

		before = net_now_ms(desk.net);
		sim_stream_close(desk.net, stream, NET_END_ERROR, ECONNREFUSED);
		assert_int_equal(status().state, SINK_WAITING);
		assert_string_equal(status().problem, "Connection refused");
		assert_int_equal(sim_run_to_send(desk.net, before + 100000), SIM_SENT);
		assert_in_range(net_now_ms(desk.net) - before, low, low + low / 4 + 10);
		low = low * 2 < SINK_RETRY_MAX_MS ? low * 2 : SINK_RETRY_MAX_MS;
	}
	assert_string_equal(desk.notes,
	                    "warn the log does not reach the syslog host 192.0.2.7 over TCP: "
	                    "Connection refused; it is tried again\n");
	sim_stream_open(desk.net, asked_for("192.0.2.7", 1601), 0);
	run(1);
	assert_non_null(strstr(desk.notes, "info the log goes to"));
	drop_all();
}

static void what_waited_is_sent_by_the_next_connection(void **state)
{
	struct net_stream *stream;
	uint64_t before;

	(void)state;
	point(SINK_TCP, "192.0.2.7", 0);
	run(10);
	sim_stream_open(desk.net, stream = asked_for("192.0.2.7", 601), 0);
	run(SINK_LASTED_MS);
	say("a");
	run(10);
	assert_string_equal(behind(sent(SIM_BYTES, "192.0.2.7", 601)), "SIP: a");
	sim_stream_close(desk.net, stream, NET_END_CLOSED, 0);
	before = net_now_ms(desk.net);
	say("b");
	say("c");
	assert_int_equal(sim_run_to_send(desk.net, before + 10000), SIM_SENT);
	assert_in_range(net_now_ms(desk.net) - before, SINK_RETRY_MS, SINK_RETRY_MS * 5 / 4 + 10);
	sim_stream_open(desk.net, asked_for("192.0.2.7", 601), 0);
	run(10);
	assert_string_equal(behind(sent(SIM_BYTES, "192.0.2.7", 601)), "SIP: b");
	assert_string_equal(behind(sent(SIM_BYTES, "192.0.2.7", 601)), "SIP: c");
}

static void each_address_of_a_name_is_tried(void **state)
{
	(void)state;
	name("log.test", "192.0.2.7");
	name("log.test", "192.0.2.8");
	point(SINK_TCP, "log.test", 0);
	run(10);
	sim_stream_close(desk.net, asked_for("192.0.2.7", 601), NET_END_SILENCE, 0);
	run(1);
	sim_stream_open(desk.net, asked_for("192.0.2.8", 601), 0);
	run(1);
	assert_int_equal(status().state, SINK_SENDING);
	assert_string_equal(status().target, "192.0.2.8:601");
}

/* ---- gaps */

static void what_finds_no_room_is_counted_where_it_is_missing(void **state)
{
	struct net_stream *stream;
	unsigned said = 0, seen = 0, gaps = 0;
	char text[64];

	(void)state;
	point(SINK_TCP, "192.0.2.7", 0);
	run(10);
	stream = asked_for("192.0.2.7", 601);
	for (; status().suppressed < 100; said++) {
		snprintf(text, sizeof(text), "event %u", said);
		say(text);
	}
	sim_stream_open(desk.net, stream, 0);
	run(1000);
	say("behind");
	run(1000);
	while (sim_sent(desk.net)) {
		const char *got = behind(sent(SIM_BYTES, "192.0.2.7", 601));

		if (strcmp(got, "SIP: suppressed 100 events that the syslog host did not take") ==
		    0) {
			assert_int_equal(seen, said - 100);
			gaps++;
		} else if (strcmp(got, "SIP: behind") != 0) {
			snprintf(text, sizeof(text), "SIP: event %u", seen++);
			assert_string_equal(got, text);
		} else {
			assert_int_equal(gaps, 1);
		}
	}
	assert_int_equal(gaps, 1);
	assert_int_equal(seen, said - 100);
}

static void a_host_that_takes_no_more_holds_nothing_up(void **state)
{
	struct net_stream *stream;
	unsigned n = 0;

	(void)state;
	point(SINK_TCP, "192.0.2.7", 0);
	run(10);
	sim_stream_open(desk.net, stream = asked_for("192.0.2.7", 601), 0);
	run(10);
	sim_stream_stick(stream);
	while (status().suppressed == 0 && n++ < 100000) {
		say("x");
		if (n % 100 == 0)
			run(10);
	}
	assert_in_range(n, 1000, 99999);
	assert_int_equal(status().state, SINK_SENDING);
	drop_all();
}

/* ---- settings */

static void another_host_gets_what_waits_and_the_old_one_nothing(void **state)
{
	(void)state;
	point(SINK_TCP, "192.0.2.7", 0);
	run(10);
	asked_for("192.0.2.7", 601);
	say("a");
	point(SINK_TCP, "192.0.2.7", 601); /* the same */
	run(100);
	assert_null(sim_sent(desk.net));
	point(SINK_UDP, "192.0.2.8", 0);
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.8", 514)), "SIP: a");
	point(SINK_NONE, NULL, 0);
	say("b");
	run(100000);
	assert_null(sim_sent(desk.net));
	assert_int_equal(status().state, SINK_OFF);
	assert_string_equal(status().target, "");
	point(SINK_UDP, "192.0.2.8", 0);
	say("c");
	run(10);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.8", 514)), "SIP: c");
}

static void a_name_that_does_not_exist_is_said_and_looked_up_again(void **state)
{
	(void)state;
	point(SINK_UDP, "no.test", 0);
	run(10);
	assert_string_equal(status().problem, "the name does not exist");
	assert_int_equal(status().state, SINK_WAITING);
	say("a");
	name("no.test", "192.0.2.9");
	run(3000);
	assert_string_equal(behind(sent(SIM_DATAGRAM, "192.0.2.9", 514)), "SIP: a");
	assert_string_equal(status().problem, "");
	assert_string_equal(
		desk.notes,
		"warn the log does not reach the syslog host no.test over UDP: the name "
		"does not exist; it is tried again\n"
		"info the log goes to the syslog host no.test (192.0.2.9:514) over UDP\n");
}

static void without_memory_there_is_no_sink_and_nothing_leaks(void **state)
{
	const struct sink_cfg cfg = { .net = desk.net, .program = "lineup" };
	uint64_t live = sim_memory_live();
	struct sink *sink = NULL;
	unsigned nth = 0;
	int err;

	(void)state;
	do {
		sim_memory_fail(++nth);
		err = sink_new(&cfg, &sink);
		sim_memory_fail(0);
		assert_true(err == 0 || err == -ENOMEM);
		assert_true(err == 0 || sim_memory_live() == live);
	} while (err);
	assert_in_range(nth, 2, 20);
	sink_free(sink);
	assert_int_equal(sim_memory_live(), live);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_sent_where_no_host_is_set),
		TEST(over_udp_each_event_is_a_datagram),
		TEST(a_port_that_is_closed_is_told_once_and_does_not_stop_it),
		TEST(a_name_that_got_another_address_is_followed),
		TEST(over_tcp_each_event_has_its_length_in_front),
		TEST(a_host_that_is_away_is_tried_again_ever_more_slowly),
		TEST(what_waited_is_sent_by_the_next_connection),
		TEST(each_address_of_a_name_is_tried),
		TEST(what_finds_no_room_is_counted_where_it_is_missing),
		TEST(a_host_that_takes_no_more_holds_nothing_up),
		TEST(another_host_gets_what_waits_and_the_old_one_nothing),
		TEST(a_name_that_does_not_exist_is_said_and_looked_up_again),
		TEST(without_memory_there_is_no_sink_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
