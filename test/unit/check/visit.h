/* visit.h: a doctor's visit on the sim: starts a check, reads what it sends, answers, and keeps
 * what it tells. */
#ifndef LINEUP_TEST_CHECK_VISIT_H
#define LINEUP_TEST_CHECK_VISIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/check.h"
#include "sim.h"

#define VISIT_CHALLENGE "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"\r\n"

struct visit {
	struct net *net;
	struct dns *dns;
	struct check *check;
	struct check_step told[CHECK_STEP_COUNT];
	unsigned told_count;
	const struct check_end *end;
	struct sim_datagram *request; /* the last that was taken */
	struct sip_msg msg;
	char texts[512];
	uint64_t memory_before;
};

static struct sip_aor visit_aor = { .user = "1001", .plain = "1001", .host = "pbx.example" };

static inline struct check_cfg visit_cfg(void)
{
	return (struct check_cfg){ .aor = &visit_aor,
		                   .auth_user = "1001",
		                   .password = "secret",
		                   .expires_s = 3600,
		                   .user_agent = "Lineup/test",
		                   .key = { 1, 2 } };
}

static inline void visit_step(void *ctx, const struct check_step *step)
{
	struct visit *visit = ctx;

	assert_true(visit->told_count < CHECK_STEP_COUNT);
	assert_true(step->text[0] != '\0');
	assert_true(!visit->told_count || visit->told[visit->told_count - 1].id < step->id);
	visit->told[visit->told_count++] = *step;
}

static inline void visit_ended(void *ctx, const struct check_end *end)
{
	struct visit *visit = ctx;

	assert_null(visit->end);
	visit->end = end;
}

static inline struct net_addr addr_of(const char *text, uint16_t port)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(text), port, &addr), 0);
	return addr;
}

/* A machine that knows pbx.example as 192.0.2.10. */
static inline void visit_open(struct visit *visit)
{
	struct net_addr addr = addr_of("192.0.2.10", 0);

	*visit = (struct visit){ .memory_before = sim_memory_live() };
	assert_int_equal(net_new(&visit->net), 0);
	assert_int_equal(dns_new(visit->net, &visit->dns), 0);
	sim_name_address(visit->net, "pbx.example", &addr);
}

static inline void visit_begin(struct visit *visit, struct check_cfg cfg)
{
	cfg.watch = (struct check_watch){ .ctx = visit, .step = visit_step, .ended = visit_ended };
	assert_int_equal(check_start(&cfg, visit->net, visit->dns, &visit->check), 0);
	assert_int_equal(visit->told_count, 0);
}

/* Takes the next request, within so many ms; copies of the last one are passed over. */
static inline void visit_expect(struct visit *visit, const char *method, uint64_t within_ms)
{
	uint64_t until_ms = net_now_ms(visit->net) + within_ms;
	struct sim_datagram *next;

	for (;;) {
		assert_int_equal(sim_run_to_send(visit->net, until_ms), SIM_SENT);
		next = sim_sent_take(visit->net);
		if (!visit->request || next->n != visit->request->n ||
		    memcmp(next->bytes, visit->request->bytes, next->n) != 0)
			break;
		free(next);
	}
	free(visit->request);
	visit->request = next;
	assert_int_equal(sip_parse(slice_of(next->bytes, next->n), &visit->msg, NULL), PARSE_OK);
	assert_true(slice_equal(visit->msg.method, slice_str(method)));
}

/* The same, past whatever else is sent again meanwhile. */
static inline void visit_expect_among(struct visit *visit, const char *method, uint64_t within_ms)
{
	uint64_t until_ms = net_now_ms(visit->net) + within_ms;

	do {
		assert_int_equal(sim_run_to_send(visit->net, until_ms), SIM_SENT);
		free(visit->request);
		visit->request = sim_sent_take(visit->net);
		assert_int_equal(sip_parse(slice_of(visit->request->bytes, visit->request->n),
		                           &visit->msg, NULL),
		                 PARSE_OK);
	} while (!slice_equal(visit->msg.method, slice_str(method)));
}

/* What has the request in a header; "" where there is none. */
static inline const char *visit_header(struct visit *visit, enum sip_header header)
{
	struct slice value = visit->msg.first[header];

	snprintf(visit->texts, sizeof(visit->texts), "%.*s", (int)value.n, value.p ? value.p : "");
	return visit->texts;
}

static inline void put_line(struct buf *out, const char *name, struct slice value)
{
	buf_str(out, name);
	buf_put(out, value);
	buf_str(out, "\r\n");
}

/* Answers the last request from an address; via: what stands in it instead, NULL: what was sent. */
static inline void visit_answer_from(struct visit *visit, const struct net_addr *from,
                                     const char *status, const char *via, const char *lines)
{
	char memory[4096];
	struct buf out = buf_over(memory, sizeof(memory));
	const struct sip_msg *msg = &visit->msg;

	put_line(&out, "SIP/2.0 ", slice_str(status));
	put_line(&out, "Via: ", via ? slice_str(via) : msg->first[SIP_VIA]);
	put_line(&out, "From: ", msg->first[SIP_FROM]);
	put_line(&out, "To: ", msg->first[SIP_TO]);
	put_line(&out, "Call-ID: ", msg->first[SIP_CALL_ID]);
	put_line(&out, "CSeq: ", msg->first[SIP_CSEQ]);
	buf_str(&out, lines);
	buf_str(&out, "Content-Length: 0\r\n\r\n");
	assert_false(out.full);
	if (visit->request->kind == SIM_BYTES)
		assert_true(
			sim_stream_receive(visit->net, visit->request->stream, buf_slice(&out)));
	else
		assert_true(sim_receive(visit->net, visit->request->udp, from, buf_slice(&out)));
}

static inline void visit_answer(struct visit *visit, const char *status, const char *lines)
{
	visit_answer_from(visit, &visit->request->to, status, NULL, lines);
}

/* To where the first REGISTER, which has neither credentials nor Contact, is out. */
static inline void visit_open_and_ask(struct visit *visit, struct check_cfg cfg)
{
	visit_open(visit);
	visit_begin(visit, cfg);
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	visit_expect(visit, "REGISTER", 0);
	assert_string_equal(visit_header(visit, SIP_AUTHORIZATION), "");
	assert_string_equal(visit_header(visit, SIP_CONTACT), "");
}

static inline void visit_icmp(struct visit *visit, int error)
{
	const struct sim_datagram *request = visit->request;

	assert_true(sim_icmp(visit->net, request->udp, &request->to, error,
	                     slice_of(request->bytes, request->n)));
}

/* Takes the request for a connection that is sent next. */
static inline struct net_stream *visit_connect(struct visit *visit, enum sim_kind kind)
{
	struct sim_datagram *asked;
	struct net_stream *stream;

	assert_int_equal(sim_run_to_send(visit->net, net_now_ms(visit->net)), SIM_SENT);
	asked = sim_sent_take(visit->net);
	assert_int_equal(asked->kind, kind);
	stream = asked->stream;
	free(asked);
	return stream;
}

/* Where the asked transport is silent others are tried: here connections are refused. */
static inline void visit_refuse_others(struct visit *visit)
{
	while (!visit->end && sim_run_to_send(visit->net, net_now_ms(visit->net)) == SIM_SENT) {
		enum sim_kind kind = sim_sent(visit->net)->kind;

		if (kind != SIM_CONNECT_TCP && kind != SIM_CONNECT_TLS)
			return;
		assert_true(sim_stream_close(visit->net, visit_connect(visit, kind), NET_END_ERROR,
		                             ECONNREFUSED));
	}
}

/* Runs to the end, while nobody answers. Returns how long that took. */
static inline uint64_t visit_wait(struct visit *visit)
{
	uint64_t from_ms = net_now_ms(visit->net);

	while (!visit->end) {
		enum sim_stop stop =
			sim_run_to_send(visit->net, net_now_ms(visit->net) + CHECK_LONGEST_MS);

		visit_refuse_others(visit);
		if (stop == SIM_SENT)
			free(sim_sent_take(visit->net));
		else
			break;
	}
	assert_non_null(visit->end);
	return net_now_ms(visit->net) - from_ms;
}

static inline const struct check_step *visit_told(const struct visit *visit, enum check_step_id id)
{
	for (unsigned i = 0; i < visit->told_count; i++)
		if (visit->told[i].id == id)
			return &visit->told[i];
	return NULL;
}

static inline void assert_told(const struct visit *visit, enum check_step_id id,
                               enum check_state state, const char *part)
{
	const struct check_step *step = visit_told(visit, id);

	assert_non_null(step);
	if (step->state != state || !strstr(step->text, part))
		fail_msg("%s: %s, \"%s\" instead of %s, \"%s\"", check_step_name(id),
		         check_state_name(step->state), step->text, check_state_name(state), part);
}

static inline void assert_cause(struct visit *visit, enum check_step_id bad, const char *id)
{
	visit_refuse_others(visit);
	assert_non_null(visit->end);
	assert_int_equal(visit->end->result, CHECK_FAILED);
	assert_non_null(visit->end->bad);
	assert_int_equal(visit->end->bad->id, bad);
	assert_string_equal(visit->end->cause->id, id);
}

static inline void assert_would_register(const struct visit *visit)
{
	assert_non_null(visit->end);
	assert_int_equal(visit->end->result, CHECK_OK);
	assert_null(visit->end->bad);
	assert_null(visit->end->cause);
}

/* Nothing more is sent, and nothing is left. */
static inline void visit_close(struct visit *visit)
{
	sim_run_until(visit->net, net_now_ms(visit->net) + 2 * CHECK_LONGEST_MS);
	assert_null(sim_sent(visit->net));
	free(visit->request);
	check_free(visit->check);
	assert_int_equal(sim_open_sockets(visit->net), 0);
	assert_int_equal(sim_open_streams(visit->net), 0);
	assert_int_equal(sim_open_timers(visit->net), 0);
	assert_int_equal(sim_open_queries(visit->net), 0);
	dns_free(visit->dns);
	net_free(visit->net);
	assert_int_equal(sim_memory_live(), visit->memory_before);
}

#endif
