/* What a server wrote, as it enters JSON and traces: cut at a length, marked, and valid whatever it
 * was; and a cause on terminals of all widths. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "cli/result.h"
#include "cli/show_cause.h"

#define DATAGRAM_MAX 65507

static json_t *loaded(const struct buf *text)
{
	json_t *json;

	assert_false(text->full);
	json = json_loadb(text->p, text->n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(json);
	return json;
}

static void a_text_is_cut_between_characters_and_marked(void **state)
{
	/* The character that begins at 1024 - before has so many bytes. */
	static const struct {
		const char *character;
		size_t before, kept;
	} rows[] = {
		{ "a", 0, 1024 },          { "\u00e4", 0, 1024 },     { "\u00e4", 1, 1023 },
		{ "\u00e4", 2, 1024 },     { "\u20ac", 1, 1023 },     { "\u20ac", 2, 1022 },
		{ "\U0001f4de", 3, 1021 }, { "\U0001f4de", 4, 1024 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char input[1100], memory[8192];
		struct buf out = buf_over(memory, sizeof(memory));
		struct json json = json_over(&out);
		json_t *got;

		memset(input, 'a', sizeof(input));
		memcpy(input + 1024 - rows[i].before, rows[i].character, strlen(rows[i].character));
		result_json_text(&json, NULL, slice_of(input, sizeof(input)));
		got = loaded(&out);
		assert_int_equal(json_string_length(got), rows[i].kept + 3);
		assert_memory_equal(json_string_value(got), input, rows[i].kept);
		assert_string_equal(json_string_value(got) + rows[i].kept, "...");
		json_decref(got);
	}
}

static void a_text_that_fits_is_whole(void **state)
{
	char input[RESULT_TEXT_MAX], memory[8192];

	(void)state;
	memset(input, '\x7f', sizeof(input));
	for (size_t n = 0; n <= sizeof(input); n += 512) {
		struct buf out = buf_over(memory, sizeof(memory));
		struct json json = json_over(&out);
		json_t *got;

		result_json_text(&json, NULL, slice_of(input, n));
		got = loaded(&out);
		assert_int_equal(json_string_length(got), n);
		json_decref(got);
	}
}

/* A datagram at its largest: what stands in front, then one byte over and over. */
static struct slice datagram(char *memory, const char *front, char byte)
{
	memset(memory, byte, DATAGRAM_MAX);
	memcpy(memory, front, strlen(front));
	return slice_of(memory, DATAGRAM_MAX);
}

static void a_message_of_any_bytes_is_traced_within_its_room(void **state)
{
	static const char *const fronts[] = { "", "Authorization: Digest ", "a: b\r\n c",
		                              "Authorization: Digest a=\"" };
	char *memory = malloc(DATAGRAM_MAX), *print = malloc(MESSAGE_PRINT_MAX);
	struct sip_msg msg = { .status = 403 };
	struct net_addr peer;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("192.0.2.1"), 5060, &peer), 0);
	for (unsigned i = 0; i < 4 * 256; i++) {
		struct message message = { .peer = &peer, .transport = "udp", .msg = &msg };
		struct buf out = buf_over(print, MESSAGE_PRINT_MAX);
		static const char mark[] = "... (cut, of 65507 bytes)\n";
		const char *text;
		json_t *got;

		message.bytes = datagram(memory, fronts[i / 256], (char)i);
		msg.reason = message.bytes;
		message_json(&message, MESSAGE_TRACED, &out);
		got = loaded(&out);
		text = json_string_value(json_object_get(got, "message"));
		assert_string_equal(text + strlen(text) - strlen(mark), mark);
		json_decref(got);

		out = buf_over(print, MESSAGE_PRINT_MAX);
		message_trace(&message, &out);
		assert_false(out.full);
		assert_memory_equal(out.p + out.n - strlen(mark), mark, strlen(mark));
	}
	free(memory);
	free(print);
}

static void a_short_message_is_traced_whole(void **state)
{
	char print[4096];
	struct sip_msg msg = { .status = 200 };
	struct message message = { .transport = "udp", .msg = &msg, .bytes = SLICE("a: b\r\n") };
	struct buf out = buf_over(print, sizeof(print));

	(void)state;
	message_trace(&message, &out);
	buf_end(&out);
	assert_string_equal(print, "  < a: b\n");
}

static void show(const struct term *term, const struct explain_cause *cause)
{
	static const struct explain_words words = { .server = { "pbx.example", 11 } };

	show_cause_title(term, TERM_MARK_BAD, cause, 401);
	show_cause_text(term, cause->meaning, &words, 0, SHOW_CAUSE_INDENT);
	show_cause_advice(term, cause, &words);
	show_cause_more(term, cause);
}

static void assert_no_wider(struct slice text, unsigned width, const char *id)
{
	for (struct slice line, rest = text; rest.n; rest = slice_from(rest, line.n + 1)) {
		line = slice_of(rest.p, slice_find(rest, '\n'));
		if (term_columns(line) > width)
			fail_msg("%s: wider than %u: %.*s", id, width, (int)line.n, line.p);
		if (line.n && line.p[line.n - 1] == ' ')
			fail_msg("%s: a blank at the end: %.*s", id, (int)line.n, line.p);
	}
}

static void a_cause_fits_every_terminal(void **state)
{
	static const unsigned widths[] = { 40, 41, 60, 79, 80, 132 };
	const struct explain_cause *cause;

	(void)state;
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		for (unsigned j = 0; j < sizeof(widths) / sizeof(*widths); j++) {
			char *text;
			size_t n;
			struct term term = { .width = widths[j], .utf8 = true };

			term.file = open_memstream(&text, &n);
			show(&term, cause);
			fclose(term.file);
			assert_no_wider(slice_of(text, n), widths[j], cause->id);
			free(text);
		}
	}
}

static void what_has_no_room_stands_on_a_line_of_its_own(void **state)
{
	static const struct {
		unsigned width;
		const char *want;
	} rows[] = {
		{ 30, "x A title               x, 401\n" },
		{ 17, "x A title  x, 401\n" },
		{ 16, "x A title\n  x, 401\n" },
		{ 8, "x A\n  title\n  x, 401\n" },
	};
	static const struct explain_cause cause = { .id = "x", .title = "A title" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text;
		size_t n;
		struct term term = { .width = rows[i].width };

		term.file = open_memstream(&text, &n);
		show_cause_title(&term, TERM_MARK_BAD, &cause, 401);
		fclose(term.file);
		assert_string_equal(text, rows[i].want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_cut_between_characters_and_marked),
		cmocka_unit_test(a_text_that_fits_is_whole),
		cmocka_unit_test(a_message_of_any_bytes_is_traced_within_its_room),
		cmocka_unit_test(a_short_message_is_traced_whole),
		cmocka_unit_test(a_cause_fits_every_terminal),
		cmocka_unit_test(what_has_no_room_stands_on_a_line_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
