/* unit/sip/frame_test.c: cutting a stream into messages and pings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "sip/frame.h"
#include "unit/sip/good_messages.h"
#include "unit/sip/guard.h"

#define HEADERS_MAX 4096
#define BODY_MAX    100

/* A literal with all its bytes, NULs too. */
#define BYTES(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

static enum parse frame_at(const char *text, bool at_rest, enum sip_frame *ret_kind, size_t *ret_n)
{
	size_t scanned = 0;

	return sip_frame(slice_str(text), at_rest, HEADERS_MAX, BODY_MAX, &scanned, ret_kind,
	                 ret_n);
}

static void whole_frames_are_found(void **state)
{
	static const struct {
		const char *stream;
		enum sip_frame kind;
		size_t n;
	} rows[] = {
		{ "\r\n\r\n", SIP_FRAME_PING, 4 },
		{ "\r\n\r\n\r\n", SIP_FRAME_PING, 4 },
		{ "\r\n\r\nSIP/2.0", SIP_FRAME_PING, 4 },
		{ "\r\nSIP/2.0", SIP_FRAME_PONG, 2 },
		{ "\r\nx", SIP_FRAME_PONG, 2 },
		{ "X a SIP/2.0\r\nl:0\r\n\r\n", SIP_FRAME_MESSAGE, 20 },
		{ "X a SIP/2.0\r\nl:0\r\n\r\n\r\n", SIP_FRAME_MESSAGE, 20 },
		{ "X a SIP/2.0\r\nl:3\r\n\r\nabcd", SIP_FRAME_MESSAGE, 23 },
		{ "X a SIP/2.0\r\nl:\r\n 3\r\n \r\n\r\n\r\n\r\n", SIP_FRAME_MESSAGE, 29 },
		{ "sip/2.0 200\r\nTo: a\r\nCONTENT-LENGTH :4\r\nX: y\r\n\r\nX a SIP/2.0\r\n",
		  SIP_FRAME_MESSAGE, 51 },
		/* what is wrong with it is for sip_parse(): its length is clear */
		{ "X a SIP/2.0\r\nTo: a\r\nTo: b\r\nl:1\r\n\r\n?!", SIP_FRAME_MESSAGE, 35 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum sip_frame kind = 77;
		size_t n = 0;

		assert_int_equal(frame_at(rows[i].stream, false, &kind, &n), PARSE_OK);
		if (kind != rows[i].kind || n != rows[i].n)
			fail_msg("row %zu: %d of %zu", i, kind, n);
	}
}

static void what_is_not_all_there_is_partial(void **state)
{
	static const char *const rows[] = {
		"",
		"\r",
		"\r\n",
		"\r\n\r",
		"S",
		"SIP",
		"SIP/2.0 2",
		"X",
		"X a",
		"X a SIP/2.0\r",
		"X a SIP/2.0\r\n",
		"X a SIP/2.0\r\nl",
		"X a SIP/2.0\r\nl:0\r\n",
		"X a SIP/2.0\r\nl:0\r\n\r",
		"X a SIP/2.0\r\nl:1\r\n\r\n",
		"X a SIP/2.0\r\nl:100\r\n\r\nabc",
		"X a SIP/2.0\r\nl:2\r\n\r\na",
		"AMETHODOFMANYLETTERSTHATISNOTOVERYET",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum sip_frame kind = 77;
		size_t n = 4711;

		if (frame_at(rows[i], false, &kind, &n) != PARSE_PARTIAL)
			fail_msg("row %zu", i);
		assert_int_equal(kind, 77);
		assert_int_equal(n, 4711);
	}
}

static void a_lone_crlf_is_a_pong_once_the_stream_rests(void **state)
{
	enum sip_frame kind;
	size_t n;

	(void)state;
	assert_int_equal(frame_at("\r\n", false, &kind, &n), PARSE_PARTIAL);
	assert_int_equal(frame_at("\r\n", true, &kind, &n), PARSE_OK);
	assert_int_equal(kind, SIP_FRAME_PONG);
	assert_int_equal(n, 2);
	assert_int_equal(frame_at("\r\n\r\n", true, &kind, &n), PARSE_OK);
	assert_int_equal(kind, SIP_FRAME_PING);
	assert_int_equal(frame_at("\r", true, &kind, &n), PARSE_PARTIAL);
	assert_int_equal(frame_at("\r\n\r", true, &kind, &n), PARSE_PARTIAL);
	assert_int_equal(frame_at("X a SIP/2.0\r\n", true, &kind, &n), PARSE_PARTIAL);
}

static void what_no_connection_may_go_on_with_is_bad(void **state)
{
	static const struct slice rows[] = {
		/* no SIP: seen at once */
		BYTES("\n"),
		BYTES("\r\r"),
		BYTES("\rX"),
		BYTES("\r\n\rX"),
		BYTES(" "),
		BYTES("\0"),
		BYTES("\x16\x03\x01\x02\x00\x01\x00\x01"),
		BYTES("{\"a\""),
		BYTES("GET / HTTP"),
		BYTES("SIP/3"),
		BYTES("SIP/2.0 700"),
		/* or with its first line */
		BYTES("GET /index.html HTTP/1.1\r\n"),
		BYTES("SIP/2.0 200 OK\n"),
		BYTES("SSH-2.0-OpenSSH_9.2\r\n"),
		BYTES("X a SIP/2.0 \r\n"),
		/* or in its headers */
		BYTES("X a SIP/2.0\r\nTo: a\n"),
		BYTES("X a SIP/2.0\r\nTo: a\rb"),
		BYTES("X a SIP/2.0\r\nTo: \0"),
		BYTES("X a SIP/2.0\r\nno header\r\nl:0\r\n\r\n"),
		BYTES("X a SIP/2.0\r\n l:0\r\n\r\n"),
		/* Content-Length */
		BYTES("X a SIP/2.0\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nTo: a\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:0\r\nl:0\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:0\r\nContent-Length: 1\r\n\r\nx"),
		BYTES("X a SIP/2.0\r\nl:\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:-1\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:1,1\r\n\r\nx"),
		BYTES("X a SIP/2.0\r\nl:101\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:4294967296\r\n\r\n"),
		BYTES("X a SIP/2.0\r\nl:18446744073709551616\r\n\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t scanned = 0, n = 4711;
		enum sip_frame kind = 77;

		if (sip_frame(rows[i], false, HEADERS_MAX, BODY_MAX, &scanned, &kind, &n) !=
		    PARSE_BAD)
			fail_msg("row %zu: %s", i, rows[i].p);
		assert_int_equal(kind, 77);
		assert_int_equal(n, 4711);
	}
}

static void headers_have_a_limit_and_reach_it_exactly(void **state)
{
	static const struct slice message = BYTES("X a SIP/2.0\r\nl:2\r\n\r\nab");
	const size_t head = message.n - 2;
	enum sip_frame kind;
	size_t scanned, n;

	(void)state;
	for (size_t cut = 1; cut <= message.n; cut++) {
		struct slice stream = slice_of(message.p, cut);

		scanned = 0;
		assert_int_equal(sip_frame(stream, false, head, 2, &scanned, &kind, &n),
		                 cut < message.n ? PARSE_PARTIAL : PARSE_OK);
		scanned = 0;
		assert_int_equal(sip_frame(stream, false, head - 1, 2, &scanned, &kind, &n),
		                 cut < head - 1 ? PARSE_PARTIAL : PARSE_BAD);
		scanned = 0;
		assert_int_equal(sip_frame(stream, false, head, 1, &scanned, &kind, &n),
		                 cut < head ? PARSE_PARTIAL : PARSE_BAD);
	}
}

/* The limit of a body may be larger than any number that Content-Length can be. */
static void a_huge_limit_is_no_overflow(void **state)
{
	size_t scanned = 0, n;
	enum sip_frame kind;

	(void)state;
	assert_int_equal(sip_frame(SLICE("X a SIP/2.0\r\nl:2147483647\r\n\r\n"), false, SIZE_MAX,
	                           SIZE_MAX, &scanned, &kind, &n),
	                 PARSE_PARTIAL);
	scanned = 0;
	assert_int_equal(sip_frame(SLICE("X a SIP/2.0\r\nl:2147483648\r\n\r\n"), false, SIZE_MAX,
	                           SIZE_MAX, &scanned, &kind, &n),
	                 PARSE_BAD);
}

/* All good messages that say how long they are, with pings between. Returns its length. */
static size_t stream_write(char *out, size_t cap, unsigned *ret_frames)
{
	size_t n = 0;

	*ret_frames = 0;
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		const char *text = good_messages[i] + strspn(good_messages[i], "\r\n");

		if (!strcasestr(text, "\r\nContent-Length") && !strcasestr(text, "\r\nl:"))
			continue;
		n += (size_t)snprintf(out + n, cap - n, "%s%s", text, i % 3 ? "" : "\r\n\r\n");
		*ret_frames += i % 3 ? 1 : 2;
		assert_true(n < cap);
	}
	return n;
}

static void a_stream_in_pieces_gives_the_same_frames(void **state)
{
	static char stream[16384];
	unsigned frames, steps[] = { 1, 2, 3, 5, 7, 64, 1000, 16384 };
	size_t n = stream_write(stream, sizeof(stream), &frames);

	(void)state;
	assert_true(frames > 15);
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		size_t at = 0, seen = 0, scanned = 0, frame_n;
		unsigned found = 0;
		enum sip_frame kind;

		while (at < n) {
			enum parse parse =
				sip_frame(slice_of(stream + at, seen - at), false, HEADERS_MAX,
			                  BODY_MAX, &scanned, &kind, &frame_n);

			assert_int_not_equal(parse, PARSE_BAD);
			if (parse == PARSE_OK) {
				found++;
				at += frame_n;
				scanned = 0;
			} else {
				assert_true(seen < n);
				seen = seen + steps[s] < n ? seen + steps[s] : n;
			}
		}
		assert_int_equal(at, n);
		assert_int_equal(found, frames);
	}
}

static void every_prefix_is_read_within_its_pages(void **state)
{
	struct guard guard = guard_new(4096);

	(void)state;
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		struct slice whole = slice_str(good_messages[i]);

		for (size_t n = 0; n < whole.n; n++) {
			struct slice cut = slice_of(whole.p, n);
			size_t scanned[2] = { 0 }, frame_n;
			enum sip_frame kind;
			enum parse front = sip_frame(guard_front(&guard, cut), false, 4096, 4096,
			                             &scanned[0], &kind, &frame_n);
			enum parse back = sip_frame(guard_back(&guard, cut), false, 4096, 4096,
			                            &scanned[1], &kind, &frame_n);

			assert_int_equal(front, back);
			assert_int_equal(scanned[0], scanned[1]);
		}
	}
	guard_free(&guard);
}

/* Shows a stream of n bytes a byte at a time, while pages that were looked at may not be touched
 * again. The first page stays: each call looks at how the frame begins. */
static void show_by_bytes(struct guard *guard, size_t from, size_t n, size_t *scanned)
{
	char *stream = guard->map + guard->page;
	size_t closed = 1, frame_n;
	enum sip_frame kind;

	for (size_t seen = from; seen < n; seen++) {
		/* the last bytes of a page may be looked back at: a CRLF, a backslash */
		if (seen > (closed + 1) * guard->page + 8)
			assert_int_equal(
				mprotect(stream + closed++ * guard->page, guard->page, PROT_NONE),
				0);
		assert_int_equal(sip_frame(slice_of(stream, seen), false, SIZE_MAX, SIZE_MAX / 2,
		                           scanned, &kind, &frame_n),
		                 PARSE_PARTIAL);
	}
	assert_int_equal(mprotect(stream, guard->cap, PROT_READ | PROT_WRITE), 0);
}

static void a_byte_a_segment_costs_linear_time(void **state)
{
	static const char *const parts[] = { "a: b\r\n", "a:\r\n ", "x: \t\t\t\t\t\t\t", "y:" };
	static const char start[] = "SIP/2.0 200 OK\r\n", end[] = "\r\nl: 100000\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct guard guard = guard_new(300000);
		char *stream = guard.map + guard.page;
		size_t n = sizeof(start) - 1, part = strlen(parts[i]), scanned = 0, frame_n;
		enum sip_frame kind;

		memcpy(stream, start, n);
		while (n < 150000) {
			memcpy(stream + n, parts[i], part);
			n += part;
		}
		memcpy(stream + n, "z: z", 4);
		n += 4;
		memcpy(stream + n, end, sizeof(end) - 1);
		show_by_bytes(&guard, 1, n + sizeof(end) - 3, &scanned);
		n += sizeof(end) - 1;
		assert_int_equal(sip_frame(slice_of(stream, n), false, SIZE_MAX, SIZE_MAX / 2,
		                           &scanned, &kind, &frame_n),
		                 PARSE_PARTIAL);
		/* and then the body, with the headers out of sight */
		show_by_bytes(&guard, n, n + 100000, &scanned);
		assert_int_equal(sip_frame(slice_of(stream, n + 100000), false, SIZE_MAX,
		                           SIZE_MAX / 2, &scanned, &kind, &frame_n),
		                 PARSE_OK);
		assert_int_equal(frame_n, n + 100000);
		guard_free(&guard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_frames_are_found),
		cmocka_unit_test(what_is_not_all_there_is_partial),
		cmocka_unit_test(a_lone_crlf_is_a_pong_once_the_stream_rests),
		cmocka_unit_test(what_no_connection_may_go_on_with_is_bad),
		cmocka_unit_test(headers_have_a_limit_and_reach_it_exactly),
		cmocka_unit_test(a_huge_limit_is_no_overflow),
		cmocka_unit_test(a_stream_in_pieces_gives_the_same_frames),
		cmocka_unit_test(every_prefix_is_read_within_its_pages),
		cmocka_unit_test(a_byte_a_segment_costs_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
