/* log/syslog.c: see log/syslog.h. */
#include "log/syslog.h"

#define FACILITY_DAEMON 3
#define PROGRAM_MAX     48
#define VALUE_MAX       160 /* bytes of a value before it is escaped */
#define SHOWN_MAX       4096
#define BOM             "\xef\xbb\xbf"
#define CUT             "..."

/* RFC 5424 table 2. */
static unsigned severity_of(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARN:
		return 4;
	case LOG_LEVEL_QUIET:
	case LOG_LEVEL_INFO:
		return 6;
	case LOG_LEVEL_DEBUG:
		return 7;
	}
	return 6;
}

/* PRINTUSASCII, at most max of them. */
static void put_name(const char *name, size_t max, struct buf *out)
{
	size_t n = 0;

	for (; name && *name && n < max; name++)
		if (*name > ' ' && *name < 0x7f) {
			buf_char(out, *name);
			n++;
		}
	buf_str(out, n ? " " : "- ");
}

/* The front of text that has at most max bytes and does not end within a character. */
static struct slice front_of(struct slice text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return slice_of(text.p, max);
}

static void put_param(const char *key, struct slice value, struct buf *out)
{
	char memory[SHOWN_MAX];
	struct buf shown = buf_over(memory, sizeof(memory));
	struct slice front;

	if (!slice_present(value))
		return;
	/* Each byte becomes four at the most, so that this much always fits. */
	buf_show(&shown, front_of(value, SHOWN_MAX / 4 - 1));
	front = front_of(buf_slice(&shown), VALUE_MAX);
	buf_char(out, ' ');
	buf_str(out, key);
	buf_str(out, "=\"");
	for (size_t i = 0; i < front.n; i++) {
		if (front.p[i] == '"' || front.p[i] == '\\' || front.p[i] == ']')
			buf_char(out, '\\');
		buf_char(out, front.p[i]);
	}
	buf_str(out, front.n < shown.n ? CUT "\"" : "\"");
}

static void put_hex(const char *key, uint32_t n, struct buf *out)
{
	char memory[12];
	struct buf text = buf_over(memory, sizeof(memory));
	unsigned digits = 1;

	while (digits < 8 && n >> (4 * digits))
		digits++;
	buf_str(&text, "0x");
	buf_hex_u64(&text, n, digits);
	put_param(key, buf_slice(&text), out);
}

static void put_number(const char *key, uint32_t n, struct buf *out)
{
	char memory[12];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_u64(&text, n);
	put_param(key, buf_slice(&text), out);
}

static void put_data(const struct log_event *event, struct buf *out)
{
	size_t before = out->n, empty;

	buf_str(out, "[lineup@32473");
	empty = out->n;
	if (event->ctx)
		put_hex("ctx", event->ctx, out);
	if (event->status)
		put_number("status", event->status, out);
	put_param("reason", event->reason, out);
	put_param("uri", event->uri, out);
	put_param("address", event->address, out);
	if (out->n == empty) {
		out->n = before;
		buf_str(out, "- ");
	} else {
		buf_str(out, "] ");
	}
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

/* RFC 5424 6.4: what is UTF-8 says so in front; plain ASCII needs nothing. */
static void put_text(struct slice text, struct buf *out)
{
	size_t room = SYSLOG_MESSAGE_MAX - out->n;
	struct slice front;

	if (!is_ascii(text)) {
		buf_str(out, BOM);
		room -= sizeof(BOM) - 1;
	}
	front = text.n <= room ? text : front_of(text, room - (sizeof(CUT) - 1));
	buf_put(out, front);
	if (front.n < text.n)
		buf_str(out, CUT);
}

void syslog_write(const struct syslog_origin *origin, const struct log_event *event,
                  struct buf *out)
{
	char memory[SHOWN_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_char(out, '<');
	buf_u64(out, 8 * FACILITY_DAEMON + severity_of(event->level));
	buf_str(out, ">1 ");
	log_time_utc(event->wall_ms, out);
	buf_char(out, ' ');
	put_name(origin->host, SYSLOG_HOST_MAX, out);
	put_name(origin->program, PROGRAM_MAX, out);
	buf_u64(out, origin->process);
	buf_char(out, ' ');
	buf_str(out, log_kind_name(event->kind));
	buf_char(out, ' ');
	put_data(event, out);
	log_write(LOG_CLASSIC, event, &text);
	put_text(buf_slice(&text), out);
}
