/* One event, three formats: the vendor's wording letter for letter, and lines for machines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/rng.h"
#include "log/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define WALL_MS 1795342684113 /* 2026-11-22T10:18:04.113Z */
#define TIME    "2026-11-22T10:18:04.113Z"

static void assert_line(enum log_format format, const struct log_event *event, const char *expected)
{
	char memory[1024];
	struct buf b = buf_over(memory, sizeof(memory));

	log_write(format, event, &b);
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(memory, expected);
}

struct row {
	struct log_event event;
	const char *classic, *logfmt, *json;
};

#define INFO(log_kind) .kind = log_kind, .level = LOG_LEVEL_INFO, .wall_ms = WALL_MS
#define FMT            "time=" TIME " level=info event="
#define JSON           "{\"time\":\"" TIME "\",\"level\":\"info\",\"event\":\""

static const struct row rows[] = {
	/* the article's lines */
	{ { INFO(LOG_SEND), .uri = SLICE("sip:1234567.ac1.vbspbx.com") },
	  "SIP: Ctx (nil) send REGISTER: sip:1234567.ac1.vbspbx.com",
	  FMT "send uri=sip:1234567.ac1.vbspbx.com",
	  JSON "send\",\"uri\":\"sip:1234567.ac1.vbspbx.com\"}" },
	{ { INFO(LOG_RECV), .ctx = 0xa000001, .status = 401, .reason = SLICE("Unauthorized") },
	  "SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized",
	  FMT "recv ctx=0xa000001 status=401 reason=Unauthorized",
	  JSON "recv\",\"ctx\":\"0xa000001\",\"status\":401,\"reason\":\"Unauthorized\"}" },
	{ { INFO(LOG_RETRY_AUTH) },
	  "SIP: Retrying REGISTER with updated authentication",
	  FMT "retry-auth",
	  JSON "retry-auth\"}" },
	{ { INFO(LOG_RECV), .ctx = 0xab0001, .status = 200, .reason = SLICE("OK") },
	  "SIP: Ctx 0xab0001 recv REGISTER: 200 OK",
	  FMT "recv ctx=0xab0001 status=200 reason=OK",
	  JSON "recv\",\"ctx\":\"0xab0001\",\"status\":200,\"reason\":\"OK\"}" },
	{ { INFO(LOG_PASS), .ctx = 0xa000001 },
	  "SIP: Passing message to the context 0xa000001",
	  FMT "pass ctx=0xa000001",
	  JSON "pass\",\"ctx\":\"0xa000001\"}" },
	{ { INFO(LOG_RESULT), .address = SLICE("sip:5555555@1234567.ac1.vbspbx.com"), .status = 401,
	    .reason = SLICE("Unauthorized") },
	  "SIP: REGISTER sip:5555555@1234567.ac1.vbspbx.com: 401 Unauthorized",
	  FMT "result status=401 reason=Unauthorized address=sip:5555555@1234567.ac1.vbspbx.com",
	  JSON "result\",\"status\":401,\"reason\":\"Unauthorized\","
	       "\"address\":\"sip:5555555@1234567.ac1.vbspbx.com\"}" },
	{ { INFO(LOG_CANNOT_AUTH) },
	  "SIP: Can not authenticate request",
	  FMT "cannot-auth",
	  JSON "cannot-auth\"}" },
	{ { INFO(LOG_FAILED), .address = SLICE("sip:5555555@1234567.ac1.vbspbx.com"),
	    .status = 401 },
	  "SIP: REGISTER failed for sip:5555555@1234567.ac1.vbspbx.com (status code: 401)",
	  FMT "failed status=401 address=sip:5555555@1234567.ac1.vbspbx.com",
	  JSON "failed\",\"status\":401,"
	       "\"address\":\"sip:5555555@1234567.ac1.vbspbx.com\"}" },
	{ { INFO(LOG_CALL), .address = SLICE("sip:1@p"), .uri = SLICE("sip:2@p"), .status = 302,
	    .text = SLICE("sent on to sip:desk@studio.example") },
	  "SIP: Call for sip:1@p from sip:2@p: sent on to sip:desk@studio.example",
	  FMT "call status=302 uri=sip:2@p address=sip:1@p"
	      " text=\"sent on to sip:desk@studio.example\"",
	  JSON "call\",\"status\":302,\"uri\":\"sip:2@p\",\"address\":\"sip:1@p\","
	       "\"text\":\"sent on to sip:desk@studio.example\"}" },
	{ { INFO(LOG_NOTE), .text = SLICE("refresh in 3300 s") },
	  "SIP: refresh in 3300 s",
	  FMT "note text=\"refresh in 3300 s\"",
	  JSON "note\",\"text\":\"refresh in 3300 s\"}" },

	/* what is set is shown by the formats for machines, whatever the kind */
	{ { INFO(LOG_SEND), .ctx = 0xffffffff, .uri = SLICE("sip:p"), .address = SLICE("sip:1@p") },
	  "SIP: Ctx 0xffffffff send REGISTER: sip:p",
	  FMT "send ctx=0xffffffff uri=sip:p address=sip:1@p",
	  JSON "send\",\"ctx\":\"0xffffffff\",\"uri\":\"sip:p\",\"address\":\"sip:1@p\"}" },
	{ { INFO(LOG_PASS), .ctx = 1 },
	  "SIP: Passing message to the context 0x1",
	  FMT "pass ctx=0x1",
	  JSON "pass\",\"ctx\":\"0x1\"}" },

	/* text of strangers */
	{ { INFO(LOG_RECV), .status = 403, .reason = SLICE("") },
	  "SIP: Ctx (nil) recv REGISTER: 403",
	  FMT "recv status=403 reason=\"\"",
	  JSON "recv\",\"status\":403,\"reason\":\"\"}" },
	{ { INFO(LOG_RECV), .status = 403, .reason = SLICE("No\r\nSIP: x\x1b[2J \xff") },
	  "SIP: Ctx (nil) recv REGISTER: 403 No\\x0d\\x0aSIP: x\\x1b[2J \\xff",
	  FMT "recv status=403 reason=\"No\\x0d\\x0aSIP: x\\x1b[2J \\xff\"",
	  JSON "recv\",\"status\":403,"
	       "\"reason\":\"No\\u000d\\u000aSIP: x\\u001b[2J \xef\xbf\xbd\"}" },
	{ { INFO(LOG_NOTE), .text = SLICE("a=\"b\\\" level=error") },
	  "SIP: a=\"b\\\\\" level=error",
	  FMT "note text=\"a=\\\"b\\\\\\\" level=error\"",
	  JSON "note\",\"text\":\"a=\\\"b\\\\\\\" level=error\"}" },
	{ { INFO(LOG_NOTE), .text = SLICE("a=b") },
	  "SIP: a=b",
	  FMT "note text=\"a=b\"",
	  JSON "note\",\"text\":\"a=b\"}" },
	{ { INFO(LOG_RESULT), .address = SLICE("sip:Z\xc3\xbcrich@p"), .status = 200 },
	  "SIP: REGISTER sip:Z\xc3\xbcrich@p: 200",
	  FMT "result status=200 address=\"sip:Z\xc3\xbcrich@p\"",
	  JSON "result\",\"status\":200,\"address\":\"sip:Z\xc3\xbcrich@p\"}" },
	{ { INFO(LOG_SEND), .uri = SLICE("sip:\xe2\x80\xaegro.live") },
	  "SIP: Ctx (nil) send REGISTER: sip:\\xe2\\x80\\xaegro.live",
	  FMT "send uri=\"sip:\\xe2\\x80\\xaegro.live\"",
	  JSON "send\",\"uri\":\"sip:\\u202egro.live\"}" },
};

static void classic_is_the_vendors_wording(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_line(LOG_CLASSIC, &rows[i].event, rows[i].classic);
}

static void logfmt_quotes_what_needs_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_line(LOG_LOGFMT, &rows[i].event, rows[i].logfmt);
}

static void json_has_the_same_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_line(LOG_JSON, &rows[i].event, rows[i].json);
}

static void each_kind_has_a_name_of_its_own(void **state)
{
	static const char *const names[] = { "send",   "recv",   "retry-auth",
		                             "pass",   "result", "cannot-auth",
		                             "failed", "call",   "note" };

	(void)state;
	assert_int_equal(COUNT(names), LOG_KIND_COUNT);
	for (unsigned kind = 0; kind < LOG_KIND_COUNT; kind++) {
		const struct log_event event = { .kind = kind, .level = LOG_LEVEL_WARN };
		char expected[128];

		snprintf(expected, sizeof(expected),
		         "time=1970-01-01T00:00:00.000Z level=warn event=%s", names[kind]);
		assert_line(LOG_LOGFMT, &event, expected);
	}
}

/* Whatever bytes come in: one line, valid JSON, no byte that a terminal obeys. */
static void any_bytes_make_one_harmless_line(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 12);
	for (int i = 0; i < 20000; i++) {
		char bytes[24], memory[1024];
		size_t n = rng_between(&rng, 0, sizeof(bytes));
		struct log_event event = { INFO((enum log_kind)(i % LOG_KIND_COUNT)),
			                   .ctx = (uint32_t)rng_u64(&rng) };

		for (size_t k = 0; k < n; k++) /* half of them in the range of UTF-8 */
			bytes[k] = (char)(rng_u64(&rng) >> rng_between(&rng, 0, 1) | (k & 1) << 7);
		event.reason = event.uri = event.address = event.text = slice_of(bytes, n);
		for (enum log_format format = LOG_CLASSIC; format <= LOG_JSON; format++) {
			struct buf b = buf_over(memory, sizeof(memory));

			log_write(format, &event, &b);
			assert_int_equal(buf_end(&b), 0);
			for (size_t k = 0; k < b.n; k++)
				assert_true((unsigned char)memory[k] >= ' ' && memory[k] != 0x7f);
			if (format != LOG_JSON)
				continue;
			json_t *json = json_loadb(memory, b.n,
			                          JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

			assert_non_null(json);
			assert_int_equal(json_object_size(json), 8 - (event.ctx == 0));
			json_decref(json);
		}
	}
}

static void a_line_that_does_not_fit_is_said_to_be_cut(void **state)
{
	char memory[40];

	(void)state;
	for (enum log_format format = LOG_CLASSIC; format <= LOG_JSON; format++) {
		struct buf b = buf_over(memory, sizeof(memory));

		log_write(format, &rows[0].event, &b);
		assert_int_equal(buf_end(&b), -ENOBUFS);
	}
}

static void assert_time(int64_t wall_ms, const char *expected)
{
	char memory[32];
	struct buf b = buf_over(memory, sizeof(memory));

	log_time_utc(wall_ms, &b);
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(memory, expected);
}

static void a_time_is_written_as_rfc_3339_in_utc(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *text;
	} times[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ WALL_MS, TIME },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 951868800000, "2000-03-01T00:00:00.000Z" },
		{ 1709164800000, "2024-02-29T00:00:00.000Z" },
		{ 1709251200000, "2024-03-01T00:00:00.000Z" },
		{ 1735689599999, "2024-12-31T23:59:59.999Z" },
		{ 2147483648000, "2038-01-19T03:14:08.000Z" },
		{ 4107542399999, "2100-02-28T23:59:59.999Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" },
		{ -2203891200000, "1900-03-01T00:00:00.000Z" },
		{ -62167219200000, "0000-01-01T00:00:00.000Z" },
		{ -62162035200000, "0000-03-01T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		/* held at the years that four digits can write */
		{ -62167219200001, "0000-01-01T00:00:00.000Z" },
		{ 253402300800000, "9999-12-31T23:59:59.999Z" },
		{ INT64_MIN, "0000-01-01T00:00:00.000Z" },
		{ INT64_MAX, "9999-12-31T23:59:59.999Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		assert_time(times[i].wall_ms, times[i].text);
}

static unsigned days_of(unsigned month, unsigned year)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static void every_day_of_ten_thousand_years_follows_the_one_before(void **state)
{
	unsigned year = 0, month = 1, day = 1;

	(void)state;
	for (int64_t wall_ms = -62167219200000; year < 10000; wall_ms += 86400000) {
		char memory[32], expected[32];
		struct buf b = buf_over(memory, sizeof(memory));

		log_time_utc(wall_ms, &b);
		snprintf(expected, sizeof(expected), "%04u-%02u-%02uT00:00:00.000Z", year, month,
		         day);
		if (buf_end(&b) != 0 || strcmp(memory, expected) != 0)
			fail_msg("%s is written as %s", expected, memory);
		if (++day > days_of(month, year)) {
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
}

static void count_event(void *ctx, const struct log_event *event)
{
	assert_int_equal(event->kind, LOG_NOTE);
	++*(unsigned *)ctx;
}

static void a_log_hands_on_what_its_level_allows(void **state)
{
	(void)state;
	for (unsigned level = LOG_LEVEL_QUIET; level <= LOG_LEVEL_DEBUG; level++) {
		unsigned events = 0;
		const struct log log = { level, count_event, &events };

		for (unsigned of = LOG_LEVEL_ERROR; of <= LOG_LEVEL_DEBUG; of++)
			log_emit(&log, &(struct log_event){ .kind = LOG_NOTE, .level = of });
		assert_int_equal(events, level);
	}
	const struct log nowhere = { .level = LOG_LEVEL_DEBUG };

	assert_false(log_wants(&nowhere, LOG_LEVEL_ERROR));
	log_emit(&nowhere, &(struct log_event){ .level = LOG_LEVEL_ERROR });
}

static void levels_have_names(void **state)
{
	static const char *const names[] = { "quiet", "error", "warn", "info", "debug" };

	(void)state;
	for (unsigned level = LOG_LEVEL_QUIET; level <= LOG_LEVEL_DEBUG; level++)
		assert_string_equal(log_level_name(level), names[level]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classic_is_the_vendors_wording),
		cmocka_unit_test(logfmt_quotes_what_needs_it),
		cmocka_unit_test(json_has_the_same_keys),
		cmocka_unit_test(each_kind_has_a_name_of_its_own),
		cmocka_unit_test(any_bytes_make_one_harmless_line),
		cmocka_unit_test(a_line_that_does_not_fit_is_said_to_be_cut),
		cmocka_unit_test(a_time_is_written_as_rfc_3339_in_utc),
		cmocka_unit_test(every_day_of_ten_thousand_years_follows_the_one_before),
		cmocka_unit_test(a_log_hands_on_what_its_level_allows),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
