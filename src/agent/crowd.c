/* agent/crowd.c: what the log leaves out, counted; see agent/crowd.h.
 *
 * There are few kinds at a time: they stand in an array without gaps that is searched from the
 * start. */
#include "agent/crowd.h"

#include <string.h>

#include "explain/explain.h"

/* What a note says of its line stands behind the address, if at all. */
static struct slice text_of(const struct log_event *event)
{
	struct slice text = event->text;

	if (event->kind != LOG_NOTE)
		return SLICE("");
	if (event->address.n && text.n > event->address.n &&
	    slice_equal(slice_of(text.p, event->address.n), event->address))
		text = slice_from(text, event->address.n);
	return slice_trim(text);
}

/* Not the reason phrase, which a server can make another one each time. */
static uint64_t mark_of(const struct agent_crowd *crowd, const struct log_event *event,
                        const char *host, const struct explain_cause *cause)
{
	struct slice text = text_of(event);
	uint64_t what = hash_pair(&crowd->key, (uint64_t)event->kind << 16 | event->status,
	                          (uintptr_t)cause);

	what = hash_pair(&crowd->key, what, hash_bytes(&crowd->key, host, strlen(host)));
	return hash_pair(&crowd->key, what, hash_bytes(&crowd->key, text.p, text.n));
}

static struct agent_crowd_kind *find(struct agent_crowd *crowd, uint64_t mark)
{
	for (unsigned i = 0; i < crowd->used; i++)
		if (crowd->kinds[i].mark == mark)
			return &crowd->kinds[i];
	return NULL;
}

static void keep(char *to, size_t cap, struct slice text)
{
	size_t n = text.n < cap - 1 ? text.n : cap - 1;

	if (n)
		memcpy(to, text.p, n);
	to[n] = '\0';
}

static uint64_t end_of(const struct agent_crowd_kind *kind)
{
	uint64_t quiet = kind->last_ms + AGENT_CROWD_QUIET_MS;
	uint64_t most = kind->begun_ms + AGENT_CROWD_MS;

	return kind->more && quiet < most ? quiet : most;
}

static void drop(struct agent_crowd *crowd, struct agent_crowd_kind *kind)
{
	*kind = crowd->kinds[--crowd->used];
}

enum agent_crowd_word agent_crowd_see(struct agent_crowd *crowd, const struct log_event *event,
                                      const char *host, const struct explain_cause *cause,
                                      uint64_t now_ms)
{
	uint64_t mark = mark_of(crowd, event, host, cause);
	struct agent_crowd_kind *kind = find(crowd, mark);

	/* Where none was left out nobody waits for its end. */
	if (kind && !kind->more && now_ms >= end_of(kind)) {
		drop(crowd, kind);
		kind = NULL;
	}
	if (!kind) {
		if (crowd->used == AGENT_CROWD_KINDS)
			return AGENT_CROWD_WRITE;
		kind = &crowd->kinds[crowd->used++];
		*kind = (struct agent_crowd_kind){ .mark = mark,
			                           .begun_ms = now_ms,
			                           .kind = event->kind,
			                           .level = event->level,
			                           .status = event->status,
			                           .cause = cause };
		keep(kind->host, sizeof(kind->host), slice_str(host));
		keep(kind->text, sizeof(kind->text), text_of(event));
	}
	kind->last_ms = now_ms;
	if (event->level < kind->level)
		kind->level = event->level;
	if (kind->written < AGENT_CROWD_FIRST) {
		kind->written++;
		return AGENT_CROWD_WRITE;
	}
	kind->more++;
	return AGENT_CROWD_LEAVE_OUT;
}

/* "99,990" */
static void put_count(uint64_t n, struct buf *out)
{
	if (n >= 1000) {
		put_count(n / 1000, out);
		buf_char(out, ',');
		buf_char(out, (char)('0' + n / 100 % 10));
		buf_char(out, (char)('0' + n / 10 % 10));
		buf_char(out, (char)('0' + n % 10));
		return;
	}
	buf_u64(out, n);
}

/* What they have in common, in the words of the log itself. */
static void put_what(const struct agent_crowd_kind *kind, struct buf *out)
{
	static const char *const words[LOG_KIND_COUNT] = {
		[LOG_SEND] = "send REGISTER",
		[LOG_RECV] = "recv REGISTER",
		[LOG_RETRY_AUTH] = "Retrying REGISTER with updated authentication",
		[LOG_PASS] = "Passing message to the context",
		[LOG_RESULT] = "REGISTER",
		[LOG_CANNOT_AUTH] = "Can not authenticate request",
		[LOG_FAILED] = "REGISTER failed",
		[LOG_CALL] = "Call",
		[LOG_NOTE] = "",
	};

	buf_str(out, words[kind->kind]);
	buf_str(out, kind->text);
	if (kind->kind == LOG_RECV || kind->kind == LOG_RESULT) {
		buf_str(out, ": ");
		buf_u64(out, kind->status);
	}
	if (kind->kind == LOG_FAILED) {
		buf_str(out, " (status code: ");
		buf_u64(out, kind->status);
		buf_char(out, ')');
	}
	if (kind->cause) {
		buf_str(out, ", ");
		buf_str(out, kind->cause->id);
	}
}

static void put_sentence(const struct agent_crowd_kind *kind, struct buf *out)
{
	buf_str(out, "and ");
	put_count(kind->more, out);
	buf_str(out, " more at ");
	buf_str(out, kind->host);
	buf_str(out, " in ");
	buf_u64(out, (kind->last_ms - kind->begun_ms) / 1000 + 1);
	buf_str(out, " s: ");
	put_what(kind, out);
}

bool agent_crowd_take(struct agent_crowd *crowd, uint64_t now_ms, enum log_level *ret_level,
                      char ret_text[AGENT_CROWD_SAY])
{
	for (unsigned i = 0; i < crowd->used; i++) {
		struct agent_crowd_kind *kind = &crowd->kinds[i];
		struct buf out = buf_over(ret_text, AGENT_CROWD_SAY);

		if (!kind->more || now_ms < end_of(kind))
			continue;
		put_sentence(kind, &out);
		buf_end(&out);
		*ret_level = kind->level;
		drop(crowd, kind);
		return true;
	}
	return false;
}

uint64_t agent_crowd_next_ms(const struct agent_crowd *crowd)
{
	uint64_t next_ms = UINT64_MAX;

	for (unsigned i = 0; i < crowd->used; i++) {
		const struct agent_crowd_kind *kind = &crowd->kinds[i];

		if (kind->more && end_of(kind) < next_ms)
			next_ms = end_of(kind);
	}
	return next_ms;
}
