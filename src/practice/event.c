/* practice/event.c: an event as a sentence and as JSON. */
#include "practice/practice.h"

#include "base/json.h"
#include "log/log.h"

static const char *const names[PRACTICE_EVENT_COUNT] = {
#define EVENT_NAME(constant, name) [PRACTICE_##constant] = name,
	PRACTICE_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

/* @e the extension, @f the address, @g the time that was granted, @m the method, @s the status and
 * its reason, @w why, in brackets, and the faults; @@ begins with the extension where it is known,
 * else with the method, else with "a datagram" */
static const char *const forms[PRACTICE_EVENT_COUNT] = {
	[PRACTICE_REGISTERED] = "@e registered from @f for @g s@w",
	[PRACTICE_REFRESHED] = "@e refreshed from @f for @g s@w",
	[PRACTICE_REMOVED] = "@e removed its registration, from @f@w",
	[PRACTICE_EXPIRED] = "@e has run out: no refresh came from @f within @g s@w",
	[PRACTICE_QUERIED] = "@e asked for its bindings, from @f@w",
	[PRACTICE_CHALLENGED] = "@e was asked for its password, at @f@w",
	[PRACTICE_REFUSED] = "@@ refused, from @f: @s@w",
	[PRACTICE_ANSWERED] = "@m answered, from @f: @s@w",
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
		if (event->transport) {
			buf_str(out, " over ");
			buf_str(out, strcmp(event->transport, "tls") == 0 ? "TLS" : "TCP");
		}
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
		if (slice_present(event->faults)) {
			buf_str(out, " [");
			buf_show(out, event->faults);
			buf_char(out, ']');
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

static void put_text(struct json *json, const char *key, struct slice text)
{
	if (slice_present(text))
		json_put_string(json, key, text);
}

static void put_number(struct json *json, const char *key, uint32_t n)
{
	if (n)
		json_put_number(json, key, n);
}

void practice_event_json(const struct practice_event *event, int64_t wall_ms, struct buf *out)
{
	char time_memory[32], from_memory[NET_ADDR_TEXT_MAX];
	struct buf time = buf_over(time_memory, sizeof(time_memory));
	struct buf from = buf_over(from_memory, sizeof(from_memory));
	struct json json = json_over(out);

	log_time_utc(wall_ms, &time);
	net_addr_show(&event->from, &from);
	json_open_object(&json, NULL);
	json_put_string(&json, "time", buf_slice(&time));
	json_put_string(&json, "event", slice_str(names[event->kind]));
	put_text(&json, "extension", event->extension);
	json_put_string(&json, "from", buf_slice(&from));
	put_text(&json, "method", event->method);
	put_text(&json, "contact", event->contact);
	put_number(&json, "granted_s", event->granted_s);
	put_number(&json, "status", event->status);
	put_text(&json, "reason", event->reason);
	put_text(&json, "why", slice_str(event->why));
	put_text(&json, "faults", event->faults);
	json_close_object(&json);
}
