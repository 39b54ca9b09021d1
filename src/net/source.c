/* net/source.c: which address this machine sends from, through which interface, asked of the kernel
 * each time: both change while the program runs. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/own.h"

#define DEVICE_WORKS (IFF_UP | IFF_RUNNING) /* set up, and with a carrier */

static bool is_link_local(const struct net_addr *addr)
{
	return addr->any.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&addr->v6.sin6_addr);
}

/* An address of the interface that can be sent from to reach to, the first one: where there is none
 * the kernel would lend one of another interface. Errors are net_source_for()'s. */
static int address_of(const char *name, const struct net_addr *to, struct net_addr *ret_addr)
{
	struct ifaddrs *all;
	int error = -ENODEV;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *at = all; at && error; at = at->ifa_next) {
		struct net_addr addr;

		/* One without any address is listed, too, with that of its link layer. */
		if (strcmp(at->ifa_name, name) != 0)
			continue;
		error = (at->ifa_flags & DEVICE_WORKS) == DEVICE_WORKS ? -EPFNOSUPPORT : -ENOLINK;
		if (!at->ifa_addr || error == -ENOLINK ||
		    at->ifa_addr->sa_family != to->any.sa_family ||
		    net_addr_from(at->ifa_addr, &addr) < 0 ||
		    is_link_local(&addr) != is_link_local(to))
			continue;
		net_addr_set_port(&addr, 0);
		*ret_addr = addr;
		error = 0;
	}
	freeifaddrs(all);
	return error;
}

/* Whether an address is at an interface that is down or has no carrier, and at no other: what is
 * bound to it would be sent all the same, and lost. */
static bool is_cut_off(const struct net_addr *addr)
{
	bool works = false, is_there = false;
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
		struct net_addr there;

		if (!at->ifa_addr || at->ifa_addr->sa_family != addr->any.sa_family ||
		    net_addr_from(at->ifa_addr, &there) < 0 || !net_addr_same_host(&there, addr))
			continue;
		is_there = true;
		works |= (at->ifa_flags & DEVICE_WORKS) == DEVICE_WORKS;
	}
	freeifaddrs(all);
	return is_there && !works;
}

/* Has a socket send through the interface alone, as far as this process may (Linux 5.7, or
 * CAP_NET_RAW); else from its address, through what the routes say. */
static int bind_to(int fd, const struct net_interface *over, const struct net_addr *to)
{
	struct net_addr addr = over->addr;
	int error;

	if (over->name[0]) {
		error = address_of(over->name, to, &addr);
		if (error)
			return error;
		if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, over->name, strlen(over->name)) ==
		    0)
			return 0;
		if (errno == ENODEV)
			return -ENODEV;
	}
	/* An address that is gone is gone for servers of both families. */
	if (addr.any.sa_family != to->any.sa_family)
		return net_source_is_here(&(struct net_source){ .addr = addr }) ? -EPFNOSUPPORT
		                                                                : -ENODEV;
	if (!over->name[0] && is_cut_off(&addr))
		return -ENOLINK;
	if (bind(fd, &addr.any, net_addr_len(&addr)) == 0)
		return 0;
	return errno == EADDRNOTAVAIL ? -ENODEV : -errno;
}

/* Sends nothing: connecting a datagram socket only asks for the route. */
static int ask_route(int fd, const struct net_addr *to, struct net_addr *ret_here)
{
	struct net_addr there = *to, here = { 0 };
	socklen_t here_len = sizeof(here);

	if (net_addr_port(&there) == 0)
		net_addr_set_port(&there, 5060);
	if (connect(fd, &there.any, net_addr_len(&there)) < 0 ||
	    getsockname(fd, &here.any, &here_len) < 0)
		return -errno;
	return net_addr_from(&here.any, ret_here);
}

bool net_source_is_here(const struct net_source *source)
{
	struct net_addr addr = source->addr;
	int fd = socket(addr.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool gone;

	if (fd < 0)
		return true;
	net_addr_set_port(&addr, 0);
	gone = bind(fd, &addr.any, net_addr_len(&addr)) < 0 && errno == EADDRNOTAVAIL;
	close(fd);
	return !gone;
}

int net_source_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                   struct net_source *ret_source)
{
	struct net_source source = { .device = 0 };
	int error = 0;
	int fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)net;
	if (fd < 0)
		return -errno;
	/* Each link has such addresses: which one is meant is the interface's name to say. */
	if (is_link_local(to) && !to->v6.sin6_scope_id && (!over || !over->name[0]))
		error = -EDESTADDRREQ;
	else if (over)
		error = bind_to(fd, over, to);
	if (!error)
		error = ask_route(fd, to, &source.addr);
	close(fd);
	if (error)
		return error;
	if (over && over->name[0] && !(source.device = if_nametoindex(over->name)))
		return -ENODEV;
	net_addr_set_port(&source.addr, 0);
	*ret_source = source;
	return 0;
}
