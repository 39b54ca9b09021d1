/* What may be written for a network interface, and what is said of all else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/interface.h"

static const struct {
	struct slice text;
	const char *fault; /* NULL: it is fine */
} rows[] = {
	{ SLICE("eth0"), NULL },
	{ SLICE("enp0s31f6"), NULL },
	{ SLICE("br-lan.100"), NULL },
	{ SLICE("10g1"), NULL },
	{ SLICE("7"), NULL },
	{ SLICE("audio_lan-12345"), NULL }, /* 15 bytes */
	{ SLICE("audio_lan-123456"),
	  "is longer than the 15 characters that an interface's name can have" },
	{ SLICE(""), "is empty" },
	{ SLICE("."), "is no name of an interface" },
	{ SLICE(".."), "is no name of an interface" },
	{ SLICE("eth 0"), "has a character in it that no interface's name has" },
	{ SLICE("eth/0"), "has a character in it that no interface's name has" },
	{ SLICE("eth\t0"), "has a character in it that no interface's name has" },
	{ SLICE("eth\0000"), "has a NUL character in it" },
	{ SLICE("192.0.2.1"), NULL },
	{ SLICE("127.0.0.1"), NULL },
	{ SLICE("169.254.7.7"), NULL },
	{ SLICE("192.0.2"), "is no IPv4 address" },
	{ SLICE("192.0.2.256"), "is no IPv4 address" },
	{ SLICE("192.0.2.1.1"), "is no IPv4 address" },
	{ SLICE("1111111111111111.1"), "is no IPv4 address" },
	{ SLICE("0.0.0.0"), "is no address that anything can be sent from" },
	{ SLICE("224.0.0.1"), "is no address that anything can be sent from" },
	{ SLICE("255.255.255.255"), "is no address that anything can be sent from" },
	{ SLICE("2001:db8::1"), NULL },
	{ SLICE("[2001:db8::1]"), NULL },
	{ SLICE("::1"), NULL },
	{ SLICE("fd00::7"), NULL },
	{ SLICE("eth0:1"), "is no IPv6 address" },
	{ SLICE("[eth0]"), "is no IPv6 address" },
	{ SLICE("192.0.2.1:5060"), "is no IPv6 address" },
	{ SLICE("2001:db8:0000:0000:0000:0000:0000:0000:0000:0001"), "is no IPv6 address" },
	{ SLICE("::"), "is no address that anything can be sent from" },
	{ SLICE("ff02::1"), "is no address that anything can be sent from" },
	{ SLICE("::ffff:192.0.2.1"), "is no address that anything can be sent from" },
	{ SLICE("fe80::1"), "is link-local: name the interface instead" },
	{ SLICE("fe80::1%eth0"), "has a zone in it: name the interface instead" },
};

static void each_text_is_an_interface_or_told_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *fault = interface_fault(rows[i].text);

		if (rows[i].fault && fault)
			assert_string_equal(fault, rows[i].fault);
		else if (rows[i].fault || fault)
			fail_msg("\"%.*s\": %s", (int)rows[i].text.n, rows[i].text.p,
			         fault ? fault : "taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_is_an_interface_or_told_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
