/* cli/question.c: from a question to its answers: what it tells becomes facts, and explain() does
 * the rest. What no cause stands for, the normal steps of the log, has its words here. */
#include "cli/question.h"

#include "base/guess.h"
#include "base/num.h"
#include "cli/looks_like.h"
#include "cli/story.h"
#include "sip/status.h"
#include "sip/uri.h"

#define STATUS_MIN 100
#define STATUS_ASK 300 /* below, a number alone asks for no reason: it came with no failure */
#define STATUS_MAX 699

/* ---- normal steps */

static const struct explain_cause steps[] = {
	[STORY_SEND] = {
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
	[STORY_SEND_MORE] = {
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
	[STORY_RETRY] = {
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
	[STORY_PASS] = {
		.title = "The answer is handed to its attempt",
		.seen = "The log's line \"Passing message to the context\".",
		.meaning = "This is a normal step inside the program, and says nothing about the "
		           "server. It stands in front of a result that is no success.",
		.who = "nobody",
		.again = "Not needed by this line.",
		.advice = { "Look at the next line, \"SIP: REGISTER\" with an address: it has the "
		            "result. Hand that one to \"lineup explain\"." },
	},
	[STORY_NOTE] = {
		.title = "A remark",
		.seen = "A line of the log that says in full what it has to say.",
		.meaning = "This is no result. Lineup saw something that did not stop it, and that "
		           "may explain a failure which comes later.",
		.who = "nobody",
		.again = "Not needed by this line.",
		.advice = { "If the line then fails, hand the line \"SIP: REGISTER failed\" to "
		            "\"lineup explain\"." },
	},
	[STORY_PROVISIONAL] = {
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

static void add_step(struct question *q, enum story_step step)
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

/* Whether it goes over a connection. */
static bool is_stream(struct slice transport)
{
	return slice_present(transport) && !slice_equal(transport, SLICE("UDP"));
}

/* An answer of a server, by whatever is known of it. */
static void answer_reply(struct question *q, const struct reg_facts *facts, struct buf *memory)
{
	q->reason = facts->reason;
	if (facts->status < 200) {
		add_answer(q, &steps[STORY_PROVISIONAL], facts->status, QUESTION_BY_STATUS);
	} else {
		add_answer(q, explain(facts), facts->status, QUESTION_BY_STATUS);
		remark_class(q, facts->status, memory);
	}
}

static void add_unanswered(struct question *q, const struct story *story, enum reg_local local)
{
	struct reg_facts facts = story->facts;

	facts.status = 0;
	facts.local = local;
	facts.connected = is_stream(story->transport);
	add_answer(q, explain(&facts), 0, QUESTION_UNANSWERED);
}

/* No answer. Over a connection that is not one thing, and where the log is cut, or another
 * system's, nothing in it may say that one did not open. */
static void answer_silence(struct question *q, const struct story *story)
{
	if (story->way == STORY_WAY_LOST) {
		add_unanswered(q, story, REG_LOCAL_CONNECTION_LOST);
	} else if (story->way != STORY_WAY_SHUT &&
	           (!is_stream(story->transport) || story->way == STORY_WAY_OPEN)) {
		add_unanswered(q, story, REG_LOCAL_SILENCE);
	} else {
		bool shut = story->way == STORY_WAY_SHUT;

		add_unanswered(q, story,
		               shut && story->shut != REG_LOCAL_NONE ? story->shut
		                                                     : REG_LOCAL_CONNECT_SILENCE);
		if (shut)
			return;
		add_unanswered(q, story, REG_LOCAL_SILENCE);
		q->remark = SLICE("Over TCP and TLS a \"Network Timeout\" is either a connection "
		                  "that did not open, or a request on it that was not answered. "
		                  "The first is explained first, the second behind it.");
	}
}

/* Of which nothing is known but its number and words. */
static void answer_worded(struct question *q, const struct reg_facts *facts, struct buf *memory)
{
	const struct story story = { .facts = *facts };

	if (story_is_silent(&story))
		answer_silence(q, &story);
	else
		answer_reply(q, facts, memory);
}

/* A 408 without words. */
static void answer_either(struct question *q, const struct story *story, struct buf *memory)
{
	const struct reg_facts facts = { .status = 408 };

	answer_reply(q, &facts, memory);
	answer_silence(q, story);
	q->remark = is_stream(story->transport)
	                    ? SLICE("A 408 is either an answer of a server or, with the words "
	                            "\"Network Timeout\", the sign that no answer came. The first "
	                            "is explained first, the second behind it.")
	                    : SLICE("A 408 is either an answer of a server or, with the words "
	                            "\"Network Timeout\", the sign that no answer came. The first "
	                            "is explained first, the second, as it is over UDP, behind it; "
	                            "over TCP or TLS see \"lineup explain connect-silent\" and "
	                            "\"lineup explain silence-connected\".");
}

/* A status of which nothing else is known. */
static void answer_status(struct question *q, uint16_t status, struct buf *memory)
{
	static const struct story nothing = { .lines = 0 };
	const struct reg_facts facts = { .status = status };

	if (status == 408)
		answer_either(q, &nothing, memory);
	else
		answer_worded(q, &facts, memory);
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
	if (line)
		answer_reply(q, &facts, memory);
	else
		answer_worded(q, &facts, memory);
	return true;
}

/* ---- lines of a log */

static void name_parts(const struct story *story, struct question *q)
{
	struct sip_uri uri;

	q->address = story->address;
	q->transport = story->transport;
	if (sip_uri_parse(story->address, &uri) == PARSE_OK) {
		q->extension = uri.user;
		q->server = uri.host;
	} else if (sip_uri_parse(story->uri, &uri) == PARSE_OK) {
		q->server = uri.host;
	}
}

static bool read_log(struct slice text, struct question *q, struct buf *memory)
{
	const struct explain_cause *named;
	struct story story;

	if (!story_read(text, memory, &story))
		return false;
	story.facts.server = q->agent;
	named = explain_by_id(story.id);
	name_parts(&story, q);
	if (named) {
		q->reason = story.facts.reason;
		add_answer(q, named, story.facts.status, QUESTION_ALONE);
	} else if (!story.facts.status && story.lapsed) {
		add_answer(q, explain_by_id(SLICE("registration-ended")), 0, QUESTION_ALONE);
	} else if (!story.facts.status && story.way == STORY_WAY_SHUT) {
		answer_silence(q, &story);
	} else if (!story.facts.status) {
		add_step(q, story.step);
	} else if (story.failed && story.facts.status == 408) {
		answer_either(q, &story, memory);
	} else if (story_is_silent(&story)) {
		answer_silence(q, &story);
	} else {
		answer_reply(q, &story.facts, memory);
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
	       (status == 408 && slice_equal_nocase(text, STORY_TIMEOUT));
}

/* A phrase that is known by heart, with the number or the two that it belongs to. */
static bool read_phrase(struct slice text, struct question *q, struct buf *memory)
{
	size_t from;

	for (uint16_t status = STATUS_MIN; status <= STATUS_MAX; status++) {
		const struct reg_facts facts = { .status = status, .reason = text };

		if (has_phrase(status, text))
			answer_worded(q, &facts, memory);
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
	q.transport = story_via_transport(text);
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
