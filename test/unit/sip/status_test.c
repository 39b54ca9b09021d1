/* unit/sip/status_test.c: phrases of status codes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "sip/status.h"

static void codes_have_the_phrases_of_their_rfc(void **state)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} rows[] = {
		{ 100, "Trying" },
		{ 200, "OK" },
		{ 302, "Moved Temporarily" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 420, "Bad Extension" },
		{ 423, "Interval Too Brief" },
		{ 430, "Flow Failed" },
		{ 439, "First Hop Lacks Outbound Support" },
		{ 480, "Temporarily Unavailable" },
		{ 494, "Security Agreement Required" },
		{ 500, "Server Internal Error" },
		{ 503, "Service Unavailable" },
		{ 504, "Server Time-out" },
		{ 555, "Push Notification Service Not Supported" },
		{ 580, "Precondition Failure" },
		{ 603, "Decline" },
		{ 607, "Unwanted" },
		{ 608, "Rejected" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(sip_status_phrase(rows[i].status), rows[i].phrase);
}

static void codes_that_no_rfc_names_have_the_phrase_of_their_class(void **state)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} rows[] = {
		{ 101, "Provisional" },         { 299, "Success" },       { 399, "Redirection" },
		{ 499, "Client Error" },        { 599, "Server Error" },  { 699, "Global Failure" },
		{ 0, "Unknown Status" },        { 99, "Unknown Status" }, { 700, "Unknown Status" },
		{ UINT_MAX, "Unknown Status" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(sip_status_phrase(rows[i].status), rows[i].phrase);
}

static void every_code_has_a_phrase_of_printable_ascii(void **state)
{
	(void)state;
	for (unsigned status = 0; status < 1000; status++) {
		const char *phrase = sip_status_phrase(status);

		assert_non_null(phrase);
		assert_true(strlen(phrase) > 1 && strlen(phrase) < 64);
		for (const char *p = phrase; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_the_phrases_of_their_rfc),
		cmocka_unit_test(codes_that_no_rfc_names_have_the_phrase_of_their_class),
		cmocka_unit_test(every_code_has_a_phrase_of_printable_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
