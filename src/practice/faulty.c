/* practice/faulty.c: the steps in which a request meets a fault, in front of the login and behind
 * it. What changes a step from within asks practice_fault_of() there: challenges in auth.c,
 * bindings in contact.c, the text of an answer in reply.c. */
#include "base/lex.h"
#include "practice/core.h"

typedef enum practice_step act_fn(struct practice_visit *visit, const struct practice_fault *fault);

const struct practice_fault *practice_fault_of(const struct practice_visit *visit,
                                               enum practice_fault_id id)
{
	const struct practice_faults *own = visit->account ? visit->account->faults : NULL;
	const struct practice_fault *fault = own ? practice_faults_find(own, id) : NULL;

	return fault ? fault : practice_faults_find(&visit->core->faults, id);
}

bool practice_lost(struct practice_core *core, uint32_t percent)
{
	return percent && rng_between(&core->rng, 1, 100) <= percent;
}

/* ---- what a fault does ---- */

static enum practice_step lose(struct practice_visit *visit, const struct practice_fault *fault)
{
	if (!practice_lost(visit->core, (uint32_t)fault->n))
		return PRACTICE_GO_ON;
	return practice_end_silent(visit, "it got lost");
}

static enum practice_step stay_silent(struct practice_visit *visit,
                                      const struct practice_fault *fault)
{
	(void)fault;
	return practice_end_silent(visit, "nothing is answered");
}

/* As where a longer packet never gets through. It must not come to the nonce, which would be used
 * up when the same request comes again. */
static enum practice_step ignore_login(struct practice_visit *visit,
                                       const struct practice_fault *fault)
{
	if (!slice_present(visit->msg.first[SIP_AUTHORIZATION]))
		return PRACTICE_GO_ON;
	return stay_silent(visit, fault);
}

static enum practice_step babble(struct practice_visit *visit, const struct practice_fault *fault)
{
	(void)fault;
	visit->why = "what is answered is no SIP";
	return PRACTICE_ANSWER;
}

static enum practice_step try(struct practice_visit *visit, const struct practice_fault *fault)
{
	(void)fault;
	return practice_end(visit, 100, NULL, "100 Trying, and no more");
}

static enum practice_step redirect(struct practice_visit *visit, const struct practice_fault *fault)
{
	struct slice host = slice_str(fault->text);
	struct buf *out = &visit->headers;

	buf_str(out, "Contact: <");
	if (slice_equal(host, SLICE("self"))) {
		buf_put(out, visit->msg.uri);
	} else {
		/* No name under .invalid ever exists (RFC 6761 6.4): nobody is sent to a stranger.
		 */
		buf_str(out, "sip:");
		buf_put(out,
		        slice_equal(host, SLICE("foreign")) ? SLICE("elsewhere.invalid") : host);
	}
	buf_str(out, ">\r\n");
	return practice_end(visit, 302, NULL, NULL);
}

/* 402=PHRASE and its like: the name is the status, as far as it is a number. */
static enum practice_step say(struct practice_visit *visit, const struct practice_fault *fault)
{
	static const uint16_t status[PRACTICE_FAULT_COUNT] = {
		[PRACTICE_FAULT_NOT_FOUND] = 404,    [PRACTICE_FAULT_UNAVAILABLE] = 480,
		[PRACTICE_FAULT_SERVER_ERROR] = 500, [PRACTICE_FAULT_PAYMENT] = 402,
		[PRACTICE_FAULT_FORBIDDEN] = 403,    [PRACTICE_FAULT_NOT_FOUND_AFTER_LOGIN] = 404,
	};

	return practice_end(visit, status[fault->id], fault->text, NULL);
}

static enum practice_step be_busy(struct practice_visit *visit, const struct practice_fault *fault)
{
	if (fault->n) {
		buf_str(&visit->headers, "Retry-After: ");
		buf_u64(&visit->headers, (uint64_t)fault->n);
		buf_str(&visit->headers, "\r\n");
	}
	return practice_end(visit, 503, NULL, NULL);
}

static enum practice_step say_status(struct practice_visit *visit,
                                     const struct practice_fault *fault)
{
	return practice_end(visit, (uint16_t)fault->n, NULL, NULL);
}

static enum practice_step ask_without_challenge(struct practice_visit *visit,
                                                const struct practice_fault *fault)
{
	(void)fault;
	return practice_end(visit, 401, NULL, "without a challenge");
}

static enum practice_step ask_for_basic(struct practice_visit *visit,
                                        const struct practice_fault *fault)
{
	(void)fault;
	buf_str(&visit->headers, "WWW-Authenticate: Basic realm=");
	lex_quote(visit->core->config.realm, &visit->headers);
	buf_str(&visit->headers, "\r\n");
	return practice_end(visit, 401, NULL, "Basic is asked for");
}

static enum practice_step refuse_query(struct practice_visit *visit,
                                       const struct practice_fault *fault)
{
	(void)fault;
	if (slice_present(visit->msg.first[SIP_CONTACT]))
		return PRACTICE_GO_ON;
	return practice_end(visit, 400, "Missing Contact", NULL);
}

/* A server of its own mind: RFC 3261 10.3 calls nothing from an hour on too brief. */
static enum practice_step want_longer(struct practice_visit *visit,
                                      const struct practice_fault *fault)
{
	visit->expires_min_s = (uint32_t)fault->n;
	visit->brief_below_s = UINT32_MAX;
	if (visit->expires_max_s < visit->expires_min_s)
		visit->expires_max_s = visit->expires_min_s;
	return PRACTICE_GO_ON;
}

/* ---- the steps ---- */

struct act {
	enum practice_fault_id id;
	act_fn *fn;
};

/* The first that ends the visit does. */
static enum practice_step take(struct practice_visit *visit, const struct act *acts, size_t count)
{
	enum practice_step step = PRACTICE_GO_ON;

	for (size_t i = 0; i < count && step == PRACTICE_GO_ON; i++) {
		const struct practice_fault *fault = practice_fault_of(visit, acts[i].id);

		if (fault)
			step = acts[i].fn(visit, fault);
	}
	return step;
}

enum practice_step practice_step_wire(struct practice_visit *visit)
{
	static const struct act acts[] = {
		{ PRACTICE_FAULT_LOSS, lose },
		{ PRACTICE_FAULT_SILENCE, stay_silent },
		{ PRACTICE_FAULT_GARBAGE, babble },
	};

	return take(visit, acts, sizeof(acts) / sizeof(acts[0]));
}

enum practice_step practice_step_early(struct practice_visit *visit)
{
	static const struct act acts[] = {
		{ PRACTICE_FAULT_TRYING, try },
		{ PRACTICE_FAULT_REDIRECT, redirect },
		{ PRACTICE_FAULT_NOT_FOUND, say },
		{ PRACTICE_FAULT_UNAVAILABLE, say },
		{ PRACTICE_FAULT_SERVER_ERROR, say },
		{ PRACTICE_FAULT_BUSY, be_busy },
		{ PRACTICE_FAULT_STATUS, say_status },
		{ PRACTICE_FAULT_SILENCE_AFTER_LOGIN, ignore_login },
		{ PRACTICE_FAULT_NO_CHALLENGE, ask_without_challenge },
		{ PRACTICE_FAULT_BASIC, ask_for_basic },
	};

	return take(visit, acts, sizeof(acts) / sizeof(acts[0]));
}

enum practice_step practice_step_late(struct practice_visit *visit)
{
	static const struct act acts[] = {
		{ PRACTICE_FAULT_PAYMENT, say },
		{ PRACTICE_FAULT_FORBIDDEN, say },
		{ PRACTICE_FAULT_NOT_FOUND_AFTER_LOGIN, say },
		{ PRACTICE_FAULT_NO_QUERY, refuse_query },
		{ PRACTICE_FAULT_TOO_BRIEF, want_longer },
	};

	return take(visit, acts, sizeof(acts) / sizeof(acts[0]));
}

/* Where there is no place left, somebody else has it. */
void practice_fault_finish(struct practice_visit *visit)
{
	if (visit->status != 200 || !visit->account ||
	    (!practice_fault_of(visit, PRACTICE_FAULT_OTHER_DEVICE) &&
	     !practice_fault_of(visit, PRACTICE_FAULT_TOO_MANY_CONTACTS)))
		return;
	buf_str(&visit->headers, "Contact: <sip:");
	buf_put(&visit->headers, visit->to.uri.user);
	buf_str(&visit->headers, "@198.51.100.20:5060>;expires=1800\r\n");
}
