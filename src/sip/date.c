/* sip/date.c: reading a Date header, see date.h. */
#include "sip/date.h"

#include "base/lex.h"
#include "base/num.h"

/* Takes a number of at most so many digits, from low to high. */
static bool take_number(struct slice *in, size_t digits, uint32_t low, uint32_t high,
                        uint32_t *ret_n)
{
	struct slice token;
	uint32_t n;

	if (!lex_token(in, &token) || token.n > digits || num_u32(token, high, &n) != 0 || n < low)
		return false;
	lex_blanks(in);
	*ret_n = n;
	return true;
}

static bool take_month(struct slice *in, uint32_t *ret_month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct slice token;

	if (!lex_token(in, &token) || token.n != 3)
		return false;
	lex_blanks(in);
	for (uint32_t month = 0; month < 12; month++)
		if (slice_equal_nocase(token, slice_of(names + 3 * (size_t)month, 3))) {
			*ret_month = month + 1;
			return true;
		}
	return false;
}

static bool take_time(struct slice *in, uint32_t *ret_s)
{
	uint32_t hour, minute, second;

	if (!take_number(in, 2, 0, 23, &hour) || !lex_char(in, ':') ||
	    !take_number(in, 2, 0, 59, &minute) || !lex_char(in, ':') ||
	    !take_number(in, 2, 0, 60, &second))
		return false;
	*ret_s = hour * 3600 + minute * 60 + second;
	return true;
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01: years are counted from March, so that the leap day ends one. */
static int64_t days_since_1970(uint32_t year, uint32_t month, uint32_t day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + (int64_t)day - 1 - 719468;
}

enum parse sip_date_parse(struct slice value, int64_t *ret_s)
{
	struct slice in = slice_trim(value), token;
	uint32_t day, month, year, second;

	if (!lex_token(&in, &token) || !lex_char(&in, ',') || !take_number(&in, 2, 1, 31, &day) ||
	    !take_month(&in, &month) || !take_number(&in, 4, 1970, 9999, &year) ||
	    !take_time(&in, &second) || !lex_token(&in, &token) || in.n ||
	    !slice_equal_nocase(token, SLICE("GMT")) || day > days_of_month(year, month))
		return PARSE_BAD;
	*ret_s = days_since_1970(year, month, day) * 86400 + second;
	return PARSE_OK;
}
