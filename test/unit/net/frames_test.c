/* test/unit/net/frames_test.c: a stream cut at each of its bytes, and what holds memory (attacks
 * B01, B02, B03, B04). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/frames.h"
#include "net/stream.h"

static const char stream[] = "SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n"
			     "\r\n\r\n"
			     "SIP/2.0 200 OK\r\nl: 9\r\n\r\n\r\n\r\nbody\r"
			     "\r\n"
			     "OPTIONS sip:1001@192.0.2.1 SIP/2.0\r\nContent-Length: 4\r\n\r\nbody"
			     "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/* What came out, as text: messages in brackets, "?" for a ping, "!" for a pong. */
struct seen {
	char text[2048];
	size_t n;
	bool bad;
};

static void put(struct seen *seen, const char *bytes, size_t n)
{
	assert_true(seen->n + n < sizeof(seen->text));
	memcpy(seen->text + seen->n, bytes, n);
	seen->n += n;
	seen->text[seen->n] = '\0';
}

static void take_all(struct net_frames *frames, struct seen *seen)
{
	struct slice message;

	for (;;) {
		switch (net_frames_take(frames, &message)) {
		case NET_FRAME_NONE:
			return;
		case NET_FRAME_MESSAGE:
			put(seen, "[", 1);
			put(seen, message.p, message.n);
			put(seen, "]", 1);
			break;
		case NET_FRAME_PING:
			put(seen, "?", 1);
			break;
		case NET_FRAME_PONG:
			put(seen, "!", 1);
			break;
		case NET_FRAME_BAD:
			seen->bad = true;
			return;
		}
	}
}

static void feed(struct net_frames *frames, struct slice bytes, struct seen *seen)
{
	char *place;
	size_t room = net_frames_room(frames, &place);

	assert_true(room >= bytes.n);
	memcpy(place, bytes.p, bytes.n);
	net_frames_add(frames, bytes.n);
	take_all(frames, seen);
}

/* The same through a place that others use afterwards. */
static void feed_lent(struct net_frames *frames, struct slice bytes, struct seen *seen)
{
	static char shared[2 * NET_FRAMES_ROOM];
	char *place;
	size_t room = net_frames_lend(frames, shared, sizeof(shared), &place);

	assert_true(room >= bytes.n);
	memcpy(place, bytes.p, bytes.n);
	net_frames_add(frames, bytes.n);
	take_all(frames, seen);
	assert_int_equal(net_frames_keep(frames), 0);
	memset(shared, 'x', sizeof(shared));
}

typedef void feed_fn(struct net_frames *frames, struct slice bytes, struct seen *seen);

static feed_fn *const feeds[] = { feed, feed_lent };

static void a_stream_is_the_same_wherever_it_is_cut(void **state)
{
	struct slice all = slice_of(stream, sizeof(stream) - 1);
	struct net_frames whole = { 0 };
	struct seen expected = { .n = 0 };

	(void)state;
	feed(&whole, all, &expected);
	assert_false(expected.bad);
	assert_non_null(strstr(expected.text, "]?["));
	assert_non_null(strstr(expected.text, "\r]![OPTIONS"));
	net_frames_done(&whole);
	for (size_t cut = 1; cut < 2 * all.n; cut++) {
		feed_fn *fn = feeds[cut / all.n];
		struct net_frames frames = { 0 };
		struct seen seen = { .n = 0 };
		char *at;

		fn(&frames, slice_of(all.p, cut % all.n), &seen);
		fn(&frames, slice_from(all, cut % all.n), &seen);
		/* A ping cut in its middle shows as a pong first. */
		at = strstr(seen.text, "]!?[");
		if (at)
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		assert_string_equal(seen.text, expected.text);
		assert_null(frames.bytes);
		net_frames_done(&frames);
	}
}

static void a_byte_at_a_time_is_the_same_too(void **state)
{
	struct slice all = slice_of(stream, sizeof(stream) - 1);

	(void)state;
	for (unsigned way = 0; way < 2; way++) {
		struct net_frames frames = { 0 };
		struct seen seen = { .n = 0 };

		for (size_t i = 0; i < all.n; i++)
			feeds[way](&frames, slice_of(all.p + i, 1), &seen);
		assert_false(seen.bad);
		assert_non_null(strstr(seen.text, "\r]![OPTIONS"));
		assert_false(net_frames_partial(&frames));
		net_frames_done(&frames);
	}
}

static void memory_grows_to_the_longest_message_and_no_further(void **state)
{
	static char headers[NET_FRAMES_ROOM];

	(void)state;
	memset(headers, 'a', sizeof(headers));
	for (unsigned way = 0; way < 2; way++) {
		struct net_frames frames = { 0 };
		struct seen seen = { .n = 0 };
		size_t given = 0;

		feeds[way](&frames, SLICE("SIP/2.0 200 OK\r\nX: "), &seen);
		while (!seen.bad && given < 4u * NET_STREAM_HEADERS_MAX) {
			feeds[way](&frames, slice_of(headers, sizeof(headers)), &seen);
			given += sizeof(headers);
		}
		assert_true(seen.bad);
		assert_true(given <= NET_STREAM_HEADERS_MAX);
		assert_true(frames.cap <=
		            NET_STREAM_HEADERS_MAX + NET_STREAM_BODY_MAX + 2u * NET_FRAMES_ROOM);
		net_frames_done(&frames);
		assert_null(frames.bytes);
	}
}

static void the_longest_message_fits(void **state)
{
	static char body[NET_FRAMES_ROOM];
	static char text[41 + NET_STREAM_BODY_MAX + 1];
	struct slice message = SLICE_NONE;

	(void)state;
	memset(body, 'b', sizeof(body));
	for (unsigned way = 0; way < 2; way++) {
		struct net_frames frames = { 0 };
		struct seen seen = { .n = 0 };

		feeds[way](&frames, SLICE("SIP/2.0 200 OK\r\nContent-Length: 65536\r\n\r\n"),
		           &seen);
		for (size_t n = 0; n < NET_STREAM_BODY_MAX; n += sizeof(body)) {
			char *place;

			assert_int_equal(net_frames_take(&frames, &message), NET_FRAME_NONE);
			if (way)
				assert_true(net_frames_lend(&frames, text, sizeof(text), &place) >=
				            sizeof(body));
			else
				assert_true(net_frames_room(&frames, &place) >= sizeof(body));
			memcpy(place, body, sizeof(body));
			net_frames_add(&frames, sizeof(body));
			if (n + sizeof(body) < NET_STREAM_BODY_MAX)
				assert_int_equal(net_frames_keep(&frames), 0);
		}
		assert_int_equal(net_frames_take(&frames, &message), NET_FRAME_MESSAGE);
		assert_int_equal(message.n, 41 + NET_STREAM_BODY_MAX);
		net_frames_done(&frames);
		assert_null(frames.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_the_same_wherever_it_is_cut),
		cmocka_unit_test(a_byte_at_a_time_is_the_same_too),
		cmocka_unit_test(memory_grows_to_the_longest_message_and_no_further),
		cmocka_unit_test(the_longest_message_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
