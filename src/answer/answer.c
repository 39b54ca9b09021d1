/* answer/answer.c: the answers, each from its request alone. */
#include "answer/answer.h"

#include "sip/addr.h"
#include "sip/reply.h"
#include "sip/status.h"

#define SIP_PORT 5060 /* RFC 3261 18.2.2: where an answer goes that nobody said a port for */

#define ALLOW        "Allow: INVITE, ACK, CANCEL, OPTIONS, NOTIFY\r\n"
#define ALLOW_EVENTS "Allow-Events: check-sync, message-summary\r\n"

/* What is read of a request before it is answered. */
struct visit {
	const struct answer_ask *ask;
	struct sip_via via;
	struct slice call_id;
	bool in_dialog; /* its To has a tag */
};

struct verdict {
	enum answer_kind kind;
	uint16_t status;
	struct slice headers; /* whole lines */
};

static bool is_method(const struct visit *visit, struct slice method)
{
	return slice_equal(visit->ask->msg->method, method);
}

/* RFC 3261 8.1.1: what every request has. */
static bool enter(const struct answer_ask *ask, struct visit *ret_visit)
{
	const struct sip_msg *msg = ask->msg;
	struct visit visit = { .ask = ask, .call_id = msg->first[SIP_CALL_ID] };
	struct sip_values walk = { 0 };
	struct slice value, method, tag;
	struct sip_addr to;
	uint32_t cseq;

	if (!sip_value_next(msg, SIP_VIA, &walk, &value) ||
	    sip_via_parse(value, &visit.via) != PARSE_OK || !visit.call_id.n ||
	    !slice_present(msg->first[SIP_FROM]) || !slice_present(msg->first[SIP_TO]) ||
	    sip_addr_parse(msg->first[SIP_TO], &to) != PARSE_OK ||
	    sip_cseq_parse(msg->first[SIP_CSEQ], &cseq, &method) != PARSE_OK ||
	    !slice_equal(method, msg->method))
		return false;
	visit.in_dialog = sip_addr_param(to.params, SLICE("tag"), &tag);
	*ret_visit = visit;
	return true;
}

/* The package of an Event header, without its parameters. */
static bool is_event(const struct visit *visit, struct slice name)
{
	struct slice event = visit->ask->msg->first[SIP_EVENT];

	return slice_equal_nocase(slice_trim(slice_of(event.p, slice_find(event, ';'))), name);
}

static bool requires_something(const struct visit *visit)
{
	struct sip_values walk = { 0 };
	struct slice value;

	return sip_value_next(visit->ask->msg, SIP_REQUIRE, &walk, &value);
}

/* In one line: a line for each would let a forged request be answered with several times its bytes.
 */
static void put_unsupported(const struct visit *visit, struct buf *headers)
{
	struct sip_values walk = { 0 };
	struct slice value;
	const char *before = "Unsupported: ";

	for (; sip_value_next(visit->ask->msg, SIP_REQUIRE, &walk, &value); before = ",") {
		buf_str(headers, before);
		buf_put(headers, value);
	}
	buf_str(headers, "\r\n");
}

/* Who sends a call on minds no extension that it requires (RFC 3261 8.3): that is for whoever takes
 * it. */
static struct verdict judge_call(const struct visit *visit, struct buf *headers)
{
	struct slice calls = slice_str(visit->ask->calls);
	struct verdict verdict = { .kind = ANSWER_CALL, .status = 480 };
	bool busy = slice_equal(calls, SLICE("busy"));

	if (slice_present(calls) && !busy && !slice_equal(calls, SLICE("unavailable"))) {
		verdict.status = 302;
		buf_str(headers, "Contact: <");
		buf_put(headers, calls);
		buf_str(headers, ">\r\n");
	} else if (requires_something(visit)) {
		verdict.status = 420;
		put_unsupported(visit, headers);
	} else if (busy) {
		verdict.status = 486;
	} else {
		/* RFC 3261 20.43: for whoever reads the trace of the PBX. */
		buf_str(headers, "Warning: 399 lineup \"This line is registered for others to "
		                 "answer: no calls are taken here\"\r\n");
	}
	return verdict;
}

static struct verdict judge(const struct visit *visit, struct buf *headers)
{
	struct verdict verdict = { .kind = ANSWER_REFUSAL, .status = 405 };

	if (visit->in_dialog) {
		verdict.status = 481;
	} else if (visit->ask->nobody && !is_method(visit, SLICE("OPTIONS"))) {
		verdict.status = 404;
	} else if (!is_method(visit, SLICE("OPTIONS")) && !is_method(visit, SLICE("NOTIFY")) &&
	           !is_method(visit, SLICE("INVITE"))) {
		buf_str(headers, ALLOW);
	} else if (is_method(visit, SLICE("INVITE"))) {
		verdict = judge_call(visit, headers);
	} else if (requires_something(visit)) {
		verdict.status = 420;
		put_unsupported(visit, headers);
	} else if (is_method(visit, SLICE("OPTIONS"))) {
		verdict = (struct verdict){ .kind = ANSWER_PING, .status = 200 };
		buf_str(headers, ALLOW "Accept: application/sdp\r\n" ALLOW_EVENTS);
	} else if (is_event(visit, SLICE("check-sync")) ||
	           is_event(visit, SLICE("message-summary"))) {
		verdict = (struct verdict){ .kind = ANSWER_NOTICE, .status = 200 };
	} else {
		verdict = (struct verdict){ .kind = ANSWER_NOTICE, .status = 489 };
		buf_str(headers, ALLOW_EVENTS);
	}
	verdict.headers = buf_slice(headers);
	return verdict;
}

static void write_reply(const struct visit *visit, const struct verdict *verdict, struct buf *out)
{
	const struct answer_ask *ask = visit->ask;
	char memory[NET_ADDR_TEXT_MAX];
	struct buf host = buf_over(memory, sizeof(memory));

	net_addr_show_host(&ask->from, &host);
	sip_reply_front(
		&(struct sip_reply){
			.request = ask->msg,
			.status = verdict->status,
			.reason = slice_str(sip_status_phrase(verdict->status)),
			.from_host = host.p[0] == '[' ? slice_of(host.p + 1, host.n - 2)
	                                              : buf_slice(&host),
			.from_port = net_addr_port(&ask->from),
			.to_tag = hash_bytes(ask->key, visit->call_id.p, visit->call_id.n),
		},
		&visit->via, out);
	buf_put(out, verdict->headers);
	if (slice_present(ask->user_agent)) {
		buf_str(out, "Server: ");
		buf_put(out, ask->user_agent);
		buf_str(out, "\r\n");
	}
	buf_str(out, "Content-Length: 0\r\n\r\n");
}

static struct slice caller_of(const struct sip_msg *msg)
{
	struct sip_addr from;

	if (sip_addr_parse(msg->first[SIP_FROM], &from) != PARSE_OK)
		return SLICE_NONE;
	return from.uri_text;
}

bool answer_write(const struct answer_ask *ask, struct buf *out, struct answer_given *ret_given)
{
	char memory[ANSWER_MAX];
	struct buf headers = buf_over(memory, sizeof(memory));
	struct answer_given given = { .to = ask->from };
	struct verdict verdict;
	struct visit visit;

	if (!enter(ask, &visit) || is_method(&visit, SLICE("ACK")) ||
	    is_method(&visit, SLICE("CANCEL")))
		return false;
	verdict = judge(&visit, &headers);
	write_reply(&visit, &verdict, out);
	if (headers.full || out->full)
		return false;
	if (!visit.via.rport_asked)
		net_addr_set_port(&given.to, visit.via.port ? visit.via.port : SIP_PORT);
	given.kind = verdict.kind;
	given.status = verdict.status;
	if (given.kind == ANSWER_CALL)
		given.caller = caller_of(ask->msg);
	*ret_given = given;
	return true;
}
