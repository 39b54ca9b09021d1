/* net/addr.c: reading, comparing and showing addresses. Kept by hand rather than by getaddrinfo(),
 * which would take names, zones and "127.1" as well. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>

static int parse_v4(struct slice text, uint16_t port, struct net_addr *ret_addr)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr host;

	if (text.n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, &host) != 1)
		return -EINVAL;
	*ret_addr = (struct net_addr){ 0 };
	ret_addr->v4.sin_family = AF_INET;
	ret_addr->v4.sin_addr = host;
	ret_addr->v4.sin_port = htons(port);
	return 0;
}

static int parse_v6(struct slice text, uint16_t port, struct net_addr *ret_addr)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr host;

	if (text.n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET6, copy, &host) != 1)
		return -EINVAL;
	*ret_addr = (struct net_addr){ 0 };
	ret_addr->v6.sin6_family = AF_INET6;
	ret_addr->v6.sin6_addr = host;
	ret_addr->v6.sin6_port = htons(port);
	return 0;
}

int net_addr_parse(struct slice text, uint16_t port, struct net_addr *ret_addr)
{
	/* inet_pton() would stop at a NUL and call what is before it an address. */
	if (text.n == 0 || memchr(text.p, '\0', text.n))
		return -EINVAL;
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		return parse_v6(slice_of(text.p + 1, text.n - 2), port, ret_addr);
	if (slice_find(text, ':') < text.n)
		return parse_v6(text, port, ret_addr);
	return parse_v4(text, port, ret_addr);
}

int net_addr_from(const struct sockaddr *sa, struct net_addr *ret_addr)
{
	struct sockaddr_in6 v6;
	struct net_addr addr = { 0 };

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&addr.v4, sa, sizeof(addr.v4));
		memset(addr.v4.sin_zero, 0, sizeof(addr.v4.sin_zero));
		break;
	case AF_INET6:
		memcpy(&v6, sa, sizeof(v6));
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
			addr.v4.sin_family = AF_INET;
			addr.v4.sin_port = v6.sin6_port;
			memcpy(&addr.v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
			break;
		}
		addr.v6 = v6;
		addr.v6.sin6_flowinfo = 0;
		break;
	default:
		return -EAFNOSUPPORT;
	}
	*ret_addr = addr;
	return 0;
}

socklen_t net_addr_len(const struct net_addr *addr)
{
	return addr->any.sa_family == AF_INET ? sizeof(addr->v4) : sizeof(addr->v6);
}

uint16_t net_addr_port(const struct net_addr *addr)
{
	return ntohs(addr->any.sa_family == AF_INET ? addr->v4.sin_port : addr->v6.sin6_port);
}

void net_addr_set_port(struct net_addr *addr, uint16_t port)
{
	if (addr->any.sa_family == AF_INET)
		addr->v4.sin_port = htons(port);
	else
		addr->v6.sin6_port = htons(port);
}

bool net_addr_same_host(const struct net_addr *a, const struct net_addr *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr) &&
	       (a->v6.sin6_scope_id == b->v6.sin6_scope_id || !a->v6.sin6_scope_id ||
	        !b->v6.sin6_scope_id);
}

bool net_addr_is_machine(const struct net_addr *addr)
{
	uint32_t v4 = ntohl(addr->v4.sin_addr.s_addr);

	if (addr->any.sa_family == AF_INET6)
		return !IN6_IS_ADDR_UNSPECIFIED(&addr->v6.sin6_addr) &&
		       !IN6_IS_ADDR_MULTICAST(&addr->v6.sin6_addr);
	return v4 != INADDR_ANY && v4 != INADDR_BROADCAST && !IN_MULTICAST(v4);
}

bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return net_addr_same_host(a, b) && net_addr_port(a) == net_addr_port(b);
}

static char *put_byte(char *to, unsigned byte)
{
	if (byte >= 100)
		*to++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*to++ = (char)('0' + byte / 10 % 10);
	*to++ = (char)('0' + byte % 10);
	return to;
}

/* By hand: this is done for each REGISTER, and inet_ntop() goes by way of printf(). */
static void show_v4(const struct in_addr *host, struct buf *out)
{
	uint32_t bytes = ntohl(host->s_addr);
	char text[INET_ADDRSTRLEN], *to = text;

	for (int shift = 24; shift >= 0; shift -= 8) {
		to = put_byte(to, bytes >> shift & 255);
		*to++ = '.';
	}
	buf_put(out, slice_of(text, (size_t)(to - text) - 1));
}

void net_addr_show_host(const struct net_addr *addr, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (addr->any.sa_family == AF_INET) {
		show_v4(&addr->v4.sin_addr, out);
		return;
	}
	inet_ntop(AF_INET6, &addr->v6.sin6_addr, text, sizeof(text));
	buf_char(out, '[');
	buf_str(out, text);
	buf_char(out, ']');
}

void net_addr_show(const struct net_addr *addr, struct buf *out)
{
	net_addr_show_host(addr, out);
	buf_char(out, ':');
	buf_u64(out, net_addr_port(addr));
}
