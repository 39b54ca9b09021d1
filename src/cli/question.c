/* cli/question.c: from a question to its answers: what it tells becomes facts, and explain() does
 * the rest. What no cause stands for, the normal steps of the log, has its words here. */
#include "cli/question.h"

#include "cli/looks_like.h"

#include "base/guess.h"
#include "base/num.h"
#include "cli/log_line.h"
#include "sip/status.h"
#include "sip/uri.h"

#define STATUS_MIN 100
#define STATUS_ASK 300 /* below, a number alone asks for no reason: it came with no failure */
#define STATUS_MAX 699

/* What the article, and Lineup's log with it, writes where no server answered. */
#define TIMEOUT SLICE("Network Timeout")

/* ---- normal steps */

enum step { STEP_SEND, STEP_SEND_MORE, STEP_RETRY, STEP_PASS, STEP_NOTE, STEP_PROVISIONAL };

static const struct explain_cause steps[] = {
	[STEP_SEND] = {
		.title = "The first request, without a login",
		.seen = "The log's line \"Ctx (nil) send REGISTER\": a request goes to @SERVER@.",
		.meaning = "This is the normal beginning. A login is never handed out unasked, so "
		           "the first request has none. \"(nil)\" says that no answer belongs to "
		           "it yet.",
		.who = "nobody",
		.again = "Not needed: the attempt has just begun.",
		.advice = { "Look at the next line. A 401 or 407 is the server's question for the "
		            "login, and normal. A 200 means registered.",
		            "If 32 seconds pass without a next line, the server did not answer: "
		            "type \"lineup explain silence\"." },
	},
	[STEP_SEND_MORE] = {
		.title = "A further request of the same attempt",
		.seen = "The log's line \"send REGISTER\" with a context: a request goes to "
		        "@SERVER@.",
		.meaning = "This is a normal step. The answer before it asked for something, such as "
		           "a login, a longer time or another place, and here it gets it.",
		.who = "nobody",
		.again = "Not needed: the attempt goes on.",
		.advice = { "Look at the line before it for what was asked, and at the next one for "
		            "the answer." },
	},
	[STEP_RETRY] = {
		.title = "The request goes out again, with the login",
		.seen = "The log's line \"Retrying REGISTER with updated authentication\".",
		.meaning = "This is a normal step. The server has asked for a login, and now the "
		           "request carries the Auth User and an answer made from the Auth "
		           "Password.",
		.who = "nobody",
		.again = "Not needed: the attempt goes on.",
		.advice = { "Look at the next answer. A 200 means registered. Another 401 or 407 "
		            "means that the login was not accepted: type \"lineup explain "
		            "auth-refused\".",
		            "If 32 seconds pass without one: type \"lineup explain "
		            "silence-after-login\"." },
	},
	[STEP_PASS] = {
		.title = "The answer is handed to its attempt",
		.seen = "The log's line \"Passing message to the context\".",
		.meaning = "This is a normal step inside the program, and says nothing about the "
		           "server. It stands in front of a result that is no success.",
		.who = "nobody",
		.again = "Not needed by this line.",
		.advice = { "Look at the next line, \"SIP: REGISTER\" with an address: it has the "
		            "result. Hand that one to \"lineup explain\"." },
	},
	[STEP_NOTE] = {
		.title = "A remark",
		.seen = "A line of the log that says in full what it has to say.",
		.meaning = "This is no result. Lineup saw something that did not stop it, and that "
		           "may explain a failure which comes later.",
		.who = "nobody",
		.again = "Not needed by this line.",
		.advice = { "If the line then fails, hand the line \"SIP: REGISTER failed\" to "
		            "\"lineup explain\"." },
	},
	[STEP_PROVISIONAL] = {
		.title = "The server is working on it",
		.seen = "@STATUS@ @REASON@ from @SERVER@, which is no final answer.",
		.meaning = "Numbers from 100 to 199 say that the request has arrived and that an "
		           "answer will follow. Nothing is decided yet.",
		.who = "nobody",
		.again = "Not needed: the attempt goes on.",
		.advice = { "Wait for the next answer: that one counts.",
		            "If none comes within 32 seconds: type \"lineup explain "
		            "no-final-answer\"." },
	},
};

static void add_answer(struct question *q, const struct explain_cause *cause, uint16_t status,
                       enum question_list list)
{
	if (q->answer_count < QUESTION_ANSWER_MAX)
		q->answers[q->answer_count++] = (struct question_answer){ cause, status, list };
}

static void add_step(struct question *q, enum step step)
{
	add_answer(q, &steps[step], 0, QUESTION_ALONE);
}

/* ---- statuses */

static void remark_class(struct question *q, uint16_t status, struct buf *memory)
{
	size_t from = memory->n;

	if (status < 300 || explain_names(status))
		return;
	buf_str(memory, "There is no entry for ");
	buf_u64(memory, status);
	buf_str(memory, " alone. By the standard (RFC 3261, 8.1.3.2) a number that is not known "
	                "counts as the general one of its kind, ");
	buf_u64(memory, status / 100 * 100);
	buf_str(memory, "; so this is what holds for all of them.");
	q->remark = slice_of(memory->p + from, memory->n - from);
}

static bool is_timeout(uint16_t status, struct slice reason)
{
	return status == 408 && slice_equal_nocase(reason, TIMEOUT);
}

/* An answer, by whatever is known of it. */
static void answer_facts(struct question *q, const struct reg_facts *facts, struct buf *memory)
{
	struct reg_facts silent = *facts;

	q->reason = facts->reason;
	if (is_timeout(facts->status, facts->reason)) {
		silent.status = 0;
		silent.local = REG_LOCAL_SILENCE;
		q->reason = SLICE_NONE;
		add_answer(q, explain(&silent), 0, QUESTION_UNANSWERED);
	} else if (facts->status < 200) {
		add_answer(q, &steps[STEP_PROVISIONAL], facts->status, QUESTION_BY_STATUS);
	} else {
		add_answer(q, explain(facts), facts->status, QUESTION_BY_STATUS);
		remark_class(q, facts->status, memory);
	}
}

/* A status of which nothing else is known. */
static void answer_status(struct question *q, uint16_t status, struct buf *memory)
{
	static const struct reg_facts silent = { .local = REG_LOCAL_SILENCE };
	const struct reg_facts facts = { .status = status };

	answer_facts(q, &facts, memory);
	if (status != 408)
		return;
	add_answer(q, explain(&silent), 0, QUESTION_UNANSWERED);
	q->remark = SLICE("A 408 is either an answer of a server or, with the words \"Network "
	                  "Timeout\", the sign that no answer came. The first is explained "
	                  "first, the second behind it.");
}

/* A number from low to STATUS_MAX. */
static bool is_status(struct slice text, uint32_t low, uint32_t *ret_status)
{
	uint32_t status;

	if (text.n != 3 || num_u32(text, STATUS_MAX, &status) < 0 || status < low)
		return false;
	*ret_status = status;
	return true;
}

static bool read_number(struct slice text, uint32_t low, struct question *q, struct buf *memory)
{
	uint32_t status;

	if (!is_status(text, low, &status))
		return false;
	answer_status(q, (uint16_t)status, memory);
	return true;
}

/* "SIP/2.0 403 Forbidden auth ID", "403 Forbidden auth ID" */
static bool read_status_line(struct slice text, struct question *q, struct buf *memory)
{
	bool line = slice_starts_nocase(text, SLICE("SIP/2.0 "));
	struct reg_facts facts = { 0 };
	uint32_t status;

	if (line)
		text = slice_trim(slice_from(text, 8));
	if (read_number(text, line ? STATUS_MIN : STATUS_ASK, q, memory))
		return true;
	if (text.n < 4 || text.p[3] != ' ' || !is_status(slice_of(text.p, 3), STATUS_MIN, &status))
		return false;
	facts.status = (uint16_t)status;
	facts.reason = slice_from(text, 4);
	facts.reason = slice_trim(slice_of(facts.reason.p, slice_find(facts.reason, '\n')));
	facts.server = q->agent;
	answer_facts(q, &facts, memory);
	return true;
}

/* ---- lines of a log */

/* An attempt, as far as its lines tell. */
struct story {
	struct reg_facts facts; /* status 0: nothing is decided */
	enum step step;         /* what was done last */
	bool retried;           /* the login was sent */
	bool lapsed;            /* a registration has run out */
	bool failed;            /* only "REGISTER failed" was read, which has no reason */
	struct slice address, uri, id;
	unsigned lines;
};

/* Whether the login was refused when an answer came last. */
static bool was_refused(const struct reg_facts *facts)
{
	bool silent = !facts->status || is_timeout(facts->status, facts->reason);

	return silent ? facts->was_refused : reg_login_refused(facts);
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
	if (is_timeout(line->status, line->reason) && reg_login_refused(facts))
		*facts = (struct reg_facts){ .stage = REG_STAGE_FIRST, .was_refused = true };
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

static void tell_request(struct story *story, enum step step)
{
	bool refused = was_refused(&story->facts);

	story->step = step;
	story->facts.status = 0;
	story->facts.reason = SLICE_NONE;
	if (step == STEP_SEND) {
		story->retried = false;
		story->facts =
			(struct reg_facts){ .stage = REG_STAGE_FIRST, .was_refused = refused };
	} else if (step == STEP_RETRY) {
		story->retried = true;
		story->facts.stage = REG_STAGE_ANSWERED;
		story->facts.credentials_sent = true;
	}
}

static void tell(struct story *story, const struct log_line *line)
{
	static const struct log_line unauthorized = { .kind = LOG_CANNOT_AUTH, .status = 401 };

	if (story->lines++ == 0)
		story->step = line->kind == LOG_PASS ? STEP_PASS : STEP_NOTE;
	if (line->address.n)
		story->address = line->address;
	if (line->uri.n)
		story->uri = line->uri;
	story->lapsed |= line->lapsed;
	if (line->id.n)
		story->id = line->id;
	switch (line->kind) {
	case LOG_SEND:
		tell_request(story, line->first ? STEP_SEND : STEP_SEND_MORE);
		break;
	case LOG_RETRY_AUTH:
		tell_request(story, STEP_RETRY);
		break;
	case LOG_RECV:
	case LOG_RESULT:
	case LOG_FAILED:
		tell_answer(story, line);
		break;
	case LOG_CANNOT_AUTH:
		if (story->facts.status != 407)
			tell_answer(story, &unauthorized);
		break;
	case LOG_PASS:
	case LOG_CALL:
	case LOG_NOTE:
	case LOG_KIND_COUNT:
		break;
	}
}

static void name_parts(const struct story *story, struct question *q)
{
	struct sip_uri uri;

	q->address = story->address;
	if (sip_uri_parse(story->address, &uri) == PARSE_OK) {
		q->extension = uri.user;
		q->server = uri.host;
	} else if (sip_uri_parse(story->uri, &uri) == PARSE_OK) {
		q->server = uri.host;
	}
}

static bool read_log(struct slice text, struct question *q, struct buf *memory)
{
	struct story story = { 0 };
	const struct explain_cause *named;
	struct log_line line;

	while (text.n) {
		size_t n = slice_find(text, '\n');

		if (log_line_read(slice_of(text.p, n), memory, &line))
			tell(&story, &line);
		text = slice_from(text, n + (n < text.n));
	}
	if (!story.lines)
		return false;
	story.facts.server = q->agent;
	named = explain_by_id(story.id);
	name_parts(&story, q);
	if (named) {
		q->reason = story.facts.reason;
		add_answer(q, named, story.facts.status, QUESTION_ALONE);
	} else if (!story.facts.status && story.lapsed) {
		add_answer(q, explain_by_id(SLICE("registration-ended")), 0, QUESTION_ALONE);
	} else if (!story.facts.status) {
		add_step(q, story.step);
	} else if (story.failed && story.facts.status == 408) {
		answer_status(q, 408, memory);
	} else {
		answer_facts(q, &story.facts, memory);
	}
	return true;
}

/* ---- reason phrases */

/* Whether a status has this phrase: in the standard, or in the article. */
static bool has_phrase(uint16_t status, struct slice text)
{
	bool named = explain_names(status) || status == 100 || status == 200;

	return (named && slice_equal_nocase(text, slice_str(sip_status_phrase(status)))) ||
	       (status == 402 && slice_equal_nocase(text, SLICE("Bad Extension"))) ||
	       (status == 408 && slice_equal_nocase(text, TIMEOUT));
}

/* A phrase that is known by heart, with the number or the two that it belongs to. */
static bool read_phrase(struct slice text, struct question *q, struct buf *memory)
{
	size_t from;

	for (uint16_t status = STATUS_MIN; status <= STATUS_MAX; status++) {
		const struct reg_facts facts = { .status = status, .reason = text };

		if (has_phrase(status, text))
			answer_facts(q, &facts, memory);
	}
	if (q->answer_count < QUESTION_ANSWER_MAX)
		return q->answer_count > 0;
	from = memory->n;
	buf_str(memory, "These words stand for ");
	buf_u64(memory, q->answers[0].status);
	buf_str(memory, " and for ");
	buf_u64(memory, q->answers[1].status);
	buf_str(memory, ", which do not mean the same. Look which number stands in the log.");
	q->remark = slice_of(memory->p + from, memory->n - from);
	return true;
}

/* Words that rules look for in reasons. */
static bool read_words(struct slice text, struct question *q)
{
	struct explain_sense senses[EXPLAIN_UNDER_MAX];
	unsigned count = explain_by_words(text, senses);

	if (!count)
		return false;
	q->reason = text;
	add_answer(q, senses[0].cause, senses[0].status,
	           senses[0].status ? QUESTION_BY_STATUS : QUESTION_ALONE);
	for (unsigned i = 1; i < count; i++)
		q->more[q->more_count++] = senses[i].cause;
	return true;
}

/* ---- questions */

/* A single word near an id is a slip of the fingers, not a phrase. */
static bool is_slip(struct slice text)
{
	struct guess guess = guess_for(text);
	const struct explain_cause *cause;

	if (slice_find(text, ' ') < text.n)
		return false;
	for (unsigned i = 0; (cause = explain_at(i)); i++)
		guess_offer(&guess, slice_str(cause->id));
	return slice_present(guess.best);
}

bool question_read(struct slice text, struct buf *memory, struct question *ret_q)
{
	const struct explain_cause *cause;
	struct question q = { 0 };

	text = slice_trim(text);
	if (!text.n || text.n > QUESTION_BYTES_MAX)
		return false;
	q.agent = looks_like_find(text);
	cause = explain_by_id(text);
	if (cause)
		add_answer(&q, cause, 0, QUESTION_ALONE);
	else if (!read_log(text, &q, memory) && !read_status_line(text, &q, memory) &&
	         !read_phrase(text, &q, memory) && (is_slip(text) || !read_words(text, &q)))
		return false;
	if (memory->full)
		return false;
	*ret_q = q;
	return true;
}
