/* Lines of a log are read back: what log/ writes, in every format, and what other systems write. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cli/log_line.h"

#define ADDRESS "sip:5555555@1234567.ac1.vbspbx.com"
#define NONE    (LOG_KIND_COUNT) /* no line of a log */

#define IS(text) \
	{ \
		text, sizeof(text) - 1 \
	}

static const struct {
	const char *text;
	enum log_kind kind;
	struct log_line line; /* the other members */
} rows[] = {
	/* The article's. */
	{ "SIP: Ctx (nil) send REGISTER: sip:1234567.ac1.vbspbx.com",
	  LOG_SEND,
	  { .first = true, .uri = IS("sip:1234567.ac1.vbspbx.com") } },
	{ "SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized",
	  LOG_RECV,
	  { .status = 401, .reason = IS("Unauthorized") } },
	{ "SIP: Retrying REGISTER with updated authentication", LOG_RETRY_AUTH, { 0 } },
	{ "SIP: Ctx 0xab0001 recv REGISTER: 200 OK",
	  LOG_RECV,
	  { .status = 200, .reason = IS("OK") } },
	{ "SIP: Passing message to the context 0xa000001", LOG_PASS, { 0 } },
	{ "SIP: REGISTER " ADDRESS ": 401 Unauthorized",
	  LOG_RESULT,
	  { .status = 401, .reason = IS("Unauthorized"), .address = IS(ADDRESS) } },
	{ "SIP: Can not authenticate request", LOG_CANNOT_AUTH, { 0 } },
	{ "SIP: REGISTER failed for " ADDRESS " (status code: 401)",
	  LOG_FAILED,
	  { .status = 401, .address = IS(ADDRESS) } },

	/* The remarks that are known. */
	{ "SIP: sip:1001@pbx.example is registered no longer: no refresh succeeded in the granted "
	  "time",
	  LOG_NOTE,
	  { .says = LOG_LINE_LAPSED, .address = IS("sip:1001@pbx.example") } },
	{ "level=warn event=note address=sip:1001@pbx.example text=\"sip:1001@pbx.example is "
	  "registered "
	  "no longer: no refresh succeeded in the granted time\"",
	  LOG_NOTE,
	  { .first = true, .says = LOG_LINE_LAPSED, .address = IS("sip:1001@pbx.example") } },
	{ "SIP: is registered no longer: no refresh succeeded in the granted time", NONE, { 0 } },
	{ "09:14 SIP: TCP connection to pbx.example (192.0.2.10:5060) lost: Connection reset by "
	  "peer; the next one in 1 s",
	  LOG_NOTE,
	  { .says = LOG_LINE_LOST, .transport = IS("TCP") } },
	{ "level=info event=note text=\"TLS to pbx.example goes to [2001:db8::11]:5061, which "
	  "opened "
	  "first of 2 addresses and is kept while it answers\"",
	  LOG_NOTE,
	  { .first = true, .says = LOG_LINE_OPENED, .transport = IS("TLS") } },
	{ "SIP: TCP to pbx.example opens at none of 2 addresses; 192.0.2.10:5060 failed (x)",
	  LOG_NOTE,
	  { .says = LOG_LINE_SHUT, .transport = IS("TCP") } },
	{ "SIP: TLS connection to pbx.example (192.0.2.10:5061) does not open: the server's "
	  "certificate has expired",
	  LOG_NOTE,
	  { .says = LOG_LINE_SHUT, .local = REG_LOCAL_TLS_EXPIRED, .transport = IS("TLS") } },
	{ "SIP: TCP connection to pbx.example (192.0.2.10:5060) does not open: of words unknown",
	  LOG_NOTE,
	  { .says = LOG_LINE_SHUT, .transport = IS("TCP") } },
	{ "SIP: UDP to pbx.example (192.0.2.10:5060): nothing came back within 32 s; the next "
	  "address is tried",
	  LOG_NOTE,
	  { .says = LOG_LINE_SHUT, .local = REG_LOCAL_SILENCE, .transport = IS("UDP") } },
	{ "SIP: UDP to pbx.example (192.0.2.10:5060): nothing", NONE, { 0 } },
	{ "SIP: TCP connection to pbx.example", NONE, { 0 } },
	{ "SIP: TLS to pbx.example", NONE, { 0 } },
	{ "{\"event\":\"send\",\"transport\":\"tcp\",\"uri\":\"sip:b\"}",
	  LOG_SEND,
	  { .first = true, .uri = IS("sip:b"), .transport = IS("TCP") } },
	{ "SIP: our Via came back changed", NONE, { 0 } },

	/* Something in front, something behind, other letters. */
	{ "09:14:02.131  SIP: Ctx 0xa000001 recv REGISTER: 403 Forbidden",
	  LOG_RECV,
	  { .status = 403, .reason = IS("Forbidden") } },
	{ "Nov 22 10:18:04 studio vx[12]: SIP: sip: Ctx 0x1 recv REGISTER: 404 Not Found\r",
	  LOG_RECV,
	  { .status = 404, .reason = IS("Not Found") } },
	{ "\tsip: register FAILED FOR sip:a@b (status code: 404) again",
	  LOG_FAILED,
	  { .status = 404, .address = IS("sip:a@b") } },
	{ "SIP: REGISTER sip:1@[::1]: 503",
	  LOG_RESULT,
	  { .status = 503, .address = IS("sip:1@[::1]") } },
	{ "SIP: Ctx 0x2 send REGISTER: sip:a", LOG_SEND, { .uri = IS("sip:a") } },
	{ "SIP: Ctx 0x2 recv REGISTER: 403 a\\x1b\\\\b",
	  LOG_RECV,
	  { .status = 403, .reason = IS("a\x1b\\b") } },

	/* Nearly one. */
	{ "", NONE, { 0 } },
	{ "SIP: ", NONE, { 0 } },
	{ "SIP: hello", NONE, { 0 } },
	{ "xSIP: Can not authenticate request", NONE, { 0 } },
	{ "SIP: Ctx", NONE, { 0 } },
	{ "SIP: Ctx 0x1", NONE, { 0 } },
	{ "SIP: Ctx 0x1 send REGISTER: ", NONE, { 0 } },
	{ "SIP: Ctx 0x1 send OPTIONS: sip:a", NONE, { 0 } },
	{ "SIP: Ctx 0x1 recv REGISTER: ", NONE, { 0 } },
	{ "SIP: Ctx 0x1 recv REGISTER: 99 No", NONE, { 0 } },
	{ "SIP: Ctx 0x1 recv REGISTER: 099 No", NONE, { 0 } },
	{ "SIP: Ctx 0x1 recv REGISTER: 700 No", NONE, { 0 } },
	{ "SIP: Ctx 0x1 recv REGISTER: 4010 No", NONE, { 0 } },
	{ "SIP: REGISTER sip:a@b 401", NONE, { 0 } },
	{ "SIP: REGISTER failed for sip:a@b", NONE, { 0 } },
	{ "SIP: REGISTER failed for sip:a@b (status code: 401", NONE, { 0 } },
	{ "SIP: REGISTER failed for sip:a@b (status code: many)", NONE, { 0 } },

	/* logfmt */
	{ "time=x level=warn event=result ctx=0x1 status=402 reason=\"Bad Extension\" "
	  "address=sip:a@b",
	  LOG_RESULT,
	  { .status = 402, .reason = IS("Bad Extension"), .address = IS("sip:a@b") } },
	{ "host lineup[7]: event=recv  status=403 reason=\"a \\\"b\\\" \\x1b \\\\\"",
	  LOG_RECV,
	  { .status = 403, .reason = IS("a \"b\" \x1b \\"), .first = true } },
	{ "event=send uri=sip:a", LOG_SEND, { .first = true, .uri = IS("sip:a") } },
	{ "event=send ctx=0x1 uri=sip:a", LOG_SEND, { .uri = IS("sip:a") } },
	{ "event=note text=\"SIP: Can not authenticate request\"", LOG_NOTE, { .first = true } },
	{ "event=recv status=40x", LOG_RECV, { .first = true } },
	{ "event=other status=401", NONE, { 0 } },
	{ "status=401 reason=\"open", NONE, { 0 } },
	{ "status=401 reason=\"open event=recv", NONE, { 0 } },

	/* json */
	{ "{\"time\":\"x\",\"event\":\"failed\",\"status\":404,\"address\":\"sip:a@b\"}",
	  LOG_FAILED,
	  { .status = 404, .address = IS("sip:a@b"), .first = true } },
	{ " { \"event\": \"recv\", \"ctx\": \"0x1\", \"status\": 401, \"reason\": \"\" }",
	  LOG_RECV,
	  { .status = 401, .reason = IS("") } },
	{ "{\"event\":\"recv\",\"reason\":\"\\u0041\\u00e9\\u20ac\\ud800\\n\\/\\\"\\\\\"}",
	  LOG_RECV,
	  { .reason = IS("A\u00e9\u20ac\ufffd\n/\"\\"), .first = true } },
	{ "{\"event\":\"recv\",\"reason\":\"\\u00e\\xg\"}",
	  LOG_RECV,
	  { .reason = IS("u00exg"), .first = true } },
	{ "{\"event\":\"log\",\"text\":\"SIP: REGISTER sip:a@b: 403 No\"}",
	  LOG_RESULT,
	  { .status = 403, .reason = IS("No"), .address = IS("sip:a@b") } },
	{ "{\"event\":\"log\",\"text\":\"{\\\"event\\\":\\\"pass\\\"}\"}",
	  LOG_PASS,
	  { .first = true } },
	{ "{\"event\":\"log\",\"text\":\"{\\\"text\\\":\\\"SIP: Can not authenticate "
	  "request\\\"}\"}",
	  NONE,
	  { 0 } },
	{ "{\"event\":\"result\",\"status\":200,\"bindings\":[{\"uri\":\"sip:x\",\"status\":3}],"
	  "\"nat\":{\"reason\":\"x\"},\"reason\":\"OK\"}",
	  LOG_RESULT,
	  { .status = 200, .reason = IS("OK"), .first = true } },
	{ "{\"event\":\"result\",\"status\":403,\"cause\":{\"id\":\"banned\",\"title\":\"T\"}}",
	  LOG_RESULT,
	  { .status = 403, .id = IS("banned"), .first = true } },
	{ "{\"event\":\"send\",\"credentials\":false}", LOG_SEND, { .first = true } },
	{ "{\"event\":\"send\",\"credentials\":true}", LOG_SEND, { 0 } },
	{ "{\"event\":\"state\",\"state\":\"TRYING\",\"text\":\"REGISTER under way\"}",
	  NONE,
	  { 0 } },
	{ "{\"event\":\"recv", NONE, { 0 } },
	{ "{", NONE, { 0 } },
};

static void must_equal(size_t row, const char *what, struct slice got, struct slice want)
{
	if (!slice_equal(got, want))
		fail_msg("row %zu: %s is \"%.*s\"", row, what, (int)got.n, got.p);
}

static void each_form_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct log_line *want = &rows[i].line;
		char memory[1024];
		struct buf room = buf_over(memory, sizeof(memory));
		struct log_line line = { .kind = LOG_KIND_COUNT };

		if (log_line_read(slice_str(rows[i].text), &room, &line) !=
		            (rows[i].kind != NONE) ||
		    line.kind != rows[i].kind)
			fail_msg("row %zu: kind %d of: %s", i, (int)line.kind, rows[i].text);
		if (line.kind == NONE)
			continue;
		assert_int_equal(line.status, want->status);
		if (line.kind == LOG_SEND)
			assert_int_equal(line.first, want->first);
		assert_int_equal(line.says, want->says);
		assert_int_equal(line.local, want->local);
		must_equal(i, "reason", line.reason, want->reason);
		must_equal(i, "uri", line.uri, want->uri);
		must_equal(i, "address", line.address, want->address);
		must_equal(i, "id", line.id, want->id);
		must_equal(i, "transport", line.transport, want->transport);
	}
}

/* Whatever the log writes comes back, in each format, hostile reasons included. */
static void what_the_log_writes_is_read_back(void **state)
{
	static const struct slice reasons[] = { IS("Unauthorized"), IS("a \"b\" = \\ c: d"),
		                                IS("\x1b[2J\r\n\x7f"),
		                                IS("Z\u00fcrich (status code: 200)"),
		                                IS("event=pass \"status\":100}") };

	(void)state;
	for (unsigned i = 0; i < 3 * LOG_KIND_COUNT * 5; i++) {
		enum log_format format = (enum log_format)(i % 3);
		const struct log_event event = {
			.kind = (enum log_kind)(i / 3 % LOG_KIND_COUNT),
			.level = LOG_LEVEL_INFO,
			.ctx = 0xa000001,
			.status = 403,
			.reason = reasons[i / 3 / LOG_KIND_COUNT],
			.uri = SLICE("sip:pbx.example"),
			.address = SLICE("sip:1001@pbx.example"),
		};
		bool reason =
			format != LOG_CLASSIC || event.kind == LOG_RECV || event.kind == LOG_RESULT;
		char text[512], memory[1024];
		struct buf out = buf_over(text, sizeof(text));
		struct buf room = buf_over(memory, sizeof(memory));
		struct log_line line;

		if ((event.kind == LOG_NOTE || event.kind == LOG_CALL) && format == LOG_CLASSIC)
			continue;
		log_write(format, &event, &out);
		assert_true(log_line_read(buf_slice(&out), &room, &line));
		assert_int_equal(line.kind, event.kind);
		if (reason)
			must_equal(i, "reason", line.reason, event.reason);
		assert_false(line.kind == LOG_SEND && line.first);
	}
}

/* A line that is cut anywhere is another line or none, and is never read past its end. */
static void a_line_that_is_cut_is_read_no_further(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t n = 0; n <= strlen(rows[i].text); n++) {
			char memory[1024];
			char *text = malloc(n + !n);
			struct buf room = buf_over(memory, sizeof(memory));
			struct log_line line;

			assert_non_null(text);
			memcpy(text, rows[i].text, n);
			if (log_line_read(slice_of(text, n), &room, &line))
				assert_in_range(line.kind, 0, LOG_KIND_COUNT - 1);
			free(text);
		}
	}
}

static void memory_that_is_too_small_is_no_line(void **state)
{
	static const char *const lines[] = {
		"event=recv status=403 reason=Forbidden",
		"{\"event\":\"recv\",\"reason\":\"Forbidden\"}",
		"SIP: Ctx 0x1 recv REGISTER: 403 Forbidden",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char memory[8];
		struct buf room = buf_over(memory, sizeof(memory));
		struct log_line line;

		assert_false(log_line_read(slice_str(lines[i]), &room, &line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(what_the_log_writes_is_read_back),
		cmocka_unit_test(a_line_that_is_cut_is_read_no_further),
		cmocka_unit_test(memory_that_is_too_small_is_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
