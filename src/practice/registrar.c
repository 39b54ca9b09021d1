/* practice/registrar.c: a request's way to its answer. The table of steps below is RFC 3261 8.2 and
 * 10.3 in their order, with one exception: an extension that is not ours is answered 404 before
 * anybody is asked for a password, since there is none that would be right. */
#include "practice/registrar.h"

#include "practice/core.h"
#include "sip/aor.h"
#include "sip/status.h"

#define ALLOW "Allow: REGISTER, OPTIONS\r\n"

/* ---- the steps ---- */

static enum practice_step step_read(struct practice_visit *visit)
{
	const struct slice *first = visit->msg.first;
	struct slice method;
	struct sip_addr from;

	if (!first[SIP_CALL_ID].n)
		return practice_end(visit, 400, "Missing Call-ID", NULL);
	if (!slice_present(first[SIP_CSEQ]))
		return practice_end(visit, 400, "Missing CSeq", NULL);
	if (sip_cseq_parse(first[SIP_CSEQ], &visit->cseq, &method) != PARSE_OK)
		return practice_end(visit, 400, "Malformed CSeq", NULL);
	if (!slice_equal(method, visit->msg.method))
		return practice_end(visit, 400, "CSeq Names Another Method", NULL);
	if (!slice_present(first[SIP_FROM]))
		return practice_end(visit, 400, "Missing From", NULL);
	if (sip_addr_parse(first[SIP_FROM], &from) != PARSE_OK)
		return practice_end(visit, 400, "Malformed From", NULL);
	if (!slice_present(first[SIP_TO]))
		return practice_end(visit, 400, "Missing To", NULL);
	if (sip_addr_parse(first[SIP_TO], &visit->to) != PARSE_OK)
		return practice_end(visit, 400, "Malformed To", NULL);
	return PRACTICE_GO_ON;
}

static enum practice_step step_method(struct practice_visit *visit)
{
	if (slice_equal(visit->msg.method, SLICE("REGISTER")))
		return PRACTICE_GO_ON;
	enum practice_step step = practice_step_wire(visit);
	if (step != PRACTICE_GO_ON)
		return step;
	if (slice_equal(visit->msg.method, SLICE("CANCEL")))
		return practice_end(visit, 481, NULL, "there is nothing to cancel");
	buf_str(&visit->headers, ALLOW);
	if (slice_equal(visit->msg.method, SLICE("OPTIONS")))
		return practice_end(visit, 200, NULL, NULL);
	return practice_end(visit, 405, NULL, NULL);
}

/* Any domain is ours, so that a rehearsal can use the address of the real server; but request and
 * address-of-record must mean the same one. */
static enum practice_step step_domain(struct practice_visit *visit)
{
	struct sip_uri uri;

	if (sip_uri_parse(visit->msg.uri, &uri) != PARSE_OK)
		return practice_end(visit, 400, "Malformed Request-URI", NULL);
	if (uri.scheme == SIP_SCHEME_OTHER)
		return practice_end(visit, 416, NULL, NULL);
	if (visit->to.uri.scheme == SIP_SCHEME_OTHER || !slice_present(visit->to.uri.user))
		return practice_end(visit, 400, "To Is No Address-of-Record", NULL);
	if (!slice_equal_nocase(visit->to.uri.host, uri.host))
		return practice_end(visit, 404, NULL, "To is of another domain than the request");
	return PRACTICE_GO_ON;
}

static enum practice_step step_require(struct practice_visit *visit)
{
	struct sip_values walk = { 0 };
	struct slice option;
	bool any = false;

	while (sip_value_next(&visit->msg, SIP_REQUIRE, &walk, &option)) {
		buf_str(&visit->headers, any ? ", " : "Unsupported: ");
		buf_put(&visit->headers, option);
		any = true;
	}
	if (!any)
		return PRACTICE_GO_ON;
	buf_str(&visit->headers, "\r\n");
	return practice_end(visit, 420, NULL, NULL);
}

static enum practice_step step_extension(struct practice_visit *visit)
{
	char user[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1], memory[160];
	struct buf ignored = buf_over(memory, sizeof(memory));

	if (sip_extension_parse(visit->to.uri.user, user, plain, &ignored) == 0)
		visit->account = practice_account_of(visit->core, slice_str(plain));
	if (!visit->account)
		return practice_end(visit, 404, NULL, "no such extension here");
	return PRACTICE_GO_ON;
}

static practice_step_fn *const steps[] = {
	step_read,          step_method,          step_domain,         step_require,
	step_extension,     practice_step_wire,   practice_step_early, practice_step_authenticate,
	practice_step_late, practice_step_change,
};

/* ---- a visit ---- */

enum practice_step practice_end(struct practice_visit *visit, uint16_t status, const char *reason,
                                const char *why)
{
	visit->status = status;
	visit->reason = slice_str(reason ? reason : sip_status_phrase(status));
	visit->why = why;
	return PRACTICE_ANSWER;
}

enum practice_step practice_end_silent(struct practice_visit *visit, const char *why)
{
	visit->why = why;
	return PRACTICE_SILENT;
}

/* The faults that a request meets, as text: its extension's own, then those of all. */
static struct slice put_faults(const struct practice_visit *visit, struct buf *out)
{
	const struct practice_faults *own = visit->account ? visit->account->faults : NULL;
	const struct practice_faults *all = &visit->core->faults;

	if (own)
		practice_faults_show(own, out);
	for (unsigned i = 0; i < all->count; i++) {
		if (own && practice_faults_find(own, all->list[i].id))
			continue;
		if (out->n)
			buf_char(out, ',');
		practice_fault_show(&all->list[i], out);
	}
	return out->n ? buf_slice(out) : SLICE_NONE;
}

void practice_tell(const struct practice_visit *visit, enum practice_event_kind kind,
                   const struct practice_binding *binding)
{
	char memory[2 * PRACTICE_FAULTS_MAX * (PRACTICE_FAULT_TEXT_MAX + 32)];
	struct buf faults = buf_over(memory, sizeof(memory));
	struct practice_event event = {
		.kind = kind,
		.from = visit->request->from,
		.transport = visit->request->transport,
		.method = visit->msg.method,
		.status = visit->status,
		.reason = visit->reason,
		.why = visit->why,
		.faults = put_faults(visit, &faults),
	};

	if (visit->account)
		event.extension = visit->account->extension;
	if (binding) {
		event.contact = practice_binding_uri(binding);
		event.granted_s = binding->granted_s;
	}
	if (visit->core->handler.event)
		visit->core->handler.event(visit->core->ctx, &event);
}

static void tell_end(const struct practice_visit *visit)
{
	if (visit->status == 401 && !visit->why)
		practice_tell(visit, PRACTICE_CHALLENGED, NULL);
	else if (visit->status < 200)
		practice_tell(visit, PRACTICE_IGNORED, NULL);
	else if (visit->status >= 300 || (visit->account && visit->why))
		practice_tell(visit, PRACTICE_REFUSED, NULL);
	else if (!visit->account)
		practice_tell(visit, PRACTICE_ANSWERED, NULL);
}

/* What gets no answer at all. */
static void ignore(struct practice_visit *visit, const char *why)
{
	visit->why = why;
	visit->core->stats.ignored++;
	practice_tell(visit, PRACTICE_IGNORED, NULL);
}

/* Keep-alives of clients behind a NAT (RFC 5626 4.4): an empty datagram, blank lines, four zeros.
 * They come every few seconds, and mean nothing here. */
static bool is_keep_alive(struct slice bytes)
{
	return slice_trim(bytes).n == 0 || slice_equal(bytes, SLICE("\0\0\0\0"));
}

/* Reads what every answer needs. False: it gets none. */
static bool enter(struct practice_visit *visit)
{
	struct sip_values walk = { 0 };

	if (is_keep_alive(visit->request->bytes)) {
		visit->core->stats.ignored++;
		return false;
	}
	if (sip_parse(visit->request->bytes, &visit->msg, NULL) != PARSE_OK) {
		visit->msg = (struct sip_msg){ 0 };
		ignore(visit, "this is no SIP message");
		return false;
	}
	if (visit->msg.kind == SIP_RESPONSE) {
		ignore(visit, "a response to nothing that was asked");
		return false;
	}
	if (!sip_value_next(&visit->msg, SIP_VIA, &walk, &visit->top_via_text) ||
	    sip_via_parse(visit->top_via_text, &visit->top_via) != PARSE_OK) {
		ignore(visit, "without a Via that can be read there is no way back");
		return false;
	}
	if (slice_equal(visit->msg.method, SLICE("ACK"))) {
		ignore(visit, "an ACK is not answered");
		return false;
	}
	return true;
}

/* The same request from the same place, as a number. */
static uint64_t request_hash(const struct practice_core *core,
                             const struct practice_request *request)
{
	struct {
		uint64_t bytes;
		struct sockaddr_in6 from;
	} both;

	memset(&both, 0, sizeof(both));
	memcpy(&both.from, &request->from, net_addr_len(&request->from));
	both.bytes = hash_bytes(&core->request_key, request->bytes.p, request->bytes.n);
	return hash_bytes(&core->request_key, &both, sizeof(both));
}

static enum practice_step take_steps(struct practice_visit *visit)
{
	enum practice_step step = PRACTICE_GO_ON;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && step == PRACTICE_GO_ON; i++)
		step = steps[i](visit);
	return step;
}

/* A request that was here before: its answer again, unless it is not ready yet, or lost. */
static bool answer_again(struct practice_core *core, const struct practice_resend *resend,
                         uint64_t now_ms, struct buf *out, struct practice_sending *ret_sending)
{
	core->stats.resent++;
	if (now_ms < resend->ready_ms || practice_lost(core, resend->loss_percent) ||
	    practice_lost(core, resend->loss_percent))
		return false;
	buf_put(out, resend->answer);
	*ret_sending = resend->sending;
	return !out->full;
}

static void begin(struct practice_visit *visit, struct practice_core *core,
                  const struct practice_request *request)
{
	memset(visit, 0, offsetof(struct practice_visit, memory));
	visit->core = core;
	visit->request = request;
	visit->expires_min_s = core->config.expires_min_s;
	visit->expires_max_s = core->config.expires_max_s;
	visit->brief_below_s = PRACTICE_BRIEF_S;
	visit->headers = buf_over(visit->memory, sizeof(visit->memory));
}

/* An answer that was made is remembered for retransmissions, and then it may be lost, or come late.
 * True: it is to be sent now. */
static bool hand_over(struct practice_visit *visit, uint64_t hash, struct slice answer,
                      const struct practice_sending *sending)
{
	struct practice_core *core = visit->core;
	const struct practice_fault *slow = practice_fault_of(visit, PRACTICE_FAULT_SLOW);
	const struct practice_fault *loss = practice_fault_of(visit, PRACTICE_FAULT_LOSS);
	const uint64_t now_ms = visit->request->now_ms;
	const struct practice_resend resend = {
		.answer = answer,
		.sending = *sending,
		.ready_ms = now_ms + (slow ? (uint32_t)slow->n : 0),
		.loss_percent = loss ? (uint32_t)loss->n : 0,
	};

	practice_resend_note(core->resends, hash, now_ms, &resend);
	if (practice_lost(core, resend.loss_percent)) {
		ignore(visit, "the answer got lost");
		return false;
	}
	if (!slow)
		return true;
	if (practice_held_put(core->held, resend.ready_ms, answer, sending) != 0)
		ignore(visit, "too many answers are held back");
	return false;
}

bool practice_answer(struct practice_core *core, const struct practice_request *request,
                     struct buf *out, struct practice_sending *ret_sending)
{
	const uint64_t hash = request_hash(core, request);
	struct practice_visit visit;
	struct practice_resend resend;

	practice_expire(core, request->now_ms);
	begin(&visit, core, request);
	if (practice_bans_hold(&core->bans, &request->from, request->now_ms)) {
		ignore(&visit, "this address is banned");
		return false;
	}
	if (practice_resend_find(core->resends, hash, request->now_ms, &resend))
		return answer_again(core, &resend, request->now_ms, out, ret_sending);
	if (!enter(&visit))
		return false;
	core->stats.requests++;
	if (take_steps(&visit) != PRACTICE_ANSWER) {
		ignore(&visit, visit.why);
		return false;
	}
	const size_t before = out->n;
	struct practice_sending sending;
	practice_fault_finish(&visit);
	practice_reply_write(&visit, out);
	if (out->full) {
		ignore(&visit, "the answer would be too long for a datagram");
		return false;
	}
	practice_reply_to(&visit, &sending);
	core->stats.by_class[visit.status / 100]++;
	tell_end(&visit);
	const struct slice answer = slice_of(out->p + before, out->n - before);
	if (!hand_over(&visit, hash, answer, &sending)) {
		out->n = before;
		return false;
	}
	*ret_sending = sending;
	return true;
}
