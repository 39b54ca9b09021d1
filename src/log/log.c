/* log/log.c: one event as one line, in three formats.
 *
 * Classic is the wording of the vendor's workflow, kept in a table where it can be compared letter
 * by letter. Whatever came from a network passes buf_show() or buf_json() here, and nowhere
 * earlier: an event holds the bytes as they were. */
#include "log/log.h"

static const char *const kind_names[LOG_KIND_COUNT] = {
#define KIND_NAME(constant, name) [LOG_##constant] = name,
	LOG_KINDS(KIND_NAME)
#undef KIND_NAME
};

/* @c the context, @u the URI, @a the address, @s the status and its reason, @n the status alone,
 * @t the text */
static const char *const classic_forms[LOG_KIND_COUNT] = {
	[LOG_SEND] = "SIP: Ctx @c send REGISTER: @u",
	[LOG_RECV] = "SIP: Ctx @c recv REGISTER: @s",
	[LOG_RETRY_AUTH] = "SIP: Retrying REGISTER with updated authentication",
	[LOG_PASS] = "SIP: Passing message to the context @c",
	[LOG_RESULT] = "SIP: REGISTER @a: @s",
	[LOG_CANNOT_AUTH] = "SIP: Can not authenticate request",
	[LOG_FAILED] = "SIP: REGISTER failed for @a (status code: @n)",
	[LOG_CALL] = "SIP: Call for @a from @u: @t",
	[LOG_NOTE] = "SIP: @t",
};

const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_QUIET:
		return "quiet";
	case LOG_LEVEL_ERROR:
		return "error";
	case LOG_LEVEL_WARN:
		return "warn";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		return "debug";
	}
	return "debug";
}

const char *log_kind_name(enum log_kind kind)
{
	return kind_names[kind];
}

static void write_ctx(uint32_t ctx, struct buf *out)
{
	unsigned digits = 1;

	while (digits < 8 && ctx >> (4 * digits))
		digits++;
	buf_str(out, "0x");
	buf_hex_u64(out, ctx, digits);
}

static void classic_field(char field, const struct log_event *event, struct buf *out)
{
	switch (field) {
	case 'c':
		if (event->ctx)
			write_ctx(event->ctx, out);
		else
			buf_str(out, "(nil)");
		break;
	case 'u':
		buf_show(out, event->uri);
		break;
	case 'a':
		buf_show(out, event->address);
		break;
	case 's':
		buf_u64(out, event->status);
		if (event->reason.n) {
			buf_char(out, ' ');
			buf_show(out, event->reason);
		}
		break;
	case 'n':
		buf_u64(out, event->status);
		break;
	case 't':
		buf_show(out, event->text);
		break;
	}
}

static void write_classic(const struct log_event *event, struct buf *out)
{
	struct slice form = slice_str(classic_forms[event->kind]);

	while (form.n) {
		size_t plain = slice_find(form, '@');

		buf_put(out, slice_of(form.p, plain));
		form = slice_from(form, plain);
		if (form.n) {
			classic_field(form.p[1], event, out);
			form = slice_from(form, 2);
		}
	}
}

/* Whether a value can stand in logfmt as it is. */
static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c >= 0x7f || c == '=' || c == '"' || c == '\\')
			return false;
	}
	return value.n > 0;
}

static void logfmt_value(struct slice value, struct buf *out)
{
	if (is_plain(value)) {
		buf_put(out, value);
		return;
	}
	buf_char(out, '"');
	for (;;) {
		size_t quote = slice_find(value, '"');

		buf_show(out, slice_of(value.p, quote));
		if (quote == value.n)
			break;
		buf_str(out, "\\\"");
		value = slice_from(value, quote + 1);
	}
	buf_char(out, '"');
}

/* Ends the pair before and begins one. */
static void begin_pair(enum log_format format, const char *key, struct buf *out)
{
	if (format == LOG_JSON) {
		buf_str(out, ",\"");
		buf_str(out, key);
		buf_str(out, "\":");
	} else {
		buf_char(out, ' ');
		buf_str(out, key);
		buf_char(out, '=');
	}
}

/* One pair of text; nothing where it is absent. */
static void write_pair(enum log_format format, const char *key, struct slice value, struct buf *out)
{
	if (!slice_present(value))
		return;
	begin_pair(format, key, out);
	if (format == LOG_JSON) {
		buf_char(out, '"');
		buf_json(out, value);
		buf_char(out, '"');
	} else {
		logfmt_value(value, out);
	}
}

static void write_pairs(enum log_format format, const struct log_event *event, struct buf *out)
{
	char memory[12];
	struct buf ctx = buf_over(memory, sizeof(memory));

	buf_str(out, format == LOG_JSON ? "{\"time\":\"" : "time=");
	log_time_utc(event->wall_ms, out);
	buf_str(out, format == LOG_JSON ? "\"" : "");
	write_pair(format, "level", slice_str(log_level_name(event->level)), out);
	write_pair(format, "event", slice_str(log_kind_name(event->kind)), out);
	if (event->ctx) {
		write_ctx(event->ctx, &ctx);
		write_pair(format, "ctx", buf_slice(&ctx), out);
	}
	if (event->status) {
		begin_pair(format, "status", out);
		buf_u64(out, event->status);
	}
	write_pair(format, "reason", event->reason, out);
	write_pair(format, "uri", event->uri, out);
	write_pair(format, "address", event->address, out);
	write_pair(format, "text", event->text, out);
	buf_str(out, format == LOG_JSON ? "}" : "");
}

void log_write(enum log_format format, const struct log_event *event, struct buf *out)
{
	struct log_event bounded = *event;

	if (bounded.reason.n > LOG_REASON_MAX)
		bounded.reason.n = LOG_REASON_MAX;
	switch (format) {
	case LOG_CLASSIC:
		write_classic(&bounded, out);
		break;
	case LOG_LOGFMT:
	case LOG_JSON:
		write_pairs(format, &bounded, out);
		break;
	}
}

#define FIRST_MS (-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define LAST_MS  253402300799999   /* 9999-12-31T23:59:59.999Z */

#define DAY_MS   UINT64_C(86400000)
#define ERA_DAYS 146097u /* the days of 400 years, after which the calendar repeats */

/* The days count from 1 March of the year -400, so that the leap day is the last day of a year, and
 * January of the year 0 not below zero (Hinnant, "chrono-compatible low-level date algorithms"). */
static void write_date(uint32_t days, struct buf *out)
{
	uint32_t day = days % ERA_DAYS;
	uint32_t year = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
	uint32_t day_of_year = day - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * day_of_year + 2) / 153; /* 0: March */

	year += days / ERA_DAYS * 400 + (month >= 10) - 400;
	buf_u64_wide(out, year, 4);
	buf_char(out, '-');
	buf_u64_wide(out, month < 10 ? month + 3 : month - 9, 2);
	buf_char(out, '-');
	buf_u64_wide(out, day_of_year - (153 * month + 2) / 5 + 1, 2);
}

void log_time_utc(int64_t wall_ms, struct buf *out)
{
	if (wall_ms < FIRST_MS)
		wall_ms = FIRST_MS;
	if (wall_ms > LAST_MS)
		wall_ms = LAST_MS;

	/* The year 0 begins 60 days before its 1 March. */
	uint64_t ms = (uint64_t)(wall_ms - FIRST_MS) + (ERA_DAYS - 60) * DAY_MS;
	uint32_t of_day = (uint32_t)(ms % DAY_MS);

	write_date((uint32_t)(ms / DAY_MS), out);
	buf_char(out, 'T');
	buf_u64_wide(out, of_day / 3600000, 2);
	buf_char(out, ':');
	buf_u64_wide(out, of_day / 60000 % 60, 2);
	buf_char(out, ':');
	buf_u64_wide(out, of_day / 1000 % 60, 2);
	buf_char(out, '.');
	buf_u64_wide(out, of_day % 1000, 3);
	buf_char(out, 'Z');
}
