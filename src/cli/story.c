/* cli/story.c: the lines of a log, one after the other, become the facts of an attempt. */
#include "cli/story.h"

#include "cli/log_line.h"
#include "sip/uri.h"

bool story_is_timeout(uint16_t status, struct slice reason)
{
	return status == 408 && slice_equal_nocase(reason, STORY_TIMEOUT);
}

bool story_is_silent(const struct story *story)
{
	return !story->received && story_is_timeout(story->facts.status, story->facts.reason);
}

/* ---- transports */

/* RFC 3261 19.1.1 and 26.2.2: "sips:" over whatever it says is TLS. */
static struct slice transport_of_uri(struct slice text)
{
	static const struct slice known[] = { { "UDP", 3 }, { "TCP", 3 }, { "TLS", 3 } };
	struct sip_uri uri;
	struct slice value;

	if (sip_uri_parse(text, &uri) != PARSE_OK)
		return SLICE_NONE;
	if (uri.scheme == SIP_SCHEME_SIPS)
		return known[2];
	if (!sip_uri_param(&uri, SLICE("transport"), &value))
		return SLICE_NONE;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (slice_equal_nocase(value, known[i]))
			return known[i];
	return SLICE_NONE;
}

struct slice story_via_transport(struct slice text)
{
	static const struct {
		struct slice protocol, transport;
	} known[] = {
		{ { "SIP/2.0/UDP ", 12 }, { "UDP", 3 } },
		{ { "SIP/2.0/TCP ", 12 }, { "TCP", 3 } },
		{ { "SIP/2.0/TLS ", 12 }, { "TLS", 3 } },
	};

	for (; text.n; text = slice_from(text, 1))
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			if (slice_starts_nocase(text, known[i].protocol))
				return known[i].transport;
	return SLICE_NONE;
}

/* ---- line by line */

/* Whether the login was refused when an answer came last. */
static bool was_refused(const struct story *story)
{
	bool silent = !story->facts.status || story_is_silent(story);

	return silent ? story->facts.was_refused : reg_login_refused(&story->facts);
}

/* What was answered or decided. A login that is asked for when the login was sent is a refusal. */
static void tell_answer(struct story *story, const struct log_line *line)
{
	struct reg_facts *facts = &story->facts;
	bool asks = line->status == 401 || line->status == 407;
	bool final = line->kind != LOG_RECV;

	if (!line->status)
		return;
	/* The end of another attempt, whose other lines were left out. */
	if (final && story_is_timeout(line->status, line->reason) && reg_login_refused(facts))
		*facts = (struct reg_facts){ .stage = REG_STAGE_FIRST, .was_refused = true };
	story->received = !final || (story->received && facts->status == line->status);
	story->failed = line->kind == LOG_FAILED && facts->status != line->status;
	if (facts->status != line->status || slice_present(line->reason))
		facts->reason = line->reason;
	facts->status = line->status;
	facts->auth = !asks                     ? REG_AUTH_NONE
	              : story->retried || final ? REG_AUTH_REJECTED
	                                        : REG_AUTH_ASKED;
	if (facts->auth == REG_AUTH_REJECTED) {
		facts->stage = REG_STAGE_ANSWERED;
		facts->credentials_sent = true;
	}
}

static void tell_request(struct story *story, enum story_step step)
{
	bool refused = was_refused(story);

	story->step = step;
	story->way = STORY_WAY_OPEN;
	story->received = false;
	story->ended = false;
	story->facts.status = 0;
	story->facts.reason = SLICE_NONE;
	if (step == STORY_SEND) {
		story->retried = false;
		story->facts =
			(struct reg_facts){ .stage = REG_STAGE_FIRST, .was_refused = refused };
	} else if (step == STORY_RETRY) {
		story->retried = true;
		story->facts.stage = REG_STAGE_ANSWERED;
		story->facts.credentials_sent = true;
	}
}

/* Where nothing was sent since the result before, that one's way is not this one's. */
static void tell_result(struct story *story, const struct log_line *line)
{
	if (story->ended) {
		story->way = STORY_WAY_UNKNOWN;
		story->received = false;
	}
	story->ended = true;
	tell_answer(story, line);
}

static void tell_remark(struct story *story, const struct log_line *line)
{
	switch (line->says) {
	case LOG_LINE_OTHER:
		return;
	case LOG_LINE_LAPSED:
		story->lapsed = true;
		return;
	case LOG_LINE_OPENED:
		story->way = STORY_WAY_OPEN;
		break;
	case LOG_LINE_SHUT:
		story->way = STORY_WAY_SHUT;
		story->shut = line->local;
		break;
	case LOG_LINE_LOST:
		story->way = STORY_WAY_LOST;
		break;
	}
	story->ended = false;
}

static void tell(struct story *story, const struct log_line *line)
{
	static const struct log_line unauthorized = { .kind = LOG_CANNOT_AUTH, .status = 401 };
	struct slice transport =
		slice_present(line->transport) ? line->transport : transport_of_uri(line->uri);

	if (story->lines++ == 0)
		story->step = line->kind == LOG_PASS ? STORY_PASS : STORY_NOTE;
	if (line->address.n)
		story->address = line->address;
	if (line->uri.n)
		story->uri = line->uri;
	if (line->id.n)
		story->id = line->id;
	if (slice_present(transport))
		story->transport = transport;
	switch (line->kind) {
	case LOG_SEND:
		tell_request(story, line->first ? STORY_SEND : STORY_SEND_MORE);
		break;
	case LOG_RETRY_AUTH:
		tell_request(story, STORY_RETRY);
		break;
	case LOG_RESULT:
		tell_result(story, line);
		break;
	case LOG_RECV:
	case LOG_FAILED:
		tell_answer(story, line);
		break;
	case LOG_CANNOT_AUTH:
		if (story->facts.status != 407)
			tell_answer(story, &unauthorized);
		break;
	case LOG_NOTE:
		tell_remark(story, line);
		break;
	case LOG_PASS:
	case LOG_CALL:
	case LOG_KIND_COUNT:
		break;
	}
}

bool story_read(struct slice text, struct buf *memory, struct story *ret_story)
{
	struct slice via = story_via_transport(text);
	struct log_line line;

	*ret_story = (struct story){ .transport = via };
	while (text.n) {
		size_t n = slice_find(text, '\n');

		if (log_line_read(slice_of(text.p, n), memory, &line))
			tell(ret_story, &line);
		text = slice_from(text, n + (n < text.n));
	}
	return ret_story->lines > 0;
}
