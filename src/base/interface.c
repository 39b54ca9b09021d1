/* base/interface.c: see interface.h. Names as the kernel takes them (dev_valid_name() of Linux),
 * but for characters that nobody can see. */
#include "base/interface.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#define NO_SOURCE "is no address that anything can be sent from"

static const char *fault_of_v4(struct slice text)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr host;
	uint32_t bits;

	if (text.n >= sizeof(copy))
		return "is no IPv4 address";
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, &host) != 1)
		return "is no IPv4 address";
	bits = ntohl(host.s_addr);
	/* 0.0.0.0/8; multicast, and what is behind it, the broadcast address among it. */
	return bits >> 24 == 0 || bits >> 28 >= 14 ? NO_SOURCE : NULL;
}

static const char *fault_of_v6(struct slice text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr host;

	if (slice_find(text, '%') < text.n)
		return "has a zone in it: name the interface instead";
	if (text.n >= sizeof(copy))
		return "is no IPv6 address";
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET6, copy, &host) != 1)
		return "is no IPv6 address";
	if (IN6_IS_ADDR_UNSPECIFIED(&host) || IN6_IS_ADDR_MULTICAST(&host) ||
	    IN6_IS_ADDR_V4MAPPED(&host))
		return NO_SOURCE;
	/* It is one of each link, so that it does not say which. */
	return IN6_IS_ADDR_LINKLOCAL(&host) ? "is link-local: name the interface instead" : NULL;
}

static bool is_digits_and_dots(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '.' && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	return slice_find(text, '.') < text.n;
}

const char *interface_fault(struct slice text)
{
	if (!text.n)
		return "is empty";
	if (memchr(text.p, '\0', text.n))
		return "has a NUL character in it";
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		return fault_of_v6(slice_of(text.p + 1, text.n - 2));
	if (slice_find(text, ':') < text.n)
		return fault_of_v6(text);
	if (slice_equal(text, SLICE(".")) || slice_equal(text, SLICE("..")))
		return "is no name of an interface";
	if (is_digits_and_dots(text))
		return fault_of_v4(text);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f || text.p[i] == '/')
			return "has a character in it that no interface's name has";
	if (text.n > INTERFACE_NAME_MAX)
		return "is longer than the 15 characters that an interface's name can have";
	return NULL;
}
