/* build_test: the REGISTER that we write, byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "sip/addr.h"
#include "sip/build.h"
#include "sip/msg.h"
#include "sip/via.h"

static const struct sip_register smallest = {
	.request_uri = { "sip:pbx.example", 15 },
	.transport = { "UDP", 3 },
	.sent_by = { "192.0.2.1:5062", 14 },
	.branch = { "z9hG4bKx", 8 },
	.aor = { "sip:1001@pbx.example", 20 },
	.from_tag = { "f1", 2 },
	.call_id = { "c1", 2 },
	.cseq = 2,
	.expires_s = 0,
};

static struct sip_register largest(void)
{
	struct sip_register reg = smallest;

	reg.request_uri = SLICE("sip:pbx.example:5070");
	reg.transport = SLICE("TLS");
	reg.sent_by = SLICE("[2001:db8::1]:5063");
	reg.route = SLICE("<sip:proxy.example;lr>");
	reg.cseq = 2147483647;
	reg.contact =
		SLICE("<sip:1001@[2001:db8::1]:5063>;reg-id=1, <sip:1001@192.0.2.1>;expires=0");
	reg.expires_s = UINT32_MAX;
	reg.authorization = SLICE("Digest username=\"1001\"");
	reg.proxy_authorization = SLICE("Digest username=\"p\"");
	reg.user_agent = SLICE("Lineup/0.1.0");
	reg.aor_params = SLICE(";user=phone");
	reg.headers = SLICE("Privacy: id\r\nX-Site: 2\r\n");
	return reg;
}

static const char smallest_text[] = "REGISTER sip:pbx.example SIP/2.0\r\n"
				    "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKx\r\n"
				    "Max-Forwards: 70\r\n"
				    "From: <sip:1001@pbx.example>;tag=f1\r\n"
				    "To: <sip:1001@pbx.example>\r\n"
				    "Call-ID: c1\r\n"
				    "CSeq: 2 REGISTER\r\n"
				    "Expires: 0\r\n"
				    "Content-Length: 0\r\n"
				    "\r\n";

static const char largest_text[] =
	"REGISTER sip:pbx.example:5070 SIP/2.0\r\n"
	"Via: SIP/2.0/TLS [2001:db8::1]:5063;rport;branch=z9hG4bKx\r\n"
	"Route: <sip:proxy.example;lr>\r\n"
	"Max-Forwards: 70\r\n"
	"From: <sip:1001@pbx.example;user=phone>;tag=f1\r\n"
	"To: <sip:1001@pbx.example;user=phone>\r\n"
	"Call-ID: c1\r\n"
	"CSeq: 2147483647 REGISTER\r\n"
	"Contact: <sip:1001@[2001:db8::1]:5063>;reg-id=1, <sip:1001@192.0.2.1>;expires=0\r\n"
	"Authorization: Digest username=\"1001\"\r\n"
	"Proxy-Authorization: Digest username=\"p\"\r\n"
	"Expires: 4294967295\r\n"
	"User-Agent: Lineup/0.1.0\r\n"
	"Privacy: id\r\n"
	"X-Site: 2\r\n"
	"Content-Length: 0\r\n"
	"\r\n";

static void assert_builds(const struct sip_register *reg, const char *want)
{
	char memory[2000];
	struct buf out = buf_over(memory, sizeof(memory));

	sip_build_register(reg, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, want);
}

static void headers_stand_in_one_fixed_order(void **state)
{
	struct sip_register reg = largest();

	(void)state;
	assert_builds(&smallest, smallest_text);
	assert_builds(&reg, largest_text);
}

static void request_is_appended_to_what_is_there(void **state)
{
	char memory[2000];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	buf_str(&out, "before");
	sip_build_register(&smallest, &out);
	assert_int_equal(out.n, 6 + sizeof(smallest_text) - 1);
	assert_memory_equal(memory, "before", 6);
	assert_memory_equal(memory + 6, smallest_text, sizeof(smallest_text) - 1);
}

static void no_size_too_small_is_taken_for_enough(void **state)
{
	char memory[sizeof(largest_text) + 1];
	struct sip_register reg = largest();

	(void)state;
	for (size_t cap = 1; cap <= sizeof(largest_text); cap++) {
		struct buf out = buf_over(memory, cap);

		memset(memory, '#', sizeof(memory));
		sip_build_register(&reg, &out);
		assert_int_equal(out.full, cap < sizeof(largest_text));
		assert_true(out.n < cap);
		assert_memory_equal(memory, largest_text, out.n);
		for (size_t i = out.n; i < sizeof(memory); i++)
			assert_int_equal(memory[i], '#');
	}
}

static void what_is_written_reads_back(void **state)
{
	char memory[2000];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_register reg = largest();
	struct sip_values walk = { 0 };
	struct sip_msg msg;
	struct sip_via via;
	struct sip_addr addr;
	struct slice value, method;
	uint32_t number;

	(void)state;
	sip_build_register(&reg, &out);
	assert_int_equal(sip_parse(buf_slice(&out), &msg, NULL), PARSE_OK);
	assert_int_equal(msg.kind, SIP_REQUEST);
	assert_true(slice_equal(msg.uri, reg.request_uri));
	assert_int_equal(msg.body.n, 0);
	assert_int_equal(sip_via_parse(msg.first[SIP_VIA], &via), PARSE_OK);
	assert_true(slice_equal(via.branch, reg.branch));
	assert_true(via.rport_asked);
	assert_int_equal(via.port, 5063);
	assert_int_equal(sip_addr_parse(msg.first[SIP_FROM], &addr), PARSE_OK);
	assert_true(slice_equal(addr.uri_text, SLICE("sip:1001@pbx.example;user=phone")));
	assert_true(sip_addr_param(addr.params, SLICE("tag"), &value));
	assert_true(slice_equal(value, reg.from_tag));
	assert_int_equal(sip_addr_parse(msg.first[SIP_TO], &addr), PARSE_OK);
	assert_int_equal(addr.params.n, 0);
	assert_int_equal(sip_cseq_parse(msg.first[SIP_CSEQ], &number, &method), PARSE_OK);
	assert_int_equal(number, 2147483647);
	assert_true(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
	assert_true(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
	assert_false(sip_value_next(&msg, SIP_CONTACT, &walk, &value));
}

/* A REGISTER of the class of like, with what is filled in of reg. */
static struct sip_register of_class(const struct sip_register *like, struct sip_register reg)
{
	reg.request_uri = like->request_uri;
	reg.transport = like->transport;
	reg.route = like->route;
	reg.aor_params = like->aor_params;
	reg.supported = like->supported;
	reg.user_agent = like->user_agent;
	return reg;
}

static void assert_fills(const struct sip_template *template, const struct sip_register *reg)
{
	char filled[2000] = "before", built[2000] = "before";
	struct buf a = buf_over(filled, sizeof(filled)), b = buf_over(built, sizeof(built));

	a.n = b.n = 6;
	sip_template_fill(template, reg, &a);
	sip_build_register(reg, &b);
	assert_int_equal(buf_end(&a), 0);
	assert_int_equal(buf_end(&b), 0);
	assert_string_equal(filled, built);
}

/* Each setting of a class there or not, each part that is filled in there or not. */
static void a_template_gives_what_is_built(void **state)
{
	const struct sip_register large = largest();

	(void)state;
	for (unsigned i = 0; i < 1u << 6; i++) {
		struct sip_register like = large;
		char text[1000];
		struct buf room = buf_over(text, sizeof(text));
		struct sip_template template;

		like.request_uri = i & 1 ? large.request_uri : smallest.request_uri;
		like.transport = i & 2 ? large.transport : smallest.transport;
		like.route = i & 4 ? large.route : SLICE_NONE;
		like.aor_params = i & 8 ? large.aor_params : SLICE_NONE;
		like.user_agent = i & 16 ? large.user_agent : SLICE_NONE;
		like.supported = i & 32 ? SLICE("path, gruu") : SLICE_NONE;
		sip_template_make(&like, &room, &template);
		assert_int_equal(buf_end(&room), 0);
		for (unsigned j = 0; j < 1u << 5; j++) {
			struct sip_register reg = of_class(&like, j & 1 ? large : smallest);

			reg.branch = j & 2 ? SLICE("z9hG4bKy") : SLICE("z9hG4bKx");
			reg.from_tag = j & 2 ? SLICE("f2") : SLICE("f3");
			reg.call_id = j & 2 ? SLICE("c4") : SLICE("c5");
			reg.expires_s = j * 1000;
			reg.contact_tail = j & 1 && j & 4 ? SLICE(";expires=0") : SLICE_NONE;
			reg.authorization = j & 8 ? large.authorization : SLICE_NONE;
			reg.proxy_authorization = j & 16 ? SLICE("Digest x") : SLICE_NONE;
			assert_fills(&template, &reg);
		}
	}
}

static void where_a_filled_one_has_no_room_nothing_is_written(void **state)
{
	char text[1000], memory[sizeof(largest_text) + 1];
	struct sip_register reg = largest();
	struct buf room = buf_over(text, sizeof(text));
	struct sip_template template;

	(void)state;
	sip_template_make(&reg, &room, &template);
	assert_false(room.full);
	for (size_t cap = 1; cap <= sizeof(largest_text); cap++) {
		struct buf out = buf_over(memory, cap);
		size_t n = cap < sizeof(largest_text) ? 0 : sizeof(largest_text) - 1;

		memset(memory, '#', sizeof(memory));
		sip_template_fill(&template, &reg, &out);
		assert_int_equal(out.full, cap < sizeof(largest_text));
		assert_int_equal(out.n, n);
		assert_memory_equal(memory, largest_text, n);
		for (size_t i = n; i < sizeof(memory); i++)
			assert_int_equal(memory[i], '#');
	}
	room = buf_over(memory, sizeof(memory));
	room.full = true;
	sip_template_fill(&template, &smallest, &room);
	assert_int_equal(room.n, 0);
}

static void no_room_too_small_is_taken_for_a_template(void **state)
{
	struct sip_register reg = largest();
	struct sip_template whole, cut;
	char text[1000], less[1000];
	struct buf room = buf_over(text, sizeof(text));

	(void)state;
	sip_template_make(&reg, &room, &whole);
	assert_int_equal(whole.end[SIP_TEMPLATE_PIECES - 1], room.n);
	for (size_t cap = 1; cap <= room.n + 1; cap++) {
		struct buf small = buf_over(less, cap);

		sip_template_make(&reg, &small, &cut);
		assert_int_equal(small.full, cap <= room.n);
	}
}

static const struct sip_options options_largest = {
	.request_uri = { "sip:pbx.example:5070", 20 },
	.transport = { "UDP", 3 },
	.sent_by = { "192.0.2.1:5062", 14 },
	.branch = { "z9hG4bKx", 8 },
	.route = { "<sip:proxy.example;lr>", 22 },
	.from = { "sip:1001@pbx.example", 20 },
	.to = { "sip:pbx.example", 15 },
	.from_tag = { "f1", 2 },
	.call_id = { "c1", 2 },
	.cseq = 7,
	.user_agent = { "Lineup/0.1.0", 12 },
};

static const char options_text[] = "OPTIONS sip:pbx.example:5070 SIP/2.0\r\n"
				   "Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKx\r\n"
				   "Route: <sip:proxy.example;lr>\r\n"
				   "Max-Forwards: 70\r\n"
				   "From: <sip:1001@pbx.example>;tag=f1\r\n"
				   "To: <sip:pbx.example>\r\n"
				   "Call-ID: c1\r\n"
				   "CSeq: 7 OPTIONS\r\n"
				   "Accept: application/sdp\r\n"
				   "User-Agent: Lineup/0.1.0\r\n"
				   "Content-Length: 0\r\n"
				   "\r\n";

static void options_have_the_order_of_a_register(void **state)
{
	char memory[sizeof(options_text) + 1];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_msg msg;

	(void)state;
	sip_build_options(&options_largest, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory, options_text);
	assert_int_equal(sip_parse(buf_slice(&out), &msg, NULL), PARSE_OK);
	assert_int_equal(msg.kind, SIP_REQUEST);
	for (size_t cap = 1; cap < sizeof(options_text); cap++) {
		out = buf_over(memory, cap);
		sip_build_options(&options_largest, &out);
		assert_true(out.full);
		assert_memory_equal(memory, options_text, out.n);
	}
}

static void an_answer_may_be_sent_to_what_the_via_says(void **state)
{
	struct sip_options options = options_largest;
	char memory[2000];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	options.answer = SIP_ANSWER_SENT_BY;
	sip_build_options(&options, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_non_null(strstr(memory, "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKx\r\n"));
}

static void options_leave_out_what_is_absent(void **state)
{
	struct sip_options options = options_largest;
	char memory[2000];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	options.route = options.user_agent = SLICE_NONE;
	sip_build_options(&options, &out);
	assert_int_equal(buf_end(&out), 0);
	assert_null(strstr(memory, "Route"));
	assert_null(strstr(memory, "User-Agent"));
}

static void an_instance_is_a_uuid_of_version_8(void **state)
{
	static const struct {
		uint64_t a, b;
		const char *text;
	} rows[] = {
		{ 0, 0, "<urn:uuid:00000000-0000-8000-8000-000000000000>" },
		{ UINT64_MAX, UINT64_MAX, "<urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff>" },
		{ UINT64_C(0x0123456789abcdef), UINT64_C(0x1122334455667788),
		  "<urn:uuid:01234567-89ab-8def-9122-334455667788>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char memory[64];
		struct buf out = buf_over(memory, sizeof(memory));

		sip_build_instance(rows[i].a, rows[i].b, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(memory, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_stand_in_one_fixed_order),
		cmocka_unit_test(request_is_appended_to_what_is_there),
		cmocka_unit_test(no_size_too_small_is_taken_for_enough),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(a_template_gives_what_is_built),
		cmocka_unit_test(where_a_filled_one_has_no_room_nothing_is_written),
		cmocka_unit_test(no_room_too_small_is_taken_for_a_template),
		cmocka_unit_test(options_have_the_order_of_a_register),
		cmocka_unit_test(an_answer_may_be_sent_to_what_the_via_says),
		cmocka_unit_test(options_leave_out_what_is_absent),
		cmocka_unit_test(an_instance_is_a_uuid_of_version_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
