/* An event as a message of RFC 5424, byte for byte, and what is left of one that is too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "log/syslog.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WALL_MS      1795342684113
#define HEAD         "1 2026-11-22T10:18:04.113Z studio-pc lineup 4711 "

static const struct syslog_origin origin = { "studio-pc", "lineup", 4711 };

static const char *written(const struct syslog_origin *from, const struct log_event *event)
{
	static char memory[SYSLOG_MESSAGE_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));

	syslog_write(from, event, &out);
	assert_int_equal(buf_end(&out), 0);
	return memory;
}

static void each_kind_is_a_message(void **state)
{
	static const struct {
		struct log_event event;
		const char *message;
	} rows[] = {
		{ { LOG_SEND, LOG_LEVEL_INFO, WALL_MS, .uri = SLICE("sip:pbx.example") },
		  "<30>" HEAD "send [lineup@32473 uri=\"sip:pbx.example\"] "
		  "SIP: Ctx (nil) send REGISTER: sip:pbx.example" },
		{ { LOG_RECV, LOG_LEVEL_INFO, WALL_MS, .ctx = 0xa000001, .status = 401,
		    .reason = SLICE("Unauthorized") },
		  "<30>" HEAD "recv [lineup@32473 ctx=\"0xa000001\" status=\"401\" "
		  "reason=\"Unauthorized\"] SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized" },
		{ { LOG_RETRY_AUTH, LOG_LEVEL_INFO, WALL_MS },
		  "<30>" HEAD "retry-auth - SIP: Retrying REGISTER with updated authentication" },
		{ { LOG_FAILED, LOG_LEVEL_ERROR, WALL_MS, .status = 401,
		    .address = SLICE("sip:1001@pbx.example") },
		  "<27>" HEAD
		  "failed [lineup@32473 status=\"401\" address=\"sip:1001@pbx.example\"] "
		  "SIP: REGISTER failed for sip:1001@pbx.example (status code: 401)" },
		{ { LOG_NOTE, LOG_LEVEL_WARN, WALL_MS, .text = SLICE("a b") },
		  "<28>" HEAD "note - SIP: a b" },
		{ { LOG_NOTE, LOG_LEVEL_DEBUG, WALL_MS, .text = SLICE("a") },
		  "<31>" HEAD "note - SIP: a" },
		/* what is no ASCII says so */
		{ { LOG_NOTE, LOG_LEVEL_INFO, WALL_MS, .text = SLICE("G\xc3\xa4ste") },
		  "<30>" HEAD "note - \xef\xbb\xbfSIP: G\xc3\xa4ste" },
		/* from the network: escaped as everywhere, and as a value of RFC 5424 */
		{ { LOG_RECV, LOG_LEVEL_INFO, WALL_MS, .ctx = 1, .status = 400,
		    .reason = SLICE("a\"b\\c]d\r\ne\x1b\xff") },
		  "<30>" HEAD "recv [lineup@32473 ctx=\"0x1\" status=\"400\" "
		  "reason=\"a\\\"b\\\\\\\\c\\]d\\\\x0d\\\\x0ae\\\\x1b\\\\xff\"] "
		  "SIP: Ctx 0x1 recv REGISTER: 400 a\"b\\\\c]d\\x0d\\x0ae\\x1b\\xff" },
		{ { LOG_RECV, LOG_LEVEL_INFO, WALL_MS, .status = 200, .reason = SLICE("") },
		  "<30>" HEAD "recv [lineup@32473 status=\"200\" reason=\"\"] "
		  "SIP: Ctx (nil) recv REGISTER: 200" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(written(&origin, &rows[i].event), rows[i].message);
}

static void names_that_rfc_5424_does_not_allow_are_made_to_fit(void **state)
{
	static const struct log_event event = { LOG_PASS, LOG_LEVEL_INFO, WALL_MS, .ctx = 1 };
	static const struct {
		struct syslog_origin origin;
		const char *words;
	} rows[] = {
		{ { "", "", 0 }, "Z - - 0 pass " },
		{ { NULL, NULL, 1 }, "Z - - 1 pass " },
		{ { "a b\n\x7f\xc3\xa4"
		    "c",
		    "x y", 1 },
		  "Z abc xy 1 pass " },
		{ { " ", "123456789012345678901234567890123456789012345678TOO LONG", 1 },
		  "Z - 123456789012345678901234567890123456789012345678 1 pass " },
	};
	char host[400];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(strstr(written(&rows[i].origin, &event), rows[i].words));
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	const struct syslog_origin far = { host, "p", 1 };
	const char *name = strchr(written(&far, &event), 'Z') + 2;

	assert_int_equal(strcspn(name, " "), SYSLOG_HOST_MAX);
}

/* What is too long is cut at a character's border, and its end says so. */
static void whatever_comes_fits_and_is_whole_utf_8(void **state)
{
	static char long_text[8000];
	char host[256];
	size_t longest = 0;

	(void)state;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	for (size_t i = 0; i < sizeof(long_text); i += 2)
		memcpy(long_text + i, "\xc3\xa4", 2);
	for (size_t n = 0; n < 3000; n += 7) {
		const struct syslog_origin far = { host, "lineup", UINT32_MAX };
		const struct log_event event = { LOG_RESULT,
			                         LOG_LEVEL_INFO,
			                         WALL_MS,
			                         .ctx = UINT32_MAX,
			                         .status = 65535,
			                         .reason = slice_of(long_text + n % 2, n),
			                         .uri = slice_of(long_text, n),
			                         .address = slice_of(long_text + n % 2, n),
			                         .text = slice_of(long_text, n) };
		const char *message = written(&far, &event);
		char memory[4 * SYSLOG_MESSAGE_MAX + 1];
		struct buf shown = buf_over(memory, sizeof(memory));
		struct slice values = slice_of(strchr(message, '['), 0);

		values.n = strlen(values.p);
		if (strlen(message) > longest)
			longest = strlen(message);
		/* nothing but backslashes is left to be escaped: it is whole UTF-8, and one line */
		buf_show(&shown, values);
		for (size_t at = 0, to = 0; at < values.n; at++, to++) {
			if (values.p[at] == (char)0xef) /* the mark of UTF-8 in front of the text */
				break;
			assert_int_equal(values.p[at], shown.p[to]);
			if (values.p[at] == '\\')
				to++;
		}
	}
	assert_in_range(longest, 1000, SYSLOG_MESSAGE_MAX);

	const struct log_event note = { LOG_NOTE, LOG_LEVEL_INFO, WALL_MS,
		                        .text = slice_of(long_text, 4000) };
	const char *message = written(&origin, &note);

	assert_in_range(strlen(message), SYSLOG_MESSAGE_MAX - 4, SYSLOG_MESSAGE_MAX);
	assert_string_equal(message + strlen(message) - 3, "...");
	const struct log_event reason = { LOG_RECV, LOG_LEVEL_INFO, WALL_MS,
		                          .reason = slice_of(long_text, 4000) };
	assert_non_null(strstr(written(&origin, &reason), "\xa4...\"] "));
}

static void any_bytes_make_a_message(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5424);
	for (unsigned i = 0; i < 20000; i++) {
		char bytes[64];
		size_t n = rng_between(&rng, 0, sizeof(bytes));

		for (size_t at = 0; at < n; at++)
			bytes[at] = (char)rng_between(&rng, 0, 255);
		const struct log_event event = { (enum log_kind)rng_between(&rng, 0,
			                                                    LOG_KIND_COUNT - 1),
			                         LOG_LEVEL_INFO,
			                         WALL_MS,
			                         .reason = slice_of(bytes, n),
			                         .address = slice_of(bytes, n),
			                         .text = slice_of(bytes, n) };
		const char *message = written(&origin, &event);

		assert_in_range(strlen(message), 40, SYSLOG_MESSAGE_MAX);
		for (const char *c = message; *c; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_a_message),
		cmocka_unit_test(names_that_rfc_5424_does_not_allow_are_made_to_fit),
		cmocka_unit_test(whatever_comes_fits_and_is_whole_utf_8),
		cmocka_unit_test(any_bytes_make_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
