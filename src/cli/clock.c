/* cli/clock.c: times. No clock is read here. */
#include "cli/clock.h"

#include <time.h>

#include "base/num.h"

void clock_put(const struct term *term, enum clock_detail detail, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char date[32] = "";

	localtime_r(&seconds, &tm);
	if (detail == CLOCK_DATE_AND_TIME)
		strftime(date, sizeof(date), "%Y-%m-%d ", &tm);
	term_printf(term, TERM_DIM, "%s%02d:%02d:%02d.%03d", date, tm.tm_hour, tm.tm_min, tm.tm_sec,
	            (int)(wall_ms % 1000));
	fputs("  ", term->file);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, years from March on so that the leap
 * day is the last of its year. */
static int64_t days_of(uint32_t year, uint32_t month, uint32_t day)
{
	uint32_t y = month > 2 ? year : year - 1;
	uint32_t months = (month + 9) % 12;
	uint32_t of_year = (153 * months + 2) / 5 + day - 1;

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

int64_t clock_read(const char *text)
{
	static const char form[] = "####-##-##T##:##:##.###Z";
	static const struct {
		unsigned at, n;
	} fields[] = { { 0, 4 }, { 5, 2 }, { 8, 2 }, { 11, 2 }, { 14, 2 }, { 17, 2 }, { 20, 3 } };
	uint32_t v[7];

	if (!text || strlen(text) != sizeof(form) - 1)
		return 0;
	for (size_t i = 0; form[i]; i++)
		if (form[i] != '#' && text[i] != form[i])
			return 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (num_u32(slice_of(text + fields[i].at, fields[i].n), 9999, &v[i]))
			return 0;
	if (v[0] < 1970 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 ||
	    v[4] > 59 || v[5] > 60)
		return 0;
	return (((days_of(v[0], v[1], v[2]) * 24 + v[3]) * 60 + v[4]) * 60 + v[5]) * 1000 + v[6];
}
