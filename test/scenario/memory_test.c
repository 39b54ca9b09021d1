/* memory_test.c: each allocation of a whole life of a line fails in turn (attack K01): setting up,
 * a challenge, a refresh, a removal. Nothing crashes, nothing leaks, and a line that was made is
 * registered in the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "expand.h"
#include "stage.h"

#define LIFE_MS (UINT64_C(4) * 3600000)

static void answer(struct stage *stage, const struct request *request, const char *template)
{
	const struct expand values = { .request = request, .realm = "pbx" };
	char error[EXPAND_ERROR_MAX];
	size_t n;
	char *bytes = expand(&values, slice_str(template), &n, error);

	assert_non_null(bytes);
	sim_receive(stage->net, request->udp, &request->to, slice_of(bytes, n));
	free(bytes);
}

#define FRONT(status) \
	"SIP/2.0 " status "\r\nVia: {{via}}\r\nFrom: {{from}}\r\nTo: {{to}};tag=srv\r\n" \
	"Call-ID: {{callid}}\r\nCSeq: {{cseq}} REGISTER\r\n"

/* A registrar of few words: challenges what has no credentials, grants what has. */
static void serve(struct stage *stage, uint64_t until_ms)
{
	bool again;

	while (sim_run_to_send(stage->net, until_ms) == SIM_SENT) {
		const struct request *request = stage_request_take(stage, &again);

		if (stage->fault[0])
			fail_msg("%s", stage->fault);
		if (slice_present(packet_header(&request->packet, "Authorization", 0)))
			answer(stage, request,
			       FRONT("200 OK") "Contact: <{{contact}}>;expires=1200\r\n\r\n");
		else
			answer(stage, request,
			       FRONT("401 Unauthorized") "WWW-Authenticate: Digest "
			                                 "realm=\"{{realm}}\", nonce=\"n\", "
			                                 "qop=\"auth\", algorithm=SHA-256\r\n\r\n");
	}
	sim_run_until(stage->net, until_ms);
}

/* Returns whether the nth allocation was reached at all. */
static bool live_with(uint64_t nth)
{
	const struct stage_line_cfg cfg = {
		.name = "1001", .user = "1001", .host = "pbx.example", .password = "secret-of-1001"
	};
	struct stage_line *line = NULL;
	struct net_addr addr;
	struct stage stage;
	uint64_t calls;
	int error;

	stage_init(&stage);
	net_addr_parse(SLICE("192.0.2.10"), 0, &addr);
	sim_name_address(stage.net, "pbx.example", &addr);
	calls = sim_memory_calls();
	sim_memory_fail(nth);
	error = stage_line_add(&stage, &cfg, &line);
	if (error) {
		/* OpenSSL allocates out of our sight: what else can fail is memory. */
		assert_int_equal(error, -12);
	} else {
		shard_line_start(stage.shard, line->line);
		serve(&stage, net_now_ms(stage.net) + LIFE_MS);
		if (line_reg(line->line)->state != REG_REGISTERED)
			fail_msg("with allocation %llu failing: %s, %s", (unsigned long long)nth,
			         reg_state_name(line_reg(line->line)->state),
			         line->end.cause ? line->end.cause->id : "no cause");
		shard_line_stop(stage.shard, line->line);
		serve(&stage, net_now_ms(stage.net) + 10000);
		assert_string_equal(reg_state_name(line_reg(line->line)->state), "IDLE");
	}
	sim_memory_fail(0);
	calls = sim_memory_calls() - calls;
	if (!stage_done(&stage))
		fail_msg("with allocation %llu failing: %s", (unsigned long long)nth, stage.fault);
	return calls >= nth;
}

static void each_allocation_fails_in_turn(void **state)
{
	uint64_t nth = 1;

	(void)state;
	while (live_with(nth))
		nth++;
	print_message("           %llu allocations\n", (unsigned long long)(nth - 1));
	assert_true(nth > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
