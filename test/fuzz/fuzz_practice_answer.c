/* fuzz/fuzz_practice_answer.c: whatever comes in, what goes out is one SIP response with the
 * request's Call-ID, of a size that can be sent.
 *
 * The whole input is one datagram, or several, with a byte 0xff between. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "practice/registrar.h"
#include "sip/msg.h"

#define REQUESTS_MAX 8 /* of one input */

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_practice_answer: %s\n", what);
	abort();
}

/* Text for a terminal has to be made of anything that came in. */
static void on_event(void *ctx, const struct practice_event *event)
{
	char memory[8192];
	struct buf text = buf_over(memory, sizeof(memory));

	(void)ctx;
	practice_event_show(event, &text);
	for (size_t i = 0; i < text.n; i++)
		check((unsigned char)memory[i] >= ' ' && memory[i] != 0x7f, "an event is one line");
	practice_event_json(event, 0, &text);
}

static void ask(struct practice_core *core, struct slice bytes, uint64_t now_ms)
{
	struct practice_request request = { .bytes = bytes, .now_ms = now_ms };
	char memory[NET_SEND_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_msg asked, answered;
	struct practice_sending sending;

	check(net_addr_parse(SLICE("192.0.2.1"), 5060, &request.from) == 0, "an address");
	if (!practice_answer(core, &request, &out, &sending))
		return;
	check(!out.full, "it can be sent");
	check(net_addr_same_host(&sending.to, &request.from), "it goes to who asked");
	check(sip_parse(bytes, &asked, NULL) == PARSE_OK, "only SIP is answered");
	check(sip_parse(buf_slice(&out), &answered, NULL) == PARSE_OK, "the answer is SIP");
	check(answered.kind == SIP_RESPONSE && answered.body.n == 0, "a response, and no more");
	check(slice_equal(asked.first[SIP_CALL_ID], answered.first[SIP_CALL_ID]),
	      "it is about what was asked");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct practice_user users[] = { { SLICE("1001"), SLICE("a"), SLICE_NONE } };
	static const unsigned char key[PRACTICE_KEY_BYTES] = { 1 };
	static const struct practice_handler handler = { .event = on_event };
	static struct practice_core *core;
	static uint64_t now_ms;
	struct slice in = slice_of((const char *)data, size);

	if (!core) {
		struct practice_config config = practice_config_default();

		config.users = users;
		config.user_count = 1;
		check(practice_core_new(&config, key, &handler, NULL, now_ms, &core) == 0,
		      "a registrar");
	}
	for (int i = 0; in.n && i < REQUESTS_MAX; i++) {
		size_t n = slice_find(in, (char)0xff);

		ask(core, slice_of(in.p, n), now_ms += 1000);
		in = slice_from(in, n < in.n ? n + 1 : n);
	}
	ask(core, SLICE("\r\n\r\n"), now_ms += 32000); /* remembered answers are forgotten */
	return 0;
}
