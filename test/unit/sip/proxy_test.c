/* proxy_test: an outbound proxy as it is printed and typed is a host, a port and a transport, or a
 * sentence that says what is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "sip/proxy.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define SENTENCE_SIZE 256 /* what proxy.h says is enough */

static const struct {
	const char *text, *host;
	unsigned port;
	const char *transport, *written;
} good[] = {
	{ "edge.example", "edge.example", 0, NULL, "edge.example" },
	{ "edge.example:5080", "edge.example", 5080, NULL, "edge.example:5080" },
	{ "sip:edge.example:5080;lr", "edge.example", 5080, NULL, "edge.example:5080" },
	{ "edge.example;lr", "edge.example", 0, NULL, "edge.example" },
	{ "SIP:Edge.example;LR;Transport=TCP", "Edge.example", 0, "tcp",
	  "sip:Edge.example;transport=tcp" },
	{ "edge.example;transport=udp", "edge.example", 0, "udp",
	  "sip:edge.example;transport=udp" },
	{ "sip:[2001:db8::1]:5061;transport=tls", "[2001:db8::1]", 5061, "tls",
	  "sip:[2001:db8::1]:5061;transport=tls" },
	{ "2001:db8::1;transport=tcp", "[2001:db8::1]", 0, "tcp",
	  "sip:[2001:db8::1];transport=tcp" },
	{ "sips:edge.example", "edge.example", 0, "tls", "sip:edge.example;transport=tls" },
	{ "sips:edge.example;transport=tcp", "edge.example", 0, "tls",
	  "sip:edge.example;transport=tls" },
	{ "sips:edge.example;transport=tls;lr", "edge.example", 0, "tls",
	  "sip:edge.example;transport=tls" },
};

/* What the sentence has in it. */
static const struct {
	const char *text, *part;
} bad[] = {
	{ "", "server" },
	{ "sip:", "server" },
	{ ";transport=tcp", "server" },
	{ "edge.example;x=1", ";lr and ;transport=" },
	{ "edge.example;", ";lr and ;transport=" },
	{ "edge.example;transport=", ";lr and ;transport=" },
	{ "edge.example;transport=sctp", ";lr and ;transport=" },
	{ "sip:edge.example;transport=tcp?x=1", ";lr and ;transport=" },
	{ "sips:edge.example;transport=udp", "not udp behind sips:" },
	{ "edge.example:0", "port \"0\"" },
	{ "1001@edge.example", "@" },
	{ " sip:edge.example", "server" },
	{ "sip:edge.example ;lr", "server" },
	{ "edge\x01.example;x=1", "edge" },
};

static void what_providers_print_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		char why[SENTENCE_SIZE], written[SIP_PROXY_MAX];
		struct buf reterr = buf_over(why, sizeof(why));
		struct buf out = buf_over(written, sizeof(written));
		struct sip_proxy proxy, again;

		assert_int_equal(sip_proxy_parse(slice_str(good[i].text), &proxy, &reterr), 0);
		assert_string_equal(proxy.host, good[i].host);
		assert_int_equal(proxy.port, good[i].port);
		if (good[i].transport)
			assert_string_equal(proxy.transport, good[i].transport);
		else
			assert_null(proxy.transport);
		sip_proxy_put(&proxy, &out);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal(written, good[i].written);
		assert_int_equal(sip_proxy_parse(slice_str(written), &again, &reterr), 0);
		assert_string_equal(again.host, proxy.host);
		assert_int_equal(again.port, proxy.port);
		assert_ptr_equal(again.transport, proxy.transport);
	}
}

static void what_is_none_is_refused_with_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char why[SENTENCE_SIZE];
		struct buf reterr = buf_over(why, sizeof(why));
		struct sip_proxy proxy = { .port = 7 };

		assert_int_equal(sip_proxy_parse(slice_str(bad[i].text), &proxy, &reterr), -EINVAL);
		assert_int_equal(buf_end(&reterr), 0);
		if (!strstr(why, bad[i].part))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", bad[i].text, why,
			         bad[i].part);
		for (size_t at = 0; why[at]; at++)
			assert_true((unsigned char)why[at] >= 0x20);
		assert_int_equal(proxy.port, 7);
	}
}

static void the_longest_host_is_written_whole(void **state)
{
	char memory[SIP_PROXY_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_proxy proxy = { .port = 65535, .transport = "tcp" };

	(void)state;
	memset(proxy.host, 'a', SIP_HOST_MAX);
	sip_proxy_put(&proxy, &out);
	assert_int_equal(buf_end(&out), 0);
	out = buf_over(memory, sizeof(memory));
	sip_proxy_put(&(struct sip_proxy){ .port = 5060 }, &out);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_providers_print_is_taken),
		cmocka_unit_test(what_is_none_is_refused_with_a_sentence),
		cmocka_unit_test(the_longest_host_is_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
