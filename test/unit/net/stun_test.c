/* stun_test.c: a Binding request, and the responses of RFC 5769, cut and flipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/stun.h"

/* RFC 5769 2.2 and 2.3: the same transaction, an IPv4 and an IPv6 mapped address. */
static const uint8_t response4[] =
	"\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
	"\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20"
	"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
	"\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b"
	"\xe7\xd7\x80\x28\x00\x04\xc0\x7d\x4c\x96";
static const uint8_t response6[] =
	"\x01\x01\x00\x48\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
	"\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20"
	"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2"
	"\xb9\xd9\x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c\x82\x92\xc2\x75"
	"\xbf\xe3\xed\x41\x80\x28\x00\x04\xc8\xfb\x0b\x4c";

static struct slice bytes_of(const uint8_t *bytes, size_t n)
{
	return slice_of((const char *)bytes, n);
}

static void expect(struct slice bytes, const char *address)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	uint8_t id[STUN_ID_BYTES];
	struct net_addr mapped;

	assert_int_equal(stun_response_read(bytes, id, &mapped), STUN_MAPPED);
	assert_memory_equal(id, response4 + 8, sizeof(id));
	net_addr_show(&mapped, &text);
	assert_int_equal(buf_end(&text), 0);
	assert_string_equal(memory, address);
}

static void a_response_tells_the_mapped_address(void **state)
{
	static const uint8_t old[] =
		"\x01\x01\x00\x0c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
		"\x00\x01\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x01";

	(void)state;
	expect(bytes_of(response4, sizeof(response4) - 1), "192.0.2.1:32853");
	expect(bytes_of(response6, sizeof(response6) - 1),
	       "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
	expect(bytes_of(old, sizeof(old) - 1), "192.0.2.1:32853");
}

static void an_error_is_alive_and_names_nothing(void **state)
{
	uint8_t copy[sizeof(response4)], id[STUN_ID_BYTES];
	struct net_addr mapped;

	(void)state;
	memcpy(copy, response4, sizeof(copy));
	copy[1] = 0x11;
	assert_int_equal(stun_response_read(bytes_of(copy, sizeof(copy) - 1), id, &mapped),
	                 STUN_ERROR);
	assert_memory_equal(id, response4 + 8, sizeof(id));
}

static void a_request_is_no_response_and_sip_is_no_stun(void **state)
{
	uint8_t request[STUN_REQUEST_SIZE], id[STUN_ID_BYTES];
	struct net_addr mapped;

	(void)state;
	stun_request_write(response4 + 8, request);
	assert_true(stun_is(bytes_of(request, sizeof(request))));
	assert_memory_equal(request, "\0\1\0\0\x21\x12\xa4\x42", 8);
	assert_memory_equal(request + 8, response4 + 8, STUN_ID_BYTES);
	assert_int_equal(stun_response_read(bytes_of(request, sizeof(request)), id, &mapped),
	                 STUN_OTHER);
	assert_false(stun_is(SLICE("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP\r\n")));
	assert_false(stun_is(SLICE("\r\n\r\n")));
	assert_false(stun_is(SLICE("")));
}

/* In memory of its exact size, so that the sanitizers see a read past the end. */
static void cut_or_flipped_it_is_never_read_past_its_end(void **state)
{
	size_t whole = sizeof(response6) - 1;
	uint8_t id[STUN_ID_BYTES];
	struct net_addr mapped;

	(void)state;
	for (size_t n = 0; n < whole; n++) {
		uint8_t *cut = malloc(n + !n);

		assert_non_null(cut);
		memcpy(cut, response6, n);
		assert_int_equal(stun_response_read(bytes_of(cut, n), id, &mapped), STUN_OTHER);
		free(cut);
	}
	for (size_t at = 0; at < whole; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *copy = malloc(whole);

			assert_non_null(copy);
			memcpy(copy, response6, whole);
			copy[at] ^= (uint8_t)(1u << bit);
			assert_in_range(stun_response_read(bytes_of(copy, whole), id, &mapped),
			                STUN_OTHER, STUN_ERROR);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_tells_the_mapped_address),
		cmocka_unit_test(an_error_is_alive_and_names_nothing),
		cmocka_unit_test(a_request_is_no_response_and_sip_is_no_stun),
		cmocka_unit_test(cut_or_flipped_it_is_never_read_past_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
