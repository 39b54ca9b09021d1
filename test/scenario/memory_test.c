/* memory_test.c: each allocation of a whole life of a line fails in turn (attack K01): setting up,
 * a challenge, a refresh, a removal, over datagrams and over connections that come, go and are kept
 * alive. Nothing crashes, nothing leaks, and a line that was made is registered in the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "expand.h"
#include "stage.h"

#define LIFE_MS (UINT64_C(3600000))
#define PING    "\r\n\r\n"

/* How a line lives. */
struct life {
	const char *name;
	enum dns_transport transport;
	sa_family_t shut; /* it has addresses of both families, and nobody listens at this one's */
	bool late;        /* DNS says the other one's when that is known */
	bool is_full;     /* somebody listens there, and says 503 */
	bool loses;       /* every third request ends its connection */
	bool is_large;    /* the nonce makes the REGISTER larger than a datagram should be */
};

static const struct life lives[] = {
	{ "udp", .transport = DNS_UDP },
	{ "tcp", .transport = DNS_TCP },
	{ "tls", .transport = DNS_TLS },
	{ "tcp, at the second family", .transport = DNS_TCP, .shut = AF_INET6 },
	{ "tcp, at the family that is late", .transport = DNS_TCP, .shut = AF_INET, .late = true },
	{ "tcp, out of service but at the family that is late", .transport = DNS_TCP,
	  .shut = AF_INET, .late = true, .is_full = true },
	{ "tls, lost again and again", .transport = DNS_TLS, .loses = true },
	{ "udp, too large for it", .transport = DNS_UDP, .is_large = true },
};

static void answer(struct stage *stage, const struct request *request, const char *template)
{
	const struct expand values = { .request = request, .realm = "pbx" };
	char error[EXPAND_ERROR_MAX];
	size_t n;
	char *bytes = expand(&values, slice_str(template), &n, error);

	assert_non_null(bytes);
	if (request->stream)
		sim_stream_receive(stage->net, request->stream, slice_of(bytes, n));
	else
		sim_receive(stage->net, request->udp, &request->to, slice_of(bytes, n));
	free(bytes);
}

#define FRONT(status) \
	"SIP/2.0 " status "\r\nVia: {{via}}\r\nFrom: {{from}}\r\nTo: {{to}};tag=srv\r\n" \
	"Call-ID: {{callid}}\r\nCSeq: {{cseq}} REGISTER\r\nContent-Length: 0\r\n"
#define CHALLENGE(nonce) \
	FRONT("401 Unauthorized") \
	"WWW-Authenticate: Digest realm=\"{{realm}}\", nonce=\"" nonce "\", " \
	"qop=\"auth\", algorithm=SHA-256\r\n\r\n"

/* A registrar of few words: challenges what has no credentials, grants what has. */
static void serve(struct stage *stage, const struct life *life)
{
	bool again;
	const struct request *request = stage_request_take(stage, &again);

	if (stage->fault[0])
		fail_msg("%s", stage->fault);
	if (life->loses && request->number % 3 == 0)
		sim_stream_close(stage->net, request->stream, NET_END_CLOSED, 0);
	else if (life->is_full && request->to.any.sa_family == life->shut)
		answer(stage, request, FRONT("503 Service Unavailable") "\r\n");
	else if (slice_present(packet_header(&request->packet, "Authorization", 0)))
		answer(stage, request,
		       FRONT("200 OK") "Contact: <{{contact}}>;expires=1200\r\n\r\n");
	else
		answer(stage, request,
		       life->is_large ? CHALLENGE("{{rep:n:500}}\", opaque=\"{{rep:o:500}}")
		                      : CHALLENGE("n"));
}

static void connect_or_not(struct stage *stage, const struct life *life)
{
	struct sim_datagram *asked = sim_sent_take(stage->net);

	if (asked->to.any.sa_family == life->shut && !life->is_full)
		sim_stream_close(stage->net, asked->stream, NET_END_ERROR, ECONNREFUSED);
	else
		sim_stream_open(stage->net, asked->stream, 0);
	free(asked);
}

static void live(struct stage *stage, const struct life *life, uint64_t until_ms)
{
	while (sim_run_to_send(stage->net, until_ms) == SIM_SENT) {
		const struct sim_datagram *sent = sim_sent(stage->net);

		if (sent->kind == SIM_CONNECT_TCP || sent->kind == SIM_CONNECT_TLS) {
			connect_or_not(stage, life);
		} else if (slice_equal(slice_of(sent->bytes, sent->n), SLICE(PING))) {
			sim_stream_receive(stage->net, sent->stream, SLICE("\r\n"));
			free(sim_sent_take(stage->net));
		} else {
			serve(stage, life);
		}
	}
	sim_run_until(stage->net, until_ms);
}

static void set_up_names(struct stage *stage, const struct life *life)
{
	struct net_addr addr;

	net_addr_parse(SLICE("192.0.2.10"), 0, &addr);
	sim_name_address(stage->net, "pbx.example", &addr);
	if (!life->shut)
		return;
	net_addr_parse(SLICE("2001:db8::10"), 0, &addr);
	sim_name_address(stage->net, "pbx.example", &addr);
	if (life->late)
		sim_name_late(stage->net, "pbx.example", DNS_TYPE_AAAA, 300);
}

/* Returns whether the nth allocation was reached at all. */
static bool live_with(const struct life *life, uint64_t nth)
{
	const struct stage_line_cfg cfg = { .name = "1001",
		                            .user = "1001",
		                            .host = "pbx.example",
		                            .password = "secret-of-1001",
		                            .transport = life->transport };
	struct stage_line *line = NULL;
	struct stage stage;
	uint64_t calls;
	int error;

	stage_init(&stage);
	set_up_names(&stage, life);
	calls = sim_memory_calls();
	sim_memory_fail(nth);
	error = stage_line_add(&stage, &cfg, &line);
	if (error) {
		/* OpenSSL allocates out of our sight: what else can fail is memory. */
		assert_int_equal(error, -12);
	} else {
		shard_line_start(stage.shard, line->line);
		live(&stage, life, net_now_ms(stage.net) + LIFE_MS);
		if (line_reg(line->line)->state != REG_REGISTERED)
			fail_msg("%s, with allocation %llu failing: %s, %s", life->name,
			         (unsigned long long)nth,
			         reg_state_name(line_reg(line->line)->state),
			         line->end.cause ? line->end.cause->id : "no cause");
		shard_line_stop(stage.shard, line->line);
		live(&stage, life, net_now_ms(stage.net) + 10000);
		assert_string_equal(reg_state_name(line_reg(line->line)->state), "IDLE");
	}
	sim_memory_fail(0);
	calls = sim_memory_calls() - calls;
	if (!stage_done(&stage))
		fail_msg("%s, with allocation %llu failing: %s", life->name,
		         (unsigned long long)nth, stage.fault);
	return calls >= nth;
}

static void each_allocation_fails_in_turn(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++) {
		uint64_t nth = 1;

		while (live_with(&lives[i], nth))
			nth++;
		print_message("           %s: %llu allocations\n", lives[i].name,
		              (unsigned long long)(nth - 1));
		assert_true(nth > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
