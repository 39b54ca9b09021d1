/* practice/event.c: an event as a sentence and as JSON. */
#include "practice/practice.h"

#include "log/log.h"

static const char *const names[PRACTICE_EVENT_COUNT] = {
#define EVENT_NAME(constant, name) [PRACTICE_##constant] = name,
	PRACTICE_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

/* @e the extension, @f the address, @g the time that was granted, @m the method, @s the status and
 * its reason, @w why, in brackets; @@ begins with the extension where it is known, else with the
 * method, else with "a datagram" */
static const char *const forms[PRACTICE_EVENT_COUNT] = {
	[PRACTICE_REGISTERED] = "@e registered from @f for @g s",
	[PRACTICE_REFRESHED] = "@e refreshed from @f for @g s",
	[PRACTICE_REMOVED] = "@e removed its registration, from @f",
	[PRACTICE_EXPIRED] = "@e has run out: no refresh came from @f within @g s",
	[PRACTICE_QUERIED] = "@e asked for its bindings, from @f",
	[PRACTICE_CHALLENGED] = "@e was asked for its password, at @f",
	[PRACTICE_REFUSED] = "@@ refused, from @f: @s@w",
	[PRACTICE_ANSWERED] = "@m answered, from @f: @s",
	[PRACTICE_IGNORED] = "@@ ignored, from @f@w",
};

static void put_subject(const struct practice_event *event, struct buf *out)
{
	if (slice_present(event->extension))
		buf_show(out, event->extension);
	else if (slice_present(event->method))
		buf_show(out, event->method);
	else
		buf_str(out, "a datagram");
}

static void put_field(char field, const struct practice_event *event, struct buf *out)
{
	switch (field) {
	case 'e':
		buf_show(out, event->extension);
		break;
	case 'f':
		net_addr_show(&event->from, out);
		break;
	case 'g':
		buf_u64(out, event->granted_s);
		break;
	case 'm':
		buf_show(out, event->method);
		break;
	case 's':
		buf_u64(out, event->status);
		buf_char(out, ' ');
		buf_show(out, event->reason);
		break;
	case 'w':
		if (event->why) {
			buf_str(out, " (");
			buf_str(out, event->why);
			buf_char(out, ')');
		}
		break;
	default:
		put_subject(event, out);
	}
}

void practice_event_show(const struct practice_event *event, struct buf *out)
{
	for (const char *p = forms[event->kind]; *p; p++) {
		if (*p == '@')
			put_field(*++p, event, out);
		else
			buf_char(out, *p);
	}
}

static void put_member(const char *name, struct slice text, struct buf *out)
{
	if (!slice_present(text))
		return;
	buf_str(out, ",\"");
	buf_str(out, name);
	buf_str(out, "\":\"");
	buf_json(out, text);
	buf_char(out, '"');
}

static void put_number(const char *name, uint32_t n, struct buf *out)
{
	if (!n)
		return;
	buf_str(out, ",\"");
	buf_str(out, name);
	buf_str(out, "\":");
	buf_u64(out, n);
}

void practice_event_json(const struct practice_event *event, int64_t wall_ms, struct buf *out)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf from = buf_over(memory, sizeof(memory));

	net_addr_show(&event->from, &from);
	buf_str(out, "{\"time\":\"");
	log_time_utc(wall_ms, out);
	buf_char(out, '"');
	put_member("event", slice_str(names[event->kind]), out);
	put_member("extension", event->extension, out);
	put_member("from", buf_slice(&from), out);
	put_member("method", event->method, out);
	put_member("contact", event->contact, out);
	put_number("granted_s", event->granted_s, out);
	put_number("status", event->status, out);
	put_member("reason", event->reason, out);
	put_member("why", slice_str(event->why), out);
	buf_char(out, '}');
}
