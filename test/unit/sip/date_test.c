/* date_test: the Date header. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sip/date.h"

static void dates_are_seconds_since_1970(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Sat, 13 Nov 2010 23:29:00 GMT", 1289690940 },
		{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
		{ "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
		{ "Fri, 01 Mar 2024 00:00:00 GMT", 1709251200 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799) },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
		{ "sat , 1 jan 2028 0:0:1 gmt", 1830297601 },
		{ "  Thu, 01 Jan 1970 00:00:00 GMT ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t s = -1;

		assert_int_equal(sip_date_parse(slice_str(rows[i].text), &s), PARSE_OK);
		assert_int_equal(s, rows[i].s);
	}
}

static void what_no_calendar_has_is_no_date(void **state)
{
	static const char *const rows[] = {
		"",
		"now",
		"Sat 13 Nov 2010 23:29:00 GMT",
		"Sat, 13 Nov 2010 23:29:00",
		"Sat, 13 Nov 2010 23:29:00 EST",
		"Sat, 13 Nov 2010 23:29:00 GMT x",
		"Sat, 13 Nov 2010 24:00:00 GMT",
		"Sat, 13 Nov 2010 23:60:00 GMT",
		"Sat, 13 Nov 2010 23:29 GMT",
		"Sat, 13 Foo 2010 23:29:00 GMT",
		"Sat, 13 November 2010 23:29:00 GMT",
		"Sat, 00 Nov 2010 23:29:00 GMT",
		"Sat, 31 Nov 2010 23:29:00 GMT",
		"Sat, 29 Feb 2023 23:29:00 GMT",
		"Sat, 29 Feb 2100 23:29:00 GMT",
		"Sat, 013 Nov 2010 23:29:00 GMT",
		"Sat, -1 Nov 2010 23:29:00 GMT",
		"Wed, 31 Dec 1969 23:59:59 GMT",
		"Sat, 13 Nov 10000 23:29:00 GMT",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t s = 77;

		assert_int_equal(sip_date_parse(slice_str(rows[i]), &s), PARSE_BAD);
		assert_int_equal(s, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_seconds_since_1970),
		cmocka_unit_test(what_no_calendar_has_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
