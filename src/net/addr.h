/* net/addr.h: an IPv4 or IPv6 address with a port. */
#ifndef LINEUP_NET_ADDR_H
#define LINEUP_NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/buf.h"

#define NET_ADDR_TEXT_MAX 64 /* bytes that net_addr_show() needs at the most, NUL included */

struct net_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

/* Reads "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; no names, no zones. Returns 0 or -EINVAL. */
int net_addr_parse(struct slice text, uint16_t port, struct net_addr *ret_addr);

/* From what the kernel fills in (an IPv4 address mapped into IPv6 becomes IPv4). -EAFNOSUPPORT for
 * others. */
int net_addr_from(const struct sockaddr *sa, struct net_addr *ret_addr);

socklen_t net_addr_len(const struct net_addr *addr);
uint16_t net_addr_port(const struct net_addr *addr);
void net_addr_set_port(struct net_addr *addr, uint16_t port);

/* Address and port, and address alone. A link-local IPv6 address that says no link is the same on
 * any: what is typed has no zone, what comes in has one. */
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);
bool net_addr_same_host(const struct net_addr *a, const struct net_addr *b);

/* Whether it can be a machine's: no address of none (0.0.0.0, ::), of many (multicast) or of all
 * (255.255.255.255). The kernel would take the first for this machine. */
bool net_addr_is_machine(const struct net_addr *addr);

/* Appends "192.0.2.1:5060" or "[2001:db8::1]:5060"; and without the port, in brackets where it is
 * IPv6. */
void net_addr_show(const struct net_addr *addr, struct buf *out);
void net_addr_show_host(const struct net_addr *addr, struct buf *out);

#endif
